"""What is kept while a window slides is, to the last digit and place, what its values come to from scratch, late ones too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from engine.spc import capability, drift, runs
from engine.spc.exact import is_number, mean, stddev, total
from engine.spc.incremental import (
    Aggregate,
    Distinct,
    Matching,
    Mean,
    Overall,
    Share,
    Spread,
    Sum,
    share,
)
from engine.spc.ordered import BLOCK, Ordered
from engine.spc.runs import LongestRun, RunAtEnd, Trend
from engine.spc.succession import Extreme, Median, Tail, Within

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
    "within": (Within, capability.within),
    "overall": (Overall, capability.overall),
}

GONE = object()
"""In the place of a value: the oldest leaves."""

LATE = st.one_of(st.just(0), st.just(0), st.integers(0, 5), st.integers(0, 60))
"""How many values are newer than one that comes; of fewer, all."""


def steps_of(values: st.SearchStrategy[Any], max_size: int = 40) -> st.SearchStrategy[list[tuple[Any, int]]]:
    """Return steps in which *values* come, each with how many are newer, or the oldest leaves."""
    return st.lists(st.tuples(st.one_of(values, values, values, st.just(GONE)), LATE), max_size=max_size)


class Sliding:
    """The values of a window, in order, and what is kept of them."""

    def __init__(self, *kept: Aggregate) -> None:
        self.values: list[Any] = []
        self._places: list[Fraction] = []
        self._kept = kept

    def add(self, value: Any, newer: int = 0) -> None:
        """Take in a value before the *newer* last ones."""
        at = max(0, len(self.values) - newer)
        before, after = self._places[at - 1 : at] if at else [], self._places[at : at + 1]
        if before and after:
            place = (before[0] + after[0]) / 2
        else:
            place = before[0] + 1 if before else after[0] - 1 if after else Fraction()
        self._places.insert(at, place)
        self.values.insert(at, value)
        newer = len(self.values) - 1 - at
        for kept in self._kept:
            if newer:
                kept.insert(value, place, newer)
            else:
                kept.add(value, place)

    def drop(self) -> None:
        """Let the oldest value go, if there is one."""
        if self.values:
            del self._places[0]
            oldest = self.values.pop(0)
            for kept in self._kept:
                kept.remove(oldest)

    def take(self, step: tuple[Any, int]) -> None:
        """Do what a step says."""
        value, newer = step
        if value is GONE:
            self.drop()
        else:
            self.add(value, newer)


def _same(a: Any, b: Any) -> bool:
    return type(a) is type(b) and str(a) == str(b)


@pytest.mark.parametrize("name", FROM_SCRATCH)
@given(steps=st.lists(st.tuples(VALUES, LATE), max_size=40), size=st.integers(1, 9))
def test_numbers(name: str, steps: list[tuple[Any, int]], size: int) -> None:
    """At every step of a window of some size the result is that of a list; a value that is no number makes it None."""
    make, from_scratch = FROM_SCRATCH[name]
    kept = make()
    sliding = Sliding(kept)
    for step in steps:
        sliding.take(step)
        if len(sliding.values) > size:
            sliding.drop()
        window = sliding.values
        expected = from_scratch(window) if all(is_number(one) for one in window) else None
        assert _same(kept.result, expected), (window, kept.result, expected)


@pytest.mark.parametrize("name", FROM_SCRATCH)
@given(steps=steps_of(NUMBERS))
def test_any_order_of_coming_and_going(name: str, steps: list[tuple[Any, int]]) -> None:
    """Values may come and go in any turn, to any place, down to none and up again."""
    make, from_scratch = FROM_SCRATCH[name]
    kept = make()
    sliding = Sliding(kept)
    for step in steps:
        sliding.take(step)
        assert _same(kept.result, from_scratch(sliding.values)), (sliding.values, kept.result)


EQUAL = st.sampled_from([1, Decimal("1.0"), Decimal("1.00"), 2, Decimal("2.0"), None])


@pytest.mark.parametrize("name", FROM_SCRATCH)
@given(steps=steps_of(EQUAL, max_size=60))
def test_equal_values_of_different_places(name: str, steps: list[tuple[Any, int]]) -> None:
    """Which of several equal values is shown does not depend on the order in which they came."""
    make, from_scratch = FROM_SCRATCH[name]
    kept = make()
    sliding = Sliding(kept)
    for step in steps:
        sliding.take(step)
        window = sliding.values
        assert _same(kept.result, None if None in window else from_scratch(window)), (window, kept.result)


VERDICTS: dict[str, tuple[Callable[[], Aggregate], Callable[[list[bool]], Any]]] = {
    "matching": (Matching, sum),
    "share": (Share, share),
    "in a row": (RunAtEnd, runs.in_a_row),
    "longest run": (LongestRun, runs.longest_run),
}


@pytest.mark.parametrize("name", VERDICTS)
@given(steps=steps_of(st.sampled_from([True, True, True, False, None]), max_size=60))
def test_verdicts(name: str, steps: list[tuple[Any, int]]) -> None:
    """Counts, shares and runs are those of the verdicts in the window."""
    make, from_scratch = VERDICTS[name]
    kept = make()
    sliding = Sliding(kept)
    for step in steps:
        sliding.take(step)
        assert _same(kept.result, from_scratch([verdict is True for verdict in sliding.values]))


@given(steps=steps_of(VALUES, max_size=60), reach=st.integers(1, 5))
def test_last_and_different_values(steps: list[tuple[Any, int]], reach: int) -> None:
    """The last values are those of the window, unless one in it is no number; and different ones are counted."""
    tail, distinct = Tail(reach), Distinct()
    sliding = Sliding(tail, distinct)
    for step in steps:
        sliding.take(step)
        window = sliding.values
        expected = window[-reach:] if all(map(is_number, window)) else [None]
        assert list(map(repr, tail.result)) == list(map(repr, expected))
        assert distinct.result == len(set(window))


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
    sliding = Sliding(kept, plain)
    for value in (Decimal("1E+30"), Decimal("0.1"), Decimal("1E-30"), Decimal("0.2")):
        sliding.add(value)
    for _ in range(3):
        sliding.drop()
    sliding.add(Decimal("0.4"))
    assert str(plain.result) == "0.6"
    assert str(kept.result) == "0.1414213562373095048801688724209698"


def test_many_values_in_order() -> None:
    """The order of many values holds across blocks, while they come and go."""
    ordered = Ordered()
    values = [(at * 7919) % 2003 for at in range(BLOCK * 5)]
    for number, value in enumerate(values):
        ordered.add(value, number)
    for value in values[: BLOCK * 4]:
        ordered.remove(value)
    left = sorted(values[BLOCK * 4 :])
    assert len(ordered) == len(left)
    assert [ordered[at] for at in range(len(left))] == left
    with pytest.raises(IndexError):
        ordered[len(left)]


@given(
    values=st.lists(
        st.tuples(EQUAL.filter(bool), st.integers(0, 9), st.booleans()), min_size=10, max_size=40
    ),
    gone=st.integers(0, 9),
)
def test_equal_values_across_blocks(values: list[tuple[Any, int, bool]], gone: int) -> None:
    """Equal values stand in the order of their places however many blocks they fill; the oldest goes first."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("engine.spc.ordered.BLOCK", 3)
        ordered = Ordered()
        places: list[tuple[int, int, Any]] = []
        for number, (value, at, late) in enumerate(values):
            place = (at if late else 10 + number, number)
            (ordered.insert if late else ordered.add)(value, place)
            places.append((*place, value))
        places.sort(key=lambda one: one[:2])
        for _, _, value in places[:gone]:
            ordered.remove(value)
    left = sorted(value for _, _, value in places[gone:])
    assert list(map(str, left)) == [str(ordered[at]) for at in range(len(ordered))]


def test_python_s_own_context_is_not_read() -> None:
    """A thread that computes with 3 digits gets the same results."""
    values = [Decimal("1.2345678901"), Decimal("2.3456789012"), 3]
    expected = (total(values), mean(values), stddev(values))
    with localcontext() as context:
        context.prec = 3
        assert (total(values), mean(values), stddev(values)) == expected
