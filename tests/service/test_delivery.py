"""Deliveries to real receivers on loopback: signed, retried, in order, dead at last, and replayed by a person."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from standardwebhooks import Webhook

from service.delivery import Courier, CourierPace, sign
from service.delivery.addresses import is_public
from service.delivery.schedule import LONGEST_ASKED, next_attempt, read_retry_after
from service.delivery.sending import Sender
from service.targets import SCHEDULE, Reach, Target, WebhookChannel
from service.worker import create_courier, deliver
from tests.service.couriers import answering, deliveries, rounds, send_all
from tests.service.harness import (
    START,
    HandClock,
    Served,
    a_release,
    decode,
    inspection,
    serving,
    settings_for,
    wait_until,
)
from tests.service.receivers import SECRET, SECRET_TEXT, Receiver, receiving


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver that takes everything, until the test says otherwise."""
    with receiving() as running:
        yield running


@pytest.fixture
def clock() -> HandClock:
    """A clock that the test moves."""
    return HandClock()


@pytest.fixture
def served(
    tmp_path: Path, clock: HandClock, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Served]:
    """A service with one target, whose deliveries the test sends itself."""
    monkeypatch.setenv("HOOK_SECRET", SECRET_TEXT)
    targets = tmp_path / "targets.yaml"
    targets.write_text(
        f"""
targets:
  mes:
    url: {receiver.url}
    secret: env:HOOK_SECRET
    decisions: [hold, release]
    allow_private: true
    timeout_seconds: 0.3
""",
        encoding="utf-8",
    )
    with serving(settings_for(tmp_path, targets=targets, deliver=False), clock=clock) as running:
        yield running


def test_a_decision_is_delivered_signed_as_a_cloudevent(served: Served, receiver: Receiver) -> None:
    """The receiver verifies the signature with the standard's own library and reads the decision."""
    answer = decode(served.post(inspection("1", "L1")).content)
    send_all(served)
    (taken,) = receiver.taken
    key = taken.headers["webhook-id"]
    assert sign(key, START, taken.body, [SECRET])["webhook-signature"] == taken.headers["webhook-signature"]
    event = decode(taken.body)
    assert event["id"] == key
    assert event["type"] == "lineside.decision.hold"
    assert event["subject"] == "lot/L1"
    assert event["data"] == answer["decisions"][0]
    assert taken.headers["content-type"] == "application/cloudevents+json"
    (delivery,) = deliveries(served)
    assert (delivery["status"], delivery["key"], delivery["attempts"]) == ("delivered", key, 1)


def test_the_standards_own_library_verifies_the_signature() -> None:
    """The headers pass standardwebhooks with either of two secrets."""
    now = datetime.now().astimezone()  # noqa: TID251 - the library compares with the real clock
    other = b"another secret of 32 bytes ....."
    headers = sign("msg_1", now, b'{"a": 1}', [SECRET, other])
    for secret in (SECRET, other):
        assert Webhook(secret).verify(b'{"a": 1}', headers) == {"a": 1}


@pytest.mark.parametrize(
    ("behaviour", "status", "says"),
    [
        pytest.param({"answer": answering((500, {}))}, 500, "HTTP 500", id="500"),
        pytest.param({"answer": answering((301, {"location": "/other"}))}, 301, "redirects", id="301"),
        pytest.param({"answer": answering((404, {}))}, 404, "HTTP 404", id="404"),
        pytest.param({"hang_seconds": 0.8}, None, "no answer within 0.3 s", id="hang"),
        pytest.param({"garbage": b"\x00\x01 not HTTP\r\n\r\n"}, None, "Protocol", id="garbage"),
        pytest.param({"garbage": b""}, None, "disconnected", id="closed"),
    ],
)
def test_what_is_not_a_success_is_tried_again(
    served: Served,
    receiver: Receiver,
    clock: HandClock,
    behaviour: dict[str, Any],
    status: int | None,
    says: str,
) -> None:
    """Each kind of failure is written down and tried again with the same key, until it succeeds."""
    for name, value in behaviour.items():
        setattr(receiver, name, value)
    served.post(inspection("1", "L1"))
    send_all(served)
    (delivery,) = deliveries(served)
    assert (delivery["status"], delivery["attempts"], delivery["last_status"]) == ("due", 1, status)
    assert says in delivery["last_error"]
    receiver.answer, receiver.garbage, receiver.hang_seconds = answering((200, {})), None, 0.0
    send_all(served)
    assert len(receiver.taken) == 1, "not before its time"
    clock.move(seconds=5)
    send_all(served)
    assert deliveries(served)[0]["status"] == "delivered"
    assert len({taken.headers["webhook-id"] for taken in receiver.taken}) == 1
    assert {taken.path for taken in receiver.taken} == {"/hook"}
    tried = served.get(f"/v1/deliveries/{delivery['id']}")["tried"]
    assert [attempt["outcome"] for attempt in tried] == ["failed", "delivered"]


def test_retry_after_is_honoured(served: Served, receiver: Receiver, clock: HandClock) -> None:
    """A 429 that asks for a minute is left alone for a minute."""
    receiver.answer = answering((429, {"retry-after": "60"}), (200, {}))
    served.post(inspection("1", "L1"))
    send_all(served)
    clock.move(seconds=59)
    send_all(served)
    assert len(receiver.taken) == 1
    clock.move(seconds=2)
    send_all(served)
    assert deliveries(served)[0]["status"] == "delivered"


def test_after_the_whole_schedule_it_is_dead_and_a_person_replays_it(
    served: Served, receiver: Receiver, clock: HandClock
) -> None:
    """Ten attempts over days, then the dead letter, then a replay with the same key."""
    receiver.answer = answering((503, {}))
    served.post(inspection("1", "L1"))
    for _ in range(80):
        send_all(served)
        clock.move(hours=1)
    assert len(receiver.taken) == len(SCHEDULE)
    (dead,) = deliveries(served, status="dead")
    assert dead["attempts"] == len(SCHEDULE)
    assert dead["next_at"] is None
    receiver.answer = answering((200, {}))
    answer = served.client.post(f"/v1/deliveries/{dead['id']}/replay")
    assert (answer.status_code, decode(answer.content)["was"]) == (202, "dead")
    assert served.client.post(f"/v1/deliveries/{dead['id']}/replay").status_code == 409
    send_all(served)
    assert deliveries(served)[0]["status"] == "delivered"
    assert len({taken.headers["webhook-id"] for taken in receiver.taken}) == 1


def test_gone_disables_the_target_until_a_person_enables_it(
    served: Served, receiver: Receiver, clock: HandClock
) -> None:
    """After a 410 nothing is sent; what was decided meanwhile waits, and goes out when the target is enabled."""
    receiver.answer = answering((410, {}), (200, {}))
    served.post(inspection("1", "L1"))
    send_all(served)
    served.post(a_release("2", "L1"))
    clock.move(days=1)
    send_all(served)
    assert len(receiver.taken) == 1
    assert [d["status"] for d in deliveries(served)] == ["due", "due"]
    (target,) = served.get("/v1/targets")["targets"]
    assert "410" in target["disabled"]["reason"]
    assert decode(served.client.post("/v1/targets/mes/enable").content)["was_disabled"] is True
    send_all(served)
    assert [d["status"] for d in deliveries(served)] == ["delivered", "delivered"]
    kinds = [decode(taken.body)["type"].rpartition(".")[2] for taken in receiver.taken]
    assert kinds == ["hold", "hold", "release"], "in order, the one that was refused first"


def test_a_disabled_target_with_a_new_url_is_enabled(served: Served) -> None:
    """A 410 was said by another address; the changed target starts anew."""
    outbox = served.service.parts.outbox
    outbox.disable("mes", "http://old.example/hook", "410", START)
    rounds(served, lambda courier: courier.admit_changed_targets())
    assert outbox.disabled() == {}


def test_order_is_kept_for_each_subject(served: Served, receiver: Receiver, clock: HandClock) -> None:
    """While a hold cannot be delivered, the release of its lot waits; another lot does not."""
    receiver.answer = answering((500, {}), (200, {}))
    served.post(inspection("1", "L1"))
    send_all(served)
    served.post(a_release("2", "L1"))
    served.post(inspection("3", "L3"))
    send_all(served)
    assert [d["status"] for d in deliveries(served)] == ["due", "due", "delivered"]
    clock.move(seconds=5)
    send_all(served)
    assert [d["status"] for d in deliveries(served)] == ["delivered"] * 3
    sent = [decode(taken.body) for taken in receiver.taken]
    assert [(s["subject"], s["type"].rpartition(".")[2]) for s in sent] == [
        ("lot/L1", "hold"),
        ("lot/L3", "hold"),
        ("lot/L1", "hold"),
        ("lot/L1", "release"),
    ]


def test_a_lease_that_runs_out_lets_another_send_it(
    served: Served, receiver: Receiver, clock: HandClock
) -> None:
    """A delivery whose sender died is sent again with the same key; a late outcome of the first is not written down."""
    served.post(inspection("1", "L1"))
    outbox = served.service.parts.outbox
    room = {"mes": 5}
    (first,) = outbox.claim(START, START + timedelta(seconds=30), lease="one", limit=5, room=room)
    send_all(served)
    assert receiver.taken == []
    clock.move(seconds=31)
    send_all(served)
    assert [taken.headers["webhook-id"] for taken in receiver.taken] == [first.key]
    from service.store.outbox import Settled

    late = Settled("due", START, "failed", 500, "late", 1)
    assert outbox.settle(first, late, clock.now()) is False
    assert deliveries(served)[0]["status"] == "delivered"


def test_one_slow_target_does_not_take_every_place(served: Served, receiver: Receiver) -> None:
    """No more requests are under way to one target than it may have."""
    receiver.hang_seconds = 0.2
    served.post_lines([inspection(str(n), f"L{n}") for n in range(6)])

    async def once(courier: Courier) -> None:
        assert await courier.send_due() == 2
        assert await courier.send_due() == 0
        await courier.finish(5)

    patient = {"mes": replace(served.service.parts.targets["mes"], timeout_seconds=20)}
    rounds(served, once, targets=patient, pace=CourierPace(at_once=5, per_target=2))
    assert len(receiver.taken) == 2
    assert [d["status"] for d in deliveries(served)].count("due") == 4


def test_a_private_address_is_refused_unless_the_target_says_so(served: Served, receiver: Receiver) -> None:
    """Loopback is not called by a target that does not allow it, by number or by name."""
    served.post(inspection("1", "L1"))
    port = receiver.url.rpartition(":")[2].partition("/")[0]
    for host in ("127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433"):
        channel = WebhookChannel(f"http://{host}:{port}/hook", (SECRET,))
        target = Target("mes", channel, frozenset({"hold"}), timeout_seconds=1)
        send_all(served, targets={"mes": target})
        served.service.parts.clock.move(hours=15)  # type: ignore[attr-defined]
    assert receiver.taken == []
    tried = served.get(f"/v1/deliveries/{deliveries(served)[0]['id']}")["tried"]
    assert len(tried) == 5
    assert all("allow_private" in attempt["error"] for attempt in tried), tried


def test_the_address_that_was_checked_is_the_one_called(served: Served, receiver: Receiver) -> None:
    """A name is resolved once: what it points at afterwards does not matter."""
    served.post(inspection("1", "L1"))
    asked: list[str] = []

    async def resolve(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    port = receiver.url.rpartition(":")[2].partition("/")[0]
    channel = WebhookChannel(f"http://mes.example:{port}/hook", (SECRET,))
    target = Target("mes", channel, frozenset({"hold"}), reach=Reach(private=True))

    async def once(courier: Courier) -> None:
        await courier.send_due()
        await courier.finish(5)

    rounds(served, once, targets={"mes": target}, sender=Sender(resolve))
    assert asked == ["mes.example"]
    assert receiver.taken[0].headers["host"] == f"mes.example:{port}"


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("127.0.0.1", False),
        ("10.0.0.1", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("2002:a00:1::", False),
    ],
)
def test_public_addresses_are_told_from_the_others(address: str, public: bool) -> None:
    """Private, loopback, link-local, shared, mapped and tunnelled addresses are not public."""
    assert is_public(address) is public


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("60", 60),
        (" 5 ", 5),
        ("0", 0),
        ("99999999999", LONGEST_ASKED.total_seconds()),
        ("Sun, 01 Mar 2026 06:02:00 GMT", 120),
        ("Sun, 01 Mar 2026 05:00:00 GMT", 0),
        ("soon", None),
        ("-1", None),
        ("", None),
        ("٣", None),
        (None, None),
    ],
)
def test_retry_after_is_read(text: str | None, seconds: float | None) -> None:
    """Seconds or an HTTP date; anything else is as if it were not there."""
    found = read_retry_after(text, START)
    assert (None if found is None else found.total_seconds()) == seconds


def test_the_schedule_is_bounded_and_jittered() -> None:
    """Every wait is at most the schedule's step, not always the same, and the schedule ends."""
    random = Random(3)
    for done, step in enumerate(SCHEDULE):
        waits = {next_attempt(done, START, None, random) for _ in range(50)}
        assert all(at is not None and START <= at <= START + step for at in waits)
        assert len(waits) > 25 or step == timedelta(0)
    assert next_attempt(len(SCHEDULE), START, None, random) is None
    assert next_attempt(1, START, timedelta(days=9), random) == START + LONGEST_ASKED


def test_a_success_whose_body_never_ends_is_a_success(served: Served, receiver: Receiver) -> None:
    """The status says it all: a receiver that took the message and then drips its answer is not sent it again."""
    receiver.garbage = b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\nx"
    served.post(inspection("1", "L1"))
    send_all(served)
    assert deliveries(served)[0]["status"] == "delivered"


def test_a_worker_of_its_own_delivers_for_the_service(served: Served, receiver: Receiver) -> None:
    """A second process's courier sends what the service stored, without the writer's lock."""
    served.post_lines([inspection(str(n), f"L{n}") for n in range(5)])
    targets = served.service.parts.settings.targets
    assert targets is not None
    patient = targets.read_text(encoding="utf-8").replace("timeout_seconds: 0.3", "timeout_seconds: 20")
    targets.write_text(patient, encoding="utf-8")  # the real clock runs here, and a busy machine is slow

    async def until_delivered() -> None:
        running = asyncio.create_task(deliver(create_courier(served.service.parts.settings)))
        async with asyncio.timeout(60):
            while len(receiver.taken) < 5:
                await asyncio.sleep(0.01)
            running.cancel()
            await asyncio.wait([running])

    asyncio.run(until_delivered())
    wait_until(lambda: len(deliveries(served, status="delivered")) == 5)


def test_a_running_service_delivers_by_itself(
    tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The courier in the service wakes when something is decided, and stops with it."""
    monkeypatch.setenv("HOOK_SECRET", SECRET_TEXT)
    targets = tmp_path / "targets.yaml"
    targets.write_text(
        f"targets: {{mes: {{url: '{receiver.url}', secret: 'env:HOOK_SECRET', decisions: [hold], allow_private: true}}}}",
        encoding="utf-8",
    )
    settings = settings_for(tmp_path, targets=targets, delivery_poll_seconds=30)
    with serving(settings) as served:
        served.post_lines([inspection(str(n), f"L{n}") for n in range(30)])
        wait_until(lambda: len(receiver.taken) == 30)
        wait_until(lambda: len(deliveries(served, status="delivered")) == 30)
