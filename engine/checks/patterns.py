"""What a rule waits for: at least one fact, at most one event, and an end only where something lasts."""

from __future__ import annotations

from collections.abc import Iterator

from engine.diagnostics import Diagnostic, error
from engine.model import Documents, Kind, Pattern


def patterns_can_fire(documents: Documents) -> Iterator[Diagnostic]:
    """Yield every rule whose patterns can never be matched together."""

    def is_event(pattern: Pattern) -> bool:
        fact_type = documents.fact_types.get(pattern.fact_type)
        return fact_type is not None and fact_type.kind is Kind.EVENT

    for ruleset in documents.rulesets:
        for rule in ruleset.rules:
            positive = [p for p in rule.patterns if not p.negated]
            if rule.patterns and not positive and rule.is_whole:
                message = f'the rule "{rule.name}" waits for no fact, only for the lack of one'
                yield error(
                    "no-positive-pattern",
                    rule.patterns[0].span,
                    message,
                    'add a pattern "alias: fact_type" first',
                )
            for pattern in rule.patterns:
                if pattern.negated and is_event(pattern):
                    message = f'"{pattern.fact_type}" is an event, which is gone as soon as it happened'
                    fix = 'use "none" with a state; windows of events come later'
                    yield error("none-of-event", pattern.type_span, message, fix)
            events = [p for p in positive if is_event(p)]
            for pattern in events[1:]:
                message = (
                    f'"{pattern.fact_type}" and "{events[0].fact_type}" are both events, which never meet'
                )
                fix = "keep one event, and read the other from a state; windows of events come later"
                yield error("event-join", pattern.type_span, message, fix)
            if events and rule.until is not None:
                message = f'"until" ends nothing: the event "{events[0].fact_type}" is over at once'
                fix = 'leave "until" out, or wait for a state'
                yield error("until-on-event", rule.places.get("until", rule.span), message, fix)
