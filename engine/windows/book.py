"""The windows of a rule book: each event goes into those that it fits, leaves them in time, and what changes is told as states.

A fact counts at its own time, or, where that is ahead of the clock, at the clock's. Late facts take their place; those that are
too late change nothing, and a warning says so.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from datetime import datetime

from engine.calendars import NEVER
from engine.decisions import Fact, Warned
from engine.matching.index import ConstantIndex
from engine.matching.memory import Change
from engine.rulebook import CompiledRule, Key, RuleBook
from engine.windows.fading import Fading
from engine.windows.group import Entry, Group
from engine.windows.window import Window, window_of

Kept = tuple[datetime, Fact, datetime]
"""For a snapshot: when a fact counts, the fact, and what the clock said when it came."""

Counted = tuple[str, list[tuple[Key, int]]]
"""For a snapshot: of a rule, by name, how many facts each group of its window holds."""

_Due = tuple[datetime, int, str, Key]


class Windows:
    """What the windows of a book hold."""

    __slots__ = ("_awaited", "_by_type", "_count", "_due", "_fading", "_over", "_windows", "clock", "plainly")

    def __init__(self, book: RuleBook, *, plainly: bool = False) -> None:
        """Make the windows of *book*, all empty; *plainly* lets them compute everything of the facts, each time."""
        self.clock: datetime | None = None
        """The session's: up to here facts have left."""
        self.plainly = plainly
        self._by_type: dict[str, ConstantIndex[Window]] = {}
        self._windows: dict[int, Window] = {}
        self._count = 0
        self._due: list[_Due] = []
        self._awaited: list[_Due] = []
        self._over: list[Change] = []
        self._fading = Fading()
        for rule in book.rules:
            window = window_of(rule, self._fading, plainly=plainly)
            if window is not None:
                self._windows[rule.ordinal] = window
                index = self._by_type.setdefault(window.events.fact_type, ConstantIndex())
                index.add(window.events.constants, window, window.events.bounds)

    def __bool__(self) -> bool:
        return bool(self._windows)

    def reads(self, fact_type: str) -> bool:
        """Return whether some window counts events of that type."""
        return fact_type in self._by_type

    def take(self, fact: Fact, now: datetime) -> tuple[Sequence[Change], Sequence[Warned]]:
        """Take in event *fact*; return what has changed, and what is to be told of facts that do not count."""
        index = self._by_type.get(fact.type)
        if index is None:
            return (), ()
        changes: Sequence[Change] = ()
        warned: Sequence[Warned] = ()
        data = fact.data
        clock = self.clock
        if clock is None:
            clock = self.clock = fact.time
        time = min(clock, fact.time)  # the clock itself, where the fact is not late
        self._count += 1
        entry = (time, self._count, fact, clock)
        for window in index.find(data):
            values = window.values_of(data)
            if values is None or (window.events.local is not None and not window.admits(fact)):
                continue
            if (window.has_periods or time is not clock) and (refusal := window.refusal(entry)) is not None:
                warned = (*warned, refusal)
                continue
            key = window.key_of(values, time) if window.has_periods else values
            group, full = window.take(key, entry, clock)
            if full is not None:
                warned = (*warned, full)
            if window.fading is not None and group.state is None and not window.judge(group, now):
                continue  # as of most facts
            change = window.change(key, group, now)
            self._await(window, key, group)
            if change is not None:
                changes = (*changes, change)
        return changes, warned

    def arrive(self, clock: datetime) -> None:
        """Take in that the clock stands at *clock*, and everything up to there has been popped."""
        self.clock = clock
        self._fading.pass_to(clock)

    def next_due(self) -> datetime | None:
        """Return the next time at which time alone may change what is decided."""
        return self._first(self._awaited, told=True)

    def next_change(self, to: datetime) -> datetime | None:
        """Return the next time up to *to* at which time alone changes a window, whether or not what is decided can change."""
        if not self._due or self._due[0][0] > to:  # as for most facts
            return None
        due = self._first(self._due)
        return None if due is None or due > to else due

    def pop_due(self, to: datetime) -> tuple[datetime, list[Change]] | None:
        """Let change what changes next by time alone, at *to* or before; return when that is, and what has changed."""
        due = self.next_change(to)
        if due is None:
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
            change = window.fall_due(key, group, due)
            if key in window.groups:
                self._await(window, key, group)
            if change is not None:
                changes.append(change)
                if change.new is not None and window.of.at_end:
                    self._over.append(Change(change.type, key, change.new, None))
        return due, changes

    def pop_over(self) -> list[Change]:
        """Return what is over once everything has fired that follows from it: what shifts and days came to at their end."""
        over, self._over = self._over, []
        return over

    def saved(self) -> list[Kept]:
        """Return what a snapshot needs: every fact that is in some window, once, in order."""
        entries: dict[tuple[datetime, int], Entry] = {}
        for window in self._windows.values():
            for group in window.groups.values():
                if self.clock is not None:
                    window.forget(group, self.clock)
                entries.update((entry[:2], entry) for entry in group.all_entries())
        return [(time, fact, came) for _, (time, _, fact, came) in sorted(entries.items())]

    def counted(self) -> list[Counted]:
        """Return what `saved` has in each group, rule by rule: what a changed rule then lacks can be told."""
        found = []
        for window in self._windows.values():
            groups = [(key, len(group) + len(group.waiting)) for key, group in window.groups.items()]
            found.append((window.rule.name, [one for one in groups if one[1]]))
        return [one for one in found if one[1]]

    def load(self, saved: Iterable[Kept], clock: datetime) -> list[Change]:
        """Fill the empty windows with *saved* facts as they are at *clock*; return what is there then."""
        self.clock = clock
        for time, fact, came in saved:
            self._count += 1
            entry: Entry = (time, self._count, fact, came)
            index = self._by_type.get(fact.type)
            for window in () if index is None else index.find(fact.data):
                values = window.values_of(fact.data)
                if values is None or not window.admits(fact):
                    continue
                if window.refusal(entry) is None and not window.is_over(entry, clock):
                    window.take(window.key_of(values, time), entry, clock)
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
        values = window.values_of(fact.data)
        if values is None:
            return None
        time = fact.time if self.clock is None else min(fact.time, self.clock)
        if window.refusal((time, 0, fact, time)) is not None:
            return None  # outside every shift
        key = window.key_of(values, time)
        group = window.groups.get(key)
        if group is not None:
            window.forget(group, self.clock or fact.time)
        return window.state(key, group, fact.time, anyway=True) if group is not None and len(group) else None

    def not_counted(self, rule: CompiledRule, fact: Fact) -> str:
        """Return why *fact*, if it came now, would not count in *rule*'s window, or ""."""
        clock = fact.time if self.clock is None else self.clock
        refusal = self._windows[rule.ordinal].refusal((min(fact.time, clock), 0, fact, clock))
        return "" if refusal is None else refusal.message

    def _await(self, window: Window, key: Key, group: Group) -> None:
        due, told = window.dues(group)
        if group.due == due and group.told == told:
            return
        ordinal, text = window.rule.ordinal, repr(key)
        if group.due != due:
            group.due = due
            if due < NEVER:
                heapq.heappush(self._due, (due, ordinal, text, key))
        if group.told != told:
            group.told = told
            if told < NEVER:
                heapq.heappush(self._awaited, (told, ordinal, text, key))

    def _first(self, due: list[_Due], *, told: bool = False) -> datetime | None:
        while due:
            at, ordinal, _, key = due[0]
            group = self._windows[ordinal].groups.get(key)
            if group is not None and at == (group.told if told else group.due):
                return at
            heapq.heappop(due)
        return None

    def _popped(self, due: datetime) -> Iterable[tuple[int, str, Key]]:
        while self._due and self._due[0][0] == due:
            yield heapq.heappop(self._due)[1:]


def windows_of(book: RuleBook, *, plainly: bool = False) -> Windows | None:
    """Return the windows of *book*; None where it has none."""
    return Windows(book, plainly=plainly) or None
