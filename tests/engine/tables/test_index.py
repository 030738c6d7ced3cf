"""The index of a table answers what trying every row answers, whatever the cells and the values are."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import feel
from engine.feel.values import FunctionValue, RangeValue
from engine.tables import index, parts
from engine.tables.parts import Node
from tests.engine.tables.made import compiled, table

THOROUGH = settings(
    max_examples=2500, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)

NUMBERS = (
    "0", "1", "-1", "2", "3", "1.0", "2.50", "5", "1e34", "-1e-30", "9999999999999999999999999999999999",
)  # fmt: skip
TEXTS = ('""', '"a"', '"b"', '"c"', '"1"', '"é"', '"true"')
TEMPORAL = (
    '@"2026-01-31"', '@"2025-12-01"', 'date("2026-01-31")', '@"08:30:00"', '@"08:30:00Z"', '@"09:30:00+01:00"',
    '@"08:30:00@Europe/Paris"', '@"2026-01-31T00:00:00"', '@"2026-01-31T00:00:00Z"', '@"2026-01-31T01:00:00+01:00"',
    'date and time("2026-01-31T00:00:00")', '@"PT15M"', '@"P1D"', '@"PT24H"', '@"P1Y"', '@"P12M"', 'duration("P2D")',
    'date("nonsense")',
)  # fmt: skip
OTHERS = ("true", "false", "null")
CONSTANTS = st.sampled_from(NUMBERS + TEXTS + TEMPORAL + OTHERS) | st.sampled_from(NUMBERS[:6] + TEXTS[:4])
OPERATORS = st.sampled_from(("<", "<=", ">", ">=", "=", "!="))
LISTS = st.lists(CONSTANTS, max_size=3).map(lambda items: f"[{', '.join(items)}]")
COMPARISONS = st.tuples(OPERATORS, CONSTANTS).map(" ".join)
INTERVALS = st.tuples(st.sampled_from("[("), CONSTANTS, st.just(".."), CONSTANTS, st.sampled_from("])")).map(
    "".join
)
ASKED = st.sampled_from(
    (
        *("? > 1", '? = "a"', "? = null", "c", "a", "? in [a, b]", "count(?) > 1"),
        *('[["a"]]', "[[1..5], 7, < 0]", "[null, 1]"),
    )
)
TESTS = st.one_of(CONSTANTS, CONSTANTS, COMPARISONS, INTERVALS, LISTS, ASKED)
CELLS = st.one_of(
    st.just("-"),
    TESTS,
    CONSTANTS,
    st.lists(TESTS, min_size=2, max_size=3).map(", ".join),
    st.lists(TESTS, min_size=1, max_size=2).map(lambda tests: f"not({', '.join(tests)})"),
)
VALUES = st.one_of(
    CONSTANTS.map(lambda text: feel.evaluate(feel.parse(text), {}, None)),
    CONSTANTS.map(lambda text: feel.evaluate(feel.parse(text), {}, None)),
    st.sampled_from(
        (
            [], ["a"], [1, 2], [None], {}, {"a": 1}, Decimal("1.0"), Decimal("-0"),
            1.5, 10**40, -(10**400), Decimal("1e6144"), RangeValue(1, 5, True, True),
            FunctionValue((), lambda: None), object(), "\ud800", "a" * 300,
        )
    ),
)  # fmt: skip


def agree(cells: list[tuple[str, ...]], values: list[dict[str, Any]]) -> None:
    """Assert that the index and the trying of every row give the same, by arguments and by values."""
    made = compiled(table("abc"[: len(cells[0])], cells))
    for fact in values:
        expected = made.rows_slowly(fact, None)
        assert made.rows(fact, None) == expected
        assert made.rows_of(made.values(fact, None), fact, None) == expected


@settings(THOROUGH)
@given(
    st.integers(1, 3).flatmap(lambda width: st.lists(st.tuples(*[CELLS] * width), min_size=1, max_size=24)),
    st.lists(st.fixed_dictionaries(dict.fromkeys("abc", VALUES)), min_size=1, max_size=6),
)
def test_the_index_agrees_with_trying_every_row(
    cells: list[tuple[str, ...]], values: list[dict[str, Any]]
) -> None:
    """Any cells, any values: rows are found by the index just where they hold one by one."""
    agree(cells, values)


def structured(chance: random.Random, rows: int, width: int, plain: float) -> list[tuple[str, ...]]:
    """Return cells as people write them: few constants, ranges that follow each other, some dashes and texts that ask."""

    def cell(column: int) -> str:
        if chance.random() > plain:
            return chance.choice(
                ("-", "-", "not(3)", "null", "> 1, null", "? = a", "not(null)", "true", '[1, "a"]')
            )
        if column % 3 == 0:
            return chance.choice(('"a"', '"b"', '"c"', '"a", "b"', '"d", 1'))
        if column % 3 == 1:
            return chance.choice(("1", "2", "3", "1, 2", "2.0", "4, 5, 6", "true", "false"))
        low = chance.randrange(20)
        return chance.choice(
            (f"[{low}..{low + 2})", f"({low}..{low + 9}]", f"< {low}", f">= {low}", f"{low}")
        )

    return [tuple(cell(column) for column in range(width)) for _ in range(rows)]


@pytest.mark.parametrize("few", [0, 2, 8], ids="few {}".format)
@pytest.mark.parametrize("block", [3, 16, 1024], ids="blocks of {}".format)
@pytest.mark.parametrize("copies", [0, 1, 12], ids="{} copies".format)
@pytest.mark.parametrize("plain", [0.4, 1.0], ids="plain {}".format)
@pytest.mark.parametrize("grid", [0, 300], ids=["no grid", "grid"])
def test_every_part_of_the_index_agrees(
    few: int,
    block: int,
    copies: int,
    plain: float,
    grid: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whether rows are hashed, sliced, masked or tested, the answer is the same."""
    chance = random.Random(f"{few} {block} {copies} {plain}")
    for name, size in (("FEW", few), ("BLOCK", block), ("COPIES", copies), ("SPARE", 50 * copies)):
        monkeypatch.setattr(index, name, size)
    monkeypatch.setattr(index, "GRID", grid)
    values = ["a", "b", "d", 1, 2, Decimal("2.0"), 3, 5, 7, 19, Decimal("18.5"), None, True, False, [1], "z"]
    for rows, width in ((40, 1), (60, 3), (150, 4)):
        agree(
            structured(chance, rows, width, plain),
            [{name: chance.choice(values) for name in "abcd"} for _ in range(25)],
        )


@pytest.mark.parametrize(
    ("cells", "part"),
    [
        pytest.param([("-",)] * 9, "tuple", id="nothing to test"),
        pytest.param([('"a"',)], "Tested", id="one row"),
        pytest.param([(f'"a{n}"',) for n in range(9)], "Hashed", id="constants"),
        pytest.param([(f'"a{n // 9}"', f"{n}") for n in range(99)], "Hashed", id="two of constants"),
        pytest.param(
            [(f'"a{n // 9}"', f"[{n}..{n + 3})") for n in range(99)], "Gridded", id="constants and ranges"
        ),
        pytest.param([(f"[{n}..{n + 1})",) for n in range(9)], "Sliced", id="ranges"),
        pytest.param([(f">= {n}",) for n in range(99)], "Masked", id="ranges that overlap"),
        pytest.param(
            [(f'"a{n}"', "-") for n in range(9)] + [("-", f"{n}") for n in range(9)], "Both", id="two groups"
        ),
        pytest.param([(f">= {n}",) for n in range(index.BLOCK + 1)], "Both", id="two blocks"),
    ],
)
def test_what_rows_are_indexed_by(cells: list[tuple[str, ...]], part: str) -> None:
    """The index takes the structure that the cells ask for."""
    made = compiled(table("ab"[: len(cells[0])], cells))
    assert type(made._node).__name__ == part
    agree(cells, [{"a": given, "b": given} for given in (None, 0, 5, "a3", "a", 99, 5000)])


def depth(part: Node | tuple[int, ...]) -> int:
    """Return how many parts are below each other."""
    below: list[Any] = []
    match part:
        case parts.Hashed():
            below = list(part.table.values())
        case parts.Sliced():
            below = list(part.parts)
        case parts.Both():
            below = list(part.parts)
    return 1 + max(map(depth, below), default=0)


@pytest.mark.parametrize(("grid", "steps"), [(300, 1), (0, 3)], ids=["grid", "each bucket its own"])
def test_a_large_table_is_shallow(grid: int, steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten thousand rows of two constants and a range are one grid; where that is too large, three steps."""
    monkeypatch.setattr(index, "GRID", grid)
    cells = [(f'"k{n % 10}"', f'"p{n // 50}"', f"[{n // 10 % 5}..{n // 10 % 5 + 1})") for n in range(10_000)]
    made = compiled(table("abc", cells))
    assert depth(made._node) == steps
    for n in range(0, 10_000, 997):
        fact = {"a": f"k{n % 10}", "b": f"p{n // 50}", "c": Decimal(n // 10 % 5) + Decimal("0.5")}
        assert made.rows(fact, None) == (n,)


@pytest.mark.parametrize("given", [Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity"), float("nan"), 1e400])
def test_what_is_no_number_does_no_harm(given: Any) -> None:
    """A number that FEEL does not have fits any value, and no other cell need hold; nothing is raised."""
    made = compiled(table(("a",), [("-",), ("1",), ("< 5",), ("not(3)",), ("[1..5]",), ("? > 1",)]))
    assert made.rows({"a": given}, None)[0] == 0


def test_arguments_that_do_not_fit() -> None:
    """An input that cannot be read is null; the others are read all the same."""
    made = compiled(table(("a.b + 1", "b"), [("null", "1"), ("2", "1"), ("null", "2")]))
    assert made.rows({"a": "text", "b": 1}, None) == (0,)
    assert made.rows({"a": {"b": 1}, "b": 1}, None) == (1,)
    assert made.rows("no record", None) == ()


def test_a_table_without_inputs() -> None:
    """Without inputs every row holds."""
    assert compiled(table((), [(), ()])).rows({}, None) == (0, 1)
    assert compiled(table(("a",), [])).rows({"a": 1}, None) == ()
