"""The factors of control charts are those of the published tables, and those that have a closed form are exact."""

from __future__ import annotations

import math
from decimal import Decimal, localcontext

import pytest

from engine.spc import constants
from engine.spc.exact import CONTEXT
from tests.engine.spc.published import to_the_digits_of

# n A2 A3 c4 B3 B4 d2 d3 D3 D4: Montgomery, Introduction to Statistical Quality Control, appendix VI, and ASTM Manual 7A
TABLE = """
2 1.880 2.659 0.7979 0 3.267 1.128 0.853 0 3.267
3 1.023 1.954 0.8862 0 2.568 1.693 0.888 0 2.574
4 0.729 1.628 0.9213 0 2.266 2.059 0.880 0 2.282
5 0.577 1.427 0.9400 0 2.089 2.326 0.864 0 2.114
6 0.483 1.287 0.9515 0.030 1.970 2.534 0.848 0 2.004
7 0.419 1.182 0.9594 0.118 1.882 2.704 0.833 0.076 1.924
8 0.373 1.099 0.9650 0.185 1.815 2.847 0.820 0.136 1.864
9 0.337 1.032 0.9693 0.239 1.761 2.970 0.808 0.184 1.816
10 0.308 0.975 0.9727 0.284 1.716 3.078 0.797 0.223 1.777
11 0.285 0.927 0.9754 0.321 1.679 3.173 0.787 0.256 1.744
12 0.266 0.886 0.9776 0.354 1.646 3.258 0.778 0.283 1.717
13 0.249 0.850 0.9794 0.382 1.618 3.336 0.770 0.307 1.693
14 0.235 0.817 0.9810 0.406 1.594 3.407 0.763 0.328 1.672
15 0.223 0.789 0.9823 0.428 1.572 3.472 0.756 0.347 1.653
16 0.212 0.763 0.9835 0.448 1.552 3.532 0.750 0.363 1.637
17 0.203 0.739 0.9845 0.466 1.534 3.588 0.744 0.378 1.622
18 0.194 0.718 0.9854 0.482 1.518 3.640 0.739 0.391 1.608
19 0.187 0.698 0.9862 0.497 1.503 3.689 0.734 0.403 1.597
20 0.180 0.680 0.9869 0.510 1.490 3.735 0.729 0.415 1.585
21 0.173 0.663 0.9876 0.523 1.477 3.778 0.724 0.425 1.575
22 0.167 0.647 0.9882 0.534 1.466 3.819 0.720 0.434 1.566
23 0.162 0.633 0.9887 0.545 1.455 3.858 0.716 0.443 1.557
24 0.157 0.619 0.9892 0.555 1.445 3.895 0.712 0.451 1.548
25 0.153 0.606 0.9896 0.565 1.435 3.931 0.708 0.459 1.541
"""
ROWS = [line.split() for line in TABLE.strip().splitlines()]
FACTORS = (
    constants.a2,
    constants.a3,
    constants.c4,
    constants.b3,
    constants.b4,
    constants.d2,
    constants.d3,
    constants.d3_limit,
    constants.d4,
)


# n and column -> the factor rounded once; the tables round d2 or d3 first, and end one off in the last place
ROUNDED_TWICE = {
    (3, 8): "2.575",
    (18, 8): "1.609",
    (19, 6): "0.733",
    (19, 7): "0.404",
    (19, 8): "1.596",
    (22, 7): "0.435",
    (22, 8): "1.565",
    (24, 7): "0.452",
}


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_factors_round_to_the_published_ones(row: list[str]) -> None:
    """Every factor rounds to what the tables print, but for eight that the tables round twice."""
    n = int(row[0])
    expected = [ROUNDED_TWICE.get((n, at), figure) for at, figure in enumerate(row[1:])]
    assert [
        to_the_digits_of(figure, factor(n)) for figure, factor in zip(row[1:], FACTORS, strict=True)
    ] == expected


def test_every_size_has_factors() -> None:
    """Subgroups of 2 to 25 have factors, and no others."""
    assert [n for n in range(40) if constants.known(n)] == [int(row[0]) for row in ROWS]


@pytest.mark.parametrize(
    ("found", "closed"),
    [
        pytest.param(constants.d2(2), lambda pi: 2 / pi.sqrt(), id="d2(2) = 2 / sqrt(pi)"),
        pytest.param(constants.d2(3), lambda pi: 3 / pi.sqrt(), id="d2(3) = 3 / sqrt(pi)"),
        pytest.param(constants.d3(2), lambda pi: (2 - 4 / pi).sqrt(), id="d3(2) = sqrt(2 - 4 / pi)"),
        pytest.param(constants.c4(2), lambda pi: (2 / pi).sqrt(), id="c4(2) = sqrt(2 / pi)"),
        pytest.param(constants.c4(3), lambda pi: pi.sqrt() / 2, id="c4(3) = sqrt(pi) / 2"),
        pytest.param(constants.c4(5), lambda pi: 3 * (pi / 2).sqrt() / 4, id="c4(5) = 3/4 sqrt(pi/2)"),
        pytest.param(constants.e2(2), lambda pi: 3 * pi.sqrt() / 2, id="E2 = 2.6587, printed as 2.660"),
    ],
)
def test_factors_with_a_closed_form(found: Decimal, closed: object) -> None:
    """Where there is a closed form, a factor agrees with it to 33 digits."""
    assert callable(closed)
    with localcontext(CONTEXT):
        expected = closed(constants.PI)
    assert CONTEXT.abs(CONTEXT.subtract(found, expected)) <= Decimal("4E-33")


def below(x: float) -> float:
    """Return the share of the standard normal distribution below *x*."""
    return math.erfc(-x / math.sqrt(2)) / 2


@pytest.mark.parametrize("n", [2, 3, 4, 6, 7, 11, 18, 19, 22, 24, 25])
def test_ranges_by_integrating_anew(n: int) -> None:
    """Mean and standard deviation of the range are those of its distribution, summed in floating point to seven places."""
    step = 0.125
    grid = [at * step for at in range(-72, 73)]
    density = [n * step * math.exp(-x * x / 2) / math.sqrt(2 * math.pi) for x in grid]
    shares = [below(x) for x in grid]

    def beyond(width: float) -> float:
        """Return how often a range is wider than *width*."""
        return 1 - sum(
            weight * (below(x + width) - share) ** (n - 1)
            for x, weight, share in zip(grid, density, shares, strict=True)
        )

    # Simpson's rule
    width = 0.05
    tail = [beyond(at * width) for at in range(241)]
    weights = [width / 3 * (1 if at in (0, 240) else 4 if at % 2 else 2) for at in range(241)]
    mean = sum(w * t for w, t in zip(weights, tail, strict=True))
    square = sum(2 * at * width * w * t for at, (w, t) in enumerate(zip(weights, tail, strict=True)))
    assert float(constants.d2(n)) == pytest.approx(mean, abs=1e-7)
    assert float(constants.d3(n)) == pytest.approx(math.sqrt(square - mean * mean), abs=1e-7)
