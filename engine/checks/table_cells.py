"""The cells of a decision table under their types: inputs against what their column tests, outputs against what is allowed.

Every fault names row, column and heading, and stands at the cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from engine import feel
from engine.diagnostics import Diagnostic, Severity, Span, error, warning
from engine.feel import NOT_LITERAL, Fault, ast
from engine.feel import types as t
from engine.feel.scope import Scope, Variable
from engine.model import Documents
from engine.tables.cells import Cell, cell_of
from engine.tables.model import InputColumn, OutputColumn, Row, Table
from engine.tables.naming import name_cell, name_place
from engine.written import Expression, Literal, Value

_PLAIN: dict[type, type] = {
    t.Number: ast.NumberLiteral,
    t.String: ast.StringLiteral,
    t.Boolean: ast.BooleanLiteral,
}
"""Constants that need no look, by the type of what they are compared with."""

_DECIMAL_COMMA = re.compile(r"(?<![\w,])(\d[\d.]*),(\d+)(?![\w,])")
"""What a number looks like where people write decimals with a comma; with several of them it is a list."""

_RANGE_DASH = re.compile(r"\s*(\d[\d.]*)\s*-\s*(\d[\d.]*)\s*")
"""What a range looks like where people write it with a dash."""

_NAMED = (
    "table-output",
    "table-overlap",
    "table-unreached",
    "table-row-repeated",
    "table-gap",
    "table-unchecked",
)
"""Codes of faults that name their rows themselves."""


def cells_fit(table: Table, scope: Scope) -> Iterator[Diagnostic]:
    """Yield every FEEL fault of headings, allowed values and input cells, and every output that is not allowed."""
    for at, column in enumerate(table.inputs):
        yield from _input_faults(table, at, column, scope)
    for at, output in enumerate(table.outputs):
        yield from _output_faults(table, at, output, scope)


def heading_of(column: InputColumn | OutputColumn) -> str:
    """Return what messages call *column*."""
    if isinstance(column, OutputColumn):
        return column.label or column.name
    return column.label or column.expression.text.strip()


def type_of(column: InputColumn, scope: Scope) -> t.FeelType:
    """Return the type of what *column* tests; Any where its heading has faults."""
    checked = feel.check(column.expression.node, scope)
    return t.ANY if checked.faults else checked.type


def value_of(value: Value | None) -> object:
    """Return the constant that an output cell is, else NOT_LITERAL."""
    if isinstance(value, Literal):
        return value.value
    return feel.literal_value(value.node) if isinstance(value, Expression) else NOT_LITERAL


def outputs_named(documents: Documents, found: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """Yield *found*, with row, column and heading before what is said of an output cell by checks that know no tables."""
    cells: dict[tuple[str, int], list[tuple[Span, Table, Row, int]]] | None = None
    for diagnostic in found:
        if diagnostic.code in _NAMED:
            yield diagnostic
            continue
        cells = _output_cells(documents) if cells is None else cells
        span = diagnostic.span
        for cell, table, row, at in cells.get((span.file, span.line), ()):
            if cell.column <= span.column < max(cell.end_column, cell.column + 1):
                message = f"{name_cell(table, row, at)}: {diagnostic.message}"
                diagnostic = replace(diagnostic, message=message)
                break
        yield diagnostic


def _output_cells(documents: Documents) -> dict[tuple[str, int], list[tuple[Span, Table, Row, int]]]:
    found: dict[tuple[str, int], list[tuple[Span, Table, Row, int]]] = {}
    tables = [
        rule.table for ruleset in documents.rulesets for rule in ruleset.rules if rule.table is not None
    ]
    for table in tables:
        first = len(table.inputs)
        for row in table.rows:
            for at, cell in enumerate(row.cells[first : first + len(table.outputs)], first):
                found.setdefault((cell.file, cell.line), []).append((cell, table, row, at))
    return found


def _input_faults(table: Table, at: int, column: InputColumn, scope: Scope) -> Iterator[Diagnostic]:
    heading = heading_of(column)
    place = name_place(None, at + 1, heading, column.span, table.sheet)
    checked = feel.check(column.expression.node, scope)
    yield from _told(column.expression, checked.faults, place, heading)
    kind = t.ANY if checked.faults else checked.type
    inner = scope.child({"?": Variable(kind, "input_", required=False)})
    if column.allowed is not None:
        faults = feel.check(column.allowed.node, inner).faults
        yield from _told(column.allowed, faults, f"allowed values of {place}", heading)
    sound: set[ast.Node] = set()
    for row in table.rows:
        test = row.tests[at]
        if test is None:
            continue
        if isinstance(kind, t.Number) and "," in test.text:
            yield from _decimal_commas(test, name_cell(table, row, at))
        if isinstance(kind, t.Number) and "-" in test.text:
            yield from _range_dashes(test, name_cell(table, row, at))
        if test.node in sound or _is_plain(test.node, kind):
            continue
        faults = feel.check(test.node, inner).faults
        if faults:
            yield from _told(test, faults, name_cell(table, row, at), heading)
        else:
            sound.add(test.node)


def _decimal_commas(test: Expression, place: str) -> Iterator[Diagnostic]:
    """Yield a warning for each number that seems to be written with a comma: FEEL takes it for two values."""
    for found in _DECIMAL_COMMA.finditer(test.text):
        whole, decimals = found.groups()
        message = f'{place}: "{found[0]}" is two values, {whole} and {decimals}'
        fix = "write decimals with a point; or a blank behind the comma, if two values are meant"
        yield warning("decimal-comma", test.span(*found.span()), message, fix)


def _range_dashes(test: Expression, place: str) -> Iterator[Diagnostic]:
    """Yield a warning for each cell that seems to be a range written with a dash: FEEL takes one from the other."""
    if found := _RANGE_DASH.fullmatch(test.text):
        low, high = found.groups()
        message = f'{place}: "{test.text.strip()}" is {low} less {high}, one number'
        yield warning(
            "range-dash", test.span(), message, f"write [{low}..{high}] for a range, both ends in it"
        )


def _is_plain(node: ast.Node, kind: t.FeelType) -> bool:
    """Return whether *node* is made of constants of the column's kind; an enumeration has to be looked at."""
    wanted = _PLAIN.get(type(kind))
    if wanted is None or not isinstance(node, ast.UnaryTests) or getattr(kind, "enum", None) is not None:
        return False
    return all(type(test) is wanted for test in node.tests)


def _told(
    expression: Expression, faults: tuple[Fault, ...], place: str, heading: str
) -> Iterator[Diagnostic]:
    for fault in faults:
        message = fault.message
        if message.startswith("? is "):
            message = heading + message[1:]
        elif message.startswith("the input is "):
            message = heading + message[len("the input") :]
        span = expression.span(fault.start, fault.end)
        yield Diagnostic(fault.code, Severity.ERROR, f"{place}: {message}", fault.fix, span)


def _output_faults(table: Table, at: int, column: OutputColumn, scope: Scope) -> Iterator[Diagnostic]:
    if column.allowed is None:
        return
    number = len(table.inputs) + at
    heading = heading_of(column)
    place = name_place(None, number + 1, heading, column.span, table.sheet)
    inner = scope.child({"?": Variable(t.ANY, "input_", required=False)})
    faults = feel.check(column.allowed.node, inner).faults
    yield from _told(column.allowed, faults, f"allowed values of {place}", heading)
    cell = cell_of(column.allowed.node)
    if faults or cell is None:
        return
    given = [(name_cell(table, row, number), row.outputs[at]) for row in table.rows]
    for name, value in [*given, (f"default of {place}", column.default)]:
        if value is not None and not _is_allowed(cell, value):
            shown = value.text.strip() if isinstance(value, Expression) else _shown(value_of(value))
            span = value.span() if isinstance(value, Expression) else value.span
            message = f"{name}: {shown} is not allowed"
            yield error("table-output", span, message, f"write one of {column.allowed.text.strip()[:120]}")


def _is_allowed(cell: Cell, value: Value) -> bool:
    constant = value_of(value)
    return constant is NOT_LITERAL or cell.takes(constant)


def _shown(value: object) -> str:
    return f'"{value[:60]}"' if isinstance(value, str) else feel.to_text(value)[:60]
