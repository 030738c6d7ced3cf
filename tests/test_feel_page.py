"""The page on FEEL is true: every example comes to what stands beside it, compiled and walked, and no built-in is left out."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from engine import feel
from engine.calendars import Calendars
from engine.feel import types as t
from engine.feel.builtins import REGISTRY
from engine.feel.builtins.shifts import CALENDARS
from engine.feel.parser import MAX_TEXT
from engine.feel.shape import MAX_DEPTH, MAX_SCOPES
from engine.feel.values import MAX_LIST, MAX_STEPS, MAX_STRING
from engine.parser import parse
from service.cli.contexts import names_in, read_context, type_of
from service.cli.trees import literal_text

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs/feel.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```feel\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ROW = re.compile(r"^\| `(.+?)` \| `(.+?)` \| `(.+?)` \| (.+?) \|$", re.MULTILINE)
NOW = datetime(2026, 3, 2, 7, 25, tzinfo=UTC)
CONTEXT = read_context(re.findall(r"^```json\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[0], "feel.md")
NAMES = names_in(CONTEXT.values)
SHIPPED = {"calendars.yaml": (ROOT / "rules/calendars.yaml").read_text(encoding="utf-8")}
BOUND = {CALENDARS: Calendars(parse(SHIPPED).documents.calendars, "plant")}


def examples(page: str) -> list[tuple[str, str, str]]:
    """Return (expression, value, why it is null) of every example in *page*; one without a value is a fault."""
    found = []
    for block in BLOCK.findall(page):
        for example in block.strip("\n").split("\n\n"):
            expression, arrow, answer = example.rpartition("\n-> ")
            if not arrow or not answer or "\n" in answer or re.search(r"^->", expression, re.MULTILINE):
                raise AssertionError(f"an example without one result:\n{example}")
            value, _, why = answer.partition("  // ")
            found.append((expression, value, why))
    return found


EXAMPLES = examples(PAGE)
BUILTINS = [(row[1], row[2], "") for row in ROW.findall(PAGE.partition("## Every built-in")[2])]


def readings(expression: str) -> tuple[feel.Node, dict[str, Any], list[feel.Scope]]:
    """Return the tree of an example, its environment, and the scopes it is compiled in: with types and without."""
    env = {**CONTEXT.values, **BOUND}
    unary = expression.startswith("? = ")
    if unary:
        given, expression = expression.split("\n", 1)
        env["?"] = feel.evaluate(feel.parse(given.removeprefix("? = ")), {}, NOW)
    node = (feel.parse_unary_tests if unary else feel.parse)(expression, NAMES)
    typed = {
        name: feel.Variable(type_of(value), f"d[{name!r}]", required=value is not None)
        for name, value in env.items()
        if name not in BOUND
    }
    untyped = {name: feel.Variable(t.ANY, f"d.get({name!r})", required=False) for name in typed}
    return node, env, [feel.Scope(typed, bound=BOUND), feel.Scope(untyped, bound=BOUND)]


@pytest.mark.parametrize(("expression", "value", "why"), [*EXAMPLES, *BUILTINS])
def test_examples(expression: str, value: str, why: str) -> None:
    """An example comes to the value beside it, as `lineside eval` prints it, compiled and walked; a null says why."""
    node, env, scopes = readings(expression)
    told: list[feel.Doubt] = []
    assert literal_text(feel.evaluate(node, env, NOW, warnings=told)) == value
    for scope in scopes:
        compiled = feel.compile_value(node, scope, ["d"])
        assert literal_text(compiled(env, NOW)) == value, compiled.__feel_source__
    assert [one.message for one in told[:1]] == ([why] if why else [])


@pytest.mark.parametrize(
    "block",
    [
        pytest.param("1 + 1\n", id="no result"),
        pytest.param("1 + 1\n->\n", id="an empty result"),
        pytest.param("1 + 1\n-> 2\n2 + 2\n-> 4\n", id="two examples in one"),
        pytest.param("1 + 1\n-> 2\n\n2 + 2\n", id="the second one has no result"),
    ],
)
def test_an_example_without_a_result_fails(block: str) -> None:
    """A page with an example that does not say what it comes to is refused."""
    with pytest.raises(AssertionError, match="an example without one result"):
        examples(f"```feel\n{block}```\n")


def test_the_page_is_read() -> None:
    """The page has a context and well over a hundred examples."""
    assert CONTEXT.faults == ()
    assert len(EXAMPLES) > 150


def test_every_builtin_has_an_example() -> None:
    """Every built-in stands in the table once, with a form for each of its own and an example that calls it."""
    rows = ROW.findall(PAGE.partition("## Every built-in")[2])
    named = [form.partition("(")[0] for form, *_ in rows]
    assert sorted(named) == sorted(REGISTRY)
    assert [name for name, row in zip(named, rows, strict=True) if not row[1].startswith(f"{name}(")] == []
    parameters = {
        name: {p.name for form in REGISTRY[name].forms for p in form.parameters}
        for name in ("substring", "number", "time")
    }
    forms = {name: row[0] for name, row in zip(named, rows, strict=True)}
    assert [p for name in parameters for p in parameters[name] if p not in forms[name]] == []


def test_limits() -> None:
    """The limits on the page are those of the code."""
    limits = PAGE.partition("## Limits")[2].partition("\n## ")[0]
    said = [int(number.replace(",", "")) for number in re.findall(r"\d[\d,]*\d", limits)]
    assert said == [MAX_TEXT, MAX_DEPTH, MAX_SCOPES, MAX_STEPS, MAX_STRING, MAX_LIST]
