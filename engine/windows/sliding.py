"""The windows of a rule book: each event goes into those that it fits, leaves them in time, and what changes is told as states.

A fact counts at its own time, or, where that is ahead of the clock, at the clock's. At a time t a window holds what counts in
(t - within, t]. Late facts take their place; those that are too late change nothing, and a warning says so.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from engine.calendars import NEVER
from engine.decisions import Fact, Warned, format_time
from engine.matching.index import ConstantIndex
from engine.matching.memory import Change
from engine.rulebook import CompiledPattern, CompiledRule, CompiledWindow, Data, Key, RuleBook, plain_key
from engine.windows.group import MOST_FACTS, Entry, Group

TOO_LATE = "too-late"
WINDOW_FULL = "window-full"

Kept = tuple[datetime, Fact]
"""For a snapshot: when a fact counts, and the fact."""


class _Window:
    """One window of one rule, with its groups."""

    __slots__ = ("_plainly", "events", "groups", "of", "pattern", "rule")

    def __init__(
        self, rule: CompiledRule, pattern: CompiledPattern, of: CompiledWindow, *, plainly: bool
    ) -> None:
        self.rule = rule
        self.pattern = pattern
        self.of = of
        self.events = of.events
        self.groups: dict[Key, Group] = {}
        self._plainly = plainly or of.quick is None

    def key_of(self, data: Data) -> Key | None:
        """Return the key of the group that a fact belongs to; None where it lacks a field of it."""
        key = tuple([_key_part(data.get(name)) for name in self.of.per])
        return None if None in key else key

    def admits(self, fact: Fact) -> bool:
        """Return whether *fact*, which carries the constants, goes in."""
        local = self.events.local
        return local is None or local(fact.data, self.rule.parameters, fact.time)

    def put(self, key: Key, entry: Entry) -> tuple[Group, bool]:
        """Take a fact in; return its group, and whether there were too many."""
        group = self.groups.get(key)
        if group is None:
            group = self.groups[key] = Group(() if self._plainly else self.of.running)
        group.put(entry)
        full = len(group) > MOST_FACTS
        if full:
            group.drop()
        return group, full

    def change(self, key: Key, group: Group, now: datetime) -> Change | None:
        """Return what has changed, now that facts came into *group* or left it."""
        old, new = group.state, None
        if len(group):
            new = self.state(group, now, anyway=self.of.stays)
        else:
            del self.groups[key]
        if old is None and new is None:
            return None
        group.state = new
        return Change(self.pattern.fact_type, key, old, new)

    def state(self, group: Group, now: datetime, *, anyway: bool) -> Fact | None:
        """Return the state that tells of *group*: where `having` is true of it, or *anyway*."""
        of = self.of
        facts = group.facts()
        last = facts.last
        data = {"per": {name: last.data.get(name) for name in of.per}, "facts": facts}
        if self._plainly or of.quick is None:
            holds = of.having(data, self.rule.parameters, now)
        else:
            holds = of.quick({**data, "running": group.running}, self.rule.parameters, now)
        if not holds and not anyway:
            return None
        data["holds"] = holds
        return Fact(last.source, last.id, self.pattern.fact_type, last.time, data)

    def matters(self, group: Group) -> bool:
        """Return whether a fact that leaves *group* can change what is decided."""
        return group.state is not None or not self.of.wanes


class Windows:
    """What the windows of a book hold."""

    __slots__ = ("_awaited", "_by_type", "_count", "_due", "_windows", "clock")

    def __init__(self, book: RuleBook, *, plainly: bool = False) -> None:
        """Make the windows of *book*, all empty; *plainly* lets them compute everything of the facts, each time."""
        self.clock: datetime | None = None
        """The session's: up to here facts have left."""
        self._by_type: dict[str, ConstantIndex[_Window]] = {}
        self._windows: dict[int, _Window] = {}
        self._count = 0
        self._due: list[tuple[datetime, int, str, Key]] = []
        self._awaited: list[tuple[datetime, int, str, Key]] = []
        for rule in book.rules:
            pattern = None if rule.window is None else rule.patterns[rule.window]
            if pattern is not None and pattern.window is not None:
                window = _Window(rule, pattern, pattern.window, plainly=plainly)
                self._windows[rule.ordinal] = window
                index = self._by_type.setdefault(window.events.fact_type, ConstantIndex())
                index.add(window.events.constants, window, window.events.bounds)

    def __bool__(self) -> bool:
        return bool(self._windows)

    def take(self, fact: Fact, now: datetime) -> tuple[Sequence[Change], Sequence[Warned]]:
        """Take in event *fact*; return what has changed, and what is to be told of facts that do not count."""
        index = self._by_type.get(fact.type)
        if index is None:
            return (), ()
        changes: list[Change] = []
        warned: list[Warned] = []
        clock = self.clock
        if clock is None:
            clock = self.clock = fact.time
        time = min(fact.time, clock)
        self._count += 1
        for window in index.find(fact.data):
            key = window.key_of(fact.data)
            if key is None or not window.admits(fact):
                continue
            if time < clock and window.of.within.after(time) <= clock:
                warned.append(_too_late(window, fact))
                continue
            group, full = window.put(key, (time, self._count, fact))
            if full:
                warned.append(_full(window, fact))
            change = window.change(key, group, now)
            self._await(window, key, group)
            if change is not None:
                changes.append(change)
        return changes, warned

    def next_due(self) -> datetime | None:
        """Return the next time at which a fact leaves whose leaving may change what is decided."""
        return self._first(self._awaited, told=True)

    def pop_due(self, to: datetime) -> tuple[datetime, list[Change]] | None:
        """Let go what leaves next, if that is at *to* or before; return when that is, and what has changed."""
        due = self._first(self._due)
        if due is None or due > to:
            return None
        self.clock = due if self.clock is None else max(due, self.clock)
        found = dict.fromkeys(self._popped(due))
        while self._awaited and self._awaited[0][0] <= due:
            heapq.heappop(self._awaited)
        changes = []
        for ordinal, _, key in found:
            window = self._windows[ordinal]
            group = window.groups.get(key)
            if group is None or group.due != due:
                continue
            group.drop_until(due, window.of.within)
            change = window.change(key, group, due)
            if len(group):
                self._await(window, key, group)
            if change is not None:
                changes.append(change)
        return due, changes

    def saved(self) -> list[Kept]:
        """Return what a snapshot needs: every fact that is in some window, once, in order."""
        groups = (group for window in self._windows.values() for group in window.groups.values())
        entries = {entry[:2]: entry for group in groups for entry in group.entries()}
        return [(time, fact) for (time, _), (_, _, fact) in sorted(entries.items())]

    def load(self, saved: Iterable[Kept], clock: datetime) -> list[Change]:
        """Fill the empty windows with *saved* facts as they are at *clock*; return what is there then."""
        self.clock = clock
        for time, fact in saved:
            self._count += 1
            index = self._by_type.get(fact.type)
            for window in () if index is None else index.find(fact.data):
                key = window.key_of(fact.data)
                if key is not None and window.admits(fact) and window.of.within.after(time) > clock:
                    window.put(key, (time, self._count, fact))
        changes = []
        for window in self._windows.values():
            for key, group in window.groups.items():
                change = window.change(key, group, clock)
                self._await(window, key, group)
                if change is not None:
                    changes.append(change)
        return changes

    def state_of(self, rule: CompiledRule, fact: Fact) -> Fact | None:
        """Return the state of the group of *rule*'s window that *fact* belongs to, even if `having` is not true of it."""
        window = self._windows[rule.ordinal]
        key = window.key_of(fact.data)
        group = None if key is None else window.groups.get(key)
        return None if group is None else window.state(group, fact.time, anyway=True)

    def _await(self, window: _Window, key: Key, group: Group) -> None:
        due = group.leaves(window.of.within)
        if due == NEVER:
            return
        if group.due != due:
            group.due = due
            heapq.heappush(self._due, (due, window.rule.ordinal, repr(key), key))
        if group.told != due and window.matters(group):
            group.told = due
            heapq.heappush(self._awaited, (due, window.rule.ordinal, repr(key), key))

    def _first(self, due: list[tuple[datetime, int, str, Key]], *, told: bool = False) -> datetime | None:
        while due:
            at, ordinal, _, key = due[0]
            window = self._windows[ordinal]
            group = window.groups.get(key)
            if group is not None and group.due == at:
                if not told or window.matters(group):
                    return at
                group.told = None
            heapq.heappop(due)
        return None

    def _popped(self, due: datetime) -> Iterable[tuple[int, str, Key]]:
        while self._due and self._due[0][0] == due:
            yield heapq.heappop(self._due)[1:]


def windows_of(book: RuleBook, *, plainly: bool = False) -> Windows | None:
    """Return the windows of *book*; None where it has none."""
    return Windows(book, plainly=plainly) or None


def _key_part(value: Any) -> Any:
    """Return *value* as it stands in a group's key: equal numbers in one form."""
    plain = plain_key(value)
    return plain.normalize() if type(plain) is Decimal else plain


def _warned(window: _Window, code: str, message: str) -> Warned:
    source = window.rule.source.patterns[window.pattern.position]
    place = source.span if source.window is None else source.window.span
    return Warned(window.rule.name, str(place), source.alias, code, message)


def _too_late(window: _Window, fact: Fact) -> Warned:
    over = format_time(window.of.within.after(fact.time))
    message = f"{fact.type} of {format_time(fact.time)} is not counted: it left the window at {over}, before it came"
    return _warned(window, TOO_LATE, message)


def _full(window: _Window, fact: Fact) -> Warned:
    message = f"more than {MOST_FACTS:,} facts of {fact.type} in one window; the oldest is left out"
    return _warned(window, WINDOW_FULL, message)
