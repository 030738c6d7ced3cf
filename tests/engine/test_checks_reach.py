"""Comparisons that come out the same whatever comes are warned of, and no others."""

from __future__ import annotations

from itertools import product

import pytest

from engine import feel
from tests.engine.books import book

HEAD = "parameters: {most: 20, least: 0, none: -1, text: a}"
NEVER, ALWAYS = "never-true", "always-true"


def told(having: str = "", where: str = "", until: str = "") -> list[tuple[str, str]]:
    """Return the code and message of what is warned of in the conditions of a rule."""
    window = f"\n        within: 1 h\n        having: {having}" if having else ""
    kind, alias = ("inspection", "results") if having else ("order", "order")
    rules = f"""
  - rule: reaching
    on_missing: skip
    when:
      - {alias}: {kind}
        where: {where or "order_id != null"}{window}
    then: {{notify: {{to: quality, message: told}}}}
    {f"until: {until}" if until else ""}
"""
    limited = {
        "facts/order.yaml": """
fact: order
kind: state
owner: erp
key: [order_id]
data:
  type: object
  required: [order_id, quantity, places]
  properties:
    order_id: {type: string}
    quantity: {type: number, minimum: 0}
    places: {type: array, items: {type: object, properties: {quantity: {type: number}}}}
    priority: {type: integer, minimum: 1, maximum: 9}
    pieces: {type: [integer, "null"]}
    weight: {type: number, exclusiveMinimum: 0, maximum: 100}
"""
    }
    return [
        (one.code, one.message) for one in book(rules, HEAD, limited).warnings if one.code in (NEVER, ALWAYS)
    ]


@pytest.mark.parametrize(
    ("having", "code", "why"),
    [
        pytest.param(
            "count(results) < 0", NEVER, "count is a whole number, 0 or more", id="a count below zero"
        ),
        pytest.param(
            "count(results) >= 0", ALWAYS, "count is a whole number, 0 or more", id="a count from zero on"
        ),
        pytest.param(
            "0 <= count(results)", ALWAYS, "count is a whole number, 0 or more", id="the other way round"
        ),
        pytest.param(
            "count(results) != 2.5", ALWAYS, "count is a whole number, 0 or more", id="no whole number"
        ),
        pytest.param(
            "count(results) = 0", NEVER, "a window is there only while something is in it", id="nothing in it"
        ),
        pytest.param(
            "count(results) < 1", NEVER, "a window is there only while something is in it", id="less than one"
        ),
        pytest.param(
            "count(results) >= parameters.least",
            ALWAYS,
            "count is a whole number, 0 or more",
            id="a parameter",
        ),
        pytest.param(
            'share(results.result, "fail") > 1', NEVER, "share is from 0 to 1", id="a share above one"
        ),
        pytest.param(
            'share(results.result, "fail") > parameters.most', NEVER, "share is from 0 to 1", id="percent"
        ),
        pytest.param(
            'share(results.result, "fail") <= 1', ALWAYS, "share is from 0 to 1", id="a share up to one"
        ),
        pytest.param(
            'count(results[result = "fail"]) / count(results) > 10',
            NEVER,
            "a share is from 0 to 1",
            id="a part of all",
        ),
        pytest.param(
            'in a row(results.result, "fail") >= 0',
            ALWAYS,
            "in a row is a whole number, 0 or more",
            id="none in a row",
        ),
        pytest.param(
            'in a row(results.result, "fail") > parameters.none',
            ALWAYS,
            "in a row is a whole number, 0 or more",
            id="less in a row",
        ),
        pytest.param(
            'longest run(results.result, "fail") in (-2..0)',
            NEVER,
            "longest run is a whole number, 0 or more",
            id="a range",
        ),
        pytest.param("stddev(results.measured) < 0", NEVER, "stddev is 0 or more", id="spread"),
        pytest.param(
            "count(results) > 3 and (stddev(results.measured) between -2 and -1)",
            NEVER,
            "stddev is 0 or more",
            id="among others",
        ),
    ],
)
def test_a_condition_on_a_window_that_comes_out_the_same_is_warned_of(
    having: str, code: str, why: str
) -> None:
    """The comparison is named, and what its left side can be."""
    [(found, message)] = told(having)
    assert (found, message.rpartition(f" is {code.replace('-', ' ')}: ")[2]) == (code, why)


@pytest.mark.parametrize(
    "having",
    [
        "count(results) >= 1",
        "count(results) > 0",
        "count(results) != 0",
        'count(results[result = "fail"]) = 0',
        "count(results) in [3..5]",
        "count(results) > parameters.most",
        'count(results) > count(results[result = "pass"])',
        'share(results.result, "fail") >= 1',
        'share(results.result, "fail") = 0',
        'count(results[result = "fail"]) / count(results) = 1',
        "trend(results.measured) < 0",
        "count(results[measured < 0]) > 2",
    ],
)
def test_a_condition_on_a_window_that_may_go_either_way_is_not(having: str) -> None:
    """What can be true and can be otherwise, and what asks whether anything is there at all, is no fault."""
    assert told(having) == []


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        pytest.param(
            "quantity < 0", [(NEVER, "quantity < 0 is never true: quantity is 0 or more")], id="below"
        ),
        pytest.param(
            "quantity >= 0", [(ALWAYS, "quantity >= 0 is always true: quantity is 0 or more")], id="always"
        ),
        pytest.param(
            "order.quantity < -1",
            [(NEVER, "order.quantity < -1 is never true: quantity is 0 or more")],
            id="alias",
        ),
        pytest.param(
            "priority > 9",
            [(NEVER, "priority > 9 is never true: priority is a whole number, from 1 to 9")],
            id="above",
        ),
        pytest.param(
            "priority in (0, 10)",
            [(NEVER, "priority in (0, 10) is never true: priority is a whole number, from 1 to 9")],
            id="in",
        ),
        pytest.param("priority >= 1", [], id="asks whether it is there"),
        pytest.param(
            "weight <= 0",
            [(NEVER, "weight <= 0 is never true: weight is above 0 and at most 100")],
            id="exclusive",
        ),
        pytest.param("quantity > 0", [], id="either way"),
        pytest.param(
            "pieces = 2.5", [(NEVER, "pieces = 2.5 is never true: pieces is a whole number")], id="no limits"
        ),
        pytest.param("pieces != 2.5", [], id="a field that may be missing"),
        pytest.param(
            "weight in [parameters.most..parameters.least]",
            [
                (
                    NEVER,
                    "weight in [parameters.most..parameters.least] is never true: no number is in that range",
                )
            ],
            id="a range that ends before it begins",
        ),
        pytest.param("count(places[quantity < 0]) > 0", [], id="the field of another thing"),
        pytest.param("count(places) = 0", [], id="a list may be empty"),
        pytest.param(
            "count(places) < 0",
            [(NEVER, "count(places) < 0 is never true: count is a whole number, 0 or more")],
            id="any list",
        ),
        pytest.param(
            "string length(order_id) < 0",
            [
                (
                    NEVER,
                    "string length(order_id) < 0 is never true: string length is a whole number, 0 or more",
                )
            ],
            id="a text",
        ),
    ],
)
def test_a_condition_on_a_fact_is_held_against_the_limits_of_its_fields(
    where: str, expected: list[tuple[str, str]]
) -> None:
    """A comparison that the schema of the field decides is warned of; one that asks whether there is one is not."""
    assert told(where=where) == expected


def test_what_ends_a_match_is_looked_at_too() -> None:
    """`until` is a condition like the others, and of it an empty window may be asked."""
    assert told("count(results) > 3", until="count(results) < 0") == [
        (NEVER, "count(results) < 0 is never true: count is a whole number, 0 or more")
    ]
    assert told("count(results) > 3", until="count(results) = 0") == []


CONSTANTS = ("-1", "0", "0.5", "1", "2", "2.5", "7")
FORMS = (
    "{} < {}",
    "{} <= {}",
    "{} > {}",
    "{} >= {}",
    "{} = {}",
    "{} != {}",
    "{} in [{}..9]",
    "{} in (< {}, > 5)",
)


@pytest.mark.parametrize(("form", "constant"), list(product(FORMS, CONSTANTS)))
def test_what_is_said_of_counts_is_so(form: str, constant: str) -> None:
    """Of every comparison, the warning says what counting from 0 to 20 items comes to; in a window, from 1 item on."""
    text = form.format("count(places)", constant)
    node = feel.parse(text)
    found = [feel.evaluate(node, {"places": [0] * number}, None) for number in range(21)]
    expected = [NEVER] if not any(found) else [ALWAYS] if all(found) else []
    assert [code for code, _ in told(where=text)] == expected
    inside = [NEVER] if not any(found[1:]) else expected
    assert [code for code, _ in told(form.format("count(results)", constant))] == inside


def test_a_whole_number_without_limits_is_never_a_half() -> None:
    """A field that has no limits but is a whole number is told so."""
    rules = """
  - rule: halves
    on_missing: skip
    on: inspection
    if: defects = 2.5
    then: {notify: {lot: = lot_id, to: quality, message: told}}
"""
    assert [one.message for one in book(rules).warnings] == [
        "defects = 2.5 is never true: defects is a whole number"
    ]
