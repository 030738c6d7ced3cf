"""What authors write where a value is asked for: FEEL expressions, literals, and texts with FEEL in braces.

Values only: the parser makes them, with the place of every character, and the compiler reads them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.diagnostics import Span
from engine.feel.ast import Node
from engine.source import Places, span_of


@dataclass(frozen=True, slots=True)
class Expression:
    """A FEEL expression in a file: its text, its tree, and the place of each character offset."""

    text: str
    node: Node
    file: str
    places: Places
    """(offset, line, column) where each source line of the text begins, ascending."""

    def span(self, start: int = 0, end: int | None = None) -> Span:
        """Return where the text from offset *start* to *end* stands in the file."""
        return span_of(self.file, self.places, start, len(self.text) if end is None else end)


@dataclass(frozen=True, slots=True)
class Literal:
    """A value written as plain YAML."""

    value: Any
    span: Span


@dataclass(frozen=True, slots=True)
class Length:
    """How long something lasts or counts: a duration, or FEEL that gives one; *working* where working time is meant."""

    value: Literal | Expression
    working: bool = False

    @property
    def span(self) -> Span:
        """Where it stands."""
        return self.value.span() if isinstance(self.value, Expression) else self.value.span

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """The FEEL in it, if that is what it is."""
        return (self.value,) if isinstance(self.value, Expression) else ()


@dataclass(frozen=True, slots=True)
class Text:
    """Text with FEEL in braces: literal parts and expressions, in order."""

    parts: tuple[str | Expression, ...]
    span: Span


Value = Literal | Expression | Text
