"""Dates and times that a table reads where no item definition says so: as text they are turned into what they are.

A fact comes as JSON, whose dates are texts; a declared type makes dates of them. A part that may be absent is not declared,
so the table does it itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from engine import feel
from engine.feel import ast
from engine.feel import types as t
from engine.tables.model import Row, Table
from engine.written import Expression, Text, Value

Path = tuple[str, ...]

_MAKING: tuple[tuple[type[t.FeelType], str], ...] = (
    (t.Date, "date"),
    (t.Time, "time"),
    (t.DateTime, "date and time"),
    (t.DaysTimeDuration, "duration"),
    (t.YearsMonthsDuration, "duration"),
    (t.AnyDuration, "duration"),
)


def making(kind: t.FeelType) -> str:
    """Return the function that makes a value of *kind* of its text, "" where texts are what they are."""
    return next((name for temporal, name in _MAKING if isinstance(kind, temporal)), "")


def with_texts_made(table: Table, made: Mapping[Path, str]) -> Table:
    """Return *table*, in which the function that *made* has for a path is called on it where it is a text."""
    if not made:
        return table
    inputs = []
    for column in table.inputs:
        expression = _made(column.expression, made)
        # the heading stays what it was for who reads the table
        label = column.label if expression is column.expression else column.label or column.expression.text
        inputs.append(replace(column, expression=expression, label=label))
    outputs = tuple(replace(column, default=_value(column.default, made)) for column in table.outputs)
    rows = tuple(_row(row, made) for row in table.rows)
    return replace(table, inputs=tuple(inputs), outputs=outputs, rows=rows)


def _row(row: Row, made: Mapping[Path, str]) -> Row:
    tests = tuple(None if test is None else _made(test, made, is_test=True) for test in row.tests)
    return replace(row, tests=tests, outputs=tuple(_value(value, made) for value in row.outputs))


def _value(value: Value | None, made: Mapping[Path, str]) -> Value | None:
    if isinstance(value, Expression):
        return _made(value, made)
    if isinstance(value, Text):
        parts = tuple(part if isinstance(part, str) else _made(part, made) for part in value.parts)
        return replace(value, parts=parts)
    return value


def _made(expression: Expression, made: Mapping[Path, str], *, is_test: bool = False) -> Expression:
    """Return *expression* with the paths of *made* in it written out."""
    free = feel.free_names(expression.node)
    found: dict[tuple[int, int], str] = {}
    for node in ast.walk(expression.node):
        path = _path(node)
        if path in made and any(one[: len(path)] == path for one in free):
            found[node.start, node.end] = made[path]
    text = expression.text
    for (start, end), function in sorted(found.items(), reverse=True):
        read = text[start:end]
        text = f"{text[:start]}(if {read} instance of string then {function}({read}) else {read}){text[end:]}"
    if text == expression.text:
        return expression
    names = {node.name for node in ast.walk(expression.node) if isinstance(node, ast.Name | ast.Path)}
    tree = feel.parse_unary_tests(text, names) if is_test else feel.parse(text, names)
    return replace(expression, text=text, node=tree)


def _path(node: ast.Node) -> Path:
    names: list[str] = []
    while isinstance(node, ast.Path):
        names.append(node.name)
        node = node.source
    return (node.name, *reversed(names)) if names and isinstance(node, ast.Name) else ()
