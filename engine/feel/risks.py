"""Where an expression may come to null by itself, by its types: what has to be looked at for doubts, and what need not.

A tree and its scope go in, nodes come out. Types are those of the checker, which holds nothing certain that is not;
a null that comes in by a name raises no doubt, so optional fields are no risk.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.feel import ast, calls
from engine.feel import types as t
from engine.feel.ast import Node
from engine.feel.builtins import REGISTRY, Form
from engine.feel.checker import Typing, infer
from engine.feel.reading import asks_of_input, literal_index
from engine.feel.rules import properties
from engine.feel.scope import Scope
from engine.feel.types import FeelType

_ALIKE = (
    t.Number,
    t.String,
    t.Boolean,
    t.Date,
    t.Time,
    t.DateTime,
    t.DaysTimeDuration,
    t.YearsMonthsDuration,
)
"""Types any two values of which `=` compares."""

_ORDERED = (t.Number, t.String, t.Date, t.DaysTimeDuration, t.YearsMonthsDuration)
"""Types any two values of which `<` puts in order; two times may differ in whether they say their zone."""

_TOTAL = frozenset(
    (
        *(
            "abs",
            "ceiling",
            "contains",
            "count",
            "day of week",
            "day of year",
            "ends with",
            "floor",
            "is",
            "list contains",
        ),
        *("lower case", "month of year", "now", "starts with", "string", "string length", "substring after"),
        *("substring before", "today", "upper case", "week of year"),
    )
)
"""Built-ins that have a value for all arguments of the right types."""


@dataclass(frozen=True, slots=True)
class Risk:
    """A node that may be null by itself. *hidden*: what may be null stands in a loop or a function, so only a walk tells."""

    node: Node
    hidden: bool


def may_warn(node: Node, scope: Scope) -> bool:
    """Return whether evaluating *node* can raise a doubt; False is certain for values of the declared types."""
    return bool(risks(node, scope))


def risks(node: Node, scope: Scope) -> tuple[Risk, ...]:
    """Return every part of *node* that can raise a doubt, with those in loops and functions told by the whole construct."""
    finder = _Finder(infer(node, scope))
    finder.look(node)
    return tuple(finder.found)


class _Finder:
    """Walks one tree and collects its risks."""

    def __init__(self, typing: Typing) -> None:
        self._of = typing.of
        self._typing = typing
        self.found: list[Risk] = []

    def _note(self, node: Node) -> None:
        self.found.append(Risk(node, hidden=False))

    def look(self, node: Node) -> None:
        """Collect the risks of *node* and of what is below it."""
        match node:
            case ast.For() | ast.Quantified():
                self._loop(node)
                return
            case ast.FunctionLiteral() | ast.ContextLiteral():
                self._inside(node, node)
                return
            case ast.Filter(source=source, condition=condition):
                self.look(source)
                self._filter(node, condition)
                return
            case ast.Call():
                self._call(node)
                return
            case ast.In(value=value, tests=tests) if any(map(asks_of_input, tests)):
                self.look(value)
                for test in tests:
                    self._inside(node, test)
                    if not asks_of_input(test) and not self._passes(value, test):
                        self._note(node)
                return
        for child in ast.children(node):
            self.look(child)
        self._operator(node)

    def _inside(self, construct: Node, body: Node) -> None:
        """Note *construct* where *body*, which has names of its own, holds a risk."""
        inner = _Finder(self._typing)
        for child in ast.children(body) if body is construct else (body,):
            inner.look(child)
        if inner.found:
            self.found.append(Risk(construct, hidden=True))

    def _operator(self, node: Node) -> None:
        match node:
            case ast.Path(source=source, name=name):
                if not _has(self._of(source), name):
                    self._note(node)
            case ast.Negation(operand=operand):
                if not isinstance(self._of(operand), (t.Number, t.Null, *t.DURATIONS)):
                    self._note(node)
            case ast.Arithmetic():
                self._note(node)
            case ast.Comparison(operator=operator, left=left, right=right):
                if not self._compare(operator, left, right):
                    self._note(node)
            case ast.Between(value=value, low=low, high=high):
                if not all(self._compare("<", value, end) for end in (low, high)):
                    self._note(node)
            case ast.Interval(low=low, high=high):
                kinds = [self._of(end) for end in (low, high) if not isinstance(end, ast.NullLiteral)]
                if not all(isinstance(k, _ORDERED) and type(k) is type(kinds[0]) for k in kinds):
                    self._note(node)
            case ast.In(value=value, tests=tests):
                if not all(self._passes(value, test) for test in tests):
                    self._note(node)
            case ast.Logic(operands=operands):
                if not all(isinstance(self._of(operand), t.Boolean | t.Null) for operand in operands):
                    self._note(node)
            case ast.If(condition=condition):
                if not isinstance(self._of(condition), t.Boolean | t.Null):
                    self.found.append(Risk(node, hidden=True))
            case ast.UnaryTests():
                self.found.append(Risk(node, hidden=True))

    def _compare(self, operator: str, left: Node, right: Node) -> bool:
        """Return whether the two surely compare, null aside."""
        if isinstance(left, ast.NullLiteral) or isinstance(right, ast.NullLiteral):
            return True
        a, b = self._of(left), self._of(right)
        return type(a) is type(b) and isinstance(a, _ALIKE if operator in ("=", "!=") else _ORDERED)

    def _passes(self, value: Node, test: Node) -> bool:
        match test:
            case ast.Comparator(operator=operator, operand=operand):
                return self._compare(operator, value, operand)
            case ast.Interval(low=low, high=high):
                return all(self._compare("<", value, end) for end in (low, high))
            case _:
                # a list answers for each of its items, and those that do not compare are none that fit
                return isinstance(self._of(test), t.ListType) or self._compare("=", value, test)

    def _filter(self, node: ast.Filter, condition: Node) -> None:
        kind = self._of(condition)
        if literal_index(condition) or isinstance(kind, t.Number):
            self._note(node)
        elif not isinstance(kind, t.Boolean):
            self.found.append(Risk(node, hidden=True))
            return
        self._inside(node, condition)

    def _loop(self, node: ast.For | ast.Quantified) -> None:
        for iterator in node.iterators:
            if iterator.until is not None or not isinstance(self._of(iterator.domain), t.ListType):
                self._note(node)
        body = node.body if isinstance(node, ast.For) else node.condition
        if isinstance(node, ast.Quantified) and not isinstance(self._of(body), t.Boolean | t.Null):
            self.found.append(Risk(node, hidden=True))
            return
        first, *later = node.iterators
        self.look(first.domain)
        for part in (first.until, *(i.domain for i in later), *(i.until for i in later), body):
            if part is not None:
                self._inside(node, part)

    def _call(self, node: ast.Call) -> None:
        for argument in node.arguments:
            self.look(argument.value)
        name = node.function.name if isinstance(node.function, ast.Name) else ""
        builtin = REGISTRY.get(name)
        chosen = None if builtin is None else calls.choose(builtin, node)
        if chosen is None or self._hides(name):
            self.found.append(Risk(node, hidden=True))
            return
        form, places = chosen
        if name == "not" and isinstance(self._of(node.arguments[0].value), t.Boolean | t.Null):
            return
        if name not in _TOTAL or not self._fits(form, node, places):
            self._note(node)

    def _hides(self, name: str) -> bool:
        """Return whether something of the scope may stand before the built-in *name*."""
        variable = self._typing.scope.lookup(name)
        return variable is not None and isinstance(t.bare(variable.type), t.FunctionType | t.Any_)

    def _fits(self, form: Form, node: ast.Call, places: tuple[int, ...]) -> bool:
        if form.spread:
            return form.name == "count"
        return all(
            not form.parameter(place).types
            or any(type(self._of(argument.value)) is type(kind) for kind in form.parameter(place).types)
            for place, argument in zip(places, node.arguments, strict=True)
        )


def _has(source: FeelType, name: str) -> bool:
    """Return whether a value of type *source* surely has what *name* asks for, or is a list, which answers for its items."""
    source = t.bare(source)
    if isinstance(source, t.ContextType):
        return name in source.fields
    return isinstance(source, t.ListType | t.Null) or (
        name in properties(source) and not isinstance(source, t.AnyDuration)
    )
