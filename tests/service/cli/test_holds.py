"""`lineside holds`, against a running service: what is held, whether work may go on, and signatures."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.cli import main
from tests.service.harness import HandClock, Served, serving, settings_for
from tests.service.test_cases import BEGIN, a_failure

OK = ("--reason", "within the concession")


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """A service with the shipped rules, and one lot on hold."""
    monkeypatch.setenv("NO_COLOR", "1")
    settings = settings_for(tmp_path).model_copy(update={"rules": None})
    with serving(settings, clock=HandClock(BEGIN)) as running:
        monkeypatch.setenv("LINESIDE_URL", running.url)
        running.post_lines([a_failure("i1", "L-1")])
        yield running


def said(capsys: pytest.CaptureFixture[str], *argv: str, code: int = 0) -> str:
    """Run a command that must end with *code* and return what it printed, to standard output or else to standard error."""
    assert main(["holds", *argv]) == code
    captured = capsys.readouterr()
    return captured.out or captured.err


def test_a_hold_is_walked_to_its_release(served: Served, capsys: pytest.CaptureFixture[str]) -> None:
    """It is listed, stands in the way, is signed by two people, and then stands in the way no more."""
    (line,) = said(capsys, "list", "--status", "standing").splitlines()
    assert line.endswith(
        "standing 2026-03-02T07:00:00Z  lot L-1  blocked  bore failed on lot L-1  (critical-failure-holds-the-lot)"
    )
    assert said(capsys, "check", "--lot", "L-1", "--work-centre", "MILL-3", code=1).startswith(
        "must not go on: lot L-1 is on hold since "
    )
    assert said(capsys, "check", "--lot", "L-2") == "may go on: no hold stands on it\n"

    sign = ("sign", "lot/L-1", "use_as_is", *OK)
    void = said(capsys, *sign, "--by", "Bo", "--role", "operator", code=1)
    assert "use_as_is by Bo (operator); operator has no authority for use_as_is" in void
    first = said(capsys, *sign, "--by", "Ann", "--role", "quality lead")
    assert "use_as_is by Ann (quality lead): reviewed as fit for use, waits for approved" in first
    assert "another person has to [void]" in said(
        capsys, *sign, "--by", "ann", "--role", "quality manager", code=1
    )
    second = said(capsys, *sign, "--by", "Max", "--role", "quality manager", "--json")
    assert [json.loads(text)["kind"] for text in second.splitlines()] == ["sign", "release", "resolve_case"]

    assert said(capsys, "check", "--lot", "L-1", "--json").startswith('{"may_proceed":true,')
    (line,) = said(capsys, "list", "--subject", "lot/L-1").splitlines()
    assert "released 2026-03-02T07:00:00Z until 2026-03-02T07:00:00Z  lot L-1" in line


def test_a_split_names_its_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is held of it is shown, and the parts are signed as they are written, to the last digit."""
    monkeypatch.setenv("NO_COLOR", "1")
    settings = settings_for(tmp_path).model_copy(update={"rules": None})
    with serving(settings, clock=HandClock(BEGIN)) as running:
        monkeypatch.setenv("LINESIDE_URL", running.url)
        data = {
            "nonconformance_id": "N1",
            "lot_id": "L-3",
            "defect_class": "material",
            "severity": "major",
            "quantity": 2.5,
        }
        capsys.readouterr()
        running.post_lines([{"id": "n1", "source": "mes", "type": "nonconformance", "data": data}])
        (line,) = said(capsys, "list", "--subject", "lot/L-3").splitlines()
        assert "  lot L-3  blocked, 2.5 of it  " in line
        sign = ("sign", "lot/L-3", "split", *OK, "--by", "Ann", "--role", "quality lead")
        short = said(capsys, *sign, "--part", "scrap=1", "--part", "rework=1.4", code=1)
        assert "its parts come to 2.4, and 2.5 are held [void]" in short
        assert "waits for approved" in said(capsys, *sign, "--part", "scrap=1", "--part", "rework=1.5")


@pytest.mark.parametrize(
    ("argv", "code", "says"),
    [
        pytest.param(["check"], 2, "one or more of --lot, --serial, --order", id="nothing-named"),
        pytest.param(["list", "--subject", "L-2"], 2, "write TYPE/ID, such as lot/L-7", id="half-a-subject"),
        pytest.param(
            ["sign", "L-2", "scrap", "--by", "A", "--role", "r", *OK],
            2,
            'lineside: "L-2" names no subject',
            id="half-a-subject-to-sign",
        ),
        pytest.param(["list", "--limit", "0"], 2, "must be at least 1", id="limit"),
        pytest.param(
            ["sign", "lot/L-1", "split", "--by", "A", "--role", "r", *OK, "--part", "scrap"],
            2,
            '--part "scrap" is no part; write it as scrap=40',
            id="part",
        ),
        pytest.param(
            ["sign", "lot/L-1", "use_as_it", "--by", "A", "--role", "r", *OK],
            1,
            'did you mean "use_as_is"?',
            id="misspelt",
        ),
    ],
)
def test_what_cannot_be_done_is_said(
    served: Served, capsys: pytest.CaptureFixture[str], argv: list[str], code: int, says: str
) -> None:
    """The exit code tells a wrong use from what the service refuses."""
    assert says in said(capsys, *argv, code=code)


def test_a_signature_that_no_rule_knows_is_no_success(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rules without dispositions make nothing of a signature, and whoever signed hears of it."""
    own = tmp_path / "own"
    own.mkdir()
    (own / "rules.yaml").write_text(
        "ruleset: r\nrules:\n  - rule: held\n    on: nonconformance\n    then: {hold: {lot: = lot_id, reason: x}}\n"
    )
    settings = settings_for(tmp_path).model_copy(update={"rules": own})
    with serving(settings, clock=HandClock(BEGIN)) as running:
        monkeypatch.setenv("LINESIDE_URL", running.url)
        capsys.readouterr()
        text = said(
            capsys, "sign", "lot/L-1", "use_as_is", "--by", "A", "--role", "quality lead", *OK, code=1
        )
        assert "nobody can sign it: the rules declare no dispositions" in text
