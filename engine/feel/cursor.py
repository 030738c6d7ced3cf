"""A place in a text's tokens, for the parser: what comes next, what is read, and what to say when it does not fit."""

from __future__ import annotations

from engine.diagnostics import nearest
from engine.feel.builtins import FUNCTION_NAMES
from engine.feel.faults import Fault
from engine.feel.lexer import KEYWORDS, Kind, Lexer, Token
from engine.feel.precedence import COMPARATORS
from engine.feel.units import LONGEST_SHOWN, NO_UNIT

# words of other languages in operator position -> what to write
SPOKEN = {
    "is": 'compare with = or !=, as in "x = null"',
    "not": "put not(...) around the whole comparison, as in not(x in (1, 2))",
    "equals": "use = to compare",
    "eq": "use = to compare",
    "like": "use contains(text, part) or matches(text, pattern)",
    "starts": "use starts with(text, start)",
    "begins": "use starts with(text, start)",
    "ends": "use ends with(text, end)",
    "contains": "use contains(text, part) or list contains(list, element)",
    "mod": "use modulo(a, b)",
    "xor": "use != between two booleans",
    "where": "filter a list with [condition]",
}


class StopError(Exception):
    """The text cannot be read further; carries the fault."""

    def __init__(self, start: int, end: int, message: str, fix: str = "", code: str = "syntax") -> None:
        self.fault = Fault(start, end, code, message, fix)
        super().__init__(message)


class Cursor:
    """The tokens of a text, read from left to right; *faults* are those of the lexer."""

    def __init__(self, text: str, *, standard: bool = False) -> None:
        lexer = Lexer(text, standard=standard)
        self.text = text
        self.tokens = lexer.tokens()
        self.faults = lexer.faults
        self.at = 0

    @property
    def peek(self) -> Token:
        """Return the token that comes next."""
        return self.tokens[self.at]

    @property
    def last_end(self) -> int:
        """Return where the last token read ends."""
        return self.tokens[self.at - 1].end if self.at else 0

    def advance(self) -> Token:
        """Read a token; the end stays where it is."""
        token = self.tokens[self.at]
        if token.kind is not Kind.END:
            self.at += 1
        return token

    def sees(self, *texts: str) -> bool:
        """Return whether the next token is one of these signs or words."""
        token = self.peek
        return token.kind in (Kind.SIGN, Kind.WORD) and token.text in texts

    def takes(self, text: str) -> bool:
        """Read the next token if it is this sign or word."""
        if self.sees(text):
            self.advance()
            return True
        return False

    def close(self, sign: str, opening: Token) -> Token:
        """Read the bracket that closes *opening*."""
        if self.sees(sign):
            return self.advance()
        if self.peek.kind is Kind.END:
            raise StopError(
                opening.start, opening.end, f'this "{opening.text}" is never closed', f'add "{sign}"'
            )
        raise self.unexpected(f'"{sign}" or an operator')

    def expect_word(self, word: str, construct: str, form: str) -> None:
        """Read *word*, which *construct* needs; *form* shows how it is written."""
        if self.takes(word):
            return
        token = self.peek
        self.refuse_decimal_comma()
        fix = f"write {form}"
        if token.kind is Kind.WORD and token.text.lower() == word:
            fix = f'write "{word}" in lower case'
        raise StopError(token.start, max(token.end, token.start), f'{construct} needs "{word}" here', fix)

    def expect_end(self) -> None:
        """Stop where anything is left."""
        token = self.peek
        if token.kind is not Kind.END:
            raise self.unexpected("an operator or the end")

    def unexpected(self, wanted: str) -> StopError:
        """Return the fault of a token that stands where something else is wanted."""
        token = self.peek
        if token.kind is Kind.END:
            return StopError(token.start, token.end, f"the expression ends where {wanted} is expected")
        self.refuse_decimal_comma()
        before = self.tokens[self.at - 1] if self.at else token
        lower = before.text.lower()
        if before.kind is Kind.WORD and lower in KEYWORDS and lower != before.text:
            return StopError(
                before.start, before.end, f'"{before.text}" is no name here', f'write "{lower}" in lower case'
            )
        shown = self.text[token.start : token.end][:40]
        fix = ""
        if token.kind is Kind.WORD:
            lower = token.text.lower()
            meant = self._function_meant()
            if lower == "for" and self.at:
                return self._lasting(token)
            if meant is not None:
                fix = f'did you mean "{meant}"?'
            elif lower in SPOKEN:
                fix = SPOKEN[lower]
            elif lower in KEYWORDS and lower != token.text:
                fix = f'write "{lower}" in lower case'
            elif token.text == "then":
                fix = "write if condition then value else value"
            elif token.text == "and" and "operator" in wanted:
                fix = "write a range, as in (1..5), or the value twice, as in ? > 1 and ? < 5"
            elif token.text == "or" and "operator" in wanted:
                fix = "put a comma between the two, as in < 1, > 5"
            elif lower not in KEYWORDS and self.at and self.tokens[self.at - 1].kind is Kind.NUMBER:
                number = self.tokens[self.at - 1].text
                number = number if len(number) <= LONGEST_SHOWN else "the number"
                fix = f"write {number} without it, since {NO_UNIT}, or an operator between the two"
        elif token.text == "'":
            fix = "strings stand in double quotes"
        elif token.text == ",":
            fix = "put a list in [ ]"
        elif token.text == ")":
            fix = 'there is no "(" for it'
        elif token.text == "..":
            fix = "put a range in brackets, as in [1..5]"
        elif token.text in COMPARATORS and self.at:
            fix = "name the value on both sides, as in x > 1 and x < 5"
        elif token.text == "=":
            fix = 'leave out the "=" at the beginning'
        return StopError(token.start, token.end, f"{shown} stands where {wanted} is expected", fix)

    def refuse_decimal_comma(self) -> None:
        """Stop at `5,2`, written where one number is expected."""
        if not self.at or self.peek.text != ",":
            return
        before, after = self.tokens[self.at - 1], self.tokens[self.at + 1]
        if before.kind is not Kind.NUMBER or after.kind is not Kind.NUMBER or before.end != after.start - 1:
            return
        whole, part = before.text.replace(".", ""), after.text
        fix = f"write {whole}.{part}, with a decimal point"
        if len(part) == 3:
            fix = f"write {whole}{part}, or {whole}.{part} with a decimal point"
        written = self.text[before.start : after.end]
        if len(written) > LONGEST_SHOWN:
            written, fix = written[:LONGEST_SHOWN], "write a decimal point"
        raise StopError(before.start, after.end, f'"{written}" is no number', fix)

    def _function_meant(self) -> str | None:
        """Return the built-in whose name the words around here nearly are, before an opening parenthesis."""
        first = last = self.at
        while (
            first and self.tokens[first - 1].kind is Kind.WORD and self.tokens[first - 1].text not in KEYWORDS
        ):
            first -= 1
        while self.tokens[last].kind is Kind.WORD:
            last += 1
        if self.tokens[last].text != "(" or first == self.at:
            return None
        return nearest(" ".join(token.text for token in self.tokens[first:last]), FUNCTION_NAMES)

    def _lasting(self, token: Token) -> StopError:
        """Return the fault of `condition for 10 min`."""
        end = self.tokens[-1].start
        while end > token.end and self.text[end - 1].isspace():
            end -= 1
        time = self.text[token.end : end].strip()
        key = f'"for: {time}"' if 0 < len(time) <= 40 else '"for"'
        message = "how long a condition must last is no part of it"
        return StopError(
            token.start, token.end, message, f"write {key} as a key of its own, beside the condition"
        )
