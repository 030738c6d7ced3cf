"""FEEL text to tokens with character offsets. Names stay single words here: the parser joins the words of known names.

Spelling from other languages (`==`, `&&`, single quotes, `AND`) is reported with FEEL's own and read as if it were
right, so that one pass finds every such slip. Nothing is raised.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from engine.feel.faults import Fault
from engine.feel.numbers import CONTEXT, is_finite
from engine.feel.units import LONGEST_SHOWN, NO_UNIT, UNIT, is_unit, without_unit


class Kind(Enum):
    """What a token is."""

    NUMBER = "number"
    STRING = "string"
    AT = "at"
    WORD = "word"
    SIGN = "sign"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of text: *text* is a word, a sign or a string's content; *number* is set for numbers alone."""

    kind: Kind
    text: str
    start: int
    end: int
    number: int | Decimal = 0


_OPERATOR_WORDS = ("and", "or", "in", "between", "instance", "of", "true", "false", "null")
_CONSTRUCT_WORDS = ("if", "then", "else", "for", "return", "some", "every", "satisfies", "function")
KEYWORDS = frozenset((*_OPERATOR_WORDS, *_CONSTRUCT_WORDS))
_LONGEST_KEYWORD = max(map(len, KEYWORDS))

_SPACE = re.compile(r"(?:[\s\u00a0\ufeff\u200b\u180e]+|//[^\n]*|/\*.*?\*/)+", re.DOTALL)
_NUMBER = re.compile(r"(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_STRING = re.compile(r'"((?:[^"\\\n]|\\.)*)"', re.DOTALL)
_QUOTED = re.compile(r"'([^'\n]*)'")
_CURLED = re.compile(
    r"[\u201c\u201d\u201e\u201f\u00ab\u00bb]([^\"\n\u201c\u201d\u201e\u201f\u00ab\u00bb]*)[\"\u201c\u201d\u201e\u201f\u00ab\u00bb]"
    r"|[\u2018\u2019\u201a\u201b]([^\n\u2018\u2019\u201a\u201b]*)[\u2018\u2019\u201a\u201b]"
)
_BARE_DATE = re.compile(
    r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?!\w|\.\d)"
    r"|\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?(?!\w)",
    re.ASCII,
)
_SIGN = re.compile(r"\*\*|\.\.|->|<=|>=|!=|[-+*/=<>()\[\]{},:.?]")
_FOREIGN = re.compile(r"===?|=>|=<|<>|~=|&&?|\|\|?|!|≤|≥|≠|;|%|\^")
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{6}|.)", re.DOTALL)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "'": "'", "\\": "\\"}

# sign -> (the sign it is read as, what to say)
_FIXES = {
    "==": ("=", "use = to compare"),
    "===": ("=", "use = to compare"),
    "=>": (">=", "use >= for at least"),
    "=<": ("<=", "use <= for at most"),
    "<>": ("!=", "use != for not equal"),
    "~=": ("!=", "use != for not equal"),
    "≠": ("!=", "use != for not equal"),
    "≤": ("<=", "use <= for at most"),
    "≥": (">=", "use >= for at least"),
    "&&": ("and", 'use the word "and"'),
    "&": ("and", 'use the word "and", or + to join strings'),
    "||": ("or", 'use the word "or"'),
    "|": ("or", 'use the word "or"'),
    "!": ("not", "use not(...)"),
    ";": (",", "use , between items"),
    "%": ("/", "write 0.1 for 10 %, and modulo(a, b) for a remainder"),
    "^": ("**", "use ** for powers"),
}


def is_name_start(char: str) -> bool:
    """Return whether a name can begin with *char* (DMN 1.5, 10.3.1.2, rule 28, and any letter of Unicode)."""
    return char.isalpha() or char == "_" or ord(char) >= 0x10000


def is_name_part(char: str) -> bool:
    """Return whether *char* can stand within a name."""
    return is_name_start(char) or char.isdigit() or char == "\u00b7"


class Lexer:
    """Cuts one text into tokens; *faults* collects what is not FEEL.

    A *standard* text is read to the letter: 2026-01-01 is a subtraction there.
    """

    def __init__(self, text: str, *, standard: bool = False) -> None:
        self.text = text
        self._standard = standard
        self.faults: list[Fault] = []

    def tokens(self) -> tuple[Token, ...]:
        """Return the tokens of the text; the last one is END."""
        found = []
        at = 0
        while True:
            space = _SPACE.match(self.text, at)
            at = space.end() if space else at
            if at >= len(self.text):
                break
            token = self._next(at)
            at = token.end
            if token.text or token.kind is not Kind.SIGN:
                found.append(token)
        found.append(Token(Kind.END, "", len(self.text), len(self.text)))
        return tuple(found)

    def _fault(self, start: int, end: int, message: str, fix: str = "", code: str = "syntax") -> None:
        self.faults.append(Fault(start, end, code, message, fix))

    def _next(self, at: int) -> Token:
        text, char = self.text, self.text[at]
        if text.startswith("/*", at):  # one that ends is space; this one is read once, to the end of the text
            self._fault(at, at + 2, "this comment has no end", "close it with */")
            return Token(Kind.SIGN, "", at, len(text))
        number = _NUMBER.match(text, at)
        if number:
            date = None if self._standard else _BARE_DATE.match(text, at)
            return self._bare_date(at, date) if date else self._number(at, number)
        if char == '"':
            return self._string(at, at, Kind.STRING)
        if char == "@" and text[at + 1 : at + 2] == '"':
            return self._string(at, at + 1, Kind.AT)
        if char == "'":
            return Token(Kind.SIGN, "'", at, at + 1) if self._within_name(at) else self._single_quoted(at)
        curled = _CURLED.match(text, at)
        if curled:
            return self._quoted(at, curled)
        if is_name_start(char):
            return self._word(at)
        foreign = _FOREIGN.match(text, at)
        if foreign and text[at : at + 2] != "!=" and not text.endswith("function<>", 0, at + 2):
            return self._foreign(at, foreign)
        sign = _SIGN.match(text, at)
        if sign:
            return Token(Kind.SIGN, sign.group(), at, sign.end())
        self._fault(at, at + 1, f"{char!r} is not part of an expression")
        return Token(Kind.SIGN, "", at, at + 1)

    def _number(self, at: int, found: re.Match[str]) -> Token:
        written, end = found.group(), found.end()
        number: int | Decimal
        if written.isdigit() and len(written) <= CONTEXT.prec:
            number = int(written)
        else:
            number = CONTEXT.create_decimal(written)
            if not is_finite(number):
                number = 0
                self._fault(
                    at, end, f"{written[:40]} is beyond the largest number, 9.99e6144", code="too-large"
                )
        unit = UNIT.match(self.text, end)
        if unit and is_unit(unit.group()):
            shown = f"{written[:LONGEST_SHOWN]}{unit.group()}"
            self._fault(at, unit.end(), f'"{shown}": {NO_UNIT}', without_unit(written, unit.group()))
            return Token(Kind.NUMBER, written, at, unit.end(), number)
        if end < len(self.text) and is_name_start(self.text[end]):
            self._fault(
                at, end + 1, "a name cannot begin with a digit", "write an operator between number and name"
            )
        return Token(Kind.NUMBER, written, at, end, number)

    def _string(self, at: int, quote: int, kind: Kind) -> Token:
        found = _STRING.match(self.text, quote)
        if found is None:
            line_end = self.text.find("\n", quote)
            end = len(self.text) if line_end < 0 else line_end
            self._fault(at, end, "this string has no end", 'close it with "')
            return Token(kind, self.text[quote + 1 : end], at, end)
        return Token(kind, _resolved(found.group(1)), at, found.end())

    def _within_name(self, at: int) -> bool:
        """Return whether the quote at *at* stands between letters, as in the name `it's`."""
        text = self.text
        if not at or not is_name_part(text[at - 1]) or not is_name_part(text[at + 1 : at + 2] or " "):
            return False
        first = at - 1
        while first and at - first <= _LONGEST_KEYWORD and is_name_part(text[first - 1]):
            first -= 1
        return text[first:at] not in KEYWORDS

    def _single_quoted(self, at: int) -> Token:
        found = _QUOTED.match(self.text, at)
        if found is None:
            self._fault(at, at + 1, "a quote stands alone", "strings stand in double quotes")
            return Token(Kind.SIGN, "", at, at + 1)
        return self._quoted(at, found)

    def _quoted(self, at: int, found: re.Match[str]) -> Token:
        """Read a text in quotes of another kind."""
        content = found.group(found.lastindex or 1)
        fix = f'write "{content}"' if len(content) <= LONGEST_SHOWN else 'begin and end it with "'
        self._fault(at, found.end(), "strings stand in double quotes", fix)
        return Token(Kind.STRING, content, at, found.end())

    def _bare_date(self, at: int, found: re.Match[str]) -> Token:
        written = found.group()
        self._fault(at, found.end(), f'"{written}" would be a subtraction', f'write @"{written}"')
        return Token(Kind.AT, written, at, found.end())

    def _word(self, at: int) -> Token:
        end = at + 1
        while end < len(self.text) and is_name_part(self.text[end]):
            end += 1
        word = self.text[at:end]
        if word in ("AND", "OR", "And", "Or"):
            self._fault(at, end, f"{word} is not an operator", f'write "{word.lower()}"')
            word = word.lower()
        return Token(Kind.WORD, word, at, end)

    def _foreign(self, at: int, found: re.Match[str]) -> Token:
        meant, fix = _FIXES[found.group()]
        if found.group() == "%" and not self._is_operand(found.end()):
            meant = ""  # of a percentage: there is nothing to divide by
        self._fault(at, found.end(), f"{found.group()} is not an operator", fix)
        kind = Kind.WORD if meant.isalpha() else Kind.SIGN
        return Token(kind, meant, at, found.end())

    def _is_operand(self, at: int) -> bool:
        """Return whether something to reckon with begins at *at*, or after the space there."""
        space = _SPACE.match(self.text, at)
        at = space.end() if space else at
        if self.text[at : at + 1] in ("(", '"'):
            return True
        end = at
        while end < len(self.text) and is_name_part(self.text[end]):
            end += 1
        return end > at and self.text[at:end] not in KEYWORDS


def _resolved(written: str) -> str:
    """Return a string's content, its escapes resolved and pairs of surrogates joined; a lone one is no character."""
    if "\\" not in written:
        return written
    text = _ESCAPE.sub(_unescape, written)
    if any("\ud800" <= char <= "\udfff" for char in text):
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _unescape(found: re.Match[str]) -> str:
    """Resolve one escape; an unknown one stays as it is, so that patterns such as "\\d" read well."""
    code = found.group(1)
    if code in _ESCAPED:
        return _ESCAPED[code]
    if code[0] in "uU" and len(code) > 1:
        point = int(code[1:], 16)
        return chr(point) if point <= 0x10FFFF else found.group()
    return found.group()
