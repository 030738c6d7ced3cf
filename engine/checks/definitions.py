"""Definitions: what is wrong in each document, and names that several of them have, which rules cannot call."""

from __future__ import annotations

from collections.abc import Iterator

from engine.checks.tables import check_table
from engine.definitions.checking import check_definitions
from engine.diagnostics import Diagnostic, Span, warning
from engine.model import Documents


def definitions_hold_together(documents: Documents) -> Iterator[Diagnostic]:
    """Yield every fault of the definitions documents."""
    first: dict[str, Span] = {}
    for model in documents.definitions:
        checked = check_definitions(model)
        yield from checked.faults
        said = {_place(found) for found in checked.faults}
        for table, scope in checked.tables:
            # of single cells, most has been found with the model
            yield from (found for found in check_table(table, scope) if _place(found) not in said)
        for group in (model.decisions, model.functions, model.services):
            for name, element in group.items():
                there = first.setdefault(name, element.span)
                if there is not element.span:
                    message = f'"{name}" is there already, at {there.file}:{there.line}, so that rules can call neither'
                    yield warning("name-taken", element.span, message, "rename one, if rules are to call it")


def _place(found: Diagnostic) -> tuple[str, int, int]:
    return found.code, found.span.line, found.span.column
