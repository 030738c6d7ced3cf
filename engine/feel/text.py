"""FEEL values to text: what `string()` says, and how the printer writes literals.

Length and depth are bounded, since shared parts can make the text of a small value endless.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from engine.feel.numbers import CONTEXT
from engine.feel.values import MAX_STRING, ComparatorValue, FunctionValue, RangeValue

_MAX_DEPTH = 100


def to_text(value: Any) -> str:
    """Return FEEL's string() of *value*; null is the empty string, for use within a sentence."""
    return "" if value is None else (string_of(value) or "")


def string_of(value: Any) -> str | None:
    """Return FEEL's string() of *value*: a string as it is, anything else as FEEL would write it; null for null."""
    if value is None or type(value) is str:
        return value
    writer = _Writer()
    return "".join(writer.parts) if writer.write(value, 0) else None


class _Writer:
    """Collects the parts of one text, up to its bounds."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self._left = MAX_STRING

    def _put(self, text: str) -> bool:
        self._left -= len(text)
        self.parts.append(text)
        return self._left >= 0

    def write(self, value: Any, depth: int) -> bool:
        """Append *value*; return False where it grows too deep or too long."""
        if depth > _MAX_DEPTH:
            return False
        if isinstance(value, list):
            return self._all("[", [("", item) for item in value], "]", depth)
        if isinstance(value, dict):
            return self._all("{", [(f"{_key(name)}: ", item) for name, item in value.items()], "}", depth)
        if isinstance(value, RangeValue):
            low = "[" if value.low_included else "("
            high = "]" if value.high_included else ")"
            self._put(low)
            ends = self.write(value.low, depth + 1) and self._put("..") and self.write(value.high, depth + 1)
            return ends and self._put(high)
        if isinstance(value, ComparatorValue):
            return self._put(f"{value.operator} ") and self.write(value.operand, depth + 1)
        return self._put(_scalar(value))

    def _all(self, opening: str, entries: list[tuple[str, Any]], closing: str, depth: int) -> bool:
        self._put(opening)
        for index, (prefix, item) in enumerate(entries):
            if not self._put(", " + prefix if index else prefix) or not self.write(item, depth + 1):
                return False
        return self._put(closing)


def _scalar(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, int | Decimal):
        return number_text(value)
    if isinstance(value, FunctionValue):
        return f"function({', '.join(value.parameters or ('...',))})"
    return str(value)


def _key(name: str) -> str:
    return name if name.replace("_", "a").replace(" ", "").isalnum() else quoted(name)


def quoted(text: str) -> str:
    """Return *text* as a FEEL string literal."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + escaped.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t") + '"'


def number_text(value: int | Decimal) -> str:
    """Return a number as FEEL writes it: plain digits up to some 40 places, an exponent beyond."""
    if isinstance(value, int):
        if abs(value) < 10**64:
            return str(value)
        value = CONTEXT.create_decimal(value)
    if not value.is_finite():
        return str(value)
    exponent = int(value.as_tuple().exponent)
    if -40 <= exponent <= 0 or (exponent > 0 and value.adjusted() < 34):
        return format(value, "f")
    return str(value)
