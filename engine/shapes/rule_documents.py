"""The shapes of the rule documents: fact types, rule sets with their rules, patterns and actions, and flows.

Adding a key is one line here: the check, the schema and the editor's completion all follow.
"""

from __future__ import annotations

from engine.model import OWNERS, SUBJECTS
from engine.shapes.registry import DocumentShape, register
from engine.shapes.slips import BESIDE, NO_ALIAS, NOT_YET
from engine.shapes.vocabulary import (
    IDENTIFIER,
    KEBAB,
    Flag,
    Free,
    Group,
    Integer,
    JsonSchema,
    Key,
    ListOf,
    MapOf,
    OneOrMany,
    Record,
    Scalar,
    Tagged,
    Text,
)

MAX_PATTERNS = 32
MAX_ACTIONS = 200
"""Of one rule."""

RULE_KINDS = ("fact", "ruleset", "flows", "ladders")
HOLD_STATUSES = ("blocked", "restricted", "quality_inspection")
"""The inventory statuses a hold can ask for, the default first."""

_KEBAB_WANTED = "lower-case words joined by hyphens, such as quality-holds"
_NAME_WANTED = "letters, digits and underscores, such as inspection_result"


def _text(description: str, *examples: str) -> Text:
    return Text(description, examples)


def _condition(description: str, *examples: str) -> Text:
    blank_fix = "write what must be true; left out, every fact of the type fits"
    return Text(f"{description} (FEEL)", examples, blank_fix=blank_fix)


def _kebab(description: str, *examples: str) -> Text:
    return Text(description, examples, pattern=KEBAB, wanted=_KEBAB_WANTED)


def _name(description: str, *examples: str) -> Text:
    return Text(description, examples, pattern=IDENTIFIER, wanted=_NAME_WANTED)


_TITLE = Key("title", _text("One line that says it to people."))
_DESCRIPTION = Key("description", _text("What people should know about it, in a paragraph."))
_OWNER = Text("The system that may say this.", ("mes",), choices=OWNERS)
_DATE = Text(
    "A calendar day.",
    ("2026-01-01",),
    pattern=r"\d{4}-\d{2}-\d{2}",
    wanted="year, month and day as ISO 8601 does, such as 2026-01-31",
    bad_code="bad-date",
)
_ON_MISSING = Text(
    "What a rule does when an optional field it reads is missing: not fire, tell someone, or hold anyway.",
    ("skip",),
    choices=("skip", "alert", "hold"),
)

FACT = register(
    DocumentShape(
        "fact",
        "Lineside fact type",
        Record(
            "fact type",
            (
                Key("fact", _name("The fact type's name.", "inspection_result"), required=True),
                _TITLE,
                _DESCRIPTION,
                Key(
                    "kind",
                    Text(
                        "Whether it says what happened (event) or what is so until said otherwise (state).",
                        ("event", "state"),
                        choices=("event", "state"),
                    ),
                    required=True,
                ),
                Key(
                    "owner",
                    OneOrMany(_OWNER, "The system, or systems, that may say this.", ("mes",)),
                    required=True,
                ),
                Key(
                    "key",
                    ListOf(
                        Text("A required field."),
                        least=1,
                        description="The required fields that name the thing it is about.",
                        examples=(["lot_id"],),
                    ),
                ),
                Key("data", JsonSchema("JSON Schema 2020-12 of the fact's data: an object."), required=True),
                Key("units", MapOf(_text("A unit.", "mm"), description="The unit of each number.")),
            ),
            description="Something a system or a person can say.",
        ),
    )
)

_SUBJECT_WORDS = {
    "lot": "the lot (batch) it is about",
    "serial": "the serial number it is about",
    "order": "the production order it is about",
    "operation": "the operation it is about",
    "item": "the item (material) it is about",
    "work_centre": "the work centre it is about",
}
_VALUE_FORMS = 'a text, "= FEEL", or text with {FEEL} in it'


def _value(description: str, *examples: str) -> Scalar:
    return Scalar(f"{description}: {_VALUE_FORMS}.", examples)


_SUBJECT_KEYS = tuple(
    Key(name, _value(_SUBJECT_WORDS[name].capitalize(), f"= {name}_id")) for name in SUBJECTS
)


def _subject(*, required: bool) -> Group:
    return Group(
        SUBJECTS, "subject", required=required, missing_code="subject-missing", doubled_code="subject-doubled"
    )


_REASON = _value(
    "Why, for the people who read it", "why, in a few words", "{inspection.characteristic} failed"
)
_TO = _value("To whom", "quality")
_MESSAGE = _value("What they are told", "what to do, in a few words", "look at lot {inspection.lot_id}")

ACTIONS = Tagged(
    "action",
    (
        Key(
            "hold",
            Record(
                "hold",
                (
                    *_SUBJECT_KEYS,
                    Key("reason", _REASON, required=True),
                    Key(
                        "inventory_status",
                        _value(
                            f"The status it gets in ERP, one of {', '.join(HOLD_STATUSES)}", *HOLD_STATUSES
                        ),
                    ),
                    Key("quantity", _value("How much of it, where not all", "= inspection.quantity")),
                ),
                groups=(_subject(required=True),),
                description="Place a hold; with no inventory_status it is blocked.",
            ),
        ),
        Key(
            "release",
            Record(
                "release",
                (*_SUBJECT_KEYS, Key("reason", _REASON, required=True)),
                groups=(_subject(required=True),),
                description="Release the holds on it.",
            ),
        ),
        Key(
            "route",
            Record(
                "route",
                (
                    *_SUBJECT_KEYS,
                    Key("to", _value("Where it goes", "mrb"), required=True),
                    Key("reason", _REASON),
                ),
                groups=(_subject(required=True),),
                description="Send it somewhere else.",
            ),
        ),
        *(
            Key(
                name,
                Record(
                    name,
                    (Key("to", _TO, required=True), Key("message", _MESSAGE, required=True), *_SUBJECT_KEYS),
                    groups=(_subject(required=False),),
                    description=description,
                ),
            )
            for name, description in (("escalate", "Ask someone to act."), ("notify", "Let someone know."))
        ),
        Key(
            "reprioritise",
            Record(
                "reprioritise",
                (
                    Key("order", _value("The production order", "= order.order_id"), required=True),
                    Key("priority", _value("Its new priority, a number", "= 10"), required=True),
                    Key("reason", _REASON),
                ),
                description="Change the priority of a production order.",
            ),
        ),
        Key(
            "assert",
            MapOf(
                MapOf(_value("The field's value", "= inspection.lot_id"), description="The fact's fields."),
                key=_name("A fact type that lineside owns."),
                least=1,
                description="State a fact of a type that lineside owns; other rules see it.",
                examples=({"line_alarm": {"work_centre": "= machine.work_centre"}},),
            ),
        ),
    ),
    not_yet={
        "open_case": "cases that several functions answer",
    },
    description="One thing the rule does.",
    examples=({"hold": {"lot": "= inspection.lot_id", "reason": "failed inspection"}},),
)

PATTERN = Record(
    "pattern",
    (
        Key("none", _name("A fact type of which no fact may fit.", "hold")),
        Key(
            "where", _condition("What must be true of the fact", 'result = "fail" and severity = "critical"')
        ),
    ),
    free=Free(
        Text("The name the fact has in this rule.", ("inspection",), pattern=IDENTIFIER, wanted="fact type"),
        _name("A fact type.", "inspection_result"),
        instead="none",
        mistaken=NO_ALIAS,
    ),
    not_yet=NOT_YET,
    description='A fact that must be there ("alias: fact_type") or must not be ("none: fact_type").',
    examples=({"inspection": "inspection_result", "where": 'result = "fail"'},),
)

RULE = Record(
    "rule",
    (
        Key(
            "rule",
            _kebab("The rule's name, used nowhere else.", "critical-failure-holds-the-lot"),
            required=True,
        ),
        _TITLE,
        _DESCRIPTION,
        Key("priority", Integer("Higher fires first; 0 where it is left out.", (100,))),
        Key("enabled", Flag("false leaves the rule out.")),
        Key("on_missing", _ON_MISSING),
        Key("tags", ListOf(_text("A word."), description="Words to find the rule by.")),
        Key("on", _name("The one fact type the rule looks at (short form).", "inspection_result")),
        Key("if", _condition("What must be true of that fact", 'result = "fail"')),
        Key("when", ListOf(PATTERN, 1, "The facts that must be there, or must not.", most=MAX_PATTERNS)),
        Key("then", OneOrMany(ACTIONS, "What the rule does.", most=MAX_ACTIONS), required=True),
        Key("until", _text("What ends it, for rules of states (FEEL)", 'machine.state = "running"')),
    ),
    groups=(Group(("when", "on"), 'condition ("when" or "on")'),),
    needs={"if": "on"},
    beside=BESIDE,
    not_yet={"table": "decision tables", **NOT_YET},
    replaced_by=("table",),
    description="When these facts are there, do this.",
)

RULESET = register(
    DocumentShape(
        "ruleset",
        "Lineside rule set",
        Record(
            "rule set",
            (
                Key("ruleset", _kebab("The rule set's name.", "quality-holds"), required=True),
                _TITLE,
                _DESCRIPTION,
                Key("owner", _text("Who answers for these rules.", "quality engineering")),
                Key(
                    "effective",
                    Record(
                        "effective",
                        (Key("from", _DATE), Key("to", _DATE)),
                        description="The first and the last day the rules apply.",
                    ),
                ),
                Key(
                    "parameters",
                    MapOf(
                        Scalar(
                            'A number, a text, a duration ("15 min") or "= FEEL" of constants.', ("15 min", 3)
                        ),
                        key=_name("The parameter's name; rules read it as parameters.name."),
                        description="Values the rules share.",
                    ),
                ),
                Key("on_missing", _ON_MISSING),
                Key("rules", ListOf(RULE, least=1, description="The rules, in firing order."), required=True),
            ),
            description="Rules that belong together.",
        ),
    )
)

FLOWS = register(
    DocumentShape(
        "flows",
        "Lineside flows",
        Record(
            "flows",
            (
                Key(
                    "systems",
                    MapOf(
                        Record(
                            "system",
                            (
                                _TITLE,
                                Key(
                                    "sources",
                                    ListOf(
                                        _text("A word.", "erp"),
                                        least=1,
                                        description="The first words of its facts' sources.",
                                    ),
                                    required=True,
                                ),
                            ),
                        ),
                        key=Text(choices=OWNERS),
                        least=1,
                        description="The systems, and by which words their sources are known.",
                    ),
                    required=True,
                ),
                Key(
                    "flows",
                    ListOf(
                        Record(
                            "flow",
                            (
                                Key("flow", _kebab("The flow's name.", "production-orders"), required=True),
                                _TITLE,
                                _DESCRIPTION,
                                Key(
                                    "direction",
                                    Text(
                                        "From whom to whom.",
                                        ("erp -> mes",),
                                        pattern=r"[a-z]+ -> [a-z]+",
                                        wanted='two systems, such as "erp -> mes"',
                                    ),
                                    required=True,
                                ),
                                Key(
                                    "owner",
                                    Text("Whose facts they are.", ("erp",), choices=OWNERS),
                                    required=True,
                                ),
                                Key(
                                    "facts",
                                    ListOf(_name("A fact type."), 1, "The fact types it carries."),
                                    required=True,
                                ),
                            ),
                        ),
                        description="Which fact types pass between which systems.",
                    ),
                    required=True,
                ),
            ),
            description="Who says what to whom.",
        ),
    )
)
