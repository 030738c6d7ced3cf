"""What falls due at which time, one time for each key: set, set anew, or dropped; taken in the order of time.

A heap whose entries are checked against the times in force when they come up, so that dropping one costs nothing. Once most
entries are in force no longer they are cleared out: what is set anew ten thousand times takes the room of one.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from datetime import datetime

SPARE = 64
"""So many entries more than twice what is due are kept before those no longer in force are cleared out."""

Key = tuple[str, str]
"""Of what something falls due (a case, a silence), and what it is."""


class Timers:
    """The times at which something is due, by key."""

    __slots__ = ("_heap", "times")

    def __init__(self, saved: Iterable[tuple[Key, datetime]] = ()) -> None:
        self.times: dict[Key, datetime] = {}
        """When each key is due; to be read."""
        self._heap: list[tuple[datetime, Key]] = []
        self.load(saved)

    def __bool__(self) -> bool:
        return bool(self.times)

    def load(self, saved: Iterable[tuple[Key, datetime]]) -> None:
        """Let what was *saved* be due, and nothing else."""
        self.times.clear()
        self.times.update(saved)
        self._heap = [(at, key) for key, at in self.times.items()]
        heapq.heapify(self._heap)

    def set(self, key: Key, at: datetime) -> None:
        """Let *key* be due *at*, and no longer when it was."""
        if self.times.get(key) != at:
            self.times[key] = at
            heapq.heappush(self._heap, (at, key))
            if len(self._heap) > 2 * len(self.times) + SPARE:
                self._heap = [(when, due) for due, when in self.times.items()]
                heapq.heapify(self._heap)

    def drop(self, key: Key) -> None:
        """Let *key* not be due any more."""
        self.times.pop(key, None)

    def at(self, key: Key) -> datetime | None:
        """Return when *key* is due, if it is."""
        return self.times.get(key)

    def next_due(self) -> datetime | None:
        """Return the next time at which something is due, if anything is."""
        while self._heap:
            at, key = self._heap[0]
            if self.times.get(key) == at:
                return at
            heapq.heappop(self._heap)
        return None

    def pop_due(self, at: datetime) -> list[Key]:
        """Return what is due by *at*, by time and key, and let it be due no more."""
        found = []
        while (due := self.next_due()) is not None and due <= at:
            _, key = heapq.heappop(self._heap)
            del self.times[key]
            found.append(key)
        return found

    def saved(self) -> list[tuple[Key, datetime]]:
        """Return what is due, by key, and when: for a snapshot."""
        return sorted(self.times.items())
