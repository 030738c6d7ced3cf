"""From a match to its decisions: ids, subjects, values and texts. Pure; effects on the session are the session's.

A decision's id is the BLAKE2b hash of the rule, the action's place in it, the fact that triggered it, and the facts it rests on,
each length-prefixed: the same facts give the same id in every run, on every machine, under every matcher.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from hashlib import blake2b
from typing import Any

from engine.decisions import Decision, Fact, FactRef
from engine.matching import Match
from engine.model import OnMissing
from engine.rulebook import CompiledAction, CompiledRule, Data, RuleBook, is_missing

ALERT = -1
"""The action index of the alert that a rule makes where it could not decide."""

NO_SUBJECT = "the subject is missing: its expression is null for these facts"


class Firing:
    """One firing of one rule: yields its decisions, and knows what was missing."""

    __slots__ = ("_book", "_data", "_match", "_refs", "_trigger", "missing", "now")

    def __init__(self, book: RuleBook, match: Match, trigger: Fact, now: datetime) -> None:
        self._book = book
        self._match = match
        self._trigger = trigger
        self.now = now
        self._data: list[Data | None] = [None if f is None else f.data for f in match.facts]
        self._refs: tuple[FactRef, ...] | None = None
        rule = match.rule
        self.missing: tuple[str, ...] = ()
        if rule.on_missing is not OnMissing.SKIP:
            self.missing = self._undecided(rule)

    def decisions(self) -> Iterator[tuple[CompiledAction | None, Decision]]:
        """Yield each action with its decision, in order; lazily, since one may change what the session holds for the next."""
        rule = self._match.rule
        if not self.missing:
            for action in rule.actions:
                yield action, self._decide(action)
        elif rule.on_missing is OnMissing.ALERT:
            yield None, self._alert(rule)
        else:
            for action in rule.actions:
                if action.kind == "hold":
                    yield (
                        action,
                        self._decide(action, f"{rule.name} could not decide: {self._what_is_missing()}"),
                    )

    def _undecided(self, rule: CompiledRule) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for position in rule.positive:
            own = self._data[position]
            for conjunct in rule.patterns[position].conjuncts:
                if (
                    conjunct.missing
                    and own is not None
                    and not conjunct.strict(*self._data, rule.parameters, self.now)
                ):
                    fact_type = rule.patterns[position].fact_type
                    found.update(
                        dict.fromkeys(
                            f"{fact_type}.{'.'.join(p)}" for p in conjunct.missing if is_missing(own, p)
                        )
                    )
        return tuple(found)

    def _what_is_missing(self) -> str:
        return " and ".join(
            f"{path.split('.', 1)[0]} has no {path.split('.', 1)[1]}" for path in self.missing
        )

    def _decide(self, action: CompiledAction, reason: str | None = None) -> Decision:
        rule = self._match.rule
        values: dict[str, Any]
        if action.computed:
            values = dict(action.constants)
            for name, compute in action.computed:
                value = compute(*self._data, rule.parameters, self.now)
                if value is not None or action.fact_type is None:
                    values[name] = value
        else:
            values = action.constants  # type: ignore[assignment]
        status = "decided"
        if action.fact_type is not None:
            subject_type, subject_id, why = self._derived_subject(action.fact_type, values)
        else:
            subject_type, subject_id, why = self._subject(action)
        if why:
            status = "void"
        text = reason if reason is not None else action.reason
        if callable(text):
            text = text(*self._data, rule.parameters, self.now)
        return Decision(
            self._id(action.index, rule.name),
            action.kind,
            subject_type,
            subject_id,
            rule.name,
            rule.ruleset,
            self._book.digest,
            self.now,
            values,
            self._references(),
            action.index,
            rule.priority,
            status,
            None,
            why or text or "",
        )

    def _alert(self, rule: CompiledRule) -> Decision:
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
                "message": f"{rule.name} could not decide: {self._what_is_missing()}",
            },
            facts=self._references(),
            action=ALERT,
            priority=rule.priority,
            reason=f"on_missing: alert; {', '.join(self.missing)} is missing",
        )

    def _subject(self, action: CompiledAction) -> tuple[str, str, str]:
        if action.subject_type is None or action.subject is None:
            return (*self._default_subject(), "")
        value = action.subject(*self._data, self._match.rule.parameters, self.now)
        if value is None or value == "":
            return action.subject_type, "", NO_SUBJECT
        return action.subject_type, value if isinstance(value, str) else str(value), ""

    def _derived_subject(self, fact_type: str, values: dict[str, Any]) -> tuple[str, str, str]:
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
        fact = self._match.facts[position]
        assert fact is not None  # noqa: S101 - positive patterns bind a fact
        key = self._book.key_of(fact)
        return fact.type, "/".join(str(part) for part in key) if key else fact.id

    def _references(self) -> tuple[FactRef, ...]:
        if self._refs is None:
            self._refs = tuple(
                FactRef(pattern.alias, fact.type, fact.source, fact.id)
                for pattern, fact in zip(self._match.rule.patterns, self._match.facts, strict=True)
                if fact is not None
            )
        return self._refs

    def _id(self, index: int, rule: str) -> str:
        trigger = self._trigger
        text = (
            f"{len(rule)}:{rule}{index};{len(trigger.source)}:{trigger.source}{len(trigger.id)}:{trigger.id}"
        )
        for fact in self._match.facts:
            if fact is not None and fact is not trigger:
                text += f"{len(fact.source)}:{fact.source}{len(fact.id)}:{fact.id}"
        return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
