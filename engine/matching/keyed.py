"""State facts found where they are held, by their key: what equalities bind to one fact needs no index of its own.

Changes of such facts cost nothing but holding them; whether the one that is found fits the rest of the pattern is looked at when
it is found.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from engine.decisions import Fact
from engine.rulebook import CompiledPattern, Data, Key, Value


class ByKey:
    """Finds the fact of a pattern by the values that its equalities ask for.

    *parts* make the key: for each of its fields in order, the place of a value among those asked for, or a constant of the
    pattern in a tuple of one. *others* are the equalities beside: the place of a value, and what it has to be equal to.
    """

    __slots__ = ("_constants", "_local", "_others", "_parameters", "_parts", "_states")

    def __init__(
        self,
        states: Mapping[Key, Fact],
        pattern: CompiledPattern,
        parameters: Data,
        parts: Sequence[int | tuple[Any]],
        others: Sequence[tuple[int, Value]],
    ) -> None:
        self._states = states
        self._constants = pattern.constants
        self._local = pattern.local
        self._parameters = parameters
        self._parts = tuple(parts)
        self._others = tuple(others)

    def find(self, asked: Any, now: datetime) -> tuple[Fact, ...]:
        """Return the fact that is held under what is *asked* (a value, or a tuple of several), in a tuple, if it fits."""
        values = asked if asked.__class__ is tuple else (asked,)
        key = tuple([values[part] if part.__class__ is int else part[0] for part in self._parts])  # type: ignore[index]
        fact = self._states.get(key)
        if fact is None:
            return ()
        data = fact.data
        for at, own in self._others:
            if own(data, self._parameters, now) != values[at]:
                return ()
        return (fact,) if self._fits(data, now) else ()

    def beside(self, asked: Value) -> Callable[[Fact, datetime], Fact | None] | None:
        """Return what finds the fact beside an event by the one value that is *asked* of that; None where the key is more."""
        if self._parts != (0,) or self._others:
            return None
        get, parameters, constants, local = self._states.get, self._parameters, self._constants, self._local

        def find(event: Fact, now: datetime) -> Fact | None:
            fact = get((asked(event.data, parameters, now),))
            if fact is None:
                return None
            data = fact.data
            for name, wanted in constants:
                if data.get(name) not in wanted:
                    return None
            return fact if local is None or local(data, parameters, now) else None

        return find

    def _fits(self, data: Data, now: datetime) -> bool:
        if any(data.get(name) not in wanted for name, wanted in self._constants):
            return False
        return self._local is None or self._local(data, self._parameters, now)

    def count(self, asked: Any, now: datetime) -> int:
        """Return how many facts fit: one or none."""
        return len(self.find(asked, now))
