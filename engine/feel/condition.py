"""The compiler's second reading of a tree: whether it is true, or false, as a Python boolean.

A condition needs no third value, so comparisons become Python's own, guarded against None where a field is optional,
and `and` and `or` stop as early as Python does.
"""

from __future__ import annotations

from engine.feel import ast, calls
from engine.feel import types as t
from engine.feel.ast import Node
from engine.feel.builtins import REGISTRY
from engine.feel.codegen import INVERSE, PYTHON_COMPARISON, Generator, chain
from engine.feel.emitted import (
    ATOM,
    COMPARE,
    FALSE,
    TRUE,
    Code,
    compare,
    conditional,
    conjunction,
    disjunction,
    is_false,
    is_true,
    opposite,
)


class ConditionGenerator(Generator):
    """Generates values and conditions."""

    def true(self, node: Node) -> Code:
        """Return a Python boolean: whether *node* is true."""
        return self._flat(self._decide(node, wanted=True))

    def false(self, node: Node) -> Code:
        """Return a Python boolean: whether *node* is false."""
        return self._flat(self._decide(node, wanted=False))

    def _flat(self, code: Code) -> Code:
        return self.spilled(code) if code.depth > self.max_nesting else code

    def _decide(self, node: Node, *, wanted: bool) -> Code:
        match node:
            case ast.BooleanLiteral(value=value):
                return TRUE if value is wanted else FALSE
            case ast.NullLiteral():
                return FALSE
            case ast.Logic(operator=operator, operands=operands):
                parts = [self._decide(operand, wanted=wanted) for operand in operands]
                return conjunction(parts) if (operator == "and") is wanted else disjunction(parts)
            case ast.Comparison(operator=operator, left=left, right=right):
                found = self._compared(operator if wanted else INVERSE[operator], left, right)
                if found is None and wanted:
                    found = self._equals_text(operator, left, right)
                if found is not None:
                    return found
            case ast.Between(value=value, low=low, high=high):
                found = self._within(value, [ast.Interval(0, 0, low, high, True, True)], wanted=wanted)
                if found is not None:
                    return found
            case ast.In(value=value, tests=tests):
                member = self.membership(value, tests)
                if member is not None:
                    return member if wanted else opposite(member)
                found = self._within(value, list(tests), wanted=wanted)
                if found is not None:
                    return found
            case ast.Call(function=ast.Name(name="not"), arguments=(argument,)) if self._negates(node):
                return self._decide(argument.value, wanted=not wanted)
            case ast.If(condition=condition, then=then, otherwise=otherwise):
                branches = (self._decide(then, wanted=wanted), self._decide(otherwise, wanted=wanted))
                return conditional(self.true(condition), *branches)
        return self._as_boolean(node, wanted=wanted)

    def _negates(self, node: ast.Call) -> bool:
        """Return whether a call is one of the built-in `not`, with the argument that it takes."""
        return self.is_builtin(node) and calls.choose(REGISTRY["not"], node) is not None

    def _as_boolean(self, node: Node, *, wanted: bool) -> Code:
        if not isinstance(self.type_of(node), t.Boolean | t.Any_):
            return FALSE
        code = self.value(node)
        # a field is what a fact says it is: one that breaks its schema is neither true nor false
        read = isinstance(node, ast.Name | ast.Path)
        if isinstance(self.type_of(node), t.Boolean) and not code.nullable and not read:
            return code if wanted else opposite(code)
        return is_true(code) if wanted else is_false(code)

    def _compared(self, operator: str, left: Node, right: Node) -> Code | None:
        """Return Python's own comparison where it decides as FEEL's does, else None."""
        if operator in ("=", "!="):
            tested = self.null_test(operator, left, right)
            if tested is not None:
                return tested
            if self.alike(left, right):
                return compare(self.value(left), PYTHON_COMPARISON[operator], self.value(right))
            return None
        if not self.plain(left, right):
            return None
        guards: list[Code] = []
        a = self._guarded(self.value(left), guards)
        b = self._guarded(self.value(right), guards)
        return conjunction([*guards, compare(a, PYTHON_COMPARISON[operator], b)])

    def _equals_text(self, operator: str, left: Node, right: Node) -> Code | None:
        """Return `x == "text"` for an x of any kind: nothing but that text equals it."""
        if operator != "=":
            return None
        if isinstance(left, ast.StringLiteral):
            left, right = right, left
        if isinstance(right, ast.StringLiteral) and isinstance(self.type_of(left), t.Any_):
            return compare(self.value(left), "==", self.value(right))
        return None

    def _guarded(self, code: Code, guards: list[Code]) -> Code:
        """Return code that is not None behind the tests added to *guards*."""
        tests: list[str] = []
        name = self.or_none(code, tests)
        guards.extend(
            Code(test.replace(" is None", " is not None"), COMPARE, nullable=False, depth=name.depth)
            for test in tests
        )
        return name

    def _within(self, value: Node, tests: list[Node], *, wanted: bool) -> Code | None:
        """Return whether *value* passes one of *tests* (or none) by Python's own operators, else None."""
        before = self.mark()
        guards: list[Code] = []
        subject = self._guarded(self.value(value), guards)
        first = subject
        if not subject.is_name and (len(tests) > 1 or subject.depth):
            name = self.fresh("v")
            first = Code(f"({name} := {subject.text})", ATOM, nullable=False, depth=1 + subject.depth)
            subject = Code(name, nullable=False)
        parts: list[Code] = []
        for test in tests:
            part = self._passes(value, first if not parts else subject, test, sure=not guards)
            if part is None:
                self.rewind(before)
                return None
            parts.append(part)
        passed = disjunction(parts)
        return conjunction([*guards, passed if wanted else opposite(passed)])

    def _passes(self, value: Node, subject: Code, test: Node, *, sure: bool) -> Code | None:
        match test:
            case ast.Interval(low=low, high=high):
                ends = self.value(low), self.value(high)
                if not self.plain(value, low) or not self.plain(value, high) or any(e.nullable for e in ends):
                    return None
                first = "<=" if test.low_included else "<"
                second = "<=" if test.high_included else "<"
                return chain(ends[0], first, subject, second, ends[1])
            case ast.Comparator(operator=operator, operand=operand):
                code = self.value(operand)
                # `= x` and `!= x` answer for null too, which the guard has taken away
                if code.nullable or not self.plain(value, operand) or (operator in ("=", "!=") and not sure):
                    return None
                return compare(subject, PYTHON_COMPARISON[operator], code)
            case ast.NumberLiteral() | ast.StringLiteral() if self.plain(value, test):
                return compare(subject, "==", self.value(test))
            case _:
                return None
