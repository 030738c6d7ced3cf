"""Why a fact was not taken, as the problem its sender is answered."""

from __future__ import annotations

from engine.admission import MALFORMED, OWNERSHIP, TOO_LARGE
from engine.decisions import Fact
from engine.diagnostics import FactRefused
from service import schemas
from service.schemas import Fault, Problem


def problem_of(refused: FactRefused) -> Problem:
    """Return the problem for *refused*: unreadable before too large, ownership before the schema."""
    codes = {fault.code for fault in refused.faults}
    if TOO_LARGE in codes:
        kind = schemas.TOO_LARGE
    elif codes & MALFORMED and not codes - MALFORMED:
        kind = schemas.NOT_JSON
    elif codes & OWNERSHIP:
        kind = schemas.WRONG_OWNER
    else:
        kind = schemas.FACT_REFUSED
    errors = [Fault(fault.code, fault.pointer, fault.message) for fault in refused.faults]
    count = len(errors)
    detail = errors[0].message if count == 1 else f"{count} faults; the first: {errors[0].message}"
    return kind.problem(detail, errors)


def conflict(fact: Fact, stored: Fact) -> Problem:
    """Return the problem of a fact whose identity belongs to another one, naming what differs."""
    errors = [
        Fault("differs", f"/{name}", f'"{name}" is not what it was the first time')
        for name in ("type", "time", "op", "subject", "data")
        if getattr(fact, name) != getattr(stored, name)
    ]
    if (fact.extensions or {}) != (stored.extensions or {}):
        errors.append(Fault("differs", "", "an extension attribute is not what it was the first time"))
    return schemas.FACT_CONFLICT.problem(
        "a fact with this source and id, but other content, is stored already", errors
    )
