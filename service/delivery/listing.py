"""Rows of the outbox -> the plain JSON that the API answers and the command line prints."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from service.clock import stamp
from service.store.health import Health
from service.store.reading import StoredRow


def delivery_to_json(row: StoredRow) -> dict[str, Any]:
    """Return a delivery without its body."""
    return {
        "id": row.id,
        "key": row.key,
        "decision": row.decision,
        "target": row.target,
        "first_target": row.first_target,
        "kind": row.kind,
        "subject": row.subject,
        "status": row.status,
        "attempts": row.attempts,
        "created_at": row.created_at,
        "next_at": row.next_at if row.status in ("due", "sending") else None,
        "delivered_at": row.delivered_at,
        "last_status": row.last_status,
        "last_error": row.last_error,
    }


def attempt_to_json(row: StoredRow) -> dict[str, Any]:
    """Return one attempt: when, at which target, what came of it, why, and how long it took."""
    return {
        "number": row.number,
        "at": row.at,
        "target": row.target,
        "outcome": row.outcome,
        "status": row.status,
        "error": row.error,
        "milliseconds": row.milliseconds,
    }


def state_to_json(
    disabled: tuple[str, str, str] | None, health: Health | None, now: datetime
) -> dict[str, Any]:
    """Return what is known of a target *now*: whether it is disabled, and how it fails; null where all is well.

    A pause that is over is none: the target is tried again.
    """
    return {
        "disabled": None if disabled is None else {"at": disabled[1], "reason": disabled[2]},
        "failing": None
        if health is None
        else {
            "failures": health.failures,
            "since": health.since,
            "paused_until": health.paused_until if (health.paused_until or "") > stamp(now) else None,
            "reason": health.reason,
        },
    }
