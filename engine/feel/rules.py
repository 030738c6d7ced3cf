"""The typing rules of FEEL's operators, properties and type names: types in, a type (or None for a fault) out."""

from __future__ import annotations

from collections.abc import Callable

from engine.feel import ast
from engine.feel import types as t
from engine.feel.types import FeelType, is_unknown

_MOMENTS = (t.Date, t.DateTime)


def arithmetic_type(operator: str, left: FeelType, right: FeelType) -> FeelType | None:
    """Return the type of `left operator right`, or None where it is always null."""
    if is_unknown(left) or is_unknown(right):
        return t.ANY
    if isinstance(left, t.Number) and isinstance(right, t.Number):
        return t.NUMBER
    if operator == "+":
        if isinstance(left, t.String) and isinstance(right, t.String):
            return t.STRING
        return _sum(left, right) or _sum(right, left)
    if operator == "-":
        return _difference(left, right)
    if operator == "*":
        if isinstance(left, t.DURATIONS) and isinstance(right, t.Number):
            return left
        return right if isinstance(left, t.Number) and isinstance(right, t.DURATIONS) else None
    if operator == "/" and isinstance(left, t.DURATIONS):
        if isinstance(right, t.Number):
            return left
        return t.NUMBER if t.comparable(left, right) else None
    return None


def _sum(left: FeelType, right: FeelType) -> FeelType | None:
    if isinstance(left, t.DURATIONS) and isinstance(right, t.DURATIONS):
        return t.join(left, right) if t.comparable(left, right) else None
    if isinstance(left, _MOMENTS) and isinstance(right, t.DURATIONS):
        return left
    if isinstance(left, t.Time) and isinstance(right, t.DaysTimeDuration | t.AnyDuration):
        return left
    return None


def _difference(left: FeelType, right: FeelType) -> FeelType | None:
    if isinstance(left, _MOMENTS) and isinstance(right, _MOMENTS):
        return t.DAYS_TIME
    if isinstance(left, t.Time) and isinstance(right, t.Time):
        return t.DAYS_TIME
    return _sum(left, right)


_DATE_PARTS = dict.fromkeys(("year", "month", "day", "weekday"), t.NUMBER)
_TIME_PARTS: dict[str, FeelType] = {
    **dict.fromkeys(("hour", "minute", "second"), t.NUMBER),
    "time offset": t.DAYS_TIME,
    "timezone": t.STRING,
}
_DAYS_PARTS = dict.fromkeys(("days", "hours", "minutes", "seconds"), t.NUMBER)
_MONTHS_PARTS = dict.fromkeys(("years", "months"), t.NUMBER)


def properties(of: FeelType) -> dict[str, FeelType]:
    """Return the properties that values of a type have, by name."""
    match of:
        case t.Date():
            return dict(_DATE_PARTS)
        case t.Time():
            return dict(_TIME_PARTS)
        case t.DateTime():
            return {**_DATE_PARTS, **_TIME_PARTS}
        case t.DaysTimeDuration():
            return dict(_DAYS_PARTS)
        case t.YearsMonthsDuration():
            return dict(_MONTHS_PARTS)
        case t.AnyDuration():
            return {**_DAYS_PARTS, **_MONTHS_PARTS}
        case t.RangeType(item=item):
            ends = {"start": item, "end": item}
            return {**ends, "start included": t.BOOLEAN, "end included": t.BOOLEAN}
        case _:
            return {}


_TYPE_NAMES: dict[str, FeelType] = {
    "Any": t.ANY,
    "Null": t.NULL,
    "number": t.NUMBER,
    "string": t.STRING,
    "boolean": t.BOOLEAN,
    "date": t.DATE,
    "time": t.TIME,
    "date and time": t.DATE_TIME,
    "dateTime": t.DATE_TIME,
    "days and time duration": t.DAYS_TIME,
    "dayTimeDuration": t.DAYS_TIME,
    "years and months duration": t.YEARS_MONTHS,
    "yearMonthDuration": t.YEARS_MONTHS,
    "list": t.ANY_LIST,
    "range": t.ANY_RANGE,
    "context": t.ANY_CONTEXT,
    "function": t.ANY_FUNCTION,
}
TYPE_NAMES = tuple(sorted(_TYPE_NAMES))


def named_type(node: ast.TypeName, declared: Callable[[str], FeelType | None]) -> FeelType | None:
    """Return the type that *node* names: FEEL's own, or a *declared* one; None where there is none of that name."""
    base = _TYPE_NAMES.get(node.name) or declared(node.name)
    arguments = [named_type(argument, declared) for argument in node.arguments]
    if base is None or None in arguments:
        return None
    known = [argument for argument in arguments if argument is not None]
    if isinstance(base, t.ListType) and len(known) == 1:
        return t.ListType(known[0])
    if isinstance(base, t.RangeType) and len(known) == 1:
        return t.RangeType(known[0])
    if isinstance(base, t.ContextType) and known:
        fields = {name: t.Field(kind, required=True) for name, kind in zip(node.entries, known, strict=True)}
        return t.ContextType(fields, open=True)
    if isinstance(base, t.FunctionType) and known:
        return t.FunctionType(tuple(known[:-1]), known[-1])
    return base


def parameter_type(
    parameter: ast.FormalParameter, declared: Callable[[str], FeelType | None]
) -> FeelType | None:
    """Return the type that a parameter's arguments are coerced to, or None where it says none."""
    return None if parameter.type is None else named_type(parameter.type, declared) or t.NULL


def loop_type(domain: FeelType) -> FeelType:
    """Return the type of a loop's variable."""
    domain = t.bare(domain)
    return t.bare(domain.item) if isinstance(domain, t.ListType | t.RangeType) else domain
