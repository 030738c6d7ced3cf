"""Windows into what runs: which events go in, and `having` twice: over the list of the facts, and over numbers kept as they
come and go.

Kept are `count(alias)` and the numbers of a field, as in `mean(alias.field)`, where they stand alone; within loops, filters and
functions the list is asked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

from engine import feel
from engine.checks.lasting import lapse_of
from engine.feel import ast
from engine.feel.scope import Variable
from engine.model import Documents, Pattern, Rule, RuleSet
from engine.rulebook import CompiledPattern, CompiledWindow, Conjunct, Running
from engine.scopes import having_scope, record_type

AGGREGATES = ("sum", "min", "max", "mean", "median", "stddev")
"""Functions of a list of numbers that are kept; `count` is kept of the facts themselves."""

_CLOSED = (ast.For, ast.Quantified, ast.Filter, ast.FunctionLiteral, ast.ContextLiteral)
"""Where a name may mean something else than outside."""

_GROWING = {">": True, ">=": True, "<": False, "<=": False}


def compile_window(
    documents: Documents, ruleset: RuleSet, rule: Rule, events: CompiledPattern, pool: feel.FunctionPool
) -> CompiledPattern:
    """Return the pattern that the window of *rule* is to the matchers: one state for each of its groups."""
    position = events.position
    pattern = rule.patterns[position]
    written = pattern.window
    assert written is not None  # noqa: S101 - the caller looked
    assert written.having is not None and written.within is not None  # noqa: S101, PT018 - the parser has read them
    scope = having_scope(documents, ruleset, rule, position)
    node = written.having.node
    parameters = [f"p{position}", "parameters_"]
    kept, rest = _kept(documents, pattern, node)
    quick = None
    if kept:
        names = {
            _name(at): Variable(
                feel.types.NUMBER, f"p{position}['running'][{at}].result", required=running.name == "count"
            )
            for at, running in enumerate(kept)
        }
        quick = feel.compile_condition(rest, scope.child(names), parameters, pool)
    window = CompiledWindow(
        events=events,
        per=written.per,
        within=lapse_of(documents, ruleset, written.within),
        having=feel.compile_condition(node, scope, parameters, pool),
        quick=quick,
        running=kept,
        stays=rule.until is not None,
        wanes=all(_wanes(part, pattern.alias) for part in feel.conjuncts(node)),
    )
    holds = Conjunct(
        lambda *arguments: arguments[position]["holds"], (), written.having, node.start, node.end
    )
    return CompiledPattern(
        position=position,
        alias=events.alias,
        fact_type=f"window {rule.name}/{position}",
        negated=False,
        conjuncts=(holds,),
        constants=(("holds", (True,)),),
        local=None,
        local_text="",
        joins=(),
        residual=None,
        reads=frozenset(),
        where=written.having,
        window=window,
    )


def _kept(documents: Documents, pattern: Pattern, node: ast.Node) -> tuple[tuple[Running, ...], ast.Node]:
    """Return the numbers to keep, and *node* with a name in place of each."""
    record = record_type(documents, pattern.fact_type)
    found: dict[Running, int] = {}

    def name_of(part: ast.Node) -> ast.Node | None:
        running = _running(part, pattern.alias)
        if running is None:
            return None
        if running.field is not None:
            declared = record.fields.get(running.field)
            if declared is None or not isinstance(declared.type, feel.types.Number):
                return None
        at = found.setdefault(running, len(found))
        return ast.Name(part.start, part.end, _name(at))

    rest = _replaced(node, name_of)
    return tuple(found), rest


def _running(node: ast.Node, alias: str) -> Running | None:
    """Return the number that *node* asks of the facts, if it is one that can be kept."""
    if not isinstance(node, ast.Call) or not isinstance(node.function, ast.Name) or len(node.arguments) != 1:
        return None
    name, argument = node.function.name, node.arguments[0]
    if argument.name is not None:
        return None
    match argument.value:
        case ast.Name(name=read) if read == alias and name == "count":
            return Running("count", None)
        case ast.Path(source=ast.Name(name=read), name=field) if read == alias and name in AGGREGATES:
            return Running(name, field)
        case _:
            return None


def _replaced(node: ast.Node, by: Callable[[ast.Node], ast.Node | None]) -> ast.Node:
    """Return *node* with what *by* gives for parts of it in their place."""
    found = by(node)
    if found is not None:
        return found
    if isinstance(node, _CLOSED):
        return node
    changed: dict[str, Any] = {}
    for one in fields(node):
        value = getattr(node, one.name)
        if isinstance(value, ast.Node):
            changed[one.name] = _replaced(value, by)
        elif isinstance(value, tuple):
            changed[one.name] = tuple(_replaced(v, by) if isinstance(v, ast.Node) else v for v in value)
    return replace(node, **changed) if changed else node


def _name(at: int) -> str:
    """Return the name of a number that is kept, which no rule can write."""
    return f"\x00{at}"


def _wanes(node: ast.Node, alias: str) -> bool:
    """Return whether *node*, where it is not true, does not become so by a fact that leaves: it asks for many facts."""
    if not isinstance(node, ast.Comparison) or node.operator not in _GROWING:
        return False
    large, other = (node.left, node.right) if _GROWING[node.operator] else (node.right, node.left)
    counted = _running(large, alias)
    reads = {path[0] for path in feel.free_names(other)}
    return counted is not None and counted.name == "count" and reads <= {"parameters"}
