"""How the durable matcher binds the patterns of one rule, from pair to pair, starting at one fact.

Which facts pair is given; equalities are compared again here, and what no equality says is tested.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.decisions import Fact
from engine.matching.durable.network import Name
from engine.matching.durable.shapes import Cell
from engine.rulebook import CompiledPattern, CompiledRule, arguments_of

Near = Mapping[tuple[int, int, int], Mapping[Name, Mapping[Name, None]]]
Bound = list[tuple[Name, Fact] | None]


@dataclass(frozen=True, slots=True)
class Step:
    """From the fact bound at *at* to its partners at *to*; then *checks* can be made. *at* is *to* for a fact alone."""

    at: int
    to: int
    checks: tuple[CompiledPattern, ...]


@dataclass(frozen=True, slots=True)
class Walk:
    """The ways to bind *rule* from the pattern at *start*: its other positive patterns, then its `none` patterns."""

    rule: CompiledRule
    start: int
    first: tuple[CompiledPattern, ...]
    """What can be checked at the start."""
    steps: tuple[Step, ...]
    nones: tuple[Step, ...]

    def matches(
        self, name: Name, facts: Mapping[Name, Fact], near: Near, now: datetime
    ) -> Iterator[tuple[Fact | None, ...]]:
        """Yield the facts of each match with the fact called *name* at the start."""
        bound: Bound = [None] * len(self.rule.patterns)
        bound[self.start] = (name, facts[name])
        if not all(self._agrees(p, bound, now) for p in self.first):
            return
        for found in self._extend(bound, 0, facts, near, now):
            if self._is_clear(found, facts, near, now):
                yield tuple(None if one is None else one[1] for one in found)

    def _extend(
        self, bound: Bound, depth: int, facts: Mapping[Name, Fact], near: Near, now: datetime
    ) -> Iterator[Bound]:
        if depth == len(self.steps):
            yield list(bound)
            return
        step = self.steps[depth]
        before = bound[step.to]
        for partner in self._partners(step, bound, near):
            bound[step.to] = (partner, facts[partner])
            if all(self._agrees(p, bound, now) for p in step.checks):
                yield from self._extend(bound, depth + 1, facts, near, now)
        bound[step.to] = before

    def _is_clear(self, bound: Bound, facts: Mapping[Name, Fact], near: Near, now: datetime) -> bool:
        for step in self.nones:
            for partner in self._partners(step, bound, near):
                beside = list(bound)
                beside[step.to] = (partner, facts[partner])
                if all(self._agrees(p, beside, now) for p in step.checks):
                    return False
        return True

    def _partners(self, step: Step, bound: Bound, near: Near) -> tuple[Name, ...]:
        one = bound[step.at]
        assert one is not None  # noqa: S101 - steps follow each other
        return tuple(near.get((self.rule.ordinal, step.at, step.to), {}).get(one[0], ()))

    def _agrees(self, pattern: CompiledPattern, bound: Bound, now: datetime) -> bool:
        """Return whether the fact bound for *pattern* fits beside the others."""
        parameters = self.rule.parameters
        one = bound[pattern.position]
        assert one is not None  # noqa: S101 - the caller bound it
        for join in pattern.joins:
            other = bound[join.other]
            assert other is not None  # noqa: S101 - checks wait for what they read
            if join.own(one[1].data, parameters, now) != join.other_key(other[1].data, parameters, now):
                return False
        if pattern.residual is None:
            return True
        arguments = arguments_of(self.rule, [None if b is None else b[1] for b in bound], now)
        return pattern.residual(*arguments)


def make_walk(rule: CompiledRule, start: int, cells: Sequence[Cell]) -> Walk:
    """Return the walk of *rule* from the pattern at *start* over its *cells*."""
    if len(rule.patterns) == 1:
        return Walk(rule, start, (), (Step(start, start, tuple(rule.patterns)),), ())
    bound = {start}
    first = [rule.patterns[start]] if _reads(rule.patterns[start]) <= bound else []
    checked = {p.position for p in first}
    steps: list[Step] = []
    ties = [(c.left, c.right) for c in cells if c.right is not None]
    between = [t for t in ties if not rule.patterns[t[1]].negated]
    while len(bound) < len(rule.positive):
        at, to = next(
            (a, b) for pair in between for a, b in (pair, pair[::-1]) if a in bound and b not in bound
        )
        bound.add(to)
        checks = [rule.patterns[p] for p in sorted(bound - checked) if _reads(rule.patterns[p]) <= bound]
        checked |= {p.position for p in checks}
        steps.append(Step(at, to, tuple(checks)))
    nones = [Step(at, to, (rule.patterns[to],)) for at, to in ties if rule.patterns[to].negated]
    return Walk(rule, start, tuple(first), tuple(steps), tuple(nones))


def _reads(pattern: CompiledPattern) -> frozenset[int]:
    return pattern.reads | {join.other for join in pattern.joins}
