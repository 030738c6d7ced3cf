"""The names of a model: which its texts may use, so that FEEL of several words is read, and which a body does use.

Names in sight are given to the parser before it reads a text; what a body uses says what it requires.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from engine import feel
from engine.definitions.model import (
    Body,
    ConditionalBody,
    ContextBody,
    Definitions,
    FilterBody,
    FunctionBody,
    InvocationBody,
    ItemDefinition,
    IterationBody,
    ListBody,
    LiteralBody,
    RelationBody,
    TableBody,
)
from engine.diagnostics import Span
from engine.feel import Node
from engine.feel.lexer import KEYWORDS
from engine.written import Expression, Text, Value

Path = tuple[str, ...]

_OPERATORS = KEYWORDS - {"of"}
"""Words of FEEL that could stand between two operands; `of` does so in `instance of` alone."""


def names_in_sight(definitions: Definitions) -> frozenset[str]:
    """Return every name that a text of *definitions* may use before what its own body declares.

    Inputs, decisions, functions and services with their parameters, types and their components, and all of that of imports,
    as "import.name" as well. Bodies need not be there yet.
    """
    return frozenset(_names(definitions))


def _names(definitions: Definitions) -> Iterator[str]:
    yield from definitions.inputs
    yield from definitions.decisions
    yield from definitions.services
    for name, function in definitions.functions.items():
        yield name
        if function.body is not None:
            # named arguments may be of several words; one with a dot would hide a path that others read
            yield from (one.name for one in function.body.parameters if "." not in one.name)
    yield from definitions.types
    for item in definitions.types.values():
        yield from _components(item)
    for alias, imported in definitions.imports.items():
        yield alias
        for name in _names(imported):
            yield name
            yield f"{alias}.{name}"


def _components(item: ItemDefinition) -> Iterator[str]:
    waiting = list(item.components)
    while waiting:
        part = waiting.pop()
        yield part.name
        waiting.extend(part.components)


def callable_names(models: Iterable[Definitions]) -> frozenset[str]:
    """Return the names of several words that rules can call; one that could be read as an operator is none."""
    return frozenset(
        name
        for model in models
        for group in (model.decisions, model.functions, model.services)
        for name in group
        if len(words := name.split()) > 1
        and all(word.isidentifier() and word not in _OPERATORS for word in words)
    )


def names_used(body: Body | None) -> frozenset[Path]:
    """Return the paths that *body* reads from outside itself, such as ("lot", "quantity") and ("import", "name")."""
    found: set[Path] = set()
    if body is not None:
        _collect(body, frozenset(), found)
    return frozenset(found)


def nodes_of(body: Body | None) -> Iterator[Node]:
    """Yield the tree of every FEEL text in *body*."""
    return (part.node for part in parts_of(body) if isinstance(part, Expression))


def parts_of(whole: Any) -> Iterator[Any]:
    """Yield every value that a part of a model is made of, itself included, down to its expressions."""
    waiting: list[Any] = [whole]
    while waiting:
        part = waiting.pop()
        if isinstance(part, tuple):
            waiting.extend(part)
        elif is_dataclass(part) and not isinstance(part, Span):
            yield part
            if not isinstance(part, Expression):
                waiting.extend(getattr(part, one.name) for one in fields(part))


def _collect(body: Body, bound: frozenset[str], found: set[Path]) -> None:
    match body:
        case LiteralBody(expression=expression):
            _text(expression, bound, found)
        case TableBody(table=table):
            for expression in _expressions(body):
                _text(expression, bound | {"?"}, found)
            for row in table.rows:
                for value in row.outputs:
                    _value(value, bound, found)
            for column in table.outputs:
                _value(column.default, bound, found)
        case ContextBody(entries=entries, result=result):
            for entry in entries:
                _all((entry.body,), bound, found)
                bound |= {entry.name}
            _all((result,), bound, found)
        case InvocationBody(function=function, bindings=bindings):
            _all((function, *(binding.body for binding in bindings)), bound, found)
        case FunctionBody(parameters=parameters, body=inner):
            _all((inner,), bound | {parameter.name for parameter in parameters}, found)
        case ListBody(items=items):
            _all(items, bound, found)
        case RelationBody(rows=rows):
            _all((cell for row in rows for cell in row), bound, found)
        case ConditionalBody(condition=condition, then=then, otherwise=otherwise):
            _all((condition, then, otherwise), bound, found)
        case FilterBody(source=source, match=condition):
            _all((source,), bound, found)
            # a name may be an entry of the item, or of what is outside: it is given all the same
            _all((condition,), bound | {"item"}, found)
        case IterationBody(iterator=iterator, source=source, body=inner):
            _all((source,), bound, found)
            _all((inner,), bound | {iterator, "partial"}, found)


def _expressions(body: TableBody) -> Iterator[Expression]:
    for column in body.table.inputs:
        yield column.expression
    for row in body.table.rows:
        yield from (test for test in row.tests if test is not None)


def _all(bodies: Iterable[Body | None], bound: frozenset[str], found: set[Path]) -> None:
    for body in bodies:
        if body is not None:
            _collect(body, bound, found)


def _value(value: Value | None, bound: frozenset[str], found: set[Path]) -> None:
    parts = value.parts if isinstance(value, Text) else (value,)
    for part in parts:
        if isinstance(part, Expression):
            _text(part, bound, found)


def _text(expression: Expression | None, bound: frozenset[str], found: set[Path]) -> None:
    if expression is not None:
        found.update(path for path in feel.free_names(expression.node) if path[0] not in bound)
