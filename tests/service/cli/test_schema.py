"""`lineside schema`: listed, printed and written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from service.cli import main

KINDS = {"calendars", "definitions", "fact", "flows", "ladders", "mapping", "ruleset", "scenario"}


def test_kinds_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a name every kind of document is listed."""
    assert main(["schema"]) == 0
    assert {line.split()[0] for line in capsys.readouterr().out.splitlines()} >= KINDS


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_one_schema(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A named schema is printed, and is a schema."""
    jsonschema = pytest.importorskip("jsonschema")
    assert main(["schema", kind]) == 0
    schema = json.loads(capsys.readouterr().out)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["title"]


def test_schemas_are_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--output writes one file a kind into a new folder and names each."""
    folder = tmp_path / "a/b"
    assert main(["schema", "--output", str(folder)]) == 0
    assert {path.stem for path in folder.iterdir()} >= KINDS
    assert len(capsys.readouterr().out.splitlines()) == len(list(folder.iterdir()))


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file in the place of the folder is said, with 1."""
    (tmp_path / "file").write_text("")
    assert main(["schema", "--output", str(tmp_path / "file")]) == 1
    assert "cannot be written" in capsys.readouterr().err
