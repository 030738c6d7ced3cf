"""Scenarios that say what the checks of the flows find, run against the shipped rules."""

from __future__ import annotations

import pytest

from engine.compiler import compile_rules
from engine.rulebook import RuleBook
from engine.scenario import parse_scenario, run_scenario
from service.shipped import shipped_files

ORDER = "{type: production_order, data: {order_id: PO-1, item: shaft, quantity: 10, status: released}}"
CONFIRMED = '{type: production_confirmation, data: {order_id: PO-1, operation: "10", quantity_completed: 12, lot_id: L-1}}'
OVER = "12 confirmed at operation 10 of order PO-1, and 10 ordered"


@pytest.fixture(scope="module")
def book() -> RuleBook:
    """Return the shipped rule book."""
    return compile_rules(shipped_files())


def text_of(expect: str) -> str:
    """Return a scenario in which too much is confirmed of an order whose routing nobody knows."""
    return f"scenario: s\nsteps:\n  - post: [{ORDER}, {CONFIRMED}]\n    expect: {expect}\n"


def unmet(book: RuleBook, expect: str) -> list[str]:
    """Return what is not as *expect* has it."""
    scenario, faults = parse_scenario(text_of(expect), "s.yaml")
    assert scenario is not None, faults
    return [str(failure) for failure in run_scenario(scenario, book).failures]


ALL = (
    "{kind: over_delivery, order: PO-1, off_by_percent: 20}, {kind: not_checked, check: operation-in-routing}"
)


@pytest.mark.parametrize(
    "expect",
    [
        pytest.param(f"{{findings: [{ALL}]}}", id="all of them"),
        pytest.param(
            "{findings: [{check: confirmed-quantity, lot: L-1}, {kind: not_checked}]}", id="by the check"
        ),
        pytest.param(
            f'{{findings: [{{}}, {{message: "{OVER}", quantity_expected: 10, quantity_found: 12, expected: "10"}}]}}',
            id="by what it says",
        ),
        pytest.param(
            "{findings: [{message: {contains: routing}}, {flow: production-confirmations, operation: '10'}]}",
            id="a part",
        ),
    ],
)
def test_what_is_found_is_met(book: RuleBook, expect: str) -> None:
    """Findings are named by what matters of them, in any order."""
    assert unmet(book, expect) == []


@pytest.mark.parametrize(
    ("expect", "said"),
    [
        pytest.param("{findings: []}", "expected no finding, and 2 came", id="none"),
        pytest.param(
            "{findings: [{kind: over_delivery}]}",
            "4:13: expected no other finding, and 1 came\n    found: not_checked by operation-in-routing, order PO-1: no routing",
            id="fewer",
        ),
        pytest.param(
            f"{{findings: [{ALL}, {{kind: under_delivery}}]}}",
            "expected finding kind: under_delivery: there is none\n    found: not_checked by operation-in-routing",
            id="more",
        ),
        pytest.param(
            "{findings: [{kind: over_delivery, order: PO-2}, {kind: not_checked}]}",
            "expected finding kind: over_delivery, order: PO-2: there is none",
            id="of another order",
        ),
    ],
)
def test_what_is_not_found_is_told(book: RuleBook, expect: str, said: str) -> None:
    """A finding that does not come, and one that is not expected, is named with those that came."""
    assert said in unmet(book, expect)[0]


def test_nothing_found_is_told(book: RuleBook) -> None:
    """Where nothing was found, the failure says so."""
    text = f"scenario: s\nsteps:\n  - post: {ORDER}\n    expect: {{findings: [{{kind: over_delivery}}]}}\n"
    scenario, _ = parse_scenario(text, "s.yaml")
    assert scenario is not None
    [failure] = run_scenario(scenario, book).failures
    assert failure.details == ("nothing was found",)


@pytest.mark.parametrize(
    ("finding", "code", "fix"),
    [
        pytest.param("{kind: over_delivry}", "not-one-of", 'did you mean "over_delivery"?', id="kind"),
        pytest.param(
            "{check: confirmed-quantty}", "not-one-of", 'did you mean "confirmed-quantity"?', id="check"
        ),
        pytest.param("{ordr: PO-1}", "unknown-key", 'did you mean "order"?', id="key"),
    ],
)
def test_a_misspelt_name_of_a_finding_is_a_fault(finding: str, code: str, fix: str) -> None:
    """Kinds, checks and fields that there are not are refused, with the nearest."""
    scenario, [fault] = parse_scenario(text_of(f"{{findings: [{finding}]}}"), "s.yaml")
    assert scenario is None
    assert (fault.code, fault.fix) == (code, fix)
