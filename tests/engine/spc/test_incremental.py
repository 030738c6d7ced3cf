"""What is kept while a window slides is, to the last digit and place, what its values come to from scratch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal, localcontext
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from engine.spc import drift, runs
from engine.spc.exact import is_number, mean, stddev, total
from engine.spc.incremental import (
    Aggregate,
    Distinct,
    Extreme,
    Matching,
    Mean,
    Median,
    Share,
    Spread,
    Sum,
    Tail,
    share,
)
from engine.spc.ordered import BLOCK, Ordered
from engine.spc.runs import LongestRun, RunAtEnd, Trend

NUMBERS = st.one_of(
    st.integers(-5, 5),
    st.decimals(-100, 100, places=2),
    st.sampled_from(
        [
            Decimal("1.0"),
            Decimal("1.00"),
            1,
            Decimal("-0.0"),
            Decimal("1E+3"),
            Decimal(9999999999999999999999999999999999),
            10**33,
            Decimal("1E-30"),
            Decimal("9.9E+6144"),
            Decimal("1E-6176"),
            Decimal("0.3333333333333333333333333333333333"),
        ]
    ),
)
VALUES = st.one_of(NUMBERS, NUMBERS, NUMBERS, st.sampled_from([None, "1", True]))


def _median(values: Sequence[Any]) -> Any:
    ordered = sorted(values)
    middle = len(ordered) // 2
    if not ordered:
        return None
    return ordered[middle] if len(ordered) % 2 else mean(ordered[middle - 1 : middle + 1])


FROM_SCRATCH: dict[str, tuple[Callable[[], Aggregate], Callable[[Sequence[Any]], Any]]] = {
    "sum": (Sum, total),
    "mean": (Mean, mean),
    "stddev": (Spread, stddev),
    "min": (lambda: Extreme(-1), lambda values: min(values, default=None)),
    "max": (lambda: Extreme(1), lambda values: max(values, default=None)),
    "median": (Median, _median),
    "trend": (Trend, drift.trend),
}


def _same(a: Any, b: Any) -> bool:
    return type(a) is type(b) and str(a) == str(b)


@pytest.mark.parametrize("name", FROM_SCRATCH)
@given(values=st.lists(VALUES, max_size=40), size=st.integers(1, 9))
def test_numbers(name: str, values: list[Any], size: int) -> None:
    """At every step of a window of some size the result is that of a list; a value that is no number makes it None."""
    make, from_scratch = FROM_SCRATCH[name]
    kept = make()
    for at, value in enumerate(values):
        kept.add(value)
        if at >= size:
            kept.remove(values[at - size])
        window = values[max(0, at - size + 1) : at + 1]
        expected = from_scratch(window) if all(is_number(one) for one in window) else None
        assert _same(kept.result, expected), (window, kept.result, expected)


@pytest.mark.parametrize("name", FROM_SCRATCH)
@given(steps=st.lists(st.one_of(NUMBERS, st.none()), max_size=40))
def test_any_order_of_coming_and_going(name: str, steps: list[Any]) -> None:
    """Values may come and go in any turn, down to none and up again; None in the steps lets the oldest go."""
    make, from_scratch = FROM_SCRATCH[name]
    kept = make()
    window: list[Any] = []
    for step in steps:
        if step is not None:
            window.append(step)
            kept.add(step)
        elif window:
            kept.remove(window.pop(0))
        assert _same(kept.result, from_scratch(window)), (window, kept.result)


VERDICTS: dict[str, tuple[Callable[[], Aggregate], Callable[[list[bool]], Any]]] = {
    "matching": (Matching, sum),
    "share": (Share, share),
    "in a row": (RunAtEnd, runs.in_a_row),
    "longest run": (LongestRun, runs.longest_run),
}


@pytest.mark.parametrize("name", VERDICTS)
@given(steps=st.lists(st.sampled_from([True, True, True, False, None, "gone"]), max_size=60))
def test_verdicts(name: str, steps: list[Any]) -> None:
    """Counts, shares and runs are those of the verdicts in the window."""
    make, from_scratch = VERDICTS[name]
    kept = make()
    window: list[Any] = []
    for step in steps:
        if step != "gone":
            window.append(step)
            kept.add(step)
        elif window:
            kept.remove(window.pop(0))
        assert _same(kept.result, from_scratch([verdict is True for verdict in window]))


@given(steps=st.lists(st.one_of(VALUES, st.just("gone")), max_size=60), reach=st.integers(1, 5))
def test_last_and_different_values(steps: list[Any], reach: int) -> None:
    """The last values are those of the window, unless one in it is no number; and different ones are counted."""
    tail, distinct = Tail(reach), Distinct()
    window: list[Any] = []
    for step in steps:
        if step != "gone":
            window.append(step)
            tail.add(step)
            distinct.add((type(step), step))
        elif window:
            oldest = window.pop(0)
            tail.remove(oldest)
            distinct.remove((type(oldest), oldest))
        assert tail.result == (window[-reach:] if all(map(is_number, window)) else [None])
        assert distinct.result == len({(type(one), one) for one in window})


@given(values=st.lists(NUMBERS, min_size=1, max_size=20), seed=st.randoms(use_true_random=False))
def test_sums_do_not_depend_on_order(values: list[Any], seed: Any) -> None:
    """Sum, mean and standard deviation are the same in any order of the values."""
    shuffled = list(values)
    seed.shuffle(shuffled)
    for function in (total, mean, stddev):
        assert _same(function(values), function(shuffled))


def test_nothing_drifts() -> None:
    """After values of very different size have come and gone, the sum of what is left is exact."""
    kept = Spread()
    plain = Sum()
    for value in (Decimal("1E+30"), Decimal("0.1"), Decimal("1E-30"), Decimal("0.2")):
        kept.add(value)
        plain.add(value)
    for value in (Decimal("1E+30"), Decimal("0.1"), Decimal("1E-30")):
        kept.remove(value)
        plain.remove(value)
    kept.add(Decimal("0.4"))
    plain.add(Decimal("0.4"))
    assert str(plain.result) == "0.6"
    assert str(kept.result) == "0.1414213562373095048801688724209698"


def test_many_values_in_order() -> None:
    """The order of many values holds across blocks, while they come and go."""
    ordered = Ordered()
    values = [(at * 7919) % 2003 for at in range(BLOCK * 5)]
    for number, value in enumerate(values):
        ordered.add(value, number)
    for number, value in enumerate(values[: BLOCK * 4]):
        ordered.remove(value, number)
    left = sorted(values[BLOCK * 4 :])
    assert len(ordered) == len(left)
    assert [ordered[at] for at in range(len(left))] == left
    with pytest.raises(IndexError):
        ordered[len(left)]


def test_python_s_own_context_is_not_read() -> None:
    """A thread that computes with 3 digits gets the same results."""
    values = [Decimal("1.2345678901"), Decimal("2.3456789012"), 3]
    expected = (total(values), mean(values), stddev(values))
    with localcontext() as context:
        context.prec = 3
        assert (total(values), mean(values), stddev(values)) == expected
