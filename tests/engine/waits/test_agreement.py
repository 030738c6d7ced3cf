"""Rules with steps against a plain reading of the whole history, in order and in disorder, saved and restored anywhere.

That all matchers agree on them is seen in tests/engine/matching, where books are drawn with steps among the other kinds of rules.
"""

from __future__ import annotations

from datetime import timedelta

import hypothesis.strategies as st
from hypothesis import given, settings

from engine.decisions import Fact, Outcome
from engine.rulebook import RuleBook
from engine.session import Session
from tests.engine.books import START, Facts, book
from tests.engine.restoring import restored

Moment = tuple[float, Fact]
"""When a fact is received, in minutes, and the fact."""

FOLLOWS = """
  - rule: none-came
    when:
      - failed: inspection
        where: result = "fail"
      - expect: alarm
        where: machine_id = failed.order_id
        within: 3 min
    then: {notify: {lot: = failed.lot_id, to: quality, message: none came}}
  - rule: one-came
    when:
      - failed: inspection
        where: result = "fail"
      - then: alarm
        where: machine_id = failed.order_id
        within: 3 min
    then: {notify: {lot: = failed.lot_id, to: quality, message: "{alarm.level}"}}
"""
IN_ORDER = book(FOLLOWS)
LATE = book(FOLLOWS, "lateness: 2 min")


def play(
    rulebook: RuleBook, moments: list[Moment], matcher: str, cuts: frozenset[int] = frozenset()
) -> list[Outcome]:
    """Return the outcome of each moment and of an hour after the last; saved and restored before those in *cuts*."""
    session = Session(rulebook, matcher)
    outcomes = []
    for number, (at, fact) in enumerate(moments):
        if number in cuts:
            session = restored(rulebook, session, matcher)
        outcomes.append(session.submit(fact, START + timedelta(minutes=at)))
    if len(moments) in cuts:
        session = restored(rulebook, session, matcher)
    return [*outcomes, session.advance(START + timedelta(minutes=moments[-1][0] + 60))]


@st.composite
def streams(draw: st.DrawFn) -> list[Moment]:
    """Return events in the order of their times, no two at one, each with a delay of up to two minutes."""
    make, at = Facts(), 0.0
    found: list[Moment] = []
    for number in range(draw(st.integers(1, 25))):
        at += draw(st.sampled_from([0.25, 0.5, 1, 2, 2.75]))
        one = draw(st.sampled_from(["a", "b"]))
        delay = draw(st.sampled_from([0, 0, 0.5, 1.125, 2]))
        if draw(st.booleans()):
            fact = make("inspection", at=at, lot_id=f"l{number}", order_id=one, result="fail")
        else:
            fact = make("alarm", at=at, machine_id=one, level=number)
        found.append((at + delay, fact))
    return found


def read_plainly(facts: list[Fact]) -> tuple[dict[str, float], dict[str, Fact]]:
    """Return, by lot, when none had come and what came first, by looking through all *facts*, in order, for each failure."""
    none: dict[str, float] = {}
    first: dict[str, Fact] = {}
    for number, fact in enumerate(facts):
        if fact.type != "inspection":
            continue
        over = fact.time + timedelta(minutes=3)
        came = (
            later
            for later in facts[number:]
            if later.type == "alarm"
            and later.data["machine_id"] == fact.data["order_id"]
            and later.time <= over
        )
        found = next(came, None)
        if found is None:
            none[fact.data["lot_id"]] = (over - START) / timedelta(minutes=1)
        else:
            first[fact.data["lot_id"]] = found
    return none, first


@settings(max_examples=100, deadline=None)
@given(moments=streams(), matcher=st.sampled_from(["native", "naive"]))
def test_steps_are_what_the_history_says(moments: list[Moment], matcher: str) -> None:
    """Over facts in order, each failure is followed by the first alarm in time, or by none, as a look through them all says."""
    facts = [fact for _, fact in moments]
    decided = [d for o in play(IN_ORDER, [(999, fact) for fact in facts], matcher) for d in o.decisions]
    none, first = read_plainly(facts)
    times = {d.subject_id: (d.time - START) / timedelta(minutes=1) for d in decided if d.rule == "none-came"}
    assert times == none
    came = {d.subject_id: (d.time, d.values["message"]) for d in decided if d.rule == "one-came"}
    assert came == {lot: (fact.time, str(fact.data["level"])) for lot, fact in first.items()}
    assert len(decided) == len(none) + len(first)


@settings(max_examples=100, deadline=None)
@given(moments=streams(), matcher=st.sampled_from(["native", "naive"]), cut=st.integers(0, 25))
def test_facts_in_disorder_within_the_lateness_decide_the_same(
    moments: list[Moment], matcher: str, cut: int
) -> None:
    """Facts that come up to the lateness late begin, follow and prevent what they would have in order."""
    arrived = sorted(moments, key=lambda moment: moment[0])
    outcomes = play(LATE, arrived, matcher, frozenset([cut]))
    decided = [d for o in outcomes for d in o.decisions]
    none, first = read_plainly([fact for _, fact in moments])
    times = {
        d.subject_id: (d.time - START) / timedelta(minutes=1) - 2 for d in decided if d.rule == "none-came"
    }
    assert times == none
    assert sorted(d.subject_id for d in decided if d.rule == "one-came") == sorted(first)
    assert not [warned for o in outcomes for warned in o.warnings]
