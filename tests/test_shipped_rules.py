"""The rules, scenarios and examples that ship: they compile, every rule fires in a scenario, and editors find their schemas."""

from __future__ import annotations

import json
import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from engine.admission import Admission
from engine.compiler import compile_rules
from engine.decisions import Fact
from engine.diagnostics import FactRefused
from engine.rulebook import RuleBook
from engine.session import Session
from engine.source import load
from service.cli import main
from service.cli.schema import all_schemas, text_of
from service.shipped import document_kind, rule_files, shipped_files, shipped_folder, yaml_files

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = [ROOT / "rules", ROOT / "fixtures/scenarios", ROOT / "fixtures/production_log"]
FILES = [path for folder in FOLDERS for path in yaml_files(folder)]
FACT_TYPES = {
    "bom", "case", "case_answer", "control_limits", "disposition", "dispositioned", "flow_finding", "hold",
    "inspection_result", "inventory_status", "item", "machine_state", "maintenance_order", "material_lot", "nonconformance",
    "on_shift", "priority_change", "production_confirmation", "production_order", "routing", "shelved", "shelving", "task",
    "work_centre",
}  # fmt: skip
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
DATA: dict[str, dict[str, Any]] = {
    "production_order": {"order_id": "1", "item": "x", "quantity": 1, "status": "released"},
    "production_confirmation": {"order_id": "1", "operation": "10", "quantity_completed": 1},
    "item": {"item": "x"},
    "bom": {"item": "x", "alternative": "1", "components": []},
    "routing": {"routing": "r", "item": "x", "operations": []},
    "work_centre": {"work_centre": "w"},
    "inspection_result": {
        "lot_id": "1",
        "order_id": "1",
        "work_centre": "w",
        "characteristic": "c",
        "result": "pass",
    },
}
"""Data that fits, by fact type."""
FOREIGN = [
    ("production_confirmation", "erp"),
    ("inspection_result", "/erp/plant-1"),
    ("production_order", "mes"),
    ("item", "mes/line-1"),
    ("bom", "/mes/line-1"),
    ("routing", "mes"),
    ("work_centre", "urn:mes:1"),
]
"""Facts of the four flows from a system that does not own the flow."""
MODELINE = re.compile(r"# yaml-language-server: \$schema=(\S+)")


def name_of(path: Path) -> str:
    """Return *path* from the root of the repository, as a test id."""
    return path.relative_to(ROOT).as_posix()


@pytest.fixture(scope="module")
def book() -> RuleBook:
    """Return the rule book of everything that ships."""
    return compile_rules(shipped_files())


def test_shipped_rules_compile_without_a_warning(book: RuleBook) -> None:
    """The shipped rules are an example: not even a warning stands in them."""
    assert [str(warning) for warning in book.warnings] == []
    assert set(book.fact_types) == FACT_TYPES
    assert {flow.name for flow in book.flows} == {
        "production-orders",
        "production-confirmations",
        "master-data",
        "quality-holds",
    }


def test_example_rules_compile_without_a_warning() -> None:
    """The rules of the production log stand on the shipped fact types and have no warning."""
    found = compile_rules(rule_files([ROOT / "fixtures/production_log/rules"]))
    assert [str(warning) for warning in found.warnings] == []
    assert {ruleset.name for ruleset in found.rulesets} == {"machine-shop-rejects"}


def test_check_finds_no_fault_in_what_ships(capsys: pytest.CaptureFixture[str]) -> None:
    """`lineside check --strict` has nothing to say about rules, mapping and scenarios."""
    code = main(["check", "--strict", *map(str, FOLDERS[:1])])
    assert (code, capsys.readouterr().out.count("error[")) == (0, 0)
    for folder in FOLDERS[1:]:
        assert main(["check", "--strict", str(folder)]) == 0, capsys.readouterr().out


@pytest.mark.parametrize("folder", [pytest.param(f, id=name_of(f)) for f in FOLDERS[1:]])
@pytest.mark.parametrize("matcher", ["native", "naive"])
def test_every_rule_fires_in_a_scenario(
    folder: Path, matcher: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every scenario passes, and every shipped rule fires in at least one."""
    code = main(["test", str(folder), "--min-coverage", "100", "--json", "--matcher", matcher])
    report = json.loads(capsys.readouterr().out)
    assert [s for s in report["scenarios"] if not s["passed"]] == []
    assert report["coverage"]["never_fired"] == []
    assert code == 0


@pytest.mark.parametrize("path", [pytest.param(p, id=name_of(p)) for p in FILES])
def test_every_file_points_to_its_schema(path: Path) -> None:
    """The first line of every shipped YAML file leads an editor to the schema of its kind."""
    text = path.read_text(encoding="utf-8")
    found = MODELINE.fullmatch(text.splitlines()[0])
    assert found is not None
    schema = (path.parent / found[1]).resolve()
    assert schema == ROOT / "rules/schemas" / f"{document_kind(text)[0]}.json"
    assert schema.is_file()


@pytest.mark.golden
@pytest.mark.parametrize("kind", sorted(all_schemas()))
def test_shipped_schemas_are_current(kind: str) -> None:
    """The schemas in rules/schemas are those the code describes; `make golden` writes them."""
    path = ROOT / "rules/schemas" / f"{kind}.json"
    current = text_of(all_schemas()[kind])
    if os.environ.get("LINESIDE_GOLDEN"):
        path.write_text(current, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == current


def test_no_schema_is_left_over() -> None:
    """Every schema file belongs to a kind of document there is."""
    assert {path.stem for path in (ROOT / "rules/schemas").glob("*.json")} == set(all_schemas())


@pytest.mark.parametrize("path", [pytest.param(p, id=name_of(p)) for p in FILES])
def test_every_file_fits_its_schema(path: Path) -> None:
    """An independent validator of JSON Schema finds each shipped file valid, so editors underline nothing."""
    jsonschema = pytest.importorskip("jsonschema")
    text = path.read_text(encoding="utf-8")
    value = json.loads(json.dumps(load(text, path.name).value, default=float))
    validator = jsonschema.Draft202012Validator(all_schemas()[document_kind(text)[0]])
    assert [error.message for error in validator.iter_errors(value)] == []


@pytest.mark.parametrize(
    "ruleset", [p for p in FILES if document_kind(p.read_text())[0] == "ruleset"], ids=name_of
)
def test_every_rule_set_says_whose_it_is(ruleset: Path) -> None:
    """A rule set names its owner and says what it is for; each rule has a title that is a sentence."""
    text = ruleset.read_text(encoding="utf-8")
    assert re.search(r"^owner: \S", text, re.MULTILINE)
    assert re.search(r"^description: ", text, re.MULTILINE)
    titles = re.findall(r"^ {4}title: (.+)$", text, re.MULTILINE)
    assert len(titles) == len(re.findall(r"^ +- (?:rule|table): ", text, re.MULTILINE))
    assert all(len(title.split()) >= 5 for title in titles)


@pytest.mark.parametrize(
    ("fact_type", "source"), FOREIGN, ids=[f"{fact_type} from {source}" for fact_type, source in FOREIGN]
)
def test_each_flow_is_taken_from_its_owner_only(book: RuleBook, fact_type: str, source: str) -> None:
    """A fact from the system that does not own its flow is refused, at its source, with both systems and the flow named."""
    envelope = {
        "id": "1",
        "source": source,
        "type": fact_type,
        "time": "2026-01-01T00:00:00Z",
        "data": DATA[fact_type],
    }
    with pytest.raises(FactRefused) as refused:
        Admission(book).admit(envelope, BEGIN)
    (fault,) = refused.value.faults
    assert (fault.code, fault.pointer) == ("wrong-owner", "/source")
    assert "flow: " in fault.message


def test_the_story_is_taken_and_decides(book: RuleBook) -> None:
    """The story that `make run` posts is accepted whole and shows every kind of decision."""
    admission = Admission(book, reserved=("lineside",))
    session = Session(book)
    kinds: set[str] = set()
    lines = (ROOT / "fixtures/facts/story.ndjson").read_text(encoding="utf-8").splitlines()
    for line in lines:
        fact: Fact = admission.admit(json.loads(line), BEGIN)
        kinds |= {decision.kind for decision in session.submit(fact).decisions}
    assert kinds == {
        "hold",
        "route",
        "escalate",
        "open_case",
        "ask",
        "reprioritise",
        "release",
        "sign",
        "resolve_case",
    }


def test_of_two_holds_the_one_that_nobody_has_decided_keeps_the_case_open(book: RuleBook) -> None:
    """A concession for one hold by its id releases that one; with the last, the case is resolved."""
    session = Session(book)

    def submit(name: str, fact_type: str, source: str, **data: Any) -> list[str]:
        fact = Fact(source, name, fact_type, BEGIN, data)
        return [f"{d.kind} {d.status}" for d in session.submit(fact).decisions if d.kind != "ask"]

    failed = {**DATA["inspection_result"], "result": "fail"}
    submit("1", "inspection_result", "mes", **failed, severity="major")
    submit("2", "inspection_result", "mes", **failed, severity="critical")
    first, second = (hold.data["hold_id"] for hold in session.holds())
    signed = {"subject_type": "lot", "subject_id": "1", "disposition": "concession", "reason": "fits"}
    signed |= {"decided_by": "Ann", "role": "quality lead"}
    assert submit("3", "disposition", "person", **signed, hold_id=first) == [
        "sign decided",
        "release decided",
    ]
    assert [case.status for case in session.cases()] == ["open"]
    assert submit("4", "disposition", "person", **signed, hold_id=second) == [
        "sign decided",
        "release decided",
        "resolve_case decided",
    ]
    assert [case.status for case in session.cases()] == ["resolved"]


def test_there_is_an_example_of_each_fact_type(book: RuleBook) -> None:
    """An integrator finds one whole fact of every type that can be posted, and each is taken."""
    lines = (ROOT / "fixtures/facts/each_type.ndjson").read_text(encoding="utf-8").splitlines()
    admission = Admission(book, reserved=("lineside",))
    facts = [admission.admit(json.loads(line), BEGIN) for line in lines]
    assert {fact.type for fact in facts} == FACT_TYPES - {
        "case",
        "dispositioned",
        "flow_finding",
        "hold",
        "shelved",
        "task",
    }
    assert {fact.op for fact in facts} == {"assert", "retract"}


def test_the_shipped_folder_is_the_one_in_this_checkout() -> None:
    """In a checkout the shipped rules are those beside the code."""
    assert shipped_folder() == ROOT / "rules"
