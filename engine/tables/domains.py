"""What the value of an input can be, as a set: by its FEEL type, by its field's schema, by the column's allowed values.

Whole numbers are cut between numbers, so that `<= 5` and `>= 6` leave nothing between them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import ceil, floor
from typing import Any

from engine.feel import types as t
from engine.tables.sets import (
    EVERYTHING,
    FALSE,
    LEFT,
    NONE,
    NUMBER,
    RIGHT,
    STRING,
    TRUE,
    WHOLE,
    Cut,
    Spans,
    ValueSet,
    after,
    before,
    key_of,
    only,
    united,
)

_LINES: Mapping[type, tuple[str, ...]] = {
    t.Number: (NUMBER,),
    t.String: (STRING,),
    t.Date: ("date",),
    t.Time: ("time", "zoned time"),
    t.DateTime: ("date and time", "zoned date and time"),
    t.DaysTimeDuration: ("days and time duration",),
    t.YearsMonthsDuration: ("years and months duration",),
    t.AnyDuration: ("days and time duration", "years and months duration"),
}


@dataclass(frozen=True, slots=True)
class Domain:
    """The values an input can have; *whole* numbers only; *closed* where rows can be expected to cover them all."""

    values: ValueSet
    whole: bool = False
    closed: bool = False


def domain_of(
    kind: t.FeelType,
    *,
    required: bool,
    schema: Any = None,
    allowed: ValueSet | None = None,
    left: ValueSet | None = None,
) -> Domain:
    """Return what a value of *kind* can be, null included where it is not *required*.

    *schema* is the JSON Schema of the field that the value is, where it is one; *allowed* are the column's own values;
    *left* are those that a condition before the table leaves.
    """
    values, closed = _of_type(kind)
    is_whole = False
    if isinstance(schema, Mapping):
        values = values.common(_of_schema(schema))
        is_whole = _says_integer(schema)
        closed = closed or values.points() is not None
    if not required:
        values = values.union(only(NONE))
    for limit in (allowed, left):
        values = values if limit is None else values.common(limit)
        closed = closed or values.points() is not None
    if is_whole:
        values = ValueSet({**values.lines, NUMBER: snapped(values.on(NUMBER))}, values.rest)
    return Domain(values, is_whole, closed)


def snapped(spans: Spans) -> Spans:
    """Return the whole numbers of *spans*, each cut just before a whole number."""
    return united((_snap(low), _snap(high)) for low, high in spans)


def _snap(cut: Cut) -> Cut:
    if cut[0]:
        return cut
    number = cut[1]
    if isinstance(number, Decimal) and abs(number.adjusted()) > _FARTHEST:
        return cut  # so far out that nothing stands beside it
    return before(floor(number) + 1 if cut[2] > 0 else ceil(number))


_FARTHEST = 40


def _of_type(kind: t.FeelType) -> tuple[ValueSet, bool]:
    if isinstance(kind, t.Boolean):
        return only(TRUE).union(only(FALSE)), True
    if isinstance(kind, t.String) and kind.enum is not None:
        return _points(kind.enum), True
    lines = _LINES.get(type(kind))
    if lines is None:
        return EVERYTHING, False
    return ValueSet(dict.fromkeys(lines, WHOLE)), not isinstance(kind, t.String)


def _points(values: Any) -> ValueSet:
    found = ValueSet({})
    for value in values:
        found = found.union(only(key_of(value)))
    return found


def _of_schema(schema: Mapping[str, Any]) -> ValueSet:
    """Return what the keywords that bound numbers and list values let through; other kinds pass."""
    low, high = LEFT, RIGHT
    for word, cut in (("minimum", before), ("exclusiveMinimum", after)):
        if _is_number(schema.get(word)):
            low = max(low, cut(schema[word]))
    for word, cut in (("maximum", after), ("exclusiveMaximum", before)):
        if _is_number(schema.get(word)):
            high = min(high, cut(schema[word]))
    found = ValueSet({NUMBER: ((low, high),) if low < high else ()}, rest=True)
    choices = [schema["const"]] if "const" in schema else schema.get("enum")
    if isinstance(choices, list) and all(_is_number(choice) for choice in choices):
        found = found.common(_points(choices).union(ValueSet({NUMBER: ()}, rest=True)))
    return found


def _is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _says_integer(schema: Mapping[str, Any]) -> bool:
    kind = schema.get("type")
    kinds = [kind] if isinstance(kind, str) else kind if isinstance(kind, list) else []
    return "integer" in kinds and "number" not in kinds
