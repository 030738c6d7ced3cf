"""The events of one group of a window, in order of time, and the numbers that are kept of them as they come and go.

What costs more in a larger group is done only where it is asked for: the list of the facts, and a fact that comes late into the
midst of the others.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from engine.calendars import NEVER, Lapse
from engine.decisions import Fact
from engine.rulebook import Running
from engine.spc.incremental import (
    Aggregate,
    Count,
    Distinct,
    Extreme,
    Matching,
    Mean,
    Median,
    Share,
    Spread,
    Sum,
    Tail,
)
from engine.spc.rules import REACH
from engine.spc.runs import LongestRun, RunAtEnd, Trend
from engine.windows.judged import Judged

Entry = tuple[datetime, int, Fact]
"""When a fact counts, its place among those that came, and the fact."""

MOST_FACTS = 100_000
"""Facts in one group of a window; of more, the oldest are left out, and the outcome says so."""

AGGREGATES: dict[str, Callable[[], Aggregate]] = {
    "count": Count,
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
    def values(self) -> list[dict[str, Any]]:
        """Return the data of the facts, in order of time."""
        if self._values is None:
            self._values = [fact.data for _, _, fact in self._entries[self._start : self._end]]
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
            return [fact for _, _, fact in self._entries[start:end]]
        shown = (*self._entries[start : start + most], *self._entries[end - most : end])
        return [fact for _, _, fact in shown]


class Group:
    """The facts of one group."""

    __slots__ = ("_entries", "_first", "_leaves", "_start", "_wanted", "due", "running", "state", "told")

    def __init__(self, wanted: Sequence[Running]) -> None:
        self._entries: list[Entry] = []
        self._start = 0
        self._wanted = wanted
        self._first: Entry | None = None
        self._leaves = NEVER
        self.running: tuple[Aggregate, ...] = ()
        """The numbers that are kept, in the order they were asked for."""
        self.state: Fact | None = None
        """The state that tells of the group, while there is one."""
        self.due: datetime | None = None
        """When the next fact leaves, as far as it is awaited; and so *told*, where that may change what is decided."""
        self.told: datetime | None = None
        self._count_anew()

    def __len__(self) -> int:
        return len(self._entries) - self._start

    def leaves(self, within: Lapse) -> datetime:
        """Return when the first fact leaves, if each counts for *within*."""
        entry = self._entries[self._start]
        if entry is not self._first:
            self._first, self._leaves = entry, within.after(entry[0])
        return self._leaves

    def facts(self) -> Stretch:
        """Return the facts as they are now."""
        return Stretch(self._entries, self._start, len(self._entries))

    def entries(self) -> list[Entry]:
        """Return the facts with when they count, in order."""
        return self._entries[self._start :]

    def put(self, entry: Entry) -> None:
        """Take a fact in at its place."""
        entries = self._entries
        if len(entries) == self._start or entries[-1] < entry:
            entries.append(entry)  # a stretch made before ends before it
            for wanted, aggregate in zip(self._wanted, self.running, strict=True):
                aggregate.add(_value(wanted, entry))
            return
        at = bisect_left(entries, entry, self._start)
        self._entries = [*entries[self._start : at], entry, *entries[at:]]
        self._start = 0
        self._count_anew()

    def drop(self) -> None:
        """Let the oldest fact go."""
        entry = self._entries[self._start]
        self._start += 1
        for wanted, aggregate in zip(self._wanted, self.running, strict=True):
            aggregate.remove(_value(wanted, entry))
        if self._start * 2 >= len(self._entries):  # as many have gone as are left: those are kept apart
            self._entries = self._entries[self._start :]
            self._start = 0

    def drop_until(self, time: datetime, within: Lapse) -> None:
        """Let the facts go that leave at *time* or before it."""
        while len(self) and self.leaves(within) <= time:
            self.drop()

    def _count_anew(self) -> None:
        """Make the numbers of all facts: they are kept for values that come in order only."""
        self.running = tuple(_aggregate(wanted) for wanted in self._wanted)
        for entry in self.entries() if self.running else ():
            for wanted, aggregate in zip(self._wanted, self.running, strict=True):
                aggregate.add(_value(wanted, entry))


def _aggregate(wanted: Running) -> Aggregate:
    made = AGGREGATES[wanted.name]()
    return made if wanted.says is None else Judged(wanted.says, made)


def _value(wanted: Running, entry: Entry) -> Any:
    if wanted.says is not None:
        return entry[2]
    return None if wanted.field is None else entry[2].data.get(wanted.field)
