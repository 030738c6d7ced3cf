"""The page on flows is true: its documents run together, and its tables name what there is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from engine.compiler import compile_rules
from engine.contracts import MOST_REPORTS
from engine.findings import CHECKS, NOT_CHECKED
from engine.scenario import parse_scenario, run_scenario
from engine.source import load
from service.shipped import document_kind, shipped_files, shipped_folder

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs/flows.md").read_text(encoding="utf-8")
DOCUMENTS = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_documents_and_scenarios_of_the_page_hold() -> None:
    """Flows and rules compile together without a warning, and every scenario passes on them."""
    own = {f"{document_kind(t)[1]}.yaml": t for t in DOCUMENTS if document_kind(t)[0] != "scenario"}
    book = compile_rules({**shipped_files(("fact", "dispositions")), **own})
    assert [str(warning) for warning in book.warnings] == []
    scenarios = [t for t in DOCUMENTS if document_kind(t)[0] == "scenario"]
    assert scenarios
    for text in scenarios:
        scenario, faults = parse_scenario(text, "flows.md")
        assert scenario is not None, faults
        assert [str(failure) for failure in run_scenario(scenario, book).failures] == []


def test_the_flows_that_pass_on_compile() -> None:
    """The flows of the part on passing on are whole, and name those whom it says."""
    (part,) = re.findall(r"^```yaml part\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    systems = DOCUMENTS[0][: DOCUMENTS[0].index("flows:")]
    book = compile_rules({**shipped_files(("fact",)), "flows.yaml": systems + part})
    assert [(flow.name, flow.targets) for flow in book.flows] == [
        ("production-orders", ("mes",)),
        ("inventory-status", ("erp",)),
    ]


def test_the_table_of_checks_is_that_of_the_code() -> None:
    """Each check stands on the page with everything it can find, and with its settings in the example."""
    rows = re.findall(r"^\| `([a-z-]+)` \| (`[a-z_`, ]+`) \|", PAGE, re.MULTILINE)
    written = {name: tuple(re.findall(r"`(\w+)`", finds)) for name, finds in rows}
    assert written == {kind.name: kind.finds for kind in CHECKS.values()}
    for kind in CHECKS.values():
        assert all(f"{setting}: " in DOCUMENTS[0] for setting in kind.settings)
    assert f"`{NOT_CHECKED}`" in PAGE
    assert f"its last {MOST_REPORTS:,} reports" in PAGE


def test_the_table_of_flows_is_that_of_the_shipped_file() -> None:
    """Each shipped flow stands on the page with its direction and what it carries."""
    shipped: Any = load((shipped_folder() / "flows.yaml").read_text(encoding="utf-8"), "flows.yaml").value
    rows = re.findall(r"^\| ([a-z-]+) \| (\w+ to \w+) \| (`.*`) \|$", PAGE, re.MULTILINE)
    written = [(name, way.lower(), re.findall(r"`(\w+)`", facts)) for name, way, facts in rows]
    assert written == [(f["flow"], f["direction"].replace("->", "to"), f["facts"]) for f in shipped["flows"]]


def test_every_field_of_a_finding_stands_on_the_page() -> None:
    """The fields that the fact type declares are those that the page explains."""
    declared: Any = load(
        (shipped_folder() / "facts/flow_finding.yaml").read_text(encoding="utf-8"), "f"
    ).value
    table = PAGE[PAGE.index("| field | says |") :]
    written = {
        name
        for row in re.findall(r"^\| (`.*?`) \|", table, re.MULTILINE)
        for name in re.findall(r"`(\w+)`", row)
    }
    assert written == set(declared["data"]["properties"])
