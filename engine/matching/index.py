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

    Items that ask for the same fields share one table; a look-up probes each table once: first by the field that has the fewest
    values there, then by the others. Items that ask for no constant stand in a bucket of their own. An item that is alone in its
    bucket stands there as it is, and equal values are one object: what a look-up reads for that item alone is then little.
    Many items in one bucket are found by their bounds, too.
    """

    __slots__ = ("_always", "_bounded", "_groups", "_is_open", "_tables", "look")

    def __init__(self) -> None:
        self.look: Callable[[Data], Any] = self._first_look
        """Returns what `find` does: a list, the only item as it is, or None where there is none."""
        self._tables: dict[tuple[str, ...], dict[tuple[Any, ...], Any]] = {}
        """By fields, then by their values, the buckets: lists, and what finds items by their bounds."""
        self._groups: list[tuple[str, Callable[[Data], Any] | None, dict[Any, Any]]] = []
        """The tables as they are looked into: a field, what reads the others, and by both what stands there."""
        self._always: Any = None
        self._bounded: dict[tuple[tuple[str, ...], Any], list[tuple[Bounds, T]]] = {}
        """By fields and values, the items with bounds that the buckets have not yet been sorted by."""
        self._is_open = False
        """Whether items came that the groups do not have."""

    def add(
        self, constants: Sequence[tuple[str, tuple[Any, ...]]], item: T, bounds: Bounds | None = None
    ) -> None:
        """Let *item* be found by facts that carry, for each field, one of its values, and that lie within *bounds*.

        Bounds are a promise, not a test: some facts outside of them find the item all the same. Add before the first look-up.
        """
        ordered = sorted(constants)
        fields = tuple(name for name, _ in ordered)
        table = self._tables.setdefault(fields, {})
        self._is_open = True
        self.look = self._first_look
        for key in product(*(dict.fromkeys(values) for _, values in ordered)):
            bucket = table.setdefault(key, [])
            if bounds is None:
                bucket.append(item)
            else:
                self._bounded.setdefault((fields, key), []).append((bounds, item))

    def find(self, data: Data) -> list[T]:
        """Return the items that *data* can concern, each once, in no certain order."""
        found = self.look(data)
        if found.__class__ is list:
            return found
        return [] if found is None else [found]

    def close(self) -> None:
        """Lay everything out for look-ups; `look` is then as it stays."""
        if self._is_open:
            self._close()
        self.look = self._short_look() or self._look

    def _first_look(self, data: Data) -> Any:
        self.close()
        return self.look(data)

    def _short_look(self) -> Callable[[Data], Any] | None:
        """Return the look-up where there is one table, by one field or two, and nothing is found by its bounds; or None."""
        if self._always is not None or len(self._groups) != 1:
            return None
        ((first, others, table),) = self._groups
        (fields,) = (fields for fields in self._tables if fields)
        if len(fields) > 2 or any(bucket.__class__ is Ranged for bucket in self._tables[fields].values()):
            return None
        second = fields[0] if first == fields[-1] else fields[-1]

        def look_once(data: Data) -> Any:
            try:
                return table.get(data.get(first))
            except TypeError:  # see _look
                return None

        def look(data: Data) -> Any:
            try:
                items = table.get(data.get(first))
                return None if items is None else items.get(data.get(second))
            except TypeError:
                return None

        return look_once if others is None else look

    def _look(self, data: Data) -> Any:
        found = self._always
        if found.__class__ is Ranged:
            found = found.find(data)
        for first, others, table in self._groups:
            try:
                items = table.get(data.get(first))
                if items is not None and others is not None:
                    items = items.get(others(data))
            except TypeError:
                continue  # a list or a context, which is no constant: of a state held since before its type was changed
            if items is None:
                continue
            if items.__class__ is Ranged:
                items = items.find(data)
            found = items if not found else _both(found, items)
        return found

    def is_ranged(self, constants: Sequence[tuple[str, tuple[Any, ...]]], bounds: Bounds) -> bool:
        """Return whether items under *constants* with *bounds* are found by these, not tried one by one."""
        if self._is_open:
            self._close()
        ordered = sorted(constants)
        table = self._tables.get(tuple(name for name, _ in ordered), {})
        keys = product(*(values for _, values in ordered))
        found = (table.get(key) for key in keys)
        return any(isinstance(bucket, Ranged) and bucket.is_by(bounds) for bucket in found)

    def _close(self) -> None:
        """Sort the items with bounds into their buckets, and lay the buckets out for look-ups."""
        for (fields, key), bounded in self._bounded.items():
            bucket = self._tables[fields][key]
            if len(bounded) > MOST_TRIED:
                self._tables[fields][key] = Ranged(bucket, bounded)
            else:
                bucket += (item for _, item in bounded)
        self._bounded = {}
        self._groups = [_laid_out(fields, table) for fields, table in self._tables.items() if fields]
        self._always = _bucket(self._tables.get((), {}).get(()))
        self._is_open = False


def _laid_out(
    fields: tuple[str, ...], table: dict[tuple[Any, ...], Any]
) -> tuple[str, Callable[[Data], Any] | None, dict[Any, Any]]:
    """Return the *table* of *fields* as look-ups go through it."""
    first = min(range(len(fields)), key=lambda at: len({key[at] for key in table}))

    def rest_of(key: tuple[Any, ...]) -> tuple[Any, ...]:
        return key[:first] + key[first + 1 :]

    rest = rest_of(fields)
    one: dict[Any, Any] = {}
    if not rest:
        return fields[first], None, {_one(one, key[0]): _bucket(items) for key, items in table.items()}
    found: dict[Any, dict[Any, Any]] = {}
    for key, items in table.items():
        others = tuple([_one(one, value) for value in rest_of(key)])
        found.setdefault(key[first], {})[others[0] if len(others) == 1 else others] = _bucket(items)
    return fields[first], _reader(rest), found


def _one(one: dict[Any, Any], value: Any) -> Any:
    """Return what stands for *value* in *one*; a text as a copy, since that which is in the rule stands far from the others."""
    found = one.get(value)
    if found is None:
        found = one[value] = near(value) if value.__class__ is str else value
    return found


def near(text: str) -> str:
    """Return a copy of *text*, which stands in memory beside what else is made now.

    Texts of a book stand among its trees, each on a page of its own: to read ten thousand of them costs more than to fire.
    """
    return (text + " ")[:-1]


def _bucket(items: Any) -> Any:
    """Return *items* as they stand in a bucket."""
    return items[0] if items.__class__ is list and len(items) == 1 else items


def _both(found: Any, more: Any) -> list[Any]:
    return [*(found if found.__class__ is list else (found,)), *(more if more.__class__ is list else (more,))]


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
        """Take in *fact*; one whose value is a list or a context, though its type has none there, equals no other."""
        value = self.value_of(fact, now)
        try:
            there = self._buckets.get(value)
        except TypeError:
            return
        if there is None:
            self._buckets[value] = fact
        elif isinstance(there, Fact):
            self._buckets[value] = {id(there): there, id(fact): fact}
        else:
            there[id(fact)] = fact

    def remove(self, fact: Fact, now: datetime) -> None:
        """Forget *fact*."""
        value = self.value_of(fact, now)
        try:
            there = self._buckets[value]
        except TypeError:
            return
        if not isinstance(there, Fact):
            del there[id(fact)]
            if there:
                return
        del self._buckets[value]

    def find(self, value: Any, now: datetime) -> tuple[Fact, ...]:  # noqa: ARG002 - as others are asked
        """Return the facts that stand under *value*."""
        try:
            there = self._buckets.get(value)
        except TypeError:
            return ()
        if there is None:
            return ()
        return (there,) if isinstance(there, Fact) else tuple(there.values())

    def count(self, value: Any, now: datetime) -> int:  # noqa: ARG002 - as others are asked
        """Return how many facts stand under *value*."""
        try:
            there = self._buckets.get(value, ())
        except TypeError:
            return 0
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
