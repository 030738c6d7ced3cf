"""FEEL text to a syntax tree: a Pratt parser over the whole grammar of DMN 1.5 (see docs/decisions/0002-feel-parser.md).

Length, nesting and tree depth are bounded, so that no text exhausts the stack of anything that reads the tree.
Raises FeelSyntaxError with every fault found; knows no types and no scope, but for the names of several words.
"""

from __future__ import annotations

from collections.abc import Iterable

from engine.feel import ast
from engine.feel.ast import Node
from engine.feel.builtins import FUNCTION_NAMES
from engine.feel.faults import Fault, FeelSyntaxError
from engine.feel.lexer import KEYWORDS, Kind, Lexer, Token
from engine.feel.names import PROPERTIES, TYPES, LongNames
from engine.feel.temporal import parse_temporal

MAX_TEXT = 10_000
"""Characters in one expression."""

MAX_DEPTH = 100
"""Levels of the tree, and of open brackets while parsing."""

MAX_SCOPES = 12
"""`for`, `some`, `every`, filters and functions inside one another."""

_OR, _AND, _COMPARE, _ADD, _MULTIPLY, _POWER, _SIGN, _POSTFIX = range(10, 90, 10)
_COMPARATORS = frozenset(("=", "!=", "<", "<=", ">", ">="))
_BINDING = {
    "or": _OR,
    "and": _AND,
    **dict.fromkeys(_COMPARATORS, _COMPARE),
    "between": _COMPARE,
    "in": _COMPARE,
    "instance": _COMPARE,
    "+": _ADD,
    "-": _ADD,
    "*": _MULTIPLY,
    "/": _MULTIPLY,
    "**": _POWER,
    ".": _POSTFIX,
    "[": _POSTFIX,
    "(": _POSTFIX,
}

_FUNCTIONS = LongNames(FUNCTION_NAMES, function=True)
_PROPERTIES = LongNames(PROPERTIES)
_TYPES = LongNames(TYPES)
_GENERIC = ("list", "context", "range", "function")
_AFTER_RANGE = frozenset(("and", "or", "in", "between", "instance", "then", "else", "return", "satisfies"))

# words of other languages in operator position -> what to write
_SPOKEN = {
    "is": 'compare with = or !=, as in "x = null"',
    "not": "put not(...) around the whole comparison, as in not(x in (1, 2))",
    "equals": "use = to compare",
    "eq": "use = to compare",
    "like": "use contains(text, part) or matches(text, pattern)",
    "contains": "use contains(text, part) or list contains(list, element)",
    "mod": "use modulo(a, b)",
    "xor": "use != between two booleans",
    "where": "filter a list with [condition]",
}


class _StopError(Exception):
    """The text cannot be read further; carries the fault."""

    def __init__(self, start: int, end: int, message: str, fix: str = "", code: str = "syntax") -> None:
        self.fault = Fault(start, end, code, message, fix)
        super().__init__(message)


def parse(text: str, names: Iterable[str] = ()) -> Node:
    """Return the tree of the expression *text*; *names* are those of several words that its scope declares."""
    return _Parser(text, names).whole(unary=False)


def parse_unary_tests(text: str, names: Iterable[str] = ()) -> Node:
    """Return the tree of a decision table's cell: `-`, tests with commas between, or `not(...)` of them."""
    return _Parser(text, names).whole(unary=True)


class _Parser:
    def __init__(self, text: str, names: Iterable[str]) -> None:
        if len(text) > MAX_TEXT:
            message = f"the expression has {len(text)} characters"
            raise FeelSyntaxError(
                [Fault(0, len(text), "too-long", message, f"keep it under {MAX_TEXT} characters")]
            )
        lexer = Lexer(text)
        self._text = text
        self._tokens = lexer.tokens()
        self._faults = lexer.faults
        self._at = 0
        self._depth = 0
        self._open_ends = 0
        self._names = _FUNCTIONS.copy()
        self._names.add(names)
        self._properties = _PROPERTIES.copy()
        self._properties.add(names)

    def whole(self, *, unary: bool) -> Node:
        try:
            if self._peek.kind is Kind.END:
                raise _StopError(
                    0, len(self._text), "the expression is empty", "write a value or a comparison"
                )
            node = self._unary_tests() if unary else self._expression(0)
            self._expect_end()
            _check_shape(node)
        except _StopError as stop:
            raise FeelSyntaxError([*self._faults, stop.fault]) from None
        if self._faults:
            raise FeelSyntaxError(self._faults)
        return node

    # tokens

    @property
    def _peek(self) -> Token:
        return self._tokens[self._at]

    @property
    def _last_end(self) -> int:
        return self._tokens[self._at - 1].end if self._at else 0

    def _advance(self) -> Token:
        token = self._tokens[self._at]
        if token.kind is not Kind.END:
            self._at += 1
        return token

    def _sees(self, *texts: str) -> bool:
        token = self._peek
        return token.kind in (Kind.SIGN, Kind.WORD) and token.text in texts

    def _takes(self, text: str) -> bool:
        if self._sees(text):
            self._advance()
            return True
        return False

    def _close(self, sign: str, opening: Token) -> Token:
        if self._sees(sign):
            return self._advance()
        if self._peek.kind is Kind.END:
            raise _StopError(
                opening.start, opening.end, f'this "{opening.text}" is never closed', f'add "{sign}"'
            )
        raise self._unexpected(f'"{sign}" or an operator')

    def _expect_word(self, word: str, construct: str, form: str) -> None:
        if self._takes(word):
            return
        token = self._peek
        fix = f"write {form}"
        if token.kind is Kind.WORD and token.text.lower() == word:
            fix = f'write "{word}" in lower case'
        raise _StopError(token.start, max(token.end, token.start), f'{construct} needs "{word}" here', fix)

    def _expect_end(self) -> None:
        token = self._peek
        if token.kind is not Kind.END:
            raise self._unexpected("an operator or the end")

    def _unexpected(self, wanted: str) -> _StopError:
        token = self._peek
        if token.kind is Kind.END:
            return _StopError(token.start, token.end, f"the expression ends where {wanted} is expected")
        shown = self._text[token.start : token.end][:40]
        fix = ""
        if token.kind is Kind.WORD:
            lower = token.text.lower()
            if lower in _SPOKEN:
                fix = _SPOKEN[lower]
            elif lower in KEYWORDS and lower != token.text:
                fix = f'write "{lower}" in lower case'
            elif token.text == "then":
                fix = "write if condition then value else value"
        elif token.text == ",":
            fix = "put a list in [ ]"
        elif token.text == ")":
            fix = 'there is no "(" for it'
        return _StopError(token.start, token.end, f"{shown} stands where {wanted} is expected", fix)

    # expressions

    def _expression(self, binding: int) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._too_deep(self._peek.start)
        start = self._peek.start
        left = self._climb(self._prefix(), start, binding)
        self._depth -= 1
        return left

    def _climb(self, left: Node, start: int, binding: int) -> Node:
        """Extend *left*, whose text begins at *start*, by every operator that binds tighter than *binding*."""
        while True:
            token = self._peek
            power = _BINDING.get(token.text, -1) if token.kind in (Kind.SIGN, Kind.WORD) else -1
            if power <= binding or (token.text == "[" and self._closes_range()):
                return left
            left = self._infix(left, start, power)

    def _closes_range(self) -> bool:
        """Return whether the `[` here ends a range, as in `[1..10[`: nothing follows that could be a filter."""
        if not self._open_ends:
            return False
        after = self._tokens[self._at + 1]
        if after.kind is Kind.SIGN:
            return after.text not in ("(", "[", "{", "-", "?")
        return after.kind is Kind.END or after.text in _AFTER_RANGE

    def _too_deep(self, start: int) -> _StopError:
        return _StopError(
            start, start, f"the expression nests deeper than {MAX_DEPTH} levels", "split it", "too-deep"
        )

    def _infix(self, left: Node, start: int, power: int) -> Node:
        token = self._advance()
        sign = token.text
        if sign in ("and", "or"):
            operands = [left, self._expression(power)]
            while self._takes(sign):
                operands.append(self._expression(power))
            return ast.Logic(start, self._last_end, sign, tuple(operands))
        if sign in _COMPARATORS:
            right = self._expression(power)
            return ast.Comparison(start, self._last_end, sign, left, right)
        if sign == "between":
            low = self._expression(power)
            self._expect_word("and", "between", "x between low and high")
            high = self._expression(power)
            return ast.Between(start, self._last_end, left, low, high)
        if sign == "in":
            return self._in(left, start)
        if sign == "instance":
            self._expect_word("of", "instance", "x instance of number")
            type_name = self._type()
            return ast.InstanceOf(start, self._last_end, left, type_name)
        if sign == ".":
            return self._path(left, start)
        if sign == "[":
            with_filter = self._without_open_end()
            self._close("]", token)
            return ast.Filter(start, self._last_end, left, with_filter)
        if sign == "(":
            arguments = self._arguments(token)
            return ast.Call(start, self._last_end, left, arguments)
        right = self._expression(power)
        return ast.Arithmetic(start, self._last_end, sign, left, right)

    def _without_open_end(self) -> Node:
        """Parse an expression in brackets of its own, where `[` is a filter again."""
        saved, self._open_ends = self._open_ends, 0
        node = self._expression(0)
        self._open_ends = saved
        return node

    def _path(self, source: Node, start: int) -> Node:
        token = self._peek
        found = self._properties.match(self._tokens, self._at)
        if found is not None:
            self._at += len(found.parts)
            return ast.Path(start, self._last_end, source, found.name, token.start)
        if token.kind is not Kind.WORD:
            raise self._unexpected("the name of a field")
        self._advance()
        return ast.Path(start, token.end, source, token.text, token.start)

    def _arguments(self, opening: Token) -> tuple[ast.Argument, ...]:
        arguments: list[ast.Argument] = []
        while not self._sees(")"):
            start = self._peek.start
            name = self._argument_name()
            value = self._without_open_end()
            arguments.append(ast.Argument(start, self._last_end, name, value))
            if not self._takes(","):
                break
        closing = self._close(")", opening)
        if len({a.name is None for a in arguments}) > 1:
            raise _StopError(
                opening.start, closing.end, "arguments are given partly by name", "name all of them or none"
            )
        return tuple(arguments)

    def _argument_name(self) -> str | None:
        at = self._at
        while self._tokens[at].kind is Kind.WORD:
            at += 1
        if at == self._at or self._tokens[at].text != ":" or self._tokens[at].kind is not Kind.SIGN:
            return None
        name = " ".join(token.text for token in self._tokens[self._at : at])
        self._at = at + 1
        return name

    # tests

    def _in(self, value: Node, start: int) -> Node:
        if not self._sees("("):
            test = self._test(_COMPARE)
            return ast.In(start, self._last_end, value, (test,))
        opening = self._peek.start
        self._depth += 1
        tests = self._parenthesis(several=True)
        self._depth -= 1
        if len(tests) == 1:
            tests = (self._climb(tests[0], opening, _COMPARE),)
        return ast.In(start, self._last_end, value, tests)

    def _test(self, binding: int) -> Node:
        token = self._peek
        if token.kind is Kind.SIGN and token.text in _COMPARATORS:
            self._advance()
            operand = self._expression(max(binding, _COMPARE))
            return ast.Comparator(token.start, self._last_end, token.text, operand)
        return self._expression(binding)

    def _unary_tests(self) -> Node:
        token = self._peek
        if token.text == "-" and self._tokens[self._at + 1].kind is Kind.END:
            self._advance()
            return ast.UnaryTests(
                token.start, token.end, (ast.AnyInput(token.start, token.end),), negated=False
            )
        negated = token.text == "not" and self._tokens[self._at + 1].text == "("
        if negated:
            self._at += 2
        tests = [self._test(0)]
        while self._takes(","):
            tests.append(self._test(0))
        if negated:
            self._close(")", self._tokens[1])
        return ast.UnaryTests(token.start, self._last_end, tuple(tests), negated)

    # operands

    def _prefix(self) -> Node:
        token = self._peek
        if token.kind is Kind.NUMBER:
            self._advance()
            return ast.NumberLiteral(token.start, token.end, token.number)
        if token.kind is Kind.STRING:
            self._advance()
            return ast.StringLiteral(token.start, token.end, token.text)
        if token.kind is Kind.AT:
            self._advance()
            if parse_temporal(token.text) is None:
                self._faults.append(_bad_temporal(token))
            return ast.AtLiteral(token.start, token.end, token.text)
        if token.kind is Kind.WORD:
            return self._word()
        if token.kind is Kind.SIGN:
            if token.text == "-":
                self._advance()
                operand = self._expression(_SIGN)
                return ast.Negation(token.start, self._last_end, operand)
            if token.text == "(":
                return self._parenthesis()[0]
            if token.text == "[":
                return self._bracket()
            if token.text == "]":
                self._advance()
                low = self._without_open_end()
                return self._interval(token, low, low_included=False)
            if token.text == "{":
                return self._context()
            if token.text == "?":
                self._advance()
                return ast.Name(token.start, token.end, "?")
        raise self._unexpected("a value")

    def _word(self) -> Node:
        token = self._peek
        found = self._names.match(self._tokens, self._at)
        if found is not None:
            self._at += len(found.parts)
            return ast.Name(token.start, self._last_end, found.name)
        word = token.text
        if word == "if":
            return self._if()
        if word == "for":
            return self._for()
        if word in ("some", "every"):
            return self._quantified()
        if word == "function":
            return self._function()
        if word in KEYWORDS - {"true", "false", "null"}:
            raise self._unexpected("a value")
        self._advance()
        if word in ("true", "false"):
            return ast.BooleanLiteral(token.start, token.end, word == "true")
        if word == "null":
            return ast.NullLiteral(token.start, token.end)
        return ast.Name(token.start, token.end, word)

    def _if(self) -> Node:
        start = self._advance().start
        form = "if condition then value else value"
        condition = self._expression(0)
        self._expect_word("then", "if", form)
        then = self._expression(0)
        self._expect_word("else", "if", form)
        otherwise = self._expression(0)
        return ast.If(start, self._last_end, condition, then, otherwise)

    def _for(self) -> Node:
        start = self._advance().start
        iterators = self._iterators("for", "for x in list return value")
        self._expect_word("return", "for", "for x in list return value")
        body = self._expression(0)
        return ast.For(start, self._last_end, iterators, body)

    def _quantified(self) -> Node:
        token = self._advance()
        form = f"{token.text} x in list satisfies condition"
        iterators = self._iterators(token.text, form)
        self._expect_word("satisfies", token.text, form)
        condition = self._expression(0)
        return ast.Quantified(token.start, self._last_end, token.text, iterators, condition)

    def _iterators(self, construct: str, form: str) -> tuple[ast.Iterator, ...]:
        iterators = []
        while True:
            start = self._peek.start
            name = self._declared_name(construct, form, "in")
            self._expect_word("in", construct, form)
            domain = self._expression(0)
            until = self._expression(0) if self._takes("..") else None
            iterators.append(ast.Iterator(start, self._last_end, name, domain, until))
            if not self._takes(","):
                return tuple(iterators)

    def _declared_name(self, construct: str, form: str, *stops: str) -> str:
        """Read the words of a new name up to one of *stops*, and make it known if there are several."""
        first = self._peek
        if first.kind is not Kind.WORD or first.text in KEYWORDS:
            raise _StopError(first.start, first.end, f"{construct} needs a name here", f"write {form}")
        if "in" in stops:
            stops = tuple(KEYWORDS)
        while self._peek.kind in (Kind.WORD, Kind.NUMBER) and not self._sees(*stops):
            self._advance()
        name = " ".join(self._text[first.start : self._last_end].split())
        self._names.add([name])
        self._properties.add([name])
        return name

    def _function(self) -> Node:
        start = self._advance().start
        form = "function(x, y) value"
        opening = self._peek
        self._expect_word("(", "function", form)
        parameters: list[ast.FormalParameter] = []
        while not self._sees(")"):
            at = self._peek.start
            name = self._declared_name("function", form, ":", ",", ")")
            type_name = self._type() if self._takes(":") else None
            parameters.append(ast.FormalParameter(at, self._last_end, name, type_name))
            if not self._takes(","):
                break
        self._close(")", opening)
        body = self._expression(0)
        return ast.FunctionLiteral(start, self._last_end, tuple(parameters), body)

    def _type(self) -> ast.TypeName:
        token = self._peek
        found = _TYPES.match(self._tokens, self._at)
        if found is not None:
            self._at += len(found.parts)
            return ast.TypeName(token.start, self._last_end, found.name, (), ())
        if token.kind is not Kind.WORD:
            raise self._unexpected("the name of a type")
        self._advance()
        arguments: list[ast.TypeName] = []
        entries: list[str] = []
        opening = self._peek
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._too_deep(token.start)
        if token.text in _GENERIC and self._takes("<"):
            while not self._sees(">"):
                if token.text == "context":
                    entries.append(self._declared_name("context", "context<name: type>", ":"))
                    self._expect_word(":", "context", "context<name: type>")
                arguments.append(self._type())
                if not self._takes(","):
                    break
            self._close(">", opening)
            if token.text == "function":
                self._expect_word("->", "function", "function<number> -> number")
                arguments.append(self._type())
        self._depth -= 1
        return ast.TypeName(token.start, self._last_end, token.text, tuple(arguments), tuple(entries))

    def _parenthesis(self, *, several: bool = False) -> tuple[Node, ...]:
        """Parse `(...)`: one expression, one comparator, an open range, or, after `in`, *several* tests."""
        opening = self._advance()
        saved, self._open_ends = self._open_ends, 0
        tests = [self._test(0)]
        while several and self._takes(","):
            tests.append(self._test(0))
        self._open_ends = saved
        if len(tests) == 1 and self._sees(".."):
            return (self._interval(opening, tests[0], low_included=False),)
        closing = self._close(")", opening)
        if len(tests) == 1 and isinstance(tests[0], ast.Comparator):
            inner = tests[0]
            return (ast.Comparator(opening.start, closing.end, inner.operator, inner.operand),)
        return tuple(tests)

    def _bracket(self) -> Node:
        opening = self._advance()
        saved, self._open_ends = self._open_ends, 0
        items: list[Node] = []
        while not self._sees("]"):
            items.append(self._test(0))
            if len(items) == 1 and self._sees(".."):
                self._open_ends = saved
                return self._interval(opening, items[0], low_included=True)
            if not self._takes(","):
                break
        self._open_ends = saved
        self._close("]", opening)
        return ast.ListLiteral(opening.start, self._last_end, tuple(items))

    def _interval(self, opening: Token, low: Node, *, low_included: bool) -> Node:
        if not self._takes(".."):
            raise self._unexpected('".."')
        self._open_ends += 1
        high = self._expression(0)
        self._open_ends -= 1
        if not self._sees("]", ")", "["):
            self._close("]", opening)
        included = self._advance().text == "]"
        return ast.Interval(opening.start, self._last_end, low, high, low_included, included)

    def _context(self) -> Node:
        opening = self._advance()
        entries: list[ast.ContextEntry] = []
        while not self._sees("}"):
            key = self._peek
            if key.kind is Kind.STRING:
                self._advance()
                name = key.text
                self._names.add([name])
                self._properties.add([name])
            else:
                name = self._declared_name("a context", "{name: value}", ":")
            self._expect_word(":", "a context", "{name: value}")
            value = self._without_open_end()
            entries.append(ast.ContextEntry(key.start, self._last_end, name, value))
            if not self._takes(","):
                break
        self._close("}", opening)
        return ast.ContextLiteral(opening.start, self._last_end, tuple(entries))


def _bad_temporal(token: Token) -> Fault:
    return Fault(
        token.start,
        token.end,
        "bad-literal",
        f'"{token.text[:60]}" is no date, time, date and time, or duration',
        'write, for example, @"2026-01-31", @"08:30:00", @"2026-01-31T08:30:00Z", @"PT15M"',
    )


_WRAPPERS = (ast.Argument, ast.ContextEntry, ast.Iterator)
"""Nodes that are no level of their own: their parents read them."""


def _check_shape(root: Node) -> None:
    """Refuse a tree that is too deep for what reads it (chains such as 1+1+1 nest without brackets)."""
    waiting = [(root, 1, 0)]
    while waiting:
        node, depth, scopes = waiting.pop()
        if isinstance(node, ast.For | ast.Quantified | ast.Filter | ast.FunctionLiteral):
            scopes += 1
        if depth > MAX_DEPTH:
            message = f"the expression nests deeper than {MAX_DEPTH} levels"
            raise _StopError(node.start, node.end, message, "split it", "too-deep")
        if scopes > MAX_SCOPES:
            message = f"more than {MAX_SCOPES} loops and filters stand inside one another"
            raise _StopError(node.start, node.end, message, "split it", "too-deep")
        below = depth if isinstance(node, _WRAPPERS) else depth + 1
        waiting.extend((child, below, scopes) for child in ast.children(node))
