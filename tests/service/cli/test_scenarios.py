"""`lineside test`: what passes, what fails, and how it says so to people, to scripts and to CI."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from service.cli import main

RULES = """\
ruleset: failures
title: Failures
owner: quality
rules:
  - rule: failed
    title: A failed lot is held
    on: inspection_result
    if: result = "fail"
    then: {hold: {lot: = lot_id, reason: "{characteristic} failed"}}
  - rule: passed
    title: A passed lot is told
    on: inspection_result
    if: result = "pass"
    then: {notify: {lot: = lot_id, to: quality, message: "{lot_id} passed"}}
"""
GOOD = """\
scenario: {name}
rules: ../rules
steps:
  - post: {{type: inspection_result, data: {{lot_id: L-1, order_id: O, work_centre: W, characteristic: bore, result: fail}}}}
    expect: {{decisions: {{hold: {{lot: {lot}}}, rule: {rule}}}}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder of scenarios beside a folder of rules."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules/failures.yaml").write_text(RULES)
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios/good.yaml").write_text(GOOD.format(name="good", lot="L-1", rule="failed"))
    return tmp_path / "scenarios"


def test_a_passing_run(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run that passes names its scenarios, its coverage and the rules that never fired."""
    assert main(["test", str(folder)]) == 0
    out = capsys.readouterr().out
    assert "pass  good" in out
    assert "1 scenario, 0 failed" in out
    assert "1 of 2 rules fired (50 %)" in out
    assert "never fired: failures/passed" in out


def test_a_failing_expectation_shows_the_nearest_decision(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The place of the expectation is said, the decision that came nearest, and in what it differs."""
    (folder / "bad.yaml").write_text(GOOD.format(name="bad", lot="L-2", rule="failed"))
    assert main(["test", str(folder)]) == 1
    out = capsys.readouterr().out
    assert "FAIL  bad" in out
    assert "bad.yaml:5:25: expected hold lot: L-2 by failed" in out
    assert 'subject: expected lot "L-2", got lot "L-1"' in out


def test_a_rule_that_did_not_fire_says_why_not(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A rule that was expected to decide is asked why it did not, clause by clause."""
    (folder / "bad.yaml").write_text(GOOD.format(name="bad", lot="L-1", rule="passed"))
    assert main(["test", str(folder)]) == 1
    out = capsys.readouterr().out
    assert "why not passed" in out
    assert 'result = "pass"  ->  false' in out
    assert 'result = "fail"' in out


def test_min_coverage(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Too few rules that fired let a run fail that passes otherwise."""
    assert main(["test", str(folder), "--min-coverage", "50"]) == 0
    assert main(["test", str(folder), "--min-coverage", "51"]) == 1
    assert "at least 51 % are asked for" in capsys.readouterr().out


def test_run_pattern(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--run picks scenarios by name."""
    (folder / "bad.yaml").write_text(GOOD.format(name="bad", lot="L-2", rule="failed"))
    assert main(["test", str(folder), "--run", "^go"]) == 0
    assert "bad" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(
            "scenario: x\nsteps: [{post: {type: item, data: {item: x}}}]\n",
            "no-expectation",
            id="no expectation",
        ),
        pytest.param(
            "scenario: x\nsteps: [{expect: {exactly: true}}]\n", "no-expectation", id="an empty expectation"
        ),
        pytest.param("scenario: x\nsteps: []\n", "empty", id="no steps"),
        pytest.param("scenario: x\nstep: []\n", "unknown-key", id="an unknown key"),
        pytest.param(
            "scenario: x\nrules: nowhere\nsteps: [{expect: {nothing: true}}]\n",
            "its rules are not there",
            id="no rules",
        ),
        pytest.param("scenario: [\n", "syntax", id="no YAML"),
    ],
)
def test_scenarios_that_cannot_run_fail(
    folder: Path, text: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A scenario that says nothing, or cannot be read, fails its run; the others are run."""
    (folder / "x.yaml").write_text(text if text.startswith("scenario: x") else "scenario: x\n" + text)
    assert main(["test", str(folder)]) == 1
    out = capsys.readouterr().out
    assert said in out
    assert "pass  good" in out


def test_rules_that_do_not_compile(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The diagnostics of the rules are shown under the scenario that needs them, at places that can be opened."""
    (folder.parent / "rules/failures.yaml").write_text(RULES.replace("lot_id", "lotid"))
    assert main(["test", str(folder)]) == 1
    out = capsys.readouterr().out
    assert "its rules do not compile" in out
    assert 'did you mean "lot_id"' in out
    assert f"      {(folder.parent / 'rules/failures.yaml').as_posix()}:" in out


def test_where_nothing_could_run_nothing_is_covered(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No rule of none fired is not all of them: it says that nothing ran."""
    (folder / "good.yaml").write_text("scenario: worse\nsteps: 3\n")
    assert main(["test", str(folder)]) == 1
    out = capsys.readouterr().out
    assert out.endswith("1 scenario, 1 failed\nnothing ran, so no rule could fire\n")
    assert main(["test", str(folder), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["coverage"]["percent"] is None


def test_json_and_junit(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Machines get one JSON object on standard output, and JUnit in a file."""
    (folder / "bad.yaml").write_text(GOOD.format(name="bad", lot="L-2", rule="failed"))
    (folder / "worse.yaml").write_text("scenario: worse\nsteps: 3\n")
    junit = tmp_path / "junit.xml"
    assert main(["test", str(folder), "--json", "--junit", str(junit)]) == 1
    report = json.loads(capsys.readouterr().out)
    assert {s["name"]: s["passed"] for s in report["scenarios"]} == {
        "good": True,
        "bad": False,
        "worse": False,
    }
    assert report["coverage"]["percent"] == 50
    suite = ET.parse(junit).getroot()[0]
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("3", "1", "1")
    assert {case.get("name"): [child.tag for child in case] for case in suite} == {
        "good": [],
        "bad": ["failure"],
        "worse": ["error"],
    }


MISSPELT = """\
scenario: misspelt
rules: ../rules
steps:
  - post: {{type: {type}, data: {{lot_id: L-1, order_id: O, work_centre: W, characteristic: bore, {result}: pass}}}}
    expect:
      absent:
        - hold: {{{subject}: L-1, {key}: {status}}}
          rule: {rule}
"""
RIGHT = {
    "type": "inspection_result",
    "result": "result",
    "subject": "lot",
    "key": "inventory_status",
    "status": "blocked",
    "rule": "failed",
}


@pytest.mark.parametrize("command", ["check", "test"])
@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        pytest.param(
            "type", "inspection_rsult", '4:18: error[unknown-fact-type]: there is no fact type "inspection_rsult"', id="fact type"
        ),
        pytest.param(
            "result", "reslt", '4:108: error[unknown-field]: inspection_result has no field "reslt"', id="posted field"
        ),
        pytest.param("subject", "lott", '7:18: error[unknown-key]: expected hold has no key "lott"', id="subject"),
        pytest.param("key", "inventory_stats", "7:28: error[unknown-key]: expected hold has no key", id="key"),
        pytest.param("status", "blokced", '7:46: error[action-value]: "inventory_status" cannot be "blokced"', id="status"),
        pytest.param("rule", "faild", '8:17: error[unknown-rule]: there is no rule "faild"', id="rule"),
    ],
)  # fmt: skip
def test_a_misspelt_name_is_no_absence(
    command: str, key: str, value: str, said: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A name that is not there would be absent whatever the rules say: it is refused, with its place and the nearest."""
    (folder / "misspelt.yaml").write_text(MISSPELT.format(**RIGHT))
    assert main([command, str(folder)]) == 0
    (folder / "misspelt.yaml").write_text(MISSPELT.format(**{**RIGHT, key: value}))
    assert main([command, str(folder)]) == 1
    out = capsys.readouterr().out
    assert f"misspelt.yaml:{said}" in out
    assert f'did you mean "{RIGHT[key]}"?' in out


def test_a_fact_to_be_refused_may_have_any_field(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A scenario can say that a fact of an unknown type is refused."""
    (folder / "refused.yaml").write_text(
        "scenario: refused\nrules: ../rules\nsteps:\n"
        "  - post: {type: nothing, data: {x: 1}}\n    expect: {refused: {code: unknown-fact-type}}\n"
    )
    assert main(["test", str(folder)]) == 0, capsys.readouterr().out


@pytest.mark.parametrize("command", ["check", "test"])
def test_two_scenarios_of_one_name(command: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A name stands for one scenario; the second is named with the place of the first."""
    (folder / "other.yaml").write_text(GOOD.format(name="good", lot="L-1", rule="failed"))
    assert main([command, str(folder)]) == 1
    out = capsys.readouterr().out
    assert 'other.yaml:1:11: error[duplicate-name]: a scenario "good" is there already, at ' in out


def test_rules_for_scenarios_that_name_none(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--rules is for scenarios without rules of their own; a failure says which rules it ran against."""
    bare = GOOD.format(name="bare", lot="L-1", rule="failed").replace("rules: ../rules\n", "")
    (folder / "bare.yaml").write_text(bare)
    rules = folder.parent / "rules"
    assert main(["test", "--rules", str(rules), str(folder)]) == 0
    assert "run against" not in capsys.readouterr().out
    assert main(["check", str(rules), str(folder)]) == 0, capsys.readouterr().out
    assert main(["test", str(folder)]) == 1
    out = capsys.readouterr().out
    assert "FAIL  bare" in out
    assert "run against the shipped rules" in out
    assert 'there is no rule "failed"' in out
    (folder.parent / "none").mkdir()
    (folder.parent / "none/empty.yaml").write_text("fact: x\n")
    assert main(["test", "--rules", str(folder.parent / "none"), str(folder / "bare.yaml")]) == 1
    assert "there is no rule set in" in capsys.readouterr().out


def test_check_says_where_rules_are_not_there(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A scenario whose rules are not there is a fault at the key that names them."""
    text = GOOD.format(name="lost", lot="L-1", rule="failed").replace("../rules", "../ruels")
    (folder / "lost.yaml").write_text(text)
    assert main(["check", str(folder)]) == 1
    assert "lost.yaml:2:8: error[missing-rules]: its rules are not there: " in capsys.readouterr().out
