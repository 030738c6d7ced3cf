"""Where each character of a YAML scalar stands: its raw lines in, (offset, line, column) segments out.

Within a segment one character of the value is one column of the file; folded lines, escapes and doubled
quotes begin a new one. A scalar that cannot be retraced (its value would differ) maps to where it begins.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from engine.diagnostics import Span

Places = tuple[tuple[int, int, int], ...]
"""(offset, line, column) where each stretch of a text begins, ascending; lines and columns count from 1."""

_ANCHOR = re.compile(r"&\S+")
_HEADER = re.compile(r"[|>][-+0-9]*")
_ESCAPES = {
    "0": "\0", "a": "\a", "b": "\b", "t": "\t", "\t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r",
    "e": "\x1b", " ": " ", '"': '"', "/": "/", "\\": "\\", "N": "\x85", "_": "\xa0", "L": "\u2028",
    "P": "\u2029",
}  # fmt: skip
_CODE_DIGITS = {"x": 2, "u": 4, "U": 8}


class Pinned(tuple[tuple[int, int, int], ...]):
    """The places of a text that has one place only, as in the cell of a worksheet: all of its characters stand there."""

    __slots__ = ()


def pinned(line: int, column: int) -> Pinned:
    """Return the places of a text all of which stands at *line* and *column*."""
    return Pinned(((0, line, column),))


def place_of(places: Places, offset: int) -> tuple[int, int]:
    """Return the line and column of the character at *offset*."""
    at = bisect_right(places, offset, key=_offset) - 1
    if at < 0:
        return 1, 1 + offset
    begin, line, column = places[at]
    return (line, column) if isinstance(places, Pinned) else (line, column + offset - begin)


def _offset(place: tuple[int, int, int]) -> int:
    return place[0]


def span_of(file: str, places: Places, start: int, end: int) -> Span:
    """Return the stretch of *file* that the characters from *start* to *end* stand on."""
    line, column = place_of(places, start)
    if end <= start:
        return Span(file, line, column, line, column)
    end_line, end_column = place_of(places, end - 1)
    return Span(file, line, column, end_line, end_column + 1)


def slice_places(places: Places, start: int, end: int) -> Places:
    """Return the places of the text from *start* to *end* taken alone, its offsets from 0."""
    if isinstance(places, Pinned):
        return places
    if len(places) == 1:  # on one line, as nearly all are
        begin, line, column = places[0]
        return ((0, line, column + start - begin),)
    line, column = place_of(places, start)
    inside = places[bisect_right(places, start, key=_offset) : bisect_left(places, end, key=_offset)]
    return ((0, line, column), *((at - start, at_line, at_column) for at, at_line, at_column in inside))


@dataclass(slots=True)
class _Trace:
    """A scalar's value as it is retraced, and the segments found so far."""

    text: list[str] = field(default_factory=list)
    segments: list[tuple[int, int, int]] = field(default_factory=list)
    length: int = 0

    def add(self, characters: str, line: int, column: int) -> None:
        """Append *characters* that stand from *line*, *column* on (both from 1)."""
        if self.segments:
            at, at_line, at_column = self.segments[-1]
            contiguous = at_line == line and at_column + self.length - at == column
        else:
            contiguous = False
        if not contiguous:
            self.segments.append((self.length, line, column))
        self.text.append(characters)
        self.length += len(characters)


def scalar_places(
    lines: Sequence[str], value: str, style: str, start: tuple[int, int], end: tuple[int, int]
) -> Places:
    """Return where each character of *value* stands; *start* and *end* are 0-based (line, column) marks."""
    line, column = _after_anchor(lines, start, end)
    if style in ("|", ">"):
        trace = _trace_block(lines, value, line, column, end[0], folded=style == ">")
    else:
        trace = _trace_flow(lines, style, (line, column), end)
    if (
        trace is None
        or not trace.segments
        or "".join(trace.text) != value.rstrip("\n" if style in "|>" else "")
    ):
        inside = 1 if style in ("'", '"') else 0
        return ((0, line + 1, column + 1 + inside),)
    return tuple(trace.segments)


def _after_anchor(lines: Sequence[str], start: tuple[int, int], end: tuple[int, int]) -> tuple[int, int]:
    """Return where the scalar itself begins: libyaml's mark stands before its anchor."""
    line, column = start
    anchor = _ANCHOR.match(lines[line], column) if line < len(lines) else None
    if anchor is None:
        return start
    column = anchor.end()
    while line < end[0] and lines[line][column:].split("#")[0].strip() == "":
        line, column = line + 1, 0
    rest = lines[line][column:] if line < len(lines) else ""
    return line, column + len(rest) - len(rest.lstrip())


def _trace_block(
    lines: Sequence[str], value: str, line: int, column: int, end_line: int, *, folded: bool
) -> _Trace | None:
    if line >= len(lines) or not _HEADER.match(lines[line], column):
        return None
    content = lines[line + 1 : end_line + 1]
    first = next((text for text in content if text.strip(" ")), "")
    wanted = value.rstrip("\n")
    # An explicit indentation indicator counts from the parent, which a scalar does not know: the value tells.
    for indent in range(len(first) - len(first.lstrip(" ")), -1, -1):
        trace = _trace_lines(content, line + 1, indent, len(wanted), folded=folded)
        if "".join(trace.text) == wanted:
            return trace
    return None


def _trace_lines(content: Sequence[str], line: int, indent: int, length: int, *, folded: bool) -> _Trace:
    """Retrace a literal or folded block as libyaml reads it, up to *length* characters."""
    trace = _Trace()
    pending, blanks, spaced = "", "", False
    break_at = (line, 1)
    for number, raw in enumerate(content, start=line + 1):
        text = raw[indent:] if raw[:indent].strip(" ") == "" else ""
        if not text:
            blanks += "\n"
            continue
        begins_blank = text[0] in " \t"
        if folded and pending and not spaced and not begins_blank:
            joint = blanks or " "
        else:
            joint = pending + blanks
        if joint:
            if trace.length >= length:
                break
            trace.add(joint, *break_at)
        trace.add(text, number, indent + 1)
        break_at = (number, indent + 1 + len(text))
        pending, blanks, spaced = "\n", "", begins_blank
        if trace.length >= length:
            break
    return trace


def _trace_flow(
    lines: Sequence[str], style: str, start: tuple[int, int], end: tuple[int, int]
) -> _Trace | None:
    """Retrace a plain or quoted scalar, folding its line breaks."""
    trace = _Trace()
    line, column = start
    if style:
        column += 1
    stop = (end[0], end[1] - 1) if style else end
    while (line, column) < stop:
        text = lines[line]
        if column >= len(text) or (text[column] in " \t" and not text[column:].strip(" \t")):
            if line >= stop[0]:
                trace.add(text[column : stop[1]], line + 1, column + 1)  # blanks before the closing quote
                break
            fold_at = (line + 1, column + 1)
            line, column, breaks = _next_text(lines, line + 1, stop[0])
            trace.add("\n" * breaks or " ", *fold_at)
            continue
        here, width, skipped = text[column], 1, 0
        if style == "'" and text.startswith("''", column):
            width = 2
        elif style == '"' and here == "\\":
            escaped = text[column + 1 : column + 2]
            if not escaped:  # an escaped line break joins the lines
                line, column, skipped = _next_text(lines, line + 1, stop[0])
                if skipped:
                    trace.add("\n" * skipped, line + 1, 1)
                continue
            digits = _CODE_DIGITS.get(escaped, 0)
            width = 2 + digits
            try:
                code = text[column + 2 : column + width]
                here = chr(int(code, 16)) if digits else _ESCAPES[escaped]
            except (KeyError, ValueError, OverflowError):
                return None
        trace.add(here, line + 1, column + 1)
        column += width
    return trace


def _next_text(lines: Sequence[str], line: int, last: int) -> tuple[int, int, int]:
    """Return the next line with text, the column it begins at, and how many empty lines were passed."""
    breaks = 0
    while line < last and not lines[line].strip(" \t"):
        line += 1
        breaks += 1
    text = lines[line] if line < len(lines) else ""
    return line, len(text) - len(text.lstrip(" \t")), breaks
