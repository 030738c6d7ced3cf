"""What is said about texts that are wrong: the code, the place, and words a quality engineer can act on."""

from __future__ import annotations

import pytest

from engine.feel import (
    ContextType,
    Fault,
    FeelSyntaxError,
    Field,
    Scope,
    Variable,
    check,
    parse,
    type_of_schema,
    types,
)
from engine.feel.parser import MAX_DEPTH, MAX_TEXT

INSPECTION = type_of_schema(
    {
        "type": "object",
        "required": ["result", "order_id", "defects"],
        "properties": {
            "result": {"enum": ["pass", "fail"]},
            "severity": {"enum": ["minor", "major", "critical"]},
            "order_id": {"type": "string"},
            "defects": {"type": "integer"},
            "rework": {"type": "boolean"},
            "at": {"type": "string", "format": "date-time"},
            "day": {"type": "string", "format": "date"},
            "waited": {"type": "string", "format": "duration"},
            "samples": {"type": "array", "items": {"type": "number"}},
            "machine": {"type": "object", "properties": {"name": {"type": "string"}}},
            "extra": {"type": "object"},
        },
    },
    "inspection_result",
)
assert isinstance(INSPECTION, ContextType)
ORDER = ContextType({"order_id": Field(types.STRING, required=True)}, title="production_order")
SCOPE = Scope({"order": Variable(ORDER, "order")}).child(Scope.fields("d", INSPECTION))


def syntax_faults(text: str) -> tuple[Fault, ...]:
    """Return the faults that parsing *text* raises."""
    with pytest.raises(FeelSyntaxError) as caught:
        parse(text)
    return caught.value.faults


SYNTAX = [
    ("a > 10 %", "%", "write 0.1 for 10 %, and modulo(a, b) for a remainder"),
    ("a > 10% and b", "%", "write 0.1 for 10 %, and modulo(a, b) for a remainder"),
    ("(a + 5%) * b", "%", "write 0.1 for 10 %, and modulo(a, b) for a remainder"),
    ("a % b = 0", "%", "write 0.1 for 10 %, and modulo(a, b) for a remainder"),
    ("a % (b + 1) = 0", "%", "write 0.1 for 10 %, and modulo(a, b) for a remainder"),
    ("a == 1", "==", "use = to compare"),
    ("a && b", "&&", 'use the word "and"'),
    ("a || b", "||", 'use the word "or"'),
    ("a <> 1", "<>", "use != for not equal"),
    ("a = 'x'", "'x'", 'write "x"'),
    ("a AND b", "AND", 'write "and"'),
    ("a OR b", "OR", 'write "or"'),
    ("!a", "!", "write not(a)"),
    ("a is null", "is", 'compare with = or !=, as in "x = null"'),
    ("a not in (1, 2)", "not", "put not(...) around the whole comparison, as in not(x in (1, 2))"),
    ('a contains "x"', "contains", "use contains(text, part) or list contains(list, element)"),
    ('a like "x"', "like", "use contains(text, part) or matches(text, pattern)"),
    ("if a 1 else 2", "1", "write if condition then value else value"),
    ("if a then 1", "", "write if condition then value else value"),
    ("if a THEN 1 else 2", "THEN", 'write "then" in lower case'),
    ("a between 1, 2", ",", "write x between low and high"),
    ("some x of y satisfies z", "of", "write some x in list satisfies condition"),
    ("(a", "(", 'add ")"'),
    ("[1, 2", "[", 'add "]"'),
    ("{a: 1", "{", 'add "}"'),
    ("f(1", "(", 'add ")"'),
    ('"abc', '"abc', 'close it with "'),
    ("a)", ")", 'there is no "(" for it'),
    ("a = 1, 2", ",", "write a in (1, 2)"),
    ("a > 1, 2", ",", "put a list in [ ]"),
    ("5kg", "5kg", "write 5 without the unit"),
    ("5th", "5t", "write an operator between number and name"),
    ("a and", "", ""),
    ("= 5", "=", 'leave out the "=" at the beginning'),
    ("a # b", "#", ""),
]


@pytest.mark.parametrize(("text", "place", "fix"), [pytest.param(*row, id=row[0]) for row in SYNTAX])
def test_syntax_fault(text: str, place: str, fix: str) -> None:
    """Text that is not FEEL names the place and says what to write."""
    fault = syntax_faults(text)[0]
    assert (text[fault.start : fault.end], fault.fix) == (place, fix)
    assert fault.code == "syntax"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param("", "syntax", id="empty"),
        pytest.param(" // only a remark", "syntax", id="remark"),
        pytest.param("1e99999", "too-large", id="exponent"),
        pytest.param('@"2026-02-30"', "bad-literal", id="no such day"),
        pytest.param("(" * 5000, "too-deep", id="parentheses"),
        pytest.param("[" * 5000, "too-deep", id="brackets"),
        pytest.param("-" * 5000 + "1", "too-deep", id="signs"),
        pytest.param("x in " * 1500 + "1", "too-deep", id="in"),
        pytest.param("x in (" * 1500 + "1", "too-deep", id="in parentheses"),
        pytest.param("[1..2[" * 1500, "too-deep", id="half-open ranges"),
        pytest.param("if a then " * 900, "too-deep", id="if"),
        pytest.param("1" + " + 1" * 200, "too-deep", id="long sum"),
        pytest.param("a" + ".a" * 200, "too-deep", id="long path"),
        pytest.param("x instance of " + "list<" * 1000, "too-deep", id="types"),
        pytest.param("for a in " * 1000 + "b", "too-deep", id="loops"),
        pytest.param("for x in y return " * 13 + "1", "too-deep", id="loops in loops"),
        pytest.param("a" * (MAX_TEXT + 1), "too-long", id="long"),
    ],
)
@pytest.mark.timeout(5)
def test_limits(text: str, code: str) -> None:
    """Text beyond a limit is a fault, not an error of the stack."""
    assert [fault.code for fault in syntax_faults(text)] == [code]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("(" * (MAX_DEPTH - 1) + "1" + ")" * (MAX_DEPTH - 1), id="parentheses"),
        pytest.param(" and ".join(["a = 1"] * 1000), id="long conjunction"),
        pytest.param(f"x in ({', '.join(map(str, range(1500)))})", id="long list of tests"),
    ],
)
def test_within_limits(text: str) -> None:
    """Deep and long text up to the limits parses."""
    parse(text)


def test_every_slip_at_once() -> None:
    """Spelling from other languages is reported all at once, in the order of the text."""
    faults = syntax_faults("a == 'x' && b <> 2 AND c")
    assert [fault.start for fault in faults] == sorted(fault.start for fault in faults)
    assert [fault.fix for fault in faults] == [
        "use = to compare",
        'write "x"',
        'use the word "and"',
        "use != for not equal",
        'write "and"',
    ]


TYPES = [
    (
        'severty = "minor"',
        "unknown-field",
        "severty",
        'inspection_result has no field "severty"; did you mean "severity"?',
    ),
    (
        "order.order = order_id",
        "unknown-field",
        "order",
        'production_order has no field "order"; did you mean "order_id"?',
    ),
    ("machine.nam = null", "unknown-field", "nam", 'machine has no field "nam"; did you mean "name"?'),
    ("at.yaer = 2026", "unknown-field", "yaer", 'a date and time has no property "yaer"; did you mean "year"?'),
    (
        'severity = "mayor"',
        "never-true",
        '"mayor"',
        'severity is never "mayor"; did you mean "major"?',
    ),
    ('"Fail" = result', "never-true", '"Fail"', 'result is never "Fail"; did you mean "fail"?'),
    ('severity != "x"', "always-true", '"x"', 'severity is never "x"; it is one of "critical", "major", "minor"'),
    ('severity in ("minor", "mjor")', "never-true", '"mjor"', 'severity is never "mjor"; did you mean "major"?'),
    ('severity in ["bad"]', "never-true", '"bad"', 'severity is never "bad"; it is one of "critical", "major", "minor"'),
    (
        'defects > "5"',
        "type-mismatch",
        'defects > "5"',
        'defects is a number and "5" is a string, so this is never true; write 5 without quotes',
    ),
    (
        "order_id = 5",
        "type-mismatch",
        "order_id = 5",
        'order_id is a string and 5 is a number, so this is never true; write "5"',
    ),
    (
        'day = "2026-01-31"',
        "type-mismatch",
        'day = "2026-01-31"',
        'day is a date and "2026-01-31" is a string, so this is never true; write a date as @"2026-01-31"',
    ),
    (
        'at > @"2026-01-31"',
        "type-mismatch",
        'at > @"2026-01-31"',
        'at is a date and time and @"2026-01-31" is a date, so this is never true; write date(at)',
    ),
    ("rework > true", "type-mismatch", "rework", 'rework is a boolean, which ">" cannot put in order'),
    ("defects > null", "never-true", "defects > null", '">" with null is never true; use = null or != null'),
    (
        "defects in [5..1]",
        "never-true",
        "[5..1]",
        "the range ends before it begins, so nothing is in it; write [1..5]",
    ),
    ('defects in > "b"', "type-mismatch", '> "b"', None),
    ("defects between 1 and \"b\"", "type-mismatch", '"b"', None),
    (
        "defects and rework",
        "type-mismatch",
        "defects",
        '"and" joins conditions, and defects is a number; write a comparison, such as defects = ...',
    ),
    ("if defects then 1 else 2", "type-mismatch", "defects", None),
    (
        'order_id + defects = "x"',
        "type-mismatch",
        "order_id + defects",
        'order_id is a string and defects is a number, which "+" cannot combine; write string(defects)',
    ),
    ("day * 2 = day", "type-mismatch", "day * 2", None),
    ("-order_id = 1", "type-mismatch", "-order_id", None),
    ("coun(samples) > 1", "unknown-function", "coun", 'there is no function "coun"; did you mean "count"?'),
    (
        "upper case(defects) = order_id",
        "type-mismatch",
        "defects",
        "upper case takes a string here, and defects is a number; write string(defects)",
    ),
    ("substring(order_id) = order_id", "wrong-arguments", "substring(order_id)", None),
    (
        'matches(order_id, "(")',
        "bad-pattern",
        '"("',
        '"(" is no regular expression: missing ): (; close the "(", or write "\\(" for the character itself',
    ),
    (
        'matches(order_id, "(?=a)")',
        "bad-pattern",
        '"(?=a)"',
        '"(?=a)" is no regular expression: invalid perl operator: (?=; '
        "use no look-around and no back-references, so that it runs in linear time",
    ),
    ('at > date and time("yesterday")', "bad-literal", 'date and time("yesterday")', None),
    ("samples[order_id] = 1", "type-mismatch", "order_id", None),
    ("defects instance of integer", "unknown-type", "integer", None),
    ("{a: 1, a: 2} = null", "duplicate-name", "a: 2", None),
    ("order(1)", "unknown-function", "order", "order is a context, not a function"),
    ("rework != None", "unknown-field", "None", 'inspection_result has no field "None"; did you mean "null"?'),
    ("zzzzzz(1)", "unknown-function", "zzzzzz", 'there is no function "zzzzzz"'),
    ("rework = True", "unknown-field", "True", 'inspection_result has no field "True"; did you mean "true"?'),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "code", "place", "message"), [pytest.param(*row, id=row[0]) for row in TYPES]
)
def test_type_fault(text: str, code: str, place: str, message: str | None) -> None:
    """An expression that cannot work is reported with its code, its place and a fix."""
    faults = check(parse(text), SCOPE).faults
    assert [fault.code for fault in faults] == [code]
    assert text[faults[0].start : faults[0].end] == place
    if message is not None:
        assert str(faults[0]) == message


FINE = [
    'result = "fail" and severity in ("major", "critical")',
    "severity = null or severity != null",
    "order_id = order.order_id",
    'at + @"PT15M" > now()',
    "day < today()",
    "date(at) = day",
    'waited > @"PT10M"',
    "waited > duration(order_id)",
    "waited.hours > 1",
    "some s in samples satisfies s > defects",
    "samples[item > 3] = []",
    "samples[1] > 3",
    "extra.anything.at.all = 5",
    "extra[name = 5] = null",
    "count(samples) > 3 and sum(samples) / count(samples) > 0.5",
    "min(samples) < defects",
    'if rework then "a" = order_id else defects > 1',
    "for i in 1..3 return i * defects",
    "every i in samples, j in [1..i] satisfies i + j > defects",
    "string(defects) + order_id = order_id",
    "{a: defects, b: a + 1}.b > 2",
    'get value(extra, "x") > 3',
    "defects instance of number",
    "not(rework)",
    "sort(samples, function(a, b) a > b)[1] > defects",
    "null = extra",
]


@pytest.mark.parametrize("text", FINE)
def test_no_fault(text: str) -> None:
    """A sound expression passes without remark."""
    assert check(parse(text), SCOPE).faults == ()


def test_every_fault_at_once() -> None:
    """All faults of an expression come together, by place."""
    faults = check(parse('severty = "x" and defects > "5" and foo(bar)'), SCOPE).faults
    assert [fault.code for fault in faults] == [
        "unknown-field",
        "type-mismatch",
        "unknown-function",
        "unknown-field",
    ]
    assert [fault.start for fault in faults] == [0, 18, 36, 40]


def test_unknown_name_without_a_record() -> None:
    """Where no record's fields are in sight, a name is just not there."""
    (fault,) = check(parse("ordre.order_id"), Scope({"order": Variable(ORDER, "order")})).faults
    assert (fault.code, str(fault)) == (
        "unknown-name",
        'there is no "ordre" here; did you mean "order"?',
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("defects + 1", types.NUMBER),
        ("defects > 1", types.BOOLEAN),
        ("at - at", types.DAYS_TIME),
        ("day + @\"P1M\"", types.DATE),
        ("samples", types.ListType(types.NUMBER)),
        ("samples[1]", types.NUMBER),
        ("samples[item > 1]", types.ListType(types.NUMBER)),
        ("max(samples)", types.NUMBER),
        ("severity", types.String(frozenset({"minor", "major", "critical"}))),
        ("for i in 1..3 return day", types.ListType(types.DATE)),
        ("extra.x", types.ANY),
        ("machine.name", types.STRING),
        ("waited", types.ANY_DURATION),
        ("if rework then 1 else null", types.NUMBER),
        ("null", types.NULL),
    ],
)  # fmt: skip
def test_type(text: str, expected: types.FeelType) -> None:
    """The checker knows the type of an expression's value."""
    assert check(parse(text), SCOPE).type == expected
