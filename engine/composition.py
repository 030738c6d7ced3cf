"""How decisions of one outcome about the same subject compose.

One route and one priority per subject: the decision of the more urgent rule wins, the others are marked superseded. Two of
equal urgency that disagree contradict each other: both are marked as a conflict, and neither is carried out.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from engine.decisions import EXCLUSIVE, Decision


def compose(decisions: Sequence[Decision]) -> tuple[Decision, ...]:
    """Return *decisions* in their order, with those marked that another one settled."""
    if len(decisions) < 2:
        return tuple(decisions)
    groups: dict[tuple[str, str, str], list[Decision]] = {}
    for decision in decisions:
        if decision.kind in EXCLUSIVE and decision.status == "decided":
            groups.setdefault((decision.kind, decision.subject_type, decision.subject_id), []).append(
                decision
            )
    marks: dict[str, tuple[str, str]] = {}
    for (kind, _, _), rivals in groups.items():
        if len(rivals) > 1:
            marks.update(_settle(rivals, EXCLUSIVE[kind]))
    if not marks:
        return tuple(decisions)
    return tuple([_marked(d, marks.get(d.id)) for d in decisions])


def _settle(rivals: Sequence[Decision], value: str) -> dict[str, tuple[str, str]]:
    """Return (status, the other decision's id) by decision id, for each rival that does not stand as decided."""
    winner = rivals[0]
    for rival in rivals:
        if rival.priority > winner.priority:
            winner = rival
    top, wanted = winner.priority, winner.values.get(value)
    against: Decision | None = None
    for rival in rivals:
        if rival.priority == top and rival.values.get(value) != wanted:
            against = rival
            break
    settled: dict[str, tuple[str, str]] = {}
    for rival in rivals:
        if against is None or rival.priority < top:
            if rival is not winner:
                settled[rival.id] = ("superseded", winner.id)
        else:
            agrees = rival.values.get(value) == wanted
            settled[rival.id] = ("conflict", against.id if agrees else winner.id)
    return settled


def _marked(decision: Decision, mark: tuple[str, str] | None) -> Decision:
    if mark is None:
        return decision
    status, other = mark
    return msgspec.structs.replace(decision, status=status, settled_by=other)
