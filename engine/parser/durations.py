"""Durations as authors write them in; durations in days and time, or FEEL that gives one, out."""

from __future__ import annotations

import re

from engine import feel
from engine.feel import DaysDuration
from engine.model import Expression, Length, Literal
from engine.parser.reader import Reader
from engine.parser.values import is_feel, read_value
from engine.source import Path

_FIX = "write a number and a unit, such as 15 min, 2 h or 1 day"
_WORKING = re.compile(r"(\s*\S+\s+)working\s+([a-z]+)\s*", re.ASCII)
"""A number, the word, and a unit."""
_HOURS = ("h", "hr", "hrs", "hour", "hours", "m", "min", "mins", "minute", "minutes")
"""The units of working time: a day of work is as long as its shifts."""
_WORKING_FIX = "write a number and hours or minutes, such as 2 working hours or 30 working minutes"


def read_duration(reader: Reader, path: Path) -> DaysDuration | None:
    """Return the duration written at *path*; record a fault where it is none, or one of months, whose length varies."""
    written = reader.text(path)
    return _duration(reader, path, written, _FIX)


def read_length(reader: Reader, path: Path) -> Length | None:
    """Return how long something lasts, as a duration or as FEEL that gives one; record what is no such thing."""
    if reader.value(path) is None:
        return None
    if is_feel(reader.value(path)):
        value = read_value(reader, path)
        return Length(value) if isinstance(value, Expression) else None
    written = reader.text(path)
    working = _WORKING.fullmatch(written)
    if working is None:
        found = _duration(reader, path, written, _FIX)
    else:
        plain = working[1] + working[2] if working[2] in _HOURS else ""
        found = _duration(reader, path, plain, _WORKING_FIX)
    if found is None:
        return None
    if found.nanoseconds <= 0:
        message = f'"{written}" is no time to last'
        reader.fault("bad-time", reader.span(path), message, "write a duration above zero")
        return None
    return Length(Literal(found, reader.span(path)), working is not None)


def _duration(reader: Reader, path: Path, plain: str, fix: str) -> DaysDuration | None:
    """Return the duration that *plain* is; where it is none, record the fault of what is written at *path*."""
    written = reader.text(path)
    found = feel.parse_duration(plain) if plain else None
    if written and not isinstance(found, DaysDuration):
        reader.fault("bad-time", reader.span(path), f'"{written[:60]}" is not how long', fix)
    return found if isinstance(found, DaysDuration) else None
