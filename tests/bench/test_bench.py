"""The bench gives up on a peer that hangs or is wrong, ends where Lineside is wrong, and says what it measured."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench import workers
from bench.__main__ import main
from bench.figures import Figures, fastest, find, ratio
from bench.jobs_page import SECTIONS
from bench.plan import JOBS, MODULES, OWN, TAKE_JSON, subjects
from bench.report import page, verdicts
from bench.rounds import run
from bench.workers import GaveUp, Worker, worker


@pytest.mark.parametrize("job", ["rules", "json"])
def test_a_worker_answers(job: str) -> None:
    """A process of its own takes the rules in, warms, and gives a rate for each stretch."""
    with worker(OWN, job, 10) as one:
        one.start(60)
        one.warm(300, 60)
        one.measure(60)
        one.measure(60)
    assert one.figures.made_in_seconds > 0
    assert len(one.figures.rates) == 2
    assert all(rate > 0 for rate in one.figures.rates)
    assert 1 <= one.number <= 300


def test_a_peer_that_is_not_there_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a package is not installed, that is the reason for which the peer is left out."""
    monkeypatch.setattr(workers, "PEERS", Path("nowhere"))
    with worker("CLIPS", "rules", 10) as one, pytest.raises(GaveUp, match="No module named 'clips'"):
        one.start(60)
    assert one.figures.gave_up == "No module named 'clips'"


def test_a_worker_that_fails_says_how() -> None:
    """What an engine cannot do ends its process with the reason."""
    with worker(OWN, "scaling", -1) as one, pytest.raises(GaveUp, match="KeyError: -1"):
        one.start(60)


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
        one = Worker(Figures("durable-rules", "rules", 10), process)
        with pytest.raises(GaveUp, match=says):
            one.start(1.0)
        assert one.figures.gave_up is not None


@pytest.mark.parametrize(
    ("engine", "ends"),
    [pytest.param(OWN, SystemExit, id="lineside"), pytest.param("CLIPS", GaveUp, id="a peer")],
)
def test_wrong_answers(engine: str, ends: type[BaseException]) -> None:
    """A wrong answer of Lineside's ends the bench, one of a peer's has it left out without a rate."""
    answer = json.dumps({"seconds": 1.0, "answers": 1, "wrong": "1 of 2 answers lack", "resident": 0})
    program = f"import sys\nfor line in sys.stdin: print({answer!r}, flush=True)"
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        one = Worker(Figures(engine, "rules", 10, rates=[1.0]), process, number=5)
        with pytest.raises(ends, match="1 of 2 answers lack"):
            one.measure(10)
        process.kill()
    assert one.figures.rates == ([1.0] if engine == OWN else [])


def measured() -> list[Figures]:
    """Return figures that nobody measured, for everything that is asked: Lineside just meets what it must."""
    found = []
    for job in JOBS:
        for engine, size in subjects(job):
            one = Figures(engine, job, size, "1.2", made_in_seconds=0.25, rates=[100.0, 100.0])
            if engine == OWN:
                one.rates = [500.0, 500.0]
            if job in ("join", "scaling", "filled"):
                one.filled, one.json_bytes, one.resident = (
                    size,
                    200 * size,
                    [10**6, 10**6 + 1_700 * size] * 12,
                )
            found.append(one)
    return found


def test_targets_just_met() -> None:
    """The targets are those of the page: five times the fastest peer, three from JSON, 1.5 kB for each fact."""
    made = verdicts(measured())
    assert [v.text for v in made if not v.met] == [
        "A condition over the fastest peer, on the shipped fact",
        "Cost of a fact at a table of 10,000 rows over one of 10",
    ]
    assert len([v for v in made if v.target == 5.0]) == 5


@pytest.mark.parametrize(
    ("engine", "job", "size", "rate", "missed"),
    [
        pytest.param("CLIPS", "rules", 1_000, 101.0, "Single-fact rules, 1,000 rules", id="rules"),
        pytest.param("ZEN", "json", 10, 170.0, "From JSON bytes to decisions, 10 rules", id="json"),
        pytest.param("CEL", "json", 100, 170.0, "From JSON bytes to decisions, 100 rules", id="decoded json"),
        pytest.param("Drools", "join", 100_000, 101.0, "A join with live facts, 100,000", id="join"),
        pytest.param(OWN, "rules", 10_000, 340.0, "Lineside at 10,000 rules", id="many rules"),
        pytest.param(OWN, "scaling", 1_000_000, 380.0, "Cost of a fact after 1,000,000", id="scaling"),
        pytest.param(OWN, "filled", 1_000_000, 380.0, "Cost of a fact in windows", id="filled"),
        pytest.param("durable extension", "rules", 10, 9_000.0, None, id="no peer"),
    ],
)
def test_targets_missed(engine: str, job: str, size: int, rate: float, missed: str | None) -> None:
    """A rate that is a little worse has its target missed; that of the extension, which decides nothing, has none missed."""
    found = measured()
    before = [v.text for v in verdicts(found) if not v.met]
    one = find(found, engine, job, size)
    assert one is not None
    one.rates = [rate, rate]
    after = [v.text for v in verdicts(found) if not v.met and v.text not in before]
    assert any(text.startswith(missed) for text in after) if missed else after == []


def test_peers_that_take_json_have_a_target_and_the_others_another() -> None:
    """A decoded peer that is faster than any that takes JSON hides nothing, and is hidden by nothing."""
    found = measured()
    for engine, rate in (("ZEN", 160.0), ("Drools", 150.0), ("CEL", 250.0)):
        one = find(found, engine, "json", 10)
        assert one is not None
        one.rates = [rate, rate]
    rows = [line for line in page(found, 2).splitlines() if line.startswith("| From JSON")]
    said = "| From JSON bytes to decisions, {} rules: Lineside over the fastest peer that {} | at least 3.00 | {} |"
    assert rows == [
        said.format(10, "takes JSON (ZEN)", "3.12 | met"),
        said.format(100, "takes JSON (Drools)", "5.00 | met"),
        said.format(10, "msgspec decodes for (CEL)", "2.00 | **missed**"),
        said.format(100, "msgspec decodes for (durable-rules)", "5.00 | met"),
    ]


@pytest.mark.parametrize("engine", [name for name in JOBS["json"].peers(10) if name != OWN])
def test_what_msgspec_decodes_for_is_known(engine: str) -> None:
    """The peers that are said to take JSON are those whose module decodes nothing before it asks them."""
    source = Path(workers.__file__).with_name("engines") / f"{MODULES[engine]}.py"
    assert ("msgspec.json.decode" in source.read_text(encoding="utf-8")) is (engine not in TAKE_JSON)


def test_memory_beyond_the_limit_is_missed() -> None:
    """Two bytes more for each live fact than are allowed are too many."""
    found = measured()
    one = find(found, OWN, "join", 100_000)
    assert one is not None
    assert one.beyond_json == 1_500
    one.resident[1] += 2 * one.filled
    assert [v.measured for v in verdicts(found) if not v.met and v.text.startswith("Bytes")] == [1_502.0]


def test_memory_that_grows_is_missed() -> None:
    """A process that takes a quarter more after 1,000,000 facts than after 100,000 does not keep its memory."""
    found = measured()
    one = find(found, OWN, "scaling", 1_000_000)
    assert one is not None
    one.resident[1], one.resident[10] = 1_000, 1_250
    assert [v.measured for v in verdicts(found) if not v.met and v.text.startswith("Memory")] == [1.25]


def test_without_rates_nothing_is_met() -> None:
    """Where a peer or Lineside could not be measured, no target is met, and the page says so."""
    found = [Figures(OWN, "rules", 10), Figures("CLIPS", "rules", 10, rates=[1.0])]
    assert not any(v.met for v in verdicts(found))
    assert ratio(found[0], found[1]) == 0.0
    assert fastest(found, "rules", 10, ["Drools"]) is None
    assert page(found, 1).count("| not measured | **missed** |") == len(verdicts(found))


def test_the_page() -> None:
    """The page has every part, a row for each engine and size, and the reason for each that is not there."""
    found = measured()
    one = find(found, "Drools", "join", 100_000)
    assert one is not None
    one.gave_up, one.rates = "there is no Java", []
    text = page(found, 2)
    assert [line for line in text.splitlines() if line.startswith("## ")] == [
        "## Targets",
        "## Single-fact rules",
        "## Loading",
        *(f"## {told.title}" for job, told in SECTIONS.items() if job != "rules"),
        "## One condition",
        "## A decision table",
    ]
    assert "| CLIPS 1.2 | 10,000 | 100 (100 to 100) | 5.00 |" in text
    assert "| durable-rules | 1,000 | not asked |  |" in text
    assert "| Drools 1.2 | 100,000 | left out: there is no Java |  |" in text
    assert "| ZEN | | not asked: keeps no facts between calls |  |" in text
    assert "| Lineside 1.2 | 170 MB | 200 bytes | 1.50 kB |" in text
    assert "Memory of that process: " in text


def test_a_job_runs_in_rounds(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that can be asked has a rate for each round, and what cannot has a reason."""
    monkeypatch.setattr("bench.rounds.subjects", lambda _: [(OWN, 10), ("durable-rules", 10)])
    own, peer = run("rules", 2, 50)
    assert len(own.rates) == 2
    assert len(peer.rates) == 2 or peer.gave_up
    assert "rules: round 2 of 2" in capsys.readouterr().err


def test_one_part_alone_is_printed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """--only measures one part, prints it, and leaves the page as it is."""
    monkeypatch.setattr("bench.rounds.subjects", lambda _: [(OWN, 10)])
    page_file = tmp_path / "benchmarks.md"
    arguments = ["bench", "--only", "rules", "--rounds", "1", "--facts", "50", "--out", str(page_file)]
    monkeypatch.setattr(sys, "argv", arguments)
    assert main() == 0
    assert capsys.readouterr().out.startswith("## Single-fact rules")
    assert not page_file.exists()
