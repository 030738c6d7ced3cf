"""`make bench`: measure every job, one condition and a decision table; write docs/benchmarks.md.

Exits with 1 where a target is missed. With --only it measures one part, prints that, and writes nothing.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from time import perf_counter

from bench import expressions, expressions_page, tables
from bench.figures import Figures
from bench.jobs_page import SECTIONS, section
from bench.plan import JOBS
from bench.report import page, verdicts
from bench.rounds import run

PARTS = (*JOBS, "condition", "table")


def measured_alone(part: str, rounds: int, facts: int) -> str:
    """Return the part of the page that *part* is."""
    if part == "condition":
        return "\n".join(expressions_page.section(expressions.measured_beside_peers(rounds)))
    if part == "table":
        return "\n".join(tables.section(tables.measured(rounds, facts)))
    found = run(part, rounds, facts)
    return "\n".join(section(found, part))


def main() -> int:
    """Run the bench; return its exit code."""
    parser = argparse.ArgumentParser(
        prog="bench", description="What the engine costs beside its peers, the same jobs for all of them."
    )
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--facts", type=int, default=100_000, help="most facts of a stretch")
    parser.add_argument("--out", type=Path, default=Path("docs/benchmarks.md"))
    parser.add_argument("--only", choices=PARTS, help="measure this part, print it, and write nothing")
    asked = parser.parse_args()

    if asked.only is not None:
        print(measured_alone(asked.only, asked.rounds, asked.facts))
        return 0
    begin = perf_counter()
    found: list[Figures] = []
    for job in SECTIONS:
        found += run(job, asked.rounds, asked.facts)
    conditions = expressions.measured_beside_peers(asked.rounds)
    rows = tables.measured(asked.rounds, asked.facts)
    text = page(found, asked.rounds, conditions, rows, minutes=(perf_counter() - begin) / 60)
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_text(text, encoding="utf-8")
    print(text)
    return 0 if all(v.met for v in verdicts(found, conditions, rows)) else 1


if __name__ == "__main__":
    sys.exit(main())
