"""Runs a scenario against a rule book on a virtual clock, and holds each step against what it expects.

The same admission and the same session as in production are used; only the clock is the scenario's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from engine.admission import Admission
from engine.coordination import Case
from engine.decisions import STALE, Decision, Fact, Outcome
from engine.diagnostics import FactFault, FactRefused
from engine.rulebook import RuleBook
from engine.scenario import fitting
from engine.scenario.model import Expectation, Expected, Failure, Post, Result, Scenario, Step
from engine.session import Session

Found = TypeVar("Found", Fact, Case)
WhyNot = Callable[[Session, str, Fact], Iterable[str]]
"""Says in lines why the rule of a name did not fire for a fact."""

SHOWN_DECISIONS = 8
"""How many decisions a failure lists before it says how many more there are."""

SPARED = ("superseded", "repeated")
"""Statuses of decisions that need not be named where exactly what is named is expected: others stand for them."""


@dataclass(slots=True)
class _Followed:
    """What followed from one step."""

    decisions: list[Decision] = field(default_factory=list)
    refused: list[tuple[Post, tuple[FactFault, ...]]] = field(default_factory=list)
    stale: int = 0
    facts: list[Fact] = field(default_factory=list)
    findings: list[Fact] = field(default_factory=list)


def run_scenario(
    scenario: Scenario, book: RuleBook, matcher: str = "native", why_not: WhyNot | None = None
) -> Result:
    """Run *scenario* from an empty session and return every expectation that was not met, with the rules that fired.

    *why_not* is asked about a rule that was expected to decide and did not.
    """
    return _Run(scenario, book, matcher, why_not).result()


class _Run:
    """One run of one scenario."""

    def __init__(self, scenario: Scenario, book: RuleBook, matcher: str, why_not: WhyNot | None) -> None:
        self._why_not = why_not
        self._scenario = scenario
        self._book = book
        self._session = Session(book, matcher)
        self._admission = Admission(book, reserved=("lineside",))
        self._posted: set[tuple[str, str]] = set()

    def result(self) -> Result:
        failures: list[Failure] = []
        fired: set[tuple[str, str]] = set()
        facts = decisions = 0
        for number, step in enumerate(self._scenario.steps):
            followed = self._follow(number, step)
            failures.extend(self._unmet(step, followed))
            fired.update((d.ruleset, d.rule) for d in followed.decisions)
            facts += len(step.posts)
            decisions += len(followed.decisions)
        rules = frozenset((rule.ruleset, rule.name) for rule in self._book.rules)
        tables = {
            (rule.ruleset, rule.name): len(rule.source.table.rows)
            for rule in self._book.rules
            if rule.source.table is not None
        }
        return Result(
            self._scenario,
            tuple(failures),
            frozenset(fired),
            facts,
            decisions,
            rules,
            tables,
            self._session.answered(),
        )

    def _follow(self, number: int, step: Step) -> _Followed:
        followed = _Followed()
        if self._session.clock is None or step.at > self._session.clock:
            self._take(followed, self._session.advance(step.at, through=not step.posts))
        for place, post in enumerate(step.posts):
            try:
                fact = self._admission.admit(self._envelope(post, f"{number + 1}.{place + 1}"), step.at)
            except FactRefused as refusal:
                followed.refused.append((post, refusal.faults))
                continue
            if fact.identity in self._posted:
                continue
            self._posted.add(fact.identity)
            followed.facts.append(fact)
            self._take(followed, self._session.submit(fact, step.at))
        return followed

    def _take(self, followed: _Followed, outcome: Outcome) -> None:
        followed.decisions.extend(outcome.decisions)
        followed.findings.extend(outcome.findings)
        followed.stale += outcome.status == STALE

    def _envelope(self, post: Post, place: str) -> dict[str, Any]:
        envelope = dict(post.envelope)
        fact_type = self._book.fact_types.get(envelope["type"])
        owner = fact_type.owners[0] if fact_type is not None else "erp"
        system = self._book.systems.get(owner)
        envelope.setdefault("source", system.sources[0] if system is not None and system.sources else owner)
        envelope.setdefault("id", f"{self._scenario.name}-{place}")
        return envelope

    def _unmet(self, step: Step, followed: _Followed) -> Iterator[Failure]:
        expect = step.expect
        if expect is None or not expect.refused:
            for post, faults in followed.refused:
                lines = tuple(f"{f.pointer or '/'}: [{f.code}] {f.message}" for f in faults)
                yield Failure(post.span, f"the {post.envelope['type']} is refused", lines)
        if expect is None:
            return
        yield from self._unmet_decisions(expect, followed)
        yield from _unmet_refusals(expect, followed)
        if expect.holds is not None:
            yield from _unmet_holds(expect, expect.holds, self._session.holds())
        if expect.cases is not None:
            yield from _unmet_cases(expect, expect.cases, self._session.cases())
        if expect.findings is not None:
            yield from _unmet_findings(expect, expect.findings, followed.findings)
        if expect.stale is not None and expect.stale != bool(followed.stale):
            wrong = (
                "the fact is not stale"
                if expect.stale
                else "the fact is stale: what is known already is newer"
            )
            yield Failure(expect.span, wrong)

    def _unmet_decisions(self, expect: Expectation, followed: _Followed) -> Iterator[Failure]:
        decisions = followed.decisions
        fitted = [
            [n for n, decision in enumerate(decisions) if not fitting.of_decision(expected, decision)]
            for expected in expect.decisions
        ]
        met = fitting.in_order(fitted) if expect.in_order else fitting.assign(fitted)
        for number, expected in enumerate(expect.decisions):
            if number not in met:
                taken = (
                    "it does not come in this order"
                    if expect.in_order
                    else "another expectation took the only decision that fits"
                )
                why = taken if fitted[number] else "there is no such decision"
                yield Failure(
                    expected.span,
                    f"expected {expected.text}: {why}",
                    tuple(self._details(expected, followed)),
                )
        for unwanted in expect.absent:
            for decision in decisions:
                if not fitting.of_decision(unwanted, decision):
                    yield Failure(
                        unwanted.span,
                        f"did not expect {unwanted.text}",
                        (f"got {fitting.summary(decision)}",),
                    )
        if expect.exactly:
            spare = [d for n, d in enumerate(decisions) if n not in met.values() and d.status not in SPARED]
            if spare:
                message = f"expected no {'other ' if expect.decisions else ''}decision, and {len(spare)} came"
                yield Failure(expect.span, message, tuple(_listed(spare)))

    def _details(self, expected: Expected, followed: _Followed) -> Iterator[str]:
        near = fitting.nearest(expected, followed.decisions)
        if near is not None:
            yield f"nearest: {fitting.summary(near[0])}"
            yield from (f"  {difference}" for difference in near[1])
        elif followed.decisions:
            yield "decided instead:"
            yield from _listed(followed.decisions)
        else:
            yield "nothing was decided"
        if (
            self._why_not is None
            or expected.rule is None
            or any(d.rule == expected.rule for d in followed.decisions)
        ):
            return
        for fact in followed.facts:
            yield from self._why_not(self._session, expected.rule, fact)


def _unmet_refusals(expect: Expectation, followed: _Followed) -> Iterator[Failure]:
    faults = [fault for _, found in followed.refused for fault in found]
    for expected in expect.refused:
        if not fitting.of_refusal(expected, faults):
            lines = tuple(f"{f.pointer or '/'}: [{f.code}] {f.message}" for f in faults) or (
                "the fact was accepted",
            )
            yield Failure(expected.span, f"expected a refusal ({expected.text})", lines)


def _unmet_holds(
    expect: Expectation, expected: tuple[Expected, ...], holds: tuple[Fact, ...]
) -> Iterator[Failure]:
    unmet, spare = _compared(expected, holds, fitting.of_hold)
    for one in unmet:
        there = tuple(_standing(holds)) or ("no hold stands",)
        yield Failure(one.span, f"expected {one.text} to stand", there)
    if spare:
        message = f"expected no other hold to stand, and {len(spare)} do"
        yield Failure(expect.span, message, tuple(_standing(spare)))


def _unmet_cases(
    expect: Expectation, expected: tuple[Expected, ...], cases: tuple[Case, ...]
) -> Iterator[Failure]:
    unmet, spare = _compared(expected, cases, fitting.of_case)
    for one in unmet:
        there = tuple(map(_case_line, cases)) or ("there is no case",)
        yield Failure(one.span, f"expected {one.text} to be there", there)
    if spare:
        message = f"expected no other case, and {len(spare)} {'is' if len(spare) == 1 else 'are'} there"
        yield Failure(expect.span, message, tuple(map(_case_line, spare)))


def _unmet_findings(
    expect: Expectation, expected: tuple[Expected, ...], findings: list[Fact]
) -> Iterator[Failure]:
    unmet, spare = _compared(expected, findings, fitting.of_finding)
    for wanted in unmet:
        there = tuple(map(_finding_line, findings)) or ("nothing was found",)
        yield Failure(wanted.span, f"expected {wanted.text}: there is none", there)
    if spare:
        message = f"expected no {'other ' if expected else ''}finding, and {len(spare)} came"
        yield Failure(expect.span, message, tuple(map(_finding_line, spare)))


def _compared(
    expected: tuple[Expected, ...], there: Sequence[Found], misfits: Callable[[Expected, Found], Any]
) -> tuple[list[Expected], list[Found]]:
    """Return what is expected and not *there*, and what is there and not expected; each is matched once at most."""
    met = fitting.assign(
        [[n for n, one in enumerate(there) if not misfits(wanted, one)] for wanted in expected]
    )
    unmet = [wanted for number, wanted in enumerate(expected) if number not in met]
    return unmet, [one for n, one in enumerate(there) if n not in met.values()]


def _finding_line(finding: Fact) -> str:
    data = finding.data
    return f"found: {data['kind']} by {data['check']}, order {data.get('order_id', '?')}: {data['message']}"


def _case_line(case: Case) -> str:
    tasks = ", ".join(f"{task.role} {task.status}" for task in case.tasks.values())
    return f"there is: {case.kind} of {case.subject_type} {case.subject_id}, {case.status}, count {case.count}; {tasks}"


def _standing(holds: Iterable[Fact]) -> Iterator[str]:
    for hold in holds:
        data = hold.data
        yield f"stands: {data['subject_type']} {data['subject_id']}, {data['inventory_status']}, by {data.get('rule', '?')}"


def _listed(decisions: list[Decision]) -> Iterator[str]:
    for decision in decisions[:SHOWN_DECISIONS]:
        yield f"  {fitting.summary(decision)}"
    if len(decisions) > SHOWN_DECISIONS:
        yield f"  and {len(decisions) - SHOWN_DECISIONS} more"
