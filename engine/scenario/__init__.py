"""Scenarios: facts at times on a virtual clock, and what must be decided.

A YAML document and a rule book go in, a result with every unmet expectation comes out. Nothing here reads files or a clock, and
nothing else in the engine imports it.
"""

from __future__ import annotations

from engine.scenario.agreement import repeated_names, rules_not_there, scenario_disagreements
from engine.scenario.coverage import Coverage, coverage_of
from engine.scenario.model import Expectation, Expected, Failure, Refusal, Result, Scenario, Step
from engine.scenario.reading import parse_scenario
from engine.scenario.running import run_scenario

__all__ = [
    "Coverage",
    "Expectation",
    "Expected",
    "Failure",
    "Refusal",
    "Result",
    "Scenario",
    "Step",
    "coverage_of",
    "parse_scenario",
    "repeated_names",
    "rules_not_there",
    "run_scenario",
    "scenario_disagreements",
]
