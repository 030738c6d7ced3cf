"""Built-ins of statistical process control, which DMN does not have: limits, run rules, CUSUM, EWMA, capability, shares, runs.

Values stand in time order, the newest last; a signal is one at the newest. As for a mean, a value that is null or no number
makes the result null. docs/spc.md says what each is and where it comes from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from engine.feel import types as t
from engine.feel.builtins.registry import builtin
from engine.feel.numbers import Number, is_number, whole
from engine.feel.runtime import fits
from engine.feel.types import FeelType
from engine.feel.values import FunctionValue
from engine.spc import capability, drift, limits, rules
from engine.spc.capability import Process
from engine.spc.constants import known
from engine.spc.incremental import share
from engine.spc.limits import Limits
from engine.spc.rules import NELSON, WESTERN_ELECTRIC, RunRule
from engine.spc.runs import in_a_row, longest_run


def _context(**entries: FeelType) -> Callable[[Sequence[FeelType]], FeelType]:
    """Return what infers a context of these entries."""
    fields = MappingProxyType({name: t.Field(kind) for name, kind in entries.items()})
    return lambda _: t.ContextType(fields)


_LIMITS = _context(centre=t.NUMBER, lower=t.NUMBER, upper=t.NUMBER, sigma=t.NUMBER)
_CUSUM = _context(upper=t.NUMBER, lower=t.NUMBER, rising=t.NUMBER, falling=t.NUMBER, signal=t.BOOLEAN)
_EWMA = _context(value=t.NUMBER, lower=t.NUMBER, upper=t.NUMBER, signal=t.BOOLEAN)


def _numbers(items: list[Any]) -> bool:
    return all(is_number(item) for item in items)


# control limits


def _subgroups(values: list[Any], size: Any) -> list[Any] | None:
    """Return *values* as subgroups: those they are, or of *size* each."""
    if size is None:
        return values if all(type(group) is list and _numbers(group) for group in values) else None
    number = whole(size)
    if number is None or not known(number) or not _numbers(values):
        return None
    return limits.grouped(values, number)


def _sizes(values: list[Any], size: Any) -> list[Any] | None:
    """Return the sample size of each value: one for all, or a list of theirs."""
    found = size if type(size) is list else [size] * len(values)
    return found if _numbers(found) and len(found) == len(values) else None


_SINGLES: dict[str, Callable[[Any], Limits | None]] = {
    "individuals": limits.individuals,
    "moving range": limits.moving_range,
    "c": limits.c,
}
_GROUPS: dict[str, Callable[[Any], Limits | None]] = {
    "xbar": limits.xbar,
    "range": limits.range_chart,
    "xbar s": limits.xbar_s,
    "stddev": limits.stddev_chart,
}
_SAMPLES: dict[str, Callable[[Any, Any], Limits | None]] = {"p": limits.p, "u": limits.u}

CHARTS = (*_SINGLES, *_GROUPS, *_SAMPLES, "np")
"""The charts that there are limits of."""


def _limits(values: list[Any], chart: str, size: Any) -> Limits | None:
    if chart in _GROUPS:
        groups = _subgroups(values, size)
        return _GROUPS[chart](groups) if groups else None
    if not values or not _numbers(values):
        return None
    if chart in _SINGLES:
        return _SINGLES[chart](values) if size is None else None
    if chart in _SAMPLES:
        sizes = _sizes(values, size)
        return None if sizes is None else _SAMPLES[chart](values, sizes)
    return limits.np(values, size) if chart == "np" and is_number(size) else None


@builtin("control limits", "values: list, chart?: string, size?: number|list", infer=_LIMITS)
def control_limits(values: list[Any], chart: str = "individuals", size: Any = None) -> dict[str, Any] | None:
    """Return the centre, limits and sigma that a baseline gives for a chart."""
    found = _limits(values, chart, size)
    if found is None:
        return None
    return {"centre": found.centre, "lower": found.lower, "upper": found.upper, "sigma": found.sigma}


# run rules


def _signals(
    table: Mapping[int, RunRule], values: list[Any], centre: Number, sigma: Number
) -> list[int] | None:
    lines = rules.zones(centre, sigma)
    return None if lines is None or not _numbers(values) else rules.signals(table, values, lines)


def _signal(
    family: Mapping[int, RunRule], values: list[Any], rule: Number, centre: Number, sigma: Number
) -> bool | None:
    number = whole(rule)
    if number is None or number not in family:
        return None
    found = _signals({number: family[number]}, values, centre, sigma)
    return None if found is None else number in found


_LINES = "centre: number, sigma: number"
_NUMBERS = t.ListType(t.NUMBER)


@builtin("nelson", f"values: list, rule: number, {_LINES} -> boolean")
def nelson(values: list[Any], rule: Number, centre: Number, sigma: Number) -> bool | None:
    """Return whether one of Nelson's eight rules signals at the last value."""
    return _signal(NELSON, values, rule, centre, sigma)


@builtin("nelson signals", f"values: list, {_LINES}", infer=lambda _: _NUMBERS)
def nelson_signals(values: list[Any], centre: Number, sigma: Number) -> list[int] | None:
    """Return the numbers of Nelson's rules that signal at the last value."""
    return _signals(NELSON, values, centre, sigma)


@builtin("western electric", f"values: list, rule: number, {_LINES} -> boolean")
def western_electric(values: list[Any], rule: Number, centre: Number, sigma: Number) -> bool | None:
    """Return whether one of the four rules of Western Electric signals at the last value."""
    return _signal(WESTERN_ELECTRIC, values, rule, centre, sigma)


@builtin("western electric signals", f"values: list, {_LINES}", infer=lambda _: _NUMBERS)
def western_electric_signals(values: list[Any], centre: Number, sigma: Number) -> list[int] | None:
    """Return the numbers of the rules of Western Electric that signal at the last value."""
    return _signals(WESTERN_ELECTRIC, values, centre, sigma)


# small shifts


@builtin("cusum", f"values: list, {_LINES}, k?: number|null, h?: number|null, resets?: boolean", infer=_CUSUM)
def cusum(  # noqa: PLR0917 - FEEL passes arguments by position
    values: list[Any],
    centre: Number,
    sigma: Number,
    k: Number | None = None,
    h: Number | None = None,
    resets: bool = False,
) -> dict[str, Any] | None:
    """Return the tabular CUSUM at the last value: both sums, how long each is above zero, and whether one signals."""
    # what a call by name leaves out on the way to a later parameter comes as null
    state = drift.cusum(
        centre, sigma, drift.K if k is None else k, drift.H if h is None else h, resets=resets
    )
    if not values or not _numbers(values):
        return None
    for value in values:
        state = None if state is None else state.after(value)
    if state is None:
        return None
    return {
        "upper": state.upper,
        "lower": state.lower,
        "rising": state.upper_run,
        "falling": state.lower_run,
        "signal": state.signals,
    }


@builtin("ewma", f"values: list, {_LINES}, lambda?: number|null, width?: number", infer=_EWMA)
def ewma(
    values: list[Any],
    centre: Number,
    sigma: Number,
    weight: Number | None = None,
    width: Number = drift.WIDTH,
) -> dict[str, Any] | None:
    """Return the exponentially weighted moving average at the last value, its limits, and whether it lies beyond one."""
    state = drift.ewma(centre, sigma, drift.WEIGHT if weight is None else weight, width)
    if not values or not _numbers(values):
        return None
    for value in values:
        state = None if state is None else state.after(value)
    if state is None:
        return None
    return {"value": state.value, "lower": state.lower, "upper": state.upper, "signal": state.signals}


@builtin("slope", "values: list -> number")
def slope(values: list[Any]) -> Number | None:
    """Return by how much values rise from one to the next, on the line of least squares."""
    return drift.slope(values) if _numbers(values) else None


@builtin("trend", "values: list -> number")
def trend(values: list[Any]) -> int | None:
    """Return how many of the last values rise, or minus how many fall."""
    return drift.trend(values) if _numbers(values) else None


# capability: of a window's values, what is kept of them stands in the place of their list


def _within(values: list[Any] | Process, size: Any) -> Process | None:
    if isinstance(values, Process):
        return values if size is None else None
    if size is None and values and _numbers(values):
        return capability.within(values)
    groups = _subgroups(values, size)
    return capability.within_subgroups(groups) if groups else None


def _overall(values: list[Any] | Process) -> Process | None:
    if isinstance(values, Process):
        return values
    return capability.overall(values) if _numbers(values) else None


@builtin("cp", "values: measurements, lower: number, upper: number, size?: number -> number")
def cp(
    values: list[Any] | Process, lower: Number, upper: Number, size: Number | None = None
) -> Number | None:
    """Return Cp: the tolerance over six sigma within subgroups."""
    process = _within(values, size)
    return None if process is None else process.potential(lower, upper)


@builtin("cpk", "values: measurements, lower: number, upper: number, size?: number -> number")
def cpk(
    values: list[Any] | Process, lower: Number, upper: Number, size: Number | None = None
) -> Number | None:
    """Return Cpk: how far the mean lies from the nearer limit, over three sigma within subgroups."""
    process = _within(values, size)
    return None if process is None else process.actual(lower, upper)


@builtin("cpl", "values: measurements, lower: number, size?: number -> number")
def cpl(values: list[Any] | Process, lower: Number, size: Number | None = None) -> Number | None:
    """Return CPL, where there is only a lower limit."""
    process = _within(values, size)
    return None if process is None else process.below(lower)


@builtin("cpu", "values: measurements, upper: number, size?: number -> number")
def cpu(values: list[Any] | Process, upper: Number, size: Number | None = None) -> Number | None:
    """Return CPU, where there is only an upper limit."""
    process = _within(values, size)
    return None if process is None else process.above(upper)


@builtin("pp", "values: measurements, lower: number, upper: number -> number")
def pp(values: list[Any] | Process, lower: Number, upper: Number) -> Number | None:
    """Return Pp: the tolerance over six standard deviations of all values."""
    process = _overall(values)
    return None if process is None else process.potential(lower, upper)


@builtin("ppk", "values: measurements, lower: number, upper: number -> number")
def ppk(values: list[Any] | Process, lower: Number, upper: Number) -> Number | None:
    """Return Ppk: how far the mean lies from the nearer limit, over three standard deviations of all values."""
    process = _overall(values)
    return None if process is None else process.actual(lower, upper)


@builtin("ppl", "values: measurements, lower: number -> number")
def ppl(values: list[Any] | Process, lower: Number) -> Number | None:
    """Return PPL, where there is only a lower limit."""
    process = _overall(values)
    return None if process is None else process.below(lower)


@builtin("ppu", "values: measurements, upper: number -> number")
def ppu(values: list[Any] | Process, upper: Number) -> Number | None:
    """Return PPU, where there is only an upper limit."""
    process = _overall(values)
    return None if process is None else process.above(upper)


# shares and runs


def _verdicts(items: list[Any], match: Any) -> list[bool]:
    if isinstance(match, FunctionValue):
        takes = match.parameters is None or len(match.parameters) == 1
        return [takes and match.function(item) is True for item in items]
    return [fits(item, match) is True for item in items]


@builtin("share", "list: list, match: any -> number")
def share_(items: list[Any], match: Any) -> Number | None:
    """Return how many items match, as a share of all; null for an empty list."""
    return share(_verdicts(items, match))


@builtin("in a row", "list: list, match: any -> number")
def in_a_row_(items: list[Any], match: Any) -> int:
    """Return how many items at the end of the list match: a value, a range, or what a function says of each."""
    return in_a_row(_verdicts(items, match))


@builtin("longest run", "list: list, match: any -> number")
def longest_run_(items: list[Any], match: Any) -> int:
    """Return the most items in a row that match."""
    return longest_run(_verdicts(items, match))
