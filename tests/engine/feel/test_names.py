"""Names of several words and with signs in them, found as the longest that the scope knows (DMN 1.5, 10.3.1.2 and 10.3.1.5)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from engine.feel import (
    FeelSyntaxError,
    Scope,
    Variable,
    compile_value,
    evaluate,
    format_node,
    parse,
    parse_unary_tests,
    types,
)

NOW = datetime(2026, 1, 31, 8, 30, tzinfo=UTC)
ENV: dict[str, Any] = {
    "a": 2,
    "b": 3,
    "c": 5,
    "a b": 10,
    "a+b": 20,
    "a-b": 30,
    "a-b-c": 40,
    "a/b": 50,
    "a.b": 60,
    "a*b": 70,
    "it's": 80,
    "that's it": 90,
    "if true": 100,
    "date of birth": 110,
    "5S score": 120,
    "größe": 130,
    "🙂": 140,
    "in": 150,
    "person": {"first name": "Ada", "name": "A", "age+1": 7},
}
KNOWN = (*ENV, "first name", "age+1")


def value_of(text: str, names: tuple[str, ...] = KNOWN) -> Any:
    """Return the value of *text* among the names above, on which compiler and walk must agree."""
    node = parse(text, names)
    printed = format_node(node)
    # a sum of a and b is printed as the name "a + b" is written
    assert printed == "a + b" or parse(printed, names) == node
    walked = evaluate(node, ENV, NOW)
    scope = Scope({name: Variable(types.ANY, f"d[{name!r}]", required=False) for name in ENV})
    assert compile_value(node, scope, ["d"])(ENV, NOW) == walked
    return walked


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a b", 10, id="two words"),
        pytest.param("a  \n b", 10, id="any space between them"),
        pytest.param("a+b", 20, id="plus in a name"),
        pytest.param("a + b", 20, id="plus in a name with spaces around"),
        pytest.param("(a)+b", 5, id="a sum"),
        pytest.param("a-b", 30, id="minus in a name"),
        pytest.param("a-b-c", 40, id="the longest name"),
        pytest.param("a-b-b", 27, id="a name, then a difference"),
        pytest.param("a/b", 50, id="slash in a name"),
        pytest.param("a*b", 70, id="star in a name"),
        pytest.param("a.b", 60, id="dot in a name"),
        pytest.param("it's + 1", 81, id="apostrophe in a name"),
        pytest.param("that's it - it's", 10, id="apostrophes in two names"),
        pytest.param("if true", 100, id="words of FEEL in a name"),
        pytest.param("date of birth", 110, id="of in a name"),
        pytest.param("größe", 130, id="letters of other languages"),
        pytest.param("🙂", 140, id="a character beyond the first plane"),
        pytest.param("person.first name", "Ada", id="two words in a path"),
        pytest.param("person.name", "A", id="a shorter name in a path"),
        pytest.param("person.age+1", 7, id="a sign in a path"),
        pytest.param("[person][first name = \"Ada\"].age+1", [7], id="two words in a filter"),
        pytest.param('{"x y": 1, z: x y + 1}.z', 2, id="declared in quotes"),
        pytest.param("{x+y: 1, z: x+y}.z", 1, id="declared with a sign"),
        pytest.param("{o'clock: 5}.o'clock", 5, id="declared with an apostrophe"),
        pytest.param("for one item in [1, 2] return one item * 2", [2, 4], id="declared by a loop"),
        pytest.param("(function(the x) the x + 1)(the x: 2)", 3, id="declared by a function"),
        pytest.param("{add up: function(x, y) x + y, r: add up(1, 2)}.r", 3, id="a function of two words"),
    ],
)  # fmt: skip
def test_name(text: str, expected: Any) -> None:
    """The longest name in sight is taken, whatever signs or words stand in it."""
    assert value_of(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a b c d", id="words that are no name together"),
        pytest.param("x = 'it'", id="a text in single quotes"),
        pytest.param("a's", id="an apostrophe in no name"),
        pytest.param("x in'a'", id="single quotes after a word of FEEL"),
    ],
)
def test_what_is_no_name_is_a_fault(text: str) -> None:
    """What stands in no name and is no operator is refused."""
    with pytest.raises(FeelSyntaxError):
        parse(text, ("a b", "it's"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [("2026-01-31", 1994), ("2026-01-31 = 1994", True), ("string(2026-01-31)", "1994")],
)
def test_a_standard_text_is_read_to_the_letter(text: str, expected: Any) -> None:
    """A bare date is a subtraction where the standard is asked for, and a slip in a rule."""
    assert evaluate(parse(text, standard=True), {}, NOW) == expected
    with pytest.raises(FeelSyntaxError, match="would be a subtraction"):
        parse(text)
    assert evaluate(parse_unary_tests("2026-01-31", standard=True), {"?": 1994}, NOW) is True
