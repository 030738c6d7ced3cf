"""Types as a document writes them, in JSON Schema's words or FEEL's, to item definitions.

A type is a name ("number", "Lot"), or a mapping as in fact types: type, format, enum, minimum, properties, items; beside
that `allowed` (unary tests), and `parameters` with `result` for the type of a function.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from engine import feel
from engine.definitions.model import ItemDefinition, TypeRef
from engine.diagnostics import did_you_mean
from engine.feel import FeelSyntaxError, ast
from engine.parser.reader import Reader
from engine.parser.values import Spot, record_faults, spot_of
from engine.source import Path
from engine.written import Expression

MAX_DEPTH = 30
"""Types inside one another."""

_KEYS = (
    "type", "format", "enum", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "properties", "required",
    "additionalProperties", "items", "title", "description", "allowed", "allowed_all", "parameters", "result",
)  # fmt: skip
_BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
_FORMATS = {"date": "date", "time": "time", "date-time": "date and time"}
_WHOLE = "floor(?) = ?"


def type_ref(name: str) -> TypeRef:
    """Return the use of the type that a document calls *name*."""
    name = " ".join(name.split())
    return TypeRef("" if name in ("Any", "any") else "number" if name == "integer" else name)


def read_types(reader: Reader) -> dict[str, ItemDefinition]:
    """Return the types that the document declares, as far as they can be read."""
    return {
        " ".join(name.split()): _read(reader, ("types", name), " ".join(name.split()), 0)
        for name in reader.keys(("types",))
    }


def _read(reader: Reader, path: Path, name: str, depth: int) -> ItemDefinition:
    span = reader.key_span(path)
    value = reader.value(path)
    if isinstance(value, str):
        return ItemDefinition(name, span, type_ref(value), allowed=_whole(value, reader, path))
    if not isinstance(value, dict) or depth > MAX_DEPTH:
        fix = "write a type's name, or a mapping such as {type: string}"
        reader.fault("schema", span, f'"{name[:60]}" is no type that can be read', fix)
        return ItemDefinition(name, span)
    for key in value:
        if key not in _KEYS:
            reader.fault(
                "unknown-key",
                reader.key_span((*path, key)),
                f'unknown key "{key[:60]}"',
                did_you_mean(key, _KEYS),
            )
    if "parameters" in value or "result" in value:
        return _function(reader, path, name)
    allowed_all = _tests(reader, (*path, "allowed_all"))
    kind = value.get("type")
    if kind == "array" or (kind is None and "items" in value):
        return _collection(reader, path, name, depth, allowed_all)
    allowed = _allowed(reader, path)
    if kind == "object" or (kind is None and "properties" in value):
        components = tuple(
            _read(reader, (*path, "properties", part), " ".join(part.split()), depth + 1)
            for part in reader.keys((*path, "properties"))
        )
        return ItemDefinition(
            name,
            span,
            components=components,
            is_structure=True,
            allowed=allowed,
            allowed_all=allowed_all,
        )
    base = _base(reader, path, value)
    if allowed is None and kind == "integer":
        allowed = _written(_WHOLE, reader, path)
    return ItemDefinition(name, span, base, allowed=allowed, allowed_all=allowed_all)


def _function(reader: Reader, path: Path, name: str) -> ItemDefinition:
    parameters = tuple(
        (" ".join(part.split()), type_ref(reader.text((*path, "parameters", part))))
        for part in reader.keys((*path, "parameters"))
    )
    result = type_ref(reader.text((*path, "result")))
    return ItemDefinition(name, reader.key_span(path), result, parameters=parameters)


def _collection(
    reader: Reader, path: Path, name: str, depth: int, allowed_all: Expression | None
) -> ItemDefinition:
    span = reader.key_span(path)
    if "items" not in reader.keys(path):
        return ItemDefinition(name, span, is_collection=True, allowed_all=allowed_all)
    item = _read(reader, (*path, "items"), name, depth + 1)
    if item.is_collection or item.parameters is not None:
        fix = "declare what the list holds as a type of its own, and name it in items"
        reader.fault(
            "schema", reader.key_span((*path, "items")), "a list of lists cannot be written in one", fix
        )
    return ItemDefinition(
        name,
        span,
        item.base,
        item.components,
        item.is_structure,
        is_collection=True,
        allowed=item.allowed,
        allowed_all=allowed_all,
    )


def _base(reader: Reader, path: Path, value: Mapping[str, Any]) -> TypeRef:
    kind, form = value.get("type"), value.get("format")
    if kind is not None and not isinstance(kind, str):
        span = reader.span((*path, "type"))
        reader.fault("schema", span, "a type is one name", "write one; null is a value of every type")
        return TypeRef()
    if form is None:
        return type_ref(kind) if kind is not None else _enum_type(value.get("enum"))
    if form in _FORMATS:
        return TypeRef(_FORMATS[form])
    span = reader.span((*path, "format"))
    if form == "duration":
        fix = 'write "type: days and time duration" or "type: years and months duration"'
    else:
        fix = did_you_mean(str(form), (*_FORMATS, "duration"))
    reader.fault("schema", span, f'"{str(form)[:60]}" is no format that is read here', fix)
    return TypeRef("string")


def _enum_type(choices: Any) -> TypeRef:
    """Return the type of values that are listed without one."""
    if isinstance(choices, list):
        for python, name in ((str, "string"), (bool, "boolean"), ((int, Decimal), "number")):
            if choices and all(isinstance(choice, python) for choice in choices):
                return TypeRef(name)
    return TypeRef()


def _whole(name: str, reader: Reader, path: Path) -> Expression | None:
    return _written(_WHOLE, reader, path) if name == "integer" else None


# allowed values


def _allowed(reader: Reader, path: Path) -> Expression | None:
    """Return the values a type allows as unary tests: as they are written, or from JSON Schema's words."""
    words = [key for key in reader.keys(path) if key in ("allowed", "enum")]
    if any(key in _BOUNDS for key in reader.keys(path)):
        words.append(next(key for key in reader.keys(path) if key in _BOUNDS))
    if len(words) > 1:
        span = reader.key_span((*path, words[1]))
        message = f'"{words[1]}" stands beside "{words[0]}"'
        reader.fault("conflicting-keys", span, message, 'keep one, or say it all in "allowed" (unary tests)')
        return None
    if words == ["allowed"]:
        return _tests(reader, (*path, "allowed"))
    if words == ["enum"]:
        choices = reader.value((*path, "enum"))
        if isinstance(choices, list) and choices:
            return _written(", ".join(_literals(choices)), reader, (*path, "enum"))
        reader.fault("schema", reader.key_span((*path, "enum")), "an enum lists at least one value")
    return _written(_range(reader, path), reader, (*path, words[0])) if words else None


def _literals(choices: list[Any]) -> Iterator[str]:
    for choice in choices:
        if isinstance(choice, str):
            yield feel.format_node(ast.StringLiteral(0, 0, choice))
        elif choice is None:
            yield "null"
        else:
            yield str(choice).lower() if isinstance(choice, bool) else format(choice, "f")


def _range(reader: Reader, path: Path) -> str:
    low, high = reader.value((*path, "minimum")), reader.value((*path, "maximum"))
    above, below = reader.value((*path, "exclusiveMinimum")), reader.value((*path, "exclusiveMaximum"))
    start = low if low is not None else above
    end = high if high is not None else below
    if start is None or end is None:
        sign = ">" if end is None else "<"
        equals = "" if (low if end is None else high) is None else "="
        return f"{sign}{equals} {start if end is None else end}"
    return f"{'[' if low is not None else '('}{start}..{end}{']' if high is not None else ')'}"


def _written(text: str, reader: Reader, path: Path) -> Expression | None:
    """Return unary tests that stand for what is written at *path*."""
    span = reader.span(path)
    try:
        node = feel.parse_unary_tests(text)
    except FeelSyntaxError:
        reader.fault("schema", span, "these are no values that a type can allow", 'write them in "allowed"')
        return None
    return Expression(text, node, span.file, ((0, span.line, span.column),))


def _tests(reader: Reader, path: Path) -> Expression | None:
    text = reader.value(path)
    if text is None:
        return None
    if not isinstance(text, str) or not text.strip():
        reader.fault(
            "wrong-type", reader.span(path), "allowed values are unary tests", "write them as a text"
        )
        return None
    return read_tests(reader, text, spot_of(reader, path), ())


def read_tests(
    reader: Reader, text: str, spot: Spot, names: frozenset[str] | tuple[str, ...]
) -> Expression | None:
    """Return the unary tests that *text* at *spot* says; record its syntax faults."""
    try:
        node = feel.parse_unary_tests(text, names)
    except FeelSyntaxError as refused:
        record_faults(reader, refused, spot)
        return None
    return Expression(text, node, spot.file, spot.places)
