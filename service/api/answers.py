"""POST routes for people: answers to cases, and what they shelve. Each is one fact; the answer comes after the commit."""

from __future__ import annotations

import asyncio
from typing import Any

from litestar import Request, Response, post

from engine.coordination import ANSWER, SHELVING
from engine.diagnostics import did_you_mean
from service import schemas
from service.api.cases import case_to_json, shelved_to_json
from service.api.components import ANSWERS
from service.api.parts import Parts, parts_of
from service.api.people import body_of, refusal_of, say
from service.api.problems import Answered, json_response
from service.api.query import read_query
from service.schemas import FactAnswer, Fault, Problem
from service.store.casereading import WholeCase

ANSWER_FIELDS = {"by": "by", "function": "role", "comment": "comment"}
SHELVING_FIELDS = {
    name: name
    for name in (
        "what",
        "action",
        "subject_type",
        "subject_id",
        "until",
        "lasts",
        "one_shot",
        "reason",
        "by",
    )
}
NEAR = 500
"""So many of the newest open cases are looked through for the one that may have been meant."""


@post("/v1/cases/{name:str}/{answer:str}", status_code=200, request_max_body_size=None)
async def answer_case(request: Request[Any, Any, Any]) -> Response[Any]:
    """Let a person answer a case or a task in it, and return the case as it then stands."""
    name: str = request.path_params["name"]
    answer: str = request.path_params["answer"]
    read_query(request, ()).settle()
    parts = parts_of(request)
    if answer not in ANSWERS:
        raise Answered(
            schemas.NOT_FOUND.problem(
                f'"{answer[:60]}" is nothing that can be said to a case; {did_you_mean(answer, ANSWERS)}'
            )
        )
    said = await body_of(request, parts, ANSWER_FIELDS)
    before = await asyncio.to_thread(_case, parts, name)
    if before is None:
        raise Answered(await asyncio.to_thread(_unknown, parts, name))
    data = {
        "case_id": name,
        "answer": answer,
        **{ANSWER_FIELDS[key]: value for key, value in said.items() if value is not None},
    }
    taken = await say(request, parts, ANSWER, data, ANSWER_FIELDS)
    reason = refusal_of(taken)
    case = await asyncio.to_thread(_case, parts, name)
    assert case is not None  # noqa: S101 - a case that was stored stays
    if reason is not None:
        raise Answered(await asyncio.to_thread(_void, parts, case, said.get("function"), reason))
    return json_response({**_taken(taken), "case": case_to_json(case, parts.book)})


@post("/v1/shelved", status_code=200, request_max_body_size=None)
async def shelve(request: Request[Any, Any, Any]) -> Response[Any]:
    """Let a person shelve what a rule or a kind of case tells, take it out of service, or end that."""
    read_query(request, ()).settle()
    parts = parts_of(request)
    said = await body_of(request, parts, SHELVING_FIELDS)
    data = {"action": "shelve", **{key: value for key, value in said.items() if value is not None}}
    taken = await say(request, parts, SHELVING, data, SHELVING_FIELDS)
    reason = refusal_of(taken)
    if reason is not None:
        pointer = "/what" if reason.startswith("there is no rule") else ""
        raise Answered(schemas.VOID.problem(reason, [Fault("does-not-fit", pointer, reason)]))
    how = "out_of_service" if data["action"] in ("out_of_service", "in_service") else "shelved"
    row = await asyncio.to_thread(
        parts.cases.last_shelved,
        how,
        data["what"],
        data.get("subject_type", ""),
        data.get("subject_id", ""),
    )
    return json_response({**_taken(taken), "shelved": None if row is None else shelved_to_json(row)})


def _taken(answer: FactAnswer) -> dict[str, Any]:
    return {"status": answer.status, "fact": answer.fact, "decisions": answer.decisions or []}


def _case(parts: Parts, name: str) -> WholeCase | None:
    return None if "\x00" in name else parts.cases.case(name)


def _unknown(parts: Parts, name: str) -> Problem:
    """Return the problem of a case that never was, with the open one whose id is nearest."""
    known = parts.cases.names(NEAR)
    same = [one for one in known if len(name) >= 4 and one.startswith(name)]
    near = did_you_mean(name, same or known) if known else "no case is open"
    return schemas.NOT_FOUND.problem(f"no case has this id; {near}")


def _void(parts: Parts, case: WholeCase, function: Any, reason: str) -> Problem:
    """Return the problem of an answer that changed nothing; of a closed case, with the one of its subject that is open."""
    tasks = [task.role for task in case.tasks]
    if case.row.status == "closed":
        subject = f"{case.row.subject_type} {case.row.subject_id}"
        others = parts.cases.open_of(case.row.subject_type, case.row.subject_id)
        near = next((one for one in others if one.kind == case.row.kind), others[0] if others else None)
        said = f"the case was closed at {case.row.closed_at}; " + (
            f"no case of {subject} is open"
            if near is None
            else f"of {subject} this one is open: {near.case_id}"
        )
        return schemas.VOID.problem(said, [Fault("closed-case", "", said)])
    if function is None:
        code = "missing-function" if reason.startswith("it names no role") else "does-not-fit"
        said = (
            f"it names no function; those who have a task: {', '.join(tasks)}"
            if code == "missing-function"
            else reason
        )
        pointer = "/function" if code == "missing-function" else ""
        return schemas.VOID.problem(said, [Fault(code, pointer, said)])
    if function not in tasks:
        return schemas.VOID.problem(reason, [Fault("no-task", "/function", reason)])
    return schemas.VOID.problem(reason, [Fault("does-not-fit", "", reason)])
