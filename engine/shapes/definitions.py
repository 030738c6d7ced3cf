"""The shape of a definitions document: types, inputs, and named decisions and functions that rules can call.

What is written inside a box (a context's entries, an invocation's arguments) has the shape of a box again; the parser
looks at those with `BOX`, one inside the other.
"""

from __future__ import annotations

from engine.shapes.registry import DocumentShape, register
from engine.shapes.vocabulary import (
    AnyValue,
    Group,
    Key,
    ListOf,
    MapOf,
    OneOrMany,
    Record,
    Scalar,
    Text,
)
from engine.tables.model import Aggregation, HitPolicy

MAX_PARTS = 10_000
"""Of one list, relation or document."""

HITS = (*HitPolicy, *(f"{HitPolicy.COLLECT} {word}" for word in Aggregation))
"""The words that say what the answer of a table is when several rows hold."""

BODIES = (
    "value",
    "columns",
    "file",
    "context",
    "invoke",
    "relation",
    "list",
    "if",
    "filter",
    "for",
    "some",
    "every",
)
"""The keys that say what kind of logic a box holds."""


def _text(description: str, *examples: str) -> Text:
    return Text(description, examples)


_BOX_NOTE = 'a value, "= FEEL", or a box of its own'
_VALUE = AnyValue(f"What it is: {_BOX_NOTE}.", ("= quantity * 2",))
_NAME = _text("Its name; words with spaces between are one name.", "risk")
_TYPE = _text("The type of its value: one of FEEL's, or of the document's own.", "number")

_LOGIC = (
    Key("value", _VALUE),
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
            Text('Headings: inputs (FEEL), "=> name" for outputs, "# words" for annotations.'),
            "The whole table with pipes between its cells, or a list of its headings.",
            ('| quantity | => target |\n| <= 5     | "rework" |\n',),
        ),
    ),
    Key(
        "rows",
        ListOf(
            ListOf(Scalar("A cell."), 1), 1, "The rows, where the columns are a list.", (["<= 5", '"a"'],)
        ),
    ),
    Key("file", _text("The CSV or XLSX file beside this one that has the table.", "plan.csv")),
    Key("sheet", _text("The worksheet of an XLSX file; needed where it has several.", "Routing")),
    Key(
        "allowed",
        MapOf(
            Text("Unary tests (FEEL); of an output, their order is its priority.", (">= 0",)),
            description="What the values of a column may be, by its heading.",
        ),
    ),
    Key(
        "default",
        MapOf(Scalar("FEEL."), description="What outputs are where no row holds, by their headings."),
    ),
    Key(
        "context",
        MapOf(AnyValue(f"An entry: {_BOX_NOTE}."), description="Named parts; each sees those before it."),
    ),
    Key("result", AnyValue(f"What comes of the context, if it is not the context itself: {_BOX_NOTE}.")),
    Key("invoke", _text("The function to call.", "area")),
    Key("with", MapOf(AnyValue(f"An argument: {_BOX_NOTE}."), description="The arguments by parameter.")),
    Key(
        "relation",
        Record(
            "relation",
            (
                Key(
                    "columns",
                    ListOf(_text("A name.", "item"), description="The names of the entries."),
                    required=True,
                ),
                Key(
                    "rows",
                    ListOf(
                        ListOf(AnyValue(f"A cell: {_BOX_NOTE}.")), description="The rows, one cell an entry."
                    ),
                    required=True,
                ),
            ),
            description="A list of contexts, written as a table.",
        ),
    ),
    Key("list", ListOf(AnyValue(f"An item: {_BOX_NOTE}."), description="The items.", most=MAX_PARTS)),
    Key("if", AnyValue(f"A condition: {_BOX_NOTE}.")),
    Key("then", AnyValue(f"What it is where the condition is true: {_BOX_NOTE}.")),
    Key("else", AnyValue(f"What it is where the condition is not true: {_BOX_NOTE}.")),
    Key("filter", AnyValue(f"A list of which some items are wanted: {_BOX_NOTE}.")),
    Key("match", AnyValue(f"Which items: a condition on `item` and its entries: {_BOX_NOTE}.")),
    Key("for", _text("The name of each item.", "part")),
    Key("some", _text("The name of each item.", "part")),
    Key("every", _text("The name of each item.", "part")),
    Key("in", AnyValue(f"The list of items: {_BOX_NOTE}.")),
    Key("return", AnyValue(f"What comes of each item: {_BOX_NOTE}.")),
    Key("satisfies", AnyValue(f"A condition on the item: {_BOX_NOTE}.")),
)

_NEEDS = {
    "rows": "columns",
    "sheet": "file",
    "result": "context",
    "with": "invoke",
    "then": "if",
    "else": "if",
    "if": "then",
    "filter": "match",
    "match": "filter",
    "for": "return",
    "return": "for",
}

_PARAMETERS = Key(
    "parameters",
    MapOf(
        _text("A type; Any for a value of any kind.", "number"), description="What a function takes, by name."
    ),
)
_KIND = Key(
    "kind",
    Text(
        "Of a function written in another language, which is kept and never run.",
        choices=("FEEL", "Java", "PMML"),
    ),
)

BOX = Record(
    "box",
    (Key("type", _TYPE), _PARAMETERS, _KIND, *_LOGIC),
    groups=(Group(BODIES, "logic", required=False),),
    needs=_NEEDS,
    description="A piece of logic inside another: a table, a context, a call; with parameters, a function.",
)

DEFINE = Record(
    "definition",
    (
        Key("define", _NAME, required=True),
        Key("question", _text("What it answers.", "Where does the lot go?")),
        Key("description", _text("What people should know about it, in a paragraph.")),
        Key("type", _TYPE),
        _PARAMETERS,
        _KIND,
        Key(
            "requires",
            ListOf(
                _text("A name."),
                description="The inputs and decisions it is computed from; found in its logic where left out.",
            ),
        ),
        Key(
            "knowledge",
            ListOf(
                _text("A name."),
                description="The functions and services it calls; found in its logic where left out.",
            ),
        ),
        *_LOGIC,
    ),
    groups=(Group(BODIES, "logic", required=False),),
    needs=_NEEDS,
    description="A named decision; with parameters, a function.",
)

SERVICE = Record(
    "service",
    (
        Key("outputs", OneOrMany(_text("A decision."), "What it gives."), required=True),
        Key(
            "inputs",
            OneOrMany(
                _text("An input, or a decision that is given."), "What it is called with, in this order."
            ),
        ),
        Key("encapsulated", OneOrMany(_text("A decision."), "Decisions that are computed inside.")),
        Key("type", _TYPE),
    ),
    description="Decisions that are called together as a function.",
)

DEFINITIONS = register(
    DocumentShape(
        "definitions",
        "Lineside definitions",
        Record(
            "definitions",
            (
                Key(
                    "definitions",
                    _text("The document's name.", "disposition"),
                    required=True,
                ),
                Key("title", _text("One line that says it to people.")),
                Key("description", _text("What people should know about it, in a paragraph.")),
                Key("namespace", _text("The name of the model in the world, as DMN files have it.")),
                Key(
                    "imports",
                    MapOf(
                        _text("The name of another definitions document."),
                        description="Documents whose names are used here, by the name they go by here.",
                    ),
                ),
                Key(
                    "types",
                    MapOf(
                        AnyValue("JSON Schema, or the name of a type."),
                        description="Types of values, by name.",
                    ),
                ),
                Key(
                    "inputs",
                    MapOf(_TYPE, description="What is given from outside, by name, with its type."),
                ),
                Key("define", ListOf(DEFINE, 0, "Decisions and functions.", most=MAX_PARTS)),
                Key("services", MapOf(SERVICE, description="Decisions that are called together, by name.")),
            ),
            description="Named decisions and functions that rules and other documents call.",
        ),
    )
)
