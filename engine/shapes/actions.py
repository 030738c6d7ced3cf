"""The shapes of what rules do: the actions of a rule, and the same as a decision table's columns fill them in."""

from __future__ import annotations

from dataclasses import replace

from engine.model import SUBJECTS
from engine.shapes.vocabulary import KEBAB, Group, Key, MapOf, Record, Scalar, Tagged, Text
from engine.shapes.words import name

MAX_ACTIONS = 200
"""Of one rule."""

ROLE = r"[A-Za-z][A-Za-z0-9]*(?:[ _-][A-Za-z0-9]+)*"
"""The name of a function, a role or a person who is asked."""

_KEBAB = "lower-case words joined by hyphens, such as quality-hold"

HOLD_STATUSES = ("blocked", "restricted", "quality_inspection")
"""The inventory statuses a hold can ask for, the default first."""

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
    Key(word, _value(_SUBJECT_WORDS[word].capitalize(), f"= {word}_id")) for word in SUBJECTS
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
                    Key(
                        "from_operation",
                        _value("The operation from which on it stands in the way, where not at once", "30"),
                    ),
                    Key(
                        "review",
                        Text(
                            "How long after it was placed the rule set's owner is asked to look at it again.",
                            ("3 days", "16 working hours"),
                        ),
                    ),
                    Key(
                        "including",
                        Text(
                            "Whether the lots and serial numbers made from it are held too, as confirmations say; "
                            "they are known for 90 days where it does not say how long.",
                            ("descendants", "descendants of 30 days"),
                        ),
                    ),
                    Key("expires", Text("How long it stands, if nobody ends it before.", ("30 days",))),
                ),
                groups=(_subject(required=True),),
                description="Place a hold; with no inventory_status it is blocked.",
            ),
        ),
        Key(
            "release",
            Record(
                "release",
                (
                    *_SUBJECT_KEYS,
                    Key("reason", _REASON, required=True),
                    Key(
                        "hold_id",
                        _value("The one hold that is meant; all where it is null", "= decided.hold_id"),
                    ),
                ),
                groups=(_subject(required=True),),
                description="Release the holds on it, or one of them.",
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
                word,
                Record(
                    word,
                    (Key("to", _TO, required=True), Key("message", _MESSAGE, required=True), *_SUBJECT_KEYS),
                    groups=(_subject(required=False),),
                    description=description,
                ),
            )
            for word, description in (("escalate", "Ask someone to act."), ("notify", "Let someone know."))
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
            "open_case",
            Record(
                "open_case",
                (
                    *_SUBJECT_KEYS,
                    Key(
                        "kind",
                        Text(
                            "The kind of case, of which a subject has one that is open; the rule's name where it is left out.",
                            ("quality-hold",),
                            pattern=KEBAB,
                            wanted=_KEBAB,
                        ),
                    ),
                    Key(
                        "title", _value("What it is about, in one line", "{inspection.characteristic} failed")
                    ),
                    Key(
                        "tasks",
                        MapOf(
                            _value("What the function is asked to do", "disposition the lot"),
                            key=Text(
                                "A function.",
                                ("quality",),
                                pattern=ROLE,
                                wanted="words of letters and digits, such as customer_service",
                            ),
                            least=1,
                            description="What each function is asked, all at once.",
                            examples=({"production": "contain the lot", "quality": "disposition the lot"},),
                        ),
                        required=True,
                    ),
                    Key(
                        "acknowledge",
                        Text(
                            "How many of them have to answer, and by when; all where it is left out.",
                            ("all within 15 min", "any", "2 of 4 within 1 working hour"),
                        ),
                    ),
                    Key(
                        "ladder",
                        Text(
                            "The ladder that is climbed until they have.",
                            ("quality-hold",),
                            pattern=KEBAB,
                            wanted=_KEBAB,
                        ),
                    ),
                    Key(
                        "answer_lapses_after",
                        Text("How long an answer counts whose task is not done.", ("2 h", "4 working hours")),
                    ),
                ),
                groups=(_subject(required=True),),
                description="Ask several functions at once, and follow it until they have answered.",
            ),
        ),
        Key(
            "resolve_case",
            Record(
                "resolve_case",
                (
                    *_SUBJECT_KEYS,
                    Key(
                        "kind",
                        Text(
                            "The kind of case that is meant; every one on the subject where it is left out.",
                            ("quality-hold",),
                            pattern=KEBAB,
                            wanted=_KEBAB,
                        ),
                    ),
                    Key("reason", _REASON, required=True),
                ),
                groups=(_subject(required=True),),
                description="Resolve the cases on it that are open, so that nobody is told of them any more.",
            ),
        ),
        Key(
            "suppress",
            Record(
                "suppress",
                (
                    Key(
                        "what",
                        Text(
                            "The rule, or the kind of case, of which nobody is told meanwhile.",
                            ("machine-down",),
                            pattern=KEBAB,
                            wanted=_KEBAB,
                        ),
                        required=True,
                    ),
                    *_SUBJECT_KEYS,
                    Key("reason", _REASON, required=True),
                ),
                groups=(_subject(required=False),),
                description="Tell nobody of something as long as this rule's match stands, of one subject or of all.",
            ),
        ),
        Key(
            "assert",
            MapOf(
                MapOf(_value("The field's value", "= inspection.lot_id"), description="The fact's fields."),
                key=name("A fact type that lineside owns."),
                least=1,
                description="State a fact of a type that lineside owns; other rules see it.",
                examples=({"line_alarm": {"work_centre": "= machine.work_centre"}},),
            ),
        ),
    ),
    description="One thing the rule does.",
    examples=({"hold": {"lot": "= inspection.lot_id", "reason": "failed inspection"}},),
)


def _template(key: Key) -> Key:
    """Return the action *key* with nothing that must be there where columns of the table may say it."""
    shape = key.shape
    if not isinstance(shape, Record):
        return key
    return Key(
        key.name,
        replace(
            shape,
            name=f"{shape.name} of a table",
            keys=tuple(
                replace(inner, required=inner.required and not isinstance(inner.shape, Scalar))
                for inner in shape.keys
            ),
            groups=tuple(replace(group, required=False) for group in shape.groups),
            description=f"{shape.description} What the columns do not say of it.",
        ),
    )


TEMPLATES = replace(
    ACTIONS,
    keys=tuple(_template(key) for key in ACTIONS.keys),
    description="What every row that does this says alike.",
    examples=({"route": {"lot": "= lot_id"}},),
)
"""Actions in the `then` of a decision table."""
