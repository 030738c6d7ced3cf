"""A checked tree to a Python function: plain operators where types are known, the runtime's where they are not.

Two readings of each construct are generated: its value (three-valued), and whether it is true or false as a Python
boolean, which is what conditions need and what costs least. Expressions that nest deeply are spilled into
variables; loop bodies become inner functions. `condition.py` holds the second reading.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from engine.feel import ast, calls, numbers, runtime
from engine.feel import types as t
from engine.feel.ast import Node
from engine.feel.bodies import BodyWriter
from engine.feel.builtins import REGISTRY, Form
from engine.feel.emitted import (
    ATOM,
    COMPARE,
    FALSE,
    NONE,
    NOT,
    OR,
    TRUE,
    Code,
    call,
    compare,
    conditional,
    conjunction,
    deepest,
    disjunction,
    is_false,
    is_true,
)
from engine.feel.reading import asks_of_input
from engine.feel.rules import named_type
from engine.feel.scope import Variable
from engine.feel.temporal import parse_temporal
from engine.feel.writer import Local

PYTHON_COMPARISON = {"=": "==", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
INVERSE = {"=": "!=", "!=": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_NUMBERS = {
    "+": numbers.add,
    "-": numbers.subtract,
    "*": numbers.multiply,
    "/": numbers.divide,
    "**": numbers.power,
}


class Generator(BodyWriter):
    """Writes values; conditions are added in `condition`."""

    def value(self, node: Node) -> Code:
        """Return code for the value of *node*."""
        code = self._value(node)
        return self.spilled(code) if code.depth > self.max_nesting else code

    def _value(self, node: Node) -> Code:
        match node:
            case ast.NumberLiteral(value=value):
                if isinstance(value, Decimal):
                    return self.constant(value)
                return Code(repr(value), nullable=False)
            case ast.StringLiteral(value=value):
                return Code(repr(value), nullable=False)
            case ast.BooleanLiteral(value=value):
                return Code(repr(value), nullable=False)
            case ast.NullLiteral():
                return NONE
            case ast.AtLiteral(text=text):
                return self.constant(parse_temporal(text))
            case ast.Name(name=name):
                return self.name(name)
            case ast.Path(source=source, name=name):
                return self._path(source, name)
            case ast.Negation(operand=ast.NumberLiteral(value=int(value))):
                return Code(repr(-value), COMPARE, nullable=False)
            case ast.Negation(operand=operand):
                return self.invoke(runtime.minus, self.value(operand))
            case ast.Arithmetic():
                return self._arithmetic(node)
            case ast.Comparison(operator=operator, left=left, right=right):
                return self._comparison(operator, left, right)
            case ast.Logic(operator=operator, operands=operands):
                return self._logic(operator, operands)
            case ast.Between(value=value, low=low, high=high):
                parts = [self.value(part) for part in (value, low, high)]
                if self.plain(value, low) and self.plain(value, high) and not any(p.nullable for p in parts):
                    return chain(parts[1], "<=", parts[0], "<=", parts[2])
                return self.invoke(runtime.between, *parts)
            case ast.In(value=value, tests=tests):
                return self._in(value, tests)
            case _:
                return self._construct(node)

    def _construct(self, node: Node) -> Code:
        match node:
            case ast.Comparator(operator=operator, operand=operand):
                operand_code = self.value(operand)
                operator_code = Code(repr(operator), nullable=False)
                return self.invoke(runtime.comparator, operator_code, operand_code, nullable=False)
            case ast.Interval(low=low, high=high):
                included = [Code(repr(end)) for end in (node.low_included, node.high_included)]
                return self.invoke(runtime.interval, self.value(low), self.value(high), *included)
            case ast.ListLiteral(items=items):
                codes = [self.value(item) for item in items]
                return Code(
                    f"[{', '.join(c.text for c in codes)}]", ATOM, nullable=False, depth=1 + deepest(codes)
                )
            case ast.ContextLiteral(entries=entries):
                return self.context(entries)
            case ast.Filter(source=source, condition=condition):
                return self.filter(source, condition)
            case ast.Call():
                return self._call(node)
            case ast.If(condition=condition, then=then, otherwise=otherwise):
                return conditional(self.true(condition), self.value(then), self.value(otherwise))
            case ast.For():
                return self.each(node)
            case ast.Quantified(quantifier=quantifier, iterators=iterators, condition=condition):
                domains, body = self.loop(iterators, condition, partial=None)
                function = runtime.some if quantifier == "some" else runtime.every
                return call(self.use(function), self.steps(), domains, body)
            case ast.InstanceOf(value=value, type=type_name):
                wanted = self.constant(named_type(type_name, self.typing.scope.type_named))
                return self.invoke(runtime.instance_of, self.value(value), wanted)
            case ast.FunctionLiteral():
                return self.function(node)
            case ast.UnaryTests(tests=tests, negated=negated):
                return self._unary_tests(tests, negated)
            case _:
                return NONE

    # names and paths

    def _path(self, source: Node, name: str) -> Code:
        record = self._record(source)
        if record is not None:
            code, fields = record
            field = fields.get(name)
            if field is not None:
                text = f"{code}[{name!r}]" if field.required else f"{code}.get({name!r})"
                return self.converted(Variable(field.type, text, field.required))
        return self.invoke(runtime.path, self.value(source), Code(repr(name)))

    def _record(self, node: Node) -> tuple[str, Mapping[str, t.Field]] | None:
        """Return the code and the fields of a record that is surely there, as plain JSON."""
        if isinstance(node, ast.Name) and self.resolve(node.name, len(self.locals)) is None:
            variable = self.typing.scope.lookup(node.name)
            kind = None if variable is None else t.bare(variable.type)
            if variable is not None and variable.required and isinstance(kind, t.ContextType):
                return variable.code, kind.fields
        if isinstance(node, ast.Path):
            outer = self._record(node.source)
            if outer is not None:
                code, fields = outer
                field = fields.get(node.name)
                kind = None if field is None else t.bare(field.type)
                if field is not None and field.required and isinstance(kind, t.ContextType):
                    return f"{code}[{node.name!r}]", kind.fields
        return None

    # operators

    def _arithmetic(self, node: ast.Arithmetic) -> Code:
        left, right = self.value(node.left), self.value(node.right)
        plain = isinstance(self.type_of(node.left), t.Number) and isinstance(
            self.type_of(node.right), t.Number
        )
        if plain and not left.nullable and not right.nullable:
            return call(self.use(_NUMBERS[node.operator], "number_"), left, right)
        return self.invoke(runtime.ARITHMETIC[node.operator], left, right)

    def plain(self, left: Node, right: Node) -> bool:
        """Return whether Python's own operators compare the two as FEEL does, once neither is null."""
        kinds = (self.type_of(left), self.type_of(right))
        return all(isinstance(k, t.Number) for k in kinds) or all(isinstance(k, t.String) for k in kinds)

    def alike(self, left: Node, right: Node) -> bool:
        """Return whether Python's == compares the two as FEEL's = does, null included."""
        kinds = (self.type_of(left), self.type_of(right))
        return self.plain(left, right) or all(isinstance(k, t.Boolean) for k in kinds)

    def _comparison(self, operator: str, left: Node, right: Node) -> Code:
        if operator in ("=", "!="):
            tested = self.null_test(operator, left, right)
            if tested is not None:
                return tested
            if self.alike(left, right):
                return compare(self.value(left), PYTHON_COMPARISON[operator], self.value(right))
        elif self.plain(left, right):
            a, b = self.value(left), self.value(right)
            guards: list[str] = []
            a, b = self.or_none(a, guards), self.or_none(b, guards)
            test = compare(a, PYTHON_COMPARISON[operator], b)
            if not guards:
                return test
            return conditional(Code(" or ".join(guards), OR, depth=test.depth), NONE, test)
        return self.invoke(runtime.COMPARISONS[operator], self.value(left), self.value(right))

    def or_none(self, code: Code, guards: list[str]) -> Code:
        """Return a name for *code*, with a test for None in *guards* where it can be that."""
        if not code.nullable:
            return code
        name = code.text if code.is_name and code != NONE else self.fresh("v")
        guards.append(f"{name} is None" if name == code.text else f"({name} := {code.text}) is None")
        return Code(name, nullable=False, depth=1 + code.depth)

    def null_test(self, operator: str, left: Node, right: Node) -> Code | None:
        """Return `x is None` where one side is the literal null."""
        if isinstance(left, ast.NullLiteral):
            left, right = right, left
        if not isinstance(right, ast.NullLiteral):
            return None
        code = self.value(left)
        if not code.nullable:
            return TRUE if operator == "!=" else FALSE
        text = f"{code.within(ATOM)} is {'not ' if operator == '!=' else ''}None"
        return Code(text, COMPARE, nullable=False, depth=1 + code.depth)

    def _logic(self, operator: str, operands: tuple[Node, ...]) -> Code:
        codes = [self.value(operand) for operand in operands]
        sure = all(isinstance(self.type_of(o), t.Boolean) for o in operands)
        if sure and not any(code.nullable for code in codes):
            return conjunction(codes) if operator == "and" else disjunction(codes)
        decisive, test = ("False", is_false) if operator == "and" else ("True", is_true)
        neutral = is_true if operator == "and" else is_false
        ends, holds = [], []
        for code in codes:
            name = self.fresh("v")
            ends.append(test(Code(f"({name} := {code.text})", depth=1 + code.depth)))
            holds.append(neutral(Code(name)))
        rest = conditional(conjunction(holds), Code("False" if decisive == "True" else "True"), NONE)
        return conditional(disjunction(ends), Code(decisive), rest)

    def _in(self, value: Node, tests: tuple[Node, ...]) -> Code:
        if isinstance(value, ast.Name | ast.Path):
            sure = self.membership(value, tests)
            if sure is not None:
                return sure
        if any(asks_of_input(test) for test in tests):
            return self._in_asking(value, tests)
        codes = [self.value(test) for test in tests]
        if len(codes) == 1:
            return self.invoke(runtime.fits, self.value(value), codes[0])
        listed = Code(f"({', '.join(code.text for code in codes)})", depth=1 + deepest(codes))
        return self.invoke(runtime.any_fits, self.value(value), listed)

    def _in_asking(self, value: Node, tests: tuple[Node, ...]) -> Code:
        """Return code for `value in tests` where a test is a condition on `?`."""
        subject, whole = self.spilled(self.value(value)), FALSE
        for test in tests:
            if asks_of_input(test):
                self.locals.append(Local("?", self.type_of(value), subject))
                found = self.value(test)
                self.locals.pop()
            else:
                found = self.invoke(runtime.fits, subject, self.value(test))
            whole = call(self.use(runtime.either), whole, found)
        return whole

    def membership(self, value: Node, tests: tuple[Node, ...]) -> Code | None:
        """Return `value in {constants}` where all tests are constants of the value's own kind."""
        if len(tests) == 1 and isinstance(tests[0], ast.ListLiteral):
            tests = tests[0].items
        wanted: type[Node] = ast.StringLiteral
        if isinstance(self.type_of(value), t.Number):
            wanted = ast.NumberLiteral
        elif not isinstance(self.type_of(value), t.String):
            return None
        if not tests or not all(type(test) is wanted for test in tests):
            return None
        constants = frozenset(test.value for test in tests)  # type: ignore[attr-defined]
        return compare(self.value(value), "in", self.constant(constants))

    def _unary_tests(self, tests: tuple[Node, ...], negated: bool) -> Code:
        parts = []
        for test in tests:
            if isinstance(test, ast.AnyInput):
                parts.append(Code("True"))
            elif any(isinstance(part, ast.Name) and part.name == "?" for part in ast.walk(test)):
                asked = self.value(test)
                if not isinstance(self.type_of(test), t.Boolean):  # what is no boolean counts as null
                    asked = call(self.use(runtime.either), Code("False"), asked)
                parts.append(asked)
            else:
                parts.append(self.invoke(runtime.fits, self.name("?"), self.value(test)))
        while len(parts) > 1:  # by pairs, since Python reads no more than 200 parentheses inside one another
            pairs = list(zip(parts[::2], parts[1::2], strict=False))
            last = parts[-1:] if len(parts) % 2 else []
            parts = [call(self.use(runtime.either), *pair) for pair in pairs] + last
        return call(self.use(runtime.negation), parts[0]) if negated else parts[0]

    # calls

    def _call(self, node: ast.Call) -> Code:
        builtin = self.builtin_called(node)
        if builtin is None:
            return self._apply(node)
        chosen = calls.choose(REGISTRY[builtin], node)
        if chosen is None:
            return NONE
        if builtin == "not":
            return self.negation(node.arguments[0].value)
        form, places = chosen
        ordered = [NONE] * form.width(places)
        for argument, place in zip(node.arguments, places, strict=True):
            ordered[place] = self.value(argument.value)
        function = form.function if self._fits(form, node, ordered) else form.guarded
        if form.clock:
            ordered.insert(0, Code("now", nullable=False))
        elif form.bound:
            ordered.insert(0, self.constant(self.typing.scope.bound_to(form.bound), "b"))
        return self.invoke(function, *ordered)

    def _fits(self, form: Form, node: ast.Call, codes: list[Code]) -> bool:
        """Return whether the arguments are surely what the form takes, so that its guard can be left out."""
        if form.spread or any(code.nullable for code in codes) or any(a.name for a in node.arguments):
            return False
        return all(
            any(type(self.type_of(argument.value)) is type(kind) for kind in form.parameter(place).types)
            for place, argument in enumerate(node.arguments)
        )

    def negation(self, operand: Node) -> Code:
        """Return code for `not(operand)`."""
        code = self.value(operand)
        if isinstance(self.type_of(operand), t.Boolean) and not code.nullable:
            return Code(f"not {code.within(COMPARE)}", NOT, nullable=False, depth=1 + code.depth)
        return call(self.use(runtime.negation), code)

    def _apply(self, node: ast.Call) -> Code:
        function = self.value(node.function)
        values = [self.value(argument.value) for argument in node.arguments]
        names = [argument.name for argument in node.arguments]
        listed = Code(f"({''.join(f'{v.text}, ' for v in values)})", depth=1 + deepest(values))
        if any(names):
            return call(
                self.use(runtime.apply_named), self.steps(), function, Code(repr(tuple(names))), listed
            )
        return call(self.use(runtime.apply), self.steps(), function, listed)

    # conditions

    def true(self, node: Node) -> Code:
        """Return a Python boolean: whether *node* is true."""
        raise NotImplementedError

    def false(self, node: Node) -> Code:
        """Return a Python boolean: whether *node* is false."""
        raise NotImplementedError


def chain(low: Code, first: str, value: Code, second: str, high: Code) -> Code:
    """Return `low first value second high`."""
    text = f"{low.within(ATOM)} {first} {value.within(ATOM)} {second} {high.within(ATOM)}"
    return Code(text, COMPARE, nullable=False, depth=1 + deepest((low, value, high)))
