"""Runs in a window that slides: how many values in a row are true, at the end or anywhere, and how long they rise or fall.

Like the other aggregates, these take the newest value in and let the oldest go, at the same cost in a window of any size.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from engine.spc.exact import Number, is_number


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


class Runs:
    """The run of true values at the end of a window, and the longest in it."""

    __slots__ = ("_falling", "_next", "_runs")

    def __init__(self) -> None:
        self._next = 0
        # runs as [first, last + 1], the oldest first
        self._runs: deque[list[int]] = deque()
        # of the complete ones, those that no later one is as long as: the longest stands first
        self._falling: deque[list[int]] = deque()

    def add(self, value: object) -> None:
        """Take the newest value in."""
        if value is True:
            if self._runs and self._runs[-1][1] == self._next:
                self._runs[-1][1] += 1
            else:
                self._runs.append([self._next, self._next + 1])
        elif self._runs and self._runs[-1][1] == self._next:
            done = self._runs[-1]
            while self._falling and _length(self._falling[-1]) <= _length(done):
                self._falling.pop()
            self._falling.append(done)
        self._next += 1

    def remove(self, value: object) -> None:
        """Let the oldest value go."""
        if value is True:
            run = self._runs[0]
            run[0] += 1
            gone = run[0] == run[1]
            if gone:
                self._runs.popleft()
            # the oldest run gets shorter: it stays the longest only while no later one is as long
            rivals = len(self._falling) > 1 and _length(self._falling[1]) >= _length(run)
            if self._falling and self._falling[0] is run and (gone or rivals):
                self._falling.popleft()

    @property
    def at_end(self) -> int:
        """Return how many of the last values are true, without one between that is not."""
        return _length(self._runs[-1]) if self._runs and self._runs[-1][1] == self._next else 0

    @property
    def longest(self) -> int:
        """Return the most values in a row that are true."""
        return max(self.at_end, _length(self._falling[0]) if self._falling else 0)


class RunAtEnd(Runs):
    """How many of the last values are true, without one between that is not."""

    __slots__ = ()

    @property
    def result(self) -> int:
        """Return the length of the run at the end."""
        return self.at_end


class LongestRun(Runs):
    """The most values in a row that are true."""

    __slots__ = ()

    @property
    def result(self) -> int:
        """Return the length of the longest run."""
        return self.longest


def _length(run: list[int]) -> int:
    return run[1] - run[0]


class Trend:
    """How many of the last values rise from one to the next, or minus how many fall; 0 where neither."""

    __slots__ = ("_count", "_foreign", "_last", "_run")

    def __init__(self) -> None:
        self._count = 0
        self._foreign = 0
        self._run = 0
        self._last: Number | None = None

    def add(self, value: object) -> None:
        """Take the newest value in."""
        self._count += 1
        if not is_number(value):
            self._foreign += 1
            self._run, self._last = 0, None
            return
        new: Number = value  # type: ignore[assignment]
        step = 0 if self._last is None else (new > self._last) - (new < self._last)
        if step == 0:
            self._run = 0
        elif self._run * step > 0:
            self._run += step
        else:
            self._run = 2 * step
        self._last = new

    def remove(self, value: object) -> None:
        """Let the oldest value go."""
        self._count -= 1
        self._foreign -= not is_number(value)
        if abs(self._run) > self._count:
            # the run reached back to the value that has gone; one value alone is none
            self._run = (self._run > 0) - (self._run < 0) if self._count > 1 else 0
            self._run *= self._count
        if not self._count:
            self._last = None

    @property
    def result(self) -> int | None:
        """Return the length of the run, with its direction."""
        return None if self._foreign else self._run
