"""When states were retracted, so that an older version that comes late does not bring one back.

Nothing says how late a state may come, so no time is long enough; the last so many of each type are remembered. What is older
than one that is forgotten is taken, and told.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from datetime import datetime

from engine.decisions import Fact, Warned, format_time
from engine.rulebook import Key, RuleBook

MOST_RETRACTIONS = 100_000
"""Retracted keys that are remembered of each type; of more, those retracted first are forgotten."""

RETRACTION_FORGOTTEN = "retraction-forgotten"

SavedRetraction = tuple[str, Key, datetime]
"""For a snapshot: the type, the key, and when it was retracted."""


class Retractions:
    """The retracted keys of each type, and up to when keys were retracted that are forgotten."""

    __slots__ = ("_forgotten", "_times")

    def __init__(self) -> None:
        self._times: dict[str, OrderedDict[Key, datetime]] = {}
        self._forgotten: dict[str, datetime] = {}

    def __bool__(self) -> bool:
        return bool(self._times)

    @property
    def is_full(self) -> bool:
        """Whether some retraction is forgotten."""
        return bool(self._forgotten)

    def note(self, fact_type: str, key: Key, time: datetime) -> None:
        """Remember that the state of *fact_type* called *key* was retracted at *time*."""
        times = self._times.setdefault(fact_type, OrderedDict())
        times.pop(key, None)
        times[key] = time
        if len(times) > MOST_RETRACTIONS:
            _, oldest = times.popitem(last=False)
            self._forgotten[fact_type] = max(oldest, self._forgotten.get(fact_type, oldest))

    def end(self, fact_type: str, key: Key) -> None:
        """Forget that the state was retracted, since a newer version of it is there."""
        times = self._times.get(fact_type)
        if times is not None:
            times.pop(key, None)

    def is_older(self, fact: Fact, key: Key) -> bool:
        """Return whether *fact*, of the state called *key*, is older than its retraction."""
        times = self._times.get(fact.type)
        time = None if times is None else times.get(key)
        return time is not None and time > fact.time

    def doubt(self, fact: Fact, key: Key, book: RuleBook) -> Warned | None:
        """Return what is to be told of *fact*, the first known of its state: a retraction of it may be forgotten."""
        until = self._forgotten.get(fact.type)
        if until is None or fact.op == "retract" or fact.time >= until:
            return None
        if (times := self._times.get(fact.type)) and key in times:  # the retraction is known, and it is newer
            return None
        message = (
            f"{fact.type} of {format_time(fact.time)} is taken, but came so late that it may have been retracted since: "
            f"of more than {MOST_RETRACTIONS:,} retractions those up to {format_time(until)} are forgotten"
        )
        return Warned("", str(book.fact_types[fact.type].span), fact.type, RETRACTION_FORGOTTEN, message)

    def saved(self) -> list[SavedRetraction]:
        """Return what is remembered, for a snapshot: of each type in the order in which it was retracted."""
        return [(name, key, at) for name, times in sorted(self._times.items()) for key, at in times.items()]

    def forgotten(self) -> dict[str, datetime]:
        """Return, by type, up to when keys were retracted that are forgotten, for a snapshot."""
        return dict(sorted(self._forgotten.items()))

    def load(self, saved: Iterable[SavedRetraction], forgotten: Mapping[str, datetime]) -> None:
        """Take in what `saved` and `forgotten` gave."""
        self._forgotten.update(forgotten)
        for fact_type, key, time in saved:
            self.note(fact_type, key, time)
