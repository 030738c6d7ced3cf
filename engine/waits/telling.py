"""What is told of facts that do not count for a wait, and of waits that are left out."""

from __future__ import annotations

from engine.decisions import Fact, Warned, format_time
from engine.waits.opened import MOST_WAITS, Wait

TOO_LATE = "too-late"
WAITS_FULL = "waits-full"


def _warned(wait: Wait, code: str, message: str) -> Warned:
    source = wait.point.step.source
    return Warned(wait.point.rule.name, str(source.span), source.alias or source.fact_type, code, message)


def too_late(wait: Wait, fact: Fact) -> Warned:
    """Return that *fact*, which *wait* was for, came when that was over."""
    over = format_time(wait.due)
    message = f"{fact.type} of {format_time(fact.time)} is not counted: it was waited for until {over}, and came later"
    return _warned(wait, TOO_LATE, message)


def begun_late(wait: Wait) -> Warned:
    """Return that what was to begin *wait* came later than facts may: what it is for may have come and gone."""
    begin = format_time(wait.begin)
    message = f"what happened at {begin} came too late for anything to be waited for after it"
    return _warned(wait, TOO_LATE, message)


def full(oldest: Wait) -> Warned:
    """Return that *oldest* is left out, since there are too many."""
    message = f"more than {MOST_WAITS:,} waits at one step; that of {format_time(oldest.begin)} is left out"
    return _warned(oldest, WAITS_FULL, message)
