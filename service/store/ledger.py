"""The writer's view of the database: what is known already, one batch in, the facts back in order after a restart.

A batch is one transaction: facts, decisions, holds, cases and outbox together, or none of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import msgspec
from sqlalchemy import Connection, Engine, delete, func, insert, select, tuple_, update

from service.clock import moment_of, stamp
from service.store.casework import ASK_FOR, Casework, move_cases, store_casework
from service.store.database import for_writing
from service.tables import INDEXED, PASSED_ON, decisions, deliveries, facts, holds, rulebooks, snapshots

Identity = tuple[str, str]


@dataclass(frozen=True, slots=True)
class StoredFact:
    """A fact as it was stored, and what it was answered: each decision as its JSON text, in firing order."""

    seq: int
    status: str
    body: str
    time_given: bool
    decisions: tuple[str, ...]
    missing: str | None
    warnings: str | None
    findings: str | None


@dataclass(frozen=True, slots=True)
class Tail:
    """One stored fact on its way back into a session, with the decisions (id, JSON text) that were made on it."""

    seq: int
    body: str
    rulebook: str
    decisions: tuple[tuple[str, str], ...]
    received: datetime
    clock_limit: datetime
    """How far the session's clock might go with it: mostly when it was received."""


@dataclass(frozen=True, slots=True)
class HoldChange:
    """A hold that was placed (with its row) or released (with its time)."""

    hold_id: str
    row: Mapping[str, Any] | None
    released_at: str | None = None


@dataclass(slots=True)
class Batch:
    """The rows of one transaction."""

    facts: list[dict[str, Any]] = field(default_factory=list)
    decisions: list[dict[str, Any]] = field(default_factory=list)
    holds: list[HoldChange] = field(default_factory=list)
    deliveries: list[dict[str, Any]] = field(default_factory=list)
    casework: Casework = field(default_factory=Casework)
    warned: list[str] = field(default_factory=list)
    """The code of each warning, to be counted: the texts are with the facts."""


class Ledger:
    """What the one writer of a partition reads and writes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writing = for_writing(engine)

    def last(self) -> tuple[int, int, int]:
        """Return the highest number given to a fact, to a decision and to a delivery; 0 where there is none."""
        with self._engine.connect() as connection:
            return (
                _highest(connection, facts.c.seq),
                _highest(connection, decisions.c.seq),
                _highest(connection, deliveries.c.id),
            )

    def known(self, identities: Sequence[Identity]) -> dict[Identity, StoredFact]:
        """Return those of *identities* that are stored, with what they were answered."""
        found: dict[Identity, StoredFact] = {}
        columns = (
            facts.c.source,
            facts.c.id,
            facts.c.seq,
            facts.c.status,
            facts.c.body,
            facts.c.time_given,
            facts.c.missing,
            facts.c.warnings,
            facts.c.findings,
        )
        with self._engine.connect() as connection:
            for start in range(0, len(identities), ASK_FOR):
                some = list(identities[start : start + ASK_FOR])
                rows = connection.execute(
                    select(*columns).where(tuple_(facts.c.source, facts.c.id).in_(some))
                ).all()
                answers = _decisions_of(connection, [row.seq for row in rows])
                for row in rows:
                    bodies = tuple(body for _, body in answers.get(row.seq, ()))
                    found[row.source, row.id] = StoredFact(
                        row.seq,
                        row.status,
                        row.body,
                        row.time_given,
                        bodies,
                        row.missing,
                        row.warnings,
                        row.findings,
                    )
        return found

    def store(self, batch: Batch, checkpoint: Callable[[str], None]) -> None:
        """Store *batch* in one transaction that is durable when this returns; on an error nothing is stored."""
        with self._writing.begin() as connection:
            connection.execute(insert(facts), batch.facts)
            if batch.decisions:
                connection.execute(insert(decisions), batch.decisions)
            checkpoint("half-written")
            _project(connection, batch.holds)
            store_casework(connection, batch.casework)
            if batch.deliveries:
                connection.execute(insert(deliveries), batch.deliveries)
            checkpoint("before-commit")
        checkpoint("after-commit")

    def tail(self, after: int, chunk: int = 1_000) -> Iterator[Tail]:
        """Yield the facts stored after number *after*, in the order in which the session saw them."""
        last = after
        while True:
            with self._engine.connect() as connection:
                rows = connection.execute(
                    select(
                        facts.c.seq, facts.c.body, facts.c.rulebook, facts.c.received_at, facts.c.clock_limit
                    )
                    .where(facts.c.seq > last)
                    .order_by(facts.c.seq)
                    .limit(chunk)
                ).all()
                made = _decisions_of(connection, [row.seq for row in rows])
            for row in rows:
                yield Tail(
                    row.seq,
                    row.body,
                    row.rulebook,
                    tuple(made.get(row.seq, ())),
                    moment_of(row.received_at),
                    moment_of(row.clock_limit or row.received_at),
                )
            if len(rows) < chunk:
                return
            last = rows[-1].seq

    def snapshots(self) -> Iterator[tuple[int, str, bytes]]:
        """Yield (fact number, rule book digest, session) of each snapshot, newest first."""
        with self._engine.connect() as connection:
            names = connection.execute(
                select(snapshots.c.seq, snapshots.c.rulebook).order_by(
                    snapshots.c.seq.desc(), snapshots.c.made_at.desc()
                )
            ).all()
        for seq, digest in names:
            with self._engine.connect() as connection:
                session = connection.scalar(
                    select(snapshots.c.session).where(snapshots.c.seq == seq, snapshots.c.rulebook == digest)
                )
            if session is not None:
                yield seq, digest, bytes(session)

    def keep_snapshot(self, seq: int, digest: str, session: bytes, now: datetime, kept: int) -> None:
        """Store *session* as it was after fact *seq*, and drop all but the *kept* newest snapshots."""
        same = (snapshots.c.seq == seq) & (snapshots.c.rulebook == digest)
        with self._writing.begin() as connection:
            connection.execute(delete(snapshots).where(same))
            connection.execute(
                insert(snapshots), {"seq": seq, "rulebook": digest, "made_at": stamp(now), "session": session}
            )
            names = connection.execute(
                select(snapshots.c.seq, snapshots.c.rulebook).order_by(
                    snapshots.c.seq.desc(), snapshots.c.made_at.desc()
                )
            ).all()
            for old_seq, old_digest in names[kept:]:
                connection.execute(
                    delete(snapshots).where(snapshots.c.seq == old_seq, snapshots.c.rulebook == old_digest)
                )

    def move_cases(self, places: Mapping[str, tuple[str, int]]) -> None:
        """Let the cases that are not closed stand where *places* say, by id: on which ladder, and how far up."""
        with self._writing.begin() as connection:
            move_cases(connection, places)

    def sources_of(self, digest: str) -> dict[str, str] | None:
        """Return the rule files of the rule book *digest*, if it was ever active here."""
        with self._engine.connect() as connection:
            text = connection.scalar(select(rulebooks.c.sources).where(rulebooks.c.digest == digest))
        return None if text is None else msgspec.json.decode(text, type=dict[str, str])

    def activate(self, digest: str, sources: Mapping[str, str], now: datetime) -> None:
        """Note that the rule book *digest* is active from now on."""
        at = stamp(now)
        with self._writing.begin() as connection:
            done = connection.execute(
                update(rulebooks).where(rulebooks.c.digest == digest).values(last_active_at=at)
            )
            if done.rowcount == 0:
                text = msgspec.json.encode(dict(sources)).decode()
                connection.execute(
                    insert(rulebooks),
                    {"digest": digest, "sources": text, "first_active_at": at, "last_active_at": at},
                )


def indexed(text: str) -> str:
    """Return as much of *text* as is indexed."""
    return text[:INDEXED]


def _highest(connection: Connection, column: Any) -> int:
    return int(connection.scalar(select(func.max(column))) or 0)


def _decisions_of(connection: Connection, seqs: Sequence[int]) -> dict[int, list[tuple[str, str]]]:
    """Return (id, JSON text) of the decisions made on each fact, in firing order; what flows pass on is no rule's."""
    made: dict[int, list[tuple[str, str]]] = {}
    for start in range(0, len(seqs), ASK_FOR):
        some = seqs[start : start + ASK_FOR]
        query = (
            select(decisions.c.fact_seq, decisions.c.id, decisions.c.body)
            .where(decisions.c.fact_seq.in_(some), decisions.c.kind != PASSED_ON)
            .order_by(decisions.c.fact_seq, decisions.c.ordinal)
        )
        for seq, name, body in connection.execute(query):
            made.setdefault(seq, []).append((name, body))
    return made


def _project(connection: Connection, changes: Sequence[HoldChange]) -> None:
    """Bring the table of holds up to date; of several changes to one hold the last counts."""
    placed: dict[str, dict[str, Any]] = {}
    released: dict[str, str] = {}
    status: Literal["standing", "released"]
    for change in changes:
        if change.row is not None:
            placed[change.hold_id] = dict(change.row)
            released.pop(change.hold_id, None)
        elif change.released_at is not None:
            released[change.hold_id] = change.released_at
    names = list(placed)
    for start in range(0, len(names), ASK_FOR):
        connection.execute(delete(holds).where(holds.c.hold_id.in_(names[start : start + ASK_FOR])))
    rows: list[dict[str, Any]] = []
    for name, row in placed.items():
        end = released.pop(name, None)
        status = "standing" if end is None else "released"
        rows.append({**row, "status": status, "released_at": end})
    if rows:
        connection.execute(insert(holds), rows)
    for name, at in released.items():
        connection.execute(
            update(holds).where(holds.c.hold_id == name).values(status="released", released_at=at)
        )
