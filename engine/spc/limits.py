"""Control limits of Shewhart charts: a baseline in time order goes in, a centre line and limits three sigma from it come out.

Given limits are the same value, made of a centre and a sigma. A function returns None where the baseline is too short, holds
what a chart of its kind cannot, or leads beyond the largest number. Formulas: Montgomery, Introduction to Statistical Quality
Control, chapters 6 and 7; NIST/SEMATECH e-Handbook, 6.3.2 and 6.3.3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from engine.spc import constants
from engine.spc.exact import CONTEXT, ZERO, Number, decimal, exact_sum, settle, stddev

Subgroups = Sequence[Sequence[Number]]
"""Measurements taken together, group by group in time order; all groups are of one size."""


@dataclass(frozen=True, slots=True)
class Limits:
    """A centre line, the limits, and the sigma of what is plotted.

    The limits lie three sigma from the centre, but not below or above what can be plotted: a range is not negative.
    """

    centre: Decimal
    lower: Decimal
    upper: Decimal
    sigma: Decimal


def given(
    centre: Number, sigma: Number, *, least: Number | None = None, most: Number | None = None
) -> Limits | None:
    """Return the limits around a known *centre*, kept between *least* and *most*; None for a negative sigma."""
    middle, one = decimal(centre), decimal(sigma)
    three = CONTEXT.multiply(constants.THREE, one)
    lower, upper = CONTEXT.subtract(middle, three), CONTEXT.add(middle, three)
    if not all(value.is_finite() for value in (middle, one, lower, upper)) or one < 0:
        return None
    if least is not None and lower < least:
        lower = decimal(least)
    if most is not None and upper > most:
        upper = decimal(most)
    return Limits(middle, lower, upper, one)


def moving_ranges(values: Sequence[Number]) -> list[Decimal]:
    """Return how far each value lies from the one before it."""
    found = [decimal(value) for value in values]
    return [CONTEXT.abs(CONTEXT.subtract(b, a)) for a, b in pairwise(found)]


def ranges(subgroups: Subgroups) -> list[Decimal]:
    """Return the range of each subgroup."""
    return [CONTEXT.subtract(decimal(max(group)), decimal(min(group))) for group in subgroups]


def stddevs(subgroups: Subgroups) -> list[Decimal]:
    """Return the standard deviation of each subgroup."""
    return [found for group in subgroups if (found := stddev(group)) is not None]


def centre_of(values: Sequence[Number]) -> Decimal | None:
    """Return the mean of *values* as a Decimal; None for none, or beyond the largest number."""
    return centre_from(exact_sum(values), len(values))


def centre_from(sums: Decimal, count: int) -> Decimal | None:
    """Return the mean of *count* values by their exact sum, as `centre_of` gives it of the values."""
    return settle(CONTEXT.divide(sums, Decimal(count))) if count else None


def grouped(values: Sequence[Number], size: int) -> list[Sequence[Number]]:
    """Return *values* in subgroups of *size*, from the first one on; those that fill no subgroup are left out."""
    return [values[at : at + size] for at in range(0, len(values) - size + 1, size)]


def _size(subgroups: Subgroups) -> int | None:
    """Return the size of *subgroups*; None where there are none, they differ, or no factors are known for it."""
    sizes = {len(group) for group in subgroups}
    size = sizes.pop() if len(sizes) == 1 else 0
    return size if constants.known(size) else None


def sigma_of_ranges(subgroups: Subgroups) -> Decimal | None:
    """Return sigma within subgroups, by their mean range over d2."""
    size, middle = _size(subgroups), centre_of(ranges(subgroups))
    if size is None or middle is None:
        return None
    return settle(CONTEXT.divide(middle, constants.d2(size)))


def sigma_of_stddevs(subgroups: Subgroups) -> Decimal | None:
    """Return sigma within subgroups, by their mean standard deviation over c4."""
    size, middle = _size(subgroups), centre_of(stddevs(subgroups))
    if size is None or middle is None:
        return None
    return settle(CONTEXT.divide(middle, constants.c4(size)))


def sigma_of_moving_ranges(values: Sequence[Number]) -> Decimal | None:
    """Return sigma of individual values, by their mean moving range over d2 of two."""
    return sigma_from(centre_of(moving_ranges(values)))


def sigma_from(mean_range: Decimal | None) -> Decimal | None:
    """Return sigma of individual values by their mean moving range."""
    return None if mean_range is None else settle(CONTEXT.divide(mean_range, constants.d2(2)))


def individuals(values: Sequence[Number]) -> Limits | None:
    """Return the limits of single values, with sigma of their moving ranges."""
    middle, sigma = centre_of(values), sigma_of_moving_ranges(values)
    return None if middle is None or sigma is None else given(middle, sigma)


def moving_range(values: Sequence[Number]) -> Limits | None:
    """Return the limits of the moving ranges of single values."""
    return _of_spread(centre_of(moving_ranges(values)), constants.range_sigma(2))


def xbar(subgroups: Subgroups) -> Limits | None:
    """Return the limits of the means of subgroups, with sigma of their ranges."""
    return _of_means(subgroups, sigma_of_ranges(subgroups))


def xbar_s(subgroups: Subgroups) -> Limits | None:
    """Return the limits of the means of subgroups, with sigma of their standard deviations."""
    return _of_means(subgroups, sigma_of_stddevs(subgroups))


def range_chart(subgroups: Subgroups) -> Limits | None:
    """Return the limits of the ranges of subgroups."""
    size = _size(subgroups)
    return None if size is None else _of_spread(centre_of(ranges(subgroups)), constants.range_sigma(size))


def stddev_chart(subgroups: Subgroups) -> Limits | None:
    """Return the limits of the standard deviations of subgroups."""
    size = _size(subgroups)
    return None if size is None else _of_spread(centre_of(stddevs(subgroups)), constants.stddev_sigma(size))


def _of_means(subgroups: Subgroups, within: Decimal | None) -> Limits | None:
    if within is None:
        return None
    middle = centre_of([value for group in subgroups for value in group])
    sigma = CONTEXT.divide(within, CONTEXT.sqrt(Decimal(len(subgroups[0]))))
    return None if middle is None else given(middle, sigma)


def _of_spread(middle: Decimal | None, share: Decimal) -> Limits | None:
    return None if middle is None else given(middle, CONTEXT.multiply(share, middle), least=ZERO)


def _counted(counts: Sequence[Number], sizes: Sequence[Number]) -> Decimal | None:
    """Return what is counted per unit; None where a count is negative, or a size is not above zero."""
    if not counts or len(counts) != len(sizes) or min(counts) < 0 or min(sizes) <= 0:
        return None
    return settle(CONTEXT.divide(exact_sum(counts), exact_sum(sizes)))


def _share(counts: Sequence[Number], sizes: Sequence[Number]) -> Decimal | None:
    """Return the share of nonconforming units; None where more are nonconforming than there are."""
    if any(count > size for count, size in zip(counts, sizes, strict=False)):
        return None
    return _counted(counts, sizes)


def p(counts: Sequence[Number], sizes: Sequence[Number]) -> Limits | None:
    """Return the limits of the share of nonconforming units, for a sample as large as the last one."""
    share = _share(counts, sizes)
    if share is None:
        return None
    variance = CONTEXT.multiply(share, CONTEXT.subtract(Decimal(1), share))
    return given(share, CONTEXT.sqrt(CONTEXT.divide(variance, decimal(sizes[-1]))), least=0, most=1)


def np(counts: Sequence[Number], size: Number) -> Limits | None:
    """Return the limits of the number of nonconforming units in samples of one size."""
    share = _share(counts, [size] * len(counts))
    if share is None:
        return None
    middle = CONTEXT.multiply(share, decimal(size))
    variance = CONTEXT.multiply(middle, CONTEXT.subtract(Decimal(1), share))
    return given(middle, CONTEXT.sqrt(variance), least=0, most=size)


def c(counts: Sequence[Number]) -> Limits | None:
    """Return the limits of the number of nonconformities in samples of one size."""
    middle = _counted(counts, [1] * len(counts))
    return None if middle is None else given(middle, CONTEXT.sqrt(middle), least=0)


def u(counts: Sequence[Number], sizes: Sequence[Number]) -> Limits | None:
    """Return the limits of the number of nonconformities per unit, for a sample as large as the last one."""
    middle = _counted(counts, sizes)
    if middle is None:
        return None
    return given(middle, CONTEXT.sqrt(CONTEXT.divide(middle, decimal(sizes[-1]))), least=0)
