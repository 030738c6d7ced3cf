"""A month of a calendar on the time line: its shifts as windows, and the stretches in which people work, summed up.

Months are worked out when they are first asked for, and kept. A month holds the shifts of its days, wherever these begin and
end; months follow one another, since no two shifts overlap.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from engine.calendars.model import Calendar, Shift, plan_of
from engine.calendars.wall import instant_of

_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class ShiftWindow:
    """A shift as it happens: its name, the day it belongs to, and the nanoseconds since 1970 of its start and end."""

    name: str
    day: int
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False)
class Month:
    """The shifts of a month in order; the stretches of work, with the work done before and up to the end of each."""

    windows: tuple[ShiftWindow, ...]
    begins: tuple[int, ...]
    """The starts of the windows."""
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    before: tuple[int, ...]
    done: tuple[int, ...]
    total: int

    def worked(self, instant: int) -> int:
        """Return the work of the month that is done by *instant*."""
        at = bisect_right(self.starts, instant) - 1
        return 0 if at < 0 else self.before[at] + min(instant, self.ends[at]) - self.starts[at]

    def first_at(self, work: int) -> int:
        """Return the first moment at which *work*, more than none and no more than all, is done."""
        at = bisect_left(self.done, work)
        return self.ends[at] - (self.done[at] - work)

    def last_at(self, work: int) -> int:
        """Return the last moment at which no more than *work*, less than all, is done."""
        at = bisect_right(self.before, work) - 1
        return self.starts[at] + (work - self.before[at])

    def window_at(self, instant: int) -> ShiftWindow | None:
        """Return the shift that *instant* falls into."""
        at = bisect_right(self.begins, instant) - 1
        return self.windows[at] if at >= 0 and instant < self.windows[at].end else None


@lru_cache(maxsize=512)
def month_of(calendar: Calendar, number: int) -> Month:
    """Return the month *number* of *calendar*, counted from January of the year 0."""
    windows: list[ShiftWindow] = []
    starts, ends, before, done = [], [], [], []
    total = 0
    for day in range(_first_day(number), _first_day(number + 1)):
        for shift in plan_of(calendar, day):
            instants = [instant_of(calendar.zone, day, minute) for minute in _walls(shift)]
            if instants[0] >= instants[-1]:  # all of it is left out by the change of the clocks
                continue
            windows.append(ShiftWindow(shift.name, day, instants[0], instants[-1]))
            for start, end in zip(instants[::2], instants[1::2], strict=True):
                if start < end:
                    starts.append(start)
                    ends.append(end)
                    before.append(total)
                    total += end - start
                    done.append(total)
    return Month(
        windows=tuple(windows),
        begins=tuple(window.start for window in windows),
        starts=tuple(starts),
        ends=tuple(ends),
        before=tuple(before),
        done=tuple(done),
        total=total,
    )


@lru_cache(maxsize=32_768)
def total_of(calendar: Calendar, number: int) -> int:
    """Return the work of a whole month: kept longer than the month, so that long spans are added up from it."""
    return month_of(calendar, number).total


def month_number(day: int) -> int:
    """Return the number of the month that *day* is in."""
    found = date.fromordinal(day + _EPOCH)
    return found.year * 12 + found.month - 1


def _first_day(number: int) -> int:
    return date(number // 12, number % 12 + 1, 1).toordinal() - _EPOCH


def _walls(shift: Shift) -> list[int]:
    """Return the minutes at which the work of *shift* begins and ends by turns."""
    return [
        shift.start,
        *(minute for pause in shift.breaks for minute in (pause.start, pause.end)),
        shift.end,
    ]
