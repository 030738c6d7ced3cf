"""Runs in a window that slides: how many values in a row are true, at the end or anywhere, and how long they rise or fall.

Like the other aggregates, these take in the newest value, or a late one, and let the oldest go, at the same cost in a window of
any size.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from engine.spc.exact import Number, is_number
from engine.spc.ordered import Place


def in_a_row(verdicts: Iterable[bool]) -> int:
    """Return how many of the last *verdicts* are true, without one between that is not."""
    run = 0
    for verdict in verdicts:
        run = run + 1 if verdict else 0
    return run


def longest_run(verdicts: Iterable[bool]) -> int:
    """Return the most *verdicts* in a row that are true."""
    longest = run = 0
    for verdict in verdicts:
        run = run + 1 if verdict else 0
        longest = max(longest, run)
    return longest


class RunAtEnd:
    """How many of the last values are true, without one between that is not."""

    __slots__ = ("_count", "_run")

    def __init__(self) -> None:
        self._count = 0
        self._run = 0

    def add(self, value: object, _place: Place) -> None:
        """Take the newest value in."""
        self._count += 1
        self._run = self._run + 1 if value is True else 0

    def insert(self, value: object, _place: Place, newer: int) -> None:
        """Take in a value that comes late: in the run, or next to it, it makes that longer or cuts it."""
        self._count += 1
        if newer <= self._run:
            self._run = self._run + 1 if value is True else newer

    def remove(self, _value: object) -> None:
        """Let the oldest value go."""
        self._count -= 1
        self._run = min(self._run, self._count)

    @property
    def result(self) -> int:
        """Return the length of the run at the end."""
        return self._run


class LongestRun:
    """The most values in a row that are true."""

    __slots__ = ("_at_end", "_lengths", "_longest", "_true")

    def __init__(self) -> None:
        self._true = bytearray()
        """Of each value, whether it is true: where a run ends is found at once."""
        self._at_end = 0
        self._lengths: dict[int, int] = {}
        """How many runs there are of each length, but for the one at the end; and so the *longest*."""
        self._longest = 0

    def add(self, value: object, _place: Place) -> None:
        """Take the newest value in."""
        if value is True:
            self._true.append(1)
            self._at_end += 1
            return
        self._true.append(0)
        if self._at_end:
            self._count(self._at_end)
            self._at_end = 0

    def insert(self, value: object, _place: Place, newer: int) -> None:
        """Take in a value that comes late: it makes a run longer, or of one two, or is a new one."""
        true = self._true
        at = len(true) - newer
        before = at - 1 - true.rfind(0, 0, at)
        end = true.find(0, at)
        after = (len(true) if end < 0 else end) - at
        true.insert(at, value is True)
        if end < 0:  # what follows is the run at the end
            if value is True:
                self._at_end += 1
            elif before:
                self._count(before)
                self._at_end = after
        elif value is True:
            self._count(before + 1 + after)
            self._discount(before + after)
        else:
            self._count(before)
            self._count(after)
            self._discount(before + after)

    def remove(self, value: object) -> None:
        """Let the oldest value go."""
        true = self._true
        del true[0]
        if value is not True:
            return
        left = true.find(0)
        if left < 0:
            self._at_end -= 1
            return
        self._count(left)
        self._discount(left + 1)

    def _count(self, length: int) -> None:
        if length:
            self._lengths[length] = self._lengths.get(length, 0) + 1
            self._longest = max(self._longest, length)

    def _discount(self, length: int) -> None:
        """Count a run less; those instead of it are counted already."""
        if not length:
            return
        left = self._lengths[length] - 1
        if left:
            self._lengths[length] = left
            return
        del self._lengths[length]
        if length == self._longest:
            # of n values there are runs of no more than about the square root of 2 n different lengths
            self._longest = max(self._lengths, default=0)

    @property
    def result(self) -> int:
        """Return the length of the longest run."""
        return max(self._longest, self._at_end)


class Trend:
    """How many of the last values rise from one to the next, or minus how many fall; 0 where neither."""

    __slots__ = ("_count", "_direction", "_foreign", "_run")

    def __init__(self) -> None:
        self._count = 0
        self._foreign = 0
        self._run: deque[Number] = deque()
        """The last values, as far back as they rise or fall; one alone does neither."""
        self._direction = 0

    def add(self, value: object, _place: Place) -> None:
        """Take the newest value in."""
        self._count += 1
        run = self._run
        if not is_number(value):
            self._foreign += 1
            run.clear()
            return
        new: Number = value  # type: ignore[assignment]
        if run:
            last = run[-1]
            step = 1 if new > last else -1 if new < last else 0
            if step != self._direction or len(run) == 1:
                run.clear()
                if step:
                    run.append(last)
                    self._direction = step
        run.append(new)

    def insert(self, value: object, _place: Place, newer: int) -> None:
        """Take in a value that comes late: it goes into the run, or before it, or cuts it."""
        self._count += 1
        run = self._run
        foreign = not is_number(value)
        self._foreign += foreign
        if newer > len(run):
            return
        new: Number = value  # type: ignore[assignment]
        at = len(run) - newer
        step = 0 if foreign else _step(new, run[at])
        if step and at and step == _step(run[at - 1], new):
            run.insert(at, new)
            return
        for _ in range(at):
            run.popleft()
        if step and (newer == 1 or step == self._direction):
            run.appendleft(new)
            self._direction = step

    def remove(self, value: object) -> None:
        """Let the oldest value go."""
        self._count -= 1
        self._foreign -= not is_number(value)
        if len(self._run) > self._count:
            self._run.popleft()

    @property
    def result(self) -> int | None:
        """Return the length of the run, with its direction."""
        if self._foreign:
            return None
        return len(self._run) * self._direction if len(self._run) > 1 else 0


def _step(older: Number, newer: Number) -> int:
    """Return 1 where values rise from one to the next, -1 where they fall, 0 where they are equal."""
    return (newer > older) - (newer < older)
