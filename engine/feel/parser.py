"""FEEL text to a syntax tree: a Pratt parser over the whole grammar of DMN 1.5 (see docs/decisions/0002-feel-parser.md).

Length, nesting and tree depth are bounded, so that no text exhausts the stack of anything that reads the tree.
Raises FeelSyntaxError with every fault found; knows no types and no scope, but for the names of several words.
"""

from __future__ import annotations

from collections.abc import Iterable

from engine.feel import ast
from engine.feel.ast import Node
from engine.feel.cursor import StopError
from engine.feel.faults import Fault, FeelSyntaxError
from engine.feel.lexer import KEYWORDS, Kind, Token
from engine.feel.precedence import BINDING, COMPARATORS, COMPARE, SIGN
from engine.feel.shape import MAX_DEPTH, check_shape, too_deep
from engine.feel.slips import Slips
from engine.feel.temporal import parse_temporal

MAX_TEXT = 10_000
"""Characters in one expression."""

_AFTER_RANGE = frozenset(("and", "or", "in", "between", "instance", "then", "else", "return", "satisfies"))


def parse(text: str, names: Iterable[str] = (), *, standard: bool = False) -> Node:
    """Return the tree of the expression *text*; *names* are those of variables and types that its scope declares.

    Names of one word may be left out. A *standard* text is read to the letter, without a hint at what was meant.
    """
    return _Parser(text, names, standard=standard).whole(unary=False)


def parse_unary_tests(text: str, names: Iterable[str] = (), *, standard: bool = False, new: int = 0) -> Node:
    """Return the tree of a cell: `-`, tests, or `not(...)` of them; of its characters, *new* are not its author's."""
    return _Parser(text, names, standard=standard, new=new).whole(unary=True)


class _Parser(Slips):
    def __init__(self, text: str, names: Iterable[str], *, standard: bool, new: int = 0) -> None:
        if len(text) - new > MAX_TEXT:
            message = f"the expression has {len(text)} characters"
            fix = f"keep it under {MAX_TEXT} characters"
            raise FeelSyntaxError([Fault(0, len(text), "too-long", message, fix)])
        super().__init__(text, names, standard=standard)
        self._open_ends = 0

    def whole(self, *, unary: bool) -> Node:
        try:
            if self.peek.kind is Kind.END:
                raise StopError(0, len(self.text), "the expression is empty", "write a value or a comparison")
            node = self._unary_tests() if unary else self.expression(0)
            if self.sees(","):
                raise self.listed(node)
            self.expect_end()
            check_shape(node)
        except StopError as stop:
            raise FeelSyntaxError([*self.faults, stop.fault]) from None
        if self.faults:
            raise FeelSyntaxError(self.faults)
        return node

    # expressions

    def expression(self, binding: int) -> Node:
        """Read an expression whose operators bind tighter than *binding*."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise too_deep(self.peek.start)
        start = self.peek.start
        left = self._climb(self._prefix(), start, binding)
        self.depth -= 1
        return left

    def _climb(self, left: Node, start: int, binding: int) -> Node:
        """Extend *left*, whose text begins at *start*, by every operator that binds tighter than *binding*."""
        for _ in range(MAX_DEPTH):  # each operator is a level
            token = self.peek
            power = BINDING.get(token.text, -1) if token.kind in (Kind.SIGN, Kind.WORD) else -1
            if power <= binding or (token.text == "[" and self._closes_range()):
                return left
            left = self._infix(left, start, power)
        raise too_deep(start)

    def _closes_range(self) -> bool:
        """Return whether the `[` here ends a range, as in `[1..10[`: nothing follows that could be a filter."""
        if not self._open_ends:
            return False
        after = self.tokens[self.at + 1]
        if after.kind is Kind.SIGN:
            return after.text not in ("(", "[", "{", "-", "?")
        return after.kind is Kind.END or after.text in _AFTER_RANGE

    def _infix(self, left: Node, start: int, power: int) -> Node:
        token = self.advance()
        sign = token.text
        if sign in ("and", "or"):
            operands = [left, self.expression(power)]
            while self.takes(sign):
                operands.append(self.expression(power))
            return ast.Logic(start, self.last_end, sign, tuple(operands))
        if sign in COMPARATORS:
            if sign in ("=", "!=") and self.is_literal_list():
                return self.literal_list(left, start, token)
            right = self.expression(power)
            return ast.Comparison(start, self.last_end, sign, left, right)
        if sign == "between":
            low = self.expression(power)
            self.expect_word("and", "between", "x between low and high")
            high = self.expression(power)
            return ast.Between(start, self.last_end, left, low, high)
        if sign == "in":
            return self.in_tests(left, start)
        if sign == "instance":
            self.expect_word("of", "instance", "x instance of number")
            type_name = self.type_name()
            return ast.InstanceOf(start, self.last_end, left, type_name)
        if sign == ".":
            return self._path(left, start)
        if sign == "[":
            with_filter = self._without_open_end()
            self.close("]", token)
            return ast.Filter(start, self.last_end, left, with_filter)
        if sign == "(":
            arguments = self.arguments(token)
            return ast.Call(start, self.last_end, left, arguments)
        right = self.expression(power)
        return ast.Arithmetic(start, self.last_end, sign, left, right)

    def _without_open_end(self) -> Node:
        """Parse an expression in brackets of its own, where `[` is a filter again."""
        saved, self._open_ends = self._open_ends, 0
        node = self.expression(0)
        self._open_ends = saved
        return node

    def _path(self, source: Node, start: int) -> Node:
        token = self.peek
        found = self.properties.match(self.tokens, self.at)
        if found is not None:
            self.at += len(found.parts)
            return ast.Path(start, self.last_end, source, found.name, token.start)
        if token.kind is not Kind.WORD:
            raise self.unexpected("the name of a field")
        self.advance()
        return ast.Path(start, token.end, source, token.text, token.start)

    def arguments(self, opening: Token) -> tuple[ast.Argument, ...]:
        """Read arguments up to the parenthesis that closes *opening*."""
        arguments: list[ast.Argument] = []
        while not self.sees(")"):
            start = self.peek.start
            name = self._argument_name()
            value = self._without_open_end()
            arguments.append(ast.Argument(start, self.last_end, name, value))
            if not self.takes(","):
                break
        closing = self.close(")", opening)
        if len({a.name is None for a in arguments}) > 1:
            raise StopError(
                opening.start, closing.end, "arguments are given partly by name", "name all of them or none"
            )
        return tuple(arguments)

    def _argument_name(self) -> str | None:
        at = self.at
        while self.tokens[at].kind is Kind.WORD:
            at += 1
        if at == self.at or self.tokens[at].text != ":" or self.tokens[at].kind is not Kind.SIGN:
            return None
        name = " ".join(token.text for token in self.tokens[self.at : at])
        self.at = at + 1
        return name

    # tests

    def in_tests(self, value: Node, start: int) -> Node:
        """Read the tests after `in`."""
        if not self.sees("("):
            test = self._test(COMPARE)
            return ast.In(start, self.last_end, value, (test,))
        opening = self.peek.start
        self.depth += 1
        tests = self._parenthesis(several=True)
        self.depth -= 1
        if len(tests) == 1:
            tests = (self._climb(tests[0], opening, COMPARE),)
        return ast.In(start, self.last_end, value, tests)

    def _test(self, binding: int) -> Node:
        token = self.peek
        if token.kind is Kind.SIGN and token.text in COMPARATORS:
            self.advance()
            operand = self.expression(max(binding, COMPARE))
            return ast.Comparator(token.start, self.last_end, token.text, operand)
        return self.expression(binding)

    def _unary_tests(self) -> Node:
        token = self.peek
        if token.text == "-" and self.tokens[self.at + 1].kind is Kind.END:
            self.advance()
            return ast.UnaryTests(
                token.start, token.end, (ast.AnyInput(token.start, token.end),), negated=False
            )
        negated = token.text == "not" and self.tokens[self.at + 1].text == "("
        if negated:
            self.at += 2
        tests = [self._test(0)]
        while self.takes(","):
            tests.append(self._test(0))
        if negated:
            self.close(")", self.tokens[1])
        return ast.UnaryTests(token.start, self.last_end, tuple(tests), negated)

    # operands

    def _prefix(self) -> Node:
        token = self.peek
        if token.kind is Kind.NUMBER:
            self.advance()
            self.skip_unit(token)
            return ast.NumberLiteral(token.start, token.end, token.number)
        if token.kind is Kind.STRING:
            self.advance()
            return ast.StringLiteral(token.start, token.end, token.text)
        if token.kind is Kind.AT:
            self.advance()
            if parse_temporal(token.text) is None:
                self.bad_temporal(token)
            return ast.AtLiteral(token.start, token.end, token.text)
        if token.kind is Kind.WORD:
            return self._word()
        if token.kind is Kind.SIGN:
            if token.text == "-":
                self.advance()
                operand = self.expression(SIGN)
                return ast.Negation(token.start, self.last_end, operand)
            if token.text == "(":
                return self._parenthesis()[0]
            if token.text == "[":
                return self._bracket()
            if token.text == "]":
                self.advance()
                low = self._without_open_end()
                return self._interval(token, low, low_included=False)
            if token.text == "{":
                return self._context()
            if token.text == "?":
                self.advance()
                return ast.Name(token.start, token.end, "?")
        raise self.unexpected("a value")

    def _word(self) -> Node:
        token = self.peek
        found = self.names.match(self.tokens, self.at)
        if found is not None:
            self.at += len(found.parts)
            return ast.Name(token.start, self.last_end, found.name)
        word = token.text
        if word == "if":
            return self._if()
        if word == "for":
            return self._for()
        if word in ("some", "every"):
            return self._quantified()
        if word == "function":
            return self._function()
        if word in ("and", "or") and self.tokens[self.at + 1].text == "(":
            return self.spreadsheet_logic()
        if word.lower() == "not" and self.is_bare_not():
            return self.bare_not()
        if word in KEYWORDS - {"true", "false", "null"}:
            raise self.unexpected("a value")
        self.advance()
        if word in ("true", "false"):
            return ast.BooleanLiteral(token.start, token.end, word == "true")
        if word == "null":
            return ast.NullLiteral(token.start, token.end)
        return ast.Name(token.start, token.end, word)

    def _if(self) -> Node:
        start = self.advance().start
        form = "if condition then value else value"
        condition = self.expression(0)
        self.expect_word("then", "if", form)
        then = self.expression(0)
        self.expect_word("else", "if", form)
        otherwise = self.expression(0)
        return ast.If(start, self.last_end, condition, then, otherwise)

    def _for(self) -> Node:
        start = self.advance().start
        iterators = self._iterators("for", "for x in list return value")
        self.expect_word("return", "for", "for x in list return value")
        body = self.expression(0)
        return ast.For(start, self.last_end, iterators, body)

    def _quantified(self) -> Node:
        token = self.advance()
        form = f"{token.text} x in list satisfies condition"
        iterators = self._iterators(token.text, form)
        self.expect_word("satisfies", token.text, form)
        condition = self.expression(0)
        return ast.Quantified(token.start, self.last_end, token.text, iterators, condition)

    def _iterators(self, construct: str, form: str) -> tuple[ast.Iterator, ...]:
        iterators = []
        while True:
            start = self.peek.start
            name = self.declared_name(construct, form, "in")
            self.expect_word("in", construct, form)
            domain = self.expression(0)
            until = self.expression(0) if self.takes("..") else None
            iterators.append(ast.Iterator(start, self.last_end, name, domain, until))
            if not self.takes(","):
                return tuple(iterators)

    def _function(self) -> Node:
        start = self.advance().start
        form = "function(x, y) value"
        opening = self.peek
        self.expect_word("(", "function", form)
        parameters: list[ast.FormalParameter] = []
        while not self.sees(")"):
            at = self.peek.start
            name = self.declared_name("function", form, ":", ",", ")")
            type_name = self.type_name() if self.takes(":") else None
            parameters.append(ast.FormalParameter(at, self.last_end, name, type_name))
            if not self.takes(","):
                break
        self.close(")", opening)
        external = self.sees("external") and self.tokens[self.at + 1].text == "{"
        if external:
            self.advance()
        body = self.expression(0)
        return ast.FunctionLiteral(start, self.last_end, tuple(parameters), body, external)

    def _parenthesis(self, *, several: bool = False) -> tuple[Node, ...]:
        """Parse `(...)`: one expression, one comparator, an open range, or, after `in`, *several* tests."""
        opening = self.advance()
        saved, self._open_ends = self._open_ends, 0
        tests = [self._test(0)]
        while several and self.takes(","):
            tests.append(self._test(0))
        self._open_ends = saved
        if len(tests) == 1 and self.sees(".."):
            return (self._interval(opening, tests[0], low_included=False),)
        if self.sees(",") and not several:
            raise self.listed(tests[0], opening)
        closing = self.close(")", opening)
        if len(tests) == 1 and isinstance(tests[0], ast.Comparator):
            inner = tests[0]
            return (ast.Comparator(opening.start, closing.end, inner.operator, inner.operand),)
        return tuple(tests)

    def _bracket(self) -> Node:
        opening = self.advance()
        saved, self._open_ends = self._open_ends, 0
        items: list[Node] = []
        while not self.sees("]"):
            items.append(self._test(0))
            if len(items) == 1 and self.sees(".."):
                self._open_ends = saved
                return self._interval(opening, items[0], low_included=True)
            if not self.takes(","):
                break
        self._open_ends = saved
        self.close("]", opening)
        return ast.ListLiteral(opening.start, self.last_end, tuple(items))

    def _interval(self, opening: Token, low: Node, *, low_included: bool) -> Node:
        if not self.takes(".."):
            raise self.unexpected('".."')
        self._open_ends += 1
        high = self.expression(0)
        self._open_ends -= 1
        if not self.sees("]", ")", "["):
            self.close("]", opening)
        included = self.advance().text == "]"
        return ast.Interval(opening.start, self.last_end, low, high, low_included, included)

    def _context(self) -> Node:
        opening = self.advance()
        entries: list[ast.ContextEntry] = []
        while not self.sees("}"):
            key = self.peek
            if key.kind is Kind.STRING:
                self.advance()
                name = key.text
                self.make_known(name)
            else:
                name = self.declared_name("a context", "{name: value}", ":")
            self.expect_word(":", "a context", "{name: value}")
            value = self._without_open_end()
            entries.append(ast.ContextEntry(key.start, self.last_end, name, value))
            if not self.takes(","):
                break
        self.close("}", opening)
        return ast.ContextLiteral(opening.start, self.last_end, tuple(entries))
