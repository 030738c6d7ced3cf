"""Names that logic reads and nothing in sight is called: of inputs nobody drew, or of requirements that are missing.

Some modellers let tables read whatever the caller has. What may be an entry of a filtered item is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.definitions.model import ANY_TYPE, Body, FilterBody, LiteralBody, TableBody, TypeRef
from engine.definitions.names import names_used
from engine.diagnostics import Span
from engine.dmn.boxes import bodies_within
from engine.feel import ast
from engine.feel.builtins import REGISTRY
from engine.written import Expression


@dataclass(frozen=True, slots=True)
class Reading:
    """Where a name is read first, whether as a function that is called, and the type that a column of a table says it has."""

    span: Span
    is_called: bool
    type: TypeRef


def undeclared(body: Body | None, sight: frozenset[str]) -> dict[str, Reading]:
    """Return each name that *body* reads and that is not in *sight*, in the order of their places."""
    used = {path[0] for path in names_used(body)} - sight - REGISTRY.keys()
    if not used or body is None:
        return {}
    expressions = list(_expressions(body, filtered=False))
    for expression, filtered in expressions:
        used -= set(_names(expression.node)) if filtered else _in_filters(expression.node)
    found: dict[str, Reading] = {}
    types = _types_of_columns(body)
    for expression, _ in expressions:
        called = {
            part.function.name
            for part in ast.walk(expression.node)
            if isinstance(part, ast.Call) and isinstance(part.function, ast.Name)
        }
        for node in ast.walk(expression.node):
            if isinstance(node, ast.Name) and node.name in used:
                span = expression.span(node.start, node.end)
                if node.name not in found or span < found[node.name].span:
                    kind = types.get(node.name, ANY_TYPE)
                    found[node.name] = Reading(span, node.name in called, kind)
    return dict(sorted(found.items(), key=lambda one: one[1].span))


def _types_of_columns(body: Body) -> dict[str, TypeRef]:
    if not isinstance(body, TableBody):
        return {}
    return {
        column.expression.node.name: TypeRef(column.type_name)
        for column in body.table.inputs
        if isinstance(column.expression.node, ast.Name)
    }


def _in_filters(node: ast.Node) -> set[str]:
    return {
        name for part in ast.walk(node) if isinstance(part, ast.Filter) for name in _names(part.condition)
    }


def _names(node: ast.Node) -> Iterator[str]:
    return (part.name for part in ast.walk(node) if isinstance(part, ast.Name))


def _expressions(body: Body, *, filtered: bool) -> Iterator[tuple[Expression, bool]]:
    """Yield every expression in *body*, and whether it stands in the condition of a boxed filter."""
    match body:
        case LiteralBody(expression=expression):
            found = [expression]
        case TableBody(table=table):
            found = [column.expression for column in table.inputs]
            for row in table.rows:
                found += row.tests
                found += [value for value in row.outputs if isinstance(value, Expression)]
            found += [column.default for column in table.outputs if isinstance(column.default, Expression)]
        case _:
            found = []
    yield from ((expression, filtered) for expression in found if expression is not None)
    for inner in bodies_within(body):
        if inner is not None:
            in_filter = filtered or (isinstance(body, FilterBody) and inner is body.match)
            yield from _expressions(inner, filtered=in_filter)
