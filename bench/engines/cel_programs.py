"""common-expression-language: a program for each rule, all of them run on a context made once for each fact."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from time import perf_counter

import cel
import msgspec

from bench.given import Answers, Engine, Given, Measured, envelope
from bench.jobs import pieces

VERSION = version("common-expression-language")


def _programs(number: int) -> list[tuple[str, cel.Program]]:
    return [
        (
            line.name,
            cel.compile(f'kind == "{line.kind}" && part == "{line.part}" && defects > {line.more_than}'),
        )
        for line in pieces.lines(number)
    ]


def rules(number: int) -> Engine:
    """Return an engine with single-fact rules."""
    programs = _programs(number)

    def take(given: Sequence[Given]) -> Measured:
        facts = [(one.id, one.data) for one in given]
        answers: Answers = []
        begin = perf_counter()
        for name, data in facts:
            context = cel.Context(data)
            answers += [(name, rule) for rule, program in programs if program.execute(context)]
        return Measured(perf_counter() - begin, answers)

    return take


def json(number: int) -> Engine:
    """Return an engine with single-fact rules that takes bytes, decoded by msgspec."""
    programs = _programs(number)

    def take(given: Sequence[Given]) -> Measured:
        posted = [envelope(one) for one in given]
        answers: Answers = []
        read = msgspec.json.decode
        begin = perf_counter()
        for raw in posted:
            fact = read(raw)
            context = cel.Context(fact["data"])
            answers += [(fact["id"], rule) for rule, program in programs if program.execute(context)]
        return Measured(perf_counter() - begin, answers)

    return take


JOBS = {"rules": rules, "json": json}
