"""Texts and values with FEEL in them, as rules have it -> what they come to for one decision.

A template is a literal, FEEL after "=", or text with {FEEL} in it. It reads the decision and nothing else: no clock, no
environment, no secret. A body is a tree whose leaves are templates, so that no value can become structure; what stands
in a URL is percent-encoded. Nothing here sends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from urllib.parse import quote, urlsplit

from engine import feel
from engine.feel import ContextType, Field, Scope
from engine.written import Expression, Literal, Text, Value


class Unfilled(Exception):  # noqa: N818 - named for what happened
    """A template has no value that may stand where it stands; the text says which, and why."""


_SUBJECT = ContextType({"type": Field(feel.String(), True), "id": Field(feel.String(), True)})
_FACT = ContextType({name: Field(feel.String(), True) for name in ("alias", "type", "source", "id")})
_FIELDS: Mapping[str, Field] = MappingProxyType(
    {
        "key": Field(feel.String(), True),
        "id": Field(feel.String(), True),
        "kind": Field(feel.String(), True),
        "subject": Field(_SUBJECT, True),
        "status": Field(feel.String(), True),
        "rule": Field(feel.String(), True),
        "ruleset": Field(feel.String(), True),
        "rulebook": Field(feel.String(), True),
        "time": Field(feel.DateTime(), True),
        "values": Field(ContextType({}, open=True), True),
        "reason": Field(feel.String(), True),
        "priority": Field(feel.Number(), True),
        "facts": Field(feel.ListType(_FACT), True),
        "rows": Field(feel.ListType(feel.Number())),
        "settled_by": Field(feel.String()),
        "late_by": Field(feel.Number()),
        "link": Field(feel.String()),
    }
)
_DECISION = ContextType(dict(_FIELDS), title="a decision")
SCOPE = Scope.fields("decision", _DECISION)
"""What a template may name: the fields of a decision, `key`, the delivery's idempotency key, and `link`, where to look at it."""


def scope_of(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return what templates see of *event*, the CloudEvent of a delivery: its decision's fields, and its key."""
    data = event.get("data")
    decision = data if isinstance(data, Mapping) else {}
    plain = {"key": event.get("id"), **decision}
    return {
        name: None if plain.get(name) is None else feel.to_feel(plain[name], known.type)
        for name, known in _FIELDS.items()
    }


@dataclass(frozen=True, slots=True)
class Template:
    """One value as it is written, and where."""

    value: Value
    written: str

    def typed(self, scope: Mapping[str, Any]) -> Any:
        """Return its value as plain JSON: of text with braces a text, of FEEL whatever it comes to."""
        match self.value:
            case Literal(value=value):
                return value
            case Expression(node=node):
                return feel.to_json(feel.evaluate(node, scope, scope["time"]))
            case Text(parts=parts):
                return "".join(part if isinstance(part, str) else _in_words(part, scope) for part in parts)

    def text(self, scope: Mapping[str, Any]) -> str:
        """Return its value as text; raise Unfilled where any part of it is null."""
        match self.value:
            case Literal(value=value):
                return "" if value is None else feel.to_text(value)
            case Expression() as expression:
                return _needed(expression, scope)
            case Text(parts=parts):
                return "".join(part if isinstance(part, str) else _needed(part, scope) for part in parts)

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """Return the FEEL in it."""
        match self.value:
            case Expression() as expression:
                return (expression,)
            case Text(parts=parts):
                return tuple(part for part in parts if isinstance(part, Expression))
            case _:
                return ()


Tree = Template | Mapping[str, Any] | list[Any]
"""A template, or a mapping or list of trees."""


def filled(tree: Tree, scope: Mapping[str, Any]) -> Any:
    """Return *tree* as plain JSON with every template in its value's place."""
    if isinstance(tree, Template):
        return tree.typed(scope)
    if isinstance(tree, Mapping):
        return {name: filled(part, scope) for name, part in tree.items()}
    return [filled(part, scope) for part in tree]


def is_true(condition: Template, scope: Mapping[str, Any]) -> bool:
    """Return whether *condition* holds; null is not true."""
    return condition.typed(scope) is True


@dataclass(frozen=True, slots=True)
class UrlTemplate:
    """A URL whose scheme, host and port are written out, and whose path and query may have FEEL in braces."""

    parts: tuple[str | Expression, ...]
    written: str = field(compare=False)

    def url(self, scope: Mapping[str, Any]) -> str:
        """Return the URL, each value percent-encoded; raise Unfilled where one is null or would bend the path."""
        made = ""
        for part in self.parts:
            if isinstance(part, str):
                made += part
                continue
            value = _needed(part, scope)
            if not value and "?" not in made:
                raise Unfilled(f"the URL's {{{part.text}}} is empty for this decision")
            made += quote(value, safe="")
        if any(step in (".", "..") for step in urlsplit(made).path.split("/")):
            raise Unfilled("a value would make a step . or .. of the URL's path")
        return made


def _in_words(expression: Expression, scope: Mapping[str, Any]) -> str:
    value = feel.evaluate(expression.node, scope, scope["time"])
    return "" if value is None else feel.to_text(value)


def _needed(expression: Expression, scope: Mapping[str, Any]) -> str:
    value = feel.evaluate(expression.node, scope, scope["time"])
    if value is None:
        raise Unfilled(f"{{{expression.text.strip()}}} is null for this decision")
    return feel.to_text(value)
