"""The native matcher: constants, joins and absences through hash indexes.

A fact touches the rules whose constants it carries, and a join the facts that agree with it, so the cost of a fact grows
neither with the number of rules nor with the number of live facts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime
from typing import Any

import msgspec

from engine.decisions import Decision, Fact
from engine.matching.index import AlphaMemory, ConstantIndex, near
from engine.matching.keyed import MOST_KEPT, Fitting, Keeper
from engine.matching.memory import Change, Match, MatchKey, Standing, WorkingMemory
from engine.matching.plan import Pair, Plan, Sources, make_plan, pair_of
from engine.rulebook import CompiledPattern, CompiledRule, Condition, Data, Key, RuleBook, arguments_of
from engine.shots import Fire, Shots, is_shot


class Asked(msgspec.Struct):
    """What an event is asked by itself; *shared* numbers it where one look-up can find several entries that ask the same."""

    local: Condition
    parameters: Data
    shared: int | None = None


class Terms(msgspec.Struct):
    """What there is to know of an event rule where it does not fire at once.

    *own* gives the decisions of an event that has been asked what *asked* says (see engine.shots), or None where it holds more
    than once; it is None itself where the rule has no such function. *join* says how the facts beside the event are found. Rules
    that ask the same of the event stand in a row, of which the index finds the first.
    """

    own: Fire | None
    asked: Asked | None
    following: Entry | None
    join: Pair | Plan | None
    rule: CompiledRule


class Entry(msgspec.Struct, gc=False):
    """An event rule as the index finds it: small, since those of a large book are read at random, far off in memory.

    *fire* gives the decisions of an event that finds this rule and no other, asking it as well, and reads *name*, the rule's. It
    is None where that takes a closer look: where others follow, or where several decisions come of it, which have to be settled.
    """

    fire: Fire | None
    name: str
    terms: Terms


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
        self._beside: dict[int, frozenset[str]] = {}
        """By the place of an event rule, the types of facts that it reads beside the event."""
        self.plans: dict[tuple[int, int], Plan] = {}
        self._sources = Sources(self._alpha, self._key_of, memory.states.__getitem__, self._fitting)
        self._fact_types = book.fact_types
        self._shots = Shots(book.digest)
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
                if first.terms.following is not None:
                    first.fire = None
                entry: Entry | None = first
                while entry is not None:
                    # all at once: what is made in between would stand between them
                    entry.name = near(entry.name)
                    entry = entry.terms.following

    def on_event(self, fact: Fact, now: datetime, touching: str | None = None) -> list[Match]:
        """Return the matches of event *fact*; see Matcher."""
        index = self._events.get(fact.type)
        if index is None:
            return []
        return self.matches(self.holding(index.find(fact.data), fact.data, now), fact, now, touching)

    def indexes(self, fact_type: str) -> bool:
        """Return whether it takes a change to tell the matcher of states of that type; else `keepers` are told."""
        return fact_type in self._alphas or fact_type in self._alone

    def keepers(self, fact_type: str) -> tuple[Keeper, ...]:
        """Return what is to be called when a state of that type changes."""
        return self._keepers.get(fact_type, ())

    def aim(self, fact_type: str) -> Callable[[Data], Any]:
        """Return what finds the rules that an event of that type can concern by its data: entries in a list, the only one as it
        is, or None where there is none.
        """
        index = self._events.get(fact_type)
        if index is None:
            return lambda _data: None
        index.close()
        return index.look

    def holding(self, entries: Iterable[Entry], data: Data, now: datetime) -> list[Entry]:
        """Return those of *entries*, and of what follows them, that an event with *data* fits by itself."""
        found: list[Entry] = []
        told: dict[int, bool] | None = None
        for entry in entries:
            asked = entry.terms.asked
            if asked is None:
                holds = True
            elif asked.shared is None:
                holds = asked.local(data, asked.parameters, now)
            else:
                told = {} if told is None else told
                holds = told.get(asked.shared)  # type: ignore[assignment]
                if holds is None:
                    holds = told[asked.shared] = asked.local(data, asked.parameters, now)
            if not holds:
                continue
            found.append(entry)
            following = entry.terms.following
            while following is not None:
                found.append(following)
                following = following.terms.following
        return found

    def matches(
        self, holding: Iterable[Entry], fact: Fact, now: datetime, touching: str | None = None
    ) -> list[Match]:
        """Return the matches of event *fact* with the rules of entries that are *holding*."""
        found: list[Match] = []
        for entry in holding:
            rule, join = entry.terms.rule, entry.terms.join
            if touching is not None and touching not in self._beside[rule.ordinal]:
                continue
            if isinstance(join, Pair):
                found += join.match(fact, now)
            elif join is not None:
                found.extend(_matched(rule, join.matches(fact, now), now))
            elif rule.table is None:
                found.append(Match(rule, (fact,)))
            elif rows := rule.table.answer(fact.data, rule.parameters, now):
                found.append(Match(rule, (fact,), rows))
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
        join: Pair | Plan | None = None
        if len(rule.patterns) > 1 or pattern.residual is not None:
            plan = self._plan(rule, position)
            join = pair_of(plan) or plan
        has_own = is_shot(rule) and not isinstance(join, Plan)
        own = self._first_own if has_own else None
        fire = self._first_fire if has_own and len(rule.actions) == 1 else None
        asked = None if pattern.local is None else Asked(pattern.local, rule.parameters)
        entry = Entry(fire, rule.name, Terms(own, asked, None, join, rule))
        self._beside[rule.ordinal] = frozenset([p.fact_type for p in rule.patterns if p.position != position])
        same = rows.setdefault((pattern.fact_type, pattern.local_text), {})
        first = same.setdefault(pattern.constants, entry)
        if first is not entry:
            entry.terms.following, first.terms.following = first.terms.following, entry
            return
        index = self._events.setdefault(pattern.fact_type, ConstantIndex())
        index.add(pattern.constants, entry, pattern.bounds)

    def _first_fire(self, entry: Entry, fact: Fact, now: datetime) -> tuple[Decision, ...] | None:
        """Fire the rule of *entry* for the first time: what it takes is made when it is needed, and once."""
        entry.fire = self._shot(entry.terms, asks=True)
        return entry.fire(entry, fact, now)

    def _first_own(self, entry: Entry, fact: Fact, now: datetime) -> tuple[Decision, ...] | None:
        """Fire the rule of *entry*, whose event has been asked, for the first time."""
        entry.terms.own = self._shot(entry.terms, asks=False)
        return entry.terms.own(entry, fact, now)

    def _shot(self, terms: Terms, *, asks: bool) -> Fire:
        beside = terms.join.beside() if isinstance(terms.join, Pair) else None
        return self._shots.of(terms.rule, beside, asks=asks)

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
    return tuple(fitting.keeper() for fitting in fittings)


def _share(rows: Iterable[dict[Any, Entry]]) -> None:
    """Number the conditions of *rows* that one fact can find several of: they stand under constants of different fields."""
    for number, same in enumerate(rows):
        if len({tuple(name for name, _ in constants) for constants in same}) > 1:
            for entry in same.values():
                if entry.terms.asked is not None:
                    entry.terms.asked.shared = number


def _matched(rule: CompiledRule, found: Iterable[tuple[Fact | None, ...]], now: datetime) -> Iterator[Match]:
    """Yield the match of each of the *found* facts; of a decision table, where it has an answer for them."""
    for facts in found:
        if rule.table is None:
            yield Match(rule, facts)
        elif rows := rule.table.answer(*arguments_of(rule, facts, now)):
            yield Match(rule, facts, rows)
