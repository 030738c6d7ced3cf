"""How the native matcher walks the patterns of one rule, starting from the fact that changed.

A plan binds the positive patterns one after another, each through the equalities it has with those already bound, and
checks a residual condition as soon as everything it reads is bound.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.decisions import Fact
from engine.matching.index import AlphaMemory, JoinIndex
from engine.rulebook import CompiledPattern, CompiledRule, Data, Value

AlphaOf = Callable[[CompiledRule, int], AlphaMemory]
Bound = list[Fact | None]


@dataclass(frozen=True, slots=True)
class Probe:
    """A look-up of one pattern's facts: by index with values of facts already bound, or all of them where no equality helps."""

    position: int
    alpha: AlphaMemory
    index: JoinIndex | None
    values: tuple[tuple[int, Value], ...]
    parameters: Data

    def candidates(self, bound: Bound, now: datetime) -> tuple[Fact, ...]:
        """Return the facts that agree with *bound* on every equality."""
        if self.index is None:
            return tuple(self.alpha.facts.values())
        values = [key(_data(bound[at]), self.parameters, now) for at, key in self.values]
        return self.index.find(values[0] if len(values) == 1 else tuple(values))


@dataclass(frozen=True, slots=True)
class Step:
    """One positive pattern to bind, and the residual conditions that can be checked then."""

    probe: Probe
    checks: tuple[CompiledPattern, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """The walk of *rule* from the pattern at *start* through its other positive patterns, and then its `none` patterns."""

    rule: CompiledRule
    start: int
    first: tuple[CompiledPattern, ...]
    steps: tuple[Step, ...]
    nones: tuple[Probe, ...]

    def tuples(self, fact: Fact, now: datetime) -> Iterator[Bound]:
        """Yield each way to bind the positive patterns with *fact* at the start; `none` patterns are not looked at."""
        bound: Bound = [None] * len(self.rule.patterns)
        bound[self.start] = fact
        if all(self._checks(p, bound, now) for p in self.first):
            yield from self._extend(bound, 0, now)

    def matches(self, fact: Fact, now: datetime) -> Iterator[tuple[Fact | None, ...]]:
        """Yield the facts of each match with *fact* at the start."""
        for bound in self.tuples(fact, now):
            if self.rule.patterns[self.start].negated:
                bound[self.start] = None
            if self.is_clear(bound, now):
                yield tuple(bound)

    def is_clear(self, bound: Bound, now: datetime) -> bool:
        """Return whether no fact fits any of the `none` patterns beside *bound*."""
        for probe in self.nones:
            pattern = self.rule.patterns[probe.position]
            for candidate in probe.candidates(bound, now):
                if pattern.residual is None:
                    return False
                beside = list(bound)
                beside[probe.position] = candidate
                if self._checks(pattern, beside, now):
                    return False
        return True

    def _extend(self, bound: Bound, depth: int, now: datetime) -> Iterator[Bound]:
        if depth == len(self.steps):
            yield list(bound)
            return
        step = self.steps[depth]
        for candidate in step.probe.candidates(bound, now):
            bound[step.probe.position] = candidate
            if all(self._checks(p, bound, now) for p in step.checks):
                yield from self._extend(bound, depth + 1, now)
        bound[step.probe.position] = None

    def _checks(self, pattern: CompiledPattern, bound: Bound, now: datetime) -> bool:
        if pattern.residual is None:
            return True
        return pattern.residual(*(_data(f) for f in bound), self.rule.parameters, now)


def make_plan(rule: CompiledRule, start: int, alpha_of: AlphaOf) -> Plan:
    """Return the plan of *rule* from the pattern at *start*: next always the pattern with most equalities to those bound."""
    bound = {start}
    first = _checkable(rule, bound, set())
    checked = {p.position for p in first}
    steps: list[Step] = []
    remaining = [p for p in rule.positive if p != start]
    while remaining:
        position = max(remaining, key=lambda p: (len(_equalities(rule, p, bound)), -p))
        remaining.remove(position)
        probe = _probe(rule, position, bound, alpha_of)
        bound.add(position)
        checks = _checkable(rule, bound, checked)
        checked |= {p.position for p in checks}
        steps.append(Step(probe, checks))
    positives = set(rule.positive)
    nones = tuple(_probe(rule, p.position, positives, alpha_of) for p in rule.patterns if p.negated)
    return Plan(rule, start, first, tuple(steps), nones)


def _checkable(rule: CompiledRule, bound: set[int], checked: set[int]) -> tuple[CompiledPattern, ...]:
    return tuple(
        rule.patterns[at]
        for at in sorted(bound - checked)
        if rule.patterns[at].residual is not None and rule.patterns[at].reads <= bound
    )


def _equalities(rule: CompiledRule, position: int, bound: set[int]) -> list[tuple[str, Value, int, Value]]:
    """Return (name, key of this pattern, bound position, key of that fact) for each equality with a bound pattern."""
    found = [
        (j.own_text, j.own, j.other, j.other_key) for j in rule.patterns[position].joins if j.other in bound
    ]
    for at in sorted(bound):
        found += [
            (j.other_text, j.other_key, at, j.own) for j in rule.patterns[at].joins if j.other == position
        ]
    return found


def _probe(rule: CompiledRule, position: int, bound: set[int], alpha_of: AlphaOf) -> Probe:
    alpha = alpha_of(rule, position)
    equalities = sorted(_equalities(rule, position, bound - {position}), key=lambda e: (e[0], e[2]))
    if not equalities:
        return Probe(position, alpha, None, (), rule.parameters)
    names = tuple(name for name, _, _, _ in equalities)
    index = alpha.index(names, tuple(key for _, key, _, _ in equalities), rule.parameters)
    return Probe(position, alpha, index, tuple((at, key) for _, _, at, key in equalities), rule.parameters)


def _data(fact: Fact | None) -> Any:
    return None if fact is None else fact.data
