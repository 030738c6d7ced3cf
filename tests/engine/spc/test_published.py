"""Limits, signals, CUSUM, EWMA and capability agree with published figures to the last digit printed.

Where a source works with factors rounded to three places, the figure is that of the rounded factor, and the test says so.
"""

from __future__ import annotations

import statistics
from decimal import Decimal

import pytest

from engine.spc import capability, drift, limits, rules
from engine.spc.exact import Number, decimal
from engine.spc.limits import Limits
from tests.engine.spc import published
from tests.engine.spc.published import needs_the_data, rings, table, to_the_digits_of


def agree(found: Limits | None, centre: str, lower: str, upper: str) -> None:
    """Assert that limits round to the figures."""
    assert found is not None
    assert to_the_digits_of(centre, found.centre) == centre
    assert to_the_digits_of(lower, found.lower) == lower
    assert to_the_digits_of(upper, found.upper) == upper


def outside(values: list[Decimal], found: Limits | None) -> list[int]:
    """Return the numbers, from 1, of the values beyond a limit."""
    assert found is not None
    return [at for at, value in enumerate(values, 1) if not found.lower <= value <= found.upper]


def means(samples: list[list[Decimal]]) -> list[Decimal]:
    """Return the mean of each sample."""
    found = [limits.centre_of(sample) for sample in samples]
    return [mean for mean in found if mean is not None]


@needs_the_data
def test_piston_rings() -> None:
    """Limits from samples 1 to 25; of all 40, 37 to 39 are beyond, and no range is.

    shared/data/README.md: 73.9880, 74.0143; R's package qcc prints 74.00118, 73.98805, 74.0143 (X-bar), 0.02276 (R), and
    0.009240037, 0.019302416 (S).
    """
    samples = rings()
    base = samples[:25]
    agree(limits.xbar(base), "74.00118", "73.9880", "74.0143")
    agree(limits.xbar(base), "74.00118", "73.98805", "74.01430")
    agree(limits.range_chart(base), "0.02276", "0", "0.0481")
    agree(limits.stddev_chart(base), "0.009240037", "0", "0.01930242")
    assert outside(means(samples), limits.xbar(base)) == [37, 38, 39]
    assert outside(means(samples), limits.xbar_s(base)) == [37, 38, 39]
    assert outside(limits.ranges(samples), limits.range_chart(base)) == []
    assert to_the_digits_of("0.009829977", limits.sigma_of_stddevs(base)) == "0.009829977"


@needs_the_data
def test_piston_rings_with_the_rounded_factor() -> None:
    """qcc divides by d2 = 2.326, and its sigma of 0.009785039 is that of the rounded factor."""
    middle = limits.centre_of(limits.ranges(rings()[:25]))
    assert middle is not None
    assert to_the_digits_of("0.009785039", middle / Decimal("2.326")) == "0.009785039"
    assert to_the_digits_of("0.009785", limits.sigma_of_ranges(rings()[:25])) == "0.009785"


@needs_the_data
def test_piston_rings_by_run_rules() -> None:
    """The first signals of the run rules: none in the baseline, then rising means, and rule 1 at 37 to 39."""
    samples = rings()
    found = limits.xbar(samples[:25])
    assert found is not None
    lines = rules.zones(found.centre, found.sigma)
    assert lines is not None
    values = means(samples)
    signals = {
        at: rules.signals(rules.WESTERN_ELECTRIC, values[:at], lines) for at in range(1, len(values) + 1)
    }
    assert [at for at, numbers in signals.items() if 1 in numbers] == [37, 38, 39]
    assert [at for at in range(1, 26) if signals[at]] == []


@needs_the_data
@pytest.mark.parametrize(
    ("lower", "upper", "figures"),
    [
        # R's package qcc, process.capability of samples 1 to 25: Cp, Cp_l, Cp_u, Cp_k
        pytest.param("73.95", "74.05", "1.703 1.743 1.663 1.663", id="73.95 to 74.05"),
        pytest.param("73.99", "74.01", "0.3407 0.3807 0.3006 0.3006", id="73.99 to 74.01"),
        pytest.param("73.99", "74.1", "1.8736 0.3807 3.3665 0.3807", id="73.99 to 74.1"),
    ],
)
def test_capability_of_piston_rings(lower: str, upper: str, figures: str) -> None:
    """The indices are those that qcc prints, which divides by d2 = 2.326; the unrounded factor changes them by 1 in 30,000."""
    exact = capability.within_subgroups(rings()[:25])
    middle = limits.centre_of(limits.ranges(rings()[:25]))
    assert exact is not None
    assert middle is not None
    as_printed = capability.Process(exact.mean, middle / Decimal("2.326"))
    printed = indices(as_printed, Decimal(lower), Decimal(upper))
    assert [to_the_digits_of(f, v) for f, v in zip(figures.split(), printed, strict=True)] == figures.split()
    found = indices(exact, Decimal(lower), Decimal(upper))
    assert max(abs(a / b - 1) for a, b in zip(found, printed, strict=True)) < Decimal(1) / 30_000


def indices(process: capability.Process, lower: Decimal, upper: Decimal) -> list[Decimal]:
    """Return Cp, CPL, CPU and Cpk."""
    found = [
        process.potential(lower, upper),
        process.below(lower),
        process.above(upper),
        process.actual(lower, upper),
    ]
    return [value for value in found if value is not None]


@needs_the_data
def test_circuit_boards() -> None:
    """Nonconformities on boards (Montgomery, section 7.3): 19.85, 6.48; without samples 6 and 20, 19.67, 6.36, 32.97.

    The book's first upper limit, 33.22, goes on from the rounded 19.85.
    """
    counts: list[Number] = [row[1] for row in table("circuits.csv")]
    agree(limits.c(counts), "19.85", "6.48", "33.21")
    agree(limits.c([Decimal("19.85")]), "19.85", "6.48", "33.22")
    assert outside([decimal(count) for count in counts], limits.c(counts)) == [6, 20]
    kept = [count for at, count in enumerate(counts, 1) if at not in (6, 20)]
    agree(limits.c(kept), "19.67", "6.36", "32.97")


@needs_the_data
def test_orange_juice_cans() -> None:
    """The counts of table 7.1 of Montgomery are those of the handbook."""
    assert [row[1] for row in table("canjuice.csv")] == published.CHIPS
    assert {row[0] for row in table("canjuice.csv")} == {50}


# Montgomery, appendix VI: A2, D3, D4, A3, B3, B4
FACTORS = {
    4: (0.729, 0, 2.282, 1.628, 0, 2.266),
    5: (0.577, 0, 2.114, 1.427, 0, 2.089),
    10: (0.308, 0.223, 1.777, 0.975, 0.284, 1.716),
}


@needs_the_data
@pytest.mark.parametrize(
    ("name", "size"),
    [
        pytest.param("diameter.csv", 10, id="diameter"),
        pytest.param("parts.csv", 5, id="parts"),
        pytest.param("thickness.csv", 4, id="thickness"),
        pytest.param("pistonrings.csv", 5, id="piston rings, all forty"),
    ],
)
def test_samples_by_another_way(name: str, size: int) -> None:
    """Where no figure is published, four charts agree with the textbook's factors and formulas in binary floating point.

    They do to half of the last place that the factors have, and the same samples are beyond.
    """
    rows = table(name)
    samples = limits.grouped([row[1] for row in rows], 4) if name == "thickness.csv" else rows
    floats = [[float(value) for value in row] for row in samples]
    centres = [statistics.fmean(row) for row in floats]
    spans = [max(row) - min(row) for row in floats]
    spreads = [statistics.stdev(row) for row in floats]
    centre, span, spread = map(statistics.fmean, (centres, spans, spreads))
    a2, d3, d4, a3, b3, b4 = FACTORS[size]
    expected = {
        limits.xbar: (centres, centre, centre - a2 * span, centre + a2 * span, span),
        limits.range_chart: (spans, span, d3 * span, d4 * span, span),
        limits.xbar_s: (centres, centre, centre - a3 * spread, centre + a3 * spread, spread),
        limits.stddev_chart: (spreads, spread, b3 * spread, b4 * spread, spread),
    }
    for chart, (plotted, middle, lower, upper, unit) in expected.items():
        found = chart(samples)
        assert found is not None
        assert float(found.centre) == pytest.approx(middle, rel=1e-12)
        assert float(found.lower) == pytest.approx(lower, abs=0.00051 * unit)
        assert float(found.upper) == pytest.approx(upper, abs=0.00051 * unit)
        beyond = [at for at, value in enumerate(plotted, 1) if not lower <= value <= upper]
        assert outside([Decimal(value) for value in plotted], found) == beyond


@needs_the_data
def test_circuit_boards_by_the_unit() -> None:
    """In the u chart of the same hundred boards each figure is a hundredth of Montgomery's: 0.1985, 0.0648, 0.3321."""
    rows = table("circuits.csv")
    found = limits.u([row[1] for row in rows], [row[0] for row in rows])
    agree(found, "0.1985", "0.0648", "0.3321")
    assert outside([row[1] / row[0] for row in rows], found) == [6, 20]


def test_share_nonconforming() -> None:
    """NIST 6.3.3.2: 0.2313, sigma 0.0596, limits 0.0524 and 0.4102; qcc: 0.05242755, 0.4102391; 15 and 23 are beyond."""
    found = limits.p(published.CHIPS, [50] * 30)
    agree(found, "0.2313", "0.0524", "0.4102")
    agree(found, "0.2313333", "0.05242755", "0.4102391")
    assert found is not None
    assert to_the_digits_of("0.0596", found.sigma) == "0.0596"
    shares = [Decimal(count) / 50 for count in published.CHIPS]
    assert outside(shares, found) == [15, 23]


def test_share_nonconforming_once_the_causes_are_known() -> None:
    """Montgomery, section 7.2: without samples 15 and 23, 0.2150, 0.0407, 0.3893; qcc: 0.04070284, 0.3892972; 21 is beyond."""
    kept = [count for at, count in enumerate(published.CHIPS, 1) if at not in (15, 23)]
    found = limits.p(kept, [50] * 28)
    agree(found, "0.2150", "0.0407", "0.3893")
    agree(found, "0.215", "0.04070284", "0.3892972")
    # the twentieth of those kept is sample 21
    assert outside([Decimal(count) / 50 for count in kept], found) == [20]


def test_number_nonconforming() -> None:
    """The np chart of the same samples has fifty times the figures of the p chart."""
    agree(limits.np(published.CHIPS, 50), "11.56667", "2.621377", "20.51196")


def test_defects_per_computer() -> None:
    """Montgomery, u chart: 1.93, 0.07 and 3.79; no sample is beyond."""
    found = limits.u(published.COMPUTERS, [5] * 20)
    agree(found, "1.93", "0.07", "3.79")
    assert outside([Decimal(count) / 5 for count in published.COMPUTERS], found) == []


def test_defects() -> None:
    """NIST 6.3.3.1: 16, 4 and 28; wafers 3 and 24 are not beyond and beyond."""
    found = limits.c(published.WAFERS)
    agree(found, "16", "4", "28")
    assert outside([Decimal(count) for count in published.WAFERS], found) == [24]


def test_individuals() -> None:
    """NIST 6.3.2.2: mean 50.81, moving range 1.8778; with d2 rounded to 1.128, 55.8041 and 45.8159."""
    middle = limits.centre_of(published.FLOW_RATES)
    moved = limits.centre_of(limits.moving_ranges(published.FLOW_RATES))
    assert to_the_digits_of("50.81", middle) == "50.81"
    assert to_the_digits_of("1.8778", moved) == "1.8778"
    agree(limits.given(Decimal("50.81"), Decimal("1.8778") / Decimal("1.128")), "50.81", "45.8159", "55.8041")
    agree(limits.individuals(published.FLOW_RATES), "50.81", "45.82", "55.80")
    assert outside(published.FLOW_RATES, limits.individuals(published.FLOW_RATES)) == []


@pytest.mark.parametrize(
    ("series", "centre", "sigma", "lower", "upper"),
    [
        # R's package qcc, type "xbar.one", which divides by d2 = 1.128
        pytest.param(
            published.VISCOSITY, "33.52333", "0.4261651", "32.24484", "34.80183", id="viscosity, Montgomery"
        ),
        pytest.param(
            published.ANTIFREEZE, "2.569706", "0.1794541", "2.031344", "3.108068", id="antifreeze, Wetherill"
        ),
    ],
)
def test_individuals_with_the_rounded_factor(
    series: list[Decimal], centre: str, sigma: str, lower: str, upper: str
) -> None:
    """Limits of single values agree with what qcc prints, where sigma is made with the rounded factor."""
    middle, moved = limits.centre_of(series), limits.centre_of(limits.moving_ranges(series))
    assert middle is not None
    assert moved is not None
    one = moved / Decimal("1.128")
    assert to_the_digits_of(sigma, one) == sigma
    agree(limits.given(middle, one), centre, lower, upper)
    exact = limits.individuals(series)
    assert exact is not None
    assert abs(exact.sigma / one - 1) < Decimal("0.0004")


def test_flow_width() -> None:
    """Montgomery, example 6.1: 1.5056 and 0.32521; with A2 = 0.577 and D4 = 2.114, 1.31795, 1.69325 and 0.68749."""
    found, spans = limits.xbar(published.WIDTHS), limits.range_chart(published.WIDTHS)
    assert found is not None
    assert spans is not None
    assert to_the_digits_of("1.5056", found.centre) == "1.5056"
    assert to_the_digits_of("0.32521", spans.centre) == "0.32521"
    # the book goes on from its rounded figures
    centre, mean_range = Decimal("1.5056"), Decimal("0.32521")
    assert to_the_digits_of("1.69325", centre + Decimal("0.577") * mean_range) == "1.69325"
    agree(found, "1.5056", "1.318", "1.693")
    assert outside(means(published.WIDTHS), found) == []
    assert outside(limits.ranges(published.WIDTHS), spans) == []


def test_capability_of_flow_width() -> None:
    """Montgomery, section 6.2.1: sigma 0.1398, and Cp 1.192 for 1.50 +- 0.50 microns."""
    process = capability.within_subgroups(published.WIDTHS)
    assert process is not None
    assert to_the_digits_of("0.1398", process.sigma) == "0.1398"
    assert to_the_digits_of("1.192", process.potential(1, 2)) == "1.192"


def test_capability_of_a_known_process() -> None:
    """NIST 6.1.6: limits 8 and 20, mean 16, sigma 2: Cp 1.0, Cpu 0.6667, Cpl 1.3333, Cpk 0.6667."""
    process = capability.Process(Decimal(16), Decimal(2))
    assert process.potential(8, 20) == 1
    assert to_the_digits_of("0.6667", process.above(20)) == "0.6667"
    assert to_the_digits_of("1.3333", process.below(8)) == "1.3333"
    assert to_the_digits_of("0.6667", process.actual(8, 20)) == "0.6667"


def test_cusum() -> None:
    """Montgomery, table 9.2: every upper sum and its run; sums 5.28 and 5.30 signal at 29 and 30, the shift began after 22."""
    state = drift.cusum(10, 1)
    signals = []
    for at, value in enumerate(published.SHIFTED):
        assert state is not None
        state = state.after(value)
        assert state is not None
        assert to_the_digits_of(published.SHIFTED_UPPER[at], state.upper) == published.SHIFTED_UPPER[at]
        assert state.upper_run == published.SHIFTED_RUNS[at]
        if state.signals:
            signals.append((at + 1, at + 1 - state.upper_run))
    assert signals == [(29, 22), (30, 22)]


def test_cusum_in_the_unit_of_the_values() -> None:
    """NIST 6.3.2.3: with k 0.3175 and h 4.1959 the upper sum is 3.01 at 13, and signals from 14 on: 4.94, 7.45, 10.63, 11.99."""
    state = drift.cusum(325, 1, Decimal("0.3175"), Decimal("4.1959"))
    sums: dict[int, Decimal] = {}
    signals = []
    for at, value in enumerate(published.WEIGHTS, 1):
        assert state is not None
        state = state.after(value)
        assert state is not None
        sums[at] = state.upper
        if state.signals:
            signals.append(at)
    figures = {13: "3.01", 14: "4.94", 15: "7.45", 16: "10.63", 17: "11.99", 19: "16.00"}
    assert {at: to_the_digits_of(figure, sums[at]) for at, figure in figures.items()} == figures
    assert signals == [14, 15, 16, 17, 18, 19, 20]


def test_ewma() -> None:
    """NIST 6.3.2.4: all twenty averages, limits 52.5884 and 47.4115 (the handbook cuts 47.41157), and no signal."""
    state = drift.ewma(50, Decimal("2.0539"), Decimal("0.3"), 3)
    for figure, value in zip(published.EWMA_FIGURES, published.EWMA_SERIES, strict=True):
        assert state is not None
        state = state.after(value)
        assert state is not None
        assert to_the_digits_of(figure, state.value) == figure
        assert not state.signals
    assert state is not None
    assert to_the_digits_of("52.5884", state.upper) == "52.5884"
    assert str(state.lower).startswith("47.4115")


def test_ewma_with_widening_limits() -> None:
    """Montgomery, table 9.10 and example 9.2: thirty averages; limits 10.27, 9.73, then 10.36, 9.64, at last 10.62, 9.38."""
    state = drift.ewma(10, 1, Decimal("0.1"), Decimal("2.7"))
    figures = {1: ("9.73", "10.27"), 2: ("9.64", "10.36"), 30: ("9.38", "10.62")}
    for at, value in enumerate(published.SHIFTED, 1):
        assert state is not None
        state = state.after(value)
        assert state is not None
        printed = published.SHIFTED_EWMA[at - 1]
        assert to_the_digits_of(printed, state.value) == printed
        if at in figures:
            lower, upper = figures[at]
            assert to_the_digits_of(lower, state.lower) == lower
            assert to_the_digits_of(upper, state.upper) == upper
