"""What is said of rows that meet, hide others or leave gaps is true: held against every combination of a small domain."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from engine.feel import types as t
from engine.tables import regions
from engine.tables.axes import Axis, axis_of
from engine.tables.cells import ANYTHING, cell_of
from engine.tables.domains import domain_of
from engine.tables.regions import Boxes, Search
from tests.engine.tables.made import compiled, table

COLOURS = ("red", "green", "blue")
RECORD = t.ContextType(
    {
        "a": t.Field(t.String(frozenset(COLOURS)), True),
        "b": t.Field(t.NUMBER, True),
        "c": t.Field(t.BOOLEAN, False),
    }
)
WHOLE = {"type": "integer", "minimum": 0, "maximum": 6}
EVERY = [{"a": a, "b": b, "c": c} for a, b, c in product(COLOURS, range(7), (True, False, None))]
"""Every fact there can be."""

CELLS = (
    ("-", "-", '"red"', '"green"', '"red", "blue"', 'not("red")', "null"),
    (
        "-",
        "< 3",
        ">= 3",
        "[1..4)",
        "(1..4]",
        "2",
        "0, 6",
        "not(3)",
        "> 2.5",
        "[0.5..1.5]",
        "9",
        "? > 2",
        "> 6",
    ),
    ("-", "-", "true", "false", "null", "not(true)", "true, null"),
)


def rows_of(chance: random.Random, number: int) -> list[tuple[str, ...]]:
    """Return rows of any cells."""
    return [tuple(chance.choice(column) for column in CELLS) for _ in range(number)]


def boxes_of(cells: list[tuple[str, ...]]) -> tuple[Boxes, list[Axis]]:
    """Return the boxes of a table over the record, and its axes."""
    made = table("abc", cells)
    found = [[ANYTHING if test is None else cell_of(test.node) for test in row.tests] for row in made.rows]
    axes = [
        axis_of(
            domain_of(field.type, required=field.required, schema=WHOLE if name == "b" else None),
            [row[at] for row in found],
        )
        for at, (name, field) in enumerate(RECORD.fields.items())
    ]
    boxes = tuple(tuple(axis.runs(cell) for axis, cell in zip(axes, row, strict=True)) for row in found)
    return Boxes(
        boxes, tuple(len(axis.slices) for axis in axes), tuple(None not in row for row in found)
    ), axes


def held(cells: list[tuple[str, ...]]) -> list[frozenset[int]]:
    """Return for each row the facts it holds for, by trying; a cell that asks is taken to hold for any."""
    plain = [tuple("-" if "?" in cell else cell for cell in row) for row in cells]
    made = compiled(table("abc", plain), RECORD)
    found: list[set[int]] = [set() for _ in cells]
    for number, fact in enumerate(EVERY):
        for row in made.rows_slowly(fact, None):
            found[row].add(number)
    return [frozenset(facts) for facts in found]


def cases() -> Iterator[Any]:
    """Yield tables of few and of many rows."""
    chance = random.Random(11)
    for number in range(60):
        yield pytest.param(rows_of(chance, chance.choice((2, 3, 5, 9, 30))), id=f"table {number}")


@pytest.fixture(autouse=True, params=[2, 2048], ids="blocks of {}".format)
def _blocks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regions, "BLOCK", request.param)


@pytest.mark.parametrize("cells", list(cases()))
def test_what_is_said_is_true(cells: list[tuple[str, ...]]) -> None:
    """Rows meet, hide others, cover others together and leave gaps just where facts show it."""
    boxes, _ = boxes_of(cells)
    facts = held(cells)
    told = boxes.told
    later = range(len(cells))
    meeting = {b for b in later for a in range(b) if facts[a] & facts[b]}
    assert {b for _, b in regions.overlaps(boxes, Search(10**6))} == meeting
    hidden = {b for b in later for a in range(b) if told[a] and facts[b] and facts[a] >= facts[b]}
    assert {b for _, b in regions.hidden(boxes, Search(10**6))} == hidden
    earlier = regions.earlier_rows(boxes, 10**6)
    for row in later:
        if not facts[row]:
            assert regions.is_empty(boxes.boxes[row])
            continue
        before = [other for other in range(row) if told[other]]
        whole = frozenset().union(*(facts[other] for other in before))
        used = regions.covered_together(boxes, row, earlier[row], Search(10**6))
        assert bool(used) == (facts[row] <= whole)
        assert not facts[row] - frozenset().union(*(facts[other] for other in used)) or not used
        found = regions.gaps(boxes, before, boxes.boxes[row], Search(10**6), 1)
        assert bool(found) == bool(facts[row] - whole)


@pytest.mark.parametrize("cells", list(cases()))
def test_gaps_are_gaps(cells: list[tuple[str, ...]]) -> None:
    """A gap is told where there is one, and no row holds for any fact of what is told."""
    boxes, axes = boxes_of(cells)
    within = tuple(axis.full for axis in axes)
    found = regions.gaps(boxes, range(len(cells)), within, Search(10**6), 5)
    missing = frozenset(range(len(EVERY))) - frozenset().union(*held(cells))
    assert bool(found) == bool(missing)
    for box in found:
        texts = [axis.told(name, runs) for axis, name, runs in zip(axes, "abc", box, strict=True)]
        asked = compiled(table((" and ".join(filter(None, texts)) or "true",), [("true",)]), RECORD)
        inside = {number for number, fact in enumerate(EVERY) if asked.rows_slowly(fact, None)}
        assert inside
        assert inside <= missing


def test_a_search_ends() -> None:
    """A search that has used up its steps says so."""
    boxes, axes = boxes_of(rows_of(random.Random(5), 30))
    for look in (regions.overlaps, regions.hidden):
        search = Search(3)
        list(look(boxes, search))
        assert search.ended
    search = Search(1)
    assert regions.covered_together(boxes, 29, range(29), search) == ()
    assert search.ended
    search = Search(2)
    regions.gaps(boxes, range(30), tuple(axis.full for axis in axes), search, 3)
    assert search.ended
