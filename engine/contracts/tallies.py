"""Running sums of what was confirmed for each open order: kept from fact to fact, in the snapshot, and dropped when it closes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import msgspec

from engine.contracts.work import is_work, number_of, rows_of, text_of
from engine.decisions import Fact
from engine.feel.numbers import Number, add, is_number

MOST_REPORTS = 1_000
"""The confirmations of one order that are remembered to know a repeated one by; the oldest are forgotten first."""

Material = tuple[str, str]
"""An item that was consumed, and the unit it was consumed in."""

_encoder = msgspec.json.Encoder(order="sorted", decimal_format="number")


@dataclass(slots=True)
class Tally:
    """What was confirmed for one order so far."""

    made: dict[str, Number] = field(default_factory=dict)
    """Good quantities by operation, in the order in which operations were first confirmed."""
    consumed: dict[Material, Number] = field(default_factory=dict)
    reports: dict[str, str] = field(default_factory=dict)
    """What tells a report from another one -> the fact that brought it."""
    told: set[str] = field(default_factory=set)
    """What was said once and need not be said again: the checks that lacked something, and that the order ended short."""

    def take(self, confirmed: Mapping[str, Any]) -> None:
        """Count *confirmed*."""
        if is_work(confirmed):
            operation, quantity = text_of(confirmed, "operation"), number_of(confirmed, "quantity_completed")
            if operation:
                _count(self.made, operation, 0 if quantity is None else quantity)
        for row in rows_of(confirmed, "materials_consumed"):
            quantity = number_of(row, "quantity")
            if quantity is not None and (item := text_of(row, "item")):
                _count(self.consumed, (item, text_of(row, "unit")), quantity)

    def seen(self, confirmation: Fact) -> str | None:
        """Return the fact that brought the report of *confirmation* before; where there is none, remember this one."""
        mark = _mark(confirmation.data)
        before = self.reports.get(mark)
        if before is None:
            if len(self.reports) >= MOST_REPORTS:
                del self.reports[next(iter(self.reports))]
            self.reports[mark] = f"{confirmation.source}/{confirmation.id}"
        return before

    def say(self, what: str) -> bool:
        """Return whether *what* has not been said of this order before."""
        if what in self.told:
            return False
        self.told.add(what)
        return True


class Tallies:
    """The tallies of the open orders, by order."""

    __slots__ = ("_by_order",)

    def __init__(self) -> None:
        self._by_order: dict[str, Tally] = {}

    def __len__(self) -> int:
        return len(self._by_order)

    def of(self, order_id: str) -> Tally:
        """Return the tally of an open order."""
        return self._by_order.setdefault(order_id, Tally())

    def get(self, order_id: str) -> Tally | None:
        """Return the tally of an order, if there is one."""
        return self._by_order.get(order_id)

    def drop(self, order_id: str) -> None:
        """Forget an order that is closed."""
        self._by_order.pop(order_id, None)

    def saved(self) -> Iterator[Any]:
        """Yield each tally as a snapshot keeps it."""
        for order_id, tally in self._by_order.items():
            consumed = [(item, unit, quantity) for (item, unit), quantity in tally.consumed.items()]
            yield (
                order_id,
                list(tally.made.items()),
                consumed,
                list(tally.reports.items()),
                sorted(tally.told),
            )

    def load(self, saved: Iterable[Any]) -> None:
        """Take in what `saved` gave; ValueError where it is something else."""
        try:
            for order_id, made, consumed, reports, told in saved:
                self._by_order[str(order_id)] = Tally(
                    {str(operation): _number(quantity) for operation, quantity in made},
                    {(str(item), str(unit)): _number(quantity) for item, unit, quantity in consumed},
                    {str(mark): str(fact) for mark, fact in reports},
                    {str(one) for one in told},
                )
        except (TypeError, ValueError) as fault:
            raise ValueError(f"a damaged session snapshot: {fault!r}") from fault


def _mark(confirmed: Mapping[str, Any]) -> str:
    """Return what tells a report from others: operation and sequence where MES numbers its reports, else all that it says."""
    sequence = text_of(confirmed, "sequence")
    said = [text_of(confirmed, "operation"), sequence] if sequence else confirmed
    return sha256(_encoder.encode(said)).hexdigest()[:32]


def _count(sums: dict[Any, Number], key: Any, quantity: Number) -> None:
    total = add(sums.get(key, 0), quantity)
    sums[key] = quantity if total is None else total  # beyond all numbers: none of a plant's


def _number(value: Any) -> Number:
    if not is_number(value):
        raise ValueError(f"{value!r} is no number")
    number: Number = value
    return number
