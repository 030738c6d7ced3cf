"""Whether the service lives, whether it can take facts, and what it counted."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response
from sqlalchemy.exc import SQLAlchemyError

from service.api.methods import get
from service.api.parts import Parts, parts_of
from service.api.problems import json_response
from service.clock import moment_of, stamp
from service.metrics import OutboxState, TargetState
from service.store.outbox import Queue


@get("/health/live")
async def live() -> Response[Any]:
    """Return that the process answers."""
    return json_response({"status": "live"})


@get("/health/ready", sync_to_thread=True)
def ready(request: Request[Any, Any, Any]) -> Response[Any]:
    """Return whether facts can be taken: the database answers, the writer lives, rules are active. Otherwise 503."""
    parts = parts_of(request)
    checks = {"database": "ok", "writer": "ok" if parts.writer.is_alive else "stopped"}
    try:
        parts.reading.ping()
    except SQLAlchemyError:
        checks["database"] = "does not answer"
    is_ready = all(value == "ok" for value in checks.values())
    body = {
        "status": "ready" if is_ready else "not ready",
        "checks": {
            **checks,
            "rulebook": parts.book.digest,
            "rules": len(parts.book.rules),
            "left_behind": sum(loss.count for loss in parts.writer.recovery.losses),
        },
    }
    return json_response(body, 200 if is_ready else 503)


@get("/metrics", sync_to_thread=True)
def metrics(request: Request[Any, Any, Any]) -> Response[Any]:
    """Return the counters in the Prometheus text format."""
    parts = parts_of(request)
    try:
        outbox = OutboxState(parts.outbox.counts(), _targets(parts))
    except SQLAlchemyError:
        outbox = None  # what this process counted is asked for then more than ever
    return Response(parts.metrics.exposition(outbox), media_type="text/plain; version=0.0.4")


def _targets(parts: Parts) -> list[TargetState]:
    """Return how each target does: those of the file, and those that are in it no longer and have something left."""
    queues, disabled, health = parts.outbox.queues(), parts.outbox.disabled(), parts.outbox.health()
    now = stamp(parts.clock.now())
    states = []
    for name in sorted({*parts.targets, *queues}):
        target, failing, queue = parts.targets.get(name), health.get(name), queues.get(name, Queue())
        failures = 0 if failing is None else failing.failures
        states.append(
            TargetState(
                name,
                is_disabled=name in disabled,
                is_down=target is not None and failures >= target.breaker.failures,
                is_paused=failing is not None and (failing.paused_until or "") > now,
                failures=failures,
                waiting=queue.waiting,
                waiting_since=None if queue.since is None else moment_of(queue.since),
                dead=queue.dead,
            )
        )
    return states
