"""One document under the parser: typed looks at its values, and the faults found so far.

The structural check has spoken before; a value of the wrong type is therefore passed over in silence here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from engine.diagnostics import Diagnostic, Span, error
from engine.source import Document, Path


@dataclass(slots=True)
class Reader:
    """A document, and the faults found in it."""

    document: Document
    faults: list[Diagnostic] = field(default_factory=list)

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
        """Record an error."""
        self.faults.append(error(code, span, message, fix))
