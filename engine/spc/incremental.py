"""Aggregates of a window that slides: a value comes in at its end or, late, before others; the oldest leaves at its start.

None of it costs more in a larger window. Those here are the same in any order of the values, so that a late one is taken in
like another; those of which order makes a part are in `succession` and `runs`. What `result` gives is, to the last digit and
place, what the same function gives over the values as a list: sums are exact, and so nothing drifts. A value that is no
number makes the result of what asks for numbers None for as long as it is there.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from decimal import Decimal
from typing import Any, Protocol

from engine.spc.capability import Process, process_of
from engine.spc.exact import WIDE, ZERO, Number, decimal, is_number, quotient, rounded, spread
from engine.spc.limits import centre_from
from engine.spc.ordered import Place


class Aggregate(Protocol):
    """What is kept of the values in a window."""

    def add(self, value: object, place: Place, /) -> None:
        """Take in the newest value, whose *place* is after those of all others."""

    def insert(self, value: object, place: Place, newer: int, /) -> None:
        """Take in a value that comes late: so many are *newer*, at least one, and *place* is before theirs."""

    def remove(self, value: object, /) -> None:
        """Let the oldest value go, which is *value*."""

    @property
    def result(self) -> Any:
        """Return what the values in the window come to."""


class Unordered:
    """What values come to in whatever order they are."""

    __slots__ = ()

    def add(self, value: Any, place: Place, /) -> None:
        """Take a value in."""
        raise NotImplementedError

    def insert(self, value: Any, place: Place, _newer: int) -> None:
        """Take in a value that comes late, like any other."""
        self.add(value, place)


class Sums(Unordered):
    """The sum of the values, kept exactly, with as many places as those in the window have; and that of their squares."""

    __slots__ = ("_count", "_foreign", "_places", "_squared", "_squares", "_sums", "_whole")

    def __init__(self, *, squared: bool = False) -> None:
        self._count = 0
        self._foreign = 0
        self._whole = 0
        self._places: dict[int, int] = {}
        self._sums = ZERO
        self._squares = ZERO
        self._squared = squared

    def add(self, value: object, _place: Place) -> None:
        """Take a value in."""
        if not is_number(value):
            self._foreign += 1
            return
        number = decimal(value)  # type: ignore[arg-type]
        exponent = _exponent(number)
        self._places[exponent] = self._places.get(exponent, 0) + 1
        self._count += 1
        self._whole += type(value) is int
        first = self._count == 1
        self._sums = number if first else WIDE.add(self._sums, number)
        if self._squared:
            square = WIDE.multiply(number, number)
            self._squares = square if first else WIDE.add(self._squares, square)

    def remove(self, value: object) -> None:
        """Let a value go."""
        if not is_number(value):
            self._foreign -= 1
            return
        number = decimal(value)  # type: ignore[arg-type]
        exponent = _exponent(number)
        self._count -= 1
        self._whole -= type(value) is int
        self._sums = WIDE.subtract(self._sums, number)
        if self._squared:
            self._squares = WIDE.subtract(self._squares, WIDE.multiply(number, number))
        left = self._places[exponent] - 1
        if left:
            self._places[exponent] = left
            return
        del self._places[exponent]
        if self._places and exponent < (least := min(self._places)):
            # the places of a value that has gone would stay as zeros, and those of many would add up
            self._sums = WIDE.quantize(self._sums, Decimal((0, (1,), least)))
            self._squares = WIDE.quantize(self._squares, Decimal((0, (1,), 2 * least)))

    @property
    def _is_whole(self) -> bool:
        return self._whole == self._count

    @property
    def centre(self) -> Decimal | None:
        """Return the mean as `limits.centre_of` gives it; None for no values."""
        return None if self._foreign else centre_from(self._sums, self._count)


class Sum(Sums):
    """The sum."""

    __slots__ = ()

    @property
    def result(self) -> Number | None:
        """Return the sum; None for no values."""
        if self._foreign or not self._count:
            return None
        return rounded(self._sums, whole=self._is_whole)


class Mean(Sums):
    """The mean."""

    __slots__ = ()

    @property
    def result(self) -> Number | None:
        """Return the mean; None for no values."""
        if self._foreign or not self._count:
            return None
        return quotient(self._sums, self._count, whole=self._is_whole)


class Spread(Sums):
    """The standard deviation of a sample."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(squared=True)

    @property
    def result(self) -> Number | None:
        """Return the standard deviation; None for fewer than two values."""
        return None if self._foreign else spread(self._count, self._sums, self._squares)


class Overall(Sums):
    """The process behind the values as a whole, by their standard deviation; as `capability.overall` gives it."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(squared=True)

    @property
    def result(self) -> Process | None:
        """Return the process; None for fewer than two values, or where all are equal."""
        return process_of(self.centre, spread(self._count, self._sums, self._squares))


class Share(Unordered):
    """How many of the values are true, as a share of all; what is null is not true."""

    __slots__ = ("_count", "_true")

    def __init__(self) -> None:
        self._count = 0
        self._true = 0

    def add(self, value: object, _place: Place) -> None:
        """Take a value in."""
        self._count += 1
        self._true += value is True

    def remove(self, value: object) -> None:
        """Let a value go."""
        self._count -= 1
        self._true -= value is True

    @property
    def result(self) -> Number | None:
        """Return the share; None for no values."""
        return _part(self._true, self._count)


class Matching(Share):
    """How many of the values are true; what is null is not true."""

    __slots__ = ()

    @property
    def result(self) -> int:
        """Return how many are true."""
        return self._true


class Distinct(Unordered):
    """How many different values there are; equal ones come with equal keys in their place."""

    __slots__ = ("_counts",)

    def __init__(self) -> None:
        self._counts: dict[Hashable, int] = {}

    def add(self, value: Hashable, _place: Place) -> None:
        """Take a value in."""
        counts = self._counts
        counts[value] = counts.get(value, 0) + 1

    def remove(self, value: Hashable) -> None:
        """Let a value go."""
        counts = self._counts
        left = counts[value] - 1
        if left:
            counts[value] = left
        else:
            del counts[value]

    @property
    def result(self) -> int:
        """Return how many different values there are."""
        return len(self._counts)


def share(verdicts: Sequence[bool]) -> Number | None:
    """Return how many of *verdicts* are true, as a share of all; None for none."""
    return _part(sum(verdicts), len(verdicts))


def _part(true: int, count: int) -> Number | None:
    return quotient(Decimal(true), count, whole=True) if count else None


def _exponent(number: Decimal) -> int:
    """Return the exponent of a finite number."""
    found = number.as_tuple().exponent
    return found if isinstance(found, int) else 0
