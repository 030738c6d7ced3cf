"""The OpenAPI 3.1 document: every route, with the schemas that are encoded and examples that are true.

A test posts each example and holds the answers against these schemas, so that the page cannot drift from the service.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from engine.model import SUBJECTS
from service.api import components, examples
from service.api.forms import TEXT, TIME, Json, array, ref
from service.api.query import MOST, USUAL
from service.schemas import PROBLEM_KINDS
from service.store.casereading import CASE_FILTERS, SHELVED_FILTERS
from service.store.reading import DECISION_FILTERS, DELIVERY_FILTERS, HOLD_FILTERS


def _content(media: str, schema: Json, shown: tuple[examples.Example, ...] = ()) -> Json:
    content: Json = {"schema": schema}
    if shown:
        content["examples"] = {e.name: {"summary": e.summary, "value": e.value} for e in shown}
    return {media: content}


def _answer(description: str, schema: str, *shown: examples.Example) -> Json:
    return {"description": description, "content": _content("application/json", ref(schema), shown)}


def _problems(*names: str) -> Json:
    answers: Json = {}
    for name in names:
        kind = PROBLEM_KINDS[name]
        answers[str(kind.status)] = {
            "description": kind.title,
            "content": _content("application/problem+json", ref("Problem"), examples.PROBLEMS.get(name, ())),
        }
    return answers


def _in_path(name: str, description: str) -> Json:
    return {"name": name, "in": "path", "required": True, "schema": TEXT, "description": description}


def _in_query(name: str, description: str, schema: Json | None = None) -> Json:
    return {"name": name, "in": "query", "schema": schema or TEXT, "description": description}


_SAID = ("not-json", "answer-void", "too-large", "unsupported-media-type", "fact-refused", "busy")
"""The kinds of problem that what people say can meet."""

_IDEMPOTENCY: Json = {
    "name": "Idempotency-Key",
    "in": "header",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
    "description": "the fact's id: what is sent again with it is answered as the first time",
}


def _said(schema: str, shown: examples.Example) -> Json:
    return {"required": True, "content": _content("application/json", ref(schema), (shown,))}


def _subjects(what: str) -> list[Json]:
    return [_in_query(name, f"{what} this {name.replace('_', ' ')}") for name in SUBJECTS]


def _paged(filters: tuple[str, ...]) -> list[Json]:
    limit: Json = {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL}
    return [
        *(_in_query(name, f"only those with this {name.replace('_', ' ')}") for name in filters),
        _in_query("limit", "how many on a page", limit),
        _in_query("cursor", "the next of an earlier page; pages do not move when more is stored"),
    ]


def _operation(name: str, summary: str, responses: Json, **more: Any) -> Json:
    return {"operationId": name, "summary": summary, **more, "responses": responses}


def _post_facts() -> Json:
    fact, many = ref("Fact"), array(ref("Fact"))
    lines: Json = {"type": "string", "description": "one fact a line"}
    body: Json = {
        **_content("application/json", {"anyOf": [fact, many]}, examples.POSTED_JSON),
        **_content("application/x-ndjson", lines, examples.POSTED_LINES),
        **_content("application/cloudevents+json", fact, examples.POSTED_EVENT),
        **_content("application/cloudevents-batch+json", many, examples.POSTED_EVENTS),
    }
    one_or_all: Json = {"anyOf": [ref("FactAnswer"), array(ref("FactAnswer"))]}
    taken: Json = {
        **_content("application/json", one_or_all, examples.ANSWERS),
        **_content("application/x-ndjson", {"type": "string", "description": "one FactAnswer a line"}),
    }
    return _operation(
        "postFacts",
        "Post one fact or many, and be answered with what was decided, after it is stored.",
        {
            "200": {"description": "Every fact was taken, now or before.", "content": taken},
            "207": {
                "description": "A batch of which some facts were refused; the others are stored.",
                "content": {
                    **taken,
                    **_content("application/json", array(ref("FactAnswer")), examples.PARTLY_TAKEN),
                },
            },
            **_problems(
                "not-json",
                "wrong-owner",
                "fact-conflict",
                "too-large",
                "unsupported-media-type",
                "fact-refused",
                "busy",
            ),
        },
        description=(
            "A batch is answered in order, one answer a fact, with its line; a bad fact never takes its neighbours "
            "with it. A fact posted again is answered as the first time. CloudEvents come structured, in batches, or "
            "binary (ce-* headers, the data as the body). Answers to NDJSON begin when the last line was read."
        ),
        requestBody={"required": True, "content": body},
    )


@cache
def document() -> Json:
    """Return the OpenAPI document."""
    stored = _answer("The fact, and what it was answered.", "StoredFact")
    times = [
        _in_query("since", "decided at this time or later", TIME),
        _in_query("until", "decided before this time", TIME),
    ]
    paths: Json = {
        "/v1/facts": {
            "post": _post_facts(),
            "get": _operation(
                "getFactByQuery",
                "A fact by source and id, for clients behind something that rewrites paths.",
                {"200": stored, **_problems("bad-query", "not-found")},
                parameters=[_in_query("source", "the fact's source"), _in_query("id", "the fact's id")],
            ),
        },
        "/v1/facts/{source}/{id}": {
            "get": _operation(
                "getFact",
                "A fact, and what it was answered.",
                {"200": stored, **_problems("not-found")},
                description="The id is what follows the last slash; percent-encode a slash in it, and any in the source.",
                parameters=[_in_path("source", "the fact's source"), _in_path("id", "the fact's id")],
            )
        },
        "/v1/decisions": {
            "get": _operation(
                "listDecisions",
                "Decisions, newest first.",
                {"200": _answer("A page of decisions.", "DecisionPage"), **_problems("bad-query")},
                parameters=[*_paged(DECISION_FILTERS), *times],
            )
        },
        "/v1/decisions/{id}": {
            "get": _operation(
                "getDecision",
                "A decision, why it was made, and where it was delivered to.",
                {"200": _answer("The decision.", "ExplainedDecision"), **_problems("not-found")},
                parameters=[_in_path("id", "the decision's id")],
            )
        },
        "/v1/holds": {
            "get": _operation(
                "listHolds",
                "Holds, standing and released.",
                {"200": _answer("A page of holds.", "HoldPage"), **_problems("bad-query")},
                parameters=[*_paged(HOLD_FILTERS), *_subjects("holds on")],
            )
        },
        "/v1/cases": {
            "get": _operation(
                "listCases",
                "Cases, newest first.",
                {"200": _answer("A page of cases.", "CasePage"), **_problems("bad-query")},
                parameters=[*_paged(CASE_FILTERS), *_subjects("cases of")],
            )
        },
        "/v1/cases/{id}": {
            "get": _operation(
                "getCase",
                "A case with its tasks, what was answered, who was told, and who will be told next.",
                {"200": _answer("The case.", "WholeCase"), **_problems("not-found")},
                parameters=[_in_path("id", "the case's id: that of the decision which opened it")],
            )
        },
        "/v1/cases/{id}/{answer}": {
            "post": _operation(
                "answerCase",
                "Answer a case, or the task of a function in it; as posting a case_answer.",
                {
                    "200": _answer("The case as it stands after it.", "AnsweredCase"),
                    **_problems(*_SAID, "not-found"),
                },
                description=(
                    "acknowledge, accept, decline and done are about the task of a function, resolve, reopen and "
                    "close about the whole case, comment about either. What does not fit is kept and answered 409 "
                    "with the reason."
                ),
                parameters=[
                    _in_path("id", "the case's id"),
                    {**_in_path("answer", "what is said"), "schema": {"enum": components.ANSWERS}},
                    _IDEMPOTENCY,
                ],
                requestBody=_said("CaseAnswer", examples.CASE_ANSWER),
            )
        },
        "/v1/shelved": {
            "post": _operation(
                "shelve",
                "Shelve what a rule or a kind of case tells, take it out of service, or end that; as posting a shelving.",
                {
                    "200": _answer("What is or was shelved by it.", "AnsweredShelving"),
                    **_problems(*_SAID),
                },
                parameters=[_IDEMPOTENCY],
                requestBody=_said("Shelving", examples.SHELVING),
            ),
            "get": _operation(
                "listShelved",
                "What nobody is told of at the moment, or was not: shelved, suppressed and out of service.",
                {"200": _answer("A page of what is shelved.", "ShelvedPage"), **_problems("bad-query")},
                parameters=[*_paged(SHELVED_FILTERS), *_subjects("what is shelved for")],
            ),
        },
        "/v1/reconciliation": {
            "get": _operation(
                "reconcile",
                "What ERP and MES each believe about lots and orders, and where they differ.",
                {
                    "200": _answer("The rows.", "Reconciliation"),
                    **_problems("bad-query", "report-under-way"),
                },
                description="It reads all that is stored of orders and lots, one report at a time: for the end of a shift.",
                parameters=[
                    _in_query("all", "also what they agree on", {"enum": ["true", "false"]}),
                    _in_query("limit", f"rows at most (1 to {MOST}, {USUAL} where not given)"),
                    _in_query("cursor", "the next of an earlier page"),
                ],
            )
        },
        "/v1/holds/check": {
            "get": _operation(
                "checkHolds",
                "Whether work may go on: what an MES asks before each operation.",
                {"200": _answer("Whether it may, and why not.", "HoldCheck"), **_problems("bad-query")},
                description="Name everything the work is about, in one query; a hold on any of it stands in the way.",
                parameters=[
                    _in_query(s, f"the {s.replace('_', ' ')} that the work is about") for s in SUBJECTS
                ],
            )
        },
        "/v1/rulebooks": {
            "get": _operation(
                "listRulebooks",
                "Rule books that were ever active here.",
                {"200": _answer("The rule books, the latest first.", "RulebookList")},
            )
        },
        "/v1/rulebooks/{digest}": {
            "get": _operation(
                "getRulebook",
                "A rule book with the text of its files.",
                {"200": _answer("The rule book.", "Rulebook"), **_problems("not-found")},
                parameters=[_in_path("digest", "64 hexadecimal digits")],
            )
        },
        "/v1/deliveries": {
            "get": _operation(
                "listDeliveries",
                "Deliveries, newest first; ?status=dead is the dead letter.",
                {"200": _answer("A page of deliveries.", "DeliveryPage"), **_problems("bad-query")},
                parameters=_paged(DELIVERY_FILTERS),
            )
        },
        "/v1/deliveries/{id}": {
            "get": _operation(
                "getDelivery",
                "A delivery with its body and every attempt.",
                {"200": _answer("The delivery.", "DeliveryWithAttempts"), **_problems("not-found")},
                parameters=[_in_path("id", "the delivery's id")],
            )
        },
        "/v1/deliveries/{id}/replay": {
            "post": _operation(
                "replayDelivery",
                "Send a dead or delivered delivery again, with the same key.",
                {"202": _answer("It is due again.", "Replay"), **_problems("not-found", "state-conflict")},
                parameters=[_in_path("id", "the delivery's id")],
            )
        },
        "/v1/targets": {
            "get": _operation(
                "listTargets",
                "Targets, without their secrets.",
                {"200": _answer("The targets.", "TargetList")},
            )
        },
        "/v1/targets/{name}/enable": {
            "post": _operation(
                "enableTarget",
                "Send to a target again that answered 410, or that is left alone for its failures.",
                {"200": _answer("It is enabled.", "Enabled"), **_problems("not-found")},
                parameters=[_in_path("name", "the target's name")],
            )
        },
        "/health/live": {
            "get": _operation("live", "Whether the process answers.", {"200": _answer("It does.", "Live")})
        },
        "/health/ready": {
            "get": _operation(
                "ready",
                "Whether facts can be taken.",
                {
                    "200": _answer("They can.", "Ready"),
                    "503": _answer("They cannot; checks says why.", "Ready"),
                },
            )
        },
        "/metrics": {
            "get": _operation(
                "metrics",
                "Counters for Prometheus.",
                {"200": {"description": "Text format.", "content": {"text/plain": {"schema": TEXT}}}},
            )
        },
        "/problems/{name}": {
            "get": _operation(
                "problemKind",
                "What a kind of problem means, and what to do about it.",
                {"200": _answer("The kind.", "ProblemKind"), **_problems("not-found")},
                parameters=[_in_path("name", "the last part of a problem's type")],
            )
        },
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Lineside",
            "version": "1",
            "description": (
                "Facts from ERP and MES in; holds, routes and escalations out, each with its reason. "
                "Every GET can be asked as HEAD: the same answer without its body."
            ),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {"schemas": components.schemas()},
    }
