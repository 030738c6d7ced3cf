"""Conditions that must last: on states only, for a time that the rule book fixes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from engine import feel
from engine.checks.clock import CLOCK
from engine.checks.conditions import feel_faults
from engine.diagnostics import Diagnostic, Span, error
from engine.feel import DaysDuration, ast
from engine.model import Documents, Expression, Kind, Literal, RuleSet
from engine.scopes import PARAMETERS, parameters_scope

_NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)


def conditions_can_last(documents: Documents) -> Iterator[Diagnostic]:
    """Yield each `for` on an event, which is over at once, and each whose time is no fixed duration above zero."""
    for ruleset in documents.rulesets:
        for rule in ruleset.rules:
            for pattern in rule.patterns:
                if pattern.lasting is None:
                    continue
                place = _span_of(pattern.lasting)
                fact_type = documents.fact_types.get(pattern.fact_type)
                if fact_type is not None and fact_type.kind is Kind.EVENT:
                    message = f'"{pattern.fact_type}" is an event, which does not last'
                    yield error("for-on-event", place, message, 'use "for" with a state')
                if isinstance(pattern.lasting, Expression):
                    yield from duration_faults("for", pattern.lasting, ruleset)


def lasting_of(written: Literal | Expression, ruleset: RuleSet) -> timedelta | None:
    """Return how long *written* says, or None where it gives no duration of days and time above zero."""
    value = written.value if isinstance(written, Literal) else None
    if isinstance(written, Expression):
        value = feel.evaluate(written.node, {PARAMETERS: dict(ruleset.parameters)}, _NO_TIME)
    found = value.to_timedelta() if isinstance(value, DaysDuration) else None
    return found if found is not None and found > timedelta() else None


def duration_faults(word: str, written: Expression, ruleset: RuleSet) -> Iterator[Diagnostic]:
    """Yield why *written*, after *word*, gives no duration above zero, or none that is fixed."""
    checked = feel.check(written.node, parameters_scope(ruleset))
    yield from feel_faults(written, checked.faults)
    if checked.faults:
        return
    names = (n.name for n in ast.walk(written.node) if isinstance(n, ast.Name))
    if any(name in CLOCK for name in names):
        yield error(
            "bad-time",
            written.span(),
            "how long something lasts cannot depend on the clock",
            "name a duration",
        )
    elif lasting_of(written, ruleset) is None:
        message = f'"{word}" is {checked.type.word}, not a duration above zero'
        fix = 'write "10 min", or name a parameter that is one'
        yield error("bad-time", written.span(), message, fix)


def _span_of(written: Literal | Expression) -> Span:
    return written.span() if isinstance(written, Expression) else written.span
