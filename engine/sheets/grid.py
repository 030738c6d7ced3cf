"""A table before it means anything: lines of cells, each with its text, its value where that is known, and its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.diagnostics import Diagnostic, Span, error
from engine.source import Places

ARROW = "=>"
"""What the heading of the first output begins with."""
MAX_ROWS = 50_000
MAX_COLUMNS = 200
MAX_CELL = 10_000
"""Characters of one cell."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its text without the blanks around it, where each character stands, and where the whole does.

    *value* is what the cell says as an output, where the sheet itself knows (*is_typed*); else that is read from the text.
    """

    text: str
    places: Places
    span: Span
    value: Any = None
    is_typed: bool = False
    fault: str = ""
    """Why the sheet has no value there, where it has none that counts; *fix* says what to do."""
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of cells, and where it stands."""

    cells: tuple[Cell, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Grid:
    """The lines of a table, its headings first, and what is wrong with how it is drawn.

    *sheet* names the worksheet of a workbook it stands on. *faults* do not keep what is there from being read.
    """

    lines: tuple[Line, ...]
    sheet: str = ""
    faults: tuple[Diagnostic, ...] = field(default=())


def line_of(cells: Sequence[Cell]) -> Line:
    """Return the line of *cells*, at least one, from the place of the first to the end of the last."""
    first, last = cells[0].span, cells[-1].span
    return Line(tuple(cells), Span(first.file, first.line, first.column, last.end_line, last.end_column))


def too_large(span: Span, what: str, most: int) -> Diagnostic:
    """Return the fault of a table that has more than *most* of *what*."""
    message = f"the table has more than {most:,} {what}; the rest is not read"
    return error("table-size", span, message, "split it into several tables")


def cell_name(span: Span) -> str:
    """Return the name that a spreadsheet gives the cell at *span*, such as C38."""
    letters, left = "", span.column
    while left > 0:
        left, digit = divmod(left - 1, 26)
        letters = chr(ord("A") + digit) + letters
    return f"{letters}{span.line}"
