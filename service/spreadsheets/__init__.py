"""Workbooks (XLSX) as people send them: bytes in, the text form that the engine reads out (engine.sheets.workbook).

It is made where bytes come in, so that rule books, their digests and what is stored of them are text. It never raises for what a
file holds: what is wrong with it travels in the text, and becomes a diagnostic. Written by hand, for why see docs/decisions/0008.
"""

from service.spreadsheets.archive import Unreadable
from service.spreadsheets.text import refusal_text, workbook_text

__all__ = ["Unreadable", "refusal_text", "workbook_text"]
