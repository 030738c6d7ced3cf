"""Conversion built-ins (DMN 1.5, 10.3.4.1): to numbers, strings, dates, times and durations. Bad text is null."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from engine.feel import ast
from engine.feel import types as t
from engine.feel.builtins.registry import builtin
from engine.feel.faults import FeelSyntaxError
from engine.feel.numbers import CONTEXT, Number, negate, settle, whole
from engine.feel.runtime import order
from engine.feel.temporal import (
    HOUR,
    MINUTE,
    SECOND,
    DateTimeValue,
    DateValue,
    DaysDuration,
    MonthsDuration,
    TimeValue,
    make_date,
    make_date_time,
    make_months,
    make_time,
    parse_date,
    parse_date_time,
    parse_iso_duration,
    parse_temporal,
    parse_time,
)
from engine.feel.text import string_of
from engine.feel.values import RangeValue

MAX_RANGE_TEXT = 200
"""Characters in the text of a range."""

_NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d{1,6})?", re.ASCII)


@builtin("number", "from: string|number -> number")
def number(text: Any) -> Number | None:
    """Return the number that text names."""
    return _number(text) if isinstance(text, str) else text


@builtin("number", "from: string, grouping separator: any, decimal separator: any -> number")
def number_grouped(text: str, grouping_separator: Any, decimal_separator: Any) -> Number | None:
    """Return the number that text names, with separators of its own."""
    if grouping_separator not in (None, " ", ",", ".") or decimal_separator not in (None, ",", "."):
        return None
    if grouping_separator is not None and grouping_separator == decimal_separator:
        return None
    if grouping_separator is not None:
        text = text.replace(grouping_separator, "")
    if decimal_separator == ",":
        text = "" if "." in text else text.replace(",", ".")
    return _number(text)


def _number(text: str) -> Number | None:
    if len(text) > 10_000 or _NUMBER.fullmatch(text) is None:
        return None
    found = settle(CONTEXT.create_decimal(text))
    exact = None if found is None or "." in text else whole(found)
    return found if exact is None else exact


@builtin("string", "from: any -> string")
def string(value: Any) -> str | None:
    """Return a value as text."""
    return string_of(value)


# dates and times


@builtin("date", "from: string|date|date and time -> date")
def date(value: Any) -> DateValue | None:
    """Return the date that text names, or that of a date and time."""
    if isinstance(value, str):
        return parse_date(value)
    return value.date if isinstance(value, DateTimeValue) else value


@builtin("date", "year: number, month: number, day: number -> date")
def date_of(year: Any, month: Any, day: Any) -> DateValue | None:
    """Return the date of a year, a month and a day."""
    parts = [whole(part) for part in (year, month, day)]
    known = [part for part in parts if part is not None]
    return make_date(*known) if len(known) == 3 else None


@builtin("time", "from: string|time|date|date and time -> time")
def time(value: Any) -> TimeValue | None:
    """Return the time that text names, or that of a date and time."""
    if isinstance(value, str):
        return parse_time(value)
    if isinstance(value, DateValue):
        return TimeValue(0, 0)
    return value.time if isinstance(value, DateTimeValue) else value


@builtin("time", "hour: number, minute: number, second: number -> time")
def time_of(hour: Any, minute: Any, second: Any) -> TimeValue | None:
    """Return the time of an hour, a minute and a second."""
    return _time(hour, minute, second, None)


@builtin("time", "hour: number, minute: number, second: number, offset: any -> time")
def time_at_offset(hour: Any, minute: Any, second: Any, offset: Any) -> TimeValue | None:
    """Return the time of an hour, a minute and a second, at an offset from UTC."""
    if offset is not None and not isinstance(offset, DaysDuration):
        return None
    return _time(hour, minute, second, None if offset is None else offset.nanoseconds // SECOND)


def _time(hour: Any, minute: Any, second: Any, offset: int | None) -> TimeValue | None:
    hours, minutes = whole(hour), whole(minute)
    if hours is None or minutes is None or not 0 <= hours <= 23 or not 0 <= minutes <= 59:
        return None
    if not 0 <= second < 60:
        return None
    return make_time(hours * HOUR + minutes * MINUTE + int(second * SECOND), offset)


@builtin("date and time", "from: string|date|date and time -> date and time")
def date_and_time(value: Any) -> DateTimeValue | None:
    """Return the date and time that text names."""
    if isinstance(value, str):
        return parse_date_time(value)
    return DateTimeValue(value, TimeValue(0, 0)) if isinstance(value, DateValue) else value


@builtin("date and time", "date: date|date and time, time: time -> date and time")
def date_and_time_of(date: Any, time: Any) -> DateTimeValue:
    """Return the date and time of a date and a time; the zone is the time's."""
    day = date.date if isinstance(date, DateTimeValue) else date
    return make_date_time(day, time)


@builtin(
    "duration",
    "from: string|days and time duration|years and months duration",
    infer=lambda _: t.ANY_DURATION,
)
def duration(value: Any) -> DaysDuration | MonthsDuration | None:
    """Return the duration that ISO 8601 text names."""
    return parse_iso_duration(value) if isinstance(value, str) else value


@builtin(
    "years and months duration",
    "from: date|date and time, to: date|date and time -> years and months duration",
)
def years_and_months_duration(start: Any, end: Any) -> MonthsDuration | None:
    """Return the whole months between two dates; times of day do not count."""
    a, b = _day(start), _day(end)
    months = (b.year - a.year) * 12 + b.month - a.month
    if months > 0 and b.day < a.day:
        months -= 1
    elif months < 0 and b.day > a.day:
        months += 1
    return make_months(months)


def _day(value: Any) -> DateValue:
    found: DateValue = value.date if isinstance(value, DateTimeValue) else value
    return found


@builtin("range", "from: string -> range")
def range_(text: str) -> RangeValue | None:
    """Return the range that text such as "[1..5)" names: literal ends in order, both there."""
    return _range(text) if len(text) <= MAX_RANGE_TEXT else None


@lru_cache(maxsize=512)
def _range(text: str) -> RangeValue | None:
    # the parser knows the names of the built-ins, so it can only be asked for once they are all there
    from engine.feel.parser import parse

    try:
        node = parse(text, standard=True)
    except FeelSyntaxError:
        return None
    if not isinstance(node, ast.Interval):
        return None
    low, high = (_literal(end) for end in (node.low, node.high))
    if low is None or high is None or order(low, high) not in (-1, 0):
        return None
    return RangeValue(low, high, node.low_included, node.high_included)


def _literal(node: ast.Node) -> Any:
    """Return the value of an end as written: a literal, a negative number, or a date by its function and its text."""
    match node:
        case ast.NumberLiteral(value=value) | ast.StringLiteral(value=value):
            return value
        case ast.Negation(operand=ast.NumberLiteral(value=value)):
            return negate(value)
        case ast.AtLiteral(text=text):
            return parse_temporal(text)
        case ast.Call(
            function=ast.Name(name=name), arguments=(ast.Argument(value=ast.StringLiteral(value=text)),)
        ):
            read = _READERS.get(name)
            return None if read is None else read(text)
        case _:
            return None


_READERS: dict[str, Callable[[str], Any]] = {
    "date": parse_date,
    "time": parse_time,
    "date and time": parse_date_time,
    "duration": parse_iso_duration,
}
