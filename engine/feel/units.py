"""Numbers written with a unit, as in `5 mm` or `10 min`, and what FEEL has in their place."""

from __future__ import annotations

import re
from decimal import Decimal

NO_UNIT = "a number carries no unit"
LONGEST_SHOWN = 160
"""Characters of the user's text that a message or a fix repeats."""

UNIT = re.compile(r"[^\W\d_]+(?![\w·])")
_WITH_UNIT = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([^\W\d_]+|%)\s*", re.ASCII)

# word -> its place in an ISO duration, and its seconds (none: it has no fixed length)
_TIMES: dict[str, tuple[str, int]] = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), ("PT{}S", 1)),
    **dict.fromkeys(("min", "mins", "minute", "minutes"), ("PT{}M", 60)),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), ("PT{}H", 3600)),
    **dict.fromkeys(("d", "day", "days"), ("P{}D", 86400)),
    **dict.fromkeys(("week", "weeks"), ("P{}D", 604800)),
    **dict.fromkeys(("month", "months"), ("P{}M", 0)),
    **dict.fromkeys(("year", "years"), ("P{}Y", 0)),
}
_WRITTEN = """
mm cm dm m km um µm nm inch inches ft yd g kg mg t lb lbs oz ml cl dl l pa kpa mpa hpa bar mbar psi a ma v mv kv w kw
mw kwh hz khz mhz rpm n kn nm c k f degc celsius ms pcs pc pieces units percent pct ppm
"""
_MEASURES = frozenset(_WRITTEN.split())
_LONGEST = 10


def is_unit(word: str) -> bool:
    """Return whether *word* is a unit that people write after numbers."""
    return word.lower() in _TIMES or word.lower() in _MEASURES


def split_unit(text: str) -> tuple[str, str] | None:
    """Return the number and the unit that *text* is made of, or None."""
    found = _WITH_UNIT.fullmatch(text)
    return None if found is None else (found[1], found[2])


def without_unit(number: str, unit: str, *, duration: bool | None = None) -> str:
    """Return what to write for *number* with *unit*; *duration* says whether a duration is wanted, if that is known."""
    if len(number) > LONGEST_SHOWN:
        return "write the number without the unit"
    length = _duration(number, unit.lower())
    if duration is False or not length:
        return f"write {number} without the unit" if not duration else 'write a duration as @"PT15M"'
    return f"write {length}" if duration else f"write {length} for a duration, {number} for a number"


def _duration(number: str, unit: str) -> str:
    if unit not in _TIMES or len(number) > _LONGEST or not re.fullmatch(r"\d+(\.\d+)?", number):
        return ""
    form, seconds = _TIMES[unit]
    if unit.startswith("week"):
        form, seconds, number = "P{}D", 86400, str(Decimal(number) * 7)
    if "." not in number or seconds == 1:
        return f'duration("{form.format(number)}")'
    if not seconds:
        return ""
    text = format((Decimal(number) * seconds).normalize(), "f")
    return f'duration("PT{text}S")'
