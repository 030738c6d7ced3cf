"""What is wrong about a ":" that libyaml cannot use: a missing space, a forgotten one, a second one, or the indentation.

Lines of a file and the place of libyaml's complaint in; the place of the cause, the message and the fix out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

Cause = tuple[int, int, str, str]
"""A 0-based line and column, the message, and the fix."""

_LOOKED_AT = 2000
"""Characters of a line: beyond them nobody has indented anything by hand."""

_DASHES = r"\s*(?:-\s+)*"
_FIRST_KEY = re.compile(_DASHES + r"[\"']?[\w.-]+[\"']?\s*")
_NO_SPACE = re.compile(_DASHES + r"([A-Za-z_][\w-]*)(:)([^\s:].*)")
_HARD_SPACE = re.compile(_DASHES + r"([A-Za-z_][\w-]*)(:)[\u00a0\u2007\u202f]")
_NO_SPACE_AFTER_DASH = re.compile(r"\s*(-)[A-Za-z_][\w-]*:(?:\s|$)")
_ONE_WORD = re.compile(_DASHES + r"([A-Za-z_][\w-]*)\s*(?:#.*)?")
_BLOCK = re.compile(r":\s+[|>][+-]?\s*$")
_KEY_IN_A_KEY = re.compile(_DASHES + r"[\w-]+:\s+[A-Za-z_]\w*")
_FLOW_PAIR = re.compile(r"[{,\[]?[^{},\[\]]*:\s[^{},\[\]]*")


def stray_colon(lines: Sequence[str], line: int, column: int) -> Cause:
    """Return what is wrong where a ":" at *line* and *column* makes a key that cannot be there."""
    text = _line(lines, line)
    above = _line_above(lines, line)
    if _FIRST_KEY.fullmatch(text[:column]):
        return no_space(lines, line) or _misplaced_key(lines, line, above)
    fix = 'put the value in quotes if it contains ": "'
    if _KEY_IN_A_KEY.fullmatch(text[:column]):
        fix += ", or begin a line of its own if it is a key"
    return line, column, 'a second ":" on this line', fix


def no_space(lines: Sequence[str], line: int) -> Cause | None:
    """Return the fault of a key on *line* that has a ":" and no plain space after it."""
    text = _line(lines, line)
    if hard := _HARD_SPACE.match(text):
        return line, hard.end(2), 'a no-break space stands after the ":"', "write a plain space"
    if found := _NO_SPACE.fullmatch(text.rstrip()):
        fix = f'write "{found[1]}: {found[3][:40]}"' if '"' not in found[3] else "write a space after it"
        return line, found.start(2), 'there is no space after the ":"', fix
    return None


def missing(lines: Sequence[str], line: int, column: int) -> Cause:
    """Return the fault of a key that begins at *line* and *column* and has no ":"."""
    if _BLOCK.search(_line(lines, line - 1)):
        message = 'the text below "|" begins no further in than its key'
        return line, column, message.replace("|", _line(lines, line - 1).rstrip("+- ")[-1]), "indent it"
    if found := _ONE_WORD.fullmatch(_line(lines, line)):
        word = found[1][:60]
        return line, column, f'"{word}" has no ":"', f'write "{word}:", or indent a text that goes on'
    return line, column, 'a key has no ":"', 'write "key: value", or indent a text that goes on'


def second_in_flow(lines: Sequence[str], line: int, column: int) -> Cause | None:
    """Return the fault of a value in braces or brackets that has a ":" of its own at *line* and *column*, if it has."""
    text = _line(lines, line)
    if text[column : column + 1] != ":" or not column:
        return None
    begin = max(text.rfind(sign, 0, column) for sign in "{[,")
    if not _FLOW_PAIR.fullmatch(text[begin + 1 : column]):
        return None
    return line, column, 'a second ":" in one value', 'put the value in quotes if it contains ": "'


def _misplaced_key(lines: Sequence[str], line: int, above: int) -> Cause:
    """Return why the first key of *line* cannot stand where it does: the line above it, or its indentation."""
    before = _line(lines, above) if above >= 0 else ""
    begin = _begin(_line(lines, line))
    if found := _NO_SPACE_AFTER_DASH.match(before):
        return above, found.start(1), 'there is no space after the "-"', 'write "- " before an item'
    if above >= 0 and (cause := no_space(lines, above)):
        return cause
    if found := _ONE_WORD.fullmatch(before):
        word = found[1]
        if before.lstrip().startswith("-"):
            return above, found.start(1), f'"{word[:60]}" has no alias', f'a pattern is "alias: {word[:60]}"'
        return missing(lines, above, found.start(1))
    message = "this line is indented differently from the one above"
    return line, begin, message, f"begin it in column {_begin(before) + 1}, or further left"


def _begin(text: str) -> int:
    """Return the offset of the first key of a line, behind the dashes of its list items."""
    found = re.match(_DASHES, text)
    return found.end() if found else 0


def _line(lines: Sequence[str], number: int) -> str:
    return lines[number][:_LOOKED_AT] if 0 <= number < len(lines) else ""


def _line_above(lines: Sequence[str], line: int) -> int:
    """Return the number of the nearest line above that is neither blank nor a comment, or -1."""
    return next(
        (at for at in range(min(line, len(lines)) - 1, -1, -1) if not re.match(r"\s*(#|$)", lines[at])), -1
    )
