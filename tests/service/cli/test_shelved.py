"""`lineside shelved`, against a running service: what nobody is told of, and a person's word that shelves or ends it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from service.cli import main
from tests.service.harness import HandClock, Served, serving, settings_for
from tests.service.test_cases import BEGIN, a_failure

ANN = ("--by", "Ann", "--reason", "the gauge is being mended")


@pytest.fixture
def clock() -> HandClock:
    """A clock that stands at BEGIN."""
    return HandClock(BEGIN)


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: HandClock) -> Iterator[Served]:
    """A service with the shipped rules, and nothing shelved."""
    monkeypatch.setenv("NO_COLOR", "1")
    settings = settings_for(tmp_path).model_copy(update={"rules": None})
    with serving(settings, clock=clock) as running:
        monkeypatch.setenv("LINESIDE_URL", running.url)
        yield running


def said(capsys: pytest.CaptureFixture[str], *argv: str, code: int = 0) -> str:
    """Run a command that must end with *code* and return what it printed, to standard output or else to standard error."""
    assert main(["shelved", *argv]) == code
    captured = capsys.readouterr()
    return captured.out or captured.err


def test_what_is_shelved_is_listed_counts_and_ends(
    served: Served, clock: HandClock, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is printed as it then stands: until when, by whom and why, then how much it silenced, then when it was ended."""
    assert said(capsys, "list") == "0 silences\n"
    assert said(capsys, "shelve", "quality-hold", *ANN, "--subject", "lot/L-1", "--lasts", "2 h") == (
        "standing 2026-03-02T07:00:00Z until 2026-03-02T09:00:00Z  quality-hold of lot L-1  "
        "shelved by Ann: the gauge is being mended\n"
    )
    served.post_lines([a_failure("i1", "L-1"), a_failure("i2", "L-2")])
    assert said(capsys, "list", "--subject", "lot/L-1").endswith("mended  4 not told\n")
    clock.move(minutes=10)
    ended = said(
        capsys, "unshelve", "quality-hold", "--by", "Bo", "--reason", "mended", "--subject", "lot/L-1"
    )
    assert ended.startswith(
        "over     2026-03-02T07:00:00Z until 2026-03-02T07:10:00Z  quality-hold of lot L-1"
    )
    assert said(capsys, "list", "--status", "standing") == "0 silences\n"


def test_all_of_a_kind_is_out_of_service_until_it_is_in_service(
    served: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    """Out of service has no end of its own; a shelving for one time says so; --json prints what the service says."""
    out = said(capsys, "out-of-service", "machine-down", *ANN)
    assert "Z  machine-down of everything  out of service by Ann" in out
    until = (BEGIN + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    once = json.loads(said(capsys, "shelve", "machine-down", *ANN, "--one-shot", "--until", until, "--json"))
    assert (once["one_shot"], once["until"], once["subject"]) == (True, "2026-03-02T08:00:00.000000Z", None)
    assert len(said(capsys, "list", "--what", "machine-down").splitlines()) == 2
    assert len(said(capsys, "list", "--limit", "1").splitlines()) == 1
    assert said(capsys, "in-service", "machine-down", *ANN).startswith("over ")
    assert "the next time only by Ann" in said(capsys, "list", "--status", "standing")
    assert said(capsys, "list", "--how", "suppressed") == "0 silences\n"


@pytest.mark.parametrize(
    ("argv", "code", "says"),
    [
        pytest.param(["shelve", "quality-hald", *ANN], 1, 'did you mean "quality-hold"', id="no-such-kind"),
        pytest.param(["shelve", "quality-hold", *ANN, "--lasts", "9 h"], 1, "8 h at most", id="too-long"),
        pytest.param(["shelve", "quality-hold", *ANN, "--lasts", "long"], 1, "as 2 h", id="no-duration"),
        pytest.param(["unshelve", "quality-hold", *ANN], 1, "it is not shelved", id="not-shelved"),
        pytest.param(["shelve", "quality-hold", "--by", "Ann"], 2, "--reason", id="without-a-reason"),
        pytest.param(
            ["shelve", "quality-hold", *ANN, "--until", "noon"], 2, "write it as 2026", id="no-time"
        ),
        pytest.param(
            ["shelve", "quality-hold", *ANN, "--until", "2026-03-02T09:00"], 2, "names no zone", id="no-zone"
        ),
        pytest.param(["list", "--subject", "L-2"], 2, "write TYPE/ID, such as lot/L-7", id="half-a-subject"),
        pytest.param(["list", "--limit", "0"], 2, "must be at least 1", id="limit"),
    ],
)
def test_what_cannot_be_done_is_said(
    served: Served, capsys: pytest.CaptureFixture[str], argv: list[str], code: int, says: str
) -> None:
    """The exit code tells a wrong use from what the service does not do; nothing is shelved by either."""
    assert says in said(capsys, *argv, code=code)
    assert served.get("/v1/shelved")["shelved"] == []


@pytest.mark.usefixtures("served")
def test_what_is_shelved_is_one_row_whatever_the_reason_holds(capsys: pytest.CaptureFixture[str]) -> None:
    """A line break in a reason or a name does not begin a row that nobody shelved."""
    forged = "mended\nstanding 2026-03-02T07:00:00Z  machine-down of everything  shelved by Bo: x"
    printed = said(capsys, "shelve", "quality-hold", "--by", "Ann\nBo", "--reason", forged, "--lasts", "2 h")
    assert printed.count("\n") == 1
    assert r"Ann\nBo: mended\nstanding" in printed
