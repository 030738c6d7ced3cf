"""What readers see: decisions with their explanations, holds, facts, rule books, deliveries. Never writes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Engine, Select, Text, and_, cast, func, or_, select, text
from sqlalchemy.dialects.postgresql import JSON

from service.store.ledger import indexed
from service.tables import INDEXED, PASSED_ON, attempts, decisions, deliveries, facts, holds, rulebooks

StoredRow = Any
"""A row with the columns of its table as attributes."""

DECISION_FILTERS = ("kind", "rule", "ruleset", "status", "subject_type", "subject_id", "rulebook")
HOLD_FILTERS = ("status", "subject_type", "subject_id", "inventory_status", "rule")
DELIVERY_FILTERS = ("status", "target", "first_target", "kind", "decision")


class Reading:
    """Queries for the API. A page is newest first and continues before a number, so inserts do not move it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def ping(self) -> None:
        """Do the least that shows the database answers."""
        with self._engine.connect() as connection:
            connection.execute(text("select 1"))

    def decisions(
        self,
        filters: Mapping[str, str],
        since: str | None,
        until: str | None,
        before: int | None,
        limit: int,
    ) -> list[tuple[int, str]]:
        """Return (number, JSON text) of the decisions that fit, newest first; times *since* <= t < *until*."""
        query: Any = select(decisions.c.seq, decisions.c.body).order_by(decisions.c.seq.desc()).limit(limit)
        query = _filtered(query, decisions, filters)
        if since is not None:
            query = query.where(decisions.c.time >= since)
        if until is not None:
            query = query.where(decisions.c.time < until)
        if before is not None:
            query = query.where(decisions.c.seq < before)
        with self._engine.connect() as connection:
            return [(row.seq, row.body) for row in connection.execute(query)]

    def decision(self, name: str) -> tuple[str, str | None, list[StoredRow]] | None:
        """Return a decision's JSON text, its explanation's, and its deliveries."""
        with self._engine.connect() as connection:
            row = connection.execute(
                select(decisions.c.body, decisions.c.explanation).where(decisions.c.id == name)
            ).first()
            if row is None:
                return None
            sent = connection.execute(
                select(deliveries).where(deliveries.c.decision == name).order_by(deliveries.c.id)
            ).all()
        return row.body, row.explanation, list(sent)

    def holds(self, filters: Mapping[str, str], after: str | None, limit: int) -> list[StoredRow]:
        """Return the holds that fit, by hold_id."""
        query = _filtered(select(holds).order_by(holds.c.hold_id).limit(limit), holds, filters)
        if after is not None:
            query = query.where(holds.c.hold_id > after)
        with self._engine.connect() as connection:
            return list(connection.execute(query).all())

    def in_the_way(
        self, subjects: Mapping[str, str], most: int
    ) -> tuple[list[StoredRow], dict[int, list[StoredRow]]]:
        """Return the holds that stand on any of *subjects* (type -> id), in the order they were placed.

        With them comes what was decided on the facts on which the *most* first of them were placed, by the fact's number.
        """
        with self._engine.connect() as connection:
            rows = connection.execute(standing_on(subjects)).all()
            named = [row for row in rows if _is_on(row, subjects[row.subject_type])]
            named.sort(key=lambda row: (row.placed_at, row.hold_id))
            told: dict[int, list[StoredRow]] = {}
            if named:
                for row in connection.execute(_decided_on({row.fact_seq for row in named[:most]})):
                    told.setdefault(row.fact_seq, []).append(row)
        return named, told

    def fact(self, source: str, name: str) -> tuple[StoredRow, list[str]] | None:
        """Return a fact's row, and the JSON texts of the decisions made on it in firing order."""
        with self._engine.connect() as connection:
            row = connection.execute(
                select(facts).where(facts.c.source == source, facts.c.id == name)
            ).first()
            if row is None:
                return None
            made = connection.scalars(
                select(decisions.c.body)
                .where(decisions.c.fact_seq == row.seq, decisions.c.kind != PASSED_ON)
                .order_by(decisions.c.ordinal)
            ).all()
        return row, list(made)

    def accepted(self, types: Collection[str], about: str, since: str = "") -> Iterator[tuple[str, str]]:
        """Yield (what it is about, JSON text) of every fact of *types* that was taken and not stale.

        They come by the text in their data called *about*, from *since* on, and then in the order they were decided on. The
        database sorts, on its disk where it must, so that no more than a thousand of them are here at once.
        """
        subject = self._text_in(facts.c.body, "data", about)
        query = (
            select(subject, facts.c.body)
            .where(facts.c.type.in_(types), facts.c.status == "accepted", subject >= since)
            .order_by(subject, facts.c.seq)
        )
        with self._engine.connect() as connection:
            for row in connection.execution_options(yield_per=1_000).execute(query):
                yield str(row[0]), row[1]

    def placed(self, subject_type: str, since: str = "") -> Iterator[tuple[str, StoredRow]]:
        """Yield (subject, row) of every hold on a *subject_type*, standing or released.

        They come by their subject, from *since* on, and then in the order in which they were placed.
        """
        # the column has the beginning of a long name only
        subject = self._text_in(holds.c.body, "subject_id")
        query = (
            select(
                subject,
                holds.c.hold_id,
                holds.c.inventory_status,
                holds.c.placed_at,
                holds.c.released_at,
            )
            .where(holds.c.subject_type == subject_type, subject >= since)
            .order_by(subject, holds.c.placed_at, holds.c.hold_id)
        )
        with self._engine.connect() as connection:
            for row in connection.execution_options(yield_per=1_000).execute(query):
                yield str(row[0]), row

    def standing_elsewhere(self, subject_type: str) -> int:
        """Return how many holds stand on something else than a *subject_type*."""
        query = select(func.count()).where(holds.c.subject_type != subject_type, holds.c.status == "standing")
        with self._engine.connect() as connection:
            return int(connection.scalar(query) or 0)

    def _text_in(self, column: ColumnElement[str], *steps: str) -> ColumnElement[str]:
        """Return what stands at *steps* in the JSON of *column*, compared letter by letter as Python does."""
        if self._engine.dialect.name == "postgresql":
            found: ColumnElement[str] = cast(column, JSON)[steps].astext.collate("C")
            return found
        return cast(func.json_extract(column, f"$.{'.'.join(steps)}"), Text)

    def rulebooks(self) -> list[StoredRow]:
        """Return the rule books that were ever active, the latest first; without their sources."""
        query = select(rulebooks.c.digest, rulebooks.c.first_active_at, rulebooks.c.last_active_at).order_by(
            rulebooks.c.last_active_at.desc(), rulebooks.c.digest
        )
        with self._engine.connect() as connection:
            return list(connection.execute(query).all())

    def rulebook(self, digest: str) -> StoredRow | None:
        """Return one rule book's row with its sources."""
        with self._engine.connect() as connection:
            return connection.execute(select(rulebooks).where(rulebooks.c.digest == digest)).first()

    def deliveries(self, filters: Mapping[str, str], before: int | None, limit: int) -> list[StoredRow]:
        """Return the deliveries that fit, newest first."""
        query: Any = select(deliveries).order_by(deliveries.c.id.desc()).limit(limit)
        query = _filtered(query, deliveries, filters)
        if before is not None:
            query = query.where(deliveries.c.id < before)
        with self._engine.connect() as connection:
            return list(connection.execute(query).all())

    def delivery(self, number: int) -> tuple[StoredRow, list[StoredRow]] | None:
        """Return one delivery and its attempts, first to last."""
        with self._engine.connect() as connection:
            row = connection.execute(select(deliveries).where(deliveries.c.id == number)).first()
            if row is None:
                return None
            tried = connection.execute(
                select(attempts).where(attempts.c.delivery == number).order_by(attempts.c.id)
            ).all()
        return row, list(tried)


def standing_on(subjects: Mapping[str, str]) -> Select[Any]:
    """Return the query for the holds that stand on any of *subjects* (type -> id): one step into an index for each."""
    return select(
        holds.c.hold_id,
        holds.c.subject_type,
        holds.c.subject_id,
        holds.c.inventory_status,
        holds.c.reason,
        holds.c.rule,
        holds.c.placed_at,
        holds.c.fact_seq,
        holds.c.body,
    ).where(
        or_(
            *(
                and_(
                    holds.c.subject_type == subject_type,
                    holds.c.subject_id == indexed(subject_id),
                    holds.c.status == "standing",
                )
                for subject_type, subject_id in subjects.items()
            )
        )
    )


def _decided_on(seqs: Collection[int]) -> Select[Any]:
    """Return the query for what was decided on the facts numbered *seqs*, in firing order."""
    return (
        select(
            decisions.c.fact_seq,
            decisions.c.kind,
            decisions.c.status,
            decisions.c.subject_type,
            decisions.c.subject_id,
            decisions.c.body,
        )
        .where(decisions.c.fact_seq.in_(sorted(seqs)))
        .order_by(decisions.c.fact_seq, decisions.c.ordinal)
    )


def _is_on(row: StoredRow, subject_id: str) -> bool:
    """Return whether the hold *row* is on *subject_id*, of which a long one is indexed by its beginning only."""
    if len(subject_id) < INDEXED:
        return True
    return bool(msgspec.json.decode(row.body).get("subject_id") == subject_id)


def _filtered(query: Any, table: Any, filters: Mapping[str, str]) -> Any:
    for name, value in filters.items():
        query = query.where(table.c[name] == (indexed(value) if name == "subject_id" else value))
    return query
