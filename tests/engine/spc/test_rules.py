"""The run rules signal where a value completes their pattern, and nowhere else: by tables, and by a second reading of each."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

import hypothesis.strategies as st
import pytest
from hypothesis import given

from engine.spc.exact import Number
from engine.spc.rules import NELSON, REACH, WESTERN_ELECTRIC, signals, zones
from tests.engine.spc.published import decimals

UP = "0.5 -0.5 0.5 -0.5 0.5 -0.5 0.5 -0.5 0.5 -0.5 0.5 -0.5 0.5 -0.5"
INSIDE = "0.1 0.2 -0.3 0.9 -1 1 0.5 0.4 -0.2 0 0.3 0.6 -0.9 0.1 0.2"


def nelson(text: str) -> list[int]:
    """Return Nelson's rules that signal at the last of the values in *text*, of which the centre is 0 and sigma 1."""
    lines = zones(0, 1)
    assert lines is not None
    return signals(NELSON, decimals(text), lines)


@pytest.mark.parametrize(
    ("values", "rules"),
    [
        pytest.param("", [], id="no value"),
        pytest.param("3.1", [1], id="1: beyond three sigma"),
        pytest.param("-3.01", [1], id="1: below"),
        pytest.param("3", [], id="1: a value on the line is not beyond it"),
        pytest.param("9 0.1", [], id="1: only the last value signals"),
        pytest.param("0.1 0.2 0.1 0.2 0.1 0.2 0.1 0.1 0.1", [2], id="2: nine on one side"),
        pytest.param("0.1 0.2 0.1 0.2 0.1 0.2 0.1 0.1", [], id="2: eight are not enough"),
        pytest.param("0.1 0.2 0.1 0.2 0 0.2 0.1 0.1 0.1", [], id="2: the centre line is on no side"),
        pytest.param("0.1 0.2 0.1 0.2 -0.1 0.2 0.1 0.1 0.1", [], id="2: one on the other side"),
        pytest.param("9 0.1 0.2 0.1 0.2 0.1 0.2 0.1 0.1 0.1", [2], id="2: goes on for the tenth"),
        pytest.param("-0.6 -0.3 -0.1 0.1 0.2 0.3", [3], id="3: six that rise"),
        pytest.param("0.6 0.3 0.1 -0.1 -0.2 -0.3", [3], id="3: six that fall"),
        pytest.param("-0.3 -0.1 0.1 0.2 0.3", [], id="3: five are not enough"),
        pytest.param("-0.6 -0.3 -0.1 -0.1 0.2 0.3", [], id="3: equal values do not rise"),
        pytest.param("0.3 -0.6 -0.3 -0.1 0.1 0.2", [], id="3: the first of six does not count down"),
        pytest.param(UP, [4], id="4: fourteen up and down"),
        pytest.param(UP.partition(" ")[2], [], id="4: thirteen are not enough"),
        pytest.param(UP.replace("-0.5 0.5 -0.5", "-0.5 0.5 0.5", 1), [], id="4: one step is missing"),
        pytest.param("2.1 0 2.1", [5], id="5: two of three"),
        pytest.param("2.1 2.1", [5], id="5: two of two are two of three"),
        pytest.param("2.1 2.1 0", [], id="5: the last value does not belong to the pattern"),
        pytest.param("2.1 -2.1", [], id="5: on two sides"),
        pytest.param("2.1 0 0 2.1", [], id="5: two of four"),
        pytest.param("2 2", [], id="5: on the line"),
        pytest.param("1.1 1.1 0 1.1 1.1", [6], id="6: four of five"),
        pytest.param("-1.1 -1.1 0 -1.1 -1.1", [6], id="6: below"),
        pytest.param("1.1 1.1 0 0 1.1 1.1", [], id="6: four of six"),
        pytest.param("1.1 1.1 1.1 1.1 0", [], id="6: the last value does not belong to it"),
        pytest.param("1.1 1.1 -1.1 1.1 1.1", [6], id="6: the odd one may lie anywhere"),
        pytest.param(INSIDE, [7], id="7: fifteen within one sigma, lines included"),
        pytest.param(INSIDE.partition(" ")[2], [], id="7: fourteen are not enough"),
        pytest.param(INSIDE.replace("0.9", "1.1", 1), [], id="7: one beyond"),
        pytest.param("1.1 -1.1 1.2 -1.2 1.3 1.4 -1.1 -1.5", [8], id="8: eight without one in between"),
        pytest.param("1.1 1.1 1.2 1.2 1.3 1.4 1.1 1.5", [6], id="8: on one side is another pattern"),
        pytest.param("1.1 -1.1 1.2 -1 1.3 1.4 -1.1 -1.5", [], id="8: one within"),
        pytest.param("0.5 1 1.5 2.1 2.2 3.1", [1, 3, 5, 6], id="several at once, in order"),
    ],
)
def test_nelson(values: str, rules: list[int]) -> None:
    """Each of Nelson's rules signals for its pattern, and none for what only looks like it."""
    assert nelson(values) == rules


@pytest.mark.parametrize(
    ("values", "rules"),
    [
        pytest.param("", [], id="no value"),
        pytest.param("3.1", [1], id="1: beyond three sigma"),
        pytest.param("2.1 0 2.1", [2], id="2: two of three beyond two sigma"),
        pytest.param("1.1 0 1.1 1.1 1.1", [3], id="3: four of five beyond one sigma"),
        pytest.param("0.1 0.2 0.1 0.2 0.1 0.2 0.1 0.1", [4], id="4: eight on one side"),
        pytest.param("0.1 0.2 0.1 0.2 0.1 0.2 0.1", [], id="4: seven are not enough"),
    ],
)
def test_western_electric(values: str, rules: list[int]) -> None:
    """Each rule of Western Electric signals for its pattern."""
    lines = zones(0, 1)
    assert lines is not None
    assert signals(WESTERN_ELECTRIC, decimals(values), lines) == rules


@pytest.mark.parametrize(
    ("centre", "sigma"),
    [
        pytest.param(0, 0, id="no spread"),
        pytest.param(0, -1, id="negative"),
        pytest.param(0, Decimal("9E+6144"), id="beyond the largest number"),
        pytest.param(Decimal("9.99E+6144"), Decimal("1E+6143"), id="a line beyond it"),
    ],
)
def test_no_zones(centre: Number, sigma: Number) -> None:
    """There are no zones around a centre without a sigma above zero."""
    assert zones(centre, sigma) is None


def test_lines_are_exact() -> None:
    """A value on a line is on it, whatever binary fractions make of it: 10.1 is not beyond 10 + 0.1."""
    lines = zones(10, Decimal("0.1"))
    assert lines is not None
    assert lines.side(Decimal("10.3"), 3) == 0
    assert lines.side(Decimal("10.30000000000000000000000000000001"), 3) == 1


# a second reading of every rule, over distances in sigmas as fractions and whole windows of them

Window = list[Fraction]


def _some_of(window: Window, length: int, needed: int, beyond: int) -> bool:
    last = window[-length:]
    high = [z for z in last if z > beyond]
    low = [z for z in last if z < -beyond]
    return (len(high) >= needed and window[-1] > beyond) or (len(low) >= needed and window[-1] < -beyond)


def _same_side(window: Window, length: int) -> bool:
    last = window[-length:]
    return len(last) == length and (min(last) > 0 or max(last) < 0)


def _differences(window: Window, length: int) -> Window:
    last = window[-length:]
    return [last[at + 1] - last[at] for at in range(len(last) - 1)] if len(last) == length else []


READINGS: dict[int, Callable[[Window], bool]] = {
    1: lambda w: abs(w[-1]) > 3,
    2: lambda w: _same_side(w, 9),
    3: lambda w: bool(d := _differences(w, 6)) and (min(d) > 0 or max(d) < 0),
    4: lambda w: bool(d := _differences(w, 14)) and all(d[at] * d[at + 1] < 0 for at in range(12)),
    5: lambda w: _some_of(w, 3, 2, 2),
    6: lambda w: _some_of(w, 5, 4, 1),
    7: lambda w: len(w) >= 15 and max(abs(z) for z in w[-15:]) <= 1,
    8: lambda w: len(w) >= 8 and min(abs(z) for z in w[-8:]) > 1 and min(w[-8:]) < 0 < max(w[-8:]),
}

# runs of alike values, so that the long patterns come about
_PIECES = st.one_of(
    st.lists(st.integers(-40, 40), min_size=1, max_size=6),
    st.lists(st.integers(-10, 10), min_size=12, max_size=18),
    st.lists(st.integers(1, 30), min_size=8, max_size=10),
    st.lists(st.sampled_from([-15, -11, 11, 12, 25]), min_size=7, max_size=10),
    st.integers(6, 16).map(lambda n: [(-1) ** at * (at % 3 + 1) for at in range(n)]),
    st.integers(-20, 10).map(lambda start: list(range(start, start + 8))),
)


@given(pieces=st.lists(_PIECES, min_size=1, max_size=4), centre=st.integers(-5, 5))
def test_by_a_second_reading(pieces: list[list[int]], centre: int) -> None:
    """At every value of a series the same rules signal as by the definitions written another way."""
    tenths = [z for piece in pieces for z in piece]
    values: list[Number] = [Decimal(z) / 10 * Decimal("0.3") + centre for z in tenths]
    lines = zones(centre, Decimal("0.3"))
    assert lines is not None
    for end in range(1, len(values) + 1):
        window = [Fraction(z, 10) for z in tenths[:end]]
        expected = [rule for rule, holds in READINGS.items() if holds(window)]
        assert signals(NELSON, values[:end], lines) == expected
        assert signals(NELSON, values[max(0, end - REACH) : end], lines) == expected
