"""When a ladder's rungs are due, and where a case stands on one: ladders, moments and the calendars in, moments in order out.

A case climbs the ladder that it was opened with as long as the rules have that, and the one that its rule names now where they
do not. On a ladder that says something else than the one it climbed it stands where time and people put it, not at the same
number: where steps were removed, a number would pass over somebody who was never told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from engine.calendars import Calendar, Wait
from engine.coordination.cases import Foothold
from engine.model import CasePlan, Ladder, Rung
from engine.rulebook import CompiledRule, RuleBook

LADDER = "ladder"
"""What the next step of a case's ladder is called among what is due for it."""


@dataclass(frozen=True, slots=True)
class Due:
    """A rung that is due: when, the number of its step from 1, and how many times it was climbed before."""

    at: datetime
    step: int
    rung: Rung
    again: int = 0

    @property
    def foothold(self) -> Foothold:
        """Where a case stands that has come to it."""
        return Foothold(self.at, self.step, self.again, self.rung.tell)


def climb(ladder: Ladder, start: datetime, calendars: Mapping[str, Calendar]) -> Iterator[Due]:
    """Yield the rungs of *ladder*, begun at *start*, in the order of their times; those of one time in that of the steps."""
    end = None if ladder.end is None else ladder.end.after(start, calendars)
    rungs = [
        Due(rung.after.after(start, calendars), number, rung)
        for number, rung in enumerate(ladder.rungs, start=1)
    ]
    for due in sorted(rungs, key=lambda one: one.at):
        if end is None or due.at <= end:
            yield due
    if not rungs or ladder.every is None:
        return
    at, last = max(due.at for due in rungs), rungs[-1]
    for again in range(1, ladder.times + 1):
        at = ladder.every.after(at, calendars)
        if end is not None and at > end:
            return
        yield Due(at, last.step, last.rung, again)


def rungs_behind(rungs: Iterable[Due], foothold: Foothold | None) -> int:
    """Return how many of *rungs*, in the order of their times, a case leaves behind that stands on *foothold*.

    These are all up to its time; and, if it comes later, the first step that tells the same people, since who stands below
    them is not told after them.
    """
    if foothold is None:
        return 0
    behind = alike = 0
    for number, due in enumerate(rungs, start=1):
        if (due.at, due.step) <= (foothold.at, foothold.step):
            behind = number
        elif alike or due.again:
            break
        if not alike and due.rung.tell == foothold.tell and not due.again:
            alike = number
    return max(behind, alike)


def rungs_past(rungs: Iterable[Due], now: datetime) -> int:
    """Return how many of *rungs*, in the order of their times, are due by *now*."""
    past = 0
    for due in rungs:
        if due.at > now:
            break
        past += 1
    return past


class Ladders:
    """The ladders of one rule book, as its cases climb them."""

    __slots__ = ("_book", "_courses", "_named")

    def __init__(self, book: RuleBook) -> None:
        self._book = book
        self._courses: dict[str, str] = {}
        self._named: dict[str, dict[str, str]] | None = None

    def of(self, name: str, rule: str, kind: str) -> Ladder | None:
        """Return what a case of that *kind* climbs that *rule* opened with the ladder called *name*, if anything."""
        ladders = self._book.ladders
        if name in ladders:
            return ladders[name]
        if self._named is None:
            self._named = {rule.name: _named(rule) for rule in self._book.rules}
        named = self._named.get(rule, {})
        only = set(named.values())
        return ladders.get(named.get(kind, "") if kind in named or len(only) != 1 else only.pop())

    def course(self, ladder: Ladder | None) -> str:
        """Return a digest of whom *ladder* tells and when, whatever it is called; "" of none."""
        if ladder is None:
            return ""
        if ladder.name not in self._courses:
            said = [(_wait(rung.after), rung.tell) for rung in ladder.rungs]
            text = repr((said, _wait(ladder.every), ladder.times, _wait(ladder.end), self._times_of(ladder)))
            self._courses[ladder.name] = blake2b(text.encode(), digest_size=8).hexdigest()
        return self._courses[ladder.name]

    def _times_of(self, ladder: Ladder) -> list[object]:
        """Return what calendars say whose working time *ladder* counts."""
        waits = (*(rung.after for rung in ladder.rungs), ladder.every, ladder.end)
        if not any(wait is not None and wait.is_working for wait in waits):
            return []
        return [
            (one.name, one.zone, one.week, sorted(one.special.items()))
            for one in self._book.calendars.values()
            if one.name == ladder.calendar or not ladder.calendar
        ]


def plans_of(rule: CompiledRule) -> Iterator[CasePlan]:
    """Yield the cases that *rule* opens, of whichever row of its table."""
    for action in rule.source.actions:
        if action.case is not None:
            yield action.case.settled(rule.name, "")


def _named(rule: CompiledRule) -> dict[str, str]:
    """Return the ladder that *rule* names for each kind of case that it opens, "" where it names none."""
    found: dict[str, str] = {}
    for plan in plans_of(rule):
        found[plan.kind] = found.get(plan.kind) or plan.ladder
    return found


def _wait(wait: Wait | None) -> tuple[object, ...]:
    return () if wait is None else (wait.duration, wait.is_working, wait.calendar)
