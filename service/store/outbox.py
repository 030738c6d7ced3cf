"""Deliveries that are due, on their way, delivered or dead: claimed with a lease, settled, replayed.

A delivery waits while an earlier one of the same target and subject is neither delivered nor dead, so that a release
never overtakes its hold.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, delete, exists, func, insert, select, update

from service.clock import stamp
from service.store.database import for_writing
from service.tables import attempts, deliveries, disabled_targets

DUE, SENDING, DELIVERED, DEAD = "due", "sending", "delivered", "dead"
STATUSES = (DUE, SENDING, DELIVERED, DEAD)


@dataclass(frozen=True, slots=True)
class Due:
    """One claimed delivery: what to send where, and the lease that says it is ours to send."""

    id: int
    key: str
    target: str
    body: str
    attempts: int
    lease: str


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of one attempt: the delivery's next status, and what to write down."""

    status: str
    next_at: datetime
    outcome: str
    http_status: int | None
    error: str | None
    milliseconds: int


class Outbox:
    """The table of deliveries, as the ones who send see it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writing = for_writing(engine)

    def claim(
        self,
        now: datetime,
        until: datetime,
        *,
        lease: str,
        limit: int,
        known: Collection[str],
        busy: Collection[str],
    ) -> list[Due]:
        """Return up to *limit* deliveries that may be sent now, ours until *until* under the name *lease*.

        Only to targets in *known* that are not *busy*; disabled ones wait. A delivery whose sender died is due
        again when its lease has run out.
        """
        at = stamp(now)
        earlier = deliveries.alias("earlier")
        blocked = exists(
            select(earlier.c.id).where(
                earlier.c.target == deliveries.c.target,
                earlier.c.subject == deliveries.c.subject,
                earlier.c.id < deliveries.c.id,
                earlier.c.status.in_((DUE, SENDING)),
            )
        )
        is_due = (deliveries.c.status == DUE) & (deliveries.c.next_at <= at)
        is_orphan = (deliveries.c.status == SENDING) & (deliveries.c.lease_until <= at)
        names = sorted(set(known) - set(busy))
        if not names or limit <= 0:
            return []
        query = (
            select(deliveries.c.id)
            .where(
                is_due | is_orphan,
                deliveries.c.target.in_(names),
                deliveries.c.target.not_in(select(disabled_targets.c.target)),
                ~blocked,
            )
            .order_by(deliveries.c.next_at, deliveries.c.id)
            .limit(limit)
        )
        with self._engine.connect() as connection:
            # look before locking: an idle poll must not take the write lock
            if connection.execute(query.limit(1)).first() is None:
                return []
        with self._writing.begin() as connection:
            ids = list(connection.scalars(query.with_for_update(skip_locked=True)))
            if not ids:
                return []
            connection.execute(
                update(deliveries)
                .where(deliveries.c.id.in_(ids))
                .values(status=SENDING, lease=lease, lease_until=stamp(until))
            )
            rows = connection.execute(
                select(
                    deliveries.c.id,
                    deliveries.c.key,
                    deliveries.c.target,
                    deliveries.c.body,
                    deliveries.c.attempts,
                )
                .where(deliveries.c.id.in_(ids))
                .order_by(deliveries.c.id)
            ).all()
        return [Due(row.id, row.key, row.target, row.body, row.attempts, lease) for row in rows]

    def give_back(self, due: Due) -> None:
        """Make a claimed delivery due again, unsent."""
        mine = (deliveries.c.id == due.id) & (deliveries.c.lease == due.lease)
        with self._writing.begin() as connection:
            connection.execute(
                update(deliveries)
                .where(mine, deliveries.c.status == SENDING)
                .values(status=DUE, lease=None, lease_until=None)
            )

    def settle(self, due: Due, settled: Settled, now: datetime) -> bool:
        """Write down one attempt; return False where the lease was lost, and the outcome is another's to say."""
        at = stamp(now)
        values: dict[str, Any] = {
            "status": settled.status,
            "attempts": due.attempts + 1,
            "next_at": stamp(settled.next_at),
            "lease": None,
            "lease_until": None,
            "last_status": settled.http_status,
            "last_error": settled.error,
        }
        if settled.status == DELIVERED:
            values["delivered_at"] = at
        with self._writing.begin() as connection:
            done = connection.execute(
                update(deliveries)
                .where(
                    deliveries.c.id == due.id, deliveries.c.status == SENDING, deliveries.c.lease == due.lease
                )
                .values(**values)
            )
            if done.rowcount != 1:
                return False
            connection.execute(
                insert(attempts),
                {
                    "delivery": due.id,
                    "number": due.attempts + 1,
                    "at": at,
                    "outcome": settled.outcome,
                    "status": settled.http_status,
                    "error": settled.error,
                    "milliseconds": settled.milliseconds,
                },
            )
        return True

    def replay(self, delivery: int, now: datetime) -> str | None:
        """Make a dead or delivered delivery due again with a fresh schedule.

        Return its status before, or None where there is no such delivery; one that is due or on its way is left
        as it is.
        """
        with self._writing.begin() as connection:
            was = connection.scalar(select(deliveries.c.status).where(deliveries.c.id == delivery))
            if was in (DEAD, DELIVERED):
                connection.execute(
                    update(deliveries)
                    .where(deliveries.c.id == delivery, deliveries.c.status == was)
                    .values(status=DUE, attempts=0, next_at=stamp(now), delivered_at=None, last_error=None)
                )
        return was

    def disable(self, target: str, url: str, reason: str, now: datetime) -> None:
        """Send nothing more to *target*; its deliveries wait."""
        with self._writing.begin() as connection:
            connection.execute(delete(disabled_targets).where(disabled_targets.c.target == target))
            connection.execute(
                insert(disabled_targets),
                {"target": target, "url": url, "disabled_at": stamp(now), "reason": reason},
            )

    def enable(self, target: str) -> bool:
        """Send to *target* again; return whether it was disabled."""
        with self._writing.begin() as connection:
            done = connection.execute(delete(disabled_targets).where(disabled_targets.c.target == target))
        return done.rowcount > 0

    def disabled(self) -> dict[str, tuple[str, str, str]]:
        """Return target -> (its URL then, when, why) of the disabled ones."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(disabled_targets)).all()
        return {row.target: (row.url, row.disabled_at, row.reason) for row in rows}

    def counts(self) -> dict[str, int]:
        """Return how many deliveries have each status."""
        with self._engine.connect() as connection:
            rows = connection.execute(
                select(deliveries.c.status, func.count()).group_by(deliveries.c.status)
            ).all()
        return {**dict.fromkeys(STATUSES, 0), **{row[0]: row[1] for row in rows}}
