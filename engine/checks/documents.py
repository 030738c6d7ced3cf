"""Documents against each other: effective days, who owns what flows, and the shape of the hold fact type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.diagnostics import Diagnostic, did_you_mean, error
from engine.feel import types as t
from engine.model import SUBJECTS, Documents, Kind
from engine.scopes import record_type

HOLD = "hold"
_HOLD_FIELDS = (
    "hold_id", "subject_type", "subject_id", *(f"{subject}_id" for subject in SUBJECTS),
    "reason", "inventory_status", "quantity", "rule", "placed_at",
)  # fmt: skip
_PLAIN = (t.String, t.Number, t.Boolean, t.Date, t.Time, t.DateTime)

_ALWAYS = ("hold_id", "subject_type", "subject_id", "reason", "inventory_status", "rule", "placed_at")
"""The fields that every hold carries, whatever it is on."""


def effective_days_are_in_order(documents: Documents) -> Iterator[Diagnostic]:
    """Yield every rule set that ends before it begins."""
    for ruleset in documents.rulesets:
        begin, end = ruleset.effective_from, ruleset.effective_to
        if begin is not None and end is not None and end < begin:
            span = ruleset.places.get("effective.to", ruleset.span)
            message = f"the rule set ends on {end}, before it begins on {begin}"
            yield error("effective-order", span, message, "exchange the two days")


def flows_are_owned(documents: Documents) -> Iterator[Diagnostic]:
    """Yield every flow that names an unknown system, is not sent by its owner, or carries another's facts."""
    for flow in documents.flows:
        span = flow.places.get("direction", flow.span)
        for system in (flow.sender, flow.receiver):
            if system and system not in documents.systems:
                message = f'there is no system "{system[:60]}"'
                yield error("unknown-system", span, message, did_you_mean(system, documents.systems))
        if flow.sender and flow.owner and flow.sender != flow.owner:
            message = f'the flow "{flow.name}" is sent by {flow.sender} and belongs to {flow.owner}'
            span = flow.places.get("owner", flow.span)
            yield error("flow-owner", span, message, "the sender of a flow is its owner")
        for name in flow.facts:
            fact_type = documents.fact_types.get(name)
            if fact_type is not None and flow.owner and flow.owner not in fact_type.owners:
                span = flow.places.get(f"facts.{name}", flow.span)
                owners = " and ".join(fact_type.owners)
                message = f'"{name}" belongs to {owners}, and the flow "{flow.name}" to {flow.owner}'
                fix = f"make {flow.owner} an owner of {name}, or take it out of the flow"
                yield error("flow-owner", span, message, fix)


def hold_type_fits(documents: Documents) -> Iterator[Diagnostic]:
    """Yield what keeps the declared fact type `hold` from carrying the holds that rules place."""
    hold = documents.fact_types.get(HOLD)
    if hold is None or not hold.schema:
        return
    if hold.kind is not Kind.STATE:
        span = hold.places.get("kind", hold.span)
        yield error("hold-type", span, "a hold lasts until it is released", 'write "kind: state"')
    if hold.owners != ("lineside",):
        span = hold.places.get("owner", hold.span)
        yield error(
            "hold-type", span, "holds are placed by lineside, and by nobody else", 'write "owner: lineside"'
        )
    if hold.key != ("hold_id",):
        span = hold.places.get("key", hold.span)
        yield error("hold-type", span, "a hold is known by its hold_id", 'write "key: [hold_id]"')
    properties = hold.schema.get("properties", {})
    lacking = [field for field in _HOLD_FIELDS if field not in properties]
    if lacking and hold.schema.get("additionalProperties", True) is False:
        span = hold.places.get("data", hold.span)
        message = f"a hold also carries {', '.join(lacking)}"
        yield error("hold-type", span, message, "declare them, or allow additionalProperties")
    for field in hold.schema.get("required", ()):
        if field not in _ALWAYS:
            span = hold.places.get(f"data.{field}", hold.span)
            message = f'not every hold carries "{field}"'
            yield error("hold-type", span, message, 'take it out of "required"')
    for field in _HOLD_FIELDS:
        declared = properties.get(field)
        if (
            field != "quantity"
            and isinstance(declared, Mapping)
            and declared.get("type", "string") != "string"
        ):
            span = hold.places.get(f"data.{field}", hold.span)
            yield error("hold-type", span, f'"{field}" of a hold is text', 'write "type: string"')


def keys_are_plain(documents: Documents) -> Iterator[Diagnostic]:
    """Yield every key field whose values cannot tell facts apart by comparing: lists, objects, or whatever comes."""
    for fact_type in documents.fact_types.values():
        fields = record_type(documents, fact_type.name).fields
        for name in fact_type.key:
            declared = fields.get(name)
            if declared is not None and not isinstance(declared.type, _PLAIN):
                span = fact_type.places.get(f"data.{name}", fact_type.span)
                message = f'"{name}" is a key and {declared.type.word}'
                yield error("key-type", span, message, "declare it as a string, a number or a boolean")
