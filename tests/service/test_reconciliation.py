"""The reconciliation report of a service and of its database: the same rows, for people and for machines."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.cli import main, remote
from service.shipped import shipped_folder
from tests.service.harness import HandClock, Served, serving, settings_for

FAILED = {"lot_id": "L-1", "order_id": "PO-1", "work_centre": "W", "characteristic": "bore", "result": "fail"}
FACTS: list[tuple[str, str, dict[str, Any]]] = [
    ("erp", "inventory_status", {"lot_id": "L-1", "inventory_status": "unrestricted", "quantity": 5}),
    ("erp", "inventory_status", {"lot_id": "L-2", "inventory_status": "unrestricted", "quantity": 5}),
    ("mes", "material_lot", {"lot_id": "L-1", "item": "pin", "quantity": 5}),
    ("mes", "material_lot", {"lot_id": "L-2", "item": "pin", "quantity": 5}),
    ("mes", "inspection_result", {**FAILED, "severity": "critical"}),
]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """A service in which a lot is held that ERP has for usable."""
    with serving(settings_for(tmp_path, rules=shipped_folder()), clock=HandClock()) as running:
        for number, (source, fact_type, data) in enumerate(FACTS):
            fact = {"id": str(number), "source": source, "type": fact_type, "data": data}
            assert running.post({**fact, "time": f"2026-03-01T05:0{number}:00Z"}).status_code == 200
        yield running


def test_rows_that_differ_and_all_rows(served: Served) -> None:
    """Only what differs is shown, unless all is asked for; what the limit left out is counted."""
    report = served.get("/v1/reconciliation")
    (row,) = report["rows"]
    assert row["subject"] == {"type": "lot", "id": "L-1"}
    assert row["difference"] == "ERP has it unrestricted, Lineside has it blocked"
    assert row["erp"] == {"value": "unrestricted", "since": "2026-03-01T05:00:00Z", "by": ["erp/0"]}
    assert (row["lineside"]["value"], row["mes"]) == ("blocked", None)
    assert (report["agreeing"], report["left_out"]) == (3, 0)
    everything = served.get("/v1/reconciliation", all="true", limit="1")
    assert (len(everything["rows"]), everything["left_out"]) == (1, 3)
    assert served.client.get("/v1/reconciliation?all=yes").status_code == 400


@pytest.mark.parametrize("limit", ["1", "2", "3"])
def test_pages_come_to_the_whole(served: Served, limit: str) -> None:
    """Page after page has each row once, also where a page ends between two rows of a lot; the first one counts."""
    whole = served.get("/v1/reconciliation", all="true")
    assert whole["next"] is None
    page = served.get("/v1/reconciliation", all="true", limit=limit)
    assert (page["agreeing"], page["left_out"], page["holds_not_compared"]) == (3, 4 - int(limit), 0)
    rows = page["rows"]
    while page["next"] is not None:
        page = served.get("/v1/reconciliation", all="true", limit=limit, cursor=page["next"])
        assert page["agreeing"] is page["left_out"] is page["holds_not_compared"] is None
        rows += page["rows"]
    assert rows == whole["rows"]


def test_a_cursor_of_something_else_is_refused(served: Served) -> None:
    """Where a page begins is said by an earlier page of the same list, and by nothing else."""
    for place in ("holds:x", "reconciliation:", "reconciliation:lot/quantity/\x00"):
        cursor = base64.urlsafe_b64encode(place.encode()).decode()
        assert served.client.get(f"/v1/reconciliation?cursor={cursor}").status_code == 400


def test_one_report_is_made_at_a_time(served: Served) -> None:
    """Whoever asks meanwhile is told when to ask again, and the threads that answer others stay free."""
    with served.service.parts.reporting:
        answer = served.client.get("/v1/reconciliation")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert answer.json()["type"] == "/problems/report-under-way"
    assert served.client.get("/v1/reconciliation").status_code == 200


def test_the_command_asks_a_service_or_a_database(
    served: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both print the same; exit code 1 says that they differ, and the text has both beliefs."""
    assert main(["reconcile", "--url", served.url, "--json"]) == 1
    asked = json.loads(capsys.readouterr().out)
    database = f"sqlite:///{tmp_path}/lineside.db"
    assert main(["reconcile", "--database", database, "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == asked
    assert {**asked, "next": None} == served.get("/v1/reconciliation")
    assert main(["reconcile", "--database", database]) == 1
    said = capsys.readouterr().out
    assert "lot L-1  inventory status: ERP has it unrestricted, Lineside has it blocked" in said
    assert "ERP       unrestricted  since 2026-03-01T05:00:00Z, by erp/0" in said
    assert "1 difference, 3 in agreement" in said


def test_the_command_goes_on_up_to_its_limit(
    served: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service is asked for as many pages as it takes; what is beyond the limit is counted, as of a database."""
    monkeypatch.setattr(remote, "PAGE", 1)
    found = []
    for where in (["--url", served.url], ["--database", f"sqlite:///{tmp_path}/lineside.db"]):
        assert main(["reconcile", *where, "--all", "--limit", "3", "--json"]) == 1
        found.append(json.loads(capsys.readouterr().out))
    assert found[0] == found[1]
    assert (len(found[0]["rows"]), found[0]["left_out"]) == (3, 1)
    assert main(["reconcile", "--limit", "0"]) == 2
    assert '"0" is no number from 1 on' in capsys.readouterr().err


def test_nothing_to_reconcile_is_exit_code_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A database in which nothing differs; one that is not there is said."""
    with serving(settings_for(tmp_path, rules=shipped_folder()), clock=HandClock()):
        pass
    assert main(["reconcile", "--database", f"sqlite:///{tmp_path}/lineside.db"]) == 0
    assert "0 differences, 0 in agreement" in capsys.readouterr().out
    assert main(["reconcile", "--database", f"sqlite:///{tmp_path}/none.db"]) == 1
    assert "there is no database" in capsys.readouterr().err
