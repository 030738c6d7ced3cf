"""rule-engine: a rule for each rule, all of them asked about each fact."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from time import perf_counter

import msgspec
import rule_engine

from bench.given import Answers, Engine, Given, Measured, envelope
from bench.jobs import pieces

VERSION = version("rule-engine")


def _rules(number: int) -> list[tuple[str, rule_engine.Rule]]:
    return [
        (
            line.name,
            rule_engine.Rule(
                f'kind == "{line.kind}" and part == "{line.part}" and defects > {line.more_than}'
            ),
        )
        for line in pieces.lines(number)
    ]


def rules(number: int) -> Engine:
    """Return an engine with single-fact rules."""
    made = _rules(number)

    def take(given: Sequence[Given]) -> Measured:
        facts = [(one.id, one.data) for one in given]
        answers: Answers = []
        begin = perf_counter()
        for name, data in facts:
            answers += [(name, rule) for rule, one in made if one.matches(data)]
        return Measured(perf_counter() - begin, answers)

    return take


def json(number: int) -> Engine:
    """Return an engine with single-fact rules that takes bytes, decoded by msgspec."""
    made = _rules(number)

    def take(given: Sequence[Given]) -> Measured:
        posted = [envelope(one) for one in given]
        answers: Answers = []
        read = msgspec.json.decode
        begin = perf_counter()
        for raw in posted:
            fact = read(raw)
            data = fact["data"]
            answers += [(fact["id"], rule) for rule, one in made if one.matches(data)]
        return Measured(perf_counter() - begin, answers)

    return take


JOBS = {"rules": rules, "json": json}
