"""The text form of a workbook to the grid of one of its worksheets; a place is a row and a column of the sheet.

The form is JSON lines, which whoever reads the bytes of a workbook writes. The first names the sheets in their order,
`{"workbook": 1, "sheets": ["Routing"], "hidden": []}`, or says why the file cannot be read, `{"workbook": 1, "fault": "...",
"fix": "..."}`. Then comes, for each sheet that a rule names, `{"sheet": "Routing"}`, and a line for each of its rows that is
not blank, `{"row": 38, "A": "minor", "C": 5}`.

A cell is a text, a number or a truth value; `{"feel": "..."}` for a date, a time or a duration; or `{"fault": "...", "fix":
"..."}` where it has no value that counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import msgspec

from engine.diagnostics import Diagnostic, Span, did_you_mean, error
from engine.sheets.delimited import MAX_BYTES, too_many_bytes
from engine.sheets.grid import ARROW, MAX_COLUMNS, MAX_ROWS, Cell, Grid, Line, cell_name, line_of, too_large
from engine.source import pinned
from engine.source.characters import character_faults

REFUSED = '{"workbook":1,"fault":'
"""How the text begins that stands for a file, of either form, which was not read."""
_COLUMN = re.compile(r"[A-Z]{1,3}")
_decoder = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)


class _Malformed(Exception):  # noqa: N818 - named for what happened
    """A text that is not the form above."""


def read_workbook(text: str, file: str, sheet: str) -> Grid:
    """Return the grid on *sheet* of the workbook *file*, or on its only visible one where *sheet* is empty.

    It begins with the first row that has a cell with "=>" in front, so that titles may stand above.
    """
    begin = Span(file, 1, 1, 1, 1)
    if len(text) > MAX_BYTES:
        return Grid((), "", (too_many_bytes(file),))
    try:
        lines = (_decoder.decode(line) for line in text.split("\n") if line)
        head = next(lines, {})
        if head.get("workbook") != 1:
            raise _Malformed
        if "fault" in head:
            return Grid((), "", (error("table-file", begin, str(head["fault"]), str(head.get("fix", ""))),))
        name, refused = _chosen(head, sheet, begin)
        return refused if refused is not None else _sheet(lines, name, file)
    except (_Malformed, msgspec.DecodeError, TypeError, KeyError, ValueError, RecursionError):
        message = "the file was not read as a workbook"
        return Grid((), "", (error("table-file", begin, message, "save it as an XLSX workbook"),))


def only_sheet(sheets: list[str], hidden: list[str]) -> str | None:
    """Return the one sheet that can be seen, if it is one."""
    seen = [name for name in sheets if name not in hidden]
    return seen[0] if len(seen) == 1 else None


def _chosen(head: dict[str, Any], sheet: str, begin: Span) -> tuple[str, Grid | None]:
    sheets = [str(name) for name in head["sheets"]]
    if not sheet:
        only = only_sheet(sheets, [str(name) for name in head.get("hidden", ())])
        if only is None:
            message = f"the workbook has {len(sheets)} sheets, and the rule does not say which"
            return "", _refused(begin, message, f'add "sheet:" beside "file:"; {did_you_mean("", sheets)}')
        return only, None
    if sheet not in sheets:
        message = f'the workbook has no sheet "{sheet[:60]}"'
        return "", _refused(begin, message, did_you_mean(sheet, sheets))
    return sheet, None


def _refused(begin: Span, message: str, fix: str) -> Grid:
    return Grid((), "", (error("table-file", begin, message, fix),))


def _sheet(lines: Iterator[dict[str, Any]], name: str, file: str) -> Grid:
    rows: list[tuple[int, dict[int, Any]]] = []
    faults: list[Diagnostic] = []
    is_here = False
    for line in lines:
        if "sheet" in line:
            is_here = line["sheet"] == name
        elif is_here and "row" in line:
            if len(rows) > MAX_ROWS:
                faults.append(too_large(Span(file, line["row"], 1, line["row"], 1), "rows", MAX_ROWS))
                break
            row = {_number(key): value for key, value in line.items() if key != "row"}
            if rows or _is_heading(row):
                rows.append((int(line["row"]), row))
    if not rows:
        message = f'no row of sheet "{name}" has a heading that begins with "{ARROW}"'
        fix = f'write "{ARROW} route.to" over the first output; type an apostrophe before it, so that it stays text'
        return _refused(Span(file, 1, 1, 1, 1), message, fix)
    heads = rows[0][1]
    first, last = min(heads), max(heads)
    if last - first >= MAX_COLUMNS:
        at = rows[0][0]
        faults.append(too_large(Span(file, at, first, at, first + 1), "columns", MAX_COLUMNS))
        last = first + MAX_COLUMNS - 1
    made: list[Line] = []
    for number, row in rows:
        outside = [column for column in row if not first <= column <= last]
        faults += (_outside(Span(file, number, column, number, column + 1), name) for column in outside)
        if len(outside) < len(row):
            cells = [_cell(file, number, at, row.get(at)) for at in range(first, last + 1)]
            made.append(line_of(cells))
    return Grid(tuple(made), name, tuple(faults))


def _outside(span: Span, sheet: str) -> Diagnostic:
    message = f'cell {cell_name(span)} of sheet "{sheet}" stands beside the columns of the table'
    fix = f'give it a heading, such as "# note", or take it away; what stands above "{ARROW}" is passed over'
    return error("table-row", span, message, fix)


def _is_heading(row: dict[int, Any]) -> bool:
    return any(isinstance(value, str) and value.strip().startswith(ARROW) for value in row.values())


def _number(letters: str) -> int:
    """Return the number of a column by its letters, from 1."""
    if not _COLUMN.fullmatch(letters):
        raise _Malformed
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _cell(file: str, row: int, column: int, value: Any) -> Cell:
    span = Span(file, row, column, row, column + 1)
    places = pinned(row, column)
    if value is None:
        return Cell("", places, span)
    if isinstance(value, str):
        if not value.isprintable() and (hidden := character_faults(value, file)):
            return Cell("", places, span, fault=hidden[0].message, fix=hidden[0].fix)
        return Cell(value.strip(), places, span, value.strip(), is_typed=True)
    if isinstance(value, bool):
        return Cell(str(value).lower(), places, span, value, is_typed=True)
    if isinstance(value, int | Decimal):
        return Cell(f"{Decimal(value):f}", places, span, value, is_typed=True)
    if "feel" in value:
        return Cell(str(value["feel"]), places, span, f"= {value['feel']}", is_typed=True)
    return Cell("", places, span, fault=str(value["fault"]), fix=str(value.get("fix", "")))
