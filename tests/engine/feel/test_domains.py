"""Constant arguments with which functions of process control are always null: found by the check, and null indeed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import feel
from engine.feel import types as t
from engine.feel.builtins.spc import CHARTS
from engine.feel.scope import Scope, Variable

VALUES = [9, 12, 8, 11, 10, 13, 9, 10, 12, 11, 8, 10, 9, 12, 11, 10]
GROUPS = [VALUES[at : at + 4] for at in range(0, 16, 4)]
SCOPE = Scope(
    {
        "values": Variable(t.ListType(t.NUMBER), "values"),
        "groups": Variable(t.ListType(t.ListType(t.NUMBER)), "groups"),
        "x": Variable(t.NUMBER, "x"),
        "chart": Variable(t.STRING, "chart"),
        "unknown": Variable(t.ANY, "unknown"),
        "parameters": Variable(
            t.ContextType({"rule": t.Field(t.NUMBER), "sigma": t.Field(t.NUMBER)}),
            "parameters",
            value={"rule": 9, "sigma": 1},
        ),
    }
)


def told(text: str) -> list[tuple[str, str]]:
    """Return what the check says of impossible arguments in *text*, and where."""
    found = feel.check(feel.parse(text), SCOPE).faults
    assert {fault.code for fault in found} <= {"impossible-argument"}
    return [(fault.message, text[fault.start : fault.end]) for fault in found]


@pytest.mark.parametrize(
    ("text", "why", "place"),
    [
        pytest.param("nelson(values, 9, x, x)", "none of its rules is number 9", "9", id="nelson"),
        pytest.param("nelson(values, 1.5, x, x)", "none of its rules is number 1.5", "1.5", id="no whole number"),
        pytest.param("western electric(values, 5, x, x)", "none of its rules is number 5", "5", id="western electric"),
        pytest.param(
            "nelson(values, parameters.rule, x, x)",
            "none of its rules is number parameters.rule, which is 9",
            "parameters.rule",
            id="a parameter",
        ),
        pytest.param(
            "nelson(centre: x, sigma: 0, rule: 1, values: values)",
            "sigma is above 0, and 0 is not",
            "sigma: 0",
            id="by name",
        ),
        pytest.param("nelson signals(values, x, -1)", "sigma is above 0, and -1 is not", "-1", id="sigma"),
        pytest.param("cusum(values, x, x, -1)", "k is 0 or more, and -1 is not", "-1", id="k"),
        pytest.param("cusum(values, x, x, null, 0)", "h is above 0, and 0 is not", "0", id="h"),
        pytest.param("ewma(values, x, x, 0)", "lambda is above 0 and at most 1, and 0 is not", "0", id="lambda"),
        pytest.param("ewma(values, x, x, 0.2, 0)", "width is above 0, and 0 is not", "0", id="width"),
        pytest.param("cpk(values, 5, 3)", "the upper limit 3 is not above the lower limit 5", "3", id="upside down"),
        pytest.param("pp(values, 5, 5)", "the upper limit 5 is not above the lower limit 5", "5", id="no room"),
        pytest.param("cpl(values, 5, 26)", "subgroups are of 2 to 25, not of 26", "26", id="subgroups"),
        pytest.param('control limits(values, "xbarr", 5)', 'there is no chart "xbarr"', '"xbarr"', id="chart"),
        pytest.param('control limits(values, "p", 0)', "size is above 0, and 0 is not", "0", id="samples"),
        pytest.param(
            'control limits(values, "np")', 'the chart "np" needs the size of its samples', '"np"', id="no size"
        ),
        pytest.param('control limits(values, "u", null)', "null is no size", "null", id="null as size"),
        pytest.param('control limits(groups, "xbar", null)', "null is no size", "null", id="null as size of groups"),
        pytest.param('control limits(values, "c", null)', "null is no size", "null", id="null where none is taken"),
        pytest.param(
            'control limits(chart: "p", values: [])',
            'the chart "p" needs the size of its samples',
            'chart: "p"',
            id="no size by name",
        ),
        pytest.param(
            'control limits(values, "xbar")', 'the chart "xbar" needs the size of its subgroups', '"xbar"', id="no n"
        ),
        pytest.param(
            'control limits(values, "c", 5)', 'the chart "c" is of single values, and 5 is a size', "5", id="c of a size"
        ),
        pytest.param(
            "control limits(values: values, size: 5)",
            'the chart "individuals" is of single values, and 5 is a size',
            "size: 5",
            id="individuals of a size",
        ),
    ],
)  # fmt: skip
def test_an_argument_that_can_never_be_right_is_a_fault(text: str, why: str, place: str) -> None:
    """It is named at its place, with why the function is always null."""
    name = text.partition("(")[0]
    assert told(text) == [(f"{name} is always null here: {why}", place)]


@pytest.mark.parametrize(
    "text",
    [
        "nelson(values, 8, x, parameters.sigma)",
        "nelson(values, x, x, x)",
        "western electric(values, 4, -5, 0.1)",
        "cusum(values, x, 1, 0, 0.1)",
        "cusum(values, x, 1, null, null)",
        "ewma(values, x, 1, 1)",
        "cpk(values, -3, x)",
        "cpk(values, x, -3, 25)",
        'control limits(values, "np", 1)',
        'control limits(values, "p", [1, x])',
        'control limits(values, "u", x)',
        'control limits([values, values], "xbar")',
        'control limits(unknown, "xbar")',
        "control limits(values, chart, 50)",
        "control limits(values, chart)",
        "for parameters in [{rule: 1}] return nelson(values, parameters.rule, x, x)",
    ],
)
def test_arguments_that_may_be_right_are_none(text: str) -> None:
    """What is allowed, what is not known yet, and what only has a parameter's name is no fault."""
    assert told(text) == []


NUMBERS = st.sampled_from(["-1", "0", "0.5", "1", "1.5", "2", "4", "5", "8", "9", "25", "26"])


@given(
    call=st.sampled_from(
        [
            "nelson(values, {}, 10, {})",
            "western electric(values, {}, 10, {})",
            "nelson signals(values, {}, {})",
            "cusum(values, 10, {}, {}, {}).signal",
            "ewma(values, 10, {}, {}, {}).signal",
            "cpk(values, {}, {})",
            "cp(values, {}, {}, {})",
            "ppk(values, {}, {})",
        ]
    ),
    numbers=st.lists(NUMBERS, min_size=3, max_size=3),
)
def test_what_is_a_fault_is_null_and_what_is_none_has_a_value(call: str, numbers: list[str]) -> None:
    """Over constants of every kind, the check says of a call that it is null exactly where evaluating it says so."""
    text = call.format(*numbers)
    found: Any = feel.evaluate(feel.parse(text), {"values": VALUES}, None)
    too_few = call.startswith("cp(") and numbers[2] == "25"  # that depends on how many values there are
    assert (found is None) == bool(told(text)) or too_few


@given(
    chart=st.sampled_from([*CHARTS, "c2"]),
    size=st.one_of(st.none(), st.just("null"), NUMBERS),
    values=st.sampled_from(["values", "groups"]),
)
def test_charts_and_sizes_that_are_faults_are_null(chart: str, size: str | None, values: str) -> None:
    """A chart that there is not has no limits, nor has one of a size that it does not take; of one that lacks it that is told."""
    text = f'control limits({values}, "{chart}"{"" if size is None else f", {size}"})'
    found = feel.evaluate(feel.parse(text), {"values": VALUES, "groups": GROUPS}, None)
    if told(text):
        assert found is None
    elif found is None:
        assert size not in (None, "null") or (size is None and values == "groups")
