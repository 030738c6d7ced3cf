"""What a mapping document looks like; its structural check and its JSON Schema both come from here."""

from __future__ import annotations

from engine.replay.cells import CELL_TYPES
from engine.shapes import DocumentShape, Flag, Key, ListOf, MapOf, OneOrMany, Record, Scalar, Text, register

ORDERS = ("time", "file")
REFUSE, LEAVE_OUT = "refuse", "leave out"

_TIMES = OneOrMany(
    Text("A way to write times: YYYY MM DD hh mm ss f stand for digits, [..] may be left out."),
    "How this log writes times, tried in this order.",
    ("YYYY-MM-DD[ hh:mm[:ss[.f]]]",),
)
_COLUMN = Record(
    "column",
    (
        Key("type", Text("What its cells are read as.", ("number",), choices=CELL_TYPES), required=True),
        Key(
            "heading", OneOrMany(Text("Another heading of the column."), "Other headings it may stand under.")
        ),
        Key("required", Flag("Whether every row must fill it.")),
        Key("optional", Flag("Whether a log may be without the column.")),
        Key("empty", Scalar("The value of an empty cell; nothing where it is left out.")),
        Key(
            "unreadable",
            Text(
                "What an unreadable cell costs: the facts that read it, or only the cell. It is reported either way.",
                choices=(REFUSE, LEAVE_OUT),
            ),
        ),
        Key("thousands", Text("The character between groups of three digits.", (",",))),
        Key("decimal", Text("The character before decimals; a point where it is left out.", (",",))),
        Key("words", MapOf(Scalar("What the word means."), least=1, description="Word -> value.")),
        Key("times", _TIMES),
    ),
    needs={},
    description="How one column is read.",
)
_VALUE = Scalar('A literal, or "= FEEL" over the columns.', ("= case_id",))
_FACT = Record(
    "mapped fact",
    (
        Key("fact", Text("The fact type.", ("production_confirmation",)), required=True),
        Key(
            "source",
            Text("The source of the fact; it must be of the system that owns the type.", ("mes/line-1",)),
            required=True,
        ),
        Key("when", Text("Which rows make it (FEEL over the columns); every row where it is left out.")),
        Key("time", Text("When it happened (= FEEL); the time of the row where it is left out or null.")),
        Key(
            "changes_of",
            Text(
                "A column: the fact is made for the first row of each of its values, and again where its data changed."
            ),
        ),
        Key(
            "data",
            MapOf(_VALUE, least=1, description="Field -> value; a value that is null is left out."),
            required=True,
        ),
    ),
    description="One kind of fact that rows make.",
)

MAPPING = register(
    DocumentShape(
        "mapping",
        "Lineside mapping of a log to facts",
        Record(
            "a mapping",
            (
                Key("mapping", Text("The mapping's name.", ("machine-shop-log",)), required=True),
                Key("title", Text("One line that says it to people.")),
                Key("description", Text("What people should know about it, in a paragraph.")),
                Key(
                    "zone",
                    Text(
                        "The time zone of times that name none: UTC, or a name such as Europe/Berlin.",
                        ("UTC",),
                    ),
                ),
                Key(
                    "delimiter",
                    Text("The character between cells of CSV; a comma where it is left out.", (";",)),
                ),
                Key("times", _TIMES),
                Key(
                    "columns", MapOf(_COLUMN, least=1, description="Column -> how it is read."), required=True
                ),
                Key(
                    "time",
                    Text("When a row happened (= FEEL over the columns).", ("= complete",)),
                    required=True,
                ),
                Key(
                    "untimed",
                    Text(
                        "A column: a row without a time takes that of the nearest row before it with the same value there, "
                        "else of the nearest behind it, else of the first row of the log that has one."
                    ),
                ),
                Key("order", Text("The order of submission.", ORDERS, choices=ORDERS)),
                Key(
                    "facts",
                    ListOf(_FACT, least=1, description="The facts that each row makes."),
                    required=True,
                ),
            ),
            description="How the rows of a log become facts.",
        ),
    )
)
