"""Declared types: `instance of`, what values become where a type is declared, and functions with typed parameters."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from engine.feel import (
    DateTimeValue,
    DateValue,
    FunctionValue,
    Restricted,
    Scope,
    TimeValue,
    check,
    coerce,
    compile_value,
    evaluate,
    parse,
    to_text,
    types,
)
from engine.feel.types import FeelType, Field, conforms

NOW = datetime(2026, 1, 31, 8, 30, tzinfo=UTC)
AGE = Restricted(types.NUMBER, "tAge", lambda value: value >= 0)
PERSON = types.ContextType({"name": Field(types.STRING), "age": Field(AGE)}, open=True)
DECLARED: dict[str, FeelType] = {
    "tAge": AGE,
    "tAges": types.ListType(AGE),
    "t person": PERSON,
    "lib.tName": types.STRING,
    "tPair": Restricted(types.ListType(types.NUMBER), "tPair", lambda value: len(value) == 2),
}
SCOPE = Scope(types=DECLARED)


def value_of(text: str) -> Any:
    """Return the value of *text* with the types above, on which compiler and walk must agree."""
    node = parse(text, DECLARED)
    walked = evaluate(node, {}, NOW, DECLARED)
    compiled = compile_value(node, SCOPE, [])(NOW)
    assert compiled == walked
    return walked


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("5 instance of tAge", True, id="a declared type"),
        pytest.param("-5 instance of tAge", True, id="allowed values do not count"),
        pytest.param('"a" instance of tAge', False, id="another base"),
        pytest.param("null instance of tAge", False, id="null"),
        pytest.param("[1, 2] instance of tAges", True, id="a declared list"),
        pytest.param('{name: "A", age: 1} instance of t person', True, id="a structure"),
        pytest.param('{name: "A", age: null} instance of t person', True, id="an entry that is null"),
        pytest.param('{name: "A"} instance of t person', False, id="an entry that is not there"),
        pytest.param('{name: "A", age: 1, more: 2} instance of t person', True, id="more entries"),
        pytest.param('"a" instance of lib.tName', True, id="a type of an imported model"),
        pytest.param("[1] instance of list<tAge>", True, id="a declared type in angle brackets"),
        pytest.param("5 instance of tNothing", None, id="a type that nothing declares"),
        pytest.param("abs instance of function", True, id="a built-in is a function"),
        pytest.param("(function() 1) instance of function<> -> number", True, id="what a function gives"),
        pytest.param('(function() "a") instance of function<> -> number', False, id="what it does not give"),
        pytest.param("(function(a: number) a) instance of function<number> -> Any", True, id="what it takes"),
        pytest.param("(function(a: tAge) a) instance of function<number> -> Any", False, id="it takes less"),
        pytest.param("(function(a) 1) instance of function<number> -> number", True, id="it takes more"),
        pytest.param("(function(a, b) 1) instance of function<number> -> number", False, id="it takes two"),
        pytest.param('@"2026-01-31" instance of date', True, id="a date"),
        pytest.param('@"2026-01-31" instance of date and time', False, id="a date is no date and time"),
        pytest.param("{} instance of context", True, id="a context of nothing"),
        pytest.param("{a: {b: 1}} instance of context<a: context<b: number>>", True, id="a context in one"),
    ],
)
def test_instance_of(text: str, expected: bool | None) -> None:
    """A value is an instance of what it conforms to, with types declared beside the expression."""
    assert value_of(text) is expected


@pytest.mark.parametrize(
    ("value", "wanted", "expected"),
    [
        pytest.param(5, types.NUMBER, 5, id="it conforms"),
        pytest.param(5, types.STRING, None, id="it does not"),
        pytest.param(None, types.STRING, None, id="null stays"),
        pytest.param(True, types.NUMBER, None, id="a boolean is no number"),
        pytest.param([5], types.NUMBER, 5, id="a list of one for its item"),
        pytest.param([5, 6], types.NUMBER, None, id="a list of two"),
        pytest.param([[5]], types.NUMBER, None, id="a list of a list of one"),
        pytest.param([], types.NUMBER, None, id="an empty list"),
        pytest.param(5, types.ListType(types.NUMBER), [5], id="an item for a list of one"),
        pytest.param("a", types.ListType(types.NUMBER), None, id="an item that is none of the list's"),
        pytest.param([1, None], types.ListType(types.NUMBER), [1, None], id="null in a list"),
        pytest.param(5, AGE, 5, id="allowed"),
        pytest.param(-5, AGE, None, id="not allowed"),
        pytest.param([-5], AGE, None, id="the item of a list of one is not allowed"),
        pytest.param([1, -5], types.ListType(AGE), None, id="an item is not allowed"),
        pytest.param(5, DECLARED["tPair"], None, id="a list of one is not allowed"),
        pytest.param([5, 6], DECLARED["tPair"], [5, 6], id="a list that is allowed"),
        pytest.param(
            DateValue(2026, 1, 31),
            types.DATE_TIME,
            DateTimeValue(DateValue(2026, 1, 31), TimeValue(0, 0)),
            id="a date for its midnight",
        ),
        pytest.param({"name": "A", "age": Decimal(1)}, PERSON, {"name": "A", "age": Decimal(1)}, id="a structure"),
        pytest.param({"name": "A", "age": -1}, PERSON, None, id="an entry is not allowed"),
        pytest.param({"a": 1}, types.ANY, {"a": 1}, id="anything"),
    ],
)  # fmt: skip
def test_coerce(value: Any, wanted: FeelType, expected: Any) -> None:
    """A value becomes what is declared where the standard says how, and null where it does not (10.3.2.9.4)."""
    found = coerce(value, wanted)
    assert found == expected
    assert isinstance(found, bool) == isinstance(expected, bool)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("(function(a: number) a + 1)(1)", 2, id="it fits"),
        pytest.param('(function(a: number) 1)("a")', None, id="it does not, and the body is not run"),
        pytest.param("(function(a: number) 1)(null)", 1, id="null fits"),
        pytest.param("(function(a: number) a + 1)([1])", 2, id="a list of one"),
        pytest.param("(function(a: list<number>) count(a))(1)", 1, id="an item"),
        pytest.param("(function(a: tAge) a)(-1)", None, id="a value that is not allowed"),
        pytest.param("(function(a: tAge, b: string) b)(b: \"x\", a: 1)", "x", id="by names"),
        pytest.param('sort([2, 1], function(a: number, b: number) a < b)', [1, 2], id="called by a built-in"),
        pytest.param("(function(a: tNothing) 1)(1)", None, id="a type that nothing declares"),
    ],
)  # fmt: skip
def test_parameters_are_held_to_their_types(text: str, expected: Any) -> None:
    """An argument becomes what its parameter declares; a function is not called with another."""
    assert value_of(text) == expected


def test_an_external_function_is_a_value_that_gives_null() -> None:
    """A function whose code is not FEEL is read, has the type it declares, and is never run."""
    text = '{f: function(x: number) external {java: {class: "java.lang.Math", "method signature": "abs(int)"}}, r: f(1)}'
    node = parse(text)
    assert not check(node, Scope()).faults
    for found in (evaluate(node, {}, NOW), compile_value(node, Scope(), [])(NOW)):
        assert isinstance(found["f"], FunctionValue)
        assert found["r"] is None
        assert to_text(found["f"]) == "function(x)"


def test_unknown_types_are_faults() -> None:
    """The checker knows the declared types, and names the nearest where there is none."""
    (fault,) = check(parse("1 instance of tAgee", DECLARED), SCOPE).faults
    assert fault.code == "unknown-type"
    assert "tAge" in fault.fix
    assert not check(parse("(function(a: t person) a.name)(null)", DECLARED), SCOPE).faults


def test_conforming_is_transitive_over_what_is_declared() -> None:
    """A narrower type conforms to a wider one; a restricted one to its base, and its base not to it."""
    assert conforms(AGE, types.NUMBER)
    assert not conforms(types.NUMBER, AGE)
    assert conforms(types.ListType(AGE), types.ListType(types.NUMBER))
    assert conforms(PERSON, types.ANY_CONTEXT)
    assert not conforms(types.ANY_CONTEXT, PERSON)
    assert conforms(types.NULL, PERSON)
