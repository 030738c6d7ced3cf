"""Second opinions: the compiler against the tree walk, and the parser against the printer."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.feel import (
    Doubt,
    Fault,
    FeelSyntaxError,
    Node,
    Risk,
    Scope,
    Variable,
    check,
    compile_condition,
    compile_value,
    evaluate,
    explain,
    format_node,
    parse,
    risks,
    to_feel,
    to_json,
    to_text,
    types,
)
from engine.feel.doubts import COST, ENTRY
from engine.feel.evaluate import Evaluator
from engine.feel.values import ComparatorValue, Exhausted, FunctionValue, RangeValue
from tests.engine.feel.expressions import ANY_DATA, EXPRESSIONS, FITTING, NAMES, RECORD

NOW = datetime(2026, 1, 31, 8, 30, tzinfo=UTC)
TYPED = Scope.fields("d", RECORD)
UNTYPED = Scope({name: Variable(types.ANY, f"d.get({name!r})", required=False) for name in NAMES})
SLOW = settings(max_examples=350, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


def same(a: Any, b: Any) -> bool:
    """Return whether two FEEL values are the same, kinds of Python number aside but booleans apart."""
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, FunctionValue) or isinstance(b, FunctionValue):
        return type(a) is type(b)
    if isinstance(a, ComparatorValue) and isinstance(b, ComparatorValue):
        return a.operator == b.operator and same(a.operand, b.operand)
    if isinstance(a, RangeValue) and isinstance(b, RangeValue):
        included = (a.low_included, a.high_included) == (b.low_included, b.high_included)
        return included and same(a.low, b.low) and same(a.high, b.high)
    return bool(isinstance(a, bool) == isinstance(b, bool) and a == b)


def agrees(node: Node, scope: Scope, data: dict[str, Any], env: dict[str, Any]) -> None:
    """Assert that both compiled readings of *node* give what the tree walk gives."""
    try:
        expected = Evaluator(env, NOW).value(node)
    except Exhausted:
        # null as a whole; code that leaves out what cannot matter may still come to a value
        compile_value(node, scope, ["d"])(data, NOW)
        return
    compiled = compile_value(node, scope, ["d"])
    found = compiled(data, NOW)
    assert same(found, expected), (format_node(node), found, expected, compiled.__feel_source__)
    condition = compile_condition(node, scope, ["d"])
    assert condition(data, NOW) is (expected is True), (format_node(node), condition.__feel_source__)


@SLOW
@given(EXPRESSIONS, FITTING)
def test_typed_code_agrees_with_the_tree_walk(node: Node, data: dict[str, Any]) -> None:
    """A function specialised on a schema gives what the plain walk gives, for data of that schema."""
    env = {name: to_feel(data.get(name), field.type) for name, field in RECORD.fields.items()}
    agrees(parse(format_node(node)), TYPED, data, env)


@SLOW
@given(EXPRESSIONS, ANY_DATA)
def test_untyped_code_agrees_with_the_tree_walk(node: Node, data: dict[str, Any]) -> None:
    """A function that knows no types gives what the plain walk gives, for data of any kind."""
    agrees(parse(format_node(node)), UNTYPED, data, {name: data.get(name) for name in NAMES})


@SLOW
@given(EXPRESSIONS, ANY_DATA)
def test_wrong_data_gives_null_and_never_an_error(node: Node, data: dict[str, Any]) -> None:
    """A function specialised on a schema survives data that breaks the schema."""
    tree = parse(format_node(node))
    compile_value(tree, TYPED, ["d"])(data, NOW)
    assert compile_condition(tree, TYPED, ["d"])(data, NOW) in (True, False)


@SLOW
@given(EXPRESSIONS)
def test_printed_text_parses_to_the_same_tree(node: Node) -> None:
    """parse(format_node(n)) is n, offsets aside."""
    assert parse(format_node(node)) == node


@settings(SLOW, max_examples=100)
@given(EXPRESSIONS, ANY_DATA)
def test_values_can_be_written_and_explained(node: Node, data: dict[str, Any]) -> None:
    """What an expression gives has a text, a JSON form and an explanation whose root is its value."""
    env = {name: data.get(name) for name in NAMES}
    explained = explain(node, env, NOW)
    assert same(explained.value, evaluate(node, env, NOW))
    assert isinstance(to_text(explained.value), str)
    to_json(explained.value)


@SLOW
@given(EXPRESSIONS, FITTING)
def test_types_rule_out_only_what_cannot_be_doubted(node: Node, data: dict[str, Any]) -> None:
    """Every doubt of a walk stands where the types leave room for one, missing entries aside, which a walk cannot know."""
    tree = parse(format_node(node))
    env = {name: to_feel(data.get(name), field.type) for name, field in RECORD.fields.items()}
    told: list[Doubt] = []
    assert same(evaluate(tree, env, NOW, warnings=told), evaluate(tree, env, NOW))
    found = risks(tree, TYPED)
    for doubt in told:
        if doubt.code not in (COST, ENTRY):
            assert any(covers(risk, doubt) for risk in found), (format_node(tree), str(doubt))


def covers(risk: Risk, doubt: Doubt) -> bool:
    """Return whether *doubt* is about the node at risk, or stands in the loop or the function that is."""
    start, end = risk.node.start, risk.node.end
    return (
        start <= doubt.start and doubt.end <= end if risk.hidden else (start, end) == (doubt.start, doubt.end)
    )


_SOUP = """
if then else for in return some every satisfies and or not between instance of function true null n s u xs item ? date
time string length ( ) ( ) [ ] [ ] { } , : . .. = != < <= > >= + - * / ** -> 1 2.5 .5 1e9 "a" "\u00e4 @"2026-01-31" @"x"
' == && ! ; // /* */ number list<number>
AND( OR( NOT IF => =< mm min 5mm 5,2 ,2 2026-01-01 “a” \u2018 » starts with FOR
"""
WORDS = st.sampled_from([*_SOUP.split(), "\n", "\U0001f642", "\x00", "\ud800"])


def parsed(text: str) -> Node | tuple[Fault, ...]:
    """Return the tree of *text*, or its faults."""
    try:
        return parse(text)
    except FeelSyntaxError as error:
        return error.faults


@settings(SLOW, max_examples=600)
@given(
    st.one_of(st.text(max_size=40), st.lists(WORDS, max_size=14).map(" ".join), st.lists(WORDS).map("".join))
)
def test_any_text_is_a_fault_or_an_expression(text: str) -> None:
    """Whatever is written, parsing ends in faults within the text or in a tree that compiles and runs."""
    found = parsed(text)
    faults = found if isinstance(found, tuple) else check(found, TYPED).faults
    assert all(0 <= fault.start <= fault.end <= len(text) for fault in faults)
    if isinstance(found, tuple):
        assert faults
        return
    assert parse(format_node(found)) == found
    agrees(found, UNTYPED, {"n": 1, "xs": [1, 2]}, {"n": 1, "xs": [1, 2]})
