"""Sums, means and spreads of decimal numbers, rounded once: 34 digits, as FEEL's numbers have (IEEE 754 decimal128).

A sum is kept exactly however many digits that takes, so that it does not depend on the order of its values and comes back to
what it was when values are taken out again. Nothing reads Python's own decimal context.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import MAX_EMAX, MIN_EMIN, ROUND_HALF_EVEN, Context, Decimal

Number = int | Decimal

CONTEXT = Context(
    prec=34, rounding=ROUND_HALF_EVEN, Emin=-6143, Emax=6144, capitals=1, clamp=0, flags=[], traps=[]
)
"""The context of FEEL's numbers. Never traps: what has no result is infinite or not a number, and becomes None."""

WIDE = Context(
    prec=30_000,
    rounding=ROUND_HALF_EVEN,
    Emin=MIN_EMIN,
    Emax=MAX_EMAX,
    capitals=1,
    clamp=0,
    flags=[],
    traps=[],
)
"""Wide enough for the sum of the squares of any 34-digit numbers, with the exponents they can have, to be exact."""

EXACT = 10**34
"""Whole numbers below this are kept as ints."""

ZERO = Decimal(0)


def is_number(value: object) -> bool:
    """Return whether *value* is an int or a finite Decimal; a boolean is none."""
    kind = type(value)
    return kind is int or (kind is Decimal and value.is_finite())  # type: ignore[attr-defined]


def decimal(value: Number) -> Decimal:
    """Return *value* as a Decimal of at most 34 digits."""
    return CONTEXT.create_decimal(value)


def settle(value: Decimal) -> Decimal | None:
    """Return *value*, or None where it is infinite or not a number."""
    return value if value.is_finite() else None


def rounded(total: Decimal, *, whole: bool) -> Number | None:
    """Return an exact *total* as a number of 34 digits: an int where its values were ints (*whole*) and it is small."""
    if whole and -EXACT < total < EXACT:
        return int(total)
    return settle(_unsigned(CONTEXT.plus(total)))


def _unsigned(value: Decimal) -> Decimal:
    """Return *value*, and a zero without the sign that tells how it came about."""
    return value or value.copy_abs()


def exact_sum(values: Iterable[Number]) -> Decimal:
    """Return the exact sum of *values*, with the exponent of the value that has the most places; 0 for none."""
    sums: Decimal | None = None
    for value in values:
        sums = decimal(value) if sums is None else WIDE.add(sums, decimal(value))
    return ZERO if sums is None else sums


def total(values: Sequence[Number]) -> Number | None:
    """Return the sum of *values*; None for none, or beyond the largest number."""
    if not values:
        return None
    if all(type(value) is int for value in values):
        return rounded(Decimal(sum(values)), whole=True)
    return rounded(exact_sum(values), whole=False)


def quotient(sums: Decimal, count: int, *, whole: bool) -> Number | None:
    """Return an exact sum divided by *count*, as an int where the values were ints and it divides evenly."""
    if whole and -EXACT < sums < EXACT and int(sums) % count == 0:
        return int(sums) // count
    return settle(_unsigned(CONTEXT.divide(sums, Decimal(count))))


def mean(values: Sequence[Number]) -> Number | None:
    """Return the mean of *values*: their exact sum, divided and rounded once; None for none."""
    if not values:
        return None
    return quotient(exact_sum(values), len(values), whole=all(type(value) is int for value in values))


def spread(count: int, sums: Decimal, squares: Decimal) -> Decimal | None:
    """Return the standard deviation of a sample from its exact sums; None for fewer than two values."""
    if count < 2:
        return None
    # count * squares - sums ** 2 is exact, so nothing is lost where the values lie close together and far from zero
    numerator = WIDE.subtract(WIDE.multiply(Decimal(count), squares), WIDE.multiply(sums, sums))
    return settle(CONTEXT.sqrt(CONTEXT.divide(numerator, Decimal(count * (count - 1)))))


def stddev(values: Sequence[Number]) -> Decimal | None:
    """Return the standard deviation of a sample; None for fewer than two values."""
    found = [decimal(value) for value in values]
    if len(found) < 2:
        return None
    squares = WIDE.multiply(found[0], found[0])
    for value in found[1:]:
        squares = WIDE.add(squares, WIDE.multiply(value, value))
    return spread(len(found), exact_sum(found), squares)
