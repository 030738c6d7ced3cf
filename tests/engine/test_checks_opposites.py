"""Decisions of one rule that always contradict each other: what the check says, and what the session then does."""

from __future__ import annotations

import pytest

from engine.session import Session
from tests.engine.books import Facts
from tests.engine.coordination.floor import rule_book

OPEN = "open_case: {lot: = lot_id, kind: held, tasks: {quality: look}}"
OTHER = "open_case: {lot: = order_id, kind: late, tasks: {quality: look}}"
HOLD = "hold: {lot: = lot_id, reason: failed}"


def resolve(subject: str, kind: str = "") -> str:
    """Return an action that resolves the case of *subject*."""
    return f"resolve_case: {{{subject}, {f'kind: {kind}, ' if kind else ''}reason: over}}"


OPPOSITES = {
    "opens and resolves": ([OPEN, resolve("lot: = lot_id", "held")], ["decided", "conflict"]),
    "resolves all there are": ([OPEN, resolve("lot: = lot_id")], ["decided", "conflict"]),
    "the rule's name as kind": (
        ["open_case: {lot: L, tasks: {quality: look}}", resolve("lot: L", "r")],
        ["decided", "conflict"],
    ),
    "holds and releases": ([HOLD, "release: {lot: = lot_id, reason: over}"], ["decided", "conflict"]),
    "one hold of several": (
        [HOLD, "release: {lot: = lot_id, hold_id: H, reason: over}"],
        ["decided", "conflict"],
    ),
    "subject as text": (
        ['hold: {lot: "L{lot_id}", reason: a}', 'release: {lot: "L{lot_id}", reason: b}'],
        ["decided", "conflict"],
    ),
    "two places": (
        ["route: {lot: = lot_id, to: a}", 'route: {lot: = lot_id, to: = "b"}'],
        ["conflict", "conflict"],
    ),
    "two parameters": (
        ["route: {lot: = lot_id, to: = parameters.near}", "route: {lot: = lot_id, to: = parameters.far}"],
        ["conflict", "conflict"],
    ),
    "two priorities": (
        ["reprioritise: {order: = order_id, priority: 1}", "reprioritise: {order: = order_id, priority: 2}"],
        ["conflict", "conflict"],
    ),
}
"""Actions of one rule that contradict each other, and what becomes of their decisions."""

TOGETHER = {
    "resolves first": ([resolve("lot: = lot_id", "held"), OPEN], ["void", "decided"]),
    "another kind": ([OPEN, OTHER, resolve("lot: = lot_id", "late")], ["decided", "decided", "void"]),
    "all, of which there are others": (
        [OPEN, OTHER, resolve("lot: = order_id")],
        ["decided", "decided", "conflict"],
    ),
    "another subject": ([OPEN, resolve("lot: = order_id", "held")], ["decided", "void"]),
    "releases first": (["release: {lot: = lot_id, reason: over}", HOLD], ["void", "decided"]),
    "holds another": ([HOLD, "release: {order: = lot_id, reason: over}"], ["decided", "void"]),
    "one place twice": (
        ["route: {lot: = lot_id, to: a}", "route: {lot: = lot_id, to: a}"],
        ["decided", "superseded"],
    ),
    "two places of two": (
        ["route: {lot: = lot_id, to: a}", "route: {lot: = order_id, to: b}"],
        ["decided", "decided"],
    ),
    "a place by the fact": (
        [
            "route: {lot: = lot_id, to: a}",
            'route: {lot: = lot_id, to: "= if defects = null then \\"a\\" else \\"b\\""}',
        ],
        ["decided", "superseded"],
    ),
    "two kinds of decision": (["route: {lot: = lot_id, to: a}", HOLD], ["decided", "decided"]),
}
"""Actions of one rule that can stand together; where they still conflict, it is not for every fact."""


def settle(actions: list[str]) -> tuple[list[str], list[str]]:
    """Return what is said of a rule with these *actions*, and what becomes of what it decides."""
    rule = '  - rule: r\n    on: inspection\n    if: result = "fail"\n    then:\n'
    rule += "".join(f"      - {action}\n" for action in actions)
    book = rule_book(rule, head="parameters: {near: rework, far: scrap}")
    outcome = Session(book).submit(Facts()("inspection", lot_id="A", order_id="B", result="fail"))
    codes = [found.code for found in book.warnings if found.code == "contradiction"]
    return codes, [decision.status for decision in outcome.decisions if decision.kind != "ask"]


@pytest.mark.parametrize(("actions", "statuses"), OPPOSITES.values(), ids=OPPOSITES)
def test_what_always_contradicts_itself_is_told(actions: list[str], statuses: list[str]) -> None:
    """The check says it of what then conflicts with itself on the first fact."""
    assert settle(actions) == (["contradiction"], statuses)


@pytest.mark.parametrize(("actions", "statuses"), TOGETHER.values(), ids=TOGETHER)
def test_what_can_stand_together_is_left_alone(actions: list[str], statuses: list[str]) -> None:
    """Nothing is said where the order, the subject or the fact can make sense of both."""
    assert settle(actions) == ([], statuses)
