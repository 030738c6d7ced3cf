"""From a match to its decisions: ids, subjects, values and texts. Pure; effects on the session are the session's.

A decision's id is the BLAKE2b hash of the rule, the action's place in it, the fact that triggered it, and the facts it rests on
(see engine.identity): the same facts give the same id in every run, on every machine, under every matcher.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from engine.decisions import Decision, Fact, FactRef
from engine.identity import ABSENT, TRIGGER, hashed, named
from engine.matching import Match
from engine.model import OnMissing
from engine.rulebook import UNDECIDED, CompiledAction, CompiledRule, RuleBook, arguments_of, is_missing
from engine.shots import NO_SUBJECT

ALERT = -1
"""The action index of the alert that a rule makes where it could not decide."""

NO_ANSWER = "the table has no answer"


def decide(
    book: RuleBook,
    match: Match,
    trigger: Fact,
    now: datetime,
    *,
    actions: Sequence[CompiledAction] | None = None,
    reason: str | None = None,
) -> list[Decision]:
    """Return the decision of each of *actions*, in order: of those of the rule, or of others, and for another *reason*."""
    rule, facts = match.rule, match.facts
    if len(facts) == 1 and facts[0] is trigger:  # as of most rules
        arguments: tuple[Any, ...] = (trigger.data, rule.parameters, now)
        refs: tuple[FactRef, ...] = (FactRef(rule.aliases[0], trigger.type, trigger.source, trigger.id),)
        why = named(trigger.source, trigger.id) + TRIGGER
    else:
        arguments = arguments_of(rule, facts, now)
        refs, why = _rests_on(rule, facts, trigger)
    name = rule.name
    by = f"{name}\0"
    made = []
    for action in rule.actions if actions is None else actions:
        values, void = action.constants, ""
        if action.computed:
            values = values.copy()
            for field, compute in action.computed:
                value = compute(*arguments)
                if value is not None or action.fact_type is None:
                    values[field] = value
        if action.fact_type is not None:
            subject_type, subject_id, void = _derived_subject(book, action.fact_type, values)
        elif action.subject is None or action.subject_type is None:
            subject_type, subject_id = _default_subject(book, match)
        else:
            subject_type, subject_id = action.subject_type, action.subject(*arguments)
            if subject_id is None or subject_id == "":
                subject_id, void = "", NO_SUBJECT
        text = action.reason if reason is None else reason
        if text is not None and type(text) is not str:
            text = text(*arguments)  # type: ignore[operator]
        made.append(
            Decision(
                hashed(f"{by}{action.mark}{why}"),
                action.kind,
                subject_type,
                subject_id,
                name,
                rule.ruleset,
                book.digest,
                now,
                values,
                refs,
                action.index,
                rule.priority,
                "void" if void else "decided",
                None,
                void or text or "",
                action.rows,
            )
        )
    return made


Concluded = list[tuple[CompiledAction | None, Decision]]


def conclude(book: RuleBook, match: Match, trigger: Fact, now: datetime) -> tuple[Concluded, tuple[str, ...]]:
    """Return each action with its decision (an alert has none), and the fields whose absence kept the rule from deciding."""
    rule = match.rule
    missing: tuple[str, ...] = ()
    actions, reason = rule.actions, None
    if rule.table is not None or rule.on_missing is not OnMissing.SKIP:
        arguments = arguments_of(rule, match.facts, now)
        if match.rows == (UNDECIDED,):
            missing = _unanswered(rule, arguments)
        elif rule.on_missing is not OnMissing.SKIP:
            missing = _undecided(rule, arguments)
        if missing:
            told = _what_is_missing(missing)
            if rule.on_missing is OnMissing.ALERT:
                because = f"on_missing: alert; {', '.join(missing)} is missing"
                return [(None, _alert(book, match, trigger, now, message=told, reason=because))], missing
            actions = tuple(action for action in actions if action.kind == "hold")
            reason = f"{rule.name} could not decide: {told}"
        elif rule.table is not None:
            if problem := rule.table.problem(match.rows, *arguments):
                return [(None, _alert(book, match, trigger, now, message=problem, reason=NO_ANSWER))], ()
            actions = rule.table.actions(match.rows, *arguments)
    made = decide(book, match, trigger, now, actions=actions, reason=reason)
    return list(zip(actions, made, strict=True)), missing


def _rests_on(
    rule: CompiledRule, facts: tuple[Fact | None, ...], trigger: Fact
) -> tuple[tuple[FactRef, ...], str]:
    """Return the facts that a decision names, and the part of its id that says which: the trigger, then each pattern's."""
    told = facts if rule.window is None else told_of(facts, rule.window)
    refs = []
    text = named(trigger.source, trigger.id)
    for alias, fact in zip(rule.aliases, told, strict=True):
        if fact is None:
            text += ABSENT
            continue
        refs.append(FactRef(alias, fact.type, fact.source, fact.id))
        text += TRIGGER if fact is trigger else named(fact.source, fact.id)
    return tuple(refs), text


def _undecided(rule: CompiledRule, arguments: tuple[Any, ...]) -> tuple[str, ...]:
    """Return the missing fields that the rule compares, where it would have held but for them."""
    found: dict[str, None] = {}
    for position in rule.positive:
        own = arguments[position]
        for conjunct in rule.patterns[position].conjuncts:
            if conjunct.missing and own is not None and not conjunct.strict(*arguments):
                fact_type = rule.patterns[position].fact_type
                found.update(
                    dict.fromkeys(
                        f"{fact_type}.{'.'.join(p)}" for p in conjunct.missing if is_missing(own, p)
                    )
                )
    return tuple(found)


def _unanswered(rule: CompiledRule, arguments: tuple[Any, ...]) -> tuple[str, ...]:
    """Return the missing fields for want of which the rule's table has no answer."""
    assert rule.table is not None  # noqa: S101 - only a table leaves a match undecided
    found = {
        f"{rule.patterns[position].fact_type}.{'.'.join(path)}": None
        for position, path in rule.table.missing
        if is_missing(arguments[position], path)
    }
    return tuple(found)


def _alert(
    book: RuleBook, match: Match, trigger: Fact, now: datetime, *, message: str, reason: str
) -> Decision:
    rule = match.rule
    refs, why = _rests_on(rule, match.facts, trigger)
    subject_type, subject_id = _default_subject(book, match)
    return Decision(
        id=hashed(f"{rule.name}\0{ALERT}\0{why}"),
        kind="escalate",
        subject_type=subject_type,
        subject_id=subject_id,
        rule=rule.name,
        ruleset=rule.ruleset,
        rulebook=book.digest,
        time=now,
        values={
            "to": rule.owner or "quality",
            "message": f"{rule.name} could not decide: {message}",
        },
        facts=refs,
        action=ALERT,
        priority=rule.priority,
        reason=reason,
    )


def _derived_subject(book: RuleBook, fact_type: str, values: Mapping[str, Any]) -> tuple[str, str, str]:
    declared = book.fact_types[fact_type]
    needed = dict.fromkeys([*declared.key, *declared.schema.get("required", ())])
    absent = [name for name in needed if values.get(name) is None]
    key = "/".join(str(values.get(name)) for name in declared.key)
    if absent:
        return (
            fact_type,
            key,
            f"not asserted: {fact_type} needs {', '.join(absent)}, which is null for these facts",
        )
    return fact_type, key, ""


def _default_subject(book: RuleBook, match: Match) -> tuple[str, str]:
    rule, facts = match.rule, match.facts
    position = rule.positive[0] if rule.event is None else rule.event
    fact = (facts if rule.window is None else told_of(facts, rule.window))[position]
    assert fact is not None  # noqa: S101 - positive patterns bind a fact
    key = book.key_of(fact)
    return fact.type, "/".join(str(part) for part in key) if key else fact.id


def told_of(facts: tuple[Fact | None, ...], window: int) -> tuple[Fact | None, ...]:
    """Return *facts* with the last event of the window at position *window* in place of the window's own state."""
    state = facts[window]
    if state is None:
        return facts
    return (*facts[:window], state.data["facts"].last, *facts[window + 1 :])


def _what_is_missing(missing: tuple[str, ...]) -> str:
    return " and ".join(f"{path.split('.', 1)[0]} has no {path.split('.', 1)[1]}" for path in missing)
