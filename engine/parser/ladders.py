"""The ladders document in; the ladders' names out, once its times have been looked at."""

from __future__ import annotations

from engine import feel
from engine.diagnostics import Diagnostic, Span, warning
from engine.feel import DaysDuration
from engine.parser.reader import Reader
from engine.source.document import Path

_FIX = "write a number and a unit, such as 15 min, 2 h or 1 day"


def read_ladders(reader: Reader) -> tuple[tuple[tuple[str, Span], ...], Diagnostic | None]:
    """Return each ladder's name with where it stands, and the warning that nothing climbs them yet."""
    names = []
    for path in reader.items(("ladders",)):
        names.append((reader.text((*path, "ladder")), reader.span((*path, "ladder"))))
        before = None
        for step in reader.items((*path, "steps")):
            after = _duration(reader, (*step, "after"))
            if after is not None and before is not None and after.nanoseconds < before.nanoseconds:
                message = f'"{reader.text((*step, "after"))}" comes before the step above it'
                reader.fault(
                    "time-order",
                    reader.span((*step, "after")),
                    message,
                    "put the steps in the order of their times",
                )
            before = after or before
        if reader.value((*path, "repeat")) is not None:
            _duration(reader, (*path, "repeat", "every"))
    if not names:
        return (), None
    message = "ladders are read and checked, and climbed in a later version"
    fix = "until then, tell people with escalate"
    return tuple(names), warning("not-yet", reader.key_span(("ladders",)), message, fix)


def _duration(reader: Reader, path: Path) -> DaysDuration | None:
    """Return the duration written at *path*; record a fault where it is none, or one of months, whose length varies."""
    written = reader.text(path)
    found = feel.parse_duration(written) if written else None
    if written and not isinstance(found, DaysDuration):
        reader.fault("bad-time", reader.span(path), f'"{written}" is not how long', _FIX)
    return found if isinstance(found, DaysDuration) else None
