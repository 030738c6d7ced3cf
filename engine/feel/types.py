"""FEEL's types: what the checker infers, and what the compiler specialises on.

Every type admits null; whether a value can be null is known by its field or variable (`required`). Types are
values: two equal types are the same type.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True, slots=True)
class FeelType:
    """The root of all types; `word` is how a message names it, article included."""

    @property
    def word(self) -> str:
        """Return the type's name for a message."""
        return _WORDS.get(type(self).__name__, "a value")


@dataclass(frozen=True, slots=True)
class Any_(FeelType):  # noqa: N801 - `Any` is Python's
    """Nothing is known: operators are chosen when values arrive."""


@dataclass(frozen=True, slots=True)
class Null(FeelType):
    """The type of `null` alone."""


@dataclass(frozen=True, slots=True)
class Number(FeelType):
    """A decimal number of 34 digits; a boolean never is one."""


@dataclass(frozen=True, slots=True)
class String(FeelType):
    """A string; *enum* holds every text it can be, where the schema says so."""

    enum: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Boolean(FeelType):
    """`true` or `false`."""


@dataclass(frozen=True, slots=True)
class Date(FeelType):
    """A calendar date."""


@dataclass(frozen=True, slots=True)
class Time(FeelType):
    """A time of day, with or without an offset."""


@dataclass(frozen=True, slots=True)
class DateTime(FeelType):
    """A date and time, with or without an offset."""


@dataclass(frozen=True, slots=True)
class DaysTimeDuration(FeelType):
    """A duration of days, hours, minutes and seconds."""


@dataclass(frozen=True, slots=True)
class YearsMonthsDuration(FeelType):
    """A duration of years and months."""


@dataclass(frozen=True, slots=True)
class AnyDuration(FeelType):
    """A duration whose kind is known with its text: JSON Schema's format `duration` admits both."""


@dataclass(frozen=True, slots=True)
class ListType(FeelType):
    """A list whose items are of one type."""

    item: FeelType = field(default_factory=Any_)


@dataclass(frozen=True, slots=True)
class RangeType(FeelType):
    """A range between two values of one type."""

    item: FeelType = field(default_factory=Any_)


@dataclass(frozen=True, slots=True)
class FunctionType(FeelType):
    """A function: its parameters' types (None where nothing is known of them) and its result's.

    *names* are the parameters', for those who call it with named arguments.
    """

    parameters: tuple[FeelType, ...] | None = None
    result: FeelType = field(default_factory=Any_)
    names: tuple[str, ...] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Field:
    """An entry of a context: its type, and whether it is there (and not null) in every value."""

    type: FeelType
    required: bool = False


@dataclass(frozen=True, slots=True)
class ContextType(FeelType):
    """A context with known entries; an *open* one may have others. *title* names it in messages."""

    fields: Mapping[str, Field] = field(default_factory=lambda: MappingProxyType({}))
    open: bool = False
    title: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Restricted(FeelType):
    """The values of *base* that *allows* accepts: a declared type with allowed values. *name* is its own.

    What is known of an expression before it runs is its base. *allows* takes a FEEL value and never raises.
    """

    base: FeelType
    name: str
    allows: Callable[[Any], bool]

    @property
    def word(self) -> str:
        """Return the type's name for a message."""
        return f"a {self.name}"


ANY = Any_()
NULL = Null()
NUMBER = Number()
STRING = String()
BOOLEAN = Boolean()
DATE = Date()
TIME = Time()
DATE_TIME = DateTime()
DAYS_TIME = DaysTimeDuration()
ANY_DURATION = AnyDuration()
YEARS_MONTHS = YearsMonthsDuration()
ANY_LIST = ListType(ANY)
ANY_RANGE = RangeType(ANY)
ANY_CONTEXT = ContextType(MappingProxyType({}), open=True)
ANY_FUNCTION = FunctionType()

TEMPORAL = (Date, Time, DateTime)
DURATIONS = (DaysTimeDuration, YearsMonthsDuration, AnyDuration)
ORDERED = (Number, String, *TEMPORAL, *DURATIONS)
"""The types whose values `<` puts in order."""

_WORDS = {
    "Any_": "a value",
    "Null": "null",
    "Number": "a number",
    "String": "a string",
    "Boolean": "a boolean",
    "Date": "a date",
    "Time": "a time",
    "DateTime": "a date and time",
    "DaysTimeDuration": "a duration of days and time",
    "YearsMonthsDuration": "a duration of years and months",
    "AnyDuration": "a duration",
    "ListType": "a list",
    "RangeType": "a range",
    "FunctionType": "a function",
    "ContextType": "a context",
}


def bare(t: FeelType) -> FeelType:
    """Return *t* without its allowed values, which are looked at when values are there."""
    while isinstance(t, Restricted):
        t = t.base
    return t


def is_unknown(t: FeelType) -> bool:
    """Return whether nothing can be held against a value of this type: it is unknown, or null."""
    return isinstance(bare(t), Any_ | Null)


def comparable(a: FeelType, b: FeelType) -> bool:
    """Return whether `=` between the two can be anything but null."""
    a, b = bare(a), bare(b)
    if is_unknown(a) or is_unknown(b) or type(a) is type(b):
        return True
    return AnyDuration in (type(a), type(b)) and isinstance(a, DURATIONS) and isinstance(b, DURATIONS)


def conforms(a: FeelType, b: FeelType) -> bool:
    """Return whether every value of type *a* is one of type *b* (DMN 1.5, 10.3.2.9.1)."""
    if a == b or isinstance(a, Null) or isinstance(b, Any_):
        return True
    if isinstance(b, Restricted):
        return isinstance(a, Restricted) and conforms(a.base, b)
    a = bare(a)
    match a, b:
        case ListType(item=own), ListType(item=theirs):
            return conforms(own, theirs)
        case RangeType(item=own), RangeType(item=theirs):
            return conforms(own, theirs)
        case ContextType(), ContextType():
            return all(
                name in a.fields and conforms(a.fields[name].type, f.type) for name, f in b.fields.items()
            )
        case FunctionType(), FunctionType():
            if b.parameters is None:
                return conforms(a.result, b.result)
            if a.parameters is None or len(a.parameters) != len(b.parameters):
                return False
            # what takes more serves where less is given
            takes = all(conforms(theirs, own) for own, theirs in zip(a.parameters, b.parameters, strict=True))
            return takes and conforms(a.result, b.result)
        case _:
            return type(a) is type(b) and not isinstance(b, ContextType | ListType | RangeType | FunctionType)


def join(a: FeelType, b: FeelType) -> FeelType:
    """Return the narrowest type that holds the values of both."""
    if a == b or isinstance(b, Null):
        return a
    a, b = bare(a), bare(b)
    if isinstance(a, Null):
        return b
    if isinstance(a, String) and isinstance(b, String):
        return STRING if a.enum is None or b.enum is None else String(a.enum | b.enum)
    if isinstance(a, DURATIONS) and isinstance(b, DURATIONS):
        return ANY_DURATION
    if isinstance(a, ListType) and isinstance(b, ListType):
        return ListType(join(a.item, b.item))
    if isinstance(a, RangeType) and isinstance(b, RangeType):
        return RangeType(join(a.item, b.item))
    return ANY


def join_all(types: tuple[FeelType, ...]) -> FeelType:
    """Return the narrowest type that holds the values of all, or Any for none."""
    if not types:
        return ANY
    joined = types[0]
    for t in types[1:]:
        joined = join(joined, t)
    return joined
