"""Range built-ins (DMN 1.5, 10.3.4.9): how two ranges, two points, or a point and a range lie to each other.

A point stands for itself with both ends included. An end that a range such as `< 5` does not have lies beyond every
value. What has no order is null.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from engine.feel.builtins.registry import builtin
from engine.feel.runtime import order
from engine.feel.values import ComparatorValue, RangeValue


class _Unordered(Exception):  # noqa: N818 - named for what happened
    """Two ends have no order."""


@dataclass(frozen=True, slots=True)
class _Edge:
    """Where something begins or ends. *side* is -1 or 1 for an end beyond every value, else 0; *included* says whether
    its value belongs to it."""

    value: Any
    included: bool
    side: int = 0

    def to(self, other: _Edge) -> int:
        """Return a negative number, zero or a positive one as this lies to *other*, inclusion aside."""
        if self.side or other.side:
            return self.side - other.side
        found = order(self.value, other.value)
        if found is None:
            raise _Unordered
        return found


@dataclass(frozen=True, slots=True)
class _Extent:
    """What lies between two edges; *point* says that it is a value rather than a range."""

    start: _Edge
    end: _Edge
    point: bool = False


def _extent(value: Any) -> _Extent | None:
    if isinstance(value, RangeValue):
        if value.low is None and value.high is None:
            return None
        start = _Edge(None, False, -1) if value.low is None else _Edge(value.low, value.low_included)
        end = _Edge(None, False, 1) if value.high is None else _Edge(value.high, value.high_included)
        return _Extent(start, end)
    if isinstance(value, ComparatorValue):
        if value.operator == "!=":
            return None
        edge = _Edge(value.operand, "=" in value.operator)
        start = edge if value.operator in (">", ">=", "=") else _Edge(None, False, -1)
        end = edge if value.operator in ("<", "<=", "=") else _Edge(None, False, 1)
        return _Extent(start, end)
    return _Extent(_Edge(value, True), _Edge(value, True), point=True)


Relation = Callable[[_Extent, _Extent], bool]

# what each function takes, by the names of its parameters; a point is any value, since only comparing tells its kind
_POINTS = "point1: any, point2: any"
_POINT_RANGE = "point: any, range: range"
_RANGE_POINT = "range: range, point: any"
_RANGES = "range1: range, range2: range"


def _register(name: str, relation: Relation, *signatures: str) -> None:
    """Register *relation* as the built-in *name*, for each of its *signatures*."""
    points = [signature.count("point") for signature in signatures]

    def function(first: Any, second: Any) -> bool | None:
        a, b = _extent(first), _extent(second)
        if a is None or b is None:
            return None
        if a.point + b.point not in points or not _kinds_fit(a, b, signatures):
            return None
        try:
            return relation(a, b)
        except _Unordered:
            return None

    function.__name__ = name.replace(" ", "_")
    function.__doc__ = f"Return whether the first {name} the second."
    for signature in signatures:
        builtin(name, f"{signature} -> boolean")(function)


def _kinds_fit(a: _Extent, b: _Extent, signatures: tuple[str, ...]) -> bool:
    """Return whether a point and a range stand in an order that the function takes."""
    if a.point == b.point:
        return True
    return (_POINT_RANGE if a.point else _RANGE_POINT) in signatures


def _before(a: _Extent, b: _Extent) -> bool:
    found = a.end.to(b.start)
    return found < 0 or (found == 0 and not (a.end.included and b.start.included))


def _meets(a: _Extent, b: _Extent) -> bool:
    return a.end.included and b.start.included and a.end.to(b.start) == 0


def _starts_no_later(a: _Extent, b: _Extent) -> bool:
    """Return whether no value of *b* lies below all of *a*."""
    found = a.start.to(b.start)
    return found < 0 or (found == 0 and (a.start.included or not b.start.included))


def _ends_no_earlier(a: _Extent, b: _Extent) -> bool:
    """Return whether no value of *b* lies above all of *a*."""
    found = a.end.to(b.end)
    return found > 0 or (found == 0 and (a.end.included or not b.end.included))


def _same(a: _Edge, b: _Edge) -> bool:
    return a.included == b.included and a.to(b) == 0


def _includes(a: _Extent, b: _Extent) -> bool:
    return _starts_no_later(a, b) and _ends_no_earlier(a, b)


def _overlaps(a: _Extent, b: _Extent) -> bool:
    return not _before(a, b) and not _before(b, a)


def _overlaps_before(a: _Extent, b: _Extent) -> bool:
    earlier = not _starts_no_later(b, a)
    return earlier and not _before(a, b) and _ends_no_earlier(b, a)


def _finishes(a: _Extent, b: _Extent) -> bool:
    return _same(a.end, b.end) and _starts_no_later(b, a)


def _starts(a: _Extent, b: _Extent) -> bool:
    return _same(a.start, b.start) and _ends_no_earlier(b, a)


def _coincides(a: _Extent, b: _Extent) -> bool:
    return _same(a.start, b.start) and _same(a.end, b.end)


def _turned(relation: Relation) -> Relation:
    """Return the relation that holds of b and a where *relation* holds of a and b."""
    return lambda a, b: relation(b, a)


_register("before", _before, _POINTS, _POINT_RANGE, _RANGE_POINT, _RANGES)
_register("after", _turned(_before), _POINTS, _POINT_RANGE, _RANGE_POINT, _RANGES)
_register("meets", _meets, _RANGES)
_register("met by", _turned(_meets), _RANGES)
_register("overlaps", _overlaps, _RANGES)
_register("overlaps before", _overlaps_before, _RANGES)
_register("overlaps after", _turned(_overlaps_before), _RANGES)
_register("finishes", _finishes, _POINT_RANGE, _RANGES)
_register("finished by", _turned(_finishes), _RANGE_POINT, _RANGES)
_register("includes", _includes, _RANGE_POINT, _RANGES)
_register("during", _turned(_includes), _POINT_RANGE, _RANGES)
_register("starts", _starts, _POINT_RANGE, _RANGES)
_register("started by", _turned(_starts), _RANGE_POINT, _RANGES)
_register("coincides", _coincides, _POINTS, _RANGES)
