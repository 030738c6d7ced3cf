"""What people get wrong in their first rules, and what they are told: each mistake, the line it is said of, and the fix."""

from __future__ import annotations

import pytest

from engine.source import decode, load
from tests.engine.test_checks_fixtures import diagnose, good_files

NOTIFY = "    then: {notify: {to: q, message: m}}\n"
ORDER = "rules:\n  - rule: a\n    on: production_order\n"
INSPECTION = "rules:\n  - rule: a\n    on: inspection_result\n"


def said(text: str) -> list[str]:
    """Return what is said of a rule set beside the good fact types, without the file's name."""
    types = {name: text for name, text in good_files().items() if name.startswith(("facts/", "dispositions"))}
    return [str(d).removeprefix("r.yaml:") for d in diagnose({**types, "r.yaml": f"ruleset: r\n{text}"})]


def when(pattern: str) -> str:
    """Return a rule of a machine's state and *pattern*, which stands on line 6."""
    return f"rules:\n  - rule: a\n    when:\n      - machine: machine_state\n      - {pattern}\n{NOTIFY}"


NONE = 'did you mean "none"?'

LACK: dict[str, tuple[str, str]] = {
    **{
        word: (word, f'6:9: error[unknown-key]: "{word}" cannot be a name here; {NONE}')
        for word in ("not", "Not", "no", "non", "without", "nothing", "missing", "absent", "None")
    },
    "exists": (
        "exists",
        '6:9: error[unknown-key]: "exists" cannot be a name here; '
        'write "alias: fact_type" for a fact that is there, "none: fact_type" for one that is not',
    ),
}


@pytest.mark.parametrize(("word", "found"), LACK.values(), ids=LACK)
def test_a_word_for_the_lack_of_a_fact_is_no_alias(word: str, found: str) -> None:
    """Taken as an alias, it would wait for the very fact that must not be there."""
    assert said(when(f"{word}: maintenance_order")) == [found]


KEYS: dict[str, tuple[str, list[str]]] = {
    "where-beside-on": (
        INSPECTION + "    where: result = 'x'\n" + NOTIFY,
        ['5:5: error[unknown-key]: rule has no key "where"; write "if": beside "on", that is the condition'],
    ),
    "where-beside-when": (
        when("{none: hold}") + "    where: true\n",
        [
            '8:5: error[unknown-key]: rule has no key "where"; '
            'move it into "when", under the pattern it is about'
        ],
    ),
    "if-beside-when": (
        when("{none: hold}") + "    if: machine.state = 'x'\n",
        [
            '8:5: error[conflicting-keys]: "if" stands only beside "on"; '
            'move it into "when", under the pattern it is about, as "where"'
        ],
    ),
    "misspelt-key-that-others-need": (
        "rules:\n  - rule: a\n    when:\n"
        "      - {f: inspection_result, per: work_centre, within: 3 h, haveing: count(f) > 2}\n" + NOTIFY,
        ['5:63: error[unknown-key]: pattern has no key "haveing"; did you mean "having"?'],
    ),
    "misspelt-key-that-is-there": (
        "rules:\n  - rule: a\n    title: b\n    titel: c\n    on: inspection_result\n" + NOTIFY,
        ['5:5: error[unknown-key]: rule has no key "titel"; "title" is there already; leave one of them out'],
    ),
    "key-in-upper-case-that-is-there": (
        "rules:\n  - rule: a\n    on: inspection_result\n    On: inspection_result\n" + NOTIFY,
        ['5:5: error[unknown-key]: rule has no key "On"; "on" is there already; leave one of them out'],
    ),
    "conditions-as-a-list": (
        ORDER + "    if:\n      - quantity > 3\n      - priority = 1\n" + NOTIFY,
        ['6:7: error[wrong-type]: "if" is a list, not text; write one condition, its parts joined by "and"'],
    ),
    "always": (
        ORDER + "    if: true\n" + NOTIFY,
        [
            '5:9: error[wrong-type]: "if" is the truth value "true", not text; '
            "write what must be true; left out, every fact of the type fits"
        ],
    ),
    "words-for-values": (
        ORDER + "    priority: high\n    enabled: no\n" + NOTIFY,
        [
            '5:15: error[wrong-type]: "priority" is text, not a whole number; write digits, unquoted',
            '6:14: error[wrong-type]: "enabled" is text, not true or false; write one of them, unquoted',
        ],
    ),
    "an-alias-from-further-down": (
        "rules:\n  - rule: a\n    when:\n      - machine: machine_state\n        where: work_centre = order.work_centre\n"
        "      - order: maintenance_order\n" + NOTIFY,
        [
            '6:30: error[unknown-field]: "order" stands further down, and a condition reads what is above it; '
            'write this condition below "order"',
        ],
    ),
    "an-alias-that-is-not-there": (
        "rules:\n  - rule: a\n    when:\n      - {f: inspection_result, within: 3 h, having: count(failures) > 2}\n" + NOTIFY,
        ['5:59: error[unknown-name]: there is no "failures" here; known: f, parameters'],
    ),
    **{
        name: (
            f"rules:\n  - rule: a\n    when:\n      - {{f: inspection_result, within: 3 h, having: '{having}'}}\n" + NOTIFY,
            [f"5:{column}: error[{fault}"],
        )
        for name, having, column, fault in (
            (
                "a-sum-of-texts", "sum(f.lot_id) > 3", 58,
                "type-mismatch]: sum takes numbers here, and each of f.lot_id is a string",
            ),
            (
                "a-mean-of-facts", "mean(f) > 3", 59,
                "type-mismatch]: mean takes numbers here, and each of f is a context; "
                "name a field that is a number, as f.field",
            ),
            (
                "a-rule-that-nelson-has-not", "nelson(f.measured, 9, 500, 1)", 73,
                "impossible-argument]: nelson is always null here: none of its rules is number 9; write a number from 1 to 8",
            ),
            (
                "a-rule-of-the-older-four", "western electric(f.measured, 5, 500, 1)", 83,
                "impossible-argument]: western electric is always null here: none of its rules is number 5; "
                "write a number from 1 to 4",
            ),
        )
    },
    "a-percentage": (
        INSPECTION + "    if: measured > 10%\n" + NOTIFY,
        [
            '5:22: error[syntax]: % is not an operator; write 0.1 for 10 %, and modulo(a, b) for a remainder',
        ],
    ),
    "condition-left-empty": (
        ORDER + "    if:\n" + NOTIFY,
        [
            '5:5: error[wrong-type]: "if" is empty; '
            "write what must be true; left out, every fact of the type fits"
        ],
    ),
    "no-space-in-braces": (
        "rules:\n  - {rule: a, on:hold, then: {notify: {to: q, message: m}}}\n",
        ['3:15: error[unknown-key]: rule has no key "on:hold"; write a space after the ":"'],
    ),
    **{
        name: (
            when(f"hold:{below}"),
            ['6:9: error[wrong-type]: "hold" is not followed by a fact type; a pattern is "alias: hold"'],
        )
        for name, below in (
            ("type-as-alias", "\n        where: lot_id"),
            ("type-as-key", "\n          where: lot_id"),
        )
    },
    "upper-case": (
        "rules:\n  - Rule: a\n    On: production_order\n    If: quantity > 3\n    Then: {notify: {to: q, message: m}}\n",
        [
            '3:5: error[unknown-key]: rule has no key "Rule"; did you mean "rule"?',
            '4:5: error[unknown-key]: rule has no key "On"; did you mean "on"?',
            '5:5: error[unknown-key]: rule has no key "If"; did you mean "if"?',
            '6:5: error[unknown-key]: rule has no key "Then"; did you mean "then"?',
        ],
    ),
    "no-reason": (
        ORDER + "    then: {hold: {order: = order_id}}\n",
        ['5:12: error[missing-key]: hold has no "reason"; add reason: "why, in a few words"'],
    ),
    "no-message": (
        ORDER + "    then: {notify: {to: q}}\n",
        ['5:12: error[missing-key]: notify has no "message"; add message: "what to do, in a few words"'],
    ),
    "blank-condition": (
        ORDER + '    if: ""\n' + NOTIFY,
        [
            '5:9: error[empty]: "if" is empty; '
            "write what must be true; left out, every fact of the type fits"
        ],
    ),
    "blank-title": (
        ORDER + '    title: ""\n' + NOTIFY,
        ['5:12: error[empty]: "title" is empty; write it, or leave the key out'],
    ),
    "date": (
        "effective: {from: 1.3.2026, to: 2026-3-1}\n" + ORDER + NOTIFY,
        [
            f'2:{column}: error[bad-date]: "{key}" cannot be "{day}"; '
            "write year, month and day as ISO 8601 does, such as 2026-01-31"
            for column, key, day in ((19, "from", "1.3.2026"), (33, "to", "2026-3-1"))
        ],
    ),
    "windows-in-a-rule": (
        ORDER + "    within: 5 min\n    per: item\n    having: count > 3\n    expect: hold\n" + NOTIFY,
        [
            *(
                f'{line}:5: error[unknown-key]: rule has no key "{word}"; '
                'write "when" and a pattern with an alias, and put it there'
                for line, word in ((5, "within"), (6, "per"), (7, "having"))
            ),
            '8:5: error[unknown-key]: rule has no key "expect"; '
            'write "when", with a pattern for the fact and "- expect: ..." after it',
        ],
    ),
    "expected-of-anybody": (
        when("{expect: inspection_result, within: 3 h}"),
        [
            '6:10: warning[unjoined-pattern]: nothing ties "expect" to machine: any inspection_result ends the wait; '
            'compare one of its fields with one of "machine" in its "where"'
        ],
    ),
    "an-event-after-an-event-as-a-window": (
        when("{a: inspection_result}\n      - {b: inspection_result, within: 3 h}"),
        [
            '7:32: error[conflicting-keys]: "within" stands only beside "having" or "expect" or "then"; '
            'add "having" or "expect" or "then"',
        ],
    ),
    "a-length-without-its-unit": (
        "lateness: 5\nrules:\n  - rule: a\n    on: machine_state\n    for: 10\n    at_most: 30\n" + NOTIFY,
        [
            f'{place}: error[wrong-type]: "{key}" is a number, not a length of time; write {right}'
            for place, key, right in (
                ("2:11", "lateness", "a number and a unit, such as 15 min"),
                ("6:10", "for", "a number and a unit, such as 15 min"),
                ("7:14", "at_most", "once per 30 min"),
            )
        ],
    ),
    **{
        word: (
            when(f"{word}: hold"),
            [f'6:9: error[bad-name]: "{word}" is a key of patterns, and cannot be an alias; choose another word']
        )
        for word in ("at", "each", "as", "per")
    },
    "flush-with-the-action": (
        ORDER + "    then:\n      - hold:\n        order: = order_id\n        reason: late\n",
        [
            f'{line}:9: error[conflicting-keys]: "{key}" stands beside "hold", not in it; '
            'indent it further than "hold"'
            for line, key in ((7, "order"), (8, "reason"))
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "found"), KEYS.values(), ids=KEYS)
def test_a_key_in_the_wrong_place_is_shown_the_right_one(text: str, found: list[str]) -> None:
    """The fix names the key that was meant, and where it goes."""
    assert said(text) == found


LEFT = "this line is indented differently from the one above; begin it in column"

YAML: dict[str, tuple[str, str]] = {
    "rules-indented": ("  " + ORDER + NOTIFY, f"2:3: error[yaml-syntax]: {LEFT} 1, or further left"),
    "rule-flush-left": (
        "rules:\n- rule: a\non: production_order\n  if: true\n",
        f"5:3: error[yaml-syntax]: {LEFT} 1, or further left",
    ),
    "one-space-too-deep": (
        ORDER + "     if: quantity > 3\n" + NOTIFY,
        f"5:6: error[yaml-syntax]: {LEFT} 5, or further left",
    ),
    "no-alias": (
        "rules:\n  - rule: a\n    when:\n      - hold\n        where: true\n" + NOTIFY,
        '5:9: error[yaml-syntax]: "hold" has no alias; a pattern is "alias: hold"',
    ),
    "no-alias-alone": (
        "rules:\n  - rule: a\n    when:\n      - hold\n" + NOTIFY,
        '5:9: error[wrong-type]: an item of "when" is text, not a pattern (a mapping); a pattern is "alias: hold"',
    ),
    "no-colon": (
        "rules:\n  - rule: a\n    then\n      notify: {to: q, message: m}\n",
        '4:5: error[yaml-syntax]: "then" has no ":"; write "then:", or indent a text that goes on',
    ),
    "no-colon-before-a-list": (
        "rules:\n  - rule: a\n    then\n      - notify: {to: q, message: m}\n",
        '4:5: error[yaml-syntax]: "then" has no ":"; write "then:", or indent a text that goes on',
    ),
    "no-space": (
        "rules:\n  - rule: a\n    on:inspection_result\n" + NOTIFY,
        '4:7: error[yaml-syntax]: there is no space after the ":"; write "on: inspection_result"',
    ),
    "no-space-in-the-first-key": (
        "rules:\n  - rule:a\n    on: hold\n" + NOTIFY,
        '3:9: error[yaml-syntax]: there is no space after the ":"; write "rule: a"',
    ),
    "no-space-before-braces": (
        ORDER + "    then:{notify: {to: q, message: m}}\n",
        '5:9: error[yaml-syntax]: there is no space after the ":"; write "then: {notify: {to: q, message: m}}"',
    ),
    "item-of-a-list-in-braces": (
        ORDER + "    then: {hold: {lot: = failures[-1].lot_id, reason: x}}\n",
        '5:34: error[yaml-syntax]: within braces, "[" ends a value that is not in quotes; '
        'put the whole value in quotes, as in "= failures[-1].lot_id"',
    ),
    "no-space-after-a-dash": (
        "rules:\n  -rule: a\n    on: hold\n",
        '3:3: error[yaml-syntax]: there is no space after the "-"; write "- " before an item',
    ),
    "no-break-space": (
        ORDER + "    if:\u00a0quantity > 3\n" + NOTIFY,
        '5:8: error[yaml-syntax]: a no-break space stands after the ":"; write a plain space',
    ),
    "second-colon": (
        ORDER + "    title: it failed: again\n" + NOTIFY,
        '5:21: error[yaml-syntax]: a second ":" on this line; put the value in quotes if it contains ": "',
    ),
    "key-behind-a-key": (
        "rules:\n  - rule: a\n    when: i: hold\n",
        '4:12: error[yaml-syntax]: a second ":" on this line; '
        'put the value in quotes if it contains ": ", or begin a line of its own if it is a key',
    ),
    "block-not-indented": (
        ORDER + "    if: >-\n    quantity > 3\n" + NOTIFY,
        '6:5: error[yaml-syntax]: the text below ">" begins no further in than its key; indent it',
    ),
    "second-colon-in-braces": (
        ORDER + "    then: {hold: {order: = order_id, reason: it failed: again}}\n",
        '5:55: error[yaml-syntax]: a second ":" in one value; put the value in quotes if it contains ": "',
    ),
    "brace-not-closed": (
        ORDER + "    then: {hold: {order: = order_id, reason: late}\n",
        '6:1: error[yaml-syntax]: "{" is not closed; add "," or "}"; quote a text that begins with "{"',
    ),
}


@pytest.mark.parametrize(("text", "found"), YAML.values(), ids=YAML)
def test_what_is_not_yaml_is_named_by_its_cause(text: str, found: str) -> None:
    """One fault, on the line that is to be mended, with a fix that mends it."""
    assert said(text)[:1] == [found]


RULES = "ruleset: größe\n" * 40

BYTES: dict[str, tuple[bytes, list[str]]] = {
    "utf-16-with-its-mark": (
        RULES.encode("utf-16"),
        ["1:1: error[not-utf8]: the file is UTF-16; save it as UTF-8"],
    ),
    "utf-16-big-endian": (
        b"\xfe\xff" + RULES.encode("utf-16-be"),
        ["1:1: error[not-utf8]: the file is UTF-16; save it as UTF-8"],
    ),
    "utf-16-without-its-mark": (
        RULES.replace("ö", "o").replace("ß", "s").encode("utf-16-le"),
        ["1:1: error[not-utf8]: the file is UTF-16; save it as UTF-8"],
    ),
    "zip": (
        b"PK\x03\x04\x14\x00\x06\x00\x08\x00" + bytes(range(256)),
        [
            "1:1: error[not-text]: the file is a zip archive or a workbook, not text; "
            "unpack it, and give the YAML files that are in it"
        ],
    ),
    "another-format": (
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
        ["1:1: error[not-text]: the file is not text; give a YAML file"],
    ),
    "lost-character": (
        "ruleset: a\ntitle: gr\ufffd\n".encode(),
        [
            "2:10: error[not-utf8]: U+FFFD stands for a character that was lost; "
            "write the character, and save the file as UTF-8"
        ],
    ),
    "latin-1": (
        "title: Größe\n".encode("latin-1"),
        [
            f"1:{column}: error[not-utf8]: the byte {byte} is not UTF-8; save the file as UTF-8"
            for column, byte in ((10, "0xF6"), (11, "0xDF"))
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("raw", "found"), BYTES.values(), ids=BYTES)
def test_a_file_of_another_kind_is_one_fault(raw: bytes, found: list[str]) -> None:
    """What is not UTF-8 is named once where all of it is, and where it stands where some of it is."""
    document = load(decode(raw), "r.yaml")
    assert document.root is None
    assert [str(d).removeprefix("r.yaml:") for d in document.diagnostics] == found


LONG = "rules:\n  - rule: a\n    when: [{i: inspection_result}, {none: maintenance_order}]\n"
LIMITED = "write a value that fits"

VALUES: dict[str, tuple[str, list[str]]] = {
    "subject-is-a-field": (
        INSPECTION + "    then: {hold: {lot: lot_id, reason: late}}\n",
        ['5:24: warning[text-not-field]: "lot" is the text "lot_id"; write "= lot_id" for the field'],
    ),
    "subject-is-a-field-of-an-alias": (
        LONG + "    then: {hold: {lot: lot_id, reason: late}}\n",
        ['5:24: warning[text-not-field]: "lot" is the text "lot_id"; write "= i.lot_id" for the field'],
    ),
    "subject-is-a-path": (
        LONG + "    then: {hold: {lot: i.lot_id, reason: late}}\n",
        ['5:24: warning[text-not-field]: "lot" is the text "i.lot_id"; write "= i.lot_id" for the field'],
    ),
    "value-is-a-field": (
        INSPECTION + "    then: {notify: {to: work_centre, message: late}}\n",
        ['5:25: warning[text-not-field]: "to" is the text "work_centre"; write "= work_centre" for the field'],
    ),
    "value-is-an-alias": (
        LONG + "    then: {assert: {line_alarm: {work_centre: i, level: 1}}}\n",
        ['5:47: warning[text-not-field]: "work_centre" is the text "i"; write "= i.field" for a field of it'],
    ),
    "double-braces": (
        INSPECTION + '    then: {notify: {to: q, message: "lot {{ lot_id }} failed"}}\n',
        ['5:37: warning[text-not-field]: "message" is the text "lot { lot_id } failed"; write {lot_id}, in single braces'],
    ),
    "double-braces-around-a-path": (
        LONG + '    then: {notify: {to: q, message: "lot {{i.lot_id}} failed"}}\n',
        ['5:37: warning[text-not-field]: "message" is the text "lot {i.lot_id} failed"; write {i.lot_id}, in single braces'],
    ),
    "double-braces-that-are-meant": (
        INSPECTION + '    then: {notify: {to: q, message: "a set {{x}} of lot_id"}}\n',
        [],
    ),
    "value-is-a-field-of-an-alias": (LONG + "    then: {notify: {to: result, message: late}}\n", []),
    "field-of-none": (LONG + "    then: {hold: {order: maintenance_order_id, reason: late}}\n", []),
    "a-text-that-is-meant": (INSPECTION + '    then: {hold: {lot: "L-1", reason: lot_id is bad}}\n', []),
    "a-word-of-a-few": (
        "rules:\n  - rule: a\n    when: [{blocked: machine_state}]\n"
        "    then: {hold: {work_centre: = blocked.work_centre, reason: x, inventory_status: blocked}}\n",
        [],
    ),
    "below-the-minimum": (
        LONG + "    then: {assert: {line_alarm: {work_centre: = i.work_centre, level: 0}}}\n",
        [
            '5:71: error[action-value]: "level" does not fit line_alarm: '
            f'0 is less than the minimum of 1; {LIMITED} "minimum" of the fact type'
        ],
    ),
    "below-the-minimum-in-feel": (
        LONG + "    then: {assert: {line_alarm: {work_centre: = i.work_centre, level: = -1}}}\n",
        [
            '5:72: error[action-value]: "level" does not fit line_alarm: '
            f'-1 is less than the minimum of 1; {LIMITED} "minimum" of the fact type'
        ],
    ),
    "wrong-type-is-said-once": (
        LONG + "    then: {assert: {line_alarm: {work_centre: = i.work_centre, level: high}}}\n",
        ['5:71: error[action-value]: "level" is a string, not a number; write "= ..." for FEEL'],
    ),
    "number-in-quotes": (
        'parameters: {limit: "5", most: "7", name: "6"}\n' + ORDER
        + "    if: quantity > parameters.limit and quantity < parameters.most and item = parameters.name\n" + NOTIFY,
        ["2:14: error[type-mismatch]", "2:26: error[type-mismatch]", "6:9: error[type-mismatch]",
         "6:41: error[type-mismatch]"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "found"), VALUES.values(), ids=VALUES)
def test_a_value_is_what_it_looks_like(text: str, found: list[str]) -> None:
    """A name without "=", a number out of its range, a number in quotes: each is said at the value."""
    assert [line[: len(start)] for line, start in zip(said(text), found, strict=True)] == found


def test_a_quantity_of_a_hold_fits_the_declared_hold() -> None:
    """The limits of a hold are those of its fact type, whoever declares it; each value is held against them."""
    files = good_files()
    hold = files["facts/hold.yaml"].replace(
        "quantity: {type: number}", "quantity: {type: number, minimum: 0}"
    )
    rules = INSPECTION + "    then: {hold: {lot: = lot_id, reason: late, quantity: -5}}\n"
    types = {name: text for name, text in files.items() if name.startswith(("facts/", "dispositions"))}
    found = diagnose({**types, "facts/hold.yaml": hold, "r.yaml": "ruleset: r\n" + rules})
    assert [str(d) for d in found] == [
        'r.yaml:5:58: error[action-value]: "quantity" does not fit hold: '
        '-5 is less than the minimum of 0; write a value that fits "minimum" of the fact type'
    ]


def test_the_quotes_of_a_number_are_dropped_where_it_is_declared() -> None:
    """The rule that compares it is right, so the parameter is named as well."""
    rules = 'parameters: {limit: "5"}\n' + ORDER + "    if: quantity > parameters.limit\n" + NOTIFY
    assert said(rules)[0] == (
        '2:14: error[type-mismatch]: "limit" is the text "5", and the rules use it as a number; drop the quotes'
    )
