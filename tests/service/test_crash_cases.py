"""A real process killed while people are asked, answer and sign: the case, its ladder and its hold go on where they were."""

from __future__ import annotations

import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.service.couriers import deliveries
from tests.service.harness import HandClock, Served, decode, serving, settings_for, wait_until
from tests.service.receivers import ROOT, SECRET_TEXT, Receiver, receiving
from tests.service.test_cases import ASKED, a_failure
from tests.service.test_crash import process

ANSWERED = "answered"
"""In place of a crash point: killed as soon as the answer has come."""

EXPIRING = """
ruleset: expiring
owner: quality
rules:
  - rule: a-minor-failure-holds-for-ten-minutes
    title: A minor failure holds the lot until it has cooled
    on: inspection_result
    on_missing: skip
    if: result = "fail" and severity = "minor"
    then: {hold: {lot: = lot_id, reason: it cools, expires: 10 min}}
"""

Told = tuple[str, str | None, int | None]
"""Of a message: the kind, to whom, and the step of the ladder."""


@pytest.fixture
def now() -> datetime:
    """The time at which the process runs that is killed."""
    return datetime.now(UTC)  # noqa: TID251 - beside a process with the real clock


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    """A receiver that is told everything, of a service with the shipped rules and one more."""
    shutil.copytree(ROOT / "rules", tmp_path / "rules", ignore=shutil.ignore_patterns("schemas"))
    (tmp_path / "rules" / "expiring.yaml").write_text(EXPIRING, encoding="utf-8")
    (tmp_path / "secret").write_text(SECRET_TEXT, encoding="utf-8")
    with receiving() as running:
        (tmp_path / "targets.yaml").write_text(
            f"targets: {{all: {{url: '{running.url}', secret: 'file:{tmp_path}/secret', allow_private: true, timeout_seconds: 1, "
            "decisions: [hold, release, route, notify, escalate, open_case, ask, sign]}}",
            encoding="utf-8",
        )
        yield running


def kill(running: subprocess.Popen[bytes], point: str) -> None:
    """Wait until the process has died at its crash point; kill it where it has none."""
    if point == ANSWERED:
        running.kill()
    assert running.wait(10) == -signal.SIGKILL


@contextmanager
def restarted(folder: Path, clock: HandClock) -> Iterator[Served]:
    """Run the service again, when the leases of what was being sent have run out."""
    settings = settings_for(
        folder, rules=folder / "rules", targets=folder / "targets.yaml", delivery_poll_seconds=0.05
    )
    with serving(settings, clock=clock) as served:
        yield served


def told(served: Served, receiver: Receiver) -> list[Told]:
    """Return what the receiver was told, once all is settled: each decision under one key, in their order."""
    settle(served)
    bodies: dict[str, bytes] = {}
    for taken in receiver.taken:
        if len(taken.body) < int(taken.headers["content-length"]):
            continue  # cut off when the process was killed
        assert bodies.setdefault(taken.headers["webhook-id"], taken.body) == taken.body
    sent = deliveries(served)
    assert len({one["decision"] for one in sent}) == len(sent)
    assert list(bodies) == [one["key"] for one in sent], "all are about one lot"
    said = [decode(body)["data"] for body in bodies.values()]
    return [(one["kind"], one["values"].get("to"), one["values"].get("step")) for one in said]


def settle(served: Served) -> None:
    """Wait until all that is due by now is decided, stored and delivered."""
    writer: Any = served.service.parts.writer
    now = served.service.parts.clock.now()
    wait_until(lambda: (due := writer._session.next_due()) is None or due > now)
    # what the writer does, it does in turn: what is posted is answered when what fell due before is stored
    order = {"order_id": "PO-9", "item": "lid", "quantity": 1, "status": "planned"}
    served.post_lines([{"id": uuid4().hex, "source": "erp", "type": "production_order", "data": order}])
    wait_until(lambda: {one["status"] for one in deliveries(served)} == {"delivered"})


OPENED: list[Told] = [
    ("hold", None, None),
    ("route", "mrb", None),
    ("open_case", None, None),
    *(("ask", function, None) for function in ASKED),
]
"""What a failed critical characteristic tells at once."""


@pytest.mark.parametrize("point", ["half-written", "before-answer", ANSWERED])
def test_an_acknowledgement_is_kept_or_said_again(
    tmp_path: Path, receiver: Receiver, now: datetime, point: str
) -> None:
    """The fourth of four, which stops the ladder: answered and killed, or killed and said again, it counts once and for good."""
    # the fifth commit is the fourth acknowledgement
    with process(tmp_path, point, 5) as (running, client):
        assert client.post("/v1/facts", json=a_failure("i1", "L-1")).status_code == 200
        case = decode(client.get("/v1/cases").content)["cases"][0]["case_id"]
        says = [
            (f"/v1/cases/{case}/acknowledge", {"by": "Ann", "function": one}, {"idempotency-key": one})
            for one in ASKED
        ]
        for path, body, headers in says[:3]:
            assert client.post(path, json=body, headers=headers).status_code == 200
        path, body, headers = says[3]
        with suppress(httpx.TransportError):
            assert client.post(path, json=body, headers=headers).status_code == 200
            assert point == ANSWERED
        kill(running, point)
    clock = HandClock(now + timedelta(minutes=2))
    with restarted(tmp_path, clock) as served:
        again = served.client.post(path, json=body, headers=headers)
        assert decode(again.content)["status"] == ("accepted" if point == "half-written" else "duplicate")
        settle(served)
        clock.move(hours=6)
        settle(served)
        whole = served.get(f"/v1/cases/{case}")
        assert (whole["status"], whole["ladder"]["next"]) == ("acknowledged", [])
        assert [(one["function"], one["refused"]) for one in whole["answers"]] == [
            (one, None) for one in ASKED
        ]
        assert told(served, receiver) == OPENED


@pytest.mark.parametrize(("point", "times"), [("half-written", 2), ("sent", 8)])
def test_a_ladder_goes_on_where_it_was(
    tmp_path: Path, receiver: Receiver, now: datetime, point: str, times: int
) -> None:
    """Killed while its first step is decided or sent: that is told once, the next at its time, and after the answers none."""
    failed = {**a_failure("i1", "L-1"), "time": (now - timedelta(minutes=16)).isoformat()}
    # the second commit is the tick at which the step is due, and the eighth message is the step
    with process(tmp_path, point, times) as (running, client):
        with suppress(httpx.TransportError):
            client.post("/v1/facts", json=failed)
        kill(running, point)
    clock = HandClock(now + timedelta(minutes=2))
    first: list[Told] = [("escalate", "supervisor", 1)]
    second: list[Told] = [("escalate", "supervisor", 2), ("escalate", "quality lead", 2)]
    with restarted(tmp_path, clock) as served:
        assert told(served, receiver) == OPENED + first
        clock.move(minutes=45)
        assert told(served, receiver) == OPENED + first + second
        case = served.get("/v1/cases")["cases"][0]["case_id"]
        for one in ASKED:
            served.client.post(f"/v1/cases/{case}/acknowledge", json={"by": "Ann", "function": one})
        clock.move(hours=6)
        assert told(served, receiver) == OPENED + first + second


def a_signature(name: str, by: str, role: str, at: datetime) -> dict[str, Any]:
    """Return that somebody decides to use the lot as it is."""
    data = {"subject_type": "lot", "subject_id": "L-1", "disposition": "use_as_is", "reason": "it fits"}
    return {
        "id": name,
        "source": "person",
        "type": "disposition",
        "time": at.isoformat(),
        "data": {**data, "decided_by": by, "role": role},
    }


@pytest.mark.parametrize("in_time", [True, False], ids=["signed", "lapsed"])
def test_a_first_signature_waits_for_the_second(
    tmp_path: Path, receiver: Receiver, now: datetime, in_time: bool
) -> None:
    """The same person is refused as before the crash; another releases the lot once; a day later the first counts no longer."""
    signed = a_signature("s1", "Ann", "quality lead", now + timedelta(seconds=1))
    with process(tmp_path) as (running, client):
        client.post("/v1/facts", json=a_failure("i1", "L-1"))
        assert client.post("/v1/facts", json=signed).status_code == 200
        kill(running, ANSWERED)
    clock = HandClock(now + timedelta(minutes=2))
    with restarted(tmp_path, clock) as served:
        (answer,) = served.post_lines([signed])
        assert answer["status"] == "duplicate"
        case = served.get("/v1/cases")["cases"][0]["case_id"]
        served.client.post(f"/v1/cases/{case}/close", json={"by": "Ann"})
        if in_time:
            (refused,) = served.post_lines([a_signature("s2", "Ann", "plant manager", clock.now())])
            assert [(one["kind"], one["status"]) for one in refused["decisions"]] == [("sign", "void")]
        else:
            settle(served)
            clock.move(hours=25)
            settle(served)
        served.post_lines([a_signature("s3", "Max", "quality manager", clock.now())])
        heard = told(served, receiver)
        holds = served.get("/v1/holds", status="standing")["holds"]
    first: list[Told] = [
        ("sign", None, None),
        ("ask", "quality manager", None),
        ("ask", "plant manager", None),
    ]
    if in_time:
        assert heard == [*OPENED, *first, ("sign", None, None), ("release", None, None)]
        assert holds == []
    else:
        assert heard == [
            *OPENED,
            *first,
            ("escalate", "quality engineering", None),
            ("sign", None, None),
            ("ask", "quality engineer", None),
            ("ask", "quality lead", None),
        ]
        assert [one["subject"]["id"] for one in holds] == ["L-1"]


def test_a_hold_that_expires_ends_once(tmp_path: Path, receiver: Receiver, now: datetime) -> None:
    """Killed at the tick at which it is due to end: it has ended after the restart, by one decision that is told once."""
    failed = a_failure("i1", "L-1")
    failed["data"]["severity"] = "minor"
    failed["time"] = (now - timedelta(minutes=11)).isoformat()
    with process(tmp_path, "half-written", 2) as (running, client):
        with suppress(httpx.TransportError):
            client.post("/v1/facts", json=failed)
        kill(running, "half-written")
    clock = HandClock(now + timedelta(minutes=2))
    with restarted(tmp_path, clock) as served:
        heard = told(served, receiver)
        (hold,) = served.get("/v1/holds")["holds"]
    assert sorted(heard, key=str) == [
        ("hold", None, None),
        ("notify", "quality", None),
        ("release", None, None),
    ]
    assert hold["status"] == "released"
