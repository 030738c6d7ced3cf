"""What the contract of a flow finds is in the answer, for ever, and a restart goes on counting."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from service.shipped import shipped_folder
from tests.service.harness import HandClock, Served, serving, settings_for


def a_fact(name: str, fact_type: str, **data: Any) -> dict[str, Any]:
    """Return a fact of the shipped types, from the system that owns it."""
    source = "mes" if fact_type == "production_confirmation" else "erp"
    return {"id": name, "source": source, "type": fact_type, "time": "2026-03-01T05:00:00Z", "data": data}


def confirm(served: Served, name: str, quantity: int) -> dict[str, Any]:
    """Confirm *quantity* of the order, and return the answer."""
    fact = a_fact(
        name, "production_confirmation", order_id="PO-1", operation="10", quantity_completed=quantity
    )
    answer: dict[str, Any] = served.post(fact).json()
    return answer


def kinds(answer: dict[str, Any]) -> list[str]:
    """Return what was found, by kind."""
    return [found["kind"] for found in answer.get("findings", ())]


def test_findings_are_answered_stored_and_answered_again(tmp_path: Path) -> None:
    """The answer to a fact says what was found on it, a repeated post says the same, and so does the fact; others say nothing."""
    with serving(settings_for(tmp_path, rules=shipped_folder()), clock=HandClock()) as served:
        order = a_fact("1", "production_order", order_id="PO-1", item="pin", quantity=10, status="released")
        assert "findings" not in served.post(order).json()
        assert kinds(confirm(served, "2", 4)) == ["not_checked"]
        answer = confirm(served, "3", 8)
        assert kinds(answer) == ["over_delivery"]
        assert answer["findings"][0]["quantity_found"] == 12
        again = confirm(served, "3", 8)
        assert (again["status"], again["findings"]) == ("duplicate", answer["findings"])
        assert served.get("/v1/facts/mes/3")["findings"] == answer["findings"]
        assert [d["rule"] for d in answer["decisions"]] == ["more-confirmed-than-ordered"]


def test_sums_survive_a_restart(tmp_path: Path) -> None:
    """What was confirmed before a stop counts after it."""
    settings = settings_for(tmp_path, rules=shipped_folder())
    with serving(settings, clock=HandClock()) as served:
        served.post(
            a_fact("1", "production_order", order_id="PO-1", item="pin", quantity=10, status="started")
        )
        confirm(served, "2", 9)
    with serving(settings, clock=HandClock()) as served:
        assert kinds(confirm(served, "3", 2)) == ["over_delivery"]
