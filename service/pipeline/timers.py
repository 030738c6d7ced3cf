"""When the writer looks at the clock next, and the tick it gives the session then. Reads no clock itself.

A tick that failed is tried again after a while that doubles. Until one goes through, facts do not take the session's clock
past what failed: timers wait for their repair, and facts do not wait for timers.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from engine.coordination import SOURCE
from engine.decisions import Fact, format_time
from engine.session import CLOCK
from service.pipeline.evaluation import Session

APART = timedelta(milliseconds=50)
"""Ticks are at least so far apart, so that what falls due at nearly one time is one commit."""

MOMENT = timedelta.resolution
FIRST_RETRY = timedelta(seconds=1)
LONGEST_RETRY = timedelta(minutes=1)


def tick_at(now: datetime) -> Fact:
    """Return the fact that says only that it is *now*."""
    return Fact(SOURCE, f"tick-{format_time(now)}", CLOCK, now, {})


class Timers:
    """What the writer remembers of ticks from one to the next."""

    def __init__(self) -> None:
        self._again: datetime | None = None
        self._pause = FIRST_RETRY
        self._last: datetime | None = None
        self._limit: datetime | None = None

    def look_at(self, session: Session | None, now: datetime) -> datetime | None:
        """Return when to tick, or to rebuild the session where there is none; None where only a fact can change anything."""
        if self._again is not None and self._again - now > self._pause:
            self._again = now  # the clock was set back meanwhile
        if session is None:
            return self._again or now
        due = self.due_at(session)
        if due is None:
            self.mended()
        return due if due is None or self._again is None else max(due, self._again)

    def due_at(self, session: Session) -> datetime | None:
        """Return when *session* is to be given a tick: once something is due, and its clock can move."""
        due = session.next_due()
        if due is None:
            return None
        if session.clock is not None:
            due = max(due, session.clock + MOMENT)
        return due if self._last is None else max(due, self._last + APART)

    def limit(self, received: datetime) -> datetime:
        """Return how far a fact that was *received* then may take the session's clock."""
        return received if self._limit is None else min(received, self._limit)

    def ran(self, now: datetime) -> None:
        """Note that a tick at *now* is stored."""
        self._last = now
        self.mended()

    def mended(self) -> None:
        """Note that nothing is in the way of the next tick."""
        self._again, self._limit, self._pause = None, None, FIRST_RETRY

    def failed(self, session_due: datetime | None, now: datetime) -> timedelta:
        """Note that a tick failed at *now* on what fell due at *session_due*; return how long to wait."""
        if session_due is not None:
            self._limit = session_due - MOMENT
        pause = self._pause
        self._again = now + pause
        self._pause = min(2 * pause, LONGEST_RETRY)
        return pause
