"""A rule set's parameters in; their values out: literals, durations in words, and FEEL made of constants."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from engine import feel
from engine.feel import ast
from engine.model import Expression
from engine.parser.reader import Reader
from engine.parser.values import is_feel, read_value
from engine.source import Path

_CLOCK_FUNCTIONS = ("now", "today")
_NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)
"""Given where a constant is evaluated; `is_constant` makes sure that nothing reads it."""


def read_parameters(reader: Reader) -> dict[str, Any]:
    """Return the FEEL value of each parameter; one that is not constant is a fault, and null."""
    return {name: _read_parameter(reader, ("parameters", name)) for name in reader.keys(("parameters",))}


def is_constant(node: ast.Node) -> bool:
    """Return whether *node* has the same value always: it names nothing and does not ask the time."""
    if feel.free_names(node):
        return False
    return not any(isinstance(found, ast.Name) and found.name in _CLOCK_FUNCTIONS for found in ast.walk(node))


def constant_value(node: ast.Node) -> Any:
    """Return the value of a constant *node*."""
    return feel.evaluate(node, {}, _NO_TIME)


def _read_parameter(reader: Reader, path: Path) -> Any:
    value = reader.value(path)
    if isinstance(value, str) and not is_feel(value):
        duration = feel.parse_duration(value)
        return value if duration is None else duration
    if not isinstance(value, str):
        return None if isinstance(value, list | dict) else value
    read = read_value(reader, path)
    if not isinstance(read, Expression):
        return None
    if not is_constant(read.node):
        fix = "write it without names of fields, aliases or other parameters, and without now() and today()"
        reader.fault(
            "not-constant", read.span(read.node.start, read.node.end), "a parameter is a constant", fix
        )
        return None
    return constant_value(read.node)
