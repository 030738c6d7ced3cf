"""XML as a value, and its text: tags with attributes and parts, or with a text; the same value always gives the same text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_REFUSED = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML cannot hold, however they are written."""

_NOT_IN_ID = re.compile(r"[^A-Za-z0-9]+")


@dataclass(frozen=True, slots=True)
class Tag:
    """An element to be written: with parts, or with a text; attributes that are None are left out."""

    name: str
    attributes: Mapping[str, str | None] = field(default_factory=dict)
    parts: tuple[Tag, ...] = ()
    text: str | None = None


def tag(element: str, /, *parts: Tag | None, text: str | None = None, **attributes: str | None) -> Tag:
    """Return an *element*; parts that are None are left out."""
    return Tag(element, attributes, tuple(part for part in parts if part is not None), text)


def document(root: Tag) -> str:
    """Return the text of a whole file."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    _write(root, 0, lines)
    return "\n".join(lines) + "\n"


def _write(element: Tag, depth: int, lines: list[str]) -> None:
    indent = "  " * depth
    attributes = "".join(
        f' {name}="{_escaped(value, quote=True)}"'
        for name, value in element.attributes.items()
        if value is not None
    )
    opening = f"{indent}<{element.name}{attributes}"
    if element.parts:
        lines.append(f"{opening}>")
        for part in element.parts:
            _write(part, depth + 1, lines)
        lines.append(f"{indent}</{element.name}>")
    elif element.text is not None:
        lines.append(f"{opening}>{_escaped(element.text)}</{element.name}>")
    else:
        lines.append(f"{opening}/>")


def _escaped(text: str, *, quote: bool = False) -> str:
    text = _REFUSED.sub(lambda found: f"\\U{ord(found[0]):06X}", text)
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")
    if quote:
        text = text.replace('"', "&quot;").replace("\n", "&#10;").replace("\t", "&#9;")
    return text


class Ids:
    """Gives every element an id of its own that says what it is: letters, digits and underscores."""

    def __init__(self) -> None:
        self._given: set[str] = set()

    def new(self, *words: str) -> str:
        """Return an id made of *words*, numbered where it is taken."""
        stem = "_".join(_NOT_IN_ID.sub("_", word).strip("_") or "x" for word in words)[:120]
        found, number = stem, 1
        while found in self._given:
            number += 1
            found = f"{stem}_{number}"
        self._given.add(found)
        return found
