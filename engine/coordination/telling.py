"""What follows from one step of a case: what is told, as decisions, and how it stands, as facts of Lineside's own.

Cases go in, decisions and facts gather in order. Ids are hashes of the case, what is told and to whom, and what set it off: the
same facts give the same ids.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import Any

import msgspec

from engine.coordination.cases import Case, Task, case_data, task_data
from engine.coordination.holds import SOURCE
from engine.coordination.ladders import Due
from engine.coordination.shelving import Shelf, Silence, shelved_data
from engine.decisions import Decision, Fact, FactRef, format_time

CASE, TASK, SHELVED = "case", "task", "shelved"
"""The fact types of a case, of its tasks, and of what is silenced: states of Lineside's own."""

TOLD = ("notify", "escalate", "ask")
"""The kinds of decision that tell people something, which what is shelved silences."""

People = Iterable[tuple[str, str]]
"""Who is told, each with the function in which they are on shift, or ""."""


@dataclass(slots=True)
class Consequences:
    """What follows from *trigger* at *now*, under the rule book *book* (its digest): decisions and facts, each in order."""

    book: str
    now: datetime
    trigger: Fact
    shelf: Shelf
    decisions: list[Decision] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)

    def ask(self, case: Case, task: Task, why: str = "") -> None:
        """Ask a function for its part of *case*; *why* says why it is asked again."""
        values: dict[str, Any] = {"to": task.role, "message": task.asks, **_about(case)}
        if case.answer_by is not None:
            values["answer_by"] = format_time(case.answer_by)
        name = decision_id("ask", case.id, task.role, *self.trigger.identity)
        self._tell(case, name, "ask", values, why or case.title)
        self.task(case, task)

    def step(self, case: Case, due: Due, to: People, why: str) -> None:
        """Tell *to* a rung of the ladder that *case* climbs."""
        for who, on_shift in to:
            values: dict[str, Any] = {
                "to": who,
                "message": due.rung.message or case.title,
                **_about(case),
                "step": due.step,
            }
            if on_shift:
                values["on_shift"] = on_shift
            if due.again:
                values["again"] = due.again
            name = decision_id("step", case.id, str(case.round), str(due.step), str(due.again), who)
            self._tell(case, name, "escalate", values, why)

    def declined(self, case: Case, task: Task, to: People, step: int) -> None:
        """Tell *to* at once that a task of *case* was declined; *step* is the rung they stand on, 0 for none."""
        said = f": {task.comment}" if task.comment else ""
        for who, on_shift in to:
            values: dict[str, Any] = {
                "to": who,
                "message": f"{task.role} declined to {task.asks}{said}",
                **_about(case),
            }
            if step:
                values["step"] = step
            if on_shift:
                values["on_shift"] = on_shift
            name = decision_id("declined", case.id, task.role, who, *self.trigger.identity)
            self._tell(case, name, "escalate", values, f"{task.by} declined the task of {task.role}")

    def hush(self, decision: Decision, names: Iterable[str], case: Case | None = None) -> Decision:
        """Return *decision*, which tells people something, or the same as silenced where what *names* it is shelved."""
        subject = (decision.subject_type, decision.subject_id)
        for silence in self.shelf.over(names, subject):
            if silence.covers("\n".join(self.trigger.identity), "" if case is None else case.id):
                silence.count += 1
                self.silence(silence)
                if case is not None:
                    self.shelf.mute(case)
                return msgspec.structs.replace(decision, status="silenced", reason=silence.why)
            if silence.is_spent:
                self.shelf.take(silence)
                self.silence(silence, op="retract")
        return decision

    def silence(self, silence: Silence, op: str = "assert") -> None:
        """State how *silence* stands; retract it where it is over."""
        silence.version += 1
        name = f"{silence.id}/{silence.version}"
        self.facts.append(Fact(SOURCE, name, SHELVED, self.now, shelved_data(silence), op=op))

    def refuse(self, case: Case | None, values: Mapping[str, Any], why: str) -> None:
        """Say why what a person said changed nothing."""
        trigger = self.trigger
        data = trigger.data
        about = ("case", str(data.get("case_id") or ""))
        if data.get("what"):
            about = (str(data.get("subject_type") or "rule"), str(data.get("subject_id") or data["what"]))
        if case is not None:
            about = (case.subject_type, case.subject_id)
            values = {**values, "case": case.id, "case_kind": case.kind}
        self.decisions.append(
            Decision(
                decision_id("answer", *trigger.identity),
                "answer",
                *about,
                rule="" if case is None else case.rule,
                ruleset="" if case is None else case.ruleset,
                rulebook=self.book,
                time=self.now,
                values=dict(values),
                facts=(FactRef("answer", trigger.type, trigger.source, trigger.id),),
                status="void",
                reason=why,
            )
        )

    def case(self, case: Case, op: str = "assert") -> None:
        """State how *case* stands; retract it where it is closed."""
        case.version += 1
        name = f"{case.id}/{case.version}"
        self.facts.append(Fact(SOURCE, name, CASE, self.now, case_data(case), op=op))

    def task(self, case: Case, task: Task, op: str = "assert") -> None:
        """State how *task* of *case* stands; retract it where the case is closed."""
        case.version += 1
        name = f"{case.id}/{case.version}/{task.role}"
        self.facts.append(Fact(SOURCE, name, TASK, self.now, task_data(case, task), op=op))

    def _tell(self, case: Case, name: str, kind: str, values: dict[str, Any], why: str) -> None:
        decision = Decision(
            name,
            kind,
            case.subject_type,
            case.subject_id,
            rule=case.rule,
            ruleset=case.ruleset,
            rulebook=self.book,
            time=self.now,
            values=values,
            facts=case.refs,
            priority=case.priority,
            reason=why,
        )
        self.decisions.append(self.hush(decision, (case.rule, case.kind), case) if self.shelf else decision)


def decision_id(*parts: str) -> str:
    """Return the id of a decision that *parts* tell apart from every other one."""
    text = "".join(f"{len(part)}:{part}" for part in parts)
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _about(case: Case) -> dict[str, Any]:
    return {"case": case.id, "case_kind": case.kind, "title": case.title}
