"""What the matcher does for each rule, as people read it in a terminal, and as JSON.

Says what `engine.matching.planning` read from the matcher itself; knows nothing of how it is made.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from service.cli.paint import Paint, plain

if TYPE_CHECKING:
    from engine.matching.planning import PatternPlan, RulePlan, StepPlan, Walk

WIDTH = 100
INDENT = 2
LABEL = 7
"""The longest label has so many letters."""
MOST_ALIAS = 24
"""Longer aliases push what stands after them to the right."""


def plan_lines(plans: Iterable[RulePlan], paint: Paint) -> Iterator[str]:
    """Yield the plans of rules in firing order, line by line."""
    for number, plan in enumerate(plans):
        if number:
            yield ""
        rule = plan.rule
        place = plain(f"{rule.source.span.file}:{rule.source.span.line}")
        yield f"{paint('bold', plain(rule.name))}  {paint('dim', place)}"
        width = min(MOST_ALIAS, max(len(p.alias) for p in plan.patterns))
        for pattern in plan.patterns:
            yield from _pattern_lines(pattern, width, paint)
        for walk in plan.walks:
            yield from _walk_lines(walk, width, paint)


def _pattern_lines(pattern: PatternPlan, width: int, paint: Paint) -> Iterator[str]:
    head = f"{' ' * INDENT}{plain(pattern.alias):{width}}  "
    yield f"{head}{plain(pattern.fact_type)}"
    found = [
        ("hashed", pattern.hashed, "green"),
        ("ranged", pattern.ranged, "green"),
        ("tested", pattern.tested, "yellow"),
        ("for", (pattern.lasting,) if pattern.lasting else (), "cyan"),
        ("window", (pattern.window,) if pattern.window else (), "cyan"),
        ("within", (pattern.within,) if pattern.within else (), "cyan"),
    ]
    for label, texts, colour in found:
        if texts:
            yield from _said(" " * len(head), label, " and ".join(texts), paint, colour)
    if pattern.scanned:
        each = f"{' and '.join(pattern.scanned)}: each fact in it, whenever one comes or goes"
        yield from _said(" " * len(head), "scanned", each, paint, "red")


def _walk_lines(walk: Walk, width: int, paint: Paint) -> Iterator[str]:
    begins = f"none: {walk.start} comes or goes" if walk.is_none else f"{walk.start} comes"
    yield f"{' ' * INDENT}when {plain(begins)}"
    head = " " * (2 * INDENT + width + 2)
    if walk.checked:
        yield from _said(head, "checked", " and ".join(walk.checked), paint, "yellow")
    for step in (*walk.steps, *walk.nones):
        begin = f"{' ' * 2 * INDENT}{plain(step.alias):{width}}  "
        yield from _said(begin, *_found(step), paint, "red" if step.is_scan else "green")
        if step.checked:
            yield from _said(head, "checked", " and ".join(step.checked), paint, "yellow")


def _found(step: StepPlan) -> tuple[str, str]:
    """Return how the facts of *step* are found, and by what."""
    of = f" of {step.fact_type}" if step.alias == "none" else ""
    if step.is_counted:
        return "counted", of.strip()
    if step.is_scan:
        return "scanned", (of or f" of {step.fact_type}").strip() + ", each that fits by itself"
    most = ", its key: one at most" if step.is_one else ""
    return "joined", f"{' and '.join(step.by)}{most}" + (f" ({of.strip()})" if of else "")


def _said(head: str, label: str, text: str, paint: Paint, colour: str) -> Iterator[str]:
    """Yield a label behind *head* and its text, wrapped below itself."""
    begin = len(head) + LABEL + 2
    lines = textwrap.wrap(plain(text), max(WIDTH - begin, 30), break_on_hyphens=False) or [""]
    yield f"{head}{paint(colour, f'{label:{LABEL}}')}  {lines[0]}".rstrip()
    yield from (" " * begin + line for line in lines[1:])


def plan_json(plan: RulePlan) -> dict[str, Any]:
    """Return *plan* as a plain JSON object."""
    span = plan.rule.source.span
    return {
        "rule": plan.rule.name,
        "ruleset": plan.rule.ruleset,
        "file": span.file,
        "line": span.line,
        "patterns": [
            {
                "alias": pattern.alias,
                "fact": pattern.fact_type,
                "hashed": list(pattern.hashed),
                "ranged": list(pattern.ranged),
                "tested": list(pattern.tested),
                "for": pattern.lasting or None,
                "window": pattern.window or None,
                "scanned": list(pattern.scanned),
                "within": pattern.within or None,
            }
            for pattern in plan.patterns
        ],
        "walks": [
            {
                "start": walk.start,
                "position": walk.position,
                "checked": list(walk.checked),
                "steps": [_step_json(step) for step in (*walk.steps, *walk.nones)],
            }
            for walk in plan.walks
        ],
    }


def _step_json(step: StepPlan) -> dict[str, Any]:
    return {
        "alias": step.alias,
        "fact": step.fact_type,
        "by": list(step.by),
        "one_at_most": step.is_one,
        "scanned": step.is_scan,
        "checked": list(step.checked),
    }
