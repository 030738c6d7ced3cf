"""Holds as they stand: placed by a decision, ended by a release, each a `hold` state fact that rules can read.

A state machine driven by decisions; it returns the facts that a step makes and keeps nothing but the standing holds.
"""

from __future__ import annotations

from collections.abc import Iterable

from engine.decisions import Decision, Fact, format_time

HOLD = "hold"
"""The fact type of a standing hold: a state of Lineside's own, keyed by hold_id."""

SOURCE = "lineside"
"""The source of every fact that Lineside itself makes."""

SUBJECT_FIELDS = {
    "lot": "lot_id",
    "serial": "serial_id",
    "order": "order_id",
    "operation": "operation_id",
    "item": "item_id",
    "work_centre": "work_centre_id",
}
"""The field of a hold fact that carries the subject's id, by subject type."""


class HoldLedger:
    """The holds that stand, by id and by subject."""

    __slots__ = ("_by_subject", "_holds")

    def __init__(self, holds: Iterable[Fact] = ()) -> None:
        self._holds: dict[str, Fact] = {}
        self._by_subject: dict[tuple[str, str], list[str]] = {}
        for fact in holds:
            self._keep(fact)

    def standing(self) -> tuple[Fact, ...]:
        """Return the `hold` facts that stand, by hold_id."""
        return tuple(self._holds[hold_id] for hold_id in sorted(self._holds))

    def placed(self) -> tuple[Fact, ...]:
        """Return the `hold` facts that stand, in the order they were placed."""
        return tuple(self._holds.values())

    def on(self, subject_type: str, subject_id: str) -> tuple[str, ...]:
        """Return the ids of the holds that stand on a subject, in the order they were placed."""
        return tuple(self._by_subject.get((subject_type, subject_id), ()))

    def place(self, decision: Decision) -> Fact:
        """Let the hold that *decision* places stand, and return its fact."""
        data = {
            "hold_id": decision.id,
            "subject_type": decision.subject_type,
            "subject_id": decision.subject_id,
            SUBJECT_FIELDS[decision.subject_type]: decision.subject_id,
            "inventory_status": decision.values["inventory_status"],
            "reason": decision.reason,
            "rule": decision.rule,
            "placed_at": format_time(decision.time),
        }
        if decision.values.get("quantity") is not None:
            data["quantity"] = decision.values["quantity"]
        fact = Fact(SOURCE, decision.id, HOLD, decision.time, data)
        self._keep(fact)
        return fact

    def release(self, decision: Decision, hold_ids: Iterable[str]) -> tuple[Fact, ...]:
        """End the holds called *hold_ids* and return their retractions."""
        return tuple(self._end(hold_id, decision) for hold_id in hold_ids)

    def _keep(self, fact: Fact) -> None:
        self._holds[fact.data["hold_id"]] = fact
        subject = (fact.data["subject_type"], fact.data["subject_id"])
        self._by_subject.setdefault(subject, []).append(fact.data["hold_id"])

    def _end(self, hold_id: str, decision: Decision) -> Fact:
        hold = self._holds.pop(hold_id)
        subject = (hold.data["subject_type"], hold.data["subject_id"])
        remaining = self._by_subject[subject]
        remaining.remove(hold_id)
        if not remaining:
            del self._by_subject[subject]
        return Fact(
            SOURCE, f"{decision.id}/{hold_id}", HOLD, decision.time, {"hold_id": hold_id}, op="retract"
        )
