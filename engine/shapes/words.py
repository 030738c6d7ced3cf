"""Texts of the forms that rule documents ask for again and again, and keys that most of them have."""

from __future__ import annotations

from engine.shapes.vocabulary import IDENTIFIER, KEBAB, Key, Text

_KEBAB_WANTED = "lower-case words joined by hyphens, such as quality-holds"
_NAME_WANTED = "letters, digits and underscores, such as inspection_result"


def text(description: str, *examples: str) -> Text:
    return Text(description, examples)


def length(description: str, *examples: str, fix: str = "write a number and a unit, such as 15 min") -> Text:
    return Text(description, examples, wanted="a length of time", number_fix=fix)


def condition(description: str, *examples: str) -> Text:
    blank_fix = "write what must be true; left out, every fact of the type fits"
    return Text(
        f"{description} (FEEL)",
        examples,
        blank_fix=blank_fix,
        number_fix=blank_fix,
        list_fix='write one condition, its parts joined by "and"',
    )


def kebab(description: str, *examples: str) -> Text:
    return Text(description, examples, pattern=KEBAB, wanted=_KEBAB_WANTED)


def name(description: str, *examples: str) -> Text:
    return Text(description, examples, pattern=IDENTIFIER, wanted=_NAME_WANTED)


TITLE = Key("title", text("One line that says it to people."))
DESCRIPTION = Key("description", text("What people should know about it, in a paragraph."))
ON_MISSING = Text(
    "What a rule does when an optional field it reads is missing: not fire, tell someone, or hold anyway.",
    ("skip",),
    choices=("skip", "alert", "hold"),
)
