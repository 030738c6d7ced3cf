"""The groups whose facts leave unheard: nothing can come of it, so a group is looked at when the next fact comes into it, and
when all that it held have left.

Groups go in with the time from which they may be empty, and are let go once they are. It changes no state and decides nothing.
"""

from __future__ import annotations

import heapq
from collections import deque
from datetime import datetime
from typing import Protocol

from engine.rulebook import CompiledRule, Key
from engine.windows.group import Group


class Fades(Protocol):
    """A window whose facts may leave unheard."""

    rule: CompiledRule
    groups: dict[Key, Group]

    def empties(self, group: Group) -> datetime:
        """Return when all facts that are in *group* now will have left it."""


class Fading:
    """When to look at which group of which window, so that what has left is not kept."""

    __slots__ = ("_fronts", "_queues", "_windows")

    def __init__(self) -> None:
        self._windows: dict[int, Fades] = {}
        self._queues: dict[int, deque[tuple[datetime, Key, Group]]] = {}
        self._fronts: list[tuple[datetime, int]] = []
        """A heap: of each window, when its first group in the queue is to be looked at."""

    def put(self, window: Fades, key: Key, group: Group) -> None:
        """Let *group*, new in *window*, be looked at when it may be empty."""
        number = window.rule.ordinal
        queue = self._queues.get(number)
        if queue is None:
            queue = self._queues[number] = deque()
            self._windows[number] = window
        empties = window.empties(group)
        if not queue:
            heapq.heappush(self._fronts, (empties, number))
        queue.append((empties, key, group))

    def pass_to(self, clock: datetime) -> None:
        """Look at the groups that may be empty by *clock*, and let those go that are.

        A window's groups take turns: one that a late fact made, and that is empty before those in front of it, waits for them.
        """
        fronts = self._fronts
        while fronts and fronts[0][0] <= clock:
            _, number = heapq.heappop(fronts)
            queue, window = self._queues[number], self._windows[number]
            while queue and queue[0][0] <= clock:
                _, key, group = queue.popleft()
                if window.groups.get(key) is not group:
                    continue
                if len(group) and (empties := window.empties(group)) > clock:
                    queue.append((empties, key, group))
                else:
                    del window.groups[key]
            if queue:
                heapq.heappush(fronts, (queue[0][0], number))
