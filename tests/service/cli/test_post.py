"""`lineside post` against a small server: batches, retries, refusals with their places, and a service that is not there."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from service.cli import main, remote
from service.cli.post import answers_in

DECISION = {
    "id": "d1",
    "kind": "hold",
    "subject": {"type": "lot", "id": "L-1"},
    "rule": "r",
    "time": "2026-01-01T00:00:00Z",
    "values": {"inventory_status": "blocked"},
    "status": "decided",
}


class Service(ThreadingHTTPServer):
    """A stand-in for the service: remembers what was posted, answers as told."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.bodies: list[list[dict[str, Any]]] = []
        self.busy = 0
        self.refuse: set[str] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Conversation(BaseHTTPRequestHandler):
    """One request."""

    server: Service

    def do_POST(self) -> None:
        lines = self.rfile.read(int(self.headers["content-length"])).decode().splitlines()
        if self.server.busy:
            self.server.busy -= 1
            return self.answer(
                503, {"detail": "too many facts are waiting", "status": 503}, ("retry-after", "0")
            )
        facts = [json.loads(line) for line in lines]
        self.server.bodies.append(facts)
        return self.answer(200, *[self.one(n, fact) for n, fact in enumerate(facts, 1)])

    def one(self, line: int, fact: dict[str, Any]) -> dict[str, Any]:
        if fact["id"] in self.server.refuse:
            fault = {"code": "missing", "pointer": "/data/lot_id", "message": '"lot_id" is missing'}
            return {
                "status": "refused",
                "line": line,
                "problem": {"status": 422, "detail": "no", "errors": [fault]},
            }
        return {"status": "accepted", "line": line, "decisions": [{**DECISION, "id": fact["id"]}]}

    def answer(self, status: int, *bodies: dict[str, Any]) -> None:
        headers = [b for b in bodies if isinstance(b, tuple)]
        text = "".join(json.dumps(b) + "\n" for b in bodies if not isinstance(b, tuple)).encode()
        self.send_response(status)
        self.send_header("content-type", "application/x-ndjson")
        self.send_header("content-length", str(len(text)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
        pass


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """Run a stand-in service for one test."""
    monkeypatch.setattr(remote, "FIRST_WAIT_SECONDS", 0.0)
    server = Service()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def facts(tmp_path: Path) -> Path:
    """Return a file of five facts and a blank line."""
    path = tmp_path / "facts.ndjson"
    lines = [json.dumps({"id": f"f{n}", "source": "mes", "type": "x", "data": {"n": n}}) for n in range(5)]
    path.write_text("\n".join([*lines[:2], "", *lines[2:]]) + "\n")
    return path


def test_facts_are_posted_in_batches_and_in_order(
    service: Service, facts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every fact arrives once, in the order of the file, in batches of the size asked for; decisions are printed."""
    assert main(["post", "--url", service.url, "--batch", "2", "--json", str(facts)]) == 0
    assert [[fact["id"] for fact in body] for body in service.bodies] == [["f0", "f1"], ["f2", "f3"], ["f4"]]
    captured = capsys.readouterr()
    assert [json.loads(line)["id"] for line in captured.out.splitlines()] == ["f0", "f1", "f2", "f3", "f4"]
    assert "5 facts posted (5 accepted), 5 decisions" in captured.err


def test_a_busy_service_is_asked_again(
    service: Service, facts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """503 is waited out, and nothing is posted twice."""
    service.busy = 3
    assert main(["post", "--url", service.url, str(facts)]) == 0
    assert len(service.bodies) == 1
    assert "hold" in capsys.readouterr().out


def test_a_service_that_stays_busy_is_said(
    service: Service, facts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """After some tries the command gives up with what the service said."""
    service.busy = 100
    assert main(["post", "--url", service.url, str(facts)]) == 1
    assert "too many facts are waiting" in capsys.readouterr().err


def test_a_refused_fact_is_named_and_the_others_are_taken(
    service: Service, facts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A refusal is printed with the file and line of its fact, and the command ends with 1."""
    service.refuse = {"f3"}
    assert main(["post", "--url", service.url, str(facts)]) == 1
    captured = capsys.readouterr()
    assert f"{facts}:5:1: error[missing]: the fact is refused at /data/lot_id" in captured.err
    assert "4 accepted, 1 refused" in captured.err
    assert len(captured.out.splitlines()) == 4


def test_what_is_no_fact_is_said_before_anything_is_lost(
    service: Service, facts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line that is not JSON is named; the others are posted."""
    facts.write_text(facts.read_text() + "{not json\n")
    assert main(["post", "--url", service.url, str(facts)]) == 1
    assert f"{facts}:7:1: error[" in capsys.readouterr().err
    assert sum(map(len, service.bodies)) == 5


@pytest.mark.parametrize(
    ("text", "statuses"),
    [
        pytest.param('{"status": "accepted"}\n{"status": "stale"}\n', ["accepted", "stale"], id="lines"),
        pytest.param('{"status": "accepted"}', ["accepted"], id="one"),
        pytest.param('[{"status": "accepted"}]', ["accepted"], id="an array"),
        pytest.param('{"status": 503, "detail": "busy"}', [], id="a problem"),
        pytest.param("<html>", [], id="something else"),
    ],
)
def test_answers(text: str, statuses: list[str]) -> None:
    """Answers are found in each form, and a problem is not taken for one."""
    assert [one["status"] for one in answers_in(text)] == statuses
