"""Holds as they stand: placed by a decision, ended by a release, each a `hold` state fact that rules can read.

A state machine driven by decisions; it returns the facts that a step makes and keeps nothing but the standing holds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from engine.decisions import Decision, Fact, format_time
from engine.model import INVENTORY_STATUSES

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


NOTHING_MORE: Mapping[str, Any] = MappingProxyType({})


class HoldLedger:
    """The holds that stand, by id and by subject."""

    __slots__ = ("_by_origin", "_by_subject", "_holds")

    def __init__(self, holds: Iterable[Fact] = ()) -> None:
        self._holds: dict[str, Fact] = {}
        self._by_subject: dict[tuple[str, str], list[str]] = {}
        self._by_origin: dict[str, dict[str, None]] = {}
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

    def in_the_way(self, subject_type: str, subject_id: str, operation: str) -> tuple[str, ...]:
        """Return the ids of the holds on a subject that stand in the way of *operation*: not those that begin after it."""
        return tuple(
            name
            for name in self.on(subject_type, subject_id)
            if not is_ahead(self._holds[name].data.get("from_operation"), operation)
        )

    def get(self, hold_id: str) -> Fact:
        """Return the `hold` fact that stands under *hold_id*; raises KeyError where none does."""
        return self._holds[hold_id]

    def change(self, hold: Fact) -> None:
        """Let a hold that stands be as *hold* says."""
        self._holds[hold.data["hold_id"]] = hold

    def of(self, origin: str) -> tuple[str, ...]:
        """Return the ids of the holds that come from the one called *origin*, in the order they were placed."""
        return tuple(self._by_origin.get(origin, ()))

    def status_without(self, subject_type: str, subject_id: str, ended: Collection[str]) -> str:
        """Return the most restrictive inventory status that a subject has left once the holds called *ended* are over."""
        left = [
            self._holds[name].data["inventory_status"]
            for name in self.on(subject_type, subject_id)
            if name not in ended
        ]
        return max(left, key=restriction, default=INVENTORY_STATUSES[0])

    def stands(self, hold_id: str) -> bool:
        """Return whether the hold called *hold_id* stands."""
        return hold_id in self._holds

    def place(self, decision: Decision, more: Mapping[str, Any] = NOTHING_MORE) -> Fact:
        """Let the hold that *decision* places stand, and return its fact; *more* are fields that not every hold has."""
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
        if decision.values.get("from_operation") is not None:
            data["from_operation"] = str(decision.values["from_operation"])
        data.update(more)
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
        if origin := fact.data.get("origin"):
            self._by_origin.setdefault(origin, {})[fact.data["hold_id"]] = None

    def _end(self, hold_id: str, decision: Decision) -> Fact:
        hold = self._holds.pop(hold_id)
        subject = (hold.data["subject_type"], hold.data["subject_id"])
        remaining = self._by_subject[subject]
        remaining.remove(hold_id)
        if not remaining:
            del self._by_subject[subject]
        if origin := hold.data.get("origin"):
            self._by_origin[origin].pop(hold_id)
            if not self._by_origin[origin]:
                del self._by_origin[origin]
        return Fact(
            SOURCE, f"{decision.id}/{hold_id}", HOLD, decision.time, {"hold_id": hold_id}, op="retract"
        )


def is_ahead(begins: str | None, operation: str | None) -> bool:
    """Return whether a hold that *begins* at an operation is in the way later only than at *operation*.

    Where it begins at once, no operation is named, or the two cannot be put in order, it is in the way: better a question
    than a part lost.
    """
    if begins is None or operation is None:
        return False
    return operation.isdecimal() and begins.isdecimal() and int(operation) < int(begins)


def restriction(status: str) -> int:
    """Return how restrictive an inventory *status* is; one that is not known is taken for the worst."""
    return INVENTORY_STATUSES.index(status) if status in INVENTORY_STATUSES else len(INVENTORY_STATUSES)
