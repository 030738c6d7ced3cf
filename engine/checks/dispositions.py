"""What dispositions say: times that can be counted, and fact types that carry what is decided about what is held."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.checks.calendars import unknown_calendar
from engine.checks.ladders import no_calendar
from engine.diagnostics import Diagnostic, did_you_mean, error, warning
from engine.model import Disposition, Documents, FactType, Kind

SAID, DONE = "disposition", "dispositioned"
"""The fact types by which people decide about what is held, and by which rules hear that it is decided."""

SIGNED_FIELDS = ("subject_type", "subject_id", "disposition", "decided_by", "role")
"""What a disposition has to say, so that it can be known who may say it."""


def dispositions_can_be_signed(documents: Documents) -> Iterator[Diagnostic]:
    """Yield every disposition that waits by a calendar that is not there, or that nobody can state."""
    said = documents.fact_types.get(SAID)
    known = _choices(said)
    for one in documents.dispositions.values():
        yield from _of_time(documents, one)
        if known and one.name not in known:
            message = f'no fact can say "{one.name}": the fact type {SAID} does not know it'
            yield error("disposition-type", one.span, message, did_you_mean(one.name, known))
    unsigned = sorted(known - set(documents.dispositions)) if documents.dispositions else []
    if unsigned:
        names = ", ".join(f'"{name}"' for name in unsigned)
        message = f"a {SAID} may say {names}, which nobody has the authority to sign"
        fix = f'add "disposition: {unsigned[0]}" and the like, or declare a fact type {SAID} of your own without them'
        yield error("disposition-type", next(iter(documents.dispositions.values())).span, message, fix)


def disposition_types_fit(documents: Documents) -> Iterator[Diagnostic]:
    """Yield what keeps the declared fact types from carrying signatures, where there are dispositions to sign."""
    if not documents.dispositions:
        return
    said, done = documents.fact_types.get(SAID), documents.fact_types.get(DONE)
    if said is not None and said.schema:
        if said.kind is not Kind.EVENT or said.owners != ("person",):
            message = f"a {SAID} is what a person says at a time"
            yield error("disposition-type", said.span, message, 'write "kind: event" and "owner: person"')
        lacking = [name for name in SIGNED_FIELDS if name not in _properties(said)]
        if lacking:
            span = said.places.get("data", said.span)
            message = f"a {SAID} cannot be signed without {', '.join(lacking)}"
            yield error("disposition-type", span, message, "declare them")
    if done is None:
        first = next(iter(documents.dispositions.values()))
        message = f'no rule can hear of it: there is no fact type "{DONE}"'
        yield warning("disposition-type", first.span, message, f'declare "{DONE}", an event of lineside')
    elif done.kind is not Kind.EVENT or done.owners != ("lineside",):
        message = f"a {DONE} is told by lineside when all have signed"
        yield error("disposition-type", done.span, message, 'write "kind: event" and "owner: lineside"')


def holds_can_end(documents: Documents) -> Iterator[Diagnostic]:
    """Yield a warning where rules place holds that nothing could end: no disposition, no rule, and not their own time."""
    if documents.dispositions or SAID not in documents.fact_types:
        return
    rules = [rule for ruleset in documents.rulesets for rule in ruleset.rules if rule.enabled]
    if not all(rule.is_whole for rule in rules):
        return
    for rule in rules:
        signed = any(pattern.fact_type == DONE for pattern in rule.patterns)
        if not signed and any(action.kind == "release" for action in rule.actions):
            return
    lasting = [
        action
        for rule in rules
        for action in rule.actions
        if action.kind == "hold" and (action.hold is None or action.hold.expires is None)
    ]
    if lasting:
        others = f", nor {len(lasting) - 1:,} more of the rules' holds" if len(lasting) > 1 else ""
        message = (
            f"nothing can end this hold{others}: there are no dispositions, and no rule releases anything"
        )
        fix = "write a dispositions document, a rule that releases it, or say when it expires"
        yield warning("hold-without-end", lasting[0].span, message, fix)


def _of_time(documents: Documents, one: Disposition) -> Iterator[Diagnostic]:
    if one.calendar and one.calendar not in documents.calendars:
        yield unknown_calendar(documents, one.calendar, one.places["calendar"])
    wait = one.within
    if wait is None:
        return
    span = one.places.get("within", one.span)
    if wait.is_working and not one.calendar and len(documents.calendars) != 1:
        yield no_calendar(documents, f'the disposition "{one.name}"', wait, span)
    if len(one.signatures) == 1:
        message = f'"{one.name}" is signed once, so nothing waits "{wait.text}"'
        yield warning("time-order", span, message, 'add a signature, or drop "within"')


def _properties(fact_type: FactType) -> Mapping[str, Any]:
    found = fact_type.schema.get("properties", {})
    return found if isinstance(found, Mapping) else {}


def _choices(fact_type: FactType | None) -> set[str]:
    """Return the dispositions that *fact_type* allows; none where it allows any text."""
    declared = {} if fact_type is None else _properties(fact_type).get("disposition", {})
    return {str(name) for name in declared.get("enum", ())} if isinstance(declared, Mapping) else set()
