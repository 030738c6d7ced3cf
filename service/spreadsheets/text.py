"""The text form of a workbook, as engine.sheets.workbook describes it: only the sheets that rules name are in it.

So what else lies in a workbook, notes, charts, other people's sheets, changes no rule book and is stored nowhere.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec

from service.spreadsheets.archive import Unreadable
from service.spreadsheets.book import open_book
from service.spreadsheets.cells import read_cells

_encoder = msgspec.json.Encoder(decimal_format="number")
_LETTERS = 26


def workbook_text(raw: bytes, sheets: Collection[str]) -> str:
    """Return the text form of the workbook *raw* with those of *sheets* that it has; "" is its only visible one."""
    try:
        book = open_book(raw)
        wanted = set(sheets)
        seen = [name for name in book.sheets if name not in book.hidden]
        if "" in wanted and len(seen) == 1:
            wanted.add(seen[0])
        lines = [_line({"workbook": 1, "sheets": list(book.sheets), "hidden": book.hidden})]
        for name in book.sheets:
            if name in wanted:
                lines.append(_line({"sheet": name}))
                for row, cells in sorted(read_cells(book, name).items()):
                    lines.append(_line({"row": row, **{_letters(at): cells[at] for at in sorted(cells)}}))
    except Unreadable as wrong:
        return refusal_text(wrong.message, wrong.fix)
    return "".join(lines)


def refusal_text(message: str, fix: str) -> str:
    """Return the text that stands for a file which is not read."""
    return _line({"workbook": 1, "fault": message, "fix": fix})


def _line(value: dict[str, Any]) -> str:
    return _encoder.encode(value).decode() + "\n"


def _letters(column: int) -> str:
    letters = ""
    while column:
        column, digit = divmod(column - 1, _LETTERS)
        letters = chr(ord("A") + digit) + letters
    return letters
