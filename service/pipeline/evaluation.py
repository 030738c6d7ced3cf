"""Admitted facts -> decisions and the rows of one commit. No database, no clock: values in, values out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any, Protocol

import msgspec

from engine.admission import Admission, Limits, fact_to_json, parse_time
from engine.coordination import Case
from engine.decisions import Decision, Explanation, Fact, Outcome, decision_to_json, format_time
from engine.losses import Loss
from engine.rulebook import RuleBook
from service.clock import stamp
from service.pipeline.casework import CaseOf, add_casework, case_told_of
from service.pipeline.passing import Passing
from service.schemas import FactAnswer, FactName, to_text
from service.settings import StartRefused
from service.store import Batch, HoldChange
from service.store.ledger import indexed
from service.targets import Target

HOLD, OPEN_CASE, RESOLVE_CASE = "hold", "open_case", "resolve_case"

ON_TIME = timedelta(seconds=1)
"""What falls due and is decided within this counts as on time."""


class Session(Protocol):
    """The engine's session, as far as the writer uses it."""

    @property
    def clock(self) -> datetime | None:
        """Return the time up to which everything that fell due was decided."""

    @property
    def losses(self) -> tuple[Loss, ...]:
        """Return what did not come along where it was restored under another rule book."""

    def submit(self, fact: Fact, received: datetime | None = None) -> Outcome:
        """Take in *fact* and return what was decided; the clock moves to its time, but not beyond *received*."""

    def next_due(self) -> datetime | None:
        """Return when something falls due though no fact comes, if anything is awaited."""

    def case(self, name: str) -> Case | None:
        """Return the case of that id, if it is not closed."""

    def cases(self) -> tuple[Case, ...]:
        """Return the cases that are not closed."""

    def explain(self, outcome: Outcome) -> tuple[Explanation, ...]:
        """Return why each decision of the last outcome was made."""

    def snapshot(self) -> bytes:
        """Return the session as bytes."""


@dataclass(frozen=True, slots=True)
class Doors:
    """The engine's doors that the writer goes through."""

    compile: Callable[[Mapping[str, str]], RuleBook]
    begin: Callable[[RuleBook], Session]
    restore: Callable[[RuleBook, bytes], Session]

    def admission(self, book: RuleBook, limits: Limits) -> Admission:
        """Return the gate of *book*; facts of Lineside's own come from the session only."""
        return Admission(book, limits, reserved=("lineside",))


def engine_doors(matcher: str) -> Doors:
    """Return the doors of the real engine with the given matcher; StartRefused where it is not installed.

    Rules that the matcher cannot run are rejected as rules that do not compile are.
    """
    from engine.compiler import compile_rules
    from engine.matching import ExtensionMissing, ensure_installed, ensure_runs
    from engine.session import Session as EngineSession

    try:
        ensure_installed(matcher)
    except ExtensionMissing as missing:
        raise StartRefused(str(missing)) from None

    def compile_for(sources: Mapping[str, str]) -> RuleBook:
        book = compile_rules(sources)
        ensure_runs(matcher, book)
        return book

    return Doors(
        compile_for,
        lambda book: EngineSession(book, matcher=matcher),
        lambda book, snapshot: EngineSession.restore(book, snapshot, matcher=matcher),
    )


@dataclass(slots=True)
class Numbers:
    """The highest numbers given so far; the one writer gives them, without gaps."""

    fact: int
    decision: int
    delivery: int


def delivery_key(decision: str, target: str) -> str:
    """Return the idempotency key of a decision's delivery to a target: the same for ever."""
    return "msg_" + sha256(f"{decision}\n{target}".encode()).hexdigest()[:40]


def bodies_of(outcome: Outcome, received: datetime) -> list[dict[str, Any]]:
    """Return the decisions of *outcome* as they are stored, sent and answered, having been made when it was *received*.

    Those that time alone set off say how late they ran, in seconds, where that is more than one: after a stop, say.
    """
    bodies = [decision_to_json(decision) for decision in outcome.decisions]
    for decision, body in zip(outcome.decisions[: outcome.fell_due], bodies, strict=False):
        late = received - decision.time
        if late > ON_TIME:
            body["late_by"] = Decimal(late // timedelta(milliseconds=1)) / 1000
    return bodies


class Recorder:
    """Turns outcomes into rows and answers, numbering them."""

    def __init__(
        self,
        partition: str,
        targets: Iterable[Target],
        public_url: str | None = None,
        passing: Passing | None = None,
    ) -> None:
        self._source = f"/lineside/{partition}"
        self._public_url = None if public_url is None else public_url.rstrip("/")
        self._targets = tuple(targets)
        self._passing = passing

    def record(
        self,
        batch: Batch,
        numbers: Numbers,
        *,
        fact: Fact,
        time_given: bool,
        outcome: Outcome,
        explanations: tuple[Explanation, ...],
        rulebook: str,
        received: datetime,
        clock_limit: datetime,
        case_of: CaseOf,
    ) -> FactAnswer:
        """Add the rows of *outcome* to *batch* and return what the sender is answered.

        *case_of* returns a case as it stands after it.
        """
        numbers.fact += 1
        missing = to_text(outcome.missing) if outcome.missing else None
        warnings = to_text(outcome.warnings) if outcome.warnings else None
        found = outcome.findings
        findings = to_text([one.data for one in found]) if found else None
        batch.facts.append(
            {
                "seq": numbers.fact,
                "source": fact.source,
                "id": fact.id,
                "type": fact.type,
                "time": stamp(fact.time),
                "time_given": time_given,
                "received_at": stamp(received),
                "clock_limit": None if clock_limit == received else stamp(clock_limit),
                "status": outcome.status,
                "rulebook": rulebook,
                "body": to_text(fact_to_json(fact)),
                "missing": missing,
                "warnings": warnings,
                "findings": findings,
            }
        )
        batch.warned += [warned.code for warned in outcome.warnings]
        bodies = []
        plains = bodies_of(outcome, received)
        for ordinal, (decision, plain, explanation) in enumerate(
            zip(outcome.decisions, plains, explanations, strict=True)
        ):
            body = to_text(plain)
            bodies.append(body)
            numbers.decision += 1
            batch.decisions.append(_decision_row(numbers, ordinal, decision, body, explanation))
            if (case := case_told_of(decision)) is not None:
                batch.casework.messages.append({"seq": numbers.decision, "case_id": case})
            if decision.status == "decided":
                self._deliver(batch, numbers, decision, plain, received, targets=self._targets)
        for at, (decision, to) in enumerate(() if self._passing is None else self._passing.of(fact, outcome)):
            plain = decision_to_json(decision)
            numbers.decision += 1
            ordinal = len(bodies) + at
            batch.decisions.append(_decision_row(numbers, ordinal, decision, to_text(plain), None))
            self._deliver(batch, numbers, decision, plain, received, targets=to)
        for change in (fact, *outcome.derived):
            if change.type == HOLD:
                batch.holds.append(_hold_change(change, numbers.fact))
        if outcome.derived or outcome.decisions:
            add_casework(batch.casework, numbers.fact, fact, outcome, case_of)
        return answer(outcome.status, fact, bodies, missing, warnings, findings=findings)

    def _deliver(
        self,
        batch: Batch,
        numbers: Numbers,
        decision: Decision,
        plain: Mapping[str, Any],
        received: datetime,
        *,
        targets: Iterable[Target],
    ) -> None:
        """Add a delivery for each of *targets* that wants *decision*; the body is fixed now, and signed when sent."""
        data = plain if self._public_url is None else {**plain, "link": self._link(decision)}
        for target in targets:
            if not target.wants(decision.kind, plain):
                continue
            numbers.delivery += 1
            key = delivery_key(decision.id, target.name)
            event = {
                "specversion": "1.0",
                "id": key,
                "source": self._source,
                "type": f"lineside.decision.{decision.kind}",
                "time": format_time(decision.time),
                "subject": f"{decision.subject_type}/{decision.subject_id}",
                "datacontenttype": "application/json",
                "data": data,
            }
            batch.deliveries.append(
                {
                    "id": numbers.delivery,
                    "key": key,
                    "decision": decision.id,
                    "target": target.name,
                    "kind": decision.kind,
                    "subject": f"{decision.subject_type}:{indexed(decision.subject_id)}",
                    "body": to_text(event),
                    "status": "due",
                    "attempts": 0,
                    "created_at": stamp(received),
                    "next_at": stamp(received),
                }
            )

    def _link(self, decision: Decision) -> str:
        """Return where people look at what *decision* is about: its case, or itself."""
        case = decision.id if decision.kind == OPEN_CASE else case_told_of(decision)
        if decision.kind == RESOLVE_CASE and decision.values.get("cases"):
            case = decision.values["cases"][0]
        page = f"decisions/{decision.id}" if case is None else f"cases/{case}"
        return f"{self._public_url}/v1/{page}"


def answer(
    status: str,
    fact: Fact,
    bodies: Iterable[str],
    missing: str | None = None,
    warnings: str | None = None,
    *,
    findings: str | None = None,
) -> FactAnswer:
    """Return the answer to *fact*: decisions, missing fields, warnings and findings are JSON texts as they are stored."""
    return FactAnswer(
        status=status,
        fact=FactName(fact.source, fact.id, fact.type, format_time(fact.time)),
        decisions=[msgspec.Raw(body.encode()) for body in bodies],
        missing=None if missing is None else msgspec.Raw(missing.encode()),
        warnings=None if warnings is None else msgspec.Raw(warnings.encode()),
        findings=None if findings is None else msgspec.Raw(findings.encode()),
    )


def _decision_row(
    numbers: Numbers, ordinal: int, decision: Decision, body: str, explanation: Explanation | None
) -> dict[str, Any]:
    return {
        "seq": numbers.decision,
        "id": decision.id,
        "fact_seq": numbers.fact,
        "ordinal": ordinal,
        "kind": decision.kind,
        "subject_type": decision.subject_type,
        "subject_id": indexed(decision.subject_id),
        "rule": decision.rule,
        "ruleset": decision.ruleset,
        "rulebook": decision.rulebook,
        "status": decision.status,
        "time": stamp(decision.time),
        "body": body,
        "explanation": None if explanation is None else to_text(explanation),
    }


def _hold_change(fact: Fact, seq: int) -> HoldChange:
    """Return what a `hold` fact changes in the table of holds."""
    data = fact.data
    name = str(data["hold_id"])
    if fact.op == "retract":
        return HoldChange(name, None, stamp(fact.time))
    row = {
        "hold_id": name,
        "subject_type": str(data.get("subject_type", "")),
        "subject_id": indexed(str(data.get("subject_id", ""))),
        "inventory_status": str(data.get("inventory_status", "")),
        "rule": str(data.get("rule", "")),
        "reason": str(data.get("reason", "")),
        "placed_at": stamp(parse_time(str(data.get("placed_at", ""))) or fact.time),
        "fact_seq": seq,
        "body": to_text(data),
    }
    return HoldChange(name, row)
