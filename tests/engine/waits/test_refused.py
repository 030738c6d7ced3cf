"""Rules with steps that cannot be."""

from __future__ import annotations

import pytest

from engine.diagnostics import RulesRejected
from tests.engine.books import book
from tests.engine.waits.given import (
    CHAIN,
    EXPECT,
    REPEAT,
    STATES,
    THEN,
)


def changed(rules: str, *changes: tuple[str, str]) -> str:
    """Return *rules* with each first text replaced by the second."""
    for old, new in changes:
        assert old in rules
        rules = rules.replace(old, new)
    return rules


BEGIN = "      - done: alarm\n        where: level = 1\n"
NOTHING = (BEGIN, "      - none: flag\n"), ("= done.machine_id", '= "m"'), ("{done.level}", "none")
ON = ("    on_missing", "      - then: alarm\n        within: 5 min\n    on_missing")
MORE = (
    ("order: order", "more: alarm"),
    ("order_id = two", "machine_id = two"),
    ("= order.order_id", "= more.machine_id"),
)
JAMMED = "notify: {work_centre: = again.machine_id, to: maintenance, message: jammed again}"
RING = (JAMMED, "assert: {alarm: {machine_id: m, level: 1}}")


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        pytest.param(changed(EXPECT, (BEGIN, "")), "bad-step", id="no start"),
        pytest.param(changed(EXPECT, *NOTHING), "no-positive-pattern", id="a start of nothing"),
        pytest.param(changed(EXPECT, ON), "bad-step", id="after expect"),
        pytest.param(changed(THEN, ("within: 5 min", "within: 5 min\n        for: 5 min")), "bad-step", id="for in a step"),
        pytest.param(changed(THEN, ("        within: 5 min", "")), "conflicting-keys", id="no time"),
        pytest.param(changed(THEN, ("5 min", "soon")), "bad-time", id="no such time"),
        pytest.param(changed(THEN, ("as: again", "as: level")), "name-clash", id="an alias that is a field"),
        pytest.param(changed(EXPECT, ("{done.level}", "{inspection.lot_id}")), "unknown-name", id="what did not come"),
        pytest.param(changed(THEN, ("where: level = 1", "where: level = again.level")), "unknown-field", id="a name from later"),
        pytest.param(STATES + '    until: flag.colour = "red"\n', "unknown-name", id="until, of a step"),
        pytest.param(EXPECT + "    until: done.level = 1\n", "until-on-event", id="until, of an event"),
        pytest.param(changed(CHAIN, *MORE), "bad-step", id="an event without a step"),
        pytest.param(changed(REPEAT, ("once per 30 min", "twice a day")), "bad-time", id="how often"),
        pytest.param(changed(REPEAT, ("once per 30 min", "once per a while")), "bad-time", id="how long"),
        pytest.param(changed(REPEAT, ("at_most: once per 30 min", "for_each: level")), "conflicting-keys", id="for each of what"),
        pytest.param(REPEAT + "    for_each: machin_id\n", "unknown-field", id="for each of nothing"),
        pytest.param(changed(THEN, RING), "endless-chain", id="a ring"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(rules: str, code: str) -> None:
    """A rule with steps that could not run, or would never end, is refused."""
    with pytest.raises(RulesRejected) as refused:
        book(rules)
    assert code in [d.code for d in refused.value.diagnostics]
