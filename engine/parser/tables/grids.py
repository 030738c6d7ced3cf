"""Where a rule's table is drawn: in its `columns` with pipes, in `columns` and `rows` as lists, or in a file beside."""

from __future__ import annotations

from typing import Any

from engine.diagnostics import Span, did_you_mean
from engine.parser.beside import Beside
from engine.parser.reader import Reader
from engine.parser.tables.files import beside as name_beside
from engine.parser.tables.files import refusal
from engine.sheets import REFUSED, Cell, Grid, Line, is_sheet, read_delimited, read_pipes, read_workbook
from engine.source import Path, Scalar, slice_places


def find_grid(reader: Reader, path: Path, beside: Beside) -> Grid | None:
    """Return the table of the rule at *path* as it is drawn; None where there is none, which has been said."""
    columns = reader.value((*path, "columns"))
    rows = reader.value((*path, "rows"))
    grid: Grid | None = None
    if isinstance(columns, str) and columns.strip():
        grid = _drawn(reader, path, columns)
    elif isinstance(columns, list) and isinstance(rows, list):
        grid = _listed(reader, path, columns, rows)
    elif isinstance(columns, list):
        span = reader.key_span((*path, "columns"))
        fix = 'add "rows:" with a list for each row, or draw the table with "|" after "columns: |"'
        reader.fault("missing-key", span, "the table has no rows", fix)
    elif file := reader.text((*path, "file")):
        grid = _in_file(reader, path, file, beside)
    if grid is None:
        return None
    for fault in grid.faults:
        reader.fault(fault.code, fault.span, fault.message, fault.fix)
    if len(grid.lines) > 1:
        return grid
    if isinstance(columns, list) or (grid.faults and not grid.lines):
        return None  # the structural check, or the grid, has said what is wrong
    word = "file" if columns is None else "columns"
    span = grid.lines[0].span if grid.lines else reader.span((*path, word))
    reader.fault("empty", span, "the table has no rows", "write a row below the headings")
    return None


def _drawn(reader: Reader, path: Path, columns: str) -> Grid | None:
    place = (*path, "columns")
    if "rows" in reader.keys(path):
        span = reader.key_span((*path, "rows"))
        fix = 'write the columns as a list, or the rows below them with "|"'
        reader.fault("conflicting-keys", span, '"rows" stands beside a table drawn with "|"', fix)
    if "|" not in columns:
        fix = 'begin it with "columns: |" and draw the table below, or write a list of headings'
        reader.fault("table-row", reader.span(place), 'there is no "|" between columns', fix)
        return None
    return read_pipes(columns, reader.document.places(place), reader.document.file)


def _listed(reader: Reader, path: Path, columns: list[Any], rows: list[Any]) -> Grid:
    lines = [_line(reader, (*path, "columns"), columns)]
    lines += (_line(reader, (*path, "rows", at), row) for at, row in enumerate(rows) if isinstance(row, list))
    return Grid(tuple(lines))


def _in_file(reader: Reader, path: Path, file: str, beside: Beside) -> Grid | None:
    span = reader.span((*path, "file"))
    if why := refusal(file):
        fix = 'name a file that lies beside this one, such as "plan.csv"'
        reader.fault("table-file", span, f'"{file[:60]}" {why}', fix)
        return None
    name = name_beside(reader.document.file, file)
    text = beside.files.get(name)
    if text is None:
        known = [other for other in beside.files if is_sheet(other)]
        near = did_you_mean(name, known) if known else 'put it there, or draw the table after "columns: |"'
        reader.fault("table-file", span, f'there is no file "{file[:60]}" beside this one', near)
        return None
    beside.read.add(name)
    if name.lower().endswith(".csv") and not text.startswith(REFUSED):
        if sheet := reader.text((*path, "sheet")):
            at = reader.key_span((*path, "sheet"))
            reader.fault(
                "conflicting-keys", at, f'a CSV file has no sheet "{sheet[:60]}"', 'leave "sheet" out'
            )
        return read_delimited(text, name)
    return read_workbook(text, name, reader.text((*path, "sheet")))  # or why the file was not read


def _line(reader: Reader, path: Path, row: list[Any]) -> Line:
    cells = tuple(_cell(reader, (*path, at), value) for at, value in enumerate(row))
    return Line(cells, reader.span(path))


def _cell(reader: Reader, path: Path, value: Any) -> Cell:
    node = reader.document.node(path)
    text = node.text if isinstance(node, Scalar) else ""
    places = reader.document.places(path)
    if node is not None and (text == "~" or not isinstance(node, Scalar)):
        text = ""
    stripped = text.strip()
    if len(stripped) != len(text) and stripped:
        at = text.index(stripped[0])
        places = slice_places(places, at, at + len(stripped))
    span: Span = reader.span(path)
    return Cell(stripped, places, span, value, is_typed=True)
