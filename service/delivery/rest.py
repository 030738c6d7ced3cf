"""A decision as a call of somebody's own API: method, URL, headers and body as templates over the decision.

A template that cannot be filled ends the delivery at once, since no later attempt can fill it: the dead letter says
what was missing, and the replay of a dead letter takes the templates as they are then.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import httpx
import msgspec

from service.delivery.calls import Caller, Request
from service.delivery.replies import Parcel, Reply
from service.targets import RestChannel, RestRequest, Target, Unfilled
from service.targets.templates import filled

_JSON = msgspec.json.Encoder(decimal_format="number")
IDEMPOTENCY_KEY = "idempotency-key"


async def call_api(
    caller: Caller, target: Target, channel: RestChannel, parcel: Parcel, now: datetime
) -> Reply:
    """Make the call that *channel* has for the kind of *parcel*, and return what came of it."""
    request = channel.requests.get(parcel.kind)
    if request is None:
        return Reply(None, f"the target has no request for {parcel.kind}", is_final=True)
    scope = parcel.scope()
    try:
        url = request.url.url(scope)
        headers = headers_of(request, scope, parcel.key)
        body = None
        if request.body is not None:
            body = _JSON.encode(filled(request.body, scope))
            headers.setdefault("content-type", "application/json")
        made = Request(request.method, url, headers, body, request.also_taken)
        return await caller.call(target, made, now)
    except (Unfilled, httpx.InvalidURL) as fault:
        return Reply(None, str(fault)[:300], is_final=True)


def headers_of(request: RestRequest, scope: Mapping[str, Any], key: str) -> dict[str, str]:
    """Return the headers of *request*, in small letters, with the idempotency key among them.

    Raises Unfilled for a value that no header may have: one with control characters, or beyond ASCII.
    """
    made = {IDEMPOTENCY_KEY: key}
    for name, template in request.headers.items():
        value = template.text(scope).strip()
        if not (value.isascii() and value.isprintable()):
            raise Unfilled(f"the header {name} would hold characters that headers may not have")
        made[name.lower()] = value
    made.update((name.lower(), value) for name, value in request.secret_headers.items())
    return made
