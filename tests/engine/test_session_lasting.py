"""Conditions that must last: `for` on states, the clock that makes them ripe, and what ends them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from engine.decisions import Fact, Outcome
from engine.diagnostics import RulesRejected
from engine.session import CLOCK, Session
from engine.whynot import why_not
from tests.engine.books import START, Facts, book

DOWN = """
  - rule: down-for-ten-minutes
    when:
      - machine: machine
        where: status = "down"
        for: 10 min
    then: {notify: {work_centre: = machine.machine_id, to: maintenance, message: down}}
"""


EVENT = """
  - rule: failed-for-ten-minutes
    on: inspection
    if: result = "fail"
    for: 10 min
    then: {notify: {lot: = lot_id, to: quality, message: failed}}
"""


@pytest.fixture(params=["native", "naive"])
def matcher(request: pytest.FixtureRequest) -> str:
    """Return each matcher's name in turn."""
    return str(request.param)


def minutes(outcome: Outcome) -> list[tuple[str, float]]:
    """Return (subject, minutes after the start) of each decision."""
    return [(d.subject_id, (d.time - START) / timedelta(minutes=1)) for d in outcome.decisions]


@pytest.mark.parametrize(
    ("states", "until", "expected"),
    [
        pytest.param([(0, "down")], 9.9, [], id="not yet"),
        pytest.param([(0, "down")], 10, [10], id="exactly as long"),
        pytest.param([(0, "down")], 500, [10], id="once, at its time, however late the clock"),
        pytest.param([(0, "down"), (5, "running")], 500, [], id="ended before"),
        pytest.param([(0, "down"), (10, "running")], 500, [10], id="ended as it had lasted"),
        pytest.param([(0, "down"), (5, "running"), (7, "down")], 500, [17], id="broken, and begun again"),
        pytest.param([(0, "down"), (5, "down"), (8, "down")], 500, [10], id="told again meanwhile"),
        pytest.param([(0, "down"), (30, "running"), (40, "down")], 500, [10, 50], id="twice"),
    ],
)
def test_a_condition_that_lasted_fires_at_its_time(
    matcher: str, states: list[tuple[float, str]], until: float, expected: list[float]
) -> None:
    """A condition fires when it has held for its time without a break, at that time, whoever moves the clock."""
    make, session = Facts(), Session(book(DOWN), matcher)
    told: list[tuple[str, float]] = []
    for at, status in states:
        told += minutes(session.submit(make("machine", at=at, machine_id="m1", status=status)))
    told += minutes(session.advance(START + timedelta(minutes=until)))
    assert told == [("m1", at) for at in expected]


@pytest.mark.parametrize(
    ("states", "until", "expected"),
    [
        pytest.param([(0, "down")], 14.9, [], id="lasted, but something may still come"),
        pytest.param([(0, "down")], 15, [15], id="nothing came"),
        pytest.param([(0, "down"), (12, "running")], 500, [12], id="ended after it had lasted"),
        pytest.param([(0, "down"), (10, "running")], 500, [10], id="ended as it had lasted"),
        pytest.param([(0, "down"), (9, "running")], 500, [], id="ended before"),
        pytest.param([(0, "down"), (11, "down")], 11, [11], id="told again after it had lasted"),
        pytest.param([(0, "down"), (9, "down")], 500, [15], id="told again before"),
        pytest.param([(0, "down"), (12, "other"), (8, "running")], 500, [], id="late, and in time"),
        pytest.param(
            [(0, "down"), (15, "other"), (8, "running")], 500, [15], id="late, after it was decided"
        ),
        pytest.param([(0, "down"), (12, "gone")], 500, [12], id="retracted after it had lasted"),
        pytest.param([(0, "down"), (12, "running"), (20, "down")], 500, [12, 35], id="twice"),
    ],
)
def test_lateness_waits_for_what_may_still_come(
    matcher: str, states: list[tuple[float, str]], until: float, expected: list[float]
) -> None:
    """What lasts is decided later by what facts may be late, or as soon as a newer version shows that it has lasted."""
    make, session = Facts(), Session(book(DOWN, "lateness: 5 min"), matcher)
    told: list[tuple[str, float]] = []
    for at, status in states:
        if status == "other":
            fact = make("flag", at=at, flag_id="f")
        elif status == "gone":
            fact = make("machine", at=at, op="retract", machine_id="m1")
        else:
            fact = make("machine", at=at, machine_id="m1", status=status)
        told += minutes(session.submit(fact))
    told += minutes(session.advance(START + timedelta(minutes=until)))
    assert told == [("m1", at) for at in expected]


def test_a_state_that_comes_too_late_is_told_and_counts(matcher: str) -> None:
    """A state later than is allowed for is the newest all the same; rules of which it begins or ends a condition say so."""
    make, session = Facts(), Session(book(DOWN, "lateness: 5 min"), matcher)
    session.submit(make("flag", at=60, flag_id="f"))
    codes = [
        [w.code for w in session.submit(make("machine", at=at, machine_id="m1", status=status)).warnings]
        for at, status in ((54, "idle"), (54.5, "down"), (54.9, "idle"), (55, "down"), (61, "running"))
    ]
    assert codes == [[], ["too-late"], ["too-late"], [], []]
    (warning,) = session.submit(make("machine", at=52, machine_id="m2", status="down")).warnings
    assert warning.message == (
        "machine of 2026-03-02T06:52:00Z came later than is allowed for, when it was 2026-03-02T07:01:00Z: "
        "it is the newest and counts, and what was decided without it stands"
    )
    assert minutes(session.advance(START + timedelta(minutes=100))) == [("m2", 67)]


DERIVED = """
  - rule: says-red
    on: alarm
    then:
      assert:
        flag: {flag_id: = machine_id, colour: '= if level > 1 then "red" else "green"'}
  - rule: red-for-ten-minutes
    on: flag
    if: colour = "red"
    for: 10 min
    then: {notify: {lot: = flag_id, to: quality, message: red}}
"""


def test_what_a_rule_asserts_shows_that_something_has_lasted(matcher: str) -> None:
    """A state that a rule changes has lasted until then, and fires before it is changed."""
    make, session = Facts(), Session(book(DERIVED, "lateness: 5 min\non_missing: skip"), matcher)
    assert minutes(session.submit(make("alarm", at=0, machine_id="m", level=2))) == [("m", 0)]
    outcome = session.submit(make("alarm", at=12, machine_id="m", level=1))
    assert [(d.rule, d.time == START + timedelta(minutes=12)) for d in outcome.decisions] == [
        ("says-red", True),
        ("red-for-ten-minutes", True),
    ]
    assert session.next_due() is None


def test_an_event_finds_lasting_what_is_known_to_have_lasted(matcher: str) -> None:
    """An event beside what has to last meets it once that is known: with lateness, so much later."""
    rules = """
  - rule: made-while-down
    when:
      - inspection: inspection
      - machine: machine
        where: machine_id = inspection.lot_id and status = "down"
        for: 10 min
    then: {hold: {lot: = inspection.lot_id, reason: down}}
"""
    for head, expected in (("", [False, True, True]), ("lateness: 5 min", [False, False, True])):
        make, session = Facts(), Session(book(rules, head), matcher)
        session.submit(make("machine", at=0, machine_id="m", status="down"))
        found = [
            bool(session.submit(make("inspection", at=at, lot_id="m", order_id="o", result="pass")).decisions)
            for at in (9, 12, 15)
        ]
        assert found == expected


def test_a_session_says_what_falls_due_next(matcher: str) -> None:
    """`next_due` is the earliest time at which something lasts, and none once it came or cannot come."""
    make, session = Facts(), Session(book(DOWN), matcher)
    assert session.next_due() is None
    session.submit(make("machine", at=3, machine_id="m2", status="down"))
    session.submit(make("machine", at=4, machine_id="m1", status="down"))
    assert session.next_due() == START + timedelta(minutes=13)
    session.submit(make("machine", at=6, machine_id="m2", status="idle"))
    assert session.next_due() == START + timedelta(minutes=14)
    session.advance(START + timedelta(minutes=14))
    assert session.next_due() is None


def test_a_fact_of_the_clock_is_a_tick(matcher: str) -> None:
    """A fact of type clock makes fall due what is due, and is the outcome's fact."""
    session = Session(book(DOWN), matcher)
    session.submit(Facts()("machine", at=0, machine_id="m1", status="down"))
    tick = Fact("lineside", "tick", CLOCK, START + timedelta(minutes=11), {})
    outcome = session.submit(tick)
    assert outcome.fact is tick
    assert minutes(outcome) == [("m1", 10)]


def test_a_clock_that_is_ahead_makes_nothing_fall_due(matcher: str) -> None:
    """A fact from the future moves the clock no further than when it was received."""
    make, session = Facts(), Session(book(DOWN), matcher)
    session.submit(make("machine", at=0, machine_id="m1", status="down"))
    ahead = make("machine", at=600, machine_id="m2", status="running")
    assert minutes(session.submit(ahead, received=START + timedelta(minutes=1))) == []
    assert session.clock == START + timedelta(minutes=1)


def test_a_late_fact_may_be_taken_back_by_the_next(matcher: str) -> None:
    """What had lasted long before its fact came fires when the clock moves on, at its own time, unless a fact ends it first."""
    make, session = Facts(), Session(book(DOWN), matcher)
    session.submit(make("flag", at=480, flag_id="x"))
    assert minutes(session.submit(make("machine", at=0, machine_id="m1", status="down"))) == []
    assert minutes(session.submit(make("machine", at=5, machine_id="m1", status="running"))) == []
    assert minutes(session.submit(make("machine", at=7, machine_id="m2", status="down"))) == []
    outcome = session.submit(make("flag", at=480, flag_id="y"))
    assert (minutes(outcome), outcome.fell_due) == ([("m2", 17)], 1)


def test_what_lasts_is_joined_and_asked_for_absence(matcher: str) -> None:
    """A pattern that lasts stands beside others, and `none` can ask that nothing has lasted."""
    rules = """
  - rule: down-and-nobody-came
    when:
      - machine: machine
        where: status = "down"
        for: = parameters.patience
      - none: flag
        where: flag_id = machine.machine_id
        for: 2 min
    then: {notify: {work_centre: = machine.machine_id, to: maintenance, message: "{machine.line}"}}
"""
    make, session = Facts(), Session(book(rules, head="parameters: {patience: 10 min}"), matcher)
    session.submit(make("machine", at=0, machine_id="m1", status="down", line="l1"))
    session.submit(make("machine", at=0, machine_id="m2", status="down", line="l1"))
    session.submit(make("flag", at=7, flag_id="m1"))
    session.submit(make("flag", at=9, flag_id="m2"))
    # the flag of m1 has stood for two minutes when the ten are over, that of m2 has not
    assert minutes(session.advance(START + timedelta(minutes=60))) == [("m2", 10)]


def test_what_lasts_at_the_same_time_comes_one_after_the_other(matcher: str) -> None:
    """A match and what blocks it that ripen at once: nothing is decided, and every matcher tells the same of it."""
    rules = DOWN.replace(
        "    then:",
        "      - none: flag\n        where: flag_id = machine.machine_id\n        for: 10 min\n    then:",
    )
    make, session = Facts(), Session(book(rules), matcher)
    session.submit(make("machine", at=0, machine_id="m1", status="down"))
    session.submit(make("flag", at=0, flag_id="m1"))
    outcome = session.advance(START + timedelta(minutes=10))
    assert (outcome.decisions, outcome.cleared) == ((), (("down-for-ten-minutes", "machine m1"),))


def test_why_not_says_what_ends_a_match_that_goes_on(matcher: str) -> None:
    """A match that `until` ends is not over as soon as its condition is no longer true, and the answer does not say so."""
    rules = """
  - rule: down
    on: machine
    if: status = "down"
    then:
      notify: {to: maintenance, message: down}
    until: status = "running"
"""
    make, session = Facts(), Session(book(rules), matcher)
    session.submit(make("machine", at=0, machine_id="m1", status="down"))
    fact = make("machine", at=1, machine_id="m1", status="down")
    assert session.submit(fact).decisions == ()
    assert 'fires once, until status = "running" is true' in why_not(session, "down", fact).verdict


def test_why_not_says_since_when(matcher: str) -> None:
    """A condition that holds and has not lasted is named with the time since when it holds."""
    make, session = Facts(), Session(book(DOWN), matcher)
    fact = make("machine", at=0, machine_id="m1", status="down")
    session.submit(fact)
    assert "has to hold for 10 min" in why_not(session, "down-for-ten-minutes", fact).verdict


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        pytest.param(EVENT, "for-on-event", id="an event"),
        pytest.param(DOWN.replace("10 min", "ten minutes"), "bad-time", id="no duration"),
        pytest.param(DOWN.replace("10 min", "0 min"), "bad-time", id="nothing"),
        pytest.param(DOWN.replace("10 min", "P1M"), "bad-time", id="a month"),
        pytest.param(DOWN.replace("10 min", "1000000000 days"), "bad-time", id="longer than there are years"),
        pytest.param(DOWN.replace("10 min", "0.0000001 s"), "bad-time", id="shorter than a clock can count"),
        pytest.param(DOWN.replace("10 min", "= parameters.wait"), "unknown-field", id="no such parameter"),
        pytest.param(DOWN.replace("10 min", '= "soon"'), "bad-time", id="a text"),
        pytest.param(DOWN.replace("10 min", "= machine.wait"), "unknown-name", id="a fact's own"),
    ],
)  # fmt: skip
def test_what_cannot_last_is_refused(rules: str, code: str) -> None:
    """`for` wants a state and a fixed duration above zero."""
    with pytest.raises(RulesRejected) as refused:
        book(rules)
    assert code in [d.code for d in refused.value.diagnostics]


@pytest.mark.parametrize("lateness", ["3651 days", "999999999 days"])
def test_facts_are_not_waited_for_longer_than_ten_years(lateness: str) -> None:
    """A lateness of more years than that is refused: to look back so far can lead to before there were any."""
    with pytest.raises(RulesRejected) as refused:
        book(DOWN, f"lateness: {lateness}")
    assert [d.code for d in refused.value.diagnostics] == ["bad-time"]


MIXED = """
  - rule: down
    when:
      - machine: machine
        where: status = "down"
        for: 3 min
    then: {notify: {work_centre: = machine.machine_id, to: maintenance, message: down}}
  - rule: hot-beside-a-flag
    when:
      - machine: machine
        where: temperature > 90
        for: 2 min
      - flag: flag
        where: flag_id = machine.machine_id
    then: {hold: {lot: = machine.machine_id, reason: hot}}
    until: machine.temperature < 50
  - rule: unflagged
    when:
      - machine: machine
        where: status != "running"
      - none: flag
        where: flag_id = machine.machine_id
        for: 4 min
    then: {notify: {work_centre: = machine.machine_id, to: staging, message: unflagged}}
  - rule: inspected-while-down
    when:
      - inspection: inspection
      - machine: machine
        where: machine_id = inspection.lot_id and status = "down"
        for: 2 min
    then: {hold: {lot: = inspection.lot_id, reason: made on a broken machine}}
"""


@st.composite
def histories(draw: st.DrawFn) -> list[Fact | float]:
    """Return facts in some order of time, and times at which the clock moves without one."""
    make, at = Facts(), 0.0
    steps: list[Fact | float] = []
    for _ in range(draw(st.integers(1, 25))):
        at += draw(st.sampled_from([0, 0.5, 1, 2, 3]))
        late = at - draw(st.sampled_from([0, 0, 0, 2.5]))
        which: dict[str, Any] = {"machine_id": draw(st.sampled_from(["a", "b"]))}
        kind = draw(st.sampled_from(["machine", "machine", "flag", "inspection", "clock"]))
        if kind == "clock":
            steps.append(at)
        elif kind == "flag":
            op = draw(st.sampled_from(["assert", "assert", "retract"]))
            steps.append(make("flag", at=late, op=op, flag_id=which["machine_id"]))
        elif kind == "inspection":
            steps.append(make("inspection", at=late, lot_id=which["machine_id"], order_id="o", result="fail"))
        else:
            data = {"status": draw(st.sampled_from(["down", "running", "idle"]))}
            if draw(st.booleans()):
                data["temperature"] = draw(st.sampled_from([40, 80, 95]))
            steps.append(make("machine", at=late, **which, **data))
    return steps


def play(
    steps: list[Fact | float], matcher: str, cuts: frozenset[int] = frozenset(), head: str = ""
) -> list[Outcome]:
    """Return the outcome of each step; the session is saved and restored before the steps in *cuts*."""
    rulebook = book(MIXED, head)
    session = Session(rulebook, matcher)
    outcomes = []
    for number, step in enumerate(steps):
        if number in cuts:
            session = Session.restore(rulebook, session.snapshot(), matcher)
        if isinstance(step, float):
            outcomes.append(session.advance(START + timedelta(minutes=step)))
        else:
            outcomes.append(session.submit(step))
    return outcomes


@settings(max_examples=100, deadline=None)
@given(
    steps=histories(),
    cuts=st.frozensets(st.integers(0, 25), max_size=4),
    head=st.sampled_from(["", "lateness: 1 min", "lateness: 3 min"]),
)
def test_matchers_agree_on_what_lasts(steps: list[Fact | float], cuts: frozenset[int], head: str) -> None:
    """Both matchers, and a session saved and restored on the way, make equal outcomes, with and without lateness."""
    expected = play(steps, "naive", head=head)
    assert play(steps, "native", head=head) == expected
    assert play(steps, "native", cuts, head) == expected
