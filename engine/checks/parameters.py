"""Parameters that are numbers in quotes: a rule that compares one with a number is right, and the quotes are wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

from engine import feel
from engine.diagnostics import Diagnostic, error
from engine.feel.scope import Scope
from engine.filling import stated_actions
from engine.model import Documents, Expression, Rule, RuleSet
from engine.parser.values import is_number
from engine.scopes import PARAMETERS, action_scope, pattern_scope
from engine.source.scalars import resolve

_Read = tuple[Rule, int | None, Expression]
"""An expression, its rule, and the pattern it belongs to; None for those that see every alias."""


_MAX_TRIES = 200
"""Expressions of a rule set that are typed once more with a parameter mended: beyond them, one cause has been said."""


def numbers_are_not_quoted(documents: Documents) -> Iterator[Diagnostic]:
    """Yield each parameter that is a number in quotes where a rule would have fewer faults without them."""
    for ruleset in documents.rulesets:
        numbers = dict(_quoted_numbers(ruleset))
        said: set[str] = set()
        faulty = _faulty_readers(documents, ruleset, numbers) if numbers else ()
        for name, read, count in islice(faulty, _MAX_TRIES):
            if name in said:
                continue
            mended = replace(ruleset, parameters={**ruleset.parameters, name: numbers[name]})
            if len(feel.check(read[2].node, _scope(documents, mended, read)).faults) < count:
                said.add(name)
                span = ruleset.places.get(f"parameters.{name}", ruleset.span)
                text = ruleset.parameters[name][:60]
                message = f'"{name}" is the text "{text}", and the rules use it as a number'
                yield error("type-mismatch", span, message, "drop the quotes")


def _quoted_numbers(ruleset: RuleSet) -> Iterator[tuple[str, Any]]:
    for name, value in ruleset.parameters.items():
        number = resolve(value) if isinstance(value, str) and value else None
        if is_number(number):
            yield name, number


def _faulty_readers(
    documents: Documents, ruleset: RuleSet, names: Mapping[str, Any]
) -> Iterator[tuple[str, _Read, int]]:
    """Yield (parameter, expression that reads it, how many faults it has) for each expression that has some."""
    for rule in ruleset.rules:
        for read in _expressions(rule):
            paths = feel.free_names(read[2].node)
            read_here = {path[1] for path in paths if path[0] == PARAMETERS and len(path) > 1}
            found = sorted(read_here & names.keys())
            count = len(feel.check(read[2].node, _scope(documents, ruleset, read)).faults) if found else 0
            if count:
                yield from ((name, read, count) for name in found)


def _expressions(rule: Rule) -> Iterator[_Read]:
    for index, pattern in enumerate(rule.patterns):
        if pattern.where is not None:
            yield rule, index, pattern.where
    if rule.until is not None:
        yield rule, None, rule.until
    if rule.table is not None:
        for column in rule.table.inputs:
            yield rule, None, column.expression
    for action in stated_actions(rule):
        for value in action.values.values():
            if isinstance(value, Expression):
                yield rule, None, value


def _scope(documents: Documents, ruleset: RuleSet, read: _Read) -> Scope:
    rule, index, _ = read
    if index is None:
        return action_scope(documents, ruleset, rule)
    return pattern_scope(documents, ruleset, rule, index)
