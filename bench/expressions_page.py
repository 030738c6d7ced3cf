"""What the bench of expressions measured, as a part of docs/benchmarks.md. Reads figures, measures nothing."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median
from typing import Any

TIMES_FASTEST = 20.0
"""Lineside's rate over that of the fastest peer on the shipped fact, at least."""

OWN = "Lineside"

PREFACE = """\
## One condition

`result = "fail" and quantity_rejected in [1..5]`, compiled once and evaluated again and again, by Lineside and by other
expression libraries; each has it in its own notation. All run in one process, in an environment of their own
(`requirements-bench.txt`), on the same context, a Python dict, in loops that differ in the call alone. What a library does
with a context at every call counts, since its interface asks for it. In each round, a process of its own with other hashes
(where the keys of a dict fall is chance, and decides how fast they are found), they take three turns, one of them backwards,
and the middle one counts. Before every turn each has to answer sixteen contexts rightly, limits and numbers with a fraction
among them.

The condition reads two fields. A fact carries more, and a library that takes in the whole context at every call pays for
all of them; Lineside's function looks up what the condition reads. So there are two contexts: the shipped inspection result
as it comes, and one that holds nothing but the two fields. bkflow-feel, FEEL in Python, is left out: it has no compiled form,
and refuses to compare 2.5 with 1.
"""

Found = Mapping[str, Any]


def section(found: Found | None) -> list[str]:
    """Return the part of the page; where the peers are not installed it says so."""
    if found is None:
        return [PREFACE, "Not measured: the peers are not installed.\n"]
    parts = [PREFACE, f"{found['rounds']} rounds.\n"]
    for context in found["nanoseconds"]:
        parts += _table(found, context)
    return parts


def _table(found: Found, context: str) -> list[str]:
    figures: Mapping[str, list[float]] = found["nanoseconds"][context]
    rows = [
        f"On {context}:\n",
        "| | ns per evaluation | evaluations per second | Lineside is faster |",
        "|---|---:|---:|---:|",
    ]
    for side, taken in figures.items():
        version = found["sides"][side]["version"]
        times = "" if side == OWN else f"{ratio(found, context, side):,.1f} times"
        rows.append(
            f"| {side}{' ' + version if version else ''} | {median(taken):,.0f} ({min(taken):,.0f} to {max(taken):,.0f}) "
            f"| {1e9 / median(taken):,.0f} | {times} |"
        )
    return [*rows, ""]


def ratio(found: Found, context: str, side: str) -> float:
    """Return the median over the rounds of Lineside's rate over that of *side*."""
    figures: Mapping[str, list[float]] = found["nanoseconds"][context]
    return median(theirs / own for own, theirs in zip(figures[OWN], figures[side], strict=True))


def over_fastest(found: Found | None) -> float:
    """Return Lineside's rate over that of its fastest peer on the shipped fact, 0 where nothing was measured."""
    if found is None:
        return 0.0
    context = next(iter(found["nanoseconds"]))
    return min(ratio(found, context, side) for side in found["sides"] if side != OWN)
