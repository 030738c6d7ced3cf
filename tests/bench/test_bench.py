"""The bench asks both engines the same question, gives up on a peer that hangs, and says what it measured."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections import Counter

import pytest

from bench.job import durable_definition, facts, lines, rule_files
from bench.peers import GaveUp, Worker, worker
from bench.report import page, verdicts
from bench.worker import digest, expected

NO_DURABLE = importlib.util.find_spec("durable_rules_engine") is None


@pytest.mark.parametrize("rules", [10, 100, 1_000])
def test_every_fact_fits_one_rule(rules: int) -> None:
    """Each fact of the job fits the rule it names and no other, and the rules take turns."""
    given = list(facts(rules, 200, 0))
    for _, name, data in given:
        fits = [
            line.name
            for line in lines(rules)
            if (line.kind, line.part) == (data["kind"], data["part"]) and data["defects"] > line.more_than
        ]
        assert fits == [name]
    assert len(Counter(name for _, name, _ in given)) > min(rules, 200) // 2


def test_engines_get_the_same_rules() -> None:
    """The rule documents and the durable-rules definition hold the same number of rules under the same names."""
    texts = "".join(rule_files(2_500).values())
    names = {line.removeprefix("  - rule: ") for line in texts.splitlines() if line.startswith("  - rule: ")}
    assert names == set(durable_definition(2_500))


def test_digest_does_not_depend_on_order() -> None:
    """Answers in another order are the same answers; a missing one is not."""
    answers = [(name, rule) for name, rule, _ in facts(10, 50, 0)]
    assert digest(answers[::-1]) == expected(10, 50, 0)
    assert digest(answers[1:]) != expected(10, 50, 0)


@pytest.mark.parametrize(
    "engine",
    [
        "lineside",
        pytest.param(
            "durable-rules", marks=pytest.mark.skipif(NO_DURABLE, reason="durable-rules is not installed")
        ),
        pytest.param(
            "durable extension", marks=pytest.mark.skipif(NO_DURABLE, reason="durable-rules is not installed")
        ),
    ],
)
def test_engines_answer_the_job(engine: str) -> None:
    """Every engine gives exactly the answers of the job, stretch after stretch."""
    with worker(engine, 10) as one:
        one.start(60)
        one.measure(300, 60)
        one.measure(300, 60)
        assert len(one.rates) == 2
        assert all(rate > 0 for rate in one.rates)


@pytest.mark.parametrize(
    ("program", "says"),
    [
        pytest.param("import time; time.sleep(60)", "did not answer within", id="hangs"),
        pytest.param("raise SystemExit(3)", "ended with code 3", id="ends"),
        pytest.param("import os; os.abort()", "ended with code -6", id="crashes"),
    ],
)
def test_a_peer_that_does_not_answer_is_given_up(program: str, says: str) -> None:
    """A peer that hangs, ends or crashes is given up, and the reason is kept for the page."""
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        one = Worker("durable-rules", 10, process)
        with pytest.raises(GaveUp, match=says):
            one.start(1.0)
        assert one.gave_up is not None


def measured(engine: str, rules: int, *rates: float) -> Worker:
    """Return a worker with rates that nobody measured."""
    with subprocess.Popen([sys.executable, "-c", ""], text=True) as process:
        return Worker(engine, rules, process, rates=list(rates))


@pytest.mark.parametrize(
    ("lineside", "durable", "ten", "many", "met"),
    [
        pytest.param(300.0, 100.0, 100.0, 60.0, [True, True], id="just met"),
        pytest.param(299.0, 100.0, 100.0, 59.0, [False, False], id="just missed"),
    ],
)
def test_verdicts(lineside: float, durable: float, ten: float, many: float, met: list[bool]) -> None:
    """The targets are three times durable-rules at 100 rules, and at 10,000 rules 60 % of the rate at 10."""
    workers = [
        measured("lineside", 10, ten),
        measured("lineside", 100, lineside),
        measured("lineside", 10_000, many),
        measured("durable-rules", 100, durable),
    ]
    assert [v.met for v in verdicts(workers)][:2] == met
    assert page(workers, 1, 1).count("missed") == met.count(False) + 2


def test_a_peer_without_rates_meets_nothing() -> None:
    """Where durable-rules could not be measured, the target beside it is not met."""
    found = verdicts([measured("lineside", 100, 1e9), measured("durable-rules", 100)])
    assert not any(v.met for v in found)
