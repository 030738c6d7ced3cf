"""Since when the conditions of patterns with `for` have held, fact by fact, and when they will have held long enough.

A pattern's own part is looked at: its constants and what else reads its own fact only. It has held since the time of the
first version of the fact for which it came true, without a version between for which it did not. Where its rule set allows for
lateness, that it has lasted is known so much later, or when a newer version of the fact comes: nothing older can change it then.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from engine.calendars import NEVER, Lapse
from engine.decisions import Fact, Warned, format_time
from engine.matching.index import ConstantIndex
from engine.rulebook import CompiledPattern, CompiledRule, Key, RuleBook

TOO_LATE = "too-late"

PatternKey = tuple[int, int]
"""A pattern: its rule's ordinal, and its position in it."""
StateKey = tuple[str, Key]

Since = tuple[str, int, StateKey, datetime, bool]
"""For a snapshot: rule, position, fact, since when, and whether it has been found to have lasted."""


class Lasting:
    """The conditions that hold and have to last, and the times at which they have lasted."""

    __slots__ = ("_by_type", "_due", "_ripe", "_ripening", "_rules", "_since", "waits")

    def __init__(self, book: RuleBook) -> None:
        self._by_type: dict[str, ConstantIndex[tuple[CompiledRule, CompiledPattern]]] = {}
        self._rules = {rule.ordinal: rule for rule in book.matched}
        self._since: dict[StateKey, dict[PatternKey, datetime]] = {}
        self._due: list[tuple[datetime, PatternKey, str, StateKey]] = []
        self._ripe: set[tuple[PatternKey, StateKey]] = set()
        self._ripening: dict[StateKey, list[PatternKey]] = {}
        self.waits = False
        """Whether some rule set allows for lateness in what lasts."""
        for rule in book.matched:
            for pattern in rule.patterns:
                if pattern.lasting is not None:
                    index = self._by_type.setdefault(pattern.fact_type, ConstantIndex())
                    index.add(pattern.constants, (rule, pattern), pattern.bounds)
                    self.waits = self.waits or rule.lateness is not None

    def __bool__(self) -> bool:
        return bool(self._by_type)

    def change(self, fact_type: str, key: Key, new: Fact | None, now: datetime) -> None:
        """Take in that the state called *key* is *new* from its time on, or is gone."""
        index = self._by_type.get(fact_type)
        if index is None:
            return
        state = (fact_type, key)
        before = self._since.pop(state, {})
        if new is None:
            self._drop(state, before)
            return
        held: dict[PatternKey, datetime] = {}
        for rule, pattern in index.find(new.data):
            if pattern.local is None or pattern.local(new.data, rule.parameters, now):
                which = (rule.ordinal, pattern.position)
                since = before.get(which)
                if since is None:
                    since = new.time
                    self._await(which, state, since)
                held[which] = since
        self._drop(state, before.keys() - held.keys())
        if held:
            self._since[state] = held

    def settle_before(self, fact_type: str, key: Key, time: datetime) -> bool:
        """Find what has lasted by *time*, when a newer version of the state is about to come; return whether something has."""
        state = (fact_type, key)
        found = False
        for which, since in self._since.get(state, {}).items():
            if (which, state) not in self._ripe and self._lasting(which).after(since) <= time:
                self._ripe.add((which, state))
                found = True
        return found

    def late(self, fact: Fact, key: Key, clock: datetime) -> Iterator[tuple[CompiledRule, CompiledPattern]]:
        """Yield the patterns for which *fact*, a new version of the state called *key*, begins or ends too late."""
        index = self._by_type.get(fact.type)
        if index is None:
            return
        held = self._since.get((fact.type, key), {})
        touched = dict.fromkeys(held)
        for rule, pattern in () if fact.op == "retract" else index.find(fact.data):
            if pattern.local is None or pattern.local(fact.data, rule.parameters, fact.time):
                touched[rule.ordinal, pattern.position] = None
        for ordinal, position in sorted(touched):
            rule = self._rules[ordinal]
            if rule.lateness is not None and fact.time < clock - rule.lateness:
                yield rule, rule.patterns[position]

    def is_ripe(self, rule: CompiledRule, position: int, key: Key) -> bool:
        """Return whether the pattern has been found to hold for the state called *key* for as long as it must.

        It is found by `pop_due`, in the order of time: what a late fact says may be taken back by the next.
        """
        return ((rule.ordinal, position), (rule.patterns[position].fact_type, key)) in self._ripe

    def next_due(self) -> datetime | None:
        """Return the next time at which a condition has lasted, if any is awaited."""
        while self._due and not self._is_awaited(*self._due[0]):
            heapq.heappop(self._due)
        return self._due[0][0] if self._due else None

    def pop_due(self, to: datetime) -> tuple[datetime, list[StateKey]] | None:
        """Return the next time up to *to* at which conditions have lasted, and the states they read, each once.

        Each has lasted once `ripen` is called for it: what matchers see of them comes one state after another.
        """
        due = self.next_due()
        if due is None or due > to:
            return None
        self._ripening = {}
        while self._due and self._due[0][0] == due:
            entry = heapq.heappop(self._due)
            if self._is_awaited(*entry):
                self._ripening.setdefault(entry[3], []).append(entry[1])
        return due, list(self._ripening)

    def ripen(self, state: StateKey) -> None:
        """Let the conditions on *state* have lasted that `pop_due` found."""
        self._ripe.update((which, state) for which in self._ripening.pop(state))

    def saved(self) -> Iterator[Since]:
        """Yield what a snapshot needs: since when each condition has held."""
        for state, held in self._since.items():
            for (ordinal, position), since in held.items():
                which = (ordinal, position)
                yield self._rules[ordinal].name, position, state, since, (which, state) in self._ripe

    def load(self, saved: Iterable[Since], clock: datetime) -> list[StateKey]:
        """Let conditions have held since the saved times, as far as they hold now; return the states that some lasted for."""
        ordinals = {rule.name: rule.ordinal for rule in self._rules.values()}
        lasted: dict[StateKey, None] = {}
        for name, position, state, since, is_ripe in saved:
            which = (ordinals.get(name, -1), position)
            held = self._since.get(state)
            if held is None or which not in held:
                continue
            held[which] = min(since, held[which])
            if is_ripe and self._lasting(which).after(held[which]) <= clock:
                self._ripe.add((which, state))
                lasted[state] = None
            else:
                self._await(which, state, held[which])
        return list(lasted)

    def _drop(self, state: StateKey, held: Iterable[PatternKey]) -> None:
        for which in held:
            self._ripe.discard((which, state))

    def _await(self, which: PatternKey, state: StateKey, since: datetime) -> None:
        due = self._over(which, since)
        if due < NEVER:
            heapq.heappush(self._due, (due, which, repr(state), state))

    def _over(self, which: PatternKey, since: datetime) -> datetime:
        """Return when it is known that the pattern has held for as long as it must, if it has *since*."""
        late = self._rules[which[0]].lateness
        over = self._lasting(which).after(since)
        return over if late is None else min(over, NEVER - late) + late

    def _lasting(self, which: PatternKey) -> Lapse:
        lasting = self._rules[which[0]].patterns[which[1]].lasting
        assert lasting is not None  # noqa: S101 - only such patterns are kept
        return lasting

    def _is_awaited(self, due: datetime, which: PatternKey, _: Any, state: StateKey) -> bool:
        since = None if (which, state) in self._ripe else self._since.get(state, {}).get(which)
        return since is not None and self._over(which, since) == due


def late_warnings(lasting: Lasting, fact: Fact, key: Key, clock: datetime) -> Iterator[Warned]:
    """Yield what is to be told of *fact*, the newest of its state: that it came later than rule sets allow for in what lasts."""
    for rule, pattern in lasting.late(fact, key, clock):
        source = rule.source.patterns[pattern.position]
        message = (
            f"{fact.type} of {format_time(fact.time)} came later than is allowed for, when it was {format_time(clock)}: "
            "it is the newest and counts, and what was decided without it stands"
        )
        yield Warned(rule.source.name, str(source.span), source.alias, TOO_LATE, message)
