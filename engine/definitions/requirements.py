"""What requires what: the models that are read together, their names as keys, the order of evaluation, and cycles.

A key is the model and the name in it; what an import gives is "import.name" to the model that imports it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from engine.definitions.model import Body, Decision, Definitions, Function, InputData, Service
from engine.definitions.names import names_used, nodes_of
from engine.diagnostics import Diagnostic, error
from engine.feel import Node, ast

Key = tuple[str, str]
"""A model and a name in it."""

CLOCK = ("now", "today")
"""The built-ins that read the time of the evaluation."""

Element = InputData | Decision | Function | Service


@dataclass(frozen=True, slots=True)
class Reference:
    """A name as a model writes it, in its parts, and what it stands for."""

    path: tuple[str, ...]
    key: Key


class Requirements:
    """The graph of one model and of all it imports."""

    def __init__(self, definitions: Definitions) -> None:
        self.root = definitions
        self.models: dict[str, Definitions] = {}
        self._collect(definitions)
        self.elements: dict[Key, Element] = {
            (model_key, name): element
            for model_key, model in self.models.items()
            for part in (model.inputs, model.decisions, model.functions, model.services)
            for name, element in part.items()
        }

    def _collect(self, definitions: Definitions) -> None:
        waiting = [definitions]
        while waiting:
            model = waiting.pop()
            if self.models.setdefault(model_key(model), model) is model:
                waiting.extend(model.imports.values())

    def key_of(self, name: str) -> Key | None:
        """Return what *name* stands for to the first model: a name of its own, "import.name", or "namespace#name"."""
        found = self.find(self.root, name)
        if found is not None:
            return found.key
        namespace, hash_sign, local = name.rpartition("#")
        return (namespace, local) if hash_sign and (namespace, local) in self.elements else None

    def find(self, model: Definitions, name: str) -> Reference | None:
        """Return what *name* stands for to *model*, or None."""
        key = (model_key(model), name)
        if key in self.elements:
            return Reference((name,), key)
        for alias, imported in model.imports.items():
            if not alias or name.startswith(f"{alias}."):
                found = self.find(imported, name[len(alias) + 1 :] if alias else name)
                if found is not None:
                    return Reference((alias, *found.path) if alias else found.path, found.key)
        return None

    def required(self, key: Key) -> Iterator[Reference]:
        """Yield the inputs and decisions that the decision *key* requires, as far as there are such."""
        element = self.elements[key]
        if isinstance(element, Decision):
            yield from self._references(key, element.requires)

    def knowledge(self, key: Key) -> Iterator[Reference]:
        """Yield the functions and services that a decision or a function may call, as far as there are such."""
        element = self.elements[key]
        if isinstance(element, Decision | Function):
            yield from self._references(key, element.knowledge)

    def references(self, key: Key, names: Iterable[str]) -> tuple[Reference, ...]:
        """Return what *names* stand for where *key* is declared, as far as there are such."""
        return tuple(self._references(key, names))

    def _references(self, key: Key, names: Iterable[str]) -> Iterator[Reference]:
        model = self.models[key[0]]
        for name in dict.fromkeys(names):
            found = self.find(model, name)
            if found is not None:
                yield found

    def used(
        self, model: Definitions, body: Body | None, besides: str = ""
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the names that *body* uses, in the order of the document: inputs and decisions, functions and services.

        A name may be hidden by one of the body's own: it is given all the same. *besides* is left out.
        """
        found: dict[str, Element] = {}
        for path in names_used(body):
            for length in range(len(path), 0, -1):
                name = ".".join(path[:length])
                reference = self.find(model, name)
                if reference is not None and name != besides:
                    found[name] = self.elements[reference.key]
                    break
        order = {name: at for at, name in enumerate((*model.inputs, *model.decisions, *model.functions))}
        names = sorted(found, key=lambda name: (order.get(name, len(order)), name))
        callable_ = tuple(name for name in names if isinstance(found[name], Function | Service))
        return tuple(name for name in names if name not in callable_), callable_

    def plan(self, wanted: Iterable[Key], given: frozenset[Key] = frozenset()) -> tuple[Key, ...]:
        """Return what must be known for *wanted* and the keys themselves, each after what it requires.

        What is *given* is not looked behind, and left out. A cycle is cut where it closes.
        """
        order: dict[Key, None] = {}
        begun: set[Key] = set(given)
        waiting: list[tuple[Key, Iterator[Key]]] = []
        for key in wanted:
            if key in begun:
                continue
            begun.add(key)
            waiting.append((key, iter([reference.key for reference in self.required(key)])))
            while waiting:
                top, rest = waiting[-1]
                below = next(rest, None)
                if below is None:
                    order[top] = None
                    waiting.pop()
                elif below not in begun:
                    begun.add(below)
                    waiting.append((below, iter([reference.key for reference in self.required(below)])))
        return tuple(order)

    def reach(self, key: Key) -> frozenset[Key]:
        """Return *key* and everything that it may come to by requirements, calls and services."""
        found: set[Key] = set()
        waiting = [key]
        while waiting:
            top = waiting.pop()
            if top in found:
                continue
            found.add(top)
            element = self.elements[top]
            waiting += [reference.key for reference in (*self.required(top), *self.knowledge(top))]
            if isinstance(element, Service):
                waiting += [reference.key for reference in self.references(top, element.outputs)]
        return frozenset(found)

    def decisions(self) -> tuple[Key, ...]:
        """Return every decision, each after those it requires."""
        keys = [key for key, element in self.elements.items() if isinstance(element, Decision)]
        return tuple(key for key in self.plan(keys) if isinstance(self.elements[key], Decision))


def asks_for_time(element: Element) -> bool:
    """Return whether the logic of *element* itself calls what tells the time."""
    if not isinstance(element, Decision | Function):
        return False
    return any(name in CLOCK for node in nodes_of(element.body) for name in _called(node))


def _called(node: Node) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Call) and isinstance(part.function, ast.Name):
            yield part.function.name


def model_key(model: Definitions) -> str:
    """Return what names *model* among those read together: its namespace, or its name where it has none."""
    return model.namespace or model.name


def cycles(requirements: Requirements) -> tuple[Diagnostic, ...]:
    """Return a diagnostic for each cycle among decisions that require one another, at the first of it."""
    graph: Mapping[Key, list[Key]] = {
        key: [reference.key for reference in requirements.required(key)]
        for key, element in requirements.elements.items()
        if isinstance(element, Decision)
    }
    found: list[Diagnostic] = []
    state: dict[Key, int] = {}
    for start in graph:
        if start in state:
            continue
        path: list[Key] = [start]
        rests: list[Iterator[Key]] = [iter(graph[start])]
        state[start] = len(path)
        while path:
            below = next(rests[-1], None)
            if below is None:
                state[path.pop()] = 0
                rests.pop()
            elif state.get(below, -1) > 0:
                found.append(_cycle(requirements, path[state[below] - 1 :]))
            elif below in graph and below not in state:
                path.append(below)
                rests.append(iter(graph[below]))
                state[below] = len(path)
    return tuple(found)


def _cycle(requirements: Requirements, keys: list[Key]) -> Diagnostic:
    names = [name for _, name in keys]
    shown = " -> ".join(f'"{name}"' for name in (*names, names[0]))
    message = f"decisions need one another: {shown}"
    fix = "let one of them do without the other"
    return error("cycle", requirements.elements[keys[0]].span, message, fix)
