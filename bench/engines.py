"""The engines under measurement, each behind one function: facts in, seconds and answers out.

An engine is made once for a number of rules and then asked several times. Turning facts into what the engine takes
(Fact values, JSON text) counts where the engine's own interface asks for it on every fact. Answers are (fact id, rule
name), read after the clock has stopped.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any

import msgspec

from bench.job import durable_definition, facts, rule_files

Answers = list[tuple[str, str]]
START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Measured:
    """One stretch of facts through one engine: how long it took, and what it answered."""

    seconds: float
    answers: Answers


Engine = Callable[[int, int], Measured]
"""(number of facts, first id) -> what was measured."""


def lineside(rules: int) -> Engine:
    """Return `Session.submit` on the native matcher: ids, subjects, values and provenance of decisions included."""
    from engine.compiler import compile_rules
    from engine.decisions import Fact
    from engine.session import Session

    session = Session(compile_rules(rule_files(rules)))

    def measure(number: int, first: int) -> Measured:
        given = [
            Fact("mes", name, "piece_checked", START + timedelta(milliseconds=first + n), data)
            for n, (name, _, data) in enumerate(facts(rules, number, first))
        ]
        submit = session.submit
        begin = perf_counter()
        outcomes = [submit(fact) for fact in given]
        seconds = perf_counter() - begin
        answers = [(f.id, d.rule) for f, o in zip(given, outcomes, strict=True) for d in o.decisions]
        return Measured(seconds, answers)

    return measure


def durable_host(rules: int) -> Engine:
    """Return durable-rules as its documentation uses it: `post` with an event, and the rule's function is called.

    `Host()` would start two threads beside; none of what they do is needed here, so this one is made without them.
    """
    from durable.engine import Host, Ruleset

    answers: Answers = []

    def action(name: str) -> Callable[[Any], None]:
        return lambda c: answers.append((c.m.id, name))

    definition = durable_definition(rules)
    for name, rule in definition.items():
        rule["run"] = action(name)
    host = Host.__new__(Host)
    host._ruleset_directory = {"bench": Ruleset("bench", host, definition)}

    def measure(number: int, first: int) -> Measured:
        given = [{"id": name, **data} for name, _, data in facts(rules, number, first)]
        answers.clear()
        post = host.post
        begin = perf_counter()
        for event in given:
            post("bench", event)
        seconds = perf_counter() - begin
        return Measured(seconds, list(answers))

    return measure


def durable_extension(rules: int) -> Engine:
    """Return the C extension of durable-rules alone, without its Python: text in, text out, nothing decided."""
    import durable_rules_engine as extension

    handle = extension.create_ruleset("bench", json.dumps(durable_definition(rules)))

    def measure(number: int, first: int) -> Measured:
        given = [{"id": name, **data} for name, _, data in facts(rules, number, first)]
        encode = msgspec.json.encode
        assert_event, start, complete = (
            extension.assert_event,
            extension.start_action_for_state,
            extension.complete_and_start_action,
        )
        texts: list[str] = []
        begin = perf_counter()
        for event in given:
            _, state = assert_event(handle, encode(event).decode())
            text = start(handle, state)[1]
            while text:
                texts.append(text)
                text = complete(handle, state)
        seconds = perf_counter() - begin
        matches = [match for text in texts for match in json.loads(text).items()]
        return Measured(seconds, [(match["m"]["id"], rule) for rule, match in matches])

    return measure


ENGINES: dict[str, Callable[[int], Engine]] = {
    "lineside": lineside,
    "durable-rules": durable_host,
    "durable extension": durable_extension,
}
