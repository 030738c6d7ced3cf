"""A fact type's JSON Schema -> a validator, and what the validator finds -> faults with their places.

Reads no network, and matches patterns in linear time where they can be.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from engine.admission.decoding import escape, short
from engine.diagnostics import FactFault, did_you_mean
from engine.model import FactType


def compile_schema(schema: Mapping[str, Any]) -> Any:
    """Return a JSON Schema 2020-12 validator that checks `format` too and reads no network."""
    # NOTE: imported late, because `lineside check` of a rule file need not wait for it
    import jsonschema_rs

    plain = dict(schema)
    try:
        options: Any = jsonschema_rs.RegexOptions()
        return jsonschema_rs.Draft202012Validator(
            plain, validate_formats=True, offline=True, pattern_options=options
        )
    except jsonschema_rs.ValidationError:
        # look-around is beyond the linear matcher; the backtracking one gives up after so many steps
        options = jsonschema_rs.FancyRegexOptions(backtrack_limit=10_000)
        return jsonschema_rs.Draft202012Validator(
            plain, validate_formats=True, offline=True, pattern_options=options
        )


def key_schema(fact_type: FactType) -> dict[str, Any]:
    """Return the schema of a retraction: only the key is required, and what is there must still fit."""
    kept = ("$defs", "properties", "patternProperties", "additionalProperties")
    schema = {name: fact_type.schema[name] for name in kept if name in fact_type.schema}
    return {"type": "object", "required": list(fact_type.key), **schema}


def undeclared_fields(fact_type: FactType, data: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the fields of *data* that *fact_type* does not declare; none where it says that it takes others, or may."""
    schema = fact_type.schema
    declared = schema.get("properties")
    if not isinstance(declared, Mapping) or schema.get("additionalProperties", False) is not False:
        return ()
    if all(name in declared for name in data) or any(keyword in schema for keyword in _MAY_DECLARE):
        return ()
    return tuple(name for name in data if name not in declared)


_MAY_DECLARE = ("$ref", "allOf", "anyOf", "oneOf", "if", "patternProperties", "unevaluatedProperties")


def schema_faults(error: Any, fact_type: FactType) -> Iterator[FactFault]:
    """Yield *error* of the validator as faults; a missing or unexpected field is named in the pointer."""
    kind = error.kind.name
    pointer = "/data" + "".join(f"/{escape(str(step))}" for step in error.instance_path)
    if kind == "required":
        name = str(error.kind.property).strip('"')
        yield FactFault("missing", f"{pointer}/{escape(name)}", f'"{short(name)}" is missing')
    elif kind == "additionalProperties":
        known = fact_type.schema.get("properties", {})
        for name in error.kind.as_dict()["unexpected"]:
            message = f'{fact_type.name} has no field "{short(name)}"; {did_you_mean(name, known)}'
            yield FactFault("unknown-field", f"{pointer}/{escape(name)}", message)
    elif kind == "enum":
        # the validator's own words count those that it leaves out
        known, given = [_shown(one) for one in error.kind.options], error.instance
        said = f'"{short(given)}"' if isinstance(given, str) else short(_shown(given))
        message = f"{said} is not known here; {did_you_mean(_shown(given), known)}"
        yield FactFault("enum", pointer, message)
    else:
        message = error.message if len(error.message) <= 300 else error.message[:297] + "..."
        yield FactFault(_CAPITAL.sub(r"-\1", kind).lower(), pointer, message)


def _shown(value: Any) -> str:
    """Return a value of an enum as people write it; of a list or an object, only that it is one."""
    match value:
        case str():
            return value
        case None | bool():
            return {None: "null", True: "true", False: "false"}[value]
        case list():
            return "a list"
        case dict():
            return "an object"
        case _:
            return str(value)


_CAPITAL = re.compile(r"([A-Z])")
