"""What the API answers, as types: facts' answers and RFC 9457 problems.

The same structs are encoded by the service and described in the OpenAPI document.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec

ENCODER = msgspec.json.Encoder(decimal_format="number")
"""Numbers stay exact: a Decimal is written as the JSON number it is."""

DECODER = msgspec.json.Decoder(float_hook=Decimal)
"""Reads back what ENCODER wrote, with exact numbers; for text of our own only."""


def to_text(value: Any) -> str:
    """Return *value* as JSON text."""
    return ENCODER.encode(value).decode()


class Fault(msgspec.Struct, frozen=True):
    """One thing that is wrong, with a stable code and a JSON Pointer to the place."""

    code: str
    pointer: str
    message: str


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """What went wrong, as RFC 9457 has it. *type* is stable; *detail* is for people."""

    type: str
    title: str
    status: int
    detail: str
    instance: str | None = None
    errors: list[Fault] = []


class FactName(msgspec.Struct, frozen=True):
    """Which fact an answer is about."""

    source: str
    id: str
    type: str
    time: str


class FactAnswer(msgspec.Struct, omit_defaults=True):
    """What became of one posted fact.

    *status* is accepted, stale (older than the state held; it changed nothing), duplicate (answered as the first
    time; *first* says how that was) or refused (*problem* says why). *missing* names optional fields that rules
    compare and the fact does not carry; *warnings* what came to null in their conditions for another reason; *findings*
    what the contract of its flow found; *unknown* the fields it carries and its type does not declare.
    """

    status: str
    line: int | None = None
    fact: FactName | None = None
    first: str | None = None
    decisions: list[msgspec.Raw] | None = None
    missing: msgspec.Raw | None = None
    warnings: msgspec.Raw | None = None
    findings: msgspec.Raw | None = None
    unknown: tuple[str, ...] = ()
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """One kind of problem: its name in the URI, its HTTP status, its title, and what to do about it."""

    name: str
    status: int
    title: str
    advice: str

    def problem(self, detail: str, errors: Sequence[Fault] = ()) -> Problem:
        """Return a problem of this kind."""
        return Problem(f"/problems/{self.name}", self.title, self.status, detail, errors=list(errors))


FACT_REFUSED = ProblemKind(
    "fact-refused",
    422,
    "The fact does not fit",
    "The envelope or the data does not fit what the rule book declares. Each error names the place.",
)
NOT_JSON = ProblemKind(
    "not-json",
    400,
    "The body cannot be read",
    "The body is not JSON within the limits: UTF-8, no NaN or Infinity, no NUL, no key twice, bounded depth and numbers.",
)
WRONG_OWNER = ProblemKind(
    "wrong-owner",
    403,
    "This system may not send this fact",
    "A fact type belongs to one system, and comes through one flow. Let its owner send it.",
)
FACT_CONFLICT = ProblemKind(
    "fact-conflict",
    409,
    "Another fact has this source and id",
    "(source, id) names one fact for ever. Send changed content under a new id.",
)
TOO_LARGE = ProblemKind(
    "too-large",
    413,
    "The body is too large",
    "Send smaller facts, or many facts as NDJSON, which is read as a stream.",
)
HEADERS_TOO_LARGE = ProblemKind(
    "headers-too-large",
    431,
    "The headers are too large",
    "Send fewer or shorter headers, or a shorter query.",
)
TOO_SLOW = ProblemKind(
    "too-slow",
    408,
    "The request came too slowly",
    "Send the headers at once, and the body without long pauses. What was stored of an NDJSON post stays stored; post it again.",
)
UNSUPPORTED = ProblemKind(
    "unsupported-media-type",
    415,
    "The body's media type is not read here",
    "Send application/json, application/x-ndjson, application/cloudevents+json or "
    "application/cloudevents-batch+json, in UTF-8 and without a content encoding.",
)
BUSY = ProblemKind(
    "busy",
    503,
    "Too many facts are waiting",
    "Nothing of this post was stored. Post it again after the time in Retry-After.",
)
NOT_STORED = ProblemKind(
    "not-stored",
    503,
    "The fact could not be stored",
    "The database refused the commit, so the fact has not happened. Post it again.",
)
ENGINE_FAULT = ProblemKind(
    "engine-fault",
    500,
    "The fact could not be evaluated",
    "The engine failed on this fact; nothing was stored of it. Please report it with the log of that moment.",
)
REPORTING = ProblemKind(
    "report-under-way",
    503,
    "Another report is being made",
    "It reads all that is stored, so one is made at a time. Ask again after the time in Retry-After.",
)
BAD_QUERY = ProblemKind(
    "bad-query", 400, "A query parameter does not fit", "Each error names the parameter and what would fit."
)
NOT_FOUND = ProblemKind("not-found", 404, "There is no such thing", "Check the id; ids are case-sensitive.")
NOT_ALLOWED = ProblemKind(
    "method-not-allowed", 405, "This method is not allowed here", "The Allow header names those that are."
)
STATE_CONFLICT = ProblemKind(
    "state-conflict", 409, "It is not in a state for that", "Read it again; it may have moved on meanwhile."
)
VOID = ProblemKind(
    "answer-void",
    409,
    "What was said changed nothing",
    "It is kept as a fact, with the reason. Read the case again; it may have moved on meanwhile.",
)
BAD_REQUEST = ProblemKind("bad-request", 400, "The request cannot be read", "Check it against /docs.")
INTERNAL = ProblemKind(
    "internal", 500, "Something failed inside", "The log has the cause under the time of this answer."
)

PROBLEM_KINDS = {
    kind.name: kind
    for kind in (
        FACT_REFUSED,
        NOT_JSON,
        WRONG_OWNER,
        FACT_CONFLICT,
        TOO_LARGE,
        HEADERS_TOO_LARGE,
        TOO_SLOW,
        UNSUPPORTED,
        BUSY,
        NOT_STORED,
        ENGINE_FAULT,
        REPORTING,
        BAD_QUERY,
        NOT_FOUND,
        NOT_ALLOWED,
        STATE_CONFLICT,
        VOID,
        BAD_REQUEST,
        INTERNAL,
    )
}
