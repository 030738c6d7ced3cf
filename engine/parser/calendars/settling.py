"""Calendars settled upon those they extend, and made into values; what they refer to is looked up here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.calendars import Calendar, Shift, plan_of
from engine.calendars.model import clipped
from engine.diagnostics import did_you_mean
from engine.parser.calendars.drafts import STAND_IN, Draft, Entry, Settled
from engine.parser.calendars.overlaps import look_for_overlaps
from engine.parser.calendars.reading import MAX_DAYS, draft_of
from engine.parser.reader import Reader, TooManyFaults


def read_calendars(readers: Sequence[Reader]) -> dict[str, Calendar]:
    """Return the calendars of all documents by name; each reader records the faults of its own.

    Of two with one name, the first counts. One that cannot be read whole is there all the same, so that nothing that asks for it
    is called wrong.
    """
    drafts: dict[str, Draft] = {}
    refused: set[int] = set()
    for reader in readers:
        try:
            for path in reader.items(("calendars",)):
                name = reader.text((*path, "calendar"))
                if name and name not in drafts:
                    drafts[name] = draft_of(reader, path, name)
        except TooManyFaults:
            refused.add(id(reader))
    said: set[tuple[object, ...]] = set()
    made = {}
    for draft in drafts.values():
        if id(draft.reader) in refused:
            continue
        try:
            settled = _settle(draft, drafts)
            calendar = made[draft.name] = _calendar(draft.name, settled)
            look_for_overlaps(draft, settled, calendar, said)
        except TooManyFaults:
            refused.add(id(draft.reader))
    return made


def _settle(draft: Draft, drafts: Mapping[str, Draft]) -> Settled:
    """Return *draft* upon what it extends; one that extends itself, or what is not there, stands alone."""
    chain = [draft]
    while chain[-1].whole is None:
        last = chain[-1]
        parent = last.reader.text((*last.path, "extends"))
        if not parent:
            break
        span = last.reader.span((*last.path, "extends"))
        if parent not in drafts:
            message = f'there is no calendar "{parent[:60]}"'
            last.reader.fault(
                "unknown-calendar", span, message, did_you_mean(parent[:60], drafts.keys() - {last.name})
            )
            break
        if any(one.name == parent for one in chain):
            ring = [one.name for one in chain[[one.name for one in chain].index(parent) :]]
            message = f"the calendar extends itself: {' -> '.join([*ring, parent])}"
            last.reader.fault("calendar-cycle", span, message, "leave one extends out")
            break
        chain.append(drafts[parent])
    settled = chain[-1].whole
    for one in reversed(chain):
        if one.whole is None:
            one.whole = _upon(one, settled)
        settled = one.whole
    assert settled is not None  # noqa: S101 - the chain has a first one
    return settled


def _upon(draft: Draft, parent: Settled | None) -> Settled:
    reader, path = draft.reader, draft.path
    unread = draft.unread | (parent.unread if parent is not None else frozenset())
    # what it would have from a calendar that is not there is not known
    is_cut_off = parent is None and bool(reader.text((*path, "extends")))
    inherited = dict(parent.shifts) if parent is not None else {}
    for name, place in reader.texts((*path, "without")):
        if name in inherited:
            del inherited[name]
        elif name not in unread and not is_cut_off:
            message = f'there is no shift "{name[:60]}" to leave out'
            reader.fault("unknown-shift", reader.span(place), message, did_you_mean(name[:60], inherited))
    shifts = {**inherited, **draft.shifts}
    for at in range(len(reader.items((*path, "extra_days")))):
        for name, place in reader.texts((*path, "extra_days", at, "shifts")):
            if name not in shifts and name not in unread and not is_cut_off:
                message = f'the calendar has no shift "{name[:60]}"'
                reader.fault("unknown-shift", reader.span(place), message, did_you_mean(name[:60], shifts))
    days = {**(parent.days if parent is not None else {}), **draft.days}
    if len(days) > MAX_DAYS:
        message = f"these are more than {MAX_DAYS} days that are not ordinary, with those of what it extends"
        reader.fault("too-many-items", draft.span, message, "leave out what is long past")
        days = {}
    zone = draft.zone or (parent.zone if parent is not None else STAND_IN)
    return Settled(zone, shifts, days, unread)


def _calendar(name: str, settled: Settled) -> Calendar:
    shifts = [(shift, days) for shift, days, _ in settled.shifts.values()]
    week = tuple(
        tuple(sorted((shift for shift, days in shifts if at in days), key=lambda shift: shift.start))
        for at in range(7)
    )
    ordinary = Calendar(name, settled.zone, week)
    special = {}
    for day, entry in settled.days.items():
        if entry.own is not None:
            special[day] = entry.own
        elif entry.is_free:
            special[day] = _half(plan_of(ordinary, day), entry)
        else:
            chosen = [settled.shifts[one][0] for one in dict.fromkeys(entry.names) if one in settled.shifts]
            special[day] = tuple(sorted(chosen, key=lambda shift: shift.start))
    return Calendar(name, settled.zone, week, special)


def _half(shifts: Sequence[Shift], entry: Entry) -> tuple[Shift, ...]:
    """Return what a holiday leaves of *shifts*: what lies before it begins, or after it ends."""
    if entry.free_from is None and entry.free_until is None:
        return ()
    parts = (clipped(shift, entry.free_until, entry.free_from) for shift in shifts)
    return tuple(part for part in parts if part is not None)
