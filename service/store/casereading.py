"""What readers see of cases: lists of them, one with its tasks, answers and messages, and what is shelved. Never writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, exists, select

from service.store.ledger import indexed
from service.tables import case_answers, case_messages, cases, decisions, deliveries, facts, shelved, tasks

StoredRow = Any
"""A row with the columns of its table as attributes."""

CASE_FILTERS = ("status", "kind", "subject_type", "subject_id", "rule", "function")
SHELVED_FILTERS = ("status", "how", "what", "subject_type", "subject_id")

MOST_SHOWN = 500
"""So many answers and messages of one case are shown, the last ones."""


@dataclass(frozen=True, slots=True)
class WholeCase:
    """A case's row with those of its tasks, the last answers to it and the last messages about it, each in order."""

    row: StoredRow
    tasks: list[StoredRow]
    answers: list[StoredRow]
    messages: list[StoredRow]
    deliveries: Mapping[str, list[StoredRow]]
    """By the id of the decision that is delivered."""


class CaseReading:
    """Queries for the API. A page of cases is newest first and continues before a number."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def cases(
        self, filters: Mapping[str, str], before: int | None, limit: int
    ) -> list[tuple[StoredRow, list[StoredRow]]]:
        """Return the cases that fit, newest first, each with its tasks."""
        query: Any = select(cases).order_by(cases.c.number.desc()).limit(limit)
        for name, value in filters.items():
            if name == "function":
                query = query.where(exists().where(tasks.c.case_id == cases.c.case_id, tasks.c.role == value))
            else:
                query = query.where(cases.c[name] == (indexed(value) if name == "subject_id" else value))
        if before is not None:
            query = query.where(cases.c.number < before)
        with self._engine.connect() as connection:
            rows = list(connection.execute(query).all())
            asked: dict[str, list[StoredRow]] = {}
            of_these = select(tasks).where(tasks.c.case_id.in_([row.case_id for row in rows]))
            for task in connection.execute(of_these.order_by(tasks.c.case_id, tasks.c.ordinal)):
                asked.setdefault(task.case_id, []).append(task)
        return [(row, asked.get(row.case_id, [])) for row in rows]

    def case(self, name: str) -> WholeCase | None:
        """Return one case with all that belongs to it."""
        with self._engine.connect() as connection:
            row = connection.execute(select(cases).where(cases.c.case_id == name)).first()
            if row is None:
                return None
            asked = connection.execute(
                select(tasks).where(tasks.c.case_id == name).order_by(tasks.c.ordinal)
            ).all()
            answered = connection.execute(
                select(case_answers, facts.c.source, facts.c.id)
                .join(facts, facts.c.seq == case_answers.c.seq)
                .where(case_answers.c.case_id == name)
                .order_by(case_answers.c.seq.desc())
                .limit(MOST_SHOWN)
            ).all()
            told = connection.execute(
                select(decisions.c.id, decisions.c.body)
                .join(case_messages, decisions.c.seq == case_messages.c.seq)
                .where(case_messages.c.case_id == name)
                .order_by(case_messages.c.seq.desc())
                .limit(MOST_SHOWN)
            ).all()
            sent: dict[str, list[StoredRow]] = {}
            for start in range(0, len(told), 400):
                names = [message.id for message in told[start : start + 400]]
                query = select(deliveries).where(deliveries.c.decision.in_(names)).order_by(deliveries.c.id)
                for delivery in connection.execute(query):
                    sent.setdefault(delivery.decision, []).append(delivery)
        return WholeCase(row, list(asked), list(answered)[::-1], list(told)[::-1], sent)

    def open_of(self, subject_type: str, subject_id: str) -> list[StoredRow]:
        """Return the cases of a subject that are not closed, newest first."""
        query = (
            select(cases)
            .where(
                cases.c.subject_type == subject_type,
                cases.c.subject_id == indexed(subject_id),
                cases.c.status != "closed",
            )
            .order_by(cases.c.number.desc())
            .limit(10)
        )
        with self._engine.connect() as connection:
            return list(connection.execute(query).all())

    def names(self, limit: int) -> list[str]:
        """Return the ids of the newest cases that are not closed."""
        query = select(cases.c.case_id).where(cases.c.status != "closed").order_by(cases.c.number.desc())
        with self._engine.connect() as connection:
            return list(connection.scalars(query.limit(limit)).all())

    def last_shelved(self, how: str, what: str, subject_type: str, subject_id: str) -> StoredRow | None:
        """Return what stands of that sort on exactly this, or stood last."""
        query = (
            select(shelved)
            .where(
                shelved.c.how == how,
                shelved.c.what == what,
                shelved.c.subject_type == subject_type,
                shelved.c.subject_id == indexed(subject_id),
            )
            .order_by(shelved.c.fact_seq.desc())
            .limit(1)
        )
        with self._engine.connect() as connection:
            return connection.execute(query).first()

    def shelved(self, filters: Mapping[str, str], after: str | None, limit: int) -> list[StoredRow]:
        """Return what is or was shelved and fits, by shelved_id."""
        query: Any = select(shelved).order_by(shelved.c.shelved_id).limit(limit)
        for name, value in filters.items():
            query = query.where(shelved.c[name] == (indexed(value) if name == "subject_id" else value))
        if after is not None:
            query = query.where(shelved.c.shelved_id > after)
        with self._engine.connect() as connection:
            return list(connection.execute(query).all())
