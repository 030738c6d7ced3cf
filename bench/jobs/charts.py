"""Measured values in sliding windows: what capability they come to, and whether they form a pattern beside given limits.

There are 200 processes, which take turns at random, a value a second; how many values a window holds follows from how long it is.
Values are whole numbers, so that what must be answered can be worked out exactly, from sums kept apart from any engine.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterator, Mapping
from fractions import Fraction

from bench.given import Answers, Given
from bench.jobs.systems import SYSTEMS

PROCESSES = 200
SECOND = 1000
CENTRE, SIGMA, LOWER, UPPER = 100, 3, 85, 115
LEAST_CPK = Fraction(8, 5)
ENOUGH = 10
"""Values of which a capability is said."""
D2 = Fraction("1.128379167095512573896158903121545")
"""The mean range of two values in standard deviations: two over the root of pi."""
SIDE = 9
"""Values in a row on one side of the centre: Nelson's second rule."""

CAPABILITY, DRIFT = "low-capability", "drift"


def files(held: int) -> Mapping[str, str]:
    """Return the job as Lineside's rule documents, with windows of about *held* values each."""
    return {
        "facts/value_measured.yaml": """\
fact: value_measured
title: A value was measured
kind: event
owner: mes
key: [process]
data:
  type: object
  required: [process, value]
  properties:
    process: {type: string}
    value: {type: number}
""",
        "facts/chart_limits.yaml": """\
fact: chart_limits
title: The limits of a chart
kind: state
owner: mes
key: [process]
data:
  type: object
  required: [process, centre, sigma]
  properties:
    process: {type: string}
    centre: {type: number}
    sigma: {type: number}
""",
        "flows.yaml": """\
flows:
  - {flow: values, title: Values, direction: mes -> erp, owner: mes, facts: [value_measured, chart_limits]}
"""
        + SYSTEMS,
        "bench.yaml": f"""\
ruleset: bench
title: A benchmark
owner: bench
rules:
  - rule: {CAPABILITY}
    title: Quality hears of a process that cannot keep its tolerance
    when:
      - values: value_measured
        per: process
        within: {held * PROCESSES} s
        having: count(values) >= {ENOUGH} and cpk(values.value, {LOWER}, {UPPER}) < {float(LEAST_CPK)}
    then: {{notify: {{work_centre: = process, to: quality, message: its spread is too large}}}}
  - rule: {DRIFT}
    title: Quality hears of values that stay on one side
    when:
      - values: value_measured
        per: process
        within: {held * PROCESSES} s
        having: count(values) > 1
      - limits: chart_limits
        where: process = values[-1].process and nelson(values.value, 2, centre, sigma)
    then: {{notify: {{work_centre: = limits.process, to: quality, message: it drifts}}}}
""",
    }


class _Process:
    """What is known of one process: the values in its window, and what has been told."""

    __slots__ = ("ranges", "sums", "told", "values")

    def __init__(self) -> None:
        self.values: deque[int] = deque()
        self.sums = 0
        self.ranges = 0
        self.told: set[str] = set()

    def take(self, value: int) -> list[str]:
        """Take a value in; return what becomes true by it."""
        if self.values:
            self.ranges += abs(value - self.values[-1])
        self.values.append(value)
        self.sums += value
        return self._news()

    def leave(self) -> list[str]:
        """Let the oldest value go; return what becomes true by that."""
        gone = self.values.popleft()
        self.sums -= gone
        if self.values:
            self.ranges -= abs(self.values[0] - gone)
        return self._news()

    def _news(self) -> list[str]:
        true = {
            rule
            for rule, is_so in ((CAPABILITY, self.has_low_capability()), (DRIFT, self.is_on_one_side()))
            if is_so
        }
        news, self.told = sorted(true - self.told), true
        return news

    def has_low_capability(self) -> bool:
        """Return whether Cpk is said, and too small."""
        number = len(self.values)
        if number < ENOUGH or not self.ranges:
            return False
        mean, sigma = Fraction(self.sums, number), Fraction(self.ranges, number - 1) / D2
        return min(mean - LOWER, UPPER - mean) < LEAST_CPK * 3 * sigma

    def is_on_one_side(self) -> bool:
        """Return whether the last values are all above the centre, or all below."""
        if len(self.values) < SIDE:
            return False
        last = [self.values[-n] for n in range(1, SIDE + 1)]
        return min(last) > CENTRE or max(last) < CENTRE


class Stream:
    """Values of the processes, one a second, with windows of about *held* values."""

    is_anew = False

    def __init__(self, held: int) -> None:
        self._span = held * PROCESSES * SECOND
        self._before = held * PROCESSES + held * PROCESSES // 10
        self._chance = random.Random(held)
        self._processes = [_Process() for _ in range(PROCESSES)]
        self._inside: deque[tuple[int, int]] = deque()
        """When each value in a window was measured, and of which process."""
        self._given = 0

    def fill(self) -> Iterator[Given]:
        """Yield the limits of every process, and then values until the windows are full."""
        for n in range(PROCESSES):
            data = {"process": f"P{n}", "centre": CENTRE, "sigma": SIGMA}
            yield Given(f"l{n}", "mes", "chart_limits", 0, data)
        for _ in range(self._before):
            yield self._next()[0]

    def stretch(self, number: int) -> tuple[list[Given], Answers]:
        """Return the next *number* values, and the rules that each makes come true."""
        steps = [self._next() for _ in range(number)]
        return [given for given, _ in steps], [(given.id, rule) for given, rules in steps for rule in rules]

    def _next(self) -> tuple[Given, list[str]]:
        n = self._chance.randrange(PROCESSES)
        value = round(self._chance.gauss(CENTRE, SIGMA))
        self._given += 1
        at = self._given * SECOND
        found = []
        while self._inside and self._inside[0][0] <= at - self._span:
            found += self._processes[self._inside.popleft()[1]].leave()
        self._inside.append((at, n))
        found += self._processes[n].take(value)
        data = {"process": f"P{n}", "value": value}
        return Given(f"v{self._given}", "mes", "value_measured", at, data), found
