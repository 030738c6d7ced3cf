"""Durations as authors write them in; durations in days and time, or FEEL that gives one, out."""

from __future__ import annotations

from engine import feel
from engine.feel import DaysDuration
from engine.model import Expression, Literal
from engine.parser.reader import Reader
from engine.parser.values import is_feel, read_value
from engine.source import Path

_FIX = "write a number and a unit, such as 15 min, 2 h or 1 day"


def read_duration(reader: Reader, path: Path) -> DaysDuration | None:
    """Return the duration written at *path*; record a fault where it is none, or one of months, whose length varies."""
    written = reader.text(path)
    found = feel.parse_duration(written) if written else None
    if written and not isinstance(found, DaysDuration):
        reader.fault("bad-time", reader.span(path), f'"{written[:60]}" is not how long', _FIX)
    return found if isinstance(found, DaysDuration) else None


def read_lasting(reader: Reader, path: Path) -> Literal | Expression | None:
    """Return how long something must last, as a duration or as FEEL that gives one; record what is no such thing."""
    if is_feel(reader.value(path)):
        value = read_value(reader, path)
        return value if isinstance(value, Expression) else None
    found = read_duration(reader, path)
    if found is None:
        return None
    if found.nanoseconds <= 0:
        message = f'"{reader.text(path)}" is no time to last'
        reader.fault("bad-time", reader.span(path), message, "write a duration above zero")
        return None
    return Literal(found, reader.span(path))
