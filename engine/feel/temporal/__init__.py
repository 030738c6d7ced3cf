"""FEEL's dates, times, date-times and durations: exact values, their ISO 8601 texts, and their arithmetic."""

from __future__ import annotations

from engine.feel.temporal.arithmetic import shift_days, shift_months
from engine.feel.temporal.texts import (
    parse_date,
    parse_date_time,
    parse_duration,
    parse_iso_duration,
    parse_temporal,
    parse_time,
)
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
    from_datetime,
    make_date,
    make_date_time,
    make_days,
    make_months,
    make_time,
)

__all__ = [
    "DAY",
    "HOUR",
    "MINUTE",
    "SECOND",
    "DateTimeValue",
    "DateValue",
    "DaysDuration",
    "MonthsDuration",
    "Temporal",
    "TimeValue",
    "date_of_days",
    "from_datetime",
    "make_date",
    "make_date_time",
    "make_days",
    "make_months",
    "make_time",
    "parse_date",
    "parse_date_time",
    "parse_duration",
    "parse_iso_duration",
    "parse_temporal",
    "parse_time",
    "shift_days",
    "shift_months",
]
