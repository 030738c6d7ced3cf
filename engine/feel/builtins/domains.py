"""Which constant arguments make a built-in of process control null whatever the values are, and what would be right.

The values of arguments that are known before a fact comes go in, by the names of their parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, NamedTuple

from engine.diagnostics import did_you_mean
from engine.feel.builtins.spc import CHARTS
from engine.feel.numbers import is_number, whole
from engine.spc.constants import LARGEST, known
from engine.spc.rules import NELSON, WESTERN_ELECTRIC

Values = Mapping[str, Any]


class Impossible(NamedTuple):
    """The parameter whose argument cannot be right, why (`{}` stands for the argument), and what would be."""

    parameter: str
    why: str
    fix: str


def impossible(
    name: str, values: Values, given: Collection[str], *, are_single: bool = False
) -> Iterator[Impossible]:
    """Yield each argument among *values* with which the built-in *name* is always null, *given* being all that it has.

    *are_single* is whether the list of values is known to hold numbers, and no subgroups.
    """
    if name == "control limits":
        chart = values.get("chart") if "chart" in given else "individuals"
        values = {**values, "chart": chart}
        if "size" not in given:
            yield from _unsized(chart, are_single=are_single)
        elif values.get("size", ...) is None:
            yield Impossible("size", "{} is no size", "write a number; charts of single values take none")
    for parameter, tests in _TESTS.get(name, {}).items():
        value = values.get(parameter)
        if value is not None:
            yield from (fault for fault in (test(parameter, value, values) for test in tests) if fault)


_Test = Callable[[str, Any, Values], Impossible | None]


def _number_to(last: int) -> _Test:
    def test(parameter: str, value: Any, _: Values) -> Impossible | None:
        number = whole(value) if is_number(value) else 1
        if number is not None and 1 <= number <= last:
            return None
        return Impossible(parameter, "none of its rules is number {}", f"write a number from 1 to {last}")

    return test


def _above_zero(parameter: str, value: Any, _: Values) -> Impossible | None:
    if not is_number(value) or value > 0:
        return None
    return Impossible(parameter, f"{parameter} is above 0, and {{}} is not", "write a number above 0")


def _not_below_zero(parameter: str, value: Any, _: Values) -> Impossible | None:
    if not is_number(value) or value >= 0:
        return None
    return Impossible(parameter, f"{parameter} is 0 or more, and {{}} is not", "write 0 or more")


def _weight(parameter: str, value: Any, _: Values) -> Impossible | None:
    if not is_number(value) or 0 < value <= 1:
        return None
    why = f"{parameter} is above 0 and at most 1, and {{}} is not"
    return Impossible(parameter, why, "write a share of 1; 0.2 is usual")


def _above_lower(parameter: str, value: Any, values: Values) -> Impossible | None:
    lower = values.get("lower")
    if not is_number(value) or not is_number(lower) or value > lower:
        return None
    fix = "write the lower limit first" if value < lower else "write two limits with room between them"
    return Impossible(parameter, f"the upper limit {{}} is not above the lower limit {lower}", fix)


def _of_subgroups(parameter: str, value: Any, values: Values) -> Impossible | None:
    if not is_number(value) or values.get("chart", "xbar") not in _GROUPED:
        return None
    number = whole(value)
    if number is not None and known(number):
        return None
    return Impossible(
        parameter, f"subgroups are of 2 to {LARGEST}, not of {{}}", f"write a number from 2 to {LARGEST}"
    )


def _of_samples(parameter: str, value: Any, values: Values) -> Impossible | None:
    return _above_zero(parameter, value, values) if values.get("chart") in _SAMPLED else None


def _chart(parameter: str, value: Any, _: Values) -> Impossible | None:
    if not isinstance(value, str) or value in CHARTS:
        return None
    return Impossible(parameter, "there is no chart {}", did_you_mean(value, CHARTS))


def _of_no_size(parameter: str, _: Any, values: Values) -> Impossible | None:
    chart = values.get("chart")
    if chart not in _SINGLE:
        return None
    return Impossible(
        parameter, f'the chart "{chart}" is of single values, and {{}} is a size', "leave it out"
    )


def _unsized(chart: Any, *, are_single: bool) -> Iterator[Impossible]:
    """Yield what is wrong with a *chart* that is given no size."""
    if chart in _SAMPLED:
        sizes = "size" if chart == "np" else "sizes"
        fix = f'add it: control limits(counts, "{chart}", {sizes})'
        yield Impossible("chart", "the chart {} needs the size of its samples", fix)
    elif chart in _GROUPED and are_single:
        fix = f'add it: control limits(values, "{chart}", n), or give it a list of lists'
        yield Impossible("chart", "the chart {} needs the size of its subgroups", fix)


_SINGLE = ("individuals", "moving range", "c")
_GROUPED = ("xbar", "range", "xbar s", "stddev")
_SAMPLED = ("p", "np", "u")

_SIGMA: dict[str, tuple[_Test, ...]] = {"sigma": (_above_zero,)}
_LIMITS: dict[str, tuple[_Test, ...]] = {"upper": (_above_lower,)}
_SIZE: dict[str, tuple[_Test, ...]] = {"size": (_of_subgroups,)}

_TESTS: dict[str, dict[str, tuple[_Test, ...]]] = {
    "control limits": {"chart": (_chart,), "size": (_of_subgroups, _of_samples, _of_no_size)},
    "nelson": {"rule": (_number_to(max(NELSON)),), **_SIGMA},
    "nelson signals": _SIGMA,
    "western electric": {"rule": (_number_to(max(WESTERN_ELECTRIC)),), **_SIGMA},
    "western electric signals": _SIGMA,
    "cusum": {**_SIGMA, "k": (_not_below_zero,), "h": (_above_zero,)},
    "ewma": {**_SIGMA, "lambda": (_weight,), "width": (_above_zero,)},
    "cp": {**_LIMITS, **_SIZE},
    "cpk": {**_LIMITS, **_SIZE},
    "cpl": _SIZE,
    "cpu": _SIZE,
    "pp": _LIMITS,
    "ppk": _LIMITS,
}
