"""The indexed matcher against the reference that tries every rule, on generated rule books and histories."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
from hypothesis import given, reject, settings

from engine.decisions import Fact, Outcome
from engine.diagnostics import RulesRejected, Severity
from engine.rulebook import RuleBook
from engine.session import Session
from tests.engine.books import Facts, book

LOCAL = {
    "inspection": [
        'result = "fail"',
        'severity in ("major", "critical")',
        "defects > 1",
        'lot_id = "a" and defects >= 1',
        'not(result = "pass")',
        "measured between 1 and 2",
        'severity = "minor" or defects = 0',
    ],
    "order": [
        'status = "released"',
        'status in ["released", "started"]',
        "quantity > 5",
        'item = "x"',
        'line != "l1"',
    ],
    "machine": [
        'status = "down"',
        "temperature > 90",
        'line = "l1"',
        'status != "running" and line = "l2"',
    ],
    "flag": ['colour = "red"', 'colour != "red"'],
}

JOINS = {
    ("order", "inspection"): ["order_id = e.order_id", "e.order_id = order_id and quantity > e.defects", "quantity >= e.defects"],
    ("machine", "inspection"): ["machine_id = e.lot_id", "temperature > e.measured"],
    ("flag", "inspection"): ["flag_id = e.lot_id"],
    ("hold", "inspection"): ["lot_id = e.lot_id", "order_id = e.order_id"],
    ("order", "machine"): ["line = m.line", "order_id = m.machine_id"],
    ("flag", "machine"): ["flag_id = m.machine_id", "flag_id = m.line"],
    ("hold", "machine"): ["lot_id = m.machine_id"],
    ("order", "order"): ["line = m.line and order_id != m.order_id"],
    ("machine", "order"): ["line = m.line", "temperature > m.quantity"],
    ("flag", "order"): ["flag_id = m.order_id"],
    ("hold", "order"): ["order_id = m.order_id"],
}  # fmt: skip


@st.composite
def rules(draw: st.DrawFn) -> str:
    """Return the text of one to five rules of mixed shapes, decision tables among them."""
    shapes = (draw(st.sampled_from([rule, rule, table]))(f"r{n}") for n in range(draw(st.integers(1, 5))))
    return "\n".join(draw(shape) for shape in shapes)


CELLS = {
    "inspection": {
        "result": ['"fail"', '"pass"', 'not("pass")', "-"],
        "defects": ["> 1", "[0..2]", "0, 3", "null", "> measured", "-"],
        "severity": ['"minor"', '"major", "critical"', "null", "-"],
    },
    "machine": {
        "status": ['"down"', '"running"', "-"],
        "temperature": ["> 90", "[1..80]", "< 5, > 94", "null", "-"],
        "line": ['"l1"', "null", "-"],
    },
}
HITS = ["unique", "any", "first", "priority", "rule order", "output order", "collect"]


@st.composite
def table(draw: st.DrawFn, name: str) -> str:
    """Return a rule with a decision table of up to six rows over an event or a state."""
    fact_type = draw(st.sampled_from(sorted(CELLS)))
    columns = draw(st.lists(st.sampled_from(sorted(CELLS[fact_type])), min_size=1, max_size=3, unique=True))
    rows = []
    for _ in range(draw(st.integers(1, 6))):
        tests = [draw(st.sampled_from(CELLS[fact_type][column])) for column in columns]
        outputs = [
            draw(st.sampled_from(["mrb", "rework", "-"])),
            draw(st.sampled_from(["blocked", "restricted", "-"])),
        ]
        rows.append("      | " + " | ".join([*tests, *outputs]) + " |")
    default = ["    default: {route.to: store}"] if draw(st.booleans()) else []
    return "\n".join(
        [
            f"  - table: {name}",
            f"    priority: {draw(st.integers(0, 2))}",
            f"    hit: {draw(st.sampled_from(HITS))}",
            f"    on_missing: {draw(st.sampled_from(['skip', 'alert', 'hold']))}",
            f"    on: {fact_type}",
            *default,
            """    allowed: {route.to: '"rework", "mrb", "store"'}""",
            "    then:",
            f"      - route: {{lot: = {SUBJECTS[fact_type]}}}",
            f"      - hold: {{lot: = {SUBJECTS[fact_type]}, reason: {name}}}",
            "    columns: |",
            f"      | {' | '.join(columns)} | => route.to | hold.inventory_status |",
            *rows,
        ]
    )


@st.composite
def rule(draw: st.DrawFn, name: str) -> str:
    """Return the text of one rule: an event or a state first, then up to two other patterns, joined or not."""
    first = draw(st.sampled_from(["inspection", "inspection", "machine", "order"]))
    alias = "e" if first == "inspection" else "m"
    when = [f"      - {alias}: {first}"]
    if draw(st.booleans()):
        when.append(f"        where: {quoted(draw(st.sampled_from(LOCAL[first])))}")
    reads_holds = False
    for extra in range(draw(st.integers(0, 2))):
        other = draw(st.sampled_from([o for o, f in JOINS if f == first]))
        conditions = [draw(st.sampled_from(JOINS[other, first]))] if draw(st.integers(0, 5)) else []
        if other in LOCAL and draw(st.booleans()):
            conditions.append(f"({draw(st.sampled_from(LOCAL[other]))})")
        negated = draw(st.booleans())
        reads_holds |= other == "hold" and not negated
        when.append(f"      - {'none' if negated else f's{extra}'}: {other}")
        if conditions:
            when.append(f"        where: {quoted(' and '.join(conditions))}")
    subject = f"{alias}.{SUBJECTS[first]}"
    told = f"{{lot: '= {subject}', reason: '{name} {{{subject}}}'}}"
    if reads_holds:  # a rule that reads holds and places them would be an endless chain
        then = [f"      - notify: {{lot: '= {subject}', to: quality, message: {name}}}"]
    else:
        then = [f"      - hold: {told}"]
    if draw(st.booleans()):
        then.append(f"      - route: {{lot: '= {subject}', to: {draw(st.sampled_from(['mrb', 'rework']))}}}")
    policies = ["skip", "alert"] if reads_holds else ["skip", "alert", "hold"]
    lines = [
        f"  - rule: {name}",
        f"    priority: {draw(st.integers(0, 2))}",
        f"    on_missing: {draw(st.sampled_from(policies))}",
        "    when:",
        *when,
        "    then:",
        *then,
    ]
    if first in UNTIL and draw(st.booleans()):
        lines.append(f"    until: {quoted(UNTIL[first])}")
    return "\n".join(lines)


SUBJECTS = {"inspection": "lot_id", "machine": "machine_id", "order": "order_id"}
UNTIL = {"machine": 'm.status = "running"', "order": 'm.status = "completed"'}


def quoted(text: str) -> str:
    """Return *text* as a YAML single-quoted scalar."""
    return "'" + text.replace("'", "''") + "'"


IDS = st.sampled_from(["a", "b", "l1"])
OPTIONAL: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "inspection": {
        "severity": st.sampled_from(["minor", "major", "critical"]),
        "measured": st.sampled_from([0, 1, 2]),
        "defects": st.integers(0, 3),
    },
    "order": {"quantity": st.sampled_from([0, 1, 6]), "line": st.sampled_from(["l1", "l2"])},
    "machine": {"line": st.sampled_from(["l1", "l2"]), "temperature": st.sampled_from([1, 80, 95])},
    "flag": {"colour": st.sampled_from(["red", "green"])},
}
REQUIRED: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "inspection": {"lot_id": IDS, "order_id": IDS, "result": st.sampled_from(["pass", "fail"])},
    "order": {
        "order_id": IDS,
        "item": st.sampled_from(["x", "y"]),
        "status": st.sampled_from(["released", "completed"]),
    },
    "machine": {"machine_id": IDS, "status": st.sampled_from(["running", "down"])},
    "flag": {"flag_id": IDS},
}
KEYS = {"order": "order_id", "machine": "machine_id", "flag": "flag_id"}


@st.composite
def histories(draw: st.DrawFn) -> list[Fact]:
    """Return up to twenty facts: events, upserts, retractions, and some states older than the one held."""
    make = Facts()
    facts = []
    for number in range(draw(st.integers(1, 20))):
        kind = draw(st.sampled_from(["inspection", "order", "machine", "flag"]))
        at = number + draw(st.sampled_from([0, 0, 0, -3]))
        if kind in KEYS and draw(st.integers(0, 4)) == 0:
            facts.append(make(kind, at=at, op="retract", **{KEYS[kind]: draw(IDS)}))
            continue
        data = {name: draw(values) for name, values in REQUIRED[kind].items()}
        data |= {name: draw(values) for name, values in OPTIONAL[kind].items() if draw(st.booleans())}
        facts.append(make(kind, at=at, **data))
    return facts


def sound(text: str) -> RuleBook:
    """Return the rule book of *text*; what the checker refuses of generated tables, rows that contradict, is passed over."""
    try:
        return book(text)
    except RulesRejected as refused:
        if {d.code for d in refused.diagnostics if d.severity is Severity.ERROR} != {"table-overlap"}:
            raise
        reject()


def play(rulebook: RuleBook, facts: list[Fact], matcher: str, cut: int | None = None) -> list[Outcome]:
    """Return the outcome of each of *facts*; with *cut*, the session is saved and restored before that fact."""
    session = Session(rulebook, matcher)
    outcomes = []
    for number, fact in enumerate(facts):
        if number == cut:
            session = Session.restore(rulebook, session.snapshot(), matcher)
        outcomes.append(session.submit(fact))
    return outcomes


@settings(max_examples=150, deadline=None)
@given(text=rules(), facts=histories(), cut=st.integers(0, 20))
def test_indexed_and_reference_matcher_agree(text: str, facts: list[Fact], cut: int) -> None:
    """Both matchers make equal outcomes, ids included, and so does a session that is saved and restored on the way."""
    rulebook = sound(text)
    expected = play(rulebook, facts, "naive")
    assert play(rulebook, facts, "native") == expected
    assert play(rulebook, facts, "native", cut) == expected
