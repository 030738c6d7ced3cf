"""What was measured, as a page and as verdicts against the targets. Reads rates, measures nothing."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median

from bench.expressions_page import TIMES_FASTEST, Found, over_fastest, section
from bench.peers import Worker
from bench.tables import MOST_TIMES, Asked, times
from bench.tables import section as table_section

TIMES_DURABLE = 3.0
"""At 100 rules, Lineside's rate over that of durable-rules, at least."""

KEPT_AT_10000 = 0.6
"""Lineside's rate at 10,000 rules over its rate at 10, at least."""

PREFACE = """\
# Benchmarks

`make bench` wrote this page: facts per second of the engine alone (facts that are admitted already go in, decisions come
out; no HTTP, no disk), [one condition](#one-condition) beside other expression
libraries, and [a decision table](#a-decision-table) of 10,000 rows beside one of 10.

**The job.** Rule *i* of *N* says `kind = "kI" and part = "pJ" and defects > M` on an event, and routes the item. Every fact
fits exactly one rule, in random turns. Both engines get the same rules and the same facts, and after every stretch the
answers (fact, rule) of each are compared with what the job says; a wrong one ends the bench.

**The engines.** *Lineside* is `Session.submit`, which returns decisions with their ids, subjects, values and the facts
they rest on. *durable-rules* is its Python interface as documented, `post` with a function per rule, without the two
threads that `Host()` starts. *durable extension* is its C module alone, JSON text in and JSON text out: nothing reads
the answer, so it says what matching costs there, and not what deciding costs. durable-rules does not return from
compiling about 512 or more literals on one property, so it is asked for 10 and 100 rules only.

**The measuring.** Each engine with each number of rules lives in a process of its own. They take turns, in rounds, every
other round backwards; figures are medians of the rounds, with the lowest and the highest beside, and ratios are medians of
the ratios within each round.
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One target: what it asks, what was measured, and whether that is enough."""

    text: str
    target: float
    measured: float

    @property
    def met(self) -> bool:
        """Return whether the target is met."""
        return self.measured >= self.target


def verdicts(
    workers: Sequence[Worker], expressions: Found | None = None, tables: Sequence[Asked] = ()
) -> list[Verdict]:
    """Return the verdict on each target; a ratio that could not be measured is 0."""
    return [
        Verdict(
            "Lineside over durable-rules, at 100 rules",
            TIMES_DURABLE,
            ratio(find(workers, "lineside", 100), find(workers, "durable-rules", 100)),
        ),
        Verdict(
            "Lineside at 10,000 rules over Lineside at 10",
            KEPT_AT_10000,
            ratio(find(workers, "lineside", 10_000), find(workers, "lineside", 10)),
        ),
        Verdict(
            "A condition over the fastest peer, on the shipped fact",
            TIMES_FASTEST,
            over_fastest(expressions),
        ),
        Verdict(
            "A fact at a table of 10 rows over one at 10,000 rows, by cost",
            1 / MOST_TIMES,
            1 / times(tables) if tables else 0.0,
        ),
    ]


def find(workers: Sequence[Worker], engine: str, rules: int) -> Worker | None:
    """Return the worker of *engine* with *rules* rules, or None."""
    return next((w for w in workers if (w.engine, w.rules) == (engine, rules)), None)


def ratio(one: Worker | None, other: Worker | None) -> float:
    """Return the median over the rounds of one worker's rate over another's, 0 where either has none."""
    if one is None or other is None or not one.rates or not other.rates:
        return 0.0
    return median(a / b for a, b in zip(one.rates, other.rates, strict=True))


def page(
    workers: Sequence[Worker],
    rounds: int,
    number: int,
    expressions: Found | None = None,
    tables: Sequence[Asked] = (),
) -> str:
    """Return docs/benchmarks.md."""
    parts = [
        PREFACE,
        f"{rounds} rounds of {number:,} facts each. {machine()}\n",
        "## Facts per second\n",
        *table(workers),
        "\n## Ratios\n",
        *ratios(workers),
        "",
        *section(expressions),
        *table_section(tables),
        "## Targets\n",
        "| target | at least | measured | |",
        "|---|---:|---:|---|",
        *(
            f"| {v.text} | {v.target:.2f} | {v.measured:.2f} | {'met' if v.met else '**missed**'} |"
            for v in verdicts(workers, expressions, tables)
        ),
    ]
    return "\n".join(parts) + "\n"


def table(workers: Sequence[Worker]) -> list[str]:
    """Return the table of rates: a row for each number of rules, a column for each engine."""
    engines = list(dict.fromkeys(w.engine for w in workers))
    rows = [
        "| rules | " + " | ".join(engines) + " | Lineside compiles in |",
        "|---:|" + "---:|" * (len(engines) + 1),
    ]
    for rules in sorted({w.rules for w in workers}):
        cells = [rate(find(workers, engine, rules)) for engine in engines]
        own = find(workers, "lineside", rules)
        rows.append(f"| {rules:,} | " + " | ".join(cells) + f" | {own.made_in_seconds if own else 0:.2f} s |")
    return rows


def rate(one: Worker | None) -> str:
    """Return a worker's rate as a cell."""
    if one is None:
        return "not asked"
    if one.gave_up is not None or not one.rates:
        return one.gave_up or "none"
    return f"{median(one.rates):,.0f} ({min(one.rates):,.0f} to {max(one.rates):,.0f})"


def ratios(workers: Sequence[Worker]) -> list[str]:
    """Return the ratios worth reading, as rows."""
    asked: list[tuple[str, Worker | None, Worker | None]] = [
        (f"Lineside over {w.engine}, {w.rules:,} rules", find(workers, "lineside", w.rules), w)
        for w in workers
        if w.engine != "lineside"
    ]
    ten = find(workers, "lineside", 10)
    workers = sorted(workers, key=lambda w: w.rules)
    asked += [
        (f"Lineside at {w.rules:,} rules over 10", w, ten)
        for w in workers
        if w.engine == "lineside" and w.rules != 10
    ]
    return [
        "| | ratio |",
        "|---|---:|",
        *(f"| {name} | {ratio(one, other):.2f} |" for name, one, other in asked),
    ]


def machine() -> str:
    """Return what it ran on."""
    cpu = next(
        (line.partition(":")[2].strip() for line in _cpuinfo() if line.startswith("model name")),
        platform.processor() or platform.machine(),
    )
    return (
        f"{cpu}, {os.cpu_count()} cores, {platform.system()}, "
        f"{platform.python_implementation()} {platform.python_version()}, durable-rules {_version_of_durable()}."
    )


def _cpuinfo() -> list[str]:
    source = Path("/proc/cpuinfo")
    return source.read_text(encoding="utf-8").splitlines() if source.exists() else []


def _version_of_durable() -> str:
    try:
        return version("durable-rules")
    except PackageNotFoundError:
        return "left out"
