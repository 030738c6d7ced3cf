"""What flows ask to be checked on the way: whether it is there to be checked, and what findings are declared as."""

from __future__ import annotations

from collections.abc import Iterator

from engine.diagnostics import Diagnostic, error, warning
from engine.findings import CHECKS, CONFIRMATION, FINDING, KEYS, CheckKind
from engine.model import Documents, Flow, FlowCheck, Kind
from engine.scopes import record_type


def flow_checks_fit(documents: Documents) -> Iterator[Diagnostic]:
    """Yield each check that its flow gives nothing to, that is there twice, has a setting of another, or lacks what it reads."""
    for flow in documents.flows:
        seen: dict[str, FlowCheck] = {}
        for check in flow.checks:
            kind = CHECKS.get(check.name)
            if kind is None:
                continue
            if check.name in seen:
                message = (
                    f'the flow "{flow.name}" has {check.name} already, on line {seen[check.name].span.line}'
                )
                yield error("flow-check", check.span, message, "delete one of the two")
                continue
            seen[check.name] = check
            yield from _has_its_facts(flow, check)
            yield from _has_its_settings(check, kind)
            yield from _can_read(documents, check, kind)


def finding_type_fits(documents: Documents) -> Iterator[Diagnostic]:
    """Yield what keeps the declared fact type `flow_finding` from carrying what Lineside finds."""
    declared = documents.fact_types.get(FINDING)
    if declared is None or not declared.schema:
        return
    if declared.kind is not Kind.EVENT:
        span = declared.places.get("kind", declared.span)
        yield error("finding-type", span, "a finding is what was found at one time", 'write "kind: event"')
    if declared.owners != ("lineside",):
        span = declared.places.get("owner", declared.span)
        message = "findings are made by lineside, and by nobody else"
        yield error("finding-type", span, message, 'write "owner: lineside"')


def _has_its_facts(flow: Flow, check: FlowCheck) -> Iterator[Diagnostic]:
    if CONFIRMATION not in flow.facts:
        message = f'{check.name} looks at {CONFIRMATION} facts, which the flow "{flow.name}" does not carry'
        yield error("flow-check", check.span, message, "move it to the flow that carries them")


def _has_its_settings(check: FlowCheck, kind: CheckKind) -> Iterator[Diagnostic]:
    for name in sorted(check.places.keys() - {"check", *kind.settings}):
        takes = f"it takes {' and '.join(kind.settings)}" if kind.settings else "it takes no setting"
        yield error("flow-check", check.places[name], f'{check.name} has no use for "{name}"', takes)


def _can_read(documents: Documents, check: FlowCheck, kind: CheckKind) -> Iterator[Diagnostic]:
    for fact_type, fields in kind.reads.items():
        declared = documents.fact_types.get(fact_type)
        if declared is None and fact_type == CONFIRMATION:
            continue  # the flow that should carry it says so
        if declared is None:
            message = (
                f"{check.name} needs {fact_type}, which no file declares: it can only say so of each order"
            )
            yield warning("flow-check-needs", check.span, message, "declare the type, or leave the check out")
            continue
        known = record_type(documents, fact_type).fields
        lacking = [name for name in fields if name not in known]
        if lacking:
            message = f"{check.name} needs {' and '.join(lacking)} of {fact_type}, which does not have it"
            fix = f"declare it in {fact_type}, or leave the check out"
            yield warning("flow-check-needs", check.span, message, fix)
        elif fact_type in KEYS and declared.key != KEYS[fact_type]:
            message = (
                f"{check.name} looks {fact_type} up by {', '.join(KEYS[fact_type])}, which is not its key"
            )
            fix = f"key it by {', '.join(KEYS[fact_type])}, or leave the check out"
            yield warning("flow-check-needs", check.span, message, fix)
