"""Lengths of working time in rules: what lasts and what counts while people work, by the calendar that is meant."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from engine.decisions import Fact
from engine.diagnostics import RulesRejected
from engine.explaining import pattern_title
from engine.rulebook import RuleBook
from engine.session import Session
from tests.engine.books import book

CALENDARS = """
calendars:
  - calendar: plant
    title: By day, with a break
    time_zone: Europe/Berlin
    shifts:
      - shift: early
        days: weekdays
        start: 06:00
        end: 14:00
        breaks: [{start: 09:00, end: 09:30}]
"""
OTHER = CALENDARS.replace("plant", "maintenance").replace("weekdays", "saturday")

DOWN = """
  - rule: down-for-two-hours
    on: machine
    if: status = "down"
    for: 2 working hours
    then: {notify: {work_centre: = machine_id, to: maintenance, message: down}}
"""
THREE = """
  - rule: three-failures
    when:
      - failures: inspection
        where: result = "fail"
        within: 90 working minutes
        having: count(failures) >= 3
    then: {notify: {to: quality, message: "{count(failures)}"}}
"""


@pytest.fixture(params=["native", "naive"])
def matcher(request: pytest.FixtureRequest) -> str:
    """Return each matcher's name in turn."""
    return str(request.param)


def working(rules: str, head: str = "", calendars: str = CALENDARS) -> RuleBook:
    """Return the book of *rules* with *calendars*, if there are some."""
    return book(rules, head, {"calendars.yaml": calendars} if calendars else {})


def moment(text: str) -> datetime:
    """Return the moment at which the clocks of Berlin show *text*, in March 2026 before the 29th."""
    return datetime.fromisoformat(f"2026-03-{text}+01:00").astimezone(UTC)


@pytest.mark.parametrize(
    ("down", "due"),
    [
        pytest.param("02T06:00", "02T08:00", id="within a shift"),
        pytest.param("02T08:00", "02T10:30", id="over a break"),
        pytest.param("02T13:00", "03T07:00", id="over a night"),
        pytest.param("06T13:00", "09T07:00", id="over a weekend"),
        pytest.param("07T10:00", "09T08:00", id="begun when nobody works"),
    ],
)
def test_what_lasts_for_working_time(matcher: str, down: str, due: str) -> None:
    """A condition has lasted when so much has been worked since, and falls due at that moment."""
    session = Session(working(DOWN), matcher)
    session.submit(Fact("mes", "f1", "machine", moment(down), {"machine_id": "m", "status": "down"}))
    assert session.next_due() == moment(due)
    assert [d.time for d in session.advance(moment("20T00:00")).decisions] == [moment(due)]


@pytest.mark.parametrize(
    ("times", "fires"),
    [
        pytest.param(["02T06:00", "02T07:00", "02T07:29"], True, id="within a shift"),
        pytest.param(["02T06:00", "02T07:00", "02T07:30"], False, id="the first has left"),
        pytest.param(["02T13:00", "02T20:00", "03T06:29"], True, id="over a night"),
        pytest.param(["02T13:00", "02T20:00", "03T06:30"], False, id="left in the morning"),
        pytest.param(["06T15:00", "07T12:00", "08T12:00"], True, id="none of it worked"),
        pytest.param(["06T12:31", "09T06:00", "07T12:00"], True, id="late, and taken in at its place"),
        pytest.param(["06T12:30", "09T06:00", "06T12:29"], False, id="late, and gone"),
    ],
)
def test_what_counts_for_working_time(matcher: str, times: list[str], fires: bool) -> None:
    """A window of working time stands still while nobody works."""
    session = Session(working(THREE), matcher)
    data = {"lot_id": "l", "order_id": "o", "result": "fail"}
    outcomes = [
        session.submit(Fact("mes", f"f{at}", "inspection", moment(time), data))
        for at, time in enumerate(times)
    ]
    assert [bool(outcome.decisions) for outcome in outcomes] == [False, False, fires]


def test_a_pattern_says_whose_working_time_it_counts() -> None:
    """An explanation names the calendar beside the length."""
    (rule,) = working(THREE).rules
    assert pattern_title(rule.patterns[0]) == "failures: inspection within 90 min of working time (plant)"


def test_the_calendar_is_the_one_named_or_the_only_one() -> None:
    """A rule set that names a calendar counts by it; one that names none, by the only one there is."""
    both = CALENDARS + OTHER.partition("calendars:\n")[2]
    for head, calendars, name in (
        ("", CALENDARS, "plant"),
        ("calendar: plant", both, "plant"),
        ("calendar: maintenance", both, "maintenance"),
    ):
        lasting = working(DOWN, head, calendars).rules[0].patterns[0].lasting
        assert lasting is not None
        assert lasting.calendar is not None
        assert lasting.calendar.name == name


@pytest.mark.parametrize(
    ("rules", "head", "calendars", "code"),
    [
        pytest.param(DOWN, "", "", "no-calendar", id="no calendar"),
        pytest.param(DOWN, "", CALENDARS + OTHER.partition("calendars:\n")[2], "no-calendar", id="which one"),
        pytest.param(DOWN, "calendar: pland", CALENDARS, "unknown-calendar", id="no such calendar"),
        pytest.param(DOWN.replace("hours", "days"), "", CALENDARS, "bad-time", id="days"),
        pytest.param(DOWN.replace("2 ", "two "), "", CALENDARS, "bad-time", id="no number"),
        pytest.param(DOWN.replace("2 ", "0 "), "", CALENDARS, "bad-time", id="nothing"),
        pytest.param(DOWN, "lateness: 5 working minutes", CALENDARS, "bad-time", id="late by working time"),
        pytest.param(DOWN, "lateness: soon", CALENDARS, "bad-time", id="late by no duration"),
        pytest.param(
            DOWN, "lateness: = parameters.late", CALENDARS, "unknown-field", id="late by no parameter"
        ),
    ],
)
def test_working_time_that_cannot_be_counted_is_refused(
    rules: str, head: str, calendars: str, code: str
) -> None:
    """Working time wants a number, hours or minutes, and a calendar; lateness a plain duration."""
    with pytest.raises(RulesRejected) as refused:
        working(rules, head, calendars)
    assert [d.code for d in refused.value.diagnostics if d.severity == "error"] == [code]


def test_lateness_is_read_of_the_rule_set() -> None:
    """Each rule has the lateness of its set, written or from a parameter; where none is stated, none."""
    assert [str(rule.lateness) for rule in working(DOWN + THREE, "lateness: 5 min").rules] == ["0:05:00"] * 2
    named = working(DOWN, "parameters: {late: 1 h}\nlateness: = parameters.late")
    assert [str(rule.lateness) for rule in named.rules] == ["1:00:00"]
    assert [rule.lateness for rule in working(DOWN).rules] == [None]
