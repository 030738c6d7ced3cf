"""FEEL under its types: every `where`, `if` and `until`, and every value that is FEEL, in the scope it is evaluated in."""

from __future__ import annotations

from collections.abc import Iterator

from engine import feel
from engine.diagnostics import Diagnostic, Severity, error
from engine.feel import Fault
from engine.feel import types as t
from engine.feel.scope import Scope
from engine.model import Action, Documents, Expression, Text, Value
from engine.scopes import action_scope, pattern_scope


def conditions_hold_together(documents: Documents) -> Iterator[Diagnostic]:
    """Yield every FEEL fault: unknown names, types that do not fit, values that can never occur."""
    for ruleset in documents.rulesets:
        for rule in ruleset.rules:
            for index, pattern in enumerate(rule.patterns):
                if pattern.where is not None:
                    scope = pattern_scope(documents, ruleset, rule, index)
                    yield from _condition_faults(pattern.where, scope, "if" if rule.short else "where")
            scope = action_scope(documents, ruleset, rule)
            if rule.until is not None:
                yield from _condition_faults(rule.until, scope, "until")
            for action in rule.actions:
                for value in values_of(action):
                    for expression in expressions_of(value):
                        yield from _faults(expression, feel.check(expression.node, scope).faults)


def values_of(action: Action) -> Iterator[Value]:
    """Yield the values of *action*, its subject's first."""
    if action.subject is not None:
        yield action.subject.value
    yield from action.values.values()


def expressions_of(value: Value) -> Iterator[Expression]:
    """Yield the FEEL in *value*."""
    if isinstance(value, Expression):
        yield value
    elif isinstance(value, Text):
        yield from (part for part in value.parts if isinstance(part, Expression))


def _condition_faults(expression: Expression, scope: Scope, word: str) -> Iterator[Diagnostic]:
    checked = feel.check(expression.node, scope)
    yield from _faults(expression, checked.faults)
    if not checked.faults and not isinstance(checked.type, t.Boolean | t.Any_):
        message = f'"{word}" is {checked.type.word}, which is never true'
        yield error("not-a-condition", expression.span(), message, "compare it with something")


def _faults(expression: Expression, faults: tuple[Fault, ...]) -> Iterator[Diagnostic]:
    for fault in faults:
        span = expression.span(fault.start, fault.end)
        yield Diagnostic(fault.code, Severity.ERROR, fault.message, fault.fix, span)
