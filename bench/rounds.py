"""The measuring of one job: every engine in a process of its own, all of them in rounds, one after the other."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack

from bench.figures import Figures
from bench.plan import subjects
from bench.workers import GaveUp, Worker, worker

START_WITHIN_SECONDS = 600.0
ROUND_WITHIN_SECONDS = 120.0


def run(job: str, rounds: int, most: int) -> list[Figures]:
    """Return the figures of *job* after *rounds* rounds of stretches of at most *most* facts."""
    with ExitStack() as stack:
        workers = []
        for engine, size in subjects(job):  # one at a time, since loading is measured as well
            one = stack.enter_context(worker(engine, job, size))
            attempt(one, lambda w: w.start(START_WITHIN_SECONDS))
            workers.append(one)
        for one in workers:
            attempt(one, lambda w: w.warm(most, ROUND_WITHIN_SECONDS))
        for n in range(rounds):
            # Every other round goes backwards, so that no engine always runs after the same neighbour.
            for one in workers if n % 2 == 0 else reversed(workers):
                attempt(one, lambda w: w.measure(ROUND_WITHIN_SECONDS))
            print(f"{job}: round {n + 1} of {rounds}", file=sys.stderr, flush=True)
        return [one.figures for one in workers]


def attempt(one: Worker, step: Callable[[Worker], None]) -> None:
    """Do *step* with a worker that has not given up; say so when it does now."""
    if one.figures.gave_up is not None:
        return
    try:
        step(one)
    except GaveUp as fault:
        print(fault, file=sys.stderr, flush=True)
