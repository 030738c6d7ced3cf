"""What ERP and MES each believe about lots and orders, beside what Lineside has decided, and where they differ.

Facts go in as the session took them, in its order, and holds as they were placed and released; rows come out. It is a fold
of its own, over any stretch of facts, and never changes a session.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.contracts import Tally, final_operation, is_work, number_of
from engine.contracts.work import text_of
from engine.decisions import Fact, format_time
from engine.feel.numbers import Number, negate, subtract
from engine.feel.text import number_text
from engine.findings import CONFIRMATION, ORDER, ROUTING
from engine.model import INVENTORY_STATUSES

ERP_STATUS, MES_LOT = "inventory_status", "material_lot"
TYPES = (ORDER, ROUTING, ERP_STATUS, MES_LOT, CONFIRMATION)
"""The fact types that are read."""

USABLE = INVENTORY_STATUSES[0]


@dataclass(frozen=True, slots=True)
class Belief:
    """What one system holds to be so, since when, and by what: the fact that said it, or the holds that stand."""

    value: Any
    since: datetime
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that more than one system says something about. *about* is inventory_status, quantity or confirmed."""

    subject_type: str
    subject_id: str
    about: str
    erp: Belief | None
    mes: Belief | None
    lineside: Belief | None
    difference: str
    """In words, or nothing where they agree."""


@dataclass(slots=True)
class _Confirmed:
    tally: Tally = field(default_factory=Tally)
    last: dict[str, Fact] = field(default_factory=dict)
    """The last fact that counted, by operation."""


class Reconciliation:
    """What each system believes, after the facts and holds it was given."""

    def __init__(self) -> None:
        self._erp_lots: dict[str, tuple[Fact, dict[str, Belief]]] = {}
        self._mes_lots: dict[str, tuple[Fact, dict[str, Belief]]] = {}
        self._orders: dict[str, tuple[Fact, dict[str, Belief]]] = {}
        self._routings: dict[str, Fact] = {}
        self._confirmed: dict[str, _Confirmed] = {}
        self._holds: dict[str, list[tuple[str, str, datetime]]] = {}
        self._released: dict[str, Belief] = {}
        self.not_compared = 0
        """Holds that stand on something else than a lot: neither ERP nor MES says here whether it may be used."""

    def take(self, fact: Fact) -> None:
        """Take in a fact that was accepted and is not stale."""
        data = fact.data
        if fact.type == ERP_STATUS:
            _keep(self._erp_lots, text_of(data, "lot_id"), fact, ("inventory_status", "quantity"))
        elif fact.type == MES_LOT:
            _keep(self._mes_lots, text_of(data, "lot_id"), fact, ("inventory_status", "quantity"))
        elif fact.type == ORDER:
            _keep(self._orders, text_of(data, "order_id"), fact, ("quantity", "quantity_confirmed"))
        elif fact.type == ROUTING:
            self._routings[text_of(data, "routing")] = fact
            if fact.op == "retract":
                del self._routings[text_of(data, "routing")]
        elif fact.type == CONFIRMATION:
            confirmed = self._confirmed.setdefault(text_of(data, "order_id"), _Confirmed())
            if confirmed.tally.seen(fact) is None:
                confirmed.tally.take(data)
                if is_work(data):
                    confirmed.last[text_of(data, "operation")] = fact

    def hold(
        self, subject: tuple[str, str], hold_id: str, status: str, placed: datetime, released: datetime | None
    ) -> None:
        """Take in a hold, in the order of when they were placed; *released* is None while it stands."""
        if subject[0] != "lot":
            self.not_compared += released is None
        elif released is None:
            self._holds.setdefault(subject[1], []).append((status, hold_id, placed))
        else:
            before = self._released.get(subject[1])
            if before is None or before.since < released:
                self._released[subject[1]] = Belief(USABLE, released, (hold_id,))

    def rows(self) -> Iterator[Row]:
        """Yield a row for each thing that at least one system says something about that another could say too."""
        lots = sorted({*self._erp_lots, *self._mes_lots, *self._holds, *self._released})
        for lot in lots:
            erp, mes = _said(self._erp_lots, lot), _said(self._mes_lots, lot)
            yield _status_row(lot, erp, mes, self._lineside(lot))
            if "quantity" in erp and "quantity" in mes:
                yield _quantity_row("lot", lot, "quantity", erp["quantity"], mes["quantity"])
        for order_id in sorted({*self._orders, *self._confirmed}):
            said = _said(self._orders, order_id)
            made = self._made(order_id)
            if made is not None or "quantity_confirmed" in said:
                yield _quantity_row("order", order_id, "confirmed", said.get("quantity_confirmed"), made)

    def _lineside(self, lot: str) -> Belief | None:
        holds = self._holds.get(lot)
        if not holds:
            return self._released.get(lot)
        worst = max(holds, key=lambda one: _rank(one[0]))[0]
        since = min(placed for status, _, placed in holds if status == worst)
        return Belief(worst, since, tuple(hold_id for _, hold_id, _ in holds))

    def _made(self, order_id: str) -> Belief | None:
        """Return what MES has confirmed of an order: at the last operation, as the contract counts it."""
        confirmed = self._confirmed.get(order_id)
        if confirmed is None or not confirmed.tally.made:
            return None
        order = self._orders.get(order_id)
        operation = final_operation(self._routing(order[0].data if order else {}), confirmed.tally.made)
        made = confirmed.tally.made.get(operation, 0)
        last = confirmed.last.get(operation) or next(iter(confirmed.last.values()))
        return Belief(made, last.time, (f"{last.source}/{last.id}",))

    def _routing(self, order: Mapping[str, Any]) -> Mapping[str, Any] | None:
        name, item = text_of(order, "routing"), text_of(order, "item")
        if name:
            found = self._routings.get(name)
            return None if found is None else found.data
        of_item = [one for one in self._routings.values() if item and text_of(one.data, "item") == item]
        return of_item[0].data if len(of_item) == 1 else None


def row_to_json(row: Row) -> dict[str, Any]:
    """Return *row* as the plain JSON object that the command line prints and the API answers."""
    beliefs = {"erp": row.erp, "mes": row.mes, "lineside": row.lineside}
    return {
        "subject": {"type": row.subject_type, "id": row.subject_id},
        "about": row.about,
        **{
            system: None
            if belief is None
            else {"value": belief.value, "since": format_time(belief.since), "by": list(belief.by)}
            for system, belief in beliefs.items()
        },
        "difference": row.difference,
    }


def _keep(
    kept: dict[str, tuple[Fact, dict[str, Belief]]], key: str, fact: Fact, fields: tuple[str, ...]
) -> None:
    """Let *fact* be what is so under *key*; a value that it repeats has been so since before."""
    before = kept.pop(key, None)
    if fact.op == "retract":
        return
    beliefs: dict[str, Belief] = {}
    for name in fields:
        value = fact.data.get(name)
        if value is None:
            continue
        old = None if before is None else before[1].get(name)
        same = old is not None and old.value == value
        beliefs[name] = old if same and old else Belief(value, fact.time, (f"{fact.source}/{fact.id}",))
    kept[key] = (fact, beliefs)


def _said(kept: Mapping[str, tuple[Fact, dict[str, Belief]]], key: str) -> dict[str, Belief]:
    found = kept.get(key)
    return {} if found is None else found[1]


def _status_row(
    lot: str, erp: Mapping[str, Belief], mes: Mapping[str, Belief], lineside: Belief | None
) -> Row:
    own, other = erp.get("inventory_status"), mes.get("inventory_status")
    said = {"ERP": own, "MES": other, "Lineside": lineside}
    values = {name: belief.value for name, belief in said.items() if belief is not None}
    difference = ""
    if len(set(values.values())) > 1:
        difference = ", ".join(f"{name} has it {_word(value)}" for name, value in values.items())
    elif any(value != USABLE for value in values.values()):
        silent = [name for name in ("ERP", "MES") if said[name] is None]
        if silent:
            difference = (
                f"{' and '.join(silent)} {'say' if len(silent) > 1 else 'says'} nothing of a lot that is held"
            )
    return Row("lot", lot, "inventory_status", own, other, lineside, difference)


def _quantity_row(
    subject_type: str, subject_id: str, about: str, erp: Belief | None, mes: Belief | None
) -> Row:
    difference = ""
    if erp is not None and mes is not None:
        more = subtract(_number(mes), _number(erp)) or 0
        if more > 0:
            difference = f"MES has {number_text(more)} more than ERP"
        elif more < 0:
            difference = f"MES has {number_text(negate(more))} less than ERP"
    return Row(subject_type, subject_id, about, erp, mes, None, difference)


def _number(belief: Belief) -> Number:
    return number_of({"value": belief.value}, "value") or 0


def _rank(status: str) -> int:
    return INVENTORY_STATUSES.index(status) if status in INVENTORY_STATUSES else len(INVENTORY_STATUSES)


def _word(status: Any) -> str:
    return str(status).replace("_", " ")
