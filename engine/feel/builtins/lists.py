"""List built-ins (DMN 1.5, 10.3.4.4). Lists are never changed in place; positions count from 1, or from the end."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cmp_to_key
from typing import Any

from engine.feel import types as t
from engine.feel.builtins.registry import builtin
from engine.feel.runtime import equal, order
from engine.feel.temporal import DateTimeValue, TimeValue
from engine.feel.types import FeelType
from engine.feel.values import MAX_LIST, ComparatorValue, Exhausted, FunctionValue, RangeValue


def _item(arguments: Sequence[FeelType]) -> FeelType:
    """Return the type of an item of the list, or of the arguments that stand for one."""
    if len(arguments) == 1:
        only = arguments[0]
        return only.item if isinstance(only, t.ListType) else only
    return t.join_all(tuple(arguments))


def _same_list(arguments: Sequence[FeelType]) -> FeelType:
    found = arguments[0] if arguments else t.ANY
    return found if isinstance(found, t.ListType) else t.ANY_LIST


def _joined_lists(arguments: Sequence[FeelType]) -> FeelType:
    return t.join_all(tuple(a if isinstance(a, t.ListType) else t.ANY_LIST for a in arguments))


@builtin("list contains", "list: list, element: any -> boolean")
def list_contains(items: list[Any], element: Any) -> bool:
    """Return whether an item equals the element, which may be null."""
    return any(equal(item, element) is True for item in items)


@builtin("count", "list: list -> number", spread=True)
def count(items: list[Any]) -> int:
    """Return how many items there are."""
    return len(items)


def _extreme(items: list[Any], sign: int) -> Any:
    if not items:
        return None
    best = items[0]
    if order(best, best) is None:
        return None
    for item in items[1:]:
        found = order(item, best)
        if found is None:
            return None
        if found * sign > 0:
            best = item
    return best


@builtin("min", "list: list", infer=_item, spread=True)
def min_(items: list[Any]) -> Any:
    """Return the smallest item; null where items have no order."""
    return _extreme(items, -1)


@builtin("max", "list: list", infer=_item, spread=True)
def max_(items: list[Any]) -> Any:
    """Return the largest item; null where items have no order."""
    return _extreme(items, 1)


@builtin("all", "list: list -> boolean", spread=True)
def all_(items: list[Any]) -> bool | None:
    """Return whether every item is true; null where that is unknown."""
    if any(item is False for item in items):
        return False
    return True if all(item is True for item in items) else None


@builtin("any", "list: list -> boolean", spread=True)
def any_(items: list[Any]) -> bool | None:
    """Return whether some item is true; null where that is unknown."""
    if any(item is True for item in items):
        return True
    return False if all(item is False for item in items) else None


def _position(items: list[Any], position: Any, limit: int) -> int | None:
    """Return the index of a position counted from 1, or from the end below zero, below *limit*."""
    at = int(position) if abs(position) <= MAX_LIST else 0
    if at == 0:
        return None
    index = at - 1 if at > 0 else len(items) + at
    return index if 0 <= index < limit else None


@builtin("sublist", "list: list, start position: number, length?: number", infer=_same_list)
def sublist(items: list[Any], start_position: Any, length: Any = None) -> list[Any] | None:
    """Return the items from a position on, up to a number of them."""
    begin = _position(items, start_position, len(items))
    if begin is None:
        return None
    if length is None:
        return items[begin:]
    size = int(length)
    return items[begin : begin + size] if 0 <= size <= len(items) - begin else None


@builtin("append", "list: list, item...: any -> list")
def append(items: list[Any], *more: Any) -> list[Any]:
    """Return the list with items at its end."""
    return _bounded([*items, *more])


@builtin("concatenate", "list...: list", infer=_joined_lists)
def concatenate(*lists: list[Any]) -> list[Any]:
    """Return the items of all lists in one."""
    if sum(map(len, lists)) > MAX_LIST:
        raise Exhausted
    return [item for items in lists for item in items]


def _bounded(items: list[Any]) -> list[Any]:
    if len(items) > MAX_LIST:
        raise Exhausted
    return items


@builtin("insert before", "list: list, position: number, newItem: any -> list")
def insert_before(items: list[Any], position: Any, new_item: Any) -> list[Any] | None:
    """Return the list with an item before a position."""
    index = _position(items, position, len(items) + 1)
    return None if index is None else _bounded([*items[:index], new_item, *items[index:]])


@builtin("remove", "list: list, position: number", infer=_same_list)
def remove(items: list[Any], position: Any) -> list[Any] | None:
    """Return the list without the item at a position."""
    index = _position(items, position, len(items))
    return None if index is None else [*items[:index], *items[index + 1 :]]


@builtin("list replace", "list: list, match: function, newItem: any -> list")
@builtin("list replace", "list: list, position: number|function, newItem: any -> list")
def list_replace(items: list[Any], position: Any, new_item: Any) -> list[Any] | None:
    """Return the list with another item at a position, or wherever a function of old and new item is true."""
    if isinstance(position, FunctionValue):
        if position.parameters is not None and len(position.parameters) != 2:
            return None
        verdicts = [position.function(item, new_item) for item in items]
        if not all(isinstance(verdict, bool) for verdict in verdicts):
            return None
        return [new_item if verdict else item for item, verdict in zip(items, verdicts, strict=True)]
    index = _position(items, position, len(items))
    return None if index is None else [*items[:index], new_item, *items[index + 1 :]]


@builtin("reverse", "list: list", infer=_same_list)
def reverse(items: list[Any]) -> list[Any]:
    """Return the items from the last to the first."""
    return items[::-1]


@builtin("index of", "list: list, match: any", infer=lambda _: t.ListType(t.NUMBER))
def index_of(items: list[Any], match: Any) -> list[int]:
    """Return every position at which an item equals the match."""
    return [at for at, item in enumerate(items, 1) if equal(item, match) is True]


@builtin("union", "list...: list", infer=_joined_lists)
def union(*lists: list[Any]) -> list[Any]:
    """Return the items of all lists in one, none twice."""
    return distinct_values(concatenate(*lists))


@builtin("distinct values", "list: list", infer=_same_list)
def distinct_values(items: list[Any]) -> list[Any]:
    """Return the items without repeats, in the order of their first appearance."""
    found: dict[Any, Any] = {}
    left = [MAX_LIST * 4]
    for item in items:
        found.setdefault(_key(item, left), item)
    return list(found.values())


@builtin("duplicate values", "list: list", infer=_same_list)
def duplicate_values(items: list[Any]) -> list[Any]:
    """Return the items that occur more than once, each once."""
    left = [MAX_LIST * 4]
    counts: dict[Any, tuple[Any, int]] = {}
    for item in items:
        key = _key(item, left)
        counts[key] = (counts[key][0], counts[key][1] + 1) if key in counts else (item, 1)
    return [item for item, times in counts.values() if times > 1]


def key_of(value: Any) -> Any:
    """Return something hashable that is the same for equal values, as `distinct values` tells them apart."""
    return _key(value, [MAX_LIST * 4])


def _key(value: Any, left: list[int]) -> Any:
    left[0] -= 1
    if left[0] < 0:
        raise Exhausted
    if isinstance(value, bool):
        return ("boolean", value)
    if isinstance(value, list):
        return ("list", tuple(_key(item, left) for item in value))
    if isinstance(value, dict):
        return ("context", frozenset((name, _key(item, left)) for name, item in value.items()))
    if isinstance(value, RangeValue):
        ends = (_key(value.low, left), _key(value.high, left))
        return ("range", ends, value.low_included, value.high_included)
    if isinstance(value, ComparatorValue):
        return ("comparator", value.operator, _key(value.operand, left))
    if isinstance(value, DateTimeValue) or (isinstance(value, TimeValue) and value.offset is not None):
        return (type(value).__name__, value.zoned, value.line)
    return value


@builtin("flatten", "list: list -> list")
def flatten(items: list[Any]) -> list[Any]:
    """Return the items of nested lists in one list."""
    found: list[Any] = []
    steps = 0
    waiting = [iter(items)]
    while waiting:
        for item in waiting[-1]:
            steps += 1
            if steps > MAX_LIST:
                raise Exhausted
            if isinstance(item, list):
                waiting.append(iter(item))
                break
            found.append(item)
        else:
            waiting.pop()
    return found


@builtin("sort", "list: list, precedes?: function", infer=_same_list)
def sort(items: list[Any], precedes: FunctionValue | None = None) -> list[Any] | None:
    """Return the items in order: their own, or that of a function which says what comes first."""
    if precedes is None:
        if any(order(item, items[0]) is None for item in items):
            return None
        return sorted(items, key=cmp_to_key(lambda a, b: order(a, b) or 0))
    if precedes.parameters is not None and len(precedes.parameters) != 2:
        return None
    before = precedes.function

    def compare(a: Any, b: Any) -> int:
        if before(a, b) is True:
            return -1
        return 1 if before(b, a) is True else 0

    return sorted(items, key=cmp_to_key(compare))
