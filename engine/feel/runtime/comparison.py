"""Comparison, logic and tests of values of any kind (DMN 1.5, 10.3.2.7 and 10.3.2.13).

What does not compare is null, never an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from engine.feel.temporal import (
    DateTimeValue,
    DateValue,
    DaysDuration,
    MonthsDuration,
    TimeValue,
)
from engine.feel.values import ComparatorValue, RangeValue

_NUMBERS = (int, Decimal)
_RANGES = (RangeValue, ComparatorValue)
_MAX_NODES = 100_000


def equal(a: Any, b: Any) -> bool | None:
    """Return `a = b`: null for two kinds that do not compare, false where just one is null."""
    if a is None or b is None:
        return a is b
    kind = type(a)
    if kind in _NUMBERS:
        return bool(a == b) if type(b) in _NUMBERS else None
    if kind is not type(b):
        return False if kind in _RANGES and type(b) in _RANGES else None
    if kind is list or kind is dict or kind is RangeValue:
        return _deep_equal(a, b, [_MAX_NODES])
    if kind is DateTimeValue or kind is TimeValue:
        return _equal_moments(a, b)
    return bool(a == b)


def _equal_moments(a: DateTimeValue | TimeValue, b: DateTimeValue | TimeValue) -> bool:
    # NOTE: the TCK holds 10:30:00.0001 and 10:30:00.0002 to be equal; the standard's values of times are one-to-one
    # (10.3.2.3.4), so here they are not.
    if isinstance(a, TimeValue) and isinstance(b, TimeValue) and (a.offset is None or b.offset is None):
        return a == b
    return a.zoned == b.zoned and a.line == b.line


def _deep_equal(a: Any, b: Any, left: list[int]) -> bool | None:
    """Compare what is nested, node by node; shared parts can make a small value endless, so nodes are counted."""
    left[0] -= 1
    if left[0] < 0:
        return None
    kind = type(a)
    if kind is not type(b) or kind not in (list, dict, RangeValue):
        return equal(a, b) is True
    if kind is list:
        return len(a) == len(b) and all(_deep_equal(x, y, left) is True for x, y in zip(a, b, strict=True))
    if kind is dict:
        return a.keys() == b.keys() and all(_deep_equal(a[key], b[key], left) is True for key in a)
    return (
        a.low_included == b.low_included
        and a.high_included == b.high_included
        and _deep_equal(a.low, b.low, left) is True
        and _deep_equal(a.high, b.high, left) is True
    )


def unequal(a: Any, b: Any) -> bool | None:
    """Return `a != b`."""
    same = equal(a, b)
    return None if same is None else not same


def order(a: Any, b: Any) -> int | None:
    """Return a negative number, zero or a positive one as a stands to b, or None where they have no order."""
    kind = type(a)
    if kind in _NUMBERS:
        if type(b) not in _NUMBERS:
            return None
        return -1 if a < b else int(a > b)
    if kind is not type(b):
        return None
    if kind is str or kind is DateValue or kind is DaysDuration or kind is MonthsDuration:
        return -1 if a < b else int(a > b)
    if kind is DateTimeValue or kind is TimeValue:
        # NOTE: table 54 lends a moment without a zone that of the other; here the two have no order, since nobody knows
        # which comes first, and a warning says so.
        if a.zoned != b.zoned:
            return None
        if kind is TimeValue and (a.offset is None) != (b.offset is None):
            return None
        return -1 if a.line < b.line else int(a.line > b.line)
    return None


def less(a: Any, b: Any) -> bool | None:
    """Return `a < b`."""
    found = order(a, b)
    return None if found is None else found < 0


def at_most(a: Any, b: Any) -> bool | None:
    """Return `a <= b`."""
    found = order(a, b)
    return None if found is None else found <= 0


def greater(a: Any, b: Any) -> bool | None:
    """Return `a > b`."""
    found = order(a, b)
    return None if found is None else found > 0


def at_least(a: Any, b: Any) -> bool | None:
    """Return `a >= b`."""
    found = order(a, b)
    return None if found is None else found >= 0


COMPARISONS: dict[str, Callable[[Any, Any], bool | None]] = {
    "=": equal,
    "!=": unequal,
    "<": less,
    "<=": at_most,
    ">": greater,
    ">=": at_least,
}


def both(a: Any, b: Any) -> bool | None:
    """Return `a and b`: what is no boolean counts as null."""
    if a is False or b is False:
        return False
    return True if a is True and b is True else None


def either(a: Any, b: Any) -> bool | None:
    """Return `a or b`: what is no boolean counts as null."""
    if a is True or b is True:
        return True
    return False if a is False and b is False else None


def negation(a: Any) -> bool | None:
    """Return `not(a)`."""
    return not a if type(a) is bool else None


def between(value: Any, low: Any, high: Any) -> bool | None:
    """Return `value between low and high`."""
    return both(at_least(value, low), at_most(value, high))


def interval(low: Any, high: Any, low_included: bool, high_included: bool) -> RangeValue | None:
    """Return the range, or null where its ends have no order; an end that is null lies beyond every value."""
    first, last = (high if low is None else low), (low if high is None else high)
    if first is not None and order(first, last) is None:
        return None
    return RangeValue(low, high, low_included, high_included)


def comparator(operator: str, operand: Any) -> ComparatorValue:
    """Return the unary test `operator operand` as a value."""
    return ComparatorValue(operator, operand)


def fits(value: Any, test: Any) -> bool | None:
    """Return whether *value* passes one test: a range, a comparator, a list of these or values, or a value."""
    kind = type(test)
    if kind is ComparatorValue:
        return COMPARISONS[test.operator](value, test.operand)
    if kind is RangeValue:
        if type(value) is RangeValue:
            return equal(value, test)
        above = at_least(value, test.low) if test.low_included else greater(value, test.low)
        below = at_most(value, test.high) if test.high_included else less(value, test.high)
        return both(above, below)
    if kind is list:
        if type(value) is list and equal(value, test) is True:
            return True
        for item in test:
            # an item that is a list is a value of the list, not a further list of tests
            found = equal(value, item) if type(item) is list else fits(value, item)
            if found is True:
                return True
        return False
    return equal(value, test)


def any_fits(value: Any, tests: Iterable[Any]) -> bool | None:
    """Return `value in (tests)`."""
    result: bool | None = False
    for test in tests:
        found = fits(value, test)
        if found is True:
            return True
        if found is None:
            result = None
    return result
