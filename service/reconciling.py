"""The stored facts and holds -> the rows of the reconciliation report. Reads the database; decides and writes nothing.

The database brings together what belongs together, and one lot or order after the other is compared: however many there are, no
more than one of them is in memory, beside the routings and the rows that are asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import Any

from engine.admission import fact_from_json
from engine.decisions import Fact
from engine.findings import CONFIRMATION, ORDER, ROUTING
from engine.reconciliation import ERP_STATUS, MES_LOT, Reconciliation, Row, row_to_json
from service.schemas import DECODER
from service.store import Reading

LOT, ORDER_ID = "lot", "order"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """The row after which a page begins: rows are ordered by it."""

    subject_type: str
    subject_id: str
    about: str


def reconciled(
    reading: Reading, *, everything: bool, limit: int, after: Place | None = None
) -> tuple[dict[str, Any], Place | None]:
    """Return the report, up to *limit* rows that differ, or of *everything*, and the place after which more are, if any.

    A report from its beginning counts what agrees, what was left out and what cannot be compared. One that goes on *after* a
    place does not: it stops reading when it has its rows.
    """
    agreeing = left_out = 0
    shown: list[Row] = []
    for one in rows_of(reading, after):
        agreeing += not one.difference
        if one.difference or everything:
            if len(shown) < limit:
                shown.append(one)
                continue
            left_out += 1
            if after is not None:
                break
    is_whole = after is None
    report = {
        "rows": [row_to_json(one) for one in shown],
        "agreeing": agreeing if is_whole else None,
        "left_out": left_out if is_whole else None,
        "holds_not_compared": reading.standing_elsewhere(LOT) if is_whole else None,
    }
    return report, _place_of(shown[-1]) if left_out and shown else None


def rows_of(reading: Reading, after: Place | None = None) -> Iterator[Row]:
    """Yield every row of the report, of lots and then of orders, those *after* a place."""
    since = "" if after is None else after.subject_id
    if after is None or after.subject_type == LOT:
        yield from _beyond(after, _lots(reading, since))
        since = ""
    yield from _beyond(after, _orders(reading, since))


def _place_of(row: Row) -> Place:
    return Place(row.subject_type, row.subject_id, row.about)


def _beyond(after: Place | None, rows: Iterator[Row]) -> Iterator[Row]:
    """Yield those of *rows* that come after the place: of its subject there may be some that were shown."""
    for row in rows:
        if after is None or _place_of(row) > after:
            yield row


def _lots(reading: Reading, since: str) -> Iterator[Row]:
    told = reading.accepted((ERP_STATUS, MES_LOT), "lot_id", since)
    placed = reading.placed(LOT, since)
    # of one lot the facts come first
    for lot, both in groupby(merge(told, placed, key=itemgetter(0)), key=itemgetter(0)):
        found = Reconciliation()
        for _, one in both:
            if isinstance(one, str):
                found.take(_fact(one))
            else:
                released = None if one.released_at is None else datetime.fromisoformat(one.released_at)
                placed_at = datetime.fromisoformat(one.placed_at)
                found.hold((LOT, lot), one.hold_id, one.inventory_status, placed_at, released)
        yield from found.rows()


def _orders(reading: Reading, since: str) -> Iterator[Row]:
    routings = _Routings(reading)
    told = reading.accepted((ORDER, CONFIRMATION), "order_id", since)
    for _, bodies in groupby(told, key=itemgetter(0)):
        found = Reconciliation()
        for _, body in bodies:
            fact = _fact(body)
            found.take(fact)
            if fact.type == ORDER:
                for routing in routings.for_order(fact):
                    found.take(routing)
        yield from found.rows()


class _Routings:
    """The routings that are so, by their name and by the item that is made by them."""

    def __init__(self, reading: Reading) -> None:
        self._by_name: dict[str, Fact] = {}
        for name, body in reading.accepted((ROUTING,), "routing"):
            fact = _fact(body)
            self._by_name[name] = fact
            if fact.op == "retract":
                del self._by_name[name]
        self._by_item: dict[Any, list[Fact]] = {}
        for fact in self._by_name.values():
            self._by_item.setdefault(fact.data.get("item"), []).append(fact)

    def for_order(self, order: Fact) -> list[Fact]:
        """Return those that *order* may be made by."""
        named = self._by_name.get(order.data.get("routing") or "")
        return [*([] if named is None else [named]), *self._by_item.get(order.data.get("item"), ())]


def _fact(body: str) -> Fact:
    return fact_from_json(DECODER.decode(body))
