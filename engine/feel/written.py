"""Names and types as an expression writes them: where the parser reads what is declared, and makes it known.

Names of several words are known to the built-ins, to the scope, and to the expression itself once it has declared them.
"""

from __future__ import annotations

from collections.abc import Iterable

from engine.feel import ast
from engine.feel.builtins import FUNCTION_NAMES
from engine.feel.cursor import Cursor, StopError
from engine.feel.lexer import KEYWORDS, Kind
from engine.feel.names import MAX_WORDS, PROPERTIES, TYPES, LongNames, declared_names
from engine.feel.shape import MAX_DEPTH, too_deep

_FUNCTIONS = LongNames(FUNCTION_NAMES, function=True)
_PROPERTIES = LongNames(PROPERTIES)
_TYPES = LongNames(TYPES)
NAME_SIGNS = (".", "/", "-", "'", "+", "*")
"""Signs that a name may hold after its first letter (DMN 1.5, 10.3.1.2, rule 30)."""

_GENERIC = ("list", "context", "range", "function")


class Written(Cursor):
    """A cursor that knows the names of several words, and reads new names and types."""

    def __init__(self, text: str, names: Iterable[str], *, standard: bool = False) -> None:
        super().__init__(text, standard=standard)
        declared = declared_names(frozenset(names))
        self.depth = 0
        self.names = _FUNCTIONS.under(declared)
        self.properties = _PROPERTIES.under(declared)
        self.types = _TYPES.under(declared)

    def declared_name(self, construct: str, form: str, *stops: str) -> str:
        """Read the words of a new name up to one of *stops*, and make it known if there are several."""
        first, begin = self.peek, self.at
        if first.kind is not Kind.WORD or first.text in KEYWORDS:
            raise StopError(first.start, first.end, f"{construct} needs a name here", f"write {form}")
        if "in" in stops:
            stops = tuple(KEYWORDS)
        while not self.sees(*stops) and (
            self.peek.kind in (Kind.WORD, Kind.NUMBER) or self.sees(*NAME_SIGNS)
        ):
            if self.at - begin == MAX_WORDS:
                message = f"the name that begins here has more than {MAX_WORDS} words"
                raise StopError(first.start, self.last_end, message, f"write {form}")
            self.advance()
        name = " ".join(self.text[first.start : self.last_end].split())
        self.make_known(name)
        return name

    def make_known(self, name: str) -> None:
        """Know *name*, if it has several words, from here on."""
        self.names.add([name])
        self.properties.add([name])

    def type_name(self) -> ast.TypeName:
        """Read a type: `number`, `list<string>`, `function<number> -> number`."""
        token = self.peek
        found = self.types.match(self.tokens, self.at)
        if found is not None:
            self.at += len(found.parts)
            return ast.TypeName(token.start, self.last_end, found.name, (), ())
        if token.kind is not Kind.WORD:
            raise self.unexpected("the name of a type")
        self.advance()
        arguments: list[ast.TypeName] = []
        entries: list[str] = []
        opening = self.peek
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise too_deep(token.start)
        if token.text in _GENERIC and self.takes("<"):
            while not self.sees(">"):
                if token.text == "context":
                    entries.append(self.declared_name("context", "context<name: type>", ":"))
                    self.expect_word(":", "context", "context<name: type>")
                arguments.append(self.type_name())
                if not self.takes(","):
                    break
            self.close(">", opening)
            if token.text == "function":
                self.expect_word("->", "function", "function<number> -> number")
                arguments.append(self.type_name())
        self.depth -= 1
        return ast.TypeName(token.start, self.last_end, token.text, tuple(arguments), tuple(entries))
