"""`make bench`: measure every engine in turn, several times, one condition beside its peers, and
a decision table of many rows beside one of few; write docs/benchmarks.md.

Exits with 1 where a target is missed. Arguments: --rounds, --facts, --out (for a quick look elsewhere).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from bench.expressions import measured_beside_peers
from bench.peers import GaveUp, Worker, worker
from bench.report import page, verdicts
from bench.tables import measured

SIZES = (10, 100, 1_000, 10_000)
DURABLE_SIZES = (10, 100)
"""durable-rules does not return from compiling more than about 512 literals on one property."""

START_WITHIN_SECONDS = 300.0
ROUND_WITHIN_SECONDS = 120.0


def subjects() -> list[tuple[str, int]]:
    """Return (engine, number of rules) of everything that is measured, in the order of a round.

    What is compared runs one after the other: Lineside with most rules before Lineside with fewest, then beside its peers.
    """
    return [
        *(("lineside", rules) for rules in SIZES if rules not in DURABLE_SIZES),
        *(
            (engine, rules)
            for rules in DURABLE_SIZES
            for engine in ("lineside", "durable-rules", "durable extension")
        ),
    ]


def run(rounds: int, number: int) -> list[Worker]:
    """Return the workers after *rounds* rounds of *number* facts each; one that gave up says so and has no more rates."""
    with ExitStack() as stack:
        workers = [stack.enter_context(worker(engine, rules)) for engine, rules in subjects()]
        for one in workers:
            attempt(one, lambda w: w.start(START_WITHIN_SECONDS))
        for n in range(rounds + 1):
            # Every other round goes backwards, so that no engine always runs after the same neighbour.
            for one in workers if n % 2 == 0 else reversed(workers):
                attempt(one, lambda w: w.measure(number, ROUND_WITHIN_SECONDS))
            print(f"round {n} of {rounds}" if n else "warm", file=sys.stderr, flush=True)
        for one in workers:
            one.rates = one.rates[1:]  # the first round warms caches and is not counted
        return workers


def attempt(one: Worker, step: Callable[[Worker], None]) -> None:
    """Do *step* with a worker that has not given up; say so when it does now."""
    if one.gave_up is not None:
        return
    try:
        step(one)
    except GaveUp as fault:
        print(fault, file=sys.stderr)


def main() -> int:
    """Run the bench; return its exit code."""
    parser = argparse.ArgumentParser(
        prog="bench",
        description="Facts per second beside durable-rules, and one condition beside other libraries.",
    )
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--facts", type=int, default=20_000)
    parser.add_argument("--out", type=Path, default=Path("docs/benchmarks.md"))
    asked = parser.parse_args()

    expressions = measured_beside_peers(asked.rounds)
    tables = measured(asked.rounds, asked.facts)
    workers = run(asked.rounds, asked.facts)
    text = page(workers, asked.rounds, asked.facts, expressions, tables)
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_text(text, encoding="utf-8")
    print(text)
    return 0 if all(v.met for v in verdicts(workers, expressions, tables)) else 1


if __name__ == "__main__":
    sys.exit(main())
