"""Scalars of the targets file -> templates, checked against what a decision has; faults at the character they stand on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from engine import feel
from engine.diagnostics import Span
from engine.feel import Boolean
from engine.feel.types import is_unknown
from engine.parser.reader import Reader
from engine.parser.values import spot_of, value_at
from engine.source import Document
from engine.written import Expression, Literal, Text
from service.targets.templates import SCOPE, Template, Tree, UrlTemplate

Steps = tuple[str | int, ...]


class Fault(Protocol):
    """Takes what is wrong with the value at a path, and where exactly, if that is less than the whole value."""

    def __call__(self, at: Steps, words: str, span: Span | None = None) -> None:
        """Record it."""


class TemplateReader:
    """Reads the templates of one document; what is wrong with one is given to *fault* with its place."""

    def __init__(self, document: Document, fault: Fault) -> None:
        self._document = document
        self._fault = fault

    def template(self, at: Steps) -> Template | None:
        """Return the template at *at*, or None where it is none."""
        reader = Reader(self._document)
        written = reader.value(at)
        if isinstance(written, list | dict):
            self._fault(at, "must be a text, = FEEL, or text with {FEEL} in it")
            return None
        value = value_at(reader, written, spot_of(reader, at))
        self._pass_on(reader, at)
        if value is None:
            return None
        template = Template(value, str(written))
        return template if self._is_sound(at, template) else None

    def condition(self, at: Steps) -> Template | None:
        """Return the condition at *at*: FEEL after "=" that is true or false."""
        template = self.template(at)
        if template is None:
            return None
        if not isinstance(template.value, Expression):
            self._fault(at, 'must be a condition, such as = values.to = "quality"')
            return None
        kind = feel.check(template.value.node, SCOPE).type
        if not isinstance(kind, Boolean) and not is_unknown(kind):
            self._fault(at, 'is neither true nor false; write a condition, such as = values.to = "quality"')
            return None
        return template

    def tree(self, at: Steps) -> Tree | None:
        """Return the mapping, list or template at *at* with a template in place of each scalar."""
        written = Reader(self._document).value(at)
        if isinstance(written, Mapping):
            parts = {name: self.tree((*at, name)) for name in written}
            return {name: part for name, part in parts.items() if part is not None}
        if isinstance(written, list):
            items = [self.tree((*at, number)) for number in range(len(written))]
            return [item for item in items if item is not None]
        return self.template(at)

    def url(self, at: Steps) -> UrlTemplate | None:
        """Return the URL at *at*; its values are encoded when it is filled."""
        template = self.template(at)
        if template is None:
            return None
        match template.value:
            case Text(parts=parts):
                return UrlTemplate(parts, template.written)
            case Literal(value=str() as url):
                return UrlTemplate((url,), template.written)
            case _:
                self._fault(at, "must be written as a URL, with {FEEL} where a value stands")
                return None

    def _is_sound(self, at: Steps, template: Template) -> bool:
        sound = True
        for expression in template.expressions:
            for fault in feel.check(expression.node, SCOPE).faults:
                sound = False
                span = expression.span(fault.start, fault.end)
                self._fault(at, fault.message + (f"; {fault.fix}" if fault.fix else ""), span)
        return sound

    def _pass_on(self, reader: Reader, at: Steps) -> None:
        for found in reader.faults:
            self._fault(at, found.message + (f"; {found.fix}" if found.fix else ""), found.span)
