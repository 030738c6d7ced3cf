"""What a window keeps is what its list comes to: in any order of coming and going, late facts, nulls and wrong types included."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from engine import feel
from engine.compiler.keeping import Keeper, Kept
from engine.decisions import Fact
from engine.feel import types as t
from engine.feel.convert import type_of_schema
from engine.feel.scope import Scope, Variable
from engine.windows import Stretch
from engine.windows.group import Entry, Group

START = datetime(2026, 3, 2, 6, tzinfo=UTC)
PARAMETERS: dict[str, Any] = {"limit": 2, "bad": "fail", "centre": 1, "sigma": Decimal("0.5")}
TEXT = {"type": "string"}
RECORD = type_of_schema(
    {
        "type": "object",
        "required": ["result"],
        "properties": {
            "result": {"enum": ["pass", "fail"]},
            "grade": TEXT,
            "measured": {"type": "number"},
            "limit": {"type": "number"},
            "flag": {"type": "boolean"},
            "due": {"type": "string", "format": "date-time"},
            "parts": {"type": "array", "items": TEXT},
        },
    },
    "inspection",
)
assert isinstance(RECORD, t.ContextType)
_TYPES = {
    "limit": t.NUMBER,
    "bad": t.STRING,
    "centre": t.NUMBER,
    "sigma": t.NUMBER,
}
SCOPE = Scope(
    {
        "fs": Variable(t.ListType(RECORD), "p0['facts'].values", item="p0['facts'].at({})"),
        "grade": Variable(t.STRING, "p0['per']['grade']"),
        "parameters": Variable(
            t.ContextType({name: t.Field(kind, True) for name, kind in _TYPES.items()}), "parameters_"
        ),
    }
)

LISTS = SCOPE.child({"fs": Variable(t.ListType(RECORD), "p0['facts'].values")})
"""The same, with nothing but the list."""

KEPT = [
    "count(fs)",
    'count(fs[result = "fail"])',
    'count(fs[result = "fail"]) / count(fs)',
    'count(fs[result = parameters.bad and measured > parameters.limit or grade != "a"])',
    "count(fs[measured > limit])",
    "count(fs[measured in [1..2]])",
    "count(fs[measured between 1 and limit])",
    "count(fs[not(flag)])",
    "count(fs[flag = true])",
    "count(fs[measured = null])",
    'count(fs[due > @"2026-03-02T00:00:00Z"])',
    'count(fs[list contains(parts, "x")])',
    "count(fs[some p in parts satisfies p = grade])",
    "count(fs[starts with(grade, result)])",
    'share(fs.result, "fail")',
    "share(fs.measured, (> 1))",
    "share(fs.measured, [0..parameters.limit])",
    "share(fs, function(f) f.measured > f.limit)",
    'in a row(fs.result, "fail")',
    "in a row(fs.measured, (>= 1))",
    "in a row(fs.measured, null)",
    "in a row(fs.flag, true)",
    "in a row(fs.measured, 1)",
    "longest run(fs.result, 1)",
    "share(fs.measured, parameters.limit)",
    "share(fs.flag, true)",
    "share(fs.grade, parameters.bad)",
    'in a row(fs.parts, "x")',
    "in a row(fs, function(f) f.measured > f.limit)",
    'in a row(fs, function(f) f.due > @"2026-03-02T00:00:00Z")',
    "longest run(fs.result, parameters.bad)",
    "longest run(fs.measured, [1, 2])",
    "count(distinct values(fs.grade))",
    "count(distinct values(fs.measured))",
    "count(distinct values(fs.due))",
    "count(distinct values(fs.parts))",
    "trend(fs.measured)",
    "fs[1].measured",
    "fs[-1].measured - fs[1].measured",
    "fs[-3].grade",
    "fs[2]",
    "fs[-1].due",
    "fs[-1].parts[1]",
    "nelson(fs.measured, 1, 1, 0.5)",
    "nelson(fs.measured, 2, 1, 0.5)",
    "nelson(values: fs.measured, rule: 7, centre: parameters.centre, sigma: parameters.sigma)",
    "nelson signals(fs.measured, 1, 0.5)",
    "nelson signals(fs.measured, mean(fs.measured), stddev(fs.measured))",
    "western electric(fs.measured, 4, 1, 0.5)",
    "western electric signals(fs.measured, 1, 0.5)",
    "sum(fs.measured) + mean(fs.measured) + median(fs.measured) - stddev(fs.measured)",
    "max(fs.measured) - min(fs.measured)",
    "cpk(fs.measured, 0, 3)",
    "cp(lower: 0, values: fs.measured, upper: parameters.limit)",
    "cpl(fs.measured, fs[-1].limit) + cpu(fs.measured, 3)",
    "[pp(fs.measured, 0, 3), ppk(fs.measured, mean(fs.measured), 3), ppl(fs.measured, 0), ppu(fs.measured, 3)]",
    "some rule in nelson signals(fs.measured, 1, 0.5) satisfies rule in (1, 5)",
    "for part in [count(fs), trend(fs.measured)] return part + 1",
    "if count(fs) > 3 then trend(fs.measured) > 2 else fs[-1].flag",
]
"""Conditions and values of which everything is kept."""

ASKED = [
    "count(fs[measured > mean(fs.measured)])",
    "count(fs[flag])",
    "count(fs[item.measured > 1])",
    'count(fs[result = "fail"].measured)',
    "count(distinct values(fs))",
    "in a row(fs.result, fs[1].result)",
    "in a row(fs.result, grade)",
    "slope(fs.measured)",
    "cpk(fs.measured, 0, 3, 2)",
    "cpk(fs.grade, 0, 3)",
    "fs[count(fs)].measured",
    "fs[0]",
    "some f in fs satisfies f.measured = count(fs)",
    "trend(fs.grade)",
    "for f in fs return in a row(fs.result, f.result)",
]
"""Those for which the list is asked, in whole or in part."""


def field(*good: Any) -> st.SearchStrategy[Any]:
    """Return a field's values: most often good ones, then null, then what is not of its type."""
    return st.one_of(
        st.sampled_from(good),
        st.sampled_from(good),
        st.sampled_from(good),
        st.sampled_from([*good, None]),
        st.sampled_from([*good, None, True, "x", 3, [], ["fail", "x"], {"a": 1}, [[None]]]),
    )


SOUND = {
    "result": ("pass", "fail", "fail"),
    "grade": ("a", "b", "pass"),
    "measured": (0, 1, 2, 3, Decimal("1.0"), Decimal("1.25")),
    "limit": (1, 2),
    "flag": (True, False),
    "due": ("2026-03-01T00:00:00Z", "2026-03-03T01:00:00+01:00", "2026-03-03T00:00:00Z"),
    "parts": (["x"], ["y", "x"], []),
}
FACTS = st.fixed_dictionaries({}, optional={name: field(*good) for name, good in SOUND.items()})
ALWAYS_SOUND = st.fixed_dictionaries({name: st.sampled_from(good) for name, good in SOUND.items()})
STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from([0, 0, 0, -1, -3]), FACTS),
        st.tuples(st.sampled_from([0, 0, 0, -2]), ALWAYS_SOUND),
        st.tuples(st.sampled_from([0, 0, 0]), ALWAYS_SOUND),
        st.none(),
    ),
    max_size=50,
)
"""Facts that come, on time or late by some places, and None where the oldest leaves."""


def entry(number: int, at: float, data: dict[str, Any]) -> Entry:
    """Return fact *number*, which came at that minute and counts *at* so many."""
    time = START + timedelta(minutes=at)
    came = time if at == number else START + timedelta(minutes=number)
    return time, number, Fact("mes", str(number), "inspection", time, data), came


def same(a: Any, b: Any) -> bool:
    """Return whether two values are the same to the last digit."""
    return repr(a) == repr(b)


@pytest.mark.parametrize("text", KEPT)
@settings(max_examples=60, deadline=None)
@given(steps=STEPS)
def test_what_is_kept_is_what_the_list_gives(
    text: str, steps: list[tuple[int, dict[str, Any]] | None]
) -> None:
    """After every fact that comes or leaves, the value made of what is kept is that of the list, and no list was made."""
    node = feel.parse(text, SCOPE.names())
    numbers = Kept()
    kept = Keeper("fs", 0, RECORD, SCOPE, numbers).keep(node, PARAMETERS, feel.FunctionPool())
    plain = feel.compile_value(node, LISTS, ["p0", "parameters_"])
    quick = feel.compile_value(kept.rest, SCOPE.child(kept.names), ["p0", "parameters_"])
    assert "values" not in quick.__feel_source__  # type: ignore[attr-defined]
    ordered = "min(" in text  # texts and lists have an order too, which is not kept
    group = Group(numbers.running)
    for number, step in enumerate(steps):
        if step is None:
            if len(group):
                group.drop()
        else:
            late, data = step
            if ordered and not isinstance(data.get("measured"), int | Decimal | None):
                continue
            group.put(entry(number, number + late - 0.5 * (late < 0), data))
        if len(group):
            state = {"per": {"grade": "a"}, "facts": group.facts()}
            expected = plain(state, PARAMETERS, START)
            told = {**state, "count": len(group), "running": group.running}
            found = quick(told, PARAMETERS, START)
            assert same(found, expected), (found, expected, group.facts().values)


@pytest.mark.parametrize("text", ASKED)
def test_of_what_reads_more_than_its_fact_the_list_is_asked(text: str) -> None:
    """What depends on other facts, on the window's own fields, or on what a field might hold, is computed of the list."""
    node = feel.parse(text, SCOPE.names())
    kept = Keeper("fs", 0, RECORD, SCOPE, Kept()).keep(node, PARAMETERS, feel.FunctionPool())
    quick = feel.compile_value(kept.rest, SCOPE.child(kept.names), ["p0", "parameters_"])
    assert "values" in quick.__feel_source__  # type: ignore[attr-defined]


def test_what_is_asked_twice_is_kept_once() -> None:
    """Equal parts share one number, wherever they stand; how many facts there are is known without any."""
    text = 'count(fs[result = "fail"]) > 3 and count(fs[result="fail"]) < 9 and fs[-1].measured > 0 and count(fs) > 1'
    kept = Kept()
    Keeper("fs", 0, RECORD, SCOPE, kept).keep(feel.parse(text), PARAMETERS, feel.FunctionPool())
    assert [running.name for running in kept.running] == ["matching"]


def test_a_position_is_found_without_the_others() -> None:
    """The facts of a stretch are found from both ends; beyond them there is none."""
    facts = Stretch([entry(number, number, {"n": number}) for number in range(5)], 1, 4)
    assert [facts.at(at) for at in (1, 3, 4, -1, -3, -4)] == [
        {"n": 1}, {"n": 3}, None, {"n": 3}, {"n": 1}, None,
    ]  # fmt: skip


WANING = {
    "count(fs) >= 3": True,
    'count(fs[result = "fail"]) > parameters.limit': True,
    "3 <= in a row(fs.measured, (> 1))": True,
    'longest run(fs.result, "fail") > 2': True,
    "count(distinct values(fs.grade)) > 2": True,
    "count(fs) < 3": False,
    "trend(fs.measured) > 3": False,
    'share(fs.result, "fail") > 0.1': False,
    'count(fs[result = "fail"]) > count(fs) / 2': False,
    "mean(fs.measured) > 3": False,
}


@pytest.mark.parametrize(("text", "expected"), WANING.items())
def test_what_cannot_come_true_by_a_fact_that_leaves(text: str, expected: bool) -> None:
    """Asking for many facts is not awaited as facts leave; what may rise as they leave is."""
    assert Keeper("fs", 0, RECORD, SCOPE, Kept()).wanes(feel.parse(text, SCOPE.names())) is expected
