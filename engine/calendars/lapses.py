"""How long something lasts or counts, as it runs: by the clock, or by the working time of a calendar.

A moment goes in, the moment at which it is over comes out: later moments never end earlier, so that what came first leaves first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from engine.calendars.arithmetic import MAX_YEARS, OutOfReach
from engine.calendars.model import Calendar
from engine.calendars.moments import add_working, working_between
from engine.calendars.wall import FIRST_YEAR

NEVER = datetime.max.replace(tzinfo=UTC)
"""When something is over that is not over within the years that there are, or that its calendar knows."""

_STRIDE = timedelta(days=MAX_YEARS * 365)
_UNITS = (
    (timedelta(days=1), "day"),
    (timedelta(hours=1), "h"),
    (timedelta(minutes=1), "min"),
    (timedelta(seconds=1), "s"),
)


@dataclass(frozen=True, slots=True)
class Lapse:
    """A duration above zero; with a *calendar*, of its working time. As text, it is what people read."""

    duration: timedelta
    calendar: Calendar | None = None

    def __str__(self) -> str:
        words = in_words(self.duration)
        return words if self.calendar is None else f"{words} of working time ({self.calendar.name})"

    def after(self, moment: datetime) -> datetime:
        """Return when what began at *moment* is over; NEVER where that is beyond the years that are known.

        Before the years that calendars know, working time passes as any other.
        """
        if self.calendar is not None:
            return _worked(self.calendar, moment, self.duration)
        try:
            return moment + self.duration
        except OverflowError:
            return NEVER


def in_words(duration: timedelta) -> str:
    """Return *duration* as rules write it, in the largest unit of which it is a whole number."""
    for unit, name in _UNITS:
        if not duration % unit:
            count = duration // unit
            return f"{count:,} {name}{'s' if name == 'day' and count != 1 else ''}"
    return f"{duration.total_seconds():,} s"


def _worked(calendar: Calendar, moment: datetime, left: timedelta) -> datetime:
    """Return when *left* of working time has passed since *moment*, however many years that takes."""
    at = moment
    while True:
        found = add_working(calendar, at, left)
        if isinstance(found, datetime):
            return found
        if moment.year <= FIRST_YEAR:
            return Lapse(left).after(moment)
        try:
            later = at + _STRIDE
        except OverflowError:
            return NEVER
        done = working_between(calendar, at, later)
        if isinstance(done, OutOfReach):
            return NEVER
        at, left = later, left - done
