"""Date built-ins (DMN 1.5, 10.3.4.7 and 10.3.4.8): the clock given with the fact, and places in the calendar."""

from __future__ import annotations

from datetime import date as python_date
from typing import Any

from engine.feel.builtins.registry import builtin
from engine.feel.convert import to_date_time
from engine.feel.temporal import DateTimeValue, DateValue

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_FIRST_HALF = ("January", "February", "March", "April", "May", "June")
_SECOND_HALF = ("July", "August", "September", "October", "November", "December")
_MONTHS = (*_FIRST_HALF, *_SECOND_HALF)


@builtin("now", "-> date and time", clock=True)
def now(clock: Any) -> DateTimeValue | None:
    """Return the time of the fact under evaluation."""
    return to_date_time(clock)


@builtin("today", "-> date", clock=True)
def today(clock: Any) -> DateValue | None:
    """Return the date of the fact under evaluation, at its own offset."""
    found = to_date_time(clock)
    return None if found is None else found.date


def _day(value: Any) -> DateValue:
    found: DateValue = value.date if isinstance(value, DateTimeValue) else value
    return found


@builtin("day of year", "date: date|date and time -> number")
def day_of_year(date: Any) -> int:
    """Return the day's number in its year."""
    day = _day(date)
    return day.days - DateValue(day.year, 1, 1).days + 1


@builtin("day of week", "date: date|date and time -> string")
def day_of_week(date: Any) -> str:
    """Return the day's name in English, Monday to Sunday."""
    return _DAYS[_day(date).weekday - 1]


@builtin("month of year", "date: date|date and time -> string")
def month_of_year(date: Any) -> str:
    """Return the month's name in English."""
    return _MONTHS[_day(date).month - 1]


@builtin("week of year", "date: date|date and time -> number")
def week_of_year(date: Any) -> int:
    """Return the number of the week by ISO 8601."""
    day = _day(date)
    # the calendar repeats every 400 years, weekdays included
    return python_date((day.year - 1) % 400 + 2001, day.month, day.day).isocalendar().week
