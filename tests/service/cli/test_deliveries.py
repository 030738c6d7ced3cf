"""`lineside deliveries`, against a running service and against its database: the same rows, the same words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.cli import main
from tests.service.couriers import answering, send_all
from tests.service.harness import HandClock, Served, inspection, serving, settings_for
from tests.service.receivers import SECRET_TEXT, Receiver, receiving


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver that refuses every message."""
    with receiving() as running:
        running.answer = answering((422, {}))
        yield running


@pytest.fixture
def served(tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """A service with two dead letters."""
    monkeypatch.setenv("HOOK_SECRET", SECRET_TEXT)
    monkeypatch.setenv("NO_COLOR", "1")
    (tmp_path / "targets.yaml").write_text(
        f"targets:\n  mes:\n    url: {receiver.url}\n    secret: env:HOOK_SECRET\n    decisions: [hold]\n"
        f"    allow_private: true\n    retry: []\n",
        encoding="utf-8",
    )
    settings = settings_for(tmp_path, targets=tmp_path / "targets.yaml", deliver=False)
    with serving(settings, clock=HandClock()) as running:
        running.post_lines([inspection("1", "L1"), inspection("2", "L2")])
        send_all(running)
        yield running


@pytest.fixture(params=["service", "database"])
def where(request: pytest.FixtureRequest, served: Served) -> list[str]:
    """The options that name the service, or its database."""
    if request.param == "service":
        return ["--url", served.url]
    return ["--database", served.service.parts.settings.database_url]


def said(capsys: pytest.CaptureFixture[str], *argv: str, code: int = 0) -> str:
    """Run a command that must end with *code* and return what it printed, to standard output or else to standard error."""
    assert main(["deliveries", *argv]) == code
    captured = capsys.readouterr()
    return captured.out or captured.err


def test_the_dead_letter_is_listed_shown_and_sent_again(
    served: Served, receiver: Receiver, where: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Each dead one with its reason, one with its attempts; after a replay of all of them none is dead."""
    lines = said(capsys, "list", "--status", "dead", *where).splitlines()
    assert [line.split()[0] for line in lines] == ["2", "1"]
    assert "hold         lot:L2 -> mes  1 attempt  HTTP 422: refused" in lines[0]
    assert said(capsys, "list", "--target", "erp", *where) == "0 deliveries\n"
    shown = said(capsys, "show", "1", *where)
    assert "2026-03-01T06:00:00.000000Z  mes  dead 422 after" in shown
    assert '"subject":"lot/L1"' in shown
    receiver.answer = answering((200, {}))
    assert said(capsys, "replay", "--dead", *where).splitlines() == [
        "delivery 1 was dead, and is sent again",
        "delivery 2 was dead, and is sent again",
    ]
    assert "is due: it is being sent anyway" in said(capsys, "replay", "1", *where, code=1)
    # a replay of the database is due by the real clock, which is ahead of the clock of this service
    served.service.parts.clock.move(days=3_650)  # type: ignore[attr-defined]
    send_all(served)
    rows = [json.loads(line) for line in said(capsys, "list", "--json", *where).splitlines()]
    assert [(row["id"], row["status"]) for row in rows] == [(2, "delivered"), (1, "delivered")]
    assert len({taken.headers["webhook-id"] for taken in receiver.taken}) == 2


def test_a_disabled_target_is_listed_and_enabled(
    served: Served, receiver: Receiver, where: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """After a 410 it says so and since when; enabling it says that what waited goes out."""
    receiver.answer = answering((410, {}))
    served.post(inspection("3", "L3"))
    send_all(served)
    assert "disabled since 2026-03-01T06:00:00.000000Z: HTTP 410" in said(capsys, "targets", *where)
    assert said(capsys, "enable", "mes", *where) == "mes is enabled; what waited for it goes out\n"
    assert "disabled" not in said(capsys, "targets", *where)
    assert "was not disabled" in said(capsys, "enable", "mes", *where)


@pytest.mark.parametrize(
    ("argv", "code", "says"),
    [
        (["show", "99"], 1, "has no delivery 99"),
        (["replay", "99"], 1, "has no delivery 99"),
        (["replay"], 2, "name the deliveries"),
        (["replay", "1", "--dead"], 2, "name the deliveries"),
        (["replay", "1", "--target", "mes"], 2, "go with --dead"),
        (["show", "one"], 2, '"one" is no number'),
        ([], 2, "ACTION"),
    ],
)
def test_what_cannot_be_done_is_said(
    where: list[str], capsys: pytest.CaptureFixture[str], argv: list[str], code: int, says: str
) -> None:
    """Unknown numbers end with 1, and what makes no sense with 2."""
    assert says in said(capsys, *argv, *(where if argv else []), code=code)


@pytest.mark.parametrize(
    ("where", "says"),
    [
        (["--database", "sqlite:////nowhere/at/all.db"], "there is no folder"),
        (["--database", "sqlite:///{folder}/other.db"], "there is no database"),
        (["--database", "sqlite:///{folder}/old.db"], "start the service once"),
        (["--database", "mysql://x"], "SQLite or PostgreSQL"),
        (["--url", "http://127.0.0.1:1"], "no service answers"),
    ],
)
def test_a_place_that_cannot_be_asked_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], where: list[str], says: str
) -> None:
    """No database is made by asking for it, and a missing service is said to be missing."""
    (tmp_path / "old.db").touch()
    given = [part.format(folder=tmp_path) for part in where]
    assert says in said(capsys, "list", *given, code=1)
    assert not (tmp_path / "other.db").exists()


def test_an_unknown_target_is_said_with_the_nearest(
    served: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    """A misspelt name gets the one it is like."""
    assert 'did you mean "mes"?' in said(capsys, "enable", "mse", "--url", served.url, code=1)
