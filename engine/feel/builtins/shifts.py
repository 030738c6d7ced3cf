"""Built-ins on shifts and working time: what is asked, of the calendars that the rule book binds to the scope.

The calendars come first in every call, and no expression can name them; where none are bound, the answer is null. Who works
when is not known here.
"""

from __future__ import annotations

from typing import Any, Protocol

from engine.feel import types as t
from engine.feel.builtins.registry import builtin
from engine.feel.temporal import DateTimeValue, DaysDuration

CALENDARS = "@calendars"
"""The word by which the built-ins below are given the calendars; no name of FEEL begins like it."""

FUNCTIONS = ("shift", "in shift", "is working time", "working time between", "add working time")
"""The built-ins that ask calendars, each with the name of one as its last argument."""

SHIFT = t.ContextType(
    {
        "name": t.Field(t.STRING, True),
        "start": t.Field(t.DATE_TIME, True),
        "end": t.Field(t.DATE_TIME, True),
        "day": t.Field(t.DATE, True),
    },
    title="shift",
)
"""What `shift` tells of one."""


class Calendars(Protocol):
    """Who works when, by the names of calendars; None for the one that is meant where none is named."""

    def shift(self, at: DateTimeValue, name: str | None) -> dict[str, Any] | None:
        """Return the shift that *at* falls into."""

    def in_shift(self, at: DateTimeValue, shift: str, name: str | None) -> bool | None:
        """Return whether *at* falls into the shift of that name."""

    def is_working(self, at: DateTimeValue, name: str | None) -> bool | None:
        """Return whether people work at *at*."""

    def between(self, start: DateTimeValue, end: DateTimeValue, name: str | None) -> DaysDuration | None:
        """Return the working time from *start* to *end*."""

    def add(self, at: DateTimeValue, duration: DaysDuration, name: str | None) -> DateTimeValue | None:
        """Return the moment by which *duration* of working time has passed since *at*."""


@builtin("shift", "at: date and time, calendar?: string", infer=lambda _: SHIFT, bound=CALENDARS)
def shift(calendars: Calendars | None, at: DateTimeValue, calendar: str | None = None) -> Any:
    """Return the shift that a moment falls into, as {name, start, end, day}; null between shifts."""
    return None if calendars is None else calendars.shift(at, calendar)


@builtin("in shift", "at: date and time, shift: string, calendar?: string -> boolean", bound=CALENDARS)
def in_shift(calendars: Calendars | None, at: DateTimeValue, shift: str, calendar: str | None = None) -> Any:
    """Return whether a moment falls into the shift of a name."""
    return None if calendars is None else calendars.in_shift(at, shift, calendar)


@builtin("is working time", "at: date and time, calendar?: string -> boolean", bound=CALENDARS)
def is_working_time(calendars: Calendars | None, at: DateTimeValue, calendar: str | None = None) -> Any:
    """Return whether people work at a moment: in a shift, and not in a break."""
    return None if calendars is None else calendars.is_working(at, calendar)


@builtin(
    "working time between",
    "from: date and time, to: date and time, calendar?: string -> days and time duration",
    bound=CALENDARS,
)
def working_time_between(
    calendars: Calendars | None, start: DateTimeValue, end: DateTimeValue, calendar: str | None = None
) -> Any:
    """Return the working time from one moment to another, below zero where the other comes first."""
    return None if calendars is None else calendars.between(start, end, calendar)


@builtin(
    "add working time",
    "to: date and time, duration: days and time duration, calendar?: string -> date and time",
    bound=CALENDARS,
)
def add_working_time(
    calendars: Calendars | None, at: DateTimeValue, duration: DaysDuration, calendar: str | None = None
) -> Any:
    """Return the moment by which a duration of working time has passed since another."""
    return None if calendars is None else calendars.add(at, duration, calendar)
