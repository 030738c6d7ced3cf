"""Regular expressions of XPath (DMN 1.5, table 75) in RE2, which matches in linear time whatever the pattern.

What RE2 does not know (look-around, back-references) is no pattern: the functions give null.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import re2

from engine.feel.builtins.classes import read_class, read_escape

MAX_PATTERN = 1_000
_FLAGS = frozenset("smixq")


def compiled(pattern: str, flags: str) -> Any:
    """Return the compiled pattern, or None where it or its flags cannot be read."""
    if len(pattern) > MAX_PATTERN or not _FLAGS.issuperset(flags):
        return None
    return _compiled(pattern, "".join(sorted(set(flags))))


@lru_cache(maxsize=512)
def _compiled(pattern: str, flags: str) -> Any:
    inline = "".join(flag for flag in flags if flag in "ims")
    options = re2.Options()
    options.max_mem = 1 << 20
    options.log_errors = False
    try:
        if "q" in flags:
            translated: str | None = re2.escape(pattern)
        else:
            translated = _translated(
                _without_space(pattern) if "x" in flags else pattern, dot_all="s" in flags
            )
        if translated is None:
            return None
        return re2.compile(f"(?{inline}:{translated})" if inline else translated, options)
    except (re2.error, UnicodeError):
        return None


def _translated(pattern: str, *, dot_all: bool) -> str | None:
    """Return an XPath pattern as RE2 writes it, or None where a construct has no counterpart."""
    out: list[str] = []
    at = 0
    while at < len(pattern):
        char = pattern[at]
        if char in "\\[":
            found = read_escape(pattern, at) if char == "\\" else read_class(pattern, at)
            if found is None:
                return None
            part, at = found
            out.append(f"[{part}]" if char == "\\" and len(part) > 2 else part)
            continue
        if pattern.startswith("(?", at) and not pattern.startswith("(?:", at):
            return None
        out.append("[^\\n\\r]" if char == "." and not dot_all else char)
        at += 1
    return "".join(out)


def _without_space(pattern: str) -> str:
    """Return the pattern without the blanks that the flag x takes away: all but those in classes."""
    out: list[str] = []
    depth = 0
    for char in pattern:
        if char in " \t\r\n" and not depth:
            continue
        depth += (char == "[") - (char == "]" and depth > 0)
        out.append(char)
    return "".join(out)
