"""Built-ins that make one number of a list of numbers (DMN 1.5, 10.3.4.4): sums, means, spread.

Sums of numbers are exact and rounded once, so that they do not depend on the order of the items, and a window that keeps its
sum while values come and go has the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cmp_to_key
from typing import Any

from engine.feel import numbers
from engine.feel import types as t
from engine.feel.builtins.registry import builtin
from engine.feel.numbers import Number, is_number
from engine.feel.runtime import add, order
from engine.feel.temporal import DaysDuration, MonthsDuration
from engine.feel.types import FeelType
from engine.spc import exact


def _summed(arguments: Sequence[FeelType]) -> FeelType:
    only = arguments[0] if arguments else t.ANY
    item = only.item if isinstance(only, t.ListType) else only
    return item if isinstance(item, (t.Number, *t.DURATIONS)) else t.ANY


def _numbers(items: list[Any]) -> bool:
    return bool(items) and all(is_number(item) for item in items)


@builtin("sum", "list: list", infer=_summed, spread=True)
def sum_(items: list[Any]) -> Any:
    """Return the sum of numbers, or of durations of one kind; null for an empty list."""
    if _numbers(items):
        return exact.total(items)
    if not items or not isinstance(items[0], DaysDuration | MonthsDuration):
        return None
    total: Any = items[0]
    for item in items[1:]:
        total = add(total, item) if type(item) is not str else None
        if total is None:
            return None
    return total


@builtin("mean", "list: list -> number", spread=True)
def mean(items: list[Any]) -> Number | None:
    """Return the mean; null for an empty list."""
    return exact.mean(items) if _numbers(items) else None


@builtin("product", "list: list -> number", spread=True)
def product(items: list[Any]) -> Number | None:
    """Return the product; null for an empty list."""
    if not _numbers(items):
        return None
    total: Number | None = 1
    for item in items:
        total = numbers.multiply(total, item) if total is not None else None
    return total


@builtin("median", "list: list -> number", spread=True)
def median(items: list[Any]) -> Number | None:
    """Return the middle item, or the mean of the two in the middle; null for an empty list."""
    if not _numbers(items):
        return None
    ordered = sorted(items, key=cmp_to_key(lambda a, b: order(a, b) or 0))
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else mean(ordered[middle - 1 : middle + 1])


@builtin("stddev", "list: list -> number", spread=True)
def stddev(items: list[Any]) -> Number | None:
    """Return the standard deviation of a sample; null for fewer than two items."""
    return exact.stddev(items) if _numbers(items) else None


@builtin("mode", "list: list", infer=lambda _: t.ListType(t.NUMBER), spread=True)
def mode(items: list[Any]) -> list[Number] | None:
    """Return the most frequent numbers, the smallest first."""
    if not items:
        return []
    if not _numbers(items):
        return None
    counts: dict[Number, int] = {}
    for item in items:
        counts[item] = counts.get(item, 0) + 1
    most = max(counts.values())
    return sorted(item for item, times in counts.items() if times == most)
