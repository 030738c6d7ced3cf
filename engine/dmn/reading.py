"""A DMN file of version 1.2 to 1.5 to Definitions, with every fault at its place in the XML.

What can be read is: a decision whose logic is faulty has none (its value is null), and the others stand. Imported models
are asked of the caller by their namespace; nothing is opened here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from engine.definitions.model import (
    Body,
    Decision,
    Definitions,
    Function,
    FunctionBody,
    InputData,
    ItemDefinition,
    LiteralBody,
    Service,
)
from engine.diagnostics import Diagnostic, Span, did_you_mean, error, has_errors, in_order, warning
from engine.dmn import grammar, versions
from engine.dmn.bodies import Bodies, name_of, type_of
from engine.dmn.elements import Element, read_elements
from engine.dmn.outline import Outline, check_types, inputs_of, names_after_dots, type_names, types_of
from engine.dmn.texts import Names, Texts, not_required
from engine.dmn.undeclared import undeclared
from engine.feel.builtins import REGISTRY

MAX_IMPORTS = 100
"""Models that a model may import, directly or through others."""

UNNAMED = "unnamed"
"""What a model without a name is called: a document has one."""

Resolve = Callable[[str], tuple[str, str | bytes] | None]
"""Gives the file name and the text of the model with a namespace, or None."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file says, as far as it can be read (None where it is no DMN at all), and what is wrong with it."""

    definitions: Definitions | None
    diagnostics: tuple[Diagnostic, ...]


def no_imports(_namespace: str) -> None:
    """Resolve nothing."""


def read_dmn(text: str | bytes, file: str, resolve: Resolve = no_imports) -> Reading:
    """Return what the DMN file *file* with the content *text* says; *resolve* finds the models it imports."""
    faults: list[Diagnostic] = []
    found = _Models(resolve, faults).read(text, file)
    return Reading(None if found is None else found[0], in_order(faults))


def namespace_of(text: str | bytes) -> str:
    """Return the namespace of the model in *text*, "" where it is none that is read."""
    root = read_elements(text, "")
    if isinstance(root, Diagnostic) or root.namespace not in versions.MODEL:
        return ""
    return root.attributes.get("namespace", "").strip()


Found = tuple[Definitions, Outline]


class _Models:
    """A model and all it imports, each read once."""

    def __init__(self, resolve: Resolve, faults: list[Diagnostic]) -> None:
        self._resolve = resolve
        self._faults = faults
        self._found: dict[str, Found | None] = {}
        self._reading: list[str] = []

    def read(self, text: str | bytes, file: str) -> Found | None:
        root = read_elements(text, file)
        if isinstance(root, Diagnostic):
            self._faults.append(root)
            return None
        version = versions.MODEL.get(root.namespace)
        if version is None or root.name != "definitions":
            self._faults.append(_not_read(root))
            return None
        self._reading.append(root.attributes.get("namespace", "").strip())
        imports = dict(self._imports(root))
        self._reading.pop()
        outline = Outline(root, file, version, imports, self._faults)
        outline.collect()
        self._faults.extend(grammar.left_out(root))
        return _definitions(outline), outline

    def _imports(self, root: Element) -> Iterator[tuple[str, Found]]:
        known: set[str] = set()
        for element in root.all("import"):
            name, namespace = name_of(element), element.attributes.get("namespace", "").strip()
            kind = element.attributes.get("importType", "")
            if kind not in versions.MODEL:
                message = f'an import of the kind "{kind[:80]}", and only DMN models are read'
                self._fault(element, message, "declare in the model what it takes from there")
            elif name in known:
                self._fault(element, f'a second import is called "{name[:60]}"', "rename one of them")
            elif namespace in self._reading:
                self._fault(element, "the models import each other in a circle", "take one import out")
            else:
                known.add(name)
                found = self._model(element, namespace)
                if found is not None:
                    yield name, found

    def _model(self, element: Element, namespace: str) -> Found | None:
        if namespace not in self._found:
            given = self._resolve(namespace) if len(self._found) < MAX_IMPORTS else None
            if given is None:
                message = f'the imported model "{namespace[:100]}" is not there'
                self._fault(element, message, "put its file beside this one")
                self._found[namespace] = None
            else:
                self._found[namespace] = self.read(given[1], given[0])
        return self._found[namespace]

    def _fault(self, element: Element, message: str, fix: str) -> None:
        self._faults.append(error("dmn-import", element.span, message, fix))


def _not_read(root: Element) -> Diagnostic:
    known = ", ".join(versions.MODEL.values())
    if root.namespace in versions.UNREAD:
        message = f"the file is DMN {versions.UNREAD[root.namespace]}, and versions {known} are read"
    else:
        named = f'<{root.name[:40]}> of "{root.namespace[:100]}"'
        message = f"the file is no DMN model: it begins with {named}"
    return error("dmn-version", root.span, message, "open it in a modeller, and save it as DMN 1.3 or newer")


def _definitions(outline: Outline) -> Definitions:
    root, faults = outline.root, outline.faults
    everywhere = frozenset((*names_after_dots(outline), *type_names(outline))) - {""}
    texts = Texts(outline.file, everywhere, frozenset(outline.names()), faults)
    for attribute, what in (("expressionLanguage", "expressions"), ("typeLanguage", "types")):
        language = root.attributes.get(attribute, "")
        if not versions.is_feel(language):
            message = f'the {what} are in the language "{language[:80]}", and only FEEL is read'
            texts.fault("dmn-language", root.span, message, "write them in FEEL")
    if not name_of(root):
        message = f'the model has no name; it is called "{UNNAMED}" here'
        faults.append(warning("dmn-structure", root.span, message, "name it"))
    check_types(outline)
    types: Mapping[str, ItemDefinition] = types_of(outline, texts)
    aliases = frozenset(outline.imports) - {""}
    shared = frozenset(
        name for alias, (_, other) in outline.imports.items() if not alias for name in other.names()
    )
    bodies = Bodies(texts)
    inputs = inputs_of(outline)
    return Definitions(
        name_of(root) or UNNAMED,
        outline.namespace,
        root.span,
        types,
        inputs,
        {name: _decision(outline, bodies, name, aliases | shared, inputs) for name in outline.elements["decision"]},
        {name: _function(outline, bodies, name, aliases | shared) for name in outline.elements["businessKnowledgeModel"]},
        {name: _service(outline, name) for name in outline.elements["decisionService"]},
        {alias: definitions for alias, (definitions, _) in outline.imports.items()},
        root.text_of("description"),
    )  # fmt: skip


def _decision(
    outline: Outline, bodies: Bodies, name: str, names: Names, inputs: dict[str, InputData]
) -> Decision:
    element = outline.elements["decision"][name]
    before = len(outline.faults)
    requires, knowledge = outline.required(element)
    sight = names | {*requires, *knowledge}
    body: Body | None = bodies.within(element, sight, name)
    if not has_errors(outline.faults[before:]):
        requires += _taken_as_inputs(outline, body, sight, inputs)
    if has_errors(outline.faults[before:]):
        body = LiteralBody(None, element.span)
    variable = element.first("variable")
    _check_variable(outline, element, variable, name)
    return Decision(
        name,
        element.span,
        body,
        type_of(variable),
        requires,
        knowledge,
        element.text_of("question"),
        element.text_of("description"),
    )


def _taken_as_inputs(
    outline: Outline, body: Body | None, sight: Names, inputs: dict[str, InputData]
) -> tuple[str, ...]:
    """Return the names that *body* reads and nobody drew as input data: they are added to *inputs*, with a warning.

    What is in the model and not required is a fault, and so is a function that is not there.
    """
    found = []
    declared = frozenset(outline.names())
    for name, read in undeclared(body, sight).items():
        if read.is_called or name in declared:
            if name in declared:
                fault = not_required(name, read.span)
            else:
                fix = did_you_mean(name[:60], (*sight, *REGISTRY))
                fault = error("unknown-function", read.span, f'there is no function "{name[:60]}"', fix)
            outline.faults.append(fault)
            continue
        found.append(name)
        if name not in inputs:
            inputs[name] = InputData(name, read.span, read.type)
            message = f'"{name[:60]}" is read and drawn nowhere; it is taken as input data'
            fix = "draw it, and the requirement from it to what reads it"
            outline.faults.append(warning("dmn-input", read.span, message, fix))
    return tuple(found)


def _function(outline: Outline, bodies: Bodies, name: str, names: Names) -> Function:
    element = outline.elements["businessKnowledgeModel"][name]
    before = len(outline.faults)
    _, knowledge = outline.required(element)
    logic = element.first("encapsulatedLogic")
    body: FunctionBody | None = None
    if logic is not None:
        body = bodies.function(logic, names | {name, *knowledge}, name)
        if has_errors(outline.faults[before:]):
            body = FunctionBody(
                body.parameters, LiteralBody(None, logic.span), logic.span, body.kind, body.type
            )
    variable = element.first("variable")
    _check_variable(outline, element, variable, name)
    description = element.text_of("description")
    return Function(name, element.span, body, type_of(variable), knowledge, description)


def _check_variable(outline: Outline, element: Element, variable: Element | None, name: str) -> None:
    """Warn of a variable that is called otherwise than its element: FEEL here goes by the element's name."""
    called = name if variable is None else name_of(variable)
    if called and called != name:
        message = f'the variable of "{name[:60]}" is called "{called[:60]}"'
        fix = "give both one name: expressions see the element's"
        outline.faults.append(warning("dmn-structure", _span(variable, element), message, fix))


def _span(first: Element | None, second: Element) -> Span:
    return second.span if first is None else first.span


def _service(outline: Outline, name: str) -> Service:
    element = outline.elements["decisionService"][name]

    def names(part: str, kind: str) -> tuple[str, ...]:
        found = [outline.refers(one, (kind,)) for one in element.all(part)]
        return tuple(dict.fromkeys(one for one in found if one))

    outputs = names("outputDecision", "decision")
    if not outputs:
        fault = error(
            "dmn-structure", element.span, f'the service "{name[:60]}" gives nothing', "give it an output"
        )
        outline.faults.append(fault)
    return Service(
        name,
        element.span,
        outputs,
        names("encapsulatedDecision", "decision"),
        names("inputDecision", "decision"),
        names("inputData", "inputData"),
        type_of(element.first("variable")),
    )
