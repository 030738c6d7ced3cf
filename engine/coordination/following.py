"""The course of a case in time: its ladder, the time to answer, and how long answers count.

It is told when something about a case changed, and when something falls due; what follows goes to the consequences it is given.

Where the rules have changed, and with them what a case climbs, it goes on from where it stands. Of the steps of the new ladder
that are past by then only the last is told, at once: all of them would be a flood, and none would leave a case unheard of whose
ladder has become shorter. A case that had been told of to the top of its ladder only goes on with what is still to come. What is
past is known when the clock first moves under the new rules, so that a replay of the facts finds the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any

from engine.coordination.cases import ACKNOWLEDGED, ANSWERED, DECLINED, DONE, OPEN, RESOLVED, Case, Task
from engine.coordination.ladders import LADDER, Due, Ladders, climb, rungs_behind, rungs_past
from engine.coordination.telling import Consequences
from engine.coordination.timers import Timers
from engine.decisions import Fact
from engine.model import Ladder
from engine.rulebook import RuleBook

ON_SHIFT = "on_shift"
"""The fact type that says who is on shift: a state."""

_ANSWER_BY, _LAPSE = "answer_by", "lapse "
_ON_SHIFT = "on shift "


class Following:
    """What is due for open cases, and what is done then."""

    __slots__ = ("_book", "_ladders", "_states", "moved", "timers")

    def __init__(self, book: RuleBook, states: Mapping[str, Mapping[Any, Fact]]) -> None:
        self._book = book
        self._ladders = Ladders(book)
        self._states = states
        self.moved: dict[str, None] = {}
        """The cases whose ladder says something else since the rules changed, and the clock has not moved since."""
        self.timers = Timers()

    def begin(self, case: Case, now: datetime) -> None:
        """Begin the ladder of *case*, and the time to answer, at *now*."""
        ladder = self._ladder(case)
        case.round, case.begun, case.climbed, case.is_overdue = case.round + 1, now, 0, False
        case.climbs, case.course = "" if ladder is None else ladder.name, self._ladders.course(ladder)
        case.stands_on, case.is_at_top = None, ladder is None and not case.ladder
        self.moved.pop(case.id, None)
        case.answer_by = None
        if case.within is not None:
            case.answer_by = case.within.after(now, self._book.calendars)
            self.timers.set((case.id, _ANSWER_BY), case.answer_by)

    def take_up(self, case: Case, now: datetime) -> None:
        """Let *case* climb what the rules that hold from *now* on say, from where it stands; what is overdue, at once."""
        ladder = self._ladder(case)
        case.climbs = "" if ladder is None else ladder.name
        self.timers.drop((case.id, LADDER))
        self.moved.pop(case.id, None)
        if ladder is None:
            return
        is_another = case.course is not None and case.course != self._ladders.course(ladder)
        if case.course is not None:
            case.climbed = rungs_behind(self._rungs(case), case.stands_on)
        if case.status != OPEN:
            return
        if is_another:
            case.climbed = self._place(case, ladder, now)
        due = next(self._rungs(case, case.climbed), None)
        if due is not None:
            self.timers.set((case.id, LADDER), max(due.at, now))
            if is_another:
                self.moved[case.id] = None

    def pass_over(self, case: Case, clock: datetime, to: datetime) -> None:
        """Let the steps up to *to* be past for *case*, whose ladder is another since the clock came to *clock*."""
        ladder = self._ladder(case)
        if ladder is None or case.status != OPEN:
            return
        climbed = self._place(case, ladder, to)
        if climbed == case.climbed:
            return
        case.climbed = climbed
        self._stand(case, next(self._rungs(case, climbed - 1)))
        due = next(self._rungs(case, climbed), None)
        # where nobody is told, it is still to be stated that the case stands elsewhere
        at = max(due.at, clock) if due is not None and due.at <= to else clock
        self.timers.set((case.id, LADDER), at)

    def rest(self, case: Case, *, lapses: bool = True) -> None:
        """Let nothing be due for *case* any more; with *lapses* off, its answers still lapse."""
        self.timers.drop((case.id, LADDER))
        self.timers.drop((case.id, _ANSWER_BY))
        if lapses:
            for role in case.tasks:
                self.timers.drop((case.id, _LAPSE + role))

    def again(self, case: Case, now: datetime) -> None:
        """Open *case* anew where it was acknowledged and the answers that count suffice no longer."""
        if case.status == ACKNOWLEDGED and not case.suffices:
            case.status = OPEN
            self.begin(case, now)

    def answered(self, case: Case, task: Task, done: Consequences) -> None:
        """Do what follows from *task* having been answered."""
        lapse = (case.id, _LAPSE + task.role)
        self.timers.drop(lapse)
        if task.status == DECLINED:
            self._decline(case, task, done)
        elif case.is_done:
            case.status, case.by = RESOLVED, task.by
            self.rest(case)
        else:
            if case.lapses_after is not None and task.status != DONE:
                self.timers.set(lapse, case.lapses_after.after(done.now, self._book.calendars))
            if case.status == OPEN and case.suffices:
                case.status, case.by = ACKNOWLEDGED, task.by
                self.rest(case, lapses=False)
        done.case(case)
        self.climb(case, done)

    def fall_due(self, case: Case, what: str, done: Consequences) -> None:
        """Do *what* is due for *case*: a rung, the end of the time to answer, or an answer that counts no longer."""
        if what == _ANSWER_BY:
            case.is_overdue = True
            done.case(case)
        elif what.startswith(_LAPSE):
            task = case.tasks[what.removeprefix(_LAPSE)]
            by, task.status, task.by = task.by, OPEN, ""
            self.again(case, done.now)
            done.ask(case, task, f"what {by} answered has lapsed: the task is not done")
            done.case(case)
        before = case.climbed
        self.climb(case, done)
        if what == LADDER and case.climbed == before:  # steps were passed over, and the next is still to come
            done.case(case)

    def climb(self, case: Case, done: Consequences) -> None:
        """Tell the rungs of an open case that are due by now, and await the next."""
        key = (case.id, LADDER)
        self.timers.drop(key)
        if case.status != OPEN:
            return
        for due in self._rungs(case, case.climbed):
            if due.at > done.now:
                self.timers.set(key, due.at)
                case.is_at_top = False
                return
            case.climbed += 1
            self._stand(case, due)
            done.step(case, due, self._people(due.rung.tell), _unanswered(case))
        case.is_at_top = case.is_at_top or self._ladder(case) is not None

    def _decline(self, case: Case, task: Task, done: Consequences) -> None:
        """Go up the ladder at once: to the next rung that was not climbed, or the last; to the owner where there is no ladder."""
        self.again(case, done.now)
        due = next(self._rungs(case, case.climbed), None)
        if due is None:
            due = next(self._rungs(case, max(case.climbed - 1, 0)), None)
        elif case.status == OPEN:
            case.climbed += 1
            self._stand(case, due)
        if due is None:
            done.declined(case, task, [(case.owner or "quality", "")], 0)
        else:
            done.declined(case, task, self._people(due.rung.tell), due.step)

    def _stand(self, case: Case, due: Due) -> None:
        """Let *case* stand on the rung *due*; one that is no higher by its number, as on another ladder, begins a round."""
        last = case.stands_on
        if last is not None and (due.step, due.again) <= (last.step, last.again):
            case.round += 1
        case.stands_on = due.foothold
        case.course = self._ladders.course(self._ladder(case))

    def _ladder(self, case: Case) -> Ladder | None:
        return self._ladders.of(case.ladder, case.rule, case.kind)

    def _rungs(self, case: Case, first: int = 0) -> Iterator[Due]:
        ladder = self._ladder(case)
        rungs = iter(()) if ladder is None else climb(ladder, case.begun, self._book.calendars)
        return islice(rungs, first, None)

    def _place(self, case: Case, ladder: Ladder, now: datetime) -> int:
        """Return how many rungs of *ladder*, which is another than it was, are behind *case* at *now*."""
        past = rungs_past(self._rungs(case), now)
        end = None if ladder.end is None else ladder.end.after(case.begun, self._book.calendars)
        if past and not case.is_at_top and (end is None or now <= end):
            past -= 1  # the last one that is past is told
        return max(case.climbed, past)

    def _people(self, tell: Iterable[str]) -> list[tuple[str, str]]:
        """Return who is meant by *tell*, each with the function in which they are on shift, if that was asked."""
        found: dict[str, str] = {}
        for name in tell:
            role = name.removeprefix(_ON_SHIFT)
            people = sorted(
                str(fact.data["person"])
                for fact in (self._states.get(ON_SHIFT, {}).values() if role != name else ())
                if fact.data.get("role") == role
            )
            for person in people:
                found.setdefault(person, role)
            if not people:
                found.setdefault(role, "")
        return list(found.items())


def _unanswered(case: Case) -> str:
    """Return in words who has not answered."""
    waiting = [task.role for task in case.tasks.values() if task.status not in ANSWERED]
    if len(waiting) == len(case.tasks):
        return "nobody has answered"
    return f"{' and '.join(waiting)} {'has' if len(waiting) == 1 else 'have'} not answered"
