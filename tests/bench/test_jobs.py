"""The jobs: their facts, the answers worked out without an engine, and that engines give those answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from importlib import import_module

import pytest

from bench.given import Given, Measured, Stream, envelope, received
from bench.jobs import charts, failures, orders, pieces
from bench.jobs.failures import Load
from bench.plan import EXTENSION, JOBS, MODULES, OWN, subjects
from bench.worker import Subject, fill, wrong
from engine.admission import Admission, decode
from engine.compiler import compile_rules
from engine.spc import capability

FEW = Load(per_hour=20_000, too_many=3, before=12_000, passing=0.2)


def asked(job: str, engine: str, size: int, stream: Callable[[int, int], Stream] | None = None) -> Subject:
    """Return *engine* with *job* in this process; skip where its package is not installed."""
    try:
        module = import_module(f"bench.engines.{MODULES[engine]}")
    except ImportError as fault:
        pytest.skip(str(fault))
    return Subject(module.JOBS[job], stream or JOBS[job].stream, size)


@pytest.mark.parametrize("rules", [10, 100, 1_000])
def test_every_fact_fits_one_rule(rules: int) -> None:
    """Each fact of the single-fact rules fits the rule it names and no other, and the rules take turns."""
    given, answers = pieces.Stream(rules).stretch(200)
    for one, (name, rule) in zip(given, answers, strict=True):
        data = one.data
        fits = [
            line.name
            for line in pieces.lines(rules)
            if (line.kind, line.part) == (data["kind"], data["part"]) and data["defects"] > line.more_than
        ]
        assert (one.id, fits) == (name, [rule])
    assert len(Counter(rule for _, rule in answers)) > min(rules, 200) // 2


def test_rules_are_as_many_as_asked_for() -> None:
    """The rule documents hold every rule once, however many files they come in."""
    texts = "".join(pieces.rule_files(2_500).values())
    names = [line.removeprefix("  - rule: ") for line in texts.splitlines() if line.startswith("  - rule: ")]
    assert names == [line.name for line in pieces.lines(2_500)]


def test_orders_change_and_are_looked_at() -> None:
    """One step in five changes an order, and an inspection is answered by what its order is at that time."""
    stream = orders.Stream(50)
    status = {one.data["order_id"]: one.data["status"] for one in stream.fill()}
    given, answers = stream.stretch(2_000)
    must = []
    for one in given:
        order = one.data["order_id"]
        if one.type == "made_order":
            status[order] = one.data["status"]
        elif one.data["result"] == "fail" and status[order] == "started":
            must.append((one.id, order))
    assert answers == must
    assert 300 < sum(one.type == "made_order" for one in given) < 500
    assert len({one.at for one in given}) == len(given)


def test_every_machine_has_a_turn_first() -> None:
    """The first facts are the first of every machine; what a machine is told for is as many failures within the hour."""
    stream = failures.Stream(Load(per_hour=10_000, too_many=2, before=failures.MACHINES))
    first = list(stream.fill())
    assert len({one.data["machine"] for one in first}) == failures.MACHINES
    given, answers = stream.stretch(3_000)
    seen = [*first, *given]
    times: dict[str, list[int]] = {}
    must = []
    for one in seen:
        within = [at for at in times.get(one.data["machine"], []) if at > one.at - failures.SPAN]
        times[one.data["machine"]] = [*within, one.at]
        if len(within) == 1 and one.at > first[-1].at:
            must.append((one.id, failures.RULE))
    assert answers == must
    assert answers


@pytest.mark.parametrize(
    ("job", "size"), [("rules", 10), ("rules", 100), ("json", 10), ("join", 100)], ids=str
)
@pytest.mark.parametrize("engine", [name for name in MODULES if name != "Drools"])
def test_engines_answer_the_job(engine: str, job: str, size: int) -> None:
    """Every engine that is asked gives exactly the answers of the job, stretch after stretch."""
    if isinstance(JOBS[job].asked[engine], str):
        pytest.skip("it is not asked")
    subject = asked(job, engine, size)
    for _ in range(3):
        answer = subject.measure(200)
        assert answer["wrong"] is None
        assert answer["answers"] > 0
        assert answer["seconds"] > 0


@pytest.mark.parametrize("engine", [OWN, "CLIPS"])
def test_engines_count_windows(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine with windows tells of the machines that the job says, with full windows."""
    monkeypatch.setitem(failures.LOADS, "windows", {1: FEW})
    subject = asked("windows", engine, 1, lambda _, turn: failures.Stream(FEW, turn))
    answer = subject.measure(2_000)
    assert answer["wrong"] is None
    assert answer["answers"] > 0


def test_charts_are_what_their_windows_come_to() -> None:
    """What must be answered is what every window, made anew of all values after each second, has become."""
    stream = charts.Stream(12)
    facts = [one for one in stream.fill() if one.type == "value_measured"]
    given, answers = stream.stretch(600)
    span = 12 * charts.PROCESSES * charts.SECOND
    told: dict[str, set[str]] = {}
    must: list[tuple[str, str]] = []
    seen = [*facts, *given]
    for number, one in enumerate(seen):
        touched = [seen[number - span // charts.SECOND].data["process"]] if one.at > span else []
        for moment, process in [*((0, p) for p in touched), (1, one.data["process"])]:
            values = [
                v.data["value"]
                for v in seen[max(0, number - span // charts.SECOND) : number + moment]
                if v.data["process"] == process and v.at > one.at - span
            ]
            true = {rule for rule in (charts.CAPABILITY, charts.DRIFT) if holds(rule, values)}
            if one.at > facts[-1].at:
                must += [(one.id, rule) for rule in sorted(true - told.get(process, set()))]
            told[process] = true
    assert answers == must
    assert len(answers) > 5


def holds(rule: str, values: list[int]) -> bool:
    """Return whether a rule about a chart is true of the values in its window."""
    if rule == charts.DRIFT:
        last = values[-9:]
        return len(last) == 9 and (min(last) > 100 or max(last) < 100)
    found = capability.within(values) if len(values) >= 10 else None
    return found is not None and found.actual(85, 115) < Decimal("1.6")


def test_lineside_answers_charts() -> None:
    """Lineside tells of the processes that the job says, as values come and as they leave."""
    subject = Subject(import_module("bench.engines.lineside").JOBS["charts"], JOBS["charts"].stream, 12)
    answer = subject.measure(1_500)
    assert answer["wrong"] is None
    assert answer["answers"] > 0


def test_a_stretch_anew_begins_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a job says so, every stretch is given to an engine that knows only what was filled in."""
    load = Load(per_hour=10_000, too_many=2, before=100, is_anew=True)
    monkeypatch.setitem(failures.LOADS, "scaling", {1: load})
    made = []

    def stream(_: int, turn: int) -> Stream:
        made.append(turn)
        return failures.Stream(load, turn)

    subject = asked("scaling", OWN, 1, stream)
    assert [subject.measure(50)["wrong"] for _ in range(3)] == [None] * 3
    assert made == [0, 1, 2]
    assert subject.filled.facts == 100


@pytest.mark.parametrize("stream", [pieces.Stream(10), orders.Stream(20)], ids=["pieces", "orders"])
def test_bytes_of_the_jobs_pass_the_gate(stream: Stream) -> None:
    """What peers get as bytes is what Lineside's gate lets in."""
    files = orders.FILES if isinstance(stream, orders.Stream) else pieces.rule_files(10)
    admission = Admission(compile_rules(files))
    given, _ = stream.stretch(50)
    for one in given:
        fact = admission.admit(decode(envelope(one)), one.time)
        assert (fact.id, fact.type, fact.time, fact.data) == (one.id, one.type, one.time, one.data)


def test_filling_notes_what_it_gave() -> None:
    """A filling counts facts and the bytes of their JSON, and gives no text twice."""
    seen: list[Given] = []

    def engine(given: list[Given]) -> Measured:
        seen.extend(given)
        return Measured(1.0, [])

    source = list(orders.Stream(30).fill())
    filled = fill(engine, source)
    assert (filled.facts, filled.json_bytes) == (30, sum(len(envelope(one)) for one in source))
    assert len(filled.resident) == 2
    assert seen == source
    assert all(a.data["item"] is not b.data["item"] for a, b in zip(seen, source, strict=True))
    assert received(source[0]) == source[0]


def test_answers_are_compared_whatever_their_order() -> None:
    """Answers in another order are the same; one that lacks and one that is given twice are told."""
    answers = [("f1", "a"), ("f2", "b")]
    assert wrong(answers[::-1], answers) is None
    assert wrong(answers[:1], answers) == (
        "1 of 2 answers lack, such as ('f2', 'b'), and 0 are too many, such as None"
    )
    assert "1 are too many" in str(wrong([*answers, ("f1", "a")], answers))


@pytest.mark.parametrize("job", JOBS)
def test_the_plan_leaves_no_engine_out_silently(job: str) -> None:
    """A job that is beside peers says of every engine what it is asked, or why it is not; the sizes are Lineside's."""
    plan = JOBS[job]
    assert set(plan.asked) in ({OWN}, set(MODULES))
    for sizes in plan.asked.values():
        assert sizes if isinstance(sizes, str) else set(sizes) <= set(plan.sizes)
    found = list(subjects(job))
    assert len(found) == len(set(found))
    assert {size for name, size in found if name == OWN} == set(plan.sizes)
    assert all(EXTENSION not in plan.peers(size) for size in plan.sizes)


@pytest.mark.parametrize("engine", MODULES)
def test_engines_can_do_what_the_plan_asks(engine: str) -> None:
    """The module of an engine has a function for each job it is asked, and for no other."""
    try:
        module = import_module(f"bench.engines.{MODULES[engine]}")
    except ImportError as fault:
        pytest.skip(str(fault))
    can = {job for job, plan in JOBS.items() if not isinstance(plan.asked.get(engine, ""), str)}
    assert set(module.JOBS) == can
