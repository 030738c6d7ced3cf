"""What has waited for a target that is down for longer than the target's whole schedule -> its fallback, or the dead letters.

Without this, deliveries that only one probe a minute could try would begin their own schedule long after they were due.
Nothing is given up on that the target was not asked about: it must have failed once more after the time was over.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, bindparam, exists, func, insert, or_, select, update

from service.clock import moment_of, stamp
from service.tables import attempts, deliveries, target_health

GIVEN_UP = "given-up"
"""The outcome that is written down with what was tried, though nothing was sent."""


@dataclass(frozen=True, slots=True)
class Patience:
    """A target is down from *failures* in a row on; then nothing waits *longest* for it: *fallback* has it, if there is one."""

    failures: int
    longest: timedelta
    fallback: str | None


def overdue(connection: Connection, target: str, patience: Patience) -> list[int]:
    """Return the numbers of what has waited for *target* too long, first to last: none while it is not down.

    A wait is counted from when the delivery was due, at the earliest from the target's first failure in the row, and up to
    its last. Of one subject the first go first: what is behind one that may still be sent waits with it.
    """
    limit = _limit(_health(connection, target), patience)
    if limit is None:
        return []
    waiting = (deliveries.c.target == target, deliveries.c.status == "due", due_since <= limit)
    found = select(deliveries.c.id).where(*waiting, ~_is_behind(target, limit))
    return list(connection.scalars(found.order_by(deliveries.c.id)))


def give_up(
    connection: Connection, target: str, patience: Patience, ids: Collection[int], now: datetime
) -> int:
    """Let the fallback have, or bury, those of *ids* that are still overdue; return how many that were.

    *ids* come in the order in which overdue() names them.
    """
    health = _health(connection, target)
    limit = _limit(health, patience)
    if health is None or limit is None:
        return 0
    found = connection.execute(
        select(deliveries.c.id, deliveries.c.attempts, due_since.label("since"))
        .where(
            deliveries.c.id.in_(ids),
            deliveries.c.target == target,
            deliveries.c.status == "due",
            due_since <= limit,
        )
        .order_by(deliveries.c.id)
        .with_for_update(of=deliveries)
    ).all()
    # what another has claimed meanwhile is on its way, and what is behind it must not overtake it: asked once the rows are ours
    behind = _still_behind(connection, target, limit, [row.id for row in found])
    rows = [row for row in found if row.id not in behind]
    if not rows:
        return 0
    told = "" if patience.fallback is None else f"; {patience.fallback} is told in its place"
    reasons = {
        row.id: f"{target} has been down since {health.failing_since}, and this has waited "
        f"{_in_words(now - moment_of(row.since))} for it, longer than its whole schedule: {health.reason}{told}"
        for row in rows
    }
    values: dict[str, Any] = {"status": "dead"}
    if patience.fallback is not None:
        values = moved_to(patience.fallback, now)
    connection.execute(
        update(deliveries)
        .where(deliveries.c.id == bindparam("which"))
        .values(last_error=bindparam("why"), **values),
        [{"which": row.id, "why": reasons[row.id]} for row in rows],
    )
    connection.execute(
        insert(attempts),
        [
            {
                "delivery": row.id,
                "number": row.attempts + 1,
                "at": stamp(now),
                "outcome": GIVEN_UP,
                "error": reasons[row.id],
                "milliseconds": 0,
                "target": target,
            }
            for row in rows
        ],
    )
    return len(rows)


def _health(connection: Connection, target: str) -> Any:
    return connection.execute(select(target_health).where(target_health.c.target == target)).first()


def _limit(health: Any, patience: Patience) -> str | None:
    """Return since when at least a delivery must have been due to be overdue; None while its target is not down that long."""
    if health is None or health.failures < patience.failures:
        return None
    limit = stamp(moment_of(health.changed_at) - patience.longest)
    return limit if health.failing_since <= limit else None


def moved_to(fallback: str, now: datetime) -> dict[str, Any]:
    """Return the columns of a delivery that *fallback* has from *now* on, with a schedule that begins anew."""
    return {
        "target": fallback,
        "first_target": func.coalesce(deliveries.c.first_target, deliveries.c.target),
        "attempts": 0,
        "next_at": stamp(now),
        "renewed_at": stamp(now),
    }


due_since = func.coalesce(deliveries.c.renewed_at, deliveries.c.created_at)
"""When a delivery was due for the target that has it: when it was decided, sent again by a person, or left to a fallback."""

_earlier = deliveries.alias("earlier")


def _is_behind(target: str, limit: str) -> Any:
    """Return the condition of a delivery behind one of its subject that is on its way, or has not waited that long."""
    since = func.coalesce(_earlier.c.renewed_at, _earlier.c.created_at)
    return exists(
        select(_earlier.c.id).where(
            _earlier.c.target == target,
            _earlier.c.subject == deliveries.c.subject,
            _earlier.c.id < deliveries.c.id,
            or_(_earlier.c.status == "sending", and_(_earlier.c.status == "due", since > limit)),
        )
    )


def _still_behind(connection: Connection, target: str, limit: str, ids: Collection[int]) -> set[int]:
    query = select(deliveries.c.id).where(deliveries.c.id.in_(ids), _is_behind(target, limit))
    return set(connection.scalars(query))


def _in_words(wait: timedelta) -> str:
    """Return *wait* in days, hours and minutes."""
    minutes = int(wait.total_seconds()) // 60
    parts = ((minutes // 1_440, "d"), (minutes // 60 % 24, "h"), (minutes % 60, "min"))
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or f"{wait.total_seconds():.0f} s"
