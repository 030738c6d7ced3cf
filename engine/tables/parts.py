"""What an index is made of: each part finds the rows that hold for some keys, by hash, bisection, bit masks or one by one."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from engine.tables.sets import Key

Rows = tuple[int, ...]
Test = Callable[[int, int, Any], bool]
"""(row, column, what was asked) -> whether a cell that has no set holds."""


class Node:
    """A part of the index: *asked* is handed through to the tests of cells without a set."""

    __slots__ = ()

    def find(self, keys: Sequence[Key], asked: Any) -> Rows:
        """Return the rows that hold, ascending."""
        raise NotImplementedError


Part = Node | Rows
"""A tuple is the answer itself."""


class Tested(Node):
    """Rows whose remaining cells are tested one by one."""

    __slots__ = ("rows", "test")

    def __init__(
        self,
        rows: Sequence[tuple[int, tuple[tuple[int, Callable[[Key], bool]], ...], tuple[int, ...]]],
        test: Test,
    ) -> None:
        self.rows = tuple(rows)
        self.test = test

    def find(self, keys: Sequence[Key], asked: Any) -> Rows:
        found = []
        for row, accepts, others in self.rows:
            for column, accept in accepts:
                if not accept(keys[column]):
                    break
            else:
                for column in others:
                    if not self.test(row, column, asked):
                        break
                else:
                    found.append(row)
        return tuple(found)


class Hashed(Node):
    """Rows by the constants they ask for in some columns."""

    __slots__ = ("read", "table")

    def __init__(self, columns: tuple[int, ...], table: dict[Any, Part]) -> None:
        self.read = itemgetter(*columns)
        self.table = table

    def find(self, keys: Sequence[Key], asked: Any) -> Rows:
        found = self.table.get(self.read(keys), ())
        return found if found.__class__ is tuple else found.find(keys, asked)  # type: ignore[union-attr]


Ends = Mapping[Any, tuple[int, list[Key]]]
"""By kind of key, where its slices begin among the parts, and the bounds between them. Nodes share it, so that it stays near."""


class Sliced(Node):
    """Rows by where a key stands among the ends of their ranges."""

    __slots__ = ("column", "ends", "parts")

    def __init__(self, column: int, ends: Ends, parts: Sequence[Part]) -> None:
        self.column = column
        self.ends = ends
        self.parts = tuple(parts)
        """First what is found by a key of a kind that no range is of."""

    def find(self, keys: Sequence[Key], asked: Any) -> Rows:
        key = keys[self.column]
        ends = self.ends.get(key[0] if key.__class__ is tuple else key.__class__)
        if ends is None:
            found = self.parts[0]
        else:
            first, bounds = ends
            at = bisect_left(bounds, key)
            # slice 2i is what lies before the bound i, 2i + 1 is the bound itself
            found = self.parts[first + 2 * at + (at < len(bounds) and bounds[at] == key)]
        return found if found.__class__ is tuple else found.find(keys, asked)  # type: ignore[union-attr]


Shape = tuple[int | tuple[int, ...], ...]
"""By slice, which rows of a bucket hold, by their places in it: one place, or several or none."""

PLACE_BITS = 24
_PLACE = (1 << PLACE_BITS) - 1


class Gridded(Node):
    """Rows by constants and by one column of ranges: all buckets share the slices of that column.

    Buckets that differ in the numbers of their rows alone share a shape, too. *table* has, in one int, where the rows of a
    bucket begin among *order* and, above these bits, the number of its shape; or a part like any other. So a look-up in a
    large table reaches into few places of memory.
    """

    __slots__ = ("column", "ends", "order", "read", "shapes", "table")

    def __init__(self, by: tuple[int, ...], column: int, ends: Ends) -> None:
        self.read = itemgetter(*by)
        self.column = column
        self.ends = ends
        self.table: dict[Any, Part | int] = {}
        self.order: array[int] = array("l")
        self.shapes: list[Shape] = []

    def find(self, keys: Sequence[Key], asked: Any) -> Rows:
        bucket = self.table.get(self.read(keys), ())
        if not isinstance(bucket, int):
            return bucket if bucket.__class__ is tuple else bucket.find(keys, asked)  # type: ignore[union-attr]
        key = keys[self.column]
        ends = self.ends.get(key[0] if key.__class__ is tuple else key.__class__)
        if ends is None:
            place = self.shapes[bucket >> PLACE_BITS][0]
        else:
            first, bounds = ends
            at = bisect_left(bounds, key)
            # slice 2i is what lies before the bound i, 2i + 1 is the bound itself; before them all, other kinds
            place = self.shapes[bucket >> PLACE_BITS][
                first + 2 * at + (at < len(bounds) and bounds[at] == key)
            ]
        if isinstance(place, int):
            return (self.order[(bucket & _PLACE) + place],)
        return tuple([self.order[(bucket & _PLACE) + one] for one in place])


class Both(Node):
    """Rows from several parts."""

    __slots__ = ("parts",)

    def __init__(self, parts: Sequence[Part]) -> None:
        self.parts = tuple(parts)

    def find(self, keys: Sequence[Key], asked: Any) -> Rows:
        all_found: Rows = ()
        mixed = False
        for part in self.parts:
            found = part if part.__class__ is tuple else part.find(keys, asked)  # type: ignore[union-attr]
            if found:
                mixed = bool(all_found)
                all_found = all_found + found if mixed else found
        return tuple(sorted(all_found)) if len(all_found) > 1 else all_found


Masks = tuple[dict[Any, tuple[list[Key], list[int]]], int]
"""Of one column: by kind of key its bounds and the mask of each slice; and the mask for other kinds."""


class Masked(Node):
    """A block of rows as bits: a mask per column, and-ed."""

    __slots__ = ("columns", "others", "rows", "test")

    def __init__(
        self, rows: Rows, columns: Sequence[tuple[int, Masks]], others: dict[int, tuple[int, ...]], test: Test
    ) -> None:
        self.rows = rows
        self.columns = tuple(columns)
        self.others = others
        """By row, the columns whose cells have no set."""
        self.test = test

    def find(self, keys: Sequence[Key], asked: Any) -> Rows:
        left = -1
        for column, (lines, rest) in self.columns:
            key = keys[column]
            line = lines.get(key[0] if key.__class__ is tuple else key.__class__)
            if line is None:
                left &= rest
            else:
                bounds, masks = line
                at = bisect_left(bounds, key)
                left &= masks[2 * at + (at < len(bounds) and bounds[at] == key)]
            if not left:
                return ()
        if left == -1:
            left = (1 << len(self.rows)) - 1
        found = []
        while left:
            lowest = left & -left
            row = self.rows[lowest.bit_length() - 1]
            if all(self.test(row, column, asked) for column in self.others.get(row, ())):
                found.append(row)
            left ^= lowest
        return tuple(found)
