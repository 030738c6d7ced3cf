"""Small shifts and slow drifts: the tabular CUSUM, the EWMA, the line through the values, and how long they have risen or fallen.

CUSUM and EWMA remember all values from the first one on; each takes a value at a time and costs the same for every one.
Montgomery, Introduction to Statistical Quality Control, chapter 9; NIST/SEMATECH e-Handbook, 6.3.2.3 and 6.3.2.4.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from engine.spc.exact import CONTEXT, WIDE, ZERO, Number, decimal, settle

ONE = Decimal(1)

K, H = Decimal("0.5"), 5
"""The usual allowance and decision interval of a CUSUM, in sigmas: quick to find a shift of one sigma."""

WEIGHT, WIDTH = Decimal("0.2"), 3
"""The usual lambda and L of an EWMA."""


@dataclass(frozen=True, slots=True)
class Cusum:
    """The sums of what values exceed a target by, and fall short of it by, beyond an allowance, in the values' own unit.

    A sum *signals* where it exceeds the decision interval. *upper_run* and *lower_run* say for how many values each has been
    above zero: the shift began with the first of them.
    """

    centre: Decimal
    allowance: Decimal
    interval: Decimal
    resets: bool
    """Whether both sums begin again at zero after a signal, as after a correction of the process."""

    upper: Decimal = ZERO
    lower: Decimal = ZERO
    upper_run: int = 0
    lower_run: int = 0

    @property
    def signals(self) -> bool:
        """Return whether either sum exceeds the decision interval."""
        return self.upper > self.interval or self.lower > self.interval

    def after(self, value: Number) -> Cusum | None:
        """Return the sums with one more *value*; None where they go beyond the largest number."""
        fresh = self.resets and self.signals
        upper = ZERO if fresh else self.upper
        lower = ZERO if fresh else self.lower
        distance = CONTEXT.subtract(decimal(value), self.centre)
        upper = CONTEXT.subtract(CONTEXT.add(upper, distance), self.allowance)
        lower = CONTEXT.subtract(CONTEXT.subtract(lower, distance), self.allowance)
        if not (upper.is_finite() and lower.is_finite()):
            return None
        return Cusum(
            self.centre,
            self.allowance,
            self.interval,
            self.resets,
            upper if upper > 0 else ZERO,
            lower if lower > 0 else ZERO,
            (0 if fresh else self.upper_run) + 1 if upper > 0 else 0,
            (0 if fresh else self.lower_run) + 1 if lower > 0 else 0,
        )


def cusum(
    centre: Number, sigma: Number, k: Number = K, h: Number = H, *, resets: bool = False
) -> Cusum | None:
    """Return a CUSUM without values yet: *k* and *h* are the allowance and the decision interval in sigmas.

    None where sigma or *h* is not above zero, or *k* is below.
    """
    middle, one = decimal(centre), decimal(sigma)
    allowance, interval = CONTEXT.multiply(decimal(k), one), CONTEXT.multiply(decimal(h), one)
    if not all(value.is_finite() for value in (middle, one, allowance, interval)):
        return None
    return Cusum(middle, allowance, interval, resets) if one > 0 and k >= 0 and h > 0 else None


@dataclass(frozen=True, slots=True)
class Ewma:
    """The exponentially weighted moving average of values so far, and the limits that hold for as many."""

    centre: Decimal
    sigma: Decimal
    weight: Decimal
    """Lambda: the weight of the newest value, above 0 and at most 1."""

    width: Decimal
    """L: how many sigmas of the average the limits lie from the centre."""

    value: Decimal
    count: int = 0

    @property
    def margin(self) -> Decimal:
        """Return how far the limits lie from the centre: they widen with the first values, and then stay."""
        if self.count == 0:
            return ZERO
        left = CONTEXT.power(CONTEXT.subtract(ONE, self.weight), Decimal(2 * self.count))
        share = CONTEXT.divide(self.weight, CONTEXT.subtract(Decimal(2), self.weight))
        root = CONTEXT.sqrt(CONTEXT.multiply(share, CONTEXT.subtract(ONE, left)))
        return CONTEXT.multiply(CONTEXT.multiply(self.width, self.sigma), root)

    @property
    def lower(self) -> Decimal:
        """Return the lower limit."""
        return CONTEXT.subtract(self.centre, self.margin)

    @property
    def upper(self) -> Decimal:
        """Return the upper limit."""
        return CONTEXT.add(self.centre, self.margin)

    @property
    def signals(self) -> bool:
        """Return whether the average lies beyond a limit."""
        return self.value > self.upper or self.value < self.lower

    def after(self, value: Number) -> Ewma | None:
        """Return the average with one more *value*; None where it goes beyond the largest number."""
        new = CONTEXT.multiply(self.weight, decimal(value))
        kept = CONTEXT.multiply(CONTEXT.subtract(ONE, self.weight), self.value)
        average = settle(CONTEXT.add(new, kept))
        if average is None:
            return None
        return Ewma(self.centre, self.sigma, self.weight, self.width, average, self.count + 1)


def ewma(centre: Number, sigma: Number, weight: Number = WEIGHT, width: Number = WIDTH) -> Ewma | None:
    """Return an EWMA without values yet, which begins at *centre*.

    None where sigma or *width* is not above zero, or *weight* not above zero and at most one.
    """
    middle, one = decimal(centre), decimal(sigma)
    reach = CONTEXT.multiply(decimal(width), one)
    ends = (middle, one, CONTEXT.add(middle, reach), CONTEXT.subtract(middle, reach))
    if not all(value.is_finite() for value in ends) or one <= 0 or width <= 0 or not 0 < weight <= 1:
        return None
    return Ewma(middle, one, decimal(weight), decimal(width), middle)


def slope(values: Sequence[Number]) -> Decimal | None:
    """Return by how much values rise from one to the next, on the line of least squares; None for fewer than two."""
    count = len(values)
    if count < 2:
        return None
    # with x = 1..n: (n * sum(x y) - sum(x) sum(y)) / (n * sum(x^2) - sum(x)^2), exact until the division
    sums, products = ZERO, ZERO
    for at, value in enumerate(values, 1):
        y = decimal(value)
        sums = WIDE.add(sums, y)
        products = WIDE.add(products, WIDE.multiply(Decimal(at), y))
    total = count * (count + 1) // 2
    numerator = WIDE.subtract(WIDE.multiply(Decimal(count), products), WIDE.multiply(Decimal(total), sums))
    return settle(CONTEXT.divide(numerator, Decimal(count * count * (count * count - 1) // 12)))


def trend(values: Sequence[Number]) -> int:
    """Return how many of the last values rise from one to the next, or minus how many fall; 0 where neither."""
    run, direction = 1, 0
    for at in range(len(values) - 1, 0, -1):
        step = (values[at] > values[at - 1]) - (values[at] < values[at - 1])
        if step == 0 or (direction and step != direction):
            break
        direction = step
        run += 1
    return run * direction
