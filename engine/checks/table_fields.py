"""What is known of the fields that the columns of a decision table test: their schemas, and what the rule's condition leaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from engine import feel
from engine.feel import Node, ast
from engine.feel import types as t
from engine.feel.scope import Scope
from engine.model import Documents, Pattern, Rule
from engine.tables.cells import cell_of
from engine.tables.model import Table
from engine.tables.sets import ValueSet

_TURNED = {"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


@dataclass(frozen=True, slots=True)
class Ground:
    """What is known of the facts that come to a table.

    *schema_of* gives the JSON Schema of the field that an expression is, or None. *left* are the values that conditions
    before the table leave a field, by its path as a column writes it. *is_sure* where any combination of what is left can
    come.
    """

    schema_of: Callable[[Node], Any] = lambda _: None
    left: Mapping[tuple[str, ...], ValueSet] = field(default_factory=lambda: MappingProxyType({}))
    is_sure: bool = True


def ground_of(documents: Documents, rule: Rule, table: Table) -> Ground:
    """Return what is known of the facts that come to *table*, which is that of *rule*."""
    columns = {path_of(column.expression.node) for column in table.inputs}
    left: dict[tuple[str, ...], ValueSet] = {}
    is_sure = True
    for pattern in rule.patterns:
        for node in () if pattern.where is None else feel.conjuncts(pattern.where.node):
            found = _narrowed(node)
            if found is not None:
                path = _as_column(found[0], pattern, rule)
                left[path] = left[path].common(found[1]) if path in left else found[1]
            elif {_as_column(path, pattern, rule) for path in feel.free_names(node)} & columns:
                is_sure = False
    return Ground(schemas(documents, rule), left, is_sure)


def _as_column(path: tuple[str, ...], pattern: Pattern, rule: Rule) -> tuple[str, ...]:
    """Return *path*, as the condition of *pattern* writes it, as a column of the table of *rule* writes it."""
    aliases = {other.alias for other in rule.patterns}
    if rule.short:
        return path[1:] if path[0] in aliases and len(path) > 1 else path
    return path if path[0] in aliases else (pattern.alias, *path)


def _narrowed(node: Node) -> tuple[tuple[str, ...], ValueSet] | None:
    """Return the path and the values that *node* leaves it, where it compares one field with constants."""
    match node:
        case ast.Comparison(operator=operator, left=left, right=right):
            for name, other, sign in ((left, right, operator), (right, left, _TURNED[operator])):
                path = path_of(name)
                cell = None if path is None else cell_of(ast.Comparator(0, 0, sign, other))
                if path is not None and cell is not None:
                    return path, cell.passes
        case ast.In(value=value, tests=tests):
            path, cell = path_of(value), cell_of(ast.UnaryTests(0, 0, tests, negated=False))
            if path is not None and cell is not None:
                return path, cell.passes
    return None


def path_of(node: Node) -> tuple[str, ...] | None:
    """Return the names of a field's path; None for any other expression."""
    names: list[str] = []
    while isinstance(node, ast.Path):
        names.append(node.name)
        node = node.source
    if not isinstance(node, ast.Name):
        return None
    return (node.name, *reversed(names))


def is_required(node: Node, scope: Scope) -> bool:
    """Return whether the field that *node* is can never be null."""
    path = path_of(node)
    variable = None if path is None else scope.lookup(path[0])
    if path is None or variable is None or not variable.required:
        return False
    kind: t.FeelType = variable.type
    for name in path[1:]:
        declared = kind.fields.get(name) if isinstance(kind, t.ContextType) else None
        if declared is None or not declared.required:
            return False
        kind = declared.type
    return True


def schemas(documents: Documents, rule: Rule) -> Callable[[Node], Any]:
    """Return what gives the JSON Schema of a field that the table of *rule* tests."""

    def schema_of(node: Node) -> Any:
        path = path_of(node)
        if path is None:
            return None
        aliases = {pattern.alias: pattern.fact_type for pattern in rule.patterns if not pattern.negated}
        if rule.short and path[0] not in aliases:
            path = (rule.patterns[0].alias, *path)
        fact_type = documents.fact_types.get(aliases.get(path[0], ""))
        schema: Any = None if fact_type is None else fact_type.schema
        for name in path[1:]:
            properties = schema.get("properties") if isinstance(schema, Mapping) else None
            schema = properties.get(name) if isinstance(properties, Mapping) else None
        return schema

    return schema_of
