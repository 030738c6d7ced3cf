"""What the native matcher does for each rule: what finds a pattern, what is tested on a fact, and in what order joins go.

Read from the very plans and indexes that the matcher walks, never computed a second time, so that what is told is what is done.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from engine import feel
from engine.calendars import in_words
from engine.diagnostics import Diagnostic, in_order, warning
from engine.matching.keyed import ByKey
from engine.matching.memory import WorkingMemory
from engine.matching.native import NativeMatcher
from engine.matching.plan import Plan, Probe
from engine.rulebook import (
    CompiledPattern,
    CompiledRule,
    CompiledWindow,
    Condition,
    Conjunct,
    Place,
    RuleBook,
)
from engine.written import Expression, Length, Literal


@dataclass(frozen=True, slots=True)
class PatternPlan:
    """How the facts of one pattern are found, and what is asked of each by itself; conditions as they are written."""

    alias: str
    """"none" of what must not be there."""
    fact_type: str
    hashed: tuple[str, ...]
    ranged: tuple[str, ...]
    """The ranges of one field by which it is found among the others that ask for the same constants."""
    tested: tuple[str, ...]
    lasting: str
    window: str
    """Of a window, how long, for what, and what it must come to."""
    scanned: tuple[str, ...]
    """Of a window, which of "having" and "until" looks at all its facts each time."""
    within: str
    """Of a step, how long it is waited for."""


@dataclass(frozen=True, slots=True)
class StepPlan:
    """One look-up beside what is bound: *by* these equalities, or of all facts where there are none."""

    alias: str
    position: int
    fact_type: str
    by: tuple[str, ...]
    is_one: bool
    """Whether one fact fits at most, since all fields of its key are known."""
    checked: tuple[str, ...]
    """What is tested then, since all it reads is bound."""

    @property
    def is_counted(self) -> bool:
        """Whether it is a `none` that asks only whether there is any fact."""
        return self.alias == "none" and not self.by and not self.checked

    @property
    def is_scan(self) -> bool:
        """Whether every fact of the pattern is looked at."""
        return not self.by and not self.is_counted


@dataclass(frozen=True, slots=True)
class Walk:
    """What is looked up when a fact of the pattern at the start has come or gone, in order; `none` patterns last."""

    start: str
    position: int
    is_none: bool
    checked: tuple[str, ...]
    steps: tuple[StepPlan, ...]
    nones: tuple[StepPlan, ...]


@dataclass(frozen=True, slots=True)
class RulePlan:
    """What the matcher does for one rule."""

    rule: CompiledRule
    patterns: tuple[PatternPlan, ...]
    walks: tuple[Walk, ...]
    begins: tuple[Walk, ...]
    """Of these, those that bind the facts of the rule in its order: the first, and of a rule with steps one for each part."""


def plans_of(book: RuleBook) -> tuple[RulePlan, ...]:
    """Return what the native matcher does for each rule of *book*, in firing order."""
    matcher = NativeMatcher(book, WorkingMemory(book))
    found = []
    for rule in book.rules:
        parts = _parts(rule, matcher) if rule.stages else [_walks(rule, matcher)]
        patterns = tuple(_pattern(rule, pattern, matcher) for pattern in rule.patterns)
        walks = tuple(walk for part in parts for walk in part)
        found.append(RulePlan(rule, patterns, walks, tuple(part[0] for part in parts if part)))
    return tuple(found)


def _walks(rule: CompiledRule, matcher: NativeMatcher, offset: int = 0) -> list[Walk]:
    """Return the walks of *rule*, which is a part of another from the position *offset* on, one for each pattern."""
    plans = (matcher.plans.get((rule.ordinal, p.position)) for p in rule.patterns)
    return [_walk(plan, offset) for plan in plans if plan is not None and len(rule.patterns) > 1]


def _parts(rule: CompiledRule, matcher: NativeMatcher) -> list[list[Walk]]:
    """Return the walks of a rule with steps: of each stage, and of each step from a fact to the waits that it may be for."""
    parts = []
    begins = [0, *rule.source.steps]
    for begin, stage in zip(begins, rule.stages, strict=True):
        parts.append(_walks(stage.rule, matcher, begin))
        if stage.step is not None:
            awaited = stage.step.pattern
            by = tuple(_tie(join.own_text, join.other_text) for join in awaited.joins)
            at = begin + len(stage.rule.patterns)
            checked = tuple(_written(c) for c in awaited.conjuncts if c.place is Place.OTHERS)
            waits = StepPlan("its waits", at, awaited.fact_type, by, is_one=False, checked=checked)
            parts.append(
                [Walk(awaited.fact_type, waits.position, is_none=False, checked=(), steps=(waits,), nones=())]
            )
    return parts


def scans_of(plan: RulePlan) -> tuple[Diagnostic, ...]:
    """Return a warning wherever facts are looked at one by one: those of a pattern that no equality ties to those before it, and
    those of a window.
    """
    found = [_scanning(plan.rule, word) for one in plan.patterns for word in one.scanned]
    for step in (one for walk in plan.begins for one in (*walk.steps, *walk.nones)):
        if not step.is_scan:
            continue
        pattern = plan.rule.source.patterns[step.position]
        message = (
            f'"{plan.rule.name}": no equality ties "{step.alias}: {pattern.fact_type}" to the other patterns, '
            f"so each {pattern.fact_type} that fits by itself is looked at, one by one"
        )
        found.append(
            warning("scanning-join", pattern.span, message, f"add one, such as {_example(plan.rule, step)}")
        )
    return in_order(found)


def _scanning(rule: CompiledRule, word: str) -> Diagnostic:
    """Return the warning that *word* of the rule looks at all facts of its window."""
    assert rule.window is not None  # noqa: S101 - the caller looked
    written = rule.source.until if word == "until" else rule.patterns[rule.window].where
    assert written is not None  # noqa: S101 - the caller looked
    message = (
        f'"{rule.name}": "{word}" looks at every fact of the window, one by one, each time one comes or goes'
    )
    fix = "ask for what is kept meanwhile: count, sum, mean, share, in a row and the like, of the alias, a field, or a filter"
    return warning("scanning-window", written.span(0, len(written.text)), message, fix)


def _scanned(rule: CompiledRule, window: CompiledWindow) -> tuple[str, ...]:
    """Return which of `having` and `until` makes a list of all facts of *window* when one comes or goes."""
    asked = [] if window.at_end else [("having", window.quick or window.having)]
    if rule.quick_until is not None:
        asked.append(("until", rule.quick_until))
    return tuple([word for word, condition in asked if _makes_list(condition)])


def _makes_list(condition: Condition) -> bool:
    """Return whether what FEEL made of a condition reads a window's facts as a list (see engine.scopes)."""
    source = ast.parse(getattr(condition, "__feel_source__", ""))
    return any(isinstance(node, ast.Attribute) and node.attr == "values" for node in ast.walk(source))


def _word(rule: CompiledRule, pattern: CompiledPattern) -> str:
    """Return the word under which a pattern without an alias stands."""
    return "none" if rule.source.patterns[pattern.position].step is None else "expect"


def _example(rule: CompiledRule, step: StepPlan) -> str:
    """Return an equality that might tie the pattern of *step* to another."""
    other = next(p for p in rule.patterns if p.position != step.position and not p.negated)
    return f'"FIELD = {other.alias}.FIELD"'


def _pattern(rule: CompiledRule, pattern: CompiledPattern, matcher: NativeMatcher) -> PatternPlan:
    own, written = pattern.admits, rule.source.patterns[pattern.position]
    is_held = _is_held(rule, pattern, matcher)
    ranged: frozenset[tuple[int, int]] = frozenset()
    if pattern.bounds is not None and matcher.finds_by_range(rule, pattern):
        ranged = frozenset(pattern.bounds.places)
    alone = [c for c in own.conjuncts if c.place is Place.OWN]
    window = ""
    scanned = () if pattern.window is None else _scanned(rule, pattern.window)
    if written.window is not None and pattern.where is not None:
        asked = written.window
        span = f"each {asked.each}" if asked.each else _length(asked.within)
        per = f" per {', '.join(asked.per)}" if asked.per else ""
        at_end = ", at its end" if asked.at_end else ""
        window = f"{span}{per}, having {' '.join(pattern.where.text.split())}{at_end}"
    return PatternPlan(
        alias=pattern.alias or _word(rule, pattern),
        fact_type=own.fact_type,
        hashed=() if is_held else _texts(own, Place.CONSTANT),
        ranged=tuple(_written(c) for c in alone if (c.start, c.end) in ranged),
        tested=(
            *(_texts(own, Place.CONSTANT) if is_held else ()),
            *(_written(c) for c in alone if (c.start, c.end) not in ranged),
        ),
        lasting=_length(written.lasting),
        window=window,
        scanned=scanned,
        within=_length(None if written.step is None else written.step.within),
    )


def _is_held(rule: CompiledRule, pattern: CompiledPattern, matcher: NativeMatcher) -> bool:
    """Return whether the facts of *pattern* are found by their key where they are held, and tested then."""
    plan = None if rule.event is None else matcher.plans.get((rule.ordinal, rule.event))
    probes = () if plan is None else (*(step.probe for step in plan.steps), *plan.nones)
    return any(isinstance(one.index, ByKey) for one in probes if one.position == pattern.position)


def _walk(plan: Plan, offset: int) -> Walk:
    rule, start = plan.rule, plan.rule.patterns[plan.start]
    return Walk(
        start=start.admits.fact_type if start.negated else start.alias or "its step",
        position=plan.start + offset,
        is_none=start.negated,
        checked=tuple(text for p in plan.first for text in _texts(p, Place.OTHERS)),
        steps=tuple(_step(rule, step.probe, step.checks, offset) for step in plan.steps),
        nones=tuple(_step(rule, probe, (rule.patterns[probe.position],), offset) for probe in plan.nones),
    )


def _step(rule: CompiledRule, probe: Probe, checks: tuple[CompiledPattern, ...], offset: int) -> StepPlan:
    pattern = rule.patterns[probe.position]
    return StepPlan(
        alias="none" if pattern.negated else pattern.alias,
        position=probe.position + offset,
        fact_type=pattern.admits.fact_type,
        by=tuple(_tie(join.own_text, join.other_text) for join in probe.ties),
        is_one=probe.is_one,
        checked=tuple(text for check in checks for text in _texts(check, Place.OTHERS)),
    )


def _tie(own: str, other: str) -> str:
    return f"{own.removeprefix('own ')} = {other.removeprefix('as ')}"


def _texts(pattern: CompiledPattern, place: Place) -> tuple[str, ...]:
    return tuple(_written(conjunct) for conjunct in pattern.conjuncts if conjunct.place is place)


def _written(conjunct: Conjunct) -> str:
    return " ".join(conjunct.expression.text[conjunct.start : conjunct.end].split())


def _length(written: Length | None) -> str:
    """Return how long something lasts or counts, as it is written."""
    match written:
        case None:
            return ""
        case Length(value=Literal(value=feel.DaysDuration() as value)):
            exact = value.to_timedelta()
            said = str(value) if exact is None else in_words(exact)
        case Length(value=Literal(value=value)):
            said = str(value)
        case Length(value=Expression(text=text)):
            said = f"= {text.strip()}"
    return f"{said} of working time" if written.working else said
