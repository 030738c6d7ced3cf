"""Faults in an expression typed at the prompt: its line, and carets under what is wrong.

Columns are those of a terminal: tabs are spread, wide characters count twice, marks that combine count nothing, and control
characters are shown as what they are.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from service.cli.contexts import line_and_column

if TYPE_CHECKING:
    from engine.feel import Doubt, Fault

TAB = 4
WIDTH = 100
"""Columns of a line that are shown; of a longer one, those around the fault."""

Painter = Callable[[str, str], str]


def fault_lines(text: str, fault: Fault | Doubt, paint: Painter, label: str = "error") -> Iterator[str]:
    """Yield what is wrong with *text*, or why it is null, then the line it stands in, then carets under it."""
    line, column = line_and_column(text, fault.start)
    colour = "red" if label == "error" else "yellow"
    place = paint("bold", f"expression:{line}:{column}")
    advice = getattr(fault, "fix", "")  # a warning of an evaluation has none
    fix = f"; {paint('green', printable(advice))}" if advice else ""
    yield f"{place}: {paint(colour, f'{label}[{fault.code}]')}: {printable(fault.message)}{fix}"
    written = text.split("\n")[line - 1]
    # a fault that goes on over the end of its line is shown up to there
    first, last = column - 1, min(column - 1 + fault.end - fault.start, len(written))
    shown, starts = displayed(written)
    begin, end = starts[first], starts[max(first, last)]
    shown, begin, end = cropped(shown, begin, end)
    yield f"  {shown}"
    yield f"  {' ' * begin}{paint(colour, '^' * max(1, end - begin))}"


def displayed(line: str) -> tuple[str, list[int]]:
    """Return *line* as a terminal shows it, and the column where each of its characters begins, the end's included."""
    parts: list[str] = []
    starts = [0]
    for char in line:
        column = starts[-1]
        if char == "\t":
            part = " " * (TAB - column % TAB)
        else:
            part = printable(char)
        parts.append(part)
        starts.append(column + width(part))
    return "".join(parts), starts


def cropped(shown: str, begin: int, end: int) -> tuple[str, int, int]:
    """Return at most WIDTH columns of *shown* around *begin*, and where the carets stand in them."""
    if width(shown) <= WIDTH:
        return shown, begin, end
    left = max(0, min(begin - WIDTH // 3, width(shown) - WIDTH))
    cut, at, kept_from = [], 0, None
    for char in shown:
        if left <= at and at + width(char) <= left + WIDTH:
            kept_from = at if kept_from is None else kept_from
            cut.append(char)
        at += width(char)
    text = "".join(cut)
    shift = (kept_from or 0) - (1 if left else 0)
    text = ("…" if left else "") + text + ("…" if left + WIDTH < width(shown) else "")
    return text, begin - shift, min(end - shift, width(text))


def printable(text: str) -> str:
    """Return *text* with whatever would move the cursor made visible."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def width(text: str) -> int:
    """Return how many columns *text* takes on a terminal."""
    return sum(_width(char) for char in text)


def _width(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1
