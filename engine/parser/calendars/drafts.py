"""A calendar on its way from text to value: as its document says it, and with all that it has from others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from engine.calendars import Shift
from engine.diagnostics import Span
from engine.parser.reader import Reader
from engine.source import Path

EPOCH = date(1970, 1, 1).toordinal()
STAND_IN = "UTC"
"""The zone of a calendar whose own is not known."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What is special about a day: shifts of its own, some of the calendar's, or none but in part of the day."""

    span: Span
    own: tuple[Shift, ...] | None = None
    names: tuple[str, ...] = ()
    is_free: bool = False
    free_from: int | None = None
    free_until: int | None = None

    def says(self) -> tuple[object, ...]:
        """Return what the entry says, wherever it stands."""
        return (self.own, self.names, self.free_from, self.free_until)


@dataclass(slots=True)
class Draft:
    """A calendar as its document says it, before what it extends is known."""

    reader: Reader
    path: Path
    name: str
    span: Span
    zone: str
    shifts: dict[str, tuple[Shift, frozenset[int], Span]]
    days: dict[int, Entry]
    unread: frozenset[str]
    """Shifts that are named, and whose times cannot be read."""
    whole: Settled | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """A calendar with all that it has from others."""

    zone: str
    shifts: Mapping[str, tuple[Shift, frozenset[int], Span]]
    days: Mapping[int, Entry]
    unread: frozenset[str]


def clock(minute: int) -> str:
    return f"{minute // 60 % 24:02d}:{minute % 60:02d}"


def iso(day: int) -> str:
    return date.fromordinal(day + EPOCH).isoformat()
