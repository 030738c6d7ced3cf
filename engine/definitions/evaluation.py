"""Decision requirements, ready to run: a model in, named decisions, functions and services to call out.

`prepare` refuses a model whose decisions need one another in a circle. What is prepared never raises for any data:
what cannot be computed is null, with a warning that says why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from engine.definitions.bodies import Builder, type_of
from engine.definitions.leaves import Built, CompiledLeaves, Leaves, WalkedLeaves, variable
from engine.definitions.model import Decision, Definitions, Function, InputData, Service
from engine.definitions.requirements import (
    Key,
    Reference,
    Requirements,
    asks_for_time,
    cycles,
    model_key,
)
from engine.definitions.running import Env, Evaluated, Parameter, Run, Signature, call
from engine.definitions.types import Types, result_of
from engine.diagnostics import RulesRejected, Span
from engine.feel import types as t
from engine.feel.scope import Scope, Variable
from engine.feel.values import FunctionValue, Steps

Values = dict[Key, Any]
"""Inputs and decisions of one evaluation, as far as they are known."""

__all__ = ["Callee", "Evaluated", "Logic", "Parameter", "prepare"]


@dataclass(frozen=True, slots=True)
class Callee:
    """What can be called by name: a decision by the inputs it needs, a function, a service."""

    name: str
    parameters: tuple[Parameter, ...]
    result: t.FeelType
    span: Span

    @property
    def type(self) -> t.FunctionType:
        """Return its type as a function."""
        return t.FunctionType(
            tuple(p.type for p in self.parameters), self.result, tuple(p.name for p in self.parameters)
        )


@dataclass(frozen=True, slots=True)
class _Ready:
    """A decision or a function, ready to run: its logic, and what is in sight of it."""

    built: Built
    requires: tuple[Reference, ...]
    knowledge: tuple[Reference, ...]


def prepare(definitions: Definitions, *, walked: bool = False) -> Logic:
    """Return *definitions* ready to run: compiled, or as trees to walk, which gives the same values more slowly.

    Raises RulesRejected where decisions need one another in a circle.
    """
    requirements = Requirements(definitions)
    circles = cycles(requirements)
    if circles:
        raise RulesRejected(circles)
    return Logic(requirements, WalkedLeaves() if walked else CompiledLeaves())


class Logic:
    """Decisions, functions and services by name: a pure function of arguments and time each."""

    def __init__(self, requirements: Requirements, leaves: Leaves, *, closed: bool = False) -> None:
        self.definitions = requirements.root
        self._graph = requirements
        self._types = {key: Types(model, closed=closed) for key, model in requirements.models.items()}
        self._builders = {key: Builder(leaves, types) for key, types in self._types.items()}
        self._ready: dict[Key, _Ready] = {}
        self._callees: dict[Key, Callee] = {}
        self._plans: dict[Key, tuple[Key, ...]] = {}
        self._build()

    # what there is

    def callee(self, name: str) -> Callee | None:
        """Return what *name* is called with and gives, or None where nothing is called so."""
        key = self._graph.key_of(name)
        return None if key is None else self._callees.get(key)

    def callees(self) -> Mapping[str, Callee]:
        """Return everything of the model itself that can be called, by name; not what it imports."""
        own = model_key(self.definitions)
        return {key[1]: callee for key, callee in self._callees.items() if key[0] == own}

    # running

    def decide(self, name: str, inputs: Mapping[str, Any], now: Any) -> Evaluated:
        """Return the value of the decision *name* for *inputs*, FEEL values by name; what is missing is null.

        An imported input is "import.name", or "namespace#name".
        """
        key = self._graph.key_of(name)
        run = Run(now)
        if key is None or not isinstance(self._graph.elements[key], Decision):
            run.warn(f'there is no decision "{name}"', self.definitions.span)
            return Evaluated(None, tuple(run.warnings))
        given = {
            found: value for word, value in inputs.items() if (found := self._graph.key_of(word)) is not None
        }
        values: Values = {}
        self._run(self._plans[key], values, given, run)
        return Evaluated(values[key], tuple(run.warnings))

    def call(
        self,
        name: str,
        arguments: Mapping[str, Any] | Sequence[Any],
        now: Any,
        steps: Steps | None = None,
    ) -> Evaluated:
        """Return what the function, service or decision *name* gives for *arguments*, by name or in order.

        *steps* are what may still be done, where the call is part of a larger evaluation.
        """
        key = self._graph.key_of(name)
        callee = None if key is None else self._callees.get(key)
        run = Run(now, steps)
        if key is None or callee is None:
            run.warn(f'there is no "{name}" to call', self.definitions.span)
            return Evaluated(None, tuple(run.warnings))
        names = [p.name for p in callee.parameters]
        if isinstance(arguments, Mapping):
            fits = set(arguments) == set(names)
            values = [arguments.get(word) for word in names]
        else:
            fits = len(arguments) == len(names)
            values = list(arguments)
        if not fits:
            run.warn(f'"{name}" takes ({", ".join(names)}), not these', callee.span)
            return Evaluated(None, tuple(run.warnings))
        return Evaluated(self._function(key, run).function(*values), tuple(run.warnings))

    def function(self, name: str, now: Any, steps: Steps | None = None) -> FunctionValue:
        """Return the function, service or decision *name*, which there is, as a value at the time *now*.

        It runs within *steps*, and tells nobody why something is null.
        """
        key = self._graph.key_of(name)
        assert key is not None  # noqa: S101 - the caller has it from here
        run = Run(now, steps)
        run.is_asking = True
        return self._function(key, run)

    def timed(self) -> frozenset[str]:
        """Return the names of the model itself whose value may change as time passes: something in them asks for the time."""
        own = model_key(self.definitions)
        asking = {key for key, element in self._graph.elements.items() if asks_for_time(element)}
        return frozenset(
            key[1] for key in self._callees if key[0] == own and not asking.isdisjoint(self._graph.reach(key))
        )

    def _run(self, plan: tuple[Key, ...], values: Values, given: Mapping[Key, Any], run: Run) -> None:
        """Find the values of *plan* in order, inputs from *given*."""
        for key in plan:
            element = self._graph.elements[key]
            if isinstance(element, InputData):
                kind = self._types[key[0]].of(element.type)
                values[key] = run.fitted(given.get(key), kind, f'the input "{key[1]}"', element.span)
                continue
            ready = self._ready[key]
            try:
                values[key] = ready.built.run(self._sight(ready, values, run), run)
            except Exception as reason:
                run.depth = 0
                run.failed(reason, f'the decision "{key[1]}"', element.span)
                values[key] = None

    def _sight(self, ready: _Ready, values: Values, run: Run) -> Env:
        env: Env = {}
        for reference in ready.requires:
            _place(env, reference.path, values.get(reference.key))
        for reference in ready.knowledge:
            _place(env, reference.path, self._function(reference.key, run))
        return env

    def _function(self, key: Key, run: Run) -> FunctionValue:
        """Return what *key* declares as a function value of *run*."""
        found = run.functions.get(key)
        if found is not None:
            return found
        callee = self._callees[key]
        body = self._logic(key, run)
        signature = Signature(f'"{key[1]}"', callee.span, callee.parameters)

        def function(*arguments: Any) -> Any:
            return call(run, signature, arguments, body)

        names = tuple(p.name for p in callee.parameters)
        made = FunctionValue(names, function, key[1], lambda: callee.type)
        run.functions[key] = made
        return made

    def _logic(self, key: Key, run: Run) -> Callable[[dict[str, Any]], Any]:
        """Return what *key* does with arguments that fit, by parameter."""
        element = self._graph.elements[key]
        if isinstance(element, Function):
            ready = self._ready[key]
            return lambda given: ready.built.run({**self._sight(ready, {}, run), **given}, run)
        if isinstance(element, Service):
            return lambda given: self._serve(key, element, given, run)
        plan = self._plans[key]

        def decide(given: dict[str, Any]) -> Any:
            values: Values = {}
            inputs = {
                found: value for word, value in given.items() if (found := self._key(key, word)) is not None
            }
            self._run(plan, values, inputs, run)
            return values[key]

        return decide

    def _serve(self, key: Key, service: Service, given: dict[str, Any], run: Run) -> Any:
        """Return the outputs of *service*, its input data and input decisions given."""
        values: Values = {
            below: value for word, value in given.items() if (below := self._key(key, word)) is not None
        }
        self._run(self._plans[key], values, {}, run)
        outputs = self._graph.references(key, service.outputs)
        if len(outputs) == 1:
            found: Any = values.get(outputs[0].key)
        else:
            found = {output.key[1]: values.get(output.key) for output in outputs}
        kind = result_of(self._types[key[0]].of(service.type))
        return run.fitted(found, kind, f'what "{key[1]}" gives', service.span)

    def _key(self, key: Key, name: str) -> Key | None:
        found = self._graph.find(self._graph.models[key[0]], name)
        return None if found is None else found.key

    # building

    def _build(self) -> None:
        graph = self._graph
        for key, element in graph.elements.items():
            if isinstance(element, Function):
                self._callees[key] = self._function_callee(key, element)
        for key, element in graph.elements.items():
            if isinstance(element, Service):
                self._callees[key] = self._service_callee(key, element)
        for key, element in graph.elements.items():
            if isinstance(element, Function):
                self._build_function(key, element)
        for key in graph.decisions():
            element = graph.elements[key]
            assert isinstance(element, Decision)  # noqa: S101 - that is what the graph gives
            self._build_decision(key, element)
        for key, element in graph.elements.items():
            if isinstance(element, Service):
                self._complete(key, self._type_served(key, element))

    def _complete(self, key: Key, found: t.FeelType) -> None:
        """Say what a callee gives as its logic tells, where its author does not."""
        if isinstance(self._callees[key].result, t.Any_):
            self._callees[key] = replace(self._callees[key], result=found)

    def _type_served(self, key: Key, service: Service) -> t.FeelType:
        outputs = self._graph.references(key, service.outputs)
        if len(outputs) == 1:
            return self._declared(outputs[0].key)
        fields = {output.key[1]: t.Field(self._declared(output.key)) for output in outputs}
        return t.ContextType(fields, title=service.name)

    def _function_callee(self, key: Key, function: Function) -> Callee:
        types = self._types[key[0]]
        body = function.body
        parameters = () if body is None else self._builders[key[0]].parameters(body.parameters)
        inner = () if body is None or body.body is None else (body.body.type,)
        own = () if body is None else (body.type,)
        result = result_of(type_of(types, function.type, *own, *inner))
        return Callee(function.name, parameters, result, function.span)

    def _service_callee(self, key: Key, service: Service) -> Callee:
        parameters = []
        for name in (*service.input_data, *service.input_decisions):
            found = self._graph.find(self._graph.models[key[0]], name)
            if found is not None:
                parameters.append(Parameter(name, self._declared(found.key)))
        result = result_of(self._types[key[0]].of(service.type))
        given = frozenset(
            r.key for r in self._graph.references(key, (*service.input_data, *service.input_decisions))
        )
        outputs = [r.key for r in self._graph.references(key, service.outputs)]
        self._plans[key] = self._graph.plan(outputs, given)
        return Callee(service.name, tuple(parameters), result, service.span)

    def _build_function(self, key: Key, function: Function) -> None:
        knowledge = tuple(self._graph.knowledge(key))
        if not any(reference.path == (function.name,) for reference in knowledge):
            knowledge = (*knowledge, Reference((function.name,), key))  # it may call itself
        if function.body is None:
            body = Built(lambda env, run: None, t.NULL)  # noqa: ARG005 - the form of every closure
        else:
            scope = self._scope(key, (), knowledge)
            declared = self._types[key[0]].of(function.type)
            _, body = self._builders[key[0]].function(function.body, scope, declared)
        self._ready[key] = _Ready(body, (), knowledge)
        self._complete(key, body.type)

    def _build_decision(self, key: Key, decision: Decision) -> None:
        requires, knowledge = tuple(self._graph.required(key)), tuple(self._graph.knowledge(key))
        builder = self._builders[key[0]]
        built = builder.build(decision.body, self._scope(key, requires, knowledge))
        kind = builder.types.of(decision.type)
        built = builder.fitting(built, kind, f'the decision "{decision.name}"', decision.span)
        self._ready[key] = _Ready(built, requires, knowledge)
        self._plans[key] = plan = self._graph.plan([key])
        needed = {below for below in plan if isinstance(self._graph.elements[below], InputData)}
        # in the order of the document; what is imported comes after, by the names it has here
        names = [(name, found) for name in self._inputs_in_sight(key[0]) if (found := name[1]) in needed]
        parameters = tuple(Parameter(name, self._declared(below)) for (name, below), _ in names)
        self._callees[key] = Callee(decision.name, parameters, built.type, decision.span)

    def _inputs_in_sight(self, model: str) -> list[tuple[str, Key]]:
        """Return the inputs of *model*, then those of its imports, with the names they have for it."""
        definitions = self._graph.models[model]
        found = [(name, (model, name)) for name in definitions.inputs]
        seen = {key for _, key in found}
        waiting: list[tuple[tuple[str, ...], Definitions]] = [
            ((alias,), imported) for alias, imported in definitions.imports.items()
        ]
        while waiting:
            path, imported = waiting.pop(0)
            below = model_key(imported)
            for name in imported.inputs:
                if (below, name) not in seen:
                    seen.add((below, name))
                    found.append((".".join((*(part for part in path if part), name)), (below, name)))
            waiting += [((*path, alias), inner) for alias, inner in imported.imports.items()]
        return found

    def _declared(self, key: Key) -> t.FeelType:
        element = self._graph.elements[key]
        if key in self._ready:
            return self._ready[key].built.type
        return self._types[key[0]].of(element.type)

    def _scope(self, key: Key, requires: tuple[Reference, ...], knowledge: tuple[Reference, ...]) -> Scope:
        """Return what names mean in the logic of *key*."""
        kinds: dict[tuple[str, ...], t.FeelType] = {r.path: self._declared(r.key) for r in requires}
        kinds |= {r.path: self._callees[r.key].type for r in knowledge if r.key in self._callees}
        types = self._types[key[0]].all()
        return Scope(_variables(kinds), types=types)


def _variables(kinds: Mapping[tuple[str, ...], t.FeelType]) -> dict[str, Variable]:
    """Return the variables of names in parts.

    What is imported is one name with a dot in it, and an entry of a context called as the import: texts are read as either.
    """
    found = {(name := ".".join(path)): variable(name, kind) for path, kind in kinds.items()}
    for alias in dict.fromkeys(path[0] for path in kinds if len(path) > 1):
        inner = {path[1:]: kind for path, kind in kinds.items() if path[0] == alias and len(path) > 1}
        fields = {name: t.Field(below.type) for name, below in _variables(inner).items()}
        found[alias] = variable(alias, t.ContextType(fields, title=alias))
    return found


def _place(env: Env, path: tuple[str, ...], value: Any) -> None:
    """Put *value* into *env* under a name in parts, and under the whole of it."""
    env[".".join(path)] = value
    for part in path[:-1]:
        env = env.setdefault(part, {})
    env[path[-1]] = value
