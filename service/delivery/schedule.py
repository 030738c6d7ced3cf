"""How long to wait before the next attempt: the target's schedule over days, full jitter, and what the receiver asks for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from random import Random

from service.targets import SCHEDULE

LONGEST_ASKED = timedelta(hours=24)
"""The longest wait that a receiver's Retry-After is granted."""


def next_attempt(
    done: int,
    now: datetime,
    asked: timedelta | None,
    random: Random,
    schedule: Sequence[timedelta] = SCHEDULE,
) -> datetime | None:
    """Return when to try again after *done* failed attempts, or None where the schedule is over.

    The wait is drawn evenly from nothing to the schedule's step (full jitter), so that receivers that come back are
    not hit by everyone at once; it is never shorter than what the receiver asked for.
    """
    if done >= len(schedule):
        return None
    wait = schedule[done] * random.random()
    if asked is not None:
        wait = max(wait, min(asked, LONGEST_ASKED))
    return now + wait


def read_retry_after(text: str | None, now: datetime) -> timedelta | None:
    """Return the wait in a Retry-After header: seconds or an HTTP date; None where it is neither."""
    if text is None or len(text) > 64:
        return None
    text = text.strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text), 10 * 86_400)) if len(text) < 10 else LONGEST_ASKED
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(moment - now, timedelta(0))
