"""What is read off trees, of schemas and of values without evaluating: names, constants, types, texts, explanations."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from engine.feel import (
    NOT_LITERAL,
    ContextType,
    DateTimeValue,
    Field,
    conjuncts,
    evaluate,
    explain,
    format_node,
    free_names,
    literal_value,
    parse,
    parse_duration,
    parse_unary_tests,
    to_feel,
    to_json,
    to_text,
    type_of_schema,
    types,
)
from engine.feel.temporal import from_datetime, parse_date_time, parse_temporal

NOW = datetime(2026, 1, 31, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a", ["a"]),
        ("a and b and c", ["a", "b", "c"]),
        ("a and (b and c)", ["a", "b", "c"]),
        ("a and (b or c)", ["a", "b or c"]),
        ("a or b", ["a or b"]),
    ],
)
def test_conjuncts(text: str, parts: list[str]) -> None:
    """A conjunction falls into its parts, however it is bracketed."""
    assert [format_node(part) for part in conjuncts(parse(text))] == parts


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('severity = "major"', [("severity",)]),
        ("order_id = inspection.order_id", [("inspection", "order_id"), ("order_id",)]),
        ("count(xs) > parameters.limit", [("parameters", "limit"), ("xs",)]),
        ("some x in xs satisfies x.a > y", [("xs",), ("y",)]),
        ("for x in 1..n return x + partial[1]", [("n",)]),
        ("xs[item.a > b]", [("b",), ("xs",)]),
        ("{a: b, c: a}.c", [("b",)]),
        ("(function(x) x + y)(1)", [("y",)]),
        ("date(at).year > 2025", [("at",)]),
        ("date > now()", [("date",)]),
        ("x.f(1)", [("x", "f")]),
    ],
)
def test_free_names(text: str, names: list[tuple[str, ...]]) -> None:
    """The names read are the longest paths from the scope, without those the expression declares."""
    assert free_names(parse(text)) == set(names)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5", 5),
        ("-2.5", Decimal("-2.5")),
        ('"a"', "a"),
        ("true", True),
        ("null", None),
        ("[1, -2]", [1, -2]),
        ('@"PT15M"', parse_duration("15 min")),
        ("1 + 1", NOT_LITERAL),
        ("[1, x]", NOT_LITERAL),
        ("x", NOT_LITERAL),
    ],
)
def test_literal_value(text: str, value: Any) -> None:
    """Constants have a value without being evaluated."""
    assert literal_value(parse(text)) == value


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("-", 5, True),
        ("5", 5, True),
        ("< 5, > 10", 12, True),
        ("< 5, > 10", 7, False),
        ("[1..5]", 3, True),
        ("not(1, 2)", 3, True),
        ("not(1, 2)", 1, False),
        ('"a", "b"', "b", True),
        ("? > 5 and ? < 10", 7, True),
        ("< 5", None, None),
        ("null", None, True),
    ],
)
def test_unary_tests(text: str, value: Any, expected: bool | None) -> None:
    """The cell of a decision table tests an input."""
    assert evaluate(parse_unary_tests(text), {"?": value}, NOW) is expected


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string"}, types.STRING),
        ({"type": "integer", "minimum": 0}, types.NUMBER),
        ({"type": ["number", "null"]}, types.NUMBER),
        ({"type": ["number", "string"]}, types.ANY),
        ({"enum": ["a", "b", None]}, types.String(frozenset({"a", "b"}))),
        ({"const": "a"}, types.String(frozenset({"a"}))),
        ({"enum": [1, 2]}, types.NUMBER),
        ({"enum": [1, True]}, types.ANY),
        ({"enum": [True, False]}, types.BOOLEAN),
        ({"type": "string", "format": "date"}, types.DATE),
        ({"type": "string", "format": "time"}, types.TIME),
        ({"type": "string", "format": "date-time"}, types.DATE_TIME),
        ({"type": "string", "format": "duration"}, types.ANY_DURATION),
        ({"type": "string", "format": "uuid"}, types.STRING),
        ({"type": "array", "items": {"type": "number"}}, types.ListType(types.NUMBER)),
        ({"type": "array"}, types.ANY_LIST),
        ({"type": "object"}, ContextType({}, open=True)),
        ({"anyOf": [{"type": "number"}, {"type": "null"}]}, types.NUMBER),
        ({}, types.ANY),
        (True, types.ANY),
        (
            {
                "type": "object",
                "required": ["a", "c"],
                "properties": {"a": {"type": "number"}, "b": {}, "c": {"type": ["string", "null"]}},
            },
            ContextType(
                {
                    "a": Field(types.NUMBER, required=True),
                    "b": Field(types.ANY),
                    "c": Field(types.STRING, required=False),
                }
            ),
        ),
        (
            {"type": "object", "properties": {}, "additionalProperties": True},
            ContextType({}, open=True),
        ),
    ],
)
def test_type_of_schema(schema: Any, expected: types.FeelType) -> None:
    """A schema's type is the narrowest that holds what the schema admits; a nullable field is not required."""
    assert type_of_schema(schema) == expected


@pytest.mark.parametrize(
    ("value", "text", "plain"),
    [
        (None, "", None),
        (True, "true", True),
        (5, "5", 5),
        (Decimal("10.50"), "10.50", Decimal("10.50")),
        (Decimal("1E+400"), "1E+400", Decimal("1E+400")),
        (Decimal("1E+3"), "1000", Decimal("1E+3")),
        ("text", "text", "text"),
        (["a", None, 1], '["a", null, 1]', ["a", None, 1]),
        ({"a b": [True]}, "{a b: [true]}", {"a b": [True]}),
        (parse_temporal("2026-01-31"), "2026-01-31", "2026-01-31"),
        (parse_temporal("PT90M"), "PT1H30M", "PT1H30M"),
        ([parse_temporal("2026-01-31T08:30:00.50+01:00")], "[2026-01-31T08:30:00.5+01:00]",
         ["2026-01-31T08:30:00.5+01:00"]),
    ],
)  # fmt: skip
def test_texts_of_values(value: Any, text: str, plain: Any) -> None:
    """A value has a text for people and a plain form for JSON."""
    assert to_text(value) == text
    assert to_json(value) == plain
    assert type(to_json(value)) is type(plain)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("15 min", "PT15M"),
        ("2 h", "PT2H"),
        ("1.5 hours", "PT1H30M"),
        ("3 days", "P3D"),
        ("2 weeks", "P14D"),
        ("30s", "PT30S"),
        ("6 months", "P6M"),
        ("1 year", "P1Y"),
        ("PT15M", "PT15M"),
        ("-5 min", "-PT5M"),
        ("15", None),
        ("15 parsecs", None),
        ("1.5 months", None),
        ("", None),
        ("9" * 5000 + " min", None),
    ],
)
def test_parse_duration(words: str, text: str | None) -> None:
    """Durations are written in words or in ISO 8601."""
    found = parse_duration(words)
    assert (None if found is None else str(found)) == text


def test_conversion_is_idempotent_and_forgiving() -> None:
    """A FEEL value stays as it is, and text of no date is null."""
    once = to_feel("2026-01-31T08:30:00Z", types.DATE_TIME)
    assert isinstance(once, DateTimeValue)
    assert to_feel(once, types.DATE_TIME) is once
    assert to_feel("x", types.DATE_TIME) is None
    assert to_feel(NOW, types.DATE_TIME) == once


def test_python_times_go_both_ways() -> None:
    """Python's datetimes and timedeltas convert without loss, and out of range gives None."""
    value = from_datetime(NOW)
    assert value.to_datetime() == NOW
    far = parse_date_time("999999999-01-01T00:00:00Z")
    assert far is not None
    assert far.to_datetime() is None
    quarter = parse_duration("15 min")
    assert quarter is not None
    assert quarter.to_timedelta() == timedelta(minutes=15)  # type: ignore[union-attr]


def test_explanation_names_every_part() -> None:
    """An explanation gives the value of each sub-expression that is no literal, with its place."""
    text = 'result = "fail" and (defects + 1 > 3 or not(severity in ("minor", "major")))'
    explained = explain(parse(text), {"result": "fail", "defects": 1, "severity": "minor"}, NOW)
    flat: list[tuple[str, Any]] = []

    def visit(part: Any) -> None:
        flat.append((part.text, part.value))
        for child in part.children:
            visit(child)

    visit(explained)
    assert flat == [
        (format_node(parse(text)), False),
        ('result = "fail"', True),
        ("result", "fail"),
        ('defects + 1 > 3 or not(severity in ("minor", "major"))', False),
        ("defects + 1 > 3", False),
        ("defects + 1", 2),
        ("defects", 1),
        ('not(severity in ("minor", "major"))', False),
        ('severity in ("minor", "major")', True),
        ("severity", "minor"),
    ]
    part = explained.children[0]
    assert text[part.start : part.end] == 'result = "fail"'


NAMES = ["order total", "pre-tax total", "list contains"]


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("order total > 5", "order total > 5"),
        ("order  total>5", "order total > 5"),
        ("x.order total", "x.order total"),
        ("list contains([1], 1)", "list contains([1], 1)"),
    ],
)
def test_names_of_several_words(text: str, printed: str) -> None:
    """Names of several words are known where the scope declares them."""
    assert format_node(parse(text, NAMES)) == printed
