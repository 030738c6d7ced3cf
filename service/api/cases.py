"""GET routes of cases and of what is shelved: who is asked for what, who answered, who was told, who will be told next."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from types import MappingProxyType
from typing import Any

from litestar import Request, Response

from engine.coordination import CASE_STATUSES, climb
from engine.decisions import format_time
from engine.model import SUBJECTS
from engine.rulebook import RuleBook
from service import schemas
from service.api.methods import get
from service.api.parts import parts_of
from service.api.problems import Answered, json_response
from service.api.query import Query, cursor_of, read_query
from service.clock import moment_of
from service.schemas import DECODER, Fault
from service.store.casereading import CASE_FILTERS, SHELVED_FILTERS, StoredRow, WholeCase

MOST_STEPS = 20
"""So many coming steps of a ladder are shown."""

OPEN = "open"

_SETTLED = MappingProxyType(
    {"acknowledged": "enough have answered", "resolved": "it is resolved", "closed": "it is closed"}
)


@get("/v1/cases", sync_to_thread=True)
def list_cases(request: Request[Any, Any, Any]) -> Response[Any]:
    """Return a page of cases, newest first; ?lot=L1 is short for subject_type=lot and subject_id=L1."""
    query = read_query(request, (*CASE_FILTERS, *SUBJECTS, "limit", "cursor"))
    filters, limit = query.texts(CASE_FILTERS), query.limit()
    before = query.number_cursor("cases")
    query.one_of("status", CASE_STATUSES)
    filters |= _subject(query, filters)
    rows = parts_of(request).cases.cases(filters, before, limit + 1)
    page = rows[:limit]
    return json_response(
        {
            "cases": [_brief(row, tasks) for row, tasks in page],
            "next": cursor_of("cases", page[-1][0].number) if len(rows) > limit else None,
        }
    )


@get("/v1/cases/{name:str}", sync_to_thread=True)
def get_case(request: Request[Any, Any, Any]) -> Response[Any]:
    """Return one case with its tasks, what was answered, who was told, and who will be told next."""
    name: str = request.path_params["name"]
    read_query(request, ()).settle()
    parts = parts_of(request)
    found = None if "\x00" in name else parts.cases.case(name)
    if found is None:
        raise Answered(schemas.NOT_FOUND.problem("no case has this id; /v1/cases lists them"))
    return json_response(case_to_json(found, parts.book))


@get("/v1/shelved", sync_to_thread=True)
def list_shelved(request: Request[Any, Any, Any]) -> Response[Any]:
    """Return a page of what is or was shelved, suppressed or out of service, by shelved_id."""
    query = read_query(request, (*SHELVED_FILTERS, *SUBJECTS, "limit", "cursor"))
    filters, limit = query.texts(SHELVED_FILTERS), query.limit()
    after = query.cursor("shelved")
    query.one_of("status", ("standing", "over"))
    query.one_of("how", ("shelved", "suppressed", "out_of_service"))
    filters |= _subject(query, filters)
    rows = parts_of(request).cases.shelved(filters, after, limit + 1)
    page = rows[:limit]
    return json_response(
        {
            "shelved": [shelved_to_json(row) for row in page],
            "next": cursor_of("shelved", page[-1].shelved_id) if len(rows) > limit else None,
        }
    )


def case_to_json(case: WholeCase, book: RuleBook) -> dict[str, Any]:
    """Return *case* as it is answered; its ladder is that of *book*, the rules as they are now."""
    ladder = _ladder(case.row, book)
    return {
        **_brief(case.row, case.tasks),
        "answers": [_answer(row) for row in case.answers],
        "messages": [_message(row, case.deliveries.get(row.id, [])) for row in case.messages],
        "ladder": ladder,
        "untold_because": _why_untold(case.row, ladder),
    }


def shelved_to_json(row: StoredRow) -> dict[str, Any]:
    """Return one thing that is or was shelved, as it is answered."""
    data = DECODER.decode(row.body)
    return {
        "shelved_id": row.shelved_id,
        "status": row.status,
        "how": row.how,
        "what": row.what,
        "subject": {"type": row.subject_type, "id": row.subject_id} if row.subject_type else None,
        "since": row.since,
        "until": row.until,
        "ended_at": row.ended_at,
        "one_shot": data.get("one_shot", False),
        "reason": data.get("reason", ""),
        "by": data.get("by", ""),
        "silenced": data.get("silenced", 0),
    }


def _brief(row: StoredRow, tasks: list[StoredRow]) -> dict[str, Any]:
    data = DECODER.decode(row.body)
    return {
        "case_id": row.case_id,
        "kind": row.kind,
        "title": data.get("title", ""),
        "subject": {"type": row.subject_type, "id": data.get("subject_id", row.subject_id)},
        "status": row.status,
        "count": data.get("count", 1),
        "overdue": data.get("overdue", False),
        "rule": row.rule,
        "order_id": data.get("order_id"),
        "opened_at": row.opened_at,
        "answer_by": data.get("answer_by"),
        "changed_at": row.changed_at,
        "closed_at": row.closed_at,
        "by": data.get("by"),
        "comment": data.get("comment"),
        "related": data.get("related", []),
        "tasks": [_task(task) for task in tasks],
    }


def _task(row: StoredRow) -> dict[str, Any]:
    data = DECODER.decode(row.body)
    return {
        "function": row.role,
        "asks": data.get("asks", ""),
        "status": row.status,
        "by": data.get("by"),
        "comment": data.get("comment"),
        "changed_at": row.changed_at,
    }


def _answer(row: StoredRow) -> dict[str, Any]:
    return {
        "answer": row.answer,
        "function": row.role,
        "by": row.by,
        "comment": row.comment,
        "at": row.at,
        "refused": row.refused,
        "fact": {"source": row.source, "id": row.id},
    }


def _message(row: StoredRow, sent: list[StoredRow]) -> dict[str, Any]:
    body = DECODER.decode(row.body)
    values = body["values"]
    return {
        "decision": row.id,
        "kind": body["kind"],
        "time": body["time"],
        "to": values.get("to"),
        "message": values.get("message"),
        "step": values.get("step"),
        "on_shift": values.get("on_shift"),
        "status": body["status"],
        "reason": body["reason"],
        "deliveries": [
            {"id": one.id, "target": one.target, "status": one.status, "attempts": one.attempts}
            for one in sent
        ],
    }


def _ladder(row: StoredRow, book: RuleBook) -> dict[str, Any] | None:
    """Return the ladder that a case climbs and its coming steps; None where it has none, or the rules have it no longer."""
    ladder = book.ladders.get(row.ladder)
    if ladder is None or row.begun_at is None:
        return None
    coming = climb(ladder, moment_of(row.begun_at), book.calendars) if row.status == OPEN else iter(())
    return {
        "name": ladder.name,
        "title": ladder.title,
        "begun_at": row.begun_at,
        "climbed": row.climbed,
        "next": [
            {
                "at": format_time(due.at),
                "step": due.step,
                "again": due.again,
                "tell": list(due.rung.tell),
                "message": due.rung.message,
            }
            for due in islice(coming, row.climbed, row.climbed + MOST_STEPS)
        ],
    }


def _why_untold(row: StoredRow, ladder: Mapping[str, Any] | None) -> str | None:
    """Return why nobody will be told of a case next; None where its *ladder* says who will."""
    if row.status != OPEN:
        return _SETTLED[row.status]
    if ladder is None:
        gone = f'there is no ladder "{row.ladder}" in the rules now'
        return gone if row.ladder else "its rule names no ladder"
    return None if ladder["next"] else "its ladder was climbed to its end"


def _subject(query: Query, filters: dict[str, str]) -> dict[str, str]:
    """Return the subject that is asked for by the short way, settling *query*."""
    short = query.texts(SUBJECTS)
    query.settle()
    if len(short) > 1 or (short and ("subject_type" in filters or "subject_id" in filters)):
        message = f"only one subject can be asked for: one of {', '.join(SUBJECTS)}"
        raise Answered(schemas.BAD_QUERY.problem(message, [Fault("bad-parameter", "", message)]))
    return {
        name: value
        for subject_type, subject_id in short.items()
        for name, value in (("subject_type", subject_type), ("subject_id", subject_id))
    }
