"""The native matcher: constants, joins and absences through hash indexes.

A fact touches the rules whose constants it carries, and a join the facts that agree with it, so the cost of a fact grows
neither with the number of rules nor with the number of live facts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec

from engine.decisions import Fact
from engine.matching.index import AlphaMemory, ConstantIndex, near
from engine.matching.keyed import MOST_KEPT, Fitting
from engine.matching.memory import Change, Match, MatchKey, Standing, WorkingMemory
from engine.matching.plan import Plan, Sources, make_plan, pair_of
from engine.rulebook import CompiledPattern, CompiledRule, Condition, Data, Key, RuleBook, arguments_of
from engine.shots import Shots

Keeper = Callable[[Fact | None, Fact | None, datetime], None]
"""Told of a state that has changed: what it was, what it is, and the time."""


class Entry(msgspec.Struct, gc=False):
    """An event rule as the index finds it; *plan* is None where the event alone decides.

    Rules that ask the same of the event stand in a row, and the index finds the first. *shared* numbers a condition that
    stands in several rows. *name* is the rule's, near in memory; *fire* is how it fires (see engine.shots), None where that needs
    more than the event.
    """

    local: Condition | None
    following: Entry | None
    parameters: Data
    pair: Any
    fire: Any
    name: str
    rule: CompiledRule
    plan: Plan | None
    reads: frozenset[str]
    shared: int | None = None


class Beside(msgspec.Struct, frozen=True, gc=False):
    """The only match of an event, with a state beside it: how it fires, and the state."""

    entry: Entry
    state: Fact


class NativeMatcher:
    """Indexed matching over a working memory; see Matcher for the contract."""

    def __init__(self, book: RuleBook, memory: WorkingMemory) -> None:
        self._memory = memory
        self._events: dict[str, ConstantIndex[Entry]] = {}
        self._alphas: dict[str, ConstantIndex[AlphaMemory]] = {}
        self._by_condition: dict[Any, AlphaMemory] = {}
        self._alone: dict[str, CompiledRule] = {}
        """By the type of a window's states, the rule that reads them and nothing else: they match as they come."""
        self._fittings: dict[str, dict[Any, Fitting]] = {}
        """By fact type and condition, what says whether a fact fits that is found by its key."""
        self.plans: dict[tuple[int, int], Plan] = {}
        self._sources = Sources(self._alpha, self._key_of, memory.states.__getitem__, self._fitting)
        self._fact_types = book.fact_types
        self._shots = Shots(book)
        rows: dict[tuple[str, str], dict[Any, Entry]] = {}
        for rule in book.matched:
            if rule.event is None:
                self._add_state_rule(rule)
            else:
                self._add_event_rule(rule, rule.event, rows)
        _share(rows.values())
        self._keepers = {name: _kept(found.values()) for name, found in self._fittings.items()}
        for same in rows.values():
            for first in same.values():
                entry: Entry | None = first
                while entry is not None:
                    # all at once: what is made in between would stand between them
                    entry.name = near(entry.name)
                    if entry.pair is not None:
                        entry.pair.settle()
                    entry = entry.following

    def on_event(self, fact: Fact, now: datetime, touching: str | None = None) -> list[Match]:
        """Return the matches of event *fact*; see Matcher."""
        index = self._events.get(fact.type)
        if index is None:
            return []
        return self._matches(index.find(fact.data), fact, now, touching)

    def indexes(self, fact_type: str) -> bool:
        """Return whether it takes a change to tell the matcher of states of that type; else `keepers` are told."""
        return fact_type in self._alphas or fact_type in self._alone

    def keepers(self, fact_type: str) -> tuple[Keeper, ...]:
        """Return what is to be called when a state of that type changes."""
        return self._keepers.get(fact_type, ())

    def aim(self, fact_type: str) -> Callable[[Fact, datetime], Entry | Beside | Sequence[Match]]:
        """Return what gives the matches of an event of that type; in place of a single one that needs no agenda, how it fires."""
        index = self._events.get(fact_type)
        if index is None:
            return lambda _fact, _now: ()
        index.close()
        look, matches = index.look, self._matches

        def aim(fact: Fact, now: datetime) -> Entry | Beside | Sequence[Match]:
            data = fact.data
            entry = look(data)
            if entry.__class__ is not Entry:
                return matches(entry, fact, now) if entry else ()
            if entry.fire is None or entry.following is not None:
                return matches((entry,), fact, now)
            local = entry.local
            if local is not None and not local(data, entry.parameters, now):
                return ()
            pair = entry.pair
            if pair is None:
                return entry
            if pair.one is not None:
                state = pair.one(fact, now)
                return () if state is None else Beside(entry, state)
            states = pair.states(fact, now)
            if not states:
                return ()
            return Beside(entry, states[0]) if len(states) == 1 else pair.match(fact, now)

        return aim

    def _matches(
        self, entries: Iterable[Entry], fact: Fact, now: datetime, touching: str | None = None
    ) -> list[Match]:
        data = fact.data
        found: list[Match] = []
        told: dict[int, bool] | None = None
        entry: Entry | None
        for entry in entries:
            if entry.local is not None:
                if entry.shared is None:
                    if not entry.local(data, entry.parameters, now):
                        continue
                else:
                    if told is None:
                        told = {}
                    holds = told.get(entry.shared)
                    if holds is None:
                        holds = told[entry.shared] = entry.local(data, entry.parameters, now)
                    if not holds:
                        continue
            while entry is not None:
                if touching is not None and touching not in entry.reads:
                    pass
                elif entry.pair is not None:
                    found += entry.pair.match(fact, now)
                elif entry.plan is not None:
                    found.extend(_matched(entry.rule, entry.plan.matches(fact, now), now))
                elif entry.rule.table is None:
                    found.append(Match(entry.rule, (fact,)))
                elif rows := entry.rule.table.answer(data, entry.parameters, now):
                    found.append(Match(entry.rule, (fact,), rows))
                entry = entry.following
        return found

    def apply(self, change: Change, standing: Standing, now: datetime) -> tuple[list[Match], list[MatchKey]]:
        """Take in *change*; see Matcher."""
        for keep in self._keepers.get(change.type, ()):
            keep(change.old, change.new, now)
        alone = self._alone.get(change.type)
        if alone is not None:
            if change.new is not None and change.new.data["holds"]:
                return [Match(alone, (change.new,))], []
            return [], list(standing.with_fact((change.type, change.key)))
        index = self._alphas.get(change.type)
        if index is None:
            return [], []
        left = self._remove(index, change, now)
        entered = self._add(index, change, now)
        true: dict[MatchKey, Match] = {}
        blocked: list[MatchKey] = []
        for alpha in left:
            for rule, position in alpha.users:
                if not rule.patterns[position].negated or change.old is None:
                    continue
                if not self.plans[rule.ordinal, position].is_blocked_beside(change.old, 0, now):
                    self._collect(true, rule, position, change.old, now)
        for alpha in entered:
            for rule, position in alpha.users:
                assert change.new is not None  # noqa: S101 - only a new fact enters
                if not rule.patterns[position].negated:
                    self._collect(true, rule, position, change.new, now)
                    continue
                plan = self.plans[rule.ordinal, position]
                if plan.is_blocked_beside(change.new, 1, now):
                    continue  # what it blocks did not stand before it
                for bound in plan.tuples(change.new, now):
                    bound[position] = None
                    blocked += standing.of(rule, self._memory.fact_keys(bound))
        touched = dict.fromkeys([*standing.with_fact((change.type, change.key)), *blocked])
        return list(true.values()), [key for key in touched if key not in true]

    def holds(self, match: Match, now: datetime) -> bool:
        """Return whether *match* still holds; see Matcher."""
        rule = match.rule
        for position, fact in enumerate(match.facts):
            if fact is not None and position != rule.event and not self._memory.is_current(fact):
                return False
        if len(rule.positive) == len(rule.patterns):
            return True
        start = rule.positive[0] if rule.event is None else rule.event
        return self.plans[rule.ordinal, start].is_clear(list(match.facts), now)

    def finds_by_range(self, rule: CompiledRule, pattern: CompiledPattern) -> bool:
        """Return whether *pattern* of *rule* is found by the ranges it asks for, not only by its constants."""
        index: ConstantIndex[Any] | None
        index = (self._events if pattern.position == rule.event else self._alphas).get(pattern.fact_type)
        if index is None or pattern.bounds is None:
            return False
        return index.is_ranged(pattern.constants, pattern.bounds)

    def _add_event_rule(
        self, rule: CompiledRule, position: int, rows: dict[tuple[str, str], dict[Any, Entry]]
    ) -> None:
        """Add *rule*; *rows* are the first entries of each row so far, by fact type and condition, then by constants."""
        pattern = rule.patterns[position]
        needs_plan = len(rule.patterns) > 1 or pattern.residual is not None
        plan = self._plan(rule, position) if needs_plan else None
        pair = None if plan is None else pair_of(plan)
        entry = Entry(
            pattern.local,
            None,
            rule.parameters,
            pair,
            self._shots.of(rule) if plan is None or pair is not None else None,
            rule.name,
            rule,
            plan,
            frozenset([p.fact_type for p in rule.patterns if p.position != rule.event]),
        )
        same = rows.setdefault((pattern.fact_type, pattern.local_text), {})
        first = same.setdefault(pattern.constants, entry)
        if first is not entry:
            entry.following, first.following = first.following, entry
            return
        index = self._events.setdefault(pattern.fact_type, ConstantIndex())
        index.add(pattern.constants, entry, pattern.bounds)

    def _add_state_rule(self, rule: CompiledRule) -> None:
        if len(rule.patterns) == 1 and rule.patterns[0].window is not None and rule.table is None:
            self._alone[rule.patterns[0].fact_type] = rule
        for pattern in rule.patterns:
            self._alpha(rule, pattern.position).users.append((rule, pattern.position))
            self._plan(rule, pattern.position)

    def _plan(self, rule: CompiledRule, start: int) -> Plan:
        plan = self.plans[rule.ordinal, start] = make_plan(rule, start, self._sources)
        return plan

    def _fitting(self, rule: CompiledRule, position: int, field: str) -> Fitting:
        """Return what says whether facts fit the pattern, one for all that say the same; without a *field*, none is kept."""
        pattern = rule.patterns[position]
        made = Fitting(pattern, rule.parameters, field)
        if not field or not (pattern.constants or pattern.local is not None):
            return made
        same = self._fittings.setdefault(pattern.fact_type, {})
        return same.setdefault((pattern.constants, pattern.local_text), made)

    def _key_of(self, fact_type: str) -> tuple[str, ...]:
        declared = self._fact_types.get(fact_type)
        return () if declared is None else declared.key  # that of a window's groups is read by no rule

    def _alpha(self, rule: CompiledRule, position: int) -> AlphaMemory:
        pattern = rule.patterns[position]
        lasts = None if pattern.lasting is None else (pattern.lasting, rule.lateness)
        signature = (pattern.fact_type, pattern.constants, pattern.local_text, lasts)
        alpha = self._by_condition.get(signature)
        if alpha is None:
            alpha = self._by_condition[signature] = AlphaMemory(pattern, rule.parameters)
            if pattern.lasting is not None:
                alpha.lasts = (rule, position)
            index = self._alphas.setdefault(pattern.fact_type, ConstantIndex())
            index.add(pattern.constants, alpha, pattern.bounds)
        return alpha

    def _remove(self, index: ConstantIndex[AlphaMemory], change: Change, now: datetime) -> list[AlphaMemory]:
        old = change.old
        if old is None:
            return []
        left = [alpha for alpha in index.find(old.data) if alpha.facts.get(change.key) is old]
        for alpha in left:
            alpha.remove(change.key, now)
        return left

    def _add(self, index: ConstantIndex[AlphaMemory], change: Change, now: datetime) -> list[AlphaMemory]:
        new = change.new
        if new is None:
            return []
        entered = [
            alpha
            for alpha in index.find(new.data)
            if alpha.accepts(new, now) and (alpha.lasts is None or self._has_lasted(alpha, change.key))
        ]
        for alpha in entered:
            alpha.add(change.key, new, now)
        return entered

    def _has_lasted(self, alpha: AlphaMemory, key: Key) -> bool:
        assert alpha.lasts is not None  # noqa: S101 - the caller looked
        return self._memory.lasting.is_ripe(*alpha.lasts, key)

    def _collect(
        self, true: dict[MatchKey, Match], rule: CompiledRule, position: int, fact: Fact, now: datetime
    ) -> None:
        for match in _matched(rule, self.plans[rule.ordinal, position].matches(fact, now), now):
            true.setdefault(self._memory.match_key(match), match)


def _kept(fittings: Collection[Fitting]) -> tuple[Keeper, ...]:
    """Let those facts be kept that fit, if few patterns ask for them; return what is to be called with every change."""
    if len(fittings) > MOST_KEPT:
        return ()
    for fitting in fittings:
        fitting.is_kept = True
    return tuple(fitting.change for fitting in fittings)


def _share(rows: Iterable[dict[Any, Entry]]) -> None:
    """Number the conditions of *rows* that one fact can find several of: they stand under constants of different fields."""
    for number, same in enumerate(rows):
        if len({tuple(name for name, _ in constants) for constants in same}) > 1:
            for entry in same.values():
                entry.shared = number


def _matched(rule: CompiledRule, found: Iterable[tuple[Fact | None, ...]], now: datetime) -> Iterator[Match]:
    """Yield the match of each of the *found* facts; of a decision table, where it has an answer for them."""
    for facts in found:
        if rule.table is None:
            yield Match(rule, facts)
        elif rows := rule.table.answer(*arguments_of(rule, facts, now)):
            yield Match(rule, facts, rows)
