"""Aggregates of a window that slides to which the order of the values matters: what lies next to what, what is the oldest of
equal ones, what are the last.

They give what those of `incremental` give. A value that comes late is put in its place among what is kept, and no other is
counted again: that costs a search and the moving of references, or takes out for good what it makes needless.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from decimal import Decimal
from typing import Any

from engine.spc.capability import Process, process_of
from engine.spc.exact import CONTEXT, Number, decimal, is_number, mean
from engine.spc.incremental import Sums
from engine.spc.limits import sigma_from
from engine.spc.ordered import Ordered, Place


class Within(Sums):
    """The process behind single values, by their moving ranges; as `capability.within` gives it."""

    __slots__ = ("_ranges", "_values")

    def __init__(self) -> None:
        super().__init__()
        self._values: deque[object] = deque()
        self._ranges = Sums()

    def add(self, value: object, place: Place) -> None:
        """Take the newest value in."""
        super().add(value, place)
        if self._values and is_number(value) and is_number(self._values[-1]):
            self._ranges.add(_range(self._values[-1], value), place)
        self._values.append(value)

    def insert(self, value: object, place: Place, newer: int) -> None:
        """Take in a value that comes late: of the range between its neighbours it makes two."""
        super().add(value, place)
        values = self._values
        at = len(values) - newer
        before, after = values[at - 1] if at else None, values[at]
        if is_number(before) and is_number(after):
            self._ranges.remove(_range(before, after))
        if is_number(value):
            if is_number(before):
                self._ranges.add(_range(before, value), place)
            if is_number(after):
                self._ranges.add(_range(value, after), place)
        values.insert(at, value)

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

    __slots__ = ("_foreign", "_kept", "_sign")

    def __init__(self, sign: int) -> None:
        self._sign = sign
        self._foreign = 0
        self._kept: deque[tuple[Number, Place]] = deque()

    def add(self, value: object, place: Place) -> None:
        """Take the newest value in."""
        if not is_number(value):
            self._foreign += 1
            return
        # what is smaller and older than the newest will never be the largest again
        while self._kept and self._is_better(value, self._kept[-1][0]):  # type: ignore[arg-type]
            self._kept.pop()
        self._kept.append((value, place))  # type: ignore[arg-type]

    def insert(self, value: object, place: Place, _newer: int) -> None:
        """Take in a value that comes late, as the newest of those that are older, unless a newer one is larger."""
        if not is_number(value):
            self._foreign += 1
            return
        kept = self._kept
        older = bisect_left(kept, place, key=_place)
        newer = len(kept) - older
        if newer and self._is_better(kept[older][0], value):  # type: ignore[arg-type]
            return
        kept.rotate(newer)
        while older and self._is_better(value, kept[-1][0]):  # type: ignore[arg-type]
            kept.pop()
            older -= 1
        kept.append((value, place))  # type: ignore[arg-type]
        kept.rotate(-newer)

    def remove(self, value: object) -> None:
        """Let the oldest value go."""
        if not is_number(value):
            self._foreign -= 1
        elif self._kept[0][0] == value:  # the oldest of equal ones is the oldest of all
            self._kept.popleft()

    def _is_better(self, a: Number, b: Number) -> bool:
        return a > b if self._sign > 0 else a < b

    @property
    def result(self) -> Number | None:
        """Return the largest or the smallest value; None for no values."""
        return self._kept[0][0] if self._kept and not self._foreign else None


class Median:
    """The value in the middle, or the mean of the two that stand there."""

    __slots__ = ("_foreign", "_ordered")

    def __init__(self) -> None:
        self._foreign = 0
        self._ordered = Ordered()

    def add(self, value: object, place: Place) -> None:
        """Take the newest value in."""
        if is_number(value):
            self._ordered.add(value, place)  # type: ignore[arg-type]
        else:
            self._foreign += 1

    def insert(self, value: object, place: Place, _newer: int) -> None:
        """Take in a value that comes late."""
        if is_number(value):
            self._ordered.insert(value, place)  # type: ignore[arg-type]
        else:
            self._foreign += 1

    def remove(self, value: object) -> None:
        """Let the oldest value go."""
        if is_number(value):
            self._ordered.remove(value)  # type: ignore[arg-type]
        else:
            self._foreign -= 1

    @property
    def result(self) -> Number | None:
        """Return the median; None for no values."""
        middle, odd = divmod(len(self._ordered), 2)
        if self._foreign or not self._ordered:
            return None
        return self._ordered[middle] if odd else mean([self._ordered[middle - 1], self._ordered[middle]])


class Tail:
    """The last values, as many as somebody looks back at; one that is no number, wherever it is, stands for all of them."""

    __slots__ = ("_count", "_foreign", "_kept", "_reach")

    def __init__(self, reach: int) -> None:
        self._count = 0
        self._foreign = 0
        self._reach = reach
        self._kept: deque[object] = deque(maxlen=reach)

    def add(self, value: object, _place: Place) -> None:
        """Take the newest value in."""
        self._count += 1
        self._foreign += not is_number(value)
        self._kept.append(value)

    def insert(self, value: object, _place: Place, newer: int) -> None:
        """Take in a value that comes late."""
        self._count += 1
        self._foreign += not is_number(value)
        if newer < self._reach:
            if len(self._kept) == self._reach:
                self._kept.popleft()
            self._kept.insert(len(self._kept) - newer, value)

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


def _place(kept: tuple[Number, Place]) -> Place:
    return kept[1]


def _range(older: object, newer: object) -> Decimal:
    """Return how far two numbers lie apart, as `limits.moving_ranges` gives it."""
    return CONTEXT.abs(CONTEXT.subtract(decimal(newer), decimal(older)))  # type: ignore[arg-type]
