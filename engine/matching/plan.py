"""How the native matcher walks the patterns of one rule, starting from the fact that changed.

A plan binds the positive patterns one after another, each through the equalities it has with those already bound, and
checks a residual condition as soon as everything it reads is bound.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from engine.decisions import Fact
from engine.matching.index import AlphaMemory, JoinIndex
from engine.matching.keyed import ByKey, Fitting, is_plain
from engine.matching.memory import Match
from engine.rulebook import CompiledPattern, CompiledRule, Data, Join, Key, Value
from engine.shots import Beside

AlphaOf = Callable[[CompiledRule, int], AlphaMemory]
KeyOf = Callable[[str], tuple[str, ...]]
StatesOf = Callable[[str], Mapping[Key, Fact]]
FittingOf = Callable[[CompiledRule, int, str], Fitting]
Bound = list[Fact | None]


@dataclass(frozen=True, slots=True)
class Probe:
    """A look-up of one pattern's facts: with values of facts already bound by index, or by the key under which it is held; or all
    of them where no equality helps.
    """

    position: int
    alpha: AlphaMemory | None
    """None where the facts are found where they are held."""
    index: JoinIndex | ByKey | None
    values: tuple[tuple[int, Value], ...]
    parameters: Data
    ties: tuple[Join, ...]
    """The equalities that tie it to what is bound."""
    is_one: bool
    """Whether the equalities are on all fields of the key, so that one fact fits at most."""

    def candidates(self, bound: Bound, now: datetime) -> Collection[Fact]:
        """Return the facts that agree with *bound* on every equality; use them before a fact comes or goes."""
        if self.index is None:
            return self._all.values()
        return self.index.find(self._asked(bound, now), now)

    def count(self, bound: Bound, now: datetime) -> int:
        """Return how many facts agree with *bound* on every equality."""
        if self.index is None:
            return len(self._all)
        return self.index.count(self._asked(bound, now), now)

    def count_beside(self, fact: Fact, now: datetime) -> int:
        """Return how many facts agree with whatever *fact*, of the same pattern, agrees with."""
        if not isinstance(self.index, JoinIndex):
            return len(self._all)
        return self.index.count(self.index.value_of(fact, now), now)

    @property
    def _all(self) -> Mapping[Key, Fact]:
        assert self.alpha is not None  # noqa: S101 - only what has an index is found where it is held
        return self.alpha.facts

    def _asked(self, bound: Bound, now: datetime) -> Any:
        values = [key(_data(bound[at]), self.parameters, now) for at, key in self.values]
        return values[0] if len(values) == 1 else tuple(values)


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
    beside: Probe | None = None
    """From a `none` that only equalities tie: the look-up of what it is blocked by."""

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

    def is_blocked_beside(self, fact: Fact, most: int, now: datetime) -> bool:
        """Return whether the `none` at the start is blocked for whatever *fact* blocks, by more than *most* facts.

        Only where nothing but equalities tie it to the other patterns: then these facts are found at one place.
        """
        return self.beside is not None and self.beside.count_beside(fact, now) > most

    def is_clear(self, bound: Bound, now: datetime) -> bool:
        """Return whether no fact fits any of the `none` patterns beside *bound*."""
        for probe in self.nones:
            pattern = self.rule.patterns[probe.position]
            if pattern.residual is None:
                if probe.count(bound, now):
                    return False
                continue
            for candidate in probe.candidates(bound, now):
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


class Pair:
    """A plan that binds one fact beside an event by equalities, and tests nothing more: the same matches by a look-up."""

    __slots__ = ("_asked", "_index", "_is_first", "_parameters", "_rule")

    def __init__(self, plan: Plan, index: JoinIndex | ByKey, asked: Value) -> None:
        self._rule = plan.rule
        self._index = index
        self._asked = asked
        self._parameters = plan.rule.parameters
        self._is_first = plan.start == 0

    def beside(self) -> Beside:
        """Return how the fact beside an event is found, once it is settled what is kept."""
        index = self._index
        if isinstance(index, ByKey):
            return Beside(self._asked, index.find, index.kept, index.field)
        return Beside(self._asked, index.find, None, "")

    def states(self, fact: Fact, now: datetime) -> tuple[Fact, ...]:
        """Return the facts that match beside event *fact*."""
        return self._index.find(self._asked(fact.data, self._parameters, now), now)

    def match(self, fact: Fact, now: datetime) -> list[Match]:
        """Return the matches of event *fact*."""
        rule, is_first = self._rule, self._is_first
        return [Match(rule, (fact, one) if is_first else (one, fact)) for one in self.states(fact, now)]


def pair_of(plan: Plan) -> Pair | None:
    """Return *plan* as a look-up, where it is no more than one by one equality."""
    if len(plan.rule.patterns) != 2 or plan.rule.table is not None or plan.first or len(plan.steps) != 1:
        return None
    (step,) = plan.steps
    if step.checks or step.probe.index is None or len(step.probe.values) != 1:
        return None
    return Pair(plan, step.probe.index, step.probe.values[0][1])


@dataclass(frozen=True, slots=True)
class Sources:
    """Where plans find facts, by type: *alpha_of* gives those that fit a pattern, with their indexes, *states_of* all that are
    held; *key_of* gives the fields of their key, and *fitting_of* what says of one whether it fits, by the field of a key of one.
    """

    alpha_of: AlphaOf
    key_of: KeyOf
    states_of: StatesOf
    fitting_of: FittingOf


def make_plan(rule: CompiledRule, start: int, sources: Sources) -> Plan:
    """Return the plan of *rule* from the pattern at *start*: next always the pattern of which fewest facts should fit.

    One whose key is bound has one fact at most; then come those with most equalities to what is bound, those that ask for
    constants, those that ask for a range, and the order of the rule.
    """
    key_of = sources.key_of

    def selectivity(position: int) -> tuple[Any, ...]:
        pattern = rule.patterns[position]
        ties = _equalities(rule, position, bound)
        is_one = _is_one(pattern, ties, key_of)
        return (is_one, len(ties), len(pattern.constants), pattern.bounds is not None, -position)

    bound = {start}
    first = _checkable(rule, bound, set())
    checked = {p.position for p in first}
    steps: list[Step] = []
    remaining = [p for p in rule.positive if p != start]
    while remaining:
        position = max(remaining, key=selectivity)
        remaining.remove(position)
        probe = _probe(rule, position, bound, sources)
        bound.add(position)
        checks = _checkable(rule, bound, checked)
        checked |= {p.position for p in checks}
        steps.append(Step(probe, checks))
    positives = set(rule.positive)
    nones = tuple(_probe(rule, p.position, positives, sources) for p in rule.patterns if p.negated)
    only_tied = rule.patterns[start].negated and rule.patterns[start].residual is None
    beside = next((probe for probe in nones if only_tied and probe.position == start), None)
    return Plan(rule, start, first, tuple(steps), nones, beside)


def _is_one(pattern: CompiledPattern, ties: Sequence[_Tie], key_of: KeyOf) -> bool:
    """Return whether one fact fits at most: each field of its key has to equal something that is bound, or a constant."""
    told = {name for name, values in pattern.constants if len(values) == 1}
    told |= {tie.field for tie in ties if tie.field is not None}
    key = key_of(pattern.fact_type)
    return bool(key) and told.issuperset(key)


def _checkable(rule: CompiledRule, bound: set[int], checked: set[int]) -> tuple[CompiledPattern, ...]:
    return tuple(
        rule.patterns[at]
        for at in sorted(bound - checked)
        if rule.patterns[at].residual is not None and rule.patterns[at].reads <= bound
    )


class _Tie(NamedTuple):
    """An equality with a pattern that is bound: the key of the one that is not, and the one of the fact bound at *at*."""

    join: Join
    name: str
    key: Value
    field: str | None
    at: int
    asked: Value


def _equalities(rule: CompiledRule, position: int, bound: set[int]) -> list[_Tie]:
    """Return each equality of the pattern at *position* with a bound one, in an order that plans share."""
    found = [
        _Tie(j, j.own_text, j.own, j.own_field, j.other, j.other_key)
        for j in rule.patterns[position].joins
        if j.other in bound
    ]
    for at in bound:
        found += [
            _Tie(j, j.other_text, j.other_key, j.other_field, at, j.own)
            for j in rule.patterns[at].joins
            if j.other == position
        ]
    return sorted(found, key=lambda tie: (tie.name, tie.at))


def _probe(rule: CompiledRule, position: int, bound: set[int], sources: Sources) -> Probe:
    ties = _equalities(rule, position, bound - {position})
    is_one = _is_one(rule.patterns[position], ties, sources.key_of)
    index: JoinIndex | ByKey | None = _by_key(rule, position, ties, sources) if is_one else None
    alpha = None if index is not None else sources.alpha_of(rule, position)
    if ties and alpha is not None:
        names = tuple(tie.name for tie in ties)
        index = alpha.index(names, tuple(tie.key for tie in ties), rule.parameters)
    return Probe(
        position=position,
        alpha=alpha,
        index=index,
        values=tuple((tie.at, tie.asked) for tie in ties),
        parameters=rule.parameters,
        ties=tuple(tie.join for tie in ties),
        is_one=is_one,
    )


def _by_key(rule: CompiledRule, position: int, ties: Sequence[_Tie], sources: Sources) -> ByKey | None:
    """Return what finds a state, of which *ties* and constants bind the whole key, where it is held.

    Only beside an event: a rule of states has to know which facts begin to fit and which cease to.
    """
    pattern = rule.patterns[position]
    if not ties or rule.event is None or pattern.lasting is not None or pattern.window is not None:
        return None
    told = {name: values for name, values in pattern.constants if len(values) == 1}
    asked = {tie.field: at for at, tie in reversed([*enumerate(ties)]) if tie.field is not None}
    key = sources.key_of(pattern.fact_type)
    parts: list[int | tuple[Any]] = [asked[name] if name in asked else (told[name][0],) for name in key]
    others = [(at, tie.key) for at, tie in enumerate(ties) if at not in parts]
    fitting = sources.fitting_of(rule, position, key[0] if is_plain(parts, others) else "")
    return ByKey(sources.states_of(pattern.fact_type), fitting, rule.parameters, parts, others)


def _data(fact: Fact | None) -> Any:
    return None if fact is None else fact.data
