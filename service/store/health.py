"""How targets have been doing: failures in a row, pauses, and who wants no more messages. Kept so that all who send share it.

The functions that take a connection write in its transaction, together with the attempt that taught it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Table, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from service.clock import stamp
from service.store.database import for_writing
from service.tables import disabled_targets, target_health


@dataclass(frozen=True, slots=True)
class Health:
    """A target that has failed since it last worked. While *paused_until* lies ahead, nothing is sent to it."""

    failures: int
    since: str
    """When the first of these failures was."""
    paused_until: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Failed:
    """One failure of a target. From *most* failures in a row on it is left alone for *pause*, or as long as it asked."""

    reason: str
    most: int
    pause: timedelta
    asked_until: datetime | None = None


class TargetStates:
    """The two tables about targets, as the ones who send and the ones who look see them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writing = for_writing(engine)

    def health(self) -> dict[str, Health]:
        """Return how the targets do that have failed since they last worked."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(target_health)).all()
        return {
            row.target: Health(row.failures, row.failing_since, row.paused_until, row.reason) for row in rows
        }

    def disable(self, target: str, url: str, reason: str, now: datetime) -> None:
        """Send nothing more to *target*; its deliveries wait."""
        with self._writing.begin() as connection:
            disable(connection, target, url, reason, now)

    def enable(self, target: str) -> bool:
        """Send to *target* again, whatever it did before; return whether it was disabled."""
        with self._writing.begin() as connection:
            done = connection.execute(delete(disabled_targets).where(disabled_targets.c.target == target))
            connection.execute(delete(target_health).where(target_health.c.target == target))
        return done.rowcount > 0

    def disabled(self) -> dict[str, tuple[str, str, str]]:
        """Return target -> (its URL then, when, why) of the disabled ones."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(disabled_targets)).all()
        return {row.target: (row.url, row.disabled_at, row.reason) for row in rows}


def resting(connection: Connection, now: datetime) -> frozenset[str]:
    """Return the targets that nothing is sent to now: disabled, or paused."""
    disabled = connection.scalars(select(disabled_targets.c.target))
    paused = select(target_health.c.target).where(target_health.c.paused_until > stamp(now))
    return frozenset(disabled) | frozenset(connection.scalars(paused))


def disable(connection: Connection, target: str, url: str, reason: str, now: datetime) -> None:
    """Note that *target* wants no more messages."""
    row = {"url": url, "disabled_at": stamp(now), "reason": reason}
    if not _insert(connection, disabled_targets, {"target": target, **row}):
        connection.execute(update(disabled_targets).where(disabled_targets.c.target == target).values(**row))


def worked(connection: Connection, target: str) -> None:
    """Note that *target* answers: whatever it failed before is forgotten."""
    connection.execute(delete(target_health).where(target_health.c.target == target))


def failed(connection: Connection, target: str, what: Failed, now: datetime) -> None:
    """Note one failure of *target*, and pause it where it has failed too often or has asked for it."""
    at = stamp(now)
    row = {"target": target, "failures": 0, "failing_since": at, "reason": what.reason, "changed_at": at}
    _insert(connection, target_health, row)
    same = target_health.c.target == target
    was = connection.execute(select(target_health).where(same).with_for_update()).one()
    failures = was.failures + 1
    until = [] if what.asked_until is None else [stamp(what.asked_until)]
    if failures >= what.most:
        until.append(stamp(now + what.pause))
    elif was.paused_until is not None:
        until.append(was.paused_until)
    connection.execute(
        update(target_health)
        .where(same)
        .values(
            failures=failures,
            paused_until=max(until, default=None),
            reason=what.reason,
            changed_at=at,
        )
    )


def begin_probe(connection: Connection, target: str, now: datetime, until: datetime) -> bool:
    """Take the one probe of a target whose pause is over, ours until *until*; return whether it was to be had."""
    done = connection.execute(
        update(target_health)
        .where(
            target_health.c.target == target,
            or_(target_health.c.paused_until.is_(None), target_health.c.paused_until <= stamp(now)),
        )
        .values(paused_until=stamp(until))
    )
    return done.rowcount == 1


def _insert(connection: Connection, table: Table, row: dict[str, Any]) -> bool:
    """Insert *row* unless its target has one already; return whether it was inserted."""
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    return connection.execute(make(table).values(**row).on_conflict_do_nothing()).rowcount == 1
