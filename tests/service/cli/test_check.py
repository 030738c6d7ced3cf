"""`lineside check`: diagnostics with places, counts, JSON, and what a folder inherits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from service.cli import main
from service.shipped import document_kind, rule_files, shipped_files, with_shipped

FACT = """\
fact: oven_reading
kind: event
owner: mes
key: [lot_id]
data: {type: object, required: [lot_id, celsius], properties: {lot_id: {type: string}, celsius: {type: number}}}
"""
RULES = """\
ruleset: ovens
title: Ovens
owner: quality
rules:
  - rule: hot
    title: A hot lot is held
    on: oven_reading
    if: celsius > 880
    then: {hold: {lot: = lot_id, reason: too hot, expires: 30 days}}
"""
WRONG = RULES.replace("celsius > 880", "celcius > 880").replace("hold:", "hald:")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder of two sound files."""
    (tmp_path / "oven_reading.yaml").write_text(FACT)
    (tmp_path / "ovens.yaml").write_text(RULES)
    return tmp_path


def test_a_sound_folder(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder of one fact type and one rule stands on the shipped ones and has no fault."""
    assert main(["check", "--strict", str(folder)]) == 0
    assert (
        capsys.readouterr().out
        == f"1 rule, {len(shipped_files(('fact',))) + 1} fact types, 0 errors, 0 warnings\n"
    )


def test_every_fault_at_once(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All faults of a file are printed, each with file, line, column, code and fix, and the command ends with 1."""
    path = folder / "ovens.yaml"
    path.write_text(WRONG)
    assert main(["check", str(folder)]) == 1
    out = capsys.readouterr().out
    assert f"{path.as_posix()}:8:9: error[" in out
    assert "celsius" in out
    assert f"{path.as_posix()}:9:12: error[" in out
    assert "2 errors" in out


def test_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--json prints one object with every diagnostic and the counts."""
    (folder / "ovens.yaml").write_text(WRONG)
    assert main(["check", "--json", str(folder)]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["summary"]["errors"] == len(report["diagnostics"]) == 2
    assert set(report["diagnostics"][0]) == {
        "file",
        "line",
        "column",
        "end_line",
        "end_column",
        "severity",
        "code",
        "message",
        "fix",
    }


def test_strict_lets_warnings_fail(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A warning alone is printed and ends with 0; with --strict it ends with 1."""
    (folder / "orders.yaml").write_text(
        "ruleset: orders\ntitle: Orders\nowner: planning\nrules:\n"
        "  - rule: urgent\n    title: An urgent order is told\n    on: production_order\n    if: priority <= 2\n"
        '    then: {notify: {order: = order_id, to: planning, message: "{order_id}"}}\n'
    )
    assert main(["check", str(folder)]) == 0
    assert "warning[" in capsys.readouterr().out
    assert main(["check", "--strict", str(folder)]) == 1


def test_mappings_and_scenarios_are_checked_too(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Mappings and scenarios that lie beside the rules are read as what they are."""
    (folder / "log.yaml").write_text(
        "mapping: m\ncolumns: {a: {type: text}}\ntime: = b\nfacts: [{fact: x, source: mes, data: {a: = a}}]\n"
    )
    (folder / "story.yaml").write_text("scenario: s\nsteps: [{post: {type: x, data: {}}}]\n")
    assert main(["check", str(folder)]) == 1
    out = capsys.readouterr().out
    assert "log.yaml:3:9: error[" in out
    assert "story.yaml:1:11: error[no-expectation]" in out
    assert "1 mapping, 1 scenario" in out


def test_bytes_that_are_not_utf8_are_a_fault(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file in another encoding is a fault with a place, not a traceback."""
    (folder / "latin.yaml").write_bytes("ruleset: größe\n".encode("latin-1"))
    assert main(["check", str(folder)]) == 1
    assert "latin.yaml:1:12: error[not-utf8]: the byte 0xF6 is not UTF-8" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["check", "replay", "test", "serve"])
def test_a_rule_in_another_encoding_runs_nowhere(
    command: str, folder: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    """A condition in Latin-1 would never be true: every command that reads the rule names the byte and its place."""
    (folder / "ovens.yaml").write_bytes(RULES.replace("celsius > 880", 'lot_id = "Ö"').encode("latin-1"))
    beside = tmp_path_factory.mktemp("beside")
    scenario = beside / "story.yaml"
    scenario.write_text(
        f"scenario: s\nrules: {folder.as_posix()}\n"
        "steps: [{post: {type: oven_reading, data: {lot_id: L, celsius: 1}}, expect: {nothing: true}}]\n"
    )
    story = Path(__file__).resolve().parents[3] / "fixtures/facts/story.ndjson"
    options = {
        "check": ["--strict", str(folder)],
        "replay": ["--rules", str(folder), str(story)],
        "test": [str(scenario)],
        "serve": ["--port", "0", "--rules", str(folder), "--database", f"sqlite:///{beside}/x.db"],
    }[command]
    assert main([command, *options]) == 1
    captured = capsys.readouterr()
    assert "ovens.yaml:8:19: error[not-utf8]: the byte 0xD6 is not UTF-8" in captured.out + captured.err


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        pytest.param("fact: x\n", ("fact", "x"), id="plain"),
        pytest.param("# a comment\n\n---\nruleset: a-b # why\n", ("ruleset", "a-b"), id="behind comments"),
        pytest.param('\ufeffscenario: "s"\n', ("scenario", "s"), id="byte order mark and quotes"),
        pytest.param("flows:\n  - flow: x\n", ("flows", ""), id="no value"),
        pytest.param("systems: {}\nflows: []\n", ("flows", "[]"), id="behind another key"),
        pytest.param("title: x\nfact: y\r\nkind: event\n", ("fact", "y"), id="behind a title, CR LF"),
        pytest.param("title: x\n  fact: y\n", ("", ""), id="not at the top"),
        pytest.param("- a\n", ("", ""), id="a list"),
        pytest.param("", ("", ""), id="nothing"),
    ],
)
def test_document_kinds(text: str, kind: tuple[str, str]) -> None:
    """The first key of a document says what it is."""
    assert document_kind(text) == kind


def test_own_documents_take_the_place_of_shipped_ones() -> None:
    """A fact type of the same name and a flows document replace the shipped ones; all others are inherited."""
    shipped = {
        "rules/facts/a.yaml": "fact: a\n",
        "rules/facts/b.yaml": "fact: b\n",
        "rules/flows.yaml": "flows: []\n",
        "rules/r.yaml": "ruleset: r\n",
    }
    assert set(with_shipped({"mine/r.yaml": "ruleset: q\n"}, shipped)) == {
        "mine/r.yaml",
        "<shipped>/facts/a.yaml",
        "<shipped>/facts/b.yaml",
        "<shipped>/flows.yaml",
    }
    assert set(with_shipped({"x.yaml": "fact: b\n", "y.yaml": "flows: []\n"}, shipped)) == {
        "x.yaml",
        "y.yaml",
        "<shipped>/facts/a.yaml",
    }


def test_names_of_rules_do_not_say_where_they_stand(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The same folder of rules has the same names and texts wherever it stands, so the rule book's digest is the same."""
    elsewhere = tmp_path_factory.mktemp("elsewhere") / folder.name
    elsewhere.mkdir()
    for path in folder.iterdir():
        (elsewhere / path.name).write_bytes(path.read_bytes())
    assert rule_files([folder]) == rule_files([elsewhere])
    assert f"{folder.name}/ovens.yaml" in rule_files([folder])


SCANNING = """\
ruleset: scanning
title: Scanning
owner: quality
parameters: {limit: 880}
rules:
  - rule: hot-lot-of-a-large-order
    title: A hot lot while any large order is open
    on_missing: skip
    when:
      - reading: oven_reading
        where: celsius > parameters.limit
      - order: production_order
        where: quantity > reading.celsius and status in ("released", "started")
      - none: hold
        where: lot_id = reading.lot_id
    then: {notify: {lot: = reading.lot_id, to: quality, message: hot}}
"""
PLAN = """\
hot-lot-of-a-large-order  {file}:6
  reading  oven_reading
           tested   celsius > parameters.limit
  order    production_order
           hashed   status in ("released", "started")
  none     hold
  when reading comes
    order    scanned  of production_order, each that fits by itself
             checked  quantity > reading.celsius
    none     joined   lot_id = reading.lot_id (of hold)

"""


def test_explained_plans(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--explain-plan shows what is indexed, tested, joined and scanned, and warns of the join that scans at its place."""
    path = folder / "scanning.yaml"
    path.write_text(SCANNING)
    assert main(["check", str(folder), "--explain-plan", "hot-lot-of-a-large-order"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(PLAN.format(file=path.as_posix()))
    assert f"{path.as_posix()}:12:9: warning[scanning-join]: " in out
    assert out.endswith("0 errors, 1 warning\n")
    assert max(map(len, out.split("\n\n")[0].splitlines()[1:])) <= 100
    assert main(["check", "--strict", str(folder)]) == 0
    assert "scanning-join" not in capsys.readouterr().out
    assert main(["check", "--strict", str(folder), "--explain-plan"]) == 1
    assert "hot  " in capsys.readouterr().out


def test_explained_plans_as_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With --json the plans stand beside the diagnostics, rules in firing order."""
    (folder / "scanning.yaml").write_text(SCANNING)
    assert main(["check", str(folder), "--json", "--explain-plan"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [plan["rule"] for plan in told["plans"]] == ["hot", "hot-lot-of-a-large-order"]
    (walk,) = told["plans"][1]["walks"]
    assert [(s["alias"], s["by"], s["scanned"]) for s in walk["steps"]] == [
        ("order", [], True),
        ("none", ["lot_id = reading.lot_id"], False),
    ]
    assert [d["code"] for d in told["diagnostics"]] == ["scanning-join"]


def test_plans_that_cannot_be_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A rule that is not there is said with the nearest name; rules with errors have no plan, and the errors are said."""
    assert main(["check", str(folder), "--explain-plan", "hott"]) == 2
    assert 'there is no rule "hott"; did you mean "hot"?' in capsys.readouterr().err
    assert main(["check", "--explain-plan", str(folder)]) == 2
    assert "paths stand before --explain-plan" in capsys.readouterr().err
    (folder / "ovens.yaml").write_text(WRONG)
    assert main(["check", str(folder), "--explain-plan"]) == 1
    out = capsys.readouterr().out
    assert "when " not in out
    assert "2 errors" in out


KEPT = """\
  - rule: hot-again
    when:
      - readings: oven_reading
        within: 90 min
        having: count(readings) > 2
    then: {notify: {to: quality, message: hot again}}
"""


def test_how_long_facts_are_kept(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With --kept each fact type is told with how long its facts are kept and for which rules; as JSON, too."""
    path = folder / "ovens.yaml"
    path.write_text(RULES + KEPT)
    assert main(["check", "--kept", str(folder)]) == 0
    lines = capsys.readouterr().out.splitlines()
    (line,) = [one for one in lines if one.startswith("oven_reading")]
    assert line.split() == ["oven_reading", "event", "90", "min", "hot-again"]
    (line,) = [one for one in lines if one.startswith("production_confirmation")]
    assert line.split("  ")[1:3] == ["event", "in sums, until the order is closed"]
    assert line.endswith("  the checks of the flows")
    assert lines[-2:] == [
        "",
        f"2 rules, {len(shipped_files(('fact',))) + 1} fact types, 0 errors, 0 warnings",
    ]
    assert main(["check", "--kept", "--json", str(folder)]) == 0
    kept = json.loads(capsys.readouterr().out)["kept"]
    assert {
        "fact_type": "oven_reading",
        "kind": "event",
        "how_long": "90 min",
        "rules": ["hot-again"],
    } in kept
    path.write_text(WRONG)
    assert main(["check", "--kept", str(folder)]) == 1
    assert "oven_reading  " not in capsys.readouterr().out


TARGETS = """\
targets:
  lab: {kind: webhook, url: https://lab.example, secret: env:LAB_SECRET, decisions: [hold]}
  mes: {kind: webhook, url: nowhere, secret: env:NOT_THERE, decisions: [hold]}
"""
ON = shipped_files(("flows",))["rules/flows.yaml"].replace(
    "facts: [inspection_result, nonconformance, material_lot]",
    "facts: [inspection_result, nonconformance, material_lot]\n    targets: [lab, mess]",
)


def test_targets_are_checked_before_a_service_starts(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every fault of the targets file is told with its place; where there is none, flows that name no target are."""
    monkeypatch.setenv("LAB_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    file = folder.parent / "targets.yaml"
    file.write_text(TARGETS)
    assert main(["check", str(folder), "--targets", str(file)]) == 1
    out = capsys.readouterr().out
    assert f"{file}:3:" in out
    assert "error[target]: targets.mes.url:" in out
    assert "NOT_THERE" in out
    assert "2 errors" in out
    file.write_text("\n".join(TARGETS.splitlines()[:2]))
    assert main(["check", str(folder), "--targets", str(file)]) == 0
    capsys.readouterr()
    (folder / "flows.yaml").write_text(ON)
    assert main(["check", str(folder), "--targets", str(file), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert [found["code"] for found in told["diagnostics"] if found["severity"] == "error"] == []
    assert len(told["targets"]) == 2
    assert all('goes on to "' in line for line in told["targets"])
    assert main(["check", str(folder), "--targets", str(folder / "no.yaml")]) == 1
    assert "no.yaml: error[target]: cannot be read" in capsys.readouterr().out
