"""Words without quotes in the cells of a column of texts: people do not write quotes in spreadsheets.

A word, or several with blanks, hyphens, dots or slashes between them, that is a whole test and no name in sight gets its
quotes here, so that everything after sees FEEL: `minor, very minor` becomes `"minor", "very minor"`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from engine.feel import types as t
from engine.feel.lexer import KEYWORDS
from engine.feel.scope import Scope
from engine.source import Pinned, Places, place_of, slice_places

_PHRASE = re.compile(r"\w+(?:[ ./-]+\w+)*")
_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:[eE]-?\d+)?")
_NEGATED = re.compile(r"\s*not\s*\((.*)\)\s*", re.DOTALL)
_VALUES = ("true", "false", "null")


@dataclass(frozen=True, slots=True)
class Spelled:
    """A cell's FEEL with the quotes its author left out, and where each of the *words* that got them was written."""

    text: str
    words: tuple[tuple[int, int], ...]

    def places(self, places: Places) -> Places:
        """Return the places of the text, where those of what was written are *places*."""
        if not self.words or isinstance(places, Pinned):
            return places
        if self.words == ((0, len(self.text) - 2),) and len(places) == 1:  # one word, as most are
            _, line, column = places[0]
            end = len(self.text) - 1
            return ((0, line, column), (1, line, column), (end, line, column + end - 2))
        made: list[tuple[int, int, int]] = []
        at = shift = 0
        for start, end in self.words:
            if at < start:
                made += _shifted(slice_places(places, at, start), at + shift)
            quote = start + shift
            made.append((quote, *place_of(places, start)))
            made += _shifted(slice_places(places, start, end), quote + 1)
            made.append((end + shift + 1, *place_of(places, end - 1)))
            at, shift = end, shift + 2
        made += _shifted(slice_places(places, at, at + 1), at + shift)
        return tuple(made)


def _shifted(places: Places, by: int) -> Iterator[tuple[int, int, int]]:
    return ((offset + by, line, column) for offset, line, column in places)


def takes_words(found: t.FeelType) -> bool:
    """Return whether words without quotes are texts in a column of this type."""
    return isinstance(found, t.String | t.Any_)


def values_of(found: t.FeelType) -> frozenset[str]:
    """Return the texts that a column of this type can be, where they are enumerated."""
    return found.enum or frozenset() if isinstance(found, t.String) else frozenset()


def spell(text: str, scope: Scope, values: frozenset[str] = frozenset()) -> Spelled:
    """Return the cell *text* of a column of texts with every word quoted that is one.

    *values* are the texts that a column of an enumeration can be; they are meant even where a name in sight is spelled so.
    """
    words = tuple(
        (start, end)
        for start, end in _tests(text)
        if text[start:end] in values or _is_text(text[start:end], scope)
    )
    parts: list[str] = []
    at = 0
    for start, end in words:
        parts += (text[at:start], '"', text[start:end], '"')
        at = end
    parts.append(text[at:])
    return Spelled("".join(parts), words)


def _tests(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each of the tests of a cell begins and ends that is a phrase; the commas between, and `not(...)`, outside."""
    negated = _NEGATED.fullmatch(text)
    at, stop = negated.span(1) if negated else (0, len(text))
    begin, depth, quoted = at, 0, False
    while at <= stop:
        here = text[at] if at < stop else ","
        if quoted and at < stop:
            if here == "\\":
                at += 1
            quoted = here != '"'
        elif here == '"':
            quoted = True
        elif here in "([{":
            depth += 1
        elif here in ")]}":
            depth -= 1
        elif here == "," and (depth == 0 or at == stop):
            test = text[begin:at]
            start = begin + len(test) - len(test.lstrip())
            end = begin + len(test.rstrip())
            if start < end and _PHRASE.fullmatch(text, start, end):
                yield start, end
            begin = at + 1
        at += 1


def _is_text(phrase: str, scope: Scope) -> bool:
    """Return whether *phrase* is a text without quotes, not FEEL: a number, a value, a name in sight, an expression of names."""
    if phrase in _VALUES or ".." in phrase or _NUMBER.fullmatch(phrase):
        return False
    words = _WORD.findall(phrase)
    named = [word for word in words if not word.isdigit()]
    if not named:
        return False
    if len(words) == 1:
        return phrase in KEYWORDS or scope.lookup(phrase) is None
    if any(word in KEYWORDS for word in words):
        return False
    if phrase.startswith(f"{words[0]}.") and scope.lookup(words[0]) is not None:
        return False
    return any(scope.lookup(word) is None for word in named)
