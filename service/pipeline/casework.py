"""What an outcome changes about cases, their tasks and what is shelved: outcomes and cases as they stand in, rows out.

A case that is not closed is written as the session has it, so that its row also says how far up its ladder it is; one that is
closed, as it was when it was. No database, no clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from engine.coordination import ANSWER, CASE, SHELVED, TASK, TOLD, Case, case_data
from engine.decisions import Decision, Fact, Outcome
from service.clock import moment_of, stamp
from service.schemas import to_text
from service.store import Casework
from service.store.ledger import indexed

Row = dict[str, Any]

CaseOf = Callable[[str], Case | None]
"""Returns the case of an id as the session has it, None where it is closed."""


def add_casework(work: Casework, seq: int, fact: Fact, outcome: Outcome, case_of: CaseOf) -> None:
    """Add to *work* what *outcome*, of the *fact* with number *seq*, changes; *case_of* tells how cases stand after it."""
    touched: dict[str, tuple[datetime, Fact | None]] = {}
    for decision in outcome.decisions:
        if (name := case_told_of(decision)) is not None:
            touched[name] = (decision.time, None)
    places: dict[str, int] = {}
    for change in outcome.derived:
        if change.type == CASE:
            touched[change.data["case_id"]] = (change.time, change)
        elif change.type == TASK:
            touched.setdefault(change.data["case_id"], (change.time, None))
            _task(work, change, places, case_of)
        elif change.type == SHELVED:
            work.shelved[change.data["shelved_id"]] = _shelved(change, seq)
    for name, (at, last) in touched.items():
        case = case_of(name)
        if case is not None:
            work.cases[name] = _standing(case, at, seq)
        elif last is not None:
            work.cases[name] = _row(last.data, at, seq) | {"closed_at": stamp(at)}
    if fact.type == ANSWER:
        _answer(work, seq, fact, outcome)


def case_told_of(decision: Decision) -> str | None:
    """Return the id of the case that *decision* tells somebody of; None where it is about none."""
    name = decision.values.get("case") if decision.kind in TOLD else None
    return name if isinstance(name, str) and "case_kind" in decision.values else None


def ladder_places(cases: Iterable[Case]) -> dict[str, tuple[str, int]]:
    """Return the ladder that each of *cases* climbs, by the case's id, and how many of its steps are behind it."""
    return {case.id: _place(case) for case in cases}


def _standing(case: Case, at: datetime, seq: int) -> Row:
    ladder, climbed = _place(case)
    return _row(case_data(case), at, seq) | {
        "ladder": ladder,
        "begun_at": stamp(case.begun),
        "climbed": climbed,
    }


def _place(case: Case) -> tuple[str, int]:
    return case.climbs or case.ladder, case.climbed  # of one that is gone, which it was


def _row(data: Mapping[str, Any], at: datetime, seq: int) -> Row:
    return {
        "case_id": data["case_id"],
        "kind": data["kind"],
        "subject_type": data["subject_type"],
        "subject_id": indexed(data["subject_id"]),
        "status": data["status"],
        "rule": data["rule"],
        "opened_at": stamp(moment_of(data["opened_at"])),
        "changed_at": stamp(at),
        "closed_at": None,
        "ladder": "",
        "begun_at": None,
        "climbed": 0,
        "fact_seq": seq,
        "body": to_text(data),
    }


def _task(work: Casework, change: Fact, places: dict[str, int], case_of: CaseOf) -> None:
    """Add the task that *change* states; a closed case states each of its tasks once more, in their order."""
    name, role = change.data["case_id"], change.data["role"]
    case = case_of(name)
    if case is not None:
        ordinal = list(case.tasks).index(role)
    elif change.op == "retract":
        ordinal = places[name] = places.get(name, -1) + 1
    else:
        return
    work.tasks[name, role] = {
        "case_id": name,
        "role": role,
        "ordinal": ordinal,
        "status": change.data["status"],
        "changed_at": stamp(change.time),
        "body": to_text(change.data),
    }


def _shelved(change: Fact, seq: int) -> Row:
    data = change.data
    is_over = change.op == "retract"
    return {
        "shelved_id": data["shelved_id"],
        "how": data["how"],
        "what": data["what"],
        "subject_type": data.get("subject_type", ""),
        "subject_id": indexed(data.get("subject_id", "")),
        "status": "over" if is_over else "standing",
        "since": stamp(moment_of(data["since"])),
        "until": stamp(moment_of(data["until"])) if "until" in data else None,
        "ended_at": stamp(change.time) if is_over else None,
        "fact_seq": seq,
        "body": to_text(data),
    }


def _answer(work: Casework, seq: int, fact: Fact, outcome: Outcome) -> None:
    """Add what a person answered with *fact* to the history of the case that was meant, if there is one."""
    data = fact.data
    refused = next(
        (d for d in outcome.decisions if d.kind == "answer" and d.facts and d.facts[0].id == fact.id), None
    )
    name = data.get("case_id") or (
        refused.values.get("case") if refused is not None else _meant(data, outcome)
    )
    if not name:
        return
    work.answers.append(
        {
            "seq": seq,
            "case_id": name,
            "role": data.get("role"),
            "answer": data["answer"],
            "by": data["by"],
            "comment": data.get("comment"),
            "at": stamp(fact.time),
            "refused": None if refused is None else refused.reason,
        }
    )


def _meant(data: Mapping[str, Any], outcome: Outcome) -> str | None:
    """Return the id of the case that an answer meant by its kind and subject: one that it changed."""
    named = [data.get(name) for name in ("kind", "subject_type", "subject_id")]
    for change in reversed(outcome.derived):
        if change.type in (CASE, TASK):
            about = [change.data.get(name) for name in ("kind", "subject_type", "subject_id")]
            if about == named:
                return str(change.data["case_id"])
    return None
