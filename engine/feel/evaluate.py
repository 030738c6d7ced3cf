"""A plain walk over the tree: one method for each construct, and no other cleverness.

Values come in by name, as FEEL values. It knows no types: every operator is chosen when its operands are there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

from engine.feel import ast, calls, runtime
from engine.feel.ast import Node
from engine.feel.builtins import REGISTRY
from engine.feel.checker import literal_type
from engine.feel.reading import asks_of_input, has_name, literal_index
from engine.feel.rules import named_type, parameter_type
from engine.feel.temporal import parse_temporal
from engine.feel.types import FeelType, FunctionType
from engine.feel.values import FunctionValue, Steps

Types = Mapping[str, FeelType]
NO_TYPES: Types = MappingProxyType({})


class Evaluator:
    """One evaluation: its variables, its clock, and the steps it has left."""

    def __init__(
        self, env: Mapping[str, Any], now: Any, types: Types = NO_TYPES, steps: Steps | None = None
    ) -> None:
        self._env = env
        self._now = now
        self._types = types
        self._steps = steps or Steps()
        # innermost last; a filter's item stands under the key None
        self._frames: tuple[Mapping[str | None, Any], ...] = ()

    def value(self, node: Node) -> Any:
        """Return the value of *node*."""
        match node:
            case (
                ast.NumberLiteral(value=value)
                | ast.StringLiteral(value=value)
                | ast.BooleanLiteral(value=value)
            ):
                return value
            case ast.NullLiteral():
                return None
            case ast.AtLiteral(text=text):
                return parse_temporal(text)
            case ast.Name(name=name):
                return self._name(name)
            case ast.Path(source=source, name=name):
                return runtime.path(self.value(source), name)
            case ast.Negation(operand=operand):
                return runtime.minus(self.value(operand))
            case ast.Arithmetic(operator=operator, left=left, right=right):
                return runtime.ARITHMETIC[operator](self.value(left), self.value(right))
            case ast.Comparison(operator=operator, left=left, right=right):
                return runtime.COMPARISONS[operator](self.value(left), self.value(right))
            case ast.Logic(operator=operator, operands=operands):
                return self._logic(operator, operands)
            case ast.Between(value=value, low=low, high=high):
                return runtime.between(self.value(value), self.value(low), self.value(high))
            case ast.In(value=value, tests=tests):
                return self._in(self.value(value), tests)
            case ast.If(condition=condition, then=then, otherwise=otherwise):
                return self.value(then if self.value(condition) is True else otherwise)
            case ast.Call():
                return self._call(node)
            case _:
                return self._construct(node)

    def _construct(self, node: Node) -> Any:
        match node:
            case ast.Comparator(operator=operator, operand=operand):
                return runtime.comparator(operator, self.value(operand))
            case ast.Interval(low=low, high=high, low_included=from_low, high_included=to_high):
                return runtime.interval(self.value(low), self.value(high), from_low, to_high)
            case ast.ListLiteral(items=items):
                return [self.value(item) for item in items]
            case ast.ContextLiteral(entries=entries):
                return self._context(entries)
            case ast.Filter(source=source, condition=condition):
                return self._filter(source, condition)
            case ast.For(iterators=iterators, body=body):
                names = tuple(iterator.name for iterator in iterators)
                # the results so far cost steps: as in compiled code, only a body that names them has them
                partial_named = has_name(body, "partial")
                if partial_named:
                    names = (*names, "" if "partial" in names else "partial")
                function = self._closure(names, body)
                return runtime.for_each(self._steps, self._domains(iterators), function, partial_named)
            case ast.Quantified(quantifier=quantifier, iterators=iterators, condition=condition):
                function = self._closure(tuple(iterator.name for iterator in iterators), condition)
                decide = runtime.some if quantifier == "some" else runtime.every
                return decide(self._steps, self._domains(iterators), function)
            case ast.InstanceOf(value=value, type=type_name):
                return runtime.instance_of(self.value(value), named_type(type_name, self._types.get))
            case ast.FunctionLiteral(parameters=parameters, body=body):
                names = tuple(parameter.name for parameter in parameters)
                function = runtime.not_run if node.external else self._charged(self._closure(names, body))
                kinds = tuple(parameter_type(parameter, self._types.get) for parameter in parameters)
                if not node.external:
                    function = runtime.typed(kinds, function)
                return FunctionValue(names, function, signature=self._signature(node))
            case ast.UnaryTests(tests=tests, negated=negated):
                found = self._unary_tests(tests)
                return runtime.negation(found) if negated else found
            case _:
                return None

    def _name(self, name: str) -> Any:
        for frame in reversed(self._frames):
            if None in frame:
                item = frame[None]
                if type(item) is dict and name in item:
                    return item[name]
                if name == "item":
                    return item
            elif name in frame:
                return frame[name]
        if name in self._env:
            return self._env[name]
        return REGISTRY[name].as_value() if name in REGISTRY else None

    def _logic(self, operator: str, operands: tuple[Node, ...]) -> bool | None:
        decisive = operator == "or"
        result: bool | None = not decisive
        for operand in operands:
            found = self.value(operand)
            if found is decisive:
                return bool(decisive)
            if found is not (not decisive):
                result = None
        return result

    def _in(self, value: Any, tests: tuple[Node, ...]) -> bool | None:
        result: bool | None = False
        for test in tests:
            if asks_of_input(test):
                found = self._closure(("?",), test)(value)
            else:
                found = runtime.fits(value, self.value(test))
            result = runtime.either(result, found)
        return result

    def _unary_tests(self, tests: tuple[Node, ...]) -> bool | None:
        result: bool | None = False
        for test in tests:
            if isinstance(test, ast.AnyInput):
                return True
            asks = any(isinstance(part, ast.Name) and part.name == "?" for part in ast.walk(test))
            value = self.value(test)
            found: Any = value if asks else runtime.fits(self._name("?"), value)
            result = runtime.either(result, found)
        return result

    def _context(self, entries: tuple[ast.ContextEntry, ...]) -> dict[str, Any] | None:
        outer, found = self._frames, {}
        names: dict[str | None, Any] = {}
        self._frames = (*outer, names)
        for entry in entries:
            found[entry.name] = names[entry.name] = self.value(entry.value)
        self._frames = outer
        return found if len(found) == len(entries) else None

    def _filter(self, source: Node, condition: Node) -> Any:
        items = self.value(source)
        if literal_index(condition):
            return runtime.at_index(items, self.value(condition))
        return runtime.select(self._steps, items, self._closure((None,), condition))

    def _closure(self, names: tuple[str | None, ...], body: Node) -> Callable[..., Any]:
        """Return a Python function that evaluates *body* with *names* bound, where it stands now."""
        frames = self._frames

        def function(*values: Any) -> Any:
            outer, self._frames = self._frames, (*frames, dict(zip(names, values, strict=True)))
            try:
                return self.value(body)
            finally:
                self._frames = outer

        return function

    def _signature(self, node: ast.FunctionLiteral) -> Callable[[], FunctionType]:
        return partial(literal_type, node, self._types)

    def _charged(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def charging(*values: Any) -> Any:
            self._steps.charge()
            return function(*values)

        return charging

    def _domains(self, iterators: tuple[ast.Iterator, ...]) -> tuple[Callable[..., Any], ...]:
        domains = []
        for index, iterator in enumerate(iterators):
            names = tuple(earlier.name for earlier in iterators[:index])
            if iterator.until is None:
                domains.append(self._closure(names, iterator.domain))
            else:
                low, high = self._closure(names, iterator.domain), self._closure(names, iterator.until)
                domains.append(_both(low, high))
        return tuple(domains)

    def _call(self, node: ast.Call) -> Any:
        arguments = [self.value(argument.value) for argument in node.arguments]
        name = node.function.name if isinstance(node.function, ast.Name) else None
        if name in REGISTRY:
            own = self._name(name)
            if not isinstance(own, FunctionValue) or own.parameters is None:
                return self._builtin(name, node, arguments)
        function = self.value(node.function)
        names = tuple(argument.name for argument in node.arguments if argument.name is not None)
        if names:
            return runtime.apply_named(self._steps, function, names, tuple(arguments))
        return runtime.apply(self._steps, function, tuple(arguments))

    def _builtin(self, name: str, node: ast.Call, arguments: list[Any]) -> Any:
        chosen = calls.choose(REGISTRY[name], node)
        if chosen is None:
            return None
        form, places = chosen
        ordered: list[Any] = [None] * form.width(places)
        for place, argument in zip(places, arguments, strict=True):
            ordered[place] = argument
        if form.clock:
            ordered.insert(0, self._now)
        elif form.bound:
            ordered.insert(0, self._env.get(form.bound))
        return form.guarded(*ordered)


def _both(low: Callable[..., Any], high: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *values: runtime.spanned(low(*values), high(*values))
