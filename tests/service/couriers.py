"""Couriers that a test drives by hand, over the outbox of a running service."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any

from service.delivery import Courier
from service.delivery.sending import Sender
from service.metrics import Metrics
from tests.service.harness import Served
from tests.service.receivers import Taken

Answer = Callable[[Taken], tuple[int, dict[str, str], bytes]]


def rounds(served: Served, action: Callable[[Courier], Awaitable[None]], **changes: Any) -> None:
    """Run *action* with a courier of the service's outbox."""
    parts = served.service.parts

    async def run() -> None:
        async with changes.pop("sender", None) or Sender() as sender:
            given = {"targets": parts.targets, "random": Random(1), "sender": sender, **changes}
            courier = Courier(parts.outbox, clock=parts.clock, metrics=Metrics(), **given)
            await action(courier)

    asyncio.run(run())


def send_all(served: Served, **changes: Any) -> None:
    """Send what is due until nothing is."""

    async def until_empty(courier: Courier) -> None:
        while await courier.send_due():
            await courier.finish(5)

    rounds(served, until_empty, **changes)


def deliveries(served: Served, **query: str) -> list[dict[str, Any]]:
    """Return the deliveries, first to last."""
    found: list[dict[str, Any]] = []
    asked = {"limit": "500", **query}
    while True:
        page = served.get("/v1/deliveries", **asked)
        found += page["deliveries"]
        if page["next"] is None:
            return found[::-1]
        asked["cursor"] = page["next"]


def answering(*replies: tuple[int, dict[str, str]]) -> Answer:
    """Return an answer function that gives *replies* in turn, and the last one for ever."""
    left = list(replies)

    def answer(_taken: Taken) -> tuple[int, dict[str, str], bytes]:
        status, headers = left.pop(0) if len(left) > 1 else left[0]
        return status, headers, b"x" * 100

    return answer
