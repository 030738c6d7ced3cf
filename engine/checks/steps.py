"""Rules with steps: that something stands before the first, that `expect` is the last, and what cannot stand beside them."""

from __future__ import annotations

from collections.abc import Iterator

from engine.checks.lasting import length_faults
from engine.diagnostics import Diagnostic, Span, error
from engine.model import Documents, Kind, Pattern, Rule


def steps_hold_together(documents: Documents) -> Iterator[Diagnostic]:
    """Yield everything that keeps a pattern from being a step, or a rule from having steps, and each bad length of time."""
    for ruleset in documents.rulesets:
        for rule in ruleset.rules:
            for pattern in rule.patterns:
                if pattern.step is not None and pattern.step.within is not None:
                    yield from length_faults(documents, ruleset, "within", pattern.step.within)
            if rule.at_most is not None:
                yield from length_faults(documents, ruleset, "at_most", rule.at_most)
            if rule.steps:
                yield from _order_faults(rule)
                yield from _company_faults(documents, rule)


def _refused(message: str, fix: str, span: Span) -> Diagnostic:
    return error("bad-step", span, message, fix)


def _order_faults(rule: Rule) -> Iterator[Diagnostic]:
    steps = [rule.patterns[at] for at in rule.steps]
    if rule.steps[0] == 0:
        word = _word(steps[0])
        message = f'"{word}" waits for what comes after something, and nothing stands before it'
        yield _refused(
            message, f'begin with a pattern "alias: fact_type", and put "{word}" after it', steps[0].span
        )
    expected = next((pattern for pattern in steps if pattern.negated), None)
    if expected is not None and expected is not steps[-1]:
        after = steps[steps.index(expected) + 1]
        message = f'"{_word(after)}" cannot follow "expect", after which the rule fires'
        yield _refused(message, "let the rule assert a fact, and another one go on from that", after.span)


def _company_faults(documents: Documents, rule: Rule) -> Iterator[Diagnostic]:
    first = rule.patterns[rule.steps[0]]
    if rule.table is not None:
        message = f'a decision table cannot wait, as "{_word(first)}" does'
        yield _refused(message, "let a rule wait and assert a state, and the table read it", first.span)
    for at, pattern in enumerate(rule.patterns):
        if pattern.step is not None and pattern.lasting is not None:
            message = (
                f'"for" cannot stand in a step: "{_word(pattern)}" is over with the first fact that fits'
            )
            yield _refused(
                message, 'let a rule with that "for" assert a state, and wait for it', pattern.lasting.span
            )
        if pattern.window is not None:
            message = f'a window cannot stand in a rule with a step ("{_word(first)}")'
            fix = "let a rule with the window assert a state, and another one go on from that"
            yield _refused(message, fix, pattern.window.span)
        declared = documents.fact_types.get(pattern.fact_type)
        is_event = declared is not None and declared.kind is Kind.EVENT
        if is_event and at > rule.steps[0] and pattern.step is None and not pattern.negated:
            message = f'the event "{pattern.fact_type}" is waited for by no step'
            yield _refused(
                message, f'write "then: {pattern.fact_type}", or read it from a state', pattern.type_span
            )


def _word(pattern: Pattern) -> str:
    return "expect" if pattern.negated else "then"
