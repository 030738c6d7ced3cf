"""Whether decisions, holds and refusals fit what was expected of them, and how near they come where they do not.

Values in, verdicts and lines for people out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from engine import feel
from engine.coordination import Case, case_data
from engine.decisions import Decision, Fact
from engine.diagnostics import FactFault
from engine.scenario.model import Expected, Refusal

Differences = tuple[str, ...]


def of_decision(expected: Expected, decision: Decision) -> Differences:
    """Return in what *decision* differs from what was expected; nothing where it fits."""
    found: list[str] = []
    if decision.kind != expected.kind:
        found.append(f"kind: expected {expected.kind}, got {decision.kind}")
    if expected.subject is not None:
        found += _subject(expected.subject, decision.subject_type, decision.subject_id, expected.kind)
    for name, value in expected.values.items():
        have = (
            decision.reason
            if name == "reason" and "reason" not in decision.values
            else decision.values.get(name)
        )
        if not fits(value, have):
            found.append(f"{name}: expected {shown(value)}, got {shown(have)}")
    if expected.rule is not None and decision.rule != expected.rule:
        found.append(f"rule: expected {expected.rule}, got {decision.rule}")
    if expected.row is not None and expected.row not in decision.rows:
        got = ", ".join(map(str, decision.rows)) or "none"
        found.append(f"row: expected {expected.row}, got {got}")
    status = expected.status or "decided"
    if decision.status != status:
        found.append(f"status: expected {status}, got {decision.status}")
    return tuple(found)


def of_hold(expected: Expected, hold: Fact) -> Differences:
    """Return in what a standing hold differs from what was expected; nothing where it fits."""
    data = hold.data
    found: list[str] = []
    if expected.subject is not None:
        found += _subject(expected.subject, data["subject_type"], data["subject_id"], "hold")
    values: Mapping[str, Any] = (
        expected.values if expected.rule is None else {**expected.values, "rule": expected.rule}
    )
    found += [
        f"{name}: expected {shown(value)}, got {shown(data.get(name))}"
        for name, value in values.items()
        if not fits(value, data.get(name))
    ]
    return tuple(found)


def of_case(expected: Expected, case: Case) -> Differences:
    """Return in what a case that is not closed differs from what was expected; nothing where it fits."""
    found: list[str] = []
    if expected.subject is not None:
        found += _subject(expected.subject, case.subject_type, case.subject_id, "case")
    data = {**case_data(case), "tasks": {task.role: task.status for task in case.tasks.values()}}
    values = dict(expected.values) if expected.rule is None else {**expected.values, "rule": expected.rule}
    found += [
        f"{name}: expected {shown(value)}, got {shown(data.get(name))}"
        for name, value in values.items()
        if not fits(value, data.get(name))
    ]
    return tuple(found)


def of_finding(expected: Expected, finding: Fact) -> Differences:
    """Return in what a finding differs from what was expected; nothing where it fits."""
    return tuple(
        f"{name}: expected {shown(value)}, got {shown(finding.data.get(name))}"
        for name, value in expected.values.items()
        if not fits(value, finding.data.get(name))
    )


def in_order(fitting: Sequence[Sequence[int]]) -> dict[int, int]:
    """Return expectation -> decision, the decisions in the order of the expectations; it ends before the first that finds none.

    *fitting* lists for each expectation the decisions that fit it, in their order: taking the first that is left is never worse.
    """
    found: dict[int, int] = {}
    last = -1
    for expectation, decisions in enumerate(fitting):
        place = next((decision for decision in decisions if decision > last), None)
        if place is None:
            return found
        found[expectation] = last = place
    return found


def of_refusal(expected: Refusal, faults: Iterable[FactFault]) -> bool:
    """Return whether one of *faults* fits what was expected."""
    return any(
        (expected.code is None or fault.code == expected.code)
        and (expected.pointer is None or fault.pointer == expected.pointer)
        and (expected.message is None or expected.message in fault.message)
        for fault in faults
    )


def assign(fitting: Sequence[Sequence[int]]) -> dict[int, int]:
    """Return expectation -> decision, each decision for one expectation only and as many as possible met.

    *fitting* lists for each expectation the decisions that fit it (augmenting paths, Kuhn 1955).
    """
    taken: dict[int, int] = {}

    def place(expectation: int, tried: set[int]) -> bool:
        for decision in fitting[expectation]:
            if decision in tried:
                continue
            tried.add(decision)
            if decision not in taken or place(taken[decision], tried):
                taken[decision] = expectation
                return True
        return False

    for expectation in range(len(fitting)):
        place(expectation, set())
    return {expectation: decision for decision, expectation in taken.items()}


def nearest(expected: Expected, decisions: Iterable[Decision]) -> tuple[Decision, Differences] | None:
    """Return the decision that comes nearest to what was expected, with its differences.

    None where none is of the kind or by the rule that was expected.
    """
    named = 1 + (expected.subject is not None) + (expected.rule is not None) + len(expected.values)
    ranked = []
    for order, decision in enumerate(decisions):
        differences = of_decision(expected, decision)
        agreements = named - sum(not d.startswith("status:") for d in differences)
        weight = (
            agreements
            + (2 if decision.kind == expected.kind else 0)
            + (1 if decision.rule == expected.rule else 0)
        )
        if decision.kind == expected.kind or decision.rule == expected.rule:
            ranked.append((-weight, order, decision, differences))
    if not ranked:
        return None
    _, _, decision, differences = min(ranked, key=lambda one: one[:2])
    return decision, differences


def fits(expected: Any, have: Any) -> bool:
    """Return whether a value is as expected: equal, a mapping that holds what is expected, or a text that contains it."""
    if isinstance(expected, dict):
        if set(expected) == {"contains"}:
            return isinstance(have, str) and str(expected["contains"]) in have
        return isinstance(have, dict) and all(fits(value, have.get(key)) for key, value in expected.items())
    if isinstance(expected, list):
        return isinstance(have, list) and len(expected) == len(have) and all(map(fits, expected, have))
    if isinstance(expected, bool) or isinstance(have, bool):
        return expected is have
    if isinstance(expected, (int, Decimal)) and isinstance(have, (int, Decimal)):
        return expected == have
    return type(expected) is type(have) and bool(expected == have)


def shown(value: Any) -> str:
    """Return *value* as a message shows it."""
    if value is None:
        return "nothing"
    if isinstance(value, dict) and set(value) == {"contains"}:
        return f'text with "{value["contains"]}"'
    return f'"{value}"' if isinstance(value, str) else feel.to_text(value)


def summary(decision: Decision) -> str:
    """Return *decision* on one line: kind, subject, values, rule."""
    values = ", ".join(f"{name}: {feel.to_text(value)}" for name, value in decision.values.items())
    status = "" if decision.status == "decided" else f" ({decision.status})"
    row = f" row {', '.join(map(str, decision.rows))}" if decision.rows else ""
    return f"{decision.kind} {decision.subject_type} {decision.subject_id} {values} by {decision.rule}{row}{status}".replace(
        "  ", " "
    )


def _subject(expected: tuple[str, Any], subject_type: str, subject_id: str, kind: str) -> list[str]:
    wanted_type, wanted_id = expected
    if wanted_type == subject_type and (wanted_id is None or fits_id(wanted_id, subject_id)):
        return []
    wanted = wanted_type if wanted_id is None else f"{wanted_type} {shown(wanted_id)}"
    word = "asserted" if kind == "assert" else "subject"
    return [f"{word}: expected {wanted}, got {subject_type} {shown(subject_id)}"]


def fits_id(expected: Any, subject_id: str) -> bool:
    """Return whether an id is as expected; ids are text, however YAML reads them."""
    return fits(expected, subject_id) if isinstance(expected, dict) else str(expected) == subject_id
