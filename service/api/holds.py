"""GET routes of holds: the list of them, and whether work may go on.

An MES asks before each operation, so the answer rests on two look-ups by index, of what is committed. It decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Request, Response

from engine.coordination import is_ahead, restriction
from engine.model import INVENTORY_STATUSES, SUBJECTS
from service import schemas
from service.api.methods import get
from service.api.parts import parts_of
from service.api.problems import Answered, json_response
from service.api.query import cursor_of, read_query
from service.api.records import raw
from service.schemas import DECODER, Fault
from service.store.reading import HOLD_FILTERS, StoredRow

MOST_SHOWN = 100
"""Holds that one answer describes; it counts the others."""

FURTHER = ("quantity", "from_operation", "review_at", "expires_at", "origin")
"""What not every hold has."""

ASKING = ("ask", "escalate", "notify")
"""Kinds of decision that ask somebody for something."""


@get("/v1/holds", sync_to_thread=True)
def list_holds(request: Request[Any, Any, Any]) -> Response[Any]:
    """Return a page of holds, by hold_id; ?lot=L1 is short for subject_type=lot and subject_id=L1."""
    query = read_query(request, (*HOLD_FILTERS, *SUBJECTS, "limit", "cursor"))
    filters, limit = query.texts(HOLD_FILTERS), query.limit()
    after = query.cursor("holds")
    short = query.texts(SUBJECTS)
    query.one_of("status", ("standing", "released"))
    query.one_of("subject_type", SUBJECTS)
    query.settle()
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
                    **_further(DECODER.decode(row.body)),
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
    standing, told = parts_of(request).reading.in_the_way(subjects, MOST_SHOWN)
    operation = subjects.get("operation")
    rows = [row for row in standing if not _is_ahead(row, operation)]
    ahead = [row for row in standing if _is_ahead(row, operation)]
    worst = max((row.inventory_status for row in rows), key=restriction, default=INVENTORY_STATUSES[0])
    return json_response(
        {
            "may_proceed": not rows,
            "why": _why(rows),
            "inventory_status": worst,
            "count": len(rows),
            "holds": [_shown(row, told.get(row.fact_seq, ())) for row in rows[:MOST_SHOWN]],
            "ahead": [_shown(row, told.get(row.fact_seq, ())) for row in ahead[:MOST_SHOWN]],
        }
    )


def _why(rows: list[StoredRow]) -> str:
    """Return the answer in words, for the person at the terminal."""
    if not rows:
        return "no hold stands on it"
    worst = max(rows, key=lambda row: restriction(row.inventory_status))
    said = f"{worst.subject_type} {worst.subject_id} is on hold since {worst.placed_at}: {worst.reason}"
    return said if len(rows) == 1 else f"{said}; {len(rows) - 1:,} more"


def _is_ahead(row: StoredRow, operation: str | None) -> bool:
    """Return whether the hold *row* stands in the way later only, since it begins after *operation*."""
    return is_ahead(DECODER.decode(row.body).get("from_operation"), operation)


def _further(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return of the hold with this *data* what not every hold has."""
    return {name: data[name] for name in FURTHER if data.get(name) is not None}


def _shown(row: StoredRow, told: list[StoredRow] | tuple[()]) -> dict[str, Any]:
    """Return hold *row* with why it stands; *told* is what was decided with it."""
    data: Mapping[str, Any] = DECODER.decode(row.body)
    shown: dict[str, Any] = {
        "hold_id": row.hold_id,
        "subject": {"type": row.subject_type, "id": row.subject_id},
        "inventory_status": row.inventory_status,
        "reason": row.reason,
        "rule": row.rule,
        "since": row.placed_at,
        "partial": data.get("quantity") is not None,
        "future": data.get("from_operation") is not None,
        **_further(data),
    }
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
