"""POST /v1/cases/{id}/... and /v1/shelved: what people say is a fact, stored once, and what does not fit says so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.service.harness import HandClock, Served, decode, serving, settings_for
from tests.service.test_cases import ASKED, BEGIN, a_failure, open_cases


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """A service with the shipped rules and one open quality hold."""
    settings = settings_for(tmp_path).model_copy(update={"rules": None})
    with serving(settings, clock=HandClock(BEGIN)) as running:
        running.post(a_failure("i1", "L-1"))
        yield running


def case_id(served: Served) -> str:
    """Return the id of the newest case."""
    return str(served.get("/v1/cases")["cases"][0]["case_id"])


def say(served: Served, answer: str, *, key: str | None = None, **body: Any) -> httpx.Response:
    """Let Ann say *answer* to the newest case."""
    headers = {} if key is None else {"idempotency-key": key}
    return served.client.post(
        f"/v1/cases/{case_id(served)}/{answer}", json={"by": "Ann", **body}, headers=headers
    )


def problem(answer: httpx.Response) -> tuple[int, str, str, str]:
    """Return status, kind, code and pointer of the first fault of a problem."""
    found = decode(answer.content)
    assert answer.headers["content-type"] == "application/problem+json"
    fault = found["errors"][0] if found.get("errors") else {"code": "", "pointer": ""}
    return answer.status_code, found["type"].removeprefix("/problems/"), fault["code"], fault["pointer"]


def test_a_case_goes_its_whole_way_through_the_plain_endpoints(served: Served) -> None:
    """Each answer is answered with the case as it then stands, and is a fact of a person."""
    for role, answer in zip(ASKED, ("acknowledge", "accept", "decline", "done"), strict=True):
        found = say(served, answer, function=role, comment=f"{role} says so").json()
        task = next(one for one in found["case"]["tasks"] if one["function"] == role)
        assert (task["by"], task["comment"]) == ("Ann", f"{role} says so")
        assert found["case"]["answers"][-1]["answer"] == answer
        stored = served.get("/v1/facts", source=found["fact"]["source"], id=found["fact"]["id"])
        assert (stored["fact"]["type"], stored["fact"]["data"]["role"]) == ("case_answer", role)
    assert say(served, "decline", function="quality").json()["decisions"][0]["kind"] == "escalate"
    assert (
        say(served, "comment", comment="gauge found broken").json()["case"]["comment"] == "gauge found broken"
    )
    for answer, status in (("resolve", "resolved"), ("reopen", "open"), ("close", "closed")):
        assert say(served, answer).json()["case"]["status"] == status
    assert open_cases(served) == []


def test_what_is_sent_again_is_answered_as_the_first_time(served: Served) -> None:
    """The same Idempotency-Key makes one fact, also when the case has moved on; another body under it is a conflict."""
    first = say(served, "close", key='"k-1"')
    again = say(served, "close", key="k-1")
    assert (first.json()["status"], again.json()["status"]) == ("accepted", "duplicate")
    assert again.json()["fact"] == first.json()["fact"]
    assert again.json()["case"] == first.json()["case"]
    assert len(again.json()["case"]["answers"]) == 1
    assert problem(say(served, "close", key="k-1", comment="more")) == (
        409,
        "fact-conflict",
        "key-used",
        "/idempotency-key",
    )


@pytest.mark.parametrize(
    ("answer", "body", "expected", "said"),
    [
        pytest.param(
            "accept",
            {"function": "logistics"},
            (409, "answer-void", "no-task", "/function"),
            "logistics has no task in this case; those who have: production, quality",
            id="function-without-a-task",
        ),
        pytest.param(
            "accept",
            {},
            (409, "answer-void", "missing-function", "/function"),
            "those who have a task: production, quality",
            id="no-function",
        ),
        pytest.param(
            "reopen", {}, (409, "answer-void", "does-not-fit", ""), "the case is open", id="not-resolved"
        ),
        pytest.param(
            "accept",
            {"role": "quality"},
            (422, "fact-refused", "unknown-field", "/role"),
            "is not read here",
            id="unknown-key",
        ),
        pytest.param(
            "accept",
            {"function": 7},
            (422, "fact-refused", "type", "/function"),
            "not of type",
            id="wrong-type",
        ),
        pytest.param("accept", {"by": None}, (422, "fact-refused", "missing", "/by"), "by", id="nobody"),
        pytest.param("acept", {}, (404, "not-found", "", ""), 'did you mean "accept"', id="misspelt"),
    ],
)
def test_what_does_not_fit_says_why(
    served: Served, answer: str, body: dict[str, Any], expected: tuple[int, str, str, str], said: str
) -> None:
    """A problem names the place in the body that was sent and what would fit; the case is as it was."""
    before = served.get(f"/v1/cases/{case_id(served)}")["tasks"]
    found = say(served, answer, **body)
    assert problem(found) == expected
    assert said in found.json()["detail"]
    assert served.get(f"/v1/cases/{case_id(served)}")["tasks"] == before


def test_an_answer_to_a_closed_case_names_the_one_that_is_open(served: Served) -> None:
    """Whoever follows an old link is told where the work is now, and of a misread id which it may be."""
    old = case_id(served)
    say(served, "close")
    closed = served.client.post(f"/v1/cases/{old}/accept", json={"by": "Ann", "function": "quality"})
    assert problem(closed)[:3] == (409, "answer-void", "closed-case")
    assert "no case of lot L-1 is open" in closed.json()["detail"]
    served.post(
        {**a_failure("i2", "L-1"), "data": {**a_failure("", "L-1")["data"], "characteristic": "length"}}
    )
    new = case_id(served)
    assert new != old
    closed = served.client.post(f"/v1/cases/{old}/accept", json={"by": "Ann", "function": "quality"})
    assert f"of lot L-1 this one is open: {new}" in closed.json()["detail"]
    unknown = served.client.post(f"/v1/cases/{new[:8]}/accept", json={"by": "Ann", "function": "quality"})
    assert problem(unknown)[:2] == (404, "not-found")
    assert new in unknown.json()["detail"]
    assert len(served.get(f"/v1/cases/{old}")["answers"]) == 3


@pytest.mark.parametrize(
    ("body", "headers", "expected"),
    [
        pytest.param(b"[]", {}, (422, "fact-refused", "not-an-object", ""), id="array"),
        pytest.param(b"{", {}, (400, "not-json", "not-json", ""), id="not-json"),
        pytest.param(b'{"by":"a","by":"b"}', {}, (400, "not-json", "duplicate-key", "/by"), id="key-twice"),
        pytest.param(
            b"{}",
            {"content-type": "text/plain"},
            (415, "unsupported-media-type", "unsupported", "/content-type"),
            id="media-type",
        ),
        pytest.param(
            b'{"by":"a"}',
            {"idempotency-key": "two words"},
            (400, "bad-request", "bad-header", "/idempotency-key"),
            id="bad-key",
        ),
    ],
)
def test_a_body_that_cannot_be_read_is_a_problem(
    served: Served, body: bytes, headers: dict[str, str], expected: tuple[int, str, str, str]
) -> None:
    """Nothing of it is stored."""
    found = served.client.post(
        f"/v1/cases/{case_id(served)}/resolve",
        content=body,
        headers={"content-type": "application/json", **headers},
    )
    assert problem(found) == expected
    assert served.get(f"/v1/cases/{case_id(served)}")["answers"] == []


def test_shelving_is_said_and_ended_through_the_endpoint(served: Served) -> None:
    """What is shelved is answered as it stands; ending it is answered as over; what does not fit says why."""
    body = {"what": "quality-hold", "reason": "gauge is being mended", "by": "Ann"}
    found = served.client.post(
        "/v1/shelved", json={**body, "lasts": "1 h"}, headers={"idempotency-key": "s1"}
    )
    shelved = found.json()["shelved"]
    assert (shelved["status"], shelved["until"]) == ("standing", "2026-03-02T08:00:00.000000Z")
    again = served.client.post(
        "/v1/shelved", json={**body, "lasts": "1 h"}, headers={"idempotency-key": "s1"}
    )
    assert (again.json()["status"], again.json()["shelved"]) == ("duplicate", shelved)
    served.post(a_failure("i2", "L-2"))
    ended = served.client.post("/v1/shelved", json={**body, "action": "unshelve", "reason": "mended"}).json()
    assert (ended["shelved"]["shelved_id"], ended["shelved"]["status"]) == (shelved["shelved_id"], "over")
    assert [one["kind"] for one in ended["decisions"]] == ["ask"] * len(ASKED)
    too_long = served.client.post("/v1/shelved", json={**body, "lasts": "30 days"})
    assert problem(too_long)[:3] == (409, "answer-void", "does-not-fit")
    unknown = served.client.post("/v1/shelved", json={**body, "what": "quality-hald"})
    assert problem(unknown) == (409, "answer-void", "does-not-fit", "/what")
    assert "did you mean" in unknown.json()["detail"]
    odd = served.client.post("/v1/shelved", json={**body, "action": "forget"})
    assert problem(odd)[:2] + problem(odd)[3:] == (422, "fact-refused", "/action")
