"""The shapes of rules: patterns, rules, and decision tables, which are rules whose rows say what is done."""

from __future__ import annotations

from engine.shapes.actions import ACTIONS, MAX_ACTIONS, TEMPLATES
from engine.shapes.slips import BESIDE, NO_ALIAS
from engine.shapes.vocabulary import (
    IDENTIFIER,
    Either,
    Flag,
    Free,
    Group,
    Integer,
    Key,
    ListOf,
    MapOf,
    OneOrMany,
    Record,
    Scalar,
    Text,
)
from engine.shapes.words import DESCRIPTION, ON_MISSING, TITLE, condition, kebab, length, name, text
from engine.sheets import MAX_COLUMNS, MAX_ROWS
from engine.tables.model import Aggregation, HitPolicy

MAX_PATTERNS = 32
"""Of one rule."""

HITS = (*HitPolicy, *(f"{HitPolicy.COLLECT} {word}" for word in Aggregation))
"""The words that say what the answer of a table is when several rows hold."""

_LASTING = length(
    "How long that must have been so without a break, for states: a duration, working time, or FEEL.",
    "10 min",
)

_PER = OneOrMany(
    name("A field of the events.", "work_centre"), "A field, or several; each value has a window of its own."
)

PATTERN = Record(
    "pattern",
    (
        Key("none", name("A fact type of which no fact may fit.", "hold")),
        Key(
            "expect",
            name("A fact type of which a fact must come in time, or the rule fires.", "inspection_result"),
        ),
        Key("then", name("A fact type of which the next fact that fits is waited for.", "line_alarm")),
        Key("as", name("The name of that fact, if not its fact type's.", "again")),
        Key("where", condition("What must be true of the fact", 'result = "fail" and severity = "critical"')),
        Key("for", _LASTING),
        Key(
            "within",
            length(
                "How long each event of a window counts, or a fact is waited for: a duration, working time, or FEEL.",
                "60 min",
            ),
        ),
        Key(
            "each",
            Text(
                "Events count with those of the same shift, or the same day, by the calendar of the rule set.",
                ("shift",),
                choices=("shift", "day"),
            ),
        ),
        Key("per", _PER),
        Key("having", condition("What the events in the window must come to", "count(failures) >= 3")),
        Key(
            "at",
            Text(
                "With end, that is looked at once, when the shift or day is over.", ("end",), choices=("end",)
            ),
        ),
    ),
    groups=(
        Group(("within", "each"), 'length ("within" or "each")', required=False),
        Group(("none", "expect", "then"), "of them", required=False),
    ),
    needs={
        "within": ("having", "expect", "then"),
        "each": "having",
        "per": "having",
        "having": ("within", "each"),
        "at": "each",
        "expect": "within",
        "then": "within",
        "as": "then",
    },
    free=Free(
        Text("The name the fact has in this rule.", ("inspection",), pattern=IDENTIFIER, wanted="fact type"),
        name("A fact type.", "inspection_result"),
        instead=("none", "expect", "then"),
        mistaken=NO_ALIAS,
    ),
    description='A fact that must be there ("alias: fact_type"), must not be ("none"), or is waited for ("then", "expect").',
    examples=({"inspection": "inspection_result", "where": 'result = "fail"'},),
)

RULE = Record(
    "rule",
    (
        Key(
            "rule",
            kebab("The rule's name, used nowhere else.", "critical-failure-holds-the-lot"),
            required=True,
        ),
        TITLE,
        DESCRIPTION,
        Key("priority", Integer("Higher fires first; 0 where it is left out.", (100,))),
        Key("enabled", Flag("false leaves the rule out.")),
        Key("on_missing", ON_MISSING),
        Key("tags", ListOf(text("A word."), description="Words to find the rule by.")),
        Key("on", name("The one fact type the rule looks at (short form).", "inspection_result")),
        Key("if", condition("What must be true of that fact", 'result = "fail"')),
        Key("for", _LASTING),
        Key("when", ListOf(PATTERN, 1, "The facts that must be there, or must not.", most=MAX_PATTERNS)),
        Key("then", OneOrMany(ACTIONS, "What the rule does.", most=MAX_ACTIONS), required=True),
        Key("until", text("What ends it, for rules of states (FEEL)", 'machine.state = "running"')),
        Key(
            "at_most",
            length(
                "How often it fires for the same: once per duration, or working time.",
                "once per 30 min",
                fix="write once per 30 min",
            ),
        ),
        Key("for_each", text("What the same is, if not the key of its first fact (FEEL).", "= jam.line")),
    ),
    groups=(Group(("when", "on"), 'condition ("when" or "on")'),),
    needs={"if": "on", "for": "on", "for_each": "at_most"},
    beside=BESIDE,
    description="When these facts are there, do this.",
)

_SHARED = ("priority", "enabled", "on_missing", "tags", "on", "if", "for", "when")
"""Keys that tables have as rules do."""

_EXAMPLE = """| defect_class | severity | quantity | => route.to  | # why           |
| surface      | minor    | <= 5     | rework-cell | can be polished |
| -            | critical | -        | mrb         |                 |
"""

TABLE = Record(
    "table",
    (
        Key(
            "table",
            kebab("The table's name, used by no other rule.", "where-a-nonconforming-lot-goes"),
            required=True,
        ),
        TITLE,
        DESCRIPTION,
        *(key for key in RULE.keys if key.name in _SHARED),
        Key(
            "hit",
            Text(
                "What the answer is when several rows hold; unique (never more than one does) where it is left out.",
                ("first",),
                choices=HITS,
            ),
        ),
        Key(
            "columns",
            OneOrMany(
                Text('Headings: inputs (FEEL), "=> action.field" for outputs, "# words" for annotations.'),
                "The whole table with pipes between its cells, or a list of its headings.",
                (_EXAMPLE,),
                most=MAX_COLUMNS,
            ),
        ),
        Key(
            "rows",
            ListOf(
                ListOf(Scalar("A cell."), 1, "One cell a column.", most=MAX_COLUMNS),
                1,
                "The rows, where the columns are a list.",
                (["minor", "<= 5", "rework-cell"],),
                most=MAX_ROWS,
            ),
        ),
        Key("file", text("The CSV or XLSX file beside this one that has the table.", "plan.csv")),
        Key("sheet", text("The worksheet of an XLSX file; needed where it has several.", "Routing")),
        Key(
            "allowed",
            MapOf(
                Text("Unary tests (FEEL); of an output, their order is its priority.", (">= 0",)),
                description="What the values of a column may be, by its heading.",
            ),
        ),
        Key(
            "default",
            MapOf(Scalar("A value."), description="What outputs are where no row holds, by their headings."),
        ),
        Key("then", OneOrMany(TEMPLATES, "What all rows share of what they do.", most=MAX_ACTIONS)),
        *(key for key in RULE.keys if key.name in ("until", "at_most", "for_each")),
    ),
    groups=(*RULE.groups, Group(("columns", "file"), 'columns ("columns" or "file")')),
    needs={"if": "on", "for": "on", "rows": "columns", "sheet": "file", "for_each": "at_most"},
    beside=BESIDE,
    description="A decision table: when these facts are there, do what the rows say that hold.",
)

RULE_OR_TABLE = Either("table", TABLE, RULE)
