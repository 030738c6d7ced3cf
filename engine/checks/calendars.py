"""What rules ask of calendars: that the calendar is there, and the shift in it, and that one is meant where none is named."""

from __future__ import annotations

from collections.abc import Iterator

from engine.calendars import Calendar
from engine.calendars.calls import CalendarCall, calendar_calls
from engine.diagnostics import Diagnostic, Span, did_you_mean, error
from engine.feel import ast
from engine.filling import stated_actions
from engine.model import Documents, Expression, Rule, RuleSet, Text, Value
from engine.scopes import library_of_documents

_WORDS = ("shift", "working")
"""One of them is in the name of each built-in that asks calendars: texts without are not looked at."""


def calendars_are_known(documents: Documents) -> Iterator[Diagnostic]:
    """Yield every calendar and every shift that rules ask for and that is not there, and every call that names no calendar."""
    own = library_of_documents(documents).callees
    for ruleset in documents.rulesets:
        if ruleset.calendar and ruleset.calendar not in documents.calendars:
            span = ruleset.places.get("calendar", ruleset.span)
            yield unknown_calendar(documents, ruleset.calendar, span)
        for rule in ruleset.rules:
            for expression in _expressions(rule):
                if any(word in expression.text for word in _WORDS):
                    for call in calendar_calls(expression.node):
                        if isinstance(call.node.function, ast.Name) and call.node.function.name not in own:
                            yield from _faults(documents, ruleset, expression, call)


def _faults(
    documents: Documents, ruleset: RuleSet, expression: Expression, call: CalendarCall
) -> Iterator[Diagnostic]:
    name = ruleset.calendar
    if isinstance(call.calendar, ast.StringLiteral):
        name = call.calendar.value
        if name not in documents.calendars:
            span = expression.span(call.calendar.start, call.calendar.end)
            yield unknown_calendar(documents, name, span)
    elif call.calendar is not None:
        return  # a computed name is known when the rule runs
    elif not name:
        span = expression.span(call.node.start, call.node.end)
        known = sorted(documents.calendars)
        fix = (
            f'write "calendar: {known[0]}" at the head of the rule set'
            if known
            else "write a calendars document"
        )
        yield error(
            "no-calendar", span, f'the rule set "{ruleset.name}" names no calendar, nor does the call', fix
        )
    calendar: Calendar | None = documents.calendars.get(name)
    if calendar is not None and isinstance(call.shift, ast.StringLiteral):
        shift = call.shift.value
        if shift not in calendar.shift_names:
            span = expression.span(call.shift.start, call.shift.end)
            message = f'the calendar "{name}" has no shift "{shift[:60]}"'
            yield error("unknown-shift", span, message, did_you_mean(shift[:60], calendar.shift_names))


def unknown_calendar(documents: Documents, name: str, span: Span) -> Diagnostic:
    """Return the diagnostic for the calendar *name* that is asked for and not there."""
    fix = did_you_mean(name[:60], documents.calendars) or "write a calendars document"
    return error("unknown-calendar", span, f'there is no calendar "{name[:60]}"', fix)


def _expressions(rule: Rule) -> Iterator[Expression]:
    for pattern in rule.patterns:
        if pattern.where is not None:
            yield pattern.where
        if pattern.window is not None and pattern.window.having is not None:
            yield pattern.window.having
    yield from (one for one in (rule.until, rule.for_each) if one is not None)
    for action in stated_actions(rule):
        for value in (*action.values.values(), *(() if action.subject is None else (action.subject.value,))):
            yield from _of_value(value)
    if rule.table is not None:
        for column in rule.table.inputs:
            yield column.expression
        for row in rule.table.rows:
            yield from (test for test in row.tests if test is not None)


def _of_value(value: Value) -> Iterator[Expression]:
    for part in value.parts if isinstance(value, Text) else (value,):
        if isinstance(part, Expression):
            yield part
