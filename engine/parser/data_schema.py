"""The JSON Schema of a fact's data, checked in place: keywords, their values, references and patterns.

The same verdict as the 2020-12 metaschema, stricter where a fact type must be: keywords and formats are known
ones, references stay inside and end, patterns run in linear time (RE2), fields have names that FEEL can write.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from engine.diagnostics import did_you_mean
from engine.feel.builtins.patterns import refusal_of
from engine.feel.lexer import KEYWORDS
from engine.parser.reader import Reader
from engine.parser.values import is_number
from engine.source import Path

MAX_EXPANDED = 3_000
"""Schemas of one fact type with every `$ref` written out."""

MAX_CHAIN = 100
"""Schemas inside one another, a `$ref` counted as one."""

TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")
FORMATS = (
    "date", "date-time", "duration", "email", "hostname", "idn-email", "idn-hostname", "ipv4", "ipv6", "iri",
    "iri-reference", "json-pointer", "regex", "relative-json-pointer", "time", "uri", "uri-reference",
    "uri-template", "uuid",
)  # fmt: skip
_SCHEMA = (
    "additionalProperties", "contains", "contentSchema", "else", "if", "items", "not", "propertyNames", "then",
    "unevaluatedItems", "unevaluatedProperties",
)  # fmt: skip
_SCHEMAS_BY_NAME = ("$defs", "dependentSchemas", "patternProperties", "properties")
_SCHEMAS = ("allOf", "anyOf", "oneOf", "prefixItems")
_REFUSED = {
    "$anchor": 'refer by place, such as "#/$defs/name"',
    "$dynamicAnchor": 'refer by place, such as "#/$defs/name"',
    "$dynamicRef": 'refer by place, such as "#/$defs/name"',
    "$id": "the fact type's name identifies it",
    "$vocabulary": "leave it out",
    "definitions": 'write "$defs"',
    "dependencies": 'write "dependentRequired" or "dependentSchemas"',
}


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_count(value: Any) -> bool:
    return is_number(value) and value >= 0 and value == int(value)


def _is_names(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_text, value)) and len(set(value)) == len(value)


def _is_list(value: Any) -> bool:
    return isinstance(value, list)


_Test = tuple[Callable[[Any], bool], str]
_TEXT: _Test = (_is_text, "text")
_FLAG: _Test = (_is_flag, "true or false")
_COUNT: _Test = (_is_count, "a whole number from 0")
_NUMBER: _Test = (is_number, "a number")
_NAMES: _Test = (_is_names, "a list of different texts")
_LIST: _Test = (_is_list, "a list")
_ANYTHING: _Test = (lambda value: True, "")  # noqa: ARG005 - every value does

_VALUES: dict[str, _Test] = {
    **dict.fromkeys(
        ("$comment", "$ref", "$schema", "contentEncoding", "contentMediaType", "description"), _TEXT
    ),
    **dict.fromkeys(("format", "pattern", "title"), _TEXT),
    **dict.fromkeys(("deprecated", "readOnly", "uniqueItems", "writeOnly"), _FLAG),
    **dict.fromkeys(("maxContains", "maxItems", "maxLength", "maxProperties"), _COUNT),
    **dict.fromkeys(("minContains", "minItems", "minLength", "minProperties"), _COUNT),
    **dict.fromkeys(("exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum"), _NUMBER),
    "multipleOf": (lambda value: is_number(value) and value > 0, "a number above 0"),
    "required": _NAMES,
    "enum": (lambda value: isinstance(value, list) and bool(value), "a list with at least one value"),
    "examples": _LIST,
    "dependentRequired": (
        lambda value: isinstance(value, dict) and all(map(_is_names, value.values())),
        "a mapping of names to lists of names",
    ),
    "const": _ANYTHING,
    "default": _ANYTHING,
    "type": _ANYTHING,
}
_KEYWORDS = (*_SCHEMA, *_SCHEMAS_BY_NAME, *_SCHEMAS, *_VALUES)


def check_schema(reader: Reader, path: Path) -> bool:
    """Record every fault of the schema at *path*; return whether it can be used."""
    before = len(reader.faults)
    root = reader.value(path)
    if root.get("type") != "object" or not isinstance(root.get("properties"), dict):
        missing = "type: object" if root.get("type") != "object" else "properties"
        reader.fault(
            "schema",
            reader.key_span(path),
            f'"data" has no "{missing}"',
            'a fact\'s data is an object: "type: object" with "properties"',
        )
    for place, schema in _schemas(reader, path, root):
        _check_keywords(reader, place, schema)
    _check_references(reader, path, root)
    return len(reader.faults) == before


def property_names(schema: Any) -> tuple[str, ...]:
    """Return the names of all fields in *schema*, those of records within records too."""
    found: dict[str, None] = {}
    waiting = [schema]
    while waiting:
        here = waiting.pop()
        if isinstance(here, dict):
            properties = here.get("properties")
            found |= dict.fromkeys(properties if isinstance(properties, dict) else ())
            waiting += [inner for _, inner in _below((), here)]
    return tuple(found)


def _schemas(reader: Reader, path: Path, schema: Any) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield every schema object below *schema*, itself included, in file order; record what is none."""
    waiting: list[tuple[Path, Any]] = [(path, schema)]
    while waiting:
        place, here = waiting.pop()
        if isinstance(here, bool) and place != path:
            continue
        if not isinstance(here, dict):
            reader.fault("schema", reader.span(place), f'"{place[-1]}" is not a schema', "write a mapping")
            continue
        yield place, here
        below: list[tuple[Path, Any]] = []
        for keyword, value in here.items():
            at = (*place, keyword)
            if keyword in _SCHEMA:
                below.append((at, value))
            elif keyword in _SCHEMAS_BY_NAME and isinstance(value, dict):
                below += (((*at, name), inner) for name, inner in value.items())
            elif keyword in _SCHEMAS and isinstance(value, list):
                below += (((*at, index), inner) for index, inner in enumerate(value))
        waiting += reversed(below)


def _check_keywords(reader: Reader, path: Path, schema: dict[str, Any]) -> None:
    for keyword, value in schema.items():
        place = (*path, keyword)
        key = reader.key_span(place)
        if keyword in _REFUSED:
            reader.fault("schema", key, f'"{keyword}" is refused', _REFUSED[keyword])
        elif keyword not in _KEYWORDS:
            if not keyword.startswith("x-"):
                fix = did_you_mean(keyword, _KEYWORDS)
                reader.fault("schema", key, f'"{keyword[:60]}" is no keyword of JSON Schema', fix)
        elif keyword in _VALUES:
            test, wanted = _VALUES[keyword]
            if not test(value):
                reader.fault("schema", reader.span(place), f'"{keyword}" must be {wanted}')
            else:
                _check_value(reader, place, keyword, value, schema)
        elif keyword in _SCHEMAS_BY_NAME and not isinstance(value, dict):
            reader.fault("schema", key, f'"{keyword}" must be a mapping of names to schemas')
        elif keyword in _SCHEMAS and not (isinstance(value, list) and value):
            reader.fault("schema", key, f'"{keyword}" must be a list of schemas')
        elif keyword == "properties":
            for name in value:
                _check_field_name(reader, (*place, name), name)
        elif keyword == "patternProperties":
            for pattern in value:
                _check_pattern(reader, (*place, pattern), pattern, key=True)


def _check_value(reader: Reader, place: Path, keyword: str, value: Any, schema: dict[str, Any]) -> None:
    """Record what is wrong with the value of a keyword that is of the right type."""
    if keyword == "type":
        given = value if isinstance(value, list) and value else [value]
        for index, name in enumerate(given):
            if name not in TYPES:
                at = (*place, index) if isinstance(value, list) and value else place
                fix = did_you_mean(name, TYPES) if isinstance(name, str) else f"known: {', '.join(TYPES)}"
                reader.fault("schema", reader.span(at), f'"{str(name)[:60]}" is no type', fix)
        if len(given) != len({str(name) for name in given}):
            reader.fault("schema", reader.span(place), "a type is listed twice", "keep one")
    elif keyword == "format" and value not in FORMATS:
        fix = did_you_mean(value, FORMATS)
        reader.fault("schema", reader.span(place), f'"{value[:60]}" is no format that is checked', fix)
    elif keyword == "$schema" and value.rstrip("#") != "https://json-schema.org/draft/2020-12/schema":
        reader.fault("schema", reader.span(place), "only JSON Schema 2020-12 is read", "leave it out")
    elif keyword == "pattern":
        _check_pattern(reader, place, value, key=False)
    elif keyword == "required" and isinstance(properties := schema.get("properties"), dict):
        for index, name in enumerate(value):
            if name not in properties:
                span = reader.span((*place, index))
                message = f'"{name[:60]}" is required but is no property'
                reader.fault("unknown-field", span, message, did_you_mean(name, properties))


def _check_pattern(reader: Reader, place: Path, pattern: str, *, key: bool) -> None:
    reason, fix = refusal_of(pattern)
    if reason:
        span = reader.key_span(place) if key else reader.span(place)
        reader.fault("pattern", span, f"the pattern is refused: {reason[:120]}", fix)


def _check_field_name(reader: Reader, place: Path, name: str) -> None:
    fault = field_name_fault(name)
    if fault:
        reader.fault(
            "bad-name",
            reader.key_span(place),
            f'"{name[:60]}" cannot be a field: {fault}',
            "use letters, digits and underscores, such as lot_id",
        )


def field_name_fault(name: str) -> str:
    """Return why *name* cannot name a field, alias or fact type in FEEL, or "" if it can."""
    if not name.isidentifier():
        return "it is not one word of letters, digits and underscores"
    if name in KEYWORDS:
        return "it is a word of FEEL"
    if name == "parameters":
        return "it is the name of the rule set's parameters"
    return ""


def _check_references(reader: Reader, path: Path, root: dict[str, Any]) -> None:
    """Record every `$ref` that leaves the document, finds nothing, or leads back to itself."""
    sizes: dict[Path, int] = {}
    open_places: set[Path] = set()

    def size(place: Path, schema: Any) -> int:
        """Return how many schemas *schema* is with its references written out."""
        if not isinstance(schema, dict):
            return 1
        if place in sizes:
            return sizes[place]
        if len(open_places) > MAX_CHAIN:
            return MAX_EXPANDED + 1
        open_places.add(place)
        total = 1
        for below, inner in _below(place, schema):
            total += size(below, inner)
        reference = schema.get("$ref")
        if isinstance(reference, str):
            total += target_size((*place, "$ref"), reference)
        open_places.discard(place)
        sizes[place] = min(total, MAX_EXPANDED + 1)
        return sizes[place]

    def target_size(place: Path, reference: str) -> int:
        span = reader.span(place)
        if not reference.startswith("#"):
            reader.fault(
                "schema", span, f'"{reference[:60]}" is outside this document', 'put it under "$defs"'
            )
            return 1
        target = _target(path, root, reference)
        if target is None:
            fix = did_you_mean(reference, [f"#/$defs/{name}" for name in reader.keys((*path, "$defs"))])
            reader.fault("schema", span, f'"{reference[:60]}" refers to nothing', fix)
            return 1
        if target in open_places:
            message = f'"{reference[:60]}" leads back to itself'
            reader.fault("schema", span, message, "a fact's data has no end that way; write it out")
            return 1
        return size(target, reader.value(target))

    if size(path, root) > MAX_EXPANDED:
        message = "the schema is too large or too deep with its references written out"
        reader.fault("schema", reader.key_span(path), message, "make it flatter")


def _below(place: Path, schema: dict[str, Any]) -> Iterator[tuple[Path, Any]]:
    for keyword, value in schema.items():
        if keyword in _SCHEMA:
            yield (*place, keyword), value
        elif keyword in _SCHEMAS_BY_NAME and isinstance(value, dict):
            yield from (((*place, keyword, name), inner) for name, inner in value.items())
        elif keyword in _SCHEMAS and isinstance(value, list):
            yield from (((*place, keyword, index), inner) for index, inner in enumerate(value))


def _target(path: Path, root: dict[str, Any], reference: str) -> Path | None:
    """Return the path of the schema that *reference*, a JSON Pointer (RFC 6901) after "#", names, or None."""
    found: Any = root
    place = path
    for token in reference.split("/")[1:]:
        token = token.replace("~1", "/").replace("~0", "~")
        if isinstance(found, dict) and token in found:
            found, place = found[token], (*place, token)
        elif isinstance(found, list) and token.isdecimal() and int(token) < len(found):
            found, place = found[int(token)], (*place, int(token))
        else:
            return None
    pointed = reference == "#" or reference.startswith("#/")
    return place if pointed and isinstance(found, dict | bool) else None
