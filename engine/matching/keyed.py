"""State facts found by their key, where equalities bind it to one fact: no index of values is needed, nor of facts.

Whether the fact that is found fits the rest of the pattern is looked at when it is found. Where few patterns ask for facts of the
type, those that fit are kept beside it: most look-ups find none, and end then without a look at a fact far off in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from engine.decisions import Fact
from engine.rulebook import CompiledPattern, Data, Key, Value

Keeper = Callable[[Fact | None, Fact | None, datetime], None]
"""Told of a state that has changed: what it was, what it is, and the time."""

MOST_KEPT = 4
"""Of so many patterns of a fact type, at most, those facts are kept that fit: each of them is looked at with every change."""


class Fitting:
    """The state facts that fit a pattern as far as their own fields say, by the value of the one field of their key."""

    __slots__ = ("_constants", "_local", "_parameters", "facts", "field", "is_kept")

    def __init__(self, pattern: CompiledPattern, parameters: Data, field: str) -> None:
        self._constants = pattern.constants
        self._local = pattern.local
        self._parameters = parameters
        self.field = field
        self.facts: dict[Any, Fact] = {}
        self.is_kept = False

    def fits(self, data: Data, now: datetime) -> bool:
        """Return whether a fact with *data* fits."""
        for name, wanted in self._constants:
            if data.get(name) not in wanted:
                return False
        return self._local is None or self._local(data, self._parameters, now)

    def keeper(self) -> Keeper:
        """Return what keeps *facts* as they are, when it is told of each state that has changed.

        It asks of the old state whether it fitted before it looks for it: that state goes now, and is near in memory.
        """
        facts, field, fits = self.facts, self.field, self.fits
        ((name, wanted), *more) = self._constants or (("", ()),)

        def keep(old: Fact | None, new: Fact | None, now: datetime) -> None:
            if new is not None and fits(new.data, now):
                facts[new.data.get(field)] = new
            elif old is not None and fits(old.data, now):
                facts.pop(old.data.get(field), None)

        def keep_by_constant(old: Fact | None, new: Fact | None, _: datetime) -> None:
            if new is not None and new.data.get(name) in wanted:
                facts[new.data.get(field)] = new
            elif old is not None and old.data.get(name) in wanted:
                facts.pop(old.data.get(field), None)

        return keep if more or not self._constants or self._local is not None else keep_by_constant


class ByKey:
    """Finds the fact of a pattern by the values that its equalities ask for.

    *parts* make the key: for each of its fields in order, the place of a value among those asked for, or a constant of the
    pattern in a tuple of one. *others* are the equalities beside: the place of a value, and what it has to be equal to.
    *fitting* says of a fact whether it fits, and may keep those that do.
    """

    __slots__ = ("_fitting", "_is_plain", "_others", "_parameters", "_parts", "_states")

    def __init__(
        self,
        states: Mapping[Key, Fact],
        fitting: Fitting,
        parameters: Data,
        parts: Sequence[int | tuple[Any]],
        others: Sequence[tuple[int, Value]],
    ) -> None:
        self._states = states
        self._fitting = fitting
        self._parameters = parameters
        self._parts = tuple(parts)
        self._others = tuple(others)
        self._is_plain = is_plain(parts, others)

    def find(self, asked: Any, now: datetime) -> tuple[Fact, ...]:
        """Return the fact that is held under what is *asked* (a value, or a tuple of several), in a tuple, if it fits."""
        fitting = self._fitting
        try:
            if self._is_plain:
                fact = fitting.facts.get(asked) if fitting.is_kept else self._states.get((asked,))
                return (
                    (fact,) if fact is not None and (fitting.is_kept or fitting.fits(fact.data, now)) else ()
                )
            values = asked if asked.__class__ is tuple else (asked,)
            key = tuple([values[part] if part.__class__ is int else part[0] for part in self._parts])  # type: ignore[index]
            fact = self._states.get(key)
        except TypeError:  # a list or a context, of data that is not of its type, is no key
            return ()
        if fact is None:
            return ()
        data = fact.data
        for at, own in self._others:
            if own(data, self._parameters, now) != values[at]:
                return ()
        return (fact,) if fitting.fits(data, now) else ()

    @property
    def kept(self) -> Callable[[Any], Fact | None] | None:
        """Return what gives the fact that fits by the one value that is asked; None where the key is more, or none are kept."""
        return self._fitting.facts.get if self._is_plain and self._fitting.is_kept else None

    @property
    def field(self) -> str:
        """Return the field of which the facts that are kept have the value."""
        return self._fitting.field

    def count(self, asked: Any, now: datetime) -> int:
        """Return how many facts fit: one or none."""
        return len(self.find(asked, now))


def is_plain(parts: Sequence[int | tuple[Any]], others: Sequence[tuple[int, Value]]) -> bool:
    """Return whether a key made of *parts* is the one value that is asked for, with no equalities beside."""
    return tuple(parts) == (0,) and not others
