"""Values in order of size, of which the one at a position is found, and any one added or removed, without touching them all.

Values stand in blocks of bounded length, so that each operation costs about the square root of how many there are, and no
trace is left of what was removed. Equal ones stand in the order of their places in time: the newest comes after them, and the
oldest goes first, without a look at those places.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import Any

from engine.spc.exact import Number

BLOCK = 512
"""How long a block may become before it is cut in two."""

Place = Any
"""Where a value stands in time: whatever is less for an older one."""


class Ordered:
    """Values in order; equal ones in the order of their places."""

    __slots__ = ("_count", "_ends", "_places", "_values")

    def __init__(self) -> None:
        self._values: list[list[Number]] = []
        self._places: list[list[Place]] = []
        self._ends: list[Number] = []
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, position: int) -> Number:
        for block in self._values:
            if position < len(block):
                return block[position]
            position -= len(block)
        raise IndexError(position)

    def add(self, value: Number, place: Place) -> None:
        """Put *value*, the newest, after those that are equal."""
        if not self._count:
            self._begin(value, place)
            return
        block = min(bisect_right(self._ends, value), len(self._ends) - 1)
        self._put(block, bisect_right(self._values[block], value), value, place)

    def insert(self, value: Number, place: Place) -> None:
        """Put *value* among those that are equal, by its *place*."""
        if not self._count:
            self._begin(value, place)
            return
        last = len(self._ends) - 1
        block = min(bisect_left(self._ends, value), last)
        to = min(bisect_right(self._ends, value), last)
        while True:
            values = self._values[block]
            end = bisect_right(values, value)
            at = bisect_left(self._places[block], place, bisect_left(values, value), end)
            if at < end or block == to:
                break
            block += 1
        self._put(block, at, value, place)

    def remove(self, value: Number) -> None:
        """Take out the oldest of those equal to *value*, of which there is one."""
        block = bisect_left(self._ends, value)
        values = self._values[block]
        at = bisect_left(values, value)
        del values[at], self._places[block][at]
        self._count -= 1
        if values:
            self._ends[block] = values[-1]
        else:
            del self._values[block], self._places[block], self._ends[block]

    def _begin(self, value: Number, place: Place) -> None:
        self._count = 1
        self._values.append([value])
        self._places.append([place])
        self._ends.append(value)

    def _put(self, block: int, at: int, value: Number, place: Place) -> None:
        self._count += 1
        values, places = self._values[block], self._places[block]
        values.insert(at, value)
        places.insert(at, place)
        if len(values) > BLOCK:
            half = len(values) // 2
            self._values[block : block + 1] = [values[:half], values[half:]]
            self._places[block : block + 1] = [places[:half], places[half:]]
            self._ends.insert(block, values[half - 1])
            block += 1
        self._ends[block] = values[-1]
