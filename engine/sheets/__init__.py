"""Decision tables as people draw them: texts in, grids of cells with their places out.

Three forms: a pipe table in a block of YAML, a text with separators (CSV), and the text form of a workbook. What a cell means is
for the parser; nothing here opens a file.
"""

from engine.sheets.delimited import MAX_BYTES, read_delimited
from engine.sheets.grid import MAX_CELL, MAX_COLUMNS, MAX_ROWS, Cell, Grid, Line, cell_name
from engine.sheets.pipes import read_pipes
from engine.sheets.workbook import REFUSED, read_workbook

__all__ = [
    "MAX_BYTES",
    "MAX_CELL",
    "MAX_COLUMNS",
    "MAX_ROWS",
    "REFUSED",
    "SUFFIXES",
    "Cell",
    "Grid",
    "Line",
    "cell_name",
    "is_sheet",
    "read_delimited",
    "read_pipes",
    "read_workbook",
]

SUFFIXES = (".csv", ".xlsx")


def is_sheet(name: str) -> bool:
    """Return whether the file *name* holds tables, and no document."""
    return name.lower().endswith(SUFFIXES)
