"""What FEEL expressions mean: one table per part of the standard, each row run by both the compiler and the walk."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from engine.feel import Scope, compile_value, evaluate, parse, to_text

NOW = datetime(2026, 1, 31, 8, 30, tzinfo=UTC)


def value_of(text: str) -> Any:
    """Return the value of *text* without any variables, on which compiler and walk must agree."""
    node = parse(text)
    walked = evaluate(node, {}, NOW)
    compiled = compile_value(node, Scope(), [])(NOW)
    assert compiled == walked or to_text(compiled) == to_text(walked)
    assert isinstance(compiled, bool) == isinstance(walked, bool)
    return walked


def rows(table: dict[str, Any]) -> list[Any]:
    """Return parameters with the expression as id."""
    return [pytest.param(text, expected, id=text[:60]) for text, expected in table.items()]


NUMBERS = {
    "10.05 - 10": Decimal("0.05"),
    "0.1 + 0.2 = 0.3": True,
    "10.05 - 10 > 0.05": False,
    "1 / 3": Decimal("0.3333333333333333333333333333333333"),
    "10 / 4": Decimal("2.5"),
    "9 / 3": 3,
    "1 / 0": None,
    "1 / 0.0": None,
    "2 ** 10": 1024,
    "2 ** -1": Decimal("0.5"),
    "3 ** 4 ** 5": 3486784401,
    "-3 ** 2": 9,
    "10 ** (10 ** 9)": None,
    "10 ** 10000": None,
    "0 ** -1": None,
    "-8 ** 0.5": None,
    "1e400 * 1e400 > 1e799": True,
    "1e6000 * 1e6000": None,
    "9999999999999999999999999999999999 + 1 > 9999999999999999999999999999999998": True,
    "1.0 = 1": True,
    "-0 = 0": True,
    "1 + null": None,
    "1 + true": None,
    '"1" + 1': None,
    "-true": None,
    ".5 + 1.5e1": Decimal("15.5"),
}

COMPARISONS = {
    "true = 1": None,
    "false = 0": None,
    "1 in (true)": None,
    '5 > "3"': None,
    '"5" > 3': None,
    '"a" < "b"': True,
    '"Z" < "a"': True,
    "true < false": None,
    "[1] < [2]": None,
    "null = null": True,
    "null != null": False,
    "1 = null": False,
    "1 != null": True,
    "null < 1": None,
    "[] = null": False,
    "[] = []": True,
    "[1, 2] = [1, 2.0]": True,
    "[1, true] = [1, 1]": False,
    "{a: 1, b: [2]} = {b: [2], a: 1}": True,
    "{} = []": None,
    "5 between 1 and 5": True,
    "null between 1 and 5": None,
    "5 between 6 and null": False,
    "5 in [1..5]": True,
    "5 in [1..5)": False,
    "5 in ]5..6[": False,
    "null in [1..5]": None,
    "5 in (1, 2, > 4)": True,
    "5 in (1, 2, > 6)": False,
    "5 in ([1, 2], [3..6])": True,
    "5 in []": False,
    "5 in (? > 3 and ? < 6)": True,
    "5 in (? > 6, 5)": True,
    "null in (? > 3)": None,
    "for x in [1, 5] return x in (? > 3)": [False, True],
    "5 in (8 in (? > 6))": None,
    'null in ("a", "b")': False,
    "null in (null, 1)": True,
    '"a" in ["b", "a"]': True,
    "[1] in [[1], [2]]": True,
}

LOGIC = {
    "true and true": True,
    "true and null": None,
    "false and null": False,
    "null and null": None,
    "true or null": True,
    "false or null": None,
    "null or null": None,
    "not(true)": False,
    "not(null)": None,
    "not(negand: false)": True,
    "not(other: false)": None,
    "not(5)": None,
    "true and 5": None,
    'false and "x"': False,
    "true or 5": True,
    "false or 5": None,
    "true and true and null and false": False,
    "false or null or true": True,
    'if null then "yes" else "no"': "no",
    'if 1 then "yes" else "no"': "no",
    "if true then 1 else 2": 1,
    "some x in [1, 2, 3] satisfies x > 2": True,
    "every x in [1, 2, 3] satisfies x > 2": False,
    "some x in [] satisfies x > 2": False,
    "every x in [] satisfies x > 2": True,
    "some x in null satisfies x > 2": None,
    "some x in [null, 1] satisfies x > 2": None,
    "every x in [null, 1] satisfies x > 2": False,
    "some x in [1, 2], y in [2, 3] satisfies x = y": True,
}

LISTS = {
    "[1, 2, 3][2]": 2,
    "[1, 2, 3][-1]": 3,
    "[1, 2, 3][0]": None,
    "[1, 2, 3][4]": None,
    "[][1]": None,
    "5[1]": 5,
    "[1, 2, 3][item > 1]": [2, 3],
    "[{a: 1}, {a: 2}][a > 1]": [{"a": 2}],
    "[{a: 1}, {a: 2}].a": [1, 2],
    "[{a: 1}, {b: 2}].a": [1, None],
    "[1, 2, 3][null]": [],
    "null[1]": None,
    "for x in [1, 2] return x * 2": [2, 4],
    "for x in 3..1 return x": [3, 2, 1],
    "for x in [1..3] return x": [1, 2, 3],
    "for x in 1..2, y in 1..x return [x, y]": [[1, 1], [2, 1], [2, 2]],
    "for x in 1..5 return if x <= 2 then 1 else partial[-1] + partial[-2]": [1, 1, 2, 3, 5],
    'for x in "ab" return x': ["ab"],
    "for x in null return x": None,
    "for x in 1..null return x": None,
    "count([])": 0,
    "count(null)": None,
    "count(5)": 1,
    "sum([])": None,
    "sum([0.1, 0.2])": Decimal("0.3"),
    "sum(1, 2, 3)": 6,
    "sum([1, true])": None,
    'sum([@"PT1H", @"PT15M"]) = @"PT75M"': True,
    "min([3, 1, 2])": 1,
    'max("a", "c", "b")': "c",
    "max([])": None,
    'min([1, "a"])': None,
    "mean([1, 2])": Decimal("1.5"),
    "median([3, 1, 2, 10])": Decimal("2.5"),
    "stddev([2, 4, 7, 5])": Decimal("2.081665999466132735282297706979931"),
    "stddev([1])": None,
    "mode([6, 3, 9, 6, 3])": [3, 6],
    "product([2, 3, 4])": 24,
    "list contains([1, null], null)": True,
    "list contains([1], true)": False,
    "append([1], 2, 3)": [1, 2, 3],
    "concatenate([1], [2], 3)": [1, 2, 3],
    "insert before([1, 3], 2, 2)": [1, 2, 3],
    "remove([1, 2, 3], -1)": [1, 2],
    "reverse([1, 2])": [2, 1],
    "index of([1, 2, 1], 1)": [1, 3],
    "union([1, 2], [2, 3])": [1, 2, 3],
    "count(distinct values([(= [1]), (= [1]), (= [2])]))": 2,
    "0[string length(null)] = 5": None,
    "distinct values([1, 1.0, true, null, null])": [1, True, None],
    "flatten([[1, [2]], 3])": [1, 2, 3],
    "sublist([1, 2, 3], 2)": [2, 3],
    "sublist([1, 2, 3], -2, 1)": [2],
    "sublist([1, 2, 3], 4)": None,
    "sort([3, 1, 2])": [1, 2, 3],
    "sort([3, 1, 2], function(x, y) x > y)": [3, 2, 1],
    'sort([1, "a"])': None,
    "all([true, null])": None,
    "any([false, null])": None,
    "all([])": True,
    "any([])": False,
}

STRINGS = {
    '"a" + "b"': "ab",
    'string length("🙂Ä")': 2,
    '"\\u0041\\n\\"\\U01F600"': 'A\n"😀',
    '"\\uD83D\\uDE00" = "😀"': True,
    'string length("\\d")': 2,
    'upper case("ß")': "SS",
    'substring("foobar", 3)': "obar",
    'substring("foobar", -2, 1)': "a",
    'substring("foobar", 0)': None,
    'substring("foobar", 3, 3.8)': "oba",
    'substring before("a-b-c", "-")': "a",
    'substring after("a-b-c", "-")': "b-c",
    'substring after("abc", "x")': "",
    'contains("abc", "")': True,
    'starts with("abc", "ab")': True,
    'ends with("abc", "bc")': True,
    'contains("abc", 1)': None,
    'matches("LOT-17", "^LOT-[0-9]+$")': True,
    'matches("abc", "ABC", "i")': True,
    'matches("abc", "(")': None,
    'matches("abc", "a", "g")': None,
    'matches("aa", "(a)\\1")': None,
    'matches("a", "(?=a)")': None,
    'matches("x", "^[a-z-[aeiou]]$")': True,
    'matches("e", "^[a-z-[aeiou]]$")': False,
    'matches("Q", "[A-Z-[OI]]", "i")': True,
    'matches("o", "[A-Z-[OI]]", "i")': False,
    'matches("5", "[^a-z-[0-9]]")': False,
    'matches("é", "^[\\w-[\\d_]]$")': True,
    'matches("_", "\\w")': False,
    'matches("+", "\\w")': True,
    'matches("_", "\\W")': True,
    'matches("7", "^[\\w-[\\d_]]$")': False,
    'matches("a", "[a-z-[a-y-[b-d]]]")': False,
    'matches("c", "[a-z-[a-y-[b-d]]]")': True,
    'matches("٣", "^\\d$")': True,
    'matches("ab", "^\\p{IsBasicLatin}+$")': True,
    'matches("é", "\\p{IsBasicLatin}")': False,
    'matches("é", "^[\\P{IsBasicLatin}]$")': True,
    'matches("a", "\\p{IsNowhere}")': None,
    'matches("a", "[\\p{Nowhere}-[b]]")': None,
    'matches("_x1", "^\\i\\c*$")': True,
    'matches("1x", "^\\i\\c*$")': False,
    'matches("a", "[]")': None,
    'matches("a", "[a")': None,
    'matches("a", "[a[b]]")': None,
    'matches("a", "[a-[b]")': None,
    'replace("abracadabra", "bra", "*")': "a*cada*",
    'replace("abcd", "(ab)|(a)", "[1=$1][2=$2]")': "[1=ab][2=]cd",
    'split("a;b;;c", ";")': ["a", "b", "", "c"],
    'split("John Doe", "\\s")': ["John", "Doe"],
    'string join(["a", null, "b"], "-")': "a-b",
    "string(10.50)": "10.50",
    "string(null)": None,
    'string([1, "a", {k: @"PT1H"}])': '[1, "a", {k: PT1H}]',
    'number("1,000.5", ",", ".")': Decimal("1000.5"),
    'number("ten")': None,
    'number("1e400")': Decimal("1E400"),
}

TIMES = {
    'date("2026-02-29")': None,
    '@"2026-01-31".weekday': 6,
    'day of week(@"2026-01-31")': "Saturday",
    'week of year(@"2026-01-01")': 1,
    'day of year(@"2024-12-31")': 366,
    'month of year(@"2026-01-31")': "January",
    'date and time("2026-01-31T08:30:00Z") = date and time("2026-01-31T09:30:00+01:00")': True,
    '@"2026-01-31T08:30:00Z" < @"2026-01-31T09:00:00+01:00"': False,
    '@"2026-01-31T08:30:00Z" < @"2026-01-31T09:00:00"': None,
    '@"2026-01-31" < @"2026-01-31T09:00:00Z"': None,
    'string(@"2026-01-31" + @"P1M")': "2026-02-28",
    'string(@"2026-01-31T23:30:00Z" + @"PT1H")': "2026-02-01T00:30:00Z",
    'string(@"23:30:00" + @"PT1H")': "00:30:00",
    'string(@"2026-03-28T12:00:00@Europe/Berlin" + @"P1D")': "2026-03-29T13:00:00@Europe/Berlin",
    '(@"2026-01-31T08:30:00Z" - @"2026-01-31T08:00:00Z").minutes': 30,
    '@"2026-01-31" - @"2026-01-30" = @"P1D"': True,
    '@"PT90M".hours': 1,
    '@"10:11:12.345".second': Decimal("12.345"),
    '@"2026-01-31T10:11:12Z".second': 12,
    '@"-PT61.5S".seconds': Decimal("-1.5"),
    '@"PT90M".minutes': 30,
    '-@"PT90M" = @"-PT1H30M"': True,
    '@"PT1H" * 1.5 = @"PT90M"': True,
    '@"PT1H" / @"PT15M"': 4,
    '@"P1Y" > @"PT1H"': None,
    '@"P1Y" + @"PT1H"': None,
    'years and months duration(@"2024-02-29", @"2026-02-28") = @"P1Y11M"': True,
    'string(duration("P1DT25H"))': "P2DT1H",
    'duration("later")': None,
    'time("25:00:00")': None,
    'string(time(8, 30, 0, @"PT1H"))': "08:30:00+01:00",
    'date("999999999-12-31") + @"P1D"': None,
    "string(now())": "2026-01-31T08:30:00Z",
    "string(today())": "2026-01-31",
    'time("08:30:00@No/Where")': None,
}

CONTEXTS = {
    "{a: 1, b: a + 1}.b": 2,
    "{a: 1}.b": None,
    '{"a b": 1}.a b': 1,
    "null.a": None,
    "5.a": None,
    'get value({a: 1}, "a")': 1,
    "get entries({a: 1})": [{"key": "a", "value": 1}],
    'context put({a: {b: 1}}, ["a", "b"], 2)': {"a": {"b": 2}},
    "context merge([{a: 1}, {a: 2, b: 3}])": {"a": 2, "b": 3},
    "{f: function(x) x + 1, r: f(2)}.r": 3,
    "(function(x, y) x - y)(y: 1, x: 5)": 4,
    "5 instance of number": True,
    "true instance of number": False,
    "null instance of Any": False,
    "[1, 2] instance of list<number>": True,
    "{a: 1} instance of context<a: number>": True,
    "abs(n: -1)": 1,
    "abs(1, 2)": None,
    "list contains(list: [null])": True,
    "is(value2: 1)": False,
    "is()": None,
    "(function(x, y) y = null)(x: 1)": True,
    "(function(x, y) 1)(z: 1)": None,
    "insert before(list: [1], position: 1)": [None, 1],
    "nowhere": None,
    "nowhere(1)": None,
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *rows(NUMBERS),
        *rows(COMPARISONS),
        *rows(LOGIC),
        *rows(LISTS),
        *rows(STRINGS),
        *rows(TIMES),
        *rows(CONTEXTS),
    ],
)
def test_value(text: str, expected: Any) -> None:
    """An expression has the value the standard gives it, in both implementations."""
    found = value_of(text)
    assert found == expected
    assert isinstance(found, bool) == isinstance(expected, bool)
    assert (found is None) == (expected is None)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("for x in 1..10 ** 30 return x", id="huge range"),
        pytest.param("count(for x in 1..1000, y in 1..1000, z in 1..1000 return 1)", id="nested loops"),
        pytest.param("(function(f) f(f))(function(f) [f(f), f(f)])", id="endless recursion"),
        pytest.param('{a: "xxxxxxxxxxxxxxxx"' + "".join(f", a{i}: {'a' + str(i - 1) if i else 'a'} + "
                     f"{'a' + str(i - 1) if i else 'a'}" for i in range(40)) + "}.a39", id="doubling string"),
        pytest.param("string({a: [1, 1]" + "".join(f", a{i}: [{'a' + str(i - 1) if i else 'a'}, "
                     f"{'a' + str(i - 1) if i else 'a'}]" for i in range(40)) + "}.a39)", id="doubling list"),
        pytest.param("some x in @\"0001-01-01\"..@\"999999999-12-31\" satisfies false", id="huge dates"),
        pytest.param("for x in 1..100000 return partial", id="results within results"),
    ],
)  # fmt: skip
def test_endless_work_is_null(text: str) -> None:
    """What would take for ever ends as null, in either implementation."""
    assert value_of(text) is None


@pytest.mark.parametrize(
    ("pattern", "subject"),
    [
        pytest.param("(a+)+$", "a" * 50_000 + "b", id="nested repeats"),
        pytest.param("(x|x)*y", "x" * 50_000, id="alternatives"),
    ],
)
@pytest.mark.timeout(5)
def test_patterns_match_in_linear_time(pattern: str, subject: str) -> None:
    """A pattern that explodes elsewhere answers at once."""
    node = parse(f'matches(s, "{pattern}")')
    assert evaluate(node, {"s": subject}, NOW) is False
