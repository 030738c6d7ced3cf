"""The GET routes: filters, pages that do not move, facts by source and id, holds, rule books, and their problems."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from engine.decisions import Explanation
from tests.service.harness import (
    START,
    HandClock,
    Served,
    a_log,
    decode,
    inspection,
    serving,
    settings_for,
    write_rules,
)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service that has taken in a log of 300 facts."""
    folder = tmp_path_factory.mktemp("reading")
    with serving(settings_for(folder), clock=HandClock()) as running:
        running.post_lines(a_log(300))
        yield running


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        pytest.param({"kind": "hold"}, lambda d: d["kind"] == "hold", id="kind"),
        pytest.param({"rule": "late-order"}, lambda d: d["rule"] == "late-order", id="rule"),
        pytest.param({"status": "decided"}, lambda d: d["status"] == "decided", id="status"),
        pytest.param({"subject_type": "order"}, lambda d: d["subject"]["type"] == "order", id="subject-type"),
        pytest.param({"subject_id": "PO-7"}, lambda d: d["subject"]["id"] == "PO-7", id="subject-id"),
        pytest.param(
            {"since": "2026-03-01T06:10:00Z"}, lambda d: d["time"] >= "2026-03-01T06:10:00Z", id="since"
        ),
        pytest.param(
            {"until": "2026-03-01T07:10:00+01:00"},
            lambda d: d["time"] < "2026-03-01T06:10:00Z",
            id="until-with-zone",
        ),
        pytest.param(
            {"kind": "hold", "since": "2026-03-01T06:10:00Z", "subject_type": "lot"},
            lambda d: d["kind"] == "hold" and d["time"] >= "2026-03-01T06:10:00Z",
            id="together",
        ),
        pytest.param({"kind": "suppress"}, lambda _: False, id="none"),
    ],
)
def test_decisions_are_filtered(served: Served, query: dict[str, str], fits: Any) -> None:
    """A filter returns exactly the decisions that fit, newest first."""
    expected = [d["id"] for d in reversed(served.decisions()) if fits(d)]
    found = served.get("/v1/decisions", limit="500", **query)
    assert [d["id"] for d in found["decisions"]] == expected
    assert found["next"] is None


def test_pages_do_not_move_when_more_is_stored(served: Served) -> None:
    """Page by page gives every decision once, although new ones come in between."""
    before = [d["id"] for d in reversed(served.decisions())]
    paged: list[str] = []
    query = {"limit": "7"}
    while True:
        page = served.get("/v1/decisions", **query)
        paged += [d["id"] for d in page["decisions"]]
        if page["next"] is None:
            break
        served.post(inspection(f"page{len(paged)}", f"LP{len(paged)}"))
        query["cursor"] = page["next"]
    assert paged == before


def test_a_decision_comes_with_its_explanation(served: Served) -> None:
    """The explanation names the rule's place, the facts, and the value of each part of the conditions."""
    first = served.decisions()[0]
    found = served.get(f"/v1/decisions/{first['id']}")
    assert found["decision"] == first
    explanation = found["explanation"]
    assert set(explanation) == set(Explanation.__struct_fields__)
    assert explanation["decision"] == first["id"]
    assert explanation["place"].startswith("rules/quality.yaml:")
    assert explanation["facts"][0]["id"] == first["facts"][0]["id"]
    assert explanation["conditions"][0]["value"] is True


@pytest.mark.parametrize("source", ["mes", "/mes/line 1", "mes://plant/1", "urn:mes:1", "mes//x/ü"])
@pytest.mark.parametrize("name", ["1", "a/b", "ü%2F", "?x=1#"])
def test_a_fact_is_found_by_source_and_id(served: Served, source: str, name: str) -> None:
    """Percent-encoded, unencoded as far as the id has no slash, and by query."""
    served.post({**inspection(name, f"LQ{source}{name}"), "source": source})
    expected = served.get(f"/v1/facts/{quote(source, safe='')}/{quote(name, safe='')}")
    assert (expected["fact"]["source"], expected["fact"]["id"]) == (source, name)
    assert [d["kind"] for d in expected["decisions"]] == ["hold", "notify"]
    assert served.get("/v1/facts", source=source, id=name) == expected
    assert served.get(f"/v1/facts/{quote(source)}/{quote(name, safe='')}") == expected


def test_holds_are_shown_until_they_are_released_and_after(served: Served) -> None:
    """A hold stands on its lot; a release ends it and keeps it."""
    served.post(inspection("h1", "LH1", measured=2))
    (hold,) = served.get("/v1/holds", lot="LH1")["holds"]
    assert (hold["status"], hold["reason"], hold["released_at"]) == ("standing", "critical at 2", None)
    release = {
        "id": "h2",
        "source": "person/ann",
        "type": "disposition",
        "time": "2026-03-02T00:00:00Z",
        "data": {"lot_id": "LH1", "decision": "release"},
    }
    served.post(release)
    assert served.get("/v1/holds", lot="LH1", status="standing")["holds"] == []
    (after,) = served.get("/v1/holds", lot="LH1", status="released")["holds"]
    assert after["released_at"] == "2026-03-02T00:00:00.000000Z"
    assert after["data"] == hold["data"]


def test_standing_holds_are_the_sessions(served: Served) -> None:
    """The table of holds says what the session says."""
    found: list[str] = []
    query = {"status": "standing", "limit": "20"}
    while True:
        page = served.get("/v1/holds", **query)
        found += [hold["hold_id"] for hold in page["holds"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    session: Any = served.service.parts.writer._session
    assert found == [fact.data["hold_id"] for fact in session.holds()]


def test_rule_books_are_listed_with_their_sources(served: Served) -> None:
    """The active rule book says what is in it, and gives the text of its files."""
    (listed,) = served.get("/v1/rulebooks")["rulebooks"]
    assert listed["active"] is True
    assert listed["rulesets"][0]["rules"] == ["critical-failure-holds", "late-order", "released-by-a-person"]
    found = served.get(f"/v1/rulebooks/{listed['digest']}")
    assert "critical-failure-holds" in found["sources"]["rules/quality.yaml"]


@pytest.mark.parametrize(
    ("path", "status", "kind", "says"),
    [
        ("/nowhere", 404, "not-found", "/docs"),
        ("/v1/decisions/none", 404, "not-found", "decision"),
        ("/v1/decisions/%FF", 404, "not-found", "decision"),
        ("/v1/facts/mes/none", 404, "not-found", "fact"),
        ("/v1/facts/none", 404, "not-found", "fact"),
        ("/v1/facts/m%FF/x", 404, "not-found", "UTF-8"),
        ("/v1/facts/m%00/x", 404, "not-found", "fact"),
        ("/v1/facts", 400, "bad-query", "source"),
        ("/v1/rulebooks/none", 404, "not-found", "rule book"),
        ("/v1/deliveries/none", 404, "not-found", "delivery"),
        ("/v1/deliveries/99999999999999999999999", 404, "not-found", "delivery"),
        ("/problems/none", 404, "not-found", "problem"),
        ("/v1/decisions?limit=0", 400, "bad-query", "limit"),
        ("/v1/decisions?limit=x", 400, "bad-query", "limit"),
        ("/v1/decisions?limit=501", 400, "bad-query", "limit"),
        ("/v1/decisions?since=yesterday", 400, "bad-query", "since"),
        ("/v1/decisions?cursor=zzz", 400, "bad-query", "cursor"),
        ("/v1/decisions?cursor=aG9sZHM6eA", 400, "bad-query", "cursor"),
        ("/v1/decisions?kinf=hold", 400, "bad-query", "kind"),
        ("/v1/decisions?kind=a&kind=b", 400, "bad-query", "twice"),
        ("/v1/decisions?kind=%FF", 400, "bad-query", "UTF-8"),
        ("/v1/decisions?kind=%00", 400, "bad-query", "kind"),
        ("/v1/holds?status=open", 400, "bad-query", "standing"),
        ("/v1/holds?lot=1&order=2", 400, "bad-query", "one subject"),
        ("/v1/deliveries?status=lost", 400, "bad-query", "dead"),
    ],
)
def test_what_is_not_there_or_does_not_fit_is_a_problem(
    served: Served, path: str, status: int, kind: str, says: str
) -> None:
    """Unknown routes, ids and parameters are problems with a stable type."""
    answer = served.client.get(path)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    problem = decode(answer.content)
    assert problem["type"] == f"/problems/{kind}"
    assert says in answer.text


def test_every_bad_parameter_is_told_at_once(served: Served) -> None:
    """Several faults in one query come back together."""
    answer = served.client.get("/v1/decisions?limit=0&since=x&foo=1")
    assert {e["pointer"] for e in decode(answer.content)["errors"]} == {"/limit", "/since", "/foo"}


def test_a_wrong_method_is_a_problem_that_names_the_right_ones(served: Served) -> None:
    """A 405 has its Allow header."""
    answer = served.client.delete("/v1/decisions")
    assert (answer.status_code, answer.headers["content-type"]) == (405, "application/problem+json")
    assert "GET" in answer.headers["allow"]


def test_health_and_metrics(served: Served) -> None:
    """Live, ready with its checks, and counters that moved."""
    assert served.get("/health/live") == {"status": "live"}
    assert served.get("/health/ready")["checks"]["writer"] == "ok"
    text = served.client.get("/metrics").text
    assert 'lineside_facts_total{status="accepted"}' in text
    assert 'lineside_deliveries{status="dead"} 0.0' in text


LATE = """
ruleset: by-the-hour
owner: quality
lateness: 5 min
rules:
  - rule: failing-by-the-hour
    title: Ten failures in an hour are told
    when:
      - failures: inspection_result
        within: 60 min
        having: count(failures) >= 10
    then: {notify: {to: quality, message: "{count(failures)} failures"}}
"""


def test_what_comes_too_late_is_stored_told_and_counted(tmp_path: Path) -> None:
    """A fact that is later than its rule set allows for is stored with the warning that says so, and counted by its code."""
    rules = write_rules(tmp_path, {"late.yaml": LATE})
    with serving(settings_for(tmp_path, rules=rules), clock=HandClock(START + timedelta(hours=2))) as served:
        served.post(inspection("i1", "L1"))
        late = {**inspection("i2", "L2"), "time": "2026-03-01T06:54:59Z"}
        answer = served.post(late).json()
        assert [(w["rule"], w["code"]) for w in answer["warnings"]] == [("failing-by-the-hour", "too-late")]
        stored = served.get(f"/v1/facts/{quote(late['source'], safe='')}/i2")
        assert stored["warnings"] == answer["warnings"]
        assert 'lineside_warnings_total{code="too-late"} 1.0' in served.client.get("/metrics").text
