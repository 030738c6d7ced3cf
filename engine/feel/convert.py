"""Between JSON and FEEL: schemas to types, plain values to FEEL values and back.

Bad text for a declared format becomes null. What comes out of `to_json` is plain JSON but for Decimals, which are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from engine.feel import types as t
from engine.feel.temporal import (
    DateTimeValue,
    DateValue,
    DaysDuration,
    MonthsDuration,
    TimeValue,
    from_datetime,
    parse_date,
    parse_date_time,
    parse_iso_duration,
    parse_time,
)
from engine.feel.text import string_of
from engine.feel.types import FeelType, Field
from engine.feel.values import ComparatorValue, FunctionValue, RangeValue

_MAX_DEPTH = 100
_MAX_NODES = 200_000
_FORMATS: Mapping[str, FeelType] = {"date": t.DATE, "time": t.TIME, "date-time": t.DATE_TIME}
_TEMPORAL_VALUES = (DateValue, TimeValue, DateTimeValue, DaysDuration, MonthsDuration)


def type_of_schema(schema: Any, title: str = "") -> FeelType:
    """Return the FEEL type of what a JSON Schema (2020-12; the keywords that say a type) admits.

    An object is open only where it says `additionalProperties` or has no `properties`. *title* names it in messages.
    """
    if not isinstance(schema, Mapping):
        return t.ANY
    if "const" in schema:
        return _type_of_choices([schema["const"]], schema)
    if isinstance(schema.get("enum"), list):
        return _type_of_choices(schema["enum"], schema)
    kind = schema.get("type")
    if isinstance(kind, list):
        named = [name for name in kind if name != "null"]
        parts = tuple(type_of_schema({**schema, "type": name}, title) for name in named)
        return t.join_all(parts)
    for word in ("oneOf", "anyOf"):
        if kind is None and isinstance(schema.get(word), list) and schema[word]:
            return t.join_all(tuple(type_of_schema(part, title) for part in schema[word]))
    if kind == "string":
        return _type_of_string(schema)
    if kind in ("number", "integer"):
        return t.NUMBER
    if kind == "boolean":
        return t.BOOLEAN
    if kind == "array":
        return t.ListType(type_of_schema(schema.get("items", True)))
    if kind == "object" or "properties" in schema:
        return _type_of_object(schema, title)
    return t.NULL if kind == "null" else t.ANY


def _type_of_choices(choices: list[Any], schema: Mapping[str, Any]) -> FeelType:
    known = [choice for choice in choices if choice is not None]
    if known and all(isinstance(choice, str) for choice in known):
        declared = _type_of_string(schema)
        return t.String(frozenset(known)) if declared == t.STRING else declared
    if known and all(isinstance(choice, bool) for choice in known):
        return t.BOOLEAN
    if known and all(isinstance(choice, int | float | Decimal) and choice is not True for choice in known):
        return t.ANY if any(isinstance(choice, bool) for choice in known) else t.NUMBER
    return t.ANY


def _type_of_string(schema: Mapping[str, Any]) -> FeelType:
    form = schema.get("format")
    if form == "duration":
        # which of the two kinds is only known with the text
        return t.ANY_DURATION
    return _FORMATS.get(form, t.STRING) if isinstance(form, str) else t.STRING


def _type_of_object(schema: Mapping[str, Any], title: str) -> FeelType:
    properties = schema.get("properties")
    if not isinstance(properties, Mapping):
        return t.ContextType({}, open=True, title=title)
    required = schema.get("required", ())
    fields = {
        name: Field(type_of_schema(part), name in required and not _admits_null(part))
        for name, part in properties.items()
    }
    more = schema.get("additionalProperties", False)
    return t.ContextType(fields, open=more is not False, title=title)


def _admits_null(schema: Any) -> bool:
    if not isinstance(schema, Mapping):
        return True
    kind = schema.get("type")
    if "const" in schema or "enum" in schema:
        choices = [schema["const"]] if "const" in schema else schema["enum"]
        return None in choices
    if isinstance(kind, str):
        return kind == "null"
    return "null" in kind if isinstance(kind, list) else True


# values


def to_feel(value: Any, feel_type: FeelType) -> Any:
    """Return plain JSON *value* as a FEEL value of *feel_type*; a FEEL value comes back as it is."""
    convert = converter(feel_type)
    return value if convert is None else convert(value)


def converter(feel_type: FeelType) -> Callable[[Any], Any] | None:
    """Return the function that makes FEEL values of *feel_type* from plain ones, or None where they are the same."""
    feel_type = t.bare(feel_type)
    kind = type(feel_type)
    if kind in _CONVERTERS:
        return _CONVERTERS[kind]
    if isinstance(feel_type, t.ListType):
        item = converter(feel_type.item)
        return None if item is None else _list_converter(item)
    if isinstance(feel_type, t.ContextType):
        found = {name: converter(f.type) for name, f in feel_type.fields.items()}
        parts = {name: convert for name, convert in found.items() if convert is not None}
        return _context_converter(parts) if parts else None
    return None


def _list_converter(item: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def convert(value: Any) -> Any:
        return [item(one) for one in value] if type(value) is list else value

    return convert


def _context_converter(parts: Mapping[str, Callable[[Any], Any]]) -> Callable[[Any], Any]:
    def convert(value: Any) -> Any:
        if type(value) is not dict:
            return value
        return {name: parts[name](one) if name in parts else one for name, one in value.items()}

    return convert


def to_date(value: Any) -> DateValue | None:
    """Return the date that text names."""
    if type(value) is str:
        return parse_date(value)
    return value if type(value) is DateValue else None


def to_time(value: Any) -> TimeValue | None:
    """Return the time that text names."""
    if type(value) is str:
        return parse_time(value)
    return value if type(value) is TimeValue else None


def to_date_time(value: Any) -> DateTimeValue | None:
    """Return the date and time that text names, or that Python's datetime is."""
    if type(value) is str:
        return parse_date_time(value)
    if isinstance(value, datetime):
        return from_datetime(value)
    return value if type(value) is DateTimeValue else None


def to_duration(value: Any) -> DaysDuration | MonthsDuration | None:
    """Return the duration that ISO 8601 text names."""
    if type(value) is str:
        return parse_iso_duration(value)
    return value if isinstance(value, DaysDuration | MonthsDuration) else None


def _to_days(value: Any) -> DaysDuration | None:
    found = to_duration(value)
    return found if isinstance(found, DaysDuration) else None


def _to_months(value: Any) -> MonthsDuration | None:
    found = to_duration(value)
    return found if isinstance(found, MonthsDuration) else None


_CONVERTERS: dict[type, Callable[[Any], Any]] = {
    t.Date: to_date,
    t.Time: to_time,
    t.DateTime: to_date_time,
    t.AnyDuration: to_duration,
    t.DaysTimeDuration: _to_days,
    t.YearsMonthsDuration: _to_months,
}


def to_json(value: Any) -> Any:
    """Return *value* as plain JSON: Decimals kept, dates and durations as ISO 8601 text, functions as null.

    What nests beyond 100 levels or 200,000 parts is null.
    """
    return _plain(value, 0, [_MAX_NODES])


def _plain(value: Any, depth: int, left: list[int]) -> Any:
    left[0] -= 1
    if depth > _MAX_DEPTH or left[0] < 0:
        return None
    if isinstance(value, list):
        return [_plain(item, depth + 1, left) for item in value]
    if isinstance(value, dict):
        return {name: _plain(item, depth + 1, left) for name, item in value.items()}
    if isinstance(value, RangeValue):
        return {
            "start": _plain(value.low, depth + 1, left),
            "end": _plain(value.high, depth + 1, left),
            "start included": value.low_included,
            "end included": value.high_included,
        }
    if isinstance(value, FunctionValue):
        return None
    if isinstance(value, ComparatorValue):
        return string_of(value)
    return str(value) if isinstance(value, _TEMPORAL_VALUES) else value
