"""Definitions: what is wrong in each document, and names that several of them have, which rules cannot call."""

from __future__ import annotations

from collections.abc import Iterator

from engine.checks.tables import check_table
from engine.definitions.checking import check_definitions
from engine.diagnostics import Diagnostic, Span, warning
from engine.model import Documents

OF_ROWS = (
    "table-overlap",
    "table-unreached",
    "table-gap",
    "table-row-repeated",
    "table-unchecked",
    "never-matches",
)
"""What rows say to each other; what single cells are is checked with the model."""


def definitions_hold_together(documents: Documents) -> Iterator[Diagnostic]:
    """Yield every fault of the definitions documents."""
    first: dict[str, Span] = {}
    for model in documents.definitions:
        checked = check_definitions(model)
        yield from checked.faults
        for table, scope in checked.tables:
            yield from (found for found in check_table(table, scope) if found.code in OF_ROWS)
        for group in (model.decisions, model.functions, model.services):
            for name, element in group.items():
                there = first.setdefault(name, element.span)
                if there is not element.span:
                    message = f'"{name}" is there already, at {there.file}:{there.line}, so that rules can call neither'
                    yield warning("name-taken", element.span, message, "rename one, if rules are to call it")
