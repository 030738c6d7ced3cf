"""The contracts of a rule book's flows, and what they find on each fact that concerns them.

A session asks once for each fact whose type is in `types`, after it was admitted and before its rules fire, and lets each finding
be a fact of its own. Cost does not grow with the orders, lots or confirmations there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from engine.contracts.found import Found, finding, lacking, shortfall
from engine.contracts.looks import LOOKS, Holds, Look, held, released, routing_of, with_percent
from engine.contracts.references import References
from engine.contracts.tallies import Tallies
from engine.contracts.work import OPEN, final_operation, number_of, text_of
from engine.decisions import Fact
from engine.feel.numbers import negate
from engine.feel.text import number_text
from engine.findings import BOM, CHECKS, CONFIRMATION, NOT_CHECKED, ORDER, ROUTING, UNDER
from engine.model import FlowCheck
from engine.rulebook import Key, RuleBook

States = Mapping[str, Mapping[Key, Fact]]


class Contracts:
    """The checks that the flows of a book ask for, with what they keep: sums for each open order, and an index by item."""

    __slots__ = ("_asked", "_references", "_states", "_tallies", "types")

    def __init__(self, book: RuleBook, states: States) -> None:
        rank = {name: at for at, name in enumerate(CHECKS)}
        self._asked: list[tuple[str, FlowCheck]] = sorted(
            (
                (flow.name, check)
                for flow in book.flows
                if CONFIRMATION in flow.facts
                for check in flow.checks
            ),
            key=lambda one: rank[one[1].name],
        )
        self._states = states
        self._tallies = Tallies()
        self._references = References(book, (BOM, ROUTING))
        wanted = (CONFIRMATION, ORDER, BOM, ROUTING) if self._asked else ()
        self.types = frozenset(name for name in wanted if name in book.fact_types)
        """The types of the facts that there is something to look at, or to keep, of."""

    def look_at(self, fact: Fact, holds: Holds) -> tuple[Fact, ...]:
        """Return what is found on *fact*, which the session's states hold already, and keep what it counts."""
        if fact.type == CONFIRMATION:
            found = self._on_confirmation(fact, holds)
        elif fact.type == ORDER:
            found = self._on_order(fact)
        else:
            self._references.take(fact)
            return ()
        return tuple(
            finding(one, fact, flow, check, number) for number, (flow, check, one) in enumerate(found)
        )

    def saved(self) -> list[Any]:
        """Return the running sums as a snapshot keeps them."""
        return list(self._tallies.saved())

    def load(self, saved: Iterable[Any], states: Iterable[Fact]) -> None:
        """Take in what `saved` gave, and the states that are held."""
        if not self.types:
            return
        self._tallies.load(saved)
        for fact in states:
            if fact.type in self._references.types and fact.type in self.types:
                self._references.take(fact)

    def _on_confirmation(self, fact: Fact, holds: Holds) -> Iterator[tuple[str, str, Found]]:
        order_id = text_of(fact.data, "order_id")
        order = self._states.get(ORDER, {}).get((order_id,))
        look = None if order is None else self._counted(fact, order, order_id)
        explained = any(check.name == "order-released" for _, check in self._asked)
        for flow, check in self._asked:
            if check.name == "order-released":
                found = released(order_id, order)
            elif check.name == "nothing-on-hold":
                found = held(fact.data, order, holds)
            elif look is not None:
                found = LOOKS[check.name](look, check.settings)
            elif explained:
                continue
            else:
                found = iter((lacking(ORDER, message=f"no open order {order_id} is known"),))
            for one in found:
                if one.kind != NOT_CHECKED or look is None or look.tally.say(f"{check.name}: {one.expected}"):
                    yield flow, check.name, one

    def _counted(self, fact: Fact, order: Fact, order_id: str) -> Look | None:
        """Count *fact*, and return it with what is known of its order; None where the order is closed."""
        if text_of(order.data, "status") not in OPEN:
            return None
        tally = self._tallies.of(order_id)
        dedupes = any(check.name == "duplicate-confirmation" for _, check in self._asked)
        twin = tally.seen(fact) if dedupes else None
        if twin is None:
            tally.take(fact.data)
        return Look(fact, order, tally, twin, self._references, self._states.get(ROUTING, {}))

    def _on_order(self, fact: Fact) -> Iterator[tuple[str, str, Found]]:
        order_id = text_of(fact.data, "order_id")
        status = text_of(fact.data, "status") if fact.op == "assert" else ""
        if status in ("completed", "closed"):
            yield from self._short(fact, order_id)
        elif status in OPEN:
            self._tallies.of(order_id).told.discard(UNDER)
        if status not in OPEN:
            self._tallies.drop(order_id)

    def _short(self, fact: Fact, order_id: str) -> Iterator[tuple[str, str, Found]]:
        """Yield that an order ends with less than was ordered, once for each time that it ends."""
        tally, ordered = self._tallies.get(order_id), number_of(fact.data, "quantity")
        if tally is None or ordered is None or not tally.say(UNDER):
            return
        routing = routing_of(fact, self._references, self._states.get(ROUTING, {}))
        operation = final_operation(None if isinstance(routing, Found) else routing.data, tally.made)
        made = tally.made.get(operation, 0)
        for flow, check in self._asked:
            least = with_percent(ordered, negate(check.settings.get(UNDER, 0)))
            if check.name != "confirmed-quantity" or made >= least:
                continue
            at = f" at operation {operation}" if operation else ""
            message = (
                f"order {order_id} is {text_of(fact.data, 'status')} with {number_text(made)} "
                f"of {number_text(ordered)} confirmed{at}"
            )
            named = {"operation": operation} if operation else {}
            yield flow, check.name, shortfall("under_delivery", message, ordered, made, **named)
