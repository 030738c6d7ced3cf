"""Rules that wait for the same: two with one condition are one rule with more to do, or a slip of copying."""

from __future__ import annotations

from collections.abc import Iterator

from engine import feel
from engine.calendars.calls import asks_calendars
from engine.diagnostics import Diagnostic, warning
from engine.model import Documents, Expression, Length, Rule, Window
from engine.scopes import PARAMETERS


def conditions_differ(documents: Documents) -> Iterator[Diagnostic]:
    """Yield every rule whose condition is word for word that of a rule before it."""
    first: dict[tuple[object, ...], Rule] = {}
    for ruleset in documents.rulesets:
        for rule in ruleset.rules:
            if not rule.is_whole or not rule.enabled or rule.table is not None:
                continue
            there = first.setdefault(_said(rule, ruleset.name), rule)
            if there is not rule:
                place = f"{there.span.file}:{there.span.line}"
                message = f'"{rule.name}" waits for the same as "{there.name}" ({place})'
                yield warning(
                    "duplicate-condition", rule.span, message, "make them one rule, or tell them apart"
                )


def _said(rule: Rule, ruleset: str) -> tuple[object, ...]:
    """Return what *rule* waits for; parameters are its rule set's own, and so may be the calendar."""
    said: list[object] = []
    own = False
    for pattern in rule.patterns:
        node = None if pattern.where is None else pattern.where.node
        said.append(
            (
                pattern.alias,
                pattern.fact_type,
                pattern.negated,
                None if node is None else feel.format_node(node),
                _waits(pattern.lasting),
                *(() if pattern.window is None else _window_said(pattern.window)),
                None if pattern.step is None else ("step", _waits(pattern.step.within)),
            )
        )
        within, having = (pattern.window.within, pattern.window.having) if pattern.window else (None, None)
        step = None if pattern.step is None else pattern.step.within
        lengths = [one for one in (pattern.lasting, within, step) if one is not None]
        by_calendar = pattern.window is not None and bool(pattern.window.each)
        own = own or by_calendar or any(one.working for one in lengths)
        parts = (
            pattern.where,
            having,
            *(part for one in lengths for part in one.expressions),
        )
        own = own or any(_is_its_own(part.node) for part in parts if part is not None)
    return (ruleset if own else "", *said)


def _waits(written: Length | None) -> object:
    if written is None:
        return None
    value = written.value
    said = feel.format_node(value.node) if isinstance(value, Expression) else str(value.value)
    return (said, written.working)


def _window_said(window: Window) -> Iterator[object]:
    yield _waits(window.within)
    yield window.each
    yield window.at_end
    yield from window.per
    yield None if window.having is None else feel.format_node(window.having.node)


def _is_its_own(node: feel.Node) -> bool:
    return asks_calendars(node) or any(name[0] == PARAMETERS for name in feel.free_names(node))
