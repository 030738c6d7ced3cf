"""The flows document in; systems and flows out."""

from __future__ import annotations

from decimal import Decimal

from engine.diagnostics import Span
from engine.model import Flow, FlowCheck, System
from engine.parser.reader import Reader
from engine.source import Path


def read_flows(reader: Reader) -> tuple[tuple[tuple[System, Span], ...], tuple[Flow, ...]]:
    """Return the systems, each with where its name stands, and the flows between them."""
    systems = tuple(
        (
            System(
                name,
                reader.text(("systems", name, "title")),
                tuple(source for source, _ in reader.texts(("systems", name, "sources"))),
            ),
            reader.key_span(("systems", name)),
        )
        for name in reader.keys(("systems",))
    )
    flows = []
    for path in reader.items(("flows",)):
        sender, arrow, receiver = reader.text((*path, "direction")).partition(" -> ")
        facts = reader.texts((*path, "facts"))
        flows.append(
            Flow(
                name=reader.text((*path, "flow")),
                title=reader.text((*path, "title")),
                owner=reader.text((*path, "owner")),
                receiver=receiver,
                facts=tuple(name for name, _ in facts),
                span=reader.span((*path, "flow")),
                sender=sender if arrow else "",
                places={
                    **reader.places(path),
                    **{f"facts.{name}": reader.span(place) for name, place in facts},
                },
                targets=tuple(name for name, _ in reader.texts((*path, "targets"))),
                checks=tuple(_check(reader, place) for place in reader.items((*path, "checks"))),
            )
        )
    return systems, tuple(flows)


def _check(reader: Reader, path: Path) -> FlowCheck:
    values = {name: reader.value((*path, name)) for name in reader.keys(path) if name != "check"}
    return FlowCheck(
        name=reader.text((*path, "check")),
        settings={
            name: value
            for name, value in values.items()
            if isinstance(value, int | Decimal) and not isinstance(value, bool)
        },
        span=reader.span((*path, "check")),
        places=reader.places(path),
    )
