"""What is looked at in the flows between ERP and MES: the checks by name, what each can find, and what it reads.

Plain words that the shapes, the checks of rule files and the session share; nothing here looks at a fact.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

FINDING = "flow_finding"
"""The fact type of what is found: an event of Lineside's own."""

ORDER, CONFIRMATION, BOM, ROUTING = "production_order", "production_confirmation", "bom", "routing"
"""The fact types that the checks read."""

NOT_CHECKED = "not_checked"
"""The kind of a finding that says what a check lacked; any check can find it."""

OVER, UNDER, TOLERANCE = "over_percent", "under_percent", "tolerance_percent"
"""The settings that checks take, each in percent of what is expected."""


@dataclass(frozen=True, slots=True)
class CheckKind:
    """One check on the way: what it can find, the settings it takes, and the fields it reads, by fact type."""

    name: str
    title: str
    finds: tuple[str, ...]
    settings: tuple[str, ...]
    reads: Mapping[str, tuple[str, ...]]


CHECKS: Mapping[str, CheckKind] = {
    kind.name: kind
    for kind in (
        CheckKind(
            "order-released",
            "Work is confirmed for an order that ERP has released, and not closed",
            ("unknown_order", "order_not_released", "order_closed"),
            (),
            {CONFIRMATION: ("order_id",), ORDER: ("order_id", "status")},
        ),
        CheckKind(
            "nothing-on-hold",
            "No work is confirmed on what is held, nor with it",
            ("confirmed_on_hold",),
            (),
            {CONFIRMATION: ("order_id",)},
        ),
        CheckKind(
            "duplicate-confirmation",
            "Nothing is confirmed twice under two ids",
            ("duplicate_confirmation",),
            (),
            {CONFIRMATION: ("order_id", "operation"), ORDER: ("order_id", "status")},
        ),
        CheckKind(
            "operation-in-routing",
            "Operations are those of the routing, in its order",
            ("unknown_operation", "operation_out_of_order"),
            (),
            {
                CONFIRMATION: ("order_id", "operation", "quantity_completed"),
                ORDER: ("order_id", "item", "status"),
                ROUTING: ("routing", "item", "operations"),
            },
        ),
        CheckKind(
            "confirmed-quantity",
            "What is confirmed is what was ordered, neither more nor less",
            ("over_delivery", "under_delivery"),
            (OVER, UNDER),
            {
                CONFIRMATION: ("order_id", "operation", "quantity_completed"),
                ORDER: ("order_id", "quantity", "status"),
            },
        ),
        CheckKind(
            "consumed-materials",
            "What is consumed is what the order or the bill of material asks for",
            ("material_not_in_bom", "material_over_bom"),
            (TOLERANCE,),
            {
                CONFIRMATION: ("order_id", "materials_consumed"),
                ORDER: ("order_id", "item", "quantity", "status"),
                BOM: ("item", "components"),
            },
        ),
    )
}
"""The checks by name, in the order in which they look at a confirmation."""

FINDS = (*(found for kind in CHECKS.values() for found in kind.finds), NOT_CHECKED)
"""Every kind of finding."""

KEYS: Mapping[str, tuple[str, ...]] = {ORDER: ("order_id",), ROUTING: ("routing",)}
"""The keys by which the checks look states up."""
