"""The shape of a ladders document: who is told, and when, if nobody answers."""

from __future__ import annotations

from engine.shapes.registry import DocumentShape, register
from engine.shapes.vocabulary import KEBAB, Integer, Key, ListOf, OneOrMany, Record, Text
from engine.shapes.words import length

MAX_STEPS = 50
"""Of one ladder."""

_DURATION = length("How long, by the clock or in working time.", "30 min", "2 working hours")

_STEP = Record(
    "step",
    (
        Key(
            "after",
            length(
                "How long after the ladder began, by the clock or in working time.",
                "15 min",
                "2 h",
                "2 working hours",
            ),
            required=True,
        ),
        Key(
            "tell",
            OneOrMany(
                Text(
                    'A function, a role or a person; "on shift maintenance" is whoever of maintenance is on shift.',
                    ("supervisor", "on shift maintenance"),
                ),
                "Whom to tell.",
            ),
            required=True,
        ),
        Key(
            "message",
            Text("What to tell them; without it, what the rule says.", ("nobody has answered yet",)),
        ),
    ),
    description="One rung: when, and whom to tell.",
)

LADDERS = register(
    DocumentShape(
        "ladders",
        "Lineside ladders",
        Record(
            "ladders",
            (
                Key(
                    "ladders",
                    ListOf(
                        Record(
                            "ladder",
                            (
                                Key(
                                    "ladder",
                                    Text(
                                        "The ladder's name, by which rules climb it.",
                                        ("quality-hold",),
                                        pattern=KEBAB,
                                        wanted="lower-case words joined by hyphens, such as quality-hold",
                                    ),
                                    required=True,
                                ),
                                Key("title", Text("One line that says it to people.")),
                                Key("description", Text("What people should know about it, in a paragraph.")),
                                Key(
                                    "calendar",
                                    Text("The calendar by which its working time is counted.", ("plant",)),
                                ),
                                Key(
                                    "steps",
                                    ListOf(
                                        _STEP, 1, "Its rungs, in the order of their times.", most=MAX_STEPS
                                    ),
                                    required=True,
                                ),
                                Key(
                                    "repeat",
                                    Record(
                                        "repeat",
                                        (
                                            Key("every", _DURATION, required=True),
                                            Key("times", Integer("How often, at most.", (3,)), required=True),
                                        ),
                                        description="Whether the last rung is climbed again.",
                                    ),
                                ),
                                Key(
                                    "end",
                                    Text(
                                        "How long after its begin nobody is told any more.",
                                        ("8 h", "16 working hours"),
                                    ),
                                ),
                            ),
                        ),
                        1,
                        "The ladders, shared by all rules.",
                    ),
                    required=True,
                ),
            ),
            description="Who is told, and when, if nobody answers.",
        ),
    )
)
