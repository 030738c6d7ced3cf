"""The conformance suite of DMN, where its data is there: what passed passes, the list and the page say what is so.

The suite is not part of this repository (LINESIDE_DATA says where shared data stands). What needs no data is tested everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from tests.conformance import report
from tests.conformance.cases import DATA, folders
from tests.conformance.running import Outcome, run, same

needs_the_suite = pytest.mark.skipif(not DATA.is_dir(), reason="the conformance suite is not on this machine")


@pytest.fixture(scope="module")
def outcomes() -> Sequence[Outcome]:
    """Return what becomes of every case, FEEL compiled."""
    return [outcome for folder in folders(DATA) for outcome in run(folder)]


@pytest.fixture(scope="module")
def reasons() -> dict[str, str]:
    """Return the list of cases that do not pass."""
    return report.listed(report.LIST.read_text(encoding="utf-8"))


@needs_the_suite
def test_the_suite_is_there(outcomes: Sequence[Outcome]) -> None:
    """A run that finds no case, or not all of them, says nothing."""
    levels = {level: sum(outcome.level == level for outcome in outcomes) for level in report.LEVELS}
    assert levels == {"compliance-level-2": 116, "compliance-level-3": 3275, "non-compliant": 42}


@needs_the_suite
def test_what_passed_passes(outcomes: Sequence[Outcome], reasons: dict[str, str]) -> None:
    """No case fails that is not listed as not passing."""
    assert report.differences(outcomes, reasons)[0] == []


@needs_the_suite
def test_the_list_is_not_stale(outcomes: Sequence[Outcome], reasons: dict[str, str]) -> None:
    """No listed case passes, and none is of another suite."""
    assert report.differences(outcomes, reasons)[1] == []


@needs_the_suite
def test_the_page_is_not_stale(outcomes: Sequence[Outcome], reasons: dict[str, str]) -> None:
    """docs/conformance.md says what this run says; `make conformance` writes it."""
    assert report.PAGE.read_text(encoding="utf-8") == report.page(outcomes, reasons)


@needs_the_suite
def test_walked_is_compiled(outcomes: Sequence[Outcome]) -> None:
    """Walking the trees passes and fails the same cases as compiling them."""
    walked = [outcome for folder in folders(DATA) for outcome in run(folder, walked=True)]
    assert [(one.key, not one.failure) for one in walked] == [(one.key, not one.failure) for one in outcomes]


@pytest.mark.parametrize(
    ("value", "expected", "is_same"),
    [
        pytest.param(1, Decimal("1.0"), True, id="numbers-by-value"),
        pytest.param(True, Decimal(1), False, id="a-boolean-is-no-number"),
        pytest.param(Decimal("10.3"), Decimal(10), False, id="few-decimals-are-exact"),
        pytest.param(
            Decimal("0.3333333333333333"),
            Decimal("0.33333333"),
            True,
            id="many-decimals-go-as-far-as-they-go",
        ),
        pytest.param(Decimal("0.3333333433333333"), Decimal("0.33333333"), False, id="and-no-further"),
        pytest.param(None, False, False, id="null-is-not-false"),
        pytest.param([None], None, False, id="a-list-of-null-is-not-null"),
        pytest.param({"a": 1}, {"a": Decimal(1)}, True, id="entries"),
        pytest.param({"a": 1, "b": None}, {"a": Decimal(1)}, False, id="an-entry-too-many"),
        pytest.param(["a", "b"], ["b", "a"], False, id="order"),
        pytest.param("1", Decimal(1), False, id="text-is-no-number"),
    ],
)
def test_comparison(value: Any, expected: Any, *, is_same: bool) -> None:
    """A result is compared as the standard compares, and no laxer."""
    assert same(value, expected) is is_same


def test_a_page_is_made_of_outcomes() -> None:
    """The page counts by folder and level, and gives the reason for each folder that is not whole."""
    made = [
        Outcome("compliance-level-2", "0001-one", "001", ""),
        Outcome("compliance-level-3", "0002-two", "001", "is 1, not 2"),
        Outcome("compliance-level-3", "0002-two", "002", "is null", errors=1, told=1),
    ]
    said = {"compliance-level-3/0002-two 002": "not supported: Java"}
    text = report.page(made, said)
    assert "| 0001-one | 1 | 1 | 0 | 0 |" in text
    assert "| 0002-two | 2 | 0 | 1 | 1 |" in text
    assert "**0002-two** is not whole. `001`: fails. `002`: not supported: Java." in text
    assert "| All | 3 | 1 | 1 | 1 | 33.33 % |" in text
    assert "Of 1 results that are errors to the standard, null and a warning, 1 come" in text
    assert report.differences(made, said) == (["compliance-level-3/0002-two 001: is 1, not 2"], [])
