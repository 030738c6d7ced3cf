"""Values in order of size, of which the one at a position is found, and any one added or removed, without touching them all.

Values stand in blocks of bounded length, so that each operation costs about the square root of how many there are, and no
trace is left of what was removed.
"""

from __future__ import annotations

from bisect import bisect_left, insort

from engine.spc.exact import Number

BLOCK = 512
"""How long a block may become before it is cut in two."""

Entry = tuple[Number, int]
"""A value, and a number of its own that orders equal ones."""


class Ordered:
    """Values in order; equal ones in the order of their numbers."""

    __slots__ = ("_blocks", "_count", "_ends")

    def __init__(self) -> None:
        self._blocks: list[list[Entry]] = []
        self._ends: list[Entry] = []
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, position: int) -> Number:
        for block in self._blocks:
            if position < len(block):
                return block[position][0]
            position -= len(block)
        raise IndexError(position)

    def add(self, value: Number, number: int) -> None:
        """Put *value* in its place; *number* is one that no equal value here has."""
        entry = (value, number)
        self._count += 1
        if not self._blocks:
            self._blocks.append([entry])
            self._ends.append(entry)
            return
        at = min(bisect_left(self._ends, entry), len(self._blocks) - 1)
        block = self._blocks[at]
        insort(block, entry)
        if len(block) > BLOCK:
            half = len(block) // 2
            self._blocks[at : at + 1] = [block[:half], block[half:]]
            self._ends.insert(at, block[half - 1])
            at += 1
        self._ends[at] = self._blocks[at][-1]

    def remove(self, value: Number, number: int) -> None:
        """Take out *value*, which was added with *number*."""
        at = bisect_left(self._ends, (value, number))
        block = self._blocks[at]
        del block[bisect_left(block, (value, number))]
        self._count -= 1
        if block:
            self._ends[at] = block[-1]
        else:
            del self._blocks[at], self._ends[at]
