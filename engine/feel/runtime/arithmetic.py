"""Arithmetic of values of any kind: numbers, strings, dates, times and durations (DMN 1.5, 10.3.2.3.6, table 57).

What cannot be combined, or is out of range, is null.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from engine.feel import numbers
from engine.feel.temporal import (
    DAY,
    DateTimeValue,
    DateValue,
    DaysDuration,
    MonthsDuration,
    TimeValue,
    make_days,
    make_months,
    shift_days,
    shift_months,
)
from engine.feel.values import MAX_STRING

_NUMBERS = (int, Decimal)


def add(a: Any, b: Any) -> Any:
    """Return `a + b`: numbers, strings, durations, and a date or time with a duration."""
    kind, other = type(a), type(b)
    if kind in _NUMBERS and other in _NUMBERS:
        return numbers.add(a, b)
    if kind is str and other is str:
        return a + b if len(a) + len(b) <= MAX_STRING else None
    if kind is DaysDuration:
        if other is DaysDuration:
            return make_days(a.nanoseconds + b.nanoseconds)
        return shift_days(b, a) if other in (DateTimeValue, DateValue, TimeValue) else None
    if kind is MonthsDuration:
        if other is MonthsDuration:
            return make_months(a.months + b.months)
        return shift_months(b, a) if other in (DateTimeValue, DateValue) else None
    if other is DaysDuration and kind in (DateTimeValue, DateValue, TimeValue):
        return shift_days(a, b)
    if other is MonthsDuration and kind in (DateTimeValue, DateValue):
        return shift_months(a, b)
    return None


def subtract(a: Any, b: Any) -> Any:
    """Return `a - b`: numbers, durations, a date or time less a duration, and the time between two."""
    kind, other = type(a), type(b)
    if kind in _NUMBERS and other in _NUMBERS:
        return numbers.subtract(a, b)
    if other is DaysDuration:
        return add(a, DaysDuration(-b.nanoseconds))
    if other is MonthsDuration:
        return add(a, MonthsDuration(-b.months))
    if kind is TimeValue and other is TimeValue:
        return make_days(a.line - b.line) if a.zoned == b.zoned else None
    if kind in (DateValue, DateTimeValue) and other in (DateValue, DateTimeValue):
        return _time_between(a, b)
    return None


def _time_between(a: DateValue | DateTimeValue, b: DateValue | DateTimeValue) -> DaysDuration | None:
    if isinstance(a, DateTimeValue) and isinstance(b, DateTimeValue) and a.zoned != b.zoned:
        return None
    # a date counts as midnight UTC, so it cannot be set against a local date and time
    if type(a) is not type(b) and not (getattr(a, "zoned", True) and getattr(b, "zoned", True)):
        return None
    return make_days(_line(a) - _line(b))


def _line(value: DateValue | DateTimeValue) -> int:
    return value.line if isinstance(value, DateTimeValue) else value.days * DAY


def multiply(a: Any, b: Any) -> Any:
    """Return `a * b`: numbers, or a duration and a number."""
    kind, other = type(a), type(b)
    if kind in _NUMBERS and other in _NUMBERS:
        return numbers.multiply(a, b)
    if kind in _NUMBERS:
        a, b, kind, other = b, a, other, kind
    if other in _NUMBERS:
        return _scale(a, numbers.multiply, b)
    return None


def divide(a: Any, b: Any) -> Any:
    """Return `a / b`: numbers, a duration and a number, or two durations of one kind."""
    kind, other = type(a), type(b)
    if kind in _NUMBERS and other in _NUMBERS:
        return numbers.divide(a, b)
    if other in _NUMBERS:
        return _scale(a, numbers.divide, b)
    if kind is DaysDuration and other is DaysDuration:
        return numbers.divide(a.nanoseconds, b.nanoseconds)
    if kind is MonthsDuration and other is MonthsDuration:
        return numbers.divide(a.months, b.months)
    return None


def _scale(duration: Any, operation: Callable[[Any, Any], Any], factor: Any) -> Any:
    """Return *duration* times or by *factor*, rounded toward zero to nanoseconds or months."""
    if type(duration) is DaysDuration:
        scaled = operation(duration.nanoseconds, factor)
        return None if scaled is None or abs(scaled) >= numbers.EXACT else make_days(int(scaled))
    if type(duration) is MonthsDuration:
        scaled = operation(duration.months, factor)
        return None if scaled is None or abs(scaled) >= numbers.EXACT else make_months(int(scaled))
    return None


def power(a: Any, b: Any) -> Any:
    """Return `a ** b`."""
    return numbers.power(a, b) if type(a) in _NUMBERS and type(b) in _NUMBERS else None


def minus(a: Any) -> Any:
    """Return `-a`."""
    if type(a) in _NUMBERS:
        return numbers.negate(a)
    if type(a) is DaysDuration:
        return DaysDuration(-a.nanoseconds)
    if type(a) is MonthsDuration:
        return MonthsDuration(-a.months)
    return None


ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": add,
    "-": subtract,
    "*": multiply,
    "/": divide,
    "**": power,
}
