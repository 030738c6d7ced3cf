"""The dispositions document in; what can be decided about what is held out, as far as it can be read."""

from __future__ import annotations

from engine.model import Disposition, Signature
from engine.parser.durations import read_wait
from engine.parser.reader import Reader
from engine.source import Path


def read_dispositions(reader: Reader) -> tuple[Disposition, ...]:
    """Return the dispositions of the document."""
    return tuple(_read_disposition(reader, path) for path in reader.items(("dispositions",)))


def _read_disposition(reader: Reader, path: Path) -> Disposition:
    signatures: list[Signature] = []
    for place in reader.items((*path, "signatures")):
        meaning = reader.text((*place, "meaning"))
        if any(other.meaning == meaning for other in signatures):
            message = f'"{meaning[:60]}" is signed twice'
            fix = "say what each signature means, or delete one"
            reader.fault("duplicate-name", reader.span((*place, "meaning")), message, fix)
            continue
        roles = tuple(" ".join(name.split()) for name, _ in reader.texts((*place, "by")))
        signatures.append(Signature(meaning, roles))
    calendar = reader.text((*path, "calendar"))
    return Disposition(
        name=reader.text((*path, "disposition")),
        title=reader.text((*path, "title")),
        signatures=tuple(signatures),
        releases=reader.value((*path, "releases")) is True,
        within=read_wait(reader, (*path, "within"), calendar),
        calendar=calendar,
        span=reader.span((*path, "disposition")),
        places=reader.places(path),
    )
