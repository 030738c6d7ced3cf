"""The same questions for Python's own moments and durations: what sessions, ladders and windows ask.

Moments are aware and come back in UTC; a microsecond is the smallest step. Pure functions of a calendar and a moment.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from engine.calendars import arithmetic
from engine.calendars.arithmetic import OutOfReach
from engine.calendars.expansion import ShiftWindow
from engine.calendars.model import Calendar
from engine.calendars.wall import line_of

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ShiftPeriod:
    """A shift as it happens: from *start* up to but not including *end*, and the day it belongs to."""

    name: str
    day: date
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class DayWindow:
    """A calendar day in its zone, from *start* up to but not including *end*."""

    day: date
    start: datetime
    end: datetime


def shift_at(calendar: Calendar, moment: datetime) -> ShiftPeriod | OutOfReach | None:
    """Return the shift that *moment* falls into, or None between shifts: the window of what is counted by shift."""
    found = arithmetic.shift_at(calendar, line_of(moment))
    return _period(found) if isinstance(found, ShiftWindow) else found


def is_working(calendar: Calendar, moment: datetime) -> bool | OutOfReach:
    """Return whether people work at *moment*: in a shift, and not in a break."""
    return arithmetic.is_working(calendar, line_of(moment))


def working_between(calendar: Calendar, start: datetime, end: datetime) -> timedelta | OutOfReach:
    """Return the working time from *start* to *end*, below zero where *end* comes first."""
    found = arithmetic.worked(calendar, line_of(start), line_of(end))
    return found if isinstance(found, OutOfReach) else timedelta(microseconds=found // 1000)


def add_working(calendar: Calendar, moment: datetime, duration: timedelta) -> datetime | OutOfReach:
    """Return the first moment by which *duration* of working time has passed since *moment*.

    None at all is *moment* itself. Below zero, it is the last moment from which as much was left until *moment*.
    """
    found = arithmetic.advance(calendar, line_of(moment), duration // timedelta(microseconds=1) * 1000)
    return found if isinstance(found, OutOfReach) else _moment(found)


def next_start(calendar: Calendar, moment: datetime, name: str | None = None) -> ShiftPeriod | OutOfReach:
    """Return the first shift, of *name* if one is given, that begins after *moment*."""
    found = arithmetic.next_shift(calendar, line_of(moment), name)
    return _period(found) if isinstance(found, ShiftWindow) else found


def next_end(calendar: Calendar, moment: datetime, name: str | None = None) -> ShiftPeriod | OutOfReach:
    """Return the first shift, of *name* if one is given, that ends after *moment*."""
    found = arithmetic.next_shift(calendar, line_of(moment), name, by_end=True)
    return _period(found) if isinstance(found, ShiftWindow) else found


def day_window(calendar: Calendar, moment: datetime) -> DayWindow | OutOfReach:
    """Return the calendar day of *moment* in the calendar's zone: 23 or 25 hours long where the clocks change."""
    found = arithmetic.day_at(calendar, line_of(moment))
    if isinstance(found, OutOfReach):
        return found
    return DayWindow(_date(found.day), _moment(found.start), _moment(found.end))


def _period(window: ShiftWindow) -> ShiftPeriod:
    return ShiftPeriod(window.name, _date(window.day), _moment(window.start), _moment(window.end))


def _moment(instant: int) -> datetime:
    return _EPOCH + timedelta(microseconds=instant // 1000)


def _date(day: int) -> date:
    return date.fromordinal(day + _EPOCH.toordinal())
