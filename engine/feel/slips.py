"""What people write who know other notations, where the parser meets it: units, decimal commas, lists without `in`.

A slip that leaves no doubt is noted and read as what it means, so that the rest of the text is looked at too.
"""

from __future__ import annotations

from engine.feel import ast
from engine.feel.ast import Node
from engine.feel.cursor import SPOKEN, StopError
from engine.feel.faults import Fault
from engine.feel.lexer import KEYWORDS, Kind, Token
from engine.feel.precedence import AND
from engine.feel.printer import format_node
from engine.feel.text import quoted
from engine.feel.units import LONGEST_SHOWN, NO_UNIT, is_unit, without_unit
from engine.feel.written import Written

_LITERALS = (Kind.NUMBER, Kind.STRING, Kind.AT)


class Slips(Written):
    """A cursor that knows the slips."""

    def expression(self, binding: int) -> Node:
        """Read an expression whose operators bind tighter than *binding*."""
        raise NotImplementedError

    def arguments(self, opening: Token) -> tuple[ast.Argument, ...]:
        """Read arguments up to the parenthesis that closes *opening*."""
        raise NotImplementedError

    def in_tests(self, value: Node, start: int) -> Node:
        """Read the tests after `in`."""
        raise NotImplementedError

    def slip(self, token: Token, message: str, fix: str) -> None:
        """Note a fault at *token*, in place of what the lexer has said of it."""
        self.faults[:] = [fault for fault in self.faults if fault.start != token.start]
        self.faults.append(Fault(token.start, token.end, "syntax", message, fix))

    def bad_temporal(self, token: Token) -> None:
        """Note a literal that is no date, time or duration."""
        message = f'"{token.text[:60]}" is no date, time, date and time, or duration'
        fix = 'write, for example, @"2026-01-31", @"08:30:00", @"2026-01-31T08:30:00Z", @"PT15M"'
        self.faults.append(Fault(token.start, token.end, "bad-literal", message, fix))

    def skip_unit(self, number: Token) -> None:
        """Skip the unit after *number*, if one stands there."""
        token = self.peek
        if token.kind is not Kind.WORD or token.text in KEYWORDS or token.text.lower() in SPOKEN:
            return
        if is_unit(token.text):
            self.advance()
            message = f'"{number.text[:LONGEST_SHOWN]} {token.text}": {NO_UNIT}'
            fix = without_unit(number.text, token.text)
            self.faults.append(Fault(number.start, token.end, "syntax", message, fix))

    def is_literal_list(self) -> bool:
        """Return whether literals in parentheses come next, with commas between them."""
        at = self.at + 1
        if not self.sees("(") or self.tokens[at].kind not in _LITERALS or self.tokens[at + 1].text != ",":
            return False
        while self.tokens[at].kind in _LITERALS and self.tokens[at + 1].text == ",":
            at += 2
        return self.tokens[at].kind in _LITERALS and self.tokens[at + 1].text == ")"

    def is_bare_not(self) -> bool:
        """Return whether the `not` here stands before a condition without parentheses."""
        after = self.tokens[self.at + 1]
        if after.kind is Kind.WORD:
            return after.text not in KEYWORDS or after.text in ("true", "false", "some", "every", "if")
        return after.kind in _LITERALS

    def listed(self, node: Node, opening: Token | None = None) -> StopError:
        """Return the fault of a comma after *node*, which is no list's item."""
        comma = self.peek
        after = self.tokens[self.at + 1]
        if opening is not None and self._is_if(opening):
            fix = "write if condition then value else value"
            return StopError(comma.start, comma.end, "if takes no parentheses around its parts", fix)
        self.refuse_decimal_comma()
        last = node
        while isinstance(last, ast.Logic):
            last = last.operands[-1]
        asks = isinstance(last, ast.Comparison) and last.operator in ("=", "!=")
        if (asks or (isinstance(last, ast.In) and len(last.tests) == 1)) and after.kind in _LITERALS:
            form = self._choice(last)
            return StopError(comma.start, comma.end, '"," stands where a comparison takes one value', form)
        return self.unexpected("an operator or the end" if opening is None else '")" or an operator')

    def _is_if(self, opening: Token) -> bool:
        at = self.tokens.index(opening)
        return at > 0 and self.tokens[at - 1].text == "if" and self.tokens[at - 1].kind is Kind.WORD

    def _choice(self, node: Node) -> str:
        """Return how to write `x = "a", "b"` or `x in "a", "b"`, whose first comma comes next."""
        subject, first, *_ = ast.children(node)
        items = [format_node(first)]
        at = self.at
        while self.tokens[at].text == "," and self.tokens[at + 1].kind in _LITERALS:
            token = self.tokens[at + 1]
            text = token.text if token.kind is Kind.NUMBER else quoted(token.text)
            items.append(f"@{text}" if token.kind is Kind.AT else text)
            at += 2
        form = f"{format_node(subject)} in ({', '.join(items)})"
        negated = isinstance(node, ast.Comparison) and node.operator == "!="
        return _write(f"not({form})" if negated else form, "x in (a, b)")

    def literal_list(self, left: Node, start: int, sign: Token) -> Node:
        """Read `x = ("a", "b")` as the test that it means."""
        node = self.in_tests(left, start)
        form = format_node(node)
        fix = _write(form if sign.text == "=" else f"not({form})", "x in (a, b)")
        self.slip(sign, "a value equals no list", fix)
        return node

    def spreadsheet_logic(self) -> Node:
        """Read `or(a, b)` as the operator that it means."""
        token = self.advance()
        operands: tuple[Node, ...] = tuple(argument.value for argument in self.arguments(self.advance()))
        operands = operands or (ast.NullLiteral(token.start, token.end),)
        node = ast.Logic(token.start, self.last_end, token.text, operands)
        generic = f"a {token.text} b"
        fix = _write(format_node(node) if len(operands) > 1 else generic, generic)
        self.slip(token, f'"{token.text}" stands between conditions', fix)
        return node

    def bare_not(self) -> Node:
        """Read `not x = 1` as the call that it means."""
        token = self.advance()
        operand = self.expression(AND)
        self.slip(token, '"not" needs parentheses', _write(f"not({format_node(operand)})", "not(...)"))
        argument = ast.Argument(operand.start, operand.end, None, operand)
        function = ast.Name(token.start, token.end, "not")
        return ast.Call(token.start, self.last_end, function, (argument,))


def _write(form: str, generic: str) -> str:
    """Return the fix that shows *form*, or the *generic* one where that is long."""
    return f"write {form if len(form) <= LONGEST_SHOWN else generic}"
