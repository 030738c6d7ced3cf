"""Compiled definitions against walked ones, on generated documents and inputs: nulls, mixed types and calls included."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
from hypothesis import given, settings

from engine.definitions.evaluation import prepare
from engine.definitions.writing import write_definitions
from tests.engine.definitions.models import NOW, read

NUMBERS = ("n", "m", "1", "0", "-2", "2.5", "null", "item.a", "square(n)", "count(list)", "n / m")
CONDITIONS = ("n > m", 'text = "a"', "flag", "null", "n = null", "some x in list satisfies x > n", "text")
ANY = (
    *NUMBERS,
    *CONDITIONS,
    "text",
    "list",
    "list[item > n]",
    "[n, text]",
    "{a: n, b: text}",
    "for x in list return x + n",
)
TESTS = ("-", "1", "< 2", "[0..5)", "not(1)", "null", "m", "? > m", "1, 2", '"a"')
TYPES = ("", "number", "string", "boolean", "Small", "Numbers", "Any")

VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 8), st.sampled_from(["a", "b", ""]), st.lists(st.integers(-2, 5), max_size=3)
)  # fmt: skip


@st.composite
def boxes(draw: st.DrawFn, depth: int = 0) -> dict[str, Any]:
    """Return the keys of a definition's logic."""
    kinds = ["value", "value", "table"]
    kinds += ["context", "list", "if", "filter", "for", "some", "invoke", "relation"] if depth < 2 else []

    def part() -> Any:
        return draw(boxes(depth + 1)) if draw(st.booleans()) else f"= {draw(st.sampled_from(ANY))}"

    match draw(st.sampled_from(kinds)):
        case "value":
            return {"value": f"= {draw(st.sampled_from(ANY))}"}
        case "table":
            hit = draw(
                st.sampled_from(
                    ["unique", "any", "first", "rule order", "collect", "collect sum", "collect max"]
                )
            )
            rows = [
                [draw(st.sampled_from(TESTS)), draw(st.sampled_from(TESTS)), draw(st.sampled_from(NUMBERS))]
                for _ in range(draw(st.integers(1, 4)))
            ]
            return {"hit": hit, "columns": ["n", "m + 1", "=> out"], "rows": rows}
        case "context":
            return {"context": {"p": part(), "n": part()}, "result": "= [p, n]"}
        case "list":
            return {"list": [part(), part()]}
        case "if":
            return {"if": f"= {draw(st.sampled_from(CONDITIONS))}", "then": part(), "else": part()}
        case "filter":
            match = draw(st.sampled_from(["item > n", "a > 1", "item.a = n", "2", "text", "n"]))
            return {
                "filter": draw(st.sampled_from(["= list", "= [{a: 1}, {a: n}, {n: 3}]"])),
                "match": f"= {match}",
            }
        case "for":
            return {"for": "x", "in": "= list", "return": part()}
        case "some":
            word = draw(st.sampled_from(["some", "every"]))
            return {word: "x", "in": "= list", "satisfies": f"= {draw(st.sampled_from(CONDITIONS))}"}
        case "invoke":
            function = draw(st.sampled_from(["square", "abs", "mix"]))
            names = {"square": ["x"], "abs": ["n"], "mix": ["x", "y"]}[function]
            return {"invoke": function, "with": {name: part() for name in names}}
        case _:
            return {"relation": {"columns": ["a", "b"], "rows": [[part(), part()], [part(), "= n"]]}}


@st.composite
def documents(draw: st.DrawFn) -> str:
    """Return the text of a definitions document with a few decisions, each of which may use those before it."""
    defined: list[dict[str, Any]] = []
    for number in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(TYPES))
        logic = draw(boxes())
        if number and draw(st.booleans()):
            logic = {"list": [f"= d{number - 1}", logic]}
        defined.append({"define": f"d{number}", **({"type": kind} if kind else {}), **logic})
    defined.append({"define": "square", "parameters": {"x": "number"}, "value": "= x * x"})
    defined.append(
        {"define": "mix", "parameters": {"x": "Small", "y": "Any"}, "value": "= if x > 1 then y else [x, y]"}
    )
    whole = {
        "definitions": "generated",
        "types": {
            "Small": {"type": "number", "allowed": "< 5"},
            "Numbers": {"type": "array", "items": "number"},
        },
        "inputs": {
            "n": "number",
            "m": "Small",
            "text": "string",
            "flag": "boolean",
            "list": "Numbers",
            "item": "Any",
        },
        "define": defined,
    }
    return str(whole)  # Python's lists and dicts of texts are YAML, too


@settings(max_examples=150, deadline=None)
@given(documents(), st.fixed_dictionaries(dict.fromkeys(("n", "m", "text", "flag", "list", "item"), VALUES)))
def test_compiled_is_walked(text: str, inputs: dict[str, Any]) -> None:
    """Every decision comes to the same value both ways, and to the same again when it has been written and read."""
    found, _ = read(text)
    compiled, walked = prepare(found), prepare(found, walked=True)
    written = prepare(read(write_definitions(found))[0])
    for name in found.decisions:
        value = compiled.decide(name, inputs, NOW).value
        assert repr(value) == repr(walked.decide(name, inputs, NOW).value)
        assert repr(value) == repr(written.decide(name, inputs, NOW).value)
