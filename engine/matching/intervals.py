"""Items found by a value that lies within their stretches: a look-up costs what it finds, and the logarithm of the rest.

The ends of all stretches cut the line of values into slices, a slice for each end and one for what lies between two; so
one bisection turns a value into a number, and the rest is a tree of stretches of whole numbers.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Generic, TypeVar

from engine.rulebook import Bounds, Data
from engine.tables.sets import NONE, Cut, Key, key_of, line_of

T = TypeVar("T")


class Intervals(Generic[T]):
    """Items by the stretches of one field, whose values stand on one line; a value of another kind finds them all."""

    __slots__ = ("_all", "_field", "_if_missing", "_keys", "_line", "_read", "_tree")

    def __init__(self, bounded: Sequence[tuple[Bounds, T]]) -> None:
        first = bounded[0][0]
        self._field = first.field
        self._line = first.line
        self._read = first.read
        self._all = [item for _, item in bounded]
        self._if_missing = [item for bounds, item in bounded if bounds.if_missing]
        cuts = (cut for bounds, _ in bounded for span in bounds.spans for cut in span)
        self._keys: list[Key] = sorted({cut[1] for cut in cuts if cut[0] == 0})
        stretches = [
            (self._slice(low, right=False), self._slice(high, right=True), item)
            for bounds, item in bounded
            for low, high in bounds.spans
        ]
        self._tree = _tree(stretches, 0, 2 * len(self._keys))

    def find(self, data: Data) -> list[T]:
        """Return the items that the field of *data* lies within a stretch of."""
        if self._read is None:
            key = data.get(self._field)
            if key is None:
                return self._if_missing
            kind = key.__class__
            if kind is not int and (kind is not Decimal or not key.is_finite()):
                return self._all
        else:
            key = key_of(self._read(data, None))
            if key == NONE:
                return self._if_missing
            if line_of(key) != self._line:
                return self._all
        keys = self._keys
        at = bisect_left(keys, key)
        number = 2 * at + (at < len(keys) and keys[at] == key)
        found: list[T] = []
        node = self._tree
        while node is not None:
            node = node.collect(number, found)
        return found

    def _slice(self, cut: Cut, *, right: bool) -> int:
        """Return the first slice after *cut*, or with *right* the last one before it."""
        if cut[0]:
            return 2 * len(self._keys) if right else 0
        at = 2 * bisect_left(self._keys, cut[1]) + 1
        return at + int(cut[2] > 0) - int(right)


class _Node(Generic[T]):
    """The stretches that hold *centre*, by where they begin and by where they end, and what lies left and right of it."""

    __slots__ = ("beginning", "begins", "centre", "ending", "ends", "left", "right")

    def __init__(
        self,
        centre: int,
        over: list[tuple[int, int, T]],
        left: _Node[T] | None,
        right: _Node[T] | None,
    ) -> None:
        self.centre = centre
        self.left = left
        self.right = right
        by_begin = sorted(over, key=lambda stretch: stretch[0])
        by_end = sorted(over, key=lambda stretch: stretch[1])
        self.begins = [first for first, _, _ in by_begin]
        self.beginning = [item for _, _, item in by_begin]
        self.ends = [last for _, last, _ in by_end]
        self.ending = [item for _, _, item in by_end]

    def collect(self, number: int, found: list[T]) -> _Node[T] | None:
        """Put the items over *number* into *found* and return where there may be more."""
        if number < self.centre:
            found += self.beginning[: bisect_right(self.begins, number)]
            return self.left
        found += self.ending[bisect_left(self.ends, number) :]
        return None if number == self.centre else self.right


def _tree(stretches: list[tuple[int, int, T]], low: int, high: int) -> _Node[T] | None:
    """Return the tree of *stretches* (first, last, item), all within *low* to *high*; its depth is the logarithm of these."""
    if not stretches:
        return None
    centre = (low + high) // 2
    left = [stretch for stretch in stretches if stretch[1] < centre]
    right = [stretch for stretch in stretches if stretch[0] > centre]
    over = [stretch for stretch in stretches if stretch[0] <= centre <= stretch[1]]
    return _Node(centre, over, _tree(left, low, centre - 1), _tree(right, centre + 1, high))


class Ranged(Generic[T]):
    """Items of one bucket: those that are always found, and the others by the field they bound."""

    __slots__ = ("_always", "_by_field", "_fields")

    def __init__(self, always: list[T], bounded: Iterable[tuple[Bounds, T]]) -> None:
        self._always = always
        by_field: dict[tuple[str, str], list[tuple[Bounds, T]]] = {}
        for bounds, item in bounded:
            by_field.setdefault((bounds.field, bounds.line), []).append((bounds, item))
        self._fields = frozenset(by_field)
        self._by_field = [Intervals(same) for same in by_field.values()]

    def find(self, data: Data) -> list[T]:
        """Return the items that *data* can concern."""
        found = self._always
        for intervals in self._by_field:
            items = intervals.find(data)
            if items:
                found = found + items if found else items
        return found

    def is_by(self, bounds: Bounds) -> bool:
        """Return whether items are found by the field of *bounds*."""
        return (bounds.field, bounds.line) in self._fields
