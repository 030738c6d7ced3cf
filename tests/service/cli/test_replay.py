"""`lineside replay`: its inputs, and that nothing in them is lost or taken twice without a word."""

from __future__ import annotations

import csv
import io
import json
import sys
from pathlib import Path

import pytest

from service.cli import main
from tests.service.harness import PATIENCE, inspection, ndjson, write_rules

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = ROOT / "fixtures/production_log"
STORY = ROOT / "fixtures/facts/story.ndjson"
REPLAY = ["replay", "--rules", str(EXAMPLE / "rules"), "--mapping", str(EXAMPLE / "mapping.yaml")]
HEAD = "case_id,activity,resource,start,complete,work_order_qty,part_desc,qty_completed,qty_rejected,qty_for_mrb\n"
ROW = "A,Turning,M1,2024-01-01 06:00,2024-01-01 07:00,10,Pin,9,1,0\n"


def replayed(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, list[tuple[str, str]], str]:
    """Run a command; return its code, the (kind, subject id) of its decisions, and what it said."""
    code = main([*argv, "--json"])
    captured = capsys.readouterr()
    decisions = [json.loads(line) for line in captured.out.splitlines()]
    return code, [(d["kind"], d["subject"]["id"]) for d in decisions], captured.err


@pytest.mark.parametrize(
    ("raw", "held"),
    [
        pytest.param((HEAD + ROW).encode(), True, id="the columns that are needed alone"),
        pytest.param((HEAD + ROW).encode("utf-16"), True, id="UTF-16, as spreadsheets write it"),
        pytest.param((HEAD + ROW).replace("\n", "\r").encode(), True, id="CR alone"),
        pytest.param((HEAD + ROW.replace("Pin", '"Pin, ""long"""')).encode(), True, id="quotes"),
        pytest.param((HEAD + ROW.replace("Pin", "Büchse")).encode(), True, id="UTF-8"),
        pytest.param((HEAD + ROW.replace(",1,0\n", ", 1.0 ,\n")).encode(), True, id="blanks and nothing"),
        pytest.param(
            (HEAD + ROW.replace(",1,0\n", ",0,0.5\n")).encode(), True, id="half a part for the board"
        ),
        pytest.param((HEAD + ROW.replace("Turning,M1", ",")).encode(), True, id="no activity, no machine"),
        pytest.param((HEAD + ROW.replace(",1,0\n", ",0.0,-0\n")).encode(), False, id="zeros"),
    ],
)
def test_logs_as_they_come(
    raw: bytes, held: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Encodings, line ends and ways to write a quantity that exports use are all read."""
    path = tmp_path / "log.csv"
    path.write_bytes(raw)
    code, decisions, said = replayed(capsys, *REPLAY, str(path))
    assert code == 0, said
    assert (("hold", "A") in decisions) is held


@pytest.mark.parametrize(
    ("row", "code", "column"),
    [
        pytest.param(ROW.replace("Pin", "P\udcffin"), "log-row", 1, id="a byte that is not UTF-8"),
        pytest.param(ROW.replace("Turning", "Tur\x00ning"), "nul", 3, id="NUL"),
        pytest.param(ROW.replace("Turning", "T" * 201), "", 3, id="text that is too long"),
        pytest.param(ROW.replace(",1,0\n", ",-1,0\n"), "", 57, id="a negative quantity"),
        pytest.param(ROW.replace(",1,0\n", ",1e40,0\n"), "log-value", 57, id="a quantity beyond belief"),
    ],
)
def test_rows_the_service_would_refuse(
    row: str, code: str, column: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A row whose facts the service would not take is a fault of its line here as well, and the others go on."""
    path = tmp_path / "log.csv"
    path.write_bytes((HEAD + row + ROW.replace("A,", "B,", 1)).encode("utf-8", "surrogateescape"))
    ended, decisions, said = replayed(capsys, *REPLAY, str(path))
    assert ended == 1
    assert f"{path}:2:{column}: error[{code}" in said
    assert decisions == [("hold", "B")]
    assert "1 faulty" in said


def test_several_logs_are_one_history(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Rows of several logs are merged by time; what two exports have in common is taken once and counted."""
    first, second = tmp_path / "january.csv", tmp_path / "february.csv"
    first.write_text(HEAD + ROW + ROW.replace("A,", "B,", 1).replace("01-01", "02-01"))
    second.write_text(
        HEAD
        + ROW.replace("A,", "C,", 1).replace("01-01", "01-15")
        + ROW.replace("A,", "B,", 1).replace("01-01", "02-01")
    )
    code, decisions, said = replayed(capsys, *REPLAY, str(first), str(second))
    assert (code, decisions) == (0, [("hold", "A"), ("hold", "C"), ("hold", "B")])
    assert "4 rows read" in said
    assert "2 duplicates" in said


def test_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A log and facts can come from a pipe."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO((HEAD + ROW).encode())))
    assert replayed(capsys, *REPLAY, "-")[:2] == (0, [("hold", "A")])
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(STORY.read_bytes())))
    assert replayed(capsys, "replay", "-")[0] == 0


def test_facts_as_one_array(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Facts written as one JSON array are those written one a line."""
    path = tmp_path / "facts.json"
    path.write_text("[" + ",".join(STORY.read_text().splitlines()) + "]")
    assert replayed(capsys, "replay", str(path))[:2] == replayed(capsys, "replay", str(STORY))[:2]


def test_faulty_facts_are_named_and_the_others_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Lines that are no facts, facts that do not fit and repeated identities are counted; all others are decided."""
    lines = STORY.read_text().splitlines()
    path = tmp_path / "facts.ndjson"
    path.write_text("\n".join([lines[0], "{", lines[0], '{"id":"x"}', *lines[1:], "[1]", "NaN"]) + "\n")
    code, decisions, said = replayed(capsys, "replay", str(path))
    assert code == 1
    assert decisions == replayed(capsys, "replay", str(STORY))[1]
    assert "23 facts taken, 1 duplicate, 0 stale, 4 refused" in said
    assert {line.split(":")[1] for line in said.splitlines() if line.startswith(str(path))} == {
        "2",
        "4",
        str(len(lines) + 4),
        str(len(lines) + 5),
    }


def test_a_fact_without_a_time_takes_the_latest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two replays of a fact that names no time are the same: it takes the latest time seen, not the clock's."""
    lines = [json.loads(line) for line in STORY.read_text().splitlines()]
    del lines[2]["time"]
    path = tmp_path / "facts.ndjson"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    main(["replay", "--json", str(path)])
    first = capsys.readouterr().out
    main(["replay", "--json", str(path)])
    assert capsys.readouterr().out == first
    assert '"time":"2026-03-02T07:10:00Z"' in first


@pytest.mark.parametrize("text", ["", HEAD], ids=["nothing", "headings alone"])
def test_a_log_without_rows_fails(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A log that holds nothing is said and fails: most likely it is the wrong file."""
    path = tmp_path / "log.csv"
    path.write_text(text)
    code, decisions, said = replayed(capsys, *REPLAY, str(path))
    assert (code, decisions) == (1, [])
    assert "there is no fact" in said or "the file is empty" in said


def test_a_mapping_that_does_not_fit_the_rules_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A misspelt field would lose what it carries, so the mapping is refused before any row is read."""
    path = tmp_path / "mapping.yaml"
    path.write_text((EXAMPLE / "mapping.yaml").read_text().replace("quantity_for_mrb:", "quantity_for_mbr:"))
    code = main(
        ["replay", "--rules", str(EXAMPLE / "rules"), "--mapping", str(path), str(EXAMPLE / "sample.csv")]
    )
    said = capsys.readouterr().err
    assert code == 1
    assert 'error[unknown-field]: production_confirmation has no field "quantity_for_mbr"' in said
    assert main(["check", str(path)]) == 1


def test_a_log_in_which_time_runs_backwards(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Rows from the last to the first, one of each case in turn, hold the same orders at the same times."""
    with (EXAMPLE / "sample.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    path = tmp_path / "log.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([rows[0], *reversed(rows[1:])])
    timed = [d for d in replayed(capsys, *REPLAY, str(path))[1] if d[0] != "notify" and d[1] != "PO-F"]
    assert timed == [
        d
        for d in replayed(capsys, *REPLAY, str(EXAMPLE / "sample.csv"))[1]
        if d[0] != "notify" and d[1] != "PO-F"
    ]


@pytest.mark.parametrize(
    ("until", "held"),
    [
        pytest.param([], ["A"], id="time ends with the facts"),
        pytest.param(["--until", "2026-03-01T06:14:59Z"], ["A"], id="not yet due"),
        pytest.param(["--until", "2026-03-01T06:15:00Z"], ["A", "B"], id="due"),
        pytest.param(["--until", "2026-03-01T05:00:00Z"], ["A"], id="before the last fact"),
    ],
)
def test_what_falls_due_after_the_last_fact(
    until: list[str], held: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Timers run as far as the facts go, and beyond only as far as is asked for; `explain` goes by the same."""
    rules = write_rules(tmp_path, {"patience.yaml": PATIENCE})
    path = tmp_path / "facts.ndjson"
    path.write_bytes(
        ndjson(
            [
                {
                    "id": name,
                    "source": "/erp/plant1",
                    "type": "production_order",
                    "time": f"2026-03-01T06:{minute}:00Z",
                    "data": {"order_id": name, "status": status},
                }
                for name, minute, status in (("A", "00", "late"), ("B", "05", "late"), ("C", "11", "started"))
            ]
        )
    )
    code, decisions, said = replayed(capsys, "replay", "--rules", str(rules), *until, str(path))
    assert (code, [name for kind, name in decisions if kind == "hold"]) == (0, held), said
    _, explained, _ = replayed(
        capsys, "explain", "--rules", str(rules), *until, "--all", "--facts", str(path)
    )
    assert explained == decisions


def test_a_time_that_is_none_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--until takes a time."""
    path = tmp_path / "facts.ndjson"
    path.write_bytes(ndjson([inspection("1", "L1")]))
    assert main(["replay", "--until", "tomorrow", str(path)]) == 2
    assert '--until: "tomorrow" is no time' in capsys.readouterr().err
    assert main(["replay", "--until", "2026-03-02T08:00", str(path)]) == 2
    wrong = '--until: "2026-03-02T08:00" names no zone; write it as 2026-03-06T13:00+01:00'
    assert wrong in capsys.readouterr().err


def test_fields_that_no_type_declares_are_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A misspelt optional field is taken, and the summary says how many facts carried it."""
    facts = tmp_path / "facts.ndjson"
    facts.write_text(STORY.read_text().replace('"measured":', '"mesured":'))
    carried = facts.read_text().count("mesured")
    assert carried
    code, _, said = replayed(capsys, "replay", str(facts))
    assert code == 0
    word = "fact" if carried == 1 else "facts"
    assert f'unknown  inspection_result has no field "mesured", which {carried} {word} carried' in said


def test_conditions_that_came_to_null_are_summed_up(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A division by zero is told once, with its place and how many facts made it, and explained beside the part."""
    rules = write_rules(tmp_path, {"drift.yaml": DRIFT})
    log = tmp_path / "facts.ndjson"
    log.write_bytes(ndjson([inspection(f"i{n}", f"L{n}", measured=n % 2) for n in range(3)]))
    assert main(["replay", "--rules", str(rules), str(log), "--quiet"]) == 0
    said = capsys.readouterr().err
    assert (
        "drift.yaml:10:9: drift: 100 / measured was null for 2 facts: measured is 0 [division-by-zero]"
        in said
    )
    argv = ["explain", "--rules", str(rules), "--facts", str(log), "--rule", "drift", "--fact", "i0"]
    main(argv)
    assert "100 / measured: measured is 0" in capsys.readouterr().out


DRIFT = """
ruleset: drift
title: Drift
owner: quality
rules:
  - rule: drift
    title: The measured value drifts
    on: inspection_result
    on_missing: skip
    if: 100 / measured > 5
    then: {notify: {lot: = lot_id, to: quality, message: "look at {lot_id}"}}
"""
