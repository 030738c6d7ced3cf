"""Entries of contexts, properties of values (DMN 1.5, tables 65 and 66), and `instance of`.

What is not there is null.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from engine.feel import types as t
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
from engine.feel.types import FeelType
from engine.feel.values import ComparatorValue, FunctionValue, RangeValue


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
    "second": lambda v: v.second,
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
        "seconds": lambda v: _part(v.nanoseconds, SECOND, 60),
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


def instance_of(value: Any, wanted: FeelType | None) -> bool | None:
    """Return `value instance of type`; null is an instance of nothing but Null."""
    if wanted is None:
        return None
    if value is None:
        return isinstance(wanted, t.Null)
    return _conforms(value, wanted)


def _conforms(value: Any, wanted: FeelType) -> bool:
    match wanted:
        case t.Any_():
            return True
        case t.ListType(item=item):
            return type(value) is list and all(one is None or _conforms(one, item) for one in value)
        case t.RangeType(item=item):
            if type(value) is ComparatorValue:
                return value.operand is None or _conforms(value.operand, item)
            ends = (value.low, value.high) if type(value) is RangeValue else ()
            return bool(ends) and all(end is None or _conforms(end, item) for end in ends)
        case t.ContextType(fields=fields):
            if type(value) is not dict:
                return False
            return all(
                name in value and (value[name] is None or _conforms(value[name], f.type))
                for name, f in fields.items()
            )
        case _:
            return type(value) in _CLASSES.get(type(wanted), ())


_CLASSES: dict[type, tuple[type, ...]] = {
    t.Number: (int, Decimal),
    t.String: (str,),
    t.Boolean: (bool,),
    t.Date: (DateValue,),
    t.Time: (TimeValue,),
    t.DateTime: (DateTimeValue,),
    t.DaysTimeDuration: (DaysDuration,),
    t.YearsMonthsDuration: (MonthsDuration,),
    t.FunctionType: (FunctionValue,),
}
