"""What the contracts of the flows find on facts on their way, and what a session keeps for it."""

from __future__ import annotations

import json
from collections import defaultdict
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.admission import Admission
from engine.compiler import compile_rules
from engine.contracts import MOST_REPORTS
from engine.findings import FINDING, FINDS
from engine.session import Session
from engine.source import load
from service.shipped import shipped_files, shipped_folder
from tests.engine.contracts.plant import BILL, ROUTING, Plant, book, kinds

BOOK = book()


@pytest.fixture
def plant() -> Plant:
    """Return a plant that knows the order, its routing and its bill."""
    return Plant(BOOK).know()


def test_a_finding_says_what_was_expected_and_found_and_on_which_fact(plant: Plant) -> None:
    """It names flow, check, order, operation, both quantities, the fact, and says all of it in a sentence."""
    plant.confirm("10", 100)
    (found,) = plant.confirm("10", Decimal("12.5"))
    assert found == {
        "kind": "over_delivery",
        "flow": "production-confirmations",
        "check": "confirmed-quantity",
        "fact_type": "production_confirmation",
        "fact": "mes/5",
        "order_id": "PO-1",
        "operation": "10",
        "expected": "100",
        "found": "112.5",
        "quantity_expected": 100,
        "quantity_found": Decimal("112.5"),
        "off_by_percent": Decimal("12.5"),
        "message": "112.5 confirmed at operation 10 of order PO-1, and 100 ordered",
    }


@pytest.mark.parametrize("matcher", ["native", "naive"])
def test_rules_match_findings_like_any_fact(matcher: str) -> None:
    """A finding is known before the rules fire, so that one rule can act on it, and is among what the fact gave rise to."""
    plant = Plant(BOOK, matcher).know()
    outcome = plant.session.submit(
        plant.fact("production_confirmation", {"order_id": "X", "operation": "10", "quantity_completed": 1})
    )
    (decision,) = outcome.decisions
    (finding,) = outcome.derived
    assert decision.values["message"].startswith("unknown_order: ERP has sent no order X")
    assert [(ref.type, ref.id) for ref in decision.facts] == [(FINDING, finding.id)]


def test_the_same_facts_give_the_same_findings() -> None:
    """Ids included, in two sessions."""

    def ids() -> list[str]:
        plant = Plant(BOOK).know()
        fact = plant.fact(
            "production_confirmation", {"order_id": "PO-1", "operation": "99", "quantity_completed": 200}
        )
        return [one.id for one in plant.session.submit(fact).derived]

    assert ids() == ids()
    assert len(set(ids())) == 2


@pytest.mark.parametrize(
    ("lacks", "check", "missing"),
    [
        pytest.param("routing", "operation-in-routing", ["routing"], id="routing"),
        pytest.param("bom", "consumed-materials", ["bom"], id="bill"),
    ],
)
def test_what_a_check_lacks_is_found_once_for_each_order(lacks: str, check: str, missing: list[str]) -> None:
    """A check that cannot look says what it would need: once, and not with every confirmation."""
    plant = Plant(BOOK)
    if lacks != "routing":
        plant.send("routing", **ROUTING)
    if lacks != "bom":
        plant.send("bom", **BILL)
    plant.order()
    used = [{"item": "bar", "quantity": 1, "unit": "kg"}]
    (found,) = plant.confirm("10", 1, materials_consumed=used)
    assert (found["kind"], found["check"], found["missing"]) == ("not_checked", check, missing)
    assert plant.confirm("10", 2, materials_consumed=used) == []
    assert plant.order(order_id="PO-2") == []
    assert kinds(plant.confirm("10", 1, order_id="PO-2", materials_consumed=used)) == ["not_checked"]


def test_master_data_counts_from_when_it_is_known_and_until_it_is_retracted() -> None:
    """A routing that comes, changes or goes is what the next confirmation is held against."""
    plant = Plant(BOOK)
    plant.order()
    assert kinds(plant.confirm("10", 1)) == ["not_checked"]
    plant.send("routing", **ROUTING)
    assert kinds(plant.confirm("99", 1)) == ["unknown_operation"]
    plant.send("routing", **{**ROUTING, "item": "axle"})
    assert kinds(plant.confirm("98", 2)) == []  # nothing known of shafts, and said already
    plant.send("routing", **ROUTING)
    plant.send("routing", "retract", routing="R-1")
    assert kinds(plant.confirm("97", 3)) == []


def test_an_order_that_does_not_say_which_routing_is_not_guessed_at() -> None:
    """Two routings of an item, and none named: the finding says so; the one that is named counts."""
    plant = Plant(BOOK).know()
    plant.send("routing", **{**ROUTING, "routing": "R-2"})
    (found,) = plant.confirm("10", 1)
    assert (found["kind"], found["missing"]) == ("not_checked", ["production_order.routing"])
    plant.order(routing="R-2")
    assert kinds(plant.confirm("99", 1)) == ["unknown_operation"]


def test_alternatives_of_a_bill_are_all_allowed() -> None:
    """An item that any alternative has may be consumed, up to the most that any of them asks for."""
    plant = Plant(BOOK).know()
    plant.send("bom", **{**BILL, "alternative": "2", "components": [{"item": "tube", "quantity": 3}]})
    use: Any = lambda item, quantity: [{"item": item, "quantity": quantity}]  # noqa: E731
    assert plant.confirm("10", 1, materials_consumed=use("tube", 300)) == []
    assert kinds(plant.confirm("10", 2, materials_consumed=use("tube", 16))) == ["material_over_bom"]
    assert kinds(plant.confirm("10", 3, materials_consumed=use("oil", 1))) == ["material_not_in_bom"]


def test_quantities_in_other_units_are_not_compared(plant: Plant) -> None:
    """300 g are not more than 200 kg: the finding says which unit was expected."""
    (found,) = plant.confirm("10", 1, materials_consumed=[{"item": "bar", "quantity": 300, "unit": "g"}])
    assert found["kind"] == "not_checked"
    assert found["message"] == "order PO-1 consumes bar in g, and it is asked for in kg"


def test_tolerances_are_those_of_the_flow() -> None:
    """Within them nothing is found; beyond them the finding says how far off it is."""
    flows = (shipped_folder() / "flows.yaml").read_text(encoding="utf-8")
    flows = flows.replace("over_percent: 0", "over_percent: 2.5").replace(
        "under_percent: 0", "under_percent: 10"
    )
    plant = Plant(compile_rules({**shipped_files(("fact",)), "flows.yaml": flows})).know()
    assert plant.confirm("10", Decimal("102.5")) == []
    (found,) = plant.confirm("10", Decimal("0.5"))
    assert found["off_by_percent"] == 3
    plant.confirm("20", 90)
    plant.confirm("30", 90)
    assert plant.order(status="completed") == []
    plant.order(status="started")
    plant.order(status="started", quantity=101)
    (short,) = plant.order(status="completed", quantity=101)
    assert (short["kind"], short["operation"], short["found"]) == ("under_delivery", "30", "90")


def test_an_order_ends_short_once(plant: Plant) -> None:
    """Completed, then closed: said once; opened and completed anew, once more."""
    plant.confirm("10", 10)
    assert kinds(plant.order(status="completed")) == ["under_delivery"]
    assert plant.order(status="closed") == []
    plant.order(status="started")
    assert kinds(plant.order(status="completed")) == ["under_delivery"]
    assert plant.order(status="cancelled") == []


def test_a_late_version_of_an_order_changes_nothing(plant: Plant) -> None:
    """A stale fact is not looked at: the order stays what it is, and so do its sums."""
    late = plant.fact(
        "production_order", {"order_id": "PO-1", "item": "shaft", "quantity": 1, "status": "closed"}
    )
    plant.order(priority=1)
    plant.confirm("10", 60)
    outcome = plant.session.submit(late)
    assert (outcome.status, outcome.derived) == ("stale", ())
    assert kinds(plant.confirm("10", 50)) == ["over_delivery"]


def test_a_hold_that_the_fact_itself_sets_off_is_not_held_against_it() -> None:
    """What is on hold is looked at before the rules fire."""
    rule = """
ruleset: now
rules:
  - rule: rejects
    on: production_confirmation
    on_missing: skip
    if: quantity_rejected > 0
    then: {hold: {order: = order_id, reason: rejects}}
"""
    plant = Plant(book(**{"now.yaml": rule})).know()
    assert plant.confirm("10", 1, quantity_rejected=1) == []
    assert kinds(plant.confirm("10", 2)) == ["confirmed_on_hold"]


HELD = """
ruleset: held
rules:
  - rule: bad-part
    on: inspection_result
    on_missing: skip
    if: result = "fail" and serial_id != null
    then: {hold: {serial: = serial_id, reason: bad}}
  - rule: soft-lot
    on: inspection_result
    on_missing: skip
    if: result = "fail" and lot_id != null
    then: {hold: {lot: = lot_id, reason: soft, from_operation: 20}}
"""


@pytest.mark.parametrize(
    ("operation", "said", "found"),
    [
        pytest.param("10", {"serial_id": "S-1"}, ["confirmed_on_hold"], id="made serial number"),
        pytest.param(
            "10",
            {"materials_consumed": [{"item": "bar", "serial_id": "S-1", "quantity": 1}]},
            ["confirmed_on_hold"],
            id="consumed serial number",
        ),
        pytest.param("10", {"serial_id": "S-2"}, [], id="another serial number"),
        pytest.param("10", {"lot_id": "L-1"}, [], id="before the hold begins"),
        pytest.param("20", {"lot_id": "L-1"}, ["confirmed_on_hold"], id="where the hold begins"),
        pytest.param("20A", {"lot_id": "L-1"}, ["confirmed_on_hold"], id="not to be put in order"),
    ],
)
def test_what_is_confirmed_is_held_where_the_check_says_so(
    operation: str, said: dict[str, Any], found: list[str]
) -> None:
    """Serial numbers are looked at, too, and a hold that begins at a later operation is in nobody's way yet."""
    plant = Plant(book(**{"held.yaml": HELD})).know()
    failed = {"order_id": "PO-1", "work_centre": "M-1", "characteristic": "hardness", "result": "fail"}
    plant.send("inspection_result", lot_id="L-9", serial_id="S-1", **failed)
    plant.send("inspection_result", lot_id="L-1", **failed)
    outcome = kinds(plant.confirm(operation, 1, **said))
    assert [kind for kind in outcome if kind == "confirmed_on_hold"] == found


def test_only_open_orders_are_kept(plant: Plant) -> None:
    """What a session keeps is bounded by the open orders, and by so many reports of each."""
    for number in range(50):
        name = f"PO-{number + 10}"
        plant.order(order_id=name)
        plant.confirm("10", 1, order_id=name)
        plant.order(order_id=name, status="closed")
    plant.send("production_order", "retract", order_id="PO-59")
    for number in range(MOST_REPORTS + 10):
        plant.confirm("10", 0, sequence=str(number))
    saved = json.loads(plant.session.snapshot())["tallies"]
    assert [order_id for order_id, *_ in saved] == ["PO-1"]
    assert len(saved[0][3]) == MOST_REPORTS


@pytest.mark.parametrize("tallies", ["[1]", '[["PO-1", [["10", "x"]], [], [], []]]', "7"])
def test_a_damaged_tally_is_refused(plant: Plant, tallies: str) -> None:
    """A snapshot with sums that are none is no snapshot."""
    plant.confirm("10", 1)
    plain = json.loads(plant.session.snapshot())
    plain["tallies"] = json.loads(tallies)
    with pytest.raises(ValueError, match="snapshot"):
        Session.restore(BOOK, json.dumps(plain).encode())


reports = st.lists(
    st.tuples(
        st.sampled_from(["PO-1", "PO-2"]),
        st.sampled_from(["10", "20"]),
        st.decimals(0, 60, places=1),
        st.sampled_from(["run", "set_up", None]),
        st.sampled_from(["1", "2", "3", "4"]),
    ),
    max_size=12,
)


@given(reports, st.integers(0, 12))
def test_running_sums_agree_with_a_recount(sent: list[Any], pause: int) -> None:
    """Over-deliveries and repeats are those of a recount of all that was confirmed, also in a session saved meanwhile."""
    plant = Plant(BOOK)
    plant.send("routing", **ROUTING)
    plant.order()
    plant.order(order_id="PO-2", quantity=50)
    ordered = {"PO-1": 100, "PO-2": 50}
    counted: dict[Any, Decimal] = {}
    seen: set[Any] = set()
    sums: dict[Any, Decimal] = defaultdict(Decimal)
    for number, (order_id, operation, quantity, report, sequence) in enumerate(sent):
        if number == pause:
            plant.session = Session.restore(BOOK, plant.session.snapshot())
        more = {} if report is None else {"report": report}
        found = kinds(plant.confirm(operation, quantity, order_id=order_id, sequence=sequence, **more))
        repeated = (order_id, operation, sequence) in seen
        seen.add((order_id, operation, sequence))
        if not repeated and report != "set_up":
            counted[number] = quantity
            sums[order_id, operation] += quantity
        over = number in counted and sums[order_id, operation] > ordered[order_id]
        assert ("duplicate_confirmation" in found) == repeated
        assert ("over_delivery" in found) == over


def test_the_declared_kinds_are_those_that_are_found() -> None:
    """The shipped fact type lists every kind of finding, in the order in which they are looked for."""
    text = (shipped_folder() / "facts/flow_finding.yaml").read_text(encoding="utf-8")
    declared: Any = load(text, "flow_finding.yaml").value
    assert sorted(declared["data"]["properties"]["kind"]["enum"]) == sorted(FINDS)


def test_every_finding_fits_its_type() -> None:
    """What Lineside finds is what it declares a finding to be, whatever was found."""
    plant = Plant(BOOK)
    found = [
        *plant.confirm("10", 1),
        *plant.order(),
        *plant.confirm("10", 300, materials_consumed=[{"item": "bar", "quantity": 1}]),
        *plant.order(status="closed"),
        *plant.confirm("10", 1),
    ]
    assert len(found) >= 5
    admission = Admission(BOOK)
    for number, data in enumerate(found):
        envelope = {"id": str(number), "source": "lineside", "type": FINDING, "data": data}
        assert admission.admit(envelope, plant.session.clock).data == data  # type: ignore[arg-type]
