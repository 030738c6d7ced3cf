"""What the rows of a decision table say to each other: rows that meet, rows never reached, cells that never hold, gaps.

Rows are compared as sets of values, whatever their cells look like. What takes more than constants to test is left out:
nothing is said of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Any

from engine.checks.table_cells import cells_fit, heading_of, type_of, value_of
from engine.checks.table_fields import Ground, ground_of, is_required, path_of
from engine.diagnostics import Diagnostic, Span, error, warning
from engine.feel import NOT_LITERAL, Node, runtime
from engine.feel.scope import Scope
from engine.model import Documents
from engine.scopes import action_scope
from engine.tables import regions
from engine.tables.axes import Axis, Runs, axis_of, meeting
from engine.tables.cells import ANYTHING, Cell, cell_of
from engine.tables.domains import domain_of
from engine.tables.model import HitPolicy, Row, Table
from engine.tables.naming import name_cell
from engine.tables.regions import Boxes, Search
from engine.tables.sets import NULL
from engine.written import Expression, Literal, Text, Value

MOST_TOLD = 20
"""Faults of one kind that are listed for a table."""

MOST_GAPS = 3
MOST_COLUMNS = 40
"""Columns of a table in which gaps are looked for."""

MOST_TOGETHER = 48
"""Rows that are taken together, one out of the other, to see whether they cover a row."""

MOST_WIDE = 8
"""Rows that meet more than these, and are compared with all rows before them at once."""

_UNREACHED = "rows that are never reached"
_SHOWN = 8
"""Inputs that a message tells of."""

_ALONE = (HitPolicy.UNIQUE, HitPolicy.ANY, HitPolicy.FIRST)
"""Policies of tables that are expected to answer for every input."""


def tables_hold_together(documents: Documents) -> Iterator[Diagnostic]:
    """Yield every fault in the decision tables of rules."""
    for ruleset in documents.rulesets:
        for rule in ruleset.rules:
            if rule.table is not None:
                scope = action_scope(documents, ruleset, rule)
                if rule.is_whole:
                    yield from check_table(rule.table, scope, ground_of(documents, rule, rule.table))
                else:
                    yield from cells_fit(rule.table, scope)


def check_table(table: Table, scope: Scope, ground: Ground | None = None) -> Iterator[Diagnostic]:
    """Yield every fault in *table*, whose expressions stand in *scope*; *ground* is what is known of what comes to it.

    Two rows that meet are a warning where nothing may ever come to the place where they do.
    """
    found = list(cells_fit(table, scope))
    yield from found
    if all(diagnostic.code == "table-output" for diagnostic in found):
        yield from _Checker(table, scope, ground or Ground()).faults()


class _Checker:
    """Looks at one table whose cells are known to be sound."""

    def __init__(self, table: Table, scope: Scope, ground: Ground) -> None:
        self.table = table
        known: dict[Node, Cell | None] = {}

        def cell(node: Node) -> Cell | None:
            if node not in known:
                known[node] = cell_of(node)
            return known[node]

        self.axes: list[Axis] = []
        self.headings = [heading_of(column) for column in table.inputs]
        rows = [[ANYTHING if test is None else cell(test.node) for test in row.tests] for row in table.rows]
        boxes: list[list[Any]] = [[] for _ in rows]
        for at, column in enumerate(table.inputs):
            allowed = None if column.allowed is None else cell(column.allowed.node)
            node = column.expression.node
            domain = domain_of(
                type_of(column, scope),
                required=is_required(node, scope),
                schema=ground.schema_of(node),
                allowed=None if allowed is None else allowed.passes,
                left=ground.left.get(path_of(node) or ()),
            )
            axis = axis_of(domain, (row[at] for row in rows))
            runs: dict[int, Any] = {}
            for box, row in zip(boxes, rows, strict=True):
                if id(row[at]) not in runs:
                    runs[id(row[at])] = axis.runs(row[at])
                box.append(runs[id(row[at])])
            self.axes.append(axis)
        self.boxes = Boxes(
            tuple(map(tuple, boxes)),
            tuple(len(axis.slices) for axis in self.axes),
            tuple(None not in row for row in rows),
        )
        self.ground = ground
        self.sure = ground.is_sure and self._stand_apart()

    def faults(self) -> Iterator[Diagnostic]:
        """Yield what is wrong with the table, and what was not looked at."""
        yield from self._limited(self._never_held(), "cells that never hold")
        match self.table.hit:
            case HitPolicy.UNIQUE:
                yield from self._searched(self._overlaps, "rows that meet")
            case HitPolicy.ANY:
                yield from self._searched(self._contradictions, "rows that meet with other outputs")
            case HitPolicy.FIRST:
                yield from self._searched(self._hidden, _UNREACHED)
        if self.table.hit not in (HitPolicy.UNIQUE, HitPolicy.FIRST):
            yield from self._limited(self._repeated(), "rows that repeat others")
        if self.table.hit in _ALONE and all(column.default is None for column in self.table.outputs):
            yield from self._gaps()

    # what is known of the columns and of the rows

    def _stand_apart(self) -> bool:
        """Return whether each column tests a field of its own, of which it is known what it can be."""
        paths = [path_of(column.expression.node) for column in self.table.inputs]
        known = all(not axis.domain.values.rest for axis in self.axes)
        return known and None not in paths and len(set(paths)) == len(paths)

    @cached_property
    def _constants(self) -> list[tuple[object, ...]]:
        return [tuple(None if o is None else value_of(o) for o in row.outputs) for row in self.table.rows]

    def _differ(self, a: int, b: int) -> bool:
        """Return whether two rows surely say different things."""
        return any(
            x is not NOT_LITERAL and y is not NOT_LITERAL and runtime.equal(x, y) is not True
            for x, y in zip(self._constants[a], self._constants[b], strict=True)
        )

    def _both_told(self, a: int, b: int) -> bool:
        return self.boxes.told[a] and self.boxes.told[b]

    # what is looked for

    def _never_held(self) -> Iterator[Diagnostic]:
        for row, box in zip(self.table.rows, self.boxes.boxes, strict=True):
            for at, runs in enumerate(box):
                if not runs and (test := row.tests[at]) is not None:
                    message = f"{name_cell(self.table, row, at)}: {test.text.strip()[:60]} never holds"
                    allowed = self.table.inputs[at].allowed
                    fix = "write a value that the field can have here, or delete the row"
                    if allowed is not None:
                        fix = f"allowed is {allowed.text.strip()[:60]}"
                    yield warning("never-matches", test.span(), message, fix)

    def _overlaps(self, search: Search) -> Iterator[Diagnostic]:
        for a, b in regions.overlaps(self.boxes, search, self._both_told):
            where = self._meeting(a, b)
            message = f"{self._names(a, b)} both hold {where}, and the table is unique"
            fix = 'let only one of them hold there, or write "hit: first"'
            yield self._overlap(b, message, fix, sure=self.sure and self._differ(a, b))

    def _contradictions(self, search: Search) -> Iterator[Diagnostic]:
        def count(a: int, b: int) -> bool:
            return self._both_told(a, b) and self._differ(a, b)

        for a, b in regions.overlaps(self.boxes, search, count):
            message = (
                f'{self._names(a, b)} both hold {self._meeting(a, b)}, and "any" asks them to say the same'
            )
            fix = 'give them the same outputs, or write "hit: first"'
            yield self._overlap(b, message, fix, sure=self.sure)

    def _overlap(self, row: int, message: str, fix: str, *, sure: bool) -> Diagnostic:
        if sure:
            return error("table-overlap", self._span(row), message, fix)
        return warning("table-overlap", self._span(row), message, fix)

    def _hidden(self, search: Search) -> Iterator[Diagnostic]:
        found = set()
        for a, b in regions.hidden(self.boxes, search):
            found.add(b)
            yield self._unreached(b, f"row {self._number(a)} holds wherever it does")
        wide = 0
        together = Search(regions.MOST_CUT)
        for row, others in enumerate(regions.earlier_rows(self.boxes, MOST_TOGETHER)):
            if row in found or not others:
                continue
            if len(others) > MOST_TOGETHER:
                wide += 1
                if wide <= MOST_WIDE and self._is_covered(row):
                    yield self._unreached(row, "the rows before it together hold wherever it does")
            elif used := regions.covered_together(self.boxes, row, others, together):
                listed = " and ".join(str(self._number(other)) for other in used[:2])
                listed += f" and {len(used) - 2} more" if len(used) > 2 else ""
                yield self._unreached(row, f"rows {listed} together hold wherever it does")
        if wide > MOST_WIDE:
            why = f"{MOST_WIDE} of {wide} rows that meet more than {MOST_TOGETHER} others were compared with them all"
            yield self._unlooked(_UNREACHED, why)
        if together.ended:
            yield self._unlooked(_UNREACHED, "to see which rows cover others together took too long")

    def _is_covered(self, row: int) -> bool:
        """Return whether all rows before *row* surely leave nothing of it."""
        search = Search(regions.MOST_VISITED)
        before = [other for other in range(row) if self.boxes.told[other]]
        return not regions.gaps(self.boxes, before, self.boxes.boxes[row], search, 1) and not search.ended

    def _unreached(self, row: int, why: str) -> Diagnostic:
        message = f"row {self._number(row)} is never reached: {why}"
        return warning("table-unreached", self._span(row), message, "put it before them, or delete it")

    def _repeated(self) -> Iterator[Diagnostic]:
        first: dict[Any, Row] = {}
        for row in self.table.rows:
            said = (
                tuple(None if test is None else test.node for test in row.tests),
                tuple(map(_plain, row.outputs)),
            )
            there = first.setdefault(said, row)
            if there is not row:
                message = f"row {row.number} says the same as row {there.number}"
                yield warning("table-row-repeated", row.span, message, "delete one of them")

    def _gaps(self) -> Iterator[Diagnostic]:
        """Yield combinations that no row has, where every column tests values of which it is known which there are."""
        is_expected = self.axes and self.table.rows and self.ground.is_sure
        if not is_expected or not all(axis.domain.closed for axis in self.axes):
            return
        slices = sum(self.boxes.sizes)
        if len(self.axes) > MOST_COLUMNS or slices * len(self.table.rows) > 400_000_000:
            yield self._unlooked("combinations that no row has", "the table is too large")
            return
        search = Search(regions.MOST_VISITED)
        within = tuple(_present(axis) for axis in self.axes)
        for box in regions.gaps(self.boxes, range(len(self.table.rows)), within, search, MOST_GAPS):
            where = self._told(box)
            fix = 'add a row or a "default"; or say in "allowed" what the inputs can be'
            yield warning("table-gap", self.table.span, f"no row holds {where}", fix)
        if search.ended:
            yield self._unlooked("combinations that no row has", f"{regions.MOST_VISITED:,} were looked at")

    # how it is said

    def _searched(self, look: Callable[[Search], Iterator[Diagnostic]], what: str) -> Iterator[Diagnostic]:
        search = Search(regions.MOST_COMPARED)
        yield from self._limited(look(search), what)
        if search.ended:
            yield self._unlooked(what, f"{regions.MOST_COMPARED:,} pairs of rows were compared")

    def _limited(self, found: Iterator[Diagnostic], what: str) -> Iterator[Diagnostic]:
        for count, diagnostic in enumerate(found):
            if count == MOST_TOLD:
                yield self._unlooked(what, f"{MOST_TOLD} are listed")
                return
            yield diagnostic

    def _unlooked(self, what: str, why: str) -> Diagnostic:
        message = f"there may be more {what}: {why}"
        return warning(
            "table-unchecked", self.table.span, message, "put these right first, or split the table"
        )

    def _meeting(self, a: int, b: int) -> str:
        pairs = zip(self.boxes.boxes[a], self.boxes.boxes[b], strict=True)
        return self._told([meeting(x, y) for x, y in pairs])

    def _told(self, box: Sequence[Any]) -> str:
        parts = [
            axis.told(heading, runs)
            for axis, heading, runs in zip(self.axes, self.headings, box, strict=True)
        ]
        parts = [part for part in parts if part]
        told = ", ".join([*parts[:_SHOWN], *(["..."] if len(parts) > _SHOWN else [])])
        return f"where {told}" if told else "whatever is given"

    def _number(self, row: int) -> int:
        return self.table.rows[row].number

    def _span(self, row: int) -> Span:
        return self.table.rows[row].span

    def _names(self, a: int, b: int) -> str:
        return f"rows {self._number(a)} and {self._number(b)}"


def _present(axis: Axis) -> Runs:
    """Return the slices of *axis* whose values are there."""
    return tuple((at, at + 1) for at, piece in enumerate(axis.slices) if piece.line != NULL)


def _plain(value: Value | None) -> object:
    """Return an output without its place."""
    match value:
        case Expression(node=node):
            return node
        case Text(parts=parts):
            return tuple(part if isinstance(part, str) else part.node for part in parts)
        case Literal(value=constant):
            return repr(constant)
    return None
