"""The ladders document in; the ladders out, as far as they can be read."""

from __future__ import annotations

from engine.model import Ladder, Rung
from engine.parser.durations import read_wait
from engine.parser.reader import Reader
from engine.source import Path

ON_SHIFT = "on shift "
"""What comes before the name of a function where those of its people are meant that are on shift."""

MOST_REPEATS = 1_000
"""How often the last rung of a ladder can be climbed again."""


def read_ladders(reader: Reader) -> tuple[Ladder, ...]:
    """Return the ladders of the document."""
    return tuple(_read_ladder(reader, path) for path in reader.items(("ladders",)))


def _read_ladder(reader: Reader, path: Path) -> Ladder:
    calendar = reader.text((*path, "calendar"))
    rungs: list[Rung] = []
    for step in reader.items((*path, "steps")):
        after = read_wait(reader, (*step, "after"), calendar)
        if after is None:
            continue
        before = next((r.after for r in reversed(rungs) if r.after.is_working is after.is_working), None)
        if before is not None and after.duration < before.duration:
            words = f'"{after.text}" comes before the step above it'
            fix = "put the steps in the order of their times"
            reader.fault("time-order", reader.span((*step, "after")), words, fix)
        message = _message(reader, (*step, "message"))
        tell = tuple(_who(reader, name, place) for name, place in reader.texts((*step, "tell")))
        rungs.append(Rung(after, tell, message, reader.span(step)))
    times = reader.value((*path, "repeat", "times"))
    if isinstance(times, int) and not 0 < times <= MOST_REPEATS:
        message = f"the last step is climbed again {times} times"
        fix = f"write a number from 1 to {MOST_REPEATS:,}"
        reader.fault("bad-time", reader.span((*path, "repeat", "times")), message, fix)
        times = 0
    every = read_wait(reader, (*path, "repeat", "every"), calendar)
    if every is not None and not every.duration:
        fix = "write a duration above zero"
        reader.fault("bad-time", reader.span((*path, "repeat", "every")), f'"{every.text}" is no time', fix)
    return Ladder(
        name=reader.text((*path, "ladder")),
        title=reader.text((*path, "title")),
        rungs=tuple(rungs),
        span=reader.span((*path, "ladder")),
        every=every,
        times=times if isinstance(times, int) and every is not None else 0,
        end=read_wait(reader, (*path, "end"), calendar),
        calendar=calendar,
        places=reader.places(path),
    )


def _message(reader: Reader, path: Path) -> str:
    """Return what is told, as it is written: a ladder is shared by rules, and reads no fact."""
    message = reader.text(path)
    if "{" in message:
        fix = "leave the braces out, or the message: without one, it is what the rule says"
        reader.fault("template", reader.span(path), "texts with {FEEL} in them are not read in ladders", fix)
    return message


def _who(reader: Reader, name: str, place: Path) -> str:
    found = " ".join(name.split())
    if found == ON_SHIFT.strip():
        fix = 'name the function, such as "on shift maintenance"'
        reader.fault("bad-name", reader.span(place), '"on shift" is nobody yet', fix)
    return found
