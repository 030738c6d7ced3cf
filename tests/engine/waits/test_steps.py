"""Rules with steps: what is expected and does not come, and what follows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from engine.matching import unsupported
from engine.session import Session
from engine.waits import opened
from engine.whynot import why_not
from tests.engine.books import START, Facts, book
from tests.engine.matching.differential import has_durable
from tests.engine.test_working_time import CALENDARS
from tests.engine.waits.given import (
    CHAIN,
    EXPECT,
    RUNNING,
    STATES,
    STOP,
    THEN,
    Given,
    alarm,
    flag,
    inspection,
    machine,
    run,
    told,
    warned,
)


@pytest.fixture(params=["native", "naive", "durable"])
def matcher(request: pytest.FixtureRequest) -> str:
    """Return each matcher's name in turn."""
    if request.param == "durable" and not has_durable():
        pytest.skip("durable-rules is not installed")
    return str(request.param)


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


@pytest.mark.parametrize(
    ("rules", "moments", "late"),
    [
        pytest.param(EXPECT, (31, 32, 33), ("inspection", {"lot_id": "x", "order_id": "m", "result": "pass"}), id="expect"),
        pytest.param(THEN, (6, 7, 8), ("alarm", {"machine_id": "m", "level": 1}), id="then"),
    ],
)  # fmt: skip
def test_a_wait_that_is_over_is_remembered_by_a_snapshot(
    matcher: str, rules: str, moments: tuple[int, ...], late: tuple[str, dict[str, Any]]
) -> None:
    """Restored and moved on, a session still tells of a late fact that a wait would have been for."""
    make, rulebook = Facts(), book(rules)
    session = Session(rulebook, matcher)
    session.submit(make("alarm", at=0, machine_id="m", level=1))
    for minutes in moments:
        session.advance(START + timedelta(minutes=minutes))
        session = Session.restore(rulebook, session.snapshot(), matcher)
    outcome = session.submit(make(late[0], at=1, **late[1]))
    assert warned([outcome]) == ["too-late"]


def test_late_facts_are_told_of_in_the_order_of_the_rules(matcher: str) -> None:
    """Waits that are over for a late fact tell of it in the order of their rules, also where the session was restored."""
    rulebook = book(CHAIN + THEN)
    make, session = Facts(), Session(rulebook, matcher)
    for at in (0, 6):
        session.submit(make("alarm", at=at, machine_id="m", level=1))
    session = Session.restore(rulebook, session.snapshot(), matcher)
    session.submit(make("alarm", at=7, machine_id="x", level=1))
    late = session.submit(make("alarm", at=2, machine_id="m", level=1))
    assert [(told.rule, told.code) for told in late.warnings] == [
        ("three-in-a-row", "too-late"),
        ("jam-after-jam", "too-late"),
    ]


def test_another_book_keeps_the_waits_of_rules_that_say_the_same() -> None:
    """Under another rule book the waits of a rule go on, if it waits for what it did; others are left out."""
    session = Session(book(EXPECT + THEN))
    session.submit(Facts()("alarm", at=0, machine_id="m", level=1))
    saved = session.snapshot()
    same = Session.restore(book(EXPECT + STATES), saved)
    assert told([same.advance(START + timedelta(minutes=60))]) == [("m", 30)]
    other = Session.restore(book(EXPECT.replace("= done.machine_id\n", "!= done.machine_id\n")), saved)
    assert told([other.advance(START + timedelta(minutes=60))]) == []
    longer = Session.restore(book(EXPECT.replace("30 min", "40 min")), saved)
    assert told([longer.advance(START + timedelta(minutes=60))]) == []
    working = book(EXPECT.replace("30 min", "30 working minutes"), "", {"calendars.yaml": CALENDARS})
    assert told([Session.restore(working, saved).advance(START + timedelta(minutes=60))]) == []


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
    assert [c.pattern for c in why.conditions] == ["done: alarm", "expect: inspection within 30 min"]
    assert [(part.text, part.value) for part in why.conditions[1].parts] == [("done.machine_id", "m")]


WORKING = EXPECT.replace("30 min", "30 working minutes")


@pytest.mark.parametrize(
    ("rules", "head", "start", "expected"),
    [
        pytest.param(
            EXPECT,
            "",
            alarm(0),
            "none came from 2026-03-02T06:00:00Z until 2026-03-02T06:30:00Z",
            id="an event",
        ),
        pytest.param(
            RUNNING,
            "",
            inspection(5, result="pass"),
            "none was so from 2026-03-02T06:05:00Z until 2026-03-02T06:15:00Z",
            id="a state",
        ),
        pytest.param(
            EXPECT,
            "lateness: 5 min",
            alarm(0),
            "none came from 2026-03-02T06:00:00Z until 2026-03-02T06:30:00Z, and none came late in the 5 min after that",
            id="late facts are waited for",
        ),
        pytest.param(WORKING, "", alarm(0), "none came until 2026-03-02T06:45:00Z", id="working time"),
    ],
)
def test_an_explanation_says_that_none_came(
    rules: str, head: str, start: tuple[Any, ...], expected: str
) -> None:
    """Of what was expected, the explanation says from when until when none came, in words."""
    shifts = CALENDARS.replace("start: 06:00", "start: 07:15")
    session = Session(book(rules, head, {"calendars.yaml": shifts}))
    at, kind, data = start
    session.submit(Facts()(kind, at=at, **data))
    (why,) = session.explain(session.advance(START + timedelta(hours=4)))
    assert [c.found for c in why.conditions] == ["", expected]


def test_an_explanation_says_that_there_is_none() -> None:
    """Of a pattern with `none`, the explanation says so."""
    rules = "  - {rule: r, when: [{a: alarm}, {none: flag}], then: {notify: {to: q, message: m}}}"
    session = Session(book(rules))
    (why,) = session.explain(session.submit(Facts()("alarm", machine_id="m")))
    assert [c.found for c in why.conditions] == ["", "there is none"]


@pytest.mark.parametrize(
    ("begun", "asked", "expected"),
    [
        pytest.param([], inspection(1), "nothing waits for it", id="nothing began"),
        pytest.param([alarm(0)], inspection(1, "x"), "does not fit the wait from 2026-", id="it does not fit"),
        pytest.param([alarm(0)], inspection(1), "came in time, and ended the wait from", id="it came"),
        pytest.param(
            [alarm(0), alarm(0, "y")], inspection(1, "x"), "does not fit any of 2 waits; it comes nearest to", id="of two"
        ),
        pytest.param([], alarm(1), "it has begun, and goes on with expect: inspection within 30 min", id="it has begun"),
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


def test_the_durable_matcher_says_what_it_cannot_run() -> None:
    """What stands beside a step has to be tied to it by an equality, or the matcher durable refuses the rule."""
    faults = unsupported(book(CHAIN.replace("order_id = two.machine_id", "order_id != two.machine_id")))
    assert [fault.code for fault in faults] == ["durable-join"]
    assert not unsupported(book(CHAIN + EXPECT + THEN + RUNNING + STATES))
