"""The waits of a rule book: begun by matches, ended by the facts that fit, by time, or by the match that began them.

A fact counts at its own time or, where that is ahead of the clock, at the clock's. A wait that began at b is over for facts
after `within.after(b)`, and ends once the clock has passed that; with a lateness, that much later.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine import feel
from engine.calendars import NEVER, Lapse
from engine.decisions import Fact, Warned
from engine.matching.index import ConstantIndex
from engine.matching.memory import FactKey, Match, MatchKey
from engine.rulebook import CompiledRule, RuleBook
from engine.waits.opened import Bound, Kept, Point, Wait, carrier_of
from engine.waits.telling import begun_late, full, too_late

Happened = tuple[Fact | None, Fact | None]
"""A fact that came, and of a state the version before it; (None, old) where a state is gone."""

Place = tuple[str, int]
"""A step: its rule's name and its number in it."""


@dataclass(frozen=True, slots=True)
class SavedWaits:
    """For a snapshot: the waits in order of their begin, the facts kept, and what the rules said whose they are."""

    waits: list[tuple[Place, Bound, datetime, datetime, tuple[FactKey | None, ...] | None, bool]] = field(
        default_factory=list
    )
    kept: list[tuple[Place, datetime, Fact | None, Fact | None]] = field(default_factory=list)
    said: dict[str, str] = field(default_factory=dict)


class Waits:
    """What the waits of a book are at, and what is kept for those that begin late."""

    __slots__ = (
        "_by_carrier",
        "_by_start",
        "_by_type",
        "_count",
        "_due",
        "_ends",
        "_late",
        "_met",
        "_points",
        "_stages",
        "clock",
    )

    def __init__(self, book: RuleBook, *, plainly: bool = False) -> None:
        """Make the waits of *book*, none begun; *plainly* lets each fact be tried against each of them."""
        self.clock: datetime | None = None
        """The session's."""
        self._points: dict[Place, Point] = {}
        self._stages: dict[int, tuple[CompiledRule, int]] = {}
        self._by_type: dict[str, ConstantIndex[Point]] = {}
        self._by_carrier: dict[str, CompiledRule] = {}
        self._by_start: dict[MatchKey, dict[int, Wait]] = {}
        self._count = 0
        self._due: list[tuple[datetime, int, Wait]] = []
        self._ends: list[tuple[datetime, int, Wait]] = []
        self._late: list[tuple[datetime, int, int, Kept]] = []
        self._met: list[tuple[Wait, Fact]] = []
        for rule in book.rules:
            for number, stage in enumerate(rule.stages):
                self._stages[stage.rule.ordinal] = (rule, number)
                if number > 0:
                    self._by_carrier[stage.rule.patterns[0].fact_type] = stage.rule
                if stage.step is None:
                    continue
                point = self._points[rule.name, number] = Point(rule, number, stage.step, plainly=plainly)
                index = self._by_type.setdefault(stage.step.pattern.fact_type, ConstantIndex())
                if plainly:
                    index.add((), point)
                else:
                    index.add(stage.step.pattern.constants, point, stage.step.pattern.bounds)

    def __bool__(self) -> bool:
        return bool(self._points)

    def reads(self, fact_type: str) -> bool:
        """Return whether a step waits for facts of *fact_type*."""
        return fact_type in self._by_type

    def whole(self, match: Match) -> Match:
        """Return the match of the whole rule, all of whose facts are there with *match* of its last stage."""
        rule, stage = self._stages[match.rule.ordinal]
        return Match(rule, _bound(match, stage), match.rows)

    def leads_on(self, match: Match) -> bool:
        """Return whether *match* begins a wait."""
        rule, stage = self._stages[match.rule.ordinal]
        return rule.stages[stage].step is not None

    def alone(self, carrier: Fact) -> Match | None:
        """Return the match of the stage that *carrier* comes to, where nothing else has to be there; else None."""
        rule = self._by_carrier[carrier.type]
        return Match(rule, (carrier,)) if len(rule.patterns) == 1 else None

    def asks_states(self, wait: Wait) -> bool:
        """Return whether *wait* is over before it begins where a state is there that fits."""
        return wait.point.step.expected and wait.point.step.of_state

    def is_so(self, wait: Wait, matches: Sequence[Match]) -> bool:
        """Return whether one of *matches* of what *wait* carries is of a state that is so in time."""
        states = (match.facts[1] for match in matches if match.rule is wait.point.step.rule)
        return any(state is not None and self._time(state.time) <= wait.due for state in states)

    def take(self, new: Fact | None, old: Fact | None, now: datetime) -> tuple[list[Fact], list[Warned]]:
        """Take in an event, or that a state changed; return what has come a step on, and what is to be told."""
        known = new or old
        index = None if known is None else self._by_type.get(known.type)
        if index is None:
            return [], []
        self._count += 1
        met: list[tuple[Wait, Fact]] = []
        warned: list[Warned] = []
        for point in _concerned(index, new, old):
            if point.rule.lateness is not None:
                self._keep(point, new, old, now)
            if new is None or not point.admits(new.data, now):
                continue
            is_told = False
            for wait in point.near(new, now):
                if not self._meets(wait, new, old, now):
                    continue
                if not wait.is_closed:
                    self._drop(wait)
                    met.append((wait, new))
                elif not is_told:
                    is_told = True
                    warned.append(too_late(wait, new))
        met.sort(key=lambda each: each[0].number)
        self._met = met or self._met
        return [self._on(w, fact) for w, fact in met if not w.point.step.expected], warned

    def prepare(self, match: Match, now: datetime, start: MatchKey | None) -> Wait:
        """Return the wait that *match* of a stage is to begin at *now*, not yet open; *start* is its match of states."""
        rule, stage = self._stages[match.rule.ordinal]
        begin = self._time(now)
        if stage > 0:
            carrier = match.facts[0]
            assert carrier is not None  # noqa: S101 - an event carries what is bound
            begin, start = carrier.time, carrier.data["start"]
        point = self._points[rule.name, stage]
        self._count += 1
        due = point.step.within.after(begin)
        return Wait(point, self._count, _bound(match, stage), begin=begin, due=due, start=start)

    def open(
        self, wait: Wait, now: datetime, before: Sequence[Happened], since: Sequence[Happened]
    ) -> tuple[list[Fact], list[Warned]]:
        """Let *wait* begin; return what has come a step on by facts that are there already, and what is to be told.

        *since* is what happened for the same reason as the wait begins, after it was to begin, and *before* what did earlier.
        """
        point, clock = wait.point, self.clock
        lateness = point.rule.lateness
        if lateness is not None and clock is not None and Lapse(lateness).after(wait.begin) < clock:
            return [], [begun_late(wait)]
        there = [(self._time(new.time if new else now), new, old) for new, old in since]
        if lateness is not None:
            done = {id(new) for new, _ in before}
            kept = [one for one in point.near_wait(wait) if id(one.fact) not in done]
            there = [(one.time, one.fact, one.old) for one in sorted(kept, key=_by_time)]
        for time, new, old in there:
            if self._met_before(wait, time, new, old, now):
                return ([] if point.step.expected or new is None else [self._on(wait, new)]), []
        oldest = self._put(wait)
        return [], [] if oldest is None else [full(oldest)]

    def end(self, start: MatchKey) -> None:
        """Let the waits end that the match of states called *start* began."""
        for wait in tuple(self._by_start.get(start, {}).values()):
            self._drop(wait)

    def next_due(self) -> datetime | None:
        """Return the next time at which it is known that what was expected has not come."""
        while self._due and not _is_open(self._due[0][2]):
            heapq.heappop(self._due)
        return self._due[0][0] if self._due else None

    def pop_due(self, at: datetime, *, through: bool) -> list[Fact]:
        """Close the waits whose expected facts have not come before *at*, or *through* it; return what is a step on by that."""
        found = []
        while self._due and (self._due[0][0] < at or (through and self._due[0][0] == at)):
            time, _, wait = heapq.heappop(self._due)
            if _is_open(wait):
                self._close(wait)
                found.append(self._on(wait, None, time))
        return found

    def pass_to(self, to: datetime, *, through: bool) -> None:
        """Close what is over before *to*, or *through* it, without anything to decide, and forget what is old."""
        while self._ends and (self._ends[0][0] < to or (through and self._ends[0][0] == to)):
            wait = heapq.heappop(self._ends)[2]
            if _is_open(wait):
                self._close(wait)
            else:
                self._drop(wait)
        while self._late and self._late[0][0] < to:
            kept = heapq.heappop(self._late)[3]
            kept.point.forget(kept)

    def of(self, rule: CompiledRule) -> Iterator[Wait]:
        """Yield the open waits of *rule*, step by step in the order of their begin."""
        for stage in range(len(rule.stages) - 1):
            yield from (wait for wait in self._points[rule.name, stage] if not wait.is_closed)

    def ended_by(self, rule: CompiledRule, fact: Fact) -> tuple[Wait, ...]:
        """Return the waits of *rule* that *fact* has ended, where it is the last that ended any."""
        return tuple(w for w, one in self._met if w.point.rule is rule and one.identity == fact.identity)

    def saved(self) -> SavedWaits:
        """Return what a snapshot needs."""
        waits = sorted((w for point in self._points.values() for w in point), key=lambda w: w.number)
        kept = {
            (place, one.number // 2): (place, one.time, one.fact, one.old)
            for place, point in self._points.items()
            for one in point.kept.values()
        }
        return SavedWaits(
            [
                (_place(w), w.bound, w.begin, w.due, None if w.start is None else w.start[1], w.is_closed)
                for w in waits
            ],
            [kept[each] for each in sorted(kept, key=lambda each: each[1])],
            {name: _said(self._points[name, 0].rule) for name, number in self._points if number == 0},
        )

    def load(self, saved: SavedWaits, clock: datetime, standing: Sequence[MatchKey]) -> None:
        """Let the *saved* waits go on, as far as their rules say what they said, and the matches that began them stand."""
        self.clock = clock
        stand = frozenset(standing)
        same = {
            name
            for name, number in self._points
            if number == 0 and saved.said.get(name) == _said(self._points[name, 0].rule)
        }
        for place, bound, begin, due, keys, is_closed in saved.waits:
            if place[0] not in same:
                continue
            point = self._points[place]
            start = None if keys is None else (point.rule.stages[0].rule.ordinal, keys, ())
            if start is not None and start not in stand:
                continue
            self._count += 1
            wait = Wait(point, self._count, bound, begin=begin, due=due, start=start)
            self._put(wait, is_closed=is_closed)
        for place, time, fact, old in saved.kept:
            if place[0] in same and place in self._points:
                self._count += 1
                self._keep(self._points[place], fact, old, time, time)

    def _time(self, time: datetime) -> datetime:
        return time if self.clock is None or time <= self.clock else self.clock

    def _meets(self, wait: Wait, new: Fact, old: Fact | None, now: datetime) -> bool:
        """Return whether *new*, which comes now, is what *wait* is for, in time."""
        time, step = self._time(new.time), wait.point.step
        if time > wait.due or (time < wait.begin and not (step.expected and step.of_state)):
            return False
        if not wait.point.fits(wait, new, now):
            return False
        return step.expected or not step.of_state or not wait.point.fits(wait, old, now)

    def _met_before(
        self, wait: Wait, time: datetime, new: Fact | None, old: Fact | None, now: datetime
    ) -> bool:
        """Return whether what *wait* is for came, or was so, by *new* at *time*, before the wait was to begin."""
        point, step = wait.point, wait.point.step
        if step.expected and step.of_state:
            if wait.begin < time and old is not None and old.time <= wait.due and point.fits(wait, old, now):
                return True
            # what came before the begin may have been over by then; what is so now is asked of the matcher
            return wait.begin <= time <= wait.due and point.fits(wait, new, now)
        if not wait.begin <= time <= wait.due or not point.fits(wait, new, now):
            return False
        return not step.of_state or not point.fits(wait, old, now)

    def _on(self, wait: Wait, fact: Fact | None, at: datetime | None = None) -> Fact:
        """Return what carries the facts of *wait* on to its next stage, with *fact* as the one that came."""
        rule = wait.point.rule.stages[wait.point.stage + 1].rule
        time = at if fact is None or at is not None else self._time(fact.time)
        return carrier_of(rule, (*wait.bound, fact), time or wait.due, wait.start)

    def _put(self, wait: Wait, *, is_closed: bool = False) -> Wait | None:
        """Take *wait* in, to be open or only remembered; return the one that had to go, where there were too many."""
        oldest = wait.point.put(wait)
        if wait.start is not None:
            self._by_start.setdefault(wait.start, {})[wait.number] = wait
        over = _later(wait.due, wait)
        if is_closed:
            self._close(wait)
        elif over != NEVER:
            heap = self._due if wait.point.step.expected else self._ends
            heapq.heappush(heap, (over, wait.number, wait))
        if oldest is not None:
            self._drop(oldest)
        return oldest

    def _close(self, wait: Wait) -> None:
        wait.is_closed = True
        over = _later(wait.point.step.within.after(wait.due), wait)
        if over == NEVER:
            self._drop(wait)
        else:
            heapq.heappush(self._ends, (over, wait.number, wait))

    def _drop(self, wait: Wait) -> None:
        if wait.point.drop(wait) and wait.start is not None:
            waits = self._by_start[wait.start]
            del waits[wait.number]
            if not waits:
                del self._by_start[wait.start]

    def _keep(
        self, point: Point, new: Fact | None, old: Fact | None, now: datetime, at: datetime | None = None
    ) -> None:
        lateness = point.rule.lateness
        if lateness is None:
            return
        time = at or self._time(now if new is None else new.time)
        for kept in point.keep(self._count, time, new, old, now):
            heapq.heappush(self._late, (Lapse(lateness).after(time), kept.number, point.order, kept))
        while (oldest := point.oldest_kept()) is not None:
            point.forget(oldest)


def waits_of(book: RuleBook, *, plainly: bool = False) -> Waits | None:
    """Return the waits of *book*; None where no rule has steps."""
    return Waits(book, plainly=plainly) or None


def _bound(match: Match, stage: int) -> Bound:
    """Return the facts bound up to *match*, of the stage of that number."""
    if stage == 0:
        return match.facts
    carrier = match.facts[0]
    assert carrier is not None  # noqa: S101 - an event carries what is bound
    return (*carrier.data["facts"], *match.facts[1:])


def _concerned(index: ConstantIndex[Point], new: Fact | None, old: Fact | None) -> list[Point]:
    """Return the steps whose constants *new* carries, or did before, in the order of their rules."""
    found: dict[int, Point] = {}
    for fact in (new, old):
        if fact is not None:
            found |= {id(point): point for point in index.find(fact.data)}
    return sorted(found.values(), key=lambda point: point.order)


def _is_open(wait: Wait) -> bool:
    return not wait.is_closed and wait.number in wait.point.waits


def _later(time: datetime, wait: Wait) -> datetime:
    """Return when the clock has passed *time* for the rule of *wait*, which may wait for late facts."""
    lateness = wait.point.rule.lateness
    return time if lateness is None or time == NEVER else Lapse(lateness).after(time)


def _place(wait: Wait) -> Place:
    return (wait.point.rule.name, wait.point.stage)


def _by_time(kept: Kept) -> tuple[datetime, int]:
    return (kept.time, kept.number)


def _said(rule: CompiledRule) -> str:
    """Return what *rule* waits for, as text: a wait goes on under another rule book where that is the same."""
    parts: list[Any] = []
    for pattern, written in zip(rule.patterns, rule.source.patterns, strict=True):
        where = "" if pattern.where is None else feel.format_node(pattern.where.node)
        parts.append((pattern.alias, pattern.fact_type, pattern.negated, where, str(pattern.lasting)))
        parts.append(written.step is not None)
    parts += [str(stage.step.within) for stage in rule.stages if stage.step is not None]
    return repr(parts)
