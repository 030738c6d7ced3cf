"""One cell of a log, read as the mapping says: text, number, true or false, time, or one of some words.

A cell that says nothing is None. A cell that cannot be read raises Unreadable with what would be right; nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping as Table
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

CELL_TYPES = ("text", "number", "boolean", "time", "word")
"""What a column can be read as."""

MAX_DIGITS = 30
"""More digits than this are a fault of the log, not a quantity."""

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_TRUE = frozenset({"y", "yes", "true", "t", "1", "x"})
_FALSE = frozenset({"n", "no", "false", "f", "0"})
_OFFSET = re.compile(r"\s*(?:(?P<utc>[Zz])|(?P<sign>[+-])(?P<hours>\d\d):?(?P<minutes>\d\d))$", re.ASCII)
_TOKENS = {
    "YYYY": r"(?P<year>\d{4})",
    "MM": r"(?P<month>\d{1,2})",
    "DD": r"(?P<day>\d{1,2})",
    "hh": r"(?P<hour>\d{1,2})",
    "mm": r"(?P<minute>\d{2})",
    "ss": r"(?P<second>\d{2})",
    "f": r"(?P<fraction>\d{1,9})",
}
_TOKEN = re.compile("|".join([*_TOKENS, r"\[", r"\]", "."]), re.DOTALL)
_OTHERWISE = re.compile(r"(?<![^\W\d_])[YMDHSymdhs]+(?![^\W\d_])")
"""What other programs write for the parts of a time, such as HH or dd, in a text without the tokens of this one."""


class Unreadable(Exception):  # noqa: N818 - named for what happened
    """A cell that is not what its column says; *wrong* and *fix* are texts for a diagnostic."""

    def __init__(self, wrong: str, fix: str) -> None:
        super().__init__(wrong)
        self.wrong = wrong
        self.fix = fix


@dataclass(frozen=True, slots=True)
class Reading:
    """How a column is read: its type, and for some types the words, the digits' grouping, or the ways to write a time."""

    type: str
    thousands: str = ""
    decimal_mark: str = "."
    words: Table[str, Any] | None = None
    formats: tuple[str, ...] = ()
    zone: tzinfo = UTC

    def read(self, cell: Any) -> Any:
        """Return the value of *cell*, None where it says nothing; raises Unreadable."""
        if cell is None:
            return None
        if isinstance(cell, (dict, list)):
            raise Unreadable("not a single value", "map one plain value a column")
        if isinstance(cell, str):
            cell = cell.strip()
            if not cell:
                return None
        return getattr(self, f"_{self.type}")(cell)

    def _text(self, cell: Any) -> str:
        if isinstance(cell, bool):
            return "true" if cell else "false"
        return str(cell)

    def _number(self, cell: Any) -> int | Decimal:
        if isinstance(cell, bool):
            raise Unreadable(f'"{self._text(cell)}" is not a number', "")
        if isinstance(cell, int):
            return cell
        return _to_number(str(cell), self.thousands, self.decimal_mark)

    def _boolean(self, cell: Any) -> bool:
        word = self._text(cell).lower()
        if word in _TRUE or word in _FALSE:
            return word in _TRUE
        raise Unreadable(
            f'"{self._text(cell)}" is neither true nor false', "write Y or N, true or false, 1 or 0"
        )

    def _word(self, cell: Any) -> Any:
        words = self.words or {}
        text = self._text(cell)
        for word, value in words.items():
            if word.casefold() == text.casefold():
                return value
        raise Unreadable(f'"{text}" is none of the words of this column', f"known: {', '.join(words)}")

    def _time(self, cell: Any) -> datetime:
        text = self._text(cell)
        bare, zone = _split_offset(text, self.zone)
        for written in self.formats:
            found = _pattern(written).fullmatch(bare)
            if found is None:
                continue
            try:
                moment = _moment(found, zone)
                at = moment.astimezone(UTC)
            except (ValueError, OverflowError):
                raise Unreadable(f'"{text}" is no moment of any calendar', f"it reads as {written}") from None
            if zone is not UTC and at.astimezone(zone).replace(tzinfo=None) != moment.replace(tzinfo=None):
                raise Unreadable(
                    f'"{text}" is left out in {zone}, whose clocks went forward then',
                    "name the zone whose clocks the log goes by",
                )
            return at
        raise Unreadable(
            f'"{text}" is not a time as this log writes it, {" or ".join(self.formats)}',
            'say under "times" of the mapping how this log writes times',
        )


def _to_number(text: str, thousands: str, decimal_mark: str) -> int | Decimal:
    plain = text
    if thousands and thousands in plain:
        whole, mark, rest = plain.partition(decimal_mark)
        groups = whole.lstrip("+-").split(thousands)
        if not 1 <= len(groups[0]) <= 3 or any(len(group) != 3 for group in groups[1:]):
            raise Unreadable(
                f'"{text}" is not a number', f'"{thousands}" stands between groups of three digits'
            )
        plain = whole.replace(thousands, "") + mark + rest
    if decimal_mark != ".":
        if "." in plain:
            raise Unreadable(f'"{text}" is not a number', f'decimals are written with "{decimal_mark}" here')
        plain = plain.replace(decimal_mark, ".")
    if _NUMBER.fullmatch(plain) is None or len(plain) > MAX_DIGITS:
        raise Unreadable(f'"{text}" is not a number', "write digits, such as 12 or 0.5")
    try:
        value = Decimal(plain)
    except InvalidOperation:  # pragma: no cover - the pattern admits numbers only
        raise Unreadable(f'"{text}" is not a number', "") from None
    if abs(value.adjusted()) > MAX_DIGITS:
        raise Unreadable(f'"{text}" is too large or too small to be a quantity', "")
    return int(value) if value == value.to_integral_value() else value


def _split_offset(text: str, zone: tzinfo) -> tuple[str, tzinfo]:
    found = _OFFSET.search(text)
    if found is None or ":" not in text[: found.start()]:
        return text, zone
    if found["utc"]:
        return text[: found.start()], UTC
    offset = timedelta(hours=int(found["hours"]), minutes=int(found["minutes"]))
    if offset >= timedelta(hours=24):
        return text, zone
    return text[: found.start()], timezone(-offset if found["sign"] == "-" else offset)


def _moment(found: re.Match[str], zone: tzinfo) -> datetime:
    named = found.groupdict()
    part = {name: int(named.get(name) or 0) for name in ("hour", "minute", "second")}
    fraction = (named.get("fraction") or "").ljust(6, "0")[:6]
    return datetime(
        int(named["year"]),
        int(named["month"]),
        int(named["day"]),
        **part,
        microsecond=int(fraction),
        tzinfo=zone,
    )


@lru_cache(maxsize=256)
def _pattern(written: str) -> re.Pattern[str]:
    """Return the pattern of a way to write times.

    YYYY MM DD hh mm ss f stand for digits, [..] may be left out, a blank may be a T.
    """
    out = []
    for token in _TOKEN.findall(written):
        if token in _TOKENS:
            out.append(_TOKENS[token])
        else:
            out.append({"[": "(?:", "]": ")?", " ": r"(?:[Tt]|\s+)"}.get(token, re.escape(token)))
    return re.compile("".join(out), re.ASCII)


def is_time_format(written: str) -> bool:
    """Return whether *written* names at least a year, a month and a day, each once, with its brackets closed.

    Letters that mean a part of a time to other programs, such as HH, are none: they would be looked for as they stand.
    """
    if _OTHERWISE.search(re.sub("|".join(_TOKENS), "", written)):
        return False
    try:
        names = _pattern(written).groupindex
    except re.error:
        return False
    return {"year", "month", "day"} <= set(names)
