"""`lineside export dmn`: what is written, what is chosen, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.definitions.model import TableBody
from engine.dmn.reading import read_dmn
from service.cli import main

ROUTING = """
ruleset: routing
title: Where lots go
rules:
  - table: where-a-lot-goes
    hit: first
    on: nonconformance
    on_missing: skip
    columns: |
      | defect_class | severity | quantity | => route.to | # why           |
      | surface      | minor    | <= 5     | rework-cell | can be polished |
      | -            | -        | -        | mrb         |                 |
  - table: how-soon
    hit: first
    on: nonconformance
    on_missing: skip
    columns: |
      | severity | => notify.message | => notify.to |
      | critical | look at once      | shift        |
"""


OVER_FACTS = """
ruleset: expediting
title: What is hurried
rules:
  - table: what-is-hurried
    hit: first
    when:
      - nc: nonconformance
      - order: production_order
    on_missing: skip
    columns: |
      | nc.severity | COLUMN | => notify.message | => notify.to |
      | critical    | CELL   | look at once      | shift        |
"""
FACT = "fact: pin\nkind: event\nowner: mes\nkey: [id]\ndata: {type: object, required: [id], properties: {id: {type: string}}}\n"
PINS = """
ruleset: pins
title: Pins
rules:
  - table: pins
    hit: first
    on: pin
    columns: |
      | id | => notify.message | => notify.to |
      | a  | look              | shift        |
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """Return a folder with a rule set that has two tables."""
    (tmp_path / "routing.yaml").write_text(ROUTING, encoding="utf-8")
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    """Run `lineside export` and return its exit code and what it printed."""
    code = main(["export", *argv])
    said = capsys.readouterr()
    return code, said.out, said.err


def decisions(text: str) -> list[str]:
    """Return the names of the decisions in a DMN file that has no error."""
    reading = read_dmn(text, "out.dmn")
    assert reading.definitions is not None
    assert [d for d in reading.diagnostics if d.severity == "error"] == []
    assert all(isinstance(one.body, TableBody) for one in reading.definitions.decisions.values())
    return list(reading.definitions.decisions)


def test_a_rule_set_is_a_model(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All tables of a rule set become decisions of one file."""
    code, out, err = run(capsys, "dmn", str(rules))
    assert (code, err) == (0, "")
    assert decisions(out) == ["where a lot goes", "how soon"]


def test_one_table_is_chosen_by_name(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--name` takes a table out of its rule set."""
    code, out, _ = run(capsys, "dmn", str(rules), "--name", "how-soon")
    assert code == 0
    assert decisions(out) == ["how soon"]


def test_a_file_is_written(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--output` names the file, in a folder that need not be there."""
    target = rules / "out" / "routing.dmn"
    code, out, _ = run(capsys, "dmn", str(rules / "routing.yaml"), "--output", str(target))
    assert (code, out) == (0, f"{target.as_posix()}\n")
    assert decisions(target.read_text(encoding="utf-8")) == ["where a lot goes", "how soon"]


def test_a_version_is_chosen(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a word it is the version that most modellers open."""
    assert "/20191111/MODEL/" in run(capsys, "dmn", str(rules))[1]
    assert "/20230324/MODEL/" in run(capsys, "dmn", str(rules), "--dmn", "1.5")[1]


@pytest.mark.parametrize(
    ("argv", "code", "said"),
    [
        pytest.param(
            ["--name", "how-soo"],
            1,
            'nothing called "how-soo" to export; did you mean "how-soon"?',
            id="misspelt",
        ),
        pytest.param(["--dmn", "1.1"], 2, "invalid choice: '1.1'", id="no-such-version"),
    ],
)
def test_what_cannot_be_written(
    rules: Path, capsys: pytest.CaptureFixture[str], argv: list[str], code: int, said: str
) -> None:
    """A name that is not there is a fault, an option that is not there wrong use."""
    found, out, err = run(capsys, "dmn", str(rules), *argv)
    assert (found, out) == (code, "")
    assert said in err


def test_what_is_faulty_is_not_written(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A table with a fault is no model for anyone: its faults are printed as `check` prints them."""
    (rules / "routing.yaml").write_text(ROUTING.replace("<= 5", "<= "), encoding="utf-8")
    code, out, err = run(capsys, "dmn", str(rules))
    assert (code, out) == (1, "")
    assert "row 1, column 3 (quantity)" in err


def test_rules_without_tables_have_nothing_to_export(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """There is nothing for a modeller in rules of conditions and actions."""
    (tmp_path / "none.yaml").write_text("ruleset: none\nrules: []\n", encoding="utf-8")
    code, _, err = run(capsys, "dmn", str(tmp_path))
    assert code == 1
    assert err


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        pytest.param("order.quantity", "> 5", id="always-there"),
        pytest.param("order.priority", "-", id="may-be-absent"),
        pytest.param("order.priority = null", "true", id="asks-whether-it-is-absent"),
        pytest.param("order.due", '> @"2026-01-01T00:00:00Z"', id="a-date-that-may-be-absent"),
        pytest.param(
            "nc.quantity",
            'if order.due > @"2026-01-01T00:00:00Z" then ? = 1 else false',
            id="a-date-in-a-cell",
        ),
    ],
)
def test_facts_with_what_they_must_have_are_answered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], column: str, cell: str
) -> None:
    """What a table answers for facts without a field they need not have, its export answers as well."""
    (tmp_path / "e.yaml").write_text(
        OVER_FACTS.replace("COLUMN", column).replace("CELL", cell), encoding="utf-8"
    )
    assert run(capsys, "dmn", str(tmp_path), "--output", str(tmp_path / "e.dmn"))[0] == 0
    lot = {
        "nonconformance_id": "n",
        "lot_id": "l",
        "defect_class": "surface",
        "severity": "critical",
        "quantity": 1,
    }
    order = {"order_id": "o", "item": "i", "quantity": 10, "status": "started"}
    if "due" in column + cell:
        order["due"] = "2026-02-01T00:00:00Z"
    context = json.dumps({"nc": lot, "order": order})
    for file in ("e.yaml", "e.dmn"):
        code = main(["eval", "--table", str(tmp_path / file), "--context", context])
        said = capsys.readouterr()
        assert (code, "is not a" in said.err) == (0, False)
        assert said.out.splitlines()[-1] == '{"notify.message": "look at once", "notify.to": "shift"}'


def test_fact_types_beside_the_file_are_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A rule set is exported alone, with a fact type that the next file of its folder declares."""
    (tmp_path / "pins.yaml").write_text(PINS, encoding="utf-8")
    (tmp_path / "fact.yaml").write_text(FACT, encoding="utf-8")
    (tmp_path / "shared.yaml").write_text("definitions: shared\ninputs: {a: number}\n", encoding="utf-8")
    code, out, err = run(capsys, "dmn", str(tmp_path / "pins.yaml"))
    assert (code, err) == (0, "")
    assert decisions(out) == ["pins"]
    (tmp_path / "fact.yaml").unlink()
    code, out, err = run(capsys, "dmn", str(tmp_path / "pins.yaml"))
    assert (code, out) == (1, "")
    assert "error[unknown-fact-type]" in err
