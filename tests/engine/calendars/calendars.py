"""Calendars for tests: one by hand, and generated ones whose shifts do not overlap."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from engine.calendars import Break, Calendar, Shift

ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "America/St_Johns",
    "America/Havana",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "Pacific/Apia",
    "Africa/Casablanca",
    "Asia/Kolkata",
    "UTC",
)
"""Among them are changes by half an hour, at midnight, in the south, of a whole day, and none."""

EARLY = Shift("early", 360, 840, (Break(540, 555), Break(720, 750)))
LATE = Shift("late", 840, 1320, (Break(1080, 1110),))
NIGHT = Shift("night", 1320, 1800, (Break(1560, 1590),))
DAY = 24 * 60


def day(text: str) -> int:
    """Return the number of a day."""
    return (date.fromisoformat(text) - date(1970, 1, 1)).days


def at(text: str) -> datetime:
    """Return a moment in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


def three_shifts(
    zone: str = "Europe/Berlin", special: dict[int, tuple[Shift, ...]] | None = None
) -> Calendar:
    """Return a calendar of three shifts from Monday to Friday."""
    week = tuple((EARLY, LATE, NIGHT) if number < 5 else () for number in range(7))
    return Calendar("plant", zone, week, special or {})


@st.composite
def calendars(draw: st.DrawFn, *, edges: st.SearchStrategy[int] | None = None) -> Calendar:
    """Return a calendar with up to three shifts on each day, the last of them perhaps over midnight, with breaks."""
    minutes = st.integers(0, DAY - 1) if edges is None else edges
    week = []
    for _ in range(7):
        ends = sorted(draw(st.lists(minutes, min_size=0, max_size=6, unique=True)))
        shifts = []
        for place, (start, end) in enumerate(zip(ends[::2], ends[1::2], strict=False)):
            inside = sorted(draw(st.lists(st.integers(start, end), max_size=4, unique=True)))
            pairs = zip(inside[::2], inside[1::2], strict=False)
            shifts.append(Shift(f"s{place}", start, end, tuple(Break(a, b) for a, b in pairs)))
        week.append(tuple(shifts))
    # the shifts of a day may go on into the next until its first one begins
    for number in range(7):
        following = week[(number + 1) % 7]
        last = week[number][-1].end if week[number] else 0
        limit = DAY + (following[0].start if following else 0)
        start = draw(minutes)
        end = DAY + draw(minutes)
        if last <= start < end <= limit:
            week[number] = (*week[number], Shift("over", start, end))
    return Calendar("made", draw(st.sampled_from(ZONES)), tuple(week))


moments = st.integers(0, 19 * 366 * DAY * 60).map(
    lambda second: at("2009-01-01T00:00:00Z") + timedelta(seconds=second)
)
