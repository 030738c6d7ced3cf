"""A case and its tasks as they stand, and what an answer makes of them: one small state machine, without time of its own.

A case is open until enough of those who were asked have answered, then acknowledged; resolved when every task is done. Closed
ones are not kept. An answer that does not fit changes nothing, and the reason is returned.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

import msgspec

from engine.calendars import Wait
from engine.coordination.holds import SUBJECT_FIELDS
from engine.decisions import Decision, Fact, FactRef, format_time
from engine.model import CasePlan

OPEN, ACKNOWLEDGED, ACCEPTED, DECLINED, DONE = "open", "acknowledged", "accepted", "declined", "done"
RESOLVED, CLOSED = "resolved", "closed"
CASE_STATUSES = (OPEN, ACKNOWLEDGED, RESOLVED, CLOSED)
ANSWERED = (ACKNOWLEDGED, ACCEPTED, DONE)
"""Statuses of a task whose function has answered."""

TASK_ANSWERS = MappingProxyType(
    {
        "acknowledge": (ACKNOWLEDGED, (OPEN, DECLINED)),
        "accept": (ACCEPTED, (OPEN, ACKNOWLEDGED, DECLINED)),
        "decline": (DECLINED, (OPEN, ACKNOWLEDGED, ACCEPTED)),
        "done": (DONE, (OPEN, ACKNOWLEDGED, ACCEPTED, DECLINED)),
    }
)
"""By answer to a task: the status that follows, and those in which it fits."""

CASE_ANSWERS = MappingProxyType(
    {
        "resolve": (RESOLVED, (OPEN, ACKNOWLEDGED)),
        "reopen": (OPEN, (RESOLVED,)),
        "close": (CLOSED, (OPEN, ACKNOWLEDGED, RESOLVED)),
    }
)
"""By answer to a case: the status that follows, and those in which it fits."""

MOST_RELATED = 10
"""Other cases that a case names: those opened last."""


class Task(msgspec.Struct):
    """One function's part of a case."""

    role: str
    asks: str
    status: str = OPEN
    by: str = ""
    comment: str = ""


class Foothold(msgspec.Struct, frozen=True):
    """The rung that a case stands on: when it was due, its step, how often that was climbed before, and whom it tells."""

    at: datetime
    step: int
    again: int
    tell: tuple[str, ...]


class Case(msgspec.Struct):
    """One exception that several functions answer together, with all that is needed to follow it.

    *quorum* is how many functions have to answer, 0 for all of them. Its ladder was begun at *begun* the last time; *round*
    tells one climb of a step from another. *ladder* is what it was opened with, and *climbs* the one that it climbs under the
    rules as they are, "" where there is none; *climbed* is how many rungs of that are behind it.
    """

    id: str
    kind: str
    title: str
    subject_type: str
    subject_id: str
    order_id: str
    rule: str
    ruleset: str
    owner: str
    priority: int
    refs: tuple[FactRef, ...]
    opened_at: datetime
    begun: datetime
    tasks: dict[str, Task]
    quorum: int = 0
    within: Wait | None = None
    lapses_after: Wait | None = None
    ladder: str = ""
    climbs: str = ""
    course: str | None = None
    """What the ladder said that was begun or climbed last, as a digest; None where it was not kept."""
    stands_on: Foothold | None = None
    """The rung behind it that it came to last since its ladder was begun."""
    is_at_top: bool = False
    """Whether no rung was left of the ladder that it climbed last."""
    status: str = OPEN
    count: int = 1
    round: int = 0
    climbed: int = 0
    answer_by: datetime | None = None
    is_overdue: bool = False
    is_muted: bool = False
    """Whether somebody was not told of it, since it was silenced."""
    by: str = ""
    comment: str = ""
    related: list[str] = []
    version: int = 0
    """How many facts were made of it, so that each has an id of its own."""

    @property
    def suffices(self) -> bool:
        """Whether as many functions have answered as have to."""
        answered = sum(task.status in ANSWERED for task in self.tasks.values())
        return answered >= (self.quorum or len(self.tasks))

    @property
    def is_done(self) -> bool:
        """Whether every task is done."""
        return all(task.status == DONE for task in self.tasks.values())

    @property
    def about(self) -> list[tuple[str, str]]:
        """Return what other cases are related by: its subject, and its order."""
        found = {(self.subject_type, self.subject_id): None}
        if self.order_id:
            found["order", self.order_id] = None
        return list(found)

    def relate(self, other: str) -> None:
        """Name the case *other* as related; the one named longest ago gives way where there are too many."""
        self.related = [*self.related, other][-MOST_RELATED:]


def begin_case(
    decision: Decision, plan: CasePlan, asks: Mapping[str, str], owner: str, order_id: str
) -> Case:
    """Return the new case that *decision* opens by *plan*, with what each function is asked in *asks*."""
    return Case(
        id=decision.id,
        kind=plan.kind,
        title=str(decision.values.get("title") or ""),
        subject_type=decision.subject_type,
        subject_id=decision.subject_id,
        order_id=order_id,
        rule=decision.rule,
        ruleset=decision.ruleset,
        owner=owner,
        priority=decision.priority,
        refs=decision.facts,
        opened_at=decision.time,
        begun=decision.time,
        tasks={role: Task(role, said) for role, said in asks.items()},
        quorum=plan.quorum,
        within=plan.within,
        lapses_after=plan.lapses_after,
        ladder=plan.ladder,
    )


def order_of(decision: Decision, facts: Iterable[Fact | None]) -> str:
    """Return the order that a case is about: its subject, or the one that a fact it rests on names."""
    if decision.subject_type == "order":
        return decision.subject_id
    named = (fact.data.get("order_id") for fact in facts if fact is not None)
    return next((order for order in named if isinstance(order, str)), "")


def answer_task(task: Task, answer: str, by: str, comment: str) -> str:
    """Let *by* answer *task*; return why the answer does not fit, or "" where it does."""
    follows, fitting = TASK_ANSWERS[answer]
    if task.status not in fitting:
        return f"the task of {task.role} is {task.status} already" + (f", by {task.by}" if task.by else "")
    task.status, task.by = follows, by
    task.comment = comment or task.comment
    return ""


def answer_case(case: Case, answer: str, by: str, comment: str) -> str:
    """Let *by* resolve, reopen or close *case*; return why the answer does not fit, or "" where it does."""
    follows, fitting = CASE_ANSWERS[answer]
    if case.status not in fitting:
        return f"the case is {case.status}" + (" already" if case.status == follows else "")
    case.status, case.by = follows, by
    case.comment = comment or case.comment
    if answer == "reopen":
        case.comment = comment  # what was said of its end is over
        for task in case.tasks.values():
            task.status, task.by = OPEN, ""
    return ""


def case_data(case: Case) -> dict[str, Any]:
    """Return the data of the `case` fact that says how *case* stands."""
    data: dict[str, Any] = {
        "case_id": case.id,
        "kind": case.kind,
        "title": case.title,
        "subject_type": case.subject_type,
        "subject_id": case.subject_id,
        SUBJECT_FIELDS[case.subject_type]: case.subject_id,
        "status": case.status,
        "count": case.count,
        "opened_at": format_time(case.opened_at),
        "rule": case.rule,
        "overdue": case.is_overdue,
    }
    if case.order_id:
        data["order_id"] = case.order_id
    if case.answer_by is not None:
        data["answer_by"] = format_time(case.answer_by)
    if case.related:
        data["related"] = list(case.related)
    if case.by:
        data["by"] = case.by
    if case.comment:
        data["comment"] = case.comment
    return data


def task_data(case: Case, task: Task) -> dict[str, Any]:
    """Return the data of the `task` fact that says how *task* of *case* stands."""
    data: dict[str, Any] = {
        "case_id": case.id,
        "role": task.role,
        "kind": case.kind,
        "subject_type": case.subject_type,
        "subject_id": case.subject_id,
        "asks": task.asks,
        "status": task.status,
    }
    if task.by:
        data["by"] = task.by
    if task.comment:
        data["comment"] = task.comment
    return data
