"""`lineside eval --table`: the inputs of a decision table, the rows that hold, and the answer under its hit policy."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from service.cli import main

ROUTING = """\
ruleset: routing
title: Where lots go
owner: quality engineering
parameters: {limit: 5}

rules:
  - table: where-a-lot-goes
    title: Where a nonconforming lot goes
    hit: HIT
    on: nonconformance
    columns: |
      | defect_class | severity   | quantity            | => route.to | hold.inventory_status | # why           |
      | "surface"    | "minor"    | <= parameters.limit | rework-cell | restricted            | can be polished |
      | -            | "critical" | -                   | mrb         | blocked               | safety          |
      | "surface"    | -          | -                   | mrb         | restricted            |                 |
"""
DMN = """\
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="m" name="sampling" namespace="urn:example">
  <inputData id="i1" name="lot size"><variable name="lot size" typeRef="number"/></inputData>
  <inputData id="i2" name="due"><variable name="due" typeRef="date"/></inputData>
  <decision id="d1" name="sample size">
    <variable name="sample size" typeRef="number"/>
    <informationRequirement id="r1"><requiredInput href="#i1"/></informationRequirement>
    <informationRequirement id="r2"><requiredInput href="#i2"/></informationRequirement>
    <decisionTable id="t1" hitPolicy="UNIQUE">
      <input id="c1"><inputExpression id="e1" typeRef="number"><text>lot size</text></inputExpression></input>
      <input id="c2"><inputExpression id="e2" typeRef="date"><text>due</text></inputExpression></input>
      <output id="o1" typeRef="number"/>
      <rule id="r3">
        <inputEntry id="a1"><text>[1..50]</text></inputEntry>
        <inputEntry id="a2"><text>&gt; @"2026-01-01"</text></inputEntry>
        <outputEntry id="b1"><text>lot size / 10</text></outputEntry>
      </rule>
    </decisionTable>
  </decision>
</definitions>
"""
SURFACE = '{"lot_id": "L-1", "defect_class": "surface", "severity": "minor", "quantity": 3}'


@pytest.fixture
def routing(tmp_path: Path) -> Path:
    """Return a rule set with a table whose hit policy is `first`."""
    return written(tmp_path, "first")


def written(folder: Path, hit: str) -> Path:
    """Write the rule set with the hit policy *hit*, and return its file."""
    file = folder / "routing.yaml"
    file.write_text(ROUTING.replace("HIT", hit))
    return file


def run(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    """Run `lineside eval` and return its exit code and what it printed."""
    code = main(["eval", *argv])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_inputs_rows_and_answer(routing: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The inputs stand with their values, then each row that holds with its annotations, and the answer alone at the end."""
    code, out, err = run(capsys, "--table", f"{routing}#where-a-lot-goes", "--context", SURFACE)
    assert (code, err) == (0, "")
    first = '{"route.to": "rework-cell", "hold.inventory_status": "restricted"}'
    assert out == (
        "where-a-lot-goes  (first)\n"
        '  defect_class  =  "surface"\n'
        '  severity      =  "minor"\n'
        "  quantity      =  3\n"
        f"  row 1         =  {first}  (why: can be polished)\n"
        '  row 3         =  {"route.to": "mrb", "hold.inventory_status": "restricted"}  (holds, and is not taken)\n'
        f"{first}\n"
    )


@pytest.mark.parametrize(
    ("hit", "context", "last", "warning"),
    [
        pytest.param(
            "unique",
            SURFACE,
            "null",
            'rows 1 and 3 hold, and hit policy "unique" lets one row',
            id="two rows",
        ),
        pytest.param(
            "first", '{"defect_class": "material", "severity": "minor"}', "null", "no row holds", id="no row"
        ),
        pytest.param(
            "rule order",
            SURFACE.replace("3}", "6}"),
            '[{"route.to": "mrb", "hold.inventory_status": "restricted"}]',
            "",
            id="a list",
        ),
        pytest.param(
            "first",
            '{"severty": "minor"}',
            "null",
            'nonconformance has no field "severty"; did you mean',
            id="a slip",
        ),
    ],
)
def test_answers(
    hit: str, context: str, last: str, warning: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The answer is the last line; a null, and a field that is not there, come with a warning."""
    code, out, err = run(capsys, "--table", str(written(tmp_path, hit)), "--context", context)
    assert (code, out.splitlines()[-1]) == (0, last)
    assert warning in err
    assert bool(warning) == bool(err)


MISSING = ", which the table reads"


@pytest.mark.parametrize(
    ("when", "context", "said"),
    [
        pytest.param("on: nonconformance", '{"severity": "minor"}', ["defect_class", "quantity"], id="fields"),
        pytest.param("on: nonconformance", SURFACE, [], id="all there"),
        pytest.param("on: nonconformance", SURFACE.replace("3}", "null}"), [], id="null is there"),
        pytest.param(
            "when: [nc: nonconformance, none: hold]",
            '{"nc": {"severity": "minor", "quantity": 3}}',
            ["nc.defect_class"],
            id="of an alias",
        ),
        pytest.param(
            "when: [nc: nonconformance]",
            '{"nc": 3}',
            ['"nc" is a number, and has to be the data of a nonconformance'],
            id="not data",
        ),
        pytest.param("when: [nc: nonconformance]", '{"n": 3}', ['the context gives no "nc", a nonconformance'], id="no alias"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_named(
    when: str, context: str, said: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A field that the table reads and the context does not give is named, and so is an alias that gives no data."""
    file = written(tmp_path, "first")
    text = file.read_text().replace("on: nonconformance", when)
    if "when" in when:
        text = text.replace("| defect_class ", "| nc.defect_class ").replace("| severity ", "| nc.severity ")
        text = text.replace("| quantity ", "| nc.quantity ")
    file.write_text(text.replace('| -            | "critical"', '| "safety"     | "critical"'))
    warnings = [
        line.partition(": ")[2]
        for line in run(capsys, "--table", str(file), "--context", context)[2].splitlines()
    ]
    wanted = [one if " " in one else f'the context gives no "{one}"{MISSING}' for one in said]
    assert [one for one in warnings if one != "no row holds"] == wanted


def test_json(routing: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--json prints one object: the inputs, every row that holds, the answer and the warnings."""
    found = json.loads(run(capsys, "--table", str(routing), "--context", SURFACE, "--json")[1])
    assert list(found) == ["table", "hit", "type", "value", "inputs", "rows", "warnings"]
    assert found["inputs"][2] == {"text": "quantity", "type": "number", "value": 3}
    assert [(row["number"], row["taken"]) for row in found["rows"]] == [(1, True), (3, False)]
    assert found["rows"][0]["annotations"] == {"why": "can be polished"}
    assert found["value"] == found["rows"][0]["outputs"]


def test_a_decision_of_a_dmn_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A table of a DMN file is asked by the inputs of its decision, whose texts become what their types say."""
    file = tmp_path / "sampling.dmn"
    file.write_text(DMN)
    code, out, err = run(capsys, "--table", str(file), "--context", '{"lot size": 40, "due": "2026-03-06"}')
    assert (code, err) == (0, "")
    assert out == (
        "sample size  (unique)\n"
        "  lot size  =  40\n"
        '  due       =  @"2026-03-06"\n'
        "  row 1     =  {result: 4}\n"
        "4\n"
    )
    _, out, err = run(capsys, "--table", str(file), "--context", '{"lot size": 40}')
    assert out.endswith("null\n")
    assert 'the context gives no "due"' in err


def test_an_input_that_is_refused_holds_no_row(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An input that is not of its type is null for the decision, and so it is in what is shown of the table."""
    file = tmp_path / "sampling.dmn"
    file.write_text(
        DMN.replace('<inputEntry id="a1"><text>[1..50]</text>', '<inputEntry id="a1"><text>"many"</text>')
    )
    _, out, err = run(capsys, "--table", str(file), "--context", '{"lot size": "many", "due": "2026-03-06"}')
    assert 'the input "lot size" is not a number: many' in err
    assert out == 'sample size  (unique)\n  lot size  =  null\n  due       =  @"2026-03-06"\nnull\n'


@pytest.mark.parametrize(
    ("argv", "code", "said"),
    [
        pytest.param(
            ["--table", "none.yaml#x"], 2, "there is no file none.yaml; --table takes FILE#NAME", id="no file"
        ),
        pytest.param(
            ["--table", "ROUTING#where"], 1, 'there is no table or decision "where" in', id="no such table"
        ),
        pytest.param(
            ["--table", "ROUTING", "1 + 1"], 2, "in place of an expression", id="an expression, too"
        ),
        pytest.param(["--table", "ROUTING", "--ast"], 2, "in place of an expression", id="a tree"),
        pytest.param(
            ["--table", "ROUTING", "--context", "[]"],
            1,
            "context:1:1: error[json-syntax]",
            id="a bad context",
        ),
        pytest.param(["--table", "FACT"], 1, "there is no decision table in", id="no table in it"),
        pytest.param(["--table", "WRONG"], 1, "error[yaml-syntax]", id="no YAML"),
        pytest.param([], 2, "say what to evaluate: an expression, or --table FILE#NAME", id="nothing"),
    ],
)
def test_faults(
    argv: list[str], code: int, said: str, routing: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What cannot be asked is said, with what to do."""
    (tmp_path / "fact.yaml").write_text("fact: pin\nkind: event\nowner: mes\nkey: [id]\ndata:\n  type: object\n"
                                        "  required: [id]\n  properties: {id: {type: string}}\n")  # fmt: skip
    (tmp_path / "wrong.yaml").write_text("ruleset: [")
    files = {
        "ROUTING": str(routing),
        "FACT": str(tmp_path / "fact.yaml"),
        "WRONG": str(tmp_path / "wrong.yaml"),
    }
    for word, file in files.items():
        argv = [one.replace(word, file) for one in argv]
    found, _, err = run(capsys, *argv)
    assert found == code
    assert said in err
