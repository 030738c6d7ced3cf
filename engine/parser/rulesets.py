"""A rule set document in, a RuleSet out: its parameters, its rules, their patterns and what they do."""

from __future__ import annotations

import re
from datetime import date

from engine.model import SUBJECTS, Action, Literal, OnMissing, Pattern, Rule, RuleSet, Subject, Value
from engine.parser.constants import read_parameters
from engine.parser.data_schema import field_name_fault
from engine.parser.reader import Reader
from engine.parser.values import is_number, read_expression, read_value
from engine.shapes.rule_documents import HOLD_STATUSES, MAX_ACTIONS, MAX_PATTERNS
from engine.source import Path

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
"""A day as it must be written; the structural check has said so of any other."""


def read_ruleset(reader: Reader) -> RuleSet:
    """Return the rule set the document declares, as far as it can be read."""
    name = reader.text(("ruleset",))
    stated = reader.choice(("on_missing",), tuple(OnMissing), "")
    parameters = read_parameters(reader)
    rules = tuple(
        _read_rule(reader, path, name, stated)
        for path in reader.items(("rules",))
        if "table" not in reader.keys(path)
    )
    return RuleSet(
        name=name,
        title=reader.text(("title",)),
        description=reader.text(("description",)),
        owner=reader.text(("owner",)),
        effective_from=_read_date(reader, ("effective", "from")),
        effective_to=_read_date(reader, ("effective", "to")),
        parameters=parameters,
        rules=rules,
        span=reader.span(("ruleset",)),
        places={
            **reader.places(()),
            **reader.places(("effective",), "effective."),
            **reader.places(("parameters",), "parameters."),
        },
    )


def _read_date(reader: Reader, path: Path) -> date | None:
    text = reader.text(path)
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        reader.fault("bad-date", reader.span(path), f'"{text[:60]}" is no day of the calendar')
        return None


def _read_rule(reader: Reader, path: Path, ruleset: str, stated: str) -> Rule:
    since = len(reader.faults)
    name = reader.text((*path, "rule"))
    on_missing = reader.choice((*path, "on_missing"), tuple(OnMissing), stated)
    short = "on" in reader.keys(path)
    patterns = _read_short(reader, path) if short else _read_patterns(reader, (*path, "when"))
    actions = tuple(
        action
        for place in reader.items((*path, "then"))[:MAX_ACTIONS]
        for kind in reader.keys(place)
        if (action := _read_action(reader, (*place, kind), kind)) is not None
    )
    until = read_expression(reader, (*path, "until"))
    priority = reader.value((*path, "priority"))
    return Rule(
        name=name,
        title=reader.text((*path, "title")),
        description=reader.text((*path, "description")),
        ruleset=ruleset,
        priority=priority if isinstance(priority, int) and is_number(priority) else 0,
        enabled=reader.value((*path, "enabled")) is not False,
        on_missing=OnMissing(on_missing or "skip"),
        on_missing_stated=bool(on_missing),
        patterns=patterns,
        short=short,
        actions=actions,
        until=until,
        tags=tuple(tag for tag, _ in reader.texts((*path, "tags"))),
        span=reader.span((*path, "rule")),
        places=reader.places(path),
        is_whole=not reader.has_fault(reader.span(path), since),
    )


def _read_short(reader: Reader, path: Path) -> tuple[Pattern, ...]:
    name = reader.text((*path, "on"))
    span = reader.span((*path, "on"))
    return (Pattern(name, name, read_expression(reader, (*path, "if")), False, span, span),)


def _read_patterns(reader: Reader, path: Path) -> tuple[Pattern, ...]:
    patterns = []
    for place in reader.items(path)[:MAX_PATTERNS]:
        where = read_expression(reader, (*place, "where"))
        keys = reader.keys(place)
        negated = "none" in keys
        alias = "none" if negated else next((key for key in keys if _is_alias(reader, place, key)), "")
        if not alias:
            continue
        span = reader.key_span((*place, alias))
        if not negated and (fault := field_name_fault(alias)) and alias.isidentifier():
            message = f'"{alias}" cannot be an alias: {fault}'
            reader.fault("bad-name", span, message, "choose another word")
        fact_type = reader.text((*place, alias))
        type_span = reader.span((*place, alias))
        patterns.append(Pattern("" if negated else alias, fact_type, where, negated, span, type_span))
    return tuple(patterns)


def _is_alias(reader: Reader, path: Path, key: str) -> bool:
    """Return whether *key* is the pattern's own word: not a known one, nor one the structural check refused."""
    known = ("where", "within", "per", "having", "for", "expect")
    return key not in known and not reader.is_refused((*path, key))


def _read_action(reader: Reader, path: Path, kind: str) -> Action | None:
    if kind == "assert":
        return _read_assert(reader, path)
    if kind not in ("hold", "release", "route", "escalate", "notify", "reprioritise"):
        return None
    subjects = ("order",) if kind == "reprioritise" else SUBJECTS
    subject: Subject | None = None
    values: dict[str, Value] = {}
    for key in reader.keys(path):
        value = read_value(reader, (*path, key))
        if value is None:
            continue
        if key not in subjects:
            values[key] = value
        elif subject is None:
            subject = Subject(key, value, reader.key_span((*path, key)))
    span = reader.key_span(path)
    if kind == "hold":
        values.setdefault("inventory_status", Literal(HOLD_STATUSES[0], span))
    return Action(kind, subject, values, None, span, reader.places(path))


def _read_assert(reader: Reader, path: Path) -> Action | None:
    fact_types = reader.keys(path)
    if not fact_types:
        return None
    fact_type, *others = fact_types
    for other in others:
        message = f'a second fact type "{other[:60]}" stands in the same assert'
        reader.fault("conflicting-keys", reader.key_span((*path, other)), message, "write a second assert")
    place = (*path, fact_type)
    values = {
        key: value for key in reader.keys(place) if (value := read_value(reader, (*place, key))) is not None
    }
    return Action("assert", None, values, fact_type, reader.key_span(place), reader.places(place))
