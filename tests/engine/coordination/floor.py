"""A small plant for the tests of cases: rules, a ladder, and a session that is told by minutes and answers in lines."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from engine.decisions import Decision, Outcome
from engine.rulebook import RuleBook
from engine.session import Session
from tests.engine.books import START, Facts, book
from tests.engine.restoring import restored

SHIPPED = Path(__file__).parents[3] / "rules" / "facts"
OWN = ("case", "task", "case_answer", "on_shift", "shelving", "shelved")
LADDERS = """
ladders:
  - ladder: help
    steps:
      - {after: 15 min, tell: supervisor, message: nobody came}
      - {after: 1 h, tell: [manager, on shift quality]}
    repeat: {every: 1 h, times: 2}
"""
HELD = """
  - rule: failed-lot
    title: A lot that failed
    on: inspection
    if: result = "fail"
    then:
      - open_case:
          lot: = lot_id
          kind: held
          title: "lot {lot_id} failed"
          tasks: {production: contain it, quality: "disposition {lot_id}", planning: replan it}
          acknowledge: 2 of 3 within 10 min
          ladder: help
"""


def rule_book(rules: str = HELD, ladders: str = LADDERS, head: str = "", calendars: str = "") -> RuleBook:
    """Return the rule book of *rules* and *ladders*, with the shipped fact types of cases."""
    facts = {f"facts/{name}.yaml": (SHIPPED / f"{name}.yaml").read_text(encoding="utf-8") for name in OWN}
    others = {"ladders.yaml": ladders, "calendars.yaml": calendars}
    return book(rules, head, {**facts, **{name: text for name, text in others.items() if text}})


def ladder(*steps: str, name: str = "help", more: str = "") -> str:
    """Return a ladders document of *steps*, each a number of minutes and whom it tells; *more* is what else it says."""
    rungs = (step.split(maxsplit=1) for step in steps)
    lines = "".join(f"\n      - {{after: {after} min, tell: {tell}}}" for after, tell in rungs)
    return f"ladders:\n  - ladder: {name}\n    steps:{lines}\n{more}"


def renamed(rules: str = HELD, ladders: str = LADDERS) -> RuleBook:
    """Return the rule book in which the ladder has another name, and the rules name it by that."""
    return rule_book(*(text.replace("ladder: help", "ladder: other") for text in (rules, ladders)))


def line(decision: Decision) -> str:
    """Return *decision* on one line: minute, kind, to whom or what, step, and its status where that is not the usual one."""
    minute = (decision.time - START) / timedelta(minutes=1)
    who = decision.values.get("to") or decision.subject_id
    step = f" step {decision.values['step']}" if "step" in decision.values else ""
    status = "" if decision.status == "decided" else f" [{decision.status}]"
    return f"{minute:g} {decision.kind} {who}{step}{status}"


def lines(outcome: Outcome) -> list[str]:
    """Return each decision of *outcome* on one line."""
    return [line(decision) for decision in outcome.decisions]


class Floor:
    """One session, told by the minute; *told* are all decisions so far, each on a line."""

    def __init__(self, rules: RuleBook | None = None, matcher: str = "native") -> None:
        self.book = rule_book() if rules is None else rules
        self.matcher = matcher
        self.session = Session(self.book, matcher)
        self.told: list[str] = []
        self.decisions: list[Decision] = []
        self._facts = Facts()

    def post(self, fact_type: str, at: float, source: str = "mes", **data: Any) -> list[str]:
        """Submit a fact and return what was decided."""
        return self._take(self.session.submit(self._facts(fact_type, at=at, source=source, **data)))

    def fail(self, at: float = 0, lot: str = "L1", order: str = "O1") -> list[str]:
        """Let a lot fail its inspection."""
        return self.post("inspection", at, lot_id=lot, order_id=order, result="fail")

    def answer(self, at: float, answer: str, role: str = "", **data: Any) -> list[str]:
        """Let Anna answer the case of the lot L1, or the one that *data* names."""
        said = {"answer": answer, "by": "Anna", **({"role": role} if role else {}), **data}
        if "case_id" not in data:
            said = {"kind": "held", "subject_type": "lot", "subject_id": "L1", **said}
        return self.post("case_answer", at, "person", **said)

    def shelve(self, at: float, action: str = "shelve", what: str = "held", **data: Any) -> list[str]:
        """Let Max shelve something, or what else can be done to it."""
        said = {"what": what, "action": action, "reason": "new gauge", "by": "Max", **data}
        return self.post("shelving", at, "person", **said)

    def shelved(self) -> list[str]:
        """Return what is silenced: how, what, and how often so far."""
        return [
            f"{f.data['how']} {f.data['what']} {f.data['silenced']}" for f in self.session.states("shelved")
        ]

    def wait(self, until: float) -> list[str]:
        """Move the clock."""
        return self._take(self.session.advance(START + timedelta(minutes=until)))

    def cut(self) -> None:
        """Save the session and go on with what was saved."""
        self.session = restored(self.book, self.session, self.matcher)

    def change(self, rules: RuleBook) -> list[str]:
        """Save the session and go on with it under *rules*; return what is said of the ladders of its cases."""
        self.session = Session.restore(rules, self.session.snapshot(), self.matcher)
        self.book = rules
        return [loss.why for loss in self.session.losses if loss.what == "ladders"]

    def state(self, kind: str = "held") -> str:
        """Return how the case of that kind stands: its status, then each task's."""
        for case in self.session.cases():
            if case.kind == kind:
                tasks = " ".join(f"{task.role}:{task.status}" for task in case.tasks.values())
                return f"{case.status} {tasks}"
        return "none"

    def _take(self, outcome: Outcome) -> list[str]:
        found = lines(outcome)
        self.session.explain(outcome)
        self.told += found
        self.decisions += outcome.decisions
        return found
