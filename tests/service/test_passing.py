"""Facts that flows pass on: to the targets that flows.yaml names, once, in order, with the fact; and refused starts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.app import bootstrap
from service.settings import StartRefused
from tests.service.couriers import deliveries, send_all
from tests.service.harness import (
    RULES,
    HandClock,
    Served,
    a_release,
    decode,
    inspection,
    serving,
    settings_for,
    write_rules,
)
from tests.service.receivers import SECRET_TEXT, Receiver, receiving

FLOWS = RULES["flows.yaml"].replace(
    "facts: [production_order]}",
    """facts: [production_order], targets: [mes]}
  - {flow: inventory-status, direction: lineside -> erp, owner: lineside, facts: [hold], targets: [erp, mes]}""",
)
ORDER = {"source": "erp", "type": "production_order", "data": {"order_id": "PO-1", "status": "released"}}


def settings(folder: Path, url: str, flows: str = FLOWS, **given: Any) -> Any:
    """Return settings with *flows* and two targets at *url*, of which MES takes orders and ERP the holds on lots."""
    targets = folder / "targets.yaml"
    targets.write_text(
        f"""
targets:
  mes: {{url: {url}/mes, secret: env:HOOK_SECRET, decisions: [pass_on, hold], allow_private: true}}
  erp: {{url: {url}/erp, secret: env:HOOK_SECRET, decisions: [pass_on], allow_private: true}}
  log: {{url: {url}/log, secret: env:HOOK_SECRET, decisions: [notify], allow_private: true}}
""",
        encoding="utf-8",
    )
    rules = write_rules(folder, {"flows.yaml": flows})
    return settings_for(folder, rules=rules, targets=targets, deliver=False, **given)


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """A receiver that takes everything."""
    monkeypatch.setenv("HOOK_SECRET", SECRET_TEXT)
    with receiving() as running:
        yield running


@pytest.fixture
def served(tmp_path: Path, receiver: Receiver) -> Iterator[Served]:
    """A service whose flows pass orders on to MES and holds to both."""
    with serving(settings(tmp_path, receiver.url), clock=HandClock()) as running:
        yield running


def post(served: Served, name: str, time: str, **data: Any) -> dict[str, Any]:
    """Post a version of the order and return the answer."""
    fact = {**ORDER, "id": name, "time": time, "data": {**ORDER["data"], **data}}  # type: ignore[dict-item]
    answer: dict[str, Any] = served.post(fact).json()
    return answer


def events(receiver: Receiver, path: str) -> list[dict[str, Any]]:
    """Return the decisions that came in at *path*, in their order."""
    return [decode(taken.body)["data"] for taken in receiver.taken if taken.path == f"/hook{path}"]


def test_a_fact_goes_on_to_the_targets_of_its_flow(served: Served, receiver: Receiver) -> None:
    """MES gets the order whole, with its flow and its fact named; the sender is answered as ever, and twice is once."""
    answer = post(served, "1", "2026-03-01T05:00:00Z")
    assert answer["decisions"] == []
    assert post(served, "1", "2026-03-01T05:00:00Z")["status"] == "duplicate"
    send_all(served)
    (event,) = events(receiver, "/mes")
    assert (event["kind"], event["rule"], event["subject"]) == (
        "pass_on",
        "production-orders",
        {"type": "production_order", "id": "PO-1"},
    )
    assert event["values"] == {"type": "production_order", "op": "assert", "data": ORDER["data"]}
    assert event["facts"] == [{"alias": "fact", "type": "production_order", "source": "erp", "id": "1"}]
    assert [event] == served.get("/v1/decisions", kind="pass_on")["decisions"]
    assert served.get("/v1/facts/erp/1")["decisions"] == []
    assert events(receiver, "/erp") == events(receiver, "/log") == []


def test_a_stale_fact_does_not_go_on(served: Served) -> None:
    """What changed nothing here must not change anything there; a retraction does go on."""
    post(served, "1", "2026-03-01T05:10:00Z")
    assert post(served, "2", "2026-03-01T05:00:00Z")["status"] == "stale"
    gone = {**ORDER, "id": "3", "time": "2026-03-01T05:20:00Z", "op": "retract", "data": {"order_id": "PO-1"}}
    assert served.post(gone).status_code == 200
    ops = [d["values"]["op"] for d in served.get("/v1/decisions", kind="pass_on")["decisions"]]
    assert ops == ["retract", "assert"]


def test_holds_and_their_releases_go_on_in_order(served: Served, receiver: Receiver) -> None:
    """ERP hears of a hold and of its end under one subject, in this order, each under its own key; MES of the decision, too."""
    served.post(inspection("1", "L-1"))
    served.post(a_release("2", "L-1"))
    send_all(served)
    held, over = events(receiver, "/erp")
    assert held["values"]["data"]["inventory_status"] == "blocked"
    assert (held["values"]["op"], over["values"]["op"]) == ("assert", "retract")
    assert over["values"]["data"] == {"hold_id": held["values"]["data"]["hold_id"]}
    assert held["subject"] == over["subject"] == {"type": "lot", "id": "L-1"}
    sent = deliveries(served)
    assert {one["subject"] for one in sent if one["target"] == "erp"} == {"lot:L-1"}
    assert len({one["key"] for one in sent}) == len(sent)
    assert [event["kind"] for event in events(receiver, "/mes")] == ["hold", "pass_on", "pass_on"]


def test_a_restart_passes_nothing_on_again(tmp_path: Path, receiver: Receiver) -> None:
    """A session is rebuilt from facts and the decisions of rules; what was passed on is neither missed nor repeated."""
    given = settings(tmp_path, receiver.url, snapshot_every=1_000)
    with serving(given, clock=HandClock()) as served:
        post(served, "1", "2026-03-01T05:00:00Z")
        served.post(inspection("2", "L-1"))
        before = served.decisions()
    with serving(given, clock=HandClock()) as served:
        assert served.decisions() == before
        post(served, "3", "2026-03-01T05:30:00Z", status="started")
        send_all(served)
    assert [
        e["values"]["data"]["status"] for e in events(receiver, "/mes") if e["rule"] == "production-orders"
    ] == [
        "released",
        "started",
    ]


@pytest.mark.parametrize(
    ("target", "said"),
    [
        pytest.param("mess", 'goes on to "mess", which is no target; did you mean "mes"?', id="unknown"),
        pytest.param("log", "add pass_on to the decisions of that target", id="does not take it"),
    ],
)
def test_a_target_that_cannot_be_passed_to_keeps_the_service_from_starting(
    tmp_path: Path, receiver: Receiver, target: str, said: str
) -> None:
    """The place in flows.yaml, the name, and what would be right are said; nothing is left open."""
    flows = FLOWS.replace("targets: [mes]", f"targets: [{target}]")
    with pytest.raises(StartRefused) as refused:
        bootstrap(settings(tmp_path, receiver.url, flows), clock=HandClock())
    assert said in str(refused.value)
    assert "flows.yaml:3:" in str(refused.value)
