"""The waits at one step of one rule, by the values that a fact must carry to be waited for.

A fact finds the waits that agree with it on every equality, however many are open. They know no time: that is the caller's.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from engine.decisions import Fact
from engine.matching.memory import MatchKey
from engine.matching.naive import fits
from engine.rulebook import CompiledRule, CompiledStep, Data

MOST_WAITS = 100_000
"""Waits at one step of one rule, and facts kept for those that begin late; of more, the oldest is left out."""

SOURCE = "step"
"""The source of the events that carry facts from step to step; nobody else sees them."""

Bound = tuple[Fact | None, ...]
"""The facts bound to the patterns so far, in order; None for `none`."""


class Wait:
    """One wait: what is bound, when it began and when its time is over."""

    __slots__ = ("begin", "bound", "carrier", "due", "is_closed", "key", "number", "point", "start")

    def __init__(
        self,
        point: Point,
        number: int,
        bound: Bound,
        *,
        begin: datetime,
        due: datetime,
        start: MatchKey | None,
    ) -> None:
        self.point = point
        self.number = number
        self.bound = bound
        self.begin = begin
        self.due = due
        self.start = start
        """The match of states that must go on standing."""
        self.is_closed = False
        """Whether its time is over: it is kept to tell of facts that would have counted."""
        self.carrier = carrier_of(point.step.rule, bound, begin)
        self.key: Any = point.key_of_wait(self.carrier)


class Kept:
    """A fact that came, kept for waits that begin late; of a state, with the version before it."""

    __slots__ = ("fact", "key", "number", "old", "point", "time")

    def __init__(
        self, point: Point, number: int, time: datetime, *, fact: Fact | None, old: Fact | None, key: Any
    ) -> None:
        self.point = point
        self.number = number
        self.time = time
        self.fact = fact
        self.old = old
        self.key = key


class Point:
    """One step of one rule: the waits that are open at it, or closed and remembered, and what is kept for late ones."""

    __slots__ = ("_buckets", "_plainly", "_shelves", "kept", "rule", "stage", "step", "waits")

    def __init__(self, rule: CompiledRule, stage: int, step: CompiledStep, *, plainly: bool) -> None:
        self.rule = rule
        self.stage = stage
        self.step = step
        self.waits: OrderedDict[int, Wait] = (
            OrderedDict()
        )  # the oldest is found at once, however many have gone
        self.kept: OrderedDict[int, Kept] = OrderedDict()
        self._buckets: dict[Any, dict[int, Wait]] = {}
        self._shelves: dict[Any, dict[int, Kept]] = {}
        self._plainly = plainly

    @property
    def order(self) -> int:
        """Return its place among those of all rules."""
        return self.step.rule.ordinal

    def key_of_wait(self, carrier: Fact) -> Any:
        """Return the values that a fact must carry."""
        if self._plainly:
            return ()
        joins, parameters = self.step.pattern.joins, self.rule.parameters
        return tuple([join.other_key(carrier.data, parameters, carrier.time) for join in joins])

    def key_of_fact(self, data: Data, now: datetime) -> Any:
        """Return the values that a fact carries."""
        if self._plainly:
            return ()
        return tuple([join.own(data, self.rule.parameters, now) for join in self.step.pattern.joins])

    def admits(self, data: Data, now: datetime) -> bool:
        """Return whether a fact fits as far as it alone says."""
        pattern = self.step.pattern
        if self._plainly:
            return True
        return all(data.get(name) in values for name, values in pattern.constants) and (
            pattern.local is None or pattern.local(data, self.rule.parameters, now)
        )

    def fits(self, wait: Wait, fact: Fact | None, now: datetime) -> bool:
        """Return whether *fact* is one that *wait* is for, whenever it came."""
        if fact is None or any(one is not None and one.identity == fact.identity for one in wait.bound):
            return False
        step = self.step
        if self._plainly:
            return fits(step.rule, step.pattern, [wait.carrier, fact], now)
        if not self.admits(fact.data, now) or self.key_of_fact(fact.data, now) != wait.key:
            return False
        residual = step.pattern.residual
        return residual is None or residual(wait.carrier.data, fact.data, self.rule.parameters, now)

    def near(self, fact: Fact, now: datetime) -> Sequence[Wait]:
        """Return the waits that agree with *fact* on every equality, those that began first first."""
        bucket = self._buckets.get(self.key_of_fact(fact.data, now))
        return tuple(bucket.values()) if bucket else ()

    def near_wait(self, wait: Wait) -> Iterable[Kept]:
        """Return the facts kept that agree with *wait* on every equality."""
        shelf = self._shelves.get(wait.key)
        return tuple(shelf.values()) if shelf else ()

    def put(self, wait: Wait) -> Wait | None:
        """Take *wait* in; return the oldest, where there are too many."""
        self.waits[wait.number] = wait
        self._buckets.setdefault(wait.key, {})[wait.number] = wait
        return next(iter(self.waits.values())) if len(self.waits) > MOST_WAITS else None

    def drop(self, wait: Wait) -> bool:
        """Forget *wait*; return whether it was there."""
        if self.waits.pop(wait.number, None) is None:
            return False
        _take_out(self._buckets, wait.key, wait.number)
        return True

    def keep(
        self, number: int, time: datetime, fact: Fact | None, old: Fact | None, now: datetime
    ) -> list[Kept]:
        """Keep *fact*, and the version before it, for waits that begin late; return what is kept, under each key."""
        keys = [
            self.key_of_fact(one.data, now)
            for one in (fact, old)
            if one is not None and self.admits(one.data, now)
        ]
        made = []
        for at, key in enumerate(dict.fromkeys(keys)):
            kept = Kept(self, 2 * number + at, time, fact=fact, old=old, key=key)
            self.kept[kept.number] = kept
            self._shelves.setdefault(key, {})[kept.number] = kept
            made.append(kept)
        return made

    def forget(self, kept: Kept) -> bool:
        """Forget what was kept; return whether it was there."""
        if self.kept.pop(kept.number, None) is None:
            return False
        _take_out(self._shelves, kept.key, kept.number)
        return True

    def oldest_kept(self) -> Kept | None:
        """Return the fact that is kept for longest, where too many are."""
        return next(iter(self.kept.values())) if len(self.kept) > MOST_WAITS else None

    def __iter__(self) -> Iterator[Wait]:
        return iter(tuple(self.waits.values()))


def carrier_of(rule: CompiledRule, bound: Bound, time: datetime, start: MatchKey | None = None) -> Fact:
    """Return the event that carries *bound* to *rule*, of a stage or a step."""
    data = {
        "bound": [None if fact is None else fact.data for fact in bound],
        "facts": bound,
        "start": start,
    }
    text = "".join(
        "-" if fact is None else f"{len(fact.source)}:{fact.source}{len(fact.id)}:{fact.id}" for fact in bound
    )
    return Fact(SOURCE, text, rule.patterns[0].fact_type, time, data)


def _take_out(buckets: dict[Any, dict[int, Any]], key: Any, number: int) -> None:
    bucket = buckets[key]
    del bucket[number]
    if not bucket:
        del buckets[key]
