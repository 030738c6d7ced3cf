"""Shifts that meet: in the ordinary week of a calendar, and around each day that is not ordinary."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.calendars import Calendar, Shift, plan_of
from engine.calendars.model import DAY_MINUTES
from engine.parser.calendars.drafts import Draft, Settled, clock, iso

Placed = tuple[int, int, Shift, int]
"""The minutes of its start and end, a shift, and the day it belongs to."""


def look_for_overlaps(
    draft: Draft, settled: Settled, calendar: Calendar, said: set[tuple[object, ...]]
) -> None:
    """Record shifts that meet on some day, once for each two of them, and once for each day that is not ordinary."""
    known: set[frozenset[str]] = set()
    for first, second in overlaps(_placed(calendar.week, range(8))):
        pair = frozenset((first[2].name, second[2].name))
        spans = [settled.shifts[name][2] for name in (second[2].name, first[2].name)]
        own = next((name for name in (second[2].name, first[2].name) if name in draft.shifts), None)
        span = draft.span if own is None else draft.shifts[own][2]
        known.add(pair)
        if (pair, *sorted(spans)) not in said:
            said.add((pair, *sorted(spans)))
            message = overlap_text(first[2], second[2])
            draft.reader.fault("overlapping-shifts", span, message, "move one of them, or change its days")
    changes_all = bool(draft.shifts) or "without" in draft.reader.keys(draft.path)
    for day, entry in settled.days.items():
        if not changes_all and not {day - 1, day, day + 1} & draft.days.keys():
            continue  # the calendar it is from has said so
        around = [(at, plan_of(calendar, at)) for at in (day - 1, day, day + 1)]
        placed = [
            (shift.start + at * DAY_MINUTES, shift.end + at * DAY_MINUTES, shift, at)
            for at, plan in around
            for shift in plan
        ]
        for first, second in overlaps(placed):
            pair = frozenset((first[2].name, second[2].name))
            inside = entry.own is not None and first[3] == second[3] == day
            if inside or pair in known or (entry.span, pair) in said or day not in (first[3], second[3]):
                continue
            said.add((entry.span, pair))
            own_day = next((at for at in (day, day - 1, day + 1) if at in draft.days), None)
            span = draft.span if own_day is None else draft.days[own_day].span
            message = f"on {iso(day)}, {overlap_text(first[2], second[2])}"
            draft.reader.fault(
                "overlapping-shifts", span, message, "say the day's own shifts among the exceptions"
            )


def _placed(week: Sequence[Sequence[Shift]], days: range) -> Iterator[Placed]:
    for at in days:
        for shift in week[at % 7]:
            yield shift.start + at * DAY_MINUTES, shift.end + at * DAY_MINUTES, shift, at


def overlaps(placed: Iterator[Placed] | Sequence[Placed]) -> Iterator[tuple[Placed, Placed]]:
    """Yield each that begins before the one that ends last before it has ended, with that one."""
    last: Placed | None = None
    for one in sorted(placed, key=lambda one: one[:2]):
        if last is not None and one[0] < last[1]:
            yield last, one
        if last is None or one[1] > last[1]:
            last = one


def overlap_text(first: Shift, second: Shift) -> str:
    if first.name == second.name:
        return f'"{first.name}" begins at {clock(second.start)}, before it has ended at {clock(first.end)}'
    return (
        f'"{second.name}" begins at {clock(second.start)}, before "{first.name}" ends at {clock(first.end)}'
    )
