"""How long something waits, as it is written: by the clock, or by the working time of a calendar that is named.

A moment and the calendars there are go in, the moment when the wait is over comes out. Where a calendar has no answer, the time
of the clock counts: somebody is better told too early than never.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from engine.calendars.lapses import NEVER, Lapse
from engine.calendars.model import Calendar


@dataclass(frozen=True, slots=True)
class Wait:
    """A duration, of working time where it *is_working*; *text* is how it was written.

    Working time is that of the calendar called *calendar*, or of the only one there is where it names none.
    """

    duration: timedelta
    text: str
    is_working: bool = False
    calendar: str = ""

    def by(self, calendar: str) -> Wait:
        """Return the same wait, its working time counted by *calendar* where it names none itself."""
        return replace(self, calendar=calendar) if self.is_working and not self.calendar else self

    def after(self, moment: datetime, calendars: Mapping[str, Calendar]) -> datetime:
        """Return when what began to wait at *moment* has waited long enough."""
        calendar = None
        if self.is_working:
            only = next(iter(calendars.values())) if len(calendars) == 1 and not self.calendar else None
            calendar = only or calendars.get(self.calendar)
        found = Lapse(self.duration, calendar).after(moment)
        return found if found != NEVER or calendar is None else Lapse(self.duration).after(moment)
