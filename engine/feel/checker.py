"""The types of every sub-expression, and every fault that can be known before a fact arrives, all at once.

Takes a tree and its scope. The compiler trusts the types found here, so a type other than Any is only given where
nothing else can come out (null aside).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.diagnostics import did_you_mean
from engine.feel import ast, calls, comparisons
from engine.feel import types as t
from engine.feel.advice import name_fix
from engine.feel.ast import Node
from engine.feel.builtins import REGISTRY
from engine.feel.builtins.registry import type_of_value
from engine.feel.faults import Fault
from engine.feel.printer import format_node
from engine.feel.reading import NOT_LITERAL, asks_of_input, literal_index, literal_value
from engine.feel.rules import TYPE_NAMES, arithmetic_type, loop_type, named_type, parameter_type, properties
from engine.feel.scope import Scope
from engine.feel.temporal import parse_temporal
from engine.feel.types import FeelType, is_unknown


@dataclass(frozen=True, slots=True)
class Checked:
    """What is known of an expression: the type of its value, and its faults in the order of the text."""

    type: FeelType
    faults: tuple[Fault, ...]


@dataclass(slots=True)
class Frame:
    """Names that a construct declares; *item* is the type a filter runs over, whose entries are names too."""

    names: dict[str, FeelType]
    item: FeelType | None = None


@dataclass(slots=True)
class Typing:
    """The types of the nodes of one tree, by identity, and the faults found on the way."""

    scope: Scope
    types: dict[int, FeelType] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def of(self, node: Node) -> FeelType:
        """Return the type found for *node*."""
        return self.types.get(id(node), t.ANY)


def check(node: Node, scope: Scope) -> Checked:
    """Return the type of *node* and every fault in it."""
    typing = infer(node, scope)
    return Checked(typing.of(node), tuple(sorted(set(typing.faults))))


def infer(node: Node, scope: Scope) -> Typing:
    """Return the types of *node* and of everything below it."""
    checker = Checker(scope)
    checker.infer(node)
    return checker.typing


def literal_type(node: ast.FunctionLiteral, types: Mapping[str, FeelType]) -> t.FunctionType:
    """Return the type of a function as far as its own text and the declared *types* say."""
    found = infer(node, Scope(types=types)).of(node)
    return found if isinstance(found, t.FunctionType) else t.ANY_FUNCTION


class Checker:
    """Walks one tree; the rules for comparisons and for calls stand in modules of their own."""

    def __init__(self, scope: Scope) -> None:
        self.typing = Typing(scope)
        self._scope = scope
        self._frames: list[Frame] = []
        self._beside: dict[int, FeelType] = {}

    def fault(self, place: Node, code: str, message: str, fix: str = "") -> None:
        """Note a fault at *place*."""
        self.typing.faults.append(Fault(place.start, place.end, code, message, fix))

    def of(self, node: Node) -> FeelType:
        """Return the type found for *node*."""
        return self.typing.of(node)

    def infer(self, node: Node) -> FeelType:
        """Find and note the type of *node*."""
        found = t.bare(self._infer(node))
        self.typing.types[id(node)] = found
        return found

    def _infer(self, node: Node) -> FeelType:
        match node:
            case ast.NumberLiteral():
                return t.NUMBER
            case ast.StringLiteral(value=value):
                return t.String(frozenset((value,)))
            case ast.BooleanLiteral():
                return t.BOOLEAN
            case ast.NullLiteral():
                return t.NULL
            case ast.AtLiteral(text=text):
                return type_of_value(parse_temporal(text))
            case ast.Name():
                return self._name(node)
            case ast.Path():
                return self._path(node)
            case ast.Negation(operand=operand):
                return self._negation(node, operand)
            case ast.Arithmetic():
                return self._arithmetic(node)
            case ast.Comparison(operator=operator, left=left, right=right):
                # a name that nothing declares comes last: what it stands beside says what it may have meant
                first, second = (right, left) if self._is_stray(left) else (left, right)
                self.infer(first)
                self._infer_beside(first, second)
                comparisons.check_comparison(self, node, operator, left, right)
                return t.BOOLEAN
            case ast.Logic(operator=operator, operands=operands):
                for before, operand in zip((node, *operands), operands, strict=False):
                    self._beside[id(operand)] = comparisons.choice_type(self, before, operand)
                    self.infer(operand)
                for operand in comparisons.check_choices(self, node):
                    self._expect_boolean(operand, f'"{operator}" joins conditions')
                return t.BOOLEAN
            case ast.Between(value=value, low=low, high=high):
                for part in (value, low, high):
                    self.infer(part)
                comparisons.check_comparison(self, low, ">=", value, low)
                comparisons.check_comparison(self, high, "<=", value, high)
                return t.BOOLEAN
            case ast.In(value=value, tests=tests):
                self.infer(value)
                for test in tests:
                    if asks_of_input(test):
                        self._frames.append(Frame({"?": self.of(value)}))
                        self.infer(test)
                        self._leave(1)
                    else:
                        self._infer_beside(value, test)
                        comparisons.check_test(self, value, test)
                return t.BOOLEAN
            case _:
                return self._infer_construct(node)

    def _infer_construct(self, node: Node) -> FeelType:
        match node:
            case ast.Comparator(operand=operand):
                return t.RangeType(self.infer(operand))
            case ast.Interval():
                ends = t.join(self.infer(node.low), self.infer(node.high))
                comparisons.check_interval(self, node)
                return t.RangeType(ends)
            case ast.ListLiteral(items=items):
                return t.ListType(t.join_all(tuple(self.infer(item) for item in items)))
            case ast.ContextLiteral():
                return self._context(node)
            case ast.Filter():
                return self._filter(node)
            case ast.Call():
                return calls.check_call(self, node)
            case ast.If(condition=condition, then=then, otherwise=otherwise):
                self.infer(condition)
                self._expect_boolean(condition, "if asks for a condition")
                return t.join(self.infer(then), self.infer(otherwise))
            case ast.For(iterators=iterators, body=body):
                self._iterators(iterators)
                self._frames[-1].names.setdefault("partial", t.ANY_LIST)
                result = self.infer(body)
                self._leave(len(iterators))
                return t.ListType(result)
            case ast.Quantified(quantifier=quantifier, iterators=iterators, condition=condition):
                self._iterators(iterators)
                self.infer(condition)
                self._expect_boolean(condition, f'"{quantifier}" asks for a condition')
                self._leave(len(iterators))
                return t.BOOLEAN
            case ast.InstanceOf(value=value, type=type_name):
                self.infer(value)
                self._type_name(type_name)
                return t.BOOLEAN
            case ast.FunctionLiteral(parameters=parameters, body=body):
                for parameter in parameters:
                    if parameter.type is not None:
                        self._type_name(parameter.type)
                kinds = [parameter_type(p, self._scope.type_named) or t.ANY for p in parameters]
                self._frames.append(Frame({p.name: k for p, k in zip(parameters, kinds, strict=True)}))
                # what says where other code is, is not evaluated
                result = t.ANY if node.external else self.infer(body)
                self._leave(1)
                return t.FunctionType(tuple(kinds), result, tuple(p.name for p in parameters))
            case ast.UnaryTests(tests=tests):
                return self._unary_tests(tests)
            case _:
                return t.ANY

    # names and paths

    def _name(self, node: ast.Name) -> FeelType:
        found = self.lookup(node.name)
        if found is not None:
            return found
        if node.name in REGISTRY:
            return t.ANY_FUNCTION
        record = self._scope.innermost_record()
        fix = name_fix(node.name, self.names_in_sight(), self._scope, self._beside.pop(id(node), None))
        if record is not None and record.title:
            self.fault(node, "unknown-field", f'{record.title} has no field "{node.name}"', fix)
        else:
            self.fault(node, "unknown-name", f'there is no "{node.name}" here', fix)
        return t.ANY

    def _is_stray(self, node: Node) -> bool:
        """Return whether *node* is a name that nothing declares."""
        return isinstance(node, ast.Name) and node.name not in REGISTRY and self.lookup(node.name) is None

    def _infer_beside(self, known: Node, node: Node) -> FeelType:
        """Find the type of *node*, which is compared with *known*; a stray name in it may be a text without quotes."""
        kind = self.of(known)
        if not isinstance(known, ast.StringLiteral):
            parts = node.items if isinstance(node, ast.ListLiteral) else (node,)
            self._beside.update((id(part), kind) for part in parts if isinstance(part, ast.Name))
        return self.infer(node)

    def lookup(self, name: str) -> FeelType | None:
        """Return the type of the variable *name*, or None where nothing declares it."""
        for frame in reversed(self._frames):
            if frame.item is not None:
                inside = t.bare(frame.item)
                if isinstance(inside, t.ContextType) and name in inside.fields:
                    return inside.fields[name].type
                if name == "item":
                    return inside if not _has_unknown_entries(inside) else t.ANY
                if _has_unknown_entries(inside):
                    return t.ANY
            elif name in frame.names:
                return frame.names[name]
        variable = self._scope.lookup(name)
        return None if variable is None else variable.type

    def known(self, node: Node) -> Any:
        """Return the value of *node* where it is known before a fact comes: a constant, or a parameter; else NOT_LITERAL."""
        if not isinstance(node, ast.Path) or not isinstance(node.source, ast.Name):
            return literal_value(node)
        name = node.source.name
        variable = None if any(name in frame.names for frame in self._frames) else self._scope.lookup(name)
        values = None if variable is None else variable.value
        return values.get(node.name, NOT_LITERAL) if isinstance(values, Mapping) else NOT_LITERAL

    def names_in_sight(self) -> set[str]:
        """Return the names a misspelt one may have meant."""
        names = set(self._scope.names())
        for frame in self._frames:
            names |= frame.names.keys()
            if isinstance(frame.item, t.ContextType):
                names |= frame.item.fields.keys()
        return names

    def _path(self, node: ast.Path) -> FeelType:
        source = self.infer(node.source)
        return self._member(node, source, named=isinstance(node.source, ast.Name))

    def _member(self, node: ast.Path, source: FeelType, *, named: bool) -> FeelType:
        source = t.bare(source)
        if is_unknown(source):
            return t.ANY
        if isinstance(source, t.ListType):
            return t.ListType(self._member(node, source.item, named=False))
        place = ast.Name(node.name_start, node.end, node.name)
        if isinstance(source, t.ContextType):
            if node.name in source.fields:
                return source.fields[node.name].type
            if not source.open:
                owner = source.title or (format_node(node.source) if named else "this context")
                fix = did_you_mean(node.name, source.fields)
                self.fault(place, "unknown-field", f'{owner} has no field "{node.name}"', fix)
            return t.ANY
        known = properties(source)
        if node.name in known:
            return known[node.name]
        message = f'{source.word} has no property "{node.name}"'
        self.fault(place, "unknown-field", message, did_you_mean(node.name, known))
        return t.ANY

    # operators

    def _expect_boolean(self, node: Node, why: str) -> None:
        found = self.of(node)
        if is_unknown(found) or isinstance(found, t.Boolean):
            return
        fix = f"write a comparison, such as {format_node(node)} = ..."
        self.fault(node, "type-mismatch", f"{why}, and {format_node(node)} is {found.word}", fix)

    def _negation(self, node: Node, operand: Node) -> FeelType:
        found = self.infer(operand)
        if is_unknown(found):
            return t.ANY
        if isinstance(found, (t.Number, *t.DURATIONS)):
            return found
        self.fault(node, "type-mismatch", f"{format_node(operand)} is {found.word}, which has no negative")
        return t.ANY

    def _arithmetic(self, node: ast.Arithmetic) -> FeelType:
        left, right = self.infer(node.left), self.infer(node.right)
        found = arithmetic_type(node.operator, left, right)
        if found is not None:
            return found
        message = (
            f"{format_node(node.left)} is {left.word} and {format_node(node.right)} is {right.word}, "
            f'which "{node.operator}" cannot combine'
        )
        fix = ""
        if node.operator == "+" and isinstance(left, t.String):
            fix = f"write string({format_node(node.right)})"
        elif node.operator == "+" and isinstance(right, t.String):
            fix = f"write string({format_node(node.left)})"
        elif isinstance(left, t.TEMPORAL) and isinstance(node.right, ast.NumberLiteral):
            days = node.right.value if isinstance(node.right.value, int) else 1
            fix = f'write a duration, such as @"P{days}D" for days'
        self.fault(node, "type-mismatch", message, fix)
        return t.ANY

    # constructs

    def _context(self, node: ast.ContextLiteral) -> FeelType:
        names: dict[str, FeelType] = {}
        self._frames.append(Frame(names))
        for entry in node.entries:
            if entry.name in names:
                self.fault(entry, "duplicate-name", f'the context has "{entry.name}" twice')
            names[entry.name] = self.infer(entry.value)
        self._leave(1)
        return t.ContextType({name: t.Field(found) for name, found in names.items()}, open=False)

    def _filter(self, node: ast.Filter) -> FeelType:
        source = self.infer(node.source)
        item = t.bare(source.item) if isinstance(source, t.ListType) else source
        self._frames.append(Frame({}, item if not isinstance(item, t.Null) else t.ANY))
        condition = self.infer(node.condition)
        self._leave(1)
        if isinstance(condition, t.Number):
            # a position that comes to null asks for no item: the answer is then an empty list
            return item if literal_index(node.condition) else t.ANY
        if isinstance(condition, t.Boolean):
            return t.ListType(item)
        if not is_unknown(condition):
            message = f"a filter takes a condition or a position, and this is {condition.word}"
            self.fault(node.condition, "type-mismatch", message)
        return t.ANY

    def _iterators(self, iterators: Iterable[ast.Iterator]) -> None:
        for iterator in iterators:
            domain = self.infer(iterator.domain)
            if iterator.until is not None:
                until = self.infer(iterator.until)
                comparisons.check_comparison(self, iterator, "<=", iterator.domain, iterator.until)
                item = t.join(domain, until)
            else:
                item = loop_type(domain)
            self._frames.append(Frame({iterator.name: item}))

    def _leave(self, count: int) -> None:
        del self._frames[-count:]

    def _type_name(self, node: ast.TypeName) -> None:
        if named_type(node, self._scope.type_named) is None:
            fix = did_you_mean(node.name, (*TYPE_NAMES, *self._scope.all_types()))
            self.fault(node, "unknown-type", f'there is no type "{node.name}"', fix)

    def _unary_tests(self, tests: tuple[Node, ...]) -> FeelType:
        subject = ast.Name(tests[0].start, tests[0].start, "?")
        self.typing.types[id(subject)] = self.lookup("?") or t.ANY
        for test in tests:
            self._infer_beside(subject, test)
            if not any(isinstance(part, ast.Name) and part.name == "?" for part in ast.walk(test)):
                comparisons.check_test(self, subject, test)
        return t.BOOLEAN


def _has_unknown_entries(item: FeelType) -> bool:
    """Return whether a filter's item may have entries nobody declared, so that a name is only known at run time."""
    return isinstance(item, t.Any_) or (isinstance(item, t.ContextType) and item.open)
