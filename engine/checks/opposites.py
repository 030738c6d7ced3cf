"""Decisions of one rule that contradict each other whenever it fires, so that one of them, or both, are never carried out."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import combinations
from typing import Any

from engine import feel
from engine.checks.cases import subjects_by_kind
from engine.decisions import EXCLUSIVE
from engine.diagnostics import Diagnostic, warning
from engine.feel import ast
from engine.filling import fill, filled_fields, targets
from engine.model import Action, Documents, Expression, Literal, Rule, Subject, Text, Value
from engine.scopes import PARAMETERS

_OPPOSITES = frozenset(
    {("hold", "release"), ("open_case", "resolve_case"), *((kind, kind) for kind in EXCLUSIVE)}
)
"""Kinds of two actions, in the order in which they stand, of which the first stands in the way of the second."""


def decisions_agree(documents: Documents) -> Iterator[Diagnostic]:
    """Yield each action that always comes to nothing, since one before it in the same rule says the opposite."""
    opened = subjects_by_kind(documents)
    for ruleset in documents.rulesets:
        for rule in ruleset.rules:
            yield from _of_rule(rule, ruleset.parameters, opened)


def _of_rule(
    rule: Rule, parameters: Mapping[str, Any], opened: Mapping[str, Collection[str]]
) -> Iterator[Diagnostic]:
    said: set[tuple[int, int]] = set()
    for row, actions, pairs in _taken_together(rule):
        for pair in pairs:
            one, other = (actions.get(at) for at in pair)
            if one is None or other is None or pair in said:
                continue
            found = _contradiction(rule, one, other, parameters, opened)
            if found is not None:
                said.add(pair)
                message, fix = found
                yield warning("contradiction", other.span, f"{row}{message}", fix)


def _taken_together(rule: Rule) -> Iterator[tuple[str, Mapping[int, Action], list[tuple[int, int]]]]:
    """Yield the actions that are taken together, by place, with the pairs of them that may contradict each other.

    Those that a table does not fill in are taken with each of its rows; then it is said of the row in which two meet.
    """
    kinds = [action.kind for action in rule.actions]
    pairs = [(a, b) for a, b in combinations(range(len(kinds)), 2) if (kinds[a], kinds[b]) in _OPPOSITES]
    is_filled = [bool(fields) for fields in filled_fields(rule)]
    of_rows = [pair for pair in pairs if any(is_filled[at] for at in pair)]
    yield "", dict(enumerate(rule.actions)), [pair for pair in pairs if pair not in of_rows]
    if rule.table is None or not of_rows:
        return
    goes_to = targets(rule)
    for row in rule.table.rows:
        yield f"in row {row.number}, ", dict(fill(rule, goes_to, row.outputs)), of_rows
    defaults = [column.default for column in rule.table.outputs]
    yield "in its default, ", dict(fill(rule, goes_to, defaults)), of_rows


def _contradiction(
    rule: Rule,
    one: Action,
    other: Action,
    parameters: Mapping[str, Any],
    opened: Mapping[str, Collection[str]],
) -> tuple[str, str] | None:
    """Return what is wrong with *other* beside *one*, and what would be right; None where the two can stand together."""
    if not _is_same_subject(one.subject, other.subject):
        return None
    subject = "" if other.subject is None else other.subject.type.replace("_", " ")
    if one.kind == "hold":
        message = f"this never releases the {subject}: what a fact holds, it does not release"
        return message, "put the release before the hold, to place it anew, or leave one of them out"
    if one.kind == "open_case":
        kind = rule.name if one.case is None or not one.case.kind else one.case.kind
        meant = other.values.get("kind")
        if meant is None and _kinds_of(other.subject, opened) - {kind}:
            return None  # it resolves the others
        if meant is not None and _known(meant, parameters) != kind:
            return None
        message = f'this never resolves the case "{kind}": what a fact opens, it does not resolve'
        return message, "put resolve_case before open_case, to have it asked anew, or leave one of them out"
    name = EXCLUSIVE[one.kind]
    first, second = (_known(action.values.get(name), parameters) for action in (one, other))
    if feel.NOT_LITERAL in (first, second) or first == second:
        return None
    message = f'one {subject} cannot have two: "{first}" and "{second}", so it has neither'
    return message, f"keep one {one.kind}, or make two rules, each with its condition"


def _kinds_of(subject: Subject | None, opened: Mapping[str, Collection[str]]) -> set[str]:
    return {kind for kind, subjects in opened.items() if subject is None or subject.type in subjects}


def _is_same_subject(one: Subject | None, other: Subject | None) -> bool:
    if one is None or other is None:
        return False
    return one.type == other.type and _said(one.value) == _said(other.value)


def _said(value: Value) -> object:
    """Return what *value* says, so that two that say the same are the same for every fact."""
    if isinstance(value, Text):
        return tuple(part if isinstance(part, str) else _said(part) for part in value.parts)
    known = _known(value, {})
    if known is feel.NOT_LITERAL and isinstance(value, Expression):
        return ("feel", feel.format_node(value.node))
    return known


def _known(value: Value | None, parameters: Mapping[str, Any]) -> Any:
    """Return what *value* is, whatever the facts are; NOT_LITERAL where that depends on them."""
    if isinstance(value, Literal):
        return value.value
    if isinstance(value, Expression):
        match value.node:
            case ast.Path(source=ast.Name(name=name), name=parameter) if name == PARAMETERS:
                return parameters.get(parameter, feel.NOT_LITERAL)
        return feel.literal_value(value.node)
    return feel.NOT_LITERAL
