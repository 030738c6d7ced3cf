"""GET routes of what is stored: decisions with their explanations, holds, rule books."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, Response, get

from engine.model import SUBJECTS
from service import schemas
from service.api.parts import parts_of
from service.api.problems import Answered, json_response
from service.api.query import cursor_of, read_query
from service.schemas import Fault
from service.store.reading import DECISION_FILTERS, HOLD_FILTERS


def raw(text: str | None) -> msgspec.Raw | None:
    """Return stored JSON text to be embedded as it is."""
    return None if text is None else msgspec.Raw(text.encode())


@get("/v1/decisions", sync_to_thread=True)
def list_decisions(request: Request[Any, Any, Any]) -> Response[Any]:
    """Return a page of decisions, newest first."""
    query = read_query(request, (*DECISION_FILTERS, "since", "until", "limit", "cursor"))
    filters, limit = query.texts(DECISION_FILTERS), query.limit()
    since, until = query.time("since"), query.time("until")
    before = query.number_cursor("decisions")
    query.settle()
    rows = parts_of(request).reading.decisions(filters, since, until, before, limit + 1)
    page = rows[:limit]
    return json_response(
        {
            "decisions": [raw(body) for _, body in page],
            "next": cursor_of("decisions", page[-1][0]) if len(rows) > limit else None,
        }
    )


@get("/v1/decisions/{name:str}", sync_to_thread=True)
def get_decision(request: Request[Any, Any, Any]) -> Response[Any]:
    """Return one decision with why it was made, and where it was delivered to."""
    name: str = request.path_params["name"]
    read_query(request, ()).settle()
    found = parts_of(request).reading.decision(name) if len(name) <= 128 and "\x00" not in name else None
    if found is None:
        raise Answered(schemas.NOT_FOUND.problem("no decision has this id"))
    body, explanation, sent = found
    return json_response(
        {
            "decision": raw(body),
            "explanation": raw(explanation),
            "deliveries": [
                {"id": row.id, "target": row.target, "status": row.status, "attempts": row.attempts}
                for row in sent
            ],
        }
    )


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


@get("/v1/rulebooks", sync_to_thread=True)
def list_rulebooks(request: Request[Any, Any, Any]) -> Response[Any]:
    """Return every rule book that was ever active here, the active one with what is in it."""
    read_query(request, ()).settle()
    parts = parts_of(request)
    book = parts.book
    listed = []
    for row in parts.reading.rulebooks():
        entry: dict[str, Any] = {
            "digest": row.digest,
            "active": row.digest == book.digest,
            "first_active_at": row.first_active_at,
            "last_active_at": row.last_active_at,
        }
        if entry["active"]:
            entry["rulesets"] = [
                {"ruleset": s.name, "title": s.title, "owner": s.owner, "rules": [r.name for r in s.rules]}
                for s in book.rulesets
            ]
            entry["fact_types"] = sorted(book.fact_types)
        listed.append(entry)
    return json_response({"rulebooks": listed})


@get("/v1/rulebooks/{digest:str}", sync_to_thread=True)
def get_rulebook(request: Request[Any, Any, Any]) -> Response[Any]:
    """Return one rule book with the text of every file it was made of."""
    digest: str = request.path_params["digest"]
    read_query(request, ()).settle()
    parts = parts_of(request)
    row = parts.reading.rulebook(digest) if len(digest) == 64 and "\x00" not in digest else None
    if row is None:
        raise Answered(schemas.NOT_FOUND.problem("no rule book with this digest was ever active here"))
    return json_response(
        {
            "digest": row.digest,
            "active": row.digest == parts.book.digest,
            "first_active_at": row.first_active_at,
            "last_active_at": row.last_active_at,
            "sources": raw(row.sources),
        }
    )
