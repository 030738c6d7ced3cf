"""Facts <-> CloudEvents 1.0 envelopes in plain JSON, and RFC 3339 text -> moments.

Trusts what it is given: what comes from outside passes the gate first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from engine.decisions import Fact, format_time

CONTEXT = frozenset({"specversion", "id", "source", "type", "time", "subject", "data", "op"})
"""The envelope's own keys; every other one is an extension attribute, or says how the data was sent."""

_RFC3339 = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d):(\d\d)(?:\.(\d{1,30}))?(Z|z|[+-]\d\d:\d\d)\Z",
    re.ASCII,
)


def parse_time(text: str) -> datetime | None:
    """Return the RFC 3339 *text* as an aware UTC moment, to the microsecond; None where it is not one.

    A zone is required. A leap second counts as the second after; digits beyond the microsecond are dropped.
    """
    shape = text[4:20:3]
    if text[-1:] == "Z" and (
        (shape == "--T::Z" and len(text) == 20) or (shape == "--T::." and len(text) < 28)
    ):
        try:  # as times mostly are written: digits alone fit between the signs
            return datetime.fromisoformat(text)
        except ValueError:
            pass
    found = _RFC3339.match(text)
    if found is None:
        return None
    day, minutes, seconds, fraction, zone = found.groups()
    leap = seconds == "60"
    micro = ((fraction or "") + "000000")[:6]
    offset = "+00:00" if zone in "Zz" else zone
    try:
        moment = datetime.fromisoformat(f"{day}T{minutes}:{'59' if leap else seconds}.{micro}{offset}")
        return (moment + timedelta(seconds=1) if leap else moment).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def fact_to_json(fact: Fact) -> dict[str, Any]:
    """Return *fact* as a CloudEvents 1.0 envelope in plain JSON; admit() of it gives an equal fact."""
    plain: dict[str, Any] = {
        "specversion": "1.0",
        "id": fact.id,
        "source": fact.source,
        "type": fact.type,
        "time": format_time(fact.time),
    }
    if fact.subject is not None:
        plain["subject"] = fact.subject
    if fact.op != "assert":
        plain["op"] = fact.op
    plain.update(fact.extensions or {})
    plain["data"] = fact.data
    return plain


def fact_from_json(plain: Mapping[str, Any]) -> Fact:
    """Return the fact that fact_to_json made *plain* of, trusting it: for facts admitted before."""
    moment = parse_time(plain["time"])
    if moment is None:
        raise ValueError("a stored fact has no RFC 3339 time")
    extensions = {name: value for name, value in plain.items() if name not in CONTEXT}
    return Fact(
        source=plain["source"],
        id=plain["id"],
        type=plain["type"],
        time=moment,
        data=plain["data"],
        subject=plain.get("subject"),
        op=plain.get("op", "assert"),
        extensions=extensions or None,
    )
