"""The kinds of document there are, by the key that names them.

Kinds are registered when the module that reads them is imported, and are never replaced. It holds
descriptions only: registering one changes what `schemas` lists, not how anything is read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from engine.shapes.json_schema import json_schema
from engine.shapes.vocabulary import Record

OTHER_KINDS = ("scenario", "mapping")
"""Kinds that are not rule documents: their own readers look at them."""

_KINDS: dict[str, DocumentShape] = {}


@dataclass(frozen=True, slots=True)
class DocumentShape:
    """One kind of document: the key that names it, a title, and the shape of the whole."""

    kind: str
    title: str
    record: Record


def register(shape: DocumentShape) -> DocumentShape:
    """Add *shape* to the kinds and return it; a kind is registered once, and the same again changes nothing."""
    if _KINDS.setdefault(shape.kind, shape) != shape:
        raise ValueError(f'the document kind "{shape.kind}" is registered already')
    return shape


def shape_of(kind: str) -> DocumentShape | None:
    """Return the shape registered for *kind*."""
    return _KINDS.get(kind)


def kind_of(keys: Iterable[str]) -> str | None:
    """Return the kind of a document with these top-level *keys*: the first of them that names one."""
    known = (*_KINDS, *OTHER_KINDS)
    return next((key for key in keys if key in known), None)


def schemas() -> dict[str, dict[str, Any]]:
    """Return the JSON Schema of every registered kind, by kind."""
    return {kind: json_schema(kind, shape.title, shape.record) for kind, shape in sorted(_KINDS.items())}
