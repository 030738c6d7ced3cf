"""`lineside post` against a small server: batches, retries, refusals with their places, and a service that is not there."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from service.cli import main, paint, remote
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
        self.known = False
        self.dies_after: int | None = None

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
        if self.server.dies_after == len(self.server.bodies):
            self.close_connection = True
            return None
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
        answer = {
            "status": "duplicate" if self.server.known else "accepted",
            "line": line,
            "fact": {"type": fact["type"]},
            "decisions": [{**DECISION, "id": fact["id"]}],
        }
        if "late" in fact["data"]:
            late = {
                "rule": "r",
                "place": "r.yaml:5:9",
                "text": "f",
                "code": "too-late",
                "message": "it is over",
            }
            answer |= {"warnings": [late], "findings": [{"kind": "over_delivery"}, {"kind": "not_checked"}]}
        return {**answer, "unknown": ["severty"]} if "severty" in fact["data"] else answer

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
    assert "5 facts posted: 5 new; 5 decisions\n" in captured.err


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
    assert "5 facts posted: 4 new, 1 refused; 4 decisions" in captured.err
    assert len(captured.out.splitlines()) == 4


def test_what_is_no_fact_is_said_before_anything_is_lost(
    service: Service, facts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line that is not JSON is named; the others are posted."""
    facts.write_text(facts.read_text() + "{not json\n")
    assert main(["post", "--url", service.url, str(facts)]) == 1
    assert f"{facts}:7:1: error[" in capsys.readouterr().err
    assert sum(map(len, service.bodies)) == 5


def test_a_second_post_says_that_all_was_decided_before(
    service: Service, facts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Decisions that were made before are printed, counted, and said to be old."""
    service.known = True
    assert main(["post", "--url", service.url, str(facts)]) == 0
    captured = capsys.readouterr()
    assert len(captured.out.splitlines()) == 5
    assert "5 facts posted: 0 new, 5 known already; 5 decisions, all made before\n" in captured.err


def test_fields_that_no_type_declares_are_counted(
    service: Service, facts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the service calls unknown is said once a field, with how many facts carried it."""
    facts.write_text(facts.read_text().replace('"n": 1', '"severty": 1').replace('"n": 3', '"severty": 1'))
    assert main(["post", "--url", service.url, str(facts)]) == 0
    assert 'unknown  x has no field "severty", which 2 facts carried' in capsys.readouterr().err


def test_what_was_found_beside_decisions_is_counted(
    service: Service, facts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Warnings and findings are told once each, and not again of facts that are known already."""
    facts.write_text(facts.read_text().replace('"n": 1', '"late": 1').replace('"n": 3', '"late": 1'))
    for expected in (True, False):
        assert main(["post", "--url", service.url, str(facts)]) == 0
        lines = capsys.readouterr().err.splitlines()
        told = [line for line in lines if line.startswith(("warning", "finding"))]
        assert told == expected * [
            "warning  r.yaml:5:9: r: 2 facts, the first of them: it is over [too-late]",
            "finding  not_checked 2",
            "finding  over_delivery 2",
        ]
        service.known = True


def test_a_service_that_dies_midway(
    service: Service, facts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was taken before is counted, and it is said that posting again is safe."""
    service.dies_after = 2
    assert main(["post", "--url", service.url, "--batch", "2", str(facts)]) == 1
    captured = capsys.readouterr()
    assert len(captured.out.splitlines()) == 4
    assert "4 facts posted: 4 new; 4 decisions" in captured.err
    assert "4 of 5 facts were taken before that; post the same again" in captured.err


def test_a_decision_does_not_hang_on_the_progress_bar(
    service: Service, facts: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """On a terminal the line of the bar is cleared before decisions are printed."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setattr(paint, "SHOWN_FROM", 1)
    monkeypatch.setenv("TERM", "xterm")
    both: list[str] = []
    monkeypatch.setattr(sys.stderr, "write", both.append)
    monkeypatch.setattr(sys.stdout, "write", both.append)
    assert main(["post", "--url", service.url, "--batch", "2", str(facts)]) == 0
    begins = [n for n, text in enumerate(both) if "f2" in text or text.startswith("2026-01-01")]
    assert begins
    for n in begins:
        assert both[n - 1].endswith(("\n", "\r\x1b[2K"))


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
