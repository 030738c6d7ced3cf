"""Shift calendars: when people work, to the nanosecond, over daylight saving, holidays and midnight.

A calendar and a moment come in; shifts, windows, durations and moments go out. Nothing here reads a clock or a file but
the zone data, and no question costs more than MAX_YEARS of days.
"""

from engine.calendars.arithmetic import MAX_YEARS, OutOfReach
from engine.calendars.book import NO_CALENDARS, Calendars
from engine.calendars.expansion import ShiftWindow
from engine.calendars.lapses import NEVER, Lapse, in_words
from engine.calendars.model import Break, Calendar, Shift, plan_of
from engine.calendars.moments import (
    DayWindow,
    ShiftPeriod,
    add_working,
    day_window,
    is_working,
    next_end,
    next_start,
    shift_at,
    working_between,
)
from engine.calendars.periods import Periods
from engine.calendars.waits import Wait

__all__ = [
    "MAX_YEARS",
    "NEVER",
    "NO_CALENDARS",
    "Break",
    "Calendar",
    "Calendars",
    "DayWindow",
    "Lapse",
    "OutOfReach",
    "Periods",
    "Shift",
    "ShiftPeriod",
    "ShiftWindow",
    "Wait",
    "add_working",
    "day_window",
    "in_words",
    "is_working",
    "next_end",
    "next_start",
    "plan_of",
    "shift_at",
    "working_between",
]
