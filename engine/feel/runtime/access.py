"""Entries of contexts, properties of values (DMN 1.5, tables 65 and 66).

What is not there is null.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from engine.feel.numbers import CONTEXT
from engine.feel.temporal import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    DateTimeValue,
    DateValue,
    DaysDuration,
    MonthsDuration,
    TimeValue,
)
from engine.feel.values import ComparatorValue, RangeValue


def path(value: Any, name: str) -> Any:
    """Return `value.name`: an entry, a property, or the same of every item of a list."""
    kind = type(value)
    if kind is dict:
        return value.get(name)
    if kind is list:
        return [path(item, name) for item in value]
    found = PROPERTIES.get(kind, {}).get(name)
    return None if found is None else found(value)


def _part(total: int, unit: int, count: int) -> int:
    """Return how many *unit* are in *total* beyond full rounds of *count*, with the sign of *total*."""
    whole_units = abs(total) // unit
    part = whole_units % count if count else whole_units
    return -part if total < 0 else part


def _seconds(nanoseconds: int) -> int | Decimal:
    """Return the seconds of a minute, with their fraction and the sign of *nanoseconds*."""
    part = abs(nanoseconds) % MINUTE * (-1 if nanoseconds < 0 else 1)
    return part // SECOND if part % SECOND == 0 else CONTEXT.divide(Decimal(part), Decimal(SECOND))


def _offset(value: TimeValue) -> DaysDuration | None:
    return None if value.offset is None else DaysDuration(value.offset * SECOND)


_DATE_PARTS: dict[str, Callable[[Any], Any]] = {
    "year": lambda v: v.year,
    "month": lambda v: v.month,
    "day": lambda v: v.day,
    "weekday": lambda v: v.weekday,
}
_TIME_PARTS: dict[str, Callable[[Any], Any]] = {
    "hour": lambda v: v.hour,
    "minute": lambda v: v.minute,
    "second": lambda v: _seconds(v.nanoseconds),
    "time offset": _offset,
    "timezone": lambda v: v.zone,
}


def _of_date(part: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda v: part(v.date)


def _of_time(part: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda v: part(v.time)


PROPERTIES: dict[type, dict[str, Callable[[Any], Any]]] = {
    DateValue: _DATE_PARTS,
    TimeValue: _TIME_PARTS,
    DateTimeValue: {
        **{name: _of_date(part) for name, part in _DATE_PARTS.items()},
        **{name: _of_time(part) for name, part in _TIME_PARTS.items()},
    },
    DaysDuration: {
        "days": lambda v: _part(v.nanoseconds, DAY, 0),
        "hours": lambda v: _part(v.nanoseconds, HOUR, 24),
        "minutes": lambda v: _part(v.nanoseconds, MINUTE, 60),
        "seconds": lambda v: _seconds(v.nanoseconds),
    },
    MonthsDuration: {
        "years": lambda v: _part(v.months, 12, 0),
        "months": lambda v: _part(v.months, 1, 12),
    },
    RangeValue: {
        "start": lambda v: v.low,
        "end": lambda v: v.high,
        "start included": lambda v: v.low_included,
        "end included": lambda v: v.high_included,
    },
    ComparatorValue: {
        "start": lambda v: v.operand if v.operator in (">", ">=", "=") else None,
        "end": lambda v: v.operand if v.operator in ("<", "<=", "=") else None,
        "start included": lambda v: v.operator in (">=", "="),
        "end included": lambda v: v.operator in ("<=", "="),
    },
}


def entry(item: Any, name: str, outer: Any) -> Any:
    """Return what *name* means in a filter: an entry of the item where it has one, else what it means outside."""
    return item[name] if type(item) is dict and name in item else outer
