"""Windows against a plain recomputation: at every moment, each window is made anew of the whole history."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from statistics import median, variance
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from engine.decisions import Fact, Outcome
from engine.matching import ExtensionMissing
from engine.matching.durable import load_extension
from engine.session import Session
from tests.engine.books import START, Facts, book
from tests.engine.restoring import restored

RULES = """
  - rule: many
    when:
      - fs: inspection
        where: result = "fail"
        per: order_id
        within: 5 min
        having: count(fs) >= 3
    then: {notify: {order: = order_id, to: quality, message: many}}
  - rule: few
    when:
      - fs: inspection
        per: order_id
        within: 4 min
        having: count(fs) < 2
    then: {notify: {order: = order_id, to: quality, message: few}}
  - rule: scattered
    when:
      - fs: inspection
        per: [order_id, severity]
        within: 6 min
        having: max(fs.measured) - min(fs.measured) >= 2 or stddev(fs.measured) > 1
    then: {notify: {order: "{order_id}/{severity}", to: quality, message: scattered}}
  - rule: average
    when:
      - fs: inspection
        where: result = "fail"
        within: 3 min
        having: mean(fs.defects) > 1 and sum(fs.defects) < 7 or median(fs.defects) = 3
    then: {notify: {order: all, to: quality, message: average}}
  - rule: trouble
    when:
      - fs: inspection
        where: result = "fail" and defects > 0
        per: order_id
        within: 5 min
        having: count(fs) >= 2
    then: {notify: {order: = order_id, to: quality, message: trouble}}
    until: count(fs[defects > 1]) < 1
  - rule: share
    when:
      - fs: inspection
        per: order_id
        within: 5 min
        having: count(fs[result = "fail"]) / count(fs) > 0.5 and fs[-1].result = "pass"
    then: {notify: {order: = order_id, to: quality, message: share}}
"""

BESIDE = """
  - rule: failing-while-down
    when:
      - machine: machine
        where: status = "down"
      - fs: inspection
        where: result = "fail"
        per: order_id
        within: 5 min
        having: count(fs) >= 2
      - none: flag
        where: flag_id = order_id
    then: {hold: {order: = order_id, reason: "{machine.machine_id}: {count(fs)}, {fs[1].lot_id} to {fs[-1].lot_id}"}}
  - rule: released
    when:
      - order: order
        where: status = "released"
        for: 2 min
      - fs: inspection
        per: order_id
        within: 4 min
        having: count(fs) >= 2 and mean(fs.defects) >= 1
      - again: machine
        where: machine_id = fs[-1].order_id and line = order.line
    then: {assert: {alarm: {machine_id: = order_id, level: = count(fs)}}}
    until: count(fs) < 1 or order.status = "completed"
  - rule: alarms
    when:
      - alarms: alarm
        within: 8 min
        having: count(alarms) >= 2 and sum(alarms.level) > 4
    then: {notify: {work_centre: = alarms[1].machine_id, to: quality, message: "{sum(alarms.level)}"}}
""".replace("= alarms[1].machine_id", "'= alarms[1].machine_id'")

BOOK = book(RULES)
BOTH = book(RULES + BESIDE)


def numbers(facts: list[dict[str, Any]], name: str) -> list[int] | None:
    """Return a field of all facts, or None where one lacks it: then whatever is made of them is null."""
    found = [fact.get(name) for fact in facts]
    return None if None in found else found  # type: ignore[return-value]


def is_scattered(facts: list[dict[str, Any]]) -> bool:
    """Return whether the rule `scattered` holds."""
    values = numbers(facts, "measured")
    if values is None:
        return False
    return max(values) - min(values) >= 2 or (len(values) > 1 and variance(map(Fraction, values)) > 1)


def is_high_on_average(facts: list[dict[str, Any]]) -> bool:
    """Return whether the rule `average` holds."""
    values = numbers(facts, "defects")
    if values is None:
        return False
    return (Fraction(sum(values), len(values)) > 1 and sum(values) < 7) or median(map(Fraction, values)) == 3


def is_mostly_failure(facts: list[dict[str, Any]]) -> bool:
    """Return whether the rule `share` holds."""
    failed = sum(fact["result"] == "fail" for fact in facts)
    return Fraction(failed, len(facts)) > Fraction(1, 2) and facts[-1]["result"] == "pass"


@dataclass(frozen=True)
class Plain:
    """A rule of RULES, said again in Python."""

    name: str
    within: float
    per: tuple[str, ...]
    where: Callable[[dict[str, Any]], bool]
    having: Callable[[list[dict[str, Any]]], bool]
    until: Callable[[list[dict[str, Any]]], bool] = lambda _: True

    def subject(self, key: tuple[Any, ...]) -> str:
        """Return what a decision on the group *key* is about."""
        return "/".join(key) or "all"


PLAIN = (
    Plain("many", 5, ("order_id",), lambda d: d["result"] == "fail", lambda fs: len(fs) >= 3),
    Plain("few", 4, ("order_id",), lambda _: True, lambda fs: len(fs) < 2),
    Plain("scattered", 6, ("order_id", "severity"), lambda _: True, is_scattered),
    Plain("average", 3, (), lambda d: d["result"] == "fail", is_high_on_average),
    Plain(
        "trouble",
        5,
        ("order_id",),
        lambda d: d["result"] == "fail" and d.get("defects", 0) > 0,
        lambda fs: len(fs) >= 2,
        lambda fs: not any(f["defects"] > 1 for f in fs),
    ),
    Plain("share", 5, ("order_id",), lambda _: True, is_mostly_failure),
)

Step = tuple[float, Fact | None]
"""A fact with the time at which it is received, or the time to which the clock moves."""


def minute(number: float) -> datetime:
    """Return the time *number* minutes after the start."""
    return START + timedelta(minutes=number)


def recomputed(rule: Plain, steps: list[Step]) -> list[list[tuple[str, str, datetime]]]:
    """Return what *rule* decides at each step, each window made anew of all that came before, at each moment."""
    within = timedelta(minutes=rule.within)
    came: list[tuple[datetime, int, tuple[Any, ...], dict[str, Any]]] = []
    standing: set[tuple[Any, ...]] = set()
    clock: datetime | None = None

    def look(now: datetime, told: datetime) -> Iterator[tuple[str, str, datetime]]:
        for key in sorted({k for _, _, k, _ in came} | standing):
            facts = [
                data
                for time, _, k, data in sorted(came, key=lambda e: e[:2])
                if k == key and now - within < time
            ]
            if facts and rule.having(facts):
                if key not in standing:
                    yield rule.name, rule.subject(key), told
                standing.add(key)
            elif not facts or rule.until(facts):
                standing.discard(key)

    found = []
    for number, (at, fact) in enumerate(steps):
        to = minute(at) if fact is None else min(fact.time, minute(at))
        decided: list[tuple[str, str, datetime]] = []
        for moment in sorted({time + within for time, _, _, _ in came}):
            if clock is not None and clock < moment <= to:
                decided += look(moment, moment)
        clock = to if clock is None else max(clock, to)
        if fact is not None and fact.type == "inspection" and rule.where(fact.data):
            key = tuple(fact.data.get(name) for name in rule.per)
            time = min(fact.time, clock)
            if None not in key and time > clock - within:
                came.append((time, number, key, fact.data))
                decided += look(clock, fact.time)
        found.append(sorted(decided))
    return found


@st.composite
def histories(draw: st.DrawFn) -> list[Step]:
    """Return facts on time, late and from the future, and moves of the clock, each with when it is received."""
    make, at = Facts(), 0.0
    steps: list[Step] = []
    for _ in range(draw(st.integers(1, 30))):
        at += draw(st.sampled_from([0, 0.5, 1, 1, 2, 4]))
        kind = draw(st.sampled_from(["inspection"] * 6 + ["machine", "order", "flag", "clock"]))
        time = at + draw(st.sampled_from([0, 0, 0, 0, -1, -3, -5, -6.5, 3]))
        order = draw(st.sampled_from(["a", "b"]))
        if kind == "clock":
            steps.append((at, None))
        elif kind == "machine":
            status = draw(st.sampled_from(["down", "running"]))
            steps.append((at, make(kind, at=time, machine_id=order, status=status, line="l1")))
        elif kind == "order":
            status = draw(st.sampled_from(["released", "released", "completed"]))
            steps.append((at, make(kind, at=time, order_id=order, item="x", status=status, line="l1")))
        elif kind == "flag":
            op = draw(st.sampled_from(["assert", "retract"]))
            steps.append((at, make(kind, at=time, op=op, flag_id=order)))
        else:
            data: dict[str, Any] = {"result": draw(st.sampled_from(["fail", "fail", "pass"]))}
            if draw(st.integers(0, 7)):
                data["defects"] = draw(st.integers(0, 3))
            if draw(st.integers(0, 7)):
                data |= {
                    "measured": draw(st.integers(0, 3)),
                    "severity": draw(st.sampled_from(["minor", "major"])),
                }
            steps.append((at, make(kind, at=time, lot_id=f"l{len(steps)}", order_id=order, **data)))
    return steps


def play(
    steps: list[Step], matcher: str, cuts: frozenset[int] = frozenset(), rulebook: Any = BOTH
) -> list[Outcome]:
    """Return the outcome of each step; the session is saved and restored before the steps in *cuts*."""
    session = Session(rulebook, matcher)
    outcomes = []
    for number, (at, fact) in enumerate(steps):
        if number in cuts:
            session = restored(rulebook, session, matcher)
        if fact is None:
            outcomes.append(session.advance(minute(at)))
        else:
            outcomes.append(session.submit(fact, received=minute(at)))
    return outcomes


@settings(max_examples=150, deadline=None)
@given(steps=histories())
def test_windows_are_what_a_recomputation_makes_of_the_history(steps: list[Step]) -> None:
    """Each rule decides at every step, and at every time between, what its window made anew of all facts says."""
    outcomes = play(steps, "native", rulebook=BOOK)
    for rule in PLAIN:
        decided = [
            sorted((d.rule, d.subject_id, d.time) for d in outcome.decisions if d.rule == rule.name)
            for outcome in outcomes
        ]
        assert decided == recomputed(rule, steps), rule.name


@settings(max_examples=100, deadline=None)
@given(steps=histories(), cuts=st.frozensets(st.integers(0, 30), max_size=4))
def test_matchers_and_restored_sessions_agree_on_windows(steps: list[Step], cuts: frozenset[int]) -> None:
    """Both matchers, and a session saved and restored on the way, make equal outcomes, ids included."""
    expected = play(steps, "naive")
    assert play(steps, "native") == expected
    assert play(steps, "native", cuts) == expected
    assert play(steps, "naive", cuts) == expected


@settings(max_examples=40, deadline=None)
@given(steps=histories())
def test_waking_when_due_changes_nothing(steps: list[Step]) -> None:
    """A session that is woken at each time it names decides the same, at the same times, as one that sees facts only."""
    plain = [d for outcome in play(steps, "native") for d in outcome.decisions]
    session = Session(BOTH)
    woken = []
    for at, fact in steps:
        to = minute(at) if fact is None else min(fact.time, minute(at))
        while (due := session.next_due()) is not None and (session.clock or due) <= due <= to:
            woken += session.advance(due).decisions
        outcome = session.advance(to) if fact is None else session.submit(fact, received=minute(at))
        woken += outcome.decisions
    assert woken == plain


def test_durable_agrees_where_it_is_installed() -> None:
    """The matcher durable sees windows as the states they are."""
    try:
        load_extension()
    except ExtensionMissing:
        pytest.skip("durable-rules is not installed")
    make = Facts()
    steps: list[Step] = [(0, make("machine", at=0, machine_id="a", status="down", line="l1"))]
    steps += [
        (at, make("inspection", at=at, lot_id=f"l{at}", order_id="a", result="fail", defects=at % 4))
        for at in range(1, 12)
    ]
    assert play(steps, "durable", rulebook=BOOK) == play(steps, "native", rulebook=BOOK)
