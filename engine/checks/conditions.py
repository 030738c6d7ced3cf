"""FEEL under its types: every `where`, `if` and `until`, in the scope it is evaluated in."""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import replace

from engine import feel
from engine.diagnostics import Diagnostic, Severity, error
from engine.feel import Fault
from engine.feel import types as t
from engine.feel.scope import Scope
from engine.model import Documents, Expression
from engine.scopes import action_scope, having_scope, pattern_scope


def conditions_hold_together(documents: Documents) -> Iterator[Diagnostic]:
    """Yield every FEEL fault of a condition: unknown names, types that do not fit, values that never occur."""
    for ruleset in documents.rulesets:
        for rule in ruleset.rules:
            for index, pattern in enumerate(rule.patterns):
                if pattern.where is not None:
                    scope = pattern_scope(documents, ruleset, rule, index)
                    later = {one.alias for one in rule.patterns[index + 1 :] if not pattern.window}
                    yield from _condition_faults(pattern.where, scope, "if" if rule.short else "where", later)
                if pattern.window is not None and pattern.window.having is not None:
                    scope = having_scope(documents, ruleset, rule, index)
                    yield from _condition_faults(pattern.window.having, scope, "having")
            if rule.until is not None:
                scope = action_scope(documents, ruleset, rule.start)
                yield from _condition_faults(rule.until, scope, "until")
            if rule.for_each is not None:
                scope = action_scope(documents, ruleset, rule)
                yield from feel_faults(rule.for_each, feel.check(rule.for_each.node, scope).faults)


def _condition_faults(
    expression: Expression, scope: Scope, word: str, later: Set[str] = frozenset()
) -> Iterator[Diagnostic]:
    """Yield the faults of a condition; *later* are the aliases that stand further down, and cannot be read yet."""
    checked = feel.check(expression.node, scope)
    for fault in checked.faults:
        name = expression.text[fault.start : fault.end]
        if fault.code in ("unknown-field", "unknown-name") and name in later:
            message = f'"{name}" stands further down, and a condition reads what is above it'
            fault = replace(fault, message=message, fix=f'write this condition below "{name}"')
        yield from feel_faults(expression, (fault,))
    if not checked.faults and not isinstance(checked.type, t.Boolean | t.Any_):
        message = f'"{word}" is {checked.type.word}, which is never true'
        yield error("not-a-condition", expression.span(), message, "compare it with something")


def feel_faults(expression: Expression, faults: tuple[Fault, ...]) -> Iterator[Diagnostic]:
    """Yield each of *faults* as a diagnostic at its place in the file."""
    for fault in faults:
        span = expression.span(fault.start, fault.end)
        yield Diagnostic(fault.code, Severity.ERROR, fault.message, fault.fix, span)
