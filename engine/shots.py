"""Rules that one event decides, alone or with one state beside it: each action is made into a single function that goes from the
facts to the decision.

Rules that do the same share the function, so that what a firing reads of one rule alone is its name. What comes out equals
what `engine.firing` makes of the same match; the tests hold the two against each other.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from engine.decisions import Decision, Fact, FactRef
from engine.identity import LENGTHS, hashed, named, new_hash
from engine.rulebook import CompiledRule, RuleBook

Fire = Callable[..., tuple[Decision, ...]]
"""From the rule's name, the event, the state beside it where there is one, and the event's time to the rule's decisions, which
nothing has settled yet."""

NO_SUBJECT = "the subject is missing: its expression is null for these facts"


class Shots:
    """The functions by which the plain rules of a book fire, made when they are first asked for."""

    __slots__ = ("_digest", "_made")

    def __init__(self, book: RuleBook) -> None:
        self._digest = book.digest
        self._made: dict[Any, Fire] = {}

    def of(self, rule: CompiledRule) -> Fire | None:
        """Return how *rule*, which reads one event and one state at most, fires; None where that takes a closer look.

        That is where it is not plain, has not exactly one action, or one whose subject is not written.
        """
        if not rule.is_plain or len(rule.actions) != 1:
            return None
        (action,) = rule.actions
        if action.fact_type is not None or action.subject is None or action.subject_type is None:
            return None
        said = (id(action), rule.ruleset, rule.priority, rule.aliases, rule.event, id(rule.parameters))
        found = self._made.get(said)
        if found is None:
            made = _fire(rule, self._digest) if len(rule.patterns) == 1 else _fire_beside(rule, self._digest)
            found = self._made[said] = made
        return found


def _fire(rule: CompiledRule, digest: str) -> Fire:
    (action,) = rule.actions
    kind, subject_type, subject, mark = action.kind, action.subject_type, action.subject, action.mark
    assert subject_type is not None and subject is not None  # noqa: S101, PT018 - the caller looked
    constants, computed, index, rows = action.constants, action.computed, action.index, action.rows
    reason, render = ("", action.reason) if callable(action.reason) else (action.reason or "", None)
    alias, parameters, ruleset, priority = rule.aliases[0], rule.parameters, rule.ruleset, rule.priority

    def fire(name: str, fact: Fact, now: datetime) -> tuple[Decision, ...]:
        source, fact_id, data = fact.source, fact.id, fact.data
        values, text, status = constants, reason, "decided"
        if computed:
            values = {**constants, **{field: compute(data, parameters, now) for field, compute in computed}}
        subject_id = subject(data, parameters, now)
        if render is not None:
            text = render(data, parameters, now)
        if not subject_id:
            subject_id, status, text = "", "void", NO_SUBJECT
        lengths, hashing = LENGTHS, new_hash()
        try:  # written out, since two calls are a tenth of all that is done here
            said = f"{lengths[len(name)]}{name}{mark}{lengths[len(source)]}{source}{lengths[len(fact_id)]}{fact_id};*"
            hashing.update(said.encode())
            identity = hashing.hexdigest()
        except (IndexError, UnicodeEncodeError):
            identity = hashed(f"{len(name)}:{name}{mark}{named(source, fact_id)};*")
        return (
            Decision(
                identity,
                kind,
                subject_type,
                subject_id,
                name,
                ruleset,
                digest,
                now,
                values,
                (FactRef(alias, fact.type, source, fact_id),),
                index,
                priority,
                status,
                None,
                text,
                rows,
            ),
        )

    return fire


def _fire_beside(rule: CompiledRule, digest: str) -> Fire:
    (action,) = rule.actions
    kind, subject_type, subject, mark = action.kind, action.subject_type, action.subject, action.mark
    assert subject_type is not None and subject is not None  # noqa: S101, PT018 - the caller looked
    constants, computed, index, rows = action.constants, action.computed, action.index, action.rows
    reason, render = ("", action.reason) if callable(action.reason) else (action.reason or "", None)
    parameters, ruleset, priority = rule.parameters, rule.ruleset, rule.priority
    first, second = rule.aliases
    is_first = rule.event == 0

    def fire(name: str, fact: Fact, state: Fact, now: datetime) -> tuple[Decision, ...]:
        a, b = (fact, state) if is_first else (state, fact)
        one, other = a.data, b.data
        values, text, status = constants, reason, "decided"
        if computed:
            found = {field: compute(one, other, parameters, now) for field, compute in computed}
            values = {**constants, **found}
        subject_id = subject(one, other, parameters, now)
        if render is not None:
            text = render(one, other, parameters, now)
        if not subject_id:
            subject_id, status, text = "", "void", NO_SUBJECT
        source, fact_id, owner, state_id = fact.source, fact.id, state.source, state.id
        lengths, hashing = LENGTHS, new_hash()
        try:
            beside = f"{lengths[len(owner)]}{owner}{lengths[len(state_id)]}{state_id}"
            by = f"{lengths[len(name)]}{name}{mark}{lengths[len(source)]}{source}{lengths[len(fact_id)]}{fact_id};"
            hashing.update((f"{by}*{beside}" if is_first else f"{by}{beside}*").encode())
            identity = hashing.hexdigest()
        except (IndexError, UnicodeEncodeError):
            beside, by = named(owner, state_id), f"{len(name)}:{name}{mark}{named(source, fact_id)};"
            identity = hashed(f"{by}*{beside}" if is_first else f"{by}{beside}*")
        return (
            Decision(
                identity,
                kind,
                subject_type,
                subject_id,
                name,
                ruleset,
                digest,
                now,
                values,
                (FactRef(first, a.type, a.source, a.id), FactRef(second, b.type, b.source, b.id)),
                index,
                priority,
                status,
                None,
                text,
                rows,
            ),
        )

    return fire
