"""What `lineside eval` shows: values as FEEL writes them, the parts of an expression with their values, and its tree.

Values and trees go in, lines of text and plain JSON come out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import fields
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from engine.feel import Explained, Node, to_json
from engine.feel.builtins.registry import type_of_value
from engine.feel.temporal import DateTimeValue, DateValue, DaysDuration, MonthsDuration, TimeValue
from engine.feel.text import number_text, quoted, string_of
from service.cli.carets import printable, width

if TYPE_CHECKING:
    from service.cli.carets import Painter

WIDEST = 60
"""Columns of a part's text up to which values are aligned."""

LONGEST = 200
"""Characters of a value within the tree; the result stands whole."""

_TEMPORAL = (DateValue, TimeValue, DateTimeValue, DaysDuration, MonthsDuration)
_LOOKS_TYPED = re.compile(r"\s*(?:[-+]?\d[\d.,]*|\d{4}-\d\d-\d\d.*|\d\d:\d\d.*|-?P\d.*|true|false|null)\s*")


def literal_text(value: Any, depth: int = 0) -> str:
    """Return *value* as a FEEL literal where there is one, as string() writes it elsewhere."""
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, _TEMPORAL):
        return f'@"{value}"'
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int | Decimal):
        return number_text(value)
    if depth > 90:
        return "..."
    if isinstance(value, list):
        return f"[{', '.join(literal_text(item, depth + 1) for item in value)}]"
    if isinstance(value, dict):
        inner = (f"{_key(name)}: {literal_text(one, depth + 1)}" for name, one in value.items())
        return f"{{{', '.join(inner)}}}"
    return string_of(value) or "null"


def _key(name: str) -> str:
    return (
        name if name.replace("_", "a").replace(" ", "").isalnum() and not name[:1].isdigit() else quoted(name)
    )


def type_word(value: Any) -> str:
    """Return the name of a value's type, without its article."""
    return type_of_value(value).word.removeprefix("a ").removeprefix("an ")


def value_note(value: Any) -> str:
    """Return what to say beside a value that looks like one of another type."""
    return "a string" if isinstance(value, str) and _LOOKS_TYPED.fullmatch(value) else ""


Rows = Sequence[tuple[str, str, str]]
"""Of a tree: an indented text, its value, and a note or ""."""


def part_lines(parts: Sequence[Explained], paint: Painter) -> Iterator[str]:
    """Yield each part and, indented below it, its own parts, the values in one column."""
    return aligned(list(_rows(parts, 0)), paint)


def aligned(rows: Rows, paint: Painter) -> Iterator[str]:
    """Yield *rows* as lines, their values in one column."""
    shown = [(printable(text), _cut(printable(value)), printable(note)) for text, value, note in rows]
    column = max((width(text) for text, _, _ in shown if width(text) <= WIDEST), default=0)
    for text, value, note in shown:
        gap = " " * (column - width(text))
        yield f"{text}{gap}  {paint('dim', '=')}  {value}" + (
            f"  {paint('dim', f'({note})')}" if note else ""
        )


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _rows(parts: Sequence[Explained], depth: int) -> Iterator[tuple[str, str, str]]:
    for part in parts:
        yield "  " * depth + part.text, literal_text(part.value), value_note(part.value)
        yield from _rows(part.children, depth + 1)


def part_json(part: Explained) -> dict[str, Any]:
    """Return a part, with all below it, as plain JSON."""
    return {
        "text": part.text,
        "start": part.start,
        "end": part.end,
        "type": type_word(part.value),
        "value": to_json(part.value),
        "parts": [part_json(child) for child in part.children],
    }


# the syntax tree, for developers


def tree_lines(node: Node, depth: int = 0, label: str = "") -> Iterator[str]:
    """Yield *node* and all below it, one a line: its class, its own values, and its offsets."""
    own = "".join(f" {name}={printable(repr(value))}" for name, value in _own(node))
    yield f"{'  ' * depth}{label}{type(node).__name__}{own}  {node.start}..{node.end}"
    for name, child in _below(node):
        yield from tree_lines(child, depth + 1, f"{name}: ")


def tree_json(node: Node) -> dict[str, Any]:
    """Return *node* and all below it as plain JSON."""
    found: dict[str, Any] = {"node": type(node).__name__, "start": node.start, "end": node.end}
    found.update(_own(node))
    for f in fields(node):
        value = getattr(node, f.name)
        if isinstance(value, Node):
            found[f.name] = tree_json(value)
        elif isinstance(value, tuple):
            found[f.name] = [tree_json(item) if isinstance(item, Node) else item for item in value]
    return found


def _own(node: Node) -> Iterator[tuple[str, Any]]:
    """Yield the fields of *node* that are no nodes."""
    for f in fields(node):
        value = getattr(node, f.name)
        if f.name not in ("start", "end") and not isinstance(value, Node | tuple) and value is not None:
            yield f.name, value
        elif isinstance(value, tuple) and value and not isinstance(value[0], Node):
            yield f.name, list(value)


def _below(node: Node) -> Iterator[tuple[str, Node]]:
    """Yield the nodes directly below *node*, with the names of their fields."""
    for f in fields(node):
        value = getattr(node, f.name)
        if isinstance(value, Node):
            yield f.name, value
        elif isinstance(value, tuple):
            yield from ((f.name, item) for item in value if isinstance(item, Node))
