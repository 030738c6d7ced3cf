"""Hypothesis strategies for FEEL trees, and for data that fits (or does not fit) a record's schema."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from engine.feel import Node, ast, type_of_schema
from engine.feel.builtins import REGISTRY
from engine.feel.types import ContextType

SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["n", "s", "b", "ys", "o", "when"],
    "properties": {
        "n": {"type": "number"},
        "m": {"type": "number"},
        "s": {"type": "string"},
        "e": {"enum": ["minor", "major", "critical"]},
        "b": {"type": "boolean"},
        "c": {"type": ["boolean", "null"]},
        "day": {"type": "string", "format": "date"},
        "when": {"type": "string", "format": "date-time"},
        "took": {"type": "string", "format": "duration"},
        "xs": {"type": "array", "items": {"type": "number"}},
        "ys": {"type": "array", "items": {"type": "string"}},
        "o": {
            "type": "object",
            "required": ["y"],
            "properties": {"x": {"type": "number"}, "y": {"type": "string"}},
        },
        "os": {
            "type": "array",
            "items": {"type": "object", "properties": {"q": {"type": "number"}, "r": {"type": "string"}}},
        },
        "u": {},
    },
}
RECORD = type_of_schema(SCHEMA, "inspection_result")
assert isinstance(RECORD, ContextType)
NAMES = tuple(RECORD.fields)

_texts = st.sampled_from(["", "a", "b", "minor", "major", "Ä", "🙂", "2026-01-31", "1"])
_days = st.sampled_from(["2026-01-31", "2024-02-29", "999999999-12-31", "-999999999-01-01", "not a date"])
_moments = st.sampled_from(
    [
        "2026-01-31T08:30:00Z",
        "2026-01-31T09:30:00+01:00",
        "2026-01-31T08:30:00",
        "2026-01-31T08:30:00.5Z",
        "2026-03-29T02:30:00@Europe/Berlin",
        "999999999-12-31T23:59:59.999999999-18:00",
        "x",
    ]
)
_spans = st.sampled_from(
    ["PT15M", "P1Y", "P1DT2H", "-P1M", "P999999999Y", "-P360000000000D", "PT0.000000001S", "later"]
)
_numbers = st.one_of(
    st.integers(-5, 5),
    st.sampled_from(
        [
            Decimal("0.05"),
            Decimal("10.05"),
            Decimal("-2.5"),
            Decimal("1E+400"),
            10**33,
            10**40,
            Decimal("1E-6000"),
            Decimal("9.999999999999999999999999999999999E+6144"),
            Decimal("-1E+6144"),
            Decimal("1E-6176"),
            10**34 - 1,
            -(10**34) + 1,
            Decimal("0.3333333333333333333333333333333333"),
            Decimal("2.00"),
        ]
    ),
)
_anything = st.recursive(
    st.one_of(st.none(), st.booleans(), _numbers, _texts, _days, _moments),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["x", "y", "q", "r", "item"]), inner, max_size=3),
    ),
    max_leaves=5,
)

FITTING = st.fixed_dictionaries(
    {
        "n": _numbers,
        "s": _texts,
        "b": st.booleans(),
        "when": _moments,
        "ys": st.lists(_texts, max_size=3),
        "o": st.fixed_dictionaries({"y": _texts}, optional={"x": _numbers}),
    },
    optional={
        "m": _numbers,
        "e": st.sampled_from(["minor", "major", "critical"]),
        "c": st.one_of(st.none(), st.booleans()),
        "day": _days,
        "took": _spans,
        "xs": st.lists(_numbers, max_size=3),
        "os": st.lists(st.fixed_dictionaries({"q": _numbers, "r": _texts}), max_size=3),
        "u": _anything,
    },
)
"""Data of the record's type, formats aside."""

ANY_DATA = st.dictionaries(st.sampled_from(NAMES), _anything, max_size=8)
"""Data of any kind under the record's names."""

_literals = st.one_of(
    _numbers.filter(lambda v: v >= 0 and (isinstance(v, Decimal) or v < 10**34)).map(
        lambda v: ast.NumberLiteral(0, 0, v)
    ),
    _texts.map(lambda v: ast.StringLiteral(0, 0, v)),
    st.booleans().map(lambda v: ast.BooleanLiteral(0, 0, v)),
    st.just(ast.NullLiteral(0, 0)),
    st.sampled_from(
        [
            *("2026-01-31", "999999999-12-31", "-999999999-01-01"),
            *("08:30:00", "23:59:59.999999999Z", "08:30:00@Europe/Berlin"),
            *("2026-01-31T08:30:00Z", "2026-10-25T02:30:00@Europe/Berlin", "999999999-12-31T00:00:00"),
            *("PT15M", "-P360000000000D", "P1Y", "P999999999Y", "P0D"),
        ]
    ).map(lambda v: ast.AtLiteral(0, 0, v)),
)
_names = st.sampled_from((*NAMES, "i", "j", "item", "q", "x", "partial", "nowhere", "?")).map(
    lambda name: ast.Name(0, 0, name)
)
_BUILTINS = tuple(sorted(REGISTRY))
_PROPERTIES = ("x", "y", "q", "year", "hours", "time offset", "start", "end included", "nothing")


def _some(inner: st.SearchStrategy[ast.TypeName], most: int) -> st.SearchStrategy[tuple[ast.TypeName, ...]]:
    return st.lists(inner, min_size=1, max_size=most).map(tuple)


_TYPES: st.SearchStrategy[ast.TypeName] = st.recursive(
    st.sampled_from(
        (
            *("Any", "Null", "number", "string", "boolean", "date", "time", "date and time"),
            *("days and time duration", "years and months duration", "list", "range", "context", "function"),
        )
    ).map(lambda name: ast.TypeName(0, 0, name, (), ())),
    lambda inner: st.one_of(
        st.builds(
            lambda name, item: ast.TypeName(0, 0, name, (item,), ()),
            st.sampled_from(["list", "range"]),
            inner,
        ),
        st.builds(
            lambda kinds: ast.TypeName(0, 0, "context", kinds, ("x", "y")[: len(kinds)]), _some(inner, 2)
        ),
        st.builds(lambda kinds: ast.TypeName(0, 0, "function", kinds, ()), _some(inner, 3)),
    ),
    max_leaves=4,
)
"""Types as they are written."""


def _argument(value: Node) -> ast.Argument:
    return ast.Argument(0, 0, None, value)


def _called_by_names(name: str, which: int, values: list[Node]) -> ast.Call:
    """Return a call of a built-in by the names of one of its forms' parameters."""
    forms = REGISTRY[name].forms
    known = forms[which % len(forms)].parameters
    arguments = tuple(ast.Argument(0, 0, p.name, value) for p, value in zip(known, values, strict=False))
    return ast.Call(0, 0, ast.Name(0, 0, name), arguments)


def _extend(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    pair = st.tuples(inner, inner)
    comparators = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
    flags = st.tuples(st.booleans(), st.booleans())
    intervals = st.builds(lambda ends, open_: ast.Interval(0, 0, *ends, *open_), pair, flags)
    tests = st.one_of(
        inner, st.builds(lambda o, v: ast.Comparator(0, 0, o, v), comparators, inner), intervals
    )
    iterators = st.lists(
        st.builds(
            lambda name, domain, until: ast.Iterator(0, 0, name, domain, until),
            st.sampled_from(["i", "j"]),
            inner,
            st.one_of(st.none(), st.integers(0, 3).map(lambda v: ast.NumberLiteral(0, 0, v))),
        ),
        min_size=1,
        max_size=2,
    ).map(tuple)
    parameters = st.builds(
        lambda name, kind: ast.FormalParameter(0, 0, name, kind),
        st.sampled_from(["i", "j", "x"]),
        st.one_of(st.none(), _TYPES),
    )
    functions = st.builds(
        lambda known, body, external: ast.FunctionLiteral(
            0, 0, tuple(known), ast.ContextLiteral(0, 0, ()) if external else body, external
        ),
        st.lists(parameters, max_size=2, unique_by=lambda p: p.name),
        inner,
        st.integers(0, 9).map(lambda chance: chance == 0),
    )
    given = st.one_of(
        st.lists(inner, max_size=3).map(lambda values: tuple(map(_argument, values))),
        st.dictionaries(st.sampled_from(["i", "j", "x", "n", "list"]), inner, min_size=1, max_size=2).map(
            lambda named: tuple(ast.Argument(0, 0, name, value) for name, value in named.items())
        ),
    )
    entries = st.lists(
        st.builds(lambda name, v: ast.ContextEntry(0, 0, name, v), st.sampled_from(["x", "y", "i"]), inner),
        max_size=3,
    ).map(tuple)
    return st.one_of(
        st.builds(
            lambda o, sides: ast.Arithmetic(0, 0, o, *sides),
            st.sampled_from(["+", "-", "*", "/", "**"]),
            pair,
        ),
        st.builds(lambda o, sides: ast.Comparison(0, 0, o, *sides), comparators, pair),
        st.builds(
            lambda o, parts: ast.Logic(0, 0, o, tuple(parts)),
            st.sampled_from(["and", "or"]),
            st.lists(inner, min_size=2, max_size=4),
        ),
        st.builds(lambda v: ast.Negation(0, 0, v), inner),
        st.builds(lambda v: ast.Call(0, 0, ast.Name(0, 0, "not"), (_argument(v),)), inner),
        st.builds(lambda v, ends: ast.Between(0, 0, v, *ends), inner, pair),
        st.builds(
            lambda v, found: ast.In(0, 0, v, tuple(found)), inner, st.lists(tests, min_size=1, max_size=3)
        ),
        st.builds(lambda c, sides: ast.If(0, 0, c, *sides), inner, pair),
        st.builds(lambda v: ast.ListLiteral(0, 0, tuple(v)), st.lists(inner, max_size=3)),
        st.builds(lambda v: ast.ContextLiteral(0, 0, v), entries),
        st.builds(lambda v, name: ast.Path(0, 0, v, name, 0), inner, st.sampled_from(_PROPERTIES)),
        st.builds(lambda sides: ast.Filter(0, 0, *sides), pair),
        st.builds(lambda its, body: ast.For(0, 0, its, body), iterators, inner),
        st.builds(
            lambda q, its, body: ast.Quantified(0, 0, q, its, body),
            st.sampled_from(["some", "every"]),
            iterators,
            inner,
        ),
        st.builds(
            lambda name, values: ast.Call(0, 0, ast.Name(0, 0, name), tuple(map(_argument, values))),
            st.sampled_from(_BUILTINS),
            st.lists(inner, max_size=3),
        ),
        st.builds(
            lambda v, kind: ast.InstanceOf(0, 0, v, kind),
            inner,
            _TYPES,
        ),
        st.builds(lambda o, v: ast.Comparator(0, 0, o, v), comparators, inner),
        intervals,
        functions,
        st.builds(lambda function, given: ast.Call(0, 0, function, given), functions, given),
        st.builds(
            lambda name, given: ast.Call(0, 0, ast.Name(0, 0, name), given), st.sampled_from(_BUILTINS), given
        ),
        st.builds(
            _called_by_names,
            st.sampled_from(_BUILTINS),
            st.integers(0, 3),
            st.lists(inner, min_size=4, max_size=4),
        ),
    )


EXPRESSIONS: st.SearchStrategy[Node] = st.recursive(st.one_of(_literals, _names), _extend, max_leaves=12)
"""Trees of every construct, most of them ill-typed."""
