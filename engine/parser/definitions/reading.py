"""Definitions documents to decision requirements: what each declares first, then its logic, by the names in sight.

What requires what is found in the logic where a document does not say it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from engine.definitions.model import (
    Decision,
    Definitions,
    Function,
    FunctionBody,
    InputData,
    Service,
)
from engine.definitions.names import names_in_sight
from engine.definitions.requirements import Requirements, cycles
from engine.diagnostics import did_you_mean
from engine.parser.beside import Beside
from engine.parser.definitions.boxes import Boxes
from engine.parser.definitions.grids import Names
from engine.parser.definitions.item_types import read_types, type_ref
from engine.parser.reader import Reader
from engine.source import Path


@dataclass(slots=True)
class _Outline:
    """A document with what it declares, and where each definition stands; its logic is read later."""

    reader: Reader
    declared: Definitions
    places: Mapping[str, Path]
    whole: Definitions | None = None
    is_open: bool = False


def read_all(readers: Sequence[Reader], beside: Beside) -> tuple[Definitions, ...]:
    """Return the definitions that *readers* hold, in their order; each records the faults of its own document."""
    outlines = [_outline(reader) for reader in readers]
    by_name: dict[str, _Outline] = {}
    for outline in outlines:
        by_name.setdefault(outline.declared.name, outline)
    return tuple(_whole(outline, by_name, beside) for outline in outlines)


def _outline(reader: Reader) -> _Outline:
    places: dict[str, Path] = {}
    span = reader.span(("definitions",))
    inputs = {
        (name := _name(key)): InputData(
            name, reader.key_span(("inputs", key)), type_ref(reader.text(("inputs", key)))
        )
        for key in reader.keys(("inputs",))
    }
    decisions: dict[str, Decision] = {}
    functions: dict[str, Function] = {}
    first = {name: data.span for name, data in inputs.items()}
    for path in reader.items(("define",)):
        name = _name(reader.text((*path, "define")))
        if not name:
            continue
        at = reader.span((*path, "define"))
        if name in first:
            message = f'"{name[:60]}" is there already, at line {first[name].line}'
            reader.fault("duplicate-name", at, message, "rename one, or delete it")
            continue
        first[name] = at
        places[name] = path
        kind = type_ref(reader.text((*path, "type")))
        description = reader.text((*path, "description"))
        if "parameters" in reader.keys(path):
            parameters = Boxes(reader, Beside({}, {})).parameters(path)
            functions[name] = Function(name, at, FunctionBody(parameters, None, at), kind, (), description)
        else:
            question = reader.text((*path, "question"))
            decisions[name] = Decision(name, at, None, kind, question=question, description=description)
    declared = Definitions(
        name=reader.text(("definitions",)),
        namespace=reader.text(("namespace",)),
        span=span,
        types=read_types(reader),
        inputs=inputs,
        decisions=decisions,
        functions=functions,
        services=_services(reader, inputs, first),
        description=reader.text(("description",)) or reader.text(("title",)),
    )
    return _Outline(reader, declared, places)


def _services(
    reader: Reader, inputs: Mapping[str, InputData], first: Mapping[str, object]
) -> dict[str, Service]:
    found = {}
    for key in reader.keys(("services",)):
        path: Path = ("services", key)
        name, span = _name(key), reader.key_span(path)
        if name in first:
            message = f'"{name[:60]}" is the name of something else already'
            reader.fault("duplicate-name", span, message, "rename one")
        given = [_name(text) for text, _ in reader.texts((*path, "inputs"))]
        found[name] = Service(
            name,
            span,
            tuple(_name(text) for text, _ in reader.texts((*path, "outputs"))),
            tuple(_name(text) for text, _ in reader.texts((*path, "encapsulated"))),
            tuple(one for one in given if one not in inputs),
            tuple(one for one in given if one in inputs),
            type_ref(reader.text((*path, "type"))),
        )
    return found


def _whole(outline: _Outline, by_name: Mapping[str, _Outline], beside: Beside) -> Definitions:
    """Return the document with its imports and its logic."""
    if outline.whole is not None:
        return outline.whole
    reader = outline.reader
    outline.is_open = True
    imports: dict[str, Definitions] = {}
    for alias in reader.keys(("imports",)):
        name = reader.text(("imports", alias))
        other = by_name.get(name)
        span = reader.span(("imports", alias))
        if other is None:
            message = f'there is no definitions document "{name[:60]}"'
            reader.fault("unknown-import", span, message, did_you_mean(name, by_name))
        elif other.is_open and other.whole is None:
            message = f'"{name[:60]}" imports this document itself'
            reader.fault("cycle", span, message, "put what both need into a third document")
        else:
            imports[_name(alias)] = _whole(other, by_name, beside)
    known = replace(outline.declared, imports=imports)
    whole = _Logic(outline, known, beside).read()
    for circle in cycles(Requirements(whole)):
        if circle.span.file == reader.document.file:
            reader.fault(circle.code, circle.span, circle.message, circle.fix)
    outline.whole = whole
    outline.is_open = False
    return whole


class _Logic:
    """Reads the logic of one document, and finds what it requires."""

    def __init__(self, outline: _Outline, known: Definitions, beside: Beside) -> None:
        self._reader = outline.reader
        self._places = outline.places
        self._known = known
        self._names: Names = names_in_sight(known)
        self._boxes = Boxes(outline.reader, beside)
        self._graph = Requirements(known)

    def read(self) -> Definitions:
        """Return the document with its logic."""
        decisions = {name: self._decision(one) for name, one in self._known.decisions.items()}
        functions = {name: self._function(one) for name, one in self._known.functions.items()}
        return replace(self._known, decisions=decisions, functions=functions)

    def _decision(self, declared: Decision) -> Decision:
        path = self._places[declared.name]
        body = self._boxes.logic(path, self._names, declared.name)
        requires, knowledge = self._graph.used(self._known, body)
        return replace(
            declared,
            body=body,
            requires=self._stated((*path, "requires"), requires),
            knowledge=self._stated((*path, "knowledge"), knowledge),
        )

    def _function(self, declared: Function) -> Function:
        path = self._places[declared.name]
        body = self._boxes.function(path, self._names, declared.name)
        _, knowledge = self._graph.used(self._known, body, declared.name)
        return replace(declared, body=body, knowledge=self._stated((*path, "knowledge"), knowledge))

    def _stated(self, path: Path, found: tuple[str, ...]) -> tuple[str, ...]:
        """Return the names that the document itself states at *path*, or those *found* in the logic."""
        if self._reader.value(path) is None:
            return found
        stated = []
        for text, place in self._reader.texts(path):
            name = _name(text)
            if self._graph.find(self._known, name) is None:
                fix = did_you_mean(name, self._names)
                self._reader.fault(
                    "unknown-name", self._reader.span(place), f'there is no "{name[:60]}" here', fix
                )
            stated.append(name)
        return tuple(stated)


def _name(written: str) -> str:
    return " ".join(written.split())
