"""What is wrong with a model that can be read: names, types and arguments in its FEEL, types nobody declares, unused inputs.

The bodies are built as for evaluation, by leaves that look at each text instead of running it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine import feel
from engine.definitions.evaluation import Logic
from engine.definitions.leaves import Built
from engine.definitions.model import Decision, Definitions, Function, ItemDefinition, Service, TypeRef
from engine.definitions.names import names_in_sight, parts_of
from engine.definitions.requirements import Requirements
from engine.definitions.types import Types
from engine.diagnostics import Diagnostic, Span, did_you_mean, error, in_order, nearest, warning
from engine.feel import types as t
from engine.feel.builtins import REGISTRY
from engine.feel.calls import may_be
from engine.feel.rules import TYPE_NAMES
from engine.feel.scope import Scope
from engine.tables.model import Table
from engine.written import Expression


@dataclass(frozen=True, slots=True)
class Checked:
    """The faults and warnings of a model, and its sound tables, each with what its names mean, for who looks at their rows."""

    faults: tuple[Diagnostic, ...]
    tables: tuple[tuple[Table, Scope], ...]


def check_definitions(definitions: Definitions) -> Checked:
    """Return what is found in *definitions* itself; what it imports is checked by itself."""
    graph = Requirements(definitions)
    found = [*_types(definitions), *_names(graph, definitions)]
    leaves = _CheckedLeaves(names_in_sight(definitions))
    Logic(graph, leaves, closed=True)  # of decisions in a circle it builds each once, and nothing runs
    found += (fault for fault in leaves.faults if fault.span.file == definitions.span.file)
    wrong = {(fault.span.line, fault.span.column) for fault in leaves.faults}
    own = [(table, scope) for table, scope in leaves.tables if table.span.file == definitions.span.file]
    sound = tuple((table, scope) for table, scope in own if wrong.isdisjoint(_cells(table)))
    return Checked(in_order(found), sound)


def _cells(table: Table) -> Iterator[tuple[int, int]]:
    """Yield where each part of *table* stands that a fault can be about."""
    headings = [*(column.span for column in table.inputs), *(column.span for column in table.outputs)]
    yield from ((span.line, span.column) for span in headings)
    for row in table.rows:
        for cell in row.cells:
            yield cell.line, cell.column


class _CheckedLeaves:
    """Leaves that are looked at and never run."""

    is_walked = True

    def __init__(self, names: frozenset[str]) -> None:
        self._names = names
        self.pool = feel.FunctionPool()
        self.faults: list[Diagnostic] = []
        self.tables: list[tuple[Table, Scope]] = []

    def build(self, expression: Expression, scope: Scope, said: str = "") -> Built:
        """Note what is wrong with *expression*, and return its type."""
        checked = feel.check(expression.node, scope)
        for fault in checked.faults:
            span = expression.span(fault.start, max(fault.end, fault.start + 1))
            fix = fault.fix
            if fault.code in ("unknown-name", "unknown-function"):
                fix = self._fix(expression.text[fault.start : fault.end], scope) or fix
            self.faults.append(error(fault.code, span, said + fault.message, fix))
        return Built(lambda env, run: None, checked.type)  # noqa: ARG005 - the form of every closure

    def _fix(self, name: str, scope: Scope) -> str:
        """Return what a name may have meant that nothing in sight has: a decision requires what its text names rightly."""
        if name in self._names:
            return f'a function sees what it is given: add "{name}" to its parameters'
        close = nearest(name, scope.names()) or nearest(name, self._names)
        return "" if close is None else f'did you mean "{close}"?'

    def table(self, table: Table, scope: Scope) -> None:
        """Note *table*, once; a function in a circle is built again."""
        if all(table is not other for other, _ in self.tables):
            self.tables.append((table, scope))

    def fit(self, found: t.FeelType, wanted: t.FeelType, what: str, span: Span) -> None:
        """Note where a value can never be of the type it has to be of."""
        if not may_be(found, wanted):
            own, other = t.bare(found).word, t.bare(wanted).word
            message = f"{what} has to be {other}, and is {own}"
            self.faults.append(error("type-mismatch", span, message, "change the type, or what it is"))


def _types(definitions: Definitions) -> Iterator[Diagnostic]:
    """Yield each use of a type that there is not."""
    types = Types(definitions)
    known = (*TYPE_NAMES, *types.all())
    for ref, span in _uses(definitions):
        if not types.is_known(ref):
            fix = did_you_mean(ref.name, known)
            yield error("unknown-type", span, f'there is no type "{ref.name[:60]}"', fix)


def _uses(definitions: Definitions) -> Iterator[tuple[TypeRef, Span]]:
    for part in parts_of(
        tuple(
            tuple(group.values())
            for group in (
                definitions.types,
                definitions.inputs,
                definitions.decisions,
                definitions.functions,
                definitions.services,
            )
        )
    ):
        if isinstance(part, ItemDefinition):
            yield part.base, part.span
            yield from ((ref, part.span) for _, ref in part.parameters or ())
        elif isinstance(getattr(part, "type", None), TypeRef):
            yield part.type, part.span


def _names(graph: Requirements, definitions: Definitions) -> Iterator[Diagnostic]:
    used: set[str] = set()
    for decision in definitions.decisions.values():
        used.update(decision.requires)
    for service in definitions.services.values():
        used.update(service.input_data)
        for name in (*service.outputs, *service.input_decisions, *service.encapsulated):
            found = graph.find(definitions, name)
            if found is None or not isinstance(graph.elements[found.key], Decision):
                message = f'"{service.name}" names a decision "{name[:60]}", which there is not'
                yield error("unknown-name", service.span, message, did_you_mean(name, definitions.decisions))
    for data in definitions.inputs.values():
        if data.name not in used:
            yield warning(
                "unused-input", data.span, f'no decision needs the input "{data.name}"', "leave it out"
            )
    named: tuple[Decision | Function | Service, ...] = (
        *definitions.decisions.values(),
        *definitions.functions.values(),
        *definitions.services.values(),
    )
    for element in named:
        if element.name in REGISTRY:
            message = f'"{element.name}" is a function of FEEL, so that rules cannot call this'
            yield warning("name-taken", element.span, message, "choose another name")
