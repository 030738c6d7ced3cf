"""What a check finds, and the fact that says so: an event of Lineside's own that rules match like any other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from engine.decisions import Fact
from engine.feel.numbers import Number, divide, multiply, subtract
from engine.feel.text import number_text
from engine.findings import FINDING, NOT_CHECKED

SOURCE = "lineside"


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that is not as the contract has it: what was expected, what was found, and a sentence that says it."""

    kind: str
    message: str
    expected: str = ""
    found: str = ""
    quantities: tuple[Number, Number] | None = None
    """Expected and found, where they are quantities."""
    named: Mapping[str, str] = field(default_factory=dict)
    """What else it is about: lot_id, item, work_centre."""
    missing: tuple[str, ...] = ()
    """The fact types, or fields, that the check would have needed."""


def lacking(*missing: str, message: str) -> Found:
    """Return the finding that a check could not look, for want of *missing*."""
    return Found(NOT_CHECKED, message, expected=" and ".join(missing), found="nothing", missing=missing)


def shortfall(kind: str, message: str, expected: Number, found: Number, **named: str) -> Found:
    """Return the finding that a quantity is another than the one expected."""
    return Found(
        kind,
        message,
        expected=number_text(expected),
        found=number_text(found),
        quantities=(expected, found),
        named=named,
    )


def finding(found: Found, fact: Fact, flow: str, check: str, number: int) -> Fact:
    """Return *found* as the fact that says what *check* of *flow* found on *fact*, as its finding *number*."""
    data: dict[str, Any] = {
        "kind": found.kind,
        "flow": flow,
        "check": check,
        "fact_type": fact.type,
        "fact": f"{fact.source}/{fact.id}",
        "message": found.message,
        "expected": found.expected,
        "found": found.found,
    }
    for name in ("order_id", "operation", "lot_id", "work_centre"):
        value = fact.data.get(name)
        if isinstance(value, str):
            data[name] = value
    data.update(found.named)
    if found.quantities is not None:
        expected, have = found.quantities
        data["quantity_expected"], data["quantity_found"] = expected, have
        difference = subtract(have, expected)
        share = None if difference is None else divide(difference, expected)
        percent = None if share is None else multiply(share, 100)
        if percent is not None:
            data["off_by_percent"] = percent
    if found.missing:
        data["missing"] = list(found.missing)
    name = f"{flow}\n{check}\n{number}\n{len(fact.source)}:{fact.source}{fact.id}"
    identity = sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return Fact(SOURCE, identity, FINDING, fact.time, data)
