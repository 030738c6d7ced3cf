"""Ranges as values: what they are equal to and made of, and how they lie to each other (DMN 1.5, 10.3.2.7 and 10.3.4.9)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.feel.test_semantics import value_of

# function -> what it is true of, what it is false of, and what it does not answer
RELATIONS: dict[str, tuple[list[str], list[str], list[str]]] = {
    "before": (
        ["1, 10", "1, (1..10]", "[1..10), 10", "[1..10], [15..20]", "[1..10), [10..20]", "[1..10], (10..20]", "(< 5), 5"],
        ["10, 1", "1, [1..10]", "[1..10], 10", "[1..10], [10..20]", "(<= 5), 5", "(> 5), 9"],
        ['1, "a"', "null, 1", "[1..2], null", "(!= 5), 6", '"2026-01-01", @"2026-01-02"', "true, false"],
    ),
    "after": (
        ["10, 5", "12, [2..5]", "10, [1..10)", "(11..20], 11", "[11..20], [1..11)", "(11..20], [1..11]"],
        ["5, 10", "1, [2..5]", "10, [1..10]", "[11..20], 12", "[11..20], [1..11]"],
        ["null, [1..2]", '"a", [1..2]'],
    ),
    "meets": (["[1..5], [5..10]"], ["[1..5), [5..10]", "[1..5], (5..10]", "[1..5], [6..10]"], ["1, [1..5]", "1, 1"]),
    "met by": (["[5..10], [1..5]"], ["[5..10], [1..5)", "(5..10], [1..5]", "[6..10], [1..5]"], ["5, [1..5]"]),
    "overlaps": (
        ["[1..5], [3..8]", "[3..8], [1..5]", "[1..8], [3..5]", "[1..5], [5..8]", "(< 5), (> 3)"],
        ["[1..5], [6..8]", "[1..5], (5..8]", "[1..5), [5..8]", "[6..8], [1..5]", "(< 5), (> 5)"],
        ["1, [1..5]", "[1..5], 1"],
    ),
    "overlaps before": (
        ["[1..5], [3..8]", "[1..5], [5..8]", "[1..5), (1..5]", "[1..5], (1..5]"],
        ["[1..5], [6..8]", "[1..5), [5..8]", "[1..5], [1..5]", "[3..8], [1..5]", "[1..5], [1..5)"],
        ["1, 2"],
    ),
    "overlaps after": (
        ["[3..8], [1..5]", "[5..8], [1..5]", "(1..5], [1..5)", "(1..5], [1..5]"],
        ["[6..8], [1..5]", "[5..8], [1..5)", "[1..5], [1..5]"],
        ["1, 2"],
    ),
    "finishes": (
        ["10, [1..10]", "[5..10], [1..10]", "[5..10), [1..10)", "[1..10], [1..10]", "(1..10], [1..10]"],
        ["10, [1..10)", "[5..10), [1..10]", "[1..10], (1..10]", "9, [1..10]"],
        ["[1..10], 10", "1, 1"],
    ),
    "finished by": (
        ["[1..10], 10", "[1..10], [5..10]", "[1..10), [5..10)", "[1..10], (1..10]"],
        ["[1..10), 10", "[1..10], [5..10)", "(1..10], [1..10]"],
        ["10, [1..10]"],
    ),
    "includes": (
        ["[1..10], 5", "[1..10], 1", "[1..10], [4..6]", "[1..10], [1..10]", "[1..10], (1..10)", "(< 5), 4", "(> 5), [6..9]"],
        ["[1..10], 12", "(1..10], 1", "[1..10), 10", "(1..10], [1..5]", "[1..10), [1..10]", "(< 5), 5"],
        ["5, [1..10]", '[1..10], "a"'],
    ),
    "during": (
        ["5, [1..10]", "[4..6], [1..10]", "(1..10), [1..10]", "5, (>= 5)"],
        ["12, [1..10]", "1, (1..10]", "[1..5], (1..10]"],
        ["[1..10], 5"],
    ),
    "starts": (
        ["1, [1..10]", "[1..5], [1..10]", "(1..5], (1..10]", "[1..10), [1..10]"],
        ["1, (1..10]", "2, [1..10]", "[1..5], (1..10]", "[1..10], [1..10)"],
        ["[1..10], 1"],
    ),
    "started by": (
        ["[1..10], 1", "[1..10], [1..5]", "[1..10], [1..10)"],
        ["(1..10], 1", "[1..10], 2", "(1..10], [1..5]", "[1..10), [1..10]"],
        ["1, [1..10]"],
    ),
    "coincides": (
        ["5, 5", "[1..5], [1..5]", "(1..5), (1..5)", '@"PT60M", @"PT1H"'],
        ["5, 4", "(1..5), [1..5]", "[1..5], [2..6]"],
        ["5, [5..5]", '5, "5"'],
    ),
}  # fmt: skip

ROWS = [
    pytest.param(f"{name}({arguments})", expected, id=f"{name}({arguments})")
    for name, table in RELATIONS.items()
    for expected, listed in zip((True, False, None), table, strict=True)
    for arguments in listed
]

VALUES = {
    "[1..5] = [1.0..5]": True,
    "[1..5] = [1..5)": False,
    "[1..5) = [1..5[": True,
    "]1..5] = (1..5]": True,
    "(< 5) = (< 5)": True,
    "(< 5) = (null..5)": False,
    "(= 5) = [5..5]": False,
    "[1..5].start": 1,
    "(1..5].start included": False,
    "[1..5).end included": False,
    "(>= 10).start": 10,
    "(>= 10).start included": True,
    "(>= 10).end": None,
    "(< 5).end": 5,
    "[1..5] instance of range<number>": True,
    "[1..5] instance of range<string>": False,
    "(< 5) instance of range<number>": True,
    '["a".."c"] instance of range<string>': True,
    "5 in (< 6)": True,
    "5 in [(< 3), (> 4)]": True,
    "[1..3] in [[1..3], [4..6]]": True,
    '[1.."a"]': None,
    "[true..null]": None,
    "7 in [5..null]": None,
    'range("[18..21)") = [18..21)': True,
    'range("]1..3[") = (1..3)': True,
    'range(" [ -1 .. 3 ] ") = [-1..3]': True,
    'range("[\\"a\\"..\\"c\\"]") = ["a".."c"]': True,
    'range("[@\\"2026-01-01\\"..date(\\"2026-01-31\\")]").end = @"2026-01-31"': True,
    'range("[3..1]")': None,
    'range("[1..]")': None,
    'range("[1..1 + 1]")': None,
    'range("[date(string(1))..@\\"2026-01-31\\"]")': None,
    'range("> 5")': None,
    'range("[null..5]")': None,
    'range("[1..\\"b\\"]")': None,
    "range([1..3])": None,
    "before(point: 1, range: [2..3])": True,
    "before(range1: [1..2], range2: [3..4])": True,
    "before(point1: 1, range: [2..3])": None,
    "includes(range: [1..3], point: 2)": True,
}


@pytest.mark.parametrize(("text", "expected"), ROWS)
def test_relation(text: str, expected: bool | None) -> None:
    """Points and ranges lie to each other as the standard's table says; what it does not answer is null."""
    assert value_of(text) is expected


@pytest.mark.parametrize(("text", "expected"), [pytest.param(*row, id=row[0]) for row in VALUES.items()])
def test_range_value(text: str, expected: Any) -> None:
    """A range is a value with ends, equal to what is written alike."""
    found = value_of(text)
    assert found == expected
    assert isinstance(found, bool) == isinstance(expected, bool)


@pytest.mark.parametrize(
    ("name", "turned"),
    [
        ("before", "after"),
        ("meets", "met by"),
        ("overlaps before", "overlaps after"),
        ("finishes", "finished by"),
        ("starts", "started by"),
        ("during", "includes"),
    ],
)
def test_each_relation_has_its_other_side(name: str, turned: str) -> None:
    """What holds of a and b, holds of b and a under the other name, for all ranges of small ends."""
    ends = [(low, high) for low in range(1, 4) for high in range(low + 1, 5)]
    ranges = [f"{a}{low}..{high}{b}" for low, high in ends for a in "[(" for b in "])"]
    for first in ranges[::3]:
        for second in ranges[::5]:
            assert value_of(f"{name}({first}, {second})") is value_of(f"{turned}({second}, {first})")
