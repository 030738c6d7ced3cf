"""What a changed rule book leaves behind is told: by rule, with how many, for whom and why."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from engine.compiler import compile_rules
from engine.losses import MOST_KEYS, Loss
from engine.session import Session
from tests.engine.books import FACTS, START, Facts, book
from tests.engine.coordination.floor import HELD, LADDERS, Floor, rule_book
from tests.engine.waits.given import CHAIN, EXPECT, STATES, THEN

LASTS = """
  - rule: down-for-long
    when:
      - machine: machine
        where: status = "down"
        for: 10 min
    then: {notify: {work_centre: = machine.machine_id, to: maintenance, message: down}}
"""

WINDOW = """
  - rule: two-alarms
    when:
      - alarms: alarm
        where: level = 1
        per: machine_id
        within: 60 min
        having: count(alarms) >= 2
    then: {notify: {work_centre: = machine_id, to: maintenance, message: alarms}}
"""

SELDOM = """
  - rule: alarm-told
    on: alarm
    if: level = 1
    then: {notify: {work_centre: = machine_id, to: maintenance, message: alarm}}
    at_most: once per 1 h
"""

DOWN = """
  - rule: down
    on: machine
    if: status = "down"
    then: {notify: {work_centre: = machine_id, to: maintenance, message: down}}
"""

NO_RULE = "there is no rule of this name now"
Given = tuple[str, dict[str, Any]]

ALARM: Given = ("alarm", {"machine_id": "m", "level": 1})
IS_DOWN: Given = ("machine", {"machine_id": "m", "status": "down"})
UNTIL = "until 2026-03-02T"
OTHERS = "its patterns or its times are others now"


def changed(before: str, given: list[Given], after: str, **books: Any) -> tuple[Loss, ...]:
    """Return what is told of a session under *before*, given facts a minute apart, that goes on under *after*."""
    make, session = Facts(), Session(book(before, books.get("head", "")))
    for fact_type, data in given:
        session.submit(make(fact_type, **data))
    return Session.restore(
        book(after, books.get("head_after", books.get("head", ""))), session.snapshot()
    ).losses


@pytest.mark.parametrize(
    ("before", "given", "after", "expected"),
    [
        pytest.param(
            EXPECT,
            [ALARM],
            THEN,
            [Loss("waits", "nobody-inspected", 1, (f"alarm m, {UNTIL}06:31:00Z",), NO_RULE)],
            id="waits: no rule",
        ),
        pytest.param(
            EXPECT,
            [ALARM],
            EXPECT.replace("30 min", "40 min"),
            [Loss("waits", "nobody-inspected", 1, (f"alarm m, {UNTIL}06:31:00Z",), OTHERS)],
            id="waits: another time",
        ),
        pytest.param(
            EXPECT,
            [ALARM],
            EXPECT.replace("    on_missing: skip\n", "    on_missing: skip\n    enabled: false\n"),
            [
                Loss(
                    "waits",
                    "nobody-inspected",
                    1,
                    (f"alarm m, {UNTIL}06:31:00Z",),
                    "the rule is not enabled now",
                )
            ],
            id="waits: disabled",
        ),
        pytest.param(
            EXPECT,
            [ALARM],
            SELDOM.replace("alarm-told", "nobody-inspected"),
            [
                Loss(
                    "waits",
                    "nobody-inspected",
                    1,
                    (f"alarm m, {UNTIL}06:31:00Z",),
                    "it waits for nothing now",
                )
            ],
            id="waits: no steps",
        ),
        pytest.param(
            CHAIN,
            [ALARM, ALARM, ("order", {"order_id": "m", "item": "i", "status": "released"})],
            DOWN,
            [Loss("waits", "three-in-a-row", 1, (f"alarm m, {UNTIL}06:07:00Z",), NO_RULE)],
            id="waits: the second of an alarm that also was a first",
        ),
        pytest.param(
            STATES,
            [IS_DOWN],
            STATES.replace('= "down"', '= "idle"'),
            [
                Loss("waits", "down-and-nobody-came", 1, (f"machine m, {UNTIL}06:11:00Z",), OTHERS),
                Loss(
                    "matches",
                    "down-and-nobody-came",
                    1,
                    ("machine m",),
                    "it does not hold of them, as it stands now",
                ),
            ],
            id="waits of states",
        ),
        pytest.param(
            LASTS,
            [IS_DOWN],
            DOWN,
            [Loss("timers", "down-for-long", 1, ("machine m, since 2026-03-02T06:01:00Z",), NO_RULE)],
            id="timers: no rule",
        ),
        pytest.param(
            LASTS,
            [IS_DOWN],
            DOWN.replace("rule: down", "rule: down-for-long"),
            [
                Loss(
                    "timers",
                    "down-for-long",
                    1,
                    ("machine m, since 2026-03-02T06:01:00Z",),
                    'it has no "for" at that place now',
                )
            ],
            id="timers: no for",
        ),
        pytest.param(
            LASTS,
            [IS_DOWN],
            LASTS.replace('= "down"', '= "idle"'),
            [
                Loss(
                    "timers",
                    "down-for-long",
                    1,
                    ("machine m, since 2026-03-02T06:01:00Z",),
                    "what has to last is not so, as the rule stands now",
                )
            ],
            id="timers: another condition",
        ),
        pytest.param(
            WINDOW,
            [ALARM, ALARM],
            DOWN,
            [
                Loss("windows", "two-alarms", 2, ("m",), NO_RULE),
                Loss("matches", "two-alarms", 1, ("window m",), NO_RULE),
            ],
            id="windows: no rule",
        ),
        pytest.param(
            WINDOW,
            [ALARM],
            DOWN.replace("rule: down", "rule: two-alarms"),
            [Loss("windows", "two-alarms", 1, ("m",), "it has no window now")],
            id="windows: no window",
        ),
        pytest.param(
            WINDOW,
            [ALARM],
            WINDOW.replace("level = 1", "level = 2"),
            [Loss("windows", "two-alarms", 1, ("m",), "its window takes in fewer facts now")],
            id="windows: another condition",
        ),
        pytest.param(
            SELDOM,
            [ALARM],
            DOWN,
            [Loss("repeats", "alarm-told", 1, (f'["m"], {UNTIL}07:01:00Z',), NO_RULE)],
            id="repeats: no rule",
        ),
        pytest.param(
            SELDOM,
            [ALARM],
            SELDOM.replace("    at_most: once per 1 h\n", ""),
            [Loss("repeats", "alarm-told", 1, (f'["m"], {UNTIL}07:01:00Z',), 'it has no "at_most" now')],
            id="repeats: no at_most",
        ),
        pytest.param(
            SELDOM,
            [ALARM],
            SELDOM + "    for_each: = level\n",
            [
                Loss(
                    "repeats",
                    "alarm-told",
                    1,
                    (f'["m"], {UNTIL}07:01:00Z',),
                    "it counts by something else now",
                )
            ],
            id="repeats: of something else",
        ),
        pytest.param(
            DOWN,
            [IS_DOWN],
            DOWN.replace('= "down"', '= "idle"'),
            [Loss("matches", "down", 1, ("machine m",), "it does not hold of them, as it stands now")],
            id="matches",
        ),
    ],
)
def test_what_a_changed_rule_leaves_behind_is_told(
    before: str, given: list[Given], after: str, expected: list[Loss]
) -> None:
    """Of each rule that lost something, there is what, how much, for whom and why."""
    assert list(changed(before, given, after)) == expected


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("    then: {", "    title: Told at once\n    then: {", id="title"),
        pytest.param("    then: {", "    priority: 5\n    then: {", id="priority"),
        pytest.param("message: ", "message: now ", id="what is said"),
    ],
)
def test_a_rule_whose_patterns_stay_loses_nothing(old: str, new: str) -> None:
    """Where only what is said of a rule or done by it has changed, all goes on."""
    rules = EXPECT.replace('"{done.level}"', "none") + THEN + STATES + LASTS + WINDOW + SELDOM + DOWN
    assert changed(rules, [ALARM, IS_DOWN, ALARM], rules.replace(old, new)) == ()


def test_keys_are_named_up_to_a_bound() -> None:
    """Of many, the first are named, and all are counted."""
    many = [("alarm", {"machine_id": f"m{n}", "level": 1}) for n in range(25)]
    [loss] = changed(EXPECT, many, DOWN)
    assert loss.count == 25
    assert [key.split(",")[0] for key in loss.keys] == [f"alarm m{n}" for n in range(MOST_KEYS)]


def test_events_that_are_grouped_otherwise_are_not_lost() -> None:
    """Where a window keeps its events apart by something else, they are all there still; of some that are gone, so many."""
    by_level = WINDOW.replace("per: machine_id", "per: level").replace("= machine_id,", '= "x",')
    assert changed(WINDOW, [ALARM, ("alarm", {"machine_id": "n", "level": 1})], by_level) == ()
    both = [ALARM, ("alarm", {"machine_id": "n", "level": 1})]
    only = by_level.replace("where: level = 1", 'where: level = 1 and machine_id = "n"')
    [loss] = changed(WINDOW, both, only)
    assert (loss.what, loss.count) == ("windows", 1)


def test_a_case_that_no_rule_opens_any_more_is_told() -> None:
    """It still climbs its ladder, and people still answer it; no match comes to it and no rule resolves it."""
    floor = Floor()
    floor.fail()
    other = rule_book(HELD.replace("kind: held", "kind: doubtful"))
    floor.session = Session.restore(other, floor.session.snapshot())
    why = "no rule opens a case of this kind now, so nothing comes to it"
    name = floor.decisions[0].id
    assert floor.session.losses == (Loss("cases", "failed-lot", 1, (f"held of lot L1, case {name}",), why),)
    assert floor.wait(15) == ["15 escalate supervisor step 1"]


@pytest.mark.parametrize(
    ("calendars", "why"),
    [
        pytest.param("night", 'there is no calendar "day" now', id="another"),
        pytest.param("day", "", id="the same"),
    ],
)
def test_a_case_whose_calendar_is_gone_is_told(calendars: str, why: str) -> None:
    """Its times are counted by the clock then, and that is said."""
    text = (
        "calendars:\n  - calendar: {}\n    time_zone: UTC\n"
        "    shifts: [{{shift: day, days: weekdays, start: 08:00, end: 16:00}}]\n"
    )
    working = HELD.replace("within 10 min", "within 2 working hours")
    floor = Floor(rule_book(working, head="calendar: day", calendars=text.format("day")))
    floor.fail()
    later = rule_book(
        working, head=f"calendar: {calendars}", calendars=text.format(calendars), ladders=LADDERS + " "
    )
    losses = Session.restore(later, floor.session.snapshot()).losses
    assert [(loss.what, loss.why) for loss in losses] == (
        [("calendars", f"its working time passes as any other: {why}")] if why else []
    )


def test_a_longer_window_loses_nothing() -> None:
    """A window that counts for longer takes over what was in it."""
    assert changed(WINDOW, [ALARM], WINDOW.replace("60 min", "90 min")) == ()


def test_facts_kept_for_late_starts_are_told() -> None:
    """What is kept for waits that begin late is told as well, where the rule waits no more."""
    found = changed(
        EXPECT,
        [("inspection", {"lot_id": "l", "order_id": "m", "result": "pass"})],
        DOWN,
        head="lateness: 5 min",
    )
    assert found == (Loss("late_starts", "nobody-inspected", 1, ("inspection l",), NO_RULE),)


def test_states_of_types_that_are_gone_are_told() -> None:
    """A state whose fact type is not declared any more is left out, and told."""
    session = Session(book(DOWN))
    session.submit(Facts()("flag", flag_id="f"))
    without = {name: text for name, text in FACTS.items() if name != "facts/flag.yaml"}
    text = f"ruleset: t\ntitle: T\nowner: q\nrules:\n{DOWN}\n"
    later = Session.restore(compile_rules({**without, "rules/t.yaml": text}), session.snapshot())
    assert later.losses == (Loss("states", "", 1, ("flag mes/f1",), 'no state is called "flag" now'),)


def test_the_same_book_tells_nothing() -> None:
    """Under the rule book that it was saved under, a session has no losses."""
    rulebook = book(EXPECT + LASTS + WINDOW)
    session = Session(rulebook)
    session.submit(Facts()("alarm", machine_id="m", level=1))
    assert Session.restore(rulebook, session.snapshot()).losses == ()


def test_a_wait_of_a_rule_that_says_the_same_still_fires() -> None:
    """A wait goes on under another title, and fires at its own time."""
    session = Session(book(EXPECT))
    session.submit(Facts()("alarm", at=0, machine_id="m", level=1))
    renamed = book(EXPECT.replace("    on_missing", "    title: Inspected in time\n    on_missing"))
    again = Session.restore(renamed, session.snapshot())
    [decision] = again.advance(START + timedelta(hours=1)).decisions
    assert (again.losses, decision.time) == ((), START + timedelta(minutes=30))
