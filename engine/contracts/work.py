"""What a confirmation, an order and its routing say of work: which quantities count, and which operation is the last.

All that counts work reads facts through these, so that it is counted alike. A value of the wrong type is no value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from engine.feel.numbers import Number, is_number

OPEN = ("planned", "released", "started", "completed")
"""Statuses of an order that work may yet be confirmed for, be it late."""

_NOT_WORK = ("set_up", "breakdown")


def number_of(data: Mapping[str, Any], name: str) -> Number | None:
    """Return the number called *name*, or None where there is none."""
    value = data.get(name)
    return value if is_number(value) else None


def text_of(data: Mapping[str, Any], name: str) -> str:
    """Return the text called *name*, or nothing."""
    value = data.get(name)
    return value if isinstance(value, str) else ""


def rows_of(data: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """Return the objects in the list called *name*."""
    value = data.get(name)
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def is_work(confirmed: Mapping[str, Any]) -> bool:
    """Return whether a confirmation reports work that counts: no set-up, no breakdown, and nothing made before and made again."""
    return confirmed.get("report") not in _NOT_WORK and confirmed.get("rework") is not True


def operations_of(routing: Mapping[str, Any]) -> list[str]:
    """Return the operations of a routing in their order."""
    return [name for row in rows_of(routing, "operations") if (name := text_of(row, "operation"))]


def final_operation(routing: Mapping[str, Any] | None, confirmed: Iterable[str]) -> str:
    """Return the operation whose quantity is that of the order: the routing's last, else the one first confirmed last.

    *confirmed* are the operations in the order in which they were first confirmed; "" where there is none.
    """
    if routing is not None and (operations := operations_of(routing)):
        return operations[-1]
    return next(reversed(tuple(confirmed)), "")
