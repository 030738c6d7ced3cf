"""Colour and progress for people: only where the output is a terminal, and never where NO_COLOR is set.

Escape codes are written by hand, because importing a library for them would cost `lineside check` its start.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import IO

_CODES = {
    "red": "31",
    "green": "32",
    "yellow": "33",
    "blue": "34",
    "magenta": "35",
    "cyan": "36",
    "bold": "1",
    "dim": "2",
}
BAR_WIDTH = 30
SHOWN_FROM = 200
"""Work of fewer steps than this is over before a bar could be read."""


def is_colourful(stream: IO[str]) -> bool:
    """Return whether *stream* is a terminal that wants colour (https://no-color.org)."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return stream.isatty()


class Paint:
    """Colours for one stream; plain text where it wants none."""

    def __init__(self, stream: IO[str]) -> None:
        self._on = is_colourful(stream)

    def __call__(self, colour: str, text: str) -> str:
        """Return *text* in *colour*."""
        return f"\x1b[{_CODES[colour]}m{text}\x1b[0m" if self._on else text


def plain(text: str) -> str:
    """Return *text* with control characters made visible, so that no fact or rule can steer the terminal."""
    return "".join(c if c.isprintable() or c in "\n\t" else repr(c)[1:-1] for c in text)


def plain_line(text: str) -> str:
    """Return *text* plain and on one line, so that no fact can look like a row of its own."""
    return plain(text).replace("\n", "\\n")


def count(number: int, one: str, many: str = "") -> str:
    """Return a number and its noun: "1 rule", "2 rules", "1,200 rules"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def progress_bar(label: str, total: int, stream: IO[str] | None = None) -> Callable[[int], None]:
    """Return a function that shows how many of *total* steps are done; it shows nothing where nobody watches."""
    out = sys.stderr if stream is None else stream
    if not out.isatty() or total < SHOWN_FROM or os.environ.get("TERM") == "dumb":
        return _nothing
    paint = Paint(out)
    shown = -1

    def show(done: int) -> None:
        nonlocal shown
        percent = min(100, done * 100 // total)
        if percent == shown:
            return
        shown = percent
        filled = percent * BAR_WIDTH // 100
        bar = paint("green", "━" * filled) + paint("dim", "━" * (BAR_WIDTH - filled))
        out.write(f"\r{label} {bar} {percent:3d}%  {done:,}/{total:,}")
        if done >= total:
            out.write("\r\x1b[2K")
        out.flush()

    return show


def clear_line(stream: IO[str] | None = None) -> None:
    """Clear the line that a progress bar stands on, so that what is printed next begins at its own."""
    out = sys.stderr if stream is None else stream
    if out.isatty() and os.environ.get("TERM") != "dumb":
        out.write("\r\x1b[2K")
        out.flush()


def _nothing(done: int) -> None:
    del done
