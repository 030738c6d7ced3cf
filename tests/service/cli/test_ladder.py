"""`lineside ladder preview`: printed for people, as JSON, up to an acknowledgement, and with a wrong name."""

from __future__ import annotations

import json

import pytest

from service.cli import main

START = ["--start", "2026-03-06T13:00+01:00"]


def test_a_preview_says_who_would_be_told_when(capsys: pytest.CaptureFixture[str]) -> None:
    """The shipped ladder, over a weekend: working time goes on on Monday."""
    assert main(["ladder", "preview", "quality-hold", *START]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "quality-hold  Who hears of held material that nobody has taken up",
        "Fri 2026-03-06 13:00+01:00  the case opens",
        "Fri 2026-03-06 13:15+01:00  step 1  supervisor: not everybody has taken up this hold",
        "Fri 2026-03-06 14:00+01:00  step 2  supervisor, quality lead",
        "Mon 2026-03-09 08:30+01:00  step 3  plant manager",
        "Mon 2026-03-09 12:30+01:00  step 3 (again, 1)  plant manager",
        "Mon 2026-03-09 16:30+01:00  step 3 (again, 2)  plant manager",
        "Mon 2026-03-09 20:30+01:00  step 3 (again, 3)  plant manager",
    ]


def test_a_preview_over_the_change_of_the_clocks_shows_those_on_the_wall(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """From Saturday in winter to Monday in summer, whatever the zone in which the start is given."""
    for start in ("2026-03-28T13:00+01:00", "2026-03-28T12:00Z"):
        assert main(["ladder", "preview", "quality-hold", "--start", start]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert lines[1:5] == [
            "Sat 2026-03-28 13:00+01:00  the case opens",
            "Sat 2026-03-28 13:15+01:00  step 1  supervisor: not everybody has taken up this hold",
            "Sat 2026-03-28 14:00+01:00  step 2  supervisor, quality lead",
            "Mon 2026-03-30 08:30+02:00  step 3  plant manager",
        ]


def test_an_acknowledgement_ends_the_preview(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is told after it, and how much it spared is said."""
    when = ["--acknowledged", "2026-03-06T13:40+01:00"]
    assert main(["ladder", "preview", "quality-hold", *START, *when]) == 0
    assert capsys.readouterr().out.splitlines()[-3:] == [
        "Fri 2026-03-06 13:15+01:00  step 1  supervisor: not everybody has taken up this hold",
        "Fri 2026-03-06 13:40+01:00  acknowledged",
        "without an answer, 5 more steps would have followed",
    ]


def test_a_preview_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    """One object a step, with whole times."""
    assert main(["ladder", "preview", "machine-down", *START, "--json"]) == 0
    first = json.loads(capsys.readouterr().out.splitlines()[0])
    assert first == {
        "at": "2026-03-06T13:10:00+01:00",
        "step": 1,
        "again": 0,
        "tell": ["on shift maintenance"],
        "message": "",
    }


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        pytest.param(["quality-hlod", *START], 1, 'did you mean "quality-hold"?', id="misspelt"),
        pytest.param(["quality-hold", "--start", "soon"], 2, '"soon" is no time', id="no time"),
        pytest.param(["quality-hold", "--start", "2026-03-06T13:00"], 2, "names no zone", id="no zone"),
        pytest.param(["quality-hold", "--start", "2026-03-06"], 2, "names no zone", id="a day"),
        pytest.param(
            ["quality-hold", *START, "--acknowledged", "2026-03-06T12:00+01:00"],
            2,
            "--acknowledged comes before --start",
            id="before the start",
        ),
        pytest.param(["quality-hold"], 2, "--start", id="without a start"),
    ],
)
def test_what_is_asked_wrongly_is_said(
    args: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A misspelt name is a fault with the nearest one, a time that is none is wrong use."""
    assert main(["ladder", "preview", *args]) == code
    assert said in capsys.readouterr().err
