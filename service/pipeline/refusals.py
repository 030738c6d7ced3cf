"""Why a fact was not taken, as the problem its sender is answered."""

from __future__ import annotations

from datetime import datetime, timedelta

from engine.admission import MALFORMED, OWNERSHIP, TOO_LARGE
from engine.decisions import Fact, format_time
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


def ahead(fact: Fact, now: datetime, most: timedelta) -> Problem | None:
    """Return the problem of a fact whose time is more than *most* after *now*, the service's clock.

    The newest state counts, so one from the far future would keep out every state after it.
    """
    if fact.time - now <= most:
        return None
    message = (
        f"the fact's time is {format_time(fact.time)}, and the service's clock says {format_time(now)}: "
        f"more than {most.days:,} days ahead is refused (LINESIDE_MAX_AHEAD_DAYS)"
    )
    return schemas.FACT_REFUSED.problem(message, [Fault("time-ahead", "/time", message)])


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
