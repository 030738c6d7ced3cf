"""The calendars of a rule book as FEEL's functions find them: by name, or the one that a rule set names.

FEEL's values go in and come out; null stands for what has no answer. Never raises.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.calendars import arithmetic
from engine.calendars.arithmetic import OutOfReach
from engine.calendars.expansion import ShiftWindow
from engine.calendars.model import Calendar
from engine.calendars.wall import local
from engine.feel.temporal import (
    DateTimeValue,
    DaysDuration,
    TimeValue,
    date_of_days,
    from_datetime,
    make_date_time,
)


@dataclass(frozen=True, slots=True, eq=False)
class Calendars:
    """The calendars by name, and the name of the one that is meant where none is given, or ""."""

    named: Mapping[str, Calendar]
    default: str = ""

    def shift(self, at: DateTimeValue, name: str | None) -> dict[str, Any] | None:
        """Return {name, start, end, day} of the shift that *at* falls into; null between shifts."""
        calendar = self._of(name)
        found = None if calendar is None else arithmetic.shift_at(calendar, _instant(calendar, at))
        if calendar is None or not isinstance(found, ShiftWindow):
            return None
        return {
            "name": found.name,
            "start": _value(calendar, found.start),
            "end": _value(calendar, found.end),
            "day": date_of_days(found.day),
        }

    def in_shift(self, at: DateTimeValue, shift: str, name: str | None) -> bool | None:
        """Return whether *at* falls into the shift of that name; null where the calendar has none."""
        calendar = self._of(name)
        if calendar is None or shift not in calendar.shift_names:
            return None
        found = arithmetic.shift_at(calendar, _instant(calendar, at))
        if isinstance(found, OutOfReach):
            return None
        return found is not None and found.name == shift

    def is_working(self, at: DateTimeValue, name: str | None) -> bool | None:
        """Return whether people work at *at*."""
        calendar = self._of(name)
        found = None if calendar is None else arithmetic.is_working(calendar, _instant(calendar, at))
        return None if isinstance(found, OutOfReach) else found

    def between(self, start: DateTimeValue, end: DateTimeValue, name: str | None) -> DaysDuration | None:
        """Return the working time from *start* to *end*."""
        calendar = self._of(name)
        if calendar is None:
            return None
        found = arithmetic.worked(calendar, _instant(calendar, start), _instant(calendar, end))
        return None if isinstance(found, OutOfReach) else DaysDuration(found)

    def add(self, at: DateTimeValue, duration: DaysDuration, name: str | None) -> DateTimeValue | None:
        """Return the moment by which *duration* of working time has passed since *at*, at the zone's offset there."""
        calendar = self._of(name)
        if calendar is None:
            return None
        found = arithmetic.advance(calendar, _instant(calendar, at), duration.nanoseconds)
        return None if isinstance(found, OutOfReach) else _value(calendar, found)

    def _of(self, name: str | None) -> Calendar | None:
        return self.named.get(name or self.default)


NO_CALENDARS = Calendars({})


def _instant(calendar: Calendar, at: DateTimeValue) -> int:
    """Return the place of *at* on the time line; without an offset, it is what the clocks of the calendar's zone show."""
    if at.zoned:
        return at.line
    return make_date_time(at.date, TimeValue(at.time.nanoseconds, None, calendar.zone)).line


def _value(calendar: Calendar, instant: int) -> DateTimeValue:
    found = from_datetime(local(calendar.zone, instant))
    return DateTimeValue(
        found.date,
        TimeValue(found.time.nanoseconds + instant % 1000, found.time.offset),
    )
