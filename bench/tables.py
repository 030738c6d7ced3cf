"""One fact against a decision table of 10 rows and against one of 10,000: two columns of constants, one of ranges.

Both tables are asked in turns, every other round backwards, and each fact fits the row it was made for; a wrong answer
ends the bench. `python -m bench.tables` runs it alone.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter
from typing import Any

from engine import feel
from engine.diagnostics import Span
from engine.feel import types as t
from engine.feel.scope import Scope
from engine.tables.compile import CompiledTable, compile_table
from engine.tables.model import HitPolicy, InputColumn, OutputColumn, Row, Table
from engine.written import Expression, Literal

SIZES = (10, 10_000)
MOST_TIMES = 1.5
"""The cost of a fact at 10,000 rows over that at 10, at most."""

BANDS = ("< 5", "[5..10)", "[10..20)", "[20..100)", ">= 100")
WITHIN = ((0, 5), (5, 10), (10, 20), (20, 100), (100, 1000))
"""Quantities of each band, the end not included."""

MOST = 20_000
"""Facts of a round, at most: all of them are made before the first is asked about."""

TRIED = 200
"""Facts of each table that are also answered by trying every row."""

HERE = Span("plan", 1, 1, 1, 2)
SCOPE = Scope.fields(
    "p0",
    t.ContextType(
        {"part": t.Field(t.STRING, True), "operation": t.Field(t.STRING, True), "quantity": t.Field(t.NUMBER)}
    ),
)

PREFACE = """\
## A decision table

A table whose columns are `part`, `operation` (a text in each cell) and `quantity` (five ranges for each part and operation),
with as many parts as its number of rows asks for. Every fact fits one row; parts, operations and quantities are drawn at
random and are new texts every time. Measured is `CompiledTable.rows`, a fact in and the rows that hold out; the answer is
compared with the row the fact was made for, and for some facts with what trying every row gives. Both tables take turns in
one process; loading is from parsed cells to the index.
"""


@dataclass(slots=True)
class Asked:
    """A table, how long it took to load, and the seconds per fact of each round."""

    rows: int
    compiled: CompiledTable
    read_in_seconds: float
    """From text to cells."""
    loaded_in_seconds: float
    """From cells to the index."""
    taken: list[float] = field(default_factory=list)


def cells(rows: int) -> Iterator[tuple[str, str, str]]:
    """Yield the cells of a table of *rows* rows."""
    for n in range(rows):
        yield f'"p{n // 10}"', f'"op{n // 5 % 2}"', BANDS[n % 5]


def facts(rows: int, number: int, chance: random.Random) -> list[tuple[int, dict[str, Any]]]:
    """Return *number* facts with the number of the row each fits, from 0."""
    made = []
    for _ in range(number):
        n = chance.randrange(rows)
        quantity = chance.randrange(*WITHIN[n % 5])
        made.append((n, {"part": f"p{n // 10}", "operation": f"op{n // 5 % 2}", "quantity": quantity}))
    return made


def load(rows: int) -> Asked:
    """Return the table of *rows* rows, ready to be asked."""
    begin = perf_counter()
    inputs = tuple(
        InputColumn(Expression(name, feel.parse(name), HERE.file, ((0, 1, 1),)), HERE)
        for name in ("part", "operation", "quantity")
    )
    made = tuple(
        Row(
            n,
            HERE,
            tuple(Expression(text, feel.parse_unary_tests(text), HERE.file, ((0, n, 1),)) for text in tests),
            (Literal(n, HERE),),
        )
        for n, tests in enumerate(cells(rows), 1)
    )
    table = Table("plan", HitPolicy.UNIQUE, None, inputs, (OutputColumn("", HERE),), (), made, HERE)
    middle = perf_counter()
    compiled = compile_table(table, SCOPE, ("p0",))
    return Asked(rows, compiled, middle - begin, perf_counter() - middle)


def measure(one: Asked, number: int, chance: random.Random) -> None:
    """Ask *one* about *number* new facts and note what each took."""
    given = facts(one.rows, number, chance)
    plain = [fact for _, fact in given]
    ask = one.compiled.rows
    begin = perf_counter()
    answers = [ask(fact, None) for fact in plain]
    one.taken.append((perf_counter() - begin) / number)
    if answers != [(n,) for n, _ in given]:
        raise SystemExit(f"the table of {one.rows:,} rows gave rows that its facts do not fit")


def measured(rounds: int, number: int) -> list[Asked]:
    """Return both tables after *rounds* rounds of *number* facts each."""
    chance = random.Random(7)
    found = [load(rows) for rows in SIZES]
    for one in found:
        for n, fact in facts(one.rows, TRIED, chance):
            if not one.compiled.rows(fact, None) == one.compiled.rows_slowly(fact, None) == (n,):
                raise SystemExit(f"the index of {one.rows:,} rows and trying every row disagree on {fact}")
    for n in range(rounds + 1):
        for one in found if n % 2 == 0 else reversed(found):
            measure(one, min(number, MOST), chance)
    for one in found:
        del one.taken[0]  # the first round warms caches and is not counted
    return found


def times(found: Sequence[Asked]) -> float:
    """Return the median over the rounds of the cost at most rows over that at fewest."""
    return median(large / small for small, large in zip(found[0].taken, found[-1].taken, strict=True))


def section(found: Sequence[Asked]) -> list[str]:
    """Return the part of docs/benchmarks.md; nothing was measured where *found* is empty."""
    if not found:
        return [PREFACE, "Not measured.\n"]
    return [
        PREFACE,
        "| rows | microseconds per fact | cells parsed in | loads in |",
        "|---:|---:|---:|---:|",
        *(
            f"| {one.rows:,} | {median(one.taken) * 1e6:.2f} ({min(one.taken) * 1e6:.2f} to {max(one.taken) * 1e6:.2f}) "
            f"| {one.read_in_seconds:.2f} s | {one.loaded_in_seconds:.2f} s |"
            for one in found
        ),
        "",
        f"A fact costs {times(found):.2f} times as much at {SIZES[-1]:,} rows as at {SIZES[0]}.",
        "",
    ]


if __name__ == "__main__":
    print("\n".join(section(measured(15, MOST))))
