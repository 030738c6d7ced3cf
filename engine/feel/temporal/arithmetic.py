"""Moving dates and times by durations, on the time line where they have a zone, else on the local clock."""

from __future__ import annotations

from engine.feel.temporal.values import (
    DAY,
    HOUR,
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
    offset_at,
)


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
        offset = None if day is None else offset_at(zone, day, TimeValue(clock))
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
