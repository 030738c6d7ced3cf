"""Drools, through drools_jpy: conditions as the JSON that Ansible's rulebooks become, facts and events as JSON text.

`assert_event` rather than `post`, which has the virtual machine collect its garbage after every thousand events. The
machine is started when this is imported; it is found beside the `java` of the path where JAVA_HOME does not say.
"""

from __future__ import annotations

import json as text
import os
import shutil
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import Any

from bench.given import Answers, Engine, Given, Measured, envelope
from bench.jobs import pieces

JAVA = shutil.which("java")
if JAVA is None and "JAVA_HOME" not in os.environ:
    raise ImportError("there is no Java")
os.environ.setdefault("JAVA_HOME", str(Path(JAVA or "").resolve().parent.parent))
os.environ.setdefault("DROOLS_JPY_JVM_MAXMEM", "2G")  # its 512 MB do not hold 100,000 facts

from drools import ruleset  # noqa: E402 - reads the environment
from drools.rule import Rule  # noqa: E402

VERSION = version("drools_jpy")
NAME = "bench"
ruleset.RulesetCollection.create_engine()

Condition = dict[str, Any]


def _equal(field: str, value: Condition) -> Condition:
    return {"EqualsExpression": {"lhs": {"Event": field}, "rhs": value}}


def _all_of(first: Condition, *more: Condition) -> Condition:
    for one in more:
        first = {"AndExpression": {"lhs": first, "rhs": one}}
    return first


def _text(value: str) -> Condition:
    return {"String": value}


JOIN: Condition = {
    "AllCondition": [
        {
            "AssignmentExpression": {
                "lhs": {"Events": "piece"},
                "rhs": _all_of(_equal("type", _text("looked_at")), _equal("result", _text("fail"))),
            }
        },
        {
            "AssignmentExpression": {
                "lhs": {"Events": "order"},
                "rhs": _all_of(
                    _equal("status", _text("started")), _equal("order_id", {"Events": "piece.order_id"})
                ),
            }
        },
    ]
}


def _start(conditions: dict[str, Condition], runs: Callable[[str], Callable[[Any], None]]) -> None:
    """Start the session of the rule set NAME."""
    rules = [
        {"Rule": {"name": name, "enabled": True, "condition": condition, "actions": []}}
        for name, condition in conditions.items()
    ]
    started = ruleset.Ruleset(
        NAME, text.dumps({"name": NAME, "hosts": ["all"], "sources": [], "rules": rules})
    )
    for name in conditions:
        started.add_rule(Rule(name, runs(name)))


def _single_fact_rules(number: int, prefix: str) -> dict[str, Condition]:
    """Return the conditions; they read fields that stand under *prefix*."""
    return {
        line.name: {
            "AllCondition": [
                _all_of(
                    _equal(f"{prefix}kind", _text(line.kind)),
                    _equal(f"{prefix}part", _text(line.part)),
                    {
                        "GreaterThanExpression": {
                            "lhs": {"Event": f"{prefix}defects"},
                            "rhs": {"Integer": line.more_than},
                        }
                    },
                )
            ]
        }
        for line in pieces.lines(number)
    }


def rules(number: int) -> Engine:
    """Return an engine with single-fact rules."""
    answers: Answers = []
    conditions = _single_fact_rules(number, "")
    _start(conditions, lambda name: lambda found: answers.append((found.data["m"]["id"], name)))

    def take(given: Sequence[Given]) -> Measured:
        events = [{"id": one.id, **one.data} for one in given]
        answers.clear()
        assert_event, write = ruleset.assert_event, text.dumps
        begin = perf_counter()
        for event in events:
            assert_event(NAME, write(event))
        return Measured(perf_counter() - begin, list(answers))

    return take


def json(number: int) -> Engine:
    """Return an engine with single-fact rules that reads the bytes itself."""
    answers: Answers = []
    conditions = _single_fact_rules(number, "data.")
    _start(conditions, lambda name: lambda found: answers.append((found.data["m"]["id"], name)))

    def take(given: Sequence[Given]) -> Measured:
        posted = [envelope(one) for one in given]
        answers.clear()
        assert_event = ruleset.assert_event
        begin = perf_counter()
        for raw in posted:
            assert_event(NAME, raw.decode())
        return Measured(perf_counter() - begin, list(answers))

    return take


def join(_: int) -> Engine:
    """Return an engine with a rule that joins.

    An event that fits nothing would stay for hours and fit later, so an inspection is a fact that is retracted at once. A
    change to an order is a retraction of what it was.
    """
    answers: Answers = []
    _start(
        {"failed": JOIN},
        lambda _: lambda found: answers.append((found.data["piece"]["id"], found.data["order"]["order_id"])),
    )
    orders: dict[str, str] = {}

    def take(given: Sequence[Given]) -> Measured:
        facts = [(one.type, {"id": one.id, "type": one.type, **one.data}) for one in given]
        answers.clear()
        put, withdraw, write = ruleset.assert_fact, ruleset.retract_fact, text.dumps
        begin = perf_counter()
        for type_, fact in facts:
            said = write(fact)
            if type_ == "looked_at":
                put(NAME, said)
                withdraw(NAME, said)
                continue
            before = orders.get(fact["order_id"])
            if before is not None:
                withdraw(NAME, before)
            orders[fact["order_id"]] = said
            put(NAME, said)
        return Measured(perf_counter() - begin, list(answers))

    return take


JOBS = {"rules": rules, "json": json, "join": join}
