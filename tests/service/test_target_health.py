"""What targets are spared: the breaker, Retry-After, the rate; and who is told in their place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from service.delivery import CourierPace
from service.delivery.allowance import Allowance
from service.targets import Rate
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
)
from tests.service.receivers import SECRET_TEXT, Receiver, receiving

ONE_AT_A_TIME = CourierPace(at_once=8, per_target=1)

Serve = Callable[[str], Served]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """The receiver of the target mes."""
    with receiving() as running:
        yield running


@pytest.fixture
def stand_in() -> Iterator[Receiver]:
    """The receiver of the target that is told in the place of mes."""
    with receiving() as running:
        yield running


@pytest.fixture
def clock() -> HandClock:
    """A clock that the test moves."""
    return HandClock()


@pytest.fixture
def serve(
    tmp_path: Path,
    clock: HandClock,
    receiver: Receiver,
    stand_in: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Serve]:
    """Return a function that runs a service whose target mes has the given lines beside the usual ones."""
    monkeypatch.setenv("HOOK_SECRET", SECRET_TEXT)
    running: list[Any] = []

    def start(lines: str) -> Served:
        (tmp_path / "targets.yaml").write_text(
            f"""
targets:
  mes:
    url: {receiver.url}
    secret: env:HOOK_SECRET
    decisions: [hold, release]
    allow_private: true
    timeout_seconds: 1
    {lines}
  stand-in:
    url: {stand_in.url}
    secret: env:HOOK_SECRET
    decisions: [escalate]
    allow_private: [127.0.0.0/8]
""",
            encoding="utf-8",
        )
        settings = settings_for(tmp_path, targets=tmp_path / "targets.yaml", deliver=False)
        running.append(serving(settings, clock=clock))
        served: Served = running[-1].__enter__()
        return served

    yield start
    for service in running:
        service.__exit__(None, None, None)


def state(served: Served, name: str = "mes") -> dict[str, Any]:
    """Return what the API says of a target."""
    listed = served.get("/v1/targets")["targets"]
    found: dict[str, Any] = next(target for target in listed if target["target"] == name)
    return found


def test_a_target_that_fails_is_left_alone_and_then_tried_with_one(
    serve: Serve, receiver: Receiver, clock: HandClock
) -> None:
    """After three failures in a row nothing is sent for a minute; then one delivery, and all of them once it is taken."""
    served = serve("breaker: {failures: 3, pause: 1 min}")
    receiver.answer = answering((500, {}))
    served.post_lines([inspection(str(n), f"L{n}") for n in range(8)])
    send_all(served, pace=ONE_AT_A_TIME)
    assert len(receiver.taken) == 3
    assert state(served)["failing"] == {
        "failures": 3,
        "since": "2026-03-01T06:00:00.000000Z",
        "paused_until": "2026-03-01T06:01:00.000000Z",
        "reason": "HTTP 500: refused",
    }
    clock.move(seconds=59)
    send_all(served)
    assert len(receiver.taken) == 3
    clock.move(seconds=1)
    assert state(served)["failing"]["paused_until"] is None, "its pause is over"
    send_all(served)
    assert len(receiver.taken) == 4, "one probe, though four had room"
    receiver.answer = answering((200, {}))
    clock.move(minutes=10)
    send_all(served)
    assert {d["status"] for d in deliveries(served)} == {"delivered"}
    assert state(served)["failing"] is None


def test_of_several_couriers_one_tries_a_failing_target(
    serve: Serve, receiver: Receiver, clock: HandClock
) -> None:
    """A probe is one process's alone; where that dies, its lease ends and another may."""
    served = serve("breaker: {failures: 1, pause: 1 min}")
    receiver.answer = answering((500, {}))
    served.post_lines([inspection(str(n), f"L{n}") for n in range(3)])
    send_all(served, pace=ONE_AT_A_TIME)
    clock.move(minutes=2)
    outbox = served.service.parts.outbox

    def claim(lease: str) -> int:
        until = clock.now() + timedelta(seconds=30)
        return len(outbox.claim(clock.now(), until, lease=lease, limit=9, room={"mes": 9}, probes={"mes"}))

    assert (claim("one"), claim("two")) == (1, 0)
    clock.move(seconds=31)
    assert claim("three") == 1


@pytest.mark.parametrize(("status", "failing"), [(400, False), (422, False), (401, True), (301, True)])
def test_a_refused_message_says_nothing_against_its_target(
    serve: Serve, receiver: Receiver, status: int, failing: bool
) -> None:
    """What is wrong with one message does not keep the others waiting; what is wrong with all of them does."""
    served = serve("breaker: {failures: 1, pause: 1 min}")
    receiver.answer = answering((status, {}))
    served.post_lines([inspection(str(n), f"L{n}") for n in range(3)])
    send_all(served, pace=ONE_AT_A_TIME)
    assert (state(served)["failing"] is not None) is failing
    assert len(receiver.taken) == (1 if failing else 3)


@pytest.mark.parametrize("asked", ["60", "Sun, 01 Mar 2026 06:01:00 GMT"])
def test_a_target_that_asks_for_time_gets_it_for_everything(
    serve: Serve, receiver: Receiver, clock: HandClock, asked: str
) -> None:
    """Retry-After of one answer holds for all deliveries to the target: they would be answered the same."""
    served = serve("")
    receiver.answer = answering((429, {"retry-after": asked}), (200, {}))
    served.post_lines([inspection(str(n), f"L{n}") for n in range(3)])
    send_all(served, pace=ONE_AT_A_TIME)
    clock.move(seconds=59)
    send_all(served)
    assert len(receiver.taken) == 1
    clock.move(seconds=2)
    send_all(served)
    assert {d["status"] for d in deliveries(served)} == {"delivered"}


def test_no_more_is_sent_than_the_rate_allows(serve: Serve, receiver: Receiver, clock: HandClock) -> None:
    """Three a minute: the fourth waits until a minute after the first."""
    served = serve("rate: 3 per minute")
    served.post_lines([inspection(str(n), f"L{n}") for n in range(5)])

    async def minute_by_minute(courier: Any) -> None:
        for seconds, expected in ((0, 3), (59, 3), (1, 5)):
            clock.move(seconds=seconds)
            while await courier.send_due():
                await courier.finish(5)
            assert len(receiver.taken) == expected

    rounds(served, minute_by_minute)


def test_a_rate_holds_in_every_stretch() -> None:
    """However the requests fall, none of them has more than the rate within the time before it."""
    rate = Rate(4, timedelta(seconds=10))
    allowance, now, sent = Allowance(rate), START, []
    for step in (0, 0, 3, 1, 4, 0, 2, 1, 0, 5, 5, 0, 0, 1, 9, 0):
        now += timedelta(seconds=step)
        while allowance.left(now) > 0 and len(sent) < 100:
            allowance.use(now)
            sent.append(now)
    assert len(sent) > 8
    for at in sent:
        assert sum(at - rate.within < other <= at for other in sent) <= rate.count


def test_what_is_dead_goes_to_the_fallback_and_back_when_replayed(
    serve: Serve, receiver: Receiver, stand_in: Receiver, clock: HandClock
) -> None:
    """After its schedule at the first target, another is told under the same key; a replay tries the first again."""
    served = serve("retry: [1 s]\n    fallback: stand-in")
    receiver.answer = answering((503, {}))
    served.post(inspection("1", "L1"))
    for _ in range(4):
        send_all(served)
        clock.move(minutes=2)
    (delivery,) = deliveries(served, first_target="mes")
    assert (delivery["status"], delivery["target"]) == ("delivered", "stand-in")
    assert (len(receiver.taken), len(stand_in.taken)) == (2, 1)
    tried = served.get(f"/v1/deliveries/{delivery['id']}")["tried"]
    assert [(a["target"], a["outcome"], a["status"]) for a in tried] == [
        ("mes", "failed", 503),
        ("mes", "diverted", 503),
        ("stand-in", "delivered", 204),
    ]
    receiver.answer = answering((200, {}))
    assert served.client.post(f"/v1/deliveries/{delivery['id']}/replay").status_code == 202
    send_all(served)
    (again,) = deliveries(served)
    assert (again["status"], again["target"], again["first_target"]) == ("delivered", "mes", None)
    keys = {taken.headers["webhook-id"] for taken in (*receiver.taken, *stand_in.taken)}
    assert keys == {delivery["key"]}


def test_what_waits_for_a_disabled_target_goes_to_its_fallback(
    serve: Serve, receiver: Receiver, stand_in: Receiver, clock: HandClock
) -> None:
    """After a 410 the fallback is told everything, in order, until a person enables the target."""
    served = serve("fallback: stand-in")
    receiver.answer = answering((410, {}), (200, {}))
    served.post(inspection("1", "L1"))
    served.post(a_release("2", "L1"))
    send_all(served)
    assert [decode(taken.body)["type"] for taken in stand_in.taken] == [
        "lineside.decision.hold",
        "lineside.decision.release",
    ]
    assert len(receiver.taken) == 1
    assert {d["status"] for d in deliveries(served)} == {"delivered"}
    served.client.post("/v1/targets/mes/enable")
    served.post(inspection("3", "L3"))
    send_all(served)
    assert deliveries(served)[-1]["target"] == "mes"


def test_enabling_a_target_also_ends_its_pause(serve: Serve, receiver: Receiver) -> None:
    """A person who knows that the receiver works again need not wait for the probe."""
    served = serve("breaker: {failures: 1, pause: 1 day}\n    retry: [0 s, 1 s]")
    receiver.answer = answering((500, {}), (200, {}))
    served.post(inspection("1", "L1"))
    send_all(served)
    assert state(served)["failing"]["paused_until"] == "2026-03-02T06:00:00.000000Z"
    served.client.post("/v1/targets/mes/enable")
    send_all(served)
    assert deliveries(served)[0]["status"] == "delivered"


def test_one_busy_target_does_not_keep_another_waiting(
    serve: Serve, receiver: Receiver, stand_in: Receiver
) -> None:
    """With places for two requests, each of two targets that have much to be sent gets on."""
    served = serve("")
    late = [
        {
            "id": f"o{n}",
            "source": "erp/1",
            "type": "production_order",
            "time": "2026-03-01T05:00:00Z",
            "data": {"order_id": f"PO{n}", "status": "late"},
        }
        for n in range(6)
    ]
    served.post_lines([inspection(str(n), f"L{n}") for n in range(6)] + late)

    async def three_times(courier: Any) -> None:
        for _ in range(3):
            await courier.send_due()
            await courier.finish(5)

    rounds(served, three_times, pace=CourierPace(at_once=2, per_target=2))
    assert receiver.taken
    assert stand_in.taken


def gauges(served: Served) -> dict[str, float]:
    """Return the metrics whose name begins with lineside_target_, without that, by name and target."""
    lines = served.client.get("/metrics").text.splitlines()
    named = [line.removeprefix("lineside_target_").rsplit(" ", 1) for line in lines if "_target_" in line]
    return {name: float(value) for name, value in named if not name.startswith("#")}


def test_metrics_tell_which_targets_are_down_and_what_waits_for_them(
    serve: Serve, receiver: Receiver, clock: HandClock
) -> None:
    """Breaker, pause, failures, the queue and the age of its oldest, and dead letters: of each target, and forgotten in time."""
    served = serve("breaker: {failures: 2, pause: 1 min}\n    retry: [1 min]")
    at_rest = gauges(served)
    assert str(at_rest['waiting_since_timestamp_seconds{target="mes"}']) == "nan"
    assert {name for name, value in at_rest.items() if value == 0} >= {
        f'{name}{{target="{target}"}}'
        for name in ("disabled", "breaker_open", "paused", "failures", "waiting", "dead_letters")
        for target in ("mes", "stand-in")
    }
    receiver.answer = answering((500, {}))
    served.post_lines([inspection(str(n), f"L{n}") for n in range(5)])
    send_all(served, pace=ONE_AT_A_TIME)
    down = gauges(served)
    assert down['breaker_open{target="mes"}'] == down['paused{target="mes"}'] == 1
    assert (down['failures{target="mes"}'], down['failures{target="stand-in"}']) == (2, 0)
    assert (down['waiting{target="mes"}'], down['dead_letters{target="mes"}']) == (5, 0)
    assert down['waiting_since_timestamp_seconds{target="mes"}'] == START.timestamp()
    clock.move(minutes=1)
    send_all(served)
    over = gauges(served)
    assert (over['waiting{target="mes"}'], over['dead_letters{target="mes"}']) == (0, 5)
    assert str(over['waiting_since_timestamp_seconds{target="mes"}']) == "nan"
    clock.move(minutes=2)
    still = gauges(served)
    assert (still['breaker_open{target="mes"}'], still['paused{target="mes"}']) == (1, 0), "one try is due"


def test_metrics_tell_of_disabled_targets_and_of_those_that_are_named_no_longer(
    serve: Serve, receiver: Receiver, tmp_path: Path, clock: HandClock
) -> None:
    """A 410 shows until a person enables it; what waits for a target that is taken out of the file is not forgotten."""
    served = serve("")
    receiver.answer = answering((410, {}))
    served.post(inspection("1", "L1"))
    send_all(served)
    assert gauges(served)['disabled{target="mes"}'] == 1
    served.client.post("/v1/targets/mes/enable")
    assert gauges(served)['disabled{target="mes"}'] == 0
    with served.service.engine.begin() as connection:
        connection.exec_driver_sql("update deliveries set target = 'of-old'")
    left = gauges(served)
    assert (left['waiting{target="of-old"}'], left['waiting{target="mes"}']) == (1, 0)


def test_metrics_are_told_also_where_the_database_does_not_answer(serve: Serve) -> None:
    """What the process counted is there, and what only the database knows is left out and said to be."""
    served = serve("")
    served.post(inspection("1", "L1"))
    assert "lineside_database_answers 1.0" in served.client.get("/metrics").text
    with served.service.engine.begin() as connection:
        connection.exec_driver_sql("alter table deliveries rename to elsewhere")
    answer = served.client.get("/metrics")
    assert answer.status_code == 200
    assert "lineside_database_answers 0.0" in answer.text
    assert 'lineside_facts_total{status="accepted"} 1.0' in answer.text
    assert "lineside_deliveries{" not in answer.text
    assert gauges(served) == {}
