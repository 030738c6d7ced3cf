"""The factors of control charts for 2 to 25 measurements in a subgroup: c4, d2 and d3, and those that come of them.

c4 is computed. d2 and d3 have no closed form: they are the mean and the standard deviation of the range of n values of the
standard normal distribution, integrated to 34 digits. Rounded, they are those of the published tables (ASTM Manual 7A;
Montgomery, Introduction to Statistical Quality Control, appendix VI), but for eight that the tables round twice.
"""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from engine.spc.exact import CONTEXT

LARGEST = 25
"""The largest subgroup with tabulated factors; beyond it ranges say too little."""

PI = Decimal("3.14159265358979323846264338327950288")
THREE = Decimal(3)

# n -> d2, d3; first tabulated by Tippett, Biometrika 17 (1925)
_RANGES: dict[int, tuple[str, str]] = {
    2: ("1.128379167095512573896158903121545", "0.8525024664274217299837350603966442"),
    3: ("1.692568750643268860844238354682318", "0.8883680040452042893994347000669004"),
    4: ("2.058750746007928264113973293961946", "0.8798082028249833116754364715758874"),
    5: ("2.325928947281039225544535977101003", "0.8640819410995040746168676716014536"),
    6: ("2.534412721222942595298697763727989", "0.8480396861174952967860668489417856"),
    7: ("2.704356751213808798457844333657155", "0.8332053356222936604984226960292131"),
    8: ("2.847200612090555506156649298612515", "0.8198314897919439590606657358906701"),
    9: ("2.970026324418474012556430236272964", "0.8078342745533224605166929592430018"),
    10: ("3.077505461670345712055063799502872", "0.7970506735194112451980724209789349"),
    11: ("3.172872703816000337891943270967372", "0.7873146205503281820780660690431826"),
    12: ("3.258455279743825980552163799524558", "0.7784783412033843784831347206484058"),
    13: ("3.335980354098254996070321477506120", "0.7704162020637547963840515640389158"),
    14: ("3.406763108199953042986973402705196", "0.7630230956247903073622450126841014"),
    15: ("3.471826889882074867334282296980817", "0.7562114297279439217498513297381362"),
    16: ("3.531982786109575934562946118735140", "0.7499080894099159084057380500281050"),
    17: ("3.587883961765381747090301539193047", "0.7440517839607314499914670377529308"),
    18: ("3.640063757937444209252312060914736", "0.7385908533781778155886692169135186"),
    19: ("3.688963023207649316212490203386679", "0.7334814955188684205142805615781249"),
    20: ("3.734950119596640969473786169650535", "0.7286863457073052330539390042943846"),
    21: ("3.778335829842620968882666542135858", "0.7241733407174990175167061364919103"),
    22: ("3.819384643362832652246095197170768", "0.7199148084342234055181624773764054"),
    23: ("3.858323423285006873245266917873577", "0.7158867354918144464467717596570192"),
    24: ("3.895348148451356269514403024713292", "0.7120681751479372433318258152727767"),
    25: ("3.930629219507113161515215380424856", "0.7084407658886550276174153692751914"),
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
