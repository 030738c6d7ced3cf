"""Windows of events: what they can be of, beside what they can stand, and that time and groups are fixed."""

from __future__ import annotations

from collections.abc import Iterator

from engine.checks.clock import CLOCK
from engine.checks.lasting import calendar_missing, length_faults
from engine.diagnostics import Diagnostic, Span, did_you_mean, error
from engine.feel import ast, conjuncts
from engine.feel import types as t
from engine.feel.reading import calls_of
from engine.model import PERIOD, Documents, Kind, Pattern, Rule, RuleSet, Window
from engine.scopes import PARAMETERS, calendar_of, library_of_documents, record_type

_GROUPING = (t.String, t.Number, t.Boolean, t.Date, t.DateTime, t.Time)
"""Types of fields whose values can keep windows apart."""


def windows_hold_together(documents: Documents) -> Iterator[Diagnostic]:
    """Yield everything that keeps a pattern from being a window, or a window from standing in its rule."""
    timed = frozenset((*CLOCK, *library_of_documents(documents).timed))
    for ruleset in documents.rulesets:
        for rule in ruleset.rules:
            windows = [(pattern, pattern.window) for pattern in rule.patterns if pattern.window is not None]
            for number, (pattern, window) in enumerate(windows):
                yield from _kind_faults(documents, rule, pattern, window, is_second=number > 0)
                if window.within is not None:
                    yield from length_faults(documents, ruleset, "within", window.within)
                if window.each:
                    yield from _period_faults(documents, ruleset, rule, pattern, window)
                yield from _per_faults(documents, rule, pattern, window)
                yield from _clock_faults(pattern, window, timed)
            if windows:
                yield from _hidden_faults(documents, rule)


def _kind_faults(
    documents: Documents, rule: Rule, pattern: Pattern, window: Window, *, is_second: bool
) -> Iterator[Diagnostic]:
    def refused(message: str, fix: str, span: Span = window.span) -> Diagnostic:
        return error("bad-window", span, message, fix)

    fact_type = documents.fact_types.get(pattern.fact_type)
    if fact_type is not None and fact_type.kind is Kind.STATE:
        message = f'"{pattern.fact_type}" is a state, and a window is of events'
        yield refused(message, 'use "for" to ask how long a state has been so')
    if pattern.negated:
        yield refused(
            '"none" cannot ask for a window', 'give it an alias, and turn its "having" to the opposite'
        )
    if is_second:
        yield refused("a rule has one window at most", "let one rule assert a state, and the other read it")
    if rule.table is not None:
        yield refused(
            "a decision table cannot ask a window", "let a rule assert a state, and the table read it"
        )
    for other in rule.patterns:
        declared = documents.fact_types.get(other.fact_type)
        is_event = declared is not None and declared.kind is Kind.EVENT
        if is_event and window.having is not None and other.window is None and not other.negated:
            message = (
                f'the event "{other.fact_type}" cannot stand beside a window, which is there at any time'
            )
            yield refused(message, "keep the window, and read the other from a state", other.type_span)


def _period_faults(
    documents: Documents, ruleset: RuleSet, rule: Rule, pattern: Pattern, window: Window
) -> Iterator[Diagnostic]:
    """Yield why shifts or days cannot be told apart, or read by their name."""
    is_told = ruleset.calendar or calendar_of(documents, ruleset) is not None
    # days without a calendar are those of UTC; with several, nobody knows whose
    if not is_told and (window.each == "shift" or documents.calendars):
        yield calendar_missing(documents, ruleset, window.span, f"a {window.each}")
    if window.at_end and rule.until is not None:
        message = (
            f"what a {window.each} comes to at its end fires at that moment, and has nothing to wait for"
        )
        yield error("bad-window", rule.places.get("until", rule.span), message, 'leave "until" out')
    for other in rule.patterns:
        what = ""
        if other.alias == PERIOD:
            what = "the alias"
        elif PERIOD in record_type(documents, other.fact_type).fields and other is not pattern:
            what = f"the field of {other.fact_type}"
        if what:
            message = f'{what} "{PERIOD}" has the name by which the {window.each} of the window is read'
            yield error("name-clash", other.span, message, "choose another name")


def _per_faults(documents: Documents, rule: Rule, pattern: Pattern, window: Window) -> Iterator[Diagnostic]:
    record = record_type(documents, pattern.fact_type)
    aliases = {other.alias for other in rule.patterns}
    seen: set[str] = set()
    for name, span in zip(window.per, window.places, strict=True):
        declared = record.fields.get(name)
        if declared is None:
            if pattern.fact_type in documents.fact_types:
                message = f'{pattern.fact_type} has no field "{name}"'
                yield error("unknown-field", span, message, did_you_mean(name, record.fields))
        elif not isinstance(t.bare(declared.type), _GROUPING):
            message = f'"{name}" is {declared.type.word}, and cannot keep windows apart'
            yield error("bad-window", span, message, "name a field that is a text, a number, or a date")
        if name in seen:
            yield error("bad-window", span, f'"{name}" is there already', "name each field once")
        taken = {PARAMETERS: "the rule set's parameters"}
        if window.each:
            taken[PERIOD] = f"the {window.each} of the window"
        if name in aliases or name in taken:
            what = taken.get(name, "an alias")
            message = f'the field "{name}" has the name of {what}, and is read by name'
            yield error("name-clash", span, message, "choose another alias, or leave the field out")
        seen.add(name)


def _clock_faults(pattern: Pattern, window: Window, timed: frozenset[str]) -> Iterator[Diagnostic]:
    word = "each" if window.each else "within"
    for expression in (pattern.where, window.having):
        if expression is not None:
            for name, call in calls_of(expression.node, timed):
                message = f'{name}() has no place in a window, whose time is said by "{word}"'
                yield error("bad-window", expression.span(call.start, call.end), message, "leave it out")


def _hidden_faults(documents: Documents, rule: Rule) -> Iterator[Diagnostic]:
    """Yield each `x = x` of a later pattern that was to compare its own field with that of a window."""
    offered: dict[str, str] = {}
    for pattern in rule.patterns:
        own = record_type(documents, pattern.fact_type).fields
        where = pattern.where if pattern.window is None else None
        for node in () if where is None else conjuncts(where.node):
            match node:
                case ast.Comparison(operator="=", left=ast.Name(name=left), right=ast.Name(name=right)) if (
                    left == right and left in own and left in offered
                ):
                    assert where is not None  # noqa: S101 - only then is there a node
                    message = f'"{left}" is on both sides the field of {pattern.fact_type}'
                    fix = f'write "{left} = {offered[left]}[-1].{left}"'
                    yield error("name-clash", where.span(node.start, node.end), message, fix)
        if pattern.window is not None:
            offered |= dict.fromkeys(pattern.window.per, pattern.alias)
