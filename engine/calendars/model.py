"""A shift calendar as values: the shifts of each weekday, and those of the days that are not like others.

Minutes count from the midnight of the day a shift belongs to, on the wall clock; before that midnight they are negative, after
the next one 1440 and more. Days count from 1970-01-01. What extends what has been settled before: a calendar stands alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

DAY_MINUTES = 1440
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class Break:
    """A stretch of a shift in which nobody works."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Shift:
    """A shift of a day, from *start* up to but not including *end*; its breaks are in order and do not touch its outside."""

    name: str
    start: int
    end: int
    breaks: tuple[Break, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Calendar:
    """When people work: *week* has the shifts of Monday to Sunday, *special* those of single days; none overlap."""

    name: str
    zone: str
    week: tuple[tuple[Shift, ...], ...]
    special: Mapping[int, tuple[Shift, ...]] = field(default_factory=dict)

    @property
    def shift_names(self) -> frozenset[str]:
        """The name of every shift that the calendar has on any day."""
        return frozenset(shift.name for day in (*self.week, *self.special.values()) for shift in day)


def weekday_of(day: int) -> int:
    """Return 0 for Monday to 6 for Sunday."""
    return (day + 3) % 7


def plan_of(calendar: Calendar, day: int) -> tuple[Shift, ...]:
    """Return the shifts that belong to *day*, in their order."""
    found = calendar.special.get(day)
    return calendar.week[weekday_of(day)] if found is None else found


def clipped(shift: Shift, first: int | None, last: int | None) -> Shift | None:
    """Return the part of *shift* from minute *first* on and up to *last*, where they are given, or None where it is none."""
    start = shift.start if first is None else max(shift.start, first)
    end = shift.end if last is None else min(shift.end, last)
    if start >= end:
        return None
    inside = ((max(one.start, start), min(one.end, end)) for one in shift.breaks)
    return Shift(shift.name, start, end, tuple(Break(*ends) for ends in inside if ends[0] < ends[1]))
