"""The stories of the shipped flows through a running service give the messages that the scenarios give on the virtual clock."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.scenario import run_scenario
from service.pipeline import engine_doors
from service.rulebooks import read_rules
from tests.service.stories import as_called, read_story, telling, told_on_the_virtual_clock

SCENARIOS = Path(__file__).resolve().parents[2] / "fixtures" / "scenarios"


@pytest.mark.parametrize(
    ("file", "least", "erp"),
    [
        pytest.param("quality-holds/answered-together.yaml", 8, ["blocked"], id="quality-hold-answered"),
        pytest.param("quality-holds/whole-story.yaml", 13, ["blocked", "unrestricted"], id="quality-hold"),
        pytest.param(
            "quality-holds/decided-before-all-answered.yaml",
            12,
            ["blocked", "unrestricted"],
            id="quality-hold-decided-early",
        ),
        pytest.param("machine-breakdown/runs-again.yaml", 12, [], id="machine-runs-again"),
        pytest.param("machine-breakdown/answered-together.yaml", 8, [], id="machine-breakdown"),
        pytest.param("priority-change/followed-together.yaml", 6, [], id="priority-change"),
    ],
)
def test_a_story_is_told_alike_by_the_service_and_by_the_scenario(
    tmp_path: Path, file: str, least: int, erp: list[str]
) -> None:
    """Each receiver is told over HTTP what the scenario says, in its order, and ERP books it; nobody is told anything else."""
    scenario = read_story(SCENARIOS / file)
    book = engine_doors("native").compile(read_rules(None))
    assert run_scenario(scenario, book).passed
    expected = told_on_the_virtual_clock(scenario, book)
    assert len(expected) >= least
    calls = as_called(expected)
    assert [status["to"] if method == "POST" else status for method, _, status in calls] == erp
    people = sorted({str(message["values"]["to"]) for message in expected if "to" in message["values"]})
    with telling(tmp_path, people, scenario) as story:
        story.play()
        assert story.told("board") == expected
        for name in people:
            assert story.told(name) == [one for one in expected if one["values"].get("to") == name]
        assert story.called() == calls
