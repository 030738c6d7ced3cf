"""Conditions on the clock in rules that only states set off: time passing alone is no fact, and fires nothing."""

from __future__ import annotations

from collections.abc import Iterator

from engine.diagnostics import Diagnostic, warning
from engine.feel.reading import calls_of
from engine.model import Documents, Expression, Kind, Rule
from engine.scopes import library_of_documents

CLOCK = ("now", "today")
"""The built-ins that read the time of the fact under evaluation."""


def clock_conditions_are_met_by_facts(documents: Documents) -> Iterator[Diagnostic]:
    """Yield a warning for each use of the clock in a condition of a rule of states."""
    names = frozenset((*CLOCK, *library_of_documents(documents).timed))
    for ruleset in documents.rulesets:
        for rule in ruleset.rules:
            if not _waits_for_states(documents, rule):
                continue
            columns = () if rule.table is None else rule.table.inputs
            for expression in (
                *(p.where for p in rule.start.patterns if p.window is None),
                rule.until,
                *(c.expression for c in columns),
            ):
                if expression is not None:
                    yield from _clock_reads(expression, names)


def _waits_for_states(documents: Documents, rule: Rule) -> bool:
    kinds = [
        Kind.STATE if p.window is not None else documents.fact_types[p.fact_type].kind
        for p in rule.start.patterns
        if p.fact_type in documents.fact_types
    ]
    return bool(kinds) and all(kind is Kind.STATE for kind in kinds)


def _clock_reads(expression: Expression, names: frozenset[str]) -> Iterator[Diagnostic]:
    for name, call in calls_of(expression.node, names):
        message = f"{name}() is looked at only when one of the rule's facts changes, not as time passes"
        fix = "let an event set off the rule, or compare two fields of the facts"
        yield warning("clock-in-state-rule", expression.span(call.start, call.end), message, fix)
