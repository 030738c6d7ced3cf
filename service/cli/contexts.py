"""The JSON context of `lineside eval`: text in, FEEL values and their types out, or every fault with line and column.

Strings stay strings. Size, depth and numbers are bounded, and a key stands once, as in facts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from engine.diagnostics import Diagnostic, Span, did_you_mean, error
from engine.feel import types as t
from engine.feel.builtins.registry import type_of_value
from engine.feel.numbers import CONTEXT, is_finite

MAX_CHARACTERS = 4_000_000
MAX_DEPTH = 90
"""Levels of a context, some fewer than FEEL's own texts may have."""

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
_COLON = re.compile(r"\s*:")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
_SYNTAX = re.compile(r"(.*): line \d+ column \d+ \(char \d+\)", re.DOTALL)
_FIXES = {
    "Expecting property name enclosed in double quotes": 'write {"name": value}; no comma after the last entry',
    "Expecting value": "values are numbers, true, false, null, [...], {...}, and texts in double quotes",
    "Expecting ',' delimiter": "put a comma between entries",
    "Expecting ':' delimiter": 'write {"name": value}',
    "Extra data": "give one JSON object",
    "Unterminated string starting at": 'close it with "',
    "Illegal trailing comma before end of object": "no comma after the last entry",
    "Illegal trailing comma before end of array": "no comma after the last item",
}


@dataclass(frozen=True, slots=True)
class Context:
    """The values of a context by name; empty, with *faults*, where it cannot be read."""

    values: Mapping[str, Any]
    faults: tuple[Diagnostic, ...] = ()


def read_context(text: str, name: str) -> Context:
    """Return the context that JSON *text* is; *name* is where faults say they stand."""
    return _Reader(text, name).context()


class _Reader:
    """One text, and what is wrong with it so far."""

    def __init__(self, text: str, name: str) -> None:
        self._text = text
        self._name = name
        self._faults: list[Diagnostic] = []

    def context(self) -> Context:
        """Return the context, or every fault."""
        if len(self._text) > MAX_CHARACTERS:
            message = f"the context has {len(self._text):,} characters"
            self._fault("too-long", 0, 0, message, f"at most {MAX_CHARACTERS:,}")
        elif self._look():
            value = self._parse()
            if not self._faults and isinstance(value, dict):
                return Context(value)
        return Context({}, tuple(sorted(self._faults, key=lambda d: d.span)))

    def _fault(self, code: str, start: int, end: int, message: str, fix: str = "") -> None:
        line, column = line_and_column(self._text, start)
        span = Span(self._name, line, column, line, column + end - start)
        self._faults.append(error(code, span, message, fix))

    def _parse(self) -> Any:
        try:
            value = json.loads(self._text, parse_float=_number, parse_int=_number)
        except json.JSONDecodeError as wrong:
            said = _SYNTAX.sub(r"\1", str(wrong))
            message = f"this is no JSON: {said[:1].lower()}{said[1:]}"
            self._fault("json-syntax", wrong.pos, wrong.pos + 1, message, _FIXES.get(said, ""))
            return None
        if not isinstance(value, dict):
            self._fault(
                "json-syntax", 0, 1, f"the context is {word(value)}", 'give an object: {"name": value}'
            )
        return value

    def _look(self) -> bool:
        """Note what a JSON parser lets pass: keys twice, numbers that are none; return False where it nests too deeply."""
        open_keys: list[set[str] | None] = []
        for found in _TOKEN.finditer(self._text):
            part, start, end = found.group(), found.start(), found.end()
            if part in "{[":
                open_keys.append(set() if part == "{" else None)
                if len(open_keys) > MAX_DEPTH:
                    self._fault("too-deep", start, end, f"this nests deeper than {MAX_DEPTH} levels")
                    return False
            elif part in "}]":
                if open_keys:
                    open_keys.pop()
            elif part.startswith('"'):
                keys = open_keys[-1] if open_keys else None
                if keys is not None and _COLON.match(self._text, end):
                    if part in keys:
                        self._fault("duplicate-key", start, end, f"{part[:60]} stands here twice")
                    keys.add(part)
            elif part in ("NaN", "Infinity", "-Infinity"):
                self._fault("json-syntax", start, end, f"{part} is no number", "write null")
            elif _NUMBER.fullmatch(part) and not is_finite(CONTEXT.create_decimal(part)):
                self._fault("too-large", start, end, "this is beyond the largest number, 9.99e6144")
        return True


def _number(text: str) -> int | Decimal:
    """Return a number as FEEL has it: at most 34 digits."""
    if len(text) <= CONTEXT.prec and text.lstrip("-").isdigit():
        return int(text)
    return CONTEXT.create_decimal(text)


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """Return where *offset* stands in *text*, both counted from 1."""
    line_start = text.rfind("\n", 0, offset) + 1
    return text.count("\n", 0, offset) + 1, offset - line_start + 1


def names_in(value: Any) -> frozenset[str]:
    """Return every key in *value*, at any depth: what the parser must know where names have several words."""
    found: set[str] = set()
    waiting = [value]
    while waiting:
        top = waiting.pop()
        if isinstance(top, dict):
            found.update(top)
            waiting.extend(top.values())
        elif isinstance(top, list):
            waiting.extend(top)
    return frozenset(found)


def type_of(value: Any) -> t.FeelType:
    """Return the type of a FEEL value, entries and items included; what is null may be anything."""
    if value is None:
        return t.ANY
    if isinstance(value, dict):
        return t.ContextType({name: t.Field(type_of(one), one is not None) for name, one in value.items()})
    if isinstance(value, list):
        kinds = {type_of(one) for one in value if not isinstance(one, dict | list)}
        alike = len(kinds) == 1 and not any(isinstance(one, dict | list) for one in value)
        return t.ListType(kinds.pop() if alike else t.ANY)
    return type_of_value(value)


def undeclared(values: Mapping[str, Any], record: t.FeelType) -> Iterator[str]:
    """Yield what to say of each value that *record*, the type of a fact's data, has no field for."""
    if isinstance(record, t.ContextType) and not record.open:
        for name in values:
            if name not in record.fields:
                yield f'{record.title} has no field "{name[:60]}"; {did_you_mean(name, record.fields)}'


def word(value: Any) -> str:
    """Return what kind of value this is, with its article, for a message."""
    return type_of_value(value).word
