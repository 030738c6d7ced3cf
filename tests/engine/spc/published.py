"""Published series and figures of process control, with the source of each; what is long is read from data beside the checkout.

A figure is a text with the digits that its source prints, and a value agrees where it rounds to all of them.
"""

from __future__ import annotations

import csv
import os
from decimal import ROUND_HALF_UP, Context, Decimal
from pathlib import Path

import pytest

from engine.spc.exact import Number

DATA = Path(os.environ.get("LINESIDE_DATA", Path(__file__).resolve().parents[4] / "shared/data")) / "spc"

needs_the_data = pytest.mark.skipif(
    not DATA.is_dir(), reason="the published data sets are not on this machine"
)

_ROUNDING = Context(prec=60, rounding=ROUND_HALF_UP)


def decimals(text: str) -> list[Decimal]:
    """Return the numbers of *text*, as they are written there."""
    return [Decimal(word) for word in text.split()]


def words(text: str) -> list[str]:
    """Return the figures of *text*."""
    return text.split()


def to_the_digits_of(figure: str, value: Number | None) -> str:
    """Return *value* rounded to the last digit that *figure* has."""
    assert value is not None
    return str(Decimal(value).quantize(Decimal(figure), context=_ROUNDING))


def table(name: str) -> list[list[Decimal]]:
    """Return the rows of a data set; binary noise such as 10.325999999999999 is read as the 10.326 that was measured."""
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    return [[Decimal(repr(round(float(cell), 6))) for cell in row] for row in rows]


def rings() -> list[list[Decimal]]:
    """Return the 40 samples of 5 piston rings (Montgomery, chapter 6)."""
    return table("pistonrings.csv")


FLOW_RATES = decimals("49.6 47.6 49.9 51.3 47.8 51.2 52.6 52.4 53.6 52.1")
"""NIST/SEMATECH e-Handbook, 6.3.2.2: ten batches."""

EWMA_SERIES = decimals(
    "52.0 47.0 53.0 49.3 50.1 47.0 51.0 50.1 51.2 50.5 49.6 47.6 49.9 51.3 47.8 51.2 52.6 52.4 53.6 52.1"
)
"""NIST/SEMATECH e-Handbook, 6.3.2.4."""

EWMA_FIGURES = words(
    "50.60 49.52 50.56 50.18 50.16 49.21 49.75 49.85 50.26 50.33 "
    "50.11 49.36 49.52 50.05 49.38 49.92 50.73 51.23 51.94 51.99"
)
"""The EWMA of that series with lambda 0.3, as the handbook prints it after its first value, which is 50."""

WAFERS = [16, 14, 28, 16, 12, 20, 10, 12, 10, 17, 19, 17, 14, 16, 15, 13, 14, 16, 11, 20, 11, 19, 16, 31, 13]
"""NIST/SEMATECH e-Handbook, 6.3.3.1: defects on 25 wafers."""

COMPUTERS = [10, 12, 8, 14, 10, 16, 11, 7, 10, 15, 9, 5, 7, 11, 12, 6, 8, 10, 7, 5]
"""Montgomery, section 7.3, u chart: nonconformities in 20 samples of 5 computers."""

CHIPS = [
    *(12, 15, 8, 10, 4, 7, 16, 9, 14, 10, 5, 6, 17, 12, 22),
    *(8, 10, 5, 13, 11, 20, 18, 24, 15, 9, 12, 7, 13, 9, 6),
]
"""NIST/SEMATECH e-Handbook, 6.3.3.2, and Montgomery, table 7.1: nonconforming units in 30 samples of 50."""

SHIFTED = decimals(
    "9.45 7.99 9.29 11.66 12.16 10.18 8.04 11.46 9.20 10.34 9.03 11.47 10.51 9.40 10.08 "
    "9.37 10.62 10.31 8.52 10.84 10.90 9.33 12.29 11.50 10.60 11.08 10.38 11.62 11.31 10.52"
)
"""Montgomery, table 9.1: twenty values around 10 and ten around 11, with sigma 1."""

SHIFTED_UPPER = words(
    "0 0 0 1.16 2.82 2.50 0.04 1.00 0 0 0 0.97 0.98 0 0 "
    "0 0.12 0 0 0.34 0.74 0 1.79 2.79 2.89 3.47 3.35 4.47 5.28 5.30"
)
"""Montgomery, table 9.2: the upper CUSUM of that series with k 0.5."""

SHIFTED_RUNS = [0, 0, 0, 1, 2, 3, 4, 5, 0, 0, 0, 1, 2, 0, 0, 0, 1, 0, 0, 1, 2, 0, 1, 2, 3, 4, 5, 6, 7, 8]
"""The same table: for how many periods the upper CUSUM has been above zero."""

SHIFTED_EWMA = words(
    "9.945 9.7495 9.70355 9.8992 10.1253 10.1307 9.92167 10.0755 9.98796 10.0232 "
    "9.92384 10.0785 10.1216 10.0495 10.0525 9.98426 10.0478 10.074 9.91864 10.0108 "
    "10.0997 10.0227 10.2495 10.3745 10.3971 10.4654 10.4568 10.5731 10.6468 10.6341"
)
"""Montgomery, table 9.10: the EWMA of that series with lambda 0.1."""

VISCOSITY = decimals("33.75 33.05 34 33.81 33.46 34.02 33.68 33.27 33.49 33.20 33.62 33.00 33.54 33.12 33.84")
"""Montgomery, viscosity of aircraft primer paint, 15 batches."""

ANTIFREEZE = decimals(
    "2.23 2.53 2.62 2.63 2.58 2.44 2.49 2.34 2.95 2.54 2.60 2.45 2.17 2.58 2.57 2.44 2.38 "
    "2.23 2.23 2.54 2.66 2.84 2.81 2.39 2.56 2.70 3.00 2.81 2.77 2.89 2.54 2.98 2.35 2.53"
)
"""Wetherill and Brown, Statistical Process Control (1991), page 120: water content of antifreeze."""

_WIDTHS = """
1.3235 1.4128 1.6744 1.4573 1.6914  1.4314 1.3592 1.6075 1.4666 1.6109  1.4284 1.4871 1.4932 1.4324 1.5674
1.5028 1.6352 1.3841 1.2831 1.5507  1.5604 1.2735 1.5265 1.4363 1.6441  1.5955 1.5451 1.3574 1.3281 1.4198
1.6274 1.5064 1.8366 1.4177 1.5144  1.4190 1.4303 1.6637 1.6067 1.5519  1.3884 1.7277 1.5355 1.5176 1.3688
1.4039 1.6697 1.5089 1.4627 1.5220  1.4158 1.7667 1.4278 1.5928 1.4181  1.5821 1.3355 1.5777 1.3908 1.7559
1.2856 1.4106 1.4447 1.6398 1.1928  1.4951 1.4036 1.5893 1.6458 1.4969  1.3589 1.2863 1.5996 1.2497 1.5471
1.5747 1.5301 1.5171 1.1839 1.8662  1.3680 1.7269 1.3957 1.5014 1.4449  1.4163 1.3864 1.3057 1.6210 1.5573
1.5796 1.4185 1.6541 1.5116 1.7247  1.7106 1.4412 1.2361 1.3820 1.7601  1.4371 1.5051 1.3485 1.5670 1.4880
1.4738 1.5936 1.6583 1.4973 1.4720  1.5917 1.4333 1.5551 1.5295 1.6866  1.6399 1.5243 1.5705 1.5563 1.5530
1.5797 1.3663 1.6240 1.3732 1.6887
"""
WIDTHS = [decimals(_WIDTHS)[at : at + 5] for at in range(0, 125, 5)]
"""Montgomery, table 6.1: flow width after the hard bake, 25 samples of 5 wafers, specified as 1.50 +- 0.50 microns."""

WEIGHTS = decimals(
    "324.925 324.675 324.725 324.350 325.350 325.225 324.125 324.525 325.225 324.600 "
    "324.625 325.150 328.325 327.250 327.825 328.500 326.675 327.775 326.875 328.350"
)
"""NIST/SEMATECH e-Handbook, 6.3.2.3: the means of twenty groups around a target of 325."""
