"""Aggregates of a window that slides: a value comes in at its end, the oldest leaves at its start, and neither costs more in
a larger window.

Values come and go in their order; where one arrives late, the aggregate is built anew. What `result` gives is, to the last
digit and place, what the same function gives over the values as a list: sums are exact, and so nothing drifts. A value that
is no number makes the result of what asks for numbers None for as long as it is there.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Sequence
from decimal import Decimal
from typing import Any, Protocol

from engine.spc.capability import Process, process_of
from engine.spc.exact import (
    CONTEXT,
    WIDE,
    ZERO,
    Number,
    decimal,
    is_number,
    mean,
    quotient,
    rounded,
    spread,
)
from engine.spc.limits import centre_from, sigma_from
from engine.spc.ordered import Ordered


class Aggregate(Protocol):
    """What is kept of the values in a window."""

    def add(self, value: object) -> None:
        """Take the newest value in."""

    def remove(self, value: object) -> None:
        """Let the oldest value go, which is *value*."""

    @property
    def result(self) -> Any:
        """Return what the values in the window come to."""


class Sums:
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

    def add(self, value: object) -> None:
        """Take the newest value in."""
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
        """Let the oldest value go."""
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


class Within(Sums):
    """The process behind single values, by their moving ranges; as `capability.within` gives it."""

    __slots__ = ("_ranges", "_values")

    def __init__(self) -> None:
        super().__init__()
        self._values: deque[object] = deque()
        self._ranges = Sums()

    def add(self, value: object) -> None:
        """Take the newest value in."""
        super().add(value)
        if self._values and is_number(value) and is_number(self._values[-1]):
            self._ranges.add(_range(self._values[-1], value))
        self._values.append(value)

    def remove(self, value: object) -> None:
        """Let the oldest value go."""
        super().remove(value)
        self._values.popleft()
        if self._values and is_number(value) and is_number(self._values[0]):
            self._ranges.remove(_range(value, self._values[0]))

    @property
    def result(self) -> Process | None:
        """Return the process; None for fewer than two values, or where all are equal."""
        return process_of(self.centre, sigma_from(self._ranges.centre))


class Extreme:
    """The largest value (*sign* 1) or the smallest (-1); of equal ones the oldest."""

    __slots__ = ("_first", "_foreign", "_kept", "_next", "_sign")

    def __init__(self, sign: int) -> None:
        self._sign = sign
        self._foreign = 0
        self._first = 0
        self._next = 0
        self._kept: deque[tuple[int, Number]] = deque()

    def add(self, value: object) -> None:
        """Take the newest value in."""
        number = self._next
        self._next += 1
        if not is_number(value):
            self._foreign += 1
            return
        # what is smaller and older than the newest will never be the largest again
        while self._kept and self._is_better(value, self._kept[-1][1]):  # type: ignore[arg-type]
            self._kept.pop()
        self._kept.append((number, value))  # type: ignore[arg-type]

    def remove(self, value: object) -> None:
        """Let the oldest value go."""
        if not is_number(value):
            self._foreign -= 1
        elif self._kept[0][0] == self._first:
            self._kept.popleft()
        self._first += 1

    def _is_better(self, a: Number, b: Number) -> bool:
        return a > b if self._sign > 0 else a < b

    @property
    def result(self) -> Number | None:
        """Return the largest or the smallest value; None for no values."""
        return self._kept[0][1] if self._kept and not self._foreign else None


class Median:
    """The value in the middle, or the mean of the two that stand there."""

    __slots__ = ("_first", "_foreign", "_next", "_ordered")

    def __init__(self) -> None:
        self._foreign = 0
        self._first = 0
        self._next = 0
        self._ordered = Ordered()

    def add(self, value: object) -> None:
        """Take the newest value in."""
        if is_number(value):
            self._ordered.add(value, self._next)  # type: ignore[arg-type]
        else:
            self._foreign += 1
        self._next += 1

    def remove(self, value: object) -> None:
        """Let the oldest value go."""
        if is_number(value):
            self._ordered.remove(value, self._first)  # type: ignore[arg-type]
        else:
            self._foreign -= 1
        self._first += 1

    @property
    def result(self) -> Number | None:
        """Return the median; None for no values."""
        middle, odd = divmod(len(self._ordered), 2)
        if self._foreign or not self._ordered:
            return None
        return self._ordered[middle] if odd else mean([self._ordered[middle - 1], self._ordered[middle]])


class Share:
    """How many of the values are true, as a share of all; what is null is not true."""

    __slots__ = ("_count", "_true")

    def __init__(self) -> None:
        self._count = 0
        self._true = 0

    def add(self, value: object) -> None:
        """Take the newest value in."""
        self._count += 1
        self._true += value is True

    def remove(self, value: object) -> None:
        """Let the oldest value go."""
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


class Distinct:
    """How many different values there are; equal ones come with equal keys in their place."""

    __slots__ = ("_counts",)

    def __init__(self) -> None:
        self._counts: dict[Hashable, int] = {}

    def add(self, value: Hashable) -> None:
        """Take the newest value in."""
        self._counts[value] = self._counts.get(value, 0) + 1

    def remove(self, value: Hashable) -> None:
        """Let the oldest value go."""
        left = self._counts[value] - 1
        if left:
            self._counts[value] = left
        else:
            del self._counts[value]

    @property
    def result(self) -> int:
        """Return how many different values there are."""
        return len(self._counts)


class Tail:
    """The last values, as many as somebody looks back at; one that is no number, wherever it is, stands for all of them."""

    __slots__ = ("_count", "_foreign", "_kept")

    def __init__(self, reach: int) -> None:
        self._count = 0
        self._foreign = 0
        self._kept: deque[object] = deque(maxlen=reach)

    def add(self, value: object) -> None:
        """Take the newest value in."""
        self._count += 1
        self._foreign += not is_number(value)
        self._kept.append(value)

    def remove(self, value: object) -> None:
        """Let the oldest value go."""
        if self._count == len(self._kept):
            self._kept.popleft()
        self._count -= 1
        self._foreign -= not is_number(value)

    @property
    def result(self) -> list[Any]:
        """Return the last values in order; a list of None alone where one in the window is no number."""
        return [None] if self._foreign else list(self._kept)


def share(verdicts: Sequence[bool]) -> Number | None:
    """Return how many of *verdicts* are true, as a share of all; None for none."""
    return _part(sum(verdicts), len(verdicts))


def _part(true: int, count: int) -> Number | None:
    return quotient(Decimal(true), count, whole=True) if count else None


def _range(older: object, newer: object) -> Decimal:
    """Return how far two numbers lie apart, as `limits.moving_ranges` gives it."""
    return CONTEXT.abs(CONTEXT.subtract(decimal(newer), decimal(older)))  # type: ignore[arg-type]


def _exponent(number: Decimal) -> int:
    """Return the exponent of a finite number."""
    found = number.as_tuple().exponent
    return found if isinstance(found, int) else 0
