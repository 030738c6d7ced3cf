"""Definitions documents of the tests: text in, the model with its faults out, and its logic both ways."""

from __future__ import annotations

from datetime import UTC, datetime

from engine import checks, parser
from engine.definitions.evaluation import Logic, prepare
from engine.definitions.model import Definitions
from engine.diagnostics import Diagnostic

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)


def read(text: str, **others: str) -> tuple[Definitions, tuple[Diagnostic, ...]]:
    """Return the definitions of *text* and every fault of it and of *others*, documents by name."""
    found = parser.parse({"test.yaml": text, **{f"{name}.yaml": other for name, other in others.items()}})
    faults = (*found.diagnostics, *checks.check(found.documents))
    models = [model for model in found.documents.definitions if model.span.file == "test.yaml"]
    assert models, faults
    return models[0], faults


def model(text: str, **others: str) -> Definitions:
    """Return the definitions of *text*, which are without fault."""
    found, faults = read(text, **others)
    assert not faults, "\n".join(map(str, faults))
    return found


def both(text: str, **others: str) -> tuple[Logic, Logic]:
    """Return the logic of *text*, compiled and walked."""
    found = model(text, **others)
    return prepare(found), prepare(found, walked=True)
