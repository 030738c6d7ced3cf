"""Values against types: `instance of`, and what a value becomes where a type is declared (DMN 1.5, 10.3.2.9).

Null has no type but Null, and is a value wherever a type is declared. Nothing here raises.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from engine.feel import types as t
from engine.feel.temporal import (
    DateTimeValue,
    DateValue,
    DaysDuration,
    MonthsDuration,
    TimeValue,
)
from engine.feel.types import FeelType
from engine.feel.values import ComparatorValue, FunctionValue, RangeValue


def instance_of(value: Any, wanted: FeelType | None) -> bool | None:
    """Return `value instance of type`, allowed values aside; null is an instance of nothing but Null."""
    if wanted is None:
        return None
    if value is None:
        return isinstance(wanted, t.Null)
    return _conforms(value, wanted, allowed=False)


def coerce(value: Any, wanted: FeelType) -> Any:
    """Return *value* as a value of *wanted*: a list of one for its item or back, a date for its midnight; else null."""
    if value is None or _conforms(value, wanted):
        return value
    kind = t.bare(wanted)
    if isinstance(kind, t.DateTime) and type(value) is DateValue:
        made: Any = DateTimeValue(value, TimeValue(0, 0))
    elif isinstance(kind, t.ListType):
        made = [value]
    elif type(value) is list and len(value) == 1:
        return coerce(value[0], wanted) if type(value[0]) is not list else None
    else:
        return None
    return made if _conforms(made, wanted) else None


def typed(types: Sequence[FeelType | None], function: Callable[..., Any]) -> Callable[..., Any]:
    """Return *function* with its arguments coerced; it is not called where one does not fit, and the result is null."""
    if not any(types):
        return function

    def call(*arguments: Any) -> Any:
        fitting = []
        for value, wanted in zip(arguments, types, strict=True):
            fits = value if wanted is None else coerce(value, wanted)
            if fits is None and value is not None:
                return None
            fitting.append(fits)
        return function(*fitting)

    return call


def _conforms(value: Any, wanted: FeelType, *, allowed: bool = True) -> bool:
    """Return whether *value* is one of *wanted*, and one that it allows where *allowed* says that this counts."""
    match wanted:
        case t.Any_():
            return True
        case t.Restricted(base=base, allows=allows):
            return _conforms(value, base, allowed=allowed) and (not allowed or allows(value) is True)
        case t.ListType(item=item):
            return type(value) is list and all(
                one is None or _conforms(one, item, allowed=allowed) for one in value
            )
        case t.RangeType(item=item):
            if type(value) is ComparatorValue:
                return value.operand is None or _conforms(value.operand, item, allowed=allowed)
            ends = (value.low, value.high) if type(value) is RangeValue else ()
            return bool(ends) and all(end is None or _conforms(end, item, allowed=allowed) for end in ends)
        case t.ContextType(fields=fields):
            if type(value) is not dict:
                return False
            return all(
                name in value and (value[name] is None or _conforms(value[name], f.type, allowed=allowed))
                for name, f in fields.items()
            )
        case t.FunctionType():
            if type(value) is not FunctionValue:
                return False
            return wanted == t.ANY_FUNCTION or (
                value.signature is not None and t.conforms(value.signature(), wanted)
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
    t.AnyDuration: (DaysDuration, MonthsDuration),
}
