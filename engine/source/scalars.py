"""Plain YAML scalars to values by the core schema of YAML 1.2 (10.3.2), with decimals in place of floats.

`on`, `yes`, `no` and dates stay text. Numbers that no system here can carry are a fault, not a rounded value.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

MAX_DIGITS = 34
"""Digits of a FEEL number (DMN 1.5, 10.3.2.3.1: IEEE 754 decimal128)."""
MAX_EXPONENT = 6144

_INTEGER = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"0o[0-7]+")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+")
_DECIMAL = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_WORDS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A scalar that looks like a number and cannot be one."""

    code: str
    message: str
    fix: str


def resolve(text: str) -> Any:
    """Return the value of the plain scalar *text*: None, bool, int, Decimal, str, or Unreadable."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "+-.0123456789":
        return text
    if _INTEGER.fullmatch(text):
        return _integer(text)
    if _OCTAL.fullmatch(text) or _HEXADECIMAL.fullmatch(text):
        return int(text, 0) if len(text) <= MAX_DIGITS else _too_long(text)
    if _DECIMAL.fullmatch(text):
        return _decimal(text)
    if _NOT_FINITE.fullmatch(text):
        return Unreadable("number", f'"{text}" is not a number that can be compared', "write a finite number")
    return text


def _integer(text: str) -> int | Unreadable:
    digits = text.lstrip("+-")
    if len(digits) > 1 and digits.startswith("0"):
        return Unreadable(
            "leading-zero",
            f'"{_short(text)}" would be read as the number {_short(digits.lstrip("0") or "0")}',
            f'write "{_short(text)}" in quotes if it is an identifier, or drop the zeros',
        )
    return int(text) if len(digits) <= MAX_DIGITS else _too_long(text)


def _decimal(text: str) -> Decimal | Unreadable:
    mantissa, _, exponent = text.lower().partition("e")
    if len(exponent.lstrip("+-0")) > len(str(MAX_EXPONENT)) or abs(int(exponent or "0")) > MAX_EXPONENT:
        return Unreadable("number", f'"{_short(text)}" is out of range', f"exponents go to {MAX_EXPONENT}")
    if len(mantissa.lstrip("+-").replace(".", "").lstrip("0")) > MAX_DIGITS:
        return _too_long(text)
    return Decimal(text)


def _too_long(text: str) -> Unreadable:
    return Unreadable(
        "number",
        f'"{_short(text)}" has more than {MAX_DIGITS} digits',
        "write it in quotes if it is an identifier",
    )


def _short(text: str) -> str:
    return text if len(text) <= MAX_DIGITS else text[:MAX_DIGITS] + "..."
