"""Small rule books and facts for the engine's tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from engine.compiler import compile_rules
from engine.decisions import Fact
from engine.rulebook import RuleBook

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)

FLOWS = """
systems:
  erp: {title: ERP, sources: [erp]}
  mes: {title: MES, sources: [mes]}
  person: {title: People, sources: [person]}
  lineside: {title: Lineside, sources: [lineside]}
flows:
  - {flow: orders, direction: erp -> mes, owner: erp, facts: [order]}
"""

FACTS = {
    "facts/inspection.yaml": """
fact: inspection
kind: event
owner: mes
key: [lot_id]
data:
  type: object
  required: [lot_id, order_id, result]
  properties:
    lot_id: {type: string}
    order_id: {type: string}
    result: {enum: [pass, fail]}
    severity: {enum: [minor, major, critical]}
    measured: {type: number}
    defects: {type: integer}
""",
    "facts/order.yaml": """
fact: order
kind: state
owner: erp
key: [order_id]
data:
  type: object
  required: [order_id, item, status]
  properties:
    order_id: {type: string}
    item: {type: string}
    status: {enum: [created, released, started, completed]}
    quantity: {type: number}
    line: {type: string}
""",
    "facts/machine.yaml": """
fact: machine
kind: state
owner: mes
key: [machine_id]
data:
  type: object
  required: [machine_id, status]
  properties:
    machine_id: {type: string}
    status: {enum: [running, idle, down]}
    line: {type: string}
    temperature: {type: number}
""",
    "facts/alarm.yaml": """
fact: alarm
kind: event
owner: [mes, lineside]
key: [machine_id]
data:
  type: object
  required: [machine_id]
  properties:
    machine_id: {type: string}
    level: {type: integer}
""",
    "facts/flag.yaml": """
fact: flag
kind: state
owner: [mes, lineside]
key: [flag_id]
data:
  type: object
  required: [flag_id]
  properties:
    flag_id: {type: string}
    colour: {type: string}
""",
    "facts/hold.yaml": """
fact: hold
kind: state
owner: lineside
key: [hold_id]
data:
  type: object
  required: [hold_id, subject_type, subject_id, inventory_status]
  properties:
    hold_id: {type: string}
    subject_type: {type: string}
    subject_id: {type: string}
    lot_id: {type: string}
    serial_id: {type: string}
    order_id: {type: string}
    operation_id: {type: string}
    item_id: {type: string}
    work_centre_id: {type: string}
    reason: {type: string}
    inventory_status: {enum: [quality_inspection, restricted, blocked]}
    rule: {type: string}
    placed_at: {type: string, format: date-time}
    quantity: {type: number}
""",
    "flows.yaml": FLOWS,
}


def book(rules: str, head: str = "", facts: dict[str, str] | None = None) -> RuleBook:
    """Return the rule book of *rules* (a YAML list, indented as under `rules:`), with the test fact types."""
    text = (
        f"ruleset: test-rules\ntitle: Rules under test\nowner: quality engineering\n{head}\nrules:\n{rules}\n"
    )
    return compile_rules({**FACTS, **(facts or {}), "rules/test.yaml": text})


class Facts:
    """Makes facts with ids and times that run on."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(
        self, fact_type: str, *, at: float | None = None, op: str = "assert", source: str = "mes", **data: Any
    ) -> Fact:
        """Return a fact of *fact_type* with *data*, *at* minutes after START (default: its number)."""
        self.count += 1
        minutes = self.count if at is None else at
        return Fact(source, f"f{self.count}", fact_type, START + timedelta(minutes=minutes), data, op=op)
