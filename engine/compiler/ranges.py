"""Which values of one own field a condition leaves room for, where it compares the field with constants.

Parameters are constants, too. What is said here narrows the search only: the condition itself is tested on what is found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from engine import feel
from engine.feel import ast
from engine.feel.temporal import DateTimeValue, DateValue
from engine.feel.types import ContextType
from engine.rulebook import Bounds, Data
from engine.tables.sets import (
    LEFT,
    NULL,
    NUMBER,
    RIGHT,
    STRANGE,
    Key,
    Spans,
    ValueSet,
    after,
    before,
    key_of,
    line_of,
    only,
    united,
    whole,
)

Constant = Callable[[ast.Node], Key | None]
"""Gives the key of the value that a node always has; None where it has none, or not always the same."""

MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}

LINES: dict[type, frozenset[str]] = {
    feel.Number: frozenset({NUMBER}),
    feel.Date: frozenset({"date"}),
    feel.DateTime: frozenset({"date and time", "zoned date and time"}),
}
"""Types of fields that are found by ranges, and the lines their values stand on."""


def bounds_of(
    parts: Iterable[tuple[ast.Node, bool]],
    own: ContextType,
    parameters: Data,
    read: Callable[[ast.Name], Any],
) -> Bounds | None:
    """Return what *parts*, which all must hold, leave of the own field they narrow down most; None where of none.

    A part comes with whether it is held to be true where the field is missing. *read* gives the function that reads a
    field of another type than number.
    """
    constant = _constants(own, parameters)
    found: dict[str, tuple[ast.Name, ValueSet]] = {}
    used: dict[str, list[ast.Node]] = {}
    for node, lenient in parts:
        tested = _tested(node, own, constant)
        if tested is None:
            continue
        name, passes = tested
        if lenient:
            passes = passes.union(ValueSet({NULL: whole(NULL)}))
        used.setdefault(name.name, []).append(node)
        before_it = found.get(name.name)
        found[name.name] = (name, passes if before_it is None else before_it[1].common(passes))
    if not found:
        return None
    name, passes = max(found.values(), key=lambda one: _ends(one[1]))
    lines = [line for line in passes.lines if line != NULL]
    line = lines[0]
    return Bounds(
        field=name.name,
        line=line,
        spans=passes.on(line),
        if_missing=bool(passes.on(NULL)),
        read=None if line == NUMBER else read(name),
        places=tuple((node.start, node.end) for node in used[name.name]),
    )


def _ends(passes: ValueSet) -> int:
    """Return how many ends the stretches of *passes* have at most: two are narrower than one."""
    spans = [span for line, spans in passes.lines.items() if line != NULL for span in spans]
    return min((sum(cut not in (LEFT, RIGHT) for cut in span) for span in spans), default=2)


def _tested(node: ast.Node, own: ContextType, constant: Constant) -> tuple[ast.Name, ValueSet] | None:
    """Return (field, values) where *node* is true for no other values of an own field."""
    match node:
        case ast.Comparison(operator=operator, left=ast.Name() as name, right=other) if operator in MIRRORED:
            passes = _stretch(operator, constant(other))
        case ast.Comparison(operator=operator, left=other, right=ast.Name() as name) if operator in MIRRORED:
            passes = _stretch(MIRRORED[operator], constant(other))
        case ast.Between(value=ast.Name() as name, low=low, high=high):
            passes = _between(ast.Interval(0, 0, low, high, True, True), constant)
        case ast.In(value=ast.Name() as name, tests=tests):
            passes = _any_of(tests, constant)
        case _:
            return None
    if passes is None or name.name not in own.fields:
        return None
    lines = LINES.get(type(own.fields[name.name].type), frozenset())
    return (name, passes) if len(passes.lines) == 1 and lines.issuperset(passes.lines) else None


def _any_of(tests: Iterable[ast.Node], constant: Constant) -> ValueSet | None:
    """Return what passes one of *tests*; None where one of them is not made of constants."""
    made: dict[str, Spans] = {}
    for test in tests:
        match test:
            case ast.Interval():
                passes = _between(test, constant)
            case ast.Comparator(operator=operator, operand=operand) if operator in MIRRORED:
                passes = _stretch(operator, constant(operand))
            case _:
                key = constant(test)
                passes = None if key is None else only(key)
        if passes is None:
            return None
        for line, spans in passes.lines.items():
            made[line] = united((*made.get(line, ()), *spans))
    return ValueSet(made)


def _between(written: ast.Interval, constant: Constant) -> ValueSet | None:
    low, high = constant(written.low), constant(written.high)
    if low is None or high is None or line_of(low) != line_of(high):
        return None
    first = before(low) if written.low_included else after(low)
    last = after(high) if written.high_included else before(high)
    return ValueSet({line_of(low): united([(first, last)])})


def _stretch(operator: str, key: Key | None) -> ValueSet | None:
    if key is None:
        return None
    cuts = {
        "<": (LEFT, before(key)),
        "<=": (LEFT, after(key)),
        ">": (after(key), RIGHT),
        ">=": (before(key), RIGHT),
    }
    return ValueSet({line_of(key): (cuts[operator],)})


_STEADY = (ast.NumberLiteral, ast.AtLiteral, ast.Name, ast.Path, ast.Negation, ast.Arithmetic)
"""What a constant is made of; a call might ask the clock."""


def _constants(own: ContextType, parameters: Data) -> Constant:
    readable = set() if "parameters" in own.fields else {"parameters"}

    def constant(node: ast.Node) -> Key | None:
        if not all(isinstance(part, _STEADY) for part in ast.walk(node)):
            return None
        if not {path[0] for path in feel.free_names(node)} <= readable:
            return None
        value = feel.evaluate(node, {"parameters": parameters}, None)
        if isinstance(value, bool) or not isinstance(value, int | Decimal | DateValue | DateTimeValue):
            return None
        key = key_of(value)
        return None if key is STRANGE else key

    return constant
