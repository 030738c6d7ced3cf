"""What is written for rules that an event decides: alike where only values differ, closed to all else, and right for any text."""

from __future__ import annotations

from decimal import Decimal
from types import FunctionType
from typing import Any

import hypothesis.strategies as st
import msgspec
import pytest
import yaml
from hypothesis import given, settings

from engine.decisions import Fact
from engine.matching.native import Entry
from engine.rulebook import RuleBook
from engine.session import Session
from tests.engine.books import START, book

PIECE = """
fact: piece
kind: event
owner: mes
key: [lot_id]
data:
  type: object
  required: [lot_id, order_id, result, defects]
  properties:
    lot_id: {type: string}
    order_id: {type: string}
    result: {enum: [pass, fail]}
    defects: {type: number}
"""


def pieces(rules: str) -> RuleBook:
    """Return the rule book of *rules* about pieces."""
    return book(rules, facts={"facts/piece.yaml": PIECE})


def piece(**data: Any) -> Fact:
    """Return a bad piece of lot L and order A, with *data* beside or in place of that."""
    return Fact(
        "mes",
        "f1",
        "piece",
        START,
        {"lot_id": "L", "order_id": "A", "result": "fail", "defects": 3} | data,
    )


def fired(rulebook: RuleBook, fact: Fact) -> FunctionType:
    """Return what *fact* is fired by, after it has decided what the matcher that tries every rule decides."""
    session: Any = Session(rulebook)
    found = session.submit(fact)
    assert found == Session(rulebook, "naive").submit(fact)
    assert found.decisions
    entry = session._made_of
    assert isinstance(entry, Entry)
    assert isinstance(entry.fire, FunctionType)
    return entry.fire


FAMILY = """
  - rule: r{0}
    on: piece
    if: lot_id = "L{0}" and ({1})
    then: {{route: {{lot: = lot_id, to: "q{0}", reason: "because of {0}"}}}}
"""


@pytest.mark.parametrize(
    "conditions",
    [
        ["defects > 1", "defects > 2"],
        ["defects > 1.5", "defects > 2.5"],
        ['order_id != "x"', 'order_id != "{\'\\"}"'],
        ['result = "pass" or defects in (3, 4)', 'result = "fail" or defects in (2, 3)'],
        ["1 < defects and defects <= 3", "2 < defects and defects <= 5"],
    ],
)
def test_rules_that_differ_in_values_are_written_alike(conditions: list[str]) -> None:
    """One code serves a family of rules: each has its own limit, its own receiver and its own reason."""
    rulebook = pieces("".join(FAMILY.format(n, condition) for n, condition in enumerate(conditions)))
    session: Any = Session(rulebook)
    codes = set()
    for number in range(len(conditions)):
        fact = piece(lot_id=f"L{number}")
        found = session.submit(fact)
        assert found == Session(rulebook, "naive").submit(fact)
        assert [(d.values["to"], d.reason) for d in found.decisions] == [
            (f"q{number}", f"because of {number}")
        ]
        codes.add(session._made_of.fire.__code__)
    assert len(codes) == 1


def test_it_is_written_when_it_is_first_needed() -> None:
    """A rule that no fact has fired yet costs no code; what is written stays."""
    rulebook = pieces(FAMILY.format(0, "defects > 1") + FAMILY.format(1, "defects < 1"))
    session: Any = Session(rulebook)
    shots = session._carried.matcher._shots
    assert not shots._written
    session.submit(piece(lot_id="L0"))
    first = session._made_of.fire
    session.submit(piece(lot_id="L0"))
    assert session._made_of.fire is first
    assert len(shots._written) == 1


def test_nothing_of_python_is_in_its_reach() -> None:
    """It finds by name what is handed in, and no built-in beside."""
    fire = fired(pieces(FAMILY.format(0, "defects > 1")), piece(lot_id="L0"))
    assert fire.__globals__["__builtins__"] == {}
    assert not {"open", "__import__", "eval", "exec", "getattr"} & fire.__globals__.keys()


def test_rules_that_say_the_same_of_other_facts_name_those() -> None:
    """Two types of events under the same words are two functions: each decision names the type of its own fact."""
    other = PIECE.replace("fact: piece", "fact: part")
    rule = "  - {{rule: {0}, when: [{{e: {0}, where: lot_id = e.lot_id}}], then: {{route: {{lot: = e.lot_id, to: x}}}}}}\n"
    rulebook = book(
        rule.format("piece") + rule.format("part"),
        facts={"facts/piece.yaml": PIECE, "facts/part.yaml": other},
    )
    session = Session(rulebook)
    for kind in ("piece", "part", "piece"):
        fact = msgspec.structs.replace(piece(), type=kind)
        found = session.submit(fact)
        assert found == Session(rulebook, "naive").submit(fact)
        assert found.decisions[0].facts[0].type == kind


@pytest.mark.parametrize("data", [{}, {"severity": "minor"}])
def test_a_reason_that_is_null_is_no_reason(data: dict[str, Any]) -> None:
    """It is an empty text, alone and beside a state, as the longer way has it."""
    alone = "  - {rule: r, on: inspection, on_missing: skip, then: {route: {lot: = lot_id, to: x, reason: = severity}}}\n"
    beside = """
  - rule: b
    when: [{e: inspection}, {o: order, where: order_id = e.order_id}]
    then: {route: {order: = e.order_id, to: x, reason: = e.severity}}
"""
    rulebook = book(alone + beside)
    native, naive = Session(rulebook), Session(rulebook, "naive")
    order = Fact("erp", "o1", "order", START, {"order_id": "A", "item": "x", "status": "started"})
    event = Fact("mes", "f", "inspection", START, {"lot_id": "L", "order_id": "A", "result": "fail"} | data)
    for fact in (order, event):
        found = native.submit(fact)
        assert found == naive.submit(fact)
    assert [d.reason for d in found.decisions] == [data.get("severity", "")] * 2


def test_of_a_state_found_by_its_key_that_key_is_not_read_again() -> None:
    """A subject that is what the state was found by is the value that was asked for."""
    rulebook = pieces(BESIDE_MANY.format("defects > 1"))
    session: Any = Session(rulebook)
    session.submit(Fact("erp", "o1", "order", START, {"order_id": "A", "item": "x", "status": "started"}))
    assert session.submit(piece()).decisions[0].subject_id == "A"
    (text,) = session._carried.matcher._shots._written
    assert "subject_0 = asked" in text


BESIDE_MANY = """
  - rule: beside
    when:
      - e: piece
        where: {0}
      - o: order
        where: order_id = e.order_id
    then: {{route: {{order: = o.order_id, to: rework}}}}
"""


@pytest.mark.parametrize(
    "condition",
    [
        "some x in [1, 2, 3] satisfies x = defects",  # a loop, which is no single expression
        "contains(order_id, lower case(order_id)) or defects > 1",
        'if defects > 1 then result = "fail" else false',
        'not(result = "pass" and defects < 2)',
    ],
)
def test_conditions_of_any_shape_are_asked_as_they_are(condition: str) -> None:
    """Where a condition cannot stand in what is written, it is called; both decide the same, alone and with a state."""
    fired(pieces(FAMILY.format(0, condition)), piece(lot_id="L0"))
    rulebook = pieces(BESIDE_MANY.format(condition))
    native, naive = Session(rulebook), Session(rulebook, "naive")
    order = Fact("erp", "o1", "order", START, {"order_id": "A", "item": "x", "status": "started"})
    for fact in (order, piece(), piece(defects=0), piece(order_id="B")):
        assert native.submit(fact) == naive.submit(fact)


@pytest.mark.parametrize("data", [{"defects": "many"}, {"defects": None}, {"lot_id": ["L"]}])
def test_data_that_no_gate_let_in_stops_nothing(data: dict[str, Any]) -> None:
    """A fact that breaks its schema decides what the longer way decides of it."""
    rules = FAMILY.replace('lot_id = "L{0}" and ', "").format(0, "defects > 1")
    for text in (rules, BESIDE_MANY.format("defects > 1")):
        rulebook = pieces(text)
        assert Session(rulebook).submit(piece(**data)) == Session(rulebook, "naive").submit(piece(**data))


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12).filter(str.strip)


@settings(max_examples=60, deadline=None)
@given(
    title=TEXTS, reason=TEXTS, limit=TEXTS, to=TEXTS, number=st.integers(-5, 5) | st.decimals(-5, 5, places=2)
)
def test_no_text_of_a_rule_becomes_code(
    title: str, reason: str, limit: str, to: str, number: int | Decimal
) -> None:
    """Whatever stands in a rule's texts is text: quotes, backslashes and the braces of a condition come out as they went in."""
    # braces are FEEL there, and so is what "=" begins
    plain, other = (text.replace("{", "(").replace("}", ")").replace("=", "-") for text in (reason, to))
    quoted = limit.replace("\\", "\\\\").replace('"', '\\"')
    rule = {
        "rule": "any",
        "title": title,
        "on": "piece",
        "if": f'order_id = "{quoted}" and defects > {number}',
        "then": {"route": {"lot": "= lot_id", "to": other, "reason": plain}},
    }
    text = yaml.safe_dump([rule], allow_unicode=True, default_style='"', width=10_000)
    rulebook = pieces("".join(f"  {line}\n" for line in text.splitlines()))
    fact = piece(order_id=limit, defects=6)
    found = Session(rulebook).submit(fact)
    assert found == Session(rulebook, "naive").submit(fact)
    assert len(found.decisions) == 1


OPTIONAL = """
  - rule: more-than-{1}
    on: inspection
    on_missing: skip
    if: lot_id = "{0}" and severity = "minor" and measured / defects > {1}
    then: {{route: {{lot: = lot_id, to: rework}}}}
"""


@pytest.mark.parametrize(
    ("data", "decided", "told"),
    [
        ({"severity": "minor", "measured": 9, "defects": 1}, 1, 0),
        ({"severity": "minor", "measured": 1, "defects": 1}, 0, 0),
        ({"severity": "minor", "measured": 9}, 0, 1),
        ({}, 0, 3),
        ({"severity": "minor", "measured": 9, "defects": 0}, 0, 1),
    ],
)
def test_what_is_told_beside_does_not_make_it_longer(data: dict[str, Any], decided: int, told: int) -> None:
    """Where a field may be missing, or come to null, that is told, and the rule fires as shortly as another."""
    rulebook = book("".join(OPTIONAL.format(lot, limit) for lot, limit in (("A", 3), ("B", 4))))
    session: Any = Session(rulebook)
    fact = Fact("mes", "f", "inspection", START, {"lot_id": "A", "order_id": "o", "result": "fail"} | data)
    found = session.submit(fact)
    assert found == Session(rulebook, "naive").submit(fact)
    assert len(found.decisions) == decided
    assert len(found.missing) + len(found.warnings) == told
    assert not found.decisions or isinstance(session._made_of, Entry)
    assert len(session.explain(found)) == decided


SEVERAL = """
  - {rule: many, on: piece, if: result = "fail" and defects > 1, then: {route: {lot: = lot_id, to: rework}}}
  - {rule: more, priority: 5, on: piece, if: result = "fail" and defects > 2, then: {route: {lot: = lot_id, to: scrap}}}
  - {rule: most, priority: 5, on: piece, if: result = "fail" and defects > 3, then: {route: {lot: = lot_id, to: mrb}}}
  - {rule: told, on: piece, if: result = "fail" and defects > 2, then: {notify: {lot: = lot_id, to: q, message: m}}}
"""
OF_ORDER = """
  - rule: of-its-order
    priority: 3
    when:
      - p: piece
        where: result = "fail" and defects >= 2
      - o: order
        where: order_id = p.order_id and status = "started"
    then: {route: {lot: = p.lot_id, to: "cell"}}
"""
TWICE = """
  - {rule: twice, on: piece, if: result = "fail" and defects > 3,
     then: [{notify: {lot: = lot_id, to: q, message: m}}, {notify: {lot: = lot_id, to: p, message: m}}]}
"""
UNSAID = """
  - {rule: unsaid, on: piece, if: result = "fail" and defects > 3, then: {notify: {to: q, message: m}}}
"""
SAME = """
  - {rule: same, on: piece, if: result = "fail" and defects > 2, then: {notify: {lot: = lot_id, to: other, message: m}}}
"""


@pytest.mark.parametrize(
    ("rules", "is_short"),
    [
        (SEVERAL + OF_ORDER, True),
        (SEVERAL + SAME, True),
        (SEVERAL + TWICE, True),
        (TWICE, True),
        (SEVERAL + UNSAID, False),
    ],
)
@pytest.mark.parametrize("defects", range(6))
def test_rules_that_one_fact_fits_fire_each_by_its_own(rules: str, is_short: bool, defects: int) -> None:
    """In firing order, settled among each other and explained, whether all of them have a function of their own or not."""
    rulebook = pieces(rules)
    native, naive = Session(rulebook), Session(rulebook, "naive")
    order = Fact("erp", "o1", "order", START, {"order_id": "A", "item": "x", "status": "started"})
    assert native.submit(order) == naive.submit(order)
    found, expected = native.submit(piece(defects=defects)), naive.submit(piece(defects=defects))
    assert found == expected
    assert native.explain(found) == naive.explain(expected)
    assert bool(found.decisions) is (defects > (3 if rules is TWICE else 1))
    made_of: Any = native._made_of
    if found.decisions:
        ones = [made_of] if isinstance(made_of, Entry) else made_of
        assert all(isinstance(one, Entry) for one in ones) is (is_short or defects < 4)
