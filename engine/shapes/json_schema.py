"""A document shape in, its JSON Schema 2020-12 out, for YAML language servers and other editors.

The schema accepts what the structural check accepts, and more: what JSON Schema cannot say about keys that
belong together is left to the check.
"""

from __future__ import annotations

from typing import Any

from engine.shapes.vocabulary import (
    AnyValue,
    Either,
    Flag,
    Integer,
    JsonSchema,
    ListOf,
    MapOf,
    Number,
    OneOrMany,
    Record,
    Scalar,
    Shape,
    Tagged,
    Text,
)

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema(kind: str, title: str, record: Record) -> dict[str, Any]:
    """Return the JSON Schema of the document *kind*, every named record under `$defs`."""
    definitions: dict[str, Any] = {}
    body = _record(record, definitions)
    head = {"$schema": DIALECT, "$id": f"urn:lineside:schema:{kind}", "title": title}
    return {**head, **body, **({"$defs": dict(sorted(definitions.items()))} if definitions else {})}


def _schema(shape: Shape, definitions: dict[str, Any]) -> dict[str, Any]:
    match shape:
        case AnyValue():
            made: dict[str, Any] = {}
        case JsonSchema():
            made = {"$ref": DIALECT}
        case Scalar():
            made = {"type": ["string", "number", "boolean", "null"]}
        case Text():
            made = _text(shape)
        case Integer():
            made = {"type": "integer"}
        case Number():
            made = {"type": "number", "minimum": shape.least}
        case Flag():
            made = {"type": "boolean"}
        case ListOf():
            made = {"type": "array", "items": _schema(shape.item, definitions)}
            made |= {"minItems": shape.least} if shape.least else {}
            made |= {"maxItems": shape.most} if shape.most else {}
        case OneOrMany():
            item = _schema(shape.item, definitions)
            many = {"type": "array", "items": item, "minItems": 1}
            made = {"oneOf": [item, many | ({"maxItems": shape.most} if shape.most else {})]}
        case MapOf():
            made = {"type": "object", "additionalProperties": _schema(shape.value, definitions)}
            if shape.key.choices or shape.key.pattern:
                made["propertyNames"] = {
                    k: v for k, v in _text(shape.key).items() if k in ("enum", "pattern")
                }
            if shape.least:
                made["minProperties"] = shape.least
        case Record():
            if shape.name not in definitions:
                definitions[shape.name] = {}  # taken, in case the shape holds itself
                definitions[shape.name] = {"title": shape.name, **_record(shape, definitions)}
            return {"$ref": f"#/$defs/{shape.name.replace(' ', '%20')}"}
        case Either():
            made = {
                "if": {"required": [shape.by]},
                "then": _schema(shape.special, definitions),
                "else": _schema(shape.usual, definitions),
            }
        case Tagged():
            properties = {key.name: _schema(key.shape, definitions) for key in shape.keys}
            made = {
                "type": "object",
                "properties": properties,
                "additionalProperties": False,
                "minProperties": 1,
                "maxProperties": 1,
            }
    return {**made, **_notes(shape)}


def _text(shape: Text) -> dict[str, Any]:
    if shape.choices:
        return {"enum": list(shape.choices)}
    if shape.pattern:
        return {"type": "string", "pattern": f"^(?:{shape.pattern})$"}
    return {"type": "string", "pattern": r"\S"}


def _record(shape: Record, definitions: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {
        "type": "object",
        **_notes(shape),
        "properties": {key.name: _schema(key.shape, definitions) for key in shape.keys},
    }
    required = [key.name for key in shape.keys if key.required]
    if required:
        made["required"] = required
    if shape.free is None:
        made["additionalProperties"] = False
    else:
        made["additionalProperties"] = _schema(shape.free.shape, definitions)
        allowed = [key.name for key in shape.keys]
        made["propertyNames"] = {
            "anyOf": [{"enum": allowed}, {"pattern": f"^(?:{shape.free.name.pattern})$"}],
            "not": {"enum": sorted({*shape.not_yet, *shape.free.mistaken})},
        }
        # one key that is not a known one, or its stand-in; where every known key is there, a second one exceeds the count
        is_free: dict[str, Any] = {"not": {"propertyNames": {"enum": allowed}}}
        if shape.free.instead:
            stands_in = [{"required": [word]} for word in shape.free.instead]
            made["oneOf"] = [is_free, *stands_in]
        else:
            made["anyOf"] = [is_free]
        made["maxProperties"] = len(shape.keys) + (0 if shape.free.instead else 1)
    rules = [_group(group.names, required=group.required) for group in shape.groups]
    if rules:
        made["allOf"] = rules
    if shape.needs:
        made["dependentRequired"] = {n: [other] for n, other in shape.needs.items() if isinstance(other, str)}
        several = {n: others for n, others in shape.needs.items() if not isinstance(others, str)}
        if several:
            made["dependentSchemas"] = {
                name: {"anyOf": [{"required": [other]} for other in others]}
                for name, others in several.items()
            }
    return made


def _group(names: tuple[str, ...], *, required: bool) -> dict[str, Any]:
    each: list[dict[str, Any]] = [{"required": [name]} for name in names]
    if required:
        return {"oneOf": each}
    return {"oneOf": [*each, {"not": {"anyOf": each}}]}


def _notes(shape: Shape) -> dict[str, Any]:
    notes: dict[str, Any] = {}
    if shape.description:
        notes["description"] = shape.description
    if shape.examples:
        notes["examples"] = list(shape.examples)
    return notes
