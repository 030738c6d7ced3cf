"""Names that stand for something: fact types that are declared, aliases that mean one thing."""

from __future__ import annotations

from collections.abc import Iterator

from engine.diagnostics import Diagnostic, did_you_mean, error
from engine.model import Documents, Rule
from engine.scopes import PARAMETERS, record_type

CLOCK = "clock"
"""The fact type of the session's own that says only what time it is."""


def fact_types_are_known(documents: Documents) -> Iterator[Diagnostic]:
    """Yield every fact type that is named and not declared, and one that is declared and not to be had."""
    known = documents.fact_types
    if CLOCK in known:
        message = f'"{CLOCK}" is a fact of Lineside\'s own: it says what time it is, and nobody sends it'
        yield error("name-clash", known[CLOCK].span, message, "choose another name for the fact type")
    for rule in _rules(documents):
        named = [(p.fact_type, p.type_span) for p in rule.patterns]
        named += [(a.fact_type, a.span) for a in rule.actions if a.fact_type is not None]
        for name, span in named:
            if name and name not in known:
                message = f'there is no fact type "{name[:60]}"'
                yield error("unknown-fact-type", span, message, did_you_mean(name, known))
    for flow in documents.flows:
        for name in flow.facts:
            if name not in known:
                span = flow.places.get(f"facts.{name}", flow.span)
                message = f'there is no fact type "{name[:60]}"'
                yield error("unknown-fact-type", span, message, did_you_mean(name, known))


def aliases_are_clear(documents: Documents) -> Iterator[Diagnostic]:
    """Yield every alias that is given twice, or that a later pattern's own field would hide."""
    for rule in _rules(documents):
        seen: dict[str, int] = {}
        for pattern in rule.patterns:
            fields = record_type(documents, pattern.fact_type).fields
            for alias in seen:
                if alias in fields and alias != pattern.alias:
                    message = (
                        f'the alias "{alias}" is hidden here by the field "{alias}" of {pattern.fact_type}'
                    )
                    yield error("name-clash", pattern.span, message, "choose another alias")
            if pattern.negated:
                continue
            if pattern.alias in seen:
                message = f'the alias "{pattern.alias}" is there already, on line {seen[pattern.alias]}'
                yield error("name-clash", pattern.span, message, "choose another alias")
            elif pattern.alias in fields:
                message = f'the alias "{pattern.alias}" is also a field of {pattern.fact_type}'
                fix = "choose another alias" if not rule.short else "use the long form, with an alias"
                yield error("name-clash", pattern.span, message, fix)
            elif pattern.alias == PARAMETERS and rule.short:
                message = f'the fact type "{PARAMETERS}" has the name of the rule set\'s parameters'
                yield error("name-clash", pattern.span, message, "use the long form, with an alias")
            seen.setdefault(pattern.alias, pattern.span.line)


def _rules(documents: Documents) -> Iterator[Rule]:
    for ruleset in documents.rulesets:
        yield from ruleset.rules
