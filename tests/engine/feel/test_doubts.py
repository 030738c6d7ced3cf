"""Doubts: what an evaluation says of each null that did not come in, and what types rule out beforehand."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from engine.feel import Scope, Variable, evaluate, explain, may_warn, parse, types
from engine.feel.doubts import CODES
from engine.retractions import RETRACTION_FORGOTTEN
from engine.waits.telling import WAITS_FULL
from engine.windows.window import OUTSIDE_SHIFTS, TOO_LATE, WINDOW_FULL
from tests.engine.feel.expressions import RECORD

NOW = datetime(2026, 1, 31, 8, 30, tzinfo=UTC)
PAGE = Path(__file__).parents[3] / "docs" / "diagnostics.md"
TYPED = Scope.fields("d", RECORD)

# expression -> what is said of it, as "code: text: message"; nothing where null is the answer
DOUBTS: dict[str, list[str]] = {
    "1 / 0": ["division-by-zero: 1 / 0: it divides by 0"],
    '@"PT1H" / @"PT0S"': ['division-by-zero: @"PT1H" / @"PT0S": @"PT0S" is 0'],
    "modulo(5, 1 - 1)": ["division-by-zero: modulo(5, 1 - 1): 1 - 1 is 0"],
    "null / 0": [],
    "1 + null": [],
    '1 + "a"': ['wrong-kinds: 1 + "a": 1 is a number and "a" is a string, which "+" does not combine'],
    "-true": ["wrong-kinds: -true: true is a boolean, which has no negative"],
    "9e6144 * 10": [
        "out-of-range: 9E+6144 * 10: there is no such value, or it is beyond the largest: 9E+6144 * 10"
    ],
    '"a" < 1': ['wrong-kinds: "a" < 1: "a" is a string and 1 is a number, which do not compare'],
    "1 < null": [],
    'some x in [1] satisfies x > "a"': [
        'wrong-kinds: x > "a": x is a number and "a" is a string, which do not compare'
    ],
    "1 in (null, [2..null])": [],
    '1 in ("a", 2)': ['wrong-kinds: 1 in ("a", 2): 1 is a number, and "a" asks for a string'],
    '1 in [@"P1D"..@"P2D"]': [
        'wrong-kinds: 1 in [@"P1D"..@"P2D"]: 1 is a number, and [@"P1D"..@"P2D"] asks for '
        "a duration of days and time"
    ],
    '1 between "a" and 2': [
        'wrong-kinds: 1 between "a" and 2: 1 is a number and "a" is a string, which do not compare'
    ],
    '@"08:00:00" < @"08:00:00Z"': [
        'wrong-kinds: @"08:00:00" < @"08:00:00Z": only one of @"08:00:00" and @"08:00:00Z" says how it stands to UTC'
    ],
    "true and 5": ['wrong-kinds: true and 5: "and" joins conditions, and 5 is a number'],
    "false and 5": [],
    "not(5)": ["wrong-kinds: not(5): not asks for a condition, and 5 is a number"],
    "if 5 then 1 else 2": ["wrong-kinds: 5: if asks for a condition, and 5 is a number"],
    '[1]["a"]': ['wrong-kinds: "a": a filter asks for a condition, and "a" is a string'],
    "[1, 2][3]": ["out-of-range: [1, 2][3]: [1, 2] has 2 items, and none at 3"],
    "{a: 1}.b": ['no-entry: {a: 1}.b: {a: 1} has no entry "b"'],
    "{a: 1}.b = null": [],
    "{a: null}.a": [],
    "[{a: 1}].b": [],
    "5.b": ['no-entry: 5.b: 5 is a number, which has no "b"'],
    'date("soon")': ['bad-text: date("soon"): "soon" is no date as FEEL writes it'],
    'matches("a", "(")': ['bad-text: matches("a", "("): "(" is no pattern that is known here'],
    "sqrt(-1)": ["out-of-range: sqrt(-1): sqrt has no value for -1"],
    "upper case(3)": ["wrong-kinds: upper case(3): upper case takes a string here, and 3 is a number"],
    "upper case(null)": [],
    "max([])": [],
    "sum([1, null])": [],
    'sum([1, "a"])': ['wrong-kinds: sum([1, "a"]): sum does not combine a number and a string'],
    "abs(1, 2)": ["wrong-call: abs(1, 2): abs is called with other arguments than abs(n)"],
    "5(1)": ["wrong-call: 5(1): 5 is a number, not a function"],
    "(function(x) x)(y: 1)": ["wrong-call: (function(x) x)(y: 1): function(x) x takes (x), and is given y"],
    '(function(x: number) x)("a")': [
        'wrong-kinds: (function(x: number) x)("a"): function(x: number) x takes a number here, and "a" is a string'
    ],
    "(function(x) external {})(1)": [
        "external-function: (function(x) external {})(1): "
        "the code of function(x) external {} is not FEEL, and is not run"
    ],
    'for i in 1.."a" return i': [
        'wrong-kinds: for i in 1.."a" return i: 1 is a number and "a" is a string, '
        "and a loop runs over whole numbers or dates"
    ],
    "for i in 1..1000000 return i": [
        "too-costly: for i in 1..1000000 return i: it takes more than 200,000 steps, or is too large"
    ],
    "for x in [1, 0, 0] return 1 / x": ["division-by-zero: 1 / x: x is 0"],
}


@pytest.mark.parametrize(("text", "expected"), [pytest.param(*row, id=row[0]) for row in DOUBTS.items()])
def test_a_null_of_its_own_is_told(text: str, expected: list[str]) -> None:
    """Each null that did not come in is told once, with its code, its part and the reason; the value is as without."""
    node, told = parse(text), []
    value = evaluate(node, {}, NOW, warnings=told)
    assert [f"{doubt.code}: {doubt}" for doubt in told] == expected
    assert value == evaluate(node, {}, NOW)


def test_an_explanation_says_it_at_the_part() -> None:
    """Of the parts of an expression only that which came to null by itself carries the warning."""
    explained = explain(parse("a > 0 or b / a > 1"), {"a": 0, "b": 1}, NOW)
    found: dict[str, Any] = {}
    waiting = [explained]
    while waiting:
        part = waiting.pop()
        found[part.text] = part.warning and part.warning.code
        waiting.extend(part.children)
    assert found == {
        "a > 0 or b / a > 1": None,
        "a > 0": None,
        "b / a > 1": None,
        "b / a": "division-by-zero",
        "a": None,
        "b": None,
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("n > 5 and m < 3", False, id="comparisons of numbers"),
        pytest.param('e = "minor" and c', False, id="choices and booleans"),
        pytest.param("n in [1..5] or n in (1, > 3)", False, id="ranges"),
        pytest.param("o.x > 1", False, id="an optional field"),
        pytest.param("count(xs) > 1 and starts with(s, e)", False, id="functions with a value for all"),
        pytest.param('if b then s else "a"', False, id="choosing"),
        pytest.param("some x in xs satisfies x > n", False, id="a loop over numbers"),
        pytest.param("xs[item > n]", False, id="a filter of numbers"),
        pytest.param('day > @"2026-01-01"', False, id="dates"),
        pytest.param("n + 1 > 5", True, id="arithmetic can overflow"),
        pytest.param("n / m > 5", True, id="division"),
        pytest.param('when > @"2026-01-01T00:00:00Z"', True, id="local and zoned times"),
        pytest.param('took > @"PT1H"', True, id="durations of two kinds"),
        pytest.param("u > 5", True, id="nothing is known"),
        pytest.param("u.x = 5", True, id="an entry of what is not known"),
        pytest.param("u and b", True, id="no boolean, perhaps"),
        pytest.param("xs[1] > 2", True, id="no such item, perhaps"),
        pytest.param("some x in xs satisfies 1 / x > 2", True, id="a division in a loop"),
        pytest.param("sqrt(n) > 1", True, id="a function's domain"),
        pytest.param('date(s) > @"2026-01-01"', True, id="a text"),
        pytest.param("for i in 1..n return i", True, id="a range that may not be whole"),
        pytest.param("(function(x) x)(1)", True, id="a function of one's own"),
        pytest.param("if u then 1 else 2", True, id="a condition that may be none"),
    ],
)
def test_types_rule_doubts_out(text: str, expected: bool) -> None:
    """What the types of the fields prove cannot be null by itself is not looked at again."""
    assert may_warn(parse(text), TYPED) is expected


def test_a_name_that_hides_a_function_may_be_anything() -> None:
    """A variable called like a built-in can stand before it."""
    scope = Scope({"count": Variable(types.ANY, "c", required=False)})
    assert may_warn(parse("count([1])"), scope)


def test_every_code_is_documented() -> None:
    """The page of diagnostics lists each code under "While rules run", and no other."""
    listed = re.findall(r"^\| `([a-z-]+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert listed == sorted((*CODES, OUTSIDE_SHIFTS, RETRACTION_FORGOTTEN, TOO_LATE, WAITS_FULL, WINDOW_FULL))
