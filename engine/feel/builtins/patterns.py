"""Regular expressions of XPath (DMN 1.5, table 75) in RE2, which matches in linear time whatever the pattern.

What RE2 does not know (look-around, back-references) is no pattern: the functions give null.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
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


def refusal_of(pattern: str) -> tuple[str, str]:
    """Return why *pattern* is no regular expression, and what would be right; ("", "") where RE2 takes it as it stands."""
    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(pattern, options)
    except re2.error as refused:
        said = refused.args[0] if refused.args else refused
        reason = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
        what, _, where = reason.partition(": ")
        if what == "invalid escape sequence" and where[1:].isdigit():
            return reason, _LINEAR
        if what == "invalid perl operator" and not where.startswith(_AHEAD_OR_BEHIND):
            return reason, 'write "(?:" for a group, or "\\(" for the character itself'
        return reason, _REFUSED.get(what, "write it as RE2 reads it")
    return "", ""


_AHEAD_OR_BEHIND = ("(?=", "(?!", "(?<", "(?>")
_LINEAR = "use no look-around and no back-references, so that it runs in linear time"
_REFUSED: Mapping[str, str] = MappingProxyType(
    {
        "invalid perl operator": _LINEAR,
        "missing ]": 'close the "[", or write "\\[" for the character itself',
        "missing )": 'close the "(", or write "\\(" for the character itself',
        "unexpected )": 'open it with "(", or write "\\)" for the character itself',
        "no argument for repetition operator": "write before it what is repeated, or a backslash for the character itself",
        "bad repetition operator": "repeat once, or put what is repeated in ( )",
        "invalid repetition size": "repeat 1,000 times at most, the smaller number first",
        "invalid character class range": "put the first character of a range first, or name a class that there is",
        "invalid escape sequence": 'write "\\\\" for a backslash, or drop it',
        "trailing \\": 'write "\\\\" for a backslash, or drop it',
    }
)
"""What would be right, by what RE2 says of a pattern."""


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
