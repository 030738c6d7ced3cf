"""A fact type document in, a FactType out; its schema, key and units are checked against each other."""

from __future__ import annotations

from engine.diagnostics import did_you_mean
from engine.model import OWNERS, FactType, Kind
from engine.parser.data_schema import check_schema, property_names
from engine.parser.reader import Reader
from engine.source import Path


def read_fact_type(reader: Reader) -> FactType:
    """Return the fact type the document declares, as far as it can be read."""
    name = reader.text(("fact",))
    schema = reader.value(("data",))
    sound = isinstance(schema, dict) and check_schema(reader, ("data",))
    kind = Kind(reader.choice(("kind",), tuple(Kind), Kind.STATE))
    key = reader.texts(("key",))
    if isinstance(schema, dict):
        _check_names(reader, key, "a key field", reader.keys(("data", "properties")))
        _check_required(reader, key)
        units = tuple((name, ("units", name)) for name in reader.keys(("units",)))
        _check_names(reader, units, "a field with a unit", property_names(schema))
    if kind is Kind.STATE and "key" not in reader.keys(()) and "kind" in reader.keys(()):
        message = f'the state "{name}" has no "key"'
        reader.fault("missing-key", reader.key_span(("kind",)), message, "name the fields that identify it")
    fields = reader.places(("data", "properties"), "data.")
    return FactType(
        name=name,
        title=reader.text(("title",)),
        description=reader.text(("description",)),
        kind=kind,
        owners=tuple(dict.fromkeys(owner for owner, _ in reader.texts(("owner",)) if owner in OWNERS)),
        key=tuple(name for name, _ in key),
        schema=schema if sound else {},
        units={unit: reader.text(("units", unit)) for unit in reader.keys(("units",))},
        span=reader.span(("fact",)),
        places={**reader.places(()), **fields},
    )


def _check_names(
    reader: Reader, names: tuple[tuple[str, Path], ...], word: str, known: tuple[str, ...]
) -> None:
    """Record each of *names* that is not among *known*, the fields there are."""
    for name, path in names:
        if name not in known:
            span = reader.key_span(path) if path[0] == "units" else reader.span(path)
            message = f'{word} is "{name[:60]}", which data does not have'
            reader.fault("unknown-field", span, message, did_you_mean(name, known))


def _check_required(reader: Reader, key: tuple[tuple[str, Path], ...]) -> None:
    required = {name for name, _ in reader.texts(("data", "required"))}
    known = reader.keys(("data", "properties"))
    for name, path in key:
        if name in known and name not in required:
            reader.fault(
                "key-not-required",
                reader.span(path),
                f'the key field "{name}" may be missing',
                f'add "{name}" to required',
            )
