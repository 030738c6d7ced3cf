"""What the reconciliation report makes of facts and holds: who believes what, since when, and where they differ."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.decisions import Fact
from engine.reconciliation import Reconciliation, Row
from tests.engine.contracts.plant import ROUTING, Plant, book
from tests.engine.contracts.plant import START as BEGIN

BOOK = book()


class Report(Reconciliation):
    """A report that numbers and dates what it is given, one a minute."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def say(self, fact_type: str, _op: str = "assert", **data: Any) -> datetime:
        """Take in the next fact and return its time."""
        self.count += 1
        source = "mes" if fact_type in ("material_lot", "production_confirmation") else "erp"
        time = BEGIN + timedelta(minutes=self.count)
        self.take(Fact(source, str(self.count), fact_type, time, data, op=_op))
        return time

    def differences(self) -> list[tuple[str, str, str]]:
        """Return subject, what about, and in which words they differ."""
        return [(r.subject_id, r.about, r.difference) for r in self.rows() if r.difference]


def test_a_status_that_differs_says_who_has_it_how_and_since_when() -> None:
    """Each belief has the time from which it was held, however often it was told again, and the fact that said it first."""
    report = Report()
    since = report.say("inventory_status", lot_id="L", inventory_status="unrestricted")
    report.say("inventory_status", lot_id="L", inventory_status="unrestricted", quantity=5)
    other = report.say("material_lot", lot_id="L", item="pin", inventory_status="blocked")
    (row,) = report.rows()
    assert row.difference == "ERP has it unrestricted, MES has it blocked"
    assert row.erp is not None
    assert row.mes is not None
    assert (row.erp.since, row.erp.by) == (since, ("erp/1",))
    assert (row.mes.since, row.mes.by) == (other, ("mes/3",))


@pytest.mark.parametrize(
    ("erp", "mes", "holds", "difference"),
    [
        pytest.param("blocked", "blocked", ["blocked"], "", id="all know"),
        pytest.param("unrestricted", "unrestricted", [], "", id="nothing held"),
        pytest.param(
            "restricted", "restricted", ["quality_inspection", "restricted"], "", id="the worst hold"
        ),
        pytest.param(
            "unrestricted",
            "blocked",
            ["blocked"],
            "ERP has it unrestricted, MES has it blocked, Lineside has it blocked",
            id="ERP does not know of the hold",
        ),
        pytest.param(None, "blocked", ["blocked"], "ERP says nothing of a lot that is held", id="ERP silent"),
        pytest.param(
            None, None, ["restricted"], "ERP and MES say nothing of a lot that is held", id="both silent"
        ),
        pytest.param("blocked", None, [], "MES says nothing of a lot that is held", id="held by ERP itself"),
    ],
)
def test_statuses_beside_holds(erp: str | None, mes: str | None, holds: list[str], difference: str) -> None:
    """Held material is what all three must know of; of usable material silence is agreement."""
    report = Report()
    if erp is not None:
        report.say("inventory_status", lot_id="L", inventory_status=erp)
    if mes is not None:
        report.say("material_lot", lot_id="L", item="pin", inventory_status=mes)
    for number, status in enumerate(holds):
        report.hold(("lot", "L"), f"h{number}", status, BEGIN, None)
    rows = list(report.rows())
    assert [row.difference for row in rows] == [difference]


def test_a_hold_that_was_released_is_believed_to_be_over() -> None:
    """ERP that still blocks what was released differs; a hold that stands counts more than one that is over."""
    report = Report()
    over = BEGIN + timedelta(hours=1)
    report.hold(("lot", "L"), "h1", "blocked", BEGIN, over)
    report.say("inventory_status", lot_id="L", inventory_status="blocked")
    report.say("material_lot", lot_id="L", item="pin", inventory_status="unrestricted")
    (row,) = report.rows()
    assert row.difference == "ERP has it blocked, MES has it unrestricted, Lineside has it unrestricted"
    assert row.lineside is not None
    assert (row.lineside.since, row.lineside.by) == (over, ("h1",))
    report.hold(("lot", "L"), "h2", "blocked", over, None)
    (row,) = report.rows()
    assert row.lineside is not None
    assert (row.lineside.value, row.lineside.by) == ("blocked", ("h2",))


def test_holds_on_other_things_are_counted_and_not_compared() -> None:
    """Neither ERP nor MES says whether an order may go on; the report says how many holds it could not compare."""
    report = Report()
    report.hold(("order", "PO"), "h1", "blocked", BEGIN, None)
    report.hold(("order", "PO"), "h2", "blocked", BEGIN, BEGIN)
    assert (list(report.rows()), report.not_compared) == ([], 1)


def test_quantities_of_lots_and_orders() -> None:
    """Lots are compared by quantity; orders by what ERP has booked against what MES confirmed at the last operation."""
    report = Report()
    report.say("routing", **ROUTING)
    report.say("inventory_status", lot_id="L", inventory_status="unrestricted", quantity=Decimal("9.5"))
    report.say("material_lot", lot_id="L", item="shaft", quantity=10)
    report.say(
        "production_order", order_id="PO", item="shaft", quantity=10, status="started", quantity_confirmed=8
    )
    confirm: dict[str, Any] = {"order_id": "PO", "quantity_completed": 5}
    report.say("production_confirmation", operation="30", **confirm)
    last = report.say("production_confirmation", operation="30", sequence="2", **confirm)
    report.say("production_confirmation", operation="30", sequence="2", **confirm)
    report.say("production_confirmation", operation="20", sequence="3", **confirm)
    assert report.differences() == [
        ("L", "quantity", "MES has 0.5 more than ERP"),
        ("PO", "confirmed", "MES has 2 more than ERP"),
    ]
    row: Row = list(report.rows())[-1]
    assert row.mes is not None
    assert (row.mes.value, row.mes.since, row.mes.by) == (10, last, ("mes/6",))


def test_what_was_retracted_is_believed_no_longer() -> None:
    """A lot or an order that is gone has no row; a routing that is gone is not gone by."""
    report = Report()
    report.say("routing", **ROUTING)
    report.say("routing", "retract", routing="R-1")
    report.say("material_lot", lot_id="L", item="pin", inventory_status="blocked")
    report.say("material_lot", "retract", lot_id="L")
    report.say(
        "production_order", order_id="PO", item="shaft", quantity=1, status="started", quantity_confirmed=1
    )
    report.say("production_order", "retract", order_id="PO")
    assert list(report.rows()) == []


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["10", "20", "30"]), st.integers(0, 9), st.sampled_from(["1", "2", "3", "4", "5"])
        ),
        max_size=10,
    )
)
def test_confirmed_is_what_the_contract_counts(sent: list[tuple[str, int, str]]) -> None:
    """The report's sum is the one by which the session finds an order short, facts for facts."""
    plant, report = Plant(BOOK), Report()
    facts = [
        plant.fact("routing", ROUTING),
        plant.fact(
            "production_order", {"order_id": "PO", "item": "shaft", "quantity": 99, "status": "started"}
        ),
        *(
            plant.fact(
                "production_confirmation",
                {"order_id": "PO", "operation": o, "quantity_completed": q, "sequence": s},
            )
            for o, q, s in sent
        ),
    ]
    for fact in facts:
        plant.session.submit(fact)
        report.take(fact)
    (short,) = plant.send("production_order", order_id="PO", item="shaft", quantity=99, status="completed")
    rows = [row for row in report.rows() if row.about == "confirmed"]
    assert short["quantity_found"] == (rows[0].mes.value if rows and rows[0].mes else 0)
