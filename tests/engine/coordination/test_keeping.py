"""Holds in time: reviewed by the owner, ended by themselves, and the same however a session is cut."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.rulebook import RuleBook
from tests.engine.books import book
from tests.engine.coordination.floor import SHIPPED, Floor

CALENDAR = """
calendars:
  - calendar: plant
    time_zone: Europe/Berlin
    shifts:
      - {shift: day, days: weekdays, start: 06:00, end: 14:00}
"""
RULES = """
  - rule: failed-lot
    title: A lot that failed
    on: inspection
    if: result = "fail"
    then:
      hold: {lot: = lot_id, reason: failed, review: 60 min, expires: 90 min, from_operation: 30}
  - rule: passed-lot
    title: A lot that passed
    on: inspection
    if: result = "pass"
    then:
      release: {lot: = lot_id, reason: passed}
"""


def rules(text: str = RULES, **files: str) -> RuleBook:
    """Return a rule book with the shipped fact type of holds."""
    return book(text, "", {"facts/hold.yaml": (SHIPPED / "hold.yaml").read_text("utf-8"), **files})


RULE_BOOK = rules()


def passed(floor: Floor, at: float, lot: str = "L1") -> list[str]:
    """Let a lot pass its inspection."""
    return floor.post("inspection", at, lot_id=lot, order_id="O1", result="pass")


@pytest.mark.parametrize(
    ("written", "text"),
    [
        pytest.param("30", "30", id="a number"),
        pytest.param('"030"', "030", id="a text"),
        pytest.param("= 20 + 10.0", "30", id="a number that is computed"),
        pytest.param("= order_id", "O1", id="a field"),
        pytest.param("= null", None, id="null"),
    ],
)
def test_the_operation_of_a_hold_is_text_in_the_decision_and_in_the_hold(
    written: str, text: str | None
) -> None:
    """A scenario that names it in one form names it in both."""
    made = RULES.replace("from_operation: 30", f"from_operation: {written}")
    floor = Floor(rules(made))
    floor.fail()
    (hold,) = floor.session.holds()
    assert (floor.decisions[0].values["from_operation"], hold.data.get("from_operation")) == (text, text)


def test_a_hold_is_reviewed_and_ends_by_itself() -> None:
    """The owner is asked after an hour, once; after an hour and a half the hold ends with a release that says so."""
    floor = Floor(RULE_BOOK)
    floor.fail()
    (hold,) = floor.session.holds()
    assert (hold.data["from_operation"], hold.data["review_at"], hold.data["expires_at"]) == (
        "30",
        "2026-03-02T07:00:00Z",
        "2026-03-02T07:30:00Z",
    )
    assert floor.wait(60) == ["60 escalate quality engineering"]
    assert floor.wait(89) == []
    assert floor.wait(90) == ["90 release L1"]
    ended = floor.decisions[-1]
    assert ended.values == {"holds": [hold.id], "inventory_status": "unrestricted"}
    assert ended.reason == "the hold has expired: it was placed at 2026-03-02T06:00:00Z"
    assert floor.session.holds() == ()
    assert floor.session.next_due() is None


def test_a_hold_that_was_released_is_not_due_any_more() -> None:
    """Neither a review nor an expiry comes after the end."""
    floor = Floor(RULE_BOOK)
    floor.fail()
    assert passed(floor, 10) == ["10 release L1"]
    assert floor.session.next_due() is None
    assert floor.wait(200) == []


def test_each_of_several_holds_has_times_of_its_own() -> None:
    """The first ends while the second stands."""
    floor = Floor(RULE_BOOK)
    floor.fail()
    floor.fail(45)
    assert floor.wait(100) == ["60 escalate quality engineering", "90 release L1"]
    assert len(floor.session.holds()) == 1
    assert floor.wait(200) == ["105 escalate quality engineering", "135 release L1"]


def test_working_time_counts_by_the_calendar() -> None:
    """Of eight hours of work from seven in the morning, seven are done by the end of the shift, and one the next day."""
    text = RULES.replace("review: 60 min, expires: 90 min", "review: 8 working hours")
    floor = Floor(rules(text, **{"calendars.yaml": CALENDAR}))
    floor.fail()
    (hold,) = floor.session.holds()
    assert hold.data["review_at"] == "2026-03-03T06:00:00Z"


STEPS = st.lists(
    st.tuples(
        st.integers(0, 60), st.sampled_from(("fail", "pass", "wait")), st.sampled_from("AB"), st.booleans()
    ),
    max_size=15,
)


@given(steps=STEPS)
def test_cutting_changes_nothing_and_nothing_outlives_its_time(steps: list[Any]) -> None:
    """Whatever fails and passes when, a session cut anywhere decides the same, and no hold stands longer than it may."""
    whole, cut = Floor(RULE_BOOK), Floor(RULE_BOOK)
    now = 0.0
    for wait, what, lot, is_cut in steps:
        now += wait
        if is_cut:
            cut.cut()
        for floor in (whole, cut):
            if what == "fail":
                floor.fail(now, lot)
            elif what == "pass":
                passed(floor, now, lot)
            else:
                floor.wait(now)
    assert whole.decisions == cut.decisions
    assert whole.session.snapshot() == cut.session.snapshot()
    whole.wait(now + 90)
    assert whole.session.holds() == ()
