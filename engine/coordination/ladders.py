"""When a ladder's rungs are due: a ladder, the moment at which it began and the calendars in, moments in their order out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from engine.calendars import Calendar
from engine.model import Ladder, Rung


@dataclass(frozen=True, slots=True)
class Due:
    """A rung that is due: when, the number of its step from 1, and how many times it was climbed before."""

    at: datetime
    step: int
    rung: Rung
    again: int = 0


def climb(ladder: Ladder, start: datetime, calendars: Mapping[str, Calendar]) -> Iterator[Due]:
    """Yield the rungs of *ladder*, begun at *start*, in the order of their times; those of one time in that of the steps."""
    end = None if ladder.end is None else ladder.end.after(start, calendars)
    rungs = [
        Due(rung.after.after(start, calendars), number, rung)
        for number, rung in enumerate(ladder.rungs, start=1)
    ]
    for due in sorted(rungs, key=lambda one: one.at):
        if end is None or due.at <= end:
            yield due
    if not rungs or ladder.every is None:
        return
    at, last = max(due.at for due in rungs), rungs[-1]
    for again in range(1, ladder.times + 1):
        at = ladder.every.after(at, calendars)
        if end is not None and at > end:
            return
        yield Due(at, last.step, last.rung, again)
