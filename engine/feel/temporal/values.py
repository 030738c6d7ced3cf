"""Dates, times and durations as exact values: what the calendar and the clock admit, and their ISO 8601 texts.

Years run from -999999999 to 999999999 and seconds down to nanoseconds, which Python's datetime does not hold. What is
out of range is None. The clock is never read; zone names are looked up in the system's zone data.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

SECOND = 1_000_000_000
MINUTE, HOUR, DAY = 60 * SECOND, 3600 * SECOND, 86_400 * SECOND
MAX_YEAR = 999_999_999
MAX_NANOSECONDS = MAX_YEAR * 366 * DAY
MAX_MONTHS = MAX_YEAR * 12

_CYCLE_DAYS = 146_097  # days in 400 years, after which the calendar repeats
_EPOCH = 719_163  # the day number of 1970-01-01, where 0001-01-01 is day 1


@dataclass(frozen=True, slots=True, order=True)
class DateValue:
    """A calendar date (proleptic Gregorian)."""

    year: int
    month: int
    day: int

    @property
    def days(self) -> int:
        """Days since 1970-01-01."""
        cycles, year = divmod(self.year - 1, 400)
        return date(year + 1, self.month, self.day).toordinal() + cycles * _CYCLE_DAYS - _EPOCH

    @property
    def weekday(self) -> int:
        """1 for Monday to 7 for Sunday."""
        return (self.days + 3) % 7 + 1

    def __str__(self) -> str:
        sign = "-" if self.year < 0 else ""
        return f"{sign}{abs(self.year):04d}-{self.month:02d}-{self.day:02d}"


@dataclass(frozen=True, slots=True)
class TimeValue:
    """A time of day: nanoseconds since midnight; *offset* in seconds where one is given, *zone* by name."""

    nanoseconds: int
    offset: int | None = None
    zone: str | None = None

    @property
    def hour(self) -> int:
        return self.nanoseconds // HOUR

    @property
    def minute(self) -> int:
        return self.nanoseconds // MINUTE % 60

    @property
    def second(self) -> int:
        return self.nanoseconds // SECOND % 60

    @property
    def line(self) -> int:
        """Nanoseconds since midnight in UTC where there is an offset, else local."""
        return self.nanoseconds - (self.offset or 0) * SECOND

    @property
    def zoned(self) -> bool:
        """Whether the time says how it relates to UTC."""
        return self.offset is not None or self.zone is not None

    def __str__(self) -> str:
        text = f"{self.hour:02d}:{self.minute:02d}:{self.second:02d}"
        fraction = self.nanoseconds % SECOND
        if fraction:
            text += f".{fraction:09d}".rstrip("0")
        return text + _zone_text(self.offset, self.zone)


@dataclass(frozen=True, slots=True)
class DateTimeValue:
    """A date and a time of day."""

    date: DateValue
    time: TimeValue
    line: int = field(init=False, compare=False, repr=False)
    """Its place on the time line: nanoseconds since 1970-01-01T00:00, in UTC where there is an offset, else local."""
    zoned: bool = field(init=False, compare=False, repr=False)
    """Whether it says how it relates to UTC."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "line", self.date.days * DAY + self.time.line)
        object.__setattr__(self, "zoned", self.time.zoned)

    def __str__(self) -> str:
        return f"{self.date}T{self.time}"

    def to_datetime(self) -> datetime | None:
        """Return Python's datetime (in UTC where there is an offset), or None beyond its years."""
        try:
            naive = datetime(1970, 1, 1, tzinfo=UTC if self.zoned else None)
            return naive + timedelta(microseconds=self.line // 1000)
        except OverflowError:
            return None


@dataclass(frozen=True, slots=True, order=True)
class DaysDuration:
    """A duration of days, hours, minutes and seconds, exact to the nanosecond."""

    nanoseconds: int

    def __str__(self) -> str:
        rest = abs(self.nanoseconds)
        days, rest = divmod(rest, DAY)
        hours, rest = divmod(rest, HOUR)
        minutes, rest = divmod(rest, MINUTE)
        seconds, fraction = divmod(rest, SECOND)
        text = ("-" if self.nanoseconds < 0 else "") + "P" + (f"{days}D" if days else "")
        time = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
        if seconds or fraction:
            time += str(seconds) + (f".{fraction:09d}".rstrip("0") if fraction else "") + "S"
        if time:
            return f"{text}T{time}"
        return text if days else "PT0S"

    def to_timedelta(self) -> timedelta | None:
        """Return Python's timedelta, rounded down to microseconds, or None beyond its range."""
        try:
            return timedelta(microseconds=self.nanoseconds // 1000)
        except OverflowError:
            return None


@dataclass(frozen=True, slots=True, order=True)
class MonthsDuration:
    """A duration of years and months."""

    months: int

    def __str__(self) -> str:
        years, months = divmod(abs(self.months), 12)
        text = ("-" if self.months < 0 else "") + "P"
        if not years and not months:
            return "P0M"
        return text + (f"{years}Y" if years else "") + (f"{months}M" if months else "")


Temporal = DateValue | TimeValue | DateTimeValue | DaysDuration | MonthsDuration


def _zone_text(offset: int | None, zone: str | None) -> str:
    if zone is not None:
        return f"@{zone}"
    if offset is None:
        return ""
    if offset == 0:
        return "Z"
    minutes, seconds = divmod(abs(offset), 60)
    text = f"{'-' if offset < 0 else '+'}{minutes // 60:02d}:{minutes % 60:02d}"
    return f"{text}:{seconds:02d}" if seconds else text


def make_date(year: int, month: int, day: int) -> DateValue | None:
    """Return the date, or None where the calendar has none."""
    if not -MAX_YEAR <= year <= MAX_YEAR:
        return None
    try:
        date((year - 1) % 400 + 1, month, day)
    except (ValueError, OverflowError):
        return None
    return DateValue(year, month, day)


def make_time(nanoseconds: int, offset: int | None = None, zone: str | None = None) -> TimeValue | None:
    """Return the time of day, or None where the clock or the zone has none (offsets reach 18 hours)."""
    if not 0 <= nanoseconds < DAY or (offset is not None and abs(offset) > 18 * 3600):
        return None
    if zone is not None and _zone_info(zone) is None:
        return None
    return TimeValue(nanoseconds, offset, zone)


def make_date_time(day: DateValue, time: TimeValue) -> DateTimeValue:
    """Return the date and time; a zone's offset is the one that holds at that moment."""
    if time.zone is not None:
        time = TimeValue(time.nanoseconds, offset_at(time.zone, day, time), time.zone)
    return DateTimeValue(day, time)


@lru_cache(maxsize=256)
def _zone_info(name: str) -> ZoneInfo | None:
    # NOTE: zone data comes with the system or the tzdata package; two systems may know different rules.
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return None


def offset_at(zone: str, day: DateValue, time: TimeValue) -> int | None:
    """Return a zone's offset from UTC in seconds at a local date and time, or None where there is no such zone."""
    info = _zone_info(zone)
    if info is None:
        return None
    year = day.year if 1 < day.year < 9999 else (day.year - 1) % 400 + 2001
    moment = datetime(year, day.month, day.day, time.hour, time.minute, time.second, tzinfo=info)
    shift = moment.utcoffset()
    return None if shift is None else int(shift.total_seconds())


def make_days(nanoseconds: int) -> DaysDuration | None:
    """Return the duration, or None beyond the range."""
    return DaysDuration(nanoseconds) if abs(nanoseconds) <= MAX_NANOSECONDS else None


def make_months(months: int) -> MonthsDuration | None:
    """Return the duration, or None beyond the range."""
    return MonthsDuration(months) if abs(months) <= MAX_MONTHS else None


def from_datetime(moment: datetime) -> DateTimeValue:
    """Return Python's *moment* as a FEEL value, its offset kept."""
    shift = moment.utcoffset()
    clock = (moment.hour * 3600 + moment.minute * 60 + moment.second) * SECOND + moment.microsecond * 1000
    offset = None if shift is None else int(shift.total_seconds())
    return DateTimeValue(DateValue(moment.year, moment.month, moment.day), TimeValue(clock, offset))


def date_of_days(days: int) -> DateValue | None:
    """Return the date *days* after 1970-01-01, or None beyond the range."""
    cycles, rest = divmod(days + _EPOCH - 1, _CYCLE_DAYS)
    found = date.fromordinal(rest + 1)
    return make_date(found.year + cycles * 400, found.month, found.day)
