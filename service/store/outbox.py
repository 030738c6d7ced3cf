"""Deliveries that are due, on their way, delivered or dead: claimed with a lease, settled, replayed.

A delivery waits while an earlier one of the same target and subject is neither delivered nor dead, so that a release
never overtakes its hold. What an attempt says of its delivery and of its target is written in one transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, exists, func, insert, select, update

from service.clock import stamp
from service.store import health
from service.store.database import for_writing
from service.store.overdue import Patience, due_since, give_up, moved_to, overdue
from service.tables import attempts, deliveries, disabled_targets

DUE, SENDING, DELIVERED, DEAD = "due", "sending", "delivered", "dead"
STATUSES = (DUE, SENDING, DELIVERED, DEAD)


@dataclass(frozen=True, slots=True)
class Due:
    """One claimed delivery: what to send where, and the lease that says it is ours to send."""

    id: int
    key: str
    target: str
    kind: str
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
    fallback: str | None = None
    """The target that has it from now on, with a schedule of its own."""
    failure: health.Failed | None = None
    """What the attempt says against the target, if it does."""
    is_working: bool = False
    """Whether it shows that the target answers."""
    gone: str | None = None
    """The address of a target that wants no more messages."""


@dataclass(frozen=True, slots=True)
class Queue:
    """What is left for one target: how much waits, since when the oldest does, and how much is dead."""

    waiting: int = 0
    since: str | None = None
    dead: int = 0


class Outbox(health.TargetStates):
    """The table of deliveries, as the ones who send see it, beside the tables about their targets."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._engine = engine
        self._writing = for_writing(engine)

    def claim(
        self,
        now: datetime,
        until: datetime,
        *,
        lease: str,
        limit: int,
        room: Mapping[str, int],
        probes: Collection[str] = (),
    ) -> list[Due]:
        """Return up to *limit* deliveries that may be sent now, ours until *until* under the name *lease*.

        For each target no more than it has *room*, in the order of *room*; of those in *probes*, which have failed too
        often, one each, if nobody else is trying it. Disabled and paused targets wait, and so does a delivery behind an
        earlier one of its subject. A delivery whose sender died is due again when its lease has run out.
        """
        names = [name for name, places in room.items() if places > 0]
        if not names or limit <= 0:
            return []
        with self._engine.connect() as connection:
            # look before locking: an idle poll must not take the write lock
            resting = health.resting(connection, now)
            if not any(_ready(connection, name, now, 1) for name in names if name not in resting):
                return []
        ids: list[int] = []
        with self._writing.begin() as connection:
            resting = health.resting(connection, now)
            for name in names:
                places = min(room[name], 1 if name in probes else limit, limit - len(ids))
                if places <= 0 or name in resting:
                    continue
                ready = _ready(connection, name, now, places, to_take=True)
                if ready and (name not in probes or health.begin_probe(connection, name, now, until)):
                    ids += ready
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
                    deliveries.c.kind,
                    deliveries.c.body,
                    deliveries.c.attempts,
                )
                .where(deliveries.c.id.in_(ids))
                .order_by(deliveries.c.id)
            ).all()
        return [Due(row.id, row.key, row.target, row.kind, row.body, row.attempts, lease) for row in rows]

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
        if settled.fallback is not None:
            values |= moved_to(settled.fallback, now)
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
                    "target": due.target,
                },
            )
            if settled.gone is not None:
                health.disable(connection, due.target, settled.gone, settled.error or settled.outcome, now)
            if settled.is_working:
                health.worked(connection, due.target)
            elif settled.failure is not None:
                health.failed(connection, due.target, settled.failure, now)
        return True

    def divert(self, target: str, fallback: str, reason: str, now: datetime) -> int:
        """Let *fallback* have what waits for *target*, which is disabled, and return how many that are."""
        with self._writing.begin() as connection:
            done = connection.execute(
                update(deliveries)
                .where(
                    deliveries.c.target == target,
                    deliveries.c.status == DUE,
                    deliveries.c.target.in_(select(disabled_targets.c.target)),
                )
                .values(last_error=reason, **moved_to(fallback, now))
            )
        return done.rowcount

    def overdue(self, target: str, patience: Patience) -> list[int]:
        """Return the numbers of what has waited for *target*, which is down, too long."""
        with self._engine.connect() as connection:
            return overdue(connection, target, patience)

    def give_up(self, target: str, patience: Patience, ids: Collection[int], now: datetime) -> int:
        """Let the fallback have, or bury, those of *ids* that are still overdue; return how many that were."""
        with self._writing.begin() as connection:
            return give_up(connection, target, patience, ids, now)

    def replay(self, delivery: int, now: datetime) -> str | None:
        """Make a dead or delivered delivery due again with a fresh schedule, at the target that it was for first.

        Return its status before, or None where there is no such delivery; one that is due or on its way is left
        as it is.
        """
        with self._writing.begin() as connection:
            was = connection.scalar(select(deliveries.c.status).where(deliveries.c.id == delivery))
            if was in (DEAD, DELIVERED):
                connection.execute(
                    update(deliveries)
                    .where(deliveries.c.id == delivery, deliveries.c.status == was)
                    .values(
                        status=DUE,
                        attempts=0,
                        next_at=stamp(now),
                        renewed_at=stamp(now),
                        delivered_at=None,
                        last_error=None,
                        target=func.coalesce(deliveries.c.first_target, deliveries.c.target),
                        first_target=None,
                    )
                )
        return was

    def counts(self) -> dict[str, int]:
        """Return how many deliveries have each status."""
        with self._engine.connect() as connection:
            rows = connection.execute(
                select(deliveries.c.status, func.count()).group_by(deliveries.c.status)
            ).all()
        return {**dict.fromkeys(STATUSES, 0), **{row[0]: row[1] for row in rows}}

    def queues(self) -> dict[str, Queue]:
        """Return what is left for each target for which anything is."""
        target, count = deliveries.c.target, func.count()
        waiting = select(target, count, func.min(due_since)).where(deliveries.c.status.in_((DUE, SENDING)))
        dead = select(target, count).where(deliveries.c.status == DEAD)
        with self._engine.connect() as connection:
            left = {row[0]: Queue(row[1], row[2]) for row in connection.execute(waiting.group_by(target))}
            for row in connection.execute(dead.group_by(target)):
                left[row[0]] = replace(left.get(row[0], Queue()), dead=row[1])
        return left


def _ready(
    connection: Connection, target: str, now: datetime, most: int, *, to_take: bool = False
) -> list[int]:
    """Return the numbers of up to *most* deliveries to *target* that may be sent now; *to_take*: locked for us.

    First those whose sender died, then those that are due, longest first; of a subject none but the first.
    """
    at = stamp(now)
    earlier = deliveries.alias("earlier")
    is_behind = exists(
        select(earlier.c.id).where(
            earlier.c.target == deliveries.c.target,
            earlier.c.subject == deliveries.c.subject,
            earlier.c.id < deliveries.c.id,
            earlier.c.status.in_((DUE, SENDING)),
        )
    )
    lost = (deliveries.c.status == SENDING) & (deliveries.c.lease_until <= at)
    due = (deliveries.c.status == DUE) & (deliveries.c.next_at <= at)
    found: list[int] = []
    # one after the other, each in the order of an index: neither what was delivered nor all that waits is walked
    for which in (lost, due):
        query = select(deliveries.c.id).where(which, deliveries.c.target == target, ~is_behind)
        query = query.order_by(deliveries.c.next_at, deliveries.c.id).limit(most - len(found))
        found += connection.scalars(
            query.with_for_update(of=deliveries, skip_locked=True) if to_take else query
        )
        if len(found) == most:
            break
    return found
