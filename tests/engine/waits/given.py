"""Rules with steps and the facts given to them, for their tests."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from engine.decisions import Fact, Outcome
from engine.session import CLOCK, Session
from tests.engine.books import START, Facts, book

EXPECT = """
  - rule: nobody-inspected
    when:
      - done: alarm
        where: level = 1
      - expect: inspection
        where: order_id = done.machine_id
        within: 30 min
    on_missing: skip
    then: {notify: {work_centre: = done.machine_id, to: quality, message: "{done.level}"}}
"""

THEN = """
  - rule: jam-after-jam
    on_missing: skip
    when:
      - jam: alarm
        where: level = 1
      - then: alarm
        as: again
        where: machine_id = jam.machine_id and level = 1
        within: 5 min
    then: {notify: {work_centre: = again.machine_id, to: maintenance, message: jammed again}}
"""

RUNNING = """
  - rule: does-not-run-again
    when:
      - mended: inspection
        where: result = "pass"
      - expect: machine
        where: machine_id = mended.order_id and status = "running"
        within: 10 min
    then: {notify: {work_centre: = mended.order_id, to: maintenance, message: it stands}}
"""

STATES = """
  - rule: down-and-nobody-came
    when:
      - machine: machine
        where: status = "down"
      - expect: flag
        where: flag_id = machine.machine_id
        within: 10 min
    then: {notify: {work_centre: = machine.machine_id, to: maintenance, message: down}}
"""

STOP = """
  - rule: short-stop
    when:
      - stopped: machine
        where: status = "down"
      - then: machine
        as: runs
        where: machine_id = stopped.machine_id and status = "running"
        within: 2 min
    then: {notify: {work_centre: = runs.machine_id, to: maintenance, message: short}}
"""

CHAIN = """
  - rule: three-in-a-row
    when:
      - one: alarm
      - none: flag
        where: flag_id = one.machine_id
      - then: alarm
        as: two
        where: machine_id = one.machine_id
        within: 5 min
      - order: order
        where: order_id = two.machine_id
      - then: inspection
        where: order_id = order.order_id
        within: 5 min
      - none: hold
        where: lot_id = inspection.lot_id
    then: {hold: {lot: = inspection.lot_id, reason: "{one.level} {two.level} {order.item}"}}
"""

Given = list[tuple[Any, ...]]
"""(minutes, type, fields), or (minutes,) for a tick."""


def run(
    rules: str, given: Given, matcher: str = "native", *, head: str = "", until: float | None = None
) -> list[Outcome]:
    """Return the outcome of each fact, and of the clock moved on to *until*."""
    make, session = Facts(), Session(book(rules, head), matcher)
    outcomes = []
    for at, *rest in given:
        if rest:
            fact = make(rest[0], at=at, **rest[1])
        else:
            fact = Fact("lineside", f"tick{at}", CLOCK, START + timedelta(minutes=at), {})
        outcomes.append(session.submit(fact))
    if until is not None:
        outcomes.append(session.advance(START + timedelta(minutes=until)))
    return outcomes


def told(outcomes: list[Outcome]) -> list[tuple[str, float]]:
    """Return (subject, minutes after the start) of each decision that is carried out."""
    return [
        (d.subject_id, (d.time - START) / timedelta(minutes=1))
        for o in outcomes
        for d in o.decisions
        if d.status == "decided"
    ]


def warned(outcomes: list[Outcome]) -> list[str]:
    """Return the codes of all warnings."""
    return [w.code for o in outcomes for w in o.warnings]


def alarm(at: float, machine: str = "m", level: int = 1) -> tuple[Any, ...]:
    """Return an alarm."""
    return (at, "alarm", {"machine_id": machine, "level": level})


def inspection(at: float, order: str = "m", result: str = "fail") -> tuple[Any, ...]:
    """Return an inspection."""
    return (at, "inspection", {"lot_id": f"l{at}", "order_id": order, "result": result})


def machine(at: float, status: str, machine: str = "m") -> tuple[Any, ...]:
    """Return the state of a machine."""
    return (at, "machine", {"machine_id": machine, "status": status})


def flag(at: float, flag: str = "m", op: str = "assert") -> tuple[Any, ...]:
    """Return a flag."""
    return (at, "flag", {"flag_id": flag, "op": op})


REPEAT = """
  - rule: jam
    on_missing: skip
    on: alarm
    if: level > 0
    then:
      - notify: {work_centre: = machine_id, to: maintenance, message: jam}
      - notify: {work_centre: = machine_id, to: planning, message: jam}
    at_most: once per 30 min
"""
