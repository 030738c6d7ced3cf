"""A target that is down for longer than its schedule: what waited for it is given up in order, and nothing before its time."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from service.cli import main
from service.delivery import CourierPace, courier
from service.store import Due
from service.targets import Breaker, Target, WebhookChannel
from tests.service.couriers import answering, deliveries, rounds, send_all
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
from tests.service.receivers import SECRET, SECRET_TEXT, Receiver, receiving
from tests.service.test_crash import process

TARGETS = """
targets:
  mes:
    url: {mes}
    secret: env:HOOK_SECRET
    decisions: [hold, release]
    allow_private: true
    timeout_seconds: 20
    retry: {retry}
    breaker: {{failures: 3, pause: {pause}}}
    {lines}
  stand-in:
    url: {stand_in}
    secret: env:HOOK_SECRET
    decisions: [escalate]
    allow_private: true
"""
FALLBACK = "fallback: stand-in"
ONE_AT_A_TIME = CourierPace(at_once=8, per_target=1)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server of our own."""
    with postgres(tmp_path_factory.mktemp("pg")) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, of either kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/lineside.db"
    return fresh_database(request.getfixturevalue("server"))


class Plant:
    """A service with a hand-moved clock, whose target mes is down, beside one that stands in for it where the test says so."""

    def __init__(
        self, folder: Path, database: str, mes: Receiver, stand_in: Receiver, stack: ExitStack
    ) -> None:
        self.folder, self.database, self.mes, self.stand_in = folder, database, mes, stand_in
        self.clock = HandClock()
        self._stack = stack
        mes.answer = answering((500, {}))

    def write_targets(self, lines: str, retry: str, pause: str) -> Path:
        """Write the targets file and return it."""
        path = self.folder / "targets.yaml"
        urls = {"mes": self.mes.url, "stand_in": self.stand_in.url}
        path.write_text(TARGETS.format(lines=lines, retry=retry, pause=pause, **urls), encoding="utf-8")
        return path

    def serve(self, lines: str = "", retry: str = "[1 min, 10 min]", pause: str = "1 min") -> Served:
        """Run the service until the test is over; its whole schedule is eleven minutes where none is given."""
        targets = self.write_targets(lines, retry, pause)
        settings = settings_for(self.folder, database_url=self.database, targets=targets, deliver=False)
        return self._stack.enter_context(serving(settings, clock=self.clock))

    def pass_minutes(self, served: Served, minutes: int) -> None:
        """Send what is due, minute after minute."""
        for _ in range(minutes):
            send_all(served, pace=ONE_AT_A_TIME)
            self.clock.move(minutes=1)


@pytest.fixture
def plant(tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Plant]:
    """A plant whose MES is down."""
    monkeypatch.setenv("HOOK_SECRET", SECRET_TEXT)
    with ExitStack() as stack:
        mes, stand_in = stack.enter_context(receiving()), stack.enter_context(receiving())
        yield Plant(tmp_path, database, mes, stand_in, stack)


def lots(count: int, first: int = 0) -> list[dict[str, Any]]:
    """Return facts that hold *count* lots and release them, lot after lot."""
    each = [(inspection(f"{n}a", f"L{n}"), a_release(f"{n}b", f"L{n}")) for n in range(first, first + count)]
    return [fact for pair in each for fact in pair]


def said_to(receiver: Receiver) -> list[tuple[str, str]]:
    """Return (subject, kind) of each message, in order."""
    events = [decode(taken.body) for taken in receiver.taken]
    return [(event["subject"], event["type"].rpartition(".")[2]) for event in events]


def test_what_waited_its_whole_schedule_is_dead_with_the_reason(
    plant: Plant, capsys: pytest.CaptureFixture[str]
) -> None:
    """Forty wait behind one probe a minute: after the schedule all are dead, and what was due later has its own time."""
    served = plant.serve()
    served.post_lines(lots(20))
    plant.pass_minutes(served, 8)
    served.post(inspection("later", "L-later"))
    plant.pass_minutes(served, 3)
    assert deliveries(served, status="dead") == [], "eleven minutes are not over"
    plant.pass_minutes(served, 2)
    dead = deliveries(served, status="dead")
    assert len(dead) == 40
    assert len(plant.mes.taken) < 20, "most were never tried: the breaker spares the target"
    (waiting,) = deliveries(served, status="due")
    assert waiting["subject"] == "lot:L-later"
    untried = next(d for d in dead if d["attempts"] == 0)
    assert untried["last_error"] == (
        "mes has been down since 2026-03-01T06:00:00.000000Z, and this has waited 11 min for it, longer than its whole schedule: "
        "HTTP 500: refused"
    )
    (tried,) = served.get(f"/v1/deliveries/{untried['id']}")["tried"]
    assert (tried["outcome"], tried["target"], tried["error"]) == ("given-up", "mes", untried["last_error"])
    assert main(["deliveries", "show", str(untried["id"]), "--url", served.url]) == 0
    assert f"mes  given-up: {untried['last_error']}" in capsys.readouterr().out
    plant.pass_minutes(served, 8)
    assert len(deliveries(served, status="dead")) == 41


def test_dead_letters_of_a_target_that_was_down_are_replayed_in_order(plant: Plant) -> None:
    """Once it works again a person sends them: each under its key, the hold of a lot before its release."""
    served = plant.serve()
    served.post_lines(lots(20))
    plant.pass_minutes(served, 13)
    dead = deliveries(served, status="dead")
    assert len(dead) == 40
    plant.mes.taken.clear()
    plant.mes.answer = answering((200, {}))
    for delivery in dead:
        assert served.client.post(f"/v1/deliveries/{delivery['id']}/replay").status_code == 202
    plant.pass_minutes(served, 3)
    assert {d["status"] for d in deliveries(served)} == {"delivered"}
    assert {t.headers["webhook-id"] for t in plant.mes.taken} == {d["key"] for d in dead}
    by_lot: dict[str, list[str]] = {}
    for lot, kind in said_to(plant.mes):
        by_lot.setdefault(lot, []).append(kind)
    assert set(map(tuple, by_lot.values())) == {("hold", "release")}


def test_the_fallback_is_told_in_order_and_in_time(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    """What waited too long goes to the fallback at once, some at a time, hold before release; what comes later in its time."""
    monkeypatch.setattr(courier, "GIVEN_UP_AT_ONCE", 3)
    served = plant.serve(FALLBACK)
    served.post_lines(lots(20))
    plant.pass_minutes(served, 13)
    told = said_to(plant.stand_in)
    assert len(told) == 40
    for n in range(20):
        assert [kind for lot, kind in told if lot == f"lot/L{n}"] == ["hold", "release"]
    served.post_lines(lots(10, first=20))
    plant.pass_minutes(served, 11)
    assert len(plant.stand_in.taken) < 50, "only what had its own attempts"
    plant.pass_minutes(served, 2)
    assert len(plant.stand_in.taken) == 60
    sent = deliveries(served)
    assert {(d["status"], d["target"], d["first_target"]) for d in sent} == {("delivered", "stand-in", "mes")}
    assert {t.headers["webhook-id"] for t in plant.stand_in.taken} == {d["key"] for d in sent}
    untried = sent[-1]["id"]
    outcomes = [tried["outcome"] for tried in served.get(f"/v1/deliveries/{untried}")["tried"]]
    assert outcomes == ["given-up", "delivered"]


def test_nothing_is_given_up_before_the_target_was_asked_again(plant: Plant) -> None:
    """After a week in which nobody sent, what waited is tried first: a target that works by then gets all of it."""
    served = plant.serve()
    served.post_lines(lots(5))
    plant.pass_minutes(served, 5)
    plant.clock.move(days=7)
    plant.mes.answer = answering((200, {}))
    plant.pass_minutes(served, 3)
    assert {d["status"] for d in deliveries(served)} == {"delivered"}


def test_a_wait_that_was_not_the_targets_does_not_count(plant: Plant) -> None:
    """What waited for a week because nobody sent has the whole schedule from the target's first failure on."""
    served = plant.serve()
    served.post_lines(lots(20))
    plant.clock.move(days=7)
    plant.pass_minutes(served, 11)
    assert {d["status"] for d in deliveries(served)} == {"due"}
    plant.pass_minutes(served, 2)
    assert {d["status"] for d in deliveries(served)} == {"dead"}


def test_enabling_a_target_gives_what_waits_its_whole_schedule_again(plant: Plant) -> None:
    """A person who enables it says that it is worth trying: its time begins with its next failure."""
    served = plant.serve()
    served.post_lines(lots(20))
    plant.pass_minutes(served, 9)
    served.client.post("/v1/targets/mes/enable")
    plant.pass_minutes(served, 10)
    assert len([d for d in deliveries(served) if d["status"] == "due"]) > 20
    plant.pass_minutes(served, 3)
    assert {d["status"] for d in deliveries(served)} == {"dead"}


def test_one_that_was_sent_again_keeps_what_is_behind_it(plant: Plant) -> None:
    """A hold replayed of late has its time, and the release behind it waits for it rather than overtake it at the fallback."""
    served = plant.serve(FALLBACK)
    plant.mes.answer = answering((200, {}), (500, {}))
    served.post(inspection("1", "L1"))
    send_all(served)
    served.post_lines([a_release("2", "L1"), *lots(5, first=5)])
    plant.pass_minutes(served, 8)
    (hold, *_) = deliveries(served)
    assert served.client.post(f"/v1/deliveries/{hold['id']}/replay").status_code == 202
    plant.pass_minutes(served, 5)
    assert ("lot/L1", "release") not in said_to(plant.stand_in)
    assert ("lot/L5", "release") in said_to(plant.stand_in)
    plant.pass_minutes(served, 10)
    assert [kind for lot, kind in said_to(plant.stand_in) if lot == "lot/L1"] == ["hold", "release"]


def test_one_that_is_on_its_way_keeps_what_is_behind_it(plant: Plant) -> None:
    """While a courier sends the hold of a lot, its release is not given up by another one."""
    served = plant.serve()
    served.post_lines(lots(20))
    plant.pass_minutes(served, 3)
    outbox, claimed = served.service.parts.outbox, list[Due]()

    async def meanwhile(running: Any) -> None:
        now = plant.clock.now()
        claimed.extend(
            outbox.claim(now, now + timedelta(hours=1), lease="x", limit=1, room={"mes": 1}, probes=["mes"])
        )
        plant.clock.move(minutes=2)
        await running._give_up_overdue(served.service.parts.targets["mes"])

    with served.service.engine.begin() as connection:
        connection.exec_driver_sql("update target_health set changed_at = '2026-03-01T06:20:00.000000Z'")
    rounds(served, meanwhile)
    (sending,) = deliveries(served, status="sending")
    (behind,) = [d for d in deliveries(served, status="due") if d["subject"] == sending["subject"]]
    assert (sending["id"], behind["id"]) == (claimed[0].id, claimed[0].id + 1)
    assert len(deliveries(served, status="dead")) == 38


@pytest.mark.parametrize(
    ("schedule", "pause", "expected"),
    [((0, 5, 300), 60, 305), ((0,), 60, 60), ((0, 1), 60, 60), ((0, 86_400), 86_401, 86_401)],
)
def test_a_target_is_waited_for_as_long_as_its_schedule_and_one_pause_at_least(
    schedule: tuple[int, ...], pause: int, expected: int
) -> None:
    """A schedule shorter than a pause would give up on a target that was not asked again."""
    steps = tuple(timedelta(seconds=seconds) for seconds in schedule)
    breaker = Breaker(5, timedelta(seconds=pause))
    channel = WebhookChannel("http://x", (SECRET,))
    target = Target("mes", channel, frozenset({"hold"}), schedule=steps, breaker=breaker)
    assert target.patience == timedelta(seconds=expected)


def test_killed_while_it_gives_up_nothing_is_lost(plant: Plant) -> None:
    """kill -9 right after some were given up: the rest is given up or delivered later, and the dead letters are replayed."""
    write_rules(plant.folder)
    plant.write_targets("", "[0 s]", "1 s")
    with process(plant.folder, "given-up", 1, plant.database) as (running, client):
        client.post("/v1/facts", content=ndjson(lots(12)), headers={"content-type": "application/x-ndjson"})
        assert running.wait(60) == -signal.SIGKILL
    plant.mes.taken.clear()
    plant.mes.answer = answering((200, {}))
    plant.clock = HandClock(datetime.now(UTC) + timedelta(hours=1))  # noqa: TID251 - beside a process with the real clock
    served = plant.serve()
    dead = deliveries(served, status="dead")
    assert len(dead) > 4
    for delivery in dead:
        served.client.post(f"/v1/deliveries/{delivery['id']}/replay")
    plant.pass_minutes(served, 3)
    sent = deliveries(served)
    assert (len(sent), {d["status"] for d in sent}) == (24, {"delivered"})
    keys = [t.headers["webhook-id"] for t in plant.mes.taken]
    assert sorted(keys) == sorted(d["key"] for d in sent)
