"""The Python that expressions become: plain where the schema allows it, guarded where it does not, and sealed off."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from engine.feel import (
    ContextType,
    Scope,
    Variable,
    compile_condition,
    compile_value,
    parse,
    type_of_schema,
    types,
)
from tests.engine.feel.expressions import RECORD

NOW = datetime(2026, 1, 31, 8, 30, tzinfo=UTC)
SCOPE = Scope.fields("d", RECORD)


def returned(function: Any) -> str:
    """Return the expression that a compiled function returns, or decides by."""
    lines = [line.strip() for line in function.__feel_source__.splitlines()]
    asked = [line.removeprefix("if ").removesuffix(":") for line in lines if line.startswith("if ")]
    return (
        asked[-1]
        if asked
        else next(line for line in lines if line.startswith("return ")).removeprefix("return ")
    )


PLAIN = [
    ('s = "a" and n > 3', "d['s'] == 'a' and d['n'] > 3"),
    ("n > 0.05", "d['n'] > k1"),
    ("m > 3", "(v1 := d.get('m')) is not None and v1 > 3"),
    ("m = 3", "d.get('m') == 3"),
    ("m != null", "d.get('m') is not None"),
    ("n = null", "False"),
    ("not(n > 3)", "d['n'] <= 3"),
    ('not(s = "a" or n > 3)', "d['s'] != 'a' and d['n'] <= 3"),
    ("not(m > 3)", "(v1 := d.get('m')) is not None and v1 <= 3"),
    ("b", "d['b'] is True"),
    ("not(b)", "d['b'] is False"),
    ("c", "d.get('c') is True"),
    ("not(c)", "d.get('c') is False"),
    ("b = c", "d['b'] == d.get('c')"),
    ('s in ("a", "b")', "d['s'] in k1"),
    ('e in ["minor", "major"]', "d.get('e') in k1"),
    ("n between 1 and 5", "1 <= d['n'] <= 5"),
    ("n in [1..5)", "1 <= d['n'] < 5"),
    ("m in (1, > 5)", "(v1 := d.get('m')) is not None and (v1 == 1 or v1 > 5)"),
    ('o.y = "a"', "d['o']['y'] == 'a'"),
    ("o.x > 1", "(v1 := d['o'].get('x')) is not None and v1 > 1"),
    ('u = "a"', "d.get('u') == 'a'"),
    ("u = 1", "equal(d.get('u'), 1) is True"),
    ("u > 1", "greater(d.get('u'), 1) is True"),
    ("n + 1 > 3", "(v1 := number_add(d['n'], 1)) is not None and v1 > 3"),
    ("true and n > 3", "d['n'] > 3"),
    ("n", "False"),
    ('s = "\\"; import os # \\n"', "d['s'] == '\"; import os # \\n'"),
]


@pytest.mark.parametrize(("text", "source"), [pytest.param(*row, id=row[0]) for row in PLAIN])
def test_condition_source(text: str, source: str) -> None:
    """A condition on declared fields becomes the Python one would write by hand."""
    assert returned(compile_condition(parse(text), SCOPE, ["d"])) == source


def test_fields_of_aliases_are_as_plain_as_own_fields() -> None:
    """A join compares two records' fields directly."""
    order = type_of_schema(
        {"type": "object", "required": ["order_id"], "properties": {"order_id": {"type": "string"}}}
    )
    scope = Scope({"order": Variable(order, "p0")}).child(Scope.fields("p1", RECORD))
    condition = compile_condition(parse("s = order.order_id"), scope, ["p0", "p1"])
    assert returned(condition) == "d['s'] == p0['order_id']".replace("d[", "p1[")
    assert condition({"order_id": "x"}, {"s": "x"}, NOW)


MATCHES = [
    ("n > 3", {"n": 4}, True),
    ("n > 3", {"n": Decimal("3.1")}, True),
    ("n > 3", {}, False),
    ("n > 3", {"n": "4"}, False),
    ("m > 3", {"m": None}, False),
    ("u = 1", {"u": True}, False),
    ("u = true", {"u": 1}, False),
    ("u > 3", {"u": "5"}, False),
    ("when < now()", {"when": "2026-01-31T08:29:59Z"}, True),
    ("when < now()", {"when": "2026-01-31T09:30:01+01:00"}, False),
    ("when < now()", {"when": "yesterday"}, False),
    ("now() - when > @\"PT15M\"", {"when": "2026-01-31T08:00:00Z"}, True),
    ('day = @"2026-01-31"', {"day": "2026-01-31"}, True),
    ("day = today()", {"day": "2026-01-31"}, True),
    ("day.year = 2026", {"day": "2026-01-31"}, True),
    ('took > @"PT10M"', {"took": "PT15M"}, True),
    ('took > @"PT10M"', {"took": "P1Y"}, False),
    ("some x in os satisfies x.q > 1", {"os": [{"q": 1}, {"q": 2}]}, True),
    ("os[q > 1].r = [\"b\"]", {"os": [{"q": 1, "r": "a"}, {"q": 2, "r": "b"}]}, True),
    ("u.a.b = 1", {"u": {"a": {"b": 1}}}, True),
    ("u[a = n] != []", {"n": 1, "u": [{"a": 1}]}, True),
    ('contains(s, "ö")', {"s": "schön"}, True),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "data", "expected"), [pytest.param(*row, id=f"{row[0]} of {row[1]}") for row in MATCHES]
)
def test_condition(text: str, data: dict[str, Any], expected: bool) -> None:
    """A condition is True for data that makes it true, and False for anything else."""
    assert compile_condition(parse(text), SCOPE, ["d"])(data, NOW) is expected


def test_nested_formats_are_converted() -> None:
    """Dates within lists and objects are FEEL dates too."""
    record = type_of_schema(
        {
            "type": "object",
            "properties": {
                "steps": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {"at": {"type": "string", "format": "date-time"}},
                    },
                }
            },
        }
    )
    assert isinstance(record, ContextType)
    value = compile_value(
        parse("steps[2].at - steps[1].at"), Scope({"run": Variable(record, "run")}).child(Scope.fields("run", record)),
        ["run"],
    )  # fmt: skip
    data = {"steps": [{"at": "2026-01-31T08:00:00Z"}, {"at": "2026-01-31T09:00:00+00:00"}]}
    assert str(value(data, NOW)) == "PT1H"
    whole = compile_value(parse("run.steps.at[1].hour"), Scope({"run": Variable(record, "run")}), ["run"])
    assert whole(data, NOW) == 8


def test_deep_expressions_compile() -> None:
    """The deepest tree the parser admits compiles and runs: deep parts are spilled into variables."""
    text = "n"
    for _ in range(40):
        text = (
            f"(if {text} > 0 then {text.count('(') % 7} + 1 else -1)" if len(text) < 2000 else f"abs({text})"
        )
    assert compile_value(parse(text), SCOPE, ["d"])({"n": 1}, NOW) is not None
    assert compile_value(parse("-(" * 49 + "n" + ")" * 49), SCOPE, ["d"])({"n": 1}, NOW) == -1
    nested = "not(" * 90 + "u" + ")" * 90
    assert compile_condition(parse(nested), SCOPE, ["d"])({"u": True}, NOW) is True
    lists = "[" * 90 + "n" + "]" * 90
    assert compile_value(parse(f"count(flatten({lists}))"), SCOPE, ["d"])({"n": 1}, NOW) == 1
    loops = "for x in [n] return " * 11 + "x"
    assert compile_value(parse(f"flatten({loops})"), SCOPE, ["d"])({"n": 7}, NOW) == [7]


def test_long_expressions_compile() -> None:
    """A long list of alternatives is one set."""
    choices = ", ".join(f'"v{i}"' for i in range(1000))
    text = f"s in ({choices})"
    condition = compile_condition(parse(text), SCOPE, ["d"])
    assert condition({"s": "v999"}, NOW)
    assert not condition({"s": "v1000"}, NOW)


@pytest.mark.parametrize(
    "text",
    [
        "__import__",
        "__builtins__",
        "d.__class__",
        "now().__class__",
        "s.__class__.__mro__",
        "(function(x) x).__globals__",
        "print",
        "k1",
        "steps",
    ],
)
def test_no_python_is_in_reach(text: str) -> None:
    """Names of Python, of its attributes and of the generated code mean nothing in FEEL."""
    assert compile_value(parse(text), SCOPE, ["d"])({"s": "x"}, NOW) is None


def test_generated_code_has_no_builtins() -> None:
    """A compiled function sees only what it was given."""
    function = compile_value(parse("n + 1"), SCOPE, ["d"])
    assert function.__globals__["__builtins__"] == {}


def test_parameters_are_names() -> None:
    """Parameter names are checked, since they become code."""
    with pytest.raises(ValueError, match="Python names"):
        compile_value(parse("1"), SCOPE, ["d, x=print()"])


def test_generated_names_do_not_hide_parameters() -> None:
    """Parameters may have any Python name, also one that generated code would choose."""
    names = ["p1", "i1", "v1", "t1", "k1", "f1", "equal", "path", "steps_", "contains"]
    scope = Scope({name: Variable(types.ANY, name, required=False) for name in names})
    text = 'for x in [p1] return for y in [x] return {a: [y, v1, t1, k1, f1, i1], b: p1 = equal, c: contains("a", "a")}'
    compiled = compile_value(parse(text), scope, names)
    assert compiled(*names, NOW) == [[{"a": ["p1", "v1", "t1", "k1", "f1", "i1"], "b": False, "c": True}]]


def test_types_any_and_null_are_known() -> None:
    """A variable of any type, possibly null, goes through the safe operators."""
    scope = Scope({"x": Variable(types.ANY, "x", required=False)})
    compiled = compile_value(parse("x > 1"), scope, ["x"])
    assert [compiled(x, NOW) for x in (2, 1, None, True, "2", [2])] == [True, False, None, None, None, None]
