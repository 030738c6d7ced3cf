"""durable-rules as its documentation uses it: `post`, `assert_fact`, `retract_fact`, and a function for each rule.

`Host()` would start two threads beside; none of what they do is needed here, so this one is made without them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.metadata import version
from time import perf_counter
from typing import Any

import msgspec
from durable.engine import Host, MessageNotHandledException, Ruleset

from bench.given import Answers, Engine, Given, Measured, envelope
from bench.jobs import pieces

VERSION = version("durable-rules")
NAME = "bench"

JOIN = {
    "all": [
        {"piece": {"$and": [{"type": "looked_at"}, {"result": "fail"}]}},
        {
            "order": {
                "$and": [{"type": "made_order"}, {"status": "started"}, {"order_id": {"piece": "order_id"}}]
            }
        },
    ]
}


def single_fact_rules(rules: int) -> dict[str, Any]:
    """Return the single-fact rules as a definition: the same three tests on the same fields."""
    return {
        line.name: {
            "all": [
                {
                    "m": {
                        "$and": [
                            {"kind": line.kind},
                            {"part": line.part},
                            {"$gt": {"defects": line.more_than}},
                        ]
                    }
                }
            ]
        }
        for line in pieces.lines(rules)
    }


def _host(definition: dict[str, Any], runs: Callable[[str], Callable[[Any], None]]) -> Any:
    for name, rule in definition.items():
        rule["run"] = runs(name)
    host = Host.__new__(Host)
    host._ruleset_directory = {NAME: Ruleset(NAME, host, definition)}
    return host


def rules(number: int) -> Engine:
    """Return an engine with single-fact rules."""
    answers: Answers = []
    host = _host(single_fact_rules(number), lambda name: lambda c: answers.append((c.m.id, name)))

    def take(given: Sequence[Given]) -> Measured:
        events = [{"id": one.id, **one.data} for one in given]
        answers.clear()
        post = host.post
        begin = perf_counter()
        for event in events:
            post(NAME, event)
        return Measured(perf_counter() - begin, list(answers))

    return take


def json(number: int) -> Engine:
    """Return an engine with single-fact rules that takes bytes, decoded by msgspec."""
    answers: Answers = []
    host = _host(single_fact_rules(number), lambda name: lambda c: answers.append((c.m.id, name)))

    def take(given: Sequence[Given]) -> Measured:
        posted = [envelope(one) for one in given]
        answers.clear()
        post, read = host.post, msgspec.json.decode
        begin = perf_counter()
        for raw in posted:
            fact = read(raw)
            post(NAME, {"id": fact["id"], **fact["data"]})
        return Measured(perf_counter() - begin, list(answers))

    return take


def join(_: int) -> Engine:
    """Return an engine with a rule that joins.

    An event that fits nothing stays for ever and would fit later, so an inspection is a fact that is retracted at once.
    A change to an order is a retraction of what it was; a fact that no pattern fits is answered with an exception.
    """
    answers: Answers = []
    host = _host({"failed": JOIN}, lambda _: lambda c: answers.append((c.piece.id, c.order.order_id)))
    orders: dict[str, dict[str, Any]] = {}

    def say(tell: Callable[[str, dict[str, Any]], None], fact: dict[str, Any]) -> None:
        try:  # noqa: SIM105 - a context manager would cost the peer time
            tell(NAME, fact)
        except MessageNotHandledException:
            pass

    def take(given: Sequence[Given]) -> Measured:
        facts = [(one.type, {"id": one.id, "type": one.type, **one.data}) for one in given]
        answers.clear()
        put, withdraw = host.assert_fact, host.retract_fact
        begin = perf_counter()
        for type_, fact in facts:
            if type_ == "looked_at":
                say(put, fact)
                say(withdraw, fact)
                continue
            before = orders.get(fact["order_id"])
            if before is not None:
                say(withdraw, before)
            orders[fact["order_id"]] = fact
            say(put, fact)
        return Measured(perf_counter() - begin, list(answers))

    return take


JOBS = {"rules": rules, "json": json, "join": join}
