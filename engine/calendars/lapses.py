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


@dataclass(frozen=True, slots=True)
class Lapse:
    """A duration above zero; with a *calendar*, of its working time."""

    duration: timedelta
    calendar: Calendar | None = None

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
