"""Durations as authors write them in; durations in days and time, or FEEL that gives one, out."""

from __future__ import annotations

import re
from datetime import timedelta

from engine import feel
from engine.calendars import Wait
from engine.feel import DaysDuration
from engine.model import Expression, Length, Literal
from engine.parser.reader import Reader
from engine.parser.values import Spot, is_feel, spot_of, value_at
from engine.source import Path

_FIX = "write a number and a unit, such as 15 min, 2 h or 1 day"
_WORKING = re.compile(r"(\s*\S+\s+)working\s+([a-z]+)\s*", re.ASCII)
"""A number, the word, and a unit."""
_HOURS = ("h", "hr", "hrs", "hour", "hours", "m", "min", "mins", "minute", "minutes")
"""The units of working time: a day of work is as long as its shifts."""
_ONCE = re.compile(r"\s*once\s+per\s+", re.ASCII)
_WORKING_FIX = "write a number and hours or minutes, such as 2 working hours or 30 working minutes"


def read_length(reader: Reader, path: Path) -> Length | None:
    """Return how long something lasts, as a duration or as FEEL that gives one; record what is no such thing."""
    written = reader.text(path)
    return _length(reader, path, written, spot_of(reader, path)) if written else None


def _length(reader: Reader, path: Path, written: str, spot: Spot) -> Length | None:
    """Return the length that *written* is, which stands at *spot*, in what stands at *path*."""
    if is_feel(written):
        value = value_at(reader, written, spot)
        return Length(value) if isinstance(value, Expression) else None
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


def read_repeat(reader: Reader, path: Path) -> Length | None:
    """Return the time in which something is done once, as in "once per 30 min"; record what is no such thing."""
    written = reader.text(path)
    if not written:
        return None
    begin = _ONCE.match(written)
    if begin is None:
        message = f'"{written[:60]}" is not how often'
        reader.fault("bad-time", reader.span(path), message, "write once per 30 min")
        return None
    spot = spot_of(reader, path).part(begin.end(), len(written))
    return _length(reader, path, written[begin.end() :], spot)


def _duration(reader: Reader, path: Path, plain: str, fix: str) -> DaysDuration | None:
    """Return the duration that *plain* is; where it is none, record the fault of what is written at *path*."""
    written = reader.text(path)
    found = feel.parse_duration(plain) if plain else None
    if written and not isinstance(found, DaysDuration):
        reader.fault("bad-time", reader.span(path), f'"{written[:60]}" is not how long', fix)
    return found if isinstance(found, DaysDuration) else None


def read_wait(reader: Reader, path: Path, calendar: str = "") -> Wait | None:
    """Return how long the text at *path* says to wait, by the clock or in working time; record what is no such thing."""
    written = reader.text(path)
    return wait_of(reader, written, path, calendar) if written else None


def wait_of(reader: Reader, written: str, path: Path, calendar: str = "") -> Wait | None:
    """Return how long *written*, which stands at *path*, says to wait."""
    working = _WORKING.fullmatch(written)
    plain = written if working is None else working[1] + working[2] if working[2] in _HOURS else ""
    found = feel.parse_duration(plain) if plain else None
    length = found.to_timedelta() if isinstance(found, DaysDuration) else None
    if length is None or length < timedelta():
        message = f'"{written[:60]}" is not how long'
        reader.fault("bad-time", reader.span(path), message, _FIX if working is None else _WORKING_FIX)
        return None
    return Wait(length, written.strip(), working is not None, calendar if working else "")
