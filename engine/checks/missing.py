"""Fields that may be missing: rules say what then, and can do what they say."""

from __future__ import annotations

from collections.abc import Iterator

from engine.diagnostics import Diagnostic, error, warning
from engine.feel import ast
from engine.feel import types as t
from engine.model import Documents, Expression, OnMissing
from engine.scopes import record_type


def missing_fields_are_answered(documents: Documents) -> Iterator[Diagnostic]:
    """Yield each optional field that a rule compares without `on_missing`, and each `hold` that cannot hold."""
    for ruleset in documents.rulesets:
        for rule in ruleset.rules:
            holds = any(action.kind == "hold" for action in rule.actions)
            if (
                rule.on_missing is OnMissing.HOLD
                and "on_missing" in rule.places
                and not holds
                and rule.is_whole
            ):
                message = f'"on_missing: hold" has nothing to hold: the rule "{rule.name}" has no hold action'
                span = rule.places["on_missing"]
                yield error("on-missing-hold", span, message, 'add a hold, or write "alert" or "skip"')
            if rule.on_missing_stated or not rule.enabled:
                continue
            aliases: dict[str, t.ContextType] = {}
            tested: set[tuple[str, ...]] = set()
            for pattern in rule.patterns:
                own = record_type(documents, pattern.fact_type)
                if pattern.negated:
                    continue  # a fact that lacks the field does not fit, which is what "none" asks
                aliases[pattern.alias] = own
                if pattern.where is not None:
                    yield from _unanswered(pattern.where, pattern.alias, aliases, tested)
                if pattern.window is not None:  # beyond its own condition, a list
                    del aliases[pattern.alias]
            if rule.table is not None and aliases:
                alias = rule.patterns[0].alias if rule.short else ""
                for column in rule.table.inputs:
                    yield from _unanswered(column.expression, alias, aliases, tested)


def _unanswered(
    where: Expression, alias: str, aliases: dict[str, t.ContextType], tested: set[tuple[str, ...]]
) -> Iterator[Diagnostic]:
    """Yield a warning for each optional field that *where* reads and nothing so far has *tested* for null."""
    own = aliases.get(alias, t.ContextType())
    read: dict[tuple[str, ...], ast.Node] = {}
    for node in ast.walk(where.node):
        if isinstance(node, ast.Comparison) and node.operator in ("=", "!="):
            sides = (node.left, node.right)
            if any(isinstance(side, ast.NullLiteral) for side in sides):
                tested |= {_full(_path(side), alias, own) for side in sides}
        path = _full(_path(node), alias, own)
        if len(path) > 1 and path[0] in aliases and _is_optional(path[1:], aliases[path[0]]):
            first = read.get(path)
            if first is None or node.start < first.start:
                read[path] = node
    for path, node in read.items():
        if path not in tested:
            named = where.text[node.start : node.end]
            message = f'"{named}" is optional in {aliases[path[0]].title}, and the rule does not say what if it is missing'
            fix = 'say "on_missing: skip", "alert" or "hold" in the rule, or test it for null'
            yield warning("optional-field", where.span(node.start, node.end), message, fix)


def _path(node: ast.Node) -> tuple[str, ...]:
    """Return the names of a path such as `order.due`, or () for anything else."""
    if isinstance(node, ast.Name):
        return (node.name,)
    if isinstance(node, ast.Path) and (begin := _path(node.source)):
        return (*begin, node.name)
    return ()


def _full(path: tuple[str, ...], alias: str, own: t.ContextType) -> tuple[str, ...]:
    """Return *path* from its alias on: a field of the pattern's own is one of *alias*."""
    return (alias, *path) if path and path[0] in own.fields else path


def _is_optional(steps: tuple[str, ...], record: t.ContextType) -> bool:
    """Return whether the last of *steps* is an optional field; steps before it are told on their own."""
    for step in steps[:-1]:
        declared = record.fields.get(step)
        if declared is None or not declared.required or not isinstance(declared.type, t.ContextType):
            return False
        record = declared.type
    declared = record.fields.get(steps[-1])
    return declared is not None and not declared.required
