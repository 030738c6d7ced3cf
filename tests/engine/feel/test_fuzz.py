"""The fuzz of the parser, a small seeded share of it; `make fuzz` throws a million."""

from __future__ import annotations

import pytest

from engine.feel import (
    FeelSyntaxError,
    Scope,
    Variable,
    compile_condition,
    compile_value,
    evaluate,
    format_node,
    parse,
    parse_unary_tests,
    types,
)
from tests.engine.feel.fuzz import Hang, no_longer_than, report, run
from tests.engine.feel.texts import KINDS, case


def test_nothing_but_a_syntax_error_comes_out_of_the_parser() -> None:
    """Random bytes, soups of tokens and bent expressions are read or refused; what is read can be printed and compiled."""
    tally = run(seed=3, first=0, count=4_000, timed=False)
    assert "\n".join(report(tally)).count("0 findings") == 1, "\n".join(report(tally))
    assert tally.parsed > 400
    assert tally.compiled > 40


def test_every_kind_of_text_is_thrown() -> None:
    """A few hundred cases hold every kind, and a case is the same text each time."""
    cases = [case(3, number) for number in range(500)]
    assert {one.kind for one in cases} == {kind for kind, _ in KINDS}
    assert cases == [case(3, number) for number in range(500)]
    assert any(one.unary for one in cases)
    assert max(len(one.text) for one in cases) <= 30_000


def test_a_hang_is_noticed() -> None:
    """What uses too much processor time is stopped, whatever it catches itself."""

    def endless() -> None:
        while True:
            try:
                sum(range(1_000))
            except Exception:
                continue

    with pytest.raises(Hang), no_longer_than(0.05):
        endless()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        pytest.param(".²", (), id="a point before a digit that is none of FEEL's"),
        pytest.param("1." + "٣", (), id="digits of another script"),
        pytest.param(
            "x " * 5_000, [" ".join(["x"] * n) for n in range(30, 64)], id="many names that begin alike"
        ),
        pytest.param(
            "{" + ", ".join(f"a b c{n}: 1" for n in range(700)) + "}",
            (),
            id="many names declared that begin alike",
        ),
        pytest.param("a b/*" * 1_900, (), id="comments that do not end"),
        pytest.param("{a b: 1, x" + "+x" * 4_000 + ": 1}", (), id="a name of thousands of words"),
        pytest.param("9" * 9_000 + " mm", (), id="a long number with a unit"),
        pytest.param("9" * 9_000 + " nothing", (), id="a long number with a word"),
        pytest.param("'" + "a" * 9_000 + "'", (), id="a long text in single quotes"),
        pytest.param("AND(),", (), id="a spreadsheet's and of nothing, with a comma"),
    ],
)
def test_what_the_fuzz_has_found(text: str, names: list[str]) -> None:
    """Texts that once failed, took too long or were repeated whole in the message are refused in few words, or read."""
    said = ""
    try:
        parse(text, names)
    except FeelSyntaxError as wrong:
        said = str(max(wrong.faults, key=lambda fault: len(str(fault))))
    assert len(said) < 1_000


@pytest.mark.parametrize(
    "text", ['(not("a", "b"))', "(not(1)) = 2, 3", "(not(x)).y", "not((not(x)))", "not(not(x))"]
)
def test_a_cell_that_begins_with_not_in_parentheses(text: str) -> None:
    """`not(...)` at the beginning of a cell negates all its tests, so one that does not keeps its parentheses."""
    node = parse_unary_tests(text)
    assert parse_unary_tests(format_node(node)) == node


@pytest.mark.parametrize("count", [2, 3, 7, 100, 1_001, 3_000])
def test_a_cell_of_many_tests_compiles(count: int) -> None:
    """A cell may have as many tests as fit into it; the last one counts as the first."""
    node = parse_unary_tests(", ".join(["x"] * (count - 1) + ["y"]))
    names = ("x", "y", "asked")
    scope = Scope({name: Variable(types.ANY, name, required=False) for name in names})
    scope = scope.child({"?": Variable(types.ANY, "asked", required=False)})
    for asked, expected in ((1, True), (2, True), (3, False)):
        assert compile_value(node, scope, names)(1, 2, asked, None) is expected
        assert compile_condition(node, scope, names)(1, 2, asked, None) is expected


@pytest.mark.parametrize("text", ["[?, x, 0]", "{a: ?}", "? + 1", "?, [?]", "not([?])"])
def test_a_test_that_asks_and_is_no_boolean_is_null(text: str) -> None:
    """A cell's test that names `?` and comes to something else than true or false is neither, compiled and walked."""
    node = parse_unary_tests(text)
    scope = Scope({name: Variable(types.ANY, name, required=False) for name in ("x", "asked")})
    scope = scope.child({"?": Variable(types.ANY, "asked", required=False)})
    assert compile_value(node, scope, ["asked", "x"])(1, 2, None) is None
    assert compile_condition(node, scope, ["asked", "x"])(1, 2, None) is False
    assert evaluate(node, {"?": 1, "x": 2}, None) is None
