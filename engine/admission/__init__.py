"""Untrusted bytes -> facts that fit the rule book, or every fault in them with its place."""

from engine.admission.decoding import DEFAULT_LIMITS, MALFORMED, TOO_LARGE, Limits, decode, refuse
from engine.admission.gate import OWNERSHIP, Admission, Declarations
from engine.admission.schema import compile_schema, undeclared_fields
from engine.admission.wire import fact_from_json, fact_to_json, parse_time

__all__ = [
    "DEFAULT_LIMITS",
    "MALFORMED",
    "OWNERSHIP",
    "TOO_LARGE",
    "Admission",
    "Declarations",
    "Limits",
    "compile_schema",
    "decode",
    "fact_from_json",
    "fact_to_json",
    "parse_time",
    "refuse",
    "undeclared_fields",
]
