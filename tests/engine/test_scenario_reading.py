"""Scenario documents: what they may say, and what is said of those that say it wrongly."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from engine import decisions
from engine.scenario import parse_scenario, shape
from engine.scenario.reading import DEFAULT_START
from service.targets import documents

POST = "{type: item, data: {item: x}}"


def scenario(steps: str, head: str = "") -> str:
    """Return the text of a scenario of the steps *steps*."""
    return f"scenario: s\n{head}steps:\n{steps}"


def test_times() -> None:
    """Steps stand at a duration from the start, at one from the step before, or at a moment; else where the last one stood."""
    text = scenario(
        f"  - post: {POST}\n"
        "  - at: 10 min\n"
        "  - after: PT90S\n"
        "  - after: 1 h\n"
        '  - at: "2026-03-03T00:00:00+01:00"\n'
        "    expect: {nothing: true}\n",
        'start: "2026-03-02T06:00:00Z"\n',
    )
    found, faults = parse_scenario(text, "s.yaml")
    assert found is not None, faults
    start = datetime(2026, 3, 2, 6, tzinfo=UTC)
    assert [step.at - start for step in found.steps] == [
        timedelta(0),
        timedelta(minutes=10),
        timedelta(minutes=11, seconds=30),
        timedelta(hours=1, minutes=11, seconds=30),
        timedelta(hours=17),
    ]


def test_the_clock_has_a_beginning() -> None:
    """A scenario that says no start begins on a fixed day, so that it is the same in every run."""
    found, _ = parse_scenario(scenario("  - expect: {nothing: true}\n"), "s.yaml")
    assert found is not None
    assert found.steps[0].at == DEFAULT_START


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        pytest.param(scenario(f"  - post: {POST}\n"), ["1:11 no-expectation"], id="no expectation"),
        pytest.param(
            scenario("  - expect: {exactly: true}\n"),
            ["3:13 no-expectation"],
            id="an expectation of nothing named",
        ),
        pytest.param(
            scenario("  - expect: {nothing: false}\n"),
            ["3:13 no-expectation"],
            id="nothing that is not expected",
        ),
        pytest.param(
            scenario("  - after: 10\n    expect: {nothing: true}\n"), ["3:12 wrong-type"], id="a bare number"
        ),
        pytest.param(
            scenario("  - expect: {nothing: true, decisions: {hold: {lot: L}}}\n"),
            ["3:23 conflicting-keys"],
            id="nothing and something",
        ),
        pytest.param(
            scenario("  - at: soon\n    expect: {nothing: true}\n  - after: later\n"),
            ["3:9 bad-time", "5:12 bad-time"],
            id="times",
        ),
        pytest.param(
            scenario("  - expect: {nothing: true}\n", "start: tomorrow\n"), ["2:8 bad-time"], id="the start"
        ),
        pytest.param(
            scenario("  - at: 2 h\n    expect: {nothing: true}\n  - at: 1 h\n"),
            ["5:9 time-order"],
            id="backwards",
        ),
        pytest.param(
            scenario("  - expect: {decisions: {hold: {lot: L, order: O}}}\n"),
            ["3:41 subject-doubled"],
            id="two subjects",
        ),
        pytest.param(
            scenario("  - expect: {decisions: {hald: {lot: L}}}\n"),
            ["3:14 missing-key", "3:26 unknown-key"],
            id="an unknown kind",
        ),
        pytest.param(scenario("  - expect: {desicions: []}\n"), ["3:14 unknown-key"], id="a misspelt key"),
        pytest.param(scenario("  - post: {type: x}\n"), ["3:5 missing-key"], id="a fact without data"),
        pytest.param("scenario: s\n", ["1:1 missing-key"], id="no steps"),
        pytest.param("- a\n", ["1:1 wrong-type"], id="a list"),
    ],
)
def test_faults(text: str, faults: list[str]) -> None:
    """Every fault of a scenario is named, with its place and a stable code."""
    found, diagnostics = parse_scenario(text, "s.yaml")
    assert found is None
    assert [f"{d.span.line}:{d.span.column} {d.code}" for d in diagnostics] == faults


@pytest.mark.parametrize(
    ("key", "fix"),
    [
        ("decisions", 'write "nothing: true" in its place if nothing may be decided, or add one'),
        ("absent", "add one, or leave it out"),
        ("refused", "add one"),
    ],
)
def test_an_empty_list_of_what_is_expected_says_what_is_meant(key: str, fix: str) -> None:
    """That nothing is decided is said by a key of its own."""
    _, (fault, *_) = parse_scenario(scenario(f"  - expect: {{{key}: []}}\n"), "s.yaml")
    assert str(fault) == f's.yaml:3:14: error[empty]: "{key}" has no items; {fix}'


def test_an_empty_text_is_no_scenario() -> None:
    """Nothing is not a scenario that passes."""
    assert parse_scenario("", "s.yaml")[0] is None


def test_scenarios_name_every_kind_of_decision_but_what_flows_pass_on() -> None:
    """The kinds that are asked for over HTTP and those that scenarios know are the same; targets take what scenarios see."""
    assert {*shape.KINDS, "pass_on"} == set(decisions.KINDS)
    assert set(documents.KINDS) <= set(decisions.KINDS)
