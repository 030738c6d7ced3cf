"""The checks themselves: one small function each, from a confirmation and what is known of its order to what is found.

They are asked after the confirmation was counted. What one needs and does not find is a finding too, said once for each order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from engine.contracts.found import Found, lacking, shortfall
from engine.contracts.references import References
from engine.contracts.tallies import Tally
from engine.contracts.work import is_work, number_of, operations_of, rows_of, text_of
from engine.decisions import Fact
from engine.feel.numbers import Number, add, divide, multiply
from engine.feel.text import number_text
from engine.findings import BOM, ORDER, OVER, ROUTING, TOLERANCE
from engine.rulebook import Key

Settings = Mapping[str, Decimal | int]
SHOWN = 12
"""The operations of a routing that a finding lists."""


class Holds(Protocol):
    """The part of the holds that the checks read."""

    def in_the_way(self, subject_type: str, subject_id: str, operation: str) -> tuple[str, ...]:
        """Return the ids of the holds on a subject that stand in the way of *operation*."""


@dataclass(frozen=True, slots=True)
class Look:
    """A confirmation and what is known of its order; *tally* has counted it already, unless it is a repeated one."""

    fact: Fact
    order: Fact
    tally: Tally
    twin: str | None
    """The fact that confirmed the same before."""
    references: References
    routings: Mapping[Key, Fact]

    @property
    def data(self) -> Mapping[str, Any]:
        """Return what the confirmation says."""
        return self.fact.data

    @property
    def operation(self) -> str:
        """Return the operation that is confirmed."""
        return text_of(self.data, "operation")

    @property
    def order_id(self) -> str:
        """Return the order that is confirmed."""
        return text_of(self.data, "order_id")


def repeated(look: Look, _settings: Settings) -> Iterator[Found]:
    """Yield a confirmation that says what another fact has said already."""
    if look.twin is not None:
        message = (
            f"operation {look.operation} of order {look.order_id} was confirmed so already, by {look.twin}"
        )
        yield Found("duplicate_confirmation", message, expected="one confirmation", found=look.twin)


def quantity(look: Look, settings: Settings) -> Iterator[Found]:
    """Yield an operation of which more is confirmed than was ordered, beyond the tolerance."""
    if look.twin is not None or not is_work(look.data):
        return
    ordered, made = number_of(look.order.data, "quantity"), look.tally.made.get(look.operation)
    if ordered is None:
        yield lacking(f"{ORDER}.quantity", message=f"order {look.order_id} does not say how much is ordered")
    elif made is not None and made > with_percent(ordered, settings.get(OVER, 0)):
        message = (
            f"{number_text(made)} confirmed at operation {look.operation} of order {look.order_id}, "
            f"and {number_text(ordered)} ordered"
        )
        yield shortfall("over_delivery", message, ordered, made)


def operation(look: Look, _settings: Settings) -> Iterator[Found]:
    """Yield an operation that the routing does not have, or whose predecessor nobody has confirmed."""
    routing = routing_of(look.order, look.references, look.routings)
    if isinstance(routing, Found):
        yield routing
        return
    operations = operations_of(routing.data)
    if look.operation not in operations:
        name = text_of(routing.data, "routing")
        message = f"operation {look.operation} of order {look.order_id} is not in routing {name}"
        shown = ", ".join(operations[:SHOWN]) + (", ..." if len(operations) > SHOWN else "")
        yield Found("unknown_operation", message, expected=shown, found=look.operation)
        return
    at = operations.index(look.operation)
    if at and look.twin is None and is_work(look.data) and operations[at - 1] not in look.tally.made:
        before = operations[at - 1]
        message = (
            f"operation {look.operation} of order {look.order_id} is confirmed before operation {before}"
        )
        yield Found("operation_out_of_order", message, expected=before, found=look.operation)


def materials(look: Look, settings: Settings) -> Iterator[Found]:
    """Yield each item consumed that nothing asks for, and each of which more than the whole order needs is consumed by now."""
    lines = rows_of(look.data, "materials_consumed")
    if not lines or look.twin is not None:
        return
    needs = _needs_of(look)
    if isinstance(needs, Found):
        yield needs
        return
    for item, unit in dict.fromkeys((text_of(line, "item"), text_of(line, "unit")) for line in lines):
        need, used = needs.get(item), look.tally.consumed.get((item, unit))
        if need is None:
            message = f"order {look.order_id} consumes {item}, which {text_of(look.order.data, 'item')} is not made of"
            shown = ", ".join(list(needs)[:SHOWN]) + (", ..." if len(needs) > SHOWN else "")
            yield Found("material_not_in_bom", message, expected=shown, found=item, named={"item": item})
        elif unit and need.unit and unit != need.unit:
            message = f"order {look.order_id} consumes {item} in {unit}, and it is asked for in {need.unit}"
            yield lacking(f"the quantity of {item} in {need.unit}", message=message)
        elif used is not None and used > with_percent(need.quantity, settings.get(TOLERANCE, 0)):
            message = (
                f"{number_text(used)} of {item} consumed for order {look.order_id}, "
                f"which needs {number_text(need.quantity)}"
            )
            yield shortfall("material_over_bom", message, need.quantity, used, item=item)


LOOKS: Mapping[str, Callable[[Look, Settings], Iterator[Found]]] = {
    "duplicate-confirmation": repeated,
    "operation-in-routing": operation,
    "confirmed-quantity": quantity,
    "consumed-materials": materials,
}
"""The checks that need the order."""


def released(order_id: str, order: Fact | None) -> Iterator[Found]:
    """Yield an order that work is confirmed for and that ERP has not sent, not released, or closed already."""
    status = "" if order is None else text_of(order.data, "status")
    if order is None:
        message = f"ERP has sent no order {order_id}: nothing of this confirmation can be checked"
        yield Found("unknown_order", message, "released", "no such order", missing=(ORDER,))
    elif status == "planned":
        message = f"order {order_id} is planned and not released"
        yield Found("order_not_released", message, "released", status)
    elif status in ("closed", "cancelled"):
        message = f"order {order_id} is {status}: its quantities are no longer counted"
        yield Found("order_closed", message, "released", status)


def held(data: Mapping[str, Any], order: Fact | None, holds: Holds) -> Iterator[Found]:
    """Yield each thing on hold that is confirmed, that the work is done on, or that is consumed."""
    order_id, work = text_of(data, "order_id"), text_of(data, "operation")
    item = text_of(data, "item") or ("" if order is None else text_of(order.data, "item"))
    rows = (data, *rows_of(data, "materials_consumed"))
    subjects = [("order", order_id), ("item", item)]
    subjects += [("operation", work), ("operation", f"{order_id}/{work}")]
    subjects += [("work_centre", text_of(data, "work_centre"))]
    subjects += [
        (kind, text_of(row, name))
        for row in rows
        for kind, name in (("lot", "lot_id"), ("serial", "serial_id"))
    ]
    for subject_type, subject_id in dict.fromkeys(subjects):
        if subject_id and (standing := holds.in_the_way(subject_type, subject_id, work)):
            said = subject_type.replace("_", " ")
            message = f"{said} {subject_id} is on hold, and work on order {order_id} is confirmed"
            named = {"lot_id": subject_id} if subject_type == "lot" else {}
            yield Found("confirmed_on_hold", message, "no hold", ", ".join(standing), named=named)


def routing_of(order: Fact, references: References, routings: Mapping[Key, Fact]) -> Fact | Found:
    """Return the routing of *order*: the one it names, or the only one of its item; else what is missing."""
    order_id, item = text_of(order.data, "order_id"), text_of(order.data, "item")
    name = text_of(order.data, "routing")
    if name:
        found = routings.get((name,))
        return found or lacking(ROUTING, message=f"routing {name} of order {order_id} is not known")
    of_item = references.of(ROUTING, item)
    if len(of_item) == 1:
        return of_item[0]
    if of_item:
        message = (
            f"order {order_id} does not say by which of the {len(of_item)} routings of {item} it is made"
        )
        return lacking(f"{ORDER}.routing", message=message)
    return lacking(ROUTING, message=f"no routing of {item} is known for order {order_id}")


def with_percent(value: Number, percent: Number) -> Number:
    """Return *value* and *percent* of it more."""
    share = divide(multiply(value, percent) or 0, 100)
    total = None if share is None else add(value, share)
    return value if total is None else total


@dataclass(frozen=True, slots=True)
class _Need:
    quantity: Number
    unit: str


def _needs_of(look: Look) -> dict[str, _Need] | Found:
    """Return what the order needs, by item: as it says itself, else by the bills of its item, the most of any alternative."""
    order = look.order.data
    if own := rows_of(order, "materials"):
        return _most((text_of(r, "item"), number_of(r, "quantity"), text_of(r, "unit")) for r in own)
    item, ordered = text_of(order, "item"), number_of(order, "quantity")
    bills = look.references.of(BOM, item)
    if not bills:
        return lacking(BOM, message=f"no bill of material of {item} is known for order {look.order_id}")
    if ordered is None:
        return lacking(f"{ORDER}.quantity", message=f"order {look.order_id} does not say how much is ordered")
    needs: dict[str, _Need] = {}
    for bill in bills:
        rows = _most(
            (text_of(r, "item"), multiply(number_of(r, "quantity") or 0, ordered), text_of(r, "unit"))
            for r in rows_of(bill.data, "components")
        )
        for name, need in rows.items():
            if name not in needs or need.quantity > needs[name].quantity:
                needs[name] = need
    return needs


def _most(rows: Iterator[tuple[str, Number | None, str]]) -> dict[str, _Need]:
    """Return the needs that *rows* come to, an item that is there twice being needed twice."""
    needs: dict[str, _Need] = {}
    for item, amount, unit in rows:
        before = needs.get(item)
        total = amount or 0 if before is None else add(before.quantity, amount or 0) or 0
        needs[item] = _Need(total, unit)
    return needs
