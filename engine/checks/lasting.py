"""How long things last: on states only, for a time that the rule book fixes, by a calendar that is there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from engine import feel
from engine.calendars import MAX_YEARS, Lapse
from engine.checks.clock import CLOCK
from engine.checks.conditions import feel_faults
from engine.diagnostics import Diagnostic, Span, error
from engine.feel import DaysDuration, ast
from engine.model import Documents, Expression, Kind, Length, RuleSet
from engine.scopes import PARAMETERS, calendar_of, parameters_scope

_MOST = timedelta(days=MAX_YEARS * 365)
_NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)


def conditions_can_last(documents: Documents) -> Iterator[Diagnostic]:
    """Yield each `for` on an event, which is over at once, and each length of time that is no fixed one above zero."""
    for ruleset in documents.rulesets:
        if ruleset.lateness is not None:
            yield from _lateness_faults(documents, ruleset, ruleset.lateness)
        for rule in ruleset.rules:
            for pattern in rule.patterns:
                if pattern.lasting is None:
                    continue
                fact_type = documents.fact_types.get(pattern.fact_type)
                if fact_type is not None and fact_type.kind is Kind.EVENT:
                    message = f'"{pattern.fact_type}" is an event, which does not last'
                    yield error("for-on-event", pattern.lasting.span, message, 'use "for" with a state')
                yield from length_faults(documents, ruleset, "for", pattern.lasting)


def duration_of(written: Length, ruleset: RuleSet) -> timedelta | None:
    """Return how long *written* says, or None where it gives no duration of days and time above zero."""
    if isinstance(written.value, Expression):
        value = feel.evaluate(written.value.node, {PARAMETERS: dict(ruleset.parameters)}, _NO_TIME)
    else:
        value = written.value.value
    found = value.to_timedelta() if isinstance(value, DaysDuration) else None
    return found if found is not None and found > timedelta() else None


def lapse_of(documents: Documents, ruleset: RuleSet, written: Length) -> Lapse:
    """Return *written*, which the checks have passed, as it runs."""
    duration = duration_of(written, ruleset)
    assert duration is not None  # noqa: S101 - the checks have seen that it is one
    return Lapse(duration, calendar_of(documents, ruleset) if written.working else None)


def length_faults(documents: Documents, ruleset: RuleSet, word: str, written: Length) -> Iterator[Diagnostic]:
    """Yield why *written*, after *word*, gives no duration above zero, none that is fixed, or working time of no calendar."""
    if written.working and not ruleset.calendar and calendar_of(documents, ruleset) is None:
        yield calendar_missing(documents, ruleset, written.span, "working time")
    faults: Sequence[Diagnostic] = ()
    if isinstance(written.value, Expression):
        faults = tuple(_duration_faults(word, written.value, written, ruleset))
    yield from faults
    if not faults:
        yield from _reach_faults(word, written, ruleset)


def _reach_faults(word: str, written: Length, ruleset: RuleSet) -> Iterator[Diagnostic]:
    """Yield why a length is one that no clock and no calendar can count."""
    found = duration_of(written, ruleset)
    if found is None:  # of texts in YAML only what is above zero comes here
        message = f'"{word}" is shorter than a microsecond, or longer than there are years'
        yield error(
            "bad-time", written.span, message, "write a duration that a clock can count, such as 10 min"
        )
    elif written.working and found > _MOST:
        message = f'"{word}" is more working time than there is in {MAX_YEARS} years'
        yield error("bad-time", written.span, message, "write less: calendars are not read further ahead")


def calendar_missing(documents: Documents, ruleset: RuleSet, span: Span, what: str) -> Diagnostic:
    """Return the fault of *what*, at *span*, which a calendar must say, where the rule set means none."""
    known = sorted(documents.calendars)
    fix = (
        f'write "calendar: {known[0]}" at the head of the rule set' if known else "write a calendars document"
    )
    message = f'{what} is counted by a calendar, and the rule set "{ruleset.name}" names none'
    return error("no-calendar", span, message, fix)


def _lateness_faults(documents: Documents, ruleset: RuleSet, written: Length) -> Iterator[Diagnostic]:
    if written.working:
        message = "facts are late by the clock, not by working time"
        yield error("bad-time", written.span, message, "write a duration, such as 5 min")
        return
    yield from length_faults(documents, ruleset, "lateness", written)
    found = duration_of(written, ruleset)
    if found is not None and found > _MOST:
        message = f"facts are waited for longer than {MAX_YEARS} years"
        yield error("bad-time", written.span, message, "write how late they may come, such as 5 min")


def _duration_faults(
    word: str, expression: Expression, written: Length, ruleset: RuleSet
) -> Iterator[Diagnostic]:
    checked = feel.check(expression.node, parameters_scope(ruleset))
    yield from feel_faults(expression, checked.faults)
    if checked.faults:
        return
    names = (n.name for n in ast.walk(expression.node) if isinstance(n, ast.Name))
    if any(name in CLOCK for name in names):
        message = "how long something lasts cannot depend on the clock"
        yield error("bad-time", expression.span(), message, "name a duration")
    elif duration_of(written, ruleset) is None:
        message = f'"{word}" is {checked.type.word}, not a duration above zero'
        fix = 'write "10 min", or name a parameter that is one'
        yield error("bad-time", expression.span(), message, fix)
