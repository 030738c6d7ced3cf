"""The master data that a check needs, found by item: an index over states that the session holds.

It keeps references to the facts, no data of its own, and is made anew from the states when a session is restored.
"""

from __future__ import annotations

from engine.contracts.work import text_of
from engine.decisions import Fact
from engine.rulebook import Key, RuleBook


class References:
    """The states of some types by the item they are about."""

    __slots__ = ("_book", "_by_item", "_items", "types")

    def __init__(self, book: RuleBook, types: tuple[str, ...]) -> None:
        self._book = book
        self.types = frozenset(types)
        self._by_item: dict[tuple[str, str], dict[Key, Fact]] = {}
        self._items: dict[tuple[str, Key], str] = {}

    def take(self, fact: Fact) -> None:
        """Let *fact* be what is so, or no longer so, under its key."""
        key = self._book.key_of(fact)
        item = self._items.pop((fact.type, key), None)
        if item is not None:
            held = self._by_item[fact.type, item]
            del held[key]
            if not held:
                del self._by_item[fact.type, item]
        if fact.op == "assert":
            item = text_of(fact.data, "item")
            self._items[fact.type, key] = item
            self._by_item.setdefault((fact.type, item), {})[key] = fact

    def of(self, fact_type: str, item: str) -> tuple[Fact, ...]:
        """Return the states of *fact_type* about *item*."""
        return tuple(self._by_item.get((fact_type, item), {}).values())
