"""The built-ins of process control: what they come to in FEEL, walked and compiled, and what is null."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from engine import feel
from engine.feel import numbers
from engine.feel import types as t
from engine.feel.builtins import REGISTRY, spc
from engine.spc import exact
from engine.spc.incremental import Aggregate, Mean, Spread, Sum
from engine.spc.runs import Trend
from engine.spc.succession import Extreme, Median
from tests.engine.feel.expressions import FITTING

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PAGE = (Path(__file__).resolve().parents[3] / "docs/spc.md").read_text(encoding="utf-8")
FLOW = "[49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]"


def evaluated(expression: str) -> Any:
    """Return what *expression* comes to, walked and compiled."""
    node = feel.parse(expression)
    walked = feel.evaluate(node, {}, NOW)
    assert feel.compile_value(node, feel.Scope({}), ["d"])({}, NOW) == walked
    return walked


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        pytest.param("nelson([], 1, 0, 1)", "false", id="no value completes no pattern"),
        pytest.param("nelson signals([], 0, 1)", "[]", id="no value, no signals"),
        pytest.param("nelson(4, 1, 0, 1)", "true", id="a number is a list of one"),
        pytest.param("nelson([4], 1.0, 0, 1)", "true", id="a rule may be written 1.0"),
        pytest.param("nelson(values: [4], sigma: 1, centre: 0, rule: 1)", "true", id="by names"),
        pytest.param("list contains(nelson signals([4], 0, 1), 1)", "true", id="signals are a list"),
        pytest.param("count(western electric signals([2.1, 2.1], 0, 1)) > 0", "true", id="any signal"),
        pytest.param(f"control limits({FLOW}).centre", "50.81", id="limits have a centre"),
        pytest.param(
            f'control limits({FLOW}) = control limits({FLOW}, "individuals")',
            "true",
            id="individuals by itself",
        ),
        pytest.param(f'control limits({FLOW}, "moving range").lower', "0", id="a range is not below zero"),
        pytest.param(
            'control limits([1, 2, 2, 4], "xbar", 2) = control limits([[1, 2], [2, 4]], "xbar")',
            "true",
            id="subgroups either way",
        ),
        pytest.param(
            'control limits([1, 2, 2, 4, 9], "range", 2) = control limits([[1, 2], [2, 4]], "range")',
            "true",
            id="what fills no subgroup is left out",
        ),
        pytest.param('control limits([[1, 3], [2, 4]], "stddev").lower', "0", id="standard deviations"),
        pytest.param('control limits([[1, 3], [2, 4]], "xbar s").centre', "2.5", id="means by deviations"),
        pytest.param('control limits([5, 5], "p", 10).centre', "0.5", id="a share"),
        pytest.param(
            'control limits([5, 5], "p", [10, 40]).sigma',
            "sqrt(0.2 * 0.8 / 40)",
            id="sizes that differ: the last",
        ),
        pytest.param('control limits([10, 10], "p", 10).upper', "1", id="a share is not above one"),
        pytest.param('control limits([9, 9], "np", 10).upper', "10", id="nor a number above its sample"),
        pytest.param('control limits([4, 4], "c").upper', "10", id="a count"),
        pytest.param('control limits([8, 8], "u", 2).upper', "4 + 3 * sqrt(2)", id="a count per unit"),
        pytest.param("cusum([11], 10, 1).upper", "0.5", id="k is half a sigma"),
        pytest.param("cusum([15.5], 10, 1).signal", "false", id="a sum on the interval does not signal"),
        pytest.param("cusum([15.6], 10, 1).signal", "true", id="beyond five sigma it does"),
        pytest.param("cusum(values: [11], centre: 10, sigma: 1, h: 0.4).signal", "true", id="h by name"),
        pytest.param("cusum([20, 11], 10, 1).upper", "10.0", id="sums go on after a signal"),
        pytest.param("cusum([20, 11], 10, 1, 0.5, 5, true).upper", "0.5", id="or begin again"),
        pytest.param(
            "cusum(values: [20, 11], centre: 10, sigma: 1, resets: true).rising", "1", id="resets by name"
        ),
        pytest.param("cusum([20, 4], 10, 1, 0.5, 5, true).lower", "5.5", id="both begin again"),
        pytest.param("ewma([11], 10, 1).value", "10.2", id="lambda is 0.2"),
        pytest.param("ewma([11], 10, 1).upper", "10.6", id="limits begin at lambda times width"),
        pytest.param(
            "ewma([13], 10, 1, 1).signal", "false", id="lambda 1 is a chart of values: on the limit"
        ),
        pytest.param("ewma([13.1], 10, 1, 1).signal", "true", id="lambda 1: beyond it"),
        pytest.param("ewma(values: [12], centre: 10, sigma: 1, width: 1).signal", "true", id="width by name"),
        pytest.param("trend([])", "0", id="no trend in nothing"),
        pytest.param("trend([1])", "0", id="nor in one value"),
        pytest.param("trend([1, 1])", "0", id="nor in equal ones"),
        pytest.param("trend([1, 2, 2.0])", "0", id="equal at the end"),
        pytest.param("trend([9, 5, 4, 3])", "-4", id="falling"),
        pytest.param("trend([9, 3, 4])", "2", id="turned"),
        pytest.param("slope([3, 2, 1])", "-1", id="a falling line"),
        pytest.param("slope([1, 1])", "0", id="a flat line"),
        pytest.param("cp([1, 2, 3, 4], 0, 6, 2) = cp([[1, 2], [3, 4]], 0, 6)", "true", id="Cp of subgroups"),
        pytest.param(
            "cpk([1, 2, 3], 0, 6) = min(cpl([1, 2, 3], 0), cpu([1, 2, 3], 6))",
            "true",
            id="Cpk is the smaller",
        ),
        pytest.param("ppk([1, 2, 3], 3, 8)", "-1/3", id="a mean outside is below zero"),
        pytest.param("in a row([], 1)", "0", id="no run in nothing"),
        pytest.param('in a row(["f", "f", "p"], "f")', "0", id="the run has ended"),
        pytest.param("in a row([1, null, null], null)", "2", id="null may be what is asked for"),
        pytest.param("in a row([3, 40.1, 40.2], [40..41])", "2", id="a range"),
        pytest.param("in a row([3, 40.1, 40.2], (> 40))", "2", id="a comparison"),
        pytest.param('in a row(["a", "b", "c"], ["b", "c"])', "2", id="any of several"),
        pytest.param("in a row([{r: 1}, {r: 2}, {r: 3}], function(x) x.r > 1)", "2", id="a function"),
        pytest.param("in a row([1, 2], function(x, y) true)", "0", id="a function of two"),
        pytest.param('in a row([1, "x", 3], (> 0))', "1", id="what does not compare does not match"),
        pytest.param("longest run([1, 1, 2, 1], 1)", "2", id="the longest run"),
        pytest.param('share(["f", "p", "p", null], "f")', "0.25", id="a share, of nulls too"),
        pytest.param("share([1, 2], (> 0))", "1", id="all of them"),
        pytest.param("share([3, 4], function(x) x > 9)", "0", id="none of them"),
        pytest.param("share([1, 2, 3], [2..3])", "2/3", id="a share that is not even"),
        pytest.param("2 in in a row([1, 1], 1)", "true", id="a name that begins with in"),
    ],
)
def test_values(expression: str, expected: str) -> None:
    """A function comes to what the page says, and to the same when it is compiled."""
    assert evaluated(expression) == evaluated(expected)


@pytest.mark.parametrize(
    "expression",
    [
        pytest.param("nelson([1], 0, 0, 1)", id="no rule 0"),
        pytest.param("nelson([1], 9, 0, 1)", id="no rule 9"),
        pytest.param("nelson([1], 1.5, 0, 1)", id="no rule between"),
        pytest.param("western electric([1], 5, 0, 1)", id="no fifth rule"),
        pytest.param("nelson([1], 1, 0, 0)", id="no sigma"),
        pytest.param("nelson([1], 1, 0, -1)", id="a negative sigma"),
        pytest.param("nelson([1], 1, null, 1)", id="no centre"),
        pytest.param("nelson([null, 1], 1, 0, 1)", id="a value is null"),
        pytest.param('nelson([1, "2"], 1, 0, 1)', id="a value is a text"),
        pytest.param("nelson signals([true], 0, 1)", id="a value is a boolean"),
        pytest.param("western electric signals([1], 0, 0)", id="signals without sigma"),
        pytest.param("control limits([])", id="no baseline"),
        pytest.param("control limits([1])", id="a baseline of one"),
        pytest.param("control limits([1, null])", id="a baseline with null"),
        pytest.param('control limits([1, 2], "X")', id="no such chart"),
        pytest.param('control limits([1, 2], "individuals", 2)', id="no subgroups of individuals"),
        pytest.param('control limits([1, 2], "xbar")', id="no size"),
        pytest.param('control limits([1, 2], "xbar", 1)', id="subgroups of one"),
        pytest.param('control limits([1, 2], "xbar", 3)', id="no full subgroup"),
        pytest.param('control limits([1, 2], "xbar", 26)', id="subgroups too large"),
        pytest.param('control limits([1, 2], "xbar", 1E+300)', id="far too large"),
        pytest.param('control limits([[1, 2], [1]], "xbar")', id="subgroups that differ"),
        pytest.param('control limits([[1, 2], [1, null]], "xbar")', id="a subgroup with null"),
        pytest.param('control limits([[], []], "range")', id="empty subgroups"),
        pytest.param('control limits([[1, 2]], "xbar", 2)', id="subgroups and a size"),
        pytest.param('control limits([1, 2], "p")', id="no sample size"),
        pytest.param('control limits([1, 2], "p", 0)', id="samples of none"),
        pytest.param('control limits([1, 2], "p", 1)', id="more than there are"),
        pytest.param('control limits([1, -2], "p", 10)', id="a negative count"),
        pytest.param('control limits([1, 2], "p", [10])', id="a size is missing"),
        pytest.param('control limits([1, 2], "np", [10, 10])', id="np has one size"),
        pytest.param('control limits([1, -2], "c")', id="a negative count of nonconformities"),
        pytest.param('control limits([1, 2], "c", 10)', id="c has no sizes"),
        pytest.param('control limits([1, 2], "u", [1, null])', id="a size is null"),
        pytest.param("cusum([], 0, 1)", id="a CUSUM of nothing"),
        pytest.param("cusum([1], 0, 1, -1)", id="a negative allowance"),
        pytest.param("cusum([1], 0, 1, 0.5, 0)", id="no interval"),
        pytest.param("cusum([9E+6144, 9E+6144], 0, 1)", id="a sum beyond the largest number"),
        pytest.param("ewma([], 0, 1)", id="an EWMA of nothing"),
        pytest.param("ewma([1], 0, 1, 0)", id="lambda 0"),
        pytest.param("ewma([1], 0, 1, 1.1)", id="lambda above 1"),
        pytest.param("ewma([1], 0, 1, 0.2, 0)", id="no width"),
        pytest.param("slope([1])", id="a line through one point"),
        pytest.param("slope([1, null])", id="a line through null"),
        pytest.param("trend([1, null])", id="a trend with null"),
        pytest.param("cp([1, 2], 2, 2)", id="no tolerance"),
        pytest.param("cpk([1, 2], 3, 2)", id="limits the wrong way"),
        pytest.param("cpk([1, 2], 0, null)", id="a limit is missing"),
        pytest.param("cp([2, 2], 0, 4)", id="no spread"),
        pytest.param("cp([2], 0, 4)", id="one value"),
        pytest.param("cp([], 0, 4)", id="no value"),
        pytest.param("ppk([1, null], 0, 4)", id="a value is null, overall"),
        pytest.param("pp([2, 2], 0, 4)", id="no spread, overall"),
        pytest.param("ppl([], 0)", id="no value, overall"),
        pytest.param("in a row(null, 1)", id="no list"),
        pytest.param("share(null, 1)", id="no list to share"),
        pytest.param("share([], 1)", id="a share of nothing"),
    ],
)
def test_null(expression: str) -> None:
    """What cannot be said is null, and why is told unless a null came in."""
    assert evaluated(expression) is None
    told: list[feel.Doubt] = []
    feel.evaluate(feel.parse(expression), {}, NOW, warnings=told)
    assert len(told) == (0 if re.search(r"\(null|, null[,)]", expression) else 1)


@pytest.mark.parametrize("name", sorted(REGISTRY))
@pytest.mark.parametrize(
    "value", [Decimal("9.999E+6144"), Decimal("-9.999E+6144"), Decimal("1E-6176"), 10**40, 0], ids=str
)
def test_extreme_numbers_raise_nothing(name: str, value: numbers.Number) -> None:
    """Numbers at the ends of the range come to a value or to null in every function of the family."""
    for form in REGISTRY[name].forms:
        if form.function.__module__ != spc.__name__:
            continue
        others = [value if t.NUMBER in p.types else None for p in form.parameters[1:]]
        for values in ([value, 1, value], [value, -1], [[value, 1], [1, value]]):
            for one in (1, value):
                arguments = [
                    values,
                    *(one if other == value else other for other in others[: form.least - 1]),
                ]
                form.guarded(*arguments)
                form.guarded(values, 1, Decimal("0.5"), one)
    for chart in ("individuals", "moving range", "xbar", "range", "xbar s", "stddev", "p", "np", "c", "u"):
        for size in (None, 2, value):
            spc.control_limits([value, 1, value, 1], chart, size)


def test_types() -> None:
    """The checker knows what is in a context that these functions make."""
    found = {
        text: feel.check(feel.parse(text), feel.Scope({})).type
        for text in ("control limits([1, 2]).upper", "cusum([1], 0, 1).signal", "nelson signals([1], 0, 1)")
    }
    assert [type(kind) for kind in found.values()] == [t.Number, t.Boolean, t.ListType]


KEPT: dict[str, Callable[[], Aggregate]] = {
    "sum": Sum,
    "mean": Mean,
    "stddev": Spread,
    "min": lambda: Extreme(-1),
    "max": lambda: Extreme(1),
    "median": Median,
    "trend": Trend,
}


@pytest.mark.parametrize("name", KEPT)
@given(
    values=st.lists(
        st.one_of(FITTING.map(lambda data: data["n"]), st.decimals(-9, 9, places=2)), max_size=12
    ),
    gone=st.integers(0, 6),
)
def test_what_a_window_keeps_is_what_the_function_gives(
    name: str, values: list[numbers.Number], gone: int
) -> None:
    """An aggregate that is kept while values come and go is, to the last digit, the built-in over what is left."""
    kept = KEPT[name]()
    for place, value in enumerate(values):
        kept.add(value, place)
    for value in values[:gone]:
        kept.remove(value)
    expected = REGISTRY[name].forms[0].function(values[gone:])
    assert (type(kept.result), str(kept.result)) == (type(expected), str(expected))


def test_two_contexts_are_one() -> None:
    """The numbers below FEEL are computed as FEEL computes: same digits, same rounding, same range."""
    for name in ("prec", "rounding", "Emin", "Emax", "clamp", "traps"):
        assert getattr(exact.CONTEXT, name) == getattr(numbers.CONTEXT, name)
    assert exact.EXACT == numbers.EXACT


def test_the_page_names_every_function() -> None:
    """Every function of the family stands on its page, and every chart."""
    own = {name for name, made in REGISTRY.items() if made.forms[0].function.__module__ == spc.__name__}
    assert len(own) == 20
    assert [name for name in sorted(own) if f"`{name}(" not in PAGE and f"`{name}`" not in PAGE] == []
    charts = re.findall(r'`control limits\(\w+, "([^"]+)"', PAGE)
    assert sorted({*charts, "individuals"}) == sorted({*spc._SINGLES, *spc._GROUPS, *spc._SAMPLES, "np"})
