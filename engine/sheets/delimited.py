"""CSV to a grid: fields between commas, semicolons or tabs, in quotes where they hold one of these, a quote or a line break.

By RFC 4180, and gentler: the separator is found from the headings where no first line says it (`sep=;`), titles may stand above
the headings, blanks around quotes, and a field that only begins with a quoted FEEL string (`"minor", "major"` between
semicolons) is taken as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from engine.diagnostics import Diagnostic, Span, error
from engine.sheets.grid import ARROW, MAX_COLUMNS, MAX_ROWS, Cell, Grid, Line, line_of, too_large
from engine.source import Places
from engine.source.characters import character_faults

SEPARATORS = (",", ";", "\t")
MAX_BYTES = 16 << 20
"""Of the text of one file of tables."""

_BYTE_ORDER_MARK = "\ufeff"
_BEFORE_ARROW = re.compile(r'([,;\t]) *"?\s*=>')
_SAID = re.compile(r'"?sep=([,;\t])"?[,;\t ]*(?:\r\n|\n|\r|\Z)', re.IGNORECASE)
"""The line with which Excel is told the separator."""
_BREAK = re.compile(r"\r\n|\n|\r")
_DOUBLED = re.compile(r'""|\r\n|\n|\r')


def read_delimited(text: str, file: str) -> Grid:
    """Return the grid that the CSV *text* of *file* holds."""
    if len(text) > MAX_BYTES:
        return Grid((), "", (too_many_bytes(file),))
    text = text.removeprefix(_BYTE_ORDER_MARK)
    if faults := character_faults(text, file):
        return Grid((), "", tuple(faults))
    if said := _SAID.match(text):
        return _Reader(text, file, said[1], at=said.end(), line=2, begin=said.end()).read()
    return _Reader(text, file, separator_of(text)).read()


def too_many_bytes(file: str) -> Diagnostic:
    """Return the fault of a file that is too large to look at."""
    message = f"the file is larger than {MAX_BYTES >> 20} MiB"
    return error("table-size", Span(file, 1, 1, 1, 1), message, "split it into several tables")


def separator_of(text: str) -> str:
    """Return what stands between the fields of *text*: what the first "=>" comes after, else what its first line has most of."""
    head = text.lstrip()[:20_000]
    if arrow := _BEFORE_ARROW.search(head):
        return arrow[1]
    first = _BREAK.split(head, maxsplit=1)[0]
    return max(SEPARATORS, key=first.count)


@dataclass(slots=True)
class _Reader:
    """A text, and how far it is read: the offset, the number of the line, and where that line begins."""

    text: str
    file: str
    separator: str
    at: int = 0
    line: int = 1
    begin: int = 0

    def read(self) -> Grid:
        lines: list[Line] = []
        faults: list[Diagnostic] = []
        is_below = False  # whether the headings have been read, and with them what may stand above
        for cells in self._records():
            last = max((at for at, cell in enumerate(cells) if cell.text), default=-1)
            if last < 0:
                continue
            if not is_below and any(cell.text.startswith(ARROW) for cell in cells):
                is_below = True
                lines, faults = [], []
            if lines:  # blank fields at the end of a line are a spreadsheet's, not its author's
                last = max(last, min(len(lines[0].cells), len(cells)) - 1)
            kept = cells[: last + 1]
            if len(lines) > MAX_ROWS:
                faults.append(too_large(kept[0].span, "rows", MAX_ROWS))
                break
            if len(kept) > MAX_COLUMNS:
                faults.append(too_large(kept[MAX_COLUMNS].span, "columns", MAX_COLUMNS))
            lines.append(line_of(kept[:MAX_COLUMNS]))
        return Grid(tuple(lines), "", tuple(faults))

    def _records(self) -> Iterator[list[Cell]]:
        """Yield the cells of each record."""
        blank = " *" if self.separator == "\t" else "[ \t]*"
        edge = rf"(?=[{self.separator}\r\n]|\Z)"
        quoted = re.compile(rf'{blank}"((?:[^"]|"")*+)"{blank}{edge}')
        plain = re.compile(rf'(?:"[^"\r\n]*"|[^{self.separator}\r\n])*+')
        cells: list[Cell] = []
        while self.at < len(self.text):
            if found := quoted.match(self.text, self.at):
                cells.append(self._quoted(found))
            else:
                found = plain.match(self.text, self.at)
                assert found is not None  # noqa: S101 - it matches the empty text, too
                cells.append(self._plain(found))
            self.at = found.end()
            if self.text.startswith(self.separator, self.at):
                self.at += 1
                if self.at < len(self.text):
                    continue
                cells.append(self._cell("", self.at, self.at, ((0, *self._place(self.at)),)))
            yield cells
            cells = []
            if ended := _BREAK.match(self.text, self.at):
                self.at = self.begin = ended.end()
                self.line += 1

    def _place(self, offset: int) -> tuple[int, int]:
        return self.line, offset - self.begin + 1

    def _cell(self, text: str, start: int, end: int, places: Places) -> Cell:
        line, column = self._place(start)
        return Cell(text, places, Span(self.file, line, column, line, column + end - start))

    def _plain(self, found: re.Match[str]) -> Cell:
        text = found[0].strip()
        if not text:
            start, end = found.span()
        else:
            start = found.start() + found[0].index(text[0])
            end = start + len(text)
        return self._cell(text, start, end, ((0, *self._place(start)),))

    def _quoted(self, found: re.Match[str]) -> Cell:
        """Return the cell of a field in quotes, which may run over several lines and has its quotes doubled."""
        start = found.start() + len(found[0]) - len(found[0].lstrip())
        line, column = self._place(start)
        made: list[str] = []
        places = [(0, line, column + 1)]
        length, at = 0, found.start(1)
        for pair in _DOUBLED.finditer(self.text, *found.span(1)):
            made += (self.text[at : pair.start()], '"' if pair[0] == '""' else "\n")
            length += pair.start() - at + 1
            at = pair.end()
            if pair[0] != '""':
                self.line, self.begin = self.line + 1, at
            places.append((length, *self._place(at)))
        made.append(self.text[at : found.end(1)])
        end_line, end_column = self._place(found.end())
        span = Span(self.file, line, column, end_line, end_column)
        whole = "".join(made)
        text = whole.strip()
        skipped = whole.index(text[0]) if text else 0
        return Cell(text, _from(places, skipped), span)


def _from(places: list[tuple[int, int, int]], offset: int) -> Places:
    """Return the *places* of what stands from *offset* on."""
    if not offset:
        return tuple(places)
    before = max(at for at, place in enumerate(places) if place[0] <= offset)
    begin, line, column = places[before]
    later = ((at - offset, at_line, at_column) for at, at_line, at_column in places[before + 1 :])
    return ((0, line, column + offset - begin), *later)
