"""What a scenario document looks like; its structural check and its JSON Schema both come from here."""

from __future__ import annotations

from engine.decisions import STATUSES
from engine.findings import CHECKS, FINDS
from engine.model import SUBJECTS
from engine.shapes import (
    AnyValue,
    DocumentShape,
    Flag,
    Group,
    Integer,
    Key,
    ListOf,
    MapOf,
    OneOrMany,
    Record,
    Text,
    register,
)
from engine.shapes.words import length

VALUES = {
    "hold": ("reason", "inventory_status", "quantity", "from_operation"),
    "release": ("reason", "hold_id", "inventory_status"),
    "route": ("to", "reason"),
    "escalate": ("to", "message", "reason", "case_kind", "step", "again", "on_shift"),
    "notify": ("to", "message", "reason"),
    "reprioritise": ("priority", "reason"),
    "open_case": ("kind", "title", "tasks", "count", "answer_by", "reason"),
    "resolve_case": ("kind", "reason"),
    "ask": ("to", "message", "case_kind", "title", "answer_by", "reason"),
    "answer": ("answer", "role", "by", "case_kind", "what", "reason"),
    "sign": ("disposition", "by", "role", "meaning", "waits_for", "until", "hold_id", "quantity", "reason"),
    "suppress": ("what", "reason"),
}
"""What an expectation can name of a decision of each kind, beside its subject; asserted facts have their own fields."""
HOLD_FIELDS = (
    "reason",
    "inventory_status",
    "quantity",
    "rule",
    "hold_id",
    "placed_at",
    "from_operation",
    "review_at",
    "expires_at",
)
"""What an expectation can name of a hold that stands, beside its subject."""

CASE_FIELDS = (
    "kind",
    "title",
    "status",
    "count",
    "tasks",
    "rule",
    "overdue",
    "answer_by",
    "by",
    "comment",
    "case_id",
)
"""What an expectation can name of a case that is not closed, beside its subject; `tasks` are statuses by function."""

FINDING_FIELDS = (
    "order",
    "operation",
    "lot",
    "item",
    "work_centre",
    "flow",
    "expected",
    "found",
    "quantity_expected",
    "quantity_found",
    "off_by_percent",
    "message",
    "missing",
    "fact",
    "fact_type",
)
"""What an expectation can name of a finding, beside its kind and its check; orders and lots go by the names of subjects."""

KINDS = (*VALUES, "assert")
"""The kinds of decision a scenario can name."""

_VALUE = AnyValue('A value, or {contains: "part of a text"}.')


def _body(name: str, values: tuple[str, ...]) -> Record:
    """Return the record of what is expected: any subject and the keys *values*, as far as they matter."""
    return Record(
        name,
        tuple(Key(key, _VALUE) for key in (*SUBJECTS, *values)),
        groups=(Group(SUBJECTS, "subject", required=False, doubled_code="subject-doubled"),),
        description="Its subject and its values, as far as they matter.",
    )


_ASSERTED = MapOf(
    MapOf(_VALUE, description="The fact's fields, as far as they matter."),
    least=1,
    description="The fact type that is asserted.",
)
_DECISION = Record(
    "expected decision",
    (
        *(Key(kind, _body(f"expected {kind}", values)) for kind, values in VALUES.items()),
        Key("assert", _ASSERTED),
        Key("rule", Text("The rule that must have decided it.")),
        Key("row", Integer("The row of the decision table that must have decided it, counted from 1.")),
        Key("status", Text("Its status; decided where it is left out.", choices=STATUSES)),
    ),
    groups=(Group(KINDS, "kind of decision"),),
    description="A decision, named by what matters of it.",
    examples=({"hold": {"lot": "L-7", "inventory_status": "blocked"}},),
)
_REFUSAL = Record(
    "refusal",
    (
        Key("code", Text("The code of the fault.", ("wrong-owner",))),
        Key("pointer", Text("The JSON Pointer it stands at.", ("/source",))),
        Key("message", Text("A part of its message.")),
    ),
    description="A fault that a posted fact must be refused for.",
)
_FINDING = Record(
    "expected finding",
    (
        Key("kind", Text("What was found.", choices=FINDS)),
        Key("check", Text("The check that found it.", choices=tuple(CHECKS))),
        *(Key(name, _VALUE) for name in FINDING_FIELDS),
    ),
    description="What a check of a flow found, named by what matters of it.",
    examples=({"kind": "over_delivery", "order": "PO-1"},),
)
_EXPECT = Record(
    "expectation",
    (
        Key(
            "decisions",
            OneOrMany(
                _DECISION,
                "Decisions that must be among those of this step.",
                empty_fix='write "nothing: true" in its place if nothing may be decided, or add one',
            ),
        ),
        Key("exactly", Flag("Whether no other decision may be there.")),
        Key("in_order", Flag("Whether these decisions must come in this order.")),
        Key("nothing", Flag("Whether nothing may be decided.")),
        Key(
            "absent",
            OneOrMany(_DECISION, "Decisions that must not be there.", empty_fix="add one, or leave it out"),
        ),
        Key("refused", OneOrMany(_REFUSAL, "The fact is refused, for this.")),
        Key(
            "holds",
            ListOf(
                _body("standing hold", HOLD_FIELDS),
                description="All holds that stand after this step; [] where none does.",
            ),
        ),
        Key(
            "cases",
            ListOf(
                _body("expected case", CASE_FIELDS),
                description="All cases that are not closed after this step; [] where there are none.",
            ),
        ),
        Key(
            "findings",
            ListOf(
                _FINDING,
                description="All that the checks of the flows found on the facts of this step; [] where they found nothing.",
            ),
        ),
        Key("stale", Flag("Whether the fact is older than what is known already.")),
    ),
    description="What must follow from this step.",
)
_POST = Record(
    "posted fact",
    (
        Key("type", Text("The fact type.", ("inspection_result",)), required=True),
        Key("data", MapOf(AnyValue("A value of the fact.")), required=True),
        Key("source", Text("Its source; the system that owns the type where it is left out.", ("mes",))),
        Key("id", Text("Its id; made of the step where it is left out.")),
        Key("time", Text("When it happened (RFC 3339); the time of the step where it is left out.")),
        Key("subject", Text("Its subject.")),
        Key("op", Text("Whether a state is asserted or retracted.", choices=("assert", "retract"))),
    ),
    description="A fact.",
)
_STEP = Record(
    "step",
    (
        Key("at", length("When: a time (RFC 3339), or a duration from the start.", "10 min")),
        Key("after", length("When: a duration from the step before.", "15 min")),
        Key("post", OneOrMany(_POST, "The fact or facts that arrive.")),
        Key("expect", _EXPECT),
    ),
    groups=(Group(("at", "after"), "time", required=False),),
    description="The clock moves, facts arrive, and something must follow.",
)

SCENARIO = register(
    DocumentShape(
        "scenario",
        "Lineside scenario",
        Record(
            "a scenario",
            (
                Key("scenario", Text("The scenario's name.", ("critical-failure",)), required=True),
                Key("title", Text("One line that says it to people.")),
                Key("description", Text("What people should know about it, in a paragraph.")),
                Key(
                    "rules",
                    OneOrMany(
                        Text("A file or folder of rules, relative to this file."),
                        "The rules; the shipped ones where it is left out.",
                    ),
                ),
                Key("start", Text("When the virtual clock begins (RFC 3339).", ("2026-03-02T06:00:00Z",))),
                Key(
                    "steps",
                    ListOf(_STEP, least=1, description="What happens, in order of time."),
                    required=True,
                ),
            ),
            description="Facts at times, and what must be decided.",
        ),
    )
)
