"""The wall clock of a zone and the time line: minutes of a day to nanoseconds since 1970 in UTC, and back.

The way to the time line never runs backwards. A wall time that is left out in spring is the moment of the change; one that comes
twice in autumn is the first of the two. So shifts that meet on the wall meet on the time line, and what is inside stays inside.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from engine.feel.temporal import SECOND

FIRST_YEAR, LAST_YEAR = 1970, 2199
"""The years that calendars know; it bounds what can ever be worked out for one of them."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WALL_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - a wall clock has no zone
_TICK = timedelta(seconds=1)
FIRST_DAY, LAST_DAY = 0, (datetime(LAST_YEAR, 12, 31, tzinfo=UTC) - _EPOCH).days


@lru_cache(maxsize=256)
def zone_of(name: str) -> ZoneInfo:
    """Return the zone *name*, which has been checked to exist."""
    return ZoneInfo(name)


def instant_of(zone: str, day: int, minute: int) -> int:
    """Return the moment at which the clocks of *zone* have come to *minute* of *day*, or have passed it."""
    wall = _WALL_EPOCH + timedelta(days=day, minutes=minute)
    info = zone_of(zone)
    before, after = _offset(wall.replace(tzinfo=info)), _offset(wall.replace(tzinfo=info, fold=1))
    if after <= before:
        return _nanoseconds(wall - before - _WALL_EPOCH)
    # left out: the change lies between the two readings of the wall time
    low, high = wall - after, wall - before
    while high - low > _TICK:
        middle = low + timedelta(seconds=(high - low) // _TICK // 2)
        if _offset_in_utc(middle, info) > before:
            high = middle
        else:
            low = middle
    return _nanoseconds(high - _WALL_EPOCH)


def day_of(zone: str, instant: int) -> int:
    """Return the calendar day in *zone* at *instant*."""
    return (local(zone, instant).replace(tzinfo=None) - _WALL_EPOCH).days


def local(zone: str, instant: int) -> datetime:
    """Return *instant*, down to its microsecond, as the clocks of *zone* show it."""
    return (_EPOCH + timedelta(microseconds=instant // 1000)).astimezone(zone_of(zone))


def line_of(moment: datetime) -> int:
    """Return the nanoseconds from 1970 to *moment*, which is aware."""
    return _nanoseconds(moment - _EPOCH)


def in_years(day: int) -> bool:
    """Return whether *day* and those near it are days that calendars know."""
    return FIRST_DAY + 3 <= day <= LAST_DAY - 3


def _offset(moment: datetime) -> timedelta:
    return moment.utcoffset() or timedelta(0)


def _offset_in_utc(moment: datetime, info: ZoneInfo) -> timedelta:
    return _offset(moment.replace(tzinfo=UTC).astimezone(info))


def _nanoseconds(span: timedelta) -> int:
    return (span.days * 86_400 + span.seconds) * SECOND + span.microseconds * 1000
