"""What is told of the matcher's plans: what is indexed, what is tested, in what order joins go, and what is scanned."""

from __future__ import annotations

import pytest

from engine.matching.index import MOST_TRIED
from engine.matching.planning import RulePlan, plans_of, scans_of
from tests.engine.books import book
from tests.engine.matching.conditions import CALENDAR

RULES = """
  - rule: event
    on_missing: skip
    when:
      - e: inspection
        where: result = "fail" and measured > parameters.limit and not(defects = 3)
      - m: machine
        where: line = e.lot_id and temperature > e.measured
      - o: order
        where: order_id = e.order_id and status in ("released", "started")
      - none: hold
        where: lot_id = e.lot_id
      - none: flag
    then: {notify: {lot: = e.lot_id, to: quality, message: x}}
  - rule: states
    on_missing: skip
    when:
      - m: machine
        where: status = "down"
        for: 10 min
      - o: order
        where: quantity > m.temperature
      - none: flag
        where: flag_id != m.machine_id
    then: {notify: {work_centre: = m.machine_id, to: quality, message: x}}
  - rule: window
    when:
      - fs: inspection
        where: result = "fail"
        per: order_id
        within: = parameters.span
        having: count(fs) >= 3
      - o: order
        where: order_id = fs[-1].order_id
    then: {notify: {order: = order_id, to: quality, message: x}}
"""


def plans(rules: str = RULES) -> dict[str, RulePlan]:
    """Return the plan of each rule by its name."""
    rulebook = book(rules, "parameters: {limit: 5, span: 60 min}")
    return {plan.rule.name: plan for plan in plans_of(rulebook)}


def test_patterns_say_what_finds_them() -> None:
    """Constants are hashed, the rest of what a fact answers alone is tested; conditions stand as they are written."""
    first, _, third, *_ = plans()["event"].patterns
    assert (first.alias, first.fact_type) == ("e", "inspection")
    assert first.hashed == ('result = "fail"',)
    assert first.tested == ("measured > parameters.limit", "not(defects = 3)")
    assert (third.hashed, third.tested) == (
        (),
        ('status in ("released", "started")',),
    )  # found by its key, then tested
    assert plans()["states"].patterns[0].lasting == "10 min"
    assert plans()["window"].patterns[0].window == "= parameters.span per order_id, having count(fs) >= 3"


def test_walks_say_the_order_and_what_ties_each_step() -> None:
    """The order on its key goes before the machine on a line; what reads several facts is checked where it can be."""
    (walk,) = plans()["event"].walks
    assert [(s.alias, s.by, s.is_one, s.checked) for s in walk.steps] == [
        ("o", ("order_id = e.order_id",), True, ()),
        ("m", ("line = e.lot_id",), False, ("temperature > e.measured",)),
    ]
    assert [(s.fact_type, s.by, s.is_counted) for s in walk.nones] == [
        ("hold", ("lot_id = e.lot_id",), False),
        ("flag", (), True),
    ]


def test_a_rule_of_states_has_a_walk_from_each_pattern() -> None:
    """Whichever of its states comes, and whatever its `none` looks at, says what is looked up then."""
    walks = plans()["states"].walks
    assert [(w.start, w.is_none, [s.alias for s in w.steps]) for w in walks] == [
        ("m", False, ["o"]),
        ("o", False, ["m"]),
        ("flag", True, ["m", "o"]),
    ]


def test_what_no_equality_ties_is_a_warning() -> None:
    """A join and a `none` that look at every fact are told with their place; one that only asks for any fact is not."""
    found = {name: scans_of(plan) for name, plan in plans().items()}
    assert found["event"] == found["window"] == ()
    assert [(d.code, d.span.line, d.span.column) for d in found["states"]] == [
        ("scanning-join", 26, 9),
        ("scanning-join", 28, 9),
    ]
    assert 'no equality ties "o: order"' in found["states"][0].message
    assert "m.FIELD" in found["states"][0].fix


WINDOWS = """
  - rule: r
    when:
      - fs: inspection
        per: order_id
        {span}
        having: {having}
    then: {{notify: {{order: = order_id, to: quality, message: "{{count(fs)}} {{fs.lot_id}}"}}}}
    {until}
"""


@pytest.mark.parametrize(
    ("having", "until", "span", "scanned"),
    [
        ("count(fs) >= 3", "", "within: 5 min", ()),
        ('count(fs[result = "fail"]) >= 3 and fs[-1].result = "fail"', "", "within: 5 min", ()),
        ("every f in fs satisfies f.defects > 1", "", "within: 5 min", ("having",)),
        ("count(fs[measured > fs[1].measured]) > 2", "", "within: 5 min", ("having",)),
        ("count(fs) >= 3", "until: mean(fs.defects) < 1", "within: 5 min", ()),
        ("count(fs) >= 3", "until: some f in fs satisfies f.defects < 1", "within: 5 min", ("until",)),
        (
            "some f in fs satisfies f.defects > 2",
            "until: count(fs) < 2",
            "within: 5 min",
            ("having", "until"),
        ),
        ('max(fs.defects) > 2 and "fs.values" = "x"', "", "within: 5 min", ()),
        ("every f in fs satisfies f.defects > 1", "", "each: day\n        at: end", ()),
    ],
)
def test_a_window_that_is_looked_at_fact_by_fact_is_a_warning(
    having: str, until: str, span: str, scanned: tuple[str, ...]
) -> None:
    """What is kept while facts come and go is silent; what makes a list of them each time is told with its place."""
    text = WINDOWS.format(having=f"'{having}'", until=until, span=span)
    (plan,) = plans_of(book(text, facts=CALENDAR if "day" in span else None))
    assert plan.patterns[0].scanned == scanned
    told = scans_of(plan)
    assert [(d.code, d.span.line) for d in told] == [
        ("scanning-window", {"having": 12, "until": 14}[word]) for word in scanned
    ]
    assert all(f'"{word}" looks at' in d.message for word, d in zip(scanned, told, strict=True))


def test_ranges_are_told_where_they_are_used() -> None:
    """Few rules under the same constants are tried one by one; more are found by their ranges, and the plan says so."""
    rule = """
  - rule: r{0}
    on_missing: skip
    on: {1}
    if: {2} and {3} > {0}
    then: {{notify: {{lot: = {4}, to: quality, message: x}}}}
"""
    for args in (
        ("inspection", 'result = "fail"', "measured", "lot_id"),
        ("machine", 'status = "down"', "temperature", "machine_id"),
    ):
        few = plans("".join(rule.format(n, *args) for n in range(MOST_TRIED)))
        many = plans("".join(rule.format(n, *args) for n in range(MOST_TRIED + 1)))
        assert few["r3"].patterns[0].ranged == ()
        assert few["r3"].patterns[0].tested == (f"{args[2]} > 3",)
        assert many["r3"].patterns[0].ranged == (f"{args[2]} > 3",)
        assert many["r3"].patterns[0].tested == ()
