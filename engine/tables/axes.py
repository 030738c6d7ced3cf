"""A column as an axis: its values cut into the fewest slices that no row tells apart, and each cell as runs of slices.

What is true of one value of a slice is true of all of them, so that rows can be compared by the numbers of slices.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine import feel
from engine.feel.values import ComparatorValue, RangeValue
from engine.tables.cells import Cell
from engine.tables.domains import Domain, snapped
from engine.tables.sets import (
    BOOLEAN,
    LEFT,
    NONE,
    NULL,
    NUMBER,
    RIGHT,
    TRUE,
    Cut,
    Key,
    Spans,
    ValueSet,
    is_point,
    key_of,
    line_of,
)

Runs = tuple[tuple[int, int], ...]
"""Stretches of slices, (first, beyond the last), ascending and apart."""

_LONGEST = 60
_LISTED = 3


@dataclass(frozen=True, slots=True)
class Slice:
    """Values from one cut of a line to the next; the values of all lines that nothing names have no line."""

    line: str
    low: Cut = LEFT
    high: Cut = RIGHT


@dataclass(frozen=True, slots=True)
class Axis:
    """The slices of a column's domain, and the runs that each of its cells covers."""

    domain: Domain
    slices: tuple[Slice, ...]
    texts: Mapping[Key, str]
    """How the constants of cells are written."""
    _cuts: Mapping[str, tuple[list[Cut], list[int]]]
    """By line: the cuts, and the number of the slice that begins at each, or would."""

    @property
    def full(self) -> Runs:
        """All of the domain."""
        return ((0, len(self.slices)),) if self.slices else ()

    def runs(self, cell: Cell | None) -> Runs:
        """Return what *cell* covers of the domain; one that has no set may cover anything."""
        if cell is None or not cell.tests:
            return self.full
        found = []
        for line, (cuts, numbers) in self._cuts.items():
            for low, high in _on(cell.passes, line, whole=self.domain.whole):
                first, last = numbers[bisect_left(cuts, low)], numbers[bisect_left(cuts, high)]
                if first < last:
                    found.append((first, last))
        if cell.passes.rest and self.slices and not self.slices[-1].line:
            found.append((len(self.slices) - 1, len(self.slices)))
        return joined(found)

    def told(self, heading: str, runs: Runs) -> str:
        """Return what *runs* say of the input called *heading*, as FEEL; "" where it may be anything."""
        if runs == self.full:
            return ""
        slices = [self.slices[at] for first, last in runs for at in range(first, last)]
        pieces = [piece for piece in slices if piece.line != NULL] or slices
        if all(is_point((piece.low, piece.high)) for piece in pieces[:_LISTED]):
            listed = [self._text(piece.low[1]) for piece in pieces[:_LISTED]]
            more = ", ..." if len(pieces) > _LISTED else ""
            return (
                f"{heading} = {listed[0]}"
                if len(pieces) == 1
                else f"{heading} in ({', '.join(listed)}{more})"
            )
        first = last = pieces[0]
        if not first.line:
            return f"{heading} is of another kind"
        for piece in pieces[1:]:
            if (piece.line, piece.low) != (last.line, last.high):
                break
            last = piece
        return self._stretch(heading, first.line, first.low, last.high)

    def _stretch(self, heading: str, line: str, low: Cut, high: Cut) -> str:
        first = last = None
        if low != LEFT:
            first = low[1]
        if high != RIGHT:
            last = high[1]
        opening, closing = "(" if low[0] or low[2] > 0 else "[", "]" if high[0] or high[2] > 0 else ")"
        if self.domain.whole and line == NUMBER and last is not None and closing == ")":
            last, closing = last - 1, "]"
        if first is None and last is None:
            return f"{heading} is any {line}"
        if first is None:
            return f"{heading} {'<=' if closing == ']' else '<'} {self._text(last)}"
        if last is None:
            return f"{heading} {'>=' if opening == '[' else '>'} {self._text(first)}"
        if first == last:
            return f"{heading} = {self._text(first)}"
        return f"{heading} in {opening}{self._text(first)}..{self._text(last)}{closing}"

    def _text(self, key: Key) -> str:
        if key in self.texts:
            return self.texts[key]
        if isinstance(key, str):
            return _quoted(key)
        if key == NONE:
            return "null"
        if line_of(key) == BOOLEAN:
            return "true" if key == TRUE else "false"
        return feel.to_text(key)


def axis_of(domain: Domain, cells: Iterable[Cell | None]) -> Axis:
    """Return the axis of a column whose values are in *domain* and whose rows have *cells*."""
    sets: dict[int, ValueSet] = {}
    texts: dict[Key, str] = {}
    for cell in cells:
        if cell is not None and cell.tests and id(cell) not in sets:
            sets[id(cell)] = cell.passes
            for constant in cell.tests:
                _note(constant, texts)
    named = dict.fromkeys(line for found in (domain.values, *sets.values()) for line in found.lines)
    slices: list[Slice] = []
    by_line: dict[str, tuple[list[Cut], list[int]]] = {}
    for line in named:
        inside = domain.values.on(line)
        if not inside:
            continue
        spans = [inside, *(_on(found, line, whole=domain.whole) for found in sets.values())]
        cuts = sorted({LEFT, RIGHT, *(cut for stretch in spans for span in stretch for cut in span)})
        numbers = []
        at = 0
        for low, high in zip(cuts, [*cuts[1:], RIGHT], strict=True):
            numbers.append(len(slices))
            while at < len(inside) and inside[at][1] <= low:
                at += 1
            if at < len(inside) and inside[at][0] <= low < high:
                slices.append(Slice(line, low, high))
        by_line[line] = (cuts, numbers)
    if domain.values.rest:
        slices.append(Slice(""))
    return Axis(domain, tuple(slices), texts, by_line)


def _on(found: ValueSet, line: str, *, whole: bool) -> Spans:
    spans = found.on(line)
    return snapped(spans) if whole and line == NUMBER else spans


def _note(constant: Any, texts: dict[Key, str]) -> None:
    match constant:
        case ComparatorValue(operand=operand):
            _note(operand, texts)
        case RangeValue(low=low, high=high):
            _note(low, texts)
            _note(high, texts)
        case list():
            for item in constant:
                _note(item, texts)
        case None | bool() | str() | int():
            pass
        case _:
            text = feel.to_text(constant)
            key = key_of(constant)
            if isinstance(key, tuple):
                text = f'@"{text}"'
            texts.setdefault(key, text)


def _quoted(text: str) -> str:
    shown = text if len(text) <= _LONGEST else text[:_LONGEST] + "..."
    return '"' + shown.replace("\\", "\\\\").replace('"', '\\"') + '"'


def joined(runs: Iterable[tuple[int, int]]) -> Runs:
    """Return *runs* in order, those that touch as one."""
    made: list[tuple[int, int]] = []
    for first, last in sorted(runs):
        if made and first <= made[-1][1]:
            made[-1] = (made[-1][0], max(made[-1][1], last))
        else:
            made.append((first, last))
    return tuple(made)


def meeting(a: Sequence[tuple[int, int]], b: Sequence[tuple[int, int]]) -> Runs:
    """Return the slices in both."""
    made = []
    i = j = 0
    while i < len(a) and j < len(b):
        first, last = max(a[i][0], b[j][0]), min(a[i][1], b[j][1])
        if first < last:
            made.append((first, last))
        if a[i][1] < b[j][1]:
            i += 1
        else:
            j += 1
    return tuple(made)


def lacking(a: Sequence[tuple[int, int]], b: Sequence[tuple[int, int]]) -> Runs:
    """Return the slices of *a* that are not in *b*."""
    made = []
    for first, last in a:
        at = first
        for begin, end in b:
            if end <= at or begin >= last:
                continue
            if at < begin:
                made.append((at, begin))
            at = max(at, end)
        if at < last:
            made.append((at, last))
    return tuple(made)
