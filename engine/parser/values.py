"""Scalars of a rule document in; FEEL expressions, texts with FEEL in braces, and literals out.

Every FEEL fault becomes a diagnostic at the line and column it stands on, also inside block scalars and escapes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from engine import feel
from engine.diagnostics import Span
from engine.feel import FeelSyntaxError
from engine.model import Expression, Literal, Text, Value
from engine.parser.reader import Reader
from engine.source import Path, Places, slice_places, span_of

MAX_TEXT = 10_000
"""Characters of a condition or a value."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a text stands: its file, the place of each character, the span of the whole, and how messages begin there."""

    file: str
    places: Places
    span: Span
    said: str = ""

    def part(self, start: int, end: int) -> Spot:
        """Return the spot of the text from *start* to *end* alone."""
        return replace(self, places=slice_places(self.places, start, end))


def read_expression(reader: Reader, path: Path) -> Expression | None:
    """Return the FEEL that the text at *path* is, or None where there is none or it is not FEEL."""
    text = reader.value(path)
    if not isinstance(text, str) or not text.strip() or _is_too_long(reader, path, text):
        return None
    return feel_at(reader, text, spot_of(reader, path))


def read_value(reader: Reader, path: Path) -> Value | None:
    """Return the value at *path*: FEEL after "=", text with {FEEL} in it, or a literal."""
    value = reader.value(path)
    if isinstance(value, list | dict):
        return None
    if not isinstance(value, str) or not ("=" in value or "{" in value or "}" in value):
        if isinstance(value, str) and _is_too_long(reader, path, value):
            return None
        return Literal(value, reader.span(path))
    if _is_too_long(reader, path, value):
        return None
    return value_at(reader, value, spot_of(reader, path))


def spot_of(reader: Reader, path: Path) -> Spot:
    """Return where the scalar at *path* stands."""
    return Spot(reader.document.file, reader.document.places(path), reader.span(path))


def value_at(reader: Reader, value: Any, spot: Spot) -> Value | None:
    """Return what the scalar *value* at *spot* says: FEEL after "=", text with {FEEL} in it, or a literal."""
    if is_feel(value):
        begin = value.index("=") + 1
        return feel_at(reader, value[begin:], spot, begin)
    if isinstance(value, str) and ("{" in value or "}" in value):
        return _text_at(reader, value, spot)
    return Literal(value, spot.span)


def is_feel(value: Any) -> bool:
    """Return whether a scalar is FEEL: a text that begins with "="."""
    return isinstance(value, str) and value.lstrip().startswith("=")


def _is_too_long(reader: Reader, path: Path, text: str) -> bool:
    if len(text) <= MAX_TEXT:
        return False
    message = f"the text is longer than {MAX_TEXT} characters"
    reader.fault("too-long", reader.key_span(path), message, "say it shorter, or split the rule")
    return True


def feel_at(reader: Reader, text: str, spot: Spot, begin: int = 0) -> Expression | None:
    """Return the FEEL *text* that begins at offset *begin* of what stands at *spot*; record its syntax faults."""
    if not text.strip():
        before = max(begin - 1, 0)
        span = span_of(spot.file, spot.places, before, begin)
        reader.fault("empty", span, f"{spot.said}there is no FEEL here", "write an expression")
        return None
    try:
        node = feel.parse(text, reader.names)
    except FeelSyntaxError as refused:
        record_faults(reader, refused, spot, begin)
        return None
    return Expression(text, node, spot.file, slice_places(spot.places, begin, begin + len(text)))


def record_faults(reader: Reader, refused: FeelSyntaxError, spot: Spot, begin: int = 0) -> None:
    """Record each fault of FEEL that begins at offset *begin* of what stands at *spot*."""
    for fault in refused.faults:
        span = span_of(spot.file, spot.places, begin + fault.start, begin + max(fault.end, fault.start + 1))
        reader.fault(fault.code, span, spot.said + fault.message, fault.fix)


def _text_at(reader: Reader, value: str, spot: Spot) -> Value | None:
    parts: list[str | Expression] = []
    sound = True
    for kind, start, end in _pieces(value):
        if kind == "text":
            parts.append(value[start:end].replace("{{", "{").replace("}}", "}"))
        elif kind == "feel":
            expression = feel_at(reader, value[start:end], spot, start)
            if expression is None:
                sound = False
            else:
                parts.append(expression)
        else:
            sound = False
            span = span_of(spot.file, spot.places, start, end)
            brace = value[start]
            reader.fault(
                "template", span, f'{spot.said}"{brace}" {kind}', f'write "{brace}{brace}" for a brace'
            )
    if not sound:
        return None
    if all(isinstance(part, str) for part in parts):
        return Literal("".join(str(part) for part in parts), spot.span)
    return Text(tuple(parts), spot.span)


def _pieces(value: str) -> Iterator[tuple[str, int, int]]:
    """Yield the stretches of a template: ("text" | "feel" | what is wrong, start, end)."""
    begin = at = 0
    while at < len(value):
        here = value[at]
        if here not in "{}":
            at += 1
        elif value[at : at + 2] in ("{{", "}}"):
            at += 2
        else:
            if begin < at:
                yield "text", begin, at
            if here == "}":
                yield "closes nothing", at, at + 1
                end = at
            else:
                end = _closing(value, at + 1)
                if end < 0:
                    yield "is not closed", at, at + 1
                    return
                yield "feel", at + 1, end
            begin = at = end + 1
    if begin < len(value):
        yield "text", begin, len(value)


def _closing(value: str, at: int) -> int:
    """Return the offset of the brace that closes the FEEL begun at *at*, or -1; it passes strings and contexts."""
    depth = 0
    quoted = False
    while at < len(value):
        here = value[at]
        if quoted:
            if here == "\\":
                at += 1
            elif here == '"':
                quoted = False
        elif here == '"':
            quoted = True
        elif here == "{":
            depth += 1
        elif here == "}":
            if depth == 0:
                return at
            depth -= 1
        at += 1
    return -1


def is_number(value: Any) -> bool:
    """Return whether *value* is a number of FEEL; a truth value is not."""
    return isinstance(value, int | Decimal) and not isinstance(value, bool)
