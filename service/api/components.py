"""The schemas of the OpenAPI document: what is sent and answered, by name.

Those of problems and explanations are made from the structs that are encoded; a test holds every answer against the others.
"""

from __future__ import annotations

from typing import Any

import msgspec

from engine.coordination import CASE_ANSWERS, CASE_STATUSES, TASK_ANSWERS
from engine.decisions import Explanation
from service.schemas import Problem
from service.store.outbox import STATUSES

Json = dict[str, Any]

TEXT: Json = {"type": "string"}
TIME: Json = {"type": "string", "format": "date-time"}
_NUMBER: Json = {"type": "integer"}
_MAYBE_TEXT: Json = {"type": ["string", "null"]}
_MAYBE_TIME: Json = {"type": ["string", "null"], "format": "date-time"}
_OBJECT: Json = {"type": "object"}

ANSWERS = [*TASK_ANSWERS, "comment", *CASE_ANSWERS]
"""What people can say to a case: the last step of the path by which they do."""


def ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(required: Json, optional: Json | None = None) -> Json:
    properties = {**required, **(optional or {})}
    return {"type": "object", "required": list(required), "properties": properties}


def array(items: Json) -> Json:
    return {"type": "array", "items": items}


def _page(name: str, items: Json) -> Json:
    return _object(
        {name: array(items), "next": {**_MAYBE_TEXT, "description": "the cursor of the next page"}}
    )


def schemas() -> Json:
    _, generated = msgspec.json.schema_components(
        (Problem, Explanation), ref_template="#/components/schemas/{name}"
    )
    fact = _object(
        {"id": TEXT, "source": TEXT, "type": TEXT, "data": _OBJECT},
        {
            "specversion": {"const": "1.0"},
            "time": {
                **TIME,
                "description": "when it happened or became so; the time it was received if missing",
            },
            "subject": TEXT,
            "op": {
                "enum": ["assert", "retract"],
                "description": "retract ends a state; data needs its key only",
            },
        },
    )
    subject = _object({"type": TEXT, "id": TEXT})
    decision = _object(
        {
            "id": TEXT,
            "kind": TEXT,
            "subject": subject,
            "status": TEXT,
            "rule": TEXT,
            "ruleset": TEXT,
            "rulebook": TEXT,
            "time": TIME,
            "values": _OBJECT,
            "reason": TEXT,
            "priority": _NUMBER,
            "facts": array(_object({"alias": TEXT, "type": TEXT, "source": TEXT, "id": TEXT})),
        },
        {
            "rows": array(_NUMBER),
            "settled_by": TEXT,
            "late_by": {
                "type": "number",
                "description": "of what fell due by time alone: how many seconds late it ran, where more than one",
            },
        },
    )
    name = _object({"source": TEXT, "id": TEXT, "type": TEXT, "time": TIME})
    statuses = ["accepted", "stale", "duplicate", "refused"]
    answer = _object(
        {"status": {"enum": statuses}},
        {
            "line": {**_NUMBER, "minimum": 1},
            "fact": name,
            "first": {
                "enum": ["accepted", "stale"],
                "description": "of a duplicate: how it was answered first",
            },
            "decisions": array(ref("Decision")),
            "missing": array(_object({"fact_type": TEXT, "field": TEXT, "rules": array(TEXT)})),
            "warnings": {
                **array(_object({"rule": TEXT, "place": TEXT, "text": TEXT, "code": TEXT, "message": TEXT})),
                "description": "parts of conditions that came to null by themselves, such as a division by zero",
            },
            "findings": {
                **array(_OBJECT),
                "description": "what the contract of its flow found on the fact: the data of each flow_finding",
            },
            "unknown": {
                **array(TEXT),
                "description": "fields of data that the fact type does not declare, misspelt perhaps; no rule reads them",
            },
            "problem": ref("Problem"),
        },
    )
    delivery = _object(
        {
            "id": _NUMBER,
            "key": {**TEXT, "description": "the idempotency key, sent as webhook-id in every attempt"},
            "decision": TEXT,
            "target": TEXT,
            "first_target": {
                **_MAYBE_TEXT,
                "description": "whom it was for, where that target's fallback has it now",
            },
            "kind": TEXT,
            "subject": TEXT,
            "status": {"enum": list(STATUSES)},
            "attempts": _NUMBER,
            "created_at": TIME,
            "next_at": _MAYBE_TIME,
            "delivered_at": _MAYBE_TIME,
            "last_status": {"type": ["integer", "null"]},
            "last_error": _MAYBE_TEXT,
        }
    )
    tried = _object(
        {
            "number": _NUMBER,
            "at": TIME,
            "target": _MAYBE_TEXT,
            "outcome": TEXT,
            "status": {"type": ["integer", "null"]},
            "error": _MAYBE_TEXT,
            "milliseconds": _NUMBER,
        }
    )
    further: Json = {
        "quantity": {"type": "number", "description": "how much of it is held, where not all"},
        "from_operation": {**TEXT, "description": "the operation from which on it stands in the way"},
        "review_at": {**TIME, "description": "when its owner is asked to look at it again"},
        "expires_at": {**TIME, "description": "when it ends by itself"},
        "origin": {**TEXT, "description": "the hold that it comes from, on what its subject was made of"},
    }
    hold = _object(
        {
            "hold_id": TEXT,
            "status": {"enum": ["standing", "released"]},
            "subject": subject,
            "inventory_status": TEXT,
            "reason": TEXT,
            "rule": TEXT,
            "placed_at": TIME,
            "released_at": _MAYBE_TIME,
            "data": _OBJECT,
        },
        further,
    )
    task = _object(
        {
            "function": TEXT,
            "asks": TEXT,
            "status": {"enum": ["open", *(follows for follows, _ in TASK_ANSWERS.values())]},
            "by": _MAYBE_TEXT,
            "comment": _MAYBE_TEXT,
            "changed_at": TIME,
        }
    )
    case = _object(
        {
            "case_id": TEXT,
            "kind": TEXT,
            "title": TEXT,
            "subject": subject,
            "status": {"enum": list(CASE_STATUSES)},
            "count": {**_NUMBER, "minimum": 1, "description": "how many matches came to it"},
            "overdue": {"type": "boolean"},
            "rule": TEXT,
            "order_id": _MAYBE_TEXT,
            "opened_at": TIME,
            "answer_by": _MAYBE_TIME,
            "changed_at": TIME,
            "closed_at": _MAYBE_TIME,
            "by": {**_MAYBE_TEXT, "description": "who answered last"},
            "comment": _MAYBE_TEXT,
            "related": array(TEXT),
            "tasks": array(task),
        }
    )
    belief = {
        "anyOf": [_object({"value": {}, "since": TIME, "by": array(TEXT)}), {"type": "null"}],
        "description": "what it holds to be so, since when, and by which facts or holds",
    }
    differing = _object(
        {
            "subject": subject,
            "about": {"enum": ["inventory_status", "quantity", "confirmed"]},
            "erp": belief,
            "mes": belief,
            "lineside": belief,
            "difference": {**TEXT, "description": "in words; empty where they agree"},
        }
    )
    in_the_way = _object(
        {
            "hold_id": TEXT,
            "subject": subject,
            "inventory_status": TEXT,
            "reason": TEXT,
            "rule": TEXT,
            "since": TIME,
            "partial": {"type": "boolean", "description": "whether only a quantity of it is held"},
            "future": {"type": "boolean", "description": "whether it begins at an operation"},
            "asked": {
                **array(_object({"to": TEXT, "message": TEXT})),
                "description": "what was asked of whom when it was placed",
            },
        },
        further,
    )
    check = _object(
        {
            "may_proceed": {"type": "boolean"},
            "why": {**TEXT, "description": "the answer in words"},
            "inventory_status": {**TEXT, "description": "the most restrictive of the holds in the way"},
            "count": {**_NUMBER, "description": "how many holds are in the way"},
            "holds": {**array(in_the_way), "description": "the first 100 of them, as they were placed"},
            "ahead": {
                **array(in_the_way),
                "description": "holds that begin at a later operation than the one named",
            },
        }
    )
    brief = _object({"id": _NUMBER, "target": TEXT, "status": TEXT, "attempts": _NUMBER})
    answered = _object(
        {
            "answer": {"enum": ANSWERS},
            "function": _MAYBE_TEXT,
            "by": TEXT,
            "comment": _MAYBE_TEXT,
            "at": TIME,
            "refused": {**_MAYBE_TEXT, "description": "why it changed nothing"},
            "fact": _object({"source": TEXT, "id": TEXT}),
        }
    )
    message = _object(
        {
            "decision": TEXT,
            "kind": {"enum": ["ask", "escalate"]},
            "time": TIME,
            "to": _MAYBE_TEXT,
            "message": _MAYBE_TEXT,
            "step": {"type": ["integer", "null"], "description": "of its ladder, from 1"},
            "on_shift": _MAYBE_TEXT,
            "status": {"enum": ["decided", "silenced"]},
            "reason": TEXT,
            "deliveries": array(brief),
        }
    )
    step = _object({"at": TIME, "step": _NUMBER, "again": _NUMBER, "tell": array(TEXT), "message": TEXT})
    ladder = _object({"name": TEXT, "title": TEXT, "begun_at": TIME, "climbed": _NUMBER, "next": array(step)})
    silence = _object(
        {
            "shelved_id": TEXT,
            "status": {"enum": ["standing", "over"]},
            "how": {"enum": ["shelved", "suppressed", "out_of_service"]},
            "what": {**TEXT, "description": "a rule, or a kind of case"},
            "subject": {"anyOf": [subject, {"type": "null"}]},
            "since": TIME,
            "until": _MAYBE_TIME,
            "ended_at": _MAYBE_TIME,
            "one_shot": {"type": "boolean"},
            "reason": TEXT,
            "by": TEXT,
            "silenced": {**_NUMBER, "description": "how much nobody was told of"},
        }
    )
    said = {
        "status": {"enum": ["accepted", "duplicate"]},
        "fact": name,
        "decisions": array(ref("Decision")),
    }
    book = {"digest": TEXT, "active": {"type": "boolean"}, "first_active_at": TIME, "last_active_at": TIME}
    return {
        **generated,
        "Fact": fact,
        "FactAnswer": answer,
        "StoredFact": _object(
            {
                "status": {"enum": ["accepted", "stale"]},
                "fact": ref("Fact"),
                "received_at": TIME,
                "rulebook": TEXT,
                "decisions": array(ref("Decision")),
            },
            {name: answer["properties"][name] for name in ("missing", "warnings", "findings")},
        ),
        "Decision": decision,
        "DecisionPage": _page("decisions", ref("Decision")),
        "ExplainedDecision": _object(
            {
                "decision": ref("Decision"),
                "explanation": {"anyOf": [ref("Explanation"), {"type": "null"}]},
                "deliveries": array(brief),
            }
        ),
        "Reconciliation": _object(
            {
                "rows": array(differing),
                "agreeing": _NUMBER,
                "left_out": _NUMBER,
                "holds_not_compared": _NUMBER,
            }
        ),
        "HoldCheck": check,
        "HoldPage": _page("holds", hold),
        "Case": case,
        "CasePage": _page("cases", ref("Case")),
        "WholeCase": _object(
            {
                **case["properties"],
                "answers": array(answered),
                "messages": array(message),
                "ladder": {"anyOf": [ladder, {"type": "null"}]},
            }
        ),
        "CaseAnswer": _object(
            {"by": {**TEXT, "description": "who says it"}},
            {
                "function": {
                    **TEXT,
                    "description": "for whose task; needed where several functions are asked, and only for a task",
                },
                "comment": TEXT,
            },
        ),
        "AnsweredCase": _object({**said, "case": ref("WholeCase")}),
        "Shelving": _object(
            {"what": {**TEXT, "description": "a rule, or a kind of case"}, "reason": TEXT, "by": TEXT},
            {
                "action": {
                    "enum": ["shelve", "unshelve", "out_of_service", "in_service"],
                    "default": "shelve",
                },
                "subject_type": TEXT,
                "subject_id": {**TEXT, "description": "of what; of everything where both are left out"},
                "until": TIME,
                "lasts": {**TEXT, "description": "in place of until: how long, such as 2 h"},
                "one_shot": {"type": "boolean"},
            },
        ),
        "AnsweredShelving": _object({**said, "shelved": {"anyOf": [ref("Shelved"), {"type": "null"}]}}),
        "Shelved": silence,
        "ShelvedPage": _page("shelved", ref("Shelved")),
        "RulebookList": _object(
            {
                "rulebooks": array(
                    _object(book, {"rulesets": array(_OBJECT), "fact_types": array(TEXT)}),
                )
            }
        ),
        "Rulebook": _object({**book, "sources": {"type": "object", "additionalProperties": TEXT}}),
        "Delivery": delivery,
        "DeliveryPage": _page("deliveries", ref("Delivery")),
        "DeliveryWithAttempts": {
            "allOf": [ref("Delivery"), _object({"body": _OBJECT, "tried": array(tried)})]
        },
        "Replay": _object({"id": _NUMBER, "status": {"const": "due"}, "was": TEXT}),
        "TargetList": _object(
            {
                "targets": array(
                    _object(
                        {
                            "target": TEXT,
                            "kind": {"enum": ["webhook", "rest", "message", "stream"]},
                            "url": {**TEXT, "description": "where it is, as far as that is no secret"},
                            "decisions": array(TEXT),
                            "fallback": _MAYBE_TEXT,
                            "disabled": {"type": ["object", "null"]},
                            "failing": {
                                "type": ["object", "null"],
                                "description": "failures in a row, until when nothing is sent to it, and why",
                            },
                        }
                    )
                )
            }
        ),
        "Enabled": _object({"target": TEXT, "was_disabled": {"type": "boolean"}}),
        "Live": _object({"status": {"const": "live"}}),
        "Ready": _object({"status": {"enum": ["ready", "not ready"]}, "checks": _OBJECT}),
        "ProblemKind": _object({"type": TEXT, "title": TEXT, "status": _NUMBER, "advice": TEXT}),
    }
