"""The text of a log as rows: CSV or one JSON object a line, each row with its place.

A line that is no row is a diagnostic and the reading goes on behind it, so that one stray quote does not swallow the rest
of a log. Values are not interpreted here.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from engine.admission import decode
from engine.diagnostics import Diagnostic, FactRefused, Span, error

MAX_LINES_OF_A_ROW = 200
"""A quoted field that runs over more lines than this is taken for a quote that was never closed."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a row stands: its first line, and that line itself, for places inside it."""

    line: int
    text: str = ""
    headings: tuple[str, ...] = ()
    delimiter: str = ","

    def column_of(self, heading: str) -> int:
        """Return where the cell under *heading* begins in its line, counted from 1; 1 where that is not known."""
        return _starts(self.text, self.headings, self.delimiter).get(heading, 1)


@dataclass(frozen=True, slots=True)
class Row:
    """One row: where it stands, and its cells by column heading."""

    origin: Origin
    cells: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Log:
    """A log as read: its headings, its rows in file order, and what is no row."""

    file: str
    headings: tuple[str, ...]
    rows: tuple[Row, ...]
    faults: tuple[Diagnostic, ...]
    refused: int
    """Rows that could not be read."""


def place(file: str, line: int, column: int = 1) -> Span:
    """Return the place of one character of a log."""
    return Span(file, line, column, line, column)


def read_csv(
    text: str, file: str, delimiter: str = ",", progress: Callable[[int], None] | None = None
) -> Log:
    """Read CSV (RFC 4180, any line ends, a byte order mark allowed); the first line that is not blank holds the headings.

    *progress* is told the number of lines behind it now and then. A text without headings is one fault and no rows.
    """
    lines = _physical_lines(text)
    is_clean = not _has_surrogates([text])
    faults: list[Diagnostic] = []
    headings: tuple[str, ...] = ()
    rows: list[Row] = []
    known: dict[str, str] = {}
    refused = 0
    at = 0
    while at < len(lines):
        if progress is not None and at % 4096 == 0:
            progress(at)
        if not lines[at].strip("\r\n \t\ufeff"):
            at += 1
            continue
        cells, used, wrong = _record(lines, at, delimiter)
        line = at + 1
        if not headings:
            if wrong:
                faults.append(
                    error("log-header", place(file, line), f"the line of headings cannot be read: {wrong}")
                )
                return Log(file, (), (), tuple(faults), 0)
            headings = tuple(cell.strip() for cell in cells)
            faults.extend(_repeated(headings, file, line))
            at += used
            continue
        while len(cells) > len(headings) and not cells[-1].strip():
            cells.pop()
        if not wrong and len(cells) != len(headings):
            wrong = f"{len(cells)} fields where the headings are {len(headings)}"
        if not wrong and not is_clean and _has_surrogates(lines[at : at + used]):
            wrong = "bytes that are not UTF-8"
        if wrong:
            refused += 1
            fix = "close the quote, or double a quote inside a quoted field" if "quote" in wrong else ""
            faults.append(error("log-row", place(file, line), f"this row cannot be read: {wrong}", fix))
            at += 1
            continue
        origin = Origin(line, lines[at], headings, delimiter)
        # most cells of a log repeat others: one text for each keeps a long log small
        rows.append(Row(origin, {h: known.setdefault(c, c) for h, c in zip(headings, cells, strict=True)}))
        at += used
    if not headings:
        faults.append(
            error("log-header", place(file, 1), "the file is empty", "the first line must hold the headings")
        )
    return Log(file, headings, tuple(rows), tuple(faults), refused)


def read_json_lines(text: str, file: str, progress: Callable[[int], None] | None = None) -> Log:
    """Read one JSON object a line; numbers become int or Decimal, blank lines are passed over."""
    faults: list[Diagnostic] = []
    rows: list[Row] = []
    headings: dict[str, None] = {}
    refused = 0
    for number, line in enumerate(_physical_lines(text), 1):
        if progress is not None and number % 4096 == 0:
            progress(number)
        if not line.strip(" \t\r\n\ufeff"):
            continue
        try:
            value = decode(line.encode("utf-8", "surrogateescape"))
        except FactRefused as wrong:
            refused += 1
            said = "; ".join(fault.message for fault in wrong.faults)
            faults.append(
                error(
                    "log-row", place(file, number), f"this line cannot be read: {said}", "one object a line"
                )
            )
            continue
        if not isinstance(value, dict):
            refused += 1
            faults.append(
                error("log-row", place(file, number), "this line is not a JSON object", "one object a line")
            )
            continue
        headings.update(dict.fromkeys(value))
        rows.append(Row(Origin(number), value))
    return Log(file, tuple(headings), tuple(rows), tuple(faults), refused)


def _has_surrogates(texts: Iterable[str]) -> bool:
    """Return whether a text holds bytes that were not UTF-8, which were decoded to surrogates."""
    try:
        for text in texts:
            text.encode()
    except UnicodeEncodeError:
        return True
    return False


def _physical_lines(text: str) -> list[str]:
    """Return the lines with their ends; only CR LF, LF and CR end a line, as editors count them."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return [line + "\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def _record(lines: list[str], at: int, delimiter: str) -> tuple[list[str], int, str]:
    """Return (cells, lines used, what is wrong) of the record that begins at line index *at*."""
    used = 0

    def feed() -> Iterator[str]:
        nonlocal used
        for line in lines[at : at + MAX_LINES_OF_A_ROW]:
            used += 1
            yield line

    try:
        return next(csv.reader(feed(), delimiter=delimiter, strict=True)), used, ""
    except csv.Error as wrong:
        text = "a quote is opened and never closed" if "end of data" in str(wrong) else str(wrong)
        return [], used, text
    except StopIteration:
        return [], 1, "nothing in it"


def _repeated(headings: Iterable[str], file: str, line: int) -> Iterator[Diagnostic]:
    seen: set[str] = set()
    for heading in headings:
        if heading in seen and heading:
            yield error(
                "log-header",
                place(file, line),
                f'the heading "{heading}" stands twice',
                "name each column once",
            )
        seen.add(heading)


def _starts(line: str, headings: tuple[str, ...], delimiter: str) -> dict[str, int]:
    """Return where each cell of a one-line row begins; later lines of a row are not counted."""
    starts = [1]
    quoted = False
    for offset, char in enumerate(line):
        if char == '"':
            quoted = not quoted
        elif char == delimiter and not quoted:
            starts.append(offset + 2)
    return dict(zip(headings, starts, strict=False))
