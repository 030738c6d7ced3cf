"""The names of several words a text may use, matched against tokens, the longest first.

A name is kept as the texts of its own tokens, so `string length` and, once a scope declares it, `pre-tax total` are
found alike. Single words need no entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from engine.feel.lexer import Kind, Lexer, Token

PROPERTIES = ("time offset", "start included", "end included")
"""Properties of two words, known after a `.`."""

TYPES = ("date and time", "days and time duration", "years and months duration")
"""Types of several words, known after `instance of` and a colon."""


MAX_WORDS = 64
"""Tokens in one name; looking for names costs up to so much at each token of a text."""


@dataclass(frozen=True, slots=True)
class LongName:
    """A name of several tokens; a *function* is only recognised before an opening parenthesis."""

    name: str
    parts: tuple[str, ...]
    function: bool


class _Branch:
    """What can follow after some tokens, and the name that ends with them."""

    __slots__ = ("after", "name")

    def __init__(self) -> None:
        self.after: dict[str, _Branch] = {}
        self.name: LongName | None = None


class LongNames:
    """The names of several tokens known at one moment of parsing; a *copy* grows without changing the original."""

    def __init__(self, names: Iterable[str] = (), *, function: bool = False) -> None:
        self._roots: tuple[_Branch, ...] = (_Branch(),)
        self.add(names, function=function)

    def copy(self) -> LongNames:
        """Return the same names, to add others to."""
        return self.under(LongNames())

    def under(self, nearer: LongNames) -> LongNames:
        """Return these names and those of *nearer*, which count first, to add others to."""
        made = LongNames()
        made._roots = (_Branch(), *nearer._roots, *self._roots)
        return made

    def add(self, names: Iterable[str], *, function: bool = False) -> None:
        """Make *names* known; those of one token are skipped, and those of more than MAX_WORDS."""
        for name in names:
            if name.isidentifier():
                continue
            parts = tuple(token.text for token in Lexer(name).tokens()[:-1])
            if not 2 <= len(parts) <= MAX_WORDS:
                continue
            branch = self._roots[0]
            for part in parts:
                branch = branch.after.setdefault(part, _Branch())
            branch.name = LongName(" ".join(name.split()), parts, function)

    def match(self, tokens: Sequence[Token], at: int) -> LongName | None:
        """Return the longest name that stands at token *at*, or None."""
        found: LongName | None = None
        for root in self._roots:
            branch: _Branch | None = root
            here = at
            while tokens[here].kind in _IN_NAMES:
                branch = branch.after.get(tokens[here].text) if branch is not None else None
                if branch is None:
                    break
                here += 1
                name = branch.name
                if name is None or (name.function and tokens[here].text != "("):
                    continue
                if found is None or len(name.parts) > len(found.parts):
                    found = name
        return found


@lru_cache(maxsize=128)
def declared_names(names: frozenset[str]) -> LongNames:
    """Return *names*; the many texts of one scope share them, and nothing is added to them."""
    return LongNames(names)


_IN_NAMES = (Kind.WORD, Kind.NUMBER, Kind.SIGN)
