"""One calendar of a document as it says it: its zone, its shifts, its days; every fault that can be seen in it alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo, available_timezones

from engine.calendars import Break, Shift
from engine.calendars.model import DAY_MINUTES
from engine.calendars.wall import FIRST_YEAR, LAST_YEAR
from engine.diagnostics import Span, nearest
from engine.parser.calendars.drafts import EPOCH, STAND_IN, Draft, Entry, clock, iso
from engine.parser.calendars.overlaps import overlap_text, overlaps
from engine.parser.reader import Reader
from engine.shapes.calendars import DAY_WORDS
from engine.source import Path

MAX_RANGE = 366
"""Days from the first to the last of one entry."""

MAX_DAYS = 2_000
"""Days of one calendar that are not ordinary, those of the calendars it extends among them."""

_KINDS = ("holidays", "extra_days", "exceptions")
"""What a day can be besides ordinary; the later ones win over the earlier."""


def draft_of(reader: Reader, path: Path, name: str) -> Draft:
    zone = reader.text((*path, "time_zone"))
    if not zone and reader.value((*path, "extends")) is None and "time_zone" not in reader.keys(path):
        message = 'calendar has no "time_zone"'
        reader.fault(
            "missing-key", reader.key_span((*path, "calendar")), message, 'add "time_zone: Europe/Berlin"'
        )
    if zone and not _is_zone(zone):
        reader.fault(
            "unknown-zone",
            reader.span((*path, "time_zone")),
            f'there is no time zone "{zone[:60]}"',
            f'did you mean "{near}"?'
            if (near := nearest(zone[:60], sorted(_zones())))
            else "write a name of the IANA list, such as Europe/Berlin",
        )
        zone = STAND_IN
    if not reader.items((*path, "shifts")) and not {"extends", "shifts"} & {*reader.keys(path)}:
        message = 'calendar has no "shifts"'
        reader.fault(
            "missing-key", reader.key_span((*path, "calendar")), message, "add the shifts of an ordinary week"
        )
    shifts: dict[str, tuple[Shift, frozenset[int], Span]] = {}
    for place in reader.items((*path, "shifts")):
        shift = _shift(reader, place)
        if shift is None:
            continue
        days = frozenset(day for word, _ in reader.texts((*place, "days")) for day in DAY_WORDS.get(word, ()))
        span = reader.span((*place, "shift"))
        if shift.name in shifts:
            message = f'the shift "{shift.name}" is there already, at line {shifts[shift.name][2].line}'
            reader.fault("duplicate-name", span, message, "rename one, or delete it")
            continue
        shifts[shift.name] = shift, days, span
    named = {reader.text((*place, "shift")) for place in reader.items((*path, "shifts"))}
    return Draft(
        reader=reader,
        path=path,
        name=name,
        span=reader.span((*path, "calendar")),
        zone=zone,
        shifts=shifts,
        days=_special_days(reader, path),
        unread=frozenset(named - shifts.keys()),
    )


def _shift(reader: Reader, path: Path) -> Shift | None:
    """Return the shift at *path*, or None where its times cannot be read."""
    name = reader.text((*path, "shift"))
    start, end = (_minute(reader, (*path, key)) for key in ("start", "end"))
    if not name or start is None or end is None:
        return None
    end += DAY_MINUTES if end <= start else 0
    breaks: list[Break] = []
    for place in reader.items((*path, "breaks")):
        begins, ends = (_minute(reader, (*place, key)) for key in ("start", "end"))
        if begins is None or ends is None:
            continue
        begins += DAY_MINUTES if begins < start else 0
        ends += begins - begins % DAY_MINUTES
        ends += DAY_MINUTES if ends <= begins else 0
        span = reader.span((*place, "start"))
        said = f"{reader.text((*place, 'start'))}-{reader.text((*place, 'end'))}"
        if not start <= begins < ends <= end:
            message = f'the break {said} is not inside "{name}", {clock(start)}-{clock(end)}'
            reader.fault("bad-break", span, message, "move it, or the ends of the shift")
        elif any(begins < other.end and other.start < ends for other in breaks):
            message = f'the break {said} overlaps another one of "{name}"'
            reader.fault("bad-break", span, message, "make them one, or move it")
        else:
            breaks.append(Break(begins, ends))
    back = DAY_MINUTES if end > DAY_MINUTES and reader.text((*path, "belongs_to")) == "end" else 0
    return Shift(
        name,
        start - back,
        end - back,
        tuple(Break(one.start - back, one.end - back) for one in sorted(breaks, key=lambda one: one.start)),
    )


def _special_days(reader: Reader, path: Path) -> dict[int, Entry]:
    found: dict[int, Entry] = {}
    for kind in _KINDS:
        of_kind: dict[int, Entry] = {}
        for place in reader.items((*path, kind)):
            entry = _entry(reader, place, kind)
            for day in _days(reader, place):
                there = of_kind.setdefault(day, entry)
                if there.says() != entry.says():
                    message = (
                        f"{iso(day)} is among the {kind} already, at line {there.span.line}, and not alike"
                    )
                    reader.fault("repeated-day", entry.span, message, "keep one of them")
                    break
            if len(of_kind) > MAX_DAYS:
                message = f"these are more than {MAX_DAYS} days in all"
                reader.fault("too-many-items", entry.span, message, "leave out what is long past")
                break
        found |= of_kind
    return found


def _entry(reader: Reader, path: Path, kind: str) -> Entry:
    span = reader.span((*path, "date" if "date" in reader.keys(path) else "from"))
    if kind == "holidays":
        free_from, free_until = (_minute(reader, (*path, key)) for key in ("free_from", "free_until"))
        if free_from is not None and free_until is not None and free_until >= free_from:
            at = reader.span((*path, "free_until"))
            reader.fault("time-order", at, "nothing of the day is left between the two", "leave both out")
        return Entry(span, is_free=True, free_from=free_from, free_until=free_until)
    if kind == "extra_days":
        return Entry(span, names=tuple(name for name, _ in reader.texts((*path, "shifts"))))
    shifts: dict[str, Shift] = {}
    for place in reader.items((*path, "shifts")):
        shift = _shift(reader, place)
        if shift is not None and shift.name in shifts:
            message = f'the shift "{shift.name}" is there already on that day'
            reader.fault(
                "duplicate-name", reader.span((*place, "shift")), message, "rename one, or delete it"
            )
        elif shift is not None:
            shifts[shift.name] = shift
    own = tuple(sorted(shifts.values(), key=lambda shift: shift.start))
    _refuse_overlaps(reader, span, own)
    return Entry(span, own=own)


def _refuse_overlaps(reader: Reader, span: Span, shifts: Sequence[Shift]) -> None:
    for first, second in overlaps((shift.start, shift.end, shift, 0) for shift in shifts):
        reader.fault("overlapping-shifts", span, overlap_text(first[2], second[2]), "move one of them")


def _days(reader: Reader, path: Path) -> range:
    """Return the days that the entry at *path* is about; none where they cannot be read."""
    keys = ("date", "date") if "date" in reader.keys(path) else ("from", "to")
    first, last = (_day(reader, (*path, key)) for key in keys)
    if first is None or last is None:
        return range(0)
    if last < first:
        at = reader.span((*path, "to"))
        reader.fault("time-order", at, f"{iso(last)} comes before {iso(first)}", "put the earlier day first")
    elif last - first >= MAX_RANGE:
        at = reader.span((*path, "to"))
        reader.fault(
            "too-many-items", at, f"these are more than {MAX_RANGE} days", "write one entry for each year"
        )
        return range(0)
    return range(first, last + 1)


def _day(reader: Reader, path: Path) -> int | None:
    text = reader.text(path)
    try:
        found = date.fromisoformat(text) if len(text) == len("2026-01-31") else None
    except ValueError:
        if text[:4].isdigit() and text[4:5] == "-" and text[5:7].isdigit() and text[8:].isdigit():
            message = f'"{text[:60]}" is no day of the calendar'
            reader.fault("bad-date", reader.span(path), message)
        return None
    if found is not None and not FIRST_YEAR <= found.year <= LAST_YEAR:
        message = f"calendars know the years {FIRST_YEAR} to {LAST_YEAR}"
        reader.fault("bad-date", reader.span(path), message, "leave it out")
        return None
    return None if found is None else found.toordinal() - EPOCH


def _minute(reader: Reader, path: Path) -> int | None:
    hour, _, minute = reader.text(path).partition(":")
    if len(hour) != 2 or len(minute) != 2 or not (hour + minute).isdecimal():
        return None
    return int(hour) * 60 + int(minute) if int(hour) < 24 and int(minute) < 60 else None


def _is_zone(name: str) -> bool:
    # names of the machine's own making, such as "localtime", begin with a small letter
    if not name[:1].isupper() or name == "Factory":
        return False
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return False
    return True


def _zones() -> set[str]:
    return {name for name in available_timezones() if name[:1].isupper() and name != "Factory"}
