"""GET /v1/cases and /v1/shelved: what the tables say of cases is what the session says, with who was told and who will be."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.coordination import Case, case_data
from tests.service.harness import HandClock, Served, serving, settings_for, wait_until

BEGIN = datetime(2026, 3, 2, 7, tzinfo=UTC)
ASKED = ["production", "quality", "planning", "customer_service"]


def a_failure(name: str, lot: str) -> dict[str, Any]:
    """Return a failed inspection of *lot*, by which the shipped rules open a case."""
    data = {"lot_id": lot, "order_id": "PO-1", "work_centre": "MILL-3", "characteristic": "bore"}
    return {
        "id": name,
        "source": "/mes/line3",
        "type": "inspection_result",
        "data": {**data, "result": "fail", "severity": "critical"},
    }


def an_answer(name: str, lot: str, answer: str, role: str | None = None) -> dict[str, Any]:
    """Return what Ann answers to the quality hold of *lot*."""
    data = {"kind": "quality-hold", "subject_type": "lot", "subject_id": lot, "answer": answer, "by": "Ann"}
    return {
        "id": name,
        "source": "person/ann",
        "type": "case_answer",
        "data": data if role is None else {**data, "role": role},
    }


def a_shelving(name: str, **data: Any) -> dict[str, Any]:
    """Return that Ann shelves quality holds, or what *data* says."""
    said = {"what": "quality-hold", "action": "shelve", "reason": "gauge is being mended", "by": "Ann"}
    return {"id": name, "source": "person/ann", "type": "shelving", "data": {**said, **data}}


def open_cases(served: Served) -> list[Case]:
    """Return the cases that the session has."""
    session: Any = served.service.parts.writer._session
    return list(session.cases())


@pytest.fixture
def clock() -> HandClock:
    """A clock that stands at BEGIN."""
    return HandClock(BEGIN)


@pytest.fixture
def served(tmp_path: Path, clock: HandClock) -> Iterator[Served]:
    """A service with the shipped rules, and nothing in it."""
    settings = settings_for(tmp_path).model_copy(update={"rules": None})
    with serving(settings, clock=clock) as running:
        yield running


def test_a_case_is_shown_as_it_stands(served: Served, clock: HandClock) -> None:
    """Its tasks, answers, messages and coming steps follow what is posted, up to its end."""
    assert served.post(a_failure("i1", "L-1")).status_code == 200
    (listed,) = served.get("/v1/cases")["cases"]
    (case,) = open_cases(served)
    assert (listed["case_id"], listed["status"], listed["count"]) == (case.id, "open", 1)
    assert [(task["function"], task["status"]) for task in listed["tasks"]] == [
        (role, "open") for role in ASKED
    ]
    whole = served.get(f"/v1/cases/{case.id}")
    assert {name: whole[name] for name in listed} == listed
    assert [(one["kind"], one["to"]) for one in whole["messages"]] == [("ask", role) for role in ASKED]
    assert whole["ladder"]["next"][0] == {
        "at": "2026-03-02T07:15:00Z",
        "step": 1,
        "again": 0,
        "tell": ["supervisor"],
        "message": "not everybody has taken up this hold",
    }
    clock.move(minutes=15)
    wait_until(lambda: served.get(f"/v1/cases/{case.id}")["overdue"])
    told = served.get(f"/v1/cases/{case.id}")
    assert told["messages"][-1]["to"] == "supervisor"
    assert (told["messages"][-1]["step"], told["ladder"]["climbed"]) == (1, 1)
    assert told["ladder"]["next"][0]["step"] == 2
    for number, role in enumerate(ASKED):
        served.post(an_answer(f"a{number}", "L-1", "acknowledge", role))
    served.post(an_answer("again", "L-1", "acknowledge", "quality"))
    answered = served.get(f"/v1/cases/{case.id}")
    assert (answered["status"], answered["ladder"]["next"]) == ("acknowledged", [])
    assert [(one["function"], one["refused"]) for one in answered["answers"][:4]] == [
        (role, None) for role in ASKED
    ]
    assert answered["untold_because"] == "enough have answered"
    assert answered["answers"][4]["refused"] == "the task of quality is acknowledged already, by Ann"
    served.post(an_answer("close", "L-1", "close"))
    closed = served.get(f"/v1/cases/{case.id}")
    assert (closed["status"], closed["closed_at"]) == ("closed", "2026-03-02T07:15:00.000000Z")
    assert (closed["ladder"], closed["untold_because"]) == (None, "it is closed")
    assert [task["status"] for task in closed["tasks"]] == ["acknowledged"] * 4
    assert [one["answer"] for one in closed["answers"]] == ["acknowledge"] * 5 + ["close"]


@pytest.mark.parametrize(
    ("query", "lots"),
    [
        pytest.param({}, ["L-3", "L-2", "L-1"], id="all-newest-first"),
        pytest.param({"status": "closed"}, ["L-2"], id="status"),
        pytest.param({"status": "open", "kind": "quality-hold"}, ["L-3", "L-1"], id="kind"),
        pytest.param({"lot": "L-1"}, ["L-1"], id="subject-short"),
        pytest.param({"subject_type": "lot", "subject_id": "L-3"}, ["L-3"], id="subject"),
        pytest.param({"function": "planning"}, ["L-3", "L-2", "L-1"], id="function"),
        pytest.param({"function": "cantine"}, [], id="no-such-function"),
    ],
)
def test_cases_are_filtered(served: Served, query: dict[str, str], lots: list[str]) -> None:
    """A filter returns exactly the cases that fit, on one page or on several."""
    for number in (1, 2, 3):
        served.post(a_failure(f"i{number}", f"L-{number}"))
    served.post(an_answer("close", "L-2", "close"))
    assert [one["subject"]["id"] for one in served.get("/v1/cases", **query)["cases"]] == lots
    paged: list[str] = []
    more = {**query, "limit": "1"}
    while True:
        page = served.get("/v1/cases", **more)
        paged += [one["subject"]["id"] for one in page["cases"]]
        if page["next"] is None:
            break
        more["cursor"] = page["next"]
    assert paged == lots


def test_the_table_is_the_sessions_in_one_batch_or_many(served: Served) -> None:
    """What comes together in one commit leaves the same rows as what comes one by one."""
    facts = [a_failure(f"i{number}", f"L-{number % 3}") for number in range(9)]
    facts += [an_answer("a1", "L-0", "accept", "quality"), an_answer("a2", "L-1", "close")]
    served.post_lines(facts)
    for fact in (a_failure("later", "L-2"), an_answer("a3", "L-2", "done", "planning")):
        served.post(fact)
    rows = served.service.parts.cases.cases({}, None, 50)
    standing = {row.case_id: row for row, _ in rows if row.status != "closed"}
    assert standing.keys() == {case.id for case in open_cases(served)}
    for case in open_cases(served):
        whole = served.get(f"/v1/cases/{case.id}")
        assert (whole["count"], whole["status"], whole["rule"]) == (case.count, case.status, case.rule)
        assert whole["related"] == case_data(case).get("related", [])
        assert [(t["function"], t["status"]) for t in whole["tasks"]] == [
            (task.role, task.status) for task in case.tasks.values()
        ]
    assert [row.status for row, _ in rows].count("closed") == 1


def test_what_is_shelved_is_shown_with_what_it_silenced(served: Served, clock: HandClock) -> None:
    """A silence counts what nobody was told of, its messages say why, and it stays listed when it is over."""
    served.post(a_shelving("s1", lasts="1 h"))
    served.post(a_failure("i1", "L-1"))
    (shelved,) = served.get("/v1/shelved", status="standing")["shelved"]
    assert (shelved["how"], shelved["what"], shelved["by"], shelved["subject"]) == (
        "shelved",
        "quality-hold",
        "Ann",
        None,
    )
    assert shelved["silenced"] >= len(ASKED)
    (case,) = served.get("/v1/cases")["cases"]
    messages = served.get(f"/v1/cases/{case['case_id']}")["messages"]
    assert {one["status"] for one in messages} == {"silenced"}
    assert "gauge is being mended" in messages[0]["reason"]
    clock.moment += timedelta(hours=2)
    served.post(a_failure("i2", "L-2"))
    (over,) = served.get("/v1/shelved")["shelved"]
    assert (over["status"], over["ended_at"]) == ("over", "2026-03-02T08:00:00.000000Z")
    assert served.get("/v1/shelved", status="standing")["shelved"] == []


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        pytest.param("/v1/cases?status=opened", 400, "must be one of: open, ack", id="status"),
        pytest.param("/v1/cases?lot=a&order=b", 400, "only one subject", id="two-subjects"),
        pytest.param("/v1/cases?rôle=x", 400, "unknown parameter", id="unknown-parameter"),
        pytest.param("/v1/cases?cursor=aG9sZHM6MQ", 400, "earlier page", id="cursor-of-another-list"),
        pytest.param("/v1/cases/nothing", 404, "no case has this id", id="no-such-case"),
        pytest.param("/v1/cases/a%00b", 404, "no case has this id", id="nul"),
        pytest.param("/v1/shelved?how=hidden", 400, "must be one of: shelved", id="how"),
    ],
)
def test_what_does_not_fit_is_said(served: Served, path: str, status: int, said: str) -> None:
    """A parameter that does not fit and a case that is not there are problems that say so."""
    answer = served.client.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert said in answer.json()["detail"]
