"""From a match to its decisions: ids, subjects, values and texts. Pure; effects on the session are the session's.

A decision's id is the BLAKE2b hash of the rule, the action's place in it, the fact that triggered it, and the facts it rests on,
each length-prefixed: the same facts give the same id in every run, on every machine, under every matcher.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from hashlib import blake2b
from typing import Any

from engine.decisions import Decision, Fact, FactRef
from engine.matching import Match
from engine.model import OnMissing
from engine.rulebook import UNDECIDED, CompiledAction, CompiledRule, Rows, RuleBook, is_missing

ALERT = -1
"""The action index of the alert that a rule makes where it could not decide."""

NO_SUBJECT = "the subject is missing: its expression is null for these facts"


class Firing:
    """One firing of one rule: makes its decisions, and knows what was missing."""

    __slots__ = ("_arguments", "_book", "_match", "_refs", "_why_id", "missing", "now")

    def __init__(self, book: RuleBook, match: Match, trigger: Fact, now: datetime) -> None:
        rule, facts = match.rule, match.facts
        told = facts if rule.window is None else told_of(facts, rule.window)
        self._book = book
        self._match = match
        self.now = now
        if (
            len(facts) == 1 and rule.window is None and (only := facts[0]) is not None
        ):  # most rules read one fact
            self._arguments: tuple[Any, ...] = (only.data, rule.parameters, now)
            self._refs: tuple[FactRef, ...] = (FactRef(rule.aliases[0], only.type, only.source, only.id),)
        else:
            self._arguments = (*(None if f is None else f.data for f in facts), rule.parameters, now)
            self._refs = tuple(
                FactRef(alias, fact.type, fact.source, fact.id)
                for alias, fact in zip(rule.aliases, told, strict=True)
                if fact is not None
            )
        self._why_id = _identity_text(trigger, told)
        self.missing: tuple[str, ...] = ()
        if match.rows == (UNDECIDED,):
            self.missing = self._unanswered(rule)
        elif rule.on_missing is not OnMissing.SKIP:
            self.missing = self._undecided(rule)

    def decisions(self) -> list[tuple[CompiledAction | None, Decision]]:
        """Return each action with its decision, in the order of the rule."""
        rule = self._match.rule
        if not self.missing:
            actions = rule.actions
            if rule.table is not None:
                if problem := rule.table.problem(self._match.rows, *self._arguments):
                    return [(None, self._alert(rule, problem, "the table has no answer"))]
                actions = rule.table.actions(self._match.rows, *self._arguments)
            return [(action, self._decide(action)) for action in actions]
        if rule.on_missing is OnMissing.ALERT:
            why = f"on_missing: alert; {', '.join(self.missing)} is missing"
            return [(None, self._alert(rule, self._what_is_missing(), why))]
        reason = f"{rule.name} could not decide: {self._what_is_missing()}"
        return [(action, self._decide(action, reason)) for action in rule.actions if action.kind == "hold"]

    def _undecided(self, rule: CompiledRule) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for position in rule.positive:
            own = self._arguments[position]
            for conjunct in rule.patterns[position].conjuncts:
                if conjunct.missing and own is not None and not conjunct.strict(*self._arguments):
                    fact_type = rule.patterns[position].fact_type
                    found.update(
                        dict.fromkeys(
                            f"{fact_type}.{'.'.join(p)}" for p in conjunct.missing if is_missing(own, p)
                        )
                    )
        return tuple(found)

    def _unanswered(self, rule: CompiledRule) -> tuple[str, ...]:
        """Return the missing fields for want of which the table of *rule* has no answer."""
        assert rule.table is not None  # noqa: S101 - only a table leaves a match undecided
        found = {
            f"{rule.patterns[position].fact_type}.{'.'.join(path)}": None
            for position, path in rule.table.missing
            if is_missing(self._arguments[position], path)
        }
        return tuple(found)

    def _what_is_missing(self) -> str:
        return " and ".join(
            f"{path.split('.', 1)[0]} has no {path.split('.', 1)[1]}" for path in self.missing
        )

    def _decide(self, action: CompiledAction, reason: str | None = None) -> Decision:
        rule = self._match.rule
        values = action.constants
        if action.computed:
            values = dict(values)
            for name, compute in action.computed:
                value = compute(*self._arguments)
                if value is not None or action.fact_type is None:
                    values[name] = value
        if action.fact_type is not None:
            subject_type, subject_id, why = self._derived_subject(action.fact_type, values)
        else:
            subject_type, subject_id, why = self._subject(action)
        text = reason if reason is not None else action.reason
        if callable(text):
            text = text(*self._arguments)
        return Decision(
            self._id(action.index, rule.name, action.rows),
            action.kind,
            subject_type,
            subject_id,
            rule.name,
            rule.ruleset,
            self._book.digest,
            self.now,
            values,
            self._refs,
            action.index,
            rule.priority,
            "void" if why else "decided",
            None,
            why or text or "",
            action.rows,
        )

    def _alert(self, rule: CompiledRule, message: str, reason: str) -> Decision:
        subject_type, subject_id = self._default_subject()
        return Decision(
            id=self._id(ALERT, rule.name),
            kind="escalate",
            subject_type=subject_type,
            subject_id=subject_id,
            rule=rule.name,
            ruleset=rule.ruleset,
            rulebook=self._book.digest,
            time=self.now,
            values={
                "to": rule.owner or "quality",
                "message": f"{rule.name} could not decide: {message}",
            },
            facts=self._refs,
            action=ALERT,
            priority=rule.priority,
            reason=reason,
        )

    def _subject(self, action: CompiledAction) -> tuple[str, str, str]:
        if action.subject_type is None or action.subject is None:
            return (*self._default_subject(), "")
        value = action.subject(*self._arguments)
        if value is None or value == "":
            return action.subject_type, "", NO_SUBJECT
        return action.subject_type, value, ""

    def _derived_subject(self, fact_type: str, values: Mapping[str, Any]) -> tuple[str, str, str]:
        declared = self._book.fact_types[fact_type]
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

    def _default_subject(self) -> tuple[str, str]:
        rule = self._match.rule
        position = rule.positive[0] if rule.event is None else rule.event
        facts = self._match.facts
        fact = (facts if rule.window is None else told_of(facts, rule.window))[position]
        assert fact is not None  # noqa: S101 - positive patterns bind a fact
        key = self._book.key_of(fact)
        return fact.type, "/".join(str(part) for part in key) if key else fact.id

    def _id(self, index: int, rule: str, rows: Rows = ()) -> str:
        by = f"@{','.join(map(str, rows))}" if rows else ""
        text = f"{len(rule)}:{rule}{index}{by};{self._why_id}"
        return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def told_of(facts: tuple[Fact | None, ...], window: int) -> tuple[Fact | None, ...]:
    """Return *facts* with the last event of the window at position *window* in place of the window's own state."""
    state = facts[window]
    if state is None:
        return facts
    return (*facts[:window], state.data["facts"].last, *facts[window + 1 :])


def _identity_text(trigger: Fact, facts: tuple[Fact | None, ...]) -> str:
    """Return the part of an id that says which facts: the trigger, then what is bound to each pattern in turn."""
    text = f"{len(trigger.source)}:{trigger.source}{len(trigger.id)}:{trigger.id};"
    for fact in facts:
        if fact is trigger:
            text += "*"
        elif fact is None:
            text += "-"
        else:
            text += f"{len(fact.source)}:{fact.source}{len(fact.id)}:{fact.id}"
    return text
