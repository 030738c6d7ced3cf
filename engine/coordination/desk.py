"""The desk at which cases are opened, answered and closed: decisions, answers and the clock in, decisions and facts out.

It keeps the cases that are not closed. The order of all that it returns is fixed by what it is given; it reads no clock, and
nothing of a session but who is on shift.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from engine.coordination.cases import (
    CASE_ANSWERS,
    CLOSED,
    OPEN,
    RESOLVED,
    TASK_ANSWERS,
    Case,
    Task,
    answer_case,
    answer_task,
    begin_case,
)
from engine.coordination.following import Following
from engine.coordination.register import Register
from engine.coordination.shelving import (
    ALL,
    OUT_OF_SERVICE,
    SHELVED,
    SUPPRESSED,
    Shelf,
    Silence,
    end_of,
    limits_of,
)
from engine.coordination.telling import Consequences, decision_id
from engine.coordination.timers import Key, Timers
from engine.decisions import Decision, Fact, format_time
from engine.diagnostics import did_you_mean
from engine.model import CasePlan
from engine.rulebook import RuleBook

ANSWER, SHELVING = "case_answer", "shelving"
"""The fact types by which people answer cases and their tasks, and silence what is told."""

_SHELF = "shelf"


class _Kept(msgspec.Struct):
    """What a snapshot holds of a desk."""

    cases: list[Case] = []
    silences: list[Silence] = []
    timers: list[tuple[Key, datetime]] = []
    moved: list[str] = []


class Desk:
    """The cases that are not closed, and what is due for them."""

    __slots__ = ("_book", "_cases", "_following", "_limits", "shelf")

    def __init__(self, book: RuleBook, states: Mapping[str, Mapping[Any, Fact]]) -> None:
        self._book = book
        self._following = Following(book, states)
        self._cases = Register()
        self._limits = limits_of(book)
        self.shelf = Shelf()

    def cases(self) -> tuple[Case, ...]:
        """Return the cases that are not closed, in the order they were opened."""
        return tuple(self._cases)

    def case(self, name: str) -> Case | None:
        """Return the case of that id, if it is not closed."""
        return self._cases.get(name)

    @property
    def timers(self) -> Timers:
        """What is due, and when."""
        return self._following.timers

    @property
    def moved(self) -> Mapping[str, None]:
        """The cases whose ladder is another since the rules changed, and the clock has not moved since."""
        return self._following.moved

    def open(
        self, decision: Decision, plan: CasePlan, trigger: Fact, *, owner: str, order_id: str
    ) -> tuple[Decision, Consequences]:
        """Open the case that *decision* asks for, or let it join the one that is open; return it as it came out."""
        done = self.begin(trigger, decision.time)
        asks = {role: str(decision.values.get(f"tasks.{role}") or "") for role in plan.roles}
        case = self._cases.of(plan.kind, decision.subject_type, decision.subject_id)
        if case is None:
            case = begin_case(decision, plan, asks, owner, order_id)
            self._cases.keep(case)
            for other in self._cases.relate(case):
                done.case(other)
            self._following.begin(case, done.now)
            self._ask(case, case.tasks.values(), done)
        else:
            decision = self._join(case, decision, asks, done)
        done.case(case)
        self._following.climb(case, done)
        shown: dict[str, Any] = {
            "case": case.id,
            "kind": case.kind,
            "title": str(decision.values.get("title") or ""),
            "count": case.count,
            "tasks": asks,
        }
        if case.answer_by is not None:
            shown["answer_by"] = format_time(case.answer_by)
        if case.related:
            shown["related"] = list(case.related)
        reason = decision.reason or shown["title"]
        return msgspec.structs.replace(decision, values=shown, reason=reason), done

    def resolve(
        self, decision: Decision, opened: Mapping[str, Decision], trigger: Fact
    ) -> tuple[Decision, Consequences]:
        """Resolve the cases that *decision* means, of one kind or all on its subject; return it as it came out.

        *opened* are the decisions by which the same fact opened cases or let them come again, by case: these stay open,
        whichever of the rules comes first, as what a fact holds is not released by it.
        """
        done = self.begin(trigger, decision.time)
        kind = decision.values.get("kind")
        found = [
            case
            for case in self._cases.on(decision.subject_type, decision.subject_id)
            if kind in (None, case.kind) and case.status in CASE_ANSWERS["resolve"][1]
        ]
        settled = [case for case in found if case.id not in opened]
        values = {**decision.values, "cases": [case.id for case in settled]}
        if found and not settled:
            first = opened[found[0].id]
            status = "conflict" if first.priority == decision.priority else "superseded"
            return msgspec.structs.replace(decision, values=values, status=status, settled_by=first.id), done
        if not settled:
            why = f"no case {kind} of it was open" if kind else "no case of it was open"
            return msgspec.structs.replace(decision, values=values, status="void", reason=why), done
        for case in settled:
            answer_case(case, "resolve", decision.rule, decision.reason)
            self._following.rest(case)
            done.case(case)
            self._end_one_shots(case, done)
        return msgspec.structs.replace(decision, values=values), done

    def answer(self, fact: Fact, now: datetime) -> Consequences:
        """Take in what a person answers to a case or to one of its tasks; what does not fit changes nothing, and says so."""
        done = self.begin(fact, now)
        case, why = self._cases.meant(fact.data)
        if case is not None:
            why = self._answer(case, fact.data, done)
            if case.status in (RESOLVED, CLOSED):
                self._end_one_shots(case, done)
        if why:
            said = {name: fact.data[name] for name in ("answer", "role", "by") if fact.data.get(name)}
            done.refuse(case, said, why)
        return done

    def fall_due(self, keys: Iterable[Key], now: datetime, trigger: Fact) -> Consequences:
        """Do what is due by *now*, *trigger* being the fact that says so."""
        done = self.begin(trigger, now)
        for name, what in keys:
            if what != _SHELF:
                case = self._cases.get(name)
                assert case is not None  # noqa: S101 - nothing is due for a case that is closed
                self._following.fall_due(case, what, done)
            elif silence := self.shelf.get(name):
                self._end(silence, done)
        return done

    def shelve(self, fact: Fact, now: datetime) -> Consequences:
        """Take in that a person shelves something, takes it out of service, or ends that; what does not fit says so."""
        done = self.begin(fact, now)
        if why := self._shelve(fact, done):
            data = fact.data
            said = {"answer": data.get("action"), "by": data.get("by"), "what": data.get("what")}
            done.refuse(None, said, why)
        return done

    def suppress(self, decision: Decision, trigger: Fact, match: str, *, everywhere: bool) -> Consequences:
        """Silence what *decision* names as long as *match* stands: about its subject, or *everywhere*."""
        done = self.begin(trigger, decision.time)
        subject = ALL if everywhere else (decision.subject_type, decision.subject_id)
        what = str(decision.values["what"])
        silence = Silence(
            decision.id,
            SUPPRESSED,
            what,
            *subject,
            decision.time,
            decision.reason,
            decision.rule,
            match=match,
        )
        self.shelf.put(silence)
        done.silence(silence)
        return done

    def stop(self, match: str, now: datetime, trigger: Fact) -> Consequences:
        """End what *match* suppressed, since it stands no more."""
        done = self.begin(trigger, now)
        for silence in self.shelf.of_match(match):
            self._end(silence, done)
        return done

    def take_up(self, now: datetime) -> None:
        """Let cases climb the ladders that the rules have *now*, since they have changed."""
        for case in self._cases:
            self._following.take_up(case, now)

    def pass_over(self, clock: datetime, to: datetime) -> None:
        """Let the cases that have *moved* since *clock* pass over steps that are past as it first moves, *to* a time."""
        for name in self.moved:
            if (case := self._cases.get(name)) is not None:
                self._following.pass_over(case, clock, to)
        self._following.moved.clear()

    def stop_others(self, matches: Collection[str], now: datetime) -> None:
        """Let what is suppressed by none of *matches* be over as soon as the clock moves: the rules have changed."""
        for silence in self.shelf:
            if silence.match and silence.match not in matches:
                self.timers.set((silence.id, _SHELF), now)

    def saved(self) -> dict[str, Any]:
        """Return all that it keeps, for a snapshot."""
        if not self._cases and not self.shelf and not self.timers:
            return {}
        return {
            "cases": list(self._cases),
            "silences": list(self.shelf),
            "timers": self.timers.saved(),
            **({"moved": sorted(self.moved)} if self.moved else {}),
        }

    def load(self, saved: Mapping[str, Any]) -> None:
        """Take in what `saved` gave; raises ValueError where it is not that."""
        try:
            kept = msgspec.convert(saved, _Kept)
        except msgspec.ValidationError as fault:
            raise ValueError(f"a damaged session snapshot: {fault}") from fault
        for case in kept.cases:
            self._cases.keep(case)
            if case.is_muted:
                self.shelf.mute(case)
        for silence in kept.silences:
            self.shelf.put(silence)
        self.timers.load(kept.timers)
        self._following.moved.update(dict.fromkeys(kept.moved))

    def begin(self, trigger: Fact, now: datetime) -> Consequences:
        """Return what follows from *trigger* at *now*: nothing yet."""
        return Consequences(self._book.digest, now, trigger, self.shelf)

    def _shelve(self, fact: Fact, done: Consequences) -> str:
        """Do what *fact* says of the shelf; return why it does not fit, or ""."""
        data, now = fact.data, done.now
        what, action = str(data.get("what") or ""), str(data.get("action") or "")
        subject = (str(data.get("subject_type") or ""), str(data.get("subject_id") or ""))
        how = OUT_OF_SERVICE if action in ("out_of_service", "in_service") else SHELVED
        there = self.shelf.of(how, what, subject)
        # what was shelved under other rules can be ended under these
        if what not in self._limits and (there is None or action not in ("unshelve", "in_service")):
            return f'there is no rule and no kind of case "{what}"; {did_you_mean(what, self._limits)}'
        if bool(subject[0]) != bool(subject[1]):
            return "it names half a subject: give both subject_type and subject_id, or none for all"
        if action in ("unshelve", "in_service"):
            if there is None:
                return f"it is not {how}"
            self._end(there, done)
            return ""
        if action == "out_of_service" and there is not None:
            return f"it is {how} already, by {there.by}"
        until: datetime | None = None
        if action == "shelve":
            end = end_of(data, now, self._limits[what], self._book.calendars)
            if isinstance(end, str):
                return end
            until = end
        elif action != "out_of_service":
            return f'"{action}" is nothing that can be done to what is told'
        silence = there or Silence(decision_id("shelf", *fact.identity), how, what, *subject, now, "", "")
        silence.reason, silence.by = str(data.get("reason") or ""), str(data.get("by") or "")
        silence.until = until
        silence.is_one_shot = how == SHELVED and data.get("one_shot") is True
        if until is not None:
            self.timers.set((silence.id, _SHELF), until)
        if there is None:
            self.shelf.put(silence)
        done.silence(silence)
        return ""

    def _end(self, silence: Silence, done: Consequences) -> None:
        """Let *silence* be over; open cases of which somebody was not told are told, where nothing else silences them."""
        self.shelf.take(silence)
        self.timers.drop((silence.id, _SHELF))
        done.silence(silence, op="retract")
        for case in sorted(self.shelf.muted(silence), key=self._cases.number):
            if self.shelf.over((case.rule, case.kind), (case.subject_type, case.subject_id)):
                continue
            self.shelf.unmute(case)
            if case.status == OPEN:
                self._following.begin(case, done.now)
                waiting = [task for task in case.tasks.values() if task.status == OPEN]
                self._ask(case, waiting, done, f"no longer {silence.how}")
                done.case(case)
                self._following.climb(case, done)

    def _join(self, case: Case, decision: Decision, asks: Mapping[str, str], done: Consequences) -> Decision:
        """Let the match of *decision* come to *case*; who has no task in it yet is asked, and all are where it was resolved."""
        case.count += 1
        new = {role: Task(role, said) for role, said in asks.items() if role not in case.tasks}
        case.tasks.update(new)
        since = format_time(case.opened_at)
        if case.status == RESOLVED:
            answer_case(case, "reopen", "", "")
            self._following.begin(case, done.now)
            self._ask(case, case.tasks.values(), done)
            why = f"opens the case of {since} again, which was resolved"
            return msgspec.structs.replace(decision, reason=why)
        if new:
            self._following.again(case, done.now)
            self._ask(case, new.values(), done)
        why = f"joins the case opened at {since}, as number {case.count:,}"
        return msgspec.structs.replace(decision, status="joined", reason=why)

    def _answer(self, case: Case, data: Mapping[str, Any], done: Consequences) -> str:
        """Let *case* be answered; return why the answer does not fit, or ""."""
        answer, role = str(data.get("answer") or ""), data.get("role")
        if role and role not in case.tasks:
            return f"{role} has no task in this case; those who have: {', '.join(case.tasks)}"
        if answer in CASE_ANSWERS:
            return self._answer_whole(case, answer, data, done)
        comment = str(data.get("comment") or "")
        if answer == "comment" and not role:
            case.comment = comment
            done.case(case)
            return ""
        if not role and len(case.tasks) > 1:
            return f"it names no role; those who have a task: {', '.join(case.tasks)}"
        task = case.tasks[role] if role else next(iter(case.tasks.values()))
        if answer == "comment":
            task.comment = comment
            done.task(case, task)
            return ""
        if answer not in TASK_ANSWERS:
            return f'"{answer}" is no answer to a case'
        if case.status == RESOLVED and answer != "done":
            return "the case is resolved: reopen it first"
        why = answer_task(task, answer, str(data.get("by") or ""), comment)
        if not why:
            done.task(case, task)
            if case.status != RESOLVED:
                self._following.answered(case, task, done)
        return why

    def _answer_whole(self, case: Case, answer: str, data: Mapping[str, Any], done: Consequences) -> str:
        if data.get("role"):
            return f"{answer} is about the whole case, not about {data['role']}"
        why = answer_case(case, answer, str(data.get("by") or ""), str(data.get("comment") or ""))
        if why:
            return why
        self._following.rest(case)
        if case.status == CLOSED:
            self._close(case, done)
            return ""
        if answer == "reopen":
            self._following.begin(case, done.now)
            self._ask(case, case.tasks.values(), done, "the case is open again")
        done.case(case)
        self._following.climb(case, done)
        return ""

    def _ask(self, case: Case, tasks: Iterable[Task], done: Consequences, why: str = "") -> None:
        for task in tasks:
            done.ask(case, task, why)

    def _end_one_shots(self, case: Case, done: Consequences) -> None:
        """Let the silences for one time that met *case* be over with it."""
        for silence in self.shelf:
            if silence.case == case.id:
                self._end(silence, done)

    def _close(self, case: Case, done: Consequences) -> None:
        """Forget *case*, and let those that name it name it no more."""
        self.shelf.unmute(case)
        for other in self._cases.forget(case):
            done.case(other)
        for task in case.tasks.values():
            done.task(case, task, op="retract")
        done.case(case, op="retract")
