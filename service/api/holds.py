"""GET routes of holds: the list of them, and whether work may go on.

An MES asks before each operation, so the answer rests on two look-ups by index, of what is committed. It decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Request, Response, get

from engine.model import INVENTORY_STATUSES, SUBJECTS
from service import schemas
from service.api.parts import parts_of
from service.api.problems import Answered, json_response
from service.api.query import cursor_of, read_query
from service.api.records import raw
from service.schemas import DECODER, Fault
from service.store.reading import HOLD_FILTERS, StoredRow

MOST_SHOWN = 100
"""Holds that one answer describes; it counts the others."""

ASKING = ("ask", "escalate", "notify")
"""Kinds of decision that ask somebody for something."""


@get("/v1/holds", sync_to_thread=True)
def list_holds(request: Request[Any, Any, Any]) -> Response[Any]:
    """Return a page of holds, by hold_id; ?lot=L1 is short for subject_type=lot and subject_id=L1."""
    query = read_query(request, (*HOLD_FILTERS, *SUBJECTS, "limit", "cursor"))
    filters, limit = query.texts(HOLD_FILTERS), query.limit()
    after = query.cursor("holds")
    short = query.texts(SUBJECTS)
    query.settle()
    status = filters.get("status")
    if status not in (None, "standing", "released"):
        message = '"status" must be standing or released'
        raise Answered(schemas.BAD_QUERY.problem(message, [Fault("bad-parameter", "/status", message)]))
    if len(short) > 1 or (short and ("subject_type" in filters or "subject_id" in filters)):
        message = f"only one subject can be asked for: one of {', '.join(SUBJECTS)}"
        raise Answered(schemas.BAD_QUERY.problem(message, [Fault("bad-parameter", "", message)]))
    for subject_type, subject_id in short.items():
        filters |= {"subject_type": subject_type, "subject_id": subject_id}
    rows = parts_of(request).reading.holds(filters, after, limit + 1)
    page = rows[:limit]
    return json_response(
        {
            "holds": [
                {
                    "hold_id": row.hold_id,
                    "status": row.status,
                    "subject": {"type": row.subject_type, "id": row.subject_id},
                    "inventory_status": row.inventory_status,
                    "reason": row.reason,
                    "rule": row.rule,
                    "placed_at": row.placed_at,
                    "released_at": row.released_at,
                    "data": raw(row.body),
                }
                for row in page
            ],
            "next": cursor_of("holds", page[-1].hold_id) if len(rows) > limit else None,
        }
    )


@get("/v1/holds/check", sync_to_thread=True)
def check_holds(request: Request[Any, Any, Any]) -> Response[Any]:
    """Return whether work on what is named may go on, and each hold that stands in the way, with what is asked of whom."""
    query = read_query(request, SUBJECTS)
    subjects = query.texts(SUBJECTS)
    query.settle()
    if not subjects:
        message = f"name what the work is about: one or more of {', '.join(SUBJECTS)}"
        raise Answered(schemas.BAD_QUERY.problem(message, [Fault("missing-parameter", "", message)]))
    rows, told = parts_of(request).reading.in_the_way(subjects, MOST_SHOWN)
    worst = max((row.inventory_status for row in rows), key=_restriction, default=INVENTORY_STATUSES[0])
    return json_response(
        {
            "may_proceed": not rows,
            "why": _why(rows),
            "inventory_status": worst,
            "count": len(rows),
            "holds": [_in_the_way(row, told.get(row.fact_seq, ())) for row in rows[:MOST_SHOWN]],
        }
    )


def _restriction(status: str) -> int:
    """Return how restrictive an inventory *status* is; one that is not known is taken for the worst."""
    return INVENTORY_STATUSES.index(status) if status in INVENTORY_STATUSES else len(INVENTORY_STATUSES)


def _why(rows: list[StoredRow]) -> str:
    """Return the answer in words, for the person at the terminal."""
    if not rows:
        return "no hold stands on it"
    worst = max(rows, key=lambda row: _restriction(row.inventory_status))
    said = f"{worst.subject_type} {worst.subject_id} is on hold since {worst.placed_at}: {worst.reason}"
    return said if len(rows) == 1 else f"{said}; {len(rows) - 1:,} more"


def _in_the_way(row: StoredRow, told: list[StoredRow] | tuple[()]) -> dict[str, Any]:
    """Return hold *row* as one that stands in the way; *told* is what was decided with it."""
    data: Mapping[str, Any] = DECODER.decode(row.body)
    shown: dict[str, Any] = {
        "hold_id": row.hold_id,
        "subject": {"type": row.subject_type, "id": row.subject_id},
        "inventory_status": row.inventory_status,
        "reason": row.reason,
        "rule": row.rule,
        "since": row.placed_at,
        "partial": data.get("quantity") is not None,
    }
    if shown["partial"]:
        shown["quantity"] = data["quantity"]
    shown["asked"] = [
        asked
        for one in told
        if one.kind in ASKING
        and one.status == "decided"
        and (one.subject_type, one.subject_id) == (row.subject_type, row.subject_id)
        and (asked := _asked(one.body)) is not None
    ]
    return shown


def _asked(body: str) -> dict[str, str] | None:
    """Return whom a decision asks for what."""
    values = msgspec.json.decode(body).get("values", {})
    return {"to": str(values["to"]), "message": str(values.get("message", ""))} if "to" in values else None
