"""The checks, one table each: what is a fault and what is not, said of rules beside the good fact types."""

from __future__ import annotations

import time

import pytest

from engine import feel
from engine.checks import CHECKS
from engine.model import Documents, Rule, RuleSet
from engine.parser import parse
from engine.scopes import action_scope, pattern_scope, signature
from engine.session import CLOCK
from tests.engine.test_checks_fixtures import diagnose, good_files

NOTIFY = "    then: {notify: {to: quality, message: hello}}\n"


def types() -> dict[str, str]:
    return {name: text for name, text in good_files().items() if name.startswith(("facts/", "dispositions"))}


def said(rules: str, head: str = "") -> list[str]:
    """Return what is said of *rules*, as line:column code; the first rule stands on line 3 below the head."""
    found = diagnose({**types(), "r.yaml": f"ruleset: r\n{head}rules:\n{rules}"})
    assert {d.span.file for d in found} <= {"r.yaml"}
    return [f"{d.span.line}:{d.span.column} {d.code}" for d in found]


def test_checks_have_their_own_names() -> None:
    """Each check is there once."""
    assert len({check.__name__ for check in CHECKS}) == len(CHECKS)


def when(*patterns: str, then: str = NOTIFY, more: str = "") -> str:
    """Return a rule of *patterns*, each as a flow mapping, on lines 5 and following."""
    return "  - rule: a\n    when:\n" + "".join(f"      - {p}\n" for p in patterns) + more + then


CONDITIONS: dict[str, tuple[str, list[str]]] = {
    "own-field": (when("{i: inspection_result, where: 'result = \"fail\"'}"), []),
    "own-alias": (when("{i: inspection_result, where: 'i.result = \"fail\"'}"), []),
    "earlier-alias": (when("{i: inspection_result}", "{o: production_order, where: order_id = i.order_id}"), []),
    "later-alias": (
        when("{i: inspection_result, where: order_id = o.order_id}", "{o: production_order}"),
        ["5:50 unknown-field"],
    ),
    "alias-of-none": (when("{i: machine_state}", "{none: hold}", "{o: production_order, where: order_id = hold.x}"),
        ["7:49 unknown-field"],
    ),
    "no-parameters": (when("{i: production_order, where: quantity > parameters.most}"), ["5:60 unknown-field"]),
    "unknown-function": (when("{i: production_order, where: lenght(item) > 3}"), ["5:38 unknown-function"]),
    "nested-record": (when("{i: production_order, where: 'customer.class = \"d\"'}", more="    on_missing: skip\n"),
        ["5:56 never-true"],
    ),
    "unjoined": (when("{i: inspection_result}", "{o: production_order}"), ["6:10 unjoined-pattern"]),
    "joined-later": (
        when(
            "{i: inspection_result}",
            "{m: machine_state}",
            "{o: production_order, where: order_id = i.order_id and item = m.work_centre}",
        ),
        [],
    ),
    "chosen": (when("{i: inspection_result}", "{o: production_order, where: 'order_id = \"spare\"'}"), []),
    "clock-in-state-rule": (
        when("{i: production_order, where: 'now() > @\"2026-01-01T00:00:00Z\"'}"),
        ["5:39 clock-in-state-rule"],
    ),
    "clock-in-event-rule": (
        when("{i: inspection_result, where: 'now() > @\"2026-01-01T00:00:00Z\"'}"),
        [],
    ),
    "nested-unknown": (when("{i: production_order, where: 'customer.clas = \"a\"'}", more="    on_missing: skip\n"),
        ["5:48 unknown-field"],
    ),
    "date-against-text": (
        when("{i: inspection_result, where: 'inspected_on = \"2026-01-01\"'}", more="    on_missing: skip\n"),
        ["5:40 type-mismatch"],
    ),
    "date-against-date": (
        when("{i: inspection_result, where: 'inspected_on < date(\"2026-01-01\")'}", more="    on_missing: skip\n"),
        [],
    ),
    "number-as-condition": (when("{i: production_order, where: quantity}"), ["5:38 not-a-condition"]),
    "joined-to-another-type": (
        when("{i: inspection_result}", "{o: production_order, where: quantity = i.order_id}"),
        ["6:38 type-mismatch"],
    ),
    "none-reads-aliases": (when("{m: machine_state}", "{none: maintenance_order, where: work_centre = m.work_centre}"), []),
    "until-reads-aliases": (when("{m: machine_state}", more="    until: 'm.state = \"runing\"'\n"), ["6:23 never-true"]),
    "until-has-no-own-fields": (when("{m: machine_state}", more="    until: 'state = \"idle\"'\n"), ["6:13 unknown-name"]),
    "then-has-no-own-fields": (when("{m: machine_state}", then="    then: {notify: {to: q, message: = work_centre}}\n"),
        ["6:39 unknown-name"],
    ),
    "then-in-the-short-form": (
        "  - rule: a\n    on: machine_state\n    until: state = \"idle\" and machine_state.work_centre = \"x\"\n"
        "    then: {notify: {to: q, message: = work_centre}}\n",
        [],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("rules", "found"), CONDITIONS.values(), ids=CONDITIONS)
def test_names_and_types_in_conditions(rules: str, found: list[str]) -> None:
    """Own fields first, then aliases so far, then parameters; every name and comparison is typed."""
    assert said(rules) == found


MISSING: dict[str, tuple[str, list[str]]] = {
    "compared": (when("{i: inspection_result, where: measured > 3}"), ["5:39 optional-field"]),
    "twice-told-once": (when("{i: inspection_result, where: measured > 3 or measured < 1}"), ["5:39 optional-field"]),
    "stated": (when("{i: inspection_result, where: measured > 3}", more="    on_missing: alert\n"), []),
    "tested-for-null": (when("{i: inspection_result, where: measured != null and measured > 3}"), []),
    "tested-earlier": (
        when("{m: machine_state, where: order_id != null}", "{o: production_order, where: order_id = m.order_id}"),
        [],
    ),
    "of-an-alias": (
        when("{m: machine_state}", "{o: production_order, where: order_id = m.order_id}"),
        ["6:49 optional-field"],
    ),
    "in-a-none": (when("{m: machine_state}", "{none: hold, where: work_centre_id = m.work_centre}"), []),
    "disabled": (when("{i: inspection_result, where: measured > 3}", more="    enabled: false\n"), []),
    "hold-without-hold": (
        when("{i: inspection_result, where: measured > 3}", more="    on_missing: hold\n"),
        ["6:5 on-missing-hold"],
    ),
    "hold-with-hold": (
        when("{i: inspection_result, where: measured > 3}", more="    on_missing: hold\n",
            then="    then: {hold: {lot: = i.lot_id, reason: x}}\n"),
        [],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("rules", "found"), MISSING.values(), ids=MISSING)
def test_missing_fields(rules: str, found: list[str]) -> None:
    """An optional field is compared only where the rule says what if it is missing, or has tested it."""
    assert said(rules) == found


def test_on_missing_of_the_rule_set_answers_for_its_rules() -> None:
    """A rule set says it once for all its rules."""
    rules = when("{i: inspection_result, where: measured > 3}")
    assert said(rules, "on_missing: skip\n") == []


FLOODS = {
    "unknown-keys": "ruleset: r\nrules: []\n" + "".join(f"statuz{at}: 1\n" for at in range(40_000)),
    "unknown-keys-in-rules": "ruleset: r\nrules:\n"
    + "".join(f"  - {{rule: r{at}, onn: hold, thn: x}}\n" for at in range(12_000)),
    "patterns": "ruleset: r\nrules:\n  - rule: a\n    when:\n"
    + "".join(f"      - a{at}: hold\n" for at in range(20_000))
    + NOTIFY,
    "parameters": "ruleset: r\nparameters:\n"
    + "".join(f"  p{at}: = q{at}\n" for at in range(20_000))
    + "rules: []\n",
    "braces": "ruleset: r\nrules:\n  - {rule: a, on: hold, then: {notify: {to: a, message: '"
    + "} " * 400_000
    + "'}}}\n",
    "unknown-names": "ruleset: r\nrules:\n"
    + "".join(
        f"  - {{rule: r{at}, on: hold, if: '{' or '.join(f'sbject_{n} = 1' for n in range(400))}', {NOTIFY.strip()}}}\n"
        for at in range(60)
    ),
}


@pytest.mark.parametrize("text", FLOODS.values(), ids=FLOODS)
def test_a_flood_of_faults_is_cut_off(text: str) -> None:
    """A file made to have more faults than anyone reads is done with in seconds."""
    begun = time.process_time()
    found = diagnose({**types(), "r.yaml": text})
    assert time.process_time() - begun < 15
    assert 1 <= len(found) <= 2100


NEVER: dict[str, tuple[str, list[str]]] = {
    "two-values": (when("{o: production_order, where: 'status = \"created\" and status = \"closed\"'}"), ["5:62 never-matches"]),
    "value-outside-list": (
        when("{o: production_order, where: 'status in (\"created\", \"started\") and \"closed\" = status'}"),
        ["5:76 never-matches"],
    ),
    "lists-that-meet": (
        when("{o: production_order, where: 'status in (\"created\", \"started\") and status in (\"started\", \"closed\")'}"),
        [],
    ),
    "or-is-fine": (when("{o: production_order, where: 'status = \"created\" or status = \"closed\"'}"), []),
    "numbers": (when("{o: production_order, where: quantity = 1 and quantity = 1.0}"), []),
    "nothing-between": (when("{o: production_order, where: quantity > 50 and quantity < 40}"), ["5:56 never-matches"]),
    "nothing-between-from-the-other-side": (
        when("{o: production_order, where: 40 >= quantity and item = order_id and 40 < quantity}"),
        ["5:77 never-matches"],
    ),
    "a-value-out-of-the-range": (
        when("{o: production_order, where: quantity = 5 and quantity >= 6}"), ["5:55 never-matches"],
    ),
    "a-value-on-the-limit": (when("{o: production_order, where: quantity >= 5 and quantity <= 5 and quantity = 5}"), []),
    "a-range": (when("{o: production_order, where: quantity > 1 and quantity < 40 and quantity > 30}"), []),
    "false": (when("{o: production_order, where: quantity > 1 and false}"), ["5:55 never-matches"]),
}  # fmt: skip


@pytest.mark.parametrize(("rules", "found"), NEVER.values(), ids=NEVER)
def test_conditions_that_never_hold(rules: str, found: list[str]) -> None:
    """Constants that exclude each other on one field are told."""
    assert said(rules) == found


def chain(*rules: str) -> str:
    return "".join(f"  - rule: {'abcdefgh'[at]}\n{text}" for at, text in enumerate(rules))


def rule(patterns: str, *actions: str) -> str:
    return f"    when: [{patterns}]\n    then: [{', '.join(actions)}]\n"


ORDER = "{o: production_order}"
HOLD = "{hold: {order: = o.order_id, reason: x}}"
RELEASE = "{release: {order: = h.subject_id, reason: x}}"

SEEN = "{i: inspection_result}"
FAILED = "{i: inspection_result, where: 'result = \"fail\"'}"
PASSED = "{i: inspection_result, where: 'result = \"pass\"'}"
LEVEL = ", {{a: line_alarm, where: level = {}}}"
RAISE = "{{assert: {{line_alarm: {{work_centre: x, level: {}}}}}}}"

CHAINS: dict[str, tuple[str, list[str]]] = {
    "hold-once": (chain(rule(ORDER + ", {none: hold, where: order_id = o.order_id}", HOLD)), []),
    "hold-and-release": (
        chain(rule(ORDER + ", {none: hold, where: order_id = o.order_id}", HOLD), rule("{h: hold}", RELEASE)),
        [],
    ),
    "release-of-another-kind": (
        chain(
            rule(ORDER + ", {none: hold, where: order_id = o.order_id}", HOLD),
            rule("{h: hold, where: 'subject_type = \"lot\"'}", "{release: {lot: = h.subject_id, reason: x}}"),
        ),
        [],
    ),
    "release-of-another-status": (
        chain(
            rule(ORDER + ", {none: hold}", HOLD),
            rule("{h: hold, where: 'inventory_status = \"restricted\"'}", RELEASE),
        ),
        [],
    ),
    "hold-by-an-event": (
        chain(
            rule("{i: inspection_result}, {none: hold, where: lot_id = i.lot_id}", "{hold: {lot: = i.lot_id, reason: x}}"),
            rule("{h: hold}", "{release: {lot: = h.subject_id, reason: x}}"),
        ),
        [],
    ),
    "event-feeds-itself": (
        chain(rule(SEEN + ", {a: line_alarm, where: work_centre = i.lot_id}", RAISE.format(1))),
        ["5:22 endless-chain"],
    ),
    "event-flips-and-flops": (
        chain(rule(SEEN + LEVEL.format(1), RAISE.format(2)), rule(SEEN + LEVEL.format(2), RAISE.format(1))),
        ["5:22 endless-chain"],
    ),
    "events-that-exclude-each-other": (
        chain(rule(FAILED + LEVEL.format(1), RAISE.format(2)), rule(PASSED + LEVEL.format(2), RAISE.format(1))),
        [],
    ),
    "event-holds-and-releases": (
        chain(
            rule(FAILED + ", {none: hold, where: subject_id = i.lot_id}", "{hold: {lot: = i.lot_id, reason: x}}"),
            rule(SEEN + ", {h: hold, where: subject_id = i.lot_id}", "{release: {lot: = i.lot_id, reason: x}}"),
        ),
        [],
    ),
    "held-when-down-freed-when-running": (
        chain(
            rule("{m: machine_state, where: 'state = \"down\"'}, {none: hold, where: subject_id = m.work_centre}",
                "{hold: {work_centre: = m.work_centre, reason: x}}"),
            rule("{m: machine_state, where: 'state = \"running\"'}, {h: hold, where: subject_id = m.work_centre}",
                "{release: {work_centre: = m.work_centre, reason: x}}"),
        ),
        [],
    ),
    "reason-that-on-missing-changes": (
        chain(
            "    on_missing: hold\n"
            + rule("{h: hold, where: 'quantity > 1 and reason != \"x\"'}", "{hold: {lot: = h.lot_id, reason: x}}")
        ),
        ["6:13 endless-chain"],
    ),
    "absent-field-that-on-missing-lets-pass": (
        chain("    on_missing: hold\n" + rule("{h: hold, where: quantity > 1}", "{hold: {lot: = h.subject_id, reason: x}}")),
        ["6:13 endless-chain"],
    ),
    "number-as-a-subject": (
        chain(rule("{h: hold, where: 'subject_id = \"5\"'}", "{hold: {lot: 5, reason: x}}")),
        ["5:13 endless-chain"],
    ),
    "assert-itself": (
        chain(rule("{a: line_alarm}", "{assert: {line_alarm: {work_centre: = a.work_centre, level: 1}}}")),
        ["5:22 endless-chain"],
    ),
    "assert-past-itself": (
        chain(rule("{a: line_alarm, where: level = 1}", "{assert: {line_alarm: {work_centre: x, level: 2}}}")),
        [],
    ),
    "assert-by-range": (
        chain(rule("{a: line_alarm, where: level > 5}", "{assert: {line_alarm: {work_centre: x, level: 2}}}")),
        [],
    ),
    "left-out-field-is-null": (
        chain(rule("{a: line_alarm, where: 'text = \"x\"'}", "{assert: {line_alarm: {work_centre: x, level: 2}}}")),
        ["4:36 optional-field"],
    ),
    "flip-and-flop": (
        chain(
            rule(
                "{m: machine_state}, {none: line_alarm, where: level = 1}",
                "{assert: {line_alarm: {work_centre: x, level: 1}}}",
            ),
            rule("{a: line_alarm, where: level = 1}", "{assert: {line_alarm: {work_centre: x, level: 2}}}"),
        ),
        [],
    ),
    "three-in-a-ring": (
        chain(
            rule("{a: line_alarm, where: level = 1}", "{assert: {line_alarm: {work_centre: x, level: 2}}}"),
            rule("{a: line_alarm, where: level = 2}", "{assert: {line_alarm: {work_centre: x, level: 3}}}"),
            rule("{a: line_alarm, where: level = 3}", "{assert: {line_alarm: {work_centre: x, level: 1}}}"),
        ),
        ["5:22 endless-chain"],
    ),
    "ring-with-a-disabled-rule": (
        chain(
            rule("{a: line_alarm, where: level = 1}", "{assert: {line_alarm: {work_centre: x, level: 2}}}"),
            "    enabled: false\n"
            + rule("{a: line_alarm, where: level = 2}", "{assert: {line_alarm: {work_centre: x, level: 1}}}"),
        ),
        [],
    ),
    "two-rings": (
        chain(
            rule("{a: line_alarm, where: level = 1}", "{assert: {line_alarm: {work_centre: x, level: 1}}}"),
            rule("{a: line_alarm, where: level = 2}", "{assert: {line_alarm: {work_centre: x, level: 2}}}"),
        ),
        ["5:22 endless-chain", "8:22 endless-chain"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("rules", "found"), CHAINS.values(), ids=CHAINS)
def test_chains(rules: str, found: list[str]) -> None:
    """Rules that set each other off for ever are refused; constants that exclude each other end a chain."""
    assert said(rules) == found


def test_a_chain_is_named_in_order() -> None:
    """The message goes from the first rule round to itself, over the facts between."""
    rules = CHAINS["three-in-a-ring"][0]
    (found,) = diagnose({**types(), "r.yaml": f"ruleset: r\nrules:\n{rules}"})
    assert found.message == (
        'these rules never end: "a" -> line_alarm -> "b" -> line_alarm -> "c" -> line_alarm -> "a"'
    )


VALUES: dict[str, tuple[str, str]] = {
    "status": ("hold: {lot: a, reason: x, inventory_status: blokced}", "action-value"),
    "status-feel": ("hold: {lot: a, reason: x, inventory_status: = m.state}", "action-value"),
    "status-good": ("hold: {lot: a, reason: x, inventory_status: restricted}", ""),
    "status-if": ("hold: {lot: a, reason: x, inventory_status: '= if 1 > 2 then \"blocked\" else \"restricted\"'}", ""),
    "quantity-text": ("hold: {lot: a, reason: x, quantity: '5'}", "action-value"),
    "priority-text": ("reprioritise: {order: a, priority: high}", "action-value"),
    "priority-number": ("reprioritise: {order: a, priority: 5}", ""),
    "priority-truth": ("reprioritise: {order: a, priority: true}", "action-value"),
    "message-null": ("notify: {to: q, message: null}", "action-value"),
    "subject-truth": ("route: {lot: true, to: x}", "action-value"),
    "subject-number": ("route: {lot: 4711, to: x}", ""),
    "assert-another's": ("assert: {maintenance_order: {maintenance_order_id: a, work_centre: b, status: open}}", "assert-owner"),
    "assert-hold": ("assert: {hold: {hold_id: a}}", "assert-owner"),
    "assert-good": ("assert: {line_alarm: {work_centre: = m.work_centre, level: 1}}", ""),
    "assert-incomplete": ("assert: {line_alarm: {level: 1}}", "assert-incomplete"),
    "assert-unknown-field": ("assert: {line_alarm: {work_centre: a, level: 1, lvl: 1}}", "unknown-field"),
    "assert-wrong-type": ("assert: {line_alarm: {work_centre: a, level: high}}", "action-value"),
    "assert-null-for-required": ("assert: {line_alarm: {work_centre: a, level: null}}", "action-value"),
    "assert-null-for-optional": ("assert: {line_alarm: {work_centre: a, level: 1, text: null}}", ""),
    "assert-date": ("assert: {shift: {shift_id: a, day: 2026-01-01}}", ""),
    "assert-no-date": ("assert: {shift: {shift_id: a, day: monday}}", "action-value"),
    "assert-date-feel": ("assert: {shift: {shift_id: a, day: '= date(\"2026-01-01\")'}}", ""),
    "text-unknown": ("notify: {to: q, message: '{m.stat}'}", "unknown-field"),
}  # fmt: skip

SHIFT = """\
fact: shift
kind: state
owner: lineside
key: [shift_id]
data:
  type: object
  required: [shift_id, day]
  properties: {shift_id: {type: string}, day: {type: string, format: date}}
"""


@pytest.mark.parametrize(("action", "code"), VALUES.values(), ids=VALUES)
def test_values_of_actions(action: str, code: str) -> None:
    """What an action is given has the type it needs, in every form a value can be written."""
    text = f"ruleset: r\nrules:\n{when('{m: machine_state}', then=f'    then: [{{{action}}}]' + chr(10))}"
    found = diagnose({**types(), "facts/shift.yaml": SHIFT, "r.yaml": text})
    assert [d.code for d in found] == ([code] if code else [])


@pytest.mark.parametrize(
    ("declared", "codes"),
    [("{type: string}", []), ("{type: number}", []), ("{}", ["key-type"]), ("{type: array}", ["key-type"])],
)
def test_keys_can_be_compared(declared: str, codes: list[str]) -> None:
    """A key is what tells facts apart: text, a number or a boolean, never a list or whatever comes."""
    head = "fact: bin\nkind: state\nowner: mes\nkey: [k]\ndata:\n  type: object\n  required: [k]\n"
    text = f"{head}  properties: {{k: {declared}}}\n"
    assert [d.code for d in diagnose({**types(), "facts/bin.yaml": text})] == codes


def test_the_name_of_the_clock_is_taken() -> None:
    """A fact type cannot have the name of the fact that says only what time it is: nobody could be told apart from it."""
    data = "{type: object, required: [id], properties: {id: {type: string}}}"
    declared = f"fact: %s\nkind: event\nowner: mes\nkey: [id]\ndata: {data}\n"
    for name, codes in ((CLOCK, ["name-clash"]), ("clocks", [])):
        found = diagnose({**good_files(), "facts/clock.yaml": declared % name})
        assert [d.code for d in found if d.span.file == "facts/clock.yaml"] == codes


HOLD_TYPES: dict[str, tuple[str, str, int]] = {
    "event": ("kind: state", "kind: event", 4),
    "owner": ("owner: lineside", "owner: mes", 5),
    "key": ("key: [hold_id]", "key: [rule]", 6),
    "required": ("required: [", "required: [approved_by, ", 11),
}


@pytest.mark.parametrize(("old", "new", "line"), HOLD_TYPES.values(), ids=HOLD_TYPES)
def test_the_hold_fact_type_carries_holds(old: str, new: str, line: int) -> None:
    """A fact type called hold is the one that Lineside fills."""
    files = types()
    text = files["facts/hold.yaml"].replace(old, new)
    text = (
        text.replace("    hold_id:", "    approved_by: {type: string}\n    hold_id:")
        if "approved" in new
        else text
    )
    found = diagnose({**files, "facts/hold.yaml": text})
    assert [(d.code, d.span.line) for d in found] == [("hold-type", line)]


def _first(text: str) -> tuple[Documents, RuleSet, Rule]:
    documents = parse({**types(), "r.yaml": text}).documents
    return documents, documents.rulesets[0], documents.rulesets[0].rules[0]


def test_scopes_name_what_compiled_functions_are_given() -> None:
    """A fact's data is p0, p1, ... by its pattern's index; parameters are parameters_."""
    text = "ruleset: r\nparameters: {most: 5, wait: 15 min}\nrules:\n" + when(
        "{i: inspection_result}", "{none: hold}", "{o: production_order, where: order_id = i.order_id}"
    )
    documents, ruleset, found = _first(text)
    scope = pattern_scope(documents, ruleset, found, 2)
    codes = {
        name: v.code for name in ("order_id", "due", "i", "o", "parameters") if (v := scope.lookup(name))
    }
    assert codes == {
        "order_id": "p2['order_id']", "due": "p2.get('due')", "i": "p0", "o": "p2", "parameters": "parameters_",
    }  # fmt: skip
    assert signature(found) == ("p0", "p1", "p2", "parameters_")
    after = action_scope(documents, ruleset, found)
    assert after.lookup("order_id") is None
    assert {name for name in ("i", "o", "parameters") if after.lookup(name)} == {"i", "o", "parameters"}


def test_compiled_with_its_scope_a_condition_reads_the_facts() -> None:
    """The convention holds from the rule file to the function."""
    where = 'quantity > parameters.most and order_id = i.order_id and customer.name = \\"K\\"'
    text = "ruleset: r\nparameters: {most: 5}\nrules:\n" + when(
        "{i: inspection_result}", '{o: production_order, where: "' + where + '"}'
    )
    documents, ruleset, found = _first(text)
    condition = found.patterns[1].where
    assert condition is not None
    holds = feel.compile_condition(
        condition.node, pattern_scope(documents, ruleset, found, 1), signature(found)
    )
    order = {"order_id": "A", "quantity": 6, "customer": {"name": "K"}}
    assert holds({"order_id": "A"}, order, {"most": 5}, None) is True
    assert holds({"order_id": "B"}, order, {"most": 5}, None) is False
    assert holds({"order_id": "A"}, order, {"most": 6}, None) is False
    assert holds({"order_id": "A"}, {**order, "customer": None}, {"most": 5}, None) is False


def test_a_thousand_rules_are_checked_quickly() -> None:
    """Cost grows with the number of rules, not with their pairs."""
    rules = "".join(
        f"  - rule: r-{at}\n    when:\n      - i: inspection_result\n        where: lot_id = \"{at}\"\n"
        "      - none: hold\n        where: lot_id = i.lot_id\n"
        "    then: {hold: {lot: = i.lot_id, reason: x}}\n"
        for at in range(1000)
    )  # fmt: skip
    begun = time.process_time()
    assert said(rules) == []
    assert time.process_time() - begun < 10
