"""Indexes: which items a fact can concern, by constants and ranges; and state facts by the values that joins ask for.

Both answer in time that does not grow with what they hold, but with what they find.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import product
from operator import itemgetter
from typing import Any, Generic, TypeVar

from engine.decisions import Fact
from engine.matching.intervals import Ranged
from engine.rulebook import Bounds, CompiledPattern, Data, Key, Value

T = TypeVar("T")


MOST_TRIED = 6
"""So many items under the same constants are tried one by one, though they ask for ranges."""


class ConstantIndex(Generic[T]):
    """Items found by the constant values a fact carries, and by the range that one of its fields lies in.

    Items that ask for the same fields share one table, keyed by those fields' values; a look-up probes each table once. Items
    that ask for no constant stand in a bucket of their own. Many items in one bucket are found by their bounds, too.
    """

    __slots__ = ("_always", "_bounded", "_groups", "_tables")

    def __init__(self) -> None:
        self._tables: dict[tuple[str, ...], dict[Any, Any]] = {}
        self._groups: list[tuple[Callable[[Data], Any], dict[Any, Any]]] = []
        self._always: Any = []
        self._bounded: dict[tuple[tuple[str, ...], Any], list[tuple[Bounds, T]]] = {}
        """By fields and values, the items with bounds that the buckets have not yet been sorted by."""

    def add(
        self, constants: Sequence[tuple[str, tuple[Any, ...]]], item: T, bounds: Bounds | None = None
    ) -> None:
        """Let *item* be found by facts that carry, for each field, one of its values, and that lie within *bounds*.

        Bounds are a promise, not a test: some facts outside of them find the item all the same. Add before the first look-up.
        """
        ordered = sorted(constants)
        fields = tuple(name for name, _ in ordered)
        table = self._tables.get(fields)
        if table is None:
            table = self._tables[fields] = {}
            if fields:
                self._groups.append((_reader(fields), table))
        for values in product(*(dict.fromkeys(values) for _, values in ordered)):
            key = values[0] if len(values) == 1 else values
            bucket = table.setdefault(key, [])
            if not fields:
                self._always = bucket
            if bounds is None:
                bucket.append(item)
            else:
                self._bounded.setdefault((fields, key), []).append((bounds, item))

    def find(self, data: Data) -> list[T]:
        """Return the items that *data* can concern, each once, in no certain order."""
        if self._bounded:
            self._sort()
        found: list[T] = self._always
        if found.__class__ is not list:
            found = self._always.find(data)
        for read, table in self._groups:
            items = table.get(read(data))
            if items is not None:
                if items.__class__ is not list:
                    items = items.find(data)
                found = found + items if found else items
        return found

    def is_ranged(self, constants: Sequence[tuple[str, tuple[Any, ...]]], bounds: Bounds) -> bool:
        """Return whether items under *constants* with *bounds* are found by these, not tried one by one."""
        if self._bounded:
            self._sort()
        ordered = sorted(constants)
        table = self._tables[tuple(name for name, _ in ordered)]
        keys = (
            values[0] if len(values) == 1 else values
            for values in product(*(values for _, values in ordered))
        )
        return any(isinstance(table[key], Ranged) and table[key].is_by(bounds) for key in keys)

    def _sort(self) -> None:
        """Sort the items with bounds into their buckets."""
        for (fields, key), bounded in self._bounded.items():
            bucket = self._tables[fields][key]
            if len(bounded) > MOST_TRIED:
                self._tables[fields][key] = Ranged(bucket, bounded)
            else:
                bucket += (item for _, item in bounded)
        self._bounded = {}
        self._always = self._tables.get((), {}).get((), self._always)


def _reader(fields: tuple[str, ...]) -> Callable[[Data], Any]:
    if len(fields) == 1:
        name = fields[0]
        return lambda data: data.get(name)
    read_all = itemgetter(*fields)

    def read(data: Data) -> Any:
        try:
            return read_all(data)
        except KeyError:  # a field the fact does not carry equals no constant
            return None

    return read


class JoinIndex:
    """State facts by the values of their join keys.

    A fact that stands alone under its value, as most do, is kept as it is: a bucket for each costs more than the fact.
    """

    __slots__ = ("_buckets", "_keys", "_parameters")

    def __init__(self, keys: tuple[Value, ...], parameters: Data) -> None:
        self._keys = keys
        self._parameters = parameters
        self._buckets: dict[Any, Fact | dict[int, Fact]] = {}

    def value_of(self, fact: Fact, now: datetime) -> Any:
        """Return the value *fact* stands under."""
        if len(self._keys) == 1:
            return self._keys[0](fact.data, self._parameters, now)
        return tuple([key(fact.data, self._parameters, now) for key in self._keys])

    def add(self, fact: Fact, now: datetime) -> None:
        """Take in *fact*."""
        value = self.value_of(fact, now)
        there = self._buckets.get(value)
        if there is None:
            self._buckets[value] = fact
        elif isinstance(there, Fact):
            self._buckets[value] = {id(there): there, id(fact): fact}
        else:
            there[id(fact)] = fact

    def remove(self, fact: Fact, now: datetime) -> None:
        """Forget *fact*."""
        value = self.value_of(fact, now)
        there = self._buckets[value]
        if not isinstance(there, Fact):
            del there[id(fact)]
            if there:
                return
        del self._buckets[value]

    def find(self, value: Any) -> tuple[Fact, ...]:
        """Return the facts that stand under *value*."""
        there = self._buckets.get(value)
        if there is None:
            return ()
        return (there,) if isinstance(there, Fact) else tuple(there.values())

    def count(self, value: Any) -> int:
        """Return how many facts stand under *value*."""
        there = self._buckets.get(value, ())
        return 1 if isinstance(there, Fact) else len(there)


class AlphaMemory:
    """The state facts that fit a pattern as far as their own fields say, with an index for each way they are joined.

    Patterns with the same condition share one, whichever rule they are in.
    """

    __slots__ = ("_indexes", "_local", "_parameters", "facts", "lasts", "users")

    def __init__(self, pattern: CompiledPattern, parameters: Data) -> None:
        self._local = pattern.local
        self._parameters = parameters
        self._indexes: dict[tuple[str, ...], JoinIndex] = {}
        self.facts: dict[Key, Fact] = {}
        self.users: list[tuple[Any, int]] = []
        self.lasts: tuple[Any, int] | None = None
        """The rule and the position of a pattern whose condition must last before a fact is taken in."""

    def index(self, names: tuple[str, ...], keys: tuple[Value, ...], parameters: Data) -> JoinIndex:
        """Return the index on *keys*, made on first asking; *names* identify it. Ask before facts are added."""
        found = self._indexes.get(names)
        if found is None:
            found = self._indexes[names] = JoinIndex(keys, parameters)
        return found

    def accepts(self, fact: Fact, now: datetime) -> bool:
        """Return whether the rest of the condition, beyond its constants, holds for *fact*."""
        return self._local is None or self._local(fact.data, self._parameters, now)

    def add(self, key: Key, fact: Fact, now: datetime) -> None:
        """Take in *fact*."""
        self.facts[key] = fact
        for index in self._indexes.values():
            index.add(fact, now)

    def remove(self, key: Key, now: datetime) -> None:
        """Forget the fact called *key*."""
        fact = self.facts.pop(key)
        for index in self._indexes.values():
            index.remove(fact, now)
