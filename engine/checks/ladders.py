"""What ladders say: calendars that are there, and an end that lets every step come."""

from __future__ import annotations

from collections.abc import Iterator

from engine.calendars import Wait
from engine.checks.calendars import unknown_calendar
from engine.diagnostics import Diagnostic, Span, error
from engine.model import Documents, Ladder


def ladders_can_be_climbed(documents: Documents) -> Iterator[Diagnostic]:
    """Yield every ladder whose calendar is not there, that counts working time by none, or that ends before its last step."""
    for ladder in documents.ladders.values():
        if ladder.calendar and ladder.calendar not in documents.calendars:
            yield unknown_calendar(documents, ladder.calendar, ladder.places["calendar"])
        if not ladder.calendar and len(documents.calendars) != 1:
            yield from _without_calendar(documents, ladder)
        last = ladder.rungs[-1].after if ladder.rungs else None
        end = ladder.end
        if end is None or last is None or end.is_working is not last.is_working:
            continue
        if end.duration < last.duration:
            message = f'the ladder ends after "{end.text}", before its last step at "{last.text}"'
            yield error("time-order", ladder.places["end"], message, "let it end later, or drop the step")


def _without_calendar(documents: Documents, ladder: Ladder) -> Iterator[Diagnostic]:
    waits: list[tuple[Wait | None, Span]] = [(rung.after, rung.span) for rung in ladder.rungs]
    waits += [(ladder.every, ladder.places.get("repeat", ladder.span))]
    waits += [(ladder.end, ladder.places.get("end", ladder.span))]
    for wait, span in waits:
        if wait is not None and wait.is_working:
            yield no_calendar(documents, f'the ladder "{ladder.name}"', wait, span)
            return  # one calendar answers them all


def no_calendar(documents: Documents, where: str, wait: Wait, span: Span) -> Diagnostic:
    """Return the diagnostic for working time that *where* counts and names no calendar for."""
    known = sorted(documents.calendars)
    fix = (
        f'add "calendar: {known[0]}"'
        if known
        else "write a calendars document, and name one of its calendars"
    )
    return error("no-calendar", span, f'{where} waits for "{wait.text}" and names no calendar', fix)
