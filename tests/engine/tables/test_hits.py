"""Hit policies: what the rows that hold become, policy by policy."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from engine import feel
from engine.tables.hits import settle
from engine.tables.model import Aggregation, HitPolicy
from engine.written import Expression, Literal, Value
from tests.engine.tables.made import compiled, table

RISK, RATE = "risk", "rate"
LEVELS = '"high", "medium", "low"'
TWO = [
    ("> 0", "low", "plain"),
    ("> 1", "high", "plain"),
    ("> 2", "high", "best"),
    ("> 3", "none", "best"),
]
"""Rows whose outputs are in another order than the rows."""

U, A, F, P, R, O, C = HitPolicy  # noqa: E741 - the letters of DMN
SUM, MIN, MAX, COUNT = Aggregation


def constant(value: Value | None) -> Any:
    """Return the value of an output cell."""
    match value:
        case None:
            return None
        case Literal(value=given):
            return given
        case Expression(node=node):
            return feel.evaluate(node, {}, None)
    raise AssertionError(value)


def answer(
    hit: HitPolicy, rows: list[tuple[Any, ...]], given: Any, **more: Any
) -> tuple[Any, list[int], str]:
    """Return the value, the numbers of the rows and the problem, where the input `a` is *given*."""
    made = compiled(table(("a",), rows, hit=hit, **more))
    inside = made.table.rows
    found = made.rows({"a": given}, None)
    settled = settle(
        made,
        found,
        lambda row: tuple(constant(value) for value in inside[row].outputs),
        defaults=lambda: tuple(constant(column.default) for column in made.table.outputs),
        refusal=made.refusal({"a": given}, None),
    )
    return settled.value, [inside[row].number for row in settled.rows], settled.problem


def risk(level: str, rate: str) -> dict[str, str]:
    """Return the context of both outputs."""
    return {RISK: level, RATE: rate}


@pytest.mark.parametrize(
    ("hit", "given", "value", "rows"),
    [
        pytest.param(U, 1, risk("low", "plain"), [1], id="unique: the one row"),
        pytest.param(U, 0, None, [], id="unique: none"),
        pytest.param(A, 1, risk("low", "plain"), [1], id="any: the one row"),
        pytest.param(F, 4, risk("low", "plain"), [1], id="first"),
        pytest.param(P, 2, risk("high", "plain"), [2], id="priority: by the first output"),
        pytest.param(P, 3, risk("high", "best"), [3], id="priority: then by the second"),
        pytest.param(P, 4, risk("high", "best"), [3], id="priority: what is not allowed comes last"),
        pytest.param(
            R,
            3,
            [risk("low", "plain"), risk("high", "plain"), risk("high", "best")],
            [1, 2, 3],
            id="rule order",
        ),
        pytest.param(
            O,
            3,
            [risk("high", "best"), risk("high", "plain"), risk("low", "plain")],
            [3, 2, 1],
            id="output order",
        ),
        pytest.param(O, 0, None, [], id="output order: none"),
        pytest.param(C, 2, [risk("low", "plain"), risk("high", "plain")], [1, 2], id="collect"),
    ],
)
def test_several_outputs(hit: HitPolicy, given: int, value: Any, rows: list[int]) -> None:
    """Several outputs are a context; priorities are compared column by column from the left."""
    allowed = {RISK: LEVELS, RATE: '"best", "plain"'}
    assert answer(hit, TWO, given, outputs=(RISK, RATE), allowed=allowed) == (value, rows, "")


NUMBERS = [("> 0", 100), ("> 1", Decimal("0.5")), ("> 2", -7), ("> 3", "x"), ("> 4", None)]
DAYS = [("> 0", '= @"2026-01-31"'), ("> 1", '= @"2025-12-31"'), ("> 2", '= @"PT1H"')]


@pytest.mark.parametrize(
    ("aggregation", "rows", "given", "value"),
    [
        pytest.param(SUM, NUMBERS, 3, Decimal("93.5"), id="sum"),
        pytest.param(SUM, NUMBERS, 1, 100, id="sum of one"),
        pytest.param(SUM, NUMBERS, 0, None, id="sum of none"),
        pytest.param(MIN, NUMBERS, 3, -7, id="min"),
        pytest.param(MAX, NUMBERS, 3, 100, id="max"),
        pytest.param(MIN, DAYS, 2, feel.evaluate(feel.parse('@"2025-12-31"'), {}, None), id="min of dates"),
        pytest.param(COUNT, NUMBERS, 5, 5, id="count"),
        pytest.param(COUNT, NUMBERS, 0, 0, id="count of none"),
        pytest.param(None, NUMBERS, 3, [100, Decimal("0.5"), -7], id="list"),
        pytest.param(None, NUMBERS, 0, None, id="list of none"),
    ],
)
def test_collect(aggregation: Aggregation | None, rows: list[Any], given: int, value: Any) -> None:
    """Collect gives the list of outputs, or what its aggregation makes of them."""
    found, _, problem = answer(C, rows, given, aggregation=aggregation)
    assert (found, problem) == (value, "")


@pytest.mark.parametrize(
    ("hit", "aggregation", "rows", "given", "problem"),
    [
        pytest.param(
            U, None, TWO, 2, 'rows 1 and 2 hold, and hit policy "unique" lets one row hold', id="unique"
        ),
        pytest.param(
            U,
            None,
            [("-", 1)] * 9,
            2,
            'rows 1, 2, 3, 4, 5 and 4 more hold, and hit policy "unique" lets one row hold',
            id="many",
        ),
        pytest.param(
            A,
            None,
            [("> 0", 1), ("> 0", Decimal("1.0")), ("> 0", "1")],
            2,
            'rows 1 and 3 hold, and hit policy "any" asks for the same outputs of every row',
            id="any",
        ),
        pytest.param(
            C,
            SUM,
            NUMBERS,
            4,
            "rows 1, 2, 3 and 4 hold, and the outputs cannot be combined by sum",
            id="sum of a text",
        ),
        pytest.param(
            C,
            MAX,
            NUMBERS,
            5,
            "rows 1, 2, 3, 4 and 5 hold, and the outputs cannot be combined by max",
            id="max of a text",
        ),
        pytest.param(
            C,
            MIN,
            DAYS,
            3,
            "rows 1, 2 and 3 hold, and the outputs cannot be combined by min",
            id="min of kinds",
        ),
        pytest.param(
            C,
            SUM,
            [("-", None)],
            3,
            "row 1 holds, and the outputs cannot be combined by sum",
            id="sum of null",
        ),
    ],
)
def test_problems(
    hit: HitPolicy, aggregation: Aggregation | None, rows: list[Any], given: int, problem: str
) -> None:
    """A policy that is broken gives null and says which rows broke it."""
    outputs = (RISK, RATE) if rows is TWO else ("",)
    assert answer(hit, rows, given, outputs=outputs, aggregation=aggregation) == (None, [], problem)


@pytest.mark.parametrize("rows", [[("> 0", 1), ("> 0", Decimal("1.0"))], [("> 0", "= [1, {a: 2}]")] * 2])
def test_any_takes_equal_outputs(rows: list[Any]) -> None:
    """Any compares outputs as FEEL does, inside of lists and contexts too."""
    assert answer(A, rows, 1)[1:] == ([1], "")


@pytest.mark.parametrize(
    ("hit", "aggregation", "value"),
    [
        *(pytest.param(hit, None, "mrb", id=hit.value) for hit in (U, A, F, P)),
        *(pytest.param(hit, None, ["mrb"], id=hit.value) for hit in (R, O, C)),
        pytest.param(C, SUM, "mrb", id="sum"),
    ],
)
def test_defaults(hit: HitPolicy, aggregation: Aggregation | None, value: Any) -> None:
    """Where no row holds, the default is the answer; where one does, it is not."""
    more: dict[str, Any] = {"aggregation": aggregation, "default": {"": "mrb"}, "allowed": {"": "1, 2"}}
    assert answer(hit, [("> 0", 1)], 0, **more) == (value, [], "")
    assert answer(hit, [("> 0", 1)], 1, **more)[0] in (1, [1])


def test_defaults_of_several_outputs() -> None:
    """An output without a default is null where no row holds."""
    found = answer(F, TWO, 0, outputs=(RISK, RATE), default={RISK: "low"})
    assert found == ({RISK: "low", RATE: None}, [], "")


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        pytest.param(5, "", id="allowed"),
        pytest.param(-1, "a is -1, and allowed is [0..10]", id="beyond"),
        pytest.param("x", "a is x, and allowed is [0..10]", id="of another kind"),
        pytest.param(None, "", id="null, which the rows decide about"),
        pytest.param([1], "a is [1], and allowed is [0..10]", id="a list"),
    ],
)
def test_inputs_that_are_not_allowed(given: Any, problem: str) -> None:
    """An input outside the allowed values lets no row hold, not even the default, and says so."""
    found = answer(F, [("-", 1)], given, allowed={"a": "[0..10]"}, default={"": 2})
    assert found == ((1, [1], "") if not problem else (None, [], problem))


def test_priority_by_tests() -> None:
    """Allowed values may be ranges: what is in the first of them goes first; without any, the first row does."""
    rows = [("-", 5), ("-", 50), ("-", 500)]
    assert answer(O, rows, 1, allowed={"": "> 100, [10..100]"})[0] == [500, 50, 5]
    assert answer(P, rows, 1)[0] == 5
