"""Facts through one session, as the service would take them: admitted, each identity once, in the order given.

Envelopes go in; decisions, refusals and counts come out. It is what `replay` and `explain` share.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.decisions import Fact, Outcome, Warned
    from engine.diagnostics import Diagnostic
    from engine.replay import MappedFact
    from engine.rulebook import RuleBook
    from engine.session import Session

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""The time of a fact that has none and follows none."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """One envelope and the place it came from."""

    envelope: Any
    file: str
    line: int
    mapped: MappedFact | None = None


@dataclass(slots=True)
class Tally:
    """What was counted on the way."""

    facts: int = 0
    duplicates: int = 0
    stale: int = 0
    refused: int = 0
    untimed: int = 0
    unknown: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By (fact type, field): fields that facts carry and their types do not declare."""
    decisions: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By (rule, kind)."""
    warnings: Counter[Warned] = field(default_factory=Counter)
    """How many facts made a part of a condition null by itself."""
    findings: Counter[str] = field(default_factory=Counter)
    """What the contracts of the flows found, by kind."""


def fold(
    book: RuleBook,
    incoming: Iterable[Incoming],
    tally: Tally,
    faults: list[Diagnostic],
    *,
    matcher: str = "native",
    admitted: Callable[[Fact], None] | None = None,
    until: datetime | None = None,
) -> Iterator[tuple[Session, Outcome]]:
    """Yield the session and the outcome of each fact; refusals become *faults*, repeated identities are passed over.

    A fact without a time takes the latest time seen, so that two runs are the same. With *until*, one more outcome is what
    falls due up to then after the last fact; without it, time ends with the facts.
    """
    from engine.admission import Admission, undeclared_fields
    from engine.decisions import STALE
    from engine.diagnostics import FactRefused
    from engine.session import Session

    session = Session(book, matcher)
    admission = Admission(book, reserved=("lineside",))
    seen: set[tuple[str, str]] = set()
    for one in incoming:
        try:
            fact = admission.admit(_as_posted(one), session.clock or EPOCH)
        except FactRefused as refusal:
            tally.refused += 1
            faults.extend(_faults(one, refusal))
            continue
        if fact.identity in seen:
            tally.duplicates += 1
            continue
        seen.add(fact.identity)
        tally.facts += 1
        for name in undeclared_fields(book.fact_types[fact.type], fact.data):
            tally.unknown[fact.type, name] += 1
        tally.untimed += one.envelope.get("time") is None
        if admitted is not None:
            admitted(fact)
        outcome = session.submit(fact)
        tally.stale += outcome.status == STALE
        tally.decisions.update((d.rule, d.kind) for d in outcome.decisions)
        tally.warnings.update(outcome.warnings)
        tally.findings.update(fact.data["kind"] for fact in outcome.findings)
        yield session, outcome
    if until is not None:
        outcome = session.advance(until)
        tally.decisions.update((d.rule, d.kind) for d in outcome.decisions)
        yield session, outcome


def _as_posted(one: Incoming) -> Any:
    """Return the envelope as the service would read it from a post, with the same limits."""
    if one.mapped is None:
        return one.envelope
    from engine.admission import decode
    from service.cli.printing import json_line

    return decode(json_line(one.envelope).encode())


def _faults(one: Incoming, refusal: Any) -> Iterator[Diagnostic]:
    from engine.diagnostics import Span, error

    for fault in refusal.faults:
        if one.mapped is not None:
            yield one.mapped.fault(fault)
        else:
            at = Span(one.file, one.line, 1, one.line, 1)
            yield error(fault.code, at, f"the fact is refused at {fault.pointer or '/'}: {fault.message}")
