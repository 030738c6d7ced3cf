"""Cells as sets: which values pass a cell's unary tests, and which fail them (DMN 1.5, 7.3.2 and 10.3.2.7).

Tests are three-valued: `not(...)` passes what fails, and a value of another kind does neither. A cell whose tests are
not all made of constants has no set and is evaluated.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import Any

from engine.feel import NOT_LITERAL, Node, ast, literal_value, runtime
from engine.feel.temporal import parse_date, parse_date_time, parse_iso_duration, parse_time
from engine.feel.values import ComparatorValue, RangeValue
from engine.tables.sets import (
    BOOLEAN,
    EVERYTHING,
    LEFT,
    NONE,
    NOTHING,
    NULL,
    RIGHT,
    STRANGE,
    Key,
    ValueSet,
    after,
    before,
    is_ordered,
    key_of,
    line_of,
    only,
    outside,
    point,
)

MAKERS = {
    "date": parse_date,
    "time": parse_time,
    "date and time": parse_date_time,
    "duration": parse_iso_duration,
}
"""Built-ins that make a constant of a text."""


@dataclass(frozen=True, slots=True)
class Cell:
    """The tests of a cell that are all constants: the values with a key that pass, and the tests for those without."""

    passes: ValueSet
    tests: tuple[Any, ...]
    """FEEL values, for `runtime.fits`; empty for `-`."""
    negated: bool

    def takes(self, value: Any) -> bool:
        """Return whether a value of any kind passes."""
        if not self.tests:
            return True
        key = key_of(value)
        if key is not STRANGE:
            return self.passes.has(key)
        try:
            found = reduce(runtime.either, (runtime.fits(value, test) for test in self.tests))
        except ArithmeticError:  # Decimal("NaN"), which no value of FEEL is
            return False
        return found is (not self.negated)


ANYTHING = Cell(EVERYTHING, (), negated=False)
"""The cell `-`."""


def cell_of(node: Node | None, hidden: frozenset[str] = frozenset()) -> Cell | None:
    """Return the cell that *node* is (None: `-`), or None where it takes more than constants to test.

    *hidden* are built-ins whose names mean something else in the scope.
    """
    if node is None:
        return ANYTHING
    tests, negated = (node.tests, node.negated) if isinstance(node, ast.UnaryTests) else ((node,), False)
    if any(isinstance(test, ast.AnyInput) for test in tests):
        return None if negated else ANYTHING
    constants = [constant_of(test, hidden) for test in tests]
    if any(constant is NOT_LITERAL for constant in constants):
        return None
    passes, fails = NOTHING, EVERYTHING
    for constant in constants:
        found = _tested(constant)
        if found is None:
            return None
        passes, fails = passes.union(found[0]), fails.common(found[1])
    return Cell(fails if negated else passes, tuple(constants), negated)


def constant_of(node: Node, hidden: frozenset[str] = frozenset()) -> Any:
    """Return the FEEL value of a test that is constant (a comparator, a range, a list, a value), else NOT_LITERAL."""
    match node:
        case ast.Comparator(operator=operator, operand=operand):
            value = constant_of(operand, hidden)
            return NOT_LITERAL if value is NOT_LITERAL else ComparatorValue(operator, value)
        case ast.Interval(low=low, high=high):
            ends = (constant_of(low, hidden), constant_of(high, hidden))
            if any(_is_no_end(end) for end in ends):
                return NOT_LITERAL
            return runtime.interval(*ends, node.low_included, node.high_included)
        case ast.ListLiteral(items=items):
            values = [constant_of(item, hidden) for item in items]
            return NOT_LITERAL if any(value is NOT_LITERAL for value in values) else values
        case ast.Call(function=ast.Name(name=name), arguments=(ast.Argument(name=None, value=given),)):
            if name in MAKERS and name not in hidden and isinstance(given, ast.StringLiteral):
                return MAKERS[name](given.value)
    return literal_value(node)


def _is_no_end(value: Any) -> bool:
    key = STRANGE if value is NOT_LITERAL else key_of(value)
    return key is STRANGE or not is_ordered(line_of(key))


def _tested(constant: Any) -> tuple[ValueSet, ValueSet] | None:
    """Return what passes and what fails a test, or None where its constant has no key."""
    match constant:
        case ComparatorValue(operator=operator, operand=operand):
            key = key_of(operand)
            return None if key is STRANGE else _compared(operator, key)
        case RangeValue(low=low, high=high):
            first, last = key_of(low), key_of(high)
            low_cut = before(first) if constant.low_included else after(first)
            high_cut = after(last) if constant.high_included else before(last)
            return _stretch(line_of(first), low_cut, high_cut)
        case list():
            return _listed(constant)
    key = key_of(constant)
    return None if key is STRANGE else _equal(key)


def _equal(key: Key) -> tuple[ValueSet, ValueSet]:
    passes = only(key)
    if key == NONE:
        return passes, passes.opposite()
    line = line_of(key)
    return passes, ValueSet({line: outside((point(key),), line), NULL: (point(NONE),)})


def _compared(operator: str, key: Key) -> tuple[ValueSet, ValueSet] | None:
    if operator == "=":
        return _equal(key)
    if operator == "!=":
        passes, fails = _equal(key)
        return fails, passes
    line = line_of(key)
    if line in (NULL, BOOLEAN):
        return NOTHING, NOTHING
    cuts = {
        "<": (LEFT, before(key)),
        "<=": (LEFT, after(key)),
        ">": (after(key), RIGHT),
        ">=": (before(key), RIGHT),
    }
    return _stretch(line, *cuts[operator]) if operator in cuts else None


def _stretch(line: str, low: Any, high: Any) -> tuple[ValueSet, ValueSet]:
    spans = ((low, high),) if low < high else ()
    return ValueSet({line: spans}), ValueSet({line: outside(spans, line)})


def _listed(constants: list[Any]) -> tuple[ValueSet, ValueSet] | None:
    """Return what passes and fails a list of tests: what fits none of them fails, of whatever kind it is."""
    passes = NOTHING
    for constant in constants:
        if isinstance(constant, list):
            continue  # equals lists alone, which have no key
        found = _tested(constant)
        if found is None:
            return None
        passes = passes.union(found[0])
    return passes, passes.opposite()
