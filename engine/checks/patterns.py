"""What sets a rule off: at least one fact, at most one event, and an end only where something lasts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine import feel
from engine.checks.contradictions import allowed_values
from engine.diagnostics import Diagnostic, error, warning
from engine.model import Documents, Expression, Kind, Pattern


def patterns_can_fire(documents: Documents) -> Iterator[Diagnostic]:
    """Yield every rule whose patterns can never be matched together."""

    def is_event(pattern: Pattern) -> bool:
        fact_type = documents.fact_types.get(pattern.fact_type)
        return fact_type is not None and fact_type.kind is Kind.EVENT and pattern.window is None

    for ruleset in documents.rulesets:
        for rule in ruleset.rules:
            positive = [p for p in rule.start.patterns if not p.negated]
            begins = rule.patterns and rule.patterns[0].step is None
            if begins and not positive and rule.is_whole:
                message = f'the rule "{rule.name}" waits for no fact, only for the lack of one'
                yield error(
                    "no-positive-pattern",
                    rule.patterns[0].span,
                    message,
                    'add a pattern "alias: fact_type" first',
                )
            for pattern in rule.patterns:
                if pattern.negated and pattern.step is None and is_event(pattern):
                    message = f'"{pattern.fact_type}" is an event, which is gone as soon as it happened'
                    fix = 'use "none" with a state'
                    yield error("none-of-event", pattern.type_span, message, fix)
            events = [p for p in positive if is_event(p)]
            for pattern in events[1:]:
                message = (
                    f'"{pattern.fact_type}" and "{events[0].fact_type}" are both events, which never meet'
                )
                fix = (
                    f'write "then: {pattern.fact_type}" and "within" for one that follows the other, '
                    "or read one from a state"
                )
                yield error("event-join", pattern.type_span, message, fix)
            if events and rule.until is not None:
                message = f'"until" ends nothing: the event "{events[0].fact_type}" is over at once'
                fix = 'leave "until" out, or wait for a state'
                yield error("until-on-event", rule.places.get("until", rule.span), message, fix)
            only = rule.patterns[0] if len(rule.patterns) == 1 else None
            if rule.until is not None and only is not None and _is_same(only, rule.until):
                name = "if" if rule.short else "where"
                message = f'"until" says the same as "{name}", and cannot say when that is over'
                fix = f'write what ends it, or leave "until" out: then it is over as soon as "{name}" is no longer true'
                yield warning("until-as-if", rule.until.span(), message, fix)


def _is_same(pattern: Pattern, until: Expression) -> bool:
    """Return whether *until* says what *pattern* does, however the two are spaced and whether or not they write the alias."""
    if pattern.where is None or pattern.window is not None:
        return False
    alias = re.compile(rf"(?<![\w.]){re.escape(pattern.alias)}\.")
    asked, ends = (alias.sub("", feel.format_node(one.node)) for one in (pattern.where, until))
    return asked == ends


def patterns_are_joined(documents: Documents) -> Iterator[Diagnostic]:
    """Yield a warning for each pattern that nothing ties to those before it: every pair of facts would match, or end a wait."""
    for ruleset in documents.rulesets:
        for rule in ruleset.rules:
            positive = [p for p in rule.patterns if not p.negated]
            waiting = [p for p in rule.patterns if p.negated and p.step is not None]
            for pattern in (*positive[1:], *(waiting if positive else ())):
                tied = _ties(pattern.where) or any(_offered(pattern) & _names(p.where) for p in positive)
                tied = tied or any(_offered(p) & _names(pattern.where) for p in positive if p.window)
                if rule.is_whole and not tied and not _is_chosen(pattern):
                    message = f'nothing ties "{pattern.alias}" to {positive[0].alias}: every {pattern.fact_type} there is matches'
                    if pattern.negated:
                        message = f'nothing ties "expect" to {positive[0].alias}: any {pattern.fact_type} ends the wait'
                    fix = f'compare one of its fields with one of "{positive[0].alias}" in its "where"'
                    yield warning("unjoined-pattern", pattern.span, message, fix)


def _ties(where: Expression | None) -> set[str]:
    """Return the names of whose fields *where* reads one."""
    return set() if where is None else {path[0] for path in feel.free_names(where.node) if len(path) > 1}


def _names(where: Expression | None) -> set[str]:
    return set() if where is None else {path[0] for path in feel.free_names(where.node)}


def _offered(pattern: Pattern) -> set[str]:
    """Return the names by which other patterns read what is bound to *pattern*."""
    return {pattern.alias, *(() if pattern.window is None else pattern.window.offers)}


def _is_chosen(pattern: Pattern) -> bool:
    """Return whether the pattern chooses its facts by a constant, as in `flag_id = "line-stop"`."""
    parts = () if pattern.where is None else feel.conjuncts(pattern.where.node)
    return any(allowed_values(part) is not None for part in parts)
