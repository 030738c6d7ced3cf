"""The durable matcher: durable-rules finds the facts that go together, and everything else is decided here.

Conditions, negation, time and tables are on this side; which facts pair is asked of the extension, and remembered pair by
pair as long as both facts live. It shares no index and no plan with the native matcher.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from engine.decisions import Fact
from engine.diagnostics import RulesRejected
from engine.matching.durable.network import ASKED, CELLS, Found, Name, Network
from engine.matching.durable.shapes import Cell, cells_of, unsupported
from engine.matching.durable.walks import Walk, make_walk
from engine.matching.memory import Change, Match, MatchKey, Standing, WorkingMemory
from engine.rulebook import CompiledPattern, CompiledRule, RuleBook, Value, arguments_of

Place = tuple[int, int]
"""A pattern: its rule's ordinal and its position in it."""


class DurableMatcher:
    """Matching over a working memory with durable-rules; see Matcher for the contract.

    Raises RulesRejected for rules that `unsupported` names, and ExtensionMissing where durable-rules is not installed.
    """

    def __init__(self, book: RuleBook, memory: WorkingMemory) -> None:
        if faults := unsupported(book):
            raise RulesRejected(faults)
        self._memory = memory
        self._rules = {rule.ordinal: rule for rule in book.matched}
        self._patterns: dict[str, list[tuple[CompiledRule, CompiledPattern]]] = {}
        self._walks: dict[Place, Walk] = {}
        self._facts: dict[Name, Fact] = {}
        self._fits: dict[Name, frozenset[Place]] = {}
        self._near: dict[tuple[int, int, int], dict[Name, dict[Name, None]]] = {}
        """By rule, position and other position: for each fact, those that the extension paired it with there."""
        cells: list[Cell] = []
        for rule in book.matched:
            own = cells_of(rule)
            cells += own
            for pattern in rule.patterns:
                self._patterns.setdefault(pattern.fact_type, []).append((rule, pattern))
                if not pattern.negated:
                    self._walks[rule.ordinal, pattern.position] = make_walk(rule, pattern.position, own)
        groups = [cells[at : at + CELLS] for at in range(0, len(cells), CELLS)]
        self._networks = [(_Sides(group), Network([c.right is not None for c in group])) for group in groups]

    def on_event(self, fact: Fact, now: datetime, touching: str | None = None) -> list[Match]:
        """Return the matches of event *fact*; see Matcher."""
        rules = [
            rule
            for rule, _ in self._patterns.get(fact.type, ())
            if touching is None or any(p.fact_type == touching for p in rule.patterns)
        ]
        return self._ask(fact, rules, now) if rules else []

    def apply(self, change: Change, standing: Standing, now: datetime) -> tuple[list[Match], list[MatchKey]]:
        """Take in *change*; see Matcher."""
        if change.type not in self._patterns:
            return [], []
        name: Name = (change.type, change.key)
        beside = self._hampered(name)
        self._leave(name)
        if change.new is not None:
            self._enter(name, change.new, now)
            for place, names in self._hampered(name).items():
                beside.setdefault(place, {}).update(names)
        true: dict[MatchKey, Match] = {}
        for ordinal, position in sorted(self._fits.get(name, ())):
            if not self._rules[ordinal].patterns[position].negated:
                self._collect(true, ordinal, position, name, now)
        touched = dict.fromkeys(standing.with_fact(name))
        for (ordinal, position), names in beside.items():
            for other in names:
                self._collect(true, ordinal, position, other, now)
                touched |= {
                    key: None
                    for key in standing.with_fact(other)
                    if key[0] == ordinal and key[1][position] == other
                }
        return list(true.values()), [key for key in touched if key not in true]

    def holds(self, match: Match, now: datetime) -> bool:
        """Return whether *match* still holds; see Matcher."""
        rule = match.rule
        for position, fact in enumerate(match.facts):
            if fact is not None and position != rule.event and not self._memory.is_current(fact):
                return False
        if rule.event is None:
            start = rule.positive[0]
            first = self._memory.fact_keys(match.facts)[start]
            assert first is not None  # noqa: S101 - the pattern at *start* is no `none`
            found: Iterable[Match] = self._matches(rule, start, first, now)
        else:
            event = match.facts[rule.event]
            assert event is not None  # noqa: S101 - as above
            found = self._ask(event, [rule], now)
        return any(one.identity == match.identity for one in found)

    def _ask(self, event: Fact, rules: Iterable[CompiledRule], now: datetime) -> list[Match]:
        """Return the matches of *rules* with *event*, which the extension sees for this long only."""
        asked = {rule.ordinal for rule in rules}
        fits = self._fitting(ASKED, event, now, asked)
        self._facts[ASKED] = event
        self._fits[ASKED] = fits
        try:
            for sides, network in self._networks:
                if slots := sides.slots(event, fits, now):
                    self._link(sides, network.ask(slots))
            found: list[Match] = []
            for ordinal, position in sorted(fits):
                found += self._matches(self._rules[ordinal], position, ASKED, now)
            return found
        finally:
            del self._facts[ASKED], self._fits[ASKED]
            for ordinal, position in fits:
                for pattern in self._rules[ordinal].patterns:
                    self._near.get((ordinal, position, pattern.position), {}).pop(ASKED, None)

    def _enter(self, name: Name, fact: Fact, now: datetime) -> None:
        fits = self._fitting(name, fact, now)
        if not fits:
            return
        self._facts[name] = fact
        self._fits[name] = fits
        for sides, network in self._networks:
            if slots := sides.slots(fact, fits, now):
                self._link(sides, network.put(name, slots))

    def _leave(self, name: Name) -> None:
        if self._facts.pop(name, None) is None:
            return
        fits = self._fits.pop(name)
        for sides, network in self._networks:
            if sides.reads(fits):
                network.drop(name)
        for ordinal, position in fits:
            for other in range(len(self._rules[ordinal].patterns)):
                gone = self._near.get((ordinal, position, other), {}).pop(name, {})
                back = self._near.get((ordinal, other, position), {})
                for partner in gone:
                    if partner in back:
                        back[partner].pop(name, None)
                        if not back[partner]:
                            del back[partner]

    def _link(self, sides: _Sides, found: Iterable[Found]) -> None:
        """Remember who pairs with whom; of what is only asked about, only its own partners."""
        for number, left, right in found:
            cell = sides.cells[number]
            ordinal = cell.rule.ordinal
            other = cell.left if cell.right is None else cell.right
            for here, there, one, two in ((cell.left, other, left, right), (other, cell.left, right, left)):
                if two is not ASKED:
                    self._near.setdefault((ordinal, here, there), {}).setdefault(one, {})[two] = None
            if left is ASKED and right is ASKED:
                self._near.setdefault((ordinal, cell.left, other), {})[ASKED] = {ASKED: None}

    def _fitting(
        self, name: Name, fact: Fact, now: datetime, asked: set[int] | None = None
    ) -> frozenset[Place]:
        """Return the patterns that *fact* fits as far as it alone says: one derived boolean each."""
        return frozenset(
            (rule.ordinal, pattern.position)
            for rule, pattern in self._patterns.get(fact.type, ())
            if (asked is None or rule.ordinal in asked)
            and all(fact.data.get(field) in values for field, values in pattern.constants)
            and (pattern.local is None or pattern.local(fact.data, rule.parameters, now))
            and (pattern.lasting is None or self._memory.lasting.is_ripe(rule, pattern.position, name[1]))
        )

    def _hampered(self, name: Name) -> dict[Place, dict[Name, None]]:
        """Return, by pattern, the facts beside which *name* fits a `none` as far as equality says."""
        found: dict[Place, dict[Name, None]] = {}
        for ordinal, position in self._fits.get(name, ()):
            rule = self._rules[ordinal]
            if rule.event is None and rule.patterns[position].negated:
                for other in rule.positive:
                    near = self._near.get((ordinal, position, other), {}).get(name)
                    if near:
                        found.setdefault((ordinal, other), {}).update(near)
        return found

    def _collect(
        self, true: dict[MatchKey, Match], ordinal: int, position: int, name: Name, now: datetime
    ) -> None:
        for match in self._matches(self._rules[ordinal], position, name, now):
            true.setdefault(self._memory.match_key(match), match)

    def _matches(self, rule: CompiledRule, start: int, name: Name, now: datetime) -> Iterator[Match]:
        """Yield each match of *rule* with the fact called *name* at *start*."""
        if (rule.ordinal, start) not in self._fits.get(name, ()):
            return
        walk = self._walks[rule.ordinal, start]
        for facts in walk.matches(name, self._facts, self._near, now):
            if rule.table is None:
                yield Match(rule, facts)
            elif rows := rule.table.answer_slowly(*arguments_of(rule, facts, now)):
                yield Match(rule, facts, rows)


class _Sides:
    """The sides of one network's cells: who fits them, and under which value."""

    __slots__ = ("_by_place", "cells")

    def __init__(self, cells: list[Cell]) -> None:
        self.cells = cells
        self._by_place: dict[Place, list[tuple[int, CompiledRule, tuple[Value, ...]]]] = {}
        for number, cell in enumerate(cells):
            self._add(cell.rule, cell.left, 2 * number, cell.left_keys)
            if cell.right is not None:
                self._add(cell.rule, cell.right, 2 * number + 1, cell.right_keys)

    def _add(self, rule: CompiledRule, position: int, slot: int, keys: tuple[Value, ...]) -> None:
        self._by_place.setdefault((rule.ordinal, position), []).append((slot, rule, keys))

    def reads(self, fits: frozenset[Place]) -> bool:
        """Return whether a fact that fits the patterns *fits* is a token here."""
        return not fits.isdisjoint(self._by_place)

    def slots(self, fact: Fact, fits: frozenset[Place], now: datetime) -> dict[int, int]:
        """Return the token of *fact*: what it stands under is Python's hash of its values, which is equal where they are.

        Values that differ may share it: what pairs is compared again by the walk.
        """
        return {
            slot: hash(tuple([key(fact.data, rule.parameters, now) for key in keys]))
            for place in sorted(fits & self._by_place.keys())
            for slot, rule, keys in self._by_place[place]
        }
