"""What can be asked of a calendar, on the time line: moments and durations are whole nanoseconds.

The work between a moment and that moment with a duration of work added is that duration. What lies outside the years that
calendars know, or further away than MAX_YEARS, is an OutOfReach that says so, not an exception.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.calendars.expansion import ShiftWindow, month_number, month_of, total_of
from engine.calendars.model import Calendar
from engine.calendars.wall import FIRST_YEAR, LAST_YEAR, day_of, in_years, instant_of
from engine.feel.temporal import DAY

MAX_YEARS = 10
"""How far apart two moments may be, and how far ahead a shift or the end of some work is looked for."""

_MAX_MONTHS = MAX_YEARS * 12
_MAX_SPAN = (MAX_YEARS * 366) * DAY


@dataclass(frozen=True, slots=True)
class OutOfReach:
    """An answer that is too far away to be worked out, and why."""

    why: str


_YEARS = OutOfReach(f"calendars know the years {FIRST_YEAR} to {LAST_YEAR}")
_SPAN = OutOfReach(f"it is more than {MAX_YEARS} years away")


def worked(calendar: Calendar, start: int, end: int) -> int | OutOfReach:
    """Return the work between two moments, less than none where *end* comes first."""
    if end < start:
        found = worked(calendar, end, start)
        return found if isinstance(found, OutOfReach) else -found
    if end - start > _MAX_SPAN:
        return _SPAN
    first, last = _month(start), _month(end)
    if first is None or last is None:
        return _YEARS
    # a night shift reaches over the end of its month, and one that is counted to its end into the one before
    edges = {*range(first - 1, first + 2), *range(last - 1, last + 2)}
    edges = {number for number in edges if first - 1 <= number <= last + 1}
    months = [month_of(calendar, number) for number in sorted(edges)]
    whole = sum(total_of(calendar, number) for number in range(first + 2, last - 1))
    return whole + sum(month.worked(end) - month.worked(start) for month in months)


def advance(calendar: Calendar, instant: int, work: int) -> int | OutOfReach:
    """Return the first moment after *instant* by which *work* is done; for less than none, the last before which it is left."""
    at = _month(instant)
    if at is None:
        return _YEARS
    if abs(work) > _MAX_SPAN:
        return _SPAN
    if work == 0:
        return instant
    left = abs(work)
    for near, number in _outward(at, forward=work > 0):
        if not _is_known(number):
            return _YEARS
        if not near and total_of(calendar, number) < left:
            left -= total_of(calendar, number)
            continue
        month = month_of(calendar, number)
        done = month.worked(instant)
        here = month.total - done if work > 0 else done
        if here >= left:
            return month.first_at(done + left) if work > 0 else month.last_at(done - left)
        left -= here
    return _SPAN


def shift_at(calendar: Calendar, instant: int) -> ShiftWindow | OutOfReach | None:
    """Return the shift that *instant* falls into, if it falls into one: its start does, its end does not."""
    numbers = _months(instant)
    if numbers is None:
        return _YEARS
    for number in numbers:
        found = month_of(calendar, number).window_at(instant)
        if found is not None:
            return found
    return None


def is_working(calendar: Calendar, instant: int) -> bool | OutOfReach:
    """Return whether people work at *instant*: in a shift, and not in one of its breaks."""
    numbers = _months(instant)
    if numbers is None:
        return _YEARS
    months = [month_of(calendar, number) for number in numbers]
    return any(month.worked(instant + 1) > month.worked(instant) for month in months)


def next_shift(
    calendar: Calendar, instant: int, name: str | None = None, *, by_end: bool = False
) -> ShiftWindow | OutOfReach:
    """Return the shift, of *name* if one is given, that is the next to begin, or *by_end* to end, after *instant*."""
    at = _month(instant)
    if at is None:
        return _YEARS
    if name is not None and name not in calendar.shift_names:
        return OutOfReach(f'the calendar has no shift "{name}"')
    for _, number in _outward(at, forward=True):
        if not _is_known(number):
            return _YEARS
        for window in month_of(calendar, number).windows:
            if (window.end if by_end else window.start) > instant and name in (None, window.name):
                return window
    return _SPAN


def day_at(calendar: Calendar, instant: int) -> ShiftWindow | OutOfReach:
    """Return the calendar day that *instant* falls into, as a window without a name, from midnight to midnight in the zone."""
    if not in_years(instant // DAY):
        return _YEARS
    day = day_of(calendar.zone, instant)
    start, end = (instant_of(calendar.zone, at, 0) for at in (day, day + 1))
    # clocks that go back over midnight show the end of the day before once more
    while start > instant:
        day, start, end = day - 1, instant_of(calendar.zone, day - 1, 0), start
    while end <= instant:
        day, start, end = day + 1, end, instant_of(calendar.zone, day + 2, 0)
    return ShiftWindow("", day, start, end)


def _outward(at: int, *, forward: bool) -> Iterator[tuple[bool, int]]:
    """Yield the months from *at* on, one way or the other, and whether the moment asked of may fall into their shifts."""
    for steps in range(-1, _MAX_MONTHS + 2):
        yield steps <= 1, at + steps if forward else at - steps


def _month(instant: int) -> int | None:
    """Return the month of *instant* in UTC, if it is one that calendars know.

    In its zone it may be the one beside it, a day away at most; and a shift reaches a day from the one it belongs to.
    """
    day = instant // DAY
    return month_number(day) if in_years(day) and _is_known(month_number(day)) else None


def _months(instant: int) -> list[int] | None:
    """Return the months whose shifts *instant* may fall into, in order."""
    day = instant // DAY
    return sorted({month_number(day - 2), month_number(day + 2)}) if in_years(day) else None


def _is_known(number: int) -> bool:
    """Return whether the month *number* and those beside it are of the years that calendars know."""
    return FIRST_YEAR * 12 < number < LAST_YEAR * 12 + 11
