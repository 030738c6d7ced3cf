"""How faults name the places of a decision table: by row, column and heading, and by the cell of the worksheet it comes from."""

from __future__ import annotations

from engine.diagnostics import Span
from engine.sheets import cell_name as in_sheet
from engine.tables.model import Row, Table

MAX_HEADING = 60
"""Characters of a heading that are shown."""


def name_place(row: int | None, column: int, heading: str, span: Span, sheet: str = "") -> str:
    """Return how a message names the cell in *row* and *column*, both from 1; without a row, the heading itself.

    *sheet* is the worksheet that *span* stands on, where the table comes from a workbook.
    """
    shown = heading if len(heading) <= MAX_HEADING else heading[:MAX_HEADING] + "..."
    where = f"column {column}" + (f" ({shown})" if shown else "")
    if row is not None:
        where = f"row {row}, {where}"
    return f'{where}, cell {in_sheet(span)} of sheet "{sheet}"' if sheet else where


def name_cell(table: Table, row: Row, at: int) -> str:
    """Return how a message names the cell of *row* in column *at*: from 0, inputs before outputs before annotations."""
    headings = (
        *(column.label or column.expression.text.strip() for column in table.inputs),
        *(column.label or column.name for column in table.outputs),
        *table.annotations,
    )
    return name_place(row.number, at + 1, headings[at], row.cells[at] if row.cells else row.span, table.sheet)
