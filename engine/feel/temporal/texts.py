"""Texts to dates, times and durations: ISO 8601, and the words for durations in rules. Bad text is None."""

from __future__ import annotations

import re
from functools import lru_cache

from engine.feel.temporal.values import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    DateTimeValue,
    DateValue,
    DaysDuration,
    MonthsDuration,
    Temporal,
    TimeValue,
    date_of_days,
    make_date,
    make_date_time,
    make_days,
    make_months,
    make_time,
)

MAX_TEXT = 100
"""No date or duration is longer; what is kept in the caches below stays small."""

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
