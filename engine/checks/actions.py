"""What actions are given: FEEL that holds together, values of the right type, facts that Lineside may state."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterator, Mapping
from types import MappingProxyType

from engine import feel
from engine.checks.conditions import feel_faults
from engine.diagnostics import Diagnostic, Span, did_you_mean, error
from engine.feel import types as t
from engine.feel.scope import Scope
from engine.filling import filled_fields, stated_actions
from engine.model import Action, Documents, Expression, FactType, Literal, Subject, Text, Value
from engine.parser.values import is_number
from engine.scopes import action_scope, record_type, type_of_value
from engine.shapes.actions import HOLD_STATUSES
from engine.source.scalars import resolve

LINESIDE = "lineside"
HOLD = "hold"
_BY_ACTION = MappingProxyType(
    {
        HOLD: ("hold", "placed"),
        "case": ("open_case", "opened"),
        "task": ("open_case", "asked for"),
        "shelved": ("suppress", "made"),
    }
)
"""States of Lineside's own that no rule asserts: the action that makes them, and how."""
_WRITTEN = (t.Date, t.Time, t.DateTime, t.AnyDuration, t.DaysTimeDuration, t.YearsMonthsDuration)
"""Types whose values JSON writes as text."""

KEY_TYPES: Mapping[str, t.FeelType] = MappingProxyType(
    {
        "reason": t.STRING,
        "message": t.STRING,
        "to": t.STRING,
        "priority": t.NUMBER,
        "quantity": t.NUMBER,
        "inventory_status": t.String(frozenset(HOLD_STATUSES)),
        "title": t.STRING,
        "tasks": t.STRING,
        "hold_id": t.STRING,
        "from_operation": t.ANY,
    }
)


def values_fit(documents: Documents) -> Iterator[Diagnostic]:
    """Yield every FEEL fault in the values of actions, every value of the wrong type, every fact stated amiss.

    One pass, so that each expression is typed once.
    """
    for ruleset in documents.rulesets:
        for rule in ruleset.rules:
            scope = action_scope(documents, ruleset, rule)
            filled = filled_fields(rule)
            for at, action in enumerate(stated_actions(rule)):
                if action.subject is not None:
                    yield from _subject_faults(action.subject, scope)
                record = None
                asserted = documents.fact_types.get(action.fact_type or "")
                if asserted is not None:
                    record = record_type(documents, asserted.name)
                    if at < len(rule.actions):  # after them come rows of a table, which state single fields
                        yield from _assert_faults(asserted, record, action, filled[at])
                for key, value in action.values.items():
                    found = yield from _typed(value, scope)
                    wanted = KEY_TYPES.get(key.partition(".")[0]) if action.fact_type is None else None
                    if wanted is not None:
                        yield from _value_faults(key, value, found, wanted)
                    elif record is not None and action.fact_type not in _BY_ACTION and key in record.fields:
                        yield from _field_faults(key, value, found, record.fields[key])


def _typed(value: Value, scope: Scope) -> Generator[Diagnostic, None, t.FeelType]:
    """Yield the FEEL faults of *value* and return its type; Any where it has some."""
    if isinstance(value, Literal):
        return type_of_value(value.value)
    if isinstance(value, Expression):
        checked = feel.check(value.node, scope)
        yield from feel_faults(value, checked.faults)
        return t.ANY if checked.faults else checked.type
    for part in value.parts:
        if isinstance(part, Expression):
            yield from feel_faults(part, feel.check(part.node, scope).faults)
    return t.STRING


def _subject_faults(subject: Subject, scope: Scope) -> Iterator[Diagnostic]:
    found = yield from _typed(subject.value, scope)
    if not isinstance(found, t.String | t.Number | t.Any_):
        yield _misfit(subject.type, subject.value, found, "a text that identifies it", "")


def span_of(value: Value) -> Span:
    """Return where *value* stands."""
    return value.span() if isinstance(value, Expression) else value.span


def _value_faults(key: str, value: Value, found: t.FeelType, wanted: t.FeelType) -> Iterator[Diagnostic]:
    if isinstance(found, t.Any_):
        return
    if isinstance(found, t.String) and isinstance(wanted, t.String):
        if wanted.enum is None or found.enum is None or found.enum <= wanted.enum:
            return
        wrong = sorted(found.enum - wanted.enum)
        message = f'"{key}" cannot be ' + " or ".join(f'"{word[:60]}"' for word in wrong[:5])
        yield error("action-value", span_of(value), message, did_you_mean(wrong[0], wanted.enum))
    elif not _is_same_kind(found, wanted):
        fix = ""
        if isinstance(value, Literal) and isinstance(wanted, t.String):
            fix = "put it in quotes"
        elif (
            isinstance(value, Literal)
            and isinstance(wanted, t.Number)
            and is_number(resolve(str(value.value)))
        ):
            fix = "drop the quotes"
        elif isinstance(value, Literal | Text) and isinstance(found, t.String):
            fix = 'write "= ..." for FEEL'
        elif isinstance(wanted, t.String) and isinstance(value, Expression):
            fix = "use string(...)"
        yield _misfit(key, value, found, wanted.word, fix)


def _misfit(key: str, value: Value, found: t.FeelType, wanted: str, fix: str) -> Diagnostic:
    return error("action-value", span_of(value), f'"{key}" is {found.word}, not {wanted}', fix)


def _is_same_kind(found: t.FeelType, wanted: t.FeelType) -> bool:
    if isinstance(wanted, t.Any_):
        return True
    if isinstance(wanted, t.AnyDuration):
        return isinstance(found, t.AnyDuration | t.DaysTimeDuration | t.YearsMonthsDuration)
    return type(found) is type(wanted)


def _assert_faults(
    fact_type: FactType, record: t.ContextType, action: Action, filled: Collection[str]
) -> Iterator[Diagnostic]:
    name = fact_type.name
    if LINESIDE not in fact_type.owners:
        owners = " and ".join(fact_type.owners) or "nobody"
        message = f'"{name}" belongs to {owners}, so no rule can state it'
        yield error("assert-owner", action.span, message, f"assert a fact type whose owner is {LINESIDE}")
    if name in _BY_ACTION:
        word, said = _BY_ACTION[name]
        yield error(
            "assert-owner",
            action.span,
            f"a {name} is {said} by the action {word}",
            f'write "{word}:" with a subject',
        )
        return
    for field in action.values:
        if field not in record.fields and not record.open:
            span = action.places.get(field, action.span)
            message = f'{name} has no field "{field[:60]}"'
            yield error("unknown-field", span, message, did_you_mean(field, record.fields))
    required = [field for field, declared in record.fields.items() if declared.required]
    lacking = [
        field for field in (*fact_type.key, *required) if field not in action.places and field not in filled
    ]
    for field in dict.fromkeys(lacking):
        message = f'the asserted {name} has no "{field}"'
        yield error("assert-incomplete", action.span, message, f'add "{field}: ..."')


def _field_faults(field: str, value: Value, found: t.FeelType, declared: t.Field) -> Iterator[Diagnostic]:
    if isinstance(found, t.Null):
        if declared.required:
            yield _misfit(field, value, found, declared.type.word, "give it a value")
    elif isinstance(value, Literal) and isinstance(value.value, str) and isinstance(declared.type, _WRITTEN):
        if feel.to_feel(value.value, declared.type) is None:
            message = f'"{field}" cannot be "{value.value[:60]}", which is not {declared.type.word}'
            yield error("action-value", value.span, message, "write it as ISO 8601 does")
    else:
        yield from _value_faults(field, value, found, declared.type)
