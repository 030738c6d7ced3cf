"""What `hold` says in; what is fixed of the hold, the same for every match, out."""

from __future__ import annotations

from datetime import timedelta

from engine.calendars import Wait
from engine.model import HoldPlan
from engine.parser.durations import read_wait, wait_of
from engine.parser.reader import Reader
from engine.source import Path

FIXED_OF_HOLD = ("review", "expires", "including")
"""Keys whose values are the same for every match."""


USUAL = timedelta(days=90)
"""How long what was made from what is kept where a rule does not say."""


def read_hold(reader: Reader, path: Path) -> HoldPlan | None:
    """Return what is fixed of the hold at *path*; None where it says nothing of that."""
    if not any(key in FIXED_OF_HOLD for key in reader.keys(path)):
        return None
    review = read_wait(reader, (*path, "review"))
    expires = read_wait(reader, (*path, "expires"))
    for key, wait in (("review", review), ("expires", expires)):
        if wait is not None and not wait.duration:
            reader.fault(
                "bad-time",
                reader.span((*path, key)),
                f'"{wait.text}" is no time',
                "write a duration above zero",
            )
    return HoldPlan(review, expires, _descendants(reader, (*path, "including")))


def _descendants(reader: Reader, path: Path) -> timedelta | None:
    """Return for how long what was made from what is kept, where the text at *path* asks for it."""
    written = reader.text(path).strip()
    if not written:
        return None
    word, _, length = written.partition(" of ")
    wait = wait_of(reader, length.strip(), path) if length else Wait(USUAL, "90 days")
    if word.strip() != "descendants" or (wait is not None and (wait.is_working or not wait.duration)):
        message = f'"{written[:60]}" does not say what else is held'
        reader.fault("bad-name", reader.span(path), message, "write descendants, or descendants of 90 days")
        return None
    return None if wait is None else wait.duration
