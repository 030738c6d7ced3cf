"""Scenario files played twice: on the virtual clock, and through a running service whose clock is sped up, ERP at its end."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from engine.admission import Admission
from engine.decisions import decision_to_json
from engine.rulebook import RuleBook
from engine.scenario import Scenario, parse_scenario
from engine.session import Session
from tests.service.harness import Served, decode, serving, settings_for, wait_until
from tests.service.receivers import SECRET_TEXT, Receiver, receiving, worked_example

KINDS = (
    "hold",
    "release",
    "route",
    "escalate",
    "notify",
    "reprioritise",
    "open_case",
    "resolve_case",
    "ask",
    "sign",
)
"""The kinds of decision that stories tell somebody."""

STRETCH_SECONDS = 0.3
"""How long the sped-up clock takes from one step of a story to the next, however far apart they are."""

Message = dict[str, Any]

Call = tuple[str, str, Any]
"""How ERP is called: the method, the path, and the inventory status."""


class SpedClock:
    """A clock that runs to a moment many times as fast as the sun, and stands there until it is sent on."""

    def __init__(self, moment: datetime) -> None:
        self._from, self._to = moment, moment
        self._since, self._seconds = 0.0, 0.0
        self._waiting: list[threading.Condition] = []

    def now(self) -> datetime:
        """Return how far it has run."""
        run = time.monotonic() - self._since
        if run >= self._seconds:
            return self._to
        return self._from + (self._to - self._from) * (run / self._seconds)

    def monotonic(self) -> float:
        """Return seconds of the machine."""
        return time.monotonic()

    def run_to(self, moment: datetime, seconds: float) -> None:
        """Run to *moment*, which takes *seconds*, and return when it is there."""
        self._from, self._to = self._to, moment
        self._since, self._seconds = time.monotonic(), seconds
        self._wake()
        time.sleep(seconds)
        self._wake()

    def wait(self, condition: threading.Condition, until: datetime | None) -> None:
        """Wait until *condition* is notified, or until it has run to *until* or sets off."""
        self._waiting.append(condition)
        try:
            now = self.now()
            if until is None or (now < until and (self._to < until or now == self._to)):
                condition.wait()
            elif now < until:
                condition.wait((until - now) / (self._to - self._from) * self._seconds)
        finally:
            self._waiting.remove(condition)

    def _wake(self) -> None:
        for condition in list(self._waiting):
            with condition:
                condition.notify_all()


def read_story(path: Path) -> Scenario:
    """Return the scenario in the file at *path*."""
    scenario, faults = parse_scenario(path.read_text(encoding="utf-8"), path.as_posix())
    assert scenario is not None, faults
    return scenario


def told_on_the_virtual_clock(scenario: Scenario, book: RuleBook) -> list[Message]:
    """Return what is told, in order, when *scenario* is played as `lineside test` plays it."""
    session, admission = Session(book), Admission(book, reserved=("lineside",))
    told: list[Message] = []
    for number, step in enumerate(scenario.steps, start=1):
        outcomes = []
        if session.clock is None or step.at > session.clock:
            outcomes.append(session.advance(step.at, through=not step.posts))
        for place, post in enumerate(step.posts, start=1):
            envelope = named(scenario, post.envelope, book, f"{number}.{place}")
            outcomes.append(session.submit(admission.admit(envelope, step.at), step.at))
        for outcome in outcomes:
            told += [
                decision_to_json(decision)
                for decision in outcome.decisions
                if decision.status == "decided" and decision.kind in KINDS
            ]
    return [as_told(decode_decimals(message)) for message in told]


def named(scenario: Scenario, envelope: Any, book: RuleBook, place: str) -> dict[str, Any]:
    """Return the fact that a step of *scenario* posts, with the source and the id that it leaves out."""
    owner = book.fact_types[envelope["type"]].owners[0]
    return {"source": book.systems[owner].sources[0], "id": f"{scenario.name}-{place}", **envelope}


def decode_decimals(message: Message) -> Message:
    """Return *message* as a receiver reads it."""
    from service.schemas import to_text

    found: Message = decode(to_text(message).encode())
    return found


def as_told(message: Message) -> Message:
    """Return of a decision what people are told: not which fact set it off, nor how late the machine was."""
    return {
        name: message[name] for name in ("kind", "subject", "values", "reason", "time", "rule", "priority")
    }


def as_called(told: list[Message]) -> list[Call]:
    """Return how the holds and releases in *told* reach ERP: as changes of the inventory status of a batch."""
    calls: list[Call] = []
    for message in told:
        batch, status = f"/hook/batches/{message['subject']['id']}", message["values"].get("inventory_status")
        if message["kind"] == "hold":
            calls.append(("POST", f"{batch}/status-changes", {"to": status, "text": message["reason"]}))
        elif message["kind"] == "release":
            calls.append(("PUT", f"{batch}/status", status))
    return calls


@contextmanager
def telling(folder: Path, people: list[str], scenario: Scenario) -> Iterator[Story]:
    """Run a service with a receiver for the board, which is told everything, one for each of *people*, and an ERP.

    ERP is called as the worked example of docs/operations.md says.
    """
    with ExitStack() as stack:
        receivers = {name: stack.enter_context(receiving()) for name in ("board", *people)}
        (folder / "secret").write_text(SECRET_TEXT, encoding="utf-8")
        erp = stack.enter_context(receiving())
        lines = [worked_example(erp).rstrip().replace("env:ERP_TOKEN", f"file:{folder}/secret")]
        for number, (name, receiver) in enumerate(receivers.items()):
            only = "" if name == "board" else f"only: '= values.to = \"{name}\"', "
            lines.append(
                f"  t{number}: {{url: '{receiver.url}', secret: 'file:{folder}/secret', {only}"
                f"decisions: [{', '.join(KINDS)}], allow_private: true}}"
            )
        (folder / "targets.yaml").write_text("\n".join(lines), encoding="utf-8")
        settings = settings_for(
            folder, targets=folder / "targets.yaml", delivery_poll_seconds=0.05
        ).model_copy(update={"rules": None})
        clock = SpedClock(scenario.steps[0].at - timedelta(minutes=1))
        receivers["erp"] = erp
        yield Story(stack.enter_context(serving(settings, clock=clock)), clock, receivers, scenario)


class Story:
    """A scenario on its way through a running service."""

    def __init__(
        self, served: Served, clock: SpedClock, receivers: dict[str, Receiver], scenario: Scenario
    ) -> None:
        self.served = served
        self._clock = clock
        self._receivers = receivers
        self._scenario = scenario

    def play(self) -> None:
        """Play every step: the clock runs there, the facts are posted, people answer through their endpoints."""
        book = self.served.service.parts.book
        for number, step in enumerate(self._scenario.steps, start=1):
            self._clock.run_to(step.at, STRETCH_SECONDS)
            for place, post in enumerate(step.posts, start=1):
                envelope = named(self._scenario, post.envelope, book, f"{number}.{place}")
                if envelope["type"] == "case_answer":
                    self._answer(envelope["id"], dict(envelope["data"]))
                else:
                    answer = self.served.post(envelope)
                    assert answer.status_code == 200, answer.text
            self._settle(step.at)

    def told(self, name: str) -> list[Message]:
        """Return what the receiver *name* was told, in order; what came again under its key counts once."""
        found = {
            taken.headers["webhook-id"]: as_told(decode(taken.body)["data"])
            for taken in reversed(self._receivers[name].taken)
        }
        order = dict.fromkeys(taken.headers["webhook-id"] for taken in self._receivers[name].taken)
        return [found[key] for key in order]

    def called(self) -> list[Call]:
        """Return how ERP was called, in order; what came again under its key counts once."""
        calls = {
            taken.headers["idempotency-key"]: (taken.method, taken.path, decode(taken.body)["status"])
            for taken in self._receivers["erp"].taken
        }
        return list(calls.values())

    def _answer(self, key: str, data: dict[str, Any]) -> None:
        about = {name: data.pop(name) for name in ("kind", "subject_type", "subject_id")}
        (case,) = [one for one in self.served.get("/v1/cases", **about)["cases"] if one["status"] != "closed"]
        answer, function = data.pop("answer"), data.pop("role", None)
        said = data if function is None else {**data, "function": function}
        found = self.served.client.post(
            f"/v1/cases/{case['case_id']}/{answer}", json=said, headers={"idempotency-key": key}
        )
        assert found.status_code == 200, found.text

    def _settle(self, at: datetime) -> None:
        """Wait until all that is due by *at* is decided, and all that was decided is delivered."""
        session: Any = self.served.service.parts.writer._session
        wait_until(lambda: (due := session.next_due()) is None or due > at, 60)
        for status in ("due", "sending"):
            wait_until(
                lambda status=status: not self.served.get("/v1/deliveries", status=status)["deliveries"], 60
            )
