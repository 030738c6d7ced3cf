"""FEEL's operators on values of any kind: what compiled functions call where types are not known before.

Each takes FEEL values and returns one; what has no meaning is null (DMN 1.5, 10.3.2). Nothing here raises but
Exhausted, which ends an evaluation that costs too much.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from engine.feel import numbers
from engine.feel import types as t
from engine.feel.numbers import whole
from engine.feel.temporal import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    DateTimeValue,
    DateValue,
    DaysDuration,
    MonthsDuration,
    TimeValue,
    date_of_days,
    make_days,
    make_months,
    shift_days,
    shift_months,
)
from engine.feel.types import FeelType
from engine.feel.values import (
    MAX_STRING,
    ComparatorValue,
    FunctionValue,
    RangeValue,
    Steps,
)

_NUMBERS = (int, Decimal)
_RANGES = (RangeValue, ComparatorValue)
_MAX_NODES = 100_000

# comparison


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
    # NOTE: the TCK compares whole seconds; here 08:00:00.9 is not 08:00:00.1.
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
    """Return the range, or null where its ends have no order."""
    if low is not None and high is not None and order(low, high) is None:
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


# arithmetic


def add(a: Any, b: Any) -> Any:
    """Return `a + b`: numbers, strings, durations, and a date or time with a duration."""
    kind, other = type(a), type(b)
    if kind in _NUMBERS and other in _NUMBERS:
        return numbers.add(a, b)
    if kind is str and other is str:
        return a + b if len(a) + len(b) <= MAX_STRING else None
    if kind is DaysDuration:
        if other is DaysDuration:
            return make_days(a.nanoseconds + b.nanoseconds)
        return shift_days(b, a) if other in (DateTimeValue, DateValue, TimeValue) else None
    if kind is MonthsDuration:
        if other is MonthsDuration:
            return make_months(a.months + b.months)
        return shift_months(b, a) if other in (DateTimeValue, DateValue) else None
    if other is DaysDuration and kind in (DateTimeValue, DateValue, TimeValue):
        return shift_days(a, b)
    if other is MonthsDuration and kind in (DateTimeValue, DateValue):
        return shift_months(a, b)
    return None


def subtract(a: Any, b: Any) -> Any:
    """Return `a - b`: numbers, durations, a date or time less a duration, and the time between two."""
    kind, other = type(a), type(b)
    if kind in _NUMBERS and other in _NUMBERS:
        return numbers.subtract(a, b)
    if other is DaysDuration:
        return add(a, DaysDuration(-b.nanoseconds))
    if other is MonthsDuration:
        return add(a, MonthsDuration(-b.months))
    if kind is TimeValue and other is TimeValue:
        return make_days(a.line - b.line) if a.zoned == b.zoned else None
    if kind in (DateValue, DateTimeValue) and other in (DateValue, DateTimeValue):
        return _time_between(a, b)
    return None


def _time_between(a: DateValue | DateTimeValue, b: DateValue | DateTimeValue) -> DaysDuration | None:
    if isinstance(a, DateTimeValue) and isinstance(b, DateTimeValue) and a.zoned != b.zoned:
        return None
    # a date counts as midnight UTC, so it cannot be set against a local date and time
    if type(a) is not type(b) and not (getattr(a, "zoned", True) and getattr(b, "zoned", True)):
        return None
    return make_days(_line(a) - _line(b))


def _line(value: DateValue | DateTimeValue) -> int:
    return value.line if isinstance(value, DateTimeValue) else value.days * DAY


def multiply(a: Any, b: Any) -> Any:
    """Return `a * b`: numbers, or a duration and a number."""
    kind, other = type(a), type(b)
    if kind in _NUMBERS and other in _NUMBERS:
        return numbers.multiply(a, b)
    if kind in _NUMBERS:
        a, b, kind, other = b, a, other, kind
    if other in _NUMBERS:
        return _scale(a, numbers.multiply, b)
    return None


def divide(a: Any, b: Any) -> Any:
    """Return `a / b`: numbers, a duration and a number, or two durations of one kind."""
    kind, other = type(a), type(b)
    if kind in _NUMBERS and other in _NUMBERS:
        return numbers.divide(a, b)
    if other in _NUMBERS:
        return _scale(a, numbers.divide, b)
    if kind is DaysDuration and other is DaysDuration:
        return numbers.divide(a.nanoseconds, b.nanoseconds)
    if kind is MonthsDuration and other is MonthsDuration:
        return numbers.divide(a.months, b.months)
    return None


def _scale(duration: Any, operation: Callable[[Any, Any], Any], factor: Any) -> Any:
    """Return *duration* times or by *factor*, rounded toward zero to nanoseconds or months."""
    if type(duration) is DaysDuration:
        scaled = operation(duration.nanoseconds, factor)
        return None if scaled is None or abs(scaled) >= numbers.EXACT else make_days(int(scaled))
    if type(duration) is MonthsDuration:
        scaled = operation(duration.months, factor)
        return None if scaled is None or abs(scaled) >= numbers.EXACT else make_months(int(scaled))
    return None


def power(a: Any, b: Any) -> Any:
    """Return `a ** b`."""
    return numbers.power(a, b) if type(a) in _NUMBERS and type(b) in _NUMBERS else None


def minus(a: Any) -> Any:
    """Return `-a`."""
    if type(a) in _NUMBERS:
        return numbers.negate(a)
    if type(a) is DaysDuration:
        return DaysDuration(-a.nanoseconds)
    if type(a) is MonthsDuration:
        return MonthsDuration(-a.months)
    return None


ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": add,
    "-": subtract,
    "*": multiply,
    "/": divide,
    "**": power,
}

# paths


def path(value: Any, name: str) -> Any:
    """Return `value.name`: an entry, a property, or the same of every item of a list."""
    kind = type(value)
    if kind is dict:
        return value.get(name)
    if kind is list:
        return [path(item, name) for item in value]
    found = PROPERTIES.get(kind, {}).get(name)
    return None if found is None else found(value)


def _part(total: int, unit: int, count: int) -> int:
    """Return how many *unit* are in *total* beyond full rounds of *count*, with the sign of *total*."""
    whole_units = abs(total) // unit
    part = whole_units % count if count else whole_units
    return -part if total < 0 else part


def _offset(value: TimeValue) -> DaysDuration | None:
    return None if value.offset is None else DaysDuration(value.offset * SECOND)


_DATE_PARTS: dict[str, Callable[[Any], Any]] = {
    "year": lambda v: v.year,
    "month": lambda v: v.month,
    "day": lambda v: v.day,
    "weekday": lambda v: v.weekday,
}
_TIME_PARTS: dict[str, Callable[[Any], Any]] = {
    "hour": lambda v: v.hour,
    "minute": lambda v: v.minute,
    "second": lambda v: v.second,
    "time offset": _offset,
    "timezone": lambda v: v.zone,
}


def _of_date(part: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda v: part(v.date)


def _of_time(part: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda v: part(v.time)


PROPERTIES: dict[type, dict[str, Callable[[Any], Any]]] = {
    DateValue: _DATE_PARTS,
    TimeValue: _TIME_PARTS,
    DateTimeValue: {
        **{name: _of_date(part) for name, part in _DATE_PARTS.items()},
        **{name: _of_time(part) for name, part in _TIME_PARTS.items()},
    },
    DaysDuration: {
        "days": lambda v: _part(v.nanoseconds, DAY, 0),
        "hours": lambda v: _part(v.nanoseconds, HOUR, 24),
        "minutes": lambda v: _part(v.nanoseconds, MINUTE, 60),
        "seconds": lambda v: _part(v.nanoseconds, SECOND, 60),
    },
    MonthsDuration: {
        "years": lambda v: _part(v.months, 12, 0),
        "months": lambda v: _part(v.months, 1, 12),
    },
    RangeValue: {
        "start": lambda v: v.low,
        "end": lambda v: v.high,
        "start included": lambda v: v.low_included,
        "end included": lambda v: v.high_included,
    },
    ComparatorValue: {
        "start": lambda v: v.operand if v.operator in (">", ">=", "=") else None,
        "end": lambda v: v.operand if v.operator in ("<", "<=", "=") else None,
        "start included": lambda v: v.operator in (">=", "="),
        "end included": lambda v: v.operator in ("<=", "="),
    },
}


def entry(item: Any, name: str, outer: Any) -> Any:
    """Return what *name* means in a filter: an entry of the item where it has one, else what it means outside."""
    return item[name] if type(item) is dict and name in item else outer


def instance_of(value: Any, wanted: FeelType | None) -> bool | None:
    """Return `value instance of type`; null is an instance of nothing but Null."""
    if wanted is None:
        return None
    if value is None:
        return isinstance(wanted, t.Null)
    return _conforms(value, wanted)


def _conforms(value: Any, wanted: FeelType) -> bool:
    match wanted:
        case t.Any_():
            return True
        case t.ListType(item=item):
            return type(value) is list and all(one is None or _conforms(one, item) for one in value)
        case t.RangeType(item=item):
            if type(value) is ComparatorValue:
                return value.operand is None or _conforms(value.operand, item)
            ends = (value.low, value.high) if type(value) is RangeValue else ()
            return bool(ends) and all(end is None or _conforms(end, item) for end in ends)
        case t.ContextType(fields=fields):
            if type(value) is not dict:
                return False
            return all(
                name in value and (value[name] is None or _conforms(value[name], f.type))
                for name, f in fields.items()
            )
        case _:
            return type(value) in _CLASSES.get(type(wanted), ())


_CLASSES: dict[type, tuple[type, ...]] = {
    t.Number: (int, Decimal),
    t.String: (str,),
    t.Boolean: (bool,),
    t.Date: (DateValue,),
    t.Time: (TimeValue,),
    t.DateTime: (DateTimeValue,),
    t.DaysTimeDuration: (DaysDuration,),
    t.YearsMonthsDuration: (MonthsDuration,),
    t.FunctionType: (FunctionValue,),
}

# loops


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


def apply_named(steps: Steps, function: Any, names: tuple[str, ...], arguments: tuple[Any, ...]) -> Any:
    """Return the value of a function whose arguments are given by name."""
    if type(function) is not FunctionValue or function.parameters is None:
        return None
    given = dict(zip(names, arguments, strict=True))
    if given.keys() != set(function.parameters) or len(given) != len(names):
        return None
    return apply(steps, function, tuple(given[name] for name in function.parameters))


def charged(steps: Steps, function: Callable[..., Any], *arguments: Any) -> Any:
    """Call *function* and charge for what it reads: used within loops, where cheap things add up."""
    cost = 0
    for argument in arguments:
        if type(argument) in (str, list, dict):
            cost += len(argument)
    if cost > 64:
        steps.charge(cost // 64)
    return function(*arguments)
