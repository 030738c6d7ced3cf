"""A decision as a signed CloudEvent to one URL (Standard Webhooks 1.0)."""

from __future__ import annotations

from datetime import datetime

from service.delivery.calls import Caller, Request
from service.delivery.replies import Parcel, Reply
from service.delivery.signature import sign
from service.targets import Target, WebhookChannel


async def send_webhook(
    caller: Caller, target: Target, channel: WebhookChannel, parcel: Parcel, now: datetime
) -> Reply:
    """Post *parcel*, signed at *now*, and return what came of it."""
    body = parcel.body.encode()
    headers = {
        **sign(parcel.key, now, body, channel.keys),
        "content-type": "application/cloudevents+json",
    }
    return await caller.call(target, Request("POST", channel.url, headers, body), now)
