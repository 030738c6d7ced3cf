"""String built-ins (DMN 1.5, 10.3.4.3). Positions count characters of Unicode from 1, or from the end below zero."""

from __future__ import annotations

from typing import Any

from engine.feel import types as t
from engine.feel.builtins.patterns import compiled
from engine.feel.builtins.registry import builtin
from engine.feel.values import MAX_LIST, MAX_STRING

_STRINGS = t.ListType(t.STRING)


@builtin("substring", "string: string, start position: number, length?: number -> string")
def substring(string: str, start_position: Any, length: Any = None) -> str | None:
    """Return the part from a position on; a position beyond the string has none."""
    start = int(start_position)
    if start == 0 or abs(start) > len(string):
        return None
    begin = start - 1 if start > 0 else len(string) + start
    if length is None:
        return string[begin:]
    count = int(length)
    return string[begin : begin + count] if count >= 1 else None


@builtin("string length", "string: string -> number")
def string_length(string: str) -> int:
    """Return how many characters there are."""
    return len(string)


@builtin("upper case", "string: string -> string")
def upper_case(string: str) -> str | None:
    """Return the string in capitals; they can be more than the letters were."""
    return _bounded(string.upper())


@builtin("lower case", "string: string -> string")
def lower_case(string: str) -> str | None:
    """Return the string in small letters; they can be more than the letters were."""
    return _bounded(string.lower())


def _bounded(made: str) -> str | None:
    return made if len(made) <= MAX_STRING else None


@builtin("substring before", "string: string, match: string -> string")
def substring_before(string: str, match: str) -> str:
    """Return what stands before the first match, or nothing."""
    return string.partition(match)[0] if match and match in string else ""


@builtin("substring after", "string: string, match: string -> string")
def substring_after(string: str, match: str) -> str:
    """Return what stands after the first match, or nothing."""
    return string.partition(match)[2] if match else string


@builtin("contains", "string: string, match: string -> boolean")
def contains(string: str, match: str) -> bool:
    """Return whether the match stands anywhere in the string."""
    return match in string


@builtin("starts with", "string: string, match: string -> boolean")
def starts_with(string: str, match: str) -> bool:
    """Return whether the string begins with the match."""
    return string.startswith(match)


@builtin("ends with", "string: string, match: string -> boolean")
def ends_with(string: str, match: str) -> bool:
    """Return whether the string ends with the match."""
    return string.endswith(match)


@builtin("matches", "input: string, pattern: string, flags?: string|null -> boolean")
def matches(text: str, pattern: str, flags: str | None = "") -> bool | None:
    """Return whether the pattern matches anywhere in the input."""
    found = compiled(pattern, flags or "")
    return None if found is None else found.search(text) is not None


@builtin("replace", "input: string, pattern: string, replacement: string, flags?: string|null -> string")
def replace(text: str, pattern: str, replacement: str, flags: str | None = "") -> str | None:
    """Return the input with every match replaced; `$1` in the replacement is the first group."""
    found = compiled(pattern, flags or "")
    if found is None:
        return None
    pieces = [(False, replacement)] if "q" in (flags or "") else _replacement(replacement, found.groups)
    if pieces is None:
        return None
    parts: list[str] = []
    size = last = 0
    for match in found.finditer(text):
        inserted = "".join((match.group(int(piece)) or "") if group else piece for group, piece in pieces)
        parts += [text[last : match.start()], inserted]
        size += len(inserted)
        last = match.end()
        if size > MAX_STRING:
            return None
    parts.append(text[last:])
    return "".join(parts)


def _replacement(text: str, groups: int) -> list[tuple[bool, str]] | None:
    """Return the replacement's pieces, each a text or a group's number; None where it cannot be read."""
    pieces: list[tuple[bool, str]] = []
    at = 0
    while at < len(text):
        char, after = text[at], text[at + 1 : at + 2]
        if char == "\\":
            if after not in ("\\", "$") or not after:
                return None
            pieces.append((False, after))
            at += 2
        elif char == "$":
            if not (after.isascii() and after.isdigit()):
                return None
            end = at + 2
            while (
                end < len(text)
                and text[end : end + 1] in "0123456789"
                and int(text[at + 1 : end + 1]) <= groups
            ):
                end += 1
            group = text[at + 1 : end]
            pieces.append((True, group) if int(group) <= groups else (False, ""))
            at = end
        else:
            pieces.append((False, char))
            at += 1
    return pieces


@builtin("split", "string: string, delimiter: string", infer=lambda _: _STRINGS)
def split(string: str, delimiter: str) -> list[str] | None:
    """Return the parts between matches of a pattern."""
    found = compiled(delimiter, "")
    if found is None:
        return None
    parts: list[str] = []
    last = 0
    for match in found.finditer(string):
        if match.end() == match.start():
            continue
        if len(parts) >= MAX_LIST:
            return None
        parts.append(string[last : match.start()])
        last = match.end()
    parts.append(string[last:])
    return parts


@builtin("string join", "list: list -> string")
def string_join(items: list[Any]) -> str | None:
    """Return the strings of a list in one."""
    return _joined(items, "", "", "")


@builtin("string join", "list: list, delimiter: any -> string")
def string_join_with(items: list[Any], delimiter: Any) -> str | None:
    """Return the strings of a list in one, a delimiter between them."""
    return _joined(items, delimiter, "", "")


@builtin("string join", "list: list, delimiter: any, prefix: any, suffix: any -> string")
def string_join_around(items: list[Any], delimiter: Any, prefix: Any, suffix: Any) -> str | None:
    """Return the strings of a list in one, between a prefix and a suffix."""
    return _joined(items, delimiter, prefix, suffix)


def _joined(items: list[Any], *marks: Any) -> str | None:
    texts = [item for item in items if item is not None]
    known = ["" if mark is None else mark for mark in marks]
    if not all(isinstance(part, str) for part in (*texts, *known)):
        return None
    delimiter, prefix, suffix = known
    size = sum(map(len, texts)) + len(delimiter) * len(texts)
    return prefix + delimiter.join(texts) + suffix if size <= MAX_STRING else None
