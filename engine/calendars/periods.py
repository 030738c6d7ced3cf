"""The shifts or the calendar days that follow one another: what is counted by each of them belongs to one.

A moment goes in, its shift or day comes out. Days are those of the calendar's zone; without a calendar, those of UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from engine.calendars.arithmetic import OutOfReach
from engine.calendars.model import Calendar
from engine.calendars.moments import DayWindow, ShiftPeriod, day_window, shift_at
from engine.calendars.wall import zone_of
from engine.feel.temporal import DateValue, from_datetime

Span = Literal["shift", "day"]

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Periods:
    """Each shift, or each day, of a calendar."""

    each: Span
    calendar: Calendar | None = None
    _found: list[ShiftPeriod] = field(default_factory=list, compare=False, repr=False)
    """The last one that was asked for: most facts fall into the same as the fact before."""

    def at(self, moment: datetime) -> ShiftPeriod | OutOfReach | None:
        """Return the period that *moment* falls into, a day without a name; None between shifts."""
        if self._found and self._found[0].start <= moment < self._found[0].end:
            return self._found[0]
        found = self._at(moment)
        if isinstance(found, ShiftPeriod):
            self._found[:] = [found]
        return found

    def value(self, period: ShiftPeriod) -> dict[str, Any]:
        """Return *period* as rules read it: start and end as the clocks of the zone show them, day, and the name of a shift."""
        zone = UTC if self.calendar is None else zone_of(self.calendar.zone)
        day = period.day
        value: dict[str, Any] = {
            "start": from_datetime(period.start.astimezone(zone)),
            "end": from_datetime(period.end.astimezone(zone)),
            "day": DateValue(day.year, day.month, day.day),
        }
        return value if self.each == "day" else {**value, "shift": period.name}

    def _at(self, moment: datetime) -> ShiftPeriod | OutOfReach | None:
        if self.each == "shift":
            assert self.calendar is not None  # noqa: S101 - the checks have seen that there is one
            return shift_at(self.calendar, moment)
        if self.calendar is not None:
            found = day_window(self.calendar, moment)
            return (
                ShiftPeriod("", found.day, found.start, found.end) if isinstance(found, DayWindow) else found
            )
        start = moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        try:
            return ShiftPeriod("", start.date(), start, start + _DAY)
        except OverflowError:
            return OutOfReach("it is the last day that there is")
