"""The stored facts and holds -> the rows of the reconciliation report. Reads the database; decides and writes nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from engine.admission import fact_from_json
from engine.reconciliation import TYPES, Reconciliation, Row, row_to_json
from service.schemas import DECODER
from service.store import Reading


def reconciled(reading: Reading, *, everything: bool, limit: int) -> dict[str, Any]:
    """Return the report: up to *limit* rows that differ, or of *everything*; what was left out, and what cannot be compared."""
    found = Reconciliation()
    for body in reading.accepted(TYPES):
        found.take(fact_from_json(DECODER.decode(body)))
    for row in reading.placed():
        subject = (row.subject_type, row.subject_id)
        found.hold(subject, row.hold_id, row.inventory_status, _time(row.placed_at), _when(row.released_at))
    counted = agreeing = 0
    shown: list[Row] = []
    for one in found.rows():
        agreeing += not one.difference
        if one.difference or everything:
            counted += 1
            if len(shown) < limit:
                shown.append(one)
    return {
        "rows": [row_to_json(one) for one in shown],
        "agreeing": agreeing,
        "left_out": counted - len(shown),
        "holds_not_compared": found.not_compared,
    }


def _time(stamped: str) -> datetime:
    return datetime.fromisoformat(stamped)


def _when(stamped: str | None) -> datetime | None:
    return None if stamped is None else _time(stamped)
