"""What one commit changes about cases: the rows of cases, tasks, answers, messages and what is shelved, each as it then stands.

Written in the transaction of the facts that change them. Of several changes to one thing the last counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Table, bindparam, insert, select, update

from service.tables import case_answers, case_messages, cases, decisions, shelved, tasks

ASK_FOR = 400
"""Identities or keys in one query: below the number of parameters that any database takes."""

Row = dict[str, Any]


@dataclass(slots=True)
class Casework:
    """The rows of one transaction about cases; those that change are by their key."""

    cases: dict[str, Row] = field(default_factory=dict)
    tasks: dict[tuple[str, str], Row] = field(default_factory=dict)
    answers: list[Row] = field(default_factory=list)
    messages: list[Row] = field(default_factory=list)
    shelved: dict[str, Row] = field(default_factory=dict)


def store_casework(connection: Connection, work: Casework) -> None:
    """Bring the tables of cases up to date; the decisions that opened them are stored already."""
    there = _there(connection, cases, "case_id", list(work.cases))
    new = [name for name in work.cases if name not in there]
    numbers = _numbers(connection, new)
    # a case is opened by the decision of its id
    _insert(connection, cases, [{**work.cases[name], "number": numbers.get(name, 0)} for name in new])
    _change(connection, cases, ("case_id",), [work.cases[name] for name in work.cases if name in there])
    asked = _there(connection, tasks, "case_id", list({case for case, _ in work.tasks}), "role")
    _insert(connection, tasks, [row for key, row in work.tasks.items() if key not in asked])
    _change(connection, tasks, ("case_id", "role"), [row for key, row in work.tasks.items() if key in asked])
    silent = _there(connection, shelved, "shelved_id", list(work.shelved))
    _insert(connection, shelved, [row for name, row in work.shelved.items() if name not in silent])
    _change(
        connection, shelved, ("shelved_id",), [row for name, row in work.shelved.items() if name in silent]
    )
    _insert(connection, case_answers, work.answers)
    _insert(connection, case_messages, work.messages)


def move_cases(connection: Connection, places: Mapping[str, tuple[str, int]]) -> None:
    """Let the rows of cases that are not closed say what *places* do: by case, its ladder and how far up that it is."""
    query = select(cases.c.case_id, cases.c.ladder, cases.c.climbed).where(cases.c.status != "closed")
    stand = {name: (ladder, climbed) for name, ladder, climbed in connection.execute(query)}
    moved = [
        {"case_id": name, "ladder": ladder, "climbed": climbed}
        for name, (ladder, climbed) in places.items()
        if name in stand and stand[name] != (ladder, climbed)
    ]
    _change(connection, cases, ("case_id",), moved)


def _there(
    connection: Connection, table: Table, key: str, names: Sequence[str], *more: str
) -> set[str] | set[tuple[str, ...]]:
    """Return the keys of the rows of *table* whose *key* is one of *names*."""
    columns = [table.c[column] for column in (key, *more)]
    found: set[Any] = set()
    for start in range(0, len(names), ASK_FOR):
        some = names[start : start + ASK_FOR]
        rows = connection.execute(select(*columns).where(table.c[key].in_(some)))
        found.update(tuple(row) if more else row[0] for row in rows)
    return found


def _numbers(connection: Connection, names: Sequence[str]) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for start in range(0, len(names), ASK_FOR):
        some = names[start : start + ASK_FOR]
        rows = connection.execute(select(decisions.c.id, decisions.c.seq).where(decisions.c.id.in_(some)))
        found.update((row.id, row.seq) for row in rows)
    return found


def _insert(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    if rows:
        connection.execute(insert(table), rows)


def _change(connection: Connection, table: Table, keys: Sequence[str], rows: Sequence[Row]) -> None:
    """Give the rows of *table* that have the *keys* of *rows* the other values of these."""
    if not rows:
        return
    query = update(table).values({name: bindparam(f"new_{name}") for name in rows[0] if name not in keys})
    for key in keys:
        query = query.where(table.c[key] == bindparam(f"new_{key}"))
    connection.execute(query, [{f"new_{name}": value for name, value in row.items()} for row in rows])
