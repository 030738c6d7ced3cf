"""Tables in files beside the rules: the same faults in every form, what is read and what is not, and the service on them."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import text

from engine.compiler import compile_rules
from engine.decisions import Fact
from engine.session import Session
from service.app import bootstrap
from service.cli import main
from service.rulebooks import read_rules
from service.shipped import read_rule_files, rule_files
from tests.service.harness import HandClock, inspection, serving, settings_for, write_rules

HEADINGS = ["item", "severity", "quantity", "=> route.to", "# why"]
HEAD = """\
ruleset: plan
owner: quality
rules:
  - table: plan
    on: nonconformance
    on_missing: skip
    hit: first
"""


def forty_rows(at: int, column: int, cell: str) -> list[list[str]]:
    """Return a sound table of forty rows but for *cell* in row *at* and *column*, both from 1."""
    rows = [
        [f"IT-{n:03}", ("minor", "major")[n % 2], f"[{n}..{n + 5})", f"bay-{n}", ""] for n in range(1, 41)
    ]
    rows[at - 1][column - 1] = cell
    return rows


def in_yaml(folder: Path, rows: list[list[str]]) -> None:
    """Write the table with pipes."""
    lines = "".join(f"      | {' | '.join(row)} |\n" for row in [HEADINGS, *rows])
    (folder / "plan.yaml").write_text(HEAD + "    columns: |\n" + lines)


def in_lists(folder: Path, rows: list[list[str]]) -> None:
    """Write the table as lists, of which JSON is one form."""
    lines = "".join(f"      - {json.dumps(row)}\n" for row in rows)
    (folder / "plan.yaml").write_text(HEAD + f"    columns: {json.dumps(HEADINGS)}\n    rows:\n" + lines)


def in_csv(folder: Path, rows: list[list[str]]) -> None:
    """Write the table into a CSV file."""
    (folder / "plan.yaml").write_text(HEAD + "    file: plan.csv\n")
    with (folder / "plan.csv").open("w", newline="") as out:
        csv.writer(out, delimiter=";").writerows([HEADINGS, *rows])


def in_xlsx(folder: Path, rows: list[list[str]]) -> None:
    """Write the table onto a worksheet."""
    (folder / "plan.yaml").write_text(HEAD + "    file: plan.xlsx\n    sheet: Routing\n")
    made = openpyxl.Workbook()
    made.active.title = "Notes"
    sheet = made.create_sheet("Routing")
    for row in [HEADINGS, *rows]:
        sheet.append(row)
        for cell in sheet[sheet.max_row]:
            if cell.data_type == "f":  # what begins with "=", behind an apostrophe
                cell.data_type = "s"
    made.save(folder / "plan.xlsx")


FORMS = {"yaml": in_yaml, "lists": in_lists, "csv": in_csv, "xlsx": in_xlsx}
NAMED = "row 37, column 3 (quantity)"
IN_SHEET = f'{NAMED}, cell C38 of sheet "Routing"'
SAID = {
    "yaml": ("plan.yaml", 46, {"type-mismatch": 26, "unknown-field": 26, "syntax": 28}, NAMED),
    "lists": ("plan.yaml", 46, {"type-mismatch": 30, "unknown-field": 30, "syntax": 32}, NAMED),
    "csv": ("plan.csv", 38, {"type-mismatch": 15, "unknown-field": 14, "syntax": 16}, NAMED),
    "xlsx": ("plan.xlsx", 38, {"type-mismatch": 3, "unknown-field": 3, "syntax": 3}, IN_SHEET),
}
"""By form: the file, the line, the column by what is wrong (within the cell, but in a sheet), and how the cell is named."""

CELLS = {
    "type": ('"many"', "type-mismatch"),
    "name": ("soon", "unknown-field"),
    "syntax": ("5 6", "syntax"),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("cell", "code"), CELLS.values(), ids=CELLS)
def test_a_fault_in_row_37_and_column_3(
    form: str, cell: str, code: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever the form of the table, the fault names file, line and column, and the cell by row, column and heading."""
    FORMS[form](tmp_path, forty_rows(37, 3, cell))
    assert main(["check", str(tmp_path)]) == 1
    found, summary = capsys.readouterr().out.splitlines()
    file, line, columns, name = SAID[form]
    begin, _, rest = found.partition(f" error[{code}]: ")
    assert begin == f"{tmp_path.as_posix()}/{file}:{line}:{columns[code]}:"
    assert rest.startswith(f"{name}: ")
    assert "1 error, 0 warnings" in summary


@pytest.mark.parametrize("form", FORMS)
def test_a_sound_table(form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same table without a fault has none in any form."""
    FORMS[form](tmp_path, forty_rows(37, 3, "<= 5"))
    assert main(["check", "--strict", str(tmp_path)]) == 0
    assert "1 rule, " in capsys.readouterr().out


def test_every_form_decides_alike(tmp_path: Path) -> None:
    """Rule books of the four forms route the same nonconformance the same way."""
    found = []
    for form, write in FORMS.items():
        folder = tmp_path / form
        folder.mkdir()
        write(folder, forty_rows(37, 3, "<= 5"))
        session = Session(compile_rules(rule_files([folder])))
        data = {"nonconformance_id": "N", "lot_id": "L", "item": "IT-037", "defect_class": "surface"}
        data |= {"severity": "major", "quantity": 4}
        outcome = session.submit(Fact("mes", "1", "nonconformance", datetime(2026, 1, 1, tzinfo=UTC), data))
        found.append([(d.kind, d.subject_id, d.values, d.rows) for d in outcome.decisions])
    assert found == [[("route", "L", {"to": "bay-37"}, (37,))]] * len(FORMS)


def test_files_that_no_table_names(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file of tables that nobody names is no part of the rule book; the check of a folder of rules says so."""
    in_csv(tmp_path, forty_rows(1, 3, "1"))
    before = rule_files([tmp_path])
    for name in ("old.csv", "other.XLSX", "~$plan.xlsx", ".plan.csv"):
        (tmp_path / name).write_bytes(b"\xff")
    assert rule_files([tmp_path]) == before
    assert main(["check", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert [line.partition(" is not read")[0].rpartition("/")[2] for line in out.splitlines()[1:]] == [
        "old.csv",
        "other.XLSX",
    ]
    assert main(["check", "--json", str(tmp_path)]) == 0
    assert len(json.loads(capsys.readouterr().out)["summary"]["unnamed"]) == 2
    assert main(["check", str(tmp_path / "plan.yaml")]) == 0
    assert "is not read" not in capsys.readouterr().out


def test_a_file_of_tables_is_not_checked_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a table says depends on the rule that names it, so it is the rule that is asked for."""
    in_csv(tmp_path, forty_rows(1, 3, "1"))
    assert main(["check", str(tmp_path / "plan.csv")]) == 2
    assert "give the rule file that names it" in capsys.readouterr().err


REFUSED = {
    "link away": "the file is a link that leads out of the rules",
    "large": "the file is larger than 16 MiB",
    "folder": 'there is no file "plan.csv" beside this one',
    "loop": 'there is no file "plan.csv" beside this one',
    "long name": f'there is no file "{"plan" * 15}" beside this one',
    "not there": 'there is no file "plan.csv" beside this one',
    "workbook": "the file is a zip archive or a workbook, not text",
}


@pytest.mark.parametrize(("what", "message"), REFUSED.items(), ids=REFUSED)
def test_files_that_are_not_read(
    what: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A link out of the rules, a file too large, or none at all is a diagnostic."""
    folder = tmp_path / "rules"
    folder.mkdir()
    in_csv(folder, forty_rows(1, 3, "1"))
    plan = folder / "plan.csv"
    if what == "link away":
        plan.rename(tmp_path / "away.csv")
        plan.symlink_to(tmp_path / "away.csv")
    elif what == "large":
        with plan.open("r+b") as out:
            out.truncate(17 << 20)
    elif what == "workbook":
        in_xlsx(tmp_path, forty_rows(1, 3, "1"))
        (tmp_path / "plan.xlsx").rename(plan)
    else:
        plan.unlink()
        if what == "folder":
            plan.mkdir()
        elif what == "loop":
            plan.symlink_to(plan)
        elif what == "long name":
            named = (folder / "plan.yaml").read_text("utf-8")
            (folder / "plan.yaml").write_text(named.replace("plan.csv", f"{'plan' * 100}.csv"), "utf-8")
    for path in (folder, folder / "plan.yaml"):
        assert main(["check", str(path)]) == 1
        out = capsys.readouterr().out
        assert message in out
        assert "is not read" not in out


def test_a_link_within_the_rules_is_followed(tmp_path: Path) -> None:
    """Rules that are mounted as links to a folder beside them are read."""
    in_csv(tmp_path, forty_rows(1, 3, "1"))
    (tmp_path / "..data").mkdir()
    (tmp_path / "plan.csv").rename(tmp_path / "..data/plan.csv")
    (tmp_path / "plan.csv").symlink_to("..data/plan.csv")
    assert read_rule_files([tmp_path])[f"{tmp_path.name}/plan.csv"].startswith("item;")


def test_rules_of_the_same_name_have_their_own_files(tmp_path: Path) -> None:
    """Where two folders share a name, each table is read from beside its own rules."""
    for place in ("a/rules", "b/rules"):
        (tmp_path / place).mkdir(parents=True)
        in_csv(tmp_path / place, forty_rows(1, 4, place))
        (tmp_path / place / "plan.yaml").write_text(HEAD.replace("plan", place[0]) + "    file: plan.csv\n")
    found = read_rule_files([tmp_path / "a/rules", tmp_path / "b/rules"])
    assert len(found) == 4
    assert "a/rules" in found["rules/plan.csv"]
    assert "b/rules" in found[(tmp_path / "b/rules/plan.csv").as_posix()]


TABLE = """
ruleset: quality
owner: quality
rules:
  - table: where-it-goes
    on: inspection_result
    on_missing: skip
    hit: first
    file: {file}
"""


def write_table(rules: Path, form: str, target: str) -> None:
    """Write a table that routes critical failures to *target*, as CSV or as XLSX."""
    rows = [["severity", "=> route.to", "# why"], ["critical", target, "grave"]]
    (rules / "quality.yaml").write_text(TABLE.format(file=f"plan.{form}"))
    if form == "csv":
        (rules / "plan.csv").write_text("".join(",".join(row) + "\n" for row in rows))
        return
    made = openpyxl.Workbook()
    for row in rows:
        made.active.append(row)
    made.active["B1"].data_type = "s"
    made.save(rules / "plan.xlsx")


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_service_decides_by_a_file_and_keeps_it(form: str, tmp_path: Path) -> None:
    """A file of tables is a source of the rule book: stored with it, part of its digest, there when facts are evaluated again."""
    rules = write_rules(tmp_path)
    write_table(rules, form, "mrb")
    settings = settings_for(tmp_path, rules=rules)
    with serving(settings, clock=HandClock()) as served:
        served.post(inspection("1", "L1"))
        (first,) = served.decisions()
        assert (first["kind"], first["values"], first["rows"]) == ("route", {"to": "mrb"}, [1])
        (book,) = served.get("/v1/rulebooks")["rulebooks"]
        sources = served.get(f"/v1/rulebooks/{book['digest']}")["sources"]
        assert "critical" in sources[f"rules/plan.{form}"]
    write_table(rules, form, "scrap")
    with serving(settings, clock=HandClock()) as served:
        served.post(inspection("2", "L2"))
        assert [d["values"]["to"] for d in served.decisions()] == ["mrb", "scrap"]
        assert len(served.get("/v1/rulebooks")["rulebooks"]) == 2
        decided = served.decisions()
    service = bootstrap(settings, clock=HandClock())
    with service.engine.begin() as connection:
        connection.execute(text("delete from snapshots"))
    service.close()
    (rules / f"plan.{form}").write_bytes((rules / f"plan.{form}").read_bytes())
    with serving(settings, clock=HandClock()) as served:
        assert served.decisions() == decided


def test_the_service_reads_what_the_command_line_reads(tmp_path: Path) -> None:
    """The rules directory of a service has the same texts, tables included, as the same folder has for `lineside check`."""
    in_xlsx(tmp_path, forty_rows(1, 3, "1"))
    found = read_rules(tmp_path)
    assert found == rule_files([tmp_path])
    assert found[f"{tmp_path.name}/plan.xlsx"].startswith('{"workbook":1,')
