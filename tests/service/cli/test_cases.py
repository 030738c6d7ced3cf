"""`lineside cases`, against a running service: what is open, who was told, and a person's answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.cli import main
from service.cli.printing import human_line
from tests.service.harness import HandClock, Served, serving, settings_for
from tests.service.test_cases import BEGIN, a_failure, an_answer


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """A service with the shipped rules and two quality holds, one of them closed."""
    monkeypatch.setenv("NO_COLOR", "1")
    settings = settings_for(tmp_path).model_copy(update={"rules": None})
    with serving(settings, clock=HandClock(BEGIN)) as running:
        monkeypatch.setenv("LINESIDE_URL", running.url)
        running.post_lines(
            [a_failure("i1", "L-1"), a_failure("i2", "L-2"), an_answer("close", "L-1", "close")]
        )
        yield running


def said(capsys: pytest.CaptureFixture[str], *argv: str, code: int = 0) -> str:
    """Run a command that must end with *code* and return what it printed, to standard output or else to standard error."""
    assert main(["cases", *argv]) == code
    captured = capsys.readouterr()
    return captured.out or captured.err


def test_cases_are_listed_shown_and_answered(served: Served, capsys: pytest.CaptureFixture[str]) -> None:
    """Filters choose, one case says who was told and will be, and an answer prints the case as it then stands."""
    rows = [json.loads(line) for line in said(capsys, "list", "--json").splitlines()]
    assert [(row["subject"]["id"], row["status"]) for row in rows] == [("L-2", "open"), ("L-1", "closed")]
    (line,) = said(capsys, "list", "--status", "open", "--subject", "lot/L-2").splitlines()
    assert "quality-hold of lot L-2  production open, quality open" in line
    assert said(capsys, "list", "--function", "canteen") == "0 cases\n"
    name = rows[0]["case_id"]
    taken = said(capsys, "accept", name, "--by", "Ann", "--function", "quality", "--comment", "at once")
    assert "quality accepted, planning open" in taken
    shown = said(capsys, "show", name).splitlines()
    assert shown[0] == "bore failed on lot L-2"
    assert "  task        quality, accepted by Ann: at once  Disposition lot L-2" in shown
    assert '  2026-03-02T07:00:00Z  Ann: accept for quality: "at once"' in shown
    assert "  2026-03-02T07:00:00Z  to production: Contain lot L-2 at MILL-3" in shown
    assert "  2026-03-02T07:15:00Z  step 1 will tell supervisor" in shown
    assert "resolved" in said(capsys, "resolve", name, "--by", "Ann")


def test_a_case_that_a_rule_has_resolved_says_which_and_why(
    served: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever looks at the case sees that its lot is decided, that nobody will be told, and in the decision which case it was."""
    name = served.get("/v1/cases", status="open")["cases"][0]["case_id"]
    answer = served.post(
        {
            "id": "d1",
            "source": "person/ann",
            "type": "disposition",
            "data": {
                "subject_type": "lot",
                "subject_id": "L-2",
                "disposition": "scrap",
                "decided_by": "Ann",
                "role": "quality lead",
                "reason": "cracked",
            },
        }
    ).json()
    (resolved,) = [one for one in answer["decisions"] if one["kind"] == "resolve_case"]
    assert resolved["values"] == {"kind": "quality-hold", "cases": [name]}
    found = served.get(f"/v1/cases/{name}")
    assert (found["status"], found["by"], found["comment"], found["ladder"]["next"]) == (
        "resolved",
        "decided-lot-resolves-its-case",
        "scrap by Ann: cracked",
        [],
    )
    explained = served.get(f"/v1/decisions/{resolved['id']}")["explanation"]
    assert explained["rule"] == "decided-lot-resolves-its-case"
    shown = said(capsys, "show", name).splitlines()
    assert "  resolved    by decided-lot-resolves-its-case" in shown
    assert "  comment     scrap by Ann: cracked" in shown
    assert "  nobody will be told next: it is resolved" in shown
    assert not [line for line in shown if "will tell" in line]
    assert "open" in said(capsys, "reopen", name, "--by", "Ann")
    assert "step 1 will tell supervisor" in said(capsys, "show", name)


@pytest.mark.parametrize(
    ("argv", "code", "says"),
    [
        pytest.param(["show", "nothing"], 1, "no case has this id", id="no-such-case"),
        pytest.param(["list", "--subject", "L-2"], 2, "write TYPE/ID, such as lot/L-7", id="half-a-subject"),
        pytest.param(["list", "--limit", "0"], 2, "must be at least 1", id="limit"),
        pytest.param(["comment", "x", "--by", "Ann"], 2, "--comment", id="comment-without-one"),
        pytest.param(
            ["close", "x", "--by", "A", "--function", "b"], 2, "--function", id="function-of-a-case"
        ),
    ],
)
def test_what_cannot_be_done_is_said(
    served: Served, capsys: pytest.CaptureFixture[str], argv: list[str], code: int, says: str
) -> None:
    """The exit code tells a wrong use from a case that is not there."""
    assert says in said(capsys, *argv, code=code)


def test_an_answer_that_changes_nothing_fails_and_says_why(
    served: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    """A function without a task is named with those that have one."""
    name = served.get("/v1/cases", status="open")["cases"][0]["case_id"]
    text = said(capsys, "done", name, "--by", "Leo", "--function", "logistics", code=1)
    assert text.count("logistics has no task in this case; those who have: production, quality") == 1


def test_a_fact_cannot_look_like_a_row_of_its_own() -> None:
    """A decision is one line, whatever its texts hold: what follows a line break in a fact is not printed as a decision."""
    decision = {
        "kind": "hold",
        "subject": {"type": "lot", "id": "L-1\n2026-03-02T07:25:00Z  release      lot L-1"},
        "time": "2026-03-02T07:25:00Z",
        "reason": "too wide\r\n2026-03-02T07:25:00Z  release      lot L-1",
        "rule": "wide-bore",
    }
    line = human_line(decision)
    assert line.splitlines() == [line]
    assert r"too wide\r\n2026" in line


@pytest.mark.parametrize(
    ("values", "status", "says"),
    [
        pytest.param(
            {"role": "quality lead", "meaning": "reviewed", "waits_for": ["approved", "agreed"]},
            "decided",
            "use_as_is by Ann (quality lead): reviewed, waits for approved and agreed; 58 HRC is enough",
            id="the-first-of-three",
        ),
        pytest.param({}, "void", "use_as_is by Ann; 58 HRC is enough [void]", id="no-authority"),
    ],
)
def test_a_signature_says_who_signed_what_and_what_is_waited_for(
    values: dict[str, object], status: str, says: str
) -> None:
    """The reason of a signature alone tells nobody what was signed; of no rule, no empty parentheses are printed."""
    decision = {
        "kind": "sign",
        "subject": {"type": "lot", "id": "L-1"},
        "time": "2026-03-02T07:25:00Z",
        "status": status,
        "reason": "58 HRC is enough",
        "values": {"disposition": "use_as_is", "by": "Ann"} | values,
        "rule": "",
    }
    assert human_line(decision).endswith(f"lot L-1  {says}")
