"""Rules with steps into stages, each a rule of its own to the matchers, so that none of them knows of steps.

The facts that are bound before a step travel through it as one event: its type is the rule's own, and functions read what it
carries as they read facts. The whole rule is compiled beside it, for what is decided and explained once all is there.
"""

from __future__ import annotations

from dataclasses import replace

from engine import feel
from engine.compiler.actions import compile_until
from engine.compiler.patterns import compile_patterns
from engine.model import Documents, Kind, OnMissing, Pattern, Rule, RuleSet
from engine.rulebook import CompiledRule, CompiledStep, Stage


def compile_steps(
    documents: Documents, ruleset: RuleSet, whole: CompiledRule, pool: feel.FunctionPool
) -> CompiledRule:
    """Return *whole* with its stages; their ordinals follow its own."""
    rule = whole.source
    begins = (0, *(at + 1 for at in rule.steps))
    ends = (*rule.steps, len(rule.patterns))
    stages: list[Stage] = []
    for number, (begin, end) in enumerate(zip(begins, ends, strict=True)):
        own = rule.patterns[begin:end]
        source = rule.start if number == 0 else replace(rule, patterns=(_carrier(rule, begin), *own))
        made = _part(documents, ruleset, whole, source, pool, offset=2 * number)
        if number == 0:
            made = replace(made, name=whole.name, until=compile_until(documents, ruleset, source))
        step = None
        if end < len(rule.patterns):
            step = _step(documents, ruleset, whole, pool, position=end, offset=2 * number + 1)
        stages.append(Stage(made, step))
    return replace(whole, stages=tuple(stages))


def ordinals_of(rule: CompiledRule) -> int:
    """Return how many ordinals *rule* and its stages take."""
    return max(1, 2 * len(rule.stages))


def _step(
    documents: Documents,
    ruleset: RuleSet,
    whole: CompiledRule,
    pool: feel.FunctionPool,
    *,
    position: int,
    offset: int,
) -> CompiledStep:
    rule = whole.source
    written = rule.patterns[position]
    awaited = replace(written, negated=False, alias=written.alias or f"expected {written.fact_type}")
    source = replace(
        rule,
        patterns=(_carrier(rule, position), awaited),
        on_missing=OnMissing.SKIP if written.negated else rule.on_missing,
    )
    made = _part(documents, ruleset, whole, source, pool, offset=offset)
    within = made.patterns[1].within
    assert within is not None  # noqa: S101 - the parser has read it
    return CompiledStep(
        rule=made,
        pattern=made.patterns[1],
        within=within,
        expected=written.negated,
        of_state=documents.fact_types[written.fact_type].kind is Kind.STATE,
        source=written,
    )


def _carrier(rule: Rule, position: int) -> Pattern:
    """Return the pattern of the event that carries what is bound before the pattern at *position*."""
    before = rule.patterns[position - 1]
    bound = rule.patterns[:position]
    return Pattern(
        "", f"step {rule.name}/{position}", None, False, before.span, before.type_span, bound=bound
    )


def _part(
    documents: Documents,
    ruleset: RuleSet,
    whole: CompiledRule,
    source: Rule,
    pool: feel.FunctionPool,
    *,
    offset: int,
) -> CompiledRule:
    """Return the rule that *source*, a part of *whole*, is to the matchers."""
    patterns = compile_patterns(documents, ruleset, source, pool)
    return replace(
        whole,
        ordinal=whole.ordinal + offset,
        name=f"{whole.name}/{offset}",
        on_missing=source.on_missing,
        aliases=tuple(pattern.alias for pattern in patterns),
        patterns=patterns,
        positive=tuple(p.position for p in patterns if not p.negated),
        event=0 if source.patterns[0].bound else whole.event,
        source=source,
        is_final=False,
        is_plain=False,
        is_stage=True,
        at_most=None,
        for_each=None,
    )
