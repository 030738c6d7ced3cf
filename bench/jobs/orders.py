"""A join of two: an inspection that failed concerns the order it names, where that order is being made.

The orders are live states, *live* of them; one step in five says that an order's status has changed.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from typing import Any

from bench.given import Answers, Given
from bench.jobs.systems import SYSTEMS

STATUSES = ("released", "started", "completed")
UPDATED = 0.2
"""The part of the steps that change an order; the others are inspections."""

FILES: Mapping[str, str] = {
    "facts/made_order.yaml": f"""\
fact: made_order
title: An order is made
kind: state
owner: erp
key: [order_id]
data:
  type: object
  required: [order_id, item, quantity, status]
  properties:
    order_id: {{type: string}}
    item: {{type: string}}
    quantity: {{type: integer}}
    status: {{enum: [{", ".join(STATUSES)}]}}
    priority: {{type: integer}}
    due: {{type: string}}
""",
    "facts/looked_at.yaml": """\
fact: looked_at
title: A piece of an order was looked at
kind: event
owner: mes
key: [order_id]
data:
  type: object
  required: [order_id, result]
  properties:
    order_id: {type: string}
    result: {enum: [pass, fail]}
""",
    "flows.yaml": """\
flows:
  - {flow: orders, title: Orders, direction: erp -> mes, owner: erp, facts: [made_order]}
  - {flow: checks, title: Checks of pieces, direction: mes -> erp, owner: mes, facts: [looked_at]}
"""
    + SYSTEMS,
    "bench.yaml": """\
ruleset: bench
title: A benchmark
owner: bench
rules:
  - rule: failed
    title: An order that is being made is reworked when a piece of it fails
    when:
      - piece: looked_at
        where: result = "fail"
      - order: made_order
        where: order_id = piece.order_id and status = "started"
    then: {route: {order: = order.order_id, to: rework}}
""",
}


class Stream:
    """*live* orders, then inspections of them and changes to them, at random."""

    is_anew = False

    def __init__(self, live: int) -> None:
        self._chance = random.Random(live)
        self._status = [self._chance.choice(STATUSES) for _ in range(live)]
        self._given = 0

    def fill(self) -> Iterator[Given]:
        """Yield every order once."""
        for n in range(len(self._status)):
            yield self._order(n)

    def stretch(self, number: int) -> tuple[list[Given], Answers]:
        """Return the next *number* facts, and (inspection, order) of each that must be reworked."""
        given, answers = [], []
        for _ in range(number):
            n = self._chance.randrange(len(self._status))
            if self._chance.random() < UPDATED:
                self._status[n] = self._chance.choice(STATUSES)
                given.append(self._order(n))
                continue
            result = self._chance.choice(("pass", "fail"))
            name = f"i{self._given}"
            data = {"order_id": f"PO-{n}", "result": result}
            given.append(Given(name, "mes", "looked_at", self._tick(), data))
            if result == "fail" and self._status[n] == "started":
                answers.append((name, f"PO-{n}"))
        return given, answers

    def _order(self, n: int) -> Given:
        data: dict[str, Any] = {
            "order_id": f"PO-{n}",
            "item": f"item-{n % 500}",
            "quantity": 1 + n % 90,
            "status": self._status[n],
            "priority": n % 5,
            "due": f"2026-02-{1 + n % 28:02}T06:00:00Z",
        }
        return Given(f"o{self._given}", "erp", "made_order", self._tick(), data)

    def _tick(self) -> int:
        self._given += 1
        return self._given
