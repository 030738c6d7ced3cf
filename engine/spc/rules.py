"""Run rules over values in time order: the four of Western Electric, and Nelson's eight.

A rule signals at the last value where that value completes its pattern, and goes on for as long as the values after it do.
"Beyond" a line is past it: a value on a line between two zones lies in the inner one, and one on the centre line on neither
side. Only the last values that a rule reaches back to are looked at, so that a signal costs the same in any window.

Western Electric Company, Statistical Quality Control Handbook (1956), pages 25 to 27. L. S. Nelson, "The Shewhart Control
Chart: Tests for Special Causes", Journal of Quality Technology 16 (1984), pages 237 to 239.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from engine.spc.exact import CONTEXT, Number, decimal


@dataclass(frozen=True, slots=True)
class Zones:
    """The centre line, and the lines one, two and three sigma above and below it."""

    centre: Decimal
    above: tuple[Decimal, Decimal, Decimal]
    below: tuple[Decimal, Decimal, Decimal]

    def side(self, value: Number, sigmas: int) -> int:
        """Return 1 for a value beyond the upper line at *sigmas* (0 is the centre), -1 beyond the lower, and else 0."""
        upper = self.above[sigmas - 1] if sigmas else self.centre
        lower = self.below[sigmas - 1] if sigmas else self.centre
        return (value > upper) - (value < lower)


def zones(centre: Number, sigma: Number) -> Zones | None:
    """Return the zones around *centre*; None where sigma is not above zero, or a line lies beyond the largest number."""
    middle, one = decimal(centre), decimal(sigma)
    steps = [CONTEXT.multiply(Decimal(times), one) for times in (1, 2, 3)]
    above = tuple(CONTEXT.add(middle, step) for step in steps)
    below = tuple(CONTEXT.subtract(middle, step) for step in steps)
    if not all(line.is_finite() for line in (middle, one, *above, *below)) or one <= 0:
        return None
    return Zones(middle, (above[0], above[1], above[2]), (below[0], below[1], below[2]))


Test = Callable[[Sequence[Number], Zones], bool]
"""Says whether the last of these values, of which there is at least one, completes a pattern."""


@dataclass(frozen=True, slots=True)
class RunRule:
    """One rule: how many values it looks at, the last one included, and its test."""

    reach: int
    test: Test

    def signals(self, values: Sequence[Number], lines: Zones) -> bool:
        """Return whether the rule signals at the last of *values*."""
        return bool(values) and self.test(values[-self.reach :], lines)


def _one_side(length: int) -> RunRule:
    """Return the rule of *length* values in a row on one side of the centre."""

    def test(values: Sequence[Number], lines: Zones) -> bool:
        side = lines.side(values[-1], 0)
        return side != 0 and len(values) == length and all(lines.side(value, 0) == side for value in values)

    return RunRule(length, test)


def _most_beyond(needed: int, length: int, sigmas: int) -> RunRule:
    """Return the rule of *needed* out of *length* values in a row beyond *sigmas* on one side, the last one among them."""

    def test(values: Sequence[Number], lines: Zones) -> bool:
        side = lines.side(values[-1], sigmas)
        return side != 0 and sum(lines.side(value, sigmas) == side for value in values) >= needed

    return RunRule(length, test)


def _steps(values: Sequence[Number]) -> list[int]:
    """Return 1 for each value above the one before it, -1 for each below, 0 for each that is equal."""
    return [(b > a) - (b < a) for a, b in pairwise(values)]


def _steady(values: Sequence[Number], _: Zones) -> bool:
    """Six in a row that rise, or that fall: five steps in one direction."""
    steps = _steps(values)
    return len(steps) == 5 and steps[0] != 0 and all(step == steps[0] for step in steps)


def _alternating(values: Sequence[Number], _: Zones) -> bool:
    """Fourteen in a row that go up and down in turn."""
    steps = _steps(values)
    return len(steps) == 13 and steps[0] != 0 and all(a == -b for a, b in pairwise(steps))


def _hugging(values: Sequence[Number], lines: Zones) -> bool:
    """Fifteen in a row no further than one sigma from the centre."""
    return len(values) == 15 and all(lines.side(value, 1) == 0 for value in values)


def _avoiding(values: Sequence[Number], lines: Zones) -> bool:
    """Eight in a row further than one sigma from the centre, on both sides of it."""
    return len(values) == 8 and {lines.side(value, 1) for value in values} == {-1, 1}


_BEYOND = _most_beyond(1, 1, 3)
_TWO_OF_THREE = _most_beyond(2, 3, 2)
_FOUR_OF_FIVE = _most_beyond(4, 5, 1)

WESTERN_ELECTRIC: Mapping[int, RunRule] = {1: _BEYOND, 2: _TWO_OF_THREE, 3: _FOUR_OF_FIVE, 4: _one_side(8)}
"""The rules of Western Electric by their numbers."""

NELSON: Mapping[int, RunRule] = {
    1: _BEYOND,
    2: _one_side(9),
    3: RunRule(6, _steady),
    4: RunRule(14, _alternating),
    5: _TWO_OF_THREE,
    6: _FOUR_OF_FIVE,
    7: RunRule(15, _hugging),
    8: RunRule(8, _avoiding),
}
"""Nelson's tests by their numbers."""

REACH = 15
"""How many of the last values decide whether any rule signals."""


def signals(rules: Mapping[int, RunRule], values: Sequence[Number], lines: Zones) -> list[int]:
    """Return the numbers of the *rules* that signal at the last of *values*, in order."""
    return [number for number, rule in sorted(rules.items()) if rule.signals(values, lines)]
