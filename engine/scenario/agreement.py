"""Whether a scenario and its rules speak of the same things: fact types, fields, rules, rows of tables, asserted facts.

A scenario and what is declared go in, diagnostics come out. What is expected to be absent is looked at most of all: under
a misspelt name it would be absent whatever the rules say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from engine.admission import undeclared_fields
from engine.diagnostics import Diagnostic, Span, did_you_mean, error, in_order
from engine.model import FactType, RuleSet
from engine.scenario.model import Expectation, Expected, Post, Scenario
from engine.scenario.producing import named_in, never_decided, origins_of


class Declared(Protocol):
    """The part of documents, or of a rule book, that scenarios speak of."""

    @property
    def fact_types(self) -> Mapping[str, FactType]:
        """Return the fact types by name."""

    @property
    def rulesets(self) -> tuple[RuleSet, ...]:
        """Return the rule sets, rules that are not enabled included."""


def scenario_disagreements(scenario: Scenario, declared: Declared) -> tuple[Diagnostic, ...]:
    """Return every name in *scenario* that *declared* does not have.

    A fact that has to be refused may be of any type and have any fields.
    """
    rules: dict[str, int] = {}
    for rule in (rule for ruleset in declared.rulesets for rule in ruleset.rules):
        rows = 0 if rule.table is None else len(rule.table.rows)
        rules[rule.name] = max(rows, rules.get(rule.name, 0))
    found: list[Diagnostic] = []
    for step in scenario.steps:
        if step.expect is None or not step.expect.refused:
            for post in step.posts:
                found += _of_post(post, declared.fact_types)
        for expected in () if step.expect is None else _all(step.expect):
            found += _of_expected(expected, rules, declared.fact_types)
    found += _never_decided(scenario, declared, {one.span for one in found})
    return in_order(found)


def _never_decided(scenario: Scenario, declared: Declared, wrong: set[Span]) -> Iterator[Diagnostic]:
    """Yield what is to be absent and cannot come, but for what has a name that is *wrong* already."""
    absent = [one for step in scenario.steps if step.expect is not None for one in step.expect.absent]
    if not absent:
        return
    origins, named = origins_of(declared.rulesets), named_in(scenario)
    for expected in absent:
        if wrong.isdisjoint((expected.span, *expected.places.values())):
            fault = never_decided(expected, origins, named)
            if fault is not None:
                yield fault


def repeated_names(scenarios: Iterable[Scenario]) -> tuple[Diagnostic, ...]:
    """Return a diagnostic for each of *scenarios* whose name an earlier one has."""
    first: dict[str, Scenario] = {}
    found = []
    for scenario in scenarios:
        other = first.setdefault(scenario.name, scenario)
        if other is not scenario:
            message = f'a scenario "{scenario.name}" is there already, at {other.span}'
            found.append(error("duplicate-name", scenario.span, message, "give it a name of its own"))
    return tuple(found)


def rules_not_there(scenario: Scenario, paths: Iterable[str]) -> Diagnostic:
    """Return the diagnostic for a scenario that names rules where there are none, at *paths*."""
    message = f"its rules are not there: {', '.join(paths)}"
    return error(
        "missing-rules", scenario.rules_span or scenario.span, message, "paths begin at the scenario's folder"
    )


def _all(expect: Expectation) -> Iterator[Expected]:
    yield from expect.decisions
    yield from expect.absent
    yield from expect.holds or ()
    yield from expect.cases or ()


def _of_post(post: Post, fact_types: Mapping[str, FactType]) -> Iterator[Diagnostic]:
    name, data = post.envelope["type"], post.envelope["data"]
    yield from _of_fact(name, data, post.places, fact_types)


def _of_expected(
    expected: Expected, rules: Mapping[str, int], fact_types: Mapping[str, FactType]
) -> Iterator[Diagnostic]:
    """Yield what is wrong with *expected*, where *rules* have the number of rows of each rule's table, 0 for one without."""
    if expected.rule is not None and expected.rule not in rules:
        span = expected.places.get("rule", expected.span)
        message = f'there is no rule "{expected.rule}"'
        yield error("unknown-rule", span, message, did_you_mean(expected.rule, rules))
    elif expected.row is not None:
        yield from _of_row(expected, expected.row, rules)
    if expected.kind == "assert" and expected.subject is not None:
        yield from _of_fact(expected.subject[0], expected.values, expected.places, fact_types)


def _of_row(expected: Expected, row: int, rules: Mapping[str, int]) -> Iterator[Diagnostic]:
    """Yield the fault of a row that is not there; where no rule is named, any table may have it."""
    name = expected.rule
    most = max(rules.values(), default=0) if name is None else rules[name]
    if 1 <= row <= most:
        return
    rows = "1 row" if most == 1 else f"{most} rows"
    if name is None:
        said = f"no table has a row {row}: " + (f"the longest has {rows}" if most else "no rule is a table")
    else:
        what = f'the table "{name}" has {rows}' if most else f'"{name}" is a rule without a table'
        said = f"there is no row {row}: {what}"
    fix = "rows are counted from 1, below the headings" if most else 'leave "row" out'
    yield error("unknown-row", expected.places.get("row", expected.span), said, fix)


def _of_fact(
    name: str, data: Mapping[str, object], places: Mapping[str, Span], fact_types: Mapping[str, FactType]
) -> Iterator[Diagnostic]:
    fact_type = fact_types.get(name)
    if fact_type is None:
        message = f'there is no fact type "{name}"'
        yield error("unknown-fact-type", places["type"], message, did_you_mean(name, fact_types))
        return
    for field in undeclared_fields(fact_type, data):
        fix = did_you_mean(field, fact_type.schema["properties"])
        yield error("unknown-field", places[f"data.{field}"], f'{name} has no field "{field}"', fix)
