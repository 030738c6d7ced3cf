"""The schemas of the OpenAPI document: what is sent and answered, by name.

Those of problems and explanations are made from the structs that are encoded; a test holds every answer against the others.
"""

from __future__ import annotations

import msgspec

from engine.coordination import CASE_ANSWERS, CASE_STATUSES, TASK_ANSWERS
from engine.decisions import Explanation
from service.api.forms import (
    MAYBE_NUMBER,
    MAYBE_TEXT,
    MAYBE_TIME,
    NUMBER,
    OBJECT,
    TEXT,
    TIME,
    Json,
    array,
    page_of,
    record,
    ref,
)
from service.schemas import Problem
from service.store.outbox import STATUSES

ANSWERS = [*TASK_ANSWERS, "comment", *CASE_ANSWERS]
"""What people can say to a case: the last step of the path by which they do."""


def schemas() -> Json:
    _, generated = msgspec.json.schema_components(
        (Problem, Explanation), ref_template="#/components/schemas/{name}"
    )
    fact = record(
        {"id": TEXT, "source": TEXT, "type": TEXT, "data": OBJECT},
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
    subject = record({"type": TEXT, "id": TEXT})
    decision = record(
        {
            "id": TEXT,
            "kind": TEXT,
            "subject": subject,
            "status": TEXT,
            "rule": TEXT,
            "ruleset": TEXT,
            "rulebook": TEXT,
            "time": TIME,
            "values": OBJECT,
            "reason": TEXT,
            "priority": NUMBER,
            "facts": array(record({"alias": TEXT, "type": TEXT, "source": TEXT, "id": TEXT})),
        },
        {
            "rows": array(NUMBER),
            "settled_by": TEXT,
            "late_by": {
                "type": "number",
                "description": "of what fell due by time alone: how many seconds late it ran, where more than one",
            },
        },
    )
    name = record({"source": TEXT, "id": TEXT, "type": TEXT, "time": TIME})
    statuses = ["accepted", "stale", "duplicate", "refused"]
    answer = record(
        {"status": {"enum": statuses}},
        {
            "line": {**NUMBER, "minimum": 1},
            "fact": name,
            "first": {
                "enum": ["accepted", "stale"],
                "description": "of a duplicate: how it was answered first",
            },
            "decisions": array(ref("Decision")),
            "missing": array(record({"fact_type": TEXT, "field": TEXT, "rules": array(TEXT)})),
            "warnings": {
                **array(record({"rule": TEXT, "place": TEXT, "text": TEXT, "code": TEXT, "message": TEXT})),
                "description": "parts of conditions that came to null by themselves, such as a division by zero",
            },
            "findings": {
                **array(OBJECT),
                "description": "what the contract of its flow found on the fact: the data of each flow_finding",
            },
            "unknown": {
                **array(TEXT),
                "description": "fields of data that the fact type does not declare, misspelt perhaps; no rule reads them",
            },
            "problem": ref("Problem"),
        },
    )
    delivery = record(
        {
            "id": NUMBER,
            "key": {**TEXT, "description": "the idempotency key, sent as webhook-id in every attempt"},
            "decision": TEXT,
            "target": TEXT,
            "first_target": {
                **MAYBE_TEXT,
                "description": "whom it was for, where that target's fallback has it now",
            },
            "kind": TEXT,
            "subject": TEXT,
            "status": {"enum": list(STATUSES)},
            "attempts": NUMBER,
            "created_at": TIME,
            "next_at": MAYBE_TIME,
            "delivered_at": MAYBE_TIME,
            "last_status": {"type": ["integer", "null"]},
            "last_error": MAYBE_TEXT,
        }
    )
    tried = record(
        {
            "number": NUMBER,
            "at": TIME,
            "target": MAYBE_TEXT,
            "outcome": TEXT,
            "status": {"type": ["integer", "null"]},
            "error": MAYBE_TEXT,
            "milliseconds": NUMBER,
        }
    )
    further: Json = {
        "quantity": {"type": "number", "description": "how much of it is held, where not all"},
        "from_operation": {**TEXT, "description": "the operation from which on it stands in the way"},
        "review_at": {**TIME, "description": "when its owner is asked to look at it again"},
        "expires_at": {**TIME, "description": "when it ends by itself"},
        "origin": {**TEXT, "description": "the hold that it comes from, on what its subject was made of"},
    }
    hold = record(
        {
            "hold_id": TEXT,
            "status": {"enum": ["standing", "released"]},
            "subject": subject,
            "inventory_status": TEXT,
            "reason": TEXT,
            "rule": TEXT,
            "placed_at": TIME,
            "released_at": MAYBE_TIME,
            "data": OBJECT,
        },
        further,
    )
    task = record(
        {
            "function": TEXT,
            "asks": TEXT,
            "status": {"enum": ["open", *(follows for follows, _ in TASK_ANSWERS.values())]},
            "by": MAYBE_TEXT,
            "comment": MAYBE_TEXT,
            "changed_at": TIME,
        }
    )
    case = record(
        {
            "case_id": TEXT,
            "kind": TEXT,
            "title": TEXT,
            "subject": subject,
            "status": {"enum": list(CASE_STATUSES)},
            "count": {**NUMBER, "minimum": 1, "description": "how many matches came to it"},
            "overdue": {"type": "boolean"},
            "rule": TEXT,
            "order_id": MAYBE_TEXT,
            "opened_at": TIME,
            "answer_by": MAYBE_TIME,
            "changed_at": TIME,
            "closed_at": MAYBE_TIME,
            "by": {**MAYBE_TEXT, "description": "who answered last"},
            "comment": MAYBE_TEXT,
            "related": array(TEXT),
            "tasks": array(task),
        }
    )
    belief = {
        "anyOf": [record({"value": {}, "since": TIME, "by": array(TEXT)}), {"type": "null"}],
        "description": "what it holds to be so, since when, and by which facts or holds",
    }
    differing = record(
        {
            "subject": subject,
            "about": {"enum": ["inventory_status", "quantity", "confirmed"]},
            "erp": belief,
            "mes": belief,
            "lineside": belief,
            "difference": {**TEXT, "description": "in words; empty where they agree"},
        }
    )
    in_the_way = record(
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
                **array(record({"to": TEXT, "message": TEXT})),
                "description": "what was asked of whom when it was placed",
            },
        },
        further,
    )
    check = record(
        {
            "may_proceed": {"type": "boolean"},
            "why": {**TEXT, "description": "the answer in words"},
            "inventory_status": {**TEXT, "description": "the most restrictive of the holds in the way"},
            "count": {**NUMBER, "description": "how many holds are in the way"},
            "holds": {**array(in_the_way), "description": "the first 100 of them, as they were placed"},
            "ahead": {
                **array(in_the_way),
                "description": "holds that begin at a later operation than the one named",
            },
        }
    )
    brief = record({"id": NUMBER, "target": TEXT, "status": TEXT, "attempts": NUMBER})
    answered = record(
        {
            "answer": {"enum": ANSWERS},
            "function": MAYBE_TEXT,
            "by": TEXT,
            "comment": MAYBE_TEXT,
            "at": TIME,
            "refused": {**MAYBE_TEXT, "description": "why it changed nothing"},
            "fact": record({"source": TEXT, "id": TEXT}),
        }
    )
    message = record(
        {
            "decision": TEXT,
            "kind": {"enum": ["ask", "escalate"]},
            "time": TIME,
            "to": MAYBE_TEXT,
            "message": MAYBE_TEXT,
            "step": {"type": ["integer", "null"], "description": "of its ladder, from 1"},
            "on_shift": MAYBE_TEXT,
            "status": {"enum": ["decided", "silenced"]},
            "reason": TEXT,
            "deliveries": array(brief),
        }
    )
    step = record({"at": TIME, "step": NUMBER, "again": NUMBER, "tell": array(TEXT), "message": TEXT})
    ladder = record({"name": TEXT, "title": TEXT, "begun_at": TIME, "climbed": NUMBER, "next": array(step)})
    silence = record(
        {
            "shelved_id": TEXT,
            "status": {"enum": ["standing", "over"]},
            "how": {"enum": ["shelved", "suppressed", "out_of_service"]},
            "what": {**TEXT, "description": "a rule, or a kind of case"},
            "subject": {"anyOf": [subject, {"type": "null"}]},
            "since": TIME,
            "until": MAYBE_TIME,
            "ended_at": MAYBE_TIME,
            "one_shot": {"type": "boolean"},
            "reason": TEXT,
            "by": TEXT,
            "silenced": {**NUMBER, "description": "how much nobody was told of"},
        }
    )
    said = {
        "status": {"enum": ["accepted", "duplicate"]},
        "fact": name,
        "decisions": array(ref("Decision")),
    }
    loss = record({"what": TEXT, "rule": TEXT, "count": NUMBER, "keys": array(TEXT), "why": TEXT})
    lost = {**array(loss), "description": "what could not go on under it, where this process brought it in"}
    book = {"digest": TEXT, "active": {"type": "boolean"}, "first_active_at": TIME, "last_active_at": TIME}
    return {
        **generated,
        "Fact": fact,
        "FactAnswer": answer,
        "StoredFact": record(
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
        "DecisionPage": page_of("decisions", ref("Decision")),
        "ExplainedDecision": record(
            {
                "decision": ref("Decision"),
                "explanation": {"anyOf": [ref("Explanation"), {"type": "null"}]},
                "deliveries": array(brief),
            }
        ),
        "Reconciliation": record(
            {
                "rows": array(differing),
                "agreeing": {**MAYBE_NUMBER, "description": "rows that agree; null on a page that goes on"},
                "left_out": {
                    **MAYBE_NUMBER,
                    "description": "rows on later pages; null on a page that goes on",
                },
                "holds_not_compared": {
                    **MAYBE_NUMBER,
                    "description": "standing holds on something else than a lot; null on a page that goes on",
                },
                "next": {**MAYBE_TEXT, "description": "the cursor of the next page"},
            }
        ),
        "HoldCheck": check,
        "HoldPage": page_of("holds", hold),
        "Case": case,
        "CasePage": page_of("cases", ref("Case")),
        "WholeCase": record(
            {
                **case["properties"],
                "answers": array(answered),
                "messages": array(message),
                "ladder": {"anyOf": [ladder, {"type": "null"}]},
                "untold_because": {**MAYBE_TEXT, "description": "why nobody will be told next"},
            }
        ),
        "CaseAnswer": record(
            {"by": {**TEXT, "description": "who says it"}},
            {
                "function": {
                    **TEXT,
                    "description": "for whose task; needed where several functions are asked, and only for a task",
                },
                "comment": TEXT,
            },
        ),
        "AnsweredCase": record({**said, "case": ref("WholeCase")}),
        "Shelving": record(
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
        "AnsweredShelving": record({**said, "shelved": {"anyOf": [ref("Shelved"), {"type": "null"}]}}),
        "Shelved": silence,
        "ShelvedPage": page_of("shelved", ref("Shelved")),
        "RulebookList": record(
            {
                "rulebooks": array(
                    record(book, {"rulesets": array(OBJECT), "fact_types": array(TEXT), "left_behind": lost}),
                )
            }
        ),
        "Rulebook": record({**book, "sources": {"type": "object", "additionalProperties": TEXT}}),
        "Delivery": delivery,
        "DeliveryPage": page_of("deliveries", ref("Delivery")),
        "DeliveryWithAttempts": {"allOf": [ref("Delivery"), record({"body": OBJECT, "tried": array(tried)})]},
        "Replay": record({"id": NUMBER, "status": {"const": "due"}, "was": TEXT}),
        "TargetList": record(
            {
                "targets": array(
                    record(
                        {
                            "target": TEXT,
                            "kind": {"enum": ["webhook", "rest", "message", "stream"]},
                            "url": {**TEXT, "description": "where it is, as far as that is no secret"},
                            "decisions": array(TEXT),
                            "fallback": MAYBE_TEXT,
                            "disabled": {"type": ["object", "null"]},
                            "failing": {
                                "type": ["object", "null"],
                                "description": "failures in a row, since when, until when nothing is sent to it, and why",
                            },
                        }
                    )
                )
            }
        ),
        "Enabled": record({"target": TEXT, "was_disabled": {"type": "boolean"}}),
        "Live": record({"status": {"const": "live"}}),
        "Ready": record({"status": {"enum": ["ready", "not ready"]}, "checks": OBJECT}),
        "ProblemKind": record({"type": TEXT, "title": TEXT, "status": NUMBER, "advice": TEXT}),
    }
