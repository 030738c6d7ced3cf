"""Literal values of actions against the schemas of the facts they become: limits, lengths and patterns.

A fact that breaks its own schema is refused when the rule fires; a literal one can be refused before.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from engine import feel
from engine.admission import compile_schema
from engine.checks.actions import HOLD, span_of
from engine.diagnostics import Diagnostic, error
from engine.filling import stated_actions
from engine.model import Action, Documents, Expression, FactType, Literal, Value

_KINDS = {
    "minimum": "minimum",
    "maximum": "maximum",
    "exclusiveminimum": "exclusiveMinimum",
    "exclusivemaximum": "exclusiveMaximum",
    "multipleof": "multipleOf",
    "minlength": "minLength",
    "maxlength": "maxLength",
    "pattern": "pattern",
}
"""Kinds of fault that the types of values do not show, in lower case, and how a schema writes them."""


def literals_are_in_range(documents: Documents) -> Iterator[Diagnostic]:
    """Yield every literal value of an asserted fact or a hold that the fact type's schema does not take."""
    validators: dict[str, Any] = {}
    for ruleset in documents.rulesets:
        for rule in ruleset.rules:
            for action in stated_actions(rule):
                fact_type = documents.fact_types.get(_fact_type_of(action))
                if fact_type is None:
                    continue
                for field, key, value in _fields(action):
                    plain = _literal(value)
                    if plain is not None and _has_limits(fact_type, field):
                        if fact_type.name not in validators:
                            validators[fact_type.name] = _validator(fact_type)
                        found = validators[fact_type.name].iter_errors({field: plain})
                        yield from _out_of_range(fact_type, key, value, found)


def _fact_type_of(action: Action) -> str:
    return HOLD if action.kind == "hold" else (action.fact_type or "")


def _fields(action: Action) -> Iterator[tuple[str, str, Value]]:
    """Yield (field of the fact, key of the action, value)."""
    if action.kind == "hold" and action.subject is not None:
        yield "subject_id", action.subject.type, action.subject.value
    for key, value in action.values.items():
        yield key, key, value


def _literal(value: Value) -> int | Decimal | str | None:
    plain: Any = None
    if isinstance(value, Literal):
        plain = value.value
    elif isinstance(value, Expression):
        plain = feel.literal_value(value.node)
    return plain if isinstance(plain, int | Decimal | str) and not isinstance(plain, bool) else None


def _has_limits(fact_type: FactType, field: str) -> bool:
    """Return whether the field's schema says more than a type; most do not, and need no validator."""
    properties = fact_type.schema.get("properties")
    schema = properties.get(field) if isinstance(properties, dict) else None
    return isinstance(schema, dict) and bool(schema.keys() - {"type", "enum", "title", "description"})


def _validator(fact_type: FactType) -> Any:
    kept = ("$defs", "properties")
    return compile_schema({name: fact_type.schema[name] for name in kept if name in fact_type.schema})


def _out_of_range(fact_type: FactType, key: str, value: Value, found: Iterator[Any]) -> Iterator[Diagnostic]:
    for fault in found:
        keyword = _KINDS.get(str(fault.kind.name).lower())
        if keyword is not None:
            message = f'"{key[:60]}" does not fit {fact_type.name}: {fault.message[:200]}'
            fix = f'write a value that fits "{keyword}" of the fact type'
            yield error("action-value", span_of(value), message, fix)
