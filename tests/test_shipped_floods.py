"""The shipped rules in a flood: ten thousand matches of one rule in a minute are one case, and take no more memory than one."""

from __future__ import annotations

import gc
import tracemalloc
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engine.admission import Admission
from engine.compiler import compile_rules
from engine.session import Session
from service.rulebooks import read_rules

BEGIN = datetime(2026, 3, 2, 7, tzinfo=UTC)
FIRST, COUNT = 1_000, 10_000
LITTLE_BYTES = 64 * 1024
"""What may come and go between the first thousand and the rest: a few bytes a match would be more."""

Data = Callable[[int], dict[str, Any]]


def a_failure(_number: int) -> dict[str, Any]:
    """Return what one broken gauge says again and again."""
    return {
        "lot_id": "L-1",
        "order_id": "PO-1",
        "work_centre": "MILL-3",
        "characteristic": "bore",
        "result": "fail",
        "severity": "critical",
    }


def a_flapping_machine(number: int) -> dict[str, Any]:
    """Return that a machine runs, and that it is down, in turn."""
    return {"work_centre": "MILL-3", "state": "running" if number % 2 else "down"}


def a_change_of_mind(number: int) -> dict[str, Any]:
    """Return another priority of one order."""
    return {"order_id": "PO-1", "priority": 1 + number % 9, "reason": "the customer called"}


@pytest.mark.parametrize(
    ("source", "fact_type", "data", "kind", "asked", "joined"),
    [
        pytest.param("mes", "inspection_result", a_failure, "quality-hold", 4, COUNT - 1, id="quality-hold"),
        pytest.param(
            "mes", "machine_state", a_flapping_machine, "machine-down", 4, COUNT // 2 - 1, id="machine-down"
        ),
        pytest.param(
            "erp", "priority_change", a_change_of_mind, "priority-change", 3, 0, id="priority-change"
        ),
    ],
)
def test_a_flood_is_one_case_and_takes_no_more_memory(
    source: str, fact_type: str, data: Data, kind: str, asked: int, joined: int
) -> None:
    """The case is opened once and each function asked once; nine thousand matches more leave the session as large as it was."""
    # the rules of process control must keep what their windows count, as long as the windows are
    files = {name: text for name, text in read_rules(None).items() if "process-control" not in name}
    book = compile_rules(files)
    gate, session = Admission(book), Session(book)
    received = BEGIN + timedelta(minutes=1)
    made: Counter[tuple[str, str]] = Counter()

    def post(identity: str, at: datetime, of_type: str, by: str, said: dict[str, Any]) -> None:
        envelope = {"id": identity, "source": by, "type": of_type, "time": at.isoformat(), "data": said}
        outcome = session.submit(gate.admit(envelope, received), received)
        made.update((decision.kind, decision.status) for decision in outcome.decisions)

    def flood(first: int, end: int) -> None:
        for number in range(first, end):
            at = BEGIN + timedelta(milliseconds=6 * number)
            post(str(number), at, fact_type, source, data(number))
        gc.collect()

    order = {"order_id": "PO-1", "item": "pump housing", "quantity": 40, "status": "started"}
    post("order", BEGIN, "production_order", "erp", order)
    tracemalloc.start()
    try:
        flood(0, FIRST)
        before, size = tracemalloc.get_traced_memory()[0], len(session.snapshot())
        flood(FIRST, COUNT)
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    (case,) = session.cases()
    assert (case.kind, case.count) == (kind, joined + 1)
    assert made["open_case", "decided"] == 1
    assert made["open_case", "joined"] == joined
    assert made["ask", "decided"] == asked
    assert made["escalate", "decided"] == 0
    assert abs(len(session.snapshot()) - size) < 100, "numbers have more digits, and that is all"
    assert grown < LITTLE_BYTES
