"""A restart rebuilds the session from what is stored, and carries on as if nothing had happened."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from engine.decisions import Fact, Outcome
from engine.rulebook import RuleBook
from service.app import bootstrap
from service.pipeline import Doors, engine_doors
from service.settings import StartRefused
from service.store import Ledger
from service.tables import decisions, facts, rulebooks, snapshots
from tests.service.harness import (
    PATIENCE,
    RULES,
    HandClock,
    Served,
    a_log,
    decode,
    inspection,
    serving,
    settings_for,
    write_rules,
)


def session_bytes(served: Served) -> bytes:
    """Return the session that the writer has now."""
    session: Any = served.service.parts.writer._session
    snapshot: bytes = session.snapshot()
    return snapshot


@pytest.mark.parametrize("snapshot_every", [1, 37, 10_000], ids=str)
def test_many_restarts_decide_as_none(tmp_path: Path, snapshot_every: int) -> None:
    """The same log over five services, one after the other, gives the decisions and the session of a single one."""
    log = a_log(500)
    whole = tmp_path / "whole"
    whole.mkdir()
    with serving(settings_for(whole), clock=HandClock()) as served:
        served.post_lines(log)
        expected, session = served.decisions(), session_bytes(served)
    settings = settings_for(tmp_path, snapshot_every=snapshot_every)
    for start in range(0, 500, 100):
        with serving(settings, clock=HandClock()) as served:
            served.post_lines(log[start : start + 100])
    with serving(settings, clock=HandClock()) as served:
        assert served.decisions() == expected
        assert session_bytes(served) == session


def test_a_snapshot_that_cannot_be_read_is_passed_over(tmp_path: Path) -> None:
    """With every snapshot spoilt, the session is rebuilt from all facts; with the newest, from the one before."""
    settings = settings_for(tmp_path, snapshot_every=100)
    with serving(settings, clock=HandClock()) as served:
        for start in range(0, 300, 50):
            served.post_lines(a_log(300)[start : start + 50])
        before = session_bytes(served)
    for spoilt in (1, 3):
        service = bootstrap(settings, clock=HandClock())
        with service.engine.begin() as connection:
            newest = connection.scalars(
                select(snapshots.c.seq).order_by(snapshots.c.seq.desc()).limit(spoilt)
            ).all()
            connection.execute(update(snapshots).where(snapshots.c.seq.in_(newest)).values(session=b"{}"))
        service.close()
        with serving(settings, clock=HandClock()) as served:
            assert session_bytes(served) == before


STRICTER = RULES["quality.yaml"].replace('severity = "critical"', 'severity in ("critical", "minor")')


def test_a_new_rule_book_takes_over_the_session(tmp_path: Path) -> None:
    """Facts before the change were decided by the old book and stay so; the new one goes on with its holds."""
    settings = settings_for(tmp_path)
    with serving(settings, clock=HandClock()) as served:
        served.post_lines([inspection("1", "L1"), inspection("2", "L2", severity="minor")])
        old = served.decisions()
    write_rules(tmp_path, {"quality.yaml": STRICTER})
    with serving(settings, clock=HandClock()) as served:
        assert served.decisions() == old
        one, two = served.post_lines(
            [
                inspection("3", "L1"),
                {**inspection("4", "L2", severity="minor"), "time": "2026-03-01T09:00:00Z"},
            ]
        )
        assert one["decisions"] == []
        assert [d["kind"] for d in two["decisions"]] == ["hold", "notify"]
        books = served.get("/v1/rulebooks")["rulebooks"]
        assert [b["active"] for b in books].count(True) == 1
        assert len(books) == 2
        now, session = served.decisions(), session_bytes(served)
    service = bootstrap(settings, clock=HandClock())
    with service.engine.begin() as connection:
        connection.execute(text("delete from snapshots"))
    service.close()
    with serving(settings, clock=HandClock()) as served:
        # the whole tail, under the book of each fact
        assert served.decisions() == now
        assert session_bytes(served) == session


def test_a_difference_to_what_was_decided_is_logged_and_what_was_decided_stands(tmp_path: Path) -> None:
    """Where the engine decides a stored fact differently, the log says so and the stored decision stays."""
    settings = settings_for(tmp_path)
    with serving(settings, clock=HandClock()) as served:
        served.post(inspection("1", "L1"))
    service = bootstrap(settings, clock=HandClock())
    with service.engine.begin() as connection:
        connection.execute(text("delete from snapshots"))
        connection.execute(update(decisions).where(decisions.c.ordinal == 0).values(body='{"kind":"other"}'))
    service.close()
    with capture_logs() as logs, serving(settings, clock=HandClock()) as served:
        assert served.decisions()[0] == {"kind": "other"}
    assert [log["fact"] for log in logs if "decides differently" in log["event"]] == [1]


def test_decisions_under_other_ids_are_refused_where_no_snapshot_knows_them(tmp_path: Path) -> None:
    """A version that names decisions otherwise does not go on with holds under ids of its own; the text says what to do."""
    settings = settings_for(tmp_path)
    with serving(settings, clock=HandClock()) as served:
        served.post(inspection("1", "L1"))
    service = bootstrap(settings, clock=HandClock())
    with service.engine.begin() as connection:
        connection.execute(text("delete from snapshots"))
        connection.execute(text("update decisions set id = 'x' || id"))
    with pytest.raises(StartRefused, match=r"facts from number 1 on has other ids .* in order \(Ctrl-C\)"):
        service.parts.writer.recovery.rebuild()
    service.close()


def test_decisions_of_another_rule_book_keep_no_service_from_starting(tmp_path: Path) -> None:
    """Where the rules are not those that decided, other ids are a difference that is logged."""
    settings = settings_for(tmp_path)
    with serving(settings, clock=HandClock()) as served:
        served.post(inspection("1", "L1"))
    service = bootstrap(settings, clock=HandClock())
    other = """update decisions set id = 'x' || id, body = replace(body, '"rulebook":"', '"rulebook":"0')"""
    with service.engine.begin() as connection:
        connection.execute(text("delete from snapshots"))
        connection.exec_driver_sql(other)
    service.close()
    with capture_logs() as logs, serving(settings, clock=HandClock()):
        pass
    assert [log["fact"] for log in logs if "decides differently" in log["event"]] == [1]


def test_a_second_service_on_the_same_database_is_refused(tmp_path: Path) -> None:
    """Two writers of one database are one too many; the text says what to do."""
    settings = settings_for(tmp_path)
    service = bootstrap(settings)
    with pytest.raises(StartRefused, match="another lineside service is writing"):
        bootstrap(settings)
    service.close()
    bootstrap(settings).close()


def test_what_a_changed_rule_book_leaves_behind_is_told_once(tmp_path: Path) -> None:
    """The log, /metrics, /health/ready and the active rule book say which rule lost what, until the next start."""
    settings, clock = settings_for(tmp_path), HandClock()
    write_rules(tmp_path, {"patience.yaml": PATIENCE})
    late = {"order_id": "PO-1", "status": "late"}
    fact = {
        "id": "1",
        "source": "erp",
        "type": "production_order",
        "time": "2026-03-01T06:00:00Z",
        "data": late,
    }
    with serving(settings, clock=clock) as served:
        served.post(fact)
    clock.move(minutes=1)  # the newer of two snapshots after one fact is the one that was made later
    write_rules(tmp_path, {"patience.yaml": PATIENCE.replace("late-for-long", "late-too-long")})
    with capture_logs() as logs, serving(settings, clock=clock) as served:
        [told] = [log for log in logs if log["event"] == "left behind by a change of rules"]
        lost = {
            "what": "timers",
            "rule": "late-for-long",
            "count": 1,
            "keys": ["production_order PO-1, since 2026-03-01T06:00:00Z"],
            "why": "there is no rule of this name now",
        }
        assert told == {"event": told["event"], "log_level": "warning", **lost}
        [active] = [book for book in served.get("/v1/rulebooks")["rulebooks"] if book["active"]]
        assert active["left_behind"] == [lost]
        assert served.get("/health/ready")["checks"]["left_behind"] == 1
        assert 'lineside_left_behind_total{what="timers"} 1.0' in served.client.get("/metrics").text
    with capture_logs() as logs, serving(settings, clock=clock) as served:
        assert served.get("/health/ready")["checks"]["left_behind"] == 0
        served.post({**fact, "id": "2"})
    service = bootstrap(settings, clock=clock)
    with service.engine.begin() as connection:
        connection.execute(text("delete from snapshots"))
    service.close()
    with capture_logs() as later, serving(settings, clock=clock) as served:
        # from the first fact on, through the change that was told when it came
        assert served.get("/health/ready")["checks"]["left_behind"] == 0
    assert not [log for log in (*logs, *later) if log["event"] == told["event"]]


def test_a_book_that_no_longer_compiles_hides_no_loss(tmp_path: Path) -> None:
    """Where the old rule book cannot be made again, what the active one leaves behind is told all the same."""
    settings = settings_for(tmp_path)
    write_rules(tmp_path, {"patience.yaml": PATIENCE})
    late = {"order_id": "PO-1", "status": "late"}
    with serving(settings, clock=HandClock()) as served:
        served.post({"id": "1", "source": "erp", "type": "production_order", "data": late})
    write_rules(tmp_path, {"patience.yaml": PATIENCE.replace("late-for-long", "late-too-long")})
    service = bootstrap(settings, clock=HandClock())
    with service.engine.begin() as connection:
        connection.execute(update(rulebooks).values(sources='{"rules/a.yaml": "rules: 1"}'))
    service.close()
    with capture_logs() as logs, serving(settings, clock=HandClock()):
        pass
    assert [log["rule"] for log in logs if log["event"] == "left behind by a change of rules"] == [
        "late-for-long"
    ]


class FailingLedger:
    """A ledger whose next commits fail, before or after they are done."""

    def __init__(self, ledger: Ledger, failures: list[str]) -> None:
        self._ledger = ledger
        self.failures = failures

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)

    def store(self, batch: Any, checkpoint: Any) -> None:
        """Store *batch*, or fail as the next failure says."""
        failure = self.failures.pop(0) if self.failures else ""
        if failure != "before":
            self._ledger.store(batch, checkpoint)
        if failure:
            raise OperationalError("commit", {}, Exception("disk full"))


@pytest.mark.parametrize(("failure", "then"), [("before", "accepted"), ("after", "duplicate")])
def test_a_failed_commit_is_a_503_and_the_session_forgets_it(tmp_path: Path, failure: str, then: str) -> None:
    """After a commit that failed, the session is what is stored, whether or not the commit went through after all."""
    with serving(settings_for(tmp_path), clock=HandClock()) as served:
        writer = served.service.parts.writer
        served.post(inspection("0", "L0"))
        writer._ledger = FailingLedger(writer._ledger, [failure])  # type: ignore[assignment]
        answer = served.post(inspection("1", "L1"))
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "1"
        assert decode(answer.content)["type"] == "/problems/not-stored"
        again = decode(served.post(inspection("1", "L1")).content)
        assert again["status"] == then
        assert [d["kind"] for d in again["decisions"]] == ["hold", "notify"]
        assert len(served.decisions()) == 4
        with served.service.engine.connect() as connection:
            assert connection.scalar(select(func.max(facts.c.seq))) == 2


def test_a_writer_that_fell_behind_the_store_catches_up(tmp_path: Path) -> None:
    """Where the number it would give a fact is taken, it rebuilds its session and gives the next one."""
    with serving(settings_for(tmp_path), clock=HandClock()) as served:
        served.post(inspection("0", "L0"))
        served.service.parts.writer._numbers.fact = 0
        assert decode(served.post(inspection("1", "L1")).content)["status"] == "accepted"
        served.service.parts.writer._numbers.decision = 0
        answers = served.post_lines([inspection("2", "L2"), inspection("3", "L0"), inspection("4", "L4")])
        assert [len(a["decisions"]) for a in answers] == [2, 0, 2]
        assert len(served.decisions()) == 8


class FragileSession:
    """The engine's session, but for facts that it breaks on half-way."""

    def __init__(self, session: Any) -> None:
        self._session = session

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    def submit(self, fact: Fact, received: datetime) -> Outcome:
        """Take in *fact*; break after that where its note says so."""
        outcome: Outcome = self._session.submit(fact, received)
        if fact.data.get("note") == "poison":
            raise RuntimeError("broken")
        return outcome


def test_a_fact_the_engine_breaks_on_leaves_its_neighbours_alone(tmp_path: Path) -> None:
    """The fact is a 500 problem and is not stored; the session is rebuilt without it, and the rest is decided."""
    doors = engine_doors("native")

    def compile_rules(files: Mapping[str, str]) -> RuleBook:
        return doors.compile(files)

    fragile = Doors(
        compile_rules,
        lambda book: FragileSession(doors.begin(book)),
        lambda book, snapshot: FragileSession(doors.restore(book, snapshot)),
    )
    with serving(settings_for(tmp_path), clock=HandClock(), doors=fragile) as served:
        served.post(inspection("0", "L0"))
        answers = served.post_lines(
            [
                inspection("1", "L1"),
                inspection("2", "L2", note="poison"),
                inspection("3", "L2"),
                inspection("4", "L1"),
                inspection("5", "L0"),
            ]
        )
        assert [a["status"] for a in answers] == ["accepted", "refused", "accepted", "accepted", "accepted"]
        assert answers[1]["problem"]["type"] == "/problems/engine-fault"
        assert "broken" not in str(answers)
        assert [len(a.get("decisions", ())) for a in answers] == [2, 0, 2, 0, 0]
        assert served.get("/health/ready")["status"] == "ready"
