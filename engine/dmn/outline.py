"""What a DMN file declares, before any FEEL of it is read: ids, names and types, and what requires what.

The names decide how FEEL texts are read, so they come first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from engine.definitions.model import Definitions, InputData, ItemDefinition
from engine.diagnostics import Diagnostic, did_you_mean, error
from engine.dmn import versions
from engine.dmn.bodies import name_of, type_of
from engine.dmn.elements import Element
from engine.dmn.texts import Texts

_LONGEST = 60
_MANY = 500
"""Types beyond which none is searched for one that is spelt alike."""

KINDS = ("inputData", "decision", "businessKnowledgeModel", "decisionService")
WORDS = {
    "inputData": "input data",
    "decision": "a decision",
    "businessKnowledgeModel": "a business knowledge model",
    "decisionService": "a decision service",
}


@dataclass(slots=True)
class Outline:
    """The elements of one file by kind and name, and what ids stand for; *imports* by the names that the file gives them."""

    root: Element
    file: str
    version: str
    imports: Mapping[str, tuple[Definitions, Outline]]
    faults: list[Diagnostic]
    elements: dict[str, dict[str, Element]] = field(default_factory=dict)
    ids: dict[str, tuple[str, str]] = field(default_factory=dict)
    """id -> kind and name"""

    @property
    def namespace(self) -> str:
        """Return the namespace of the model."""
        return self.root.attributes.get("namespace", "").strip()

    def collect(self) -> None:
        """Find every named element and every id."""
        for kind in KINDS:
            found = self.elements.setdefault(kind, {})
            for element in self.root.all(kind):
                name = name_of(element)
                if not name:
                    message = f"{WORDS[kind]} has no name"
                    self.faults.append(error("dmn-structure", element.span, message, "name it"))
                    continue
                if any(name in known for known in self.elements.values()):
                    message = f'a second element is called "{name[:60]}"'
                    fix = "names of inputs, decisions, functions and services differ"
                    self.faults.append(error("duplicate-name", element.span, message, fix))
                    continue
                found[name] = element
                if ident := element.attributes.get("id"):
                    self.ids[ident] = (kind, name)

    def names(self) -> Iterator[str]:
        """Yield the name of every element."""
        for found in self.elements.values():
            yield from found

    def refers(self, element: Element, kinds: tuple[str, ...]) -> str:
        """Return the name that the `href` of *element* leads to, or "" (a fault) where it leads to none of *kinds*."""
        href = element.attributes.get("href", "")
        namespace, _, ident = href.rpartition("#")
        found: tuple[str, str] | None = None
        prefix = ""
        if namespace in ("", self.namespace):
            found = self.ids.get(ident)
        else:
            for alias, (definitions, outline) in self.imports.items():
                if definitions.namespace == namespace:
                    found = outline.ids.get(ident)
                    prefix = f"{alias}." if alias else ""
                    break
        if found is None or found[0] not in kinds:
            wanted = " or ".join(WORDS[kind] for kind in kinds)
            said = "nothing that is there" if found is None else WORDS[found[0]]
            message = f'<{element.name}> asks for {wanted}, and "{href[:100]}" is {said}'
            self.faults.append(error("dmn-reference", element.span, message, "draw the requirement again"))
            return ""
        return prefix + found[1]

    def required(self, element: Element) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the names of what *element* requires: inputs and decisions, functions and services."""
        data: list[str] = []
        for requirement in element.all("informationRequirement"):
            for part in requirement.parts:
                if part.name in ("requiredDecision", "requiredInput"):
                    kind = "decision" if part.name == "requiredDecision" else "inputData"
                    data.append(self.refers(part, (kind,)))
        knowledge = [
            self.refers(part, ("businessKnowledgeModel", "decisionService"))
            for requirement in element.all("knowledgeRequirement")
            for part in requirement.all("requiredKnowledge")
        ]
        return _once(data), _once(knowledge)


def _once(names: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name))


def types_of(outline: Outline, texts: Texts) -> dict[str, ItemDefinition]:
    """Return the types that the file declares."""
    found: dict[str, ItemDefinition] = {}
    for element in outline.root.all("itemDefinition"):
        item = _item(element, texts)
        if item.name in found:
            message = f'a second type is called "{item.name[:60]}"'
            texts.fault("duplicate-name", element.span, message, "rename one of them")
            continue
        found[item.name] = item
    return found


def _item(element: Element, texts: Texts) -> ItemDefinition:
    language = element.attributes.get("typeLanguage", "")
    if not versions.is_feel(language):
        message = f'the type is in the language "{language[:80]}", and only FEEL is read'
        texts.fault("dmn-language", element.span, message, "declare it as FEEL types")
    name = name_of(element)
    if not name:
        texts.fault("dmn-structure", element.span, "a type has no name", "name it")
    function = element.first("functionItem")
    parameters = None
    base = type_of(element)
    if function is not None:
        parameters = tuple((name_of(part), type_of(part)) for part in function.all("parameters"))
        given = function.attributes.get("outputTypeRef", "")
        base = type_of(Element("", "", {"typeRef": given}, function.span))
    components = tuple(_item(part, texts) for part in element.all("itemComponent"))
    tested = frozenset(("?", "item"))
    return ItemDefinition(
        name,
        element.span,
        base,
        components,
        bool(components),
        element.attributes.get("isCollection", "").strip() in ("true", "1"),
        texts.tests(element.first("allowedValues"), tested),
        texts.tests(element.first("typeConstraint"), tested),
        parameters,
    )


def inputs_of(outline: Outline) -> dict[str, InputData]:
    """Return the input data that the file declares."""
    return {
        name: InputData(name, element.span, type_of(element.first("variable")))
        for name, element in outline.elements["inputData"].items()
    }


def names_after_dots(outline: Outline) -> Iterator[str]:
    """Yield every name that may follow a dot anywhere in the file: of components, entries, columns, outputs, and of imports."""
    for element in outline.root.walk():
        if element.name in ("itemComponent", "column", "output"):
            yield name_of(element)
        elif element.name == "contextEntry" and (variable := element.first("variable")) is not None:
            yield name_of(variable)
    if any(
        len(list(service.all("outputDecision"))) > 1
        for service in outline.elements["decisionService"].values()
    ):
        yield from outline.elements["decision"]
    for _, other in outline.imports.values():
        yield from names_after_dots(other)
        yield from other.names()


def type_names(outline: Outline, prefix: str = "") -> Iterator[str]:
    """Yield the name of every type that the file can refer to, as it does: those of imports with the import's name."""
    for element in outline.root.all("itemDefinition"):
        yield prefix + name_of(element)
    for alias, (_, other) in outline.imports.items():
        yield from type_names(other, f"{prefix}{alias}." if alias else prefix)


def check_types(outline: Outline) -> None:
    """Note each type that is referred to and not there, once."""
    known = {*type_names(outline), *versions.BUILT_IN}
    told = {""}
    for element in outline.root.walk():
        if element.namespace != outline.root.namespace:
            continue
        refs = [element.attributes.get("typeRef", ""), element.attributes.get("outputTypeRef", "")]
        if element.name == "typeRef":
            refs.append(element.text)
        for written in refs:
            name = versions.type_name(written)
            if name not in known and name not in told:
                fix = did_you_mean(name[:_LONGEST], known) if len(known) < _MANY else "declare it"
                message = f'there is no type "{name[:_LONGEST]}"'
                outline.faults.append(error("unknown-type", element.span, message, fix))
                told.add(name)
