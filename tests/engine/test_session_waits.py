"""Rules with steps: what is expected and does not come, what follows, what is told once in a while."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from engine.decisions import Fact, Outcome
from engine.diagnostics import RulesRejected
from engine.matching import unsupported
from engine.session import CLOCK, Session
from engine.waits import opened
from engine.whynot import why_not
from tests.engine.books import START, Facts, book
from tests.engine.test_working_time import CALENDARS

EXPECT = """
  - rule: nobody-inspected
    when:
      - done: alarm
        where: level = 1
      - expect: inspection
        where: order_id = done.machine_id
        within: 30 min
    on_missing: skip
    then: {notify: {work_centre: = done.machine_id, to: quality, message: "{done.level}"}}
"""

THEN = """
  - rule: jam-after-jam
    on_missing: skip
    when:
      - jam: alarm
        where: level = 1
      - then: alarm
        as: again
        where: machine_id = jam.machine_id and level = 1
        within: 5 min
    then: {notify: {work_centre: = again.machine_id, to: maintenance, message: jammed again}}
"""

RUNNING = """
  - rule: does-not-run-again
    when:
      - mended: inspection
        where: result = "pass"
      - expect: machine
        where: machine_id = mended.order_id and status = "running"
        within: 10 min
    then: {notify: {work_centre: = mended.order_id, to: maintenance, message: it stands}}
"""

STATES = """
  - rule: down-and-nobody-came
    when:
      - machine: machine
        where: status = "down"
      - expect: flag
        where: flag_id = machine.machine_id
        within: 10 min
    then: {notify: {work_centre: = machine.machine_id, to: maintenance, message: down}}
"""

STOP = """
  - rule: short-stop
    when:
      - stopped: machine
        where: status = "down"
      - then: machine
        as: runs
        where: machine_id = stopped.machine_id and status = "running"
        within: 2 min
    then: {notify: {work_centre: = runs.machine_id, to: maintenance, message: short}}
"""

CHAIN = """
  - rule: three-in-a-row
    when:
      - one: alarm
      - none: flag
        where: flag_id = one.machine_id
      - then: alarm
        as: two
        where: machine_id = one.machine_id
        within: 5 min
      - order: order
        where: order_id = two.machine_id
      - then: inspection
        where: order_id = order.order_id
        within: 5 min
      - none: hold
        where: lot_id = inspection.lot_id
    then: {hold: {lot: = inspection.lot_id, reason: "{one.level} {two.level} {order.item}"}}
"""

Given = list[tuple[Any, ...]]
"""(minutes, type, fields), or (minutes,) for a tick."""


@pytest.fixture(params=["native", "naive", "durable"])
def matcher(request: pytest.FixtureRequest) -> str:
    """Return each matcher's name in turn."""
    return str(request.param)


def run(
    rules: str, given: Given, matcher: str = "native", *, head: str = "", until: float | None = None
) -> list[Outcome]:
    """Return the outcome of each fact, and of the clock moved on to *until*."""
    make, session = Facts(), Session(book(rules, head), matcher)
    outcomes = []
    for at, *rest in given:
        if rest:
            fact = make(rest[0], at=at, **rest[1])
        else:
            fact = Fact("lineside", f"tick{at}", CLOCK, START + timedelta(minutes=at), {})
        outcomes.append(session.submit(fact))
    if until is not None:
        outcomes.append(session.advance(START + timedelta(minutes=until)))
    return outcomes


def told(outcomes: list[Outcome]) -> list[tuple[str, float]]:
    """Return (subject, minutes after the start) of each decision that is carried out."""
    return [
        (d.subject_id, (d.time - START) / timedelta(minutes=1))
        for o in outcomes
        for d in o.decisions
        if d.status == "decided"
    ]


def warned(outcomes: list[Outcome]) -> list[str]:
    """Return the codes of all warnings."""
    return [w.code for o in outcomes for w in o.warnings]


def alarm(at: float, machine: str = "m", level: int = 1) -> tuple[Any, ...]:
    """Return an alarm."""
    return (at, "alarm", {"machine_id": machine, "level": level})


def inspection(at: float, order: str = "m", result: str = "fail") -> tuple[Any, ...]:
    """Return an inspection."""
    return (at, "inspection", {"lot_id": f"l{at}", "order_id": order, "result": result})


def machine(at: float, status: str, machine: str = "m") -> tuple[Any, ...]:
    """Return the state of a machine."""
    return (at, "machine", {"machine_id": machine, "status": status})


def flag(at: float, flag: str = "m", op: str = "assert") -> tuple[Any, ...]:
    """Return a flag."""
    return (at, "flag", {"flag_id": flag, "op": op})


@pytest.mark.parametrize(
    ("given", "until", "expected"),
    [
        pytest.param([alarm(0)], 29.9, [], id="not yet"),
        pytest.param([alarm(0)], 30, [30], id="none came, as the clock says"),
        pytest.param([alarm(0)], 900, [30], id="once, at its time, however late the clock"),
        pytest.param([alarm(0), inspection(20)], 900, [], id="it came"),
        pytest.param([alarm(0), inspection(30)], 900, [], id="it came in the last moment"),
        pytest.param([alarm(0), (30,), inspection(30)], 900, [30], id="a tick said that the moment was over"),
        pytest.param([alarm(0), inspection(31)], 900, [30], id="it came after the time"),
        pytest.param([inspection(0), alarm(1)], 900, [31], id="what came before does not count"),
        pytest.param([alarm(1), inspection(1)], 900, [], id="what comes at the same time does"),
        pytest.param([alarm(0), inspection(9, "x")], 900, [30], id="it was for another one"),
        pytest.param([alarm(0), alarm(5), inspection(20)], 900, [], id="one is enough for all that wait"),
        pytest.param([alarm(0), alarm(5), inspection(32)], 900, [30], id="each has its own time"),
        pytest.param([alarm(0), alarm(9)], 900, [30, 39], id="each start waits for itself"),
        pytest.param([alarm(0, level=2)], 900, [], id="nothing began"),
        pytest.param([alarm(0), alarm(29, "x"), inspection(28)], 900, [("x", 59)], id="a late fact counts while it is open"),
        pytest.param([alarm(99, "x"), alarm(0)], 99.5, [30], id="a late start, as the clock moves on"),
        pytest.param([alarm(99, "x"), alarm(0), inspection(20)], 99.5, [], id="a late start, and what follows at once"),
    ],
)  # fmt: skip
def test_what_is_expected_and_does_not_come(
    matcher: str, given: Given, until: float, expected: list[Any]
) -> None:
    """A rule with `expect` fires when the time is over and nothing that fits has come in it, for each start by itself."""
    outcomes = run(EXPECT, given, matcher, until=until)
    assert told(outcomes) == [each if isinstance(each, tuple) else ("m", each) for each in expected]
    assert sum(o.fell_due for o in outcomes) == len(expected)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param([alarm(0)], [], id="alone"),
        pytest.param([alarm(0), alarm(4)], [4], id="in time"),
        pytest.param([alarm(0), alarm(5)], [5], id="in the last moment"),
        pytest.param([alarm(0), alarm(5.1)], [], id="too late"),
        pytest.param([alarm(0), alarm(1, "x"), alarm(2, level=2)], [], id="others"),
        pytest.param([alarm(0), alarm(2), alarm(4)], [2, 4], id="each with the next"),
        pytest.param([alarm(0), alarm(0)], [0], id="two at one time"),
        pytest.param([alarm(3), alarm(2)], [], id="what happened before does not follow"),
    ],
)
def test_what_follows_in_time(matcher: str, given: Given, expected: list[float]) -> None:
    """A rule with `then` fires with the first fact that fits and follows in time, at that fact's time, and only once."""
    assert told(run(THEN, given, matcher, until=900)) == [("m", at) for at in expected]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param([inspection(0, result="pass")], [10], id="never heard of"),
        pytest.param([machine(0, "running"), inspection(1, result="pass")], [], id="it is so already"),
        pytest.param([machine(0, "down"), inspection(1, result="pass"), machine(9, "running")], [], id="it comes to be so"),
        pytest.param([machine(0, "down"), inspection(1, result="pass"), machine(11, "running")], [], id="in the last moment"),
        pytest.param([machine(0, "down"), inspection(1, result="pass"), machine(12, "running")], [11], id="too late"),
        pytest.param(
            [machine(0, "down"), inspection(1, result="pass"), machine(5, "running"), machine(6, "down")],
            [],
            id="for a moment",
        ),
        pytest.param([inspection(9, result="pass"), machine(1, "running")], [], id="it was so, as is heard later"),
        pytest.param([machine(0, "running", "x"), inspection(1, result="pass")], [11], id="another one is so"),
    ],
)  # fmt: skip
def test_a_state_that_is_expected(matcher: str, given: Given, expected: list[float]) -> None:
    """A state is expected to be so at some moment from the start to the end of the time, or before and still."""
    assert told(run(RUNNING, given, matcher, until=900)) == [("m", at) for at in expected]


RUNS = 'machine.status = "running"'


@pytest.mark.parametrize(
    ("given", "until", "expected"),
    [
        pytest.param([machine(0, "down")], "", [10], id="it stands"),
        pytest.param([machine(0, "down"), machine(4, "down")], "", [10], id="told again"),
        pytest.param([machine(0, "down"), flag(4)], "", [], id="somebody came"),
        pytest.param([machine(0, "down"), machine(4, "running")], "", [], id="it is over"),
        pytest.param([machine(0, "down"), machine(4, "idle"), machine(6, "down")], "", [16], id="it began anew"),
        pytest.param([machine(0, "down"), machine(4, "idle")], RUNS, [10], id="until says that it goes on"),
        pytest.param([machine(0, "down"), machine(4, "running")], RUNS, [], id="until says that it is over"),
        pytest.param([machine(0, "down"), machine(30, "running"), machine(40, "down")], "", [10, 50], id="twice"),
    ],
)  # fmt: skip
def test_a_match_of_states_that_begins_a_wait(
    matcher: str, given: Given, until: str, expected: list[float]
) -> None:
    """A match of states begins one wait when it appears, which ends silently where the match does."""
    rules = STATES + (f"    until: {until}\n" if until else "")
    assert told(run(rules, given, matcher, until=900)) == [("m", at) for at in expected]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param(
            [machine(0, "down"), machine(1, "running")], [1], id="what ends the start may complete it"
        ),
        pytest.param(
            [machine(0, "down"), machine(1, "idle"), machine(1.5, "running")], [], id="not after that"
        ),
        pytest.param([machine(0, "down"), machine(3, "running")], [], id="too late"),
        pytest.param([machine(0, "running"), machine(1, "down")], [], id="what was so does not follow"),
    ],
)
def test_a_state_that_follows(matcher: str, given: Given, expected: list[float]) -> None:
    """A state follows when it comes to be so, also by the fact that ends the match the wait began with."""
    assert told(run(STOP, given, matcher, until=900)) == [("m", at) for at in expected]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param([("order",), alarm(1, level=1), alarm(2, level=2), inspection(3)], ["1 2 x"], id="all of it"),
        pytest.param([alarm(1), alarm(2), ("order",), inspection(3)], [], id="a state is looked at with its step"),
        pytest.param([("order",), flag(0), alarm(1), alarm(2), inspection(3)], [], id="none at the start"),
        pytest.param([("order",), alarm(1), flag(1.5), alarm(2), inspection(3)], ["1 1 x"], id="none only at the start"),
        pytest.param([("order",), alarm(1), alarm(2), inspection(2.5), inspection(3)], ["1 1 x"], id="the first that fits"),
        pytest.param([("order",), alarm(1), alarm(6), inspection(11)], ["1 1 x"], id="each time runs from the step before"),
        pytest.param([("order",), alarm(1), alarm(2), alarm(3), inspection(4)], ["1 1 x", "1 1 x"], id="two starts"),
    ],
)  # fmt: skip
def test_several_steps(matcher: str, given: Given, expected: list[str]) -> None:
    """Steps follow one another; what is listed after a step is looked at when that is done."""
    order = (0, "order", {"order_id": "m", "item": "x", "status": "started"})
    outcomes = run(CHAIN, [order if each == ("order",) else each for each in given], matcher, until=900)
    holds = [d.reason for o in outcomes for d in o.decisions if d.status == "decided"]
    assert holds == expected[:1]  # the second finds the hold of the first
    waits = [each for each in given if each[0] != "order"]
    assert len(waits) >= len(expected)


def test_what_another_rule_asserts_counts_in_its_place(matcher: str) -> None:
    """A fact that follows from the start of a wait is met by it, whichever rule fires first; one before it is not."""
    rules = """
  - rule: alarms
    priority: 5
    on: inspection
    then: {assert: {alarm: {machine_id: = order_id, level: 2}}}
  - rule: flags
    on: alarm
    then: {assert: {flag: {flag_id: = machine_id}}}
  - rule: no-alarm
    when:
      - failed: inspection
      - expect: alarm
        where: machine_id = failed.order_id
        within: 5 min
    then: {notify: {order: = failed.order_id, to: quality, message: no alarm}}
  - rule: alarm-without-inspection
    when:
      - alarm: alarm
      - expect: inspection
        where: order_id = alarm.machine_id
        within: 5 min
    then: {notify: {order: = alarm.machine_id, to: quality, message: no inspection}}
  - rule: flagged
    when:
      - alarm: alarm
      - then: flag
        where: flag_id = alarm.machine_id
        within: 5 min
    then: {notify: {order: = flag.flag_id, to: quality, message: flagged}}
"""
    outcomes = run(rules, [inspection(0, "o")], matcher, until=60)
    decided = [(d.rule, d.status) for o in outcomes for d in o.decisions if d.kind == "notify"]
    assert decided == [("flagged", "decided"), ("alarm-without-inspection", "decided")]


@pytest.mark.parametrize(
    ("rules", "head", "given", "codes", "expected"),
    [
        pytest.param(EXPECT, "", [alarm(0), alarm(31, "x"), inspection(20)], ["too-late"], [30, 61], id="expected, and over"),
        pytest.param(EXPECT, "", [alarm(0), alarm(61, "x"), inspection(20)], [], [30, 91], id="forgotten"),
        pytest.param(THEN, "", [alarm(0), alarm(6, "x"), alarm(2)], ["too-late"], [], id="followed, and over"),
        pytest.param(EXPECT, "lateness: 5 min", [alarm(0), alarm(34, "x"), inspection(20)], [], [69], id="within the lateness"),
        pytest.param(EXPECT, "lateness: 5 min", [alarm(0), alarm(36, "x"), inspection(9)], ["too-late"], [35, 71], id="later"),
        pytest.param(EXPECT, "lateness: 5 min", [inspection(4), alarm(6, "x"), alarm(2)], [], [41], id="before its late start"),
        pytest.param(EXPECT, "lateness: 5 min", [alarm(6, "x"), alarm(0.5)], ["too-late"], [41], id="a start that is too late"),
        pytest.param(THEN, "lateness: 2 min", [alarm(4), alarm(2.5), alarm(6, "x")], [], [4], id="a start after its follower"),
    ],
)  # fmt: skip
def test_late_facts(
    matcher: str, rules: str, head: str, given: Given, codes: list[str], expected: list[float]
) -> None:
    """Late facts count while a wait is open, as long again as the lateness; others are told, and change nothing."""
    outcomes = run(rules, given, matcher, head=head, until=900)
    assert warned(outcomes) == codes
    assert [at for _, at in told(outcomes)] == expected


def test_waiting_and_repeating_count_working_time() -> None:
    """`within` and `at_most` can be working time: what is left of it at the end of a shift goes on with the next one."""
    working = EXPECT.replace("30 min", "8 working hours") + REPEAT.replace("30 min", "8 working hours")
    session, make = Session(book(working, facts={"calendars.yaml": CALENDARS})), Facts()
    session.submit(make("alarm", at=0, machine_id="m", level=1))  # on a Monday at seven
    assert session.next_due() == START + timedelta(minutes=1470)
    again = session.submit(make("alarm", at=1469, machine_id="m", level=1))
    assert {d.status for d in again.decisions} == {"repeated"}
    again = session.submit(make("alarm", at=1470, machine_id="m", level=1))
    assert {d.status for d in again.decisions} == {"decided"}


REPEAT = """
  - rule: jam
    on_missing: skip
    on: alarm
    if: level > 0
    then:
      - notify: {work_centre: = machine_id, to: maintenance, message: jam}
      - notify: {work_centre: = machine_id, to: planning, message: jam}
    at_most: once per 30 min
"""


@pytest.mark.parametrize(
    ("each", "given", "expected"),
    [
        pytest.param("", [alarm(0), alarm(29.9)], [0], id="too soon"),
        pytest.param("", [alarm(0), alarm(30)], [0, 30], id="just long enough"),
        pytest.param(
            "", [alarm(0), alarm(20), alarm(40)], [0, 40], id="counted from the last that was carried out"
        ),
        pytest.param("", [alarm(0), alarm(1, "x")], [0, 1], id="for each machine"),
        pytest.param("= level", [alarm(0), alarm(1, "x"), alarm(2, level=2)], [0, 2], id="for each level"),
        pytest.param(
            "level", [alarm(0), alarm(1, "x"), alarm(2, level=2)], [0, 2], id="without the equals sign"
        ),
        pytest.param("", [alarm(9), alarm(0)], [9], id="a late one is one more"),
    ],
)
def test_a_rule_fires_at_most_once_in_a_while(
    matcher: str, each: str, given: Given, expected: list[float]
) -> None:
    """A firing too soon after the last one is recorded as repeated, settled by that one's decisions, and not carried out."""
    outcomes = run(REPEAT + (f"    for_each: {each}\n" if each else ""), given, matcher)
    assert [at for _, at in told(outcomes)] == [at for at in expected for _ in range(2)]
    decided = {d.id: d for o in outcomes for d in o.decisions}
    for decision in decided.values():
        if decision.status == "repeated":
            assert decision.settled_by is not None
            assert decided[decision.settled_by].values == decision.values
            assert "last did at 2026-03-02T06:" in decision.reason
    assert len(decided) == 2 * len(given)


def test_what_is_repeated_changes_nothing() -> None:
    """A hold that is repeated is not placed, and a rule that could not decide hides no decision."""
    rules = """
  - rule: far-off
    on_missing: alert
    on: inspection
    if: measured > 90
    then: {hold: {order: = order_id, reason: "{measured}"}}
    at_most: once per 30 min
    for_each: order_id
"""
    session, make = Session(book(rules)), Facts()
    told = []
    for measured in ({}, {"measured": 95}, {"measured": 99}, {}):
        fact = make("inspection", lot_id="l", order_id="o", result="fail", **measured)
        told += [(d.kind, d.status) for d in session.submit(fact).decisions]
    assert told == [
        ("escalate", "decided"),
        ("hold", "decided"),
        ("hold", "repeated"),
        ("escalate", "repeated"),
    ]
    assert [hold.data["reason"] for hold in session.holds()] == ["95"]


def test_another_book_keeps_the_waits_of_rules_that_say_the_same() -> None:
    """Under another rule book the waits of a rule go on, if it waits for what it did; others are left out."""
    session = Session(book(EXPECT + THEN))
    session.submit(Facts()("alarm", at=0, machine_id="m", level=1))
    saved = session.snapshot()
    same = Session.restore(book(EXPECT.replace("nobody", "nobody") + STATES), saved)
    assert told([same.advance(START + timedelta(minutes=60))]) == [("m", 30)]
    other = Session.restore(book(EXPECT.replace("= done.machine_id\n", "!= done.machine_id\n")), saved)
    assert told([other.advance(START + timedelta(minutes=60))]) == []
    longer = Session.restore(book(EXPECT.replace("30 min", "40 min")), saved)
    assert told([longer.advance(START + timedelta(minutes=60))]) == []


def test_waits_of_states_go_on_only_where_their_match_stands() -> None:
    """Under another rule book a wait that a match of states began goes on while that match holds."""
    session = Session(book(STATES))
    session.submit(Facts()("machine", at=0, machine_id="m", status="down"))
    saved = session.snapshot()
    again = Session.restore(book(STATES + THEN), saved)
    assert told([again.advance(START + timedelta(minutes=60))]) == [("m", 10)]


def test_too_many_waits_leave_the_oldest_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A step keeps so many waits at most; of more, the oldest is left out, and the outcome says so."""
    monkeypatch.setattr(opened, "MOST_WAITS", 2)
    outcomes = run(EXPECT, [alarm(0, "a"), alarm(1, "b"), alarm(2, "c")], until=60)
    assert warned(outcomes) == ["waits-full"]
    assert [subject for subject, _ in told(outcomes)] == ["b", "c"]


def test_a_session_says_when_it_is_known_that_nothing_came(matcher: str) -> None:
    """`next_due` is when the first open wait for something expected is over; a step that may follow makes nothing due."""
    make, session = Facts(), Session(book(EXPECT + THEN), matcher)
    session.submit(make("alarm", at=0, machine_id="m", level=1))
    assert session.next_due() == START + timedelta(minutes=30)
    session.submit(make("inspection", at=10, lot_id="l", order_id="m", result="pass"))
    assert session.next_due() is None


def test_an_explanation_shows_the_steps() -> None:
    """The explanation of a decision names each step with its time, and for what did not come what it was compared with."""
    session = Session(book(EXPECT))
    session.submit(Facts()("alarm", at=0, machine_id="m", level=1))
    (why,) = session.explain(session.advance(START + timedelta(minutes=60)))
    assert [fact["alias"] for fact in why.facts] == ["done"]
    assert [c.pattern for c in why.conditions] == ["done: alarm", "expect: inspection within PT30M"]
    assert [(part.text, part.value) for part in why.conditions[1].parts] == [("done.machine_id", "m")]


@pytest.mark.parametrize(
    ("begun", "asked", "expected"),
    [
        pytest.param([], inspection(1), "nothing waits for it", id="nothing began"),
        pytest.param([alarm(0)], inspection(1, "x"), "does not fit, and is waited for between", id="it does not fit"),
        pytest.param([], alarm(1), "it has begun, and goes on with expect: inspection within PT30M", id="it has begun"),
        pytest.param([], alarm(1, level=2), "does not fit", id="it has not begun"),
        pytest.param([alarm(0)], flag(1), "it does not read flag, only alarm, inspection", id="another type"),
    ],
)  # fmt: skip
def test_why_not_says_what_is_waited_for(begun: Given, asked: tuple[Any, ...], expected: str) -> None:
    """Why a rule did not fire names the step that it is at, and how near a fact came to it."""
    make, session = Facts(), Session(book(EXPECT))
    for at, kind, data in begun:
        session.submit(make(kind, at=at, **data))
    fact = make(asked[1], at=asked[0], **asked[2])
    session.submit(fact)
    assert expected in why_not(session, "nobody-inspected", fact).verdict


def changed(rules: str, *changes: tuple[str, str]) -> str:
    """Return *rules* with each first text replaced by the second."""
    for old, new in changes:
        assert old in rules
        rules = rules.replace(old, new)
    return rules


BEGIN = "      - done: alarm\n        where: level = 1\n"
NOTHING = (BEGIN, "      - none: flag\n"), ("= done.machine_id", '= "m"'), ("{done.level}", "none")
ON = ("    on_missing", "      - then: alarm\n        within: 5 min\n    on_missing")
MORE = (
    ("order: order", "more: alarm"),
    ("order_id = two", "machine_id = two"),
    ("= order.order_id", "= more.machine_id"),
)
JAMMED = "notify: {work_centre: = again.machine_id, to: maintenance, message: jammed again}"
RING = (JAMMED, "assert: {alarm: {machine_id: m, level: 1}}")


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        pytest.param(changed(EXPECT, (BEGIN, "")), "bad-step", id="no start"),
        pytest.param(changed(EXPECT, *NOTHING), "no-positive-pattern", id="a start of nothing"),
        pytest.param(changed(EXPECT, ON), "bad-step", id="after expect"),
        pytest.param(changed(THEN, ("within: 5 min", "within: 5 min\n        for: 5 min")), "bad-step", id="for in a step"),
        pytest.param(changed(THEN, ("        within: 5 min", "")), "conflicting-keys", id="no time"),
        pytest.param(changed(THEN, ("5 min", "soon")), "bad-time", id="no such time"),
        pytest.param(changed(THEN, ("as: again", "as: level")), "name-clash", id="an alias that is a field"),
        pytest.param(changed(EXPECT, ("{done.level}", "{inspection.lot_id}")), "unknown-name", id="what did not come"),
        pytest.param(changed(THEN, ("where: level = 1", "where: level = again.level")), "unknown-field", id="a name from later"),
        pytest.param(STATES + '    until: flag.colour = "red"\n', "unknown-name", id="until, of a step"),
        pytest.param(EXPECT + "    until: done.level = 1\n", "until-on-event", id="until, of an event"),
        pytest.param(changed(CHAIN, *MORE), "bad-step", id="an event without a step"),
        pytest.param(changed(REPEAT, ("once per 30 min", "twice a day")), "bad-time", id="how often"),
        pytest.param(changed(REPEAT, ("once per 30 min", "once per a while")), "bad-time", id="how long"),
        pytest.param(changed(REPEAT, ("at_most: once per 30 min", "for_each: level")), "conflicting-keys", id="for each of what"),
        pytest.param(REPEAT + "    for_each: machin_id\n", "unknown-field", id="for each of nothing"),
        pytest.param(changed(THEN, RING), "endless-chain", id="a ring"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(rules: str, code: str) -> None:
    """A rule with steps that could not run, or would never end, is refused."""
    with pytest.raises(RulesRejected) as refused:
        book(rules)
    assert code in [d.code for d in refused.value.diagnostics]


def test_the_durable_matcher_says_what_it_cannot_run() -> None:
    """What stands beside a step has to be tied to it by an equality, or the matcher durable refuses the rule."""
    faults = unsupported(book(CHAIN.replace("order_id = two.machine_id", "order_id != two.machine_id")))
    assert [fault.code for fault in faults] == ["durable-join"]
    assert not unsupported(book(CHAIN + EXPECT + THEN + RUNNING + STATES))
