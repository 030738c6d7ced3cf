"""A plant's flows for the tests of their contracts: the shipped facts and flows, and facts to send through them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from engine.compiler import compile_rules
from engine.decisions import Fact
from engine.findings import FINDING
from engine.rulebook import RuleBook
from engine.session import Session
from service.shipped import shipped_files

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
HOLD = """
ruleset: held
rules:
  - rule: failed
    on: inspection_result
    if: result = "fail"
    then: {hold: {lot: = lot_id, reason: failed}}
  - rule: found
    on: flow_finding
    then: {notify: {to: planning, message: "{kind}: {message}"}}
"""
ROUTING = {
    "routing": "R-1",
    "item": "shaft",
    "operations": [{"operation": name, "work_centre": "W"} for name in ("10", "20", "30")],
}
BILL = {"item": "shaft", "alternative": "1", "components": [{"item": "bar", "quantity": 2, "unit": "kg"}]}


def book(**files: str) -> RuleBook:
    """Return the shipped facts and flows with a rule that tells of each finding; *files* take the place of their like."""
    return compile_rules({**shipped_files(("fact", "flows")), "held.yaml": HOLD, **files})


class Plant:
    """A session, and facts of ascending ids and times for it."""

    def __init__(self, rulebook: RuleBook, matcher: str = "native") -> None:
        self.session = Session(rulebook, matcher)
        self.count = 0

    def fact(self, fact_type: str, data: dict[str, Any], op: str = "assert") -> Fact:
        """Return the next fact."""
        self.count += 1
        time = START + timedelta(minutes=self.count)
        return Fact("mes", f"{self.count}", fact_type, time, data, op=op)

    def send(self, fact_type: str, _op: str = "assert", **data: Any) -> list[dict[str, Any]]:
        """Submit the next fact and return what was found on it."""
        outcome = self.session.submit(self.fact(fact_type, data, _op))
        return [fact.data for fact in outcome.derived if fact.type == FINDING]

    def order(self, **data: Any) -> list[dict[str, Any]]:
        """Send an order of 100 shafts, released unless *data* says else."""
        given = {"order_id": "PO-1", "item": "shaft", "quantity": 100, "status": "released", **data}
        return self.send("production_order", **given)

    def confirm(self, operation: str, quantity: Any, **data: Any) -> list[dict[str, Any]]:
        """Confirm *quantity* at *operation* of the order."""
        given = {"order_id": "PO-1", "operation": operation, "quantity_completed": quantity, **data}
        return self.send("production_confirmation", **given)

    def know(self) -> Plant:
        """Send routing, bill and order, and return the plant."""
        self.send("routing", **ROUTING)
        self.send("bom", **BILL)
        self.order()
        return self


def kinds(found: Iterable[dict[str, Any]]) -> list[str]:
    """Return the kinds of findings."""
    return [one["kind"] for one in found]
