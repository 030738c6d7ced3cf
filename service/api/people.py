"""What people say through plain endpoints -> facts, through the same admission and writer as any other.

A body with a few keys becomes the data of one fact; what is wrong with the fact is said of the body. The Idempotency-Key is
the fact's id, so that what is sent again is answered as the first time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import msgspec
from litestar import Request

from engine.admission import decode
from engine.admission.decoding import escape
from engine.diagnostics import FactRefused, did_you_mean
from service import schemas
from service.api.facts import settle_one
from service.api.intake import Mode, mode_of, whole_body
from service.api.parts import Parts
from service.api.problems import Answered
from service.pipeline import Posted
from service.pipeline.refusals import problem_of
from service.schemas import DECODER, ENCODER, FactAnswer, Fault, Problem

_KEY = re.compile(r'"?([!#-\[\]-~]{1,200})"?')
"""Visible characters, in quotes or without."""

Fields = Mapping[str, str]
"""Keys of a body, each with the field of the fact that it becomes."""


async def body_of(request: Request[Any, Any, Any], parts: Parts, fields: Fields) -> dict[str, Any]:
    """Return the JSON object that was sent, which may have the keys of *fields* only; raise the problem otherwise."""
    mode, _ = mode_of(request.scope["headers"])
    if mode is not Mode.JSON:
        message = "send one JSON object, as application/json"
        raise Answered(schemas.UNSUPPORTED.problem(message, [Fault("unsupported", "/content-type", message)]))
    try:
        body = await whole_body(request.stream(), parts.settings.max_fact_bytes)
        said = decode(body, parts.settings.limits)
    except FactRefused as refused:
        raise Answered(problem_of(refused)) from None
    if not isinstance(said, dict):
        message = f"the body must be a JSON object with {', '.join(fields)}"
        raise Answered(schemas.FACT_REFUSED.problem(message, [Fault("not-an-object", "", message)]))
    unknown = [
        Fault(
            "unknown-field",
            f"/{escape(name)}",
            f'"{name[:60]}" is not read here; {did_you_mean(name, fields)}',
        )
        for name in said
        if name not in fields
    ]
    if unknown:
        raise Answered(schemas.FACT_REFUSED.problem(unknown[0].message, unknown))
    return said


async def say(
    request: Request[Any, Any, Any], parts: Parts, fact_type: str, data: Mapping[str, Any], fields: Fields
) -> FactAnswer:
    """Return the answer to the fact that *data* becomes, once it is stored; raise the problem where it is refused."""
    key = _idempotency_key(request)
    envelope = {
        "id": key or uuid4().hex,
        "source": _source(parts, fact_type),
        "type": fact_type,
        "data": data,
    }
    try:
        return await settle_one(parts, Posted(ENCODER.encode(envelope)))
    except Answered as fault:
        raise Answered(_of_body(fault.problem, fields), fault.headers) from None


def refusal_of(answer: FactAnswer) -> str | None:
    """Return why what was said changed nothing, as the engine decided; None where it did what it says."""
    for body in answer.decisions or ():
        decision = DECODER.decode(body)
        if decision["kind"] == "answer" and decision["status"] == "void":
            return str(decision["reason"])
    return None


def _idempotency_key(request: Request[Any, Any, Any]) -> str | None:
    given = request.headers.get("idempotency-key")
    if given is None:
        return None
    found = _KEY.fullmatch(given.strip())
    if found is None:
        message = "the header Idempotency-Key must have 1 to 200 visible ASCII characters, without blanks"
        raise Answered(
            schemas.BAD_REQUEST.problem(message, [Fault("bad-header", "/idempotency-key", message)])
        )
    return found[1]


def _source(parts: Parts, fact_type: str) -> str:
    """Return the source by which people post facts of the type: the first word of the system that owns it."""
    declared = parts.book.fact_types.get(fact_type)
    system = None if declared is None else parts.book.systems.get(declared.owners[0])
    return system.sources[0] if system is not None and system.sources else "person"


def _of_body(problem: Problem, fields: Fields) -> Problem:
    """Return *problem*, which speaks of a fact, as one that speaks of the body it was made of."""
    if problem.status == schemas.FACT_CONFLICT.status:
        message = "something else was said with this Idempotency-Key; take a new one for what is new"
        return schemas.FACT_CONFLICT.problem(message, [Fault("key-used", "/idempotency-key", message)])
    names = {f"/data/{field}": f"/{name}" for name, field in fields.items()}
    errors = [
        msgspec.structs.replace(fault, pointer=names.get(fault.pointer, fault.pointer.removeprefix("/data")))
        for fault in problem.errors
    ]
    return msgspec.structs.replace(problem, errors=errors)
