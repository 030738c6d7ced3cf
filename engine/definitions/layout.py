"""Plain values to YAML text as people would write it: blocks, no flow but for what is empty, quotes only where they are needed.

Mappings, lists and texts in, text out; the same values always give the same text. Reading it gives the same values.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

Value = str | Sequence["Value"] | Mapping[str, "Value"]
"""A text, a list, or a mapping; a number or a boolean is not among them."""

_WIDTH = 110
_PLAIN = re.compile(r"[^\W\d_][\w ./()+*-]*")
_PLAIN_FEEL = re.compile(r"= [^\n]*\S")
_WORDS = frozenset(("true", "false", "null", "yes", "no", "on", "off", "y", "n"))
_UNSEEN = re.compile(
    "[^\x20-\x7e\xa1-\u2027\u202f-\u205f\u2070-\ud7ff\uf900-\ufefe\uff00-\uffef\U00010000-\U000e0000]"
)


def yaml_text(value: Mapping[str, Value]) -> str:
    """Return *value* as a YAML document."""
    return "\n".join(_mapping(value, "")) + "\n"


def _mapping(value: Mapping[str, Value], indent: str) -> list[str]:
    lines: list[str] = []
    for key, part in value.items():
        lines += _placed(f"{indent}{_key(key)}:", part, indent + "  ")
    return lines


def _placed(opening: str, value: Value, indent: str) -> list[str]:
    """Return *value* after *opening*: on its line, or below it."""
    if isinstance(value, str):
        return [f"{opening} {_block(value, indent)}" if _is_block(value) else f"{opening} {_scalar(value)}"]
    if not value:
        return [f"{opening} {'{}' if isinstance(value, Mapping) else '[]'}"]
    if isinstance(value, Mapping):
        return [opening, *_mapping(value, indent)]
    row = _row(value)
    if row is not None and len(opening) + len(row) < _WIDTH:
        return [f"{opening} {row}"]
    lines = [opening]
    for item in value:
        lines += _item(item, indent)
    return lines


def _row(value: Sequence[Value]) -> str | None:
    """Return a list of texts on one line; None for one that holds anything else."""
    if not all(isinstance(item, str) for item in value):
        return None
    return f"[{', '.join(_scalar(item, in_flow=True) for item in value if isinstance(item, str))}]"


def _item(value: Value, indent: str) -> list[str]:
    if isinstance(value, Mapping) and value:
        inner = _mapping(value, indent + "  ")
        return [f"{indent}- {inner[0].lstrip()}", *inner[1:]]
    if not isinstance(value, str | Mapping) and (row := _row(value)) is not None:
        return [f"{indent}- {row}"]
    return _placed(f"{indent}-", value, indent + "  ")


def _key(key: str) -> str:
    return key if _PLAIN.fullmatch(key) and key.strip() == key and key.lower() not in _WORDS else _quoted(key)


def _scalar(text: str, *, in_flow: bool = False) -> str:
    """Return *text* on one line, plain where YAML and people take it for the text it is."""
    if _PLAIN.fullmatch(text) and text.strip() == text and text.lower() not in _WORDS:
        return text
    is_feel = _PLAIN_FEEL.fullmatch(text) and ": " not in text and " #" not in text and not text.endswith(":")
    if is_feel and not in_flow and not _UNSEEN.search(text):
        return text
    return _quoted(text)


def _is_block(text: str) -> bool:
    """Return whether *text* is one of several lines that a block shows as they are."""
    lines = text.split("\n")
    seen = [line for line in lines if line]
    return (
        len(lines) > 1
        and bool(seen)
        and lines[0] != ""
        and not lines[0].startswith(" ")
        and not any(_UNSEEN.search(line) or line.endswith(" ") for line in lines)
        and (lines[-1] != "" or lines[-2] != "")
    )


def _block(text: str, indent: str) -> str:
    sign = "|" if text.endswith("\n") else "|-"
    lines = text.removesuffix("\n").split("\n")
    return "\n".join((sign, *(f"{indent}{line}" if line else "" for line in lines)))


def _quoted(text: str) -> str:
    if '"' in text and not any(sign in text for sign in "'\\\n\t\r") and not _UNSEEN.search(text):
        return f"'{text}'"
    text = (
        text.replace("\\", "\\\\")
        .replace('"', '\\"')
        .replace("\n", "\\n")
        .replace("\t", "\\t")
        .replace("\r", "\\r")
    )
    return '"' + _UNSEEN.sub(_escaped, text) + '"'


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"
