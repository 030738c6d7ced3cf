"""Conditions on ranges are found by an index: exactly those that hold, however many there are."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from engine.matching.index import MOST_TRIED, ConstantIndex
from engine.rulebook import RuleBook
from engine.session import Session
from tests.engine.books import START, Facts, book

DATED = {
    "facts/dated.yaml": """
fact: dated
kind: event
owner: mes
key: [lot_id]
data:
  type: object
  required: [lot_id]
  properties:
    lot_id: {type: string}
    day: {type: string, format: date}
    moment: {type: string, format: date-time}
"""
}
HEAD = "parameters: {low: 1, high: 2.50}"


def rules(conditions: list[str], fact_type: str = "inspection", missing: str = "skip") -> str:
    """Return a rule for each of *conditions*, named by its number."""
    return "\n".join(
        f"  - rule: r{number}\n    on: {fact_type}\n    on_missing: {missing}\n    if: '{condition}'\n"
        "    then: {notify: {lot: = lot_id, to: quality, message: found}}"
        for number, condition in enumerate(conditions)
    )


def index_of(rulebook: RuleBook) -> ConstantIndex[str]:
    """Return the names of the rules of *rulebook*, indexed as matchers index their patterns."""
    index: ConstantIndex[str] = ConstantIndex()
    for rule in rulebook.rules:
        index.add(rule.patterns[0].constants, rule.name, rule.patterns[0].bounds)
    return index


FORMS = [
    "measured > {a}",
    "measured >= {a}",
    "{a} > measured",
    "{a} >= measured",
    "measured between {a} and {b}",
    "measured in [{a}..{b})",
    "measured in ({a}..{b}]",
    "measured in (< {a}, > {b})",
    "measured in ({a}, [{b}..99])",
    "measured > {a} and measured <= {b}",
    "measured > parameters.low and measured < {b} + parameters.high",
    "defects < {a} and measured > {b}",
    "defects = {a} and measured > {b}",
    'result = "fail" and measured > {a}',
    'result in ("fail", "pass") and measured < {a}',
    'result = "fail" and (measured > {a} or measured = null)',
]
VALUES = st.sampled_from([0, 1, 2, 3, Decimal("1.0"), Decimal("2.5"), Decimal(-1), Decimal("2.50"), -2])


@settings(max_examples=30, deadline=None)
@given(
    drawn=st.lists(st.tuples(st.sampled_from(FORMS), VALUES, VALUES), min_size=9, max_size=15),
    facts=st.lists(
        st.fixed_dictionaries({"result": st.sampled_from(["pass", "fail"])}, optional={"measured": VALUES, "defects": VALUES}),
        min_size=1,
        max_size=8,
    ),
    missing=st.sampled_from(["skip", "alert"]),
)  # fmt: skip
def test_what_is_found_by_ranges_is_what_holds(
    drawn: list[tuple[str, Any, Any]], facts: list[dict[str, Any]], missing: str
) -> None:
    """Ints and decimals, open and closed ends, parameters, missing fields and what a rule does then: as by trying each."""
    rulebook = book(
        rules([form.format(a=min(a, b), b=max(a, b) + 1) for form, a, b in drawn], missing=missing), HEAD
    )
    make = Facts()
    indexed, tried = Session(rulebook), Session(rulebook, "naive")
    for data in facts:
        fact = make("inspection", lot_id="l", order_id="o", **data)
        assert indexed.submit(fact) == tried.submit(fact)


@pytest.mark.parametrize("missing", ["skip", "alert"])
def test_only_rules_that_hold_are_touched(missing: str) -> None:
    """Of many limits a fact finds those it is beyond, of many ranges the one it is in; without the field, those that say so."""
    limits = index_of(book(rules([f"measured > {n}" for n in range(300)], missing=missing)))
    ranges = index_of(book(rules([f"measured in [{n}..{n + 1})" for n in range(300)], missing=missing)))
    for value, beyond in ((Decimal("2.5"), 3), (0, 0), (1, 1), (Decimal("299.5"), 300)):
        assert sorted(limits.find({"measured": value})) == sorted(f"r{n}" for n in range(beyond))
        assert ranges.find({"measured": value}) == [f"r{int(value)}"]
    assert ranges.find({"measured": 300}) == []
    for data in ({}, {"measured": None}):
        assert len(ranges.find(data)) == (300 if missing == "alert" else 0)


def test_ranges_stand_under_constants() -> None:
    """Rules of one constant are told apart by their ranges, each constant for itself; few of them are tried."""
    conditions = [
        f'order_id = "o{n % 20}" and measured in [{n}..{n + 20}) and defects > 0' for n in range(200)
    ]
    found = index_of(book(rules(conditions))).find({"order_id": "o7", "measured": 27, "defects": 1})
    assert sorted(found) == ["r27"]
    few = [f'order_id = "o{n // MOST_TRIED}" and measured > {n}' for n in range(60)]
    assert len(index_of(book(rules(few))).find({"order_id": "o2", "measured": 0})) == MOST_TRIED


def test_dates_and_times_are_ranges_too() -> None:
    """Dates and times on the line of their own kind find what holds; those of another kind find all, which are tested then."""
    conditions = [f'day > @"2026-03-{n:02}"' for n in range(1, 25)]
    conditions += [f'moment < @"2026-03-02T{n:02}:00:00Z"' for n in range(24)]
    rulebook = book(rules(conditions, "dated"), HEAD, DATED)
    index = index_of(rulebook)
    assert sorted(index.find({"day": "2026-03-03"})) == ["r0", "r1"]
    assert index.find({"day": "2026-03-01"}) == []
    assert sorted(index.find({"moment": "2026-03-02T22:30:00Z"})) == ["r47"]
    assert index.find({"day": "no date"}) == []
    make, indexed, tried = Facts(), Session(rulebook), Session(rulebook, "naive")
    decided = 0
    for data in (
        {"day": "2026-03-09"},
        {"moment": "2026-03-02T12:00:00"},
        {"moment": "2026-03-02T14:00:00+02:00"},
        {"moment": "soon"},
    ):
        fact = make("dated", lot_id="l", **data)
        outcome = indexed.submit(fact)
        assert outcome == tried.submit(fact)
        decided += len(outcome.decisions)
    assert decided == 8 + 11  # a time without a zone is neither before nor after one with one


def test_a_value_of_another_kind_is_left_to_the_condition() -> None:
    """What a schema would have refused finds every rule, so that the condition decides as it always did."""
    index = index_of(book(rules([f"measured > {n}" for n in range(50)])))
    for value in ("5", True, [5], Decimal("NaN"), START):
        assert len(index.find({"measured": value})) == 50


def test_parameters_are_constants() -> None:
    """A field that has to equal a parameter is hashed by it, of whatever rule set."""
    rulebook = book(
        rules(["measured = parameters.low", "parameters.high = measured", "order_id = parameters.none"]),
        "parameters: {low: 1, high: 2.50, none: o-1}",
    )
    constants = [rule.patterns[0].constants for rule in rulebook.rules]
    assert constants == [(("measured", (1,)),), (("measured", (Decimal("2.5"),)),), (("order_id", ("o-1",)),)]
    assert index_of(rulebook).find({"measured": Decimal("2.5"), "order_id": "o-2"}) == ["r1"]


def test_a_table_of_several_fields_is_probed_by_all_of_them() -> None:
    """An item is found by all its fields' values, alone or among others, and by no fact that lacks one or has another."""
    index: ConstantIndex[str] = ConstantIndex()
    for name, of in (("a", "xpq"), ("b", "xpr"), ("c", "xpq"), ("d", "ypq")):
        index.add([(field, (value,)) for field, value in zip("ijk", of, strict=True)], name)
    index.add([("i", ("x", "y"))], "wide")
    index.add([], "always")
    asked = ("xpq", "xpr", "ypq", "zpq")
    found = {of: sorted(index.find(dict(zip("ijk", of, strict=True)))) for of in asked}
    assert found == {
        "xpq": ["a", "always", "c", "wide"],
        "xpr": ["always", "b", "wide"],
        "ypq": ["always", "d", "wide"],
        "zpq": ["always"],
    }
    assert sorted(index.find({"i": "x", "j": "p"})) == ["always", "wide"]
    assert index.find({}) == ["always"]
