"""What falls due though no fact comes: decided by the service's clock, stored as a tick, and the same after a restart."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from math import isnan
from pathlib import Path
from threading import Condition
from typing import Any

import pytest
from sqlalchemy import select, text
from structlog.testing import capture_logs

from engine.decisions import Fact, Outcome
from engine.session import CLOCK
from service.app import bootstrap
from service.clock import LONGEST_WAIT_SECONDS, SystemClock, stamp
from service.pipeline import Doors, engine_doors
from service.settings import Settings
from service.tables import facts
from tests.service.harness import (
    PATIENCE,
    START,
    HandClock,
    Served,
    decode,
    inspection,
    serving,
    settings_for,
    wait_until,
    write_rules,
)
from tests.service.test_recovery import FailingLedger, session_bytes


def patient(folder: Path, **given: Any) -> Settings:
    """Return settings for a service that escalates what stays late for ten minutes."""
    return settings_for(folder, rules=write_rules(folder, {"patience.yaml": PATIENCE}), **given)


def order(name: str, at: datetime, status: str = "late") -> dict[str, Any]:
    """Return a fact that the order *name* has *status* from *at* on."""
    return {
        "id": f"{name}-{stamp(at)}-{status}",
        "source": "/erp/plant1",
        "type": "production_order",
        "time": stamp(at),
        "data": {"order_id": name, "status": status},
    }


def waited(served: Served) -> list[tuple[str, str, float]]:
    """Return subject, time and lateness of what was decided by patience alone, first to last."""
    return [
        (d["subject"]["id"], d["time"][11:19], d.get("late_by", 0))
        for d in served.decisions()
        if d["rule"] == "late-for-long" and d["kind"] == "escalate"
    ]


def ticks(served: Served) -> list[str]:
    """Return the ids of the stored ticks, first to last."""
    with served.service.engine.connect() as connection:
        return list(connection.scalars(select(facts.c.id).where(facts.c.type == CLOCK).order_by(facts.c.seq)))


def with_no_snapshot(settings: Settings, clock: HandClock) -> None:
    """Let the next service rebuild its session from all facts."""
    service = bootstrap(settings, clock=clock)
    with service.engine.begin() as connection:
        connection.execute(text("delete from snapshots"))
    service.close()


def due_of(served: Served) -> float:
    """Return the gauge of what falls due next."""
    name = "lineside_next_due_timestamp_seconds "
    lines = served.client.get("/metrics").text.splitlines()
    return next(float(line.removeprefix(name)) for line in lines if line.startswith(name))


def settled(served: Served, clock: HandClock) -> None:
    """Let the writer pass by the clock once more."""
    served.post(inspection(f"x{clock.now().timestamp()}", "X", result="pass"))
    wait_until(lambda: clock.is_waited_for)


def test_what_falls_due_is_decided_when_the_clock_says_so(tmp_path: Path) -> None:
    """No tick before its time, one at it, stored with its decisions and holds as what it is; none where nothing is due."""
    clock = HandClock()
    with serving(patient(tmp_path), clock=clock) as served:
        served.post_lines([order("A", START), order("B", START), order("C", START)])
        clock.move(minutes=9)
        served.post(order("B", clock.now(), "closed"))
        settled(served, clock)
        assert ticks(served) == []
        clock.move(minutes=1)
        wait_until(lambda: len(waited(served)) == 2)
        assert waited(served) == [("A", "06:10:00", 0), ("C", "06:10:00", 0)]
        standing = served.get("/v1/holds", status="standing")["holds"]
        assert {h["subject"]["id"] for h in standing} == {"A", "C"}  # in the order of their ids
        stored = served.get("/v1/facts/lineside/tick-2026-03-01T06:10:00Z")
        assert stored["fact"]["type"] == CLOCK
        assert stored["fact"]["source"] == "lineside"
        assert [d["kind"] for d in stored["decisions"]] == ["hold", "escalate"] * 2
        clock.move(days=30)
        settled(served, clock)
        assert ticks(served) == ["tick-2026-03-01T06:10:00Z"]


def test_a_fact_that_comes_late_lets_its_time_run_out_at_once(tmp_path: Path) -> None:
    """What was due before its fact came is decided right after it, and says how late that is."""
    clock = HandClock()
    with serving(patient(tmp_path), clock=clock) as served:
        served.post(order("A", START - timedelta(hours=1)))
        wait_until(lambda: waited(served))
        assert waited(served) == [("A", "05:10:00", 3000)]


def test_a_sender_whose_clock_is_ahead_does_not_wear_patience_out(tmp_path: Path) -> None:
    """A fact from the future moves no timer; the service's own clock does."""
    clock = HandClock()
    with serving(patient(tmp_path), clock=clock) as served:
        served.post(order("A", START))
        served.post(order("B", START + timedelta(hours=5), "released"))
        settled(served, clock)
        assert waited(served) == []
        clock.move(minutes=10)
        wait_until(lambda: waited(served) == [("A", "06:10:00", 0)])


def test_after_downtime_overdue_timers_run_once_in_order_and_say_how_late(tmp_path: Path) -> None:
    """Each at its own time, marked with the seconds it is late; a further restart adds nothing."""
    settings, clock = patient(tmp_path), HandClock()
    with serving(settings, clock=clock) as served:
        for name in ("A", "B", "C"):
            served.post(order(name, clock.now()))
            clock.move(minutes=2)
    clock.move(hours=3)
    expected = [("A", "06:10:00", 10560), ("B", "06:12:00", 10440), ("C", "06:14:00", 10320)]
    for _ in range(2):
        with serving(settings, clock=clock) as served:
            wait_until(lambda: len(waited(served)) == 3)
            assert waited(served) == expected
            assert len(ticks(served)) == 1
        clock.move(minutes=1)


def test_a_rebuild_gives_the_ticks_again(tmp_path: Path) -> None:
    """From all facts, ticks among them, comes the same session, and no decision differs."""
    settings, clock = patient(tmp_path), HandClock()
    with serving(settings, clock=clock) as served:
        for n in range(12):
            served.post(order(f"PO-{n % 5}", clock.now(), "released" if n % 4 == 3 else "late"))
            clock.move(minutes=3)
        settled(served, clock)
        clock.move(hours=2)
        wait_until(lambda: served.service.parts.writer._session.next_due() is None)  # type: ignore[union-attr]
        made, session = served.decisions(), session_bytes(served)
        assert ticks(served)
    with_no_snapshot(settings, clock)
    with capture_logs() as logs, serving(settings, clock=clock) as served:
        assert session_bytes(served) == session
        assert served.decisions() == made
    assert [log for log in logs if "differently" in log["event"]] == []


def test_a_fact_that_comes_before_the_tick_sets_off_what_is_due(tmp_path: Path) -> None:
    """Its answer has what fell due before it, and how late; a rebuild finds no difference."""
    settings, clock = patient(tmp_path), HandClock()
    with serving(settings, clock=clock) as served:
        served.post(order("A", START))
        settled(served, clock)
        clock.moment += timedelta(minutes=15)  # unseen by the writer, which waits
        answer = decode(served.post(order("B", START + timedelta(minutes=12), "released")).content)
        assert [(d["subject"]["id"], d["late_by"]) for d in answer["decisions"]] == [("A", 300)] * 2
        assert ticks(served) == []
        made = served.decisions()
    with_no_snapshot(settings, clock)
    with capture_logs() as logs, serving(settings, clock=clock) as served:
        assert served.decisions() == made
    assert [log for log in logs if log["log_level"] == "error"] == []


def test_the_clock_stands_and_nothing_turns(tmp_path: Path) -> None:
    """What is due before the session's own time waits for the clock to move on, and is then decided once."""
    clock = HandClock()
    with serving(patient(tmp_path), clock=clock) as served:
        served.post(order("Z", START, "released"))
        served.post(order("A", START - timedelta(hours=1)))
        wait_until(lambda: clock.is_waited_for)
        assert ticks(served) == []
        assert waited(served) == []
        clock.move(seconds=1)
        wait_until(lambda: ticks(served))
        settled(served, clock)
        assert [name for name, _, _ in waited(served)] == ["A"]
        assert len(ticks(served)) == 1


@pytest.mark.parametrize("snapshot_every", [1, 3, 10_000], ids=str)
def test_restarts_between_facts_and_ticks_change_nothing(tmp_path: Path, snapshot_every: int) -> None:
    """A service that is stopped after every step decides as one that runs on, though some of it late."""

    def story(folder: Path, *, is_stopped: bool) -> list[tuple[str, str]]:
        folder.mkdir()
        settings, clock = patient(folder, snapshot_every=snapshot_every), HandClock()
        served: Served | None = None
        steps: list[Callable[[Served], Any]] = [
            lambda s: s.post(order("A", START)),
            lambda s: settled(s, clock),
            lambda s: s.post(order("B", START + timedelta(minutes=4))),
            lambda s: s.post(order("A", START + timedelta(minutes=12), "released")),
            lambda s: settled(s, clock),
            lambda s: settled(s, clock),
        ]
        if is_stopped:
            for step in steps:
                with serving(settings, clock=clock) as served:
                    step(served)
                clock.move(minutes=6)
        else:
            with serving(settings, clock=clock) as served:
                for step in steps:
                    step(served)
                    clock.move(minutes=6)
        with serving(settings, clock=clock) as served:
            wait_until(lambda: len(waited(served)) == 2)
            return sorted((d["time"], d["id"]) for d in served.decisions())

    assert story(tmp_path / "a", is_stopped=True) == story(tmp_path / "b", is_stopped=False)


class Breaking:
    """The engine's session, but for timers that break while they are told to."""

    is_broken = True

    def __init__(self, session: Any) -> None:
        self._session = session

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    def submit(self, fact: Fact, received: datetime) -> Outcome:
        """Take in *fact*; break where something falls due with it."""
        outcome: Outcome = self._session.submit(fact, received)
        if outcome.fell_due and self.is_broken:
            raise RuntimeError("broken")
        return outcome


def test_a_tick_that_fails_is_tried_again_and_keeps_no_fact_waiting(tmp_path: Path) -> None:
    """It is logged, tried again after a while that doubles; facts are taken meanwhile, and all is the same after a restart."""
    doors, clock, settings = engine_doors("native"), HandClock(), patient(tmp_path)

    class Ours(Breaking):
        pass

    breaking = Doors(
        doors.compile,
        lambda book: Ours(doors.begin(book)),
        lambda book, snapshot: Ours(doors.restore(book, snapshot)),
    )
    with capture_logs() as logs, serving(settings, clock=clock, doors=breaking) as served:
        served.post(order("A", START))

        def failures() -> list[float]:
            return [log["again_in"] for log in logs if log["event"] == "a tick failed"]

        for n, seconds in enumerate((600, 1, 2, 4), 1):
            clock.move(seconds=seconds)
            wait_until(lambda n=n: len(failures()) == n)
            settled(served, clock)
            settled(served, clock)
            assert len(failures()) == n
        assert due_of(served) == (START + timedelta(minutes=10)).timestamp()
        answer = decode(served.post(order("B", clock.now())).content)
        assert answer["status"] == "accepted"
        assert waited(served) == []
        Ours.is_broken = False
        clock.move(seconds=8)
        wait_until(lambda: waited(served))
        assert waited(served) == [("A", "06:10:00", 15)]
        assert failures() == [1, 2, 4, 8]
        made, session = served.decisions(), session_bytes(served)
        assert 'lineside_ticks_total{status="failed"} 4.0' in served.client.get("/metrics").text
    with_no_snapshot(settings, clock)
    with capture_logs() as logs, serving(settings, clock=clock) as served:
        assert (served.decisions(), session_bytes(served)) == (made, session)
    assert [log for log in logs if log["log_level"] == "error"] == []


def test_a_fact_is_not_refused_for_a_timer_that_breaks(tmp_path: Path) -> None:
    """A fact that comes when something is due already, and would set it off itself, is taken without it."""
    doors, clock = engine_doors("native"), HandClock()
    breaking = Doors(
        doors.compile,
        lambda book: Breaking(doors.begin(book)),
        lambda book, snapshot: Breaking(doors.restore(book, snapshot)),
    )
    with serving(patient(tmp_path), clock=clock, doors=breaking) as served:
        served.post(order("A", START))
        clock.moment += timedelta(minutes=11)  # unseen by the writer, which waits
        answers = served.post_lines(
            [order("B", clock.now()), order("C", clock.now()), order("D", clock.now())]
        )
        assert [a["status"] for a in answers] == ["accepted"] * 3


@pytest.mark.parametrize("failure", ["before", "after"])
def test_a_tick_whose_commit_fails_is_stored_once(tmp_path: Path, failure: str) -> None:
    """Whether or not the commit went through after all, what fell due is decided once."""
    clock = HandClock()
    with serving(patient(tmp_path), clock=clock) as served:
        writer = served.service.parts.writer
        served.post(order("A", START))
        writer._ledger = FailingLedger(writer._ledger, [failure])  # type: ignore[assignment]
        clock.move(minutes=10)
        wait_until(lambda: writer._session is None)
        clock.move(seconds=1)
        wait_until(lambda: waited(served) and writer._session is not None)
        assert waited(served) == [("A", "06:10:00", 0)]
        assert len(ticks(served)) == 1


def test_a_second_writer_despite_the_lock_cannot_tick_twice(tmp_path: Path) -> None:
    """Where the number of the tick is taken, nothing of it is stored; the session is rebuilt and it is tried again."""
    clock = HandClock()
    with serving(patient(tmp_path), clock=clock) as served:
        writer = served.service.parts.writer
        served.post(order("A", START))
        settled(served, clock)
        writer._numbers.fact = 0
        clock.move(minutes=10)
        wait_until(lambda: writer._session is None)
        assert waited(served) == []
        clock.move(seconds=1)
        wait_until(lambda: waited(served))
        assert len(ticks(served)) == 1


@pytest.mark.parametrize("source", ["lineside", "/erp/plant1"])
def test_nobody_posts_a_tick(tmp_path: Path, source: str) -> None:
    """A fact of the clock's type is refused, whoever claims to send it."""
    with serving(settings_for(tmp_path), clock=HandClock()) as served:
        answer = served.post({"id": "t", "source": source, "type": CLOCK, "data": {}})
        assert answer.status_code in (403, 422)
        assert ticks(served) == []


def test_metrics_say_what_is_awaited(tmp_path: Path) -> None:
    """The next due time is a gauge, NaN where there is none; ticks are counted."""
    clock = HandClock()
    with serving(patient(tmp_path), clock=clock) as served:
        assert isnan(due_of(served))
        served.post(order("A", START))
        wait_until(lambda: due_of(served) == (START + timedelta(minutes=10)).timestamp())
        clock.move(minutes=10)
        wait_until(lambda: isnan(due_of(served)))
        assert 'lineside_ticks_total{status="stored"} 1.0' in served.client.get("/metrics").text


class CountingClock(HandClock):
    """A clock moved by hand that counts how often somebody waits for it."""

    waits = 0

    def wait(self, condition: Condition, until: datetime | None) -> None:
        """Wait as the clock does, and count it."""
        self.waits += 1
        super().wait(condition, until)


def test_waiting_takes_no_turns_of_its_own(tmp_path: Path) -> None:
    """The writer waits once for each time that it is woken, and does not ask the clock round and round."""
    clock = CountingClock()
    with serving(patient(tmp_path), clock=clock) as served:
        served.post(order("A", START))
        for n in range(1, 6):
            clock.move(minutes=2)
            wait_until(lambda n=n: clock.waits > n and clock.is_waited_for)
        wait_until(lambda: len(waited(served)) == 1)
        assert clock.waits <= 9


def test_the_system_clock_waits_for_a_moment_or_a_notice() -> None:
    """It does not wait for what is past, nor much longer than a moment near, nor for ever where the clock may be set."""
    taken: list[float | None] = []

    class Noted(Condition):
        def wait(self, timeout: float | None = None) -> bool:
            taken.append(timeout)
            return True

    clock, condition = SystemClock(), Noted()
    with condition:
        for until in (None, datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)):
            clock.wait(condition, until)
    assert taken == [None, LONGEST_WAIT_SECONDS]
