"""The one place that reads the real clock; everything else is given a Clock.

Moments are aware and in UTC. Tests give a clock that they move by hand.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from threading import Condition
from typing import Protocol

LONGEST_WAIT_SECONDS = 10.0
"""A wait for a moment looks at the clock again after this long: it may have been set, or the machine have slept."""


class Clock(Protocol):
    """What tells the time: now, and seconds that only run forward."""

    def now(self) -> datetime:
        """Return the current moment in UTC."""

    def monotonic(self) -> float:
        """Return seconds from an arbitrary start, for measuring how long something took."""

    def wait(self, condition: Condition, until: datetime | None) -> None:
        """Wait, holding *condition*, until it is notified or *until* has come. May return earlier: look again then."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the current moment in UTC."""
        return datetime.now(UTC)  # noqa: TID251 - the one reader of the real clock

    def monotonic(self) -> float:
        """Return seconds from an arbitrary start, for measuring how long something took."""
        return time.monotonic()

    def wait(self, condition: Condition, until: datetime | None) -> None:
        """Wait, holding *condition*, until it is notified or *until* has come. May return earlier: look again then."""
        if until is None:
            condition.wait()
            return
        seconds = (until - self.now()).total_seconds()
        if seconds > 0:
            condition.wait(min(seconds, LONGEST_WAIT_SECONDS))


def stamp(moment: datetime) -> str:
    """Return *moment* as RFC 3339 text of fixed width in UTC, so that text order is time order."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z"


def moment_of(text: str) -> datetime:
    """Return the moment that stamp() made *text* of."""
    return datetime.fromisoformat(text)
