"""What is to be sent, was sent, or is dead; the replay of a dead letter; targets that were disabled."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, post

from service import schemas
from service.api.methods import get
from service.api.parts import parts_of
from service.api.problems import Answered, json_response
from service.api.query import cursor_of, read_query
from service.api.records import raw
from service.delivery.listing import attempt_to_json, delivery_to_json, state_to_json
from service.store.outbox import STATUSES
from service.store.reading import DELIVERY_FILTERS


@get("/v1/deliveries", sync_to_thread=True)
def list_deliveries(request: Request[Any, Any, Any]) -> Response[Any]:
    """Return a page of deliveries, newest first; ?status=dead is the dead letter."""
    query = read_query(request, (*DELIVERY_FILTERS, "limit", "cursor"))
    filters, limit = query.texts(DELIVERY_FILTERS), query.limit()
    before = query.number_cursor("deliveries")
    query.one_of("status", STATUSES)
    query.settle()
    rows = parts_of(request).reading.deliveries(filters, before, limit + 1)
    page = rows[:limit]
    return json_response(
        {
            "deliveries": [delivery_to_json(row) for row in page],
            "next": cursor_of("deliveries", page[-1].id) if len(rows) > limit else None,
        }
    )


@get("/v1/deliveries/{number:str}", sync_to_thread=True)
def get_delivery(request: Request[Any, Any, Any]) -> Response[Any]:
    """Return one delivery with its body and every attempt."""
    number: str = request.path_params["number"]
    read_query(request, ()).settle()
    found = parts_of(request).reading.delivery(_number(number))
    if found is None:
        raise Answered(schemas.NOT_FOUND.problem("no delivery has this id"))
    row, tried = found
    attempts = [attempt_to_json(one) for one in tried]
    return json_response({**delivery_to_json(row), "body": raw(row.body), "tried": attempts})


@post("/v1/deliveries/{number:str}/replay", status_code=202, sync_to_thread=True)
def replay_delivery(request: Request[Any, Any, Any]) -> Response[Any]:
    """Make a dead or delivered delivery due again, with the same key and a fresh schedule, at its first target."""
    number: str = request.path_params["number"]
    parts = parts_of(request)
    was = parts.outbox.replay(_number(number), parts.clock.now())
    if was is None:
        raise Answered(schemas.NOT_FOUND.problem("no delivery has this id"))
    if was in ("due", "sending"):
        raise Answered(schemas.STATE_CONFLICT.problem(f"the delivery is {was}: it is being sent anyway"))
    parts.wake_courier()
    return json_response({"id": int(number), "status": "due", "was": was}, 202)


@get("/v1/targets", sync_to_thread=True)
def list_targets(request: Request[Any, Any, Any]) -> Response[Any]:
    """Return the targets that decisions are delivered to, without their secrets."""
    read_query(request, ()).settle()
    parts = parts_of(request)
    disabled, health, now = parts.outbox.disabled(), parts.outbox.health(), parts.clock.now()
    listed = [
        {
            "target": target.name,
            "kind": target.kind,
            "url": target.address,
            "decisions": sorted(target.decisions),
            "fallback": target.fallback,
            **state_to_json(disabled.get(target.name), health.get(target.name), now),
        }
        for target in parts.targets.values()
    ]
    return json_response({"targets": listed})


@post("/v1/targets/{name:str}/enable", status_code=200, sync_to_thread=True)
def enable_target(request: Request[Any, Any, Any]) -> Response[Any]:
    """Send to a disabled target again; what waited for it goes out."""
    name: str = request.path_params["name"]
    parts = parts_of(request)
    if name not in parts.targets:
        raise Answered(schemas.NOT_FOUND.problem("no target has this name"))
    was_disabled = parts.outbox.enable(name)
    parts.wake_courier()
    return json_response({"target": name, "was_disabled": was_disabled})


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Answered(schemas.NOT_FOUND.problem("no delivery has this id"))
    return int(text)
