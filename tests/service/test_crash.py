"""A real process killed at each crash point, and by kill -9 in the middle of a post: nothing lost, nothing twice."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from engine.admission import Admission
from engine.admission import decode as read_fact
from engine.compiler import compile_rules
from engine.decisions import decision_to_json
from engine.session import Session
from service.app import bootstrap
from service.rulebooks import read_rules
from tests.service.harness import (
    PATIENCE,
    START,
    HandClock,
    a_log,
    decode,
    encode,
    inspection,
    ndjson,
    serving,
    settings_for,
    wait_until,
    write_rules,
)
from tests.service.receivers import SECRET_TEXT, Receiver, receiving

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def process(
    folder: Path, point: str = "none", times: int = 1, *database: str
) -> Iterator[tuple[subprocess.Popen[bytes], httpx.Client]]:
    """Run a service process that dies at the crash point, and a client of it."""
    port = free_port()
    command = [sys.executable, "-m", "tests.service.crashing", str(folder), str(port), point, str(times)]
    command += database
    running = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20, trust_env=False) as client:
            end = time.monotonic() + 15
            while time.monotonic() < end:
                try:
                    if client.get("/health/ready").status_code == 200:
                        break
                except httpx.TransportError:
                    assert running.poll() is None, running.stderr and running.stderr.read().decode()
                    time.sleep(0.02)
            yield running, client
    finally:
        if running.poll() is None:
            running.send_signal(signal.SIGTERM)
            try:
                running.wait(15)
            except subprocess.TimeoutExpired:
                running.kill()
                running.wait(5)
        if running.stderr is not None:
            running.stderr.close()


def expected_of(folder: Path, facts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the decisions of *facts* as the engine alone makes them."""
    book = compile_rules(read_rules(folder / "rules"))
    gate, session = Admission(book), Session(book)
    made: list[dict[str, Any]] = []
    for fact in facts:
        outcome = session.submit(gate.admit(read_fact(encode(fact)), START))
        made += [decode(encode(decision_to_json(d))) for d in outcome.decisions]
    return made


def all_decisions(client: httpx.Client) -> list[dict[str, Any]]:
    """Return every decision, first to last."""
    found: list[dict[str, Any]] = []
    query = {"limit": "500"}
    while True:
        page = decode(client.get("/v1/decisions", params=query).content)
        found += page["decisions"]
        if page["next"] is None:
            return found[::-1]
        query["cursor"] = page["next"]


def post_in_parts(client: httpx.Client, facts: list[dict[str, Any]], size: int) -> None:
    """Post *facts*, *size* at a time."""
    for start in range(0, len(facts), size):
        body = ndjson(facts[start : start + size])
        client.post("/v1/facts", content=body, headers={"content-type": "application/x-ndjson"})


@pytest.mark.parametrize(
    "point", ["after-submit", "half-written", "before-commit", "after-commit", "before-answer"]
)
@pytest.mark.parametrize("times", [1, 3])
def test_a_crash_loses_nothing_and_doubles_nothing(tmp_path: Path, point: str, times: int) -> None:
    """Posted again after a crash at any point, facts have the decisions of an engine that never stopped."""
    write_rules(tmp_path)
    facts = a_log(250)
    with process(tmp_path, point, times) as (running, client):
        with pytest.raises(httpx.TransportError):
            post_in_parts(client, facts, 50)
        assert running.wait(10) == -signal.SIGKILL
    with serving(settings_for(tmp_path, rules=tmp_path / "rules")) as served:
        before = served.decisions()
        answers = served.post_lines(facts)
        assert {a["status"] for a in answers} <= {"accepted", "duplicate"}
        after = served.decisions()
    assert after == expected_of(tmp_path, facts)
    assert after[: len(before)] == before
    assert [d for a in answers for d in a["decisions"]] == after


@pytest.mark.parametrize("point", ["after-submit", "half-written", "before-commit", "after-commit"])
def test_a_crash_around_a_tick_loses_nothing_and_doubles_nothing(
    tmp_path: Path, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What fell due is decided, held and to be sent once, though the process dies at its tick, and at the one after the start."""
    monkeypatch.setenv("HOOK_SECRET", SECRET_TEXT)
    write_rules(tmp_path, {"patience.yaml": PATIENCE})
    targets = tmp_path / "targets.yaml"
    targets.write_text(
        "targets: {mes: {url: 'https://mes.invalid/', secret: 'env:HOOK_SECRET', decisions: [hold]}}", "utf-8"
    )
    settings = settings_for(tmp_path, rules=tmp_path / "rules", targets=targets, deliver=False)
    posted = [
        {
            "id": name,
            "source": "/erp/plant1",
            "type": "production_order",
            "time": "2026-03-01T07:00:00Z",
            "data": {"order_id": name, "status": "late"},
        }
        for name in ("A", "B")
    ]
    with process(tmp_path, point, 2) as (running, client):
        # what they wait for is long past, so that a tick follows the commit of their own
        with suppress(httpx.TransportError):
            client.post("/v1/facts", json=posted)
        assert running.wait(10) == -signal.SIGKILL
    if point != "after-commit":
        again = [sys.executable, "-m", "tests.service.crashing", str(tmp_path), str(free_port()), point, "1"]
        assert subprocess.run(again, cwd=ROOT, timeout=20, check=False).returncode == -signal.SIGKILL
    with serving(settings) as served:
        assert {a["status"] for a in served.post_lines(posted)} == {"duplicate"}
        wait_until(lambda: len(served.get("/v1/holds")["holds"]) == 2)
        made = served.decisions()
        sent = served.get("/v1/deliveries")["deliveries"]
    assert sorted(d["decision"] for d in sent) == sorted(d["id"] for d in made if d["kind"] == "hold")
    assert sorted((d["rule"], d["kind"], d["subject"]["id"]) for d in made) == sorted(
        (rule, kind, name)
        for rule, kind in (
            ("late-for-long", "hold"),
            ("late-for-long", "escalate"),
            ("late-order", "escalate"),
        )
        for name in ("A", "B")
    )
    assert {d["time"] for d in made if d["rule"] == "late-for-long"} == {"2026-03-01T07:10:00Z"}
    assert all("late_by" in d for d in made if d["rule"] == "late-for-long")
    service = bootstrap(settings)
    with service.engine.begin() as connection:
        connection.execute(text("delete from snapshots"))
    service.close()
    with capture_logs() as logs, serving(settings) as served:
        assert served.decisions() == made
    assert [log for log in logs if log["log_level"] == "error"] == []


def test_killed_in_the_middle_of_a_post_it_carries_on(tmp_path: Path) -> None:
    """kill -9 while thousands of lines come in; posted again after a restart, it is as if nothing had happened."""
    write_rules(tmp_path)
    facts = a_log(3_000)
    body = ndjson(facts)
    headers = {"content-type": "application/x-ndjson"}

    with process(tmp_path) as (running, client):

        def killing() -> Iterator[bytes]:
            for start in range(0, len(body), 16_384):
                yield body[start : start + 16_384]
                if start > len(body) // 2:
                    wait_until(
                        lambda: decode(httpx.get(f"{client.base_url}/v1/decisions").content)["decisions"]
                    )
                    running.kill()

        with pytest.raises(httpx.TransportError):
            client.post("/v1/facts", content=killing(), headers=headers)
    with process(tmp_path) as (_, client):
        begin = time.monotonic()
        answers = [
            decode(line)
            for line in client.post("/v1/facts", content=body, headers=headers).content.splitlines()
        ]
        assert time.monotonic() - begin < 10
        assert {a["status"] for a in answers} == {"accepted", "duplicate"}
        first = all_decisions(client)
        again = client.post("/v1/facts", content=body, headers=headers)
        assert {decode(line)["status"] for line in again.content.splitlines()} == {"duplicate"}
        assert all_decisions(client) == first
    assert first == expected_of(tmp_path, facts)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver that takes everything."""
    with receiving() as running:
        yield running


@pytest.mark.parametrize("point", ["claimed", "sent", "settled"])
def test_a_crash_while_delivering_keeps_the_delivery_and_its_key(
    tmp_path: Path, point: str, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each decision reaches the receiver at least once, always under the same key."""
    monkeypatch.setenv("HOOK_SECRET", SECRET_TEXT)
    write_rules(tmp_path)
    (tmp_path / "targets.yaml").write_text(
        f"targets: {{mes: {{url: '{receiver.url}', secret: 'env:HOOK_SECRET', decisions: [hold], "
        f"allow_private: true, timeout_seconds: 1}}}}",
        encoding="utf-8",
    )
    with process(tmp_path, point) as (running, client):
        client.post(
            "/v1/facts", content=encode(inspection("1", "L1")), headers={"content-type": "application/json"}
        )
        assert running.wait(10) == -signal.SIGKILL
    assert len(receiver.taken) == (0 if point == "claimed" else 1)
    # an hour later its lease has run out
    later = HandClock(datetime.now(UTC) + timedelta(hours=1))  # noqa: TID251 - beside a process with the real clock
    settings = settings_for(tmp_path, rules=tmp_path / "rules", targets=tmp_path / "targets.yaml")
    with serving(settings, clock=later) as served:
        wait_until(lambda: served.get("/v1/deliveries", status="delivered")["deliveries"])
        (delivery,) = served.get("/v1/deliveries")["deliveries"]
    assert {request.headers["webhook-id"] for request in receiver.taken} == {delivery["key"]}
    assert len({request.body for request in receiver.taken}) == 1
    assert len(receiver.taken) == (2 if point == "sent" else 1)
