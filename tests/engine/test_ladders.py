"""Ladders documents: read, checked for their form, times and calendars, and climbed from a given moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from engine import checks
from engine.coordination import climb
from engine.parser import parse

GOOD = """
ladders:
  - ladder: quality-hold
    title: Who hears of a quality hold that nobody answers
    steps:
      - {after: 0 min, tell: [quality, production]}
      - {after: 15 min, tell: supervisor, message: nobody has answered yet}
      - {after: 1 h, tell: plant manager}
    repeat: {every: 30 min, times: 3}
"""


CALENDAR = """
calendars:
  - calendar: day
    time_zone: Europe/Berlin
    shifts:
      - {shift: day, days: weekdays, start: 08:00, end: 16:00}
  - calendar: other
    extends: day
"""
FRIDAY = datetime(2026, 3, 6, 14, 0, tzinfo=UTC)
"""15:00 in Berlin: an hour before the shift ends, on the last day of the week."""


def said(text: str) -> list[str]:
    """Return line, column, severity and code of each diagnostic of *text*."""
    parsed = parse({"ladders.yaml": text, "calendars.yaml": CALENDAR})
    found = (*parsed.diagnostics, *checks.check(parsed.documents))
    return [f"{d.span.line}:{d.span.column} {d.severity} {d.code}" for d in found]


def told(text: str, start: datetime = FRIDAY) -> list[tuple[float, str]]:
    """Return after how many hours whom the first ladder of *text* tells."""
    documents = parse({"ladders.yaml": text, "calendars.yaml": CALENDAR}).documents
    ladder = next(iter(documents.ladders.values()))
    return [
        ((due.at - start) / timedelta(hours=1), "+".join(due.rung.tell))
        for due in climb(ladder, start, documents.calendars)
    ]


def test_a_good_ladder_has_no_fault() -> None:
    """Nothing is said of a ladder that is right."""
    assert said(GOOD) == []


def test_a_ladder_tells_in_the_order_of_time_and_repeats_its_last_step() -> None:
    """The last step comes again as often as the ladder says, so far apart as it says."""
    assert told(GOOD) == [
        (0, "quality+production"),
        (0.25, "supervisor"),
        (1, "plant manager"),
        (1.5, "plant manager"),
        (2, "plant manager"),
        (2.5, "plant manager"),
    ]


def test_working_time_waits_for_the_next_shift() -> None:
    """Two working hours from an hour before the end of Friday are over an hour into Monday."""
    text = GOOD.replace("after: 1 h", "after: 2 working hours").replace("title:", "calendar: day\n    title:")
    assert said(text) == []
    assert told(text)[2] == (66, "plant manager")


def test_steps_of_working_time_and_of_the_clock_come_in_the_order_of_their_times() -> None:
    """Which of two comes first depends on the moment, so it is settled for each climb."""
    text = """
ladders:
  - ladder: mixed
    calendar: day
    steps:
      - {after: 2 working hours, tell: first}
      - {after: 3 h, tell: second}
"""
    assert told(text) == [(3, "second"), (66, "first")]
    assert told(text, FRIDAY - timedelta(hours=6)) == [(2, "first"), (3, "second")]


def test_nobody_is_told_after_the_end() -> None:
    """An end cuts off the repeats that would come later."""
    assert told(GOOD + "    end: 2 h\n")[-1] == (2, "plant manager")


def test_without_its_calendar_working_time_is_told_by_the_clock() -> None:
    """A calendar that has gone with a change of rules does not keep anybody from being told."""
    documents = parse({"ladders.yaml": GOOD.replace("after: 1 h", "after: 1 working hour")}).documents
    (ladder,) = documents.ladders.values()
    assert [due.at - FRIDAY for due in climb(ladder, FRIDAY, {})][2] == timedelta(hours=1)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        pytest.param("after: 15 min", "after: soon", "7:17 error bad-time", id="no duration"),
        pytest.param("after: 15 min", "after: 1 month", "7:17 error bad-time", id="of no fixed length"),
        pytest.param("after: 1 h", "after: 5 min", "8:17 error time-order", id="before the step above"),
        pytest.param("every: 30 min", "every: often", "9:21 error bad-time", id="repeat"),
        pytest.param("tell: supervisor", "tel: supervisor", "7:25 error unknown-key", id="misspelt"),
        pytest.param("ladder: quality-hold", "ladder: Quality", "3:13 error bad-name", id="name"),
        pytest.param("times: 3", "times: 0", "9:36 error bad-time", id="never again"),
        pytest.param("every: 30 min", "every: 0 min", "9:21 error bad-time", id="again at once"),
        pytest.param("after: 15 min", "after: 3 working days", "7:17 error bad-time", id="working days"),
        pytest.param("after: 1 h", "after: 2 working hours", "8:9 error no-calendar", id="by no calendar"),
        pytest.param(
            "title:", "calendar: dya\n    title:", "4:5 error unknown-calendar", id="unknown calendar"
        ),
        pytest.param(
            "repeat:", "end: 30 min\n    repeat:", "9:5 error time-order", id="end before the last step"
        ),
        pytest.param("tell: supervisor", "tell: on shift", "7:31 error bad-name", id="nobody on shift"),
    ],
)
def test_a_fault_has_its_place(old: str, new: str, fault: str) -> None:
    """Each fault stands where it was made."""
    assert fault in said(GOOD.replace(old, new))


def test_two_ladders_of_one_name_are_refused() -> None:
    """A rule names its ladder, so each name is there once."""
    again = GOOD + GOOD.removeprefix("\nladders:\n")
    assert "10:13 error duplicate-name" in said(again)
