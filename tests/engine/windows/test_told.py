"""What later patterns ask of a window is told by its state: no list is made, and both matchers come to the same."""

from __future__ import annotations

import hypothesis.strategies as st
import msgspec
import pytest
from hypothesis import given, settings

from tests.engine.books import book
from tests.engine.windows.test_agreement import Step, histories, play


def told(where: str, having: str = "count(fs) >= 1") -> str:
    """Return a rule in which a machine is asked *where* of a window."""
    return f"""
  - rule: told
    when:
      - fs: inspection
        per: order_id
        within: 5 min
        having: {having}
      - machine: machine
        where: {where}
    then: {{notify: {{order: = order_id, to: quality, message: "{{machine.machine_id}} {{count(fs)}}"}}}}
"""


TOLD = [
    "machine_id = order_id and temperature < count(fs)",
    "temperature = count(fs)",
    'temperature = in a row(fs.result, "fail")',
    'mean(fs.defects) > temperature and status = "down"',
    "machine_id = order_id and cpk(fs.measured, 0, temperature) < 1",
    "some rule in nelson signals(fs.measured, temperature, 0.5) satisfies rule in (1, 3, 5)",
    'count(fs[result = "fail"]) > temperature or longest run(fs.measured, (> 1)) = temperature',
    'count(fs) + temperature > 3 and machine_id = order_id and fs[-1].result = "pass"',
    "max(fs.measured) - temperature in [0..1]",
]
"""Conditions for which nothing of the window is looked at fact by fact."""

ASKED = [
    "temperature < count(fs[measured > temperature])",
    "every f in fs satisfies f.defects < temperature",
    "temperature = in a row(fs.result, fs[1].result)",
]
"""Those for which the facts are looked at."""


def residual_of(rules: str) -> str:
    """Return the code of what the second pattern of the only rule asks of others, its joins included."""
    pattern = book(rules).rules[0].patterns[1]
    conditions = [
        *([pattern.residual] if pattern.residual else []),
        *(join.other_key for join in pattern.joins),
    ]
    return "\n".join(condition.__feel_source__ for condition in conditions)  # type: ignore[attr-defined]


@pytest.mark.parametrize("where", TOLD)
def test_no_list_is_made_of_what_is_told(where: str) -> None:
    """The condition reads numbers of the state, and of the facts the ends at most."""
    source = residual_of(told(where))
    assert ".values" not in source
    assert "['told']" in source or "['facts'].count" in source


@pytest.mark.parametrize("where", ASKED)
def test_of_what_reads_more_the_list_is_asked(where: str) -> None:
    """What depends on the pattern's own fact, or on other facts of the window, is computed of the list."""
    assert ".values" in residual_of(told(where))


@pytest.mark.parametrize("where", [*TOLD, *ASKED])
@settings(max_examples=25, deadline=None)
@given(steps=histories(), cuts=st.frozensets(st.integers(0, 30), max_size=3))
def test_matchers_agree_on_what_windows_tell(where: str, steps: list[Step], cuts: frozenset[int]) -> None:
    """Native, saved and restored or not, decides what the conditions over the lists decide."""
    for having in ("count(fs) >= 1", 'share(fs.result, "fail") > 0.3'):
        rules = book(told(where, having))
        warm = [warmed(step, number) for number, step in enumerate(steps)]
        expected = play(warm, "naive", rulebook=rules)
        assert play(warm, "native", rulebook=rules) == expected
        assert play(warm, "native", cuts, rulebook=rules) == expected


def warmed(step: Step, number: int) -> Step:
    """Return *step*, a machine in it with a temperature."""
    at, fact = step
    if fact is None or fact.type != "machine":
        return step
    return at, msgspec.structs.replace(fact, data={**fact.data, "temperature": number % 4})


def cleared(until: str, having: str) -> str:
    """Return a rule whose match ends when *until* is true of its window."""
    return f"""
  - rule: told
    when:
      - fs: inspection
        per: order_id
        within: 5 min
        having: {having}
    then: {{notify: {{order: = order_id, to: quality, message: "{{count(fs)}}"}}}}
    until: {until}
"""


UNTIL = [
    "count(fs) < 2",
    "mean(fs.defects) < 1 or count(fs) = 1",
    'share(fs.result, "fail") < 0.2',
    'count(fs[result = "fail"]) = 0 and fs[-1].result = "pass"',
    'in a row(fs.result, "pass") >= 2',
    "max(fs.measured) - min(fs.measured) < 1",
    "not(1 in nelson signals(fs.measured, 1, 0.5))",
]
"""What clears a match, for which nothing of the window is looked at fact by fact."""


@pytest.mark.parametrize("until", UNTIL)
@pytest.mark.parametrize("having", ["count(fs) >= 3", 'share(fs.result, "fail") > 0.5'])
@settings(max_examples=25, deadline=None)
@given(steps=histories(), cuts=st.frozensets(st.integers(0, 30), max_size=3))
def test_what_clears_a_match_is_told_as_well(
    until: str, having: str, steps: list[Step], cuts: frozenset[int]
) -> None:
    """No list is made of the window between `having` and `until`, and native, restored or not, decides what the lists decide."""
    rules = book(cleared(until, having))
    window = rules.rules[0].patterns[0].window
    assert window is not None
    assert ".values" not in window.until.__feel_source__  # type: ignore[union-attr]
    expected = play(steps, "naive", rulebook=rules)
    assert play(steps, "native", rulebook=rules) == expected
    assert play(steps, "native", cuts, rulebook=rules) == expected


@pytest.mark.parametrize("until", ["every f in fs satisfies f.defects < 1", 'fs[-1].result = "pass"'])
def test_what_reads_more_clears_as_it_is_written(until: str) -> None:
    """Where nothing that is kept is asked, `until` is what it is."""
    rule = book(cleared(until, "count(fs) >= 3")).rules[0]
    assert rule.quick_until is rule.until


def test_a_window_asked_fact_by_fact_tells_nothing() -> None:
    """Where `having` needs every fact in any case, `until` is asked of the list as well."""
    rule = book(cleared("count(fs) < 2", "some f in fs satisfies f.defects > 2")).rules[0]
    assert rule.quick_until is rule.until
