"""A YAML document as read: plain values, and for every path the place of its key, its value and its text.

Paths are tuples of keys and indexes from the root. It holds what reading found and reads nothing itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from engine.diagnostics import Diagnostic, Span
from engine.source.places import Places, scalar_places, span_of

Path = tuple[str | int, ...]
Mark = tuple[int, int]
"""A 0-based line and column."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value: what it reads as, its text, how it was quoted, and its marks."""

    value: Any
    text: str
    style: str
    start: Mark
    end: Mark


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list of nodes."""

    items: tuple[Node, ...]
    start: Mark
    end: Mark


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys in file order, each with its own scalar (for its place) and its value."""

    entries: dict[str, tuple[Scalar, Node]]
    start: Mark
    end: Mark


Node = Scalar | Sequence | Mapping


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML file: its plain value, its faults, and where everything stands."""

    file: str
    text: str
    value: Any
    diagnostics: tuple[Diagnostic, ...]
    root: Node | None
    lines: tuple[str, ...]

    @property
    def is_readable(self) -> bool:
        """Whether there is a value to look at (there may be faults beside it)."""
        return self.root is not None

    def node(self, path: Path) -> Node | None:
        """Return the node at *path*, or None where there is none."""
        found = self.root
        for step in path:
            if isinstance(found, Mapping) and isinstance(step, str) and step in found.entries:
                found = found.entries[step][1]
            elif isinstance(found, Sequence) and isinstance(step, int) and 0 <= step < len(found.items):
                found = found.items[step]
            else:
                return None
        return found

    def keys(self, path: Path) -> Iterator[str]:
        """Yield the keys of the mapping at *path* in file order; nothing where it is not a mapping."""
        found = self.node(path)
        if isinstance(found, Mapping):
            yield from found.entries

    def span(self, path: Path) -> Span:
        """Return where the value at *path* stands, or where its nearest parent does if it is not there."""
        found = self.node(path)
        while found is None and path:
            path = path[:-1]
            found = self.node(path)
        if found is None:
            return Span(self.file, 1, 1, 1, 1)
        if isinstance(found, Scalar) and found.style in ("|", ">"):
            # libyaml ends a block scalar after the comments that follow it
            inside = span_of(self.file, self._places(found), 0, len(found.text.rstrip("\n")))
            return self._between(found.start, (inside.end_line - 1, inside.end_column - 1))
        return self._between(found.start, found.end)

    def key_span(self, path: Path) -> Span:
        """Return where the key that ends *path* stands; of a list item, where the item does."""
        parent = self.node(path[:-1]) if path else None
        if isinstance(parent, Mapping) and isinstance(path[-1], str) and path[-1] in parent.entries:
            key = parent.entries[path[-1]][0]
            return self._between(key.start, key.end)
        return self.span(path)

    def places(self, path: Path) -> Places:
        """Return the place of each character of the scalar at *path*."""
        found = self.node(path)
        if isinstance(found, Scalar):
            return self._places(found)
        span = self.span(path)
        return ((0, span.line, span.column),)

    def text_span(self, path: Path, start: int, end: int) -> Span:
        """Return where the characters from *start* to *end* of the scalar at *path* stand in the file."""
        return span_of(self.file, self.places(path), start, end)

    def _places(self, scalar: Scalar) -> Places:
        return scalar_places(self.lines, scalar.text, scalar.style, scalar.start, scalar.end)

    def _between(self, start: Mark, end: Mark) -> Span:
        return Span(self.file, start[0] + 1, start[1] + 1, end[0] + 1, end[1] + 1)
