"""What rule documents look like, said once: the structural check and the JSON Schemas both come from here.

A kind of document is a `DocumentShape`, and the registry lists them; other parts of the engine register
theirs (scenario, mapping) where they are imported. Nothing here knows what a document means.
"""

from engine.shapes.calendars import CALENDARS
from engine.shapes.definitions import DEFINITIONS
from engine.shapes.dispositions import DISPOSITIONS
from engine.shapes.ladders import LADDERS
from engine.shapes.registry import DocumentShape, kind_of, register, schemas, shape_of
from engine.shapes.rule_documents import FACT, FLOWS, RULE_KINDS, RULESET
from engine.shapes.structure import faults
from engine.shapes.vocabulary import (
    AnyValue,
    Either,
    Flag,
    Free,
    Group,
    Integer,
    JsonSchema,
    Key,
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

__all__ = [
    "CALENDARS",
    "DEFINITIONS",
    "DISPOSITIONS",
    "FACT",
    "FLOWS",
    "LADDERS",
    "RULESET",
    "RULE_KINDS",
    "AnyValue",
    "DocumentShape",
    "Either",
    "Flag",
    "Free",
    "Group",
    "Integer",
    "JsonSchema",
    "Key",
    "ListOf",
    "MapOf",
    "Number",
    "OneOrMany",
    "Record",
    "Scalar",
    "Shape",
    "Tagged",
    "Text",
    "faults",
    "kind_of",
    "register",
    "schemas",
    "shape_of",
]
