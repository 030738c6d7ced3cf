"""Whether a mapping and the fact types it makes facts of agree.

A field that the type does not declare would be taken and read by no rule, so a misspelt one would lose what it carries: it is an
error here, before any row is read.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.admission import Admission, Declarations
from engine.diagnostics import Diagnostic, did_you_mean, error, in_order, nearest
from engine.model import FactType
from engine.replay.mapping import FactRule, Mapping


def disagreements(mapping: Mapping, declared: Declarations) -> tuple[Diagnostic, ...]:
    """Return every fact of *mapping* whose type is not declared, or not so, or belongs to another system than its source."""
    admission = Admission(declared)
    return in_order(fault for rule in mapping.facts for fault in _of_rule(rule, declared, admission))


def _of_rule(rule: FactRule, declared: Declarations, admission: Admission) -> Iterator[Diagnostic]:
    fact_type = declared.fact_types.get(rule.fact_type)
    if fact_type is None:
        near = nearest(rule.fact_type, declared.fact_types)
        fix = f'did you mean "{near}"?' if near else "name the rules that declare it beside the mapping"
        yield error("unknown-fact-type", rule.type_span, f'there is no fact type "{rule.fact_type}"', fix)
        return
    yield from _of_fields(rule, fact_type)
    system = admission.system_of(rule.source)
    if system not in fact_type.owners:
        owners = " or ".join(fact_type.owners)
        whose = f"belongs to {system}" if system is not None else "belongs to no system"
        message = f'{fact_type.name} belongs to {owners}, and the source "{rule.source}" {whose}'
        yield error("wrong-owner", rule.source_span, message, f"begin the source with {owners}")


def _of_fields(rule: FactRule, fact_type: FactType) -> Iterator[Diagnostic]:
    properties = fact_type.schema.get("properties", {})
    for name, field in rule.data.items():
        if name not in properties:
            fix = did_you_mean(name, properties)
            yield error("unknown-field", field.span, f'{fact_type.name} has no field "{name}"', fix)
    needed = dict.fromkeys([*fact_type.schema.get("required", ()), *fact_type.key])
    missing = [name for name in needed if name not in rule.data]
    if missing:
        fields = ", ".join(f'"{name}"' for name in missing)
        yield error(
            "missing-field", rule.type_span, f"{fact_type.name} needs {fields}", "map them under data:"
        )
