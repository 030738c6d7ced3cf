"""Lineside: `Session.submit` on the native matcher, decisions with their ids, subjects, values and provenance included."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from time import perf_counter

from bench.given import Engine, Given, Measured, envelope
from bench.jobs import charts, failures, orders, pieces
from engine.admission import Admission, decode
from engine.compiler import compile_rules
from engine.decisions import Decision, Fact
from engine.session import Session

VERSION = ""


def _session(files: Mapping[str, str], says: Callable[[Decision], str]) -> Engine:
    session = Session(compile_rules(files))

    def take(given: Sequence[Given]) -> Measured:
        facts = [Fact(one.source, one.id, one.type, one.time, one.data) for one in given]
        submit = session.submit
        begin = perf_counter()
        outcomes = [submit(fact) for fact in facts]
        seconds = perf_counter() - begin
        answers = [
            (fact.id, says(d))
            for fact, outcome in zip(facts, outcomes, strict=True)
            for d in outcome.decisions
        ]
        return Measured(seconds, answers)

    return take


def rules(number: int) -> Engine:
    """Return an engine with single-fact rules."""
    return _session(pieces.rule_files(number), lambda decision: decision.rule)


def join(_: int) -> Engine:
    """Return an engine with a rule that joins."""
    return _session(orders.FILES, lambda decision: decision.subject_id)


def about_windows(job: str) -> Callable[[int], Engine]:
    """Return what makes an engine with a rule about a window."""
    return lambda size: _session(failures.files(failures.LOADS[job][size]), lambda decision: decision.rule)


def charts_of(held: int) -> Engine:
    """Return an engine with rules about what measured values come to."""
    return _session(charts.files(held), lambda decision: decision.rule)


def json(number: int) -> Engine:
    """Return an engine with single-fact rules behind its gate: bytes are decoded, checked against schema and owner, submitted.

    As the service takes them: what comes as most facts do is recognised at once.
    """
    book = compile_rules(pieces.rule_files(number))
    session, admission = Session(book), Admission(book)

    def take(given: Sequence[Given]) -> Measured:
        posted = [envelope(one) for one in given]
        times = [one.time for one in given]
        submit, recognise, admit = session.submit, admission.recognise, admission.admit
        begin = perf_counter()
        outcomes = [
            submit(recognise(raw) or admit(decode(raw), at)) for raw, at in zip(posted, times, strict=True)
        ]
        seconds = perf_counter() - begin
        answers = [
            (one.id, d.rule) for one, outcome in zip(given, outcomes, strict=True) for d in outcome.decisions
        ]
        return Measured(seconds, answers)

    return take


JOBS = {
    "rules": rules,
    "json": json,
    "join": join,
    "charts": charts_of,
    **{job: about_windows(job) for job in failures.LOADS},
}
