"""Conditions that can never hold, because one field would have to have two values, or lie in two places."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from engine import feel
from engine.diagnostics import Diagnostic, warning
from engine.feel import ast
from engine.model import Documents, Expression


def conditions_can_hold(documents: Documents) -> Iterator[Diagnostic]:
    """Yield every pattern whose constants contradict each other."""
    for ruleset in documents.rulesets:
        for rule in ruleset.rules:
            for pattern in rule.patterns:
                if pattern.where is not None:
                    yield from _contradictions(pattern.where)
                    yield from _out_of_each_other(pattern.where)


def allowed_values(node: ast.Node) -> tuple[str, list[Any]] | None:
    """Return (name, values) where *node* says that a name is one of some constants; None for anything else."""
    if isinstance(node, ast.Comparison) and node.operator == "=":
        for name, other in ((node.left, node.right), (node.right, node.left)):
            if isinstance(name, ast.Name):
                value = feel.literal_value(other)
                return None if value is feel.NOT_LITERAL else (name.name, [value])
    elif isinstance(node, ast.In) and isinstance(node.value, ast.Name):
        values: list[Any] = []
        for test in node.tests:
            value = feel.literal_value(test)
            if value is feel.NOT_LITERAL:
                return None
            values += value if isinstance(value, list) else [value]
        return node.value.name, values
    return None


def exclude_each_other(one: Expression | None, other: Expression | None) -> bool:
    """Return whether no fact can fit both: a name that each holds to some constants has none in common."""
    if one is None or other is None:
        return False
    allowed = [found for found in map(allowed_values, feel.conjuncts(one.node)) if found is not None]
    for node in feel.conjuncts(other.node):
        found = allowed_values(node)
        if found is not None and any(
            name == found[0] and not any(value in found[1] for value in values) for name, values in allowed
        ):
            return True
    return False


_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "="}
"""Each comparison as it reads from the other side."""


@dataclass(frozen=True, slots=True)
class _Limit:
    """A number that a name lies above, below or on, and where that is said."""

    number: int | Decimal
    operator: str
    node: ast.Node

    def excludes(self, upper: _Limit) -> bool:
        """Return whether nothing lies between this lower limit and *upper*; two values of one name are told elsewhere."""
        if self.operator == upper.operator == "=":
            return False
        on_it = "=" in self.operator and "=" in upper.operator
        return self.number > upper.number or (self.number == upper.number and not on_it)


def _limit_of(node: ast.Node) -> tuple[str, str, int | Decimal] | None:
    """Return (name, operator, number) where *node* compares a name with a number; None for anything else."""
    if not isinstance(node, ast.Comparison) or node.operator not in _TURNED:
        return None
    for name, other, operator in (
        (node.left, node.right, node.operator),
        (node.right, node.left, _TURNED[node.operator]),
    ):
        value = feel.literal_value(other)
        if isinstance(name, ast.Name) and isinstance(value, int | Decimal) and not isinstance(value, bool):
            return name.name, operator, value
    return None


def _out_of_each_other(where: Expression) -> Iterator[Diagnostic]:
    """Yield the first name that would have to be more than one number and less than another that is no greater."""
    above: dict[str, _Limit] = {}
    below: dict[str, _Limit] = {}
    for node in feel.conjuncts(where.node):
        found = _limit_of(node)
        if found is None:
            continue
        name, operator, number = found
        limit = _Limit(number, operator, node)
        if operator not in ("<", "<=") and (name not in above or number > above[name].number):
            above[name] = limit
        if operator not in (">", ">=") and (name not in below or number < below[name].number):
            below[name] = limit
        if name in above and name in below and above[name].excludes(below[name]):
            before = above[name] if below[name] is limit else below[name]
            span = where.span(node.start, node.end)
            message = f"{name} cannot fit this and also {where.text[before.node.start : before.node.end]}"
            yield warning("never-matches", span, message, 'join the two with "or", or delete one')
            return


def _contradictions(where: Expression) -> Iterator[Diagnostic]:
    first: dict[str, tuple[list[Any], ast.Node]] = {}
    for node in feel.conjuncts(where.node):
        if isinstance(node, ast.BooleanLiteral) and not node.value:
            yield warning(
                "never-matches", where.span(node.start, node.end), '"false" is never true', "delete the rule"
            )
        found = allowed_values(node)
        if found is None:
            continue
        name, values = found
        if name not in first:
            first[name] = (values, node)
            continue
        before, other = first[name]
        left = [value for value in values if value in before]
        if not left:
            span = where.span(node.start, node.end)
            message = f"{name} cannot fit this and also {where.text[other.start : other.end]}"
            yield warning("never-matches", span, message, 'join the two with "or", or delete one')
        first[name] = (left or before, other)
