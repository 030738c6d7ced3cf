r"""A pipe table, as Markdown draws it, to a grid: one row a line, "|" before, between and after the cells.

A "|" within double quotes belongs to its cell, and so does one written `\|`. A ruler (`|---|---|`) is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.diagnostics import Diagnostic, Span, error
from engine.sheets.grid import MAX_COLUMNS, MAX_ROWS, Cell, Grid, Line, too_large
from engine.source import Places, slice_places, span_of

_RULER = re.compile(r"\|?(?:\s*:?-{2,}:?\s*\|)*\s*(?::?-{2,}:?\s*)?")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')


def read_pipes(text: str, places: Places, file: str) -> Grid:
    """Return the grid that *text* draws, the characters of which stand at *places* in *file*."""
    lines: list[Line] = []
    faults: list[Diagnostic] = []
    offset = 0
    for raw in text.split("\n"):
        begin, offset = offset, offset + len(raw) + 1
        drawn = raw.strip()
        if not drawn or ("--" in drawn and _RULER.fullmatch(drawn)):
            continue
        start = begin + raw.index(drawn[0])
        if len(lines) > MAX_ROWS:
            faults.append(too_large(span_of(file, places, start, start + 1), "rows", MAX_ROWS))
            break
        if not drawn.startswith("|"):
            span = span_of(file, places, start, start + len(drawn))
            fix = 'write "|" before, between and after its cells'
            faults.append(error("table-row", span, 'a line of the table does not begin with "|"', fix))
            continue
        line = _read_line(drawn, slice_places(places, start, start + len(drawn)), file)
        if len(line.cells) > MAX_COLUMNS:
            faults.append(too_large(line.cells[MAX_COLUMNS].span, "columns", MAX_COLUMNS))
            line = Line(line.cells[:MAX_COLUMNS], line.span)
        lines.append(line)
    return Grid(tuple(lines), "", tuple(faults))


def _read_line(drawn: str, places: Places, file: str) -> Line:
    cells = []
    for start, end in _bounds(drawn):
        inside = drawn[start:end]
        text = inside.strip()
        # of an empty cell, the blanks in it
        begin = start + (inside.index(text[0]) if text else 0)
        stop = begin + len(text) if text else end
        span = span_of(file, places, begin, stop)
        if r"\|" in text:
            cells.append(_unescaped(text, slice_places(places, begin, stop), span))
        else:
            cells.append(Cell(text, slice_places(places, begin, max(stop, begin + 1)), span))
    whole = span_of(file, places, 0, len(drawn))
    return Line(tuple(cells), whole)


def _bounds(drawn: str) -> Iterator[tuple[int, int]]:
    """Yield where each cell of a line begins and ends, the pipes outside."""
    start = at = 1
    while at < len(drawn):
        here = drawn[at]
        if here == "|":
            yield start, at
            start = at = at + 1
        elif here == '"' and (quoted := _QUOTED.match(drawn, at)):
            at = quoted.end()
        else:
            at += 2 if here == "\\" else 1
    if drawn[start:].strip():  # the last "|" was left out
        yield start, len(drawn)


def _unescaped(text: str, places: Places, span: Span) -> Cell:
    r"""Return the cell of a *text* in which `\|` stands for "|", outside of quotes."""
    made: list[str] = []
    found: list[tuple[int, int, int]] = list(slice_places(places, 0, 1))
    length = at = 0
    for match in re.finditer(r'"(?:[^"\\]|\\.)*"|\\\|', text):
        if match[0] != r"\|":
            continue
        made.append(text[at : match.start()])
        length += match.start() - at
        at = match.start() + 1
        _, line, column = slice_places(places, at, at + 1)[0]
        found.append((length, line, column))
    made.append(text[at:])
    return Cell("".join(made), tuple(found), span)
