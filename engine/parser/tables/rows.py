"""The lines of a table to its rows: a test for each input, a value for each output, and the words of the annotations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.model import Expression, Value
from engine.parser.reader import Reader
from engine.parser.tables.cells import Tests, read_output
from engine.parser.tables.headings import Column, Heading
from engine.parser.values import Spot
from engine.sheets import Cell, Grid, Line, is_sheet
from engine.tables.model import Row
from engine.tables.naming import name_place


def read_rows(
    reader: Reader, grid: Grid, headings: Sequence[Heading], tests: Mapping[int, Tests]
) -> tuple[Row, ...]:
    """Return each row that has a cell for every column; *tests* are by the numbers of the inputs' columns."""
    rows = []
    for number, line in enumerate(grid.lines[1:], start=1):
        if len(line.cells) != len(headings):
            _record_ragged(reader, number, line, headings)
        else:
            rows.append(_read_row(reader, number, line, headings, tests, sheet=grid.sheet))
    return tuple(rows)


def _read_row(
    reader: Reader,
    number: int,
    line: Line,
    headings: Sequence[Heading],
    tests: Mapping[int, Tests],
    *,
    sheet: str,
) -> Row:
    inputs: list[Expression | None] = []
    outputs: list[Value | None] = []
    annotations: list[str] = []
    for heading, cell in zip(headings, line.cells, strict=True):
        spot = Spot(cell.span.file, cell.places, cell.span, _said(number, heading, cell, sheet))
        if cell.fault:
            reader.fault("table-cell", spot.span, spot.said + cell.fault, cell.fix)
        if heading.use is Column.OUTPUT:
            outputs.append(read_output(reader, cell, spot))
        elif heading.use is Column.ANNOTATION:
            annotations.append(cell.text)
        else:
            own = tests.get(heading.number)
            inputs.append(None if own is None else own.read(reader, cell.text, spot))
    spans = tuple(cell.span for cell in line.cells)
    return Row(number, line.span, tuple(inputs), tuple(outputs), tuple(annotations), spans)


def _said(number: int, heading: Heading, cell: Cell, sheet: str) -> str:
    """Return how a message about *cell* begins."""
    if not sheet:
        return f"row {number}, {heading.spot.said}"
    return f"{name_place(number, heading.number, heading.text, cell.span, sheet)}: "


def _record_ragged(reader: Reader, number: int, line: Line, headings: Sequence[Heading]) -> None:
    many, wanted = len(line.cells), len(headings)
    is_csv = is_sheet(line.span.file)
    if many > wanted:
        span = line.cells[wanted].span
        belongs = (
            "put a cell that holds the separator in quotes"
            if is_csv
            else 'write "\\|" where it belongs to a cell'
        )
        fix = f"take out what is too much, or {belongs}"
    else:
        span = line.span
        fix = f'"{headings[many].text[:60]}" is the first without one; write "-" where any value will do'
        if any("|" in cell.text for cell in line.cells) and not is_csv:
            fix = 'within quotes "|" belongs to a cell: close them before it'
    message = f"row {number} has {many} {'cell' if many == 1 else 'cells'}, and there are {wanted} columns"
    reader.fault("table-row", span, message, fix)
