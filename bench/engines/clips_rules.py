"""CLIPS, through clipspy: rules that call a function of ours with what they conclude.

Events go in through functions of CLIPS that assert, run and retract. The facts that clipspy hands out are never given back
(its `__del__` calls `ReleaseFact` with an argument too many), so that every run of a program that asserts and retracts from
Python is slower than the one before; these functions hand none out.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from importlib.metadata import version
from time import perf_counter
from typing import Any

import clips
import msgspec

from bench.given import Answers, Engine, Given, Measured, envelope
from bench.jobs import failures, pieces

VERSION = version("clipspy")

PIECE = "(deftemplate piece (slot id) (slot kind) (slot part) (slot defects))"
TAKE_PIECE = """
(deffunction take (?id ?kind ?part ?defects)
  (assert (piece (id ?id) (kind ?kind) (part ?part) (defects ?defects)))
  (run))"""

JOIN = (
    "(deftemplate made-order (slot order_id) (slot item) (slot quantity) (slot status) (slot priority) (slot due))",
    "(deftemplate looked-at (slot id) (slot order_id) (slot result))",
    """
(defrule failed
  (looked-at (id ?id) (order_id ?order) (result "fail"))
  (made-order (order_id ?order) (status "started"))
  =>
  (conclude ?id ?order))""",
    """
(deffunction look-at (?id ?order ?result)
  (bind ?piece (assert (looked-at (id ?id) (order_id ?order) (result ?result))))
  (run)
  (retract ?piece))""",
)

WINDOWS = (
    "(deftemplate failed (slot id) (slot machine))",
    "(deftemplate tally (slot machine) (slot count))",
    """
(defrule too-many
  (declare (salience 10))
  (failed (id ?id) (machine ?machine))
  (tally (machine ?machine) (count {before}))
  =>
  (conclude ?id "too-many"))""",
    """
(defrule counts
  ?failed <- (failed (machine ?machine))
  ?tally <- (tally (machine ?machine) (count ?count))
  =>
  (retract ?failed)
  (modify ?tally (count (+ ?count 1))))""",
    "(deftemplate left (slot machine))",
    """
(defrule leaves
  ?left <- (left (machine ?machine))
  ?tally <- (tally (machine ?machine) (count ?count))
  =>
  (retract ?left)
  (modify ?tally (count (- ?count 1))))""",
    "(deffunction takes-failure (?id ?machine) (assert (failed (id ?id) (machine ?machine))) (run))",
    "(deffunction lets-leave (?machine) (assert (left (machine ?machine))) (run))",
    "(deffunction begins (?machine) (assert (tally (machine ?machine) (count 0))) (run))",
)


def _environment(*constructs: str) -> tuple[Any, Answers]:
    """Return an environment with *constructs*, and the list that its rules add their answers to."""
    answers: Answers = []

    def conclude(one: str, other: str) -> None:
        answers.append((one, other))

    environment = clips.Environment()
    environment.define_function(conclude)
    for construct in constructs:
        environment.build(construct)
    return environment, answers


def _single_fact_rules(number: int) -> tuple[Any, Answers]:
    made = [
        f'(defrule {line.name} ?piece <- (piece (id ?id) (kind "{line.kind}") (part "{line.part}") '
        f'(defects ?defects&:(> ?defects {line.more_than}))) => (conclude ?id "{line.name}") (retract ?piece))'
        for line in pieces.lines(number)
    ]
    return _environment(PIECE, *made, TAKE_PIECE)


def rules(number: int) -> Engine:
    """Return an engine with single-fact rules."""
    environment, answers = _single_fact_rules(number)

    def take(given: Sequence[Given]) -> Measured:
        data = [(one.id, one.data) for one in given]
        answers.clear()
        call = environment.find_function("take")
        begin = perf_counter()
        for name, one in data:
            call(name, one["kind"], one["part"], one["defects"])
        return Measured(perf_counter() - begin, list(answers))

    return take


def json(number: int) -> Engine:
    """Return an engine with single-fact rules that takes bytes, decoded by msgspec."""
    environment, answers = _single_fact_rules(number)

    def take(given: Sequence[Given]) -> Measured:
        posted = [envelope(one) for one in given]
        answers.clear()
        call, read = environment.find_function("take"), msgspec.json.decode
        begin = perf_counter()
        for raw in posted:
            fact = read(raw)
            data = fact["data"]
            call(fact["id"], data["kind"], data["part"], data["defects"])
        return Measured(perf_counter() - begin, list(answers))

    return take


def join(_: int) -> Engine:
    """Return an engine with a rule that joins; an inspection is retracted as soon as it has been looked at.

    The orders are facts that clipspy hands out, since they stay: CLIPS finds a fact by its index by going through all of them.
    """
    environment, answers = _environment(*JOIN)
    orders: dict[str, Any] = {}

    def take(given: Sequence[Given]) -> Measured:
        facts = [(one.id, one.type, one.data) for one in given]
        answers.clear()
        look, template = environment.find_function("look-at"), environment.find_template("made-order")
        begin = perf_counter()
        for name, type_, data in facts:
            order = data["order_id"]
            if type_ == "looked_at":
                look(name, order, data["result"])
            elif order in orders:
                orders[order].modify_slots(status=data["status"])
            else:
                orders[order] = template.assert_fact(**data)
        return Measured(perf_counter() - begin, list(answers))

    return take


def windows(size: int) -> Engine:
    """Return an engine that counts by rules. CLIPS has no clock: what has left, the host says, from a queue of its own."""
    load = failures.LOADS["windows"][size]
    environment, answers = _environment(
        *(text.replace("{before}", str(load.too_many - 1)) for text in WINDOWS)
    )
    counted: deque[tuple[int, str]] = deque()
    known: set[str] = set()

    def take(given: Sequence[Given]) -> Measured:
        facts = [(one.id, one.at, one.data) for one in given]
        answers.clear()
        fail, leave, start = (
            environment.find_function(name) for name in ("takes-failure", "lets-leave", "begins")
        )
        begin = perf_counter()
        for name, at, data in facts:
            while counted and counted[0][0] <= at - failures.SPAN:
                leave(counted.popleft()[1])
            if data["result"] != "fail":
                continue
            machine = data["machine"]
            if machine not in known:
                known.add(machine)
                start(machine)
            counted.append((at, machine))
            fail(name, machine)
        return Measured(perf_counter() - begin, list(answers))

    return take


JOBS = {"rules": rules, "json": json, "join": join, "windows": windows}
