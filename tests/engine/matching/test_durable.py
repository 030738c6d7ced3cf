"""The matcher on durable-rules against the other two, and its use of the library against what the library bears.

Without the extension only what is refused is tested; `make test` compiles it.
"""

from __future__ import annotations

import importlib.util
import random
import re
import subprocess
import sys
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from engine.compiler import compile_rules
from engine.decisions import Fact
from engine.diagnostics import RulesRejected
from engine.matching import ExtensionMissing, ensure_installed, unsupported
from engine.matching.durable import network, shapes
from engine.matching.durable.network import ASKED, CELLS, Found, Name, Network, Slots
from engine.scenario import parse_scenario, run_scenario
from engine.session import Session
from service.cli import main
from service.cli.inputs import rules_of
from service.pipeline import engine_doors
from service.settings import StartRefused
from service.shipped import rule_files
from tests.engine import test_session_lasting as lasting
from tests.engine.books import Facts, book

ROOT = Path(__file__).parents[3]
SCENARIOS = sorted((ROOT / "fixtures" / "scenarios").rglob("*.yaml"))
needs_extension = pytest.mark.skipif(
    importlib.util.find_spec("durable_rules_engine") is None, reason="durable-rules is not installed"
)


@needs_extension
@settings(max_examples=60, deadline=None, derandomize=True)
@given(steps=lasting.histories(), cuts=st.frozensets(st.integers(0, 25), max_size=4))
def test_three_matchers_agree_on_what_lasts(steps: list[Fact | float], cuts: frozenset[int]) -> None:
    """Conditions that must last fall due at the same times, late facts and clock advances included."""
    expected = lasting.play(steps, "naive")
    assert lasting.play(steps, "native") == expected
    assert lasting.play(steps, "durable") == expected
    assert lasting.play(steps, "durable", cuts) == expected


@needs_extension
@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_every_scenario_passes(path: Path) -> None:
    """The shipped rules are within what the matcher runs, and decide under it what their scenarios expect."""
    scenario, faults = parse_scenario(path.read_text(encoding="utf-8"), str(path))
    assert scenario is not None, faults
    rulebook = compile_rules(rule_files(rules_of(scenario)))
    results = [run_scenario(scenario, rulebook, matcher) for matcher in ("native", "naive", "durable")]
    assert [result.failures for result in results] == [(), (), ()]
    assert results[0] == results[1] == results[2]


SAME_LINE = """
  - rule: two-on-a-line
    when:
      - one: order
      - two: order
        where: line = one.line
    then: {notify: {order: = one.order_id, to: "{two.order_id}", message: together}}
"""


@needs_extension
def test_a_fact_is_its_own_partner() -> None:
    """Two patterns may be bound by one fact, as in the other matchers; the library alone pairs distinct ones."""
    make = Facts()
    told = {}
    for matcher in ("naive", "durable"):
        session = Session(book(SAME_LINE), matcher)
        told[matcher] = [
            sorted((d.subject_id, d.values["to"]) for d in session.submit(fact).decisions)
            for fact in (
                make("order", order_id="a", item="x", status="released", line="l1"),
                make("order", order_id="b", item="x", status="released", line="l1"),
            )
        ]
    assert told["durable"] == [[("a", "a")], [("a", "b"), ("b", "a"), ("b", "b")]] == told["naive"]


def brute_force(pairs: list[bool], name: Name, token: Slots, others: dict[Name, Slots]) -> list[Found]:
    """Return what *token* completes, by looking at every other one."""
    found: list[Found] = []
    for cell, pair in enumerate(pairs):
        left, right = 2 * cell, 2 * cell + 1
        if not pair:
            found += [(cell, name, name)] if left in token else []
            continue
        for other, one in {**others, name: token}.items():
            if left in token and one.get(right) == token[left]:
                found.append((cell, name, other))
            if right in token and other != name and one.get(left) == token[right]:
                found.append((cell, other, name))
    return sorted(found)


def drawn(chance: random.Random, pairs: list[bool]) -> dict[int, int]:
    """Return a token on one or all cells, under small or large values."""
    slots: dict[int, int] = {}
    for cell in chance.sample(range(len(pairs)), chance.choice([1, 2, 3, len(pairs)])):
        value = chance.choice([chance.randrange(6), -(2**61) + chance.randrange(3)])
        side = chance.randrange(3) if pairs[cell] else 0
        if side != 1:
            slots[2 * cell] = value
        if side != 0:
            slots[2 * cell + 1] = chance.choice([value, chance.randrange(6)])
    return slots


@needs_extension
@pytest.mark.parametrize("worn", [(500, 20_000), (5, 300)], ids=["seldom made anew", "often made anew"])
def test_the_network_finds_what_trying_all_finds(
    monkeypatch: pytest.MonkeyPatch, worn: tuple[int, int]
) -> None:
    """However tokens come, go and come again, and whenever the rule set is made anew, each finds exactly its partners."""
    monkeypatch.setattr(network, "SPARE", worn[0])
    monkeypatch.setattr(network, "WORN", worn[1])
    chance = random.Random(4)
    pairs = [chance.random() < 0.8 for _ in range(CELLS)]
    tried, live = Network(pairs), dict[Name, Slots]()
    for number in range(3_000):
        token = drawn(chance, pairs)
        name: Name = ("s", (number % 90,))
        if chance.random() < 0.4:
            assert sorted(tried.ask(token)) == brute_force(pairs, ASKED, token, live)
            continue
        if name in live:
            tried.drop(name)
            del live[name]
        if len(live) < 50 and chance.random() < 0.8:
            assert sorted(tried.put(name, token)) == brute_force(pairs, name, token, live)
            live[name] = token


@needs_extension
def test_ids_that_hash_alike_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library takes an id for one it has where 32 bits of a hash agree; such a token gets another id."""
    tried = Network([True])
    tried.put(("s", (1,)), {0: 7})
    monkeypatch.setattr(tried, "_number", 0)  # the next id is that of the first token
    assert tried.put(("s", (2,)), {1: 7}) == [(0, ("s", (1,)), ("s", (2,)))]
    assert tried.ask({1: 7}) == [(0, ("s", (1,)), ASKED)]


GROWTH = """
import sys
from tests.engine.books import Facts, book
from engine.session import Session

RULES = '''
  - rule: joined
    when:
      - e: inspection
      - o: order
        where: order_id = e.order_id
      - none: flag
        where: flag_id = e.lot_id
    then: {notify: {lot: = e.lot_id, to: quality, message: x}}
'''


def pages():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096


make, session, sizes = Facts(), Session(book(RULES), "durable"), []
for number in range(40_000):
    if number % 3:
        fact = make("inspection", at=number, lot_id=f"l{number}", order_id=f"o{number % 50}", result="fail")
    else:
        fact = make("order", at=number, order_id=f"o{number % 50}", item="x", status="released")
    session.submit(fact)
    if number in (20_000, 39_999):
        sizes.append(pages())
for _ in range(200):
    session = Session(book(RULES), "durable")
    session.submit(make("order", order_id="o", item="x", status="released"))
sizes.append(pages())
print(*sizes)
"""


@needs_extension
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc")
def test_memory_stays_and_the_process_ends() -> None:
    """20,000 facts more, or 200 sessions that came and went, take no memory; a process with open sessions ends by itself."""
    done = subprocess.run(
        [sys.executable, "-c", GROWTH], cwd=ROOT, capture_output=True, text=True, timeout=100, check=True
    )
    half, all_facts, sessions = map(int, done.stdout.split())
    assert all_facts - half < 3_000_000
    assert sessions - all_facts < 12_000_000


LOOSE = """
  - rule: loose
    when:
      - e: inspection
      - {pattern}
    then: {{notify: {{lot: = e.lot_id, to: quality, message: x}}}}
"""


@pytest.mark.parametrize(
    ("pattern", "codes"),
    [
        pytest.param("o: order\n        where: order_id = e.order_id", [], id="an equality"),
        pytest.param(
            "none: order\n        where: order_id = e.order_id and quantity > 3", [], id="none, and more"
        ),
        pytest.param("o: order\n        where: quantity > e.defects", ["durable-join"], id="no equality"),
        pytest.param("o: order", ["durable-join"], id="no condition"),
        pytest.param('none: order\n        where: status = "released"', ["durable-join"], id="none at all"),
        pytest.param(
            "o: order\n        where: order_id = e.order_id\n      - m: machine\n        where: line = o.line",
            [],
            id="three in a chain",
        ),
        pytest.param(
            "o: order\n        where: order_id = e.order_id\n      - m: machine", ["durable-join"], id="a loose third"
        ),
    ],
)  # fmt: skip
def test_what_is_refused_is_known_before_anything_runs(pattern: str, codes: list[str]) -> None:
    """A pattern that no equality ties to another is refused at its place; no session is begun with it."""
    rulebook = book(LOOSE.format(pattern=pattern))
    faults = unsupported(rulebook)
    assert [fault.code for fault in faults] == codes
    for fault in faults:
        assert fault.span.file == "rules/test.yaml"
        assert fault.span.line > 1
        with pytest.raises(RulesRejected):
            Session(rulebook, "durable")


def test_a_rule_book_beyond_its_size_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is a most that the extension is given, whatever the rules are."""
    monkeypatch.setattr(shapes, "MOST_CELLS", 3)
    single = "  - rule: r{0}\n    on: inspection\n    then: {{route: {{lot: = lot_id, to: mrb}}}}\n"
    three = "".join(single.format(n) for n in range(3))
    assert unsupported(book(three)) == ()
    assert [fault.code for fault in unsupported(book(three + single.format(3)))] == ["durable-size"]


def test_without_the_extension_the_matcher_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asking for it where it is not installed is an error with the remedy, in a session and at the service's start."""
    monkeypatch.setitem(sys.modules, "durable_rules_engine", None)
    with pytest.raises(ExtensionMissing, match=re.escape("lineside[durable]")):
        ensure_installed("durable")
    with pytest.raises(ExtensionMissing):
        Session(book(SAME_LINE), "durable")
    with pytest.raises(StartRefused, match=re.escape("lineside[durable]")):
        engine_doors("durable")
    ensure_installed("native")


def test_the_command_says_what_it_cannot_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--matcher durable` ends with the place of what is refused, and with how to install it where it is not there."""
    rule = """\
  - rule: loose
    title: Any failure, and any order
    when:
      - i: inspection_result
      - o: production_order
    then: {notify: {lot: = i.lot_id, to: quality, message: x}}
"""
    file = tmp_path / "loose.yaml"
    file.write_text("ruleset: loose\ntitle: Loose\nowner: quality\nrules:\n" + rule, encoding="utf-8")
    log = tmp_path / "facts.ndjson"
    log.write_text("", encoding="utf-8")
    arguments = ["replay", "--rules", str(file), "--matcher", "durable", str(log)]
    monkeypatch.setitem(sys.modules, "durable_rules_engine", object())
    assert main(arguments) == 1
    assert "loose.yaml:9:9: error[durable-join]" in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "durable_rules_engine", None)
    assert main(arguments) == 2
    assert "lineside[durable]" in capsys.readouterr().err
