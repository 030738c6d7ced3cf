"""A sliding window for each key: a machine with so many failures within 60 minutes is told, once, until it has fewer again.

There are 10,000 machines. Each has a turn, in random order; after that, turns are random. How full the windows are follows
from how many checks an hour has.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bench.given import Answers, Given
from bench.jobs.systems import SYSTEMS

MACHINES = 10_000
SPAN = 60 * 60 * 1000
"""Milliseconds that a failure counts."""

RULE = "too-many"


@dataclass(frozen=True, slots=True)
class Load:
    """How much comes: facts an hour, how many failures are too many, how many facts come before the measuring."""

    per_hour: int
    too_many: int
    before: int
    passing: float = 0.0
    """The part of the checks that are no failures."""
    is_anew: bool = False


LOADS: Mapping[str, Mapping[int, Load]] = {
    "windows": {MACHINES: Load(per_hour=20_000, too_many=5, before=40_000, passing=0.2)},
    "scaling": {
        0: Load(per_hour=10_000, too_many=5, before=0, is_anew=True),
        10_000: Load(per_hour=10_000, too_many=5, before=10_000, is_anew=True),
        20_000: Load(per_hour=10_000, too_many=5, before=20_000, is_anew=True),
        1_000_000: Load(per_hour=10_000, too_many=5, before=1_000_000),
    },
    "filled": {
        10_000: Load(per_hour=10_000, too_many=5, before=20_000),
        1_000_000: Load(per_hour=1_000_000, too_many=115, before=1_010_000),
    },
}
"""The load of each job about windows at each of its sizes. How many failures are too many is such that about one fact in
sixty has a machine told, whether its window holds one failure on average or a hundred."""


def files(load: Load) -> Mapping[str, str]:
    """Return the job as Lineside's rule documents."""
    return {
        "facts/machine_checked.yaml": """\
fact: machine_checked
title: A machine was checked
kind: event
owner: mes
key: [machine]
data:
  type: object
  required: [machine, result]
  properties:
    machine: {type: string}
    result: {enum: [pass, fail]}
""",
        "flows.yaml": """\
flows:
  - {flow: checks, title: Checks of machines, direction: mes -> erp, owner: mes, facts: [machine_checked]}
"""
        + SYSTEMS,
        "bench.yaml": f"""\
ruleset: bench
title: A benchmark
owner: bench
rules:
  - rule: {RULE}
    title: Maintenance hears of a machine that fails again and again
    when:
      - failures: machine_checked
        where: result = "fail"
        per: machine
        within: 60 min
        having: count(failures) >= {load.too_many}
    then: {{notify: {{work_centre: = machine, to: maintenance, message: it fails again and again}}}}
""",
    }


class Stream:
    """Checks of machines at an even pace; *seed* decides whose turn it is."""

    def __init__(self, load: Load, seed: int = 0) -> None:
        self.is_anew = load.is_anew
        self._load = load
        self._chance = random.Random(seed)
        self._first = self._chance.sample(range(MACHINES), MACHINES)
        self._failures: list[deque[int]] = [deque() for _ in range(MACHINES)]
        self._given = 0

    def fill(self) -> Iterator[Given]:
        """Yield what came before the measuring."""
        for _ in range(self._load.before):
            yield self._next()[0]

    def stretch(self, number: int) -> tuple[list[Given], Answers]:
        """Return the next *number* facts, and those of them with which a machine has too many failures."""
        steps = [self._next() for _ in range(number)]
        return [given for given, _ in steps], [(given.id, RULE) for given, is_told in steps if is_told]

    def _next(self) -> tuple[Given, bool]:
        n = self._first[self._given] if self._given < MACHINES else self._chance.randrange(MACHINES)
        at = self._given * SPAN // self._load.per_hour
        result = "pass" if self._chance.random() < self._load.passing else "fail"
        given = Given(f"c{self._given}", "mes", "machine_checked", at, {"machine": f"M{n}", "result": result})
        self._given += 1
        if result == "pass":
            return given, False
        failures = self._failures[n]
        failures.append(at)
        while failures[0] <= at - SPAN:
            failures.popleft()
        return given, len(failures) == self._load.too_many  # one comes at a time, so it has just become true
