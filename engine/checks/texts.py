"""Texts that look like names: an action that says `lot: lot_id` is about a lot called "lot_id", which nobody has.

Only plain literals are looked at; a text with FEEL in braces, or after "=", says what it means.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.checks.actions import KEY_TYPES
from engine.diagnostics import Diagnostic, warning
from engine.feel import types as t
from engine.filling import stated_actions
from engine.model import Action, Documents, Literal, Pattern, Rule, Value
from engine.scopes import record_type

_PATH = re.compile(r"(\w+)(?:\.\w+)+")
_BRACES = re.compile(r"\{\s*([\w.]+)\s*\}")
"""What is left of a name in double braces, by which other templates write a value."""


def texts_are_meant(documents: Documents) -> Iterator[Diagnostic]:
    """Yield a warning for each plain text of an action that is the name of a field or an alias in sight."""
    for ruleset in documents.rulesets:
        for rule in ruleset.rules:
            in_sight = [pattern for pattern in rule.patterns if not pattern.negated]
            for action in stated_actions(rule):
                if action.subject is not None:
                    meant = _meant(documents, rule, in_sight, action.subject.value)
                    meant = meant or _field_of(documents, in_sight, action.subject.value)
                    yield from _warn(action.subject.type, action.subject.value, meant)
                for key, value in action.values.items():
                    if isinstance(value, Literal) and _takes(documents, action, key, value.value):
                        yield from _warn(key, value, _meant(documents, rule, in_sight, value))


def _meant(documents: Documents, rule: Rule, in_sight: list[Pattern], value: Value) -> str:
    """Return the FEEL that a text was probably to be, by the names that can be read there; or ""."""
    text = _text(value)
    if text and rule.short and text in record_type(documents, in_sight[0].fact_type).fields:
        return f'write "= {text}" for the field'
    aliases = {pattern.alias for pattern in in_sight}
    if text in aliases:
        return f'write "= {text}.field" for a field of it'
    path = _PATH.fullmatch(text)
    if path is not None and path[1] in aliases:
        return f'write "= {text}" for the field'
    braced = _BRACES.search(text)
    if braced is None:
        return ""
    first, _, rest = braced[1].partition(".")
    fields = record_type(documents, in_sight[0].fact_type).fields if rule.short else {}
    return f"write {{{braced[1]}}}, in single braces" if first in (aliases if rest else fields) else ""


def _field_of(documents: Documents, in_sight: list[Pattern], value: Value) -> str:
    """Return the FEEL for a text that is a field of one of the facts, read by its alias; or ""."""
    text = _text(value)
    for pattern in in_sight:
        if text in record_type(documents, pattern.fact_type).fields:
            last = "" if pattern.window is None else "[-1]"
            return f'write "= {pattern.alias}{last}.{text}" for the field'
    return ""


def _takes(documents: Documents, action: Action, key: str, text: object) -> bool:
    """Return whether any text does for the key; where it takes one of a few, or a number, more is said elsewhere."""
    wanted: t.FeelType = t.ANY
    if action.fact_type is None:
        wanted = KEY_TYPES.get(key, t.ANY)
    elif declared := record_type(documents, action.fact_type).fields.get(key):
        wanted = declared.type
    if isinstance(wanted, t.String):
        return wanted.enum is None or text not in wanted.enum
    return isinstance(wanted, t.Any_)


def _text(value: Value) -> str:
    return value.value if isinstance(value, Literal) and isinstance(value.value, str) else ""


def _warn(key: str, value: Value, meant: str) -> Iterator[Diagnostic]:
    if meant and isinstance(value, Literal):
        yield warning("text-not-field", value.span, f'"{key[:60]}" is the text "{value.value[:60]}"', meant)
