"""FEEL's dates, times, date-times and durations: exact values, their ISO 8601 texts, and their arithmetic.

Years run from -999999999 to 999999999 and seconds down to nanoseconds, which Python's datetime does not hold. Bad text
and results out of range are None. The clock is never read; zone names are looked up in the system's zone data.
"""

from __future__ import annotations

import re
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


# texts

_DATE = r"(-?(?:[1-9]\d{4,8}|\d{4}))-(\d\d)-(\d\d)"
_TIME = r"(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:(Z|z)|([+-])(\d\d):(\d\d)(?::(\d\d))?|@([A-Za-z0-9_/+-]+))?"
_DATE_FORM = re.compile(_DATE, re.ASCII)
_TIME_FORM = re.compile(f"T?{_TIME}", re.ASCII)
_DATE_TIME_FORM = re.compile(f"{_DATE}[Tt]{_TIME}", re.ASCII)
_DAYS_FORM = re.compile(
    r"(-)?P(?:(\d{1,18})W)?(?:(\d{1,18})D)?(?:T(?:(\d{1,18})H)?(?:(\d{1,18})M)?(?:(\d{1,18})(?:\.(\d*))?S)?)?",
    re.ASCII,
)
_MONTHS_FORM = re.compile(r"(-)?P(?:(\d{1,18})Y)?(?:(\d{1,18})M)?", re.ASCII)
_WORDS_FORM = re.compile(r"\s*(-?\d{1,12}(?:\.\d{1,9})?)\s*([a-z]+)\s*", re.ASCII)
_UNITS = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), SECOND),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), MINUTE),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), HOUR),
    **dict.fromkeys(("d", "day", "days"), DAY),
    **dict.fromkeys(("w", "week", "weeks"), 7 * DAY),
}
_MONTH_UNITS = {
    **dict.fromkeys(("month", "months"), 1),
    **dict.fromkeys(("year", "years"), 12),
}


MAX_TEXT = 100
"""No date or duration is longer; what is kept in the caches below stays small."""


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
        time = TimeValue(time.nanoseconds, _offset_at(time.zone, day, time), time.zone)
    return DateTimeValue(day, time)


@lru_cache(maxsize=256)
def _zone_info(name: str) -> ZoneInfo | None:
    # NOTE: zone data comes with the system or the tzdata package; two systems may know different rules.
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return None


def _offset_at(zone: str, day: DateValue, time: TimeValue) -> int | None:
    info = _zone_info(zone)
    if info is None:
        return None
    year = day.year if 1 < day.year < 9999 else (day.year - 1) % 400 + 2001
    moment = datetime(year, day.month, day.day, time.hour, time.minute, time.second, tzinfo=info)
    shift = moment.utcoffset()
    return None if shift is None else int(shift.total_seconds())


def parse_date(text: str) -> DateValue | None:
    """Return the date that *text* (`2026-01-31`) names, or None."""
    return _parse_date(text) if len(text) <= MAX_TEXT else None


@lru_cache(maxsize=4096)
def _parse_date(text: str) -> DateValue | None:
    found = _DATE_FORM.fullmatch(text)
    return make_date(int(found[1]), int(found[2]), int(found[3])) if found else None


def parse_time(text: str) -> TimeValue | None:
    """Return the time of day that *text* (`08:30:00`, with Z, an offset or @zone) names, or None."""
    return _parse_time(text) if len(text) <= MAX_TEXT else None


@lru_cache(maxsize=4096)
def _parse_time(text: str) -> TimeValue | None:
    found = _TIME_FORM.fullmatch(text)
    return _time_of(found.groups()) if found else None


def parse_date_time(text: str) -> DateTimeValue | None:
    """Return the date and time that *text* names, or None; a date alone is its midnight."""
    return _parse_date_time(text) if len(text) <= MAX_TEXT else None


@lru_cache(maxsize=8192)
def _parse_date_time(text: str) -> DateTimeValue | None:
    found = _DATE_TIME_FORM.fullmatch(text)
    if found is None:
        day = parse_date(text)
        return None if day is None else DateTimeValue(day, TimeValue(0))
    year, month, day_of_month, *clock = found.groups()
    day = make_date(int(year), int(month), int(day_of_month))
    if clock[:3] == ["24", "00", "00"] and day is not None:
        # the end of a day is the beginning of the next
        day, clock[0] = date_of_days(day.days + 1), "00"
    time = _time_of(clock)
    return None if day is None or time is None else make_date_time(day, time)


def _time_of(groups: list[str | None] | tuple[str | None, ...]) -> TimeValue | None:
    hour, minute, second, fraction, utc, sign, zone_hour, zone_minute, zone_second, zone = groups
    if int(hour or 0) > 23 or int(minute or 0) > 59 or int(second or 0) > 59:
        return None
    nanoseconds = int(hour or 0) * HOUR + int(minute or 0) * MINUTE + int(second or 0) * SECOND
    nanoseconds += int((fraction or "0")[:9].ljust(9, "0"))
    if utc:
        return make_time(nanoseconds, 0)
    if zone is not None:
        return make_time(nanoseconds, None, zone)
    if sign is None:
        return make_time(nanoseconds)
    if int(zone_minute or 0) > 59 or int(zone_second or 0) > 59:
        return None
    offset = int(zone_hour or 0) * 3600 + int(zone_minute or 0) * 60 + int(zone_second or 0)
    return make_time(nanoseconds, -offset if sign == "-" else offset)


def parse_iso_duration(text: str) -> DaysDuration | MonthsDuration | None:
    """Return the duration that ISO 8601 *text* (`PT15M`, `P1Y`) names, or None; the two kinds do not mix."""
    return _parse_iso_duration(text) if len(text) <= MAX_TEXT else None


@lru_cache(maxsize=4096)
def _parse_iso_duration(text: str) -> DaysDuration | MonthsDuration | None:
    if not text or text[-1] in "PTpt":
        return None
    found = _DAYS_FORM.fullmatch(text)
    if found:
        sign, weeks, days, hours, minutes, seconds, fraction = found.groups()
        total = int(weeks or 0) * 7 * DAY + int(days or 0) * DAY + int(hours or 0) * HOUR
        total += int(minutes or 0) * MINUTE + int(seconds or 0) * SECOND
        total += int((fraction or "0")[:9].ljust(9, "0"))
        return make_days(-total if sign else total)
    found = _MONTHS_FORM.fullmatch(text)
    if found:
        months = int(found[2] or 0) * 12 + int(found[3] or 0)
        return make_months(-months if found[1] else months)
    return None


def parse_duration(text: str) -> DaysDuration | MonthsDuration | None:
    """Return the duration that *text* names in words (`15 min`, `2 h`, `3 days`) or in ISO 8601, or None."""
    found = _WORDS_FORM.fullmatch(text)
    if found is None:
        return parse_iso_duration(text.strip())
    amount, unit = found.groups()
    if unit in _UNITS:
        whole, _, fraction = amount.partition(".")
        scaled = int(whole + fraction.ljust(9, "0"))
        return make_days(scaled * _UNITS[unit] // SECOND)
    if unit in _MONTH_UNITS and "." not in amount:
        return make_months(int(amount) * _MONTH_UNITS[unit])
    return None


def parse_temporal(text: str) -> Temporal | None:
    """Return what `@"text"` stands for: a date, date and time, time, or duration; or None."""
    if "P" in text[:2]:
        return parse_iso_duration(text)
    return parse_date(text) or parse_time(text) or (parse_date_time(text) if "T" in text else None)


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


# arithmetic


def date_of_days(days: int) -> DateValue | None:
    """Return the date *days* after 1970-01-01, or None beyond the range."""
    cycles, rest = divmod(days + _EPOCH - 1, _CYCLE_DAYS)
    found = date.fromordinal(rest + 1)
    return make_date(found.year + cycles * 400, found.month, found.day)


def shift_days(value: DateValue | TimeValue | DateTimeValue, duration: DaysDuration) -> Temporal | None:
    """Return *value* moved by *duration*: a time wraps at midnight, a date moves by whole days."""
    if isinstance(value, TimeValue):
        return TimeValue((value.nanoseconds + duration.nanoseconds) % DAY, value.offset, value.zone)
    if isinstance(value, DateValue):
        return date_of_days((value.days * DAY + duration.nanoseconds) // DAY)
    if value.time.zone is not None and value.time.offset is not None:
        # on the time line: the offset may change on the way
        return _in_zone(value.line + duration.nanoseconds, value.time.zone)
    days, clock = divmod(value.date.days * DAY + value.time.nanoseconds + duration.nanoseconds, DAY)
    day = date_of_days(days)
    if day is None:
        return None
    return DateTimeValue(day, TimeValue(clock, value.time.offset, value.time.zone))


def _in_zone(line: int, zone: str) -> DateTimeValue | None:
    for offset in _offsets_near(line, zone):
        days, clock = divmod(line + offset * SECOND, DAY)
        day = date_of_days(days)
        if day is not None:
            found = make_date_time(day, TimeValue(clock, None, zone))
            if found.line == line:
                return found
    return None


def _offsets_near(line: int, zone: str) -> set[int]:
    found = set()
    for hours in (-24, 0, 24):
        days, clock = divmod(line + hours * HOUR, DAY)
        day = date_of_days(days)
        offset = None if day is None else _offset_at(zone, day, TimeValue(clock))
        if offset is not None:
            found.add(offset)
    return found


def shift_months(value: DateValue | DateTimeValue, duration: MonthsDuration) -> Temporal | None:
    """Return *value* moved by months; a day beyond the month's end becomes its last day."""
    if isinstance(value, DateTimeValue):
        moved = shift_months(value.date, duration)
        return make_date_time(moved, value.time) if isinstance(moved, DateValue) else None
    year, month = divmod(value.year * 12 + value.month - 1 + duration.months, 12)
    for day in range(value.day, value.day - 4, -1):
        found = make_date(year, month + 1, day)
        if found is not None:
            return found
    return None
