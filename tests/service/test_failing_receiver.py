"""A receiver that fails in every way, and a service killed at every crash point: at least once, one key, in order, none lost."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest

from tests.service.couriers import deliveries, rounds
from tests.service.databases import fresh_database, postgres
from tests.service.harness import (
    HandClock,
    Served,
    a_release,
    decode,
    inspection,
    ndjson,
    serving,
    settings_for,
    write_rules,
)
from tests.service.receivers import SECRET_TEXT, Misbehave, Receiver, Taken, receiving
from tests.service.test_crash import ROOT, free_port, process

TARGETS = """
targets:
  mes:
    url: {url}
    secret: env:HOOK_SECRET
    decisions: [hold, release]
    allow_private: true
    timeout_seconds: {timeout}
    breaker: {{failures: {failures}, pause: 1 min}}
    retry: {retry}
"""


def write_targets(
    folder: Path, receiver: Receiver, *, retry: str = "", timeout: float = 0.5, failures: int = 5
) -> Path:
    """Write the targets file into *folder* and return it; its schedule has 26 attempts where none is given."""
    path = folder / "targets.yaml"
    made = TARGETS.format(url=receiver.url, retry=retry or PATIENT, timeout=timeout, failures=failures)
    path.write_text(made, encoding="utf-8")
    return path


PATIENT = f"[{', '.join(['5 s', *['1 min'] * 25])}]"
POINTS = (
    "after-submit",
    "half-written",
    "before-commit",
    "after-commit",
    "before-answer",
    "claimed",
    "sent",
    "settled",
)
ROUNDS = 400
"""Minutes on the clock within which everything must have come through."""


class Unruly:
    """An answer function that fails as the issue asks, and remembers which messages it took."""

    WAYS = ("500", "429", "429 date", "301", "410", "garbage", "nothing")

    def __init__(self, seed: int, ways: tuple[str, ...] = WAYS) -> None:
        self.ways, self.hangs = ways, True
        self._random = Random(seed)
        self._lock = threading.Lock()
        self.said: dict[str, int] = {}
        self.taken: list[dict[str, Any]] = []

    def __call__(self, request: Taken) -> tuple[int, dict[str, str], bytes]:
        """Take it, or fail: three in ten with a status or garbage, one in ten by hanging after it was taken."""
        with self._lock:
            dice = self._random.random()
            # in each way once, before chance decides: so that no seed leaves one out
            new = [way for way in self.ways if way not in self.said]
            how = new[0] if new else self._random.choice(self.ways)
            if 0.3 <= dice < 0.4:
                how = "hang" if self.hangs else "nothing"
            if dice < 0.4:
                self.said[how] = self.said.get(how, 0) + 1
            if dice >= 0.3:
                self.taken.append({**decode(request.body), "key": request.headers["webhook-id"]})
        if dice >= 0.4:
            return 200, {}, b""
        match how:
            case "hang":
                raise Misbehave(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", seconds=0.8)
            case "garbage":
                raise Misbehave(b"\x00\xff\x16\x03 this is not HTTP\r\n\r\n")
            case "nothing":
                raise Misbehave(b"")
            case "429":
                return 429, {"retry-after": "20"}, b""
            case "429 date":
                return 429, {"retry-after": "Sun, 01 Mar 2026 06:05:00 GMT"}, b""
            case "301":
                return 301, {"location": "/elsewhere"}, b""
        return int(how), {}, b""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server of our own."""
    with postgres(tmp_path_factory.mktemp("pg")) as url:
        yield url


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """A receiver, and the secret that its messages are signed with."""
    monkeypatch.setenv("HOOK_SECRET", SECRET_TEXT)
    with receiving() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, of either kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/lineside.db"
    return fresh_database(request.getfixturevalue("server"))


def a_day(lots: int) -> list[dict[str, Any]]:
    """Return facts that hold each of *lots* lots, release it, and hold it again."""
    facts = []
    for n in range(lots):
        facts += [
            inspection(f"{n}a", f"L{n}"),
            a_release(f"{n}b", f"L{n}"),
            inspection(f"{n}c", f"L{n}"),
        ]
    Random(5).shuffle(facts)
    return sorted(facts, key=lambda fact: str(fact["id"])[-1])


def send_until_all_is_delivered(served: Served, clock: HandClock) -> None:
    """Send, minute after minute on the clock, enabling what a 410 disabled, until nothing waits."""

    async def minutes(courier: Any) -> None:
        for _ in range(ROUNDS):
            while await courier.send_due():
                await courier.finish(5)
            counts = served.service.parts.outbox.counts()
            if counts["due"] + counts["sending"] == 0:
                return
            served.service.parts.outbox.disabled() and served.client.post("/v1/targets/mes/enable")
            clock.move(minutes=1)

    rounds(served, minutes)


def assert_all_came_in_order(served: Served, taken: list[dict[str, Any]]) -> None:
    """Fail unless each delivery was taken at least once under its key, and those of a subject in their order."""
    sent = deliveries(served)
    wanted = [d for d in served.decisions() if d["kind"] in ("hold", "release") and d["status"] == "decided"]
    assert sorted(d["decision"] for d in sent) == sorted(d["id"] for d in wanted), "none is missing"
    assert {d["status"] for d in sent} == {"delivered"}
    by_subject: dict[str, list[str]] = {}
    for message in taken:
        assert message["id"] == message["key"]
        by_subject.setdefault(message["subject"], []).append(message["key"])
    for delivery in sent:
        delivery["subject"] = delivery["subject"].replace(":", "/")
    for subject, keys in by_subject.items():
        in_order = [d["key"] for d in sent if d["subject"] == subject]
        assert [key for key, _ in groupby(keys)] == in_order, "each as often as it must, none after the next"
    assert by_subject.keys() == {d["subject"] for d in sent}


@pytest.mark.parametrize("seed", [1, 2])
def test_everything_comes_through_to_a_receiver_that_fails_in_every_way(
    tmp_path: Path, database: str, receiver: Receiver, seed: int
) -> None:
    """30 % fail (500, 429, 301, 410, garbage, a cut), 10 % hang: each arrives, under one key, in order for its lot."""
    unruly = Unruly(seed)
    receiver.answer = unruly
    write_targets(tmp_path, receiver)
    settings = settings_for(tmp_path, database_url=database, targets=tmp_path / "targets.yaml", deliver=False)
    clock = HandClock()
    with serving(settings, clock=clock) as served:
        served.post_lines(a_day(25))
        send_until_all_is_delivered(served, clock)
        assert_all_came_in_order(served, unruly.taken)
        assert unruly.said.keys() == {*Unruly.WAYS, "hang"}
        tried = [a for d in deliveries(served) for a in served.get(f"/v1/deliveries/{d['id']}")["tried"]]
    reasons = " ".join(sorted({a["error"] or "" for a in tried}))
    for said in (
        "HTTP 500",
        "HTTP 429",
        "redirects are not followed",
        "HTTP 410",
        "no answer within",
        "Protocol",
    ):
        assert said in reasons
    assert all(a["target"] == "mes" and a["at"] and a["milliseconds"] >= 0 for a in tried)


@pytest.mark.parametrize("point", POINTS)
def test_killed_anywhere_it_delivers_all_the_same(
    tmp_path: Path, database: str, receiver: Receiver, point: str
) -> None:
    """kill -9 at the fifth passing of each crash point, twice, before a receiver that fails: nothing is lost or turned."""
    # what asks for time, or wants no more, would keep a process with a real clock from its crash point
    unruly = Unruly(7, ("500", "garbage", "nothing"))
    unruly.hangs = False
    receiver.answer = unruly
    write_rules(tmp_path)
    write_targets(tmp_path, receiver, timeout=20, failures=1_000)
    facts = a_day(12)
    times = "5" if point in ("claimed", "sent", "settled") else "1"
    with process(tmp_path, point, int(times), database) as (running, client):
        with suppress(httpx.TransportError):
            client.post("/v1/facts", content=ndjson(facts), headers={"content-type": "application/x-ndjson"})
        assert running.wait(60) == -signal.SIGKILL
    if point in ("claimed", "sent", "settled"):
        again = [sys.executable, "-m", "tests.service.crashing", str(tmp_path), str(free_port()), point, "2"]
        found = subprocess.run([*again, database], cwd=ROOT, timeout=60, check=False)
        assert found.returncode == -signal.SIGKILL
    unruly.ways, unruly.hangs = Unruly.WAYS, True
    write_targets(tmp_path, receiver)
    # an hour later their leases have run out
    clock = HandClock(datetime.now(UTC) + timedelta(hours=1))  # noqa: TID251 - beside a process with the real clock
    settings = settings_for(
        tmp_path,
        database_url=database,
        rules=tmp_path / "rules",
        targets=tmp_path / "targets.yaml",
        deliver=False,
    )
    with serving(settings, clock=clock) as served:
        assert {a["status"] for a in served.post_lines(facts)} <= {"accepted", "duplicate"}
        send_until_all_is_delivered(served, clock)
        assert_all_came_in_order(served, unruly.taken)


def test_the_dead_letter_holds_what_nobody_takes_and_replays_it(
    tmp_path: Path, database: str, receiver: Receiver
) -> None:
    """What is refused until its schedule ends is dead, with its reasons; all else of the lot goes on; a replay delivers it."""
    write_targets(tmp_path, receiver, retry="[1 s, 1 min]")

    def no_holds_of_l1(request: Taken) -> tuple[int, dict[str, str], bytes]:
        event = decode(request.body)
        is_bad = event["subject"] == "lot/L1" and event["type"].endswith(".hold")
        return (422, {"content-type": "text/plain"}, b"no such lot") if is_bad else (200, {}, b"")

    receiver.answer = no_holds_of_l1
    settings = settings_for(tmp_path, database_url=database, targets=tmp_path / "targets.yaml", deliver=False)
    clock = HandClock()
    with serving(settings, clock=clock) as served:
        served.post_lines([inspection("1", "L1"), a_release("2", "L1"), inspection("3", "L2")])
        send_until_all_is_delivered(served, clock)
        (dead,) = deliveries(served, status="dead")
        assert (dead["subject"], dead["kind"], dead["attempts"]) == ("lot:L1", "hold", 3)
        assert dead["last_error"] == "HTTP 422: refused: no such lot"
        assert [d["status"] for d in deliveries(served)].count("delivered") == 2
        receiver.answer = lambda _request: (200, {}, b"")
        served.client.post(f"/v1/deliveries/{dead['id']}/replay")
        send_until_all_is_delivered(served, clock)
        assert {d["status"] for d in deliveries(served)} == {"delivered"}
    keys = [taken.headers["webhook-id"] for taken in receiver.taken]
    assert keys.count(dead["key"]) == 4
