"""Rules that one event decides alone fire by a function of their own: it decides what the longer way does, to the letter."""

from __future__ import annotations

import pytest

from engine.decisions import Fact
from engine.matching import NativeMatcher, WorkingMemory
from engine.matching.native import Entry
from engine.session import Session
from tests.engine.books import START, book

RULES = """
  - {rule: constant, on: inspection, if: lot_id = "L1", then: {route: {lot: = lot_id, to: rework}}}
  - {rule: said, on: inspection, if: lot_id = "L2", then: {route: {lot: = lot_id, to: scrap, reason: "{order_id} is bad"}}}
  - {rule: plainly-said, on: inspection, if: lot_id = "L3", then: {route: {lot: = lot_id, to: scrap, reason: bad}}}
  - {rule: computed, on: inspection, if: lot_id = "L4", then: {notify: {lot: = lot_id, to: q, message: "{defects}"}}}
  - {rule: null-value, on: inspection, if: lot_id = "L5", then: {route: {lot: = lot_id, to: = severity}}}
  - {rule: no-subject, on: inspection, if: lot_id = "L6", then: {route: {lot: = severity, to: rework}}}
  - {rule: tested, on: inspection, if: lot_id = "L7" and result != "pass", then: {route: {lot: = lot_id, to: rework}}}
"""


def inspection(lot: str, name: str = "f1", source: str = "mes", result: str = "fail") -> Fact:
    """Return an inspection of *lot*."""
    return Fact(
        source, name, "inspection", START, {"lot_id": lot, "order_id": "A", "result": result, "defects": 3}
    )


@pytest.mark.parametrize(
    "fact",
    [
        *(pytest.param(inspection(f"L{n}"), id=f"L{n}") for n in range(1, 8)),
        pytest.param(inspection("L1", name="f" * 300), id="long id"),
        pytest.param(inspection("L1", source="mes" * 100), id="long source"),
        pytest.param(inspection("L1", name="seltsam ü 部", source="mes\ud800"), id="lone surrogate"),
    ],
)
def test_a_shot_decides_what_the_longer_way_does(fact: Fact) -> None:
    """Decision and explanation are those of the matcher that tries every rule, which has no shots."""
    rulebook = book(RULES)
    assert isinstance(NativeMatcher(rulebook, WorkingMemory(rulebook)).aim(fact, START), Entry)
    native, naive = Session(rulebook), Session(rulebook, "naive")
    found, expected = native.submit(fact), naive.submit(fact)
    assert len(found.decisions) == 1
    assert found == expected
    assert native.explain(found) == naive.explain(expected)


def test_what_does_not_hold_is_not_fired() -> None:
    """A fact that an index finds a rule for, but whose condition is false, is decided about by nobody."""
    session = Session(book(RULES))
    found = session.submit(inspection("L7", result="pass"))
    assert found.decisions == ()
    assert session.explain(found) == ()


def test_the_clock_moves_with_shots_as_without() -> None:
    """It stands where the latest fact was, but never beyond when that came, and does not go back."""
    session = Session(book(RULES))
    later = START.replace(hour=23)
    session.submit(
        Fact("mes", "a", "inspection", later, {"lot_id": "L1", "order_id": "A", "result": "fail"}), START
    )
    assert session.clock == START
    session.submit(Fact("mes", "b", "inspection", later, {"lot_id": "L0", "order_id": "A", "result": "fail"}))
    session.submit(inspection("L1", name="c"))
    assert session.clock == later


def test_a_rule_that_fires_no_shot_is_fired_the_longer_way() -> None:
    """Two rules for one fact, and one with two actions, decide in order as they always did."""
    two = (
        RULES
        + """
  - rule: again
    on: inspection
    if: lot_id = "L1"
    then: [{notify: {lot: = lot_id, to: q, message: m}}, {route: {lot: = lot_id, to: scrap}}]
"""
    )
    rulebook, fact = book(two), inspection("L1")
    found = Session(rulebook).submit(fact)
    assert found == Session(rulebook, "naive").submit(fact)
    assert [(d.rule, d.status) for d in found.decisions] == [
        ("constant", "conflict"),
        ("again", "decided"),
        ("again", "conflict"),
    ]
