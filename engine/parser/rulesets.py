"""A rule set document in, a RuleSet out: its parameters, its rules, their patterns and what they do."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from engine.model import Expression, OnMissing, Pattern, Rule, RuleSet, Step, Window
from engine.parser.actions import read_actions
from engine.parser.beside import Beside
from engine.parser.constants import read_parameters
from engine.parser.data_schema import field_name_fault
from engine.parser.durations import read_length, read_repeat, read_wait
from engine.parser.reader import Reader
from engine.parser.tables import read_table
from engine.parser.values import is_feel, is_number, read_expression, read_value
from engine.shapes.rules import MAX_PATTERNS
from engine.source import Path

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
"""A day as it must be written; the structural check has said so of any other."""

_WINDOW = ("within", "each", "per", "having", "at")
"""Keys that make a pattern one of several events."""

_STEPS = ("expect", "then")
"""Keys that make a pattern a step, which comes after those before it."""

_WORDS = ("none", *_STEPS)
"""Keys under which a pattern's fact type stands in place of an alias."""


def read_ruleset(reader: Reader, beside: Beside) -> RuleSet:
    """Return the rule set the document declares, as far as it can be read."""
    empty = RuleSet(
        name=reader.text(("ruleset",)),
        title=reader.text(("title",)),
        description=reader.text(("description",)),
        owner=reader.text(("owner",)),
        effective_from=_read_date(reader, ("effective", "from")),
        effective_to=_read_date(reader, ("effective", "to")),
        parameters=read_parameters(reader),
        rules=(),
        calendar=reader.text(("calendar",)),
        shelve_at_most=read_wait(reader, ("shelve_at_most",), reader.text(("calendar",))),
        lateness=read_length(reader, ("lateness",)),
        span=reader.span(("ruleset",)),
        places={
            **reader.places(()),
            **reader.places(("effective",), "effective."),
            **reader.places(("parameters",), "parameters."),
        },
    )
    stated = reader.choice(("on_missing",), tuple(OnMissing), "")
    rules = tuple(_read_rule(reader, path, empty, stated, beside) for path in reader.items(("rules",)))
    return replace(empty, rules=rules)


def _read_date(reader: Reader, path: Path) -> date | None:
    text = reader.text(path)
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        reader.fault("bad-date", reader.span(path), f'"{text[:60]}" is no day of the calendar')
        return None


def _read_rule(reader: Reader, path: Path, ruleset: RuleSet, stated: str, beside: Beside) -> Rule:
    since = len(reader.faults)
    keys = reader.keys(path)
    named = "table" if "table" in keys else "rule"
    on_missing = reader.choice((*path, "on_missing"), tuple(OnMissing), stated)
    short = "on" in keys
    patterns = _read_short(reader, path) if short else _read_patterns(reader, (*path, "when"))
    actions = read_actions(reader, (*path, "then")) if named == "rule" else ()
    until = read_expression(reader, (*path, "until"))
    at_most = read_repeat(reader, (*path, "at_most"))
    for_each = _read_for_each(reader, (*path, "for_each"))
    priority = reader.value((*path, "priority"))
    rule = Rule(
        name=reader.text((*path, named)),
        title=reader.text((*path, "title")),
        description=reader.text((*path, "description")),
        ruleset=ruleset.name,
        priority=priority if isinstance(priority, int) and is_number(priority) else 0,
        enabled=reader.value((*path, "enabled")) is not False,
        on_missing=OnMissing(on_missing or "skip"),
        on_missing_stated=bool(on_missing),
        patterns=patterns,
        short=short,
        actions=actions,
        until=until,
        tags=tuple(tag for tag, _ in reader.texts((*path, "tags"))),
        span=reader.span((*path, named)),
        places=reader.places(path),
        is_whole=not reader.has_fault(reader.span(path), since),
        at_most=at_most,
        for_each=for_each,
    )
    return rule if named == "rule" else read_table(reader, path, rule, ruleset, beside)


def _read_for_each(reader: Reader, path: Path) -> Expression | None:
    """Return the FEEL at *path*, which may begin with "=" as values do."""
    if not is_feel(reader.value(path)):
        return read_expression(reader, path)
    value = read_value(reader, path)
    return value if isinstance(value, Expression) else None


def _read_short(reader: Reader, path: Path) -> tuple[Pattern, ...]:
    name = reader.text((*path, "on"))
    span = reader.span((*path, "on"))
    lasting = read_length(reader, (*path, "for"))
    return (Pattern(name, name, read_expression(reader, (*path, "if")), False, span, span, lasting),)


def _read_patterns(reader: Reader, path: Path) -> tuple[Pattern, ...]:
    patterns = []
    for place in reader.items(path)[:MAX_PATTERNS]:
        where = read_expression(reader, (*place, "where"))
        keys = reader.keys(place)
        word = next((word for word in _WORDS if word in keys), "")
        named = word or next((key for key in keys if _is_alias(reader, place, key)), "")
        if not named:
            continue
        fact_type = reader.text((*place, named))
        stated = (*place, "as") if word == "then" and "as" in keys else (*place, named)
        alias = {"none": "", "expect": "", "then": reader.text((*place, "as"), fact_type)}.get(word, named)
        if alias and (fault := field_name_fault(alias)) and alias.isidentifier():
            message = f'"{alias}" cannot be an alias: {fault}'
            reader.fault("bad-name", reader.key_span(stated), message, "choose another word")
        patterns.append(
            Pattern(
                alias,
                fact_type,
                where,
                word in ("none", "expect"),
                reader.key_span((*place, named)),
                reader.span((*place, named)),
                read_length(reader, (*place, "for")),
                _read_window(reader, place, keys),
                _read_step(reader, place, word),
            )
        )
    return tuple(patterns)


def _read_step(reader: Reader, path: Path, word: str) -> Step | None:
    if word not in _STEPS:
        return None
    return Step(read_length(reader, (*path, "within")), reader.key_span((*path, word)))


def _read_window(reader: Reader, path: Path, keys: tuple[str, ...]) -> Window | None:
    word = next((key for key in _WINDOW if key in keys), None)
    if word is None or (word == "within" and any(step in keys for step in _STEPS)):
        return None
    per = reader.texts((*path, "per"))
    return Window(
        within=read_length(reader, (*path, "within")),
        per=tuple(name for name, _ in per),
        having=read_expression(reader, (*path, "having")),
        span=reader.key_span((*path, word)),
        places=tuple(reader.span(at) for _, at in per),
        each=reader.choice((*path, "each"), ("shift", "day"), ""),
        at_end=reader.text((*path, "at")) == "end",
    )


def _is_alias(reader: Reader, path: Path, key: str) -> bool:
    """Return whether *key* is the pattern's own word: not a known one, nor one the structural check refused."""
    known = ("where", "for", "as", *_WINDOW, *_WORDS)
    return key not in known and not reader.is_refused((*path, key))
