"""The shapes of the rule documents: fact types, rule sets and flows.

Adding a key is one line here: the check, the schema and the editor's completion all follow.
"""

from __future__ import annotations

from engine.findings import CHECKS, OVER, TOLERANCE, UNDER
from engine.model import OWNERS
from engine.shapes.registry import DocumentShape, register
from engine.shapes.rules import RULE_OR_TABLE
from engine.shapes.vocabulary import JsonSchema, Key, ListOf, MapOf, Number, OneOrMany, Record, Scalar, Text
from engine.shapes.words import DESCRIPTION, ON_MISSING, TITLE, kebab, length, name, text

RULE_KINDS = ("fact", "ruleset", "definitions", "flows", "ladders", "calendars", "dispositions")
_OWNER = Text("The system that may say this.", ("mes",), choices=OWNERS)
_DATE = Text(
    "A calendar day.",
    ("2026-01-01",),
    pattern=r"\d{4}-\d{2}-\d{2}",
    wanted="year, month and day as ISO 8601 does, such as 2026-01-31",
    bad_code="bad-date",
)
FACT = register(
    DocumentShape(
        "fact",
        "Lineside fact type",
        Record(
            "fact type",
            (
                Key("fact", name("The fact type's name.", "inspection_result"), required=True),
                TITLE,
                DESCRIPTION,
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
                Key("units", MapOf(text("A unit.", "mm"), description="The unit of each number.")),
            ),
            description="Something a system or a person can say.",
        ),
    )
)

RULESET = register(
    DocumentShape(
        "ruleset",
        "Lineside rule set",
        Record(
            "rule set",
            (
                Key("ruleset", kebab("The rule set's name.", "quality-holds"), required=True),
                TITLE,
                DESCRIPTION,
                Key("owner", text("Who answers for these rules.", "quality engineering")),
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
                        key=name("The parameter's name; rules read it as parameters.name."),
                        description="Values the rules share.",
                    ),
                ),
                Key("on_missing", ON_MISSING),
                Key(
                    "calendar",
                    kebab("The calendar that is meant where a rule asks for none by name.", "plant"),
                ),
                Key(
                    "lateness",
                    length(
                        "How late facts may come and still count in what is decided because time has passed: "
                        "a duration, or FEEL.",
                        "5 min",
                    ),
                ),
                Key(
                    "shelve_at_most",
                    length(
                        "How long what its rules tell can be shelved at most; 8 h where it is left out.",
                        "4 h",
                    ),
                ),
                Key(
                    "rules",
                    ListOf(
                        RULE_OR_TABLE, least=1, description="The rules and decision tables, in firing order."
                    ),
                    required=True,
                ),
            ),
            description="Rules that belong together.",
        ),
    )
)

_FLOW_CHECK = Record(
    "flow check",
    (
        Key(
            "check",
            Text("What is looked at.", ("confirmed-quantity",), choices=tuple(CHECKS)),
            required=True,
        ),
        Key(OVER, Number("How much more than was ordered may be confirmed, in percent of it.", (5,))),
        Key(UNDER, Number("How much less than was ordered may be confirmed, in percent of it.", (2,))),
        Key(TOLERANCE, Number("How much more may be consumed than is asked for, in percent of it.", (10,))),
    ),
    description="Something that is looked at on the way; what is found is a flow_finding.",
    examples=({"check": "confirmed-quantity", "over_percent": 5},),
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
                                TITLE,
                                Key(
                                    "sources",
                                    ListOf(
                                        text("A word.", "erp"),
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
                                Key("flow", kebab("The flow's name.", "production-orders"), required=True),
                                TITLE,
                                DESCRIPTION,
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
                                    ListOf(name("A fact type."), 1, "The fact types it carries."),
                                    required=True,
                                ),
                                Key(
                                    "targets",
                                    ListOf(
                                        text("A target of deliveries.", "mes"),
                                        description="Whom its facts are passed on to, as the targets file names them.",
                                    ),
                                ),
                                Key(
                                    "checks",
                                    ListOf(_FLOW_CHECK, description="What is looked at on the way."),
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
