"""Actions into constant values and compiled ones, and the condition that clears a match.

Every computed value is plain JSON when it leaves here: decisions are stored and sent as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from engine import feel
from engine.feel.scope import Scope
from engine.model import Action, Documents, Expression, Literal, Rule, RuleSet, Text, Value
from engine.rulebook import CompiledAction, Condition, plain_key
from engine.scopes import action_scope, signature

MISSING_TEXT = "(missing)"
"""What a text shows for an expression that is null."""

PLAIN = (feel.types.String, feel.types.Number, feel.types.Boolean)
"""Types whose FEEL values are plain JSON as they are."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an expression of an action stands: what names mean there, its Python parameters, and the functions so far."""

    scope: Scope
    parameters: Sequence[str]
    pool: feel.FunctionPool

    def compile(self, expression: Expression) -> Callable[..., Any]:
        return feel.compile_value(expression.node, self.scope, self.parameters, self.pool)

    def type_of(self, expression: Expression) -> feel.FeelType:
        return feel.check(expression.node, self.scope).type


def compile_action(
    documents: Documents,
    ruleset: RuleSet,
    rule: Rule,
    index: int,
    pool: feel.FunctionPool,
    *,
    filled: Action | None = None,
) -> CompiledAction:
    """Return the action at *index* of *rule*, or what a row of its table *filled* in there, with its constants ready."""
    action = filled or rule.actions[index]
    place = _Place(action_scope(documents, ruleset, rule), signature(rule), pool)
    constants: dict[str, Any] = {}
    computed: list[tuple[str, Callable[..., Any]]] = []
    reason: str | Callable[..., Any] | None = None
    for name, value in action.values.items():
        compiled = _compile(value, place)
        if action.kind == "hold" and name == "from_operation":
            compiled = _as_name(compiled)
        if name == "reason" and action.fact_type is None:
            reason = compiled if callable(compiled) else str(compiled)
        elif callable(compiled):
            computed.append((name, compiled))
        else:
            constants[name] = compiled
    subject = None if action.subject is None else _compile_subject(action.subject.value, place)
    if action.case is not None and "title" not in action.values:
        constants["title"] = rule.title or rule.name
    return CompiledAction(
        kind=action.kind,
        index=index,
        subject_type=None if action.subject is None else action.subject.type,
        subject=subject,
        constants=constants,
        computed=tuple(computed),
        reason=reason,
        fact_type=action.fact_type,
        hold=None if action.hold is None else action.hold.settled(ruleset.calendar),
        case=None if action.case is None else action.case.settled(rule.name, ruleset.calendar),
    )


def compile_until(documents: Documents, ruleset: RuleSet, rule: Rule) -> Condition | None:
    """Return the condition that clears a match of *rule*, if it states one."""
    if rule.until is None:
        return None
    return feel.compile_condition(rule.until.node, action_scope(documents, ruleset, rule), signature(rule))


def compile_for_each(documents: Documents, ruleset: RuleSet, rule: Rule) -> Callable[..., Any] | None:
    """Return what gives that for which *rule* fires at most once in a while, if it states that."""
    if rule.for_each is None:
        return None
    place = _Place(action_scope(documents, ruleset, rule), signature(rule), feel.FunctionPool())
    compute = place.compile(rule.for_each)
    return lambda *facts: feel.to_json(compute(*facts))


def compile_output(
    documents: Documents, ruleset: RuleSet, rule: Rule, value: Value, pool: feel.FunctionPool
) -> Any:
    """Return *value*, of a table of *rule*: a constant, or a function of the rule's facts."""
    return _compile(value, _Place(action_scope(documents, ruleset, rule), signature(rule), pool))


def _compile(value: Value, place: _Place) -> Any:
    """Return a constant, or a function of the rule's facts."""
    if isinstance(value, Literal):
        return value.value
    if isinstance(value, Expression):
        compute = place.compile(value)
        if isinstance(place.type_of(value), PLAIN):
            return compute
        return lambda *facts: feel.to_json(compute(*facts))
    return _compile_text(value, place)


def _as_name(compiled: Any) -> Any:
    """Return the same as the text that names something, such as an operation, whether it is written as text or as a number."""
    if callable(compiled):
        return lambda *facts: _as_name(compiled(*facts))
    return compiled if compiled is None or isinstance(compiled, str) else feel.to_text(plain_key(compiled))


def _compile_text(value: Text, place: _Place) -> Callable[..., str] | str:
    parts = [p if isinstance(p, str) else place.compile(p) for p in value.parts]
    if all(isinstance(part, str) for part in parts):
        return "".join(str(part) for part in parts)

    def render(*facts: Any) -> str:
        shown = []
        for part in parts:
            if isinstance(part, str):
                shown.append(part)
            else:
                found = part(*facts)
                shown.append(MISSING_TEXT if found is None else feel.to_text(found))
        return "".join(shown)

    return render


def _compile_subject(value: Value, place: _Place) -> Callable[..., str | None]:
    """Return a function of the rule's facts that gives the subject's id as text, or None where it is null."""
    compiled = _compile(value, place)
    if not callable(compiled):
        constant = None if compiled is None else feel.to_text(plain_key(compiled))
        return lambda *_: constant
    if isinstance(value, Expression) and isinstance(place.type_of(value), feel.types.String):
        return compiled  # type: ignore[no-any-return]

    def render(*facts: Any) -> str | None:
        found = compiled(*facts)
        return found if found is None or isinstance(found, str) else feel.to_text(plain_key(found))

    return render
