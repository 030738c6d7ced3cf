"""FEEL's numbers: decimals of 34 digits (IEEE 754 decimal128), as Python ints where they are whole and small.

Each operation takes numbers and returns a number, or None where there is none: division by zero, overflow, 0 ** -1.
A boolean must not come in. Python's own decimal context is never read.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal, DivisionByZero, FloatOperation, InvalidOperation

Number = int | Decimal

CONTEXT = Context(
    prec=34,
    rounding=ROUND_HALF_EVEN,
    Emin=-6143,
    Emax=6144,
    capitals=1,
    clamp=0,
    flags=[],
    traps=[],
)
"""Never traps: what has no result is infinite or not a number, and becomes None."""

EXACT = 10**34
"""Whole numbers below this are kept as ints."""

__all__ = [
    "CONTEXT",
    "EXACT",
    "Number",
    "add",
    "divide",
    "is_finite",
    "is_number",
    "multiply",
    "negate",
    "power",
    "settle",
    "subtract",
    "whole",
]

_SIGNALS = (DivisionByZero, FloatOperation, InvalidOperation)


def is_number(value: object) -> bool:
    """Return whether *value* is a FEEL number: an int or a finite Decimal, and no boolean."""
    kind = type(value)
    return kind is int or (kind is Decimal and value.is_finite())  # type: ignore[attr-defined]


def is_finite(value: Decimal) -> bool:
    """Return whether *value* is neither infinite nor not-a-number."""
    return value.is_finite()


def settle(value: Decimal) -> Decimal | None:
    """Return the result of a decimal operation, or None where there is no such number."""
    return value if value.is_finite() else None


def decimal(value: Number) -> Decimal:
    """Return *value* as a Decimal of at most 34 digits."""
    return CONTEXT.create_decimal(value)


def _exact(result: int) -> Number | None:
    if -EXACT < result < EXACT:
        return result
    return settle(CONTEXT.create_decimal(result))


def add(a: Number, b: Number) -> Number | None:
    """Return a + b."""
    if type(a) is int and type(b) is int:
        return _exact(a + b)
    return settle(CONTEXT.add(decimal(a), decimal(b)))


def subtract(a: Number, b: Number) -> Number | None:
    """Return a - b."""
    if type(a) is int and type(b) is int:
        return _exact(a - b)
    return settle(CONTEXT.subtract(decimal(a), decimal(b)))


def multiply(a: Number, b: Number) -> Number | None:
    """Return a * b."""
    if type(a) is int and type(b) is int and -EXACT < a < EXACT and -EXACT < b < EXACT:
        return _exact(a * b)
    return settle(CONTEXT.multiply(decimal(a), decimal(b)))


def divide(a: Number, b: Number) -> Number | None:
    """Return a / b, whole where it divides evenly; None where b is zero."""
    if b == 0:
        return None
    if type(a) is int and type(b) is int and -EXACT < a < EXACT and a % b == 0:
        return a // b
    return settle(CONTEXT.divide(decimal(a), decimal(b)))


def power(a: Number, b: Number) -> Number | None:
    """Return a ** b; None where the result is beyond 34 digits and 6144 places, or not a real number."""
    if type(a) is int and type(b) is int and 0 <= b <= 128 and -EXACT < a < EXACT:
        # bounded before it is computed: 34 digits to the 128th are 4352 digits at most
        return _exact(a**b)
    return settle(CONTEXT.power(decimal(a), decimal(b)))


def negate(a: Number) -> Number:
    """Return -a."""
    return -a if type(a) is int else CONTEXT.minus(decimal(a))


def whole(value: object) -> int | None:
    """Return *value* as an int where it is a whole number of at most 34 digits."""
    if type(value) is int:
        return value
    if (
        type(value) is Decimal
        and value.is_finite()
        and abs(value) < EXACT
        and value == value.to_integral_value()
    ):
        return int(value)
    return None
