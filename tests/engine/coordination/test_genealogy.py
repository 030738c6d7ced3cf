"""Holds that reach what was made from their subject: already, later, through loops, and as long as they stand."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.model import CONFIRMATION
from engine.retention import keepings_of
from engine.rulebook import RuleBook
from tests.engine.books import book
from tests.engine.coordination.floor import SHIPPED, Floor

RULES = """
  - rule: failed-lot
    title: A lot that failed
    on: inspection
    if: result = "fail"
    then:
      hold: {lot: = lot_id, reason: failed, inventory_status: restricted, including: descendants of 10 days}
  - rule: passed-lot
    title: A lot that passed
    on: inspection
    if: result = "pass"
    then:
      release: {lot: = lot_id, reason: passed}
"""
DAY = 24 * 60


def rules(text: str = RULES) -> RuleBook:
    """Return a rule book with the shipped fact types of holds and confirmations."""
    names = ("hold", "production_confirmation")
    return book(text, "", {f"facts/{n}.yaml": (SHIPPED / f"{n}.yaml").read_text("utf-8") for n in names})


RULE_BOOK = rules()


class Shop(Floor):
    """A floor on which lots are made from lots."""

    def __init__(self) -> None:
        super().__init__(RULE_BOOK)

    def make(self, at: float, made: str, *used: str, serial: str = "") -> list[str]:
        """Let the lot *made*, or the serial number, be made from the lots *used*."""
        thing = {"serial_id": serial} if serial else {"lot_id": made}
        materials = [{"item": "x", "lot_id": lot, "quantity": 1} for lot in used]
        data = {"order_id": "O1", "operation": "10", "quantity_completed": 1, "materials_consumed": materials}
        return self.post("production_confirmation", at, **data, **thing)

    def pass_(self, at: float, lot: str) -> list[str]:
        """Let a lot pass its inspection."""
        return self.post("inspection", at, lot_id=lot, order_id="O1", result="pass")

    @property
    def held(self) -> set[str]:
        """Return what is on hold."""
        return {hold.data["subject_id"] for hold in self.session.holds()}


def test_what_was_made_already_is_held_with_its_origin() -> None:
    """The hold goes down through what was made, nearest first; each names the hold it comes from and what it was made of."""
    shop = Shop()
    shop.make(0, "B", "A")
    shop.make(1, "", "B", serial="S1")
    assert shop.fail(2, "A") == ["2 hold A", "2 hold B", "2 hold S1"]
    holds = {hold.data["subject_id"]: hold.data for hold in shop.session.holds()}
    assert (holds["S1"]["subject_type"], holds["S1"]["serial_id"]) == ("serial", "S1")
    assert holds["B"]["origin"] == holds["S1"]["origin"] == holds["A"]["hold_id"]
    assert holds["S1"]["reason"] == "made from lot B: failed"
    assert holds["S1"]["inventory_status"] == "restricted"


def test_what_is_made_later_is_held_while_the_hold_stands() -> None:
    """Made from what is held is held, once for each origin; with the origin ends all of it, and what is made then is free."""
    shop = Shop()
    shop.fail(0, "A")
    assert shop.make(1, "B", "A") == ["1 hold B"]
    assert shop.make(2, "B", "A") == []
    assert shop.make(3, "C", "B") == ["3 hold C"]
    assert shop.pass_(4, "A") == ["4 release A", "4 release B", "4 release C"]
    assert shop.decisions[-1].reason == "the hold on lot A has ended: passed"
    assert shop.held == set()
    assert shop.make(5, "D", "C") == []


def test_loops_end() -> None:
    """What was made, at last, from itself is held once."""
    shop = Shop()
    shop.make(0, "B", "A")
    shop.make(1, "A", "B")
    shop.make(2, "A", "A")
    assert shop.fail(3, "A") == ["3 hold A", "3 hold B"]
    assert shop.make(4, "A", "B") == []


def test_two_origins_hold_each_for_itself() -> None:
    """What was made from two lots that are held stays held until both have ended."""
    shop = Shop()
    shop.make(0, "C", "A", "B")
    shop.fail(1, "A")
    shop.fail(2, "B")
    assert shop.pass_(3, "A") == ["3 release A", "3 release C"]
    assert shop.held == {"B", "C"}
    assert shop.pass_(4, "B") == ["4 release B", "4 release C"]


def test_what_was_made_long_ago_is_forgotten() -> None:
    """After the ten days that the rule asks for, what was made from what is not known, and takes no room."""
    shop = Shop()
    shop.make(0, "B", "A")
    shop.make(10 * DAY + 1, "Y", "X")
    assert shop.fail(10 * DAY + 2, "A") == [f"{10 * DAY + 2} hold A"]
    assert b'"A"' not in shop.session.snapshot().split(b'"made"')[1]


def test_nothing_is_kept_where_no_rule_asks() -> None:
    """Without `including`, confirmations leave no trace in a session."""
    plain = rules(RULES.replace(", including: descendants of 10 days", ""))
    shop = Shop()
    shop.book, shop.session = plain, type(shop.session)(plain)
    shop.make(0, "B", "A")
    assert b'"made"' not in shop.session.snapshot()
    assert shop.fail(1, "A") == ["1 hold A"]


def test_how_long_it_is_known_is_told() -> None:
    """What is kept of confirmations is listed with the facts that are, and the rules it is kept for."""
    kept = [(one.how_long, one.rules) for one in keepings_of(RULE_BOOK) if one.fact_type == CONFIRMATION]
    assert kept == [("what was made from what, 10 days", ("failed-lot",))]


@pytest.mark.parametrize("word", ["ancestors", "descendants of late", "descendants of 8 working hours"])
def test_what_else_is_held_is_said_plainly(word: str) -> None:
    """Another word, or a length that is none or counts by shifts, is a fault that says what to write."""
    with pytest.raises(Exception, match=r"write descendants|is not how long"):
        rules(RULES.replace("descendants of 10 days", word))


LOTS = "ABCDE"
STEPS = st.lists(
    st.tuples(
        st.sampled_from(("make", "make", "fail", "pass")),
        st.sampled_from(LOTS),
        st.sampled_from(LOTS),
        st.booleans(),
    ),
    max_size=20,
)


@given(steps=STEPS)
def test_what_is_held_is_what_can_be_reached(steps: list[Any]) -> None:
    """Whatever is made from what, the holds of each origin are on all that was made from its lot; a cut changes nothing."""
    whole, cut = Shop(), Shop()
    edges: set[tuple[str, str]] = set()
    for minute, (what, lot, other, is_cut) in enumerate(steps):
        if is_cut:
            cut.cut()
        for shop in (whole, cut):
            if what == "make":
                shop.make(minute, lot, other)
            elif what == "fail":
                shop.fail(minute, lot)
            elif not any(
                "origin" in hold.data and hold.data["lot_id"] == lot for hold in shop.session.holds()
            ):
                shop.pass_(minute, lot)
        if what == "make":
            edges.add((other, lot))
        holds = [hold.data for hold in whole.session.holds()]
        for origin in (data for data in holds if "origin" not in data):
            reached = {data["lot_id"] for data in holds if data.get("origin") == origin["hold_id"]}
            assert reached == _reachable(edges, origin["lot_id"])
    assert whole.decisions == cut.decisions
    assert whole.session.snapshot() == cut.session.snapshot()


def _reachable(edges: set[tuple[str, str]], lot: str) -> set[str]:
    found, ahead = {lot}, [lot]
    while ahead:
        one = ahead.pop()
        new = {made for used, made in edges if used == one} - found
        found |= new
        ahead += new
    return found - {lot}
