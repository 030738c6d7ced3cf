"""One document under the parser: typed looks at its values, and the faults found so far.

The structural check has spoken before; a value of the wrong type is therefore passed over in silence here.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from engine import shapes
from engine.diagnostics import Diagnostic, Span, error
from engine.shapes import Shape
from engine.source import Document, Path

MAX_FAULTS = 1000
"""Of one document, or of one check: beyond it, reading stops, since finding more would take longer than mending."""


class TooManyFaults(Exception):  # noqa: N818 - named for what happened
    """A document with more faults than anyone reads; they are in the reader."""


def too_many_faults(span: Span) -> Diagnostic:
    """Return the diagnostic that says where reading stopped."""
    return error(
        "too-many-faults",
        span,
        f"more than {MAX_FAULTS} faults; the rest is not looked at",
        "mend these first",
    )


@dataclass(slots=True)
class Reader:
    """A document, and the faults found in it."""

    document: Document
    faults: list[Diagnostic] = field(default_factory=list)
    names: frozenset[str] = frozenset()
    """Names of several words that its FEEL may use."""
    _structural: list[tuple[int, int]] = field(default_factory=list)
    _refused_keys: set[Span] = field(default_factory=set)

    def check(self, shape: Shape) -> None:
        """Record every structural fault; raise TooManyFaults beyond the limit."""
        for found in shapes.faults(self.document, shape):
            self._record(found)
            if found.code in ("unknown-key", "bad-name"):
                self._refused_keys.add(found.span)
        self._structural = sorted((found.span.line, found.span.column) for found in self.faults)

    def check_below(self, shape: Shape, path: Path) -> None:
        """Record every structural fault of the value at *path*, which the shape of the whole leaves open."""
        for found in shapes.faults(self.document, shape, path):
            self._record(found)

    def is_refused(self, path: Path) -> bool:
        """Return whether the structural check refused the key at *path*."""
        return self.key_span(path) in self._refused_keys

    def has_fault(self, span: Span, since: int) -> bool:
        """Return whether a structural fault, or one of the faults from number *since* on, stands inside *span*."""
        begin, end = (span.line, span.column), (span.end_line, span.end_column)
        at = bisect_left(self._structural, begin)
        if at < len(self._structural) and self._structural[at] <= end:
            return True
        return any(begin <= (found.span.line, found.span.column) <= end for found in self.faults[since:])

    def value(self, path: Path) -> Any:
        """Return the plain value at *path*, or None where there is none."""
        found = self.document.value
        for step in path:
            if isinstance(found, dict) and isinstance(step, str):
                found = found.get(step)
            elif isinstance(found, list) and isinstance(step, int) and step < len(found):
                found = found[step]
            else:
                return None
        return found

    def text(self, path: Path, default: str = "") -> str:
        """Return the text at *path*, or *default*."""
        found = self.value(path)
        return found if isinstance(found, str) else default

    def choice(self, path: Path, choices: Iterable[str], default: str) -> str:
        """Return the text at *path* if it is one of *choices*, or *default*."""
        found = self.value(path)
        return found if isinstance(found, str) and found in choices else default

    def texts(self, path: Path) -> tuple[tuple[str, Path], ...]:
        """Return the texts of the list at *path*, or the one text there, each with its own path."""
        found = self.value(path)
        if isinstance(found, str):
            return ((found, path),)
        if not isinstance(found, list):
            return ()
        return tuple((item, (*path, at)) for at, item in enumerate(found) if isinstance(item, str))

    def items(self, path: Path) -> tuple[Path, ...]:
        """Return the paths of the mappings in the list at *path*, or of the one mapping there."""
        found = self.value(path)
        if isinstance(found, dict):
            return (path,)
        if not isinstance(found, list):
            return ()
        return tuple((*path, at) for at, item in enumerate(found) if isinstance(item, dict))

    def keys(self, path: Path) -> tuple[str, ...]:
        """Return the keys of the mapping at *path*; none where it is not one."""
        found = self.value(path)
        return tuple(found) if isinstance(found, dict) else ()

    def places(self, path: Path, prefix: str = "") -> dict[str, Span]:
        """Return where each key of the mapping at *path* stands."""
        return {prefix + key: self.key_span((*path, key)) for key in self.keys(path)}

    def span(self, path: Path) -> Span:
        """Return where the value at *path* stands."""
        return self.document.span(path)

    def key_span(self, path: Path) -> Span:
        """Return where the key of *path* stands."""
        return self.document.key_span(path)

    def fault(self, code: str, span: Span, message: str, fix: str = "") -> None:
        """Record an error; raise TooManyFaults beyond the limit."""
        self._record(error(code, span, message, fix))

    def _record(self, found: Diagnostic) -> None:
        if len(self.faults) >= MAX_FAULTS:
            self.faults.append(too_many_faults(found.span))
            raise TooManyFaults
        self.faults.append(found)
