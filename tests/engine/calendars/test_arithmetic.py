"""What calendars answer: the laws that hold for all of them, agreement with a walk by the minute, and days by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.calendars import (
    Calendar,
    OutOfReach,
    Shift,
    add_working,
    arithmetic,
    day_window,
    is_working,
    next_end,
    next_start,
    plan_of,
    shift_at,
    working_between,
)
from engine.calendars.wall import line_of
from tests.engine.calendars.calendars import DAY, EARLY, at, calendars, day, moments, three_shifts

durations = st.integers(-(10**16), 10**16) | st.integers(-(10**12), 10**12) | st.sampled_from([1, -1, 0])
"""Nanoseconds: up to some months, up to a quarter of an hour, and the least there is."""

spans = st.timedeltas(timedelta(0), timedelta(days=120)) | st.just(timedelta(days=1_500))


@settings(max_examples=200, deadline=None)
@given(calendars(), moments, durations)
def test_adding_work_is_the_inverse_of_measuring_it(calendar: Calendar, moment: datetime, work: int) -> None:
    """The work between a moment and that moment with work added is that work, to the nanosecond."""
    start = line_of(moment)
    end = arithmetic.advance(calendar, start, work)
    if not isinstance(end, OutOfReach):
        assert arithmetic.worked(calendar, start, end) == work
        assert (end > start) == (work > 0)
        assert (end < start) == (work < 0)


@settings(max_examples=200, deadline=None)
@given(calendars(), moments, durations, durations)
def test_more_work_ends_later(calendar: Calendar, moment: datetime, one: int, other: int) -> None:
    """The end of some work grows with the work."""
    less, more = (arithmetic.advance(calendar, line_of(moment), work) for work in sorted((one, other)))
    if not isinstance(less, OutOfReach) and not isinstance(more, OutOfReach):
        assert (less < more) == (one != other)


@settings(max_examples=200, deadline=None)
@given(calendars(), moments, st.tuples(spans, spans))
def test_work_adds_up(calendar: Calendar, moment: datetime, two: tuple[timedelta, timedelta]) -> None:
    """The work of two spans that meet is that of the whole, and turned round it is the same below zero."""
    a, b, c = (line_of(end) for end in (moment, moment + two[0], moment + two[0] + two[1]))
    whole, first, second = (arithmetic.worked(calendar, *ends) for ends in ((a, c), (a, b), (b, c)))
    if not isinstance(whole, OutOfReach):
        assert isinstance(first, int)
        assert isinstance(second, int)
        assert 0 <= first <= b - a
        assert first + second == whole
        assert arithmetic.worked(calendar, c, a) == -whole


@settings(max_examples=200, deadline=None)
@given(calendars(), moments, durations)
def test_added_work_ends_at_work(calendar: Calendar, moment: datetime, work: int) -> None:
    """Work is done at a moment just before which people worked, and it began at one at which they did."""
    end = arithmetic.advance(calendar, line_of(moment), work)
    if not isinstance(end, OutOfReach) and work:
        assert arithmetic.is_working(calendar, end - 1 if work > 0 else end) is True


@settings(max_examples=200, deadline=None)
@given(calendars(), moments)
def test_shifts_follow_one_another(calendar: Calendar, moment: datetime) -> None:
    """A moment is in its shift, and no shift begins or ends between it and the next that does."""
    here = shift_at(calendar, moment)
    begins, ends = next_start(calendar, moment), next_end(calendar, moment)
    if isinstance(begins, OutOfReach) or isinstance(ends, OutOfReach):
        return
    assert begins.start > moment
    assert ends.end > moment
    assert not isinstance(here, OutOfReach)
    if here is None:
        assert begins == ends
        assert working_between(calendar, moment, begins.start) == timedelta(0)
    else:
        assert here.start <= moment < here.end <= begins.start
        assert here == ends
    assert shift_at(calendar, begins.start) == begins


def by_the_minute(calendar: Calendar, start: datetime, minutes: int) -> tuple[int, list[str]]:
    """Return the minutes worked and the shifts met, as the clock on the wall shows them minute by minute."""
    zone, worked, met = ZoneInfo(calendar.zone), 0, []
    for number in range(minutes):
        wall = (start + timedelta(minutes=number)).astimezone(zone).replace(tzinfo=None)
        today = (wall.date() - date(1970, 1, 1)).days
        minute = wall.hour * 60 + wall.minute
        for back in (0, 1):
            for shift in plan_of(calendar, today - back):
                now = minute + back * DAY
                if shift.start <= now < shift.end:
                    met.append(shift.name)
                    worked += not any(pause.start <= now < pause.end for pause in shift.breaks)
    return worked, list(dict.fromkeys(met))


CHANGES = (
    *("2026-03-28", "2026-10-24", "2026-03-07", "2026-10-31", "2026-04-04", "2026-10-03", "2026-09-26"),
    *("2011-12-29", "2026-02-14", "2026-03-21"),
)
"""The days before clocks change in some zone, and those of ordinary ones."""


@settings(max_examples=60, deadline=None)
@given(
    calendars(edges=st.integers(5 * 60, 23 * 60)),
    st.sampled_from(CHANGES),
    st.integers(0, DAY),
    st.integers(1, 3 * DAY),
)
def test_agrees_with_a_walk_by_the_minute(calendar: Calendar, on: str, begin: int, minutes: int) -> None:
    """Where no shift begins or ends in the hour of the change, the answer is what the clock on the wall shows."""
    start = at(f"{on}T00:00:00Z") + timedelta(minutes=begin)
    worked, _ = by_the_minute(calendar, start, minutes)
    first = shift_at(calendar, start)
    assert not isinstance(first, OutOfReach)
    assert (first.name if first else None) == (by_the_minute(calendar, start, 1)[1] or [None])[0]
    assert working_between(calendar, start, start + timedelta(minutes=minutes)) == timedelta(minutes=worked)


NIGHT_OF_CHANGE = [
    pytest.param("Europe/Berlin", "2026-03-29T00:30:00+01:00", 7, id="Berlin, spring"),
    pytest.param("Europe/Berlin", "2026-10-25T00:30:00+02:00", 9, id="Berlin, autumn"),
    pytest.param("America/New_York", "2026-03-08T00:30:00-05:00", 7, id="New York, spring"),
    pytest.param("America/New_York", "2026-11-01T00:30:00-04:00", 9, id="New York, autumn"),
    pytest.param("Australia/Lord_Howe", "2026-10-04T00:30:00+10:30", 7.5, id="Lord Howe, by half an hour"),
    pytest.param("America/Havana", "2026-03-08T01:30:00-04:00", 7, id="Havana, at midnight"),
    pytest.param("Asia/Kolkata", "2026-03-29T00:30:00+05:30", 8, id="Kolkata, never"),
]


@pytest.mark.parametrize(("zone", "moment", "hours"), NIGHT_OF_CHANGE)
def test_a_night_shift_has_the_hours_of_its_night(zone: str, moment: str, hours: float) -> None:
    """From 22:00 to 06:00 are seven hours where the clocks go forward, and nine where they go back."""
    week = tuple((Shift("night", 22 * 60, 30 * 60),) for _ in range(7))
    found = shift_at(Calendar("c", zone, week), at(moment))
    assert found is not None
    assert not isinstance(found, OutOfReach)
    assert (found.end - found.start) / timedelta(hours=1) == hours
    assert found.day == datetime.fromisoformat(moment).date() - timedelta(days=1)
    local = [end.astimezone(ZoneInfo(zone)).strftime("%H:%M") for end in (found.start, found.end)]
    assert local == ["22:00", "06:00"]


def test_what_is_left_out_in_spring_is_the_change() -> None:
    """A shift that would begin at 02:30 begins at the change, where that time is left out; its break does not grow."""
    from engine.calendars import Break

    shift = Shift("s", 150, 300, (Break(135, 190),))
    calendar = Calendar("c", "Europe/Berlin", ((), (), (), (), (), (), (shift,)))
    found = shift_at(calendar, at("2026-03-29T02:00:00Z"))
    assert found is not None
    assert not isinstance(found, OutOfReach)
    assert found.start == at("2026-03-29T01:00:00Z")


def test_a_shift_between_times_that_are_left_out_is_none() -> None:
    """A shift of the hour that spring leaves out is not there on that day, and is there a week later."""
    calendar = Calendar("c", "Europe/Berlin", ((), (), (), (), (), (), (Shift("s", 125, 175),)))
    found = next_start(calendar, at("2026-03-28T12:00:00Z"))
    assert not isinstance(found, OutOfReach)
    assert found.day == date(2026, 4, 5)


BY_HAND = [
    pytest.param("2026-03-02T08:00:00+01:00", "PT2H", "2026-03-02T10:15:00+01:00", id="over a break"),
    pytest.param("2026-03-02T09:05:00+01:00", "PT1H", "2026-03-02T10:15:00+01:00", id="from within a break"),
    pytest.param("2026-03-07T12:00:00+01:00", "PT1H", "2026-03-09T07:00:00+01:00", id="over a weekend"),
    pytest.param(
        "2026-03-02T13:00:00+01:00", "PT1H", "2026-03-02T14:00:00+01:00", id="to the end of a shift"
    ),
    pytest.param(
        "2026-03-07T05:00:00+01:00", "PT1H", "2026-03-07T06:00:00+01:00", id="to the end of the week"
    ),
    pytest.param("2026-03-07T12:00:00+01:00", "PT0S", "2026-03-07T12:00:00+01:00", id="none"),
    pytest.param(
        "2026-03-09T07:00:00+01:00", "-PT2H", "2026-03-07T05:00:00+01:00", id="backwards over a weekend"
    ),
    pytest.param("2026-03-27T22:00:00+01:00", "PT8H", "2026-03-30T06:30:00+02:00", id="over the change"),
]


@pytest.mark.parametrize(("start", "work", "end"), BY_HAND)
def test_adding_work_by_hand(start: str, work: str, end: str) -> None:
    """Work passes only in shifts and outside breaks, and ends with the moment at which it is done."""
    from engine.feel.temporal import DaysDuration, parse_iso_duration

    duration = parse_iso_duration(work)
    assert isinstance(duration, DaysDuration)
    found = arithmetic.advance(three_shifts(), line_of(at(start)), duration.nanoseconds)
    assert found == line_of(at(end))


def test_a_week_has_its_hours() -> None:
    """Three shifts on five days, without their breaks."""
    week = working_between(three_shifts(), at("2026-03-02T00:00:00Z"), at("2026-03-09T00:00:00Z"))
    assert week == 5 * timedelta(hours=8 * 3, minutes=-45 - 30 - 30)


def test_holidays_and_extra_days_count() -> None:
    """A free Monday has no work, an extra Saturday has its shift."""
    calendar = three_shifts(special={day("2026-03-02"): (), day("2026-03-07"): (EARLY,)})
    monday = at("2026-03-02T08:00:00+01:00")
    assert is_working(calendar, monday) is False
    assert shift_at(calendar, monday) is None
    saturday = shift_at(calendar, at("2026-03-07T09:05:00+01:00"))
    assert saturday is not None
    assert not isinstance(saturday, OutOfReach)
    assert (saturday.name, saturday.day) == ("early", date(2026, 3, 7))
    assert is_working(calendar, at("2026-03-07T09:05:00+01:00")) is False
    assert is_working(calendar, at("2026-03-07T09:15:00+01:00")) is True


def test_the_next_shift_of_a_name() -> None:
    """The next start and the next end are found by name, too; a name that there is not is out of reach."""
    calendar, moment = three_shifts(), at("2026-03-07T12:00:00+01:00")
    night = next_start(calendar, moment, "night")
    assert not isinstance(night, OutOfReach)
    assert night.start == at("2026-03-09T22:00:00+01:00")
    late = next_end(calendar, moment, "late")
    assert not isinstance(late, OutOfReach)
    assert late.end == at("2026-03-09T22:00:00+01:00")
    assert next_start(calendar, moment, "nigth") == OutOfReach('the calendar has no shift "nigth"')


DAYS = [
    pytest.param("Europe/Berlin", "2026-03-29T12:00:00Z", "2026-03-29", 23, id="spring"),
    pytest.param("Europe/Berlin", "2026-10-25T12:00:00Z", "2026-10-25", 25, id="autumn"),
    pytest.param("Europe/Berlin", "2026-03-28T23:00:00Z", "2026-03-29", 23, id="its first moment"),
    pytest.param("Europe/Berlin", "2026-03-29T22:00:00Z", "2026-03-30", 24, id="the first of the next"),
    pytest.param("America/Havana", "2026-03-08T12:00:00Z", "2026-03-08", 23, id="midnight is left out"),
    pytest.param("Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-31", 24, id="a day is left out"),
    pytest.param("America/St_Johns", "2006-10-29T02:45:00Z", "2006-10-29", 25, id="midnight comes twice"),
]


@pytest.mark.parametrize(("zone", "moment", "on", "hours"), DAYS)
def test_a_day_goes_from_midnight_to_midnight(zone: str, moment: str, on: str, hours: int) -> None:
    """The window of a calendar day is as long as that day is in the zone, and holds the moment."""
    found = day_window(three_shifts(zone), at(moment))
    assert not isinstance(found, OutOfReach)
    assert found.start <= at(moment) < found.end
    assert (found.day.isoformat(), (found.end - found.start) / timedelta(hours=1)) == (on, hours)


EMPTY = Calendar("none", "UTC", ((),) * 7)
FULL = three_shifts()
NOW, EVER, NEVER = at("2026-03-02T08:00:00Z"), at("9999-12-31T00:00:00Z"), at("0001-01-02T00:00:00Z")
FAR = [
    pytest.param(working_between, (FULL, NOW, NOW + timedelta(days=3661)), "it is more", id="between"),
    pytest.param(working_between, (FULL, NOW, EVER), "it is more", id="for ever"),
    pytest.param(add_working, (FULL, NOW, timedelta.max), "it is more", id="add"),
    pytest.param(add_working, (FULL, NOW, timedelta.min), "it is more", id="take away"),
    pytest.param(add_working, (EMPTY, NOW, timedelta(hours=1)), "it is more", id="nobody works"),
    pytest.param(next_start, (EMPTY, NOW), "it is more", id="no shift"),
    pytest.param(shift_at, (FULL, NEVER), "calendars know", id="long ago"),
    pytest.param(is_working, (FULL, EVER), "calendars know", id="far ahead"),
    pytest.param(day_window, (FULL, EVER), "calendars know", id="a day far ahead"),
    pytest.param(next_end, (FULL, NEVER), "calendars know", id="the next, long ago"),
    pytest.param(
        add_working, (EMPTY, at("2199-01-01T00:00:00Z"), timedelta(1)), "calendars know", id="to the end"
    ),
]


@pytest.mark.parametrize(("ask", "arguments", "why"), FAR)
def test_what_is_too_far_says_so(ask: Callable[..., object], arguments: tuple[object, ...], why: str) -> None:
    """An answer beyond the years, or too much to work out, is a value that says why, not an exception."""
    found = ask(*arguments)
    assert isinstance(found, OutOfReach)
    assert found.why.startswith(why)
