"""The events of one group of a window, in order of time, and the numbers that are kept of them as they come and go.

What costs more in a larger group is done only where it is asked for: the list of the facts. A fact that comes late into the
midst of the others is put in its place there and in each of the numbers, and no other is looked at; only where somebody may still
look at the facts as they were are the references to them copied.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from engine.calendars import NEVER, Lapse, ShiftPeriod
from engine.decisions import Fact
from engine.rulebook import Running
from engine.spc.incremental import (
    Aggregate,
    Distinct,
    Matching,
    Mean,
    Overall,
    Share,
    Spread,
    Sum,
)
from engine.spc.rules import REACH
from engine.spc.runs import LongestRun, RunAtEnd, Trend
from engine.spc.succession import Extreme, Median, Tail, Within
from engine.windows.judged import Judged

Entry = tuple[datetime, int, Fact, datetime]
"""When a fact counts, its place among those that came, the fact, and what the clock said when it came."""

MOST_FACTS = 100_000
"""Facts in one group of a window; of more, the oldest are left out, and the outcome says so."""

AGGREGATES: dict[str, Callable[[], Aggregate]] = {
    "sum": Sum,
    "mean": Mean,
    "stddev": Spread,
    "median": Median,
    "min": partial(Extreme, -1),
    "max": partial(Extreme, 1),
    "trend": Trend,
    "tail": partial(Tail, REACH),
    "matching": Matching,
    "share": Share,
    "in a row": RunAtEnd,
    "longest run": LongestRun,
    "distinct": Distinct,
    "within": Within,
    "overall": Overall,
}
"""What is kept while facts come and go, by the names that the compiler gives it."""


class Stretch:
    """The facts of a group as they were at one time; made a list when somebody looks."""

    __slots__ = ("_end", "_entries", "_start", "_values")

    def __init__(self, entries: Sequence[Entry], start: int, end: int) -> None:
        self._entries = entries
        self._start = start
        self._end = end
        self._values: list[dict[str, Any]] | None = None

    def __len__(self) -> int:
        return self._end - self._start

    @property
    def count(self) -> int:
        """Return how many facts there are, as conditions ask for it."""
        return self._end - self._start

    @property
    def values(self) -> list[dict[str, Any]]:
        """Return the data of the facts, in order of time."""
        if self._values is None:
            self._values = [entry[2].data for entry in self._entries[self._start : self._end]]
        return self._values

    def at(self, position: int) -> dict[str, Any] | None:
        """Return the data of the fact at *position*, from 1 on or, below zero, from the end; None where there is none."""
        at = self._start + position - 1 if position > 0 else self._end + position
        return self._entries[at][2].data if self._start <= at < self._end else None

    @property
    def last(self) -> Fact:
        """Return the fact that is last in time."""
        return self._entries[self._end - 1][2]

    def ends(self, most: int) -> list[Fact]:
        """Return the first and the last facts, *most* of each; all where there are no more."""
        start, end = self._start, self._end
        if end - start <= 2 * most:
            return [entry[2] for entry in self._entries[start:end]]
        shown = (*self._entries[start : start + most], *self._entries[end - most : end])
        return [entry[2] for entry in shown]


class Group:
    """The facts of one group."""

    __slots__ = (
        "_entries",
        "_first",
        "_is_shown",
        "_kept",
        "_leaves",
        "_start",
        "due",
        "period",
        "running",
        "shown",
        "state",
        "told",
        "waiting",
    )

    def __init__(self, wanted: Sequence[Running]) -> None:
        self._entries: list[Entry] = []
        self._start = 0
        self._is_shown = False
        """Whether there may be a stretch of the entries in this list."""
        self._first: Entry | None = None
        self._leaves = NEVER
        self._kept = tuple([(one, _aggregate(one)) for one in wanted]) if wanted else ()
        self.running = tuple([aggregate for _, aggregate in self._kept]) if wanted else ()
        """The numbers that are kept, in the order they were asked for."""
        self.state: Fact | None = None
        """The state that tells of the group, while there is one."""
        self.due = NEVER
        """When the next fact goes in or leaves, or the period is over; and so *told*, where that may change what is decided."""
        self.told = NEVER
        self.period: ShiftPeriod | None = None
        """The shift or day that its facts are of, if they are counted so; and so *shown*, as rules read it."""
        self.shown: dict[str, Any] | None = None
        self.waiting: list[tuple[datetime, Entry]] = []
        """A heap of the facts that go in once no earlier one may come, each with when that is."""

    def __len__(self) -> int:
        return len(self._entries) - self._start

    @property
    def last_time(self) -> datetime:
        """Return when the newest fact counts."""
        return self._entries[-1][0]

    def leaves(self, within: Lapse) -> datetime:
        """Return when the first fact leaves, if each counts for *within*."""
        entry = self._entries[self._start]
        if entry is not self._first:
            self._first, self._leaves = entry, within.after(entry[0])
        return self._leaves

    def facts(self) -> Stretch:
        """Return the facts as they are now."""
        self._is_shown = True
        return Stretch(self._entries, self._start, len(self._entries))

    def entries(self) -> list[Entry]:
        """Return the facts with when they count, in order."""
        return self._entries[self._start :]

    def all_entries(self) -> list[Entry]:
        """Return the facts and those that wait."""
        return [*self.entries(), *(entry for _, entry in self.waiting)]

    def put(self, entry: Entry) -> None:
        """Take a fact in at its place."""
        entries = self._entries
        # what counts when it comes is the last of all; the times of others are looked at
        if entry[0] is entry[3] or len(entries) == self._start or entries[-1] < entry:
            entries.append(entry)  # a stretch made before ends before it
            for wanted, aggregate in self._kept:
                aggregate.add(_value(wanted, entry), entry)
            return
        if self._is_shown:
            entries = self._keep_copy()
        at = bisect_left(entries, entry, self._start)
        newer = len(entries) - at
        entries.insert(at, entry)
        for wanted, aggregate in self._kept:
            aggregate.insert(_value(wanted, entry), entry, newer)

    def wait(self, entry: Entry, until: datetime) -> None:
        """Let a fact go in when it is *until*."""
        heapq.heappush(self.waiting, (until, entry))

    def put_waiting(self, now: datetime) -> None:
        """Take in the facts that have waited until *now*."""
        while self.waiting and self.waiting[0][0] <= now:
            self.put(heapq.heappop(self.waiting)[1])

    def drop(self) -> None:
        """Let the oldest fact go."""
        entry = self._entries[self._start]
        self._start += 1
        for wanted, aggregate in self._kept:
            aggregate.remove(_value(wanted, entry))
        self._keep_apart()

    def drop_first(self) -> None:
        """Let the oldest fact go; of those that wait, where there is no other."""
        if len(self):
            self.drop()
        else:
            heapq.heappop(self.waiting)

    def drop_until(self, time: datetime, within: Lapse) -> None:
        """Let the facts go that leave at *time* or before it, if each counts for *within*."""
        while len(self) and self.leaves(within) <= time:
            self.drop()

    def drop_through(self, time: datetime) -> None:
        """Let the facts go that count at *time* or before it."""
        entries, at = self._entries, self._start
        end = len(entries)
        if at == end or entries[at][0] > time:  # as mostly
            return
        while at < end and entries[at][0] <= time:
            for wanted, aggregate in self._kept:
                aggregate.remove(_value(wanted, entries[at]))
            at += 1
        self._start = at
        self._keep_apart()

    def _keep_apart(self) -> None:
        """Keep what is left apart from what has gone, once that is as much."""
        if self._start * 2 >= len(self._entries):
            self._keep_copy()

    def _keep_copy(self) -> list[Entry]:
        """Keep the facts in a list of their own; return it."""
        self._entries = self._entries[self._start :]
        self._start = 0
        self._is_shown = False
        return self._entries


def _aggregate(wanted: Running) -> Aggregate:
    made = AGGREGATES[wanted.name]()
    return made if wanted.says is None else Judged(wanted.says, made)


def _value(wanted: Running, entry: Entry) -> Any:
    if wanted.says is not None:
        return entry[2]
    return None if wanted.field is None else entry[2].data.get(wanted.field)
