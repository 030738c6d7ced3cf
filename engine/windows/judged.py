"""What is kept of facts by what is said of each: whether it matches, or what it is told apart by.

A fact is looked at once, when it comes, late or not. Where its data is not of the declared types, the condition over the list
would come to nothing as long as the fact is there, and so does this.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from engine.decisions import Fact
from engine.rulebook import Data
from engine.spc.incremental import Aggregate
from engine.spc.ordered import Place


class Judged:
    """An aggregate of what *says* finds of each fact."""

    __slots__ = ("_kept", "_of", "_says", "_unsaid")

    def __init__(self, says: Callable[[Data, Any], list[Any] | None], of: Aggregate) -> None:
        self._says = says
        self._of = of
        self._kept: deque[Any] = deque()
        self._unsaid = 0

    def add(self, value: object, place: Place) -> None:
        """Take the newest fact in."""
        assert isinstance(value, Fact)  # noqa: S101 - so the group gives it
        said = self._says(value.data, value.time)
        self._unsaid += said is None
        self._kept.append(said)
        self._of.add(None if said is None else said[0], place)

    def insert(self, value: object, place: Place, newer: int) -> None:
        """Take in a fact that comes late."""
        assert isinstance(value, Fact)  # noqa: S101 - so the group gives it
        said = self._says(value.data, value.time)
        self._unsaid += said is None
        self._kept.insert(len(self._kept) - newer, said)
        self._of.insert(None if said is None else said[0], place, newer)

    def remove(self, _fact: object) -> None:
        """Let the oldest fact go."""
        said = self._kept.popleft()
        self._unsaid -= said is None
        self._of.remove(None if said is None else said[0])

    @property
    def result(self) -> Any:
        """Return what the facts come to; raise ValueError where that cannot be said of one."""
        if self._unsaid:
            raise ValueError("a fact in the window is not of its declared types")
        return self._of.result
