"""Sets of FEEL values as intervals: what a cell of a table accepts, whatever kind the value is.

A value's key stands on a line of values that FEEL puts in one order (numbers, texts, dates, ...). Sets are exact where
FEEL's `=` and `<` are; values without a key (lists, contexts, ranges, functions) are outside of every line.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any, TypeVar

from engine.feel.temporal import DateTimeValue, DateValue, DaysDuration, MonthsDuration, TimeValue

T = TypeVar("T")

Key = Any
"""A number or a text as it is; of any other kind (line, place, ...). Equal keys are equal values."""

PLAIN = frozenset({int, str, Decimal})
"""Classes of values that are their own keys."""

NUMBER, STRING, NULL, BOOLEAN = "number", "string", "null", "boolean"
TRUE, FALSE, NONE = (BOOLEAN, 1), (BOOLEAN, 0), (NULL, 0)


class _Strange:
    """The key of values that have none."""

    def __repr__(self) -> str:
        return "STRANGE"


STRANGE = _Strange()
_LINES: dict[type, str] = {int: NUMBER, Decimal: NUMBER, str: STRING, _Strange: "strange"}
_POINTS: dict[str, tuple[Key, ...]] = {NULL: (NONE,), BOOLEAN: (FALSE, TRUE)}
"""Lines that are a few points without an order."""


def key_of(value: Any) -> Key:
    """Return the key of a FEEL value, STRANGE for one that has none."""
    kind = type(value)
    if kind in PLAIN:
        return value if kind is not Decimal or value.is_finite() else STRANGE
    if value is None:
        return NONE
    if kind is bool:
        return TRUE if value else FALSE
    if kind is DateValue:
        return ("date", value.year, value.month, value.day)
    if kind is DateTimeValue:
        return ("zoned date and time" if value.zoned else "date and time", value.line)
    if kind is DaysDuration:
        return ("days and time duration", value.nanoseconds)
    if kind is MonthsDuration:
        return ("years and months duration", value.months)
    if kind is TimeValue and (value.offset is not None or value.zone is None):
        return ("zoned time" if value.zoned else "time", value.line)
    return STRANGE


def line_of(key: Key) -> str:
    """Return the line that *key* stands on."""
    return key[0] if type(key) is tuple else _LINES[type(key)]


def by_kind(lines: Mapping[str, T]) -> dict[Any, T]:
    """Return what *lines* say, by a key's class; by its line where the key is a tuple."""
    made: dict[Any, T] = {line: said for line, said in lines.items() if line not in (NUMBER, STRING)}
    made.update((kind, lines[line]) for kind, line in _LINES.items() if line in lines)
    return made


def is_ordered(line: str) -> bool:
    """Return whether `<` puts the values of *line* in order."""
    return line not in _POINTS


Cut = tuple[Any, ...]
"""A place between keys: (0, key, -1) just before a key, (0, key, 1) just after it; LEFT and RIGHT are the ends."""

LEFT: Cut = (-1,)
RIGHT: Cut = (1,)
Span = tuple[Cut, Cut]
Spans = tuple[Span, ...]
"""Disjoint stretches of one line, ascending, with something between them."""

WHOLE: Spans = ((LEFT, RIGHT),)


def before(key: Key) -> Cut:
    """Return the place just before *key*."""
    return (0, key, -1)


def after(key: Key) -> Cut:
    """Return the place just after *key*."""
    return (0, key, 1)


def point(key: Key) -> Span:
    """Return the stretch that is *key* alone."""
    return ((0, key, -1), (0, key, 1))


def is_point(span: Span) -> bool:
    """Return whether *span* is one key alone."""
    low, high = span
    return low[0] == high[0] == 0 and low[2] < high[2] and bool(low[1] == high[1])


def united(spans: Iterable[Span]) -> Spans:
    """Return *spans* as disjoint stretches; empty ones are left out."""
    made: list[Span] = []
    for low, high in sorted(spans):
        if not low < high:
            continue
        if made and low <= made[-1][1]:
            if made[-1][1] < high:
                made[-1] = (made[-1][0], high)
        else:
            made.append((low, high))
    return tuple(made)


def common(a: Spans, b: Spans) -> Spans:
    """Return what is in both."""
    made: list[Span] = []
    i = j = 0
    while i < len(a) and j < len(b):
        low, high = max(a[i][0], b[j][0]), min(a[i][1], b[j][1])
        if low < high:
            made.append((low, high))
        if a[i][1] < b[j][1]:
            i += 1
        else:
            j += 1
    return tuple(made)


def whole(line: str) -> Spans:
    """Return every key of *line*."""
    return tuple(point(key) for key in _POINTS[line]) if line in _POINTS else WHOLE


def outside(spans: Spans, line: str) -> Spans:
    """Return the keys of *line* that are not in *spans*."""
    if line in _POINTS:
        return tuple(span for span in whole(line) if span not in spans)
    made: list[Span] = []
    at = LEFT
    for low, high in spans:
        if at < low:
            made.append((at, low))
        at = high
    if at < RIGHT:
        made.append((at, RIGHT))
    return tuple(made)


@dataclass(frozen=True, slots=True)
class ValueSet:
    """Values: per line its stretches, and whether the lines that are not named are in it as a whole."""

    lines: Mapping[str, Spans]
    rest: bool = False

    def on(self, line: str) -> Spans:
        """Return what of *line* is in the set."""
        found = self.lines.get(line)
        if found is not None:
            return found
        return whole(line) if self.rest else ()

    def has(self, key: Key) -> bool:
        """Return whether the value with *key* is in the set."""
        at = (0, key, 0)
        return any(low < at < high for low, high in self.on(line_of(key)))

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing in it."""
        return not self.rest and not any(self.lines.values())

    def points(self) -> tuple[Key, ...] | None:
        """Return its keys where they are a few points, else None."""
        if self.rest or not all(is_point(span) for spans in self.lines.values() for span in spans):
            return None
        return tuple(span[0][1] for spans in self.lines.values() for span in spans)

    def union(self, other: ValueSet) -> ValueSet:
        """Return what is in one or the other."""
        lines = {line: united((*self.on(line), *other.on(line))) for line in {**self.lines, **other.lines}}
        return ValueSet(lines, self.rest or other.rest)

    def common(self, other: ValueSet) -> ValueSet:
        """Return what is in both."""
        lines = {line: common(self.on(line), other.on(line)) for line in {**self.lines, **other.lines}}
        return ValueSet(lines, self.rest and other.rest)

    def opposite(self) -> ValueSet:
        """Return what is not in it."""
        return ValueSet({line: outside(spans, line) for line, spans in self.lines.items()}, not self.rest)


EVERYTHING = ValueSet(MappingProxyType({}), rest=True)
NOTHING = ValueSet(MappingProxyType({}))


def only(key: Key) -> ValueSet:
    """Return the set of one key."""
    return ValueSet({line_of(key): (point(key),)})
