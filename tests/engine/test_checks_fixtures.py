"""Bad rule files and their diagnostics: each file with the good fact types around it, compared with its golden text."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine import checks, parser
from engine.diagnostics import Diagnostic, Severity, in_order
from engine.source import decode

RULES = Path(__file__).parents[2] / "fixtures" / "rules"
BAD = sorted((RULES / "bad").glob("*.yaml"))
SHEETS = sorted((RULES / "bad").glob("*.csv"))
REWRITE = os.environ.get("LINESIDE_GOLDEN") == "1"


def diagnose(files: dict[str, str]) -> tuple[Diagnostic, ...]:
    """Return what parser and checks say of *files* together."""
    parsed = parser.parse(files)
    return in_order([*parsed.diagnostics, *checks.check(parsed.documents)])


def good_files() -> dict[str, str]:
    """Return the good fact types and flows by file name."""
    return {
        path.relative_to(RULES / "good").as_posix(): decode(path.read_bytes())
        for path in sorted((RULES / "good").rglob("*"))
        if path.suffix in (".yaml", ".csv")
    }


def beside_good_types(path: Path) -> dict[str, str]:
    """Return the good fact types and flows, and the bad file at *path* (which stands in for one of its own name)."""
    kept = {name: text for name, text in good_files().items() if name.startswith(("facts/", "flows"))}
    tables = {sheet.name: decode(sheet.read_bytes()) for sheet in SHEETS}
    return {**kept, **tables, path.name: decode(path.read_bytes())}


def test_there_are_bad_fixtures() -> None:
    """A runner that finds no case would pass for ever."""
    assert len(BAD) > 10


def test_good_files_have_no_fault() -> None:
    """Nothing is said of rules that are right, not even a warning."""
    assert [str(found) for found in diagnose(good_files())] == []


def test_shipped_rules_have_no_error() -> None:
    """What is shipped compiles."""
    shipped = {p.as_posix(): decode(p.read_bytes()) for p in (RULES.parents[1] / "rules").rglob("*.yaml")}
    assert [str(found) for found in diagnose(shipped) if found.severity is Severity.ERROR] == []


@pytest.mark.golden
@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_bad_files_say_what_they_always_said(path: Path) -> None:
    """Every diagnostic of a bad file, word for word; change them with `make golden` and read the diff."""
    found = diagnose(beside_good_types(path))
    assert found, "a bad file has a fault"
    assert {diagnostic.span.file for diagnostic in found} - {sheet.name for sheet in SHEETS} == {path.name}
    said = "".join(f"{diagnostic}\n" for diagnostic in found)
    golden = path.with_suffix(".txt")
    if REWRITE:
        golden.write_text(said, encoding="utf-8", newline="\n")
    assert said == golden.read_text(encoding="utf-8")


def test_six_different_faults_are_found_at_once_each_in_its_place() -> None:
    """One run names the fault of every stage, with line and column of its first and last character."""
    found = diagnose(beside_good_types(RULES / "bad" / "six-faults.yaml"))
    places = [
        (d.code, d.span.line, d.span.column, d.span.end_line, d.span.end_column, d.severity.value)
        for d in found
    ]
    assert places == [
        ("bad-date", 4, 19, 4, 29, "error"),
        ("unknown-key", 7, 5, 7, 14, "error"),
        ("unknown-field", 12, 15, 12, 22, "error"),
        ("never-true", 14, 62, 14, 71, "error"),
        ("template", 18, 20, 18, 21, "error"),
        ("unknown-fact-type", 20, 9, 20, 23, "error"),
    ]


def test_a_diagnostic_points_at_what_it_quotes() -> None:
    """Where a message quotes a misspelt name, the span covers exactly that name in the file."""
    checked = 0
    for path in BAD:
        text = decode(path.read_bytes()).removeprefix("\ufeff")
        lines = text.splitlines()
        for found in diagnose(beside_good_types(path)):
            span = found.span
            quoted = found.message.partition('"')[2].partition('"')[0]
            if found.code not in ("unknown-fact-type", "unknown-name") or span.line != span.end_line:
                continue
            assert lines[span.line - 1][span.column - 1 : span.end_column - 1] == quoted, str(found)
            checked += 1
    assert checked >= 4
