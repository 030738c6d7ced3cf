"""The index of a table: keys of the inputs in, the rows that hold out, in time that does not grow with the rows.

Rows are split by the constants they ask for (hash), then by the stretches between the ends of their ranges (bisection);
where that would take too much memory, blocks of rows are bit masks that are and-ed. What no set describes is tested last,
on the rows left.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate, pairwise, product
from typing import Any

from engine.tables.cells import ANYTHING, Cell
from engine.tables.parts import (
    PLACE_BITS,
    Both,
    Ends,
    Gridded,
    Hashed,
    Masked,
    Part,
    Rows,
    Shape,
    Sliced,
    Test,
    Tested,
)
from engine.tables.sets import LEFT, RIGHT, Key, Spans, ValueSet, by_kind, line_of, whole

Cells = Sequence[Sequence[Cell | None]]
"""By row, then by column; None: the cell has no set."""

MOST_KEYS = 32
"""A row stands under at most this many combinations of constants; beyond that, a list is a range like others."""

FEW = 2
"""Rows that are tested one by one rather than indexed further."""

MOST_GROUPS = 6
"""How many combinations of columns are hashed; each costs every look-up one probe."""

COPIES = 12
"""How often a row stands in the index at most, on average, before bit masks take over."""

SPARE = 1000
"""How many more rows may stand in the index more than once, so that small tables are not held back."""

BLOCK = 1024
"""Rows of one bit mask."""

GRID = 300
"""Slices of a grid's shapes, at most, for each row of the table; beyond that, a bucket has slices of its own."""


def build(cells: Cells, width: int, test: Test) -> Part:
    """Return the index of *cells*, whose rows have *width* columns; *test* decides about cells without a set."""
    return _Builder(cells, test).build(tuple(range(len(cells))), frozenset(range(width)))


class _Builder:
    def __init__(self, cells: Cells, test: Test) -> None:
        self._cells = cells
        self._test = test
        self._left = COPIES * len(cells) + SPARE
        self._points: dict[int, tuple[Key, ...] | None] = {}
        self._ends: dict[Any, Ends] = {}

    def build(self, rows: Rows, columns: frozenset[int]) -> Part:
        """Return the index of *rows* by those of their cells that are in *columns*."""
        open_columns = frozenset(c for c in columns if any(self._is_tested(row, c) for row in rows))
        if len(rows) <= FEW or (not open_columns and len(rows) <= BLOCK):
            return self._tested(rows, open_columns)
        parts: list[Part] = []
        while len(rows) > FEW and len(parts) < MOST_GROUPS:
            best = self._most_asked(rows, open_columns)
            if best is None:
                break
            hashed, rows = self._hashed(rows, open_columns, best)
            parts.append(hashed)
        if parts:
            parts += [self._ranged(rows, open_columns)] if rows else []
            return parts[0] if len(parts) == 1 else Both(parts)
        return self._ranged(rows, open_columns)

    def _is_tested(self, row: int, column: int) -> bool:
        cell = self._cells[row][column]
        return cell is not None and cell is not ANYTHING

    def _set(self, row: int, column: int) -> ValueSet:
        cell = self._cells[row][column]
        return ANYTHING.passes if cell is None else cell.passes

    def _tested(self, rows: Rows, columns: frozenset[int]) -> Part:
        made = []
        for row in rows:
            cells = self._cells[row]
            accepts = tuple(
                (c, _acceptor(cell.passes))
                for c in sorted(columns)
                if (cell := cells[c]) is not None and cell is not ANYTHING
            )
            made.append((row, accepts, self._untold(row)))
        if not any(accepts or others for _, accepts, others in made):
            return rows
        return Tested(made, self._test)

    def _untold(self, row: int) -> tuple[int, ...]:
        return tuple(column for column, cell in enumerate(self._cells[row]) if cell is None)

    # hashing

    def _constants(self, row: int, column: int) -> tuple[Key, ...] | None:
        cell = self._cells[row][column]
        if cell is None or cell is ANYTHING:
            return None
        name = id(cell)
        if name not in self._points:
            self._points[name] = cell.passes.points()
        return self._points[name]

    def _signature(self, row: int, columns: frozenset[int]) -> tuple[int, ...]:
        """Return the columns in which *row* asks for constants, few enough to stand under each."""
        counts = {c: len(points) for c in columns if (points := self._constants(row, c)) is not None}
        total = 1
        kept = []
        for column, count in sorted(counts.items(), key=lambda item: (item[1], item[0])):
            if total * max(count, 1) <= MOST_KEYS:
                total *= max(count, 1)
                kept.append(column)
        return tuple(sorted(kept))

    def _most_asked(self, rows: Rows, columns: frozenset[int]) -> tuple[int, ...] | None:
        """Return the columns by which most of *rows* can be told apart by constants."""
        counts = Counter(self._signature(row, columns) for row in rows)
        del counts[()]
        if not counts:
            return None
        (best, count) = max(counts.items(), key=lambda item: (item[1], len(item[0]), item[0]))
        return best if count * 8 >= len(rows) or count >= BLOCK // 8 else None

    def _hashed(self, rows: Rows, columns: frozenset[int], by: tuple[int, ...]) -> tuple[Part, Rows]:
        buckets: dict[Any, list[int]] = {}
        others = []
        wanted = set(by)
        for row in rows:
            if not wanted <= set(self._signature(row, columns)):
                others.append(row)
                continue
            for keys in product(*(dict.fromkeys(self._constants(row, c) or ()) for c in by)):
                buckets.setdefault(keys if len(by) > 1 else keys[0], []).append(row)
        left = columns - wanted
        ranged = [c for c in left if any(self._is_tested(row, c) for row in rows)]
        if len(ranged) == 1:
            gridded = self._gridded(buckets, by, ranged[0])
            if gridded is not None:
                return gridded, tuple(others)
        table = {key: self.build(tuple(bucket), left) for key, bucket in buckets.items()}
        return Hashed(by, table), tuple(others)

    def _gridded(self, buckets: dict[Any, list[int]], by: tuple[int, ...], column: int) -> Part | None:
        """Return *buckets*, whose rows differ in *column* alone, as a grid; None where there are too many slices."""
        rows = tuple(dict.fromkeys(row for bucket in buckets.values() for row in bucket))
        begins: dict[str, tuple[int, list[Key]]] = {}
        total = 1
        for line, bounds in self._lines(rows, column).items():
            begins[line] = (total, bounds)
            total += 2 * len(bounds) + 1
        if total > GRID * len(self._cells):
            return None
        grid = Gridded(by, column, by_kind(begins))
        shapes: dict[Shape, int] = {}
        spare = GRID * len(self._cells)
        for key, bucket in buckets.items():
            shape = self._shape(bucket, column, begins, total) if total <= spare else None
            if shape is None or len(grid.order) + len(bucket) >= 1 << PLACE_BITS:
                grid.table[key] = self.build(tuple(bucket), frozenset((column,)))
                continue
            if shape not in shapes:
                spare -= total
            number = shapes.setdefault(shape, len(shapes))
            grid.table[key] = number << PLACE_BITS | len(grid.order)
            grid.order.extend(bucket)
        grid.shapes = list(shapes)
        return grid

    def _shape(
        self, bucket: Sequence[int], column: int, begins: Mapping[str, tuple[int, list[Key]]], total: int
    ) -> Shape | None:
        """Return by slice which rows of *bucket* hold; None where a cell has no set."""
        if any(map(self._untold, bucket)):
            return None
        turns: dict[int, set[int]] = {0: set(), total: set()}
        for place, row in enumerate(bucket):
            found = self._set(row, column)
            stretches = [(0, 1)] if found.rest else []
            for line, (begin, bounds) in begins.items():
                stretches += ((begin + a, begin + b) for a, b in _slices(bounds, found.on(line)))
            for stretch in stretches:
                for at in stretch:
                    turns.setdefault(at, set()).symmetric_difference_update((place,))
        made: list[int | tuple[int, ...]] = []
        holding: set[int] = set()
        for at, end in pairwise(sorted(turns)):
            holding ^= turns[at]
            places = tuple(sorted(holding))
            made += [places[0] if len(places) == 1 else places] * (end - at)
        return tuple(made)

    # ranges

    def _ranged(self, rows: Rows, columns: frozenset[int]) -> Part:
        columns = frozenset(c for c in columns if any(self._is_tested(row, c) for row in rows))
        if len(rows) <= FEW or (not columns and len(rows) <= BLOCK):
            return self._tested(rows, columns)
        sliced = [(*self._crowd(rows, c), c) for c in columns]
        if sliced:
            most, copies, column = min(sliced)
            if most < len(rows) and copies <= 3 * len(rows) and copies <= self._left:
                self._left -= copies
                return self._sliced(rows, columns, column)
        blocks = [self._masked(rows[at : at + BLOCK], columns) for at in range(0, len(rows), BLOCK)]
        return blocks[0] if len(blocks) == 1 else Both(blocks)

    def _lines(self, rows: Rows, column: int) -> dict[str, list[Key]]:
        """Return the bounds of *rows* in *column*, ascending, by line."""
        bounds: dict[str, set[Key]] = {}
        for found in {id(s): s for s in (self._set(row, column) for row in rows)}.values():
            for line, spans in found.lines.items():
                here = bounds.setdefault(line, set())
                here.update(cut[1] for span in (*spans, *whole(line)) for cut in span if cut[0] == 0)
        return {line: sorted(keys) for line, keys in bounds.items()}

    def _crowd(self, rows: Rows, column: int) -> tuple[int, int]:
        """Return how many of *rows* would stand in one slice of *column* at most, and in all slices together."""
        most = copies = 0
        for line, bounds in self._lines(rows, column).items():
            turns = [0] * (2 * len(bounds) + 2)
            for row in rows:
                for first, last in _slices(bounds, self._set(row, column).on(line)):
                    turns[first] += 1
                    turns[last] -= 1
            crowds = list(accumulate(turns))
            most, copies = max(most, *crowds), copies + sum(crowds)
        return most, copies

    def _sliced(self, rows: Rows, columns: frozenset[int], column: int) -> Part:
        lines = self._lines(rows, column)
        slices: list[list[int]] = [[row for row in rows if self._set(row, column).rest]]
        ends: dict[str, tuple[int, list[Key]]] = {}
        for line, bounds in lines.items():
            begin = len(slices)
            ends[line] = (begin, bounds)
            slices += ([] for _ in range(2 * len(bounds) + 1))
            for row in rows:
                for first, last in _slices(bounds, self._set(row, column).on(line)):
                    for at in range(begin + first, begin + last):
                        slices[at].append(row)
        left = columns - {column}
        made: dict[Rows, Part] = {
            found: self.build(found, left) for found in dict.fromkeys(map(tuple, slices))
        }
        name = tuple((line, tuple(bounds)) for line, bounds in lines.items())
        shared = self._ends.setdefault(name, by_kind(ends))
        return Sliced(column, shared, [made[tuple(found)] for found in slices])

    def _masked(self, rows: Rows, columns: frozenset[int]) -> Part:
        found = []
        for column in sorted(columns):
            lines: dict[str, tuple[list[Key], list[int]]] = {}
            for line, bounds in self._lines(rows, column).items():
                turns = [0] * (2 * len(bounds) + 2)
                for at, row in enumerate(rows):
                    for first, last in _slices(bounds, self._set(row, column).on(line)):
                        turns[first] ^= 1 << at
                        turns[last] ^= 1 << at
                masks, mask = [], 0
                for turn in turns[:-1]:
                    mask ^= turn
                    masks.append(mask)
                lines[line] = (bounds, masks)
            rest = sum(1 << at for at, row in enumerate(rows) if self._set(row, column).rest)
            found.append((column, (by_kind(lines), rest)))
        others = {row: untold for row in rows if (untold := self._untold(row))}
        return Masked(rows, found, others, self._test)


def _slices(bounds: list[Key], spans: Spans) -> list[tuple[int, int]]:
    """Return the slices that each of *spans* covers, as (first, beyond the last); its ends are among *bounds*."""
    made = []
    for low, high in spans:
        if low == LEFT:
            first = 0
        else:
            at = bisect_left(bounds, low[1])
            first = 2 * at + 1 if low[2] < 0 else 2 * at + 2
        if high == RIGHT:
            last = 2 * len(bounds) + 1
        else:
            at = bisect_left(bounds, high[1])
            last = 2 * at + 1 if high[2] < 0 else 2 * at + 2
        made.append((first, last))
    return made


def _acceptor(passes: ValueSet) -> Callable[[Key], bool]:
    """Return the test of a key against a set, as plain as the set allows."""
    points = passes.points()
    if points is not None:
        constants = frozenset(points)
        return lambda key: key in constants
    if passes.rest or len(passes.lines) != 1:
        return passes.has
    ((line, spans),) = passes.lines.items()
    if len(spans) != 1:
        return passes.has
    low, high = spans[0]
    if low == LEFT or high == RIGHT:
        return _half_open(line, low, high)
    first, last = low[1], high[1]
    match low[2], high[2]:
        case -1, 1:
            return lambda key: line_of(key) == line and first <= key <= last
        case -1, -1:
            return lambda key: line_of(key) == line and first <= key < last
        case 1, 1:
            return lambda key: line_of(key) == line and first < key <= last
        case _:
            return lambda key: line_of(key) == line and first < key < last


def _half_open(line: str, low: Any, high: Any) -> Callable[[Key], bool]:
    if low == LEFT and high == RIGHT:
        return lambda key: line_of(key) == line
    if high == RIGHT:
        bound = low[1]
        if low[2] < 0:
            return lambda key: line_of(key) == line and key >= bound
        return lambda key: line_of(key) == line and key > bound
    bound = high[1]
    if high[2] > 0:
        return lambda key: line_of(key) == line and key <= bound
    return lambda key: line_of(key) == line and key < bound
