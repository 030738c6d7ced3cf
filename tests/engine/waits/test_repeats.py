"""Rules that fire at most once in a while for the same."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.session import Session
from tests.engine.books import START, Facts, book
from tests.engine.matching.differential import has_durable
from tests.engine.test_working_time import CALENDARS
from tests.engine.waits.given import (
    EXPECT,
    REPEAT,
    Given,
    alarm,
    run,
    told,
)


@pytest.fixture(params=["native", "naive", "durable"])
def matcher(request: pytest.FixtureRequest) -> str:
    """Return each matcher's name in turn."""
    if request.param == "durable" and not has_durable():
        pytest.skip("durable-rules is not installed")
    return str(request.param)


def test_waiting_and_repeating_count_working_time() -> None:
    """`within` and `at_most` can be working time: what is left of it at the end of a shift goes on with the next one."""
    working = EXPECT.replace("30 min", "8 working hours") + REPEAT.replace("30 min", "8 working hours")
    session, make = Session(book(working, facts={"calendars.yaml": CALENDARS})), Facts()
    session.submit(make("alarm", at=0, machine_id="m", level=1))  # on a Monday at seven
    assert session.next_due() == START + timedelta(minutes=1470)
    again = session.submit(make("alarm", at=1469, machine_id="m", level=1))
    assert {d.status for d in again.decisions} == {"repeated"}
    again = session.submit(make("alarm", at=1470, machine_id="m", level=1))
    assert {d.status for d in again.decisions} == {"decided"}


@pytest.mark.parametrize(
    ("each", "given", "expected"),
    [
        pytest.param("", [alarm(0), alarm(29.9)], [0], id="too soon"),
        pytest.param("", [alarm(0), alarm(30)], [0, 30], id="just long enough"),
        pytest.param(
            "", [alarm(0), alarm(20), alarm(40)], [0, 40], id="counted from the last that was carried out"
        ),
        pytest.param("", [alarm(0), alarm(1, "x")], [0, 1], id="for each machine"),
        pytest.param("= level", [alarm(0), alarm(1, "x"), alarm(2, level=2)], [0, 2], id="for each level"),
        pytest.param(
            "level", [alarm(0), alarm(1, "x"), alarm(2, level=2)], [0, 2], id="without the equals sign"
        ),
        pytest.param("", [alarm(9), alarm(0)], [9], id="a late one is one more"),
    ],
)
def test_a_rule_fires_at_most_once_in_a_while(
    matcher: str, each: str, given: Given, expected: list[float]
) -> None:
    """A firing too soon after the last one is recorded as repeated, settled by that one's decisions, and not carried out."""
    outcomes = run(REPEAT + (f"    for_each: {each}\n" if each else ""), given, matcher)
    assert [at for _, at in told(outcomes)] == [at for at in expected for _ in range(2)]
    decided = {d.id: d for o in outcomes for d in o.decisions}
    for decision in decided.values():
        if decision.status == "repeated":
            assert decision.settled_by is not None
            assert decided[decision.settled_by].values == decision.values
            assert "last did at 2026-03-02T06:" in decision.reason
    assert len(decided) == 2 * len(given)


def test_what_is_repeated_changes_nothing() -> None:
    """A hold that is repeated is not placed, and a rule that could not decide hides no decision."""
    rules = """
  - rule: far-off
    on_missing: alert
    on: inspection
    if: measured > 90
    then: {hold: {order: = order_id, reason: "{measured}"}}
    at_most: once per 30 min
    for_each: order_id
"""
    session, make = Session(book(rules)), Facts()
    told = []
    for measured in ({}, {"measured": 95}, {"measured": 99}, {}):
        fact = make("inspection", lot_id="l", order_id="o", result="fail", **measured)
        told += [(d.kind, d.status) for d in session.submit(fact).decisions]
    assert told == [
        ("escalate", "decided"),
        ("hold", "decided"),
        ("hold", "repeated"),
        ("escalate", "repeated"),
    ]
    assert [hold.data["reason"] for hold in session.holds()] == ["95"]
