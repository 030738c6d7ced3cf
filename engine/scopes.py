"""What names mean in a rule: the scopes that the checks and the compiler both resolve names by.

In a compiled function the data of the fact at pattern *i* is the parameter `p{i}`, and the rule set's parameters are
`parameters_`, after them and before `now`. Unknown fact types give open records, so that one fault is not many.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from engine.calendars import NO_CALENDARS, Calendar, Calendars
from engine.definitions.library import EMPTY, Library, library_of
from engine.feel import types as t
from engine.feel.builtins.shifts import CALENDARS
from engine.feel.convert import type_of_schema
from engine.feel.scope import Scope, Variable
from engine.feel.temporal import DateTimeValue, DateValue, DaysDuration, MonthsDuration, TimeValue
from engine.model import PERIOD, Documents, FactType, Pattern, Rule, RuleSet

PARAMETERS = "parameters"
"""The name by which rules read their rule set's parameters."""

_DAY = {
    name: t.Field(kind, True)
    for name, kind in (("start", t.DATE_TIME), ("end", t.DATE_TIME), ("day", t.DATE))
}
_PERIODS = {
    "day": t.ContextType(_DAY, title=PERIOD),
    "shift": t.ContextType({**_DAY, "shift": t.Field(t.STRING, True)}, title=PERIOD),
}

_TYPES: tuple[tuple[type, t.FeelType], ...] = (
    (bool, t.BOOLEAN),
    (int, t.NUMBER),
    (Decimal, t.NUMBER),
    (DateValue, t.DATE),
    (TimeValue, t.TIME),
    (DateTimeValue, t.DATE_TIME),
    (DaysDuration, t.DAYS_TIME),
    (MonthsDuration, t.YEARS_MONTHS),
)

_CACHED = 512
"""Types and scopes kept from one rule to the next; a rule book has few fact types and many rules."""

_LIBRARIES = 8
"""Libraries kept: those of the documents under compilation, and of a few before them."""

_PLAIN_KEYWORDS = ("const", "default", "enum", "examples")
"""Keywords of JSON Schema whose values are data, not schemas."""


def signature(rule: Rule) -> tuple[str, ...]:
    """Return the Python parameters of a function compiled for *rule*: one per pattern, then `parameters_`."""
    return (*(f"p{index}" for index in range(len(rule.patterns))), "parameters_")


def pattern_scope(documents: Documents, ruleset: RuleSet, rule: Rule, index: int) -> Scope:
    """Return what names mean in the `where` of the pattern at *index*.

    Its own fields come first, then its own and the earlier aliases, then `parameters`, then what definitions offer. What
    goes into a window is decided when it comes, and sees its own fields only.
    """
    pattern = rule.patterns[index]
    outer = _aliases(documents, ruleset, rule, index + 1 if pattern.window is None else 0)
    return outer.child(_own_fields(documents, pattern.fact_type, f"p{index}"))


def having_scope(documents: Documents, ruleset: RuleSet, rule: Rule, index: int) -> Scope:
    """Return what names mean in the `having` of the pattern at *index*: its alias and the fields it is `per`."""
    own = _window_names(documents, rule.patterns[index], index)
    return _aliases(documents, ruleset, rule, 0).child(own)


def action_scope(documents: Documents, ruleset: RuleSet, rule: Rule) -> Scope:
    """Return what names mean in `then`, and in the `until` of *rule* as far as its first step.

    Every alias, `parameters`, in the short form own fields first.
    """
    outer = _aliases(documents, ruleset, rule, len(rule.patterns))
    if not rule.short:
        return outer
    return outer.child(_own_fields(documents, rule.patterns[0].fact_type, "p0"))


def library_of_documents(documents: Documents) -> Library:
    """Return what the definitions of *documents* offer to rules; made once for the same definitions."""
    return _library(_Same(documents.definitions)) if documents.definitions else EMPTY


def calendars_of(documents: Documents, ruleset: RuleSet) -> Calendars:
    """Return the calendars as the rules of *ruleset* ask them; made once for the same documents and the same default."""
    return _calendars(_Same(documents.calendars), ruleset.calendar)


def calendar_of(documents: Documents, ruleset: RuleSet) -> Calendar | None:
    """Return the calendar by which *ruleset* counts working time, shifts and days: the one it names, or the only one there is."""
    if ruleset.calendar or len(documents.calendars) != 1:
        return documents.calendars.get(ruleset.calendar)
    return next(iter(documents.calendars.values()))


def record_type(documents: Documents, name: str) -> t.ContextType:
    """Return the FEEL type of the data of the fact type *name*; an open record where it is not known."""
    fact_type = documents.fact_types.get(name)
    return _unknown(name) if fact_type is None else _record_type(_Same(fact_type))


def data_type(fact_type: FactType) -> t.FeelType:
    """Return the FEEL type of a fact's data, its schema's references written out."""
    return type_of_schema(_written_out(fact_type.schema, fact_type.schema), fact_type.name)


def is_optional(record: t.ContextType, path: Sequence[str]) -> bool:
    """Return whether any step of *path* into *record* may be missing."""
    current: t.FeelType = record
    for name in path:
        if not isinstance(current, t.ContextType):
            return False
        step = current.fields.get(name)
        if step is None or not step.required:
            return True
        current = step.type
    return False


def type_of_value(value: Any) -> t.FeelType:
    """Return the narrowest type of a FEEL value: of a text, the one that holds it alone."""
    if value is None:
        return t.NULL
    if isinstance(value, str):
        return t.String(frozenset((value,)))
    if isinstance(value, list):
        return t.ListType(t.join_all(tuple(type_of_value(item) for item in value)))
    if isinstance(value, Mapping):
        return t.ContextType({str(name): t.Field(type_of_value(item), True) for name, item in value.items()})
    return next((feel_type for python, feel_type in _TYPES if isinstance(value, python)), t.ANY)


class _Same:
    """A key for caches by identity: models hold mappings and have no hash. It keeps what it stands for alive."""

    __slots__ = ("of",)

    def __init__(self, of: Any) -> None:
        self.of = of

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.of is other.of

    def __hash__(self) -> int:
        return id(self.of)


@lru_cache(maxsize=_LIBRARIES)
def _library(definitions: _Same) -> Library:
    return library_of(definitions.of)


@lru_cache(maxsize=_CACHED)
def _calendars(calendars: _Same, default: str) -> Calendars:
    return Calendars(calendars.of, default)


@lru_cache(maxsize=_CACHED)
def _record_type(fact_type: _Same) -> t.ContextType:
    found = data_type(fact_type.of)
    return found if isinstance(found, t.ContextType) else _unknown(fact_type.of.name)


@lru_cache(maxsize=_CACHED)
def _fields(fact_type: _Same, code: str) -> Scope:
    return Scope.fields(code, _record_type(fact_type))


def parameters_scope(ruleset: RuleSet) -> Scope:
    """Return what names mean where no fact is in sight: the rule set's parameters."""
    return _parameters(_Same(ruleset))


@lru_cache(maxsize=_CACHED)
def _parameters(ruleset: _Same, calendars: Calendars = NO_CALENDARS) -> Scope:
    fields = {
        name: t.Field(_parameter_type(value), value is not None)
        for name, value in ruleset.of.parameters.items()
    }
    kind = t.ContextType(fields, title=PARAMETERS)
    parameters = Variable(kind, "parameters_", value=ruleset.of.parameters)
    return Scope({PARAMETERS: parameters}, bound={CALENDARS: calendars})


def _unknown(name: str) -> t.ContextType:
    return t.ContextType(MappingProxyType({}), open=True, title=name)


def _own_fields(documents: Documents, name: str, code: str) -> Scope:
    """Return the scope of a record's own fields, where the Python expression *code* yields it."""
    fact_type = documents.fact_types.get(name)
    return Scope.fields(code, _unknown(name)) if fact_type is None else _fields(_Same(fact_type), code)


def _aliases(documents: Documents, ruleset: RuleSet, rule: Rule, count: int) -> Scope:
    """Return the scope of the aliases of the first *count* patterns, and of the parameters below them."""
    aliases: dict[str, Variable] = {}
    for index, pattern in enumerate(rule.patterns[:count]):
        if pattern.window is not None:
            aliases |= _window_names(documents, pattern, index)
        elif pattern.bound:
            aliases |= _bound_names(documents, pattern, index)
        elif not pattern.negated:
            aliases[pattern.alias] = Variable(record_type(documents, pattern.fact_type), f"p{index}")
    outer = _parameters(_Same(ruleset), calendars_of(documents, ruleset))
    library = library_of_documents(documents)
    return (library.scope.child(outer) if library.callees else outer).child(aliases)


def _window_names(documents: Documents, pattern: Pattern, index: int) -> dict[str, Variable]:
    """Return what a window offers: under its alias its facts, by name the fields that it is `per`, and the shift or day."""
    assert pattern.window is not None  # noqa: S101 - the caller looked
    record = record_type(documents, pattern.fact_type)
    found = {
        name: Variable(
            record.fields[name].type if name in record.fields else t.ANY, f"p{index}['per'][{name!r}]"
        )
        for name in pattern.window.per
    }
    if pattern.window.each:
        found[PERIOD] = Variable(_PERIODS[pattern.window.each], f"p{index}['period']")
    if pattern.alias:
        state = f"p{index}['facts']"
        found[pattern.alias] = Variable(t.ListType(record), f"{state}.values", item=f"{state}.at({{}})")
    return found


def _bound_names(documents: Documents, pattern: Pattern, index: int) -> dict[str, Variable]:
    """Return what is there from the steps before: each fact that is bound, under its alias."""
    return {
        one.alias: Variable(record_type(documents, one.fact_type), f"p{index}['bound'][{at}]")
        for at, one in enumerate(pattern.bound)
        if not one.negated
    }


def _parameter_type(value: Any) -> t.FeelType:
    """Return the type of a parameter: its value may be changed without the rules, so a text is any text."""
    return t.STRING if isinstance(value, str) else type_of_value(value)


def _written_out(schema: Any, root: Mapping[str, Any]) -> Any:
    """Return *schema* with every `$ref` replaced by what it refers to; the parser has bounded it, and cycles."""
    if isinstance(schema, list):
        return [_written_out(item, root) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    made = {
        key: value if key in _PLAIN_KEYWORDS else _written_out(value, root)
        for key, value in schema.items()
        if key not in ("$ref", "$defs")
    }
    reference = schema.get("$ref")
    if not isinstance(reference, str):
        return made
    target: Any = root
    for token in reference.split("/")[1:]:
        token = token.replace("~1", "/").replace("~0", "~")
        target = target[int(token)] if isinstance(target, list) else target[token]
    found = _written_out(target, root)
    return {**found, **made} if isinstance(found, Mapping) else made
