"""What the schemas of the OpenAPI document are made of: the plain types, and lists, records and pages of them."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

TEXT: Json = {"type": "string"}
TIME: Json = {"type": "string", "format": "date-time"}
NUMBER: Json = {"type": "integer"}
MAYBE_NUMBER: Json = {"type": ["integer", "null"]}
MAYBE_TEXT: Json = {"type": ["string", "null"]}
MAYBE_TIME: Json = {"type": ["string", "null"], "format": "date-time"}
OBJECT: Json = {"type": "object"}


def ref(name: str) -> Json:
    """Return a reference to the schema called *name*."""
    return {"$ref": f"#/components/schemas/{name}"}


def record(required: Json, optional: Json | None = None) -> Json:
    """Return the schema of an object with these properties."""
    properties = {**required, **(optional or {})}
    return {"type": "object", "required": list(required), "properties": properties}


def array(items: Json) -> Json:
    """Return the schema of a list of *items*."""
    return {"type": "array", "items": items}


def page_of(name: str, items: Json) -> Json:
    """Return the schema of one page of *items*, with the cursor of the next."""
    return record({name: array(items), "next": {**MAYBE_TEXT, "description": "the cursor of the next page"}})
