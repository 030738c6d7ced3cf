"""The bench of one condition: the condition is the shipped one's, the answers are right, the page says what was measured."""

from __future__ import annotations

import pytest

from bench.expressions import SCHEMA, Side, check, checked, contexts, lineside
from bench.expressions_page import over_fastest, ratio, section
from engine.parser import parse
from service.shipped import shipped_files

MEASURED = {
    "rounds": 2,
    "sides": {"Lineside": {"version": ""}, "fast": {"version": "1.0"}, "slow": {"version": "2.0"}},
    "nanoseconds": {
        "the shipped fact, 12 fields": {
            "Lineside": [50.0, 100.0],
            "fast": [1_050.0, 2_100.0],
            "slow": [5_000.0, 9_000.0],
        },
        "two fields": {"Lineside": [50.0, 100.0], "fast": [250.0, 500.0], "slow": [500.0, 900.0]},
    },
}


def test_lineside_answers_rightly() -> None:
    """Lineside's side answers every context as it must, and is the compiled function of the engine."""
    side = lineside()
    check([side])
    assert {answer for _, answer in checked()} == {True, False}
    assert side.stretch()(10, next(iter(contexts().values()))) > 0


def test_a_wrong_answer_ends_the_bench() -> None:
    """A side that answers wrongly is not measured."""
    with pytest.raises(SystemExit, match="liar does not say"):
        check([Side("liar", "", "", "True", {})])


def test_the_two_fields_are_those_of_the_shipped_fact_type() -> None:
    """What the bench tells the compiler of the two fields is what the shipped fact type says."""
    shipped = parse(shipped_files(("fact",))).documents.fact_types["inspection_result"].schema
    assert {name: shipped["properties"][name] for name in SCHEMA["properties"]} == SCHEMA["properties"]
    assert set(SCHEMA["required"]) == {name for name in SCHEMA["properties"] if name in shipped["required"]}


def test_contexts_are_the_whole_fact_and_its_two_fields() -> None:
    """The first context is the shipped fact with all its fields, the second the two that the condition reads."""
    (_, whole), (_, two) = contexts().items()
    assert len(whole) == 12
    assert two.items() <= whole.items()
    assert len(two) == 2


def test_the_page() -> None:
    """Ratios are medians of the ratios within each round, and the verdict is on the fastest peer on the whole fact."""
    assert ratio(MEASURED, "two fields", "fast") == 5.0
    assert over_fastest(MEASURED) == 21.0
    assert over_fastest(None) == 0.0
    text = "\n".join(section(MEASURED))
    assert "| fast 1.0 | 1,575 (1,050 to 2,100) | 634,921 | 21.0 times |" in text
    assert "Not measured" in "\n".join(section(None))
