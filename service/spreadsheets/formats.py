"""Numbers of a cell and how it is formatted in; numbers, and FEEL for dates, times and durations, out.

A spreadsheet holds a moment as days since an epoch, and only the cell's number format tells that it is one (ECMA-376, 18.8.30).
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum

from service.spreadsheets.archive import Unreadable

MAX_WHOLE = 10**15
"""From here on a spreadsheet does not keep every digit of a number."""
_MILLISECONDS = 86_400_000
_LAST_DAY = date(9999, 12, 31)


class Format(Enum):
    """What a number stands for."""

    NUMBER = "number"
    DATE = "date"
    DATE_TIME = "date and time"
    TIME = "time"
    ELAPSED = "duration"


_BUILT_IN = {
    **dict.fromkeys((*range(14, 18), *range(27, 32), 36, *range(50, 55), 57, 58), Format.DATE),
    **dict.fromkeys((*range(18, 22), *range(32, 36), 45, 47, 55, 56), Format.TIME),
    22: Format.DATE_TIME,
    46: Format.ELAPSED,
}
_ELAPSED = re.compile(r"\[(?:h+|m+|s+)\]", re.IGNORECASE)
_NOT_SHOWN = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]|AM/PM|A/P|General', re.IGNORECASE)


def format_of(number: int, code: str | None) -> Format:
    """Return what the number format *number* makes of a number; *code* is its text where the workbook defines it."""
    if code is None:
        return _BUILT_IN.get(number, Format.NUMBER)
    if _ELAPSED.search(code):
        return Format.ELAPSED
    letters = set(_NOT_SHOWN.sub("", code).partition(";")[0].lower())
    has_time = bool(letters & set("hs"))
    has_date = bool(letters & set("yd")) or ("m" in letters and not has_time)
    if has_date:
        return Format.DATE_TIME if has_time else Format.DATE
    return Format.TIME if has_time else Format.NUMBER


def read_number(text: str, shown: Format, *, from_1904: bool) -> int | Decimal | dict[str, str]:
    """Return what the number *text* says in a cell that is *shown* so; raise Unreadable, about the cell, where it is nothing.

    Numbers have the 15 digits that a spreadsheet shows, so that 0.1 + 0.2 is 0.3.
    """
    try:
        value = float(text)
    except ValueError:
        raise Unreadable("the cell holds no number", "write it again") from None
    if not abs(value) < MAX_WHOLE:
        message = "a spreadsheet does not keep all digits of a number this long"
        raise Unreadable(message, "format the cell as text and write it again")
    if shown is Format.NUMBER:
        number = Decimal(format(value, ".15g"))
        return int(number) if number == number.to_integral_value() else number
    if shown is Format.ELAPSED:
        return {"feel": f'@"{_duration(round(value * _MILLISECONDS))}"'}
    if value < 0:
        raise Unreadable("a date or time cannot be negative", "correct it")
    days, within = divmod(round(value * _MILLISECONDS), _MILLISECONDS)
    if shown is Format.TIME:
        if days:
            message = "the cell shows a time of day and holds more than a day"
            raise Unreadable(message, "format a duration as [h]:mm, and a day as a date")
        return {"feel": f'@"{_time(within)}"'}
    day = _day(days, from_1904=from_1904).isoformat()
    if shown is Format.DATE and not within:
        return {"feel": f'@"{day}"'}
    return {"feel": f'@"{day}T{_time(within)}"'}


def _day(days: int, *, from_1904: bool) -> date:
    epoch = date(1904, 1, 1) if from_1904 else date(1899, 12, 30)
    if not from_1904 and days < 60:
        epoch = date(1899, 12, 31)
    if days > (_LAST_DAY - epoch).days:
        raise Unreadable("the cell holds a day after the year 9999", "correct it")
    return epoch + timedelta(days=days)


def _time(milliseconds: int) -> str:
    seconds, part = divmod(milliseconds, 1000)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour:02}:{minute:02}:{second:02}" + (f".{part:03}" if part else "")


def _duration(milliseconds: int) -> str:
    sign = "-" if milliseconds < 0 else ""
    seconds, part = divmod(abs(milliseconds), 1000)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    fraction = f".{part:03}" if part else ""
    time = "".join(f"{count}{word}" for count, word in ((hour, "H"), (minute, "M")) if count) + (
        f"{second}{fraction}S" if second or part else ""
    )
    return f"{sign}P" + (f"{days}D" if days else "") + (f"T{time}" if time else "" if days else "T0S")
