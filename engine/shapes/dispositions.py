"""The shape of a dispositions document: who may decide about what is held, with how many signatures."""

from __future__ import annotations

from engine.shapes.actions import ROLE
from engine.shapes.registry import DocumentShape, register
from engine.shapes.vocabulary import IDENTIFIER, Flag, Key, ListOf, OneOrMany, Record, Text
from engine.shapes.words import TITLE

MAX_SIGNATURES = 10
"""Of one disposition."""

_SIGNATURE = Record(
    "signature",
    (
        Key(
            "meaning",
            Text(
                "What it means that somebody signs, such as review, approval or responsibility.",
                ("reviewed as fit for use", "approved"),
            ),
            required=True,
        ),
        Key(
            "by",
            OneOrMany(
                Text(
                    "A role that has the authority.",
                    ("quality lead",),
                    pattern=ROLE,
                    wanted="words of letters and digits, such as quality lead",
                ),
                "The roles that may sign so.",
            ),
            required=True,
        ),
    ),
    description="One signature: what it means, and who may give it.",
)

DISPOSITIONS = register(
    DocumentShape(
        "dispositions",
        "Lineside dispositions",
        Record(
            "dispositions",
            (
                Key(
                    "dispositions",
                    ListOf(
                        Record(
                            "disposition",
                            (
                                Key(
                                    "disposition",
                                    Text(
                                        "Its name, as facts of type disposition give it.",
                                        ("use_as_is",),
                                        pattern=IDENTIFIER,
                                        wanted="letters, digits and underscores, such as use_as_is",
                                    ),
                                    required=True,
                                ),
                                TITLE,
                                Key(
                                    "signatures",
                                    ListOf(
                                        _SIGNATURE,
                                        1,
                                        "The signatures it needs, each by another person.",
                                        most=MAX_SIGNATURES,
                                    ),
                                    required=True,
                                ),
                                Key(
                                    "within",
                                    Text(
                                        "How long the first signature waits for the others; for good where left out.",
                                        ("24 h", "8 working hours"),
                                    ),
                                ),
                                Key(
                                    "calendar", Text("The calendar by which working time counts.", ("plant",))
                                ),
                                Key("releases", Flag("Whether what it is about may go on.", (True,))),
                            ),
                        ),
                        1,
                        "What can be decided about what is held.",
                    ),
                    required=True,
                ),
            ),
            description="Who may decide about what is held, with how many signatures.",
        ),
    )
)
