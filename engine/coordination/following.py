"""The course of a case in time: its ladder, the time to answer, and how long answers count.

It is told when something about a case changed, and when something falls due; what follows goes to the consequences it is given.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any

from engine.coordination.cases import ACKNOWLEDGED, ANSWERED, DECLINED, DONE, OPEN, RESOLVED, Case, Task
from engine.coordination.ladders import Due, climb
from engine.coordination.telling import Consequences
from engine.coordination.timers import Timers
from engine.decisions import Fact
from engine.rulebook import RuleBook

ON_SHIFT = "on_shift"
"""The fact type that says who is on shift: a state."""

_LADDER, _ANSWER_BY, _LAPSE = "ladder", "answer_by", "lapse "
_ON_SHIFT = "on shift "


class Following:
    """What is due for open cases, and what is done then."""

    __slots__ = ("_book", "_states", "timers")

    def __init__(self, book: RuleBook, states: Mapping[str, Mapping[Any, Fact]]) -> None:
        self._book = book
        self._states = states
        self.timers = Timers()

    def begin(self, case: Case, now: datetime) -> None:
        """Begin the ladder of *case*, and the time to answer, at *now*."""
        case.round, case.begun, case.climbed, case.is_overdue = case.round + 1, now, 0, False
        case.answer_by = None
        if case.within is not None:
            case.answer_by = case.within.after(now, self._book.calendars)
            self.timers.set((case.id, _ANSWER_BY), case.answer_by)

    def take_up(self, case: Case, now: datetime) -> None:
        """Let the next rung of an open *case* be due as the rules have it that hold from *now* on; what is overdue, at once."""
        due = next(self._rungs(case, case.climbed), None) if case.status == OPEN else None
        if due is None:
            self.timers.drop((case.id, _LADDER))
        else:
            self.timers.set((case.id, _LADDER), max(due.at, now))

    def rest(self, case: Case, *, lapses: bool = True) -> None:
        """Let nothing be due for *case* any more; with *lapses* off, its answers still lapse."""
        self.timers.drop((case.id, _LADDER))
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
        self.climb(case, done)

    def climb(self, case: Case, done: Consequences) -> None:
        """Tell the rungs of an open case that are due by now, and await the next."""
        key = (case.id, _LADDER)
        self.timers.drop(key)
        if case.status != OPEN:
            return
        for due in self._rungs(case, case.climbed):
            if due.at > done.now:
                self.timers.set(key, due.at)
                return
            case.climbed += 1
            done.step(case, due, self._people(due.rung.tell), _unanswered(case))

    def _decline(self, case: Case, task: Task, done: Consequences) -> None:
        """Go up the ladder at once: to the next rung that was not climbed, or the last; to the owner where there is no ladder."""
        self.again(case, done.now)
        due = next(self._rungs(case, case.climbed), None)
        if due is None:
            due = next(self._rungs(case, max(case.climbed - 1, 0)), None)
        elif case.status == OPEN:
            case.climbed += 1
        if due is None:
            done.declined(case, task, [(case.owner or "quality", "")], 0)
        else:
            done.declined(case, task, self._people(due.rung.tell), due.step)

    def _rungs(self, case: Case, first: int) -> Iterator[Due]:
        ladder = self._book.ladders.get(case.ladder)
        rungs = iter(()) if ladder is None else climb(ladder, case.begun, self._book.calendars)
        return islice(rungs, first, None)

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
