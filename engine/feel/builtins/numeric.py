"""Numeric built-ins (DMN 1.5, 10.3.4.5): rounding to a scale, roots, logarithms, remainders."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Decimal,
)

from engine.feel import types as t
from engine.feel.builtins.registry import builtin
from engine.feel.numbers import CONTEXT, EXACT, Number, decimal, negate, settle, whole
from engine.feel.temporal import DaysDuration, MonthsDuration
from engine.feel.types import FeelType

_SCALES = range(-6111, 6177)


def _rounded(n: Number, scale: Number, rounding: str) -> Number | None:
    """Return *n* with *scale* digits after the point; a scale below zero rounds to tens and hundreds."""
    digits = int(scale)
    if digits not in _SCALES:
        return None
    if isinstance(n, int) and digits >= 0:
        return n
    value = decimal(n)
    if -int(value.as_tuple().exponent) <= digits:
        return value
    found = settle(value.quantize(Decimal((0, (1,), -digits)), rounding=rounding, context=CONTEXT))
    if found is None or digits > 0:
        return found
    exact = whole(found)
    return found if exact is None else exact


@builtin("decimal", "n: number, scale: number -> number")
def decimal_(n: Number, scale: Number) -> Number | None:
    """Return the number rounded to a scale, half to even."""
    return _rounded(n, scale, ROUND_HALF_EVEN)


@builtin("floor", "n: number -> number")
def floor(n: Number) -> Number | None:
    """Return the largest whole number that is not above."""
    return _rounded(n, 0, ROUND_FLOOR)


@builtin("floor", "n: number, scale: number -> number")
def floor_to(n: Number, scale: Number) -> Number | None:
    """Return the number rounded down to a scale."""
    return _rounded(n, scale, ROUND_FLOOR)


@builtin("ceiling", "n: number -> number")
def ceiling(n: Number) -> Number | None:
    """Return the smallest whole number that is not below."""
    return _rounded(n, 0, ROUND_CEILING)


@builtin("ceiling", "n: number, scale: number -> number")
def ceiling_to(n: Number, scale: Number) -> Number | None:
    """Return the number rounded up to a scale."""
    return _rounded(n, scale, ROUND_CEILING)


@builtin("round up", "n: number, scale: number -> number")
def round_up(n: Number, scale: Number) -> Number | None:
    """Return the number rounded away from zero."""
    return _rounded(n, scale, ROUND_UP)


@builtin("round down", "n: number, scale: number -> number")
def round_down(n: Number, scale: Number) -> Number | None:
    """Return the number rounded toward zero."""
    return _rounded(n, scale, ROUND_DOWN)


@builtin("round half up", "n: number, scale: number -> number")
def round_half_up(n: Number, scale: Number) -> Number | None:
    """Return the number rounded to the nearest, half away from zero."""
    return _rounded(n, scale, ROUND_HALF_UP)


@builtin("round half down", "n: number, scale: number -> number")
def round_half_down(n: Number, scale: Number) -> Number | None:
    """Return the number rounded to the nearest, half toward zero."""
    return _rounded(n, scale, ROUND_HALF_DOWN)


def _same(arguments: Sequence[FeelType]) -> FeelType:
    found = arguments[0] if arguments else t.ANY
    return found if isinstance(found, (t.Number, *t.DURATIONS)) else t.ANY


@builtin("abs", "n: number|days and time duration|years and months duration", infer=_same)
def abs_(n: Number | DaysDuration | MonthsDuration) -> Number | DaysDuration | MonthsDuration:
    """Return the value without its sign, of a number or a duration."""
    if isinstance(n, DaysDuration):
        return DaysDuration(abs(n.nanoseconds))
    if isinstance(n, MonthsDuration):
        return MonthsDuration(abs(n.months))
    return negate(n) if n < 0 else n


@builtin("modulo", "dividend: number, divisor: number -> number")
def modulo(dividend: Number, divisor: Number) -> Number | None:
    """Return the remainder, which has the sign of the divisor; null for a divisor of zero."""
    if divisor == 0:
        return None
    if isinstance(dividend, int) and isinstance(divisor, int):
        return dividend % divisor
    a, b = decimal(dividend), decimal(divisor)
    rest = settle(CONTEXT.remainder(a, b))
    if rest is None or rest == 0 or (rest < 0) == (b < 0):
        return rest
    return settle(CONTEXT.add(rest, b))


@builtin("sqrt", "number: number -> number")
def sqrt(number: Number) -> Number | None:
    """Return the square root; null below zero."""
    return settle(CONTEXT.sqrt(decimal(number)))


@builtin("log", "number: number -> number")
def log(number: Number) -> Number | None:
    """Return the natural logarithm; null at and below zero."""
    return settle(CONTEXT.ln(decimal(number))) if number > 0 else None


@builtin("exp", "number: number -> number")
def exp(number: Number) -> Number | None:
    """Return e to the power of a number."""
    return settle(CONTEXT.exp(decimal(number)))


@builtin("odd", "number: number -> boolean")
def odd(number: Number) -> bool | None:
    """Return whether a whole number is odd; null for others."""
    even_one = even(number)
    return None if even_one is None else not even_one


@builtin("even", "number: number -> boolean")
def even(number: Number) -> bool | None:
    """Return whether a whole number is even; null for others."""
    exact = whole(number)
    if exact is not None:
        return exact % 2 == 0
    # beyond 34 digits a whole number ends in a zero
    return True if number >= EXACT or number <= -EXACT else None
