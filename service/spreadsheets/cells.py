"""The cells of one worksheet: by row and column, what each holds, as the text form has it.

Formulas count by the value that was saved with them. A value that spans rows of one column, merged, counts in each of them.
Hidden and filtered rows and columns are read as all others are: what somebody has folded away still decides.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from service.spreadsheets.archive import Unreadable
from service.spreadsheets.book import Book, Gathered, plain_text
from service.spreadsheets.formats import Format, read_number

MAX_CHARACTERS = 16 << 20
"""Of all cells of a sheet, each with a few for its place."""
MAX_ROW = 1_048_576
MAX_COLUMN = 16_384
MAX_MERGED = 20_000
_PLACE = 12
_REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?([1-9][0-9]{0,6})")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d+)?)?")

Value = str | bool | int | Decimal | dict[str, str]
Rows = dict[int, dict[int, Value]]
"""Row -> column -> value, both from 1, the blank ones left out."""


def read_cells(book: Book, sheet: str) -> Rows:
    """Return the cells of *sheet*; raise Unreadable where it holds too much, or is no worksheet."""
    reading = _Reading(book)
    book.archive.parse(book.sheets[sheet], reading.start, reading.end, reading.text)
    reading.spread()
    return reading.rows


@dataclass(slots=True)
class _Reading:
    """A worksheet while its elements come, and the cell that is open."""

    book: Book
    rows: Rows = field(default_factory=dict)
    row: int = 0
    column: int = 0
    kind: str = "n"
    style: int = 0
    is_formula: bool = False
    in_value: bool = False
    value: list[str] = field(default_factory=list)
    inline: Gathered = field(default_factory=Gathered)
    merged: list[str] = field(default_factory=list)
    size: int = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            self._open(attributes)
        elif name == "v":
            self.in_value = True
        elif name == "f":
            self.is_formula = True
        elif name == "row":
            stated = attributes.get("r", "")
            self.row = int(stated) if stated.isdigit() and len(stated) < 8 else self.row + 1
            self.column = 0
        elif name == "mergeCell":
            self.merged.append(attributes.get("ref", ""))
        else:
            self.inline.begin(name)

    def end(self, name: str) -> None:
        if name == "c":
            self._close()
        elif name == "v":
            self.in_value = False
        else:
            self.inline.end(name)

    def text(self, text: str) -> None:
        if self.in_value:
            self.value.append(text)
        else:
            self.inline.add(text)

    def _open(self, attributes: dict[str, str]) -> None:
        place = _REFERENCE.fullmatch(attributes.get("r", ""))
        self.column = self.column + 1 if place is None else _column(place[1])
        if place is not None:
            self.row = int(place[2])
        self.kind = attributes.get("t", "n")
        style = attributes.get("s", "0")
        self.style = int(style) if style.isdigit() and len(style) < 7 else 0
        self.is_formula = False
        self.value.clear()
        self.inline.clear()

    def _close(self) -> None:
        try:
            found = self._read()
        except Unreadable as wrong:
            found = {"fault": wrong.message, "fix": wrong.fix}
        if found is not None and 0 < self.row <= MAX_ROW and self.column <= MAX_COLUMN:
            self._put(self.row, self.column, found)

    def _put(self, row: int, column: int, value: Value) -> None:
        self.size += _PLACE + (len(value) if isinstance(value, str) else _PLACE)
        if self.size > MAX_CHARACTERS:
            raise Unreadable("the sheet holds more than is read", "copy the table to a sheet of its own")
        self.rows.setdefault(row, {})[column] = value

    def _read(self) -> Value | None:
        """Return what the cell holds, or None where it is blank; raise Unreadable where it is nothing that counts."""
        text = "".join(self.value)
        if self.kind == "e":
            raise Unreadable(f"the cell shows {text[:20]}", "correct the formula, or write a value")
        if self.kind == "s":
            at = int(text) if text.strip().isdigit() and len(text) < 10 else -1
            if not 0 <= at < len(self.book.texts):
                raise Unreadable("the text of the cell is lost", "write it again")
            return self.book.texts[at].strip() or None
        if self.kind == "inlineStr":
            return self.inline.text().strip() or None
        if self.kind == "str":
            return plain_text(text).strip() or None
        text = text.strip()
        if not text:
            if self.is_formula:
                fix = "open the workbook in a spreadsheet program and save it, or write the value"
                raise Unreadable("the formula was saved without a value", fix)
            return None
        if self.kind == "b":
            return text in ("1", "true")
        if self.kind == "d":
            if not _MOMENT.fullmatch(text):
                raise Unreadable("the cell holds no date", "write it again")
            return {"feel": f'@"{text}"'}
        formats = self.book.formats
        shown = formats[self.style] if self.style < len(formats) else Format.NUMBER
        return read_number(text, shown, from_1904=self.book.from_1904)

    def spread(self) -> None:
        """Give each row of a merged cell its value; one that is merged with its neighbours at the side cannot be read."""
        if len(self.merged) > MAX_MERGED:
            raise Unreadable("the sheet has too many merged cells", "unmerge them")
        there = sorted(self.rows)
        for (top, left), (bottom, right) in self._ranges():
            value = self.rows.get(top, {}).get(left)
            if value is None:
                continue
            if right > left:
                fix = "unmerge it, and write into each cell what counts there"
                self.rows[top][left] = {"fault": "the cell is merged with those beside it", "fix": fix}
                continue
            for row in there[bisect_left(there, top + 1) : bisect_left(there, bottom + 1)]:
                if left not in self.rows[row]:
                    self._put(row, left, value)

    def _ranges(self) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
        for text in self.merged:
            first, _, last = text.partition(":")
            corners = _REFERENCE.fullmatch(first), _REFERENCE.fullmatch(last)
            if corners[0] is not None and corners[1] is not None:
                (top, left), (bottom, right) = ((int(c[2]), _column(c[1])) for c in corners if c is not None)
                yield (top, left), (bottom, right)


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
