"""The names of several words a text may use, matched against tokens, the longest first.

A name is kept as the texts of its own tokens, so `string length` and, once a scope declares it, `pre-tax total` are
found alike. Single words need no entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engine.feel.lexer import Kind, Lexer, Token

PROPERTIES = ("time offset", "start included", "end included")
"""Properties of two words, known after a `.`."""

TYPES = ("date and time", "days and time duration", "years and months duration")
"""Types of several words, known after `instance of` and a colon."""


@dataclass(frozen=True, slots=True)
class LongName:
    """A name of several tokens; a *function* is only recognised before an opening parenthesis."""

    name: str
    parts: tuple[str, ...]
    function: bool


class LongNames:
    """The names of several tokens known at one moment of parsing; a *copy* grows without changing the original."""

    def __init__(self, names: Iterable[str] = (), *, function: bool = False) -> None:
        self._by_first: dict[str, tuple[LongName, ...]] = {}
        self.add(names, function=function)

    def copy(self) -> LongNames:
        """Return the same names, to add others to."""
        made = LongNames()
        made._by_first = dict(self._by_first)
        return made

    def add(self, names: Iterable[str], *, function: bool = False) -> None:
        """Make *names* known; those of one token are skipped."""
        for name in names:
            if name.isidentifier():
                continue
            parts = tuple(token.text for token in Lexer(name).tokens()[:-1])
            if len(parts) < 2:
                continue
            entry = LongName(" ".join(name.split()), parts, function)
            known = (*self._by_first.get(parts[0], ()), entry)
            self._by_first[parts[0]] = tuple(sorted(known, key=lambda one: -len(one.parts)))

    def match(self, tokens: Sequence[Token], at: int) -> LongName | None:
        """Return the longest name that stands at token *at*, or None."""
        for entry in self._by_first.get(tokens[at].text, ()):
            after = at + len(entry.parts)
            if tuple(token.text for token in tokens[at:after]) != entry.parts:
                continue
            if any(token.kind in (Kind.STRING, Kind.AT) for token in tokens[at:after]):
                continue
            if not entry.function or tokens[after].text == "(":
                return entry
        return None
