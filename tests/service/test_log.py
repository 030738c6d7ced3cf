"""A log posted to the service gives the decisions of its replay, however it is posted and whatever happens meanwhile."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from service.cli import main
from tests.service.harness import HandClock, decode, serving, settings_for

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "fixtures/production_log"
REAL = (
    Path(os.environ.get("LINESIDE_DATA", ROOT.parent / "shared/data")) / "production_log/production_log.csv"
)

logs = pytest.mark.parametrize(
    "log",
    [
        pytest.param(EXAMPLE / "sample.csv", id="sample"),
        pytest.param(
            REAL,
            id="real",
            marks=pytest.mark.skipif(not REAL.is_file(), reason="the production log is not on this machine"),
        ),
    ],
)


@logs
def test_a_posted_log_decides_as_its_replay(
    tmp_path: Path, log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Posted as NDJSON, with a restart in the middle, and posted twice."""
    replay = [
        "replay",
        "--rules",
        str(EXAMPLE / "rules"),
        "--mapping",
        str(EXAMPLE / "mapping.yaml"),
        str(log),
    ]
    assert main([*replay, "--json"]) == 0
    expected = [decode(line.encode()) for line in capsys.readouterr().out.splitlines()]
    assert main([*replay, "--emit", "facts"]) == 0
    facts = capsys.readouterr().out.encode().splitlines(keepends=True)
    settings = settings_for(tmp_path, rules=EXAMPLE / "rules")
    half = b"".join(facts[: len(facts) // 2])
    with serving(settings, clock=HandClock()) as served:
        assert served.post(half, "application/x-ndjson").status_code == 200
    with serving(settings, clock=HandClock()) as served:
        for status in ({"accepted", "duplicate"}, {"duplicate"}):
            answer = served.post(b"".join(facts), "application/x-ndjson")
            assert {decode(line)["status"] for line in answer.content.splitlines()} == status
            assert served.decisions() == expected
    assert expected
