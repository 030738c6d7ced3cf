"""Rows as boxes: which rows meet, which hide others, and what no row covers.

A box has runs of slices per column (`axes`). Rows are compared by bit masks, block by block, and exactly where these say
that it may be; every search has a bound, and says when it stopped there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import reduce
from itertools import accumulate
from operator import and_, or_, xor

from engine.tables.axes import Runs, lacking, meeting

BLOCK = 2048
"""Rows of one set of masks."""

MOST_COMPARED = 400_000
"""Pairs of rows that one search compares exactly."""

MOST_PIECES = 256
"""Pieces a box is cut into when several rows are taken out of it."""

MOST_CUT = 400_000
"""Columns of pieces that are looked at when rows are taken out of each other."""

MOST_VISITED = 40_000
"""Partial combinations that the search for gaps looks at."""

Box = tuple[Runs, ...]


@dataclass(slots=True)
class Search:
    """What a search has left to do; *ended* where it stopped before everything was looked at."""

    left: int
    ended: bool = False

    def spend(self, cost: int = 1) -> bool:
        """Take *cost* steps; return whether there were as many left."""
        self.left -= cost
        if self.left < 0:
            self.ended = True
        return self.left >= 0


@dataclass(frozen=True, slots=True)
class Boxes:
    """The boxes of a table's rows; *told* are the rows whose cells all are sets, so that their boxes are exact."""

    boxes: tuple[Box, ...]
    sizes: tuple[int, ...]
    """Slices of each column."""
    told: tuple[bool, ...]


@dataclass(slots=True)
class _Masks:
    """The rows of a block in one column, as bits: by slice those that cover it, and those that began up to it."""

    covering: list[int]
    begun: list[int]
    scattered: int
    """Rows with more than one run."""


def overlaps(
    boxes: Boxes, search: Search, differ: Callable[[int, int], bool] = lambda *_: True
) -> Iterator[tuple[int, int]]:
    """Yield (row, later row) that meet, for each later row the first; *differ* says which pairs count."""
    yield from _pairs(boxes, search, _met, lambda a, b: meet(boxes.boxes[a], boxes.boxes[b]) and differ(a, b))


def hidden(boxes: Boxes, search: Search) -> Iterator[tuple[int, int]]:
    """Yield (row, later row) where the first covers all of the later one."""

    yield from _pairs(
        boxes, search, _over, lambda a, b: covers(boxes.boxes[a], boxes.boxes[b]), among=boxes.told
    )


def meet(a: Box, b: Box) -> bool:
    """Return whether two boxes have a value in common."""
    return all(meeting(x, y) for x, y in zip(a, b, strict=True))


def covers(a: Box, b: Box) -> bool:
    """Return whether *a* has all of *b*."""
    return all(not lacking(y, x) for x, y in zip(a, b, strict=True))


def is_empty(box: Box) -> bool:
    """Return whether a box has no value at all."""
    return not all(box)


def earlier_rows(boxes: Boxes, most: int) -> list[list[int]]:
    """Return for each row the told rows before it that it may meet; of more than *most* of them the first ones."""
    found: list[list[int]] = [[] for _ in boxes.boxes]
    for row, earlier, begin in _candidates(boxes, _met, boxes.told):
        while earlier and len(found[row]) <= most:
            lowest = earlier & -earlier
            earlier ^= lowest
            found[row].append(begin + lowest.bit_length() - 1)
    return found


def covered_together(boxes: Boxes, row: int, others: Sequence[int], search: Search) -> tuple[int, ...]:
    """Return those of *others* that cover all of *row* when taken together; () where they do not, or are too many.

    A step is a column of a piece.
    """
    pieces = [boxes.boxes[row]]
    used = []
    for other in others:
        box = boxes.boxes[other]
        if not search.spend(len(pieces) * len(box)):
            break
        if not any(meet(box, piece) for piece in pieces):
            continue
        used.append(other)
        pieces = [left for piece in pieces for left in _without(piece, box)]
        if not pieces:
            return tuple(used)
        if len(pieces) > MOST_PIECES:
            search.ended = True
            break
    return ()


def _without(piece: Box, box: Box) -> Iterator[Box]:
    """Yield what is left of *piece* without *box*, column by column."""
    if not meet(piece, box):
        yield piece
        return
    for at, (mine, theirs) in enumerate(zip(piece, box, strict=True)):
        left = lacking(mine, theirs)
        if left:
            yield (*piece[:at], left, *piece[at + 1 :])
        piece = (*piece[:at], meeting(mine, theirs), *piece[at + 1 :])


def _pairs(
    boxes: Boxes,
    search: Search,
    may: Callable[[_Masks, Runs], int],
    does: Callable[[int, int], bool],
    *,
    among: Sequence[bool] | None = None,
) -> Iterator[tuple[int, int]]:
    """Yield (row, later row) for which *does*, for each later row the first; *may* gives candidates by masks.

    The first is one of those *among* which it is looked for, if that is said.
    """
    found: set[int] = set()
    for row, left, begin in _candidates(boxes, may, among):
        while left and row not in found:
            lowest = left & -left
            earlier = begin + lowest.bit_length() - 1
            left ^= lowest
            if not search.spend():
                return
            if does(earlier, row):
                found.add(row)
                yield earlier, row


def _candidates(
    boxes: Boxes, may: Callable[[_Masks, Runs], int], among: Sequence[bool] | None = None
) -> Iterator[tuple[int, int, int]]:
    """Yield (row, rows before it that may be what is looked for as bits, what row the first bit is), block by block.

    Only those *among* which it is looked for are, if that is said; so that the others cost nothing.
    """
    for begin in range(0, len(boxes.boxes), BLOCK):
        block = boxes.boxes[begin : begin + BLOCK]
        masks = [_masked([box[at] for box in block], size) for at, size in enumerate(boxes.sizes)]
        known: list[dict[Runs, int]] = [{} for _ in masks]
        there = sum(
            1 << at
            for at, box in enumerate(block)
            if not is_empty(box) and (among is None or among[begin + at])
        )
        for row in range(begin, len(boxes.boxes)):
            box = boxes.boxes[row]
            if is_empty(box):
                continue
            left = there & ((1 << (row - begin)) - 1) if row < begin + BLOCK else there
            for at, runs in enumerate(box):
                if not left:
                    break
                if runs not in known[at]:
                    known[at][runs] = may(masks[at], runs)
                left &= known[at][runs]
            if left:
                yield row, left, begin


def _masked(runs: Sequence[Runs], size: int) -> _Masks:
    turns, starts, scattered = [0] * (size + 1), [0] * (size + 1), 0
    for at, stretches in enumerate(runs):
        bit = 1 << at
        if len(stretches) > 1:
            scattered |= bit
        for first, last in stretches:
            turns[first] ^= bit
            turns[last] ^= bit
            starts[first] |= bit
    return _Masks(list(accumulate(turns, xor)), list(accumulate(starts, or_)), scattered)


def _met(masks: _Masks, runs: Runs) -> int:
    """Return the rows that may have a slice of *runs*: they cover where a run begins, or begin inside of one."""
    found = masks.scattered
    for first, last in runs:
        found |= masks.covering[first] | (masks.begun[last - 1] & ~masks.begun[first])
    return found


def _over(masks: _Masks, runs: Runs) -> int:
    """Return the rows that may have all of *runs*: they cover where each begins and ends."""
    found = -1
    for first, last in runs:
        found &= masks.covering[first] & masks.covering[last - 1]
    return found


@dataclass(slots=True)
class _Gaps:
    """The search for combinations that no row has: column by column, the rows still possible as bits."""

    covering: list[list[int]]
    done: list[int]
    """By column: the rows that cover all of it and of the columns after it."""
    search: Search
    most: int
    covered: set[tuple[int, int]] = field(default_factory=set)
    found: list[Box] = field(default_factory=list)

    def look(self, at: int, rows: int, chosen: Box) -> None:
        """Note the gaps below a combination *chosen* of slices of the first columns, which *rows* have."""
        if len(self.found) >= self.most or (at, rows) in self.covered or rows & self.done[at]:
            return
        if not rows:
            rest = tuple(((0, len(masks)),) for masks in self.covering[at:])
            self.found.append((*chosen, *rest))
            return
        if not self.search.spend():
            return
        before = len(self.found)
        masks = self.covering[at]
        begin = 0
        while begin < len(masks):
            end = begin + 1
            while end < len(masks) and masks[end] & rows == masks[begin] & rows:
                end += 1
            self.look(at + 1, masks[begin] & rows, (*chosen, ((begin, end),)))
            begin = end
        if len(self.found) == before and not self.search.ended:
            self.covered.add((at, rows))


def gaps(boxes: Boxes, rows: Sequence[int], within: Box, search: Search, most: int) -> list[Box]:
    """Return boxes inside of *within* that none of *rows* has, at most *most*."""
    columns = range(len(boxes.sizes))
    covering: list[list[int]] = []
    places: list[list[int]] = []
    for at in columns:
        masks = _masked([boxes.boxes[row][at] for row in rows], boxes.sizes[at]).covering
        inside = [number for first, last in within[at] for number in range(first, last)]
        covering.append([masks[number] for number in inside])
        places.append(inside)
    everyone = (1 << len(rows)) - 1
    done = [everyone]
    for at in reversed(columns):
        done.append(done[-1] & reduce(and_, covering[at], everyone))
    done.reverse()
    looking = _Gaps(covering, done, search, most)
    looking.look(0, everyone, ())
    return [
        tuple(_placed(runs, places[at]) for at, runs in enumerate(box)) for box in looking.found if all(box)
    ]


def _placed(runs: Runs, places: Sequence[int]) -> Runs:
    """Return the first stretch of *runs* that stands together, by the numbers of its slices on the axis."""
    first, last = runs[0]
    end = first + 1
    while end < last and places[end] == places[end - 1] + 1:
        end += 1
    return ((places[first], places[end - 1] + 1),)
