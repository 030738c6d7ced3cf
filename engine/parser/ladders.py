"""The ladders document in; the ladders' names out, once its times have been looked at."""

from __future__ import annotations

from engine.diagnostics import Diagnostic, Span, warning
from engine.parser.durations import read_duration
from engine.parser.reader import Reader


def read_ladders(reader: Reader) -> tuple[tuple[tuple[str, Span], ...], Diagnostic | None]:
    """Return each ladder's name with where it stands, and the warning that nothing climbs them yet."""
    names = []
    for path in reader.items(("ladders",)):
        names.append((reader.text((*path, "ladder")), reader.span((*path, "ladder"))))
        before = None
        for step in reader.items((*path, "steps")):
            after = read_duration(reader, (*step, "after"))
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
            read_duration(reader, (*path, "repeat", "every"))
    if not names:
        return (), None
    message = "ladders are read and checked, and climbed in a later version"
    fix = "until then, tell people with escalate"
    return tuple(names), warning("not-yet", reader.key_span(("ladders",)), message, fix)
