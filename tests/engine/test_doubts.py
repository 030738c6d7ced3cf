"""Warnings of a session: conditions that come to null by themselves are told, and nothing else is."""

from __future__ import annotations

from typing import Any

import pytest

from engine.doubts import Doubts
from engine.session import Session
from tests.engine.books import Facts, book

READING = {
    "facts/reading.yaml": """
fact: reading
kind: event
owner: mes
key: [machine_id]
data:
  type: object
  required: [machine_id, total]
  properties:
    machine_id: {type: string}
    total: {type: number}
    good: {type: number}
    note: {type: string}
    taken: {type: string, format: date-time}
    shifts: {type: array, items: {type: number}}
    extra: {}
    place: {type: object, properties: {line: {type: number}}}
"""
}


def rule(condition: str) -> str:
    """Return a rule that holds its machine where *condition* is true of a reading."""
    return f"""
  - rule: watch
    on: reading
    if: |-
      {condition}
    then: {{notify: {{to: supervisor, message: look}}}}
"""


CASES: dict[str, tuple[str, dict[str, Any], list[str]]] = {
    "division by zero": ("good / total < 0.9", {"good": 1, "total": 0}, ["division-by-zero"]),
    "a value that can be had": ("good / total < 0.9", {"good": 1, "total": 2}, []),
    "a missing field": ("good / total < 0.9", {"total": 2}, []),
    "a missing field within a record": ("place.line / total < 1", {"total": 2, "place": {}}, []),
    "values of two kinds": ("extra > 5", {"total": 1, "extra": "six"}, ["wrong-kinds"]),
    "no entry of that name": ("extra.depth > 5", {"total": 1, "extra": {"width": 3}}, ["no-entry"]),
    "asking for an entry": ("extra.depth = null", {"total": 1, "extra": {"width": 3}}, []),
    "a text that is no date": ('date(note) > @"2026-01-01"', {"total": 1, "note": "soon"}, ["bad-text"]),
    "local and zoned time": (
        'taken > @"2026-01-01T00:00:00Z"',
        {"total": 1, "taken": "2026-01-01T00:00:00"},
        ["wrong-kinds"],
    ),
    "beyond the list": ("shifts[3] > 1", {"total": 1, "shifts": [1, 2]}, ["out-of-range"]),
    "outside a function's domain": ("sqrt(total) > 1", {"total": -4}, ["out-of-range"]),
    "in a loop": (
        "some s in shifts satisfies total / s > 9",
        {"total": 1, "shifts": [1, 0]},
        ["division-by-zero"],
    ),
    "behind a false part": ("good / total < 0.9 and good > 5", {"good": 1, "total": 0}, []),
    "behind a true part": ("good / total < 0.9 and good > 0", {"good": 1, "total": 0}, ["division-by-zero"]),
    "guarded": ("total != 0 and good / total < 0.9", {"good": 1, "total": 0}, []),
    "behind another constant": (
        'note = "final" and good / total < 1',
        {"good": 1, "total": 0, "note": "first"},
        [],
    ),
    "behind its constant": (
        'note = "final" and good / total < 1',
        {"good": 1, "total": 0, "note": "final"},
        ["division-by-zero"],
    ),
}


@pytest.mark.parametrize(
    ("condition", "data", "codes"), [pytest.param(*case, id=name) for name, case in CASES.items()]
)
def test_what_comes_to_null_by_itself_is_told(condition: str, data: dict[str, Any], codes: list[str]) -> None:
    """A fact's warnings name what was null for another reason than a missing field, where the rule concerns the fact."""
    session = Session(book(rule(condition), facts=READING))
    outcome = session.submit(Facts()("reading", machine_id="m1", **data))
    assert [warned.code for warned in outcome.warnings] == codes


def test_a_warning_says_rule_place_and_reason() -> None:
    """A warning names its rule, the file, line and column of the part, its text, and what was wrong with it."""
    session = Session(book(rule("note != null and\n      good / total < 0.9"), facts=READING))
    (warned,) = session.submit(Facts()("reading", machine_id="m1", note="", good=1, total=0)).warnings
    assert (warned.rule, warned.text, warned.message) == ("watch", "good / total", "total is 0")
    assert warned.place == "rules/test.yaml:11:7"


@pytest.mark.parametrize(
    "condition",
    [
        pytest.param("total > 5", id="a comparison of a typed field"),
        pytest.param('note = "a" or starts with(note, "b")', id="texts"),
        pytest.param("total between 1 and 5 and not(total in (2, 3))", id="ranges and choices"),
        pytest.param("count(shifts) > 2 and place.line = 3", id="lists and records"),
    ],
)
def test_what_cannot_warn_is_not_looked_at(condition: str) -> None:
    """A rule whose types leave no room for a null has no plan, so that its facts cost nothing."""
    rules = book(rule(condition), facts=READING)
    doubts = Doubts(rules)
    fact = Facts()("reading", machine_id="m1", total=1)
    assert doubts.of(fact, fact.time) == ()
    assert doubts._plans == {}


@pytest.mark.parametrize(
    ("data", "texts"),
    [
        pytest.param({"good": 1, "total": 0}, ["good / total"], id="an input that is null"),
        pytest.param({"good": 1, "total": 2}, [], id="inputs that have values"),
        pytest.param(
            {"good": 1, "total": 0, "note": "trial"}, [], id="a rule that does not concern the fact"
        ),
    ],
)
def test_the_inputs_of_a_table_are_told(data: dict[str, Any], texts: list[str]) -> None:
    """What a decision table asks of a fact warns as a condition does, at its place in the table's heading."""
    table = """
  - table: watch
    on: reading
    if: note != "trial"
    columns: |
      | good / total | => notify.to |
      | < 0.9        | supervisor   |
    then: {notify: {message: look}}
"""
    session = Session(book(table, facts=READING))
    outcome = session.submit(Facts()("reading", machine_id="m1", **{"note": "", **data}))
    assert [warned.text for warned in outcome.warnings] == texts
    assert [warned.place for warned in outcome.warnings] == ["rules/test.yaml:11:9"] * len(texts)
