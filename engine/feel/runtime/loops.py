"""Loops, filters and calls of functions; each run of a body is charged, so that none runs for ever.

Exhausted is raised where an evaluation costs too much: it ends as null.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from engine.feel.numbers import whole
from engine.feel.runtime.arithmetic import add, subtract
from engine.feel.runtime.comparison import order
from engine.feel.temporal import (
    DAY,
    DateValue,
    DaysDuration,
    date_of_days,
)
from engine.feel.values import FunctionValue, RangeValue, Steps

_NUMBERS = (int, Decimal)


def _items(domain: Any) -> Iterable[Any] | None:
    """Return what a loop runs over: the items of a list, the members of a range, or a value alone."""
    if domain is None:
        return None
    if type(domain) is list:
        return list(domain)
    if type(domain) is RangeValue:
        low, high = domain.low, domain.high
        if not domain.low_included:
            low = add(low, _STEP.get(type(low)))
        if not domain.high_included:
            high = subtract(high, _STEP.get(type(high)))
        if order(low, high) in (-1, 0):
            return span(low, high)
        return [] if order(domain.low, domain.high) in (-1, 0) else None
    if type(domain) is Span:
        return domain.members
    return [domain]


_STEP: dict[type, Any] = {int: 1, Decimal: 1, DateValue: DaysDuration(DAY)}


class Span:
    """The members of `low..high` in a loop, made one by one."""

    __slots__ = ("members",)

    def __init__(self, members: Iterable[Any]) -> None:
        self.members = members


def span(low: Any, high: Any) -> Iterable[Any] | None:
    """Return the whole numbers, or the dates, from *low* to *high*, upwards or downwards."""
    if type(low) is DateValue and type(high) is DateValue:
        first, last = low.days, high.days
        step = 1 if first <= last else -1
        return (date_of_days(day) for day in range(first, last + step, step))
    if type(low) in _NUMBERS and type(high) in _NUMBERS:
        start, end = whole(low), whole(high)
        if start is None or end is None:
            return None
        step = 1 if start <= end else -1
        return range(start, end + step, step)
    return None


def spanned(low: Any, high: Any) -> Span | None:
    """Return the domain `low..high` of a loop."""
    members = span(low, high)
    return None if members is None else Span(members)


def _rows(steps: Steps, domains: tuple[Callable[..., Any], ...], values: tuple[Any, ...]) -> Iterable[Any]:
    """Yield the loop variables' values, the last iterator turning fastest; yield None for a null domain."""
    if len(values) == len(domains):
        steps.charge()
        yield values
        return
    items = _items(domains[len(values)](*values))
    if items is None:
        yield None
        return
    for item in items:
        steps.charge()
        yield from _rows(steps, domains, (*values, item))


def for_each(
    steps: Steps, domains: tuple[Callable[..., Any], ...], body: Callable[..., Any], partial: bool
) -> list[Any] | None:
    """Return the body's value for each row; *partial* passes the values so far as a last argument."""
    results: list[Any] = []
    for row in _rows(steps, domains, ()):
        if row is None:
            return None
        if partial:
            steps.charge(len(results) // 64)
            results.append(body(*row, list(results)))
        else:
            results.append(body(*row))
    return results


def some(steps: Steps, domains: tuple[Callable[..., Any], ...], body: Callable[..., Any]) -> bool | None:
    """Return whether the body is true for some row; null where that is unknown."""
    result: bool | None = False
    for row in _rows(steps, domains, ()):
        if row is None:
            return None
        found = body(*row)
        if found is True:
            return True
        if found is not False:
            result = None
    return result


def every(steps: Steps, domains: tuple[Callable[..., Any], ...], body: Callable[..., Any]) -> bool | None:
    """Return whether the body is true for every row; null where that is unknown."""
    result: bool | None = True
    for row in _rows(steps, domains, ()):
        if row is None:
            return None
        found = body(*row)
        if found is False:
            return False
        if found is not True:
            result = None
    return result


def at_index(source: Any, index: Any) -> Any:
    """Return the item at *index*, from 1 on, or from the end where it is negative."""
    if source is None:
        return None
    items = source if type(source) is list else [source]
    at = whole(index)
    if at is None or at == 0 or abs(at) > len(items):
        return None
    return items[at - 1] if at > 0 else items[at]


def select(steps: Steps, source: Any, body: Callable[[Any], Any]) -> Any:
    """Return `source[condition]`: the items for which *body* is true, or the item it numbers."""
    if source is None:
        items = []
    else:
        items = source if type(source) is list else [source]
    if not items:
        steps.charge()
        return None if type(body(None)) in _NUMBERS else []
    found = []
    for item in items:
        steps.charge()
        verdict = body(item)
        if verdict is True:
            found.append(item)
        elif type(verdict) in _NUMBERS:
            return at_index(items, verdict)
    return found


def apply(steps: Steps, function: Any, arguments: tuple[Any, ...]) -> Any:
    """Return the value of a function for *arguments*, or null where it is none or takes others."""
    if type(function) is not FunctionValue:
        return None
    if function.parameters is not None and len(function.parameters) != len(arguments):
        return None
    steps.charge()
    return function.function(*arguments)


def not_run(*_: Any) -> None:
    """Return null: the value of a function whose code is not FEEL."""


def apply_named(steps: Steps, function: Any, names: tuple[str, ...], arguments: tuple[Any, ...]) -> Any:
    """Return the value of a function whose arguments are given by name; one that is not given is null."""
    if type(function) is not FunctionValue or function.parameters is None:
        return None
    given = dict(zip(names, arguments, strict=True))
    if not given.keys() <= set(function.parameters) or len(given) != len(names):
        return None
    return apply(steps, function, tuple(given.get(name) for name in function.parameters))


def charged(steps: Steps, function: Callable[..., Any], *arguments: Any) -> Any:
    """Call *function* and charge for what it reads: used within loops, where cheap things add up."""
    cost = 0
    for argument in arguments:
        if type(argument) in (str, list, dict):
            cost += len(argument)
    if cost > 64:
        steps.charge(cost // 64)
    return function(*arguments)
