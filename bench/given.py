"""What passes between jobs and engines: facts in, seconds and answers out. Knows no job and no engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import msgspec

START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Given:
    """One fact of a job; *at* is its time in milliseconds from START."""

    id: str
    source: str
    type: str
    at: int
    data: dict[str, Any]

    @property
    def time(self) -> datetime:
        """Return the fact's time."""
        return START + timedelta(milliseconds=self.at)


Answers = list[tuple[str, str]]
"""(id of the fact, what was concluded from it: the rule's name, or the order's); in any order."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One stretch of facts through one engine: how long it took, and what it answered."""

    seconds: float
    answers: Answers


Engine = Callable[[Sequence[Given]], Measured]
"""An engine that has taken its rules in. What its interface needs before facts can be given is done off the clock; what it asks
for on every fact counts."""


class Stream(Protocol):
    """One job at one size: what an engine is given, and what it must answer, worked out without any engine."""

    is_anew: bool
    """Whether every stretch is given to an engine made anew, filled anew."""

    def fill(self) -> Iterator[Given]:
        """Yield what an engine takes in before anything is measured."""

    def stretch(self, number: int) -> tuple[list[Given], Answers]:
        """Return the next *number* facts and the answers to them."""


def envelope(given: Given) -> bytes:
    """Return *given* as the bytes that a sender would post: CloudEvents, JSON."""
    return msgspec.json.encode(
        {
            "specversion": "1.0",
            "id": given.id,
            "source": given.source,
            "type": given.type,
            "time": given.time,
            "data": given.data,
        }
    )


def received(given: Given) -> Given:
    """Return *given* with texts of its own, as it would come off the wire: nothing in it is shared with another fact."""
    return Given(
        given.id, given.source, given.type, given.at, msgspec.json.decode(msgspec.json.encode(given.data))
    )
