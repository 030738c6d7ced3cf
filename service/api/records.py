"""GET routes of what is stored: decisions with their explanations, and rule books."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import msgspec
from litestar import Request, Response

from engine.decisions import KINDS, STATUSES
from service import schemas
from service.api.methods import get
from service.api.parts import parts_of
from service.api.problems import Answered, json_response
from service.api.query import cursor_of, read_query
from service.store.reading import DECISION_FILTERS


def raw(text: str | None) -> msgspec.Raw | None:
    """Return stored JSON text to be embedded as it is."""
    return None if text is None else msgspec.Raw(text.encode())


@get("/v1/decisions", sync_to_thread=True)
def list_decisions(request: Request[Any, Any, Any]) -> Response[Any]:
    """Return a page of decisions, newest first."""
    query = read_query(request, (*DECISION_FILTERS, "since", "until", "limit", "cursor"))
    filters, limit = query.texts(DECISION_FILTERS), query.limit()
    query.one_of("status", STATUSES)
    query.one_of("kind", KINDS)
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
            entry["left_behind"] = [asdict(loss) for loss in parts.writer.recovery.losses]
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
