"""Whether the service lives, whether it can take facts, and what it counted."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get
from sqlalchemy.exc import SQLAlchemyError

from service.api.parts import parts_of
from service.api.problems import json_response


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
    for status, count in parts.outbox.counts().items():
        parts.metrics.waiting.labels(status).set(count)
    return Response(parts.metrics.exposition(), media_type="text/plain; version=0.0.4")
