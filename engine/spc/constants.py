"""The factors of control charts for 2 to 25 measurements in a subgroup: c4, d2 and d3, and those that come of them.

c4 is computed. d2 and d3 have no closed form: they are the mean and the standard deviation of the range of n values of the
standard normal distribution, integrated here to 20 places. Rounded, all are those of the published tables: ASTM Manual 7A,
table 49; Montgomery, Introduction to Statistical Quality Control, appendix VI.
"""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from engine.spc.exact import CONTEXT

LARGEST = 25
"""The largest subgroup with tabulated factors; beyond it ranges say too little."""

PI = Decimal("3.14159265358979323846264338327950288")
THREE = Decimal(3)

# n -> d2, d3: Tippett (1925); ten places in Harter, Annals of Mathematical Statistics 31 (1960)
_RANGES: dict[int, tuple[str, str]] = {
    2: ("1.12837916709551257390", "0.85250246642742172998"),
    3: ("1.69256875064326886084", "0.88836800404520428940"),
    4: ("2.05875074600792826411", "0.87980820282498331168"),
    5: ("2.32592894728103922554", "0.86408194109950407462"),
    6: ("2.53441272122294259530", "0.84803968611749529679"),
    7: ("2.70435675121380879846", "0.83320533562229366050"),
    8: ("2.84720061209055550616", "0.81983148979194395906"),
    9: ("2.97002632441847401256", "0.80783427455332246052"),
    10: ("3.07750546167034571206", "0.79705067351941124520"),
    11: ("3.17287270381600033789", "0.78731462055032818208"),
    12: ("3.25845527974382598055", "0.77847834120338437848"),
    13: ("3.33598035409825499607", "0.77041620206375479638"),
    14: ("3.40676310819995304299", "0.76302309562479030736"),
    15: ("3.47182688988207486733", "0.75621142972794392175"),
    16: ("3.53198278610957593456", "0.74990808940991590841"),
    17: ("3.58788396176538174709", "0.74405178396073144999"),
    18: ("3.64006375793744420925", "0.73859085337817781559"),
    19: ("3.68896302320764931621", "0.73348149551886842051"),
    20: ("3.73495011959664096947", "0.72868634570730523305"),
    21: ("3.77833582984262096888", "0.72417334071749901752"),
    22: ("3.81938464336283265225", "0.71991480843422340552"),
    23: ("3.85832342328500687325", "0.71588673549181444645"),
    24: ("3.89534814845135626951", "0.71206817514793724333"),
    25: ("3.93062921950711316152", "0.70844076588865502762"),
}


def known(n: int) -> bool:
    """Return whether there are factors for subgroups of *n*."""
    return 2 <= n <= LARGEST


def d2(n: int) -> Decimal:
    """Return the mean range of *n* values, in standard deviations."""
    return Decimal(_RANGES[n][0])


def d3(n: int) -> Decimal:
    """Return the standard deviation of the range of *n* values, in standard deviations."""
    return Decimal(_RANGES[n][1])


@lru_cache(maxsize=LARGEST)
def c4(n: int) -> Decimal:
    """Return the mean standard deviation of samples of *n* values, in standard deviations.

    sqrt(2 / (n - 1)) * gamma(n / 2) / gamma((n - 1) / 2), and gammas of halves are products.
    """
    # gamma(n / 2) / gamma((n - 1) / 2) = g(n) with g(2) = 1 / sqrt(pi) and g(n + 1) = (n - 1) / (2 g(n))
    ratio = CONTEXT.divide(Decimal(1), CONTEXT.sqrt(PI))
    for size in range(2, n):
        ratio = CONTEXT.divide(Decimal(size - 1), CONTEXT.multiply(Decimal(2), ratio))
    return CONTEXT.multiply(CONTEXT.sqrt(CONTEXT.divide(Decimal(2), Decimal(n - 1))), ratio)


def a2(n: int) -> Decimal:
    """Return the factor of the mean range for the limits of means."""
    return CONTEXT.divide(e2(n), CONTEXT.sqrt(Decimal(n)))


def a3(n: int) -> Decimal:
    """Return the factor of the mean standard deviation for the limits of means."""
    return CONTEXT.divide(THREE, CONTEXT.multiply(c4(n), CONTEXT.sqrt(Decimal(n))))


def e2(n: int) -> Decimal:
    """Return the factor of the mean range (of moving ranges: n = 2) for the limits of individuals."""
    return CONTEXT.divide(THREE, d2(n))


def range_sigma(n: int) -> Decimal:
    """Return the standard deviation of ranges as a share of the mean range."""
    return CONTEXT.divide(d3(n), d2(n))


def stddev_sigma(n: int) -> Decimal:
    """Return the standard deviation of standard deviations as a share of their mean."""
    rest = CONTEXT.subtract(Decimal(1), CONTEXT.multiply(c4(n), c4(n)))
    return CONTEXT.divide(CONTEXT.sqrt(rest), c4(n))


def d4(n: int) -> Decimal:
    """Return the factor of the mean range for the upper limit of ranges."""
    return _upper(range_sigma(n))


def d3_limit(n: int) -> Decimal:
    """Return the factor of the mean range for the lower limit of ranges, which tables call D3."""
    return _lower(range_sigma(n))


def b4(n: int) -> Decimal:
    """Return the factor of the mean standard deviation for the upper limit of standard deviations."""
    return _upper(stddev_sigma(n))


def b3(n: int) -> Decimal:
    """Return the factor of the mean standard deviation for the lower limit of standard deviations."""
    return _lower(stddev_sigma(n))


def _upper(share: Decimal) -> Decimal:
    return CONTEXT.add(Decimal(1), CONTEXT.multiply(THREE, share))


def _lower(share: Decimal) -> Decimal:
    found = CONTEXT.subtract(Decimal(1), CONTEXT.multiply(THREE, share))
    return found if found > 0 else Decimal(0)
