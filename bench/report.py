"""The page, docs/benchmarks.md, and the verdicts against the targets. Reads figures, measures nothing."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import expressions_page
from bench.figures import Found, find, ratio
from bench.jobs_page import SECTIONS, loading, over_fastest, section
from bench.plan import JOBS, OWN
from bench.tables import MOST_TIMES, Asked, times
from bench.tables import section as table_section

TIMES_FASTEST = 5.0
"""Lineside's rate over that of its fastest peer, at least: single-fact rules at every size, and the join at its largest."""

TIMES_FROM_JSON = 3.0
"""From bytes to decisions, Lineside's rate over that of the fastest peer that takes JSON, at least; and over that of the fastest
for which msgspec decodes it."""

OF_PEERS: Mapping[bool | None, str] = {
    None: "",
    True: " that takes JSON",
    False: " that msgspec decodes for",
}
"""Which peers a target is about."""

KEPT_AT_10000 = 0.7
"""Lineside's rate at 10,000 rules over its rate at 10, at least."""

MOST_BEYOND_JSON = 1_500.0
"""Bytes of memory for each live fact beyond its own JSON, at most."""

MOST_GROWTH = 1.3
"""The cost of a fact after 1,000,000 over that after 20,000, and in windows of 1,000,000 over of 10,000, at most."""

MOST_MEMORY = 1.2
"""The memory of a process after 1,000,000 facts over that after 100,000, its windows full all the while, at most."""

PREFACE = """\
# Benchmarks

`make bench` wrote this page: what the engine alone does (no HTTP, no disk), beside other engines, on the same jobs in one
run. The peers stand in an environment of their own (`requirements-bench.txt`); `python -m bench --only join` measures one
part.

**The jobs.** Every engine gets the same rules in its own notation, and the same facts; what it must answer is worked out
without any engine, and after every stretch the answers are compared. A wrong one of Lineside's ends the bench, a wrong
one of a peer's has it left out, and the page says so. A job that an engine cannot do, or that the documentation of none
of its interfaces offers, is *not asked*, with the reason.

**The measuring.** Each engine with each size lives in a process of its own, and what happens to it there happens to it
alone. They take turns, in rounds, every other round backwards; a stretch is as many facts as fit a quarter of a second,
100,000 at most, handed over 500 at a time, as many as the service takes in one transaction: before each such batch its
facts are decoded, after it the answers are set aside, and the clock stands meanwhile. Figures are medians of the rounds,
with the lowest and the highest beside, and ratios are medians of the ratios within each round. What an interface asks for
on every fact (JSON text, a context) counts; what it needs once does not.
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One target: what it asks, the limit, what was measured (None where nothing was), and which way is good."""

    text: str
    target: float
    measured: float | None
    is_most: bool = False

    @property
    def met(self) -> bool:
        """Return whether the target is met."""
        if self.measured is None:
            return False
        return self.measured <= self.target if self.is_most else self.measured >= self.target


def verdicts(
    found: Found, conditions: expressions_page.Found | None = None, tables: Sequence[Asked] = ()
) -> list[Verdict]:
    """Return the verdict on each target."""
    asked: list[tuple[str, int, float, bool | None]] = []
    asked += [("rules", size, TIMES_FASTEST, None) for size in JOBS["rules"].sizes]
    asked += [
        ("json", size, TIMES_FROM_JSON, takes) for takes in (True, False) for size in JOBS["json"].sizes
    ]
    asked.append(("join", max(JOBS["join"].sizes), TIMES_FASTEST, None))
    made = []
    for job, size, target, takes in asked:
        measured, peer = over_fastest(found, job, size, takes)
        which = f"the fastest peer{OF_PEERS[takes]} ({peer})"
        text = f"{SECTIONS[job].title}, {size:,} {SECTIONS[job].counted}: Lineside over {which}"
        made.append(Verdict(text, target, measured or None))
    few, many = (find(found, OWN, "rules", size) for size in (10, 10_000))
    made.append(
        Verdict("Lineside at 10,000 rules over Lineside at 10", KEPT_AT_10000, ratio(many, few) or None)
    )
    live = find(found, OWN, "join", 100_000)
    beyond = live.beyond_json if live is not None else None
    made.append(
        Verdict("Bytes for each live fact beyond its JSON, 100,000 orders", MOST_BEYOND_JSON, beyond, True)
    )
    for job, most, says in (
        ("scaling", 1_000_000, "after 1,000,000 facts over after"),
        ("filled", 1_000_000, "in windows of 1,000,000 over of"),
        ("charts", 500, "at charts of 500 values over of"),
    ):
        few, many = (find(found, OWN, job, size) for size in (SECTIONS[job].beside, most))
        text = f"Cost of a fact {says} {SECTIONS[job].beside:,}"
        made.append(Verdict(text, MOST_GROWTH, ratio(few, many) or None, True))
    long = find(found, OWN, "scaling", 1_000_000)
    kept = long.kept_memory if long is not None else None
    made.append(
        Verdict("Memory after 1,000,000 facts over after 100,000, windows full", MOST_MEMORY, kept, True)
    )
    text = "A condition over the fastest peer, on the shipped fact"
    over = expressions_page.over_fastest(conditions) or None
    made.append(Verdict(text, expressions_page.TIMES_FASTEST, over))
    text = "Cost of a fact at a table of 10,000 rows over one of 10"
    made.append(Verdict(text, MOST_TIMES, times(tables) if tables else None, True))
    return made


def page(
    found: Found,
    rounds: int,
    conditions: expressions_page.Found | None = None,
    tables: Sequence[Asked] = (),
    minutes: float = 0.0,
) -> str:
    """Return docs/benchmarks.md."""
    parts = [
        PREFACE,
        f"{rounds} rounds, {minutes:.0f} minutes in all. {machine()}\n",
        *targets(verdicts(found, conditions, tables)),
    ]
    for job in SECTIONS:
        parts += section(found, job)
        if job == "rules":
            parts += loading(found)
    parts += [*expressions_page.section(conditions), *table_section(tables)]
    return "\n".join(parts).rstrip("\n") + "\n"


def targets(made: Sequence[Verdict]) -> list[str]:
    """Return the table of the targets."""
    rows = ["## Targets\n", "| target | | measured | |", "|---|---:|---:|---|"]
    for v in made:
        limit = f"{'at most' if v.is_most else 'at least'} {_shown(v.target)}"
        measured = "not measured" if v.measured is None else _shown(v.measured)
        rows.append(f"| {v.text} | {limit} | {measured} | {'met' if v.met else '**missed**'} |")
    return [*rows, ""]


def _shown(number: float) -> str:
    return f"{number:,.2f}" if abs(number) < 100 else f"{number:,.0f}"


def machine() -> str:
    """Return what it ran on, and how much else ran there: rates of a busy machine are low, and their ratios uncertain."""
    cpu = next(
        (line.partition(":")[2].strip() for line in _cpuinfo() if line.startswith("model name")),
        platform.processor() or platform.machine(),
    )
    return (
        f"{cpu}, {os.cpu_count()} cores, {platform.system()}, "
        f"{platform.python_implementation()} {platform.python_version()}; the load at the end was {os.getloadavg()[0]:.1f}."
    )


def _cpuinfo() -> list[str]:
    source = Path("/proc/cpuinfo")
    return source.read_text(encoding="utf-8").splitlines() if source.exists() else []
