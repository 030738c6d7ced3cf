"""Open cases of a service that is started with other ladders: what it tells, what it shows, and what a restart makes of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from structlog.testing import capture_logs

from service.app import bootstrap
from service.cli import main
from service.settings import Settings
from service.tables import cases
from tests.service.harness import HandClock, Served, serving, settings_for, wait_until, write_rules

RULE = """ruleset: gauges
title: Gauges
owner: quality
rules:
  - rule: gauge-fails
    title: A failing gauge is looked at
    on: inspection_result
    if: result = "fail"
    then: {open_case: {order: = order_id, kind: gauge, tasks: {quality: look}, ladder: first}}
"""
SECOND = RULE.replace("ladder: first", "ladder: second")
UNNAMED = RULE.replace(", ladder: first", "")
GONE = 'there is no ladder "first" any more'

Start = Callable[..., Settings]


def ladders(**named: str) -> str:
    """Return a ladders document: by name the steps of each ladder, as "5 lead, 60 boss"."""
    lines = ["ladders:"]
    for name, steps in named.items():
        lines += [f"  - ladder: {name}", f"    title: The {name} one", "    steps:"]
        for step in steps.split(", "):
            after, who = step.split()
            lines.append(f"      - {{after: {after} min, tell: {who}}}")
    return "\n".join(lines) + "\n"


@pytest.fixture
def clock() -> HandClock:
    """A clock that stands until it is moved."""
    return HandClock()


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """Return what writes rules and ladders, and returns settings for a service with them on the same database."""

    def write(rule: str, **named: str) -> Settings:
        texts = {"gauges.yaml": rule, "ladders.yaml": ladders(**named)}
        return settings_for(tmp_path, rules=write_rules(tmp_path, texts))

    return write


def opened(settings: Settings, clock: HandClock, order: str = "PO-1") -> str:
    """Let a service with *settings* open a case, and stop; return where the case is shown."""
    data = {"lot_id": "L-1", "order_id": order, "result": "fail"}
    fact = {"id": f"i {order}", "source": "mes/gauge-1", "type": "inspection_result", "data": data}
    with serving(settings, clock=clock) as served:
        assert served.post(fact).status_code == 200
        name = served.get("/v1/cases", order=order)["cases"][0]["case_id"]
        whole = served.get(f"/v1/cases/{name}")
        assert (whole["ladder"]["name"], whole["untold_because"]) == ("first", None)
    return f"/v1/cases/{name}"


def told(served: Served, case: str) -> list[tuple[str, str]]:
    """Return the minute of each step of a ladder by which somebody was told of *case*, and who."""
    messages = served.get(case)["messages"]
    return [(one["time"][11:16], one["to"]) for one in messages if one["kind"] == "escalate"]


def left_behind(served: Served) -> list[dict[str, Any]]:
    """Return what the active rule book could not take along."""
    (active,) = [one for one in served.get("/v1/rulebooks")["rulebooks"] if one["active"]]
    found: list[dict[str, Any]] = active["left_behind"]
    return found


def session_bytes(served: Served) -> bytes:
    """Return the session that the writer has now."""
    session: Any = served.service.parts.writer._session
    snapshot: bytes = session.snapshot()
    return snapshot


def test_a_case_climbs_the_ladder_that_its_rule_names_now(
    start: Start, clock: HandClock, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is told, listed and shown with it; of steps that are past one is told, late, and the others come at their times."""
    case = opened(start(RULE, first="60 boss"), clock)
    clock.move(minutes=20)
    settings = start(SECOND, second="5 lead, 10 supervisor, 30 boss")
    with serving(settings, clock=clock) as served:
        monkeypatch.setenv("LINESIDE_URL", served.url)
        monkeypatch.setenv("NO_COLOR", "1")
        (loss,) = left_behind(served)
        name = case.rpartition("/")[2]
        assert (loss["what"], loss["rule"], loss["count"]) == ("ladders", "gauge-fails", 1)
        assert loss["keys"] == [f"gauge of order PO-1, case {name}"]
        assert loss["why"] == f'it climbs "second" now, which its rule names: {GONE}'
        wait_until(lambda: told(served, case))
        assert told(served, case) == [("06:10", "supervisor")]
        whole = served.get(case)
        assert (whole["ladder"]["name"], whole["ladder"]["climbed"], whole["untold_because"]) == (
            "second",
            2,
            None,
        )
        assert [(one["at"], one["step"]) for one in whole["ladder"]["next"]] == [("2026-03-01T06:30:00Z", 3)]
        assert main(["cases", "show", name]) == 0
        assert capsys.readouterr().out.splitlines()[-1] == "  2026-03-01T06:30:00Z  step 3 will tell boss"
        clock.move(minutes=10)
        wait_until(lambda: len(told(served, case)) == 2)
        whole = served.get(case)
        assert (told(served, case)[1:], whole["ladder"]["next"]) == ([("06:30", "boss")], [])
        assert whole["untold_because"] == "its ladder was climbed to its end"
        decided, session = served.decisions(), session_bytes(served)
    with serving(settings, clock=clock) as served:
        assert (served.get(case), left_behind(served), session_bytes(served)) == (whole, [], session)
    service = bootstrap(settings, clock=clock)
    with service.engine.begin() as connection:
        connection.execute(text("delete from snapshots"))
    service.close()
    with capture_logs() as logs, serving(settings, clock=clock) as served:
        assert (served.get(case), served.decisions(), session_bytes(served)) == (whole, decided, session)
    assert not [log for log in logs if log["log_level"] in ("warning", "error")]


def test_what_is_shown_stands_on_the_new_ladder_before_anybody_is_told(
    start: Start, clock: HandClock
) -> None:
    """The row follows at the start, also of a ladder that is still called the same, and when nothing of it is due."""
    settings = start(RULE, first="5 lead, 60 boss")
    case = opened(settings, clock)
    with serving(settings, clock=clock) as served:
        clock.move(minutes=6)
        wait_until(lambda: told(served, case))
    with serving(start(RULE, first="1 clerk, 5 lead, 15 supervisor, 60 boss"), clock=clock) as served:
        whole = served.get(case)
        assert (whole["ladder"]["climbed"], [one["step"] for one in whole["ladder"]["next"]]) == (2, [3, 4])
        with served.service.engine.connect() as connection:
            row = connection.execute(select(cases.c.ladder, cases.c.climbed)).one()
        assert tuple(row) == ("first", 2)
        clock.move(minutes=10)
        wait_until(lambda: len(told(served, case)) == 2)
        assert told(served, case) == [("06:05", "lead"), ("06:15", "supervisor")]
        assert left_behind(served) == []


def test_a_case_at_the_top_shows_no_step_that_is_passed_over(start: Start, clock: HandClock) -> None:
    """Nobody is told what would have been due while the service stood; what is still to come is shown, and told."""
    settings = start(RULE, first="5 lead")
    case = opened(settings, clock)
    with serving(settings, clock=clock) as served:
        clock.move(minutes=5)
        wait_until(lambda: told(served, case))
    clock.move(minutes=25)
    with serving(start(RULE, first="5 lead, 10 supervisor, 40 boss"), clock=clock) as served:
        wait_until(lambda: served.get(case)["ladder"]["climbed"] == 2)
        assert [one["step"] for one in served.get(case)["ladder"]["next"]] == [3]
        clock.move(minutes=10)
        wait_until(lambda: len(told(served, case)) == 2)
        assert told(served, case)[1:] == [("06:40", "boss")]


def test_rules_that_were_active_while_nothing_came_change_nothing(start: Start, clock: HandClock) -> None:
    """A service that was started with the wrong ladders for a moment climbs on with the right ones as if it had not been."""
    settings = start(RULE, first="5 lead, 30 boss")
    case = opened(settings, clock)
    with serving(start(SECOND, second="40 clerk"), clock=clock) as served:
        assert served.get(case)["ladder"]["name"] == "second"
    with serving(start(UNNAMED, second="40 clerk"), clock=clock) as served:
        assert served.get(case)["untold_because"] == 'there is no ladder "first" in the rules now'
    clock.move(minutes=45)
    with serving(start(RULE, first="5 lead, 30 boss"), clock=clock) as served:
        wait_until(lambda: len(told(served, case)) == 2)
        assert told(served, case) == [("06:05", "lead"), ("06:30", "boss")]
        assert left_behind(served) == []


def test_a_case_whose_ladder_has_gone_says_that_nobody_will_be_told(start: Start, clock: HandClock) -> None:
    """Where its rule names no other it is told as left behind, and the case itself says so until there is a ladder again."""
    case = opened(start(RULE, first="5 lead"), clock)
    settings = start(UNNAMED, second="5 lead")
    for losses in (1, 0):
        with serving(settings, clock=clock) as served:
            whole = served.get(case)
            why = 'there is no ladder "first" in the rules now'
            assert (whole["status"], whole["ladder"], whole["untold_because"]) == ("open", None, why)
            whys = [loss["why"] for loss in left_behind(served)]
            gone = 'nobody is told of it any more: there is no ladder "first" now'
            assert whys == [gone] * losses
            clock.move(minutes=5)
    with serving(start(RULE, first="5 lead"), clock=clock) as served:
        wait_until(lambda: served.get(case)["untold_because"] == "its ladder was climbed to its end")
        assert served.get(case)["messages"][-1]["to"] == "lead"
