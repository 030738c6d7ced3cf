"""Definitions to a DMN file that a modeller can open: elements with ids, requirements, boxed expressions and a diagram.

What `read_dmn` makes of the text is the same model. Ids are made of names, so the same model gives the same file, and a
model that imports another one knows the ids in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from engine.definitions.model import (
    Body,
    ConditionalBody,
    Decision,
    Definitions,
    FilterBody,
    Function,
    ItemDefinition,
    IterationBody,
    Service,
    TypeRef,
)
from engine.dmn import versions
from engine.dmn.boxes import Boxes, bodies_within, written_type
from engine.dmn.diagram import Line, Shape, diagram
from engine.dmn.markup import Ids, Tag, document, tag
from engine.written import Expression


def write_dmn(definitions: Definitions, version: str = "") -> str:
    """Return *definitions* as the text of a DMN file; imported models are referred to by their namespaces.

    *version* is 1.3 or 1.5; without it, it is the older one where that says everything: more modellers open it.
    """
    return document(_Writer(definitions, version or oldest_version(definitions)).whole())


def oldest_version(definitions: Definitions) -> str:
    """Return the oldest of the versions written that has every kind of logic and of type in *definitions*."""
    waiting: list[Body | None] = [decision.body for decision in definitions.decisions.values()]
    waiting += [function.body for function in definitions.functions.values()]
    while waiting:
        body = waiting.pop()
        if isinstance(body, ConditionalBody | FilterBody | IterationBody):
            return "1.5"
        waiting += bodies_within(body)
    items = list(definitions.types.values())
    while items:
        item = items.pop()
        if item.allowed_all is not None:
            return "1.5"
        items += item.components
    return "1.3"


class _Writer:
    def __init__(self, model: Definitions, version: str) -> None:
        self._model = model
        self._version = versions.WRITTEN[version]
        self._ids = Ids()
        # first of all, so that they depend on nothing but the names
        self._named = _ids_by_name(model, self._ids)
        self._boxes = Boxes(self._ids)
        self._lines: list[Line] = []

    def whole(self) -> Tag:
        """Return the outermost element."""
        model = self._model
        inner = [
            tag("description", text=model.description) if model.description else None,
            *(self._import(alias, imported) for alias, imported in model.imports.items()),
            *(self._type(item, "itemDefinition") for item in model.types.values()),
            *(self._input(name) for name in model.inputs),
            *(self._decision(decision) for decision in model.decisions.values()),
            *(self._function(function) for function in model.functions.values()),
            *(self._service(service) for service in model.services.values()),
        ]
        inner.append(diagram(tuple(self._shapes()), tuple(self._lines), self._ids))
        attributes = {
            "xmlns": self._version.model,
            "xmlns:dmndi": self._version.diagram,
            "xmlns:dc": versions.SHAPES,
            "xmlns:di": versions.LINES,
            "id": self._ids.new("model", model.name),
            "name": model.name,
            "namespace": model.namespace,
            "exporter": "Lineside",
        }
        return Tag("definitions", attributes, tuple(part for part in inner if part is not None))

    def _import(self, alias: str, imported: Definitions) -> Tag:
        own = self._ids.new("import", alias)
        return tag("import", id=own, name=alias, namespace=imported.namespace, importType=self._version.model)

    def _type(self, item: ItemDefinition, element: str) -> Tag:
        own = self._ids.new("type", item.name)
        inner: list[Tag]
        if item.parameters is not None:
            parameters = (
                tag("parameters", id=self._ids.new(own, name), name=name, typeRef=written_type(ref))
                for name, ref in item.parameters
            )
            inner = [tag("functionItem", *parameters, outputTypeRef=written_type(item.base))]
        elif item.components:
            inner = [self._type(part, "itemComponent") for part in item.components]
        else:
            inner = [tag("typeRef", text=item.base.name or "Any")]
        return tag(
            element,
            *inner,
            self._tests("allowedValues", item.allowed, own),
            self._tests("typeConstraint", item.allowed_all, own),
            id=own,
            name=item.name,
            isCollection="true" if item.is_collection else None,
        )

    def _tests(self, name: str, tests: Expression | None, owner: str) -> Tag | None:
        if tests is None:
            return None
        return tag(name, tag("text", text=tests.text), id=self._ids.new(owner, name))

    def _input(self, name: str) -> Tag:
        own = self._named[name]
        variable = self._variable(own, name, self._model.inputs[name].type)
        return tag("inputData", variable, id=own, name=name)

    def _variable(self, own: str, name: str, kind: TypeRef) -> Tag:
        """Return the variable of the element with the id *own*: its name and its type."""
        return tag("variable", id=self._ids.new(own, "variable"), name=name, typeRef=written_type(kind))

    def _decision(self, decision: Decision) -> Tag:
        own = self._named[decision.name]
        variable = self._variable(own, decision.name, decision.type)
        return tag(
            "decision",
            _text("description", decision.description),
            _text("question", decision.question),
            variable,
            *self._information(decision, own),
            *self._knowledge(decision.knowledge, own),
            self._boxes.body(decision.body, own),
            id=own,
            name=decision.name,
        )

    def _function(self, function: Function) -> Tag:
        own = self._named[function.name]
        variable = self._variable(own, function.name, function.type)
        body = function.body
        logic = None if body is None else self._boxes.function(body, "encapsulatedLogic", own)
        return tag(
            "businessKnowledgeModel",
            _text("description", function.description),
            variable,
            logic,
            *self._knowledge(function.knowledge, own),
            id=own,
            name=function.name,
        )

    def _service(self, service: Service) -> Tag:
        own = self._named[service.name]
        variable = self._variable(own, service.name, service.type)
        return tag(
            "decisionService",
            variable,
            *self._references("outputDecision", service.outputs),
            *self._references("encapsulatedDecision", service.encapsulated),
            *self._references("inputDecision", service.input_decisions),
            *self._references("inputData", service.input_data),
            id=own,
            name=service.name,
        )

    # what leads from one element to another

    def _information(self, decision: Decision, own: str) -> Iterator[Tag]:
        for name in decision.requires:
            kind, href = self._find(name)
            part = "requiredInput" if kind == "inputData" else "requiredDecision"
            yield self._requirement("informationRequirement", part, href, own)

    def _knowledge(self, names: Iterable[str], own: str) -> Iterator[Tag]:
        for name in names:
            yield self._requirement("knowledgeRequirement", "requiredKnowledge", self._find(name)[1], own)

    def _requirement(self, name: str, part: str, href: str, own: str) -> Tag:
        requirement = self._ids.new(own, "requires")
        if href.startswith("#"):
            self._lines.append(Line(requirement, href[1:], own))
        return tag(name, tag(part, href=href), id=requirement)

    def _references(self, part: str, names: Iterable[str]) -> Iterator[Tag]:
        return (tag(part, href=self._find(name)[1]) for name in names)

    def _find(self, name: str) -> tuple[str, str]:
        """Return the element that *name* stands for and the reference to it; one that is not there leads nowhere."""
        found = _find(self._model, name)
        if found is None:
            return "", f"#{name}"
        model, kind, local = found
        if model is self._model:
            return kind, f"#{self._named[local]}"
        return kind, f"{model.namespace}#{_ids_by_name(model, Ids())[local]}"

    def _shapes(self) -> Iterator[Shape]:
        for kind, names in _declared(self._model):
            for name in names:
                yield Shape(self._named[name], kind)


def _text(name: str, text: str) -> Tag | None:
    return tag(name, text=text) if text else None


def _declared(model: Definitions) -> tuple[tuple[str, Iterable[str]], ...]:
    return (
        ("inputData", model.inputs),
        ("decision", model.decisions),
        ("businessKnowledgeModel", model.functions),
        ("decisionService", model.services),
    )


_STEMS = {
    "inputData": "input",
    "decision": "decision",
    "businessKnowledgeModel": "function",
    "decisionService": "service",
}


def _ids_by_name(model: Definitions, ids: Ids) -> dict[str, str]:
    return {name: ids.new(_STEMS[kind], name) for kind, names in _declared(model) for name in names}


def _find(model: Definitions, name: str) -> tuple[Definitions, str, str] | None:
    """Return the model that declares what *name* stands for, the element's kind, and its name there."""
    for kind, names in _declared(model):
        if name in names:
            return model, kind, name
    for alias, imported in model.imports.items():
        if not alias or name.startswith(f"{alias}."):
            found = _find(imported, name[len(alias) + 1 :] if alias else name)
            if found is not None:
                return found
    return None
