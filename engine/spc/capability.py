"""How well a process fits between its specification limits: Cp, Cpk and their one-sided parts, Pp and Ppk.

C indices take sigma within subgroups (mean range over d2; of single values, mean moving range over d2), P indices the standard
deviation of all values. Montgomery, Introduction to Statistical Quality Control, chapter 8; NIST/SEMATECH e-Handbook, 6.1.6.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from engine.spc.exact import CONTEXT, Number, decimal, settle, stddev
from engine.spc.limits import Subgroups, centre_of, sigma_of_moving_ranges, sigma_of_ranges


@dataclass(frozen=True, slots=True)
class Process:
    """What an index is made of: the mean of a process, and its sigma, above zero."""

    mean: Decimal
    sigma: Decimal

    def ratio(self, distance: Decimal, sigmas: int) -> Decimal | None:
        """Return a distance in units of *sigmas* sigma."""
        return settle(CONTEXT.divide(distance, CONTEXT.multiply(Decimal(sigmas), self.sigma)))

    def potential(self, lower: Number, upper: Number) -> Decimal | None:
        """Return Cp or Pp: the tolerance over six sigma; None unless *upper* is above *lower*."""
        return self.ratio(CONTEXT.subtract(decimal(upper), decimal(lower)), 6) if upper > lower else None

    def below(self, lower: Number) -> Decimal | None:
        """Return CPL or PPL: how far the mean lies above the lower limit, over three sigma."""
        return self.ratio(CONTEXT.subtract(self.mean, decimal(lower)), 3)

    def above(self, upper: Number) -> Decimal | None:
        """Return CPU or PPU: how far the mean lies below the upper limit, over three sigma."""
        return self.ratio(CONTEXT.subtract(decimal(upper), self.mean), 3)

    def actual(self, lower: Number, upper: Number) -> Decimal | None:
        """Return Cpk or Ppk: the smaller of the one-sided indices; None unless *upper* is above *lower*."""
        one, other = self.below(lower), self.above(upper)
        return min(one, other) if one is not None and other is not None and upper > lower else None


def process_of(mean: Decimal | None, sigma: Decimal | None) -> Process | None:
    """Return the process with this mean and sigma; None where one is not known, or nothing spreads."""
    return None if mean is None or sigma is None or sigma <= 0 else Process(mean, sigma)


def within(values: Sequence[Number]) -> Process | None:
    """Return the process behind single values, by their moving ranges; None for fewer than two, or where all are equal."""
    return process_of(centre_of(values), sigma_of_moving_ranges(values))


def within_subgroups(subgroups: Subgroups) -> Process | None:
    """Return the process behind subgroups, by their ranges."""
    return process_of(
        centre_of([value for group in subgroups for value in group]), sigma_of_ranges(subgroups)
    )


def overall(values: Sequence[Number]) -> Process | None:
    """Return the process behind values as a whole, by their standard deviation."""
    return process_of(centre_of(values), stddev(values))
