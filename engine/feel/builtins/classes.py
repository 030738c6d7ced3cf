"""Character classes of XPath's patterns as RE2 writes them: subtraction `[a-z-[aeiou]]`, blocks `\\p{IsGreek}`, `\\i`, `\\c`.

RE2 knows no subtraction and no blocks: a class that has one is written out as its ranges of code points.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

import re2

Spans = tuple[tuple[int, int], ...]
"""Ranges of code points, both ends included, in order and apart from one another."""

_LAST: Final = 0x10FFFF
_SURROGATES: Final = range(0xD800, 0xE000)

_NAMED = {
    "i": r"\p{L}_:",
    "c": r"\p{L}\p{N}_:.\-·",
    "d": r"\p{Nd}",
    "D": r"\P{Nd}",
    # the general categories are L, M, N, P, S, Z and C: a word is made of all but punctuation, separators and others
    "w": r"\p{L}\p{M}\p{N}\p{S}",
    "W": r"\p{P}\p{Z}\p{C}",
    "s": r"\x{20}\t\n\r",
}
"""Escapes of several characters, by what they stand for in a class; a capital that is not here stands for the rest."""

_CONTROLS = {"n": 10, "r": 13, "t": 9, "f": 12}

# block -> its first and last code point (the blocks of Unicode that patterns of XML Schema name)
_BLOCKS: dict[str, tuple[int, int]] = {
    "BasicLatin": (0x0000, 0x007F),
    "Latin-1Supplement": (0x0080, 0x00FF),
    "LatinExtended-A": (0x0100, 0x017F),
    "LatinExtended-B": (0x0180, 0x024F),
    "IPAExtensions": (0x0250, 0x02AF),
    "SpacingModifierLetters": (0x02B0, 0x02FF),
    "CombiningDiacriticalMarks": (0x0300, 0x036F),
    "Greek": (0x0370, 0x03FF),
    "GreekandCoptic": (0x0370, 0x03FF),
    "Cyrillic": (0x0400, 0x04FF),
    "Armenian": (0x0530, 0x058F),
    "Hebrew": (0x0590, 0x05FF),
    "Arabic": (0x0600, 0x06FF),
    "Syriac": (0x0700, 0x074F),
    "Thaana": (0x0780, 0x07BF),
    "Devanagari": (0x0900, 0x097F),
    "Bengali": (0x0980, 0x09FF),
    "Gurmukhi": (0x0A00, 0x0A7F),
    "Gujarati": (0x0A80, 0x0AFF),
    "Oriya": (0x0B00, 0x0B7F),
    "Tamil": (0x0B80, 0x0BFF),
    "Telugu": (0x0C00, 0x0C7F),
    "Kannada": (0x0C80, 0x0CFF),
    "Malayalam": (0x0D00, 0x0D7F),
    "Sinhala": (0x0D80, 0x0DFF),
    "Thai": (0x0E00, 0x0E7F),
    "Lao": (0x0E80, 0x0EFF),
    "Tibetan": (0x0F00, 0x0FFF),
    "Myanmar": (0x1000, 0x109F),
    "Georgian": (0x10A0, 0x10FF),
    "HangulJamo": (0x1100, 0x11FF),
    "Ethiopic": (0x1200, 0x137F),
    "Cherokee": (0x13A0, 0x13FF),
    "Khmer": (0x1780, 0x17FF),
    "Mongolian": (0x1800, 0x18AF),
    "LatinExtendedAdditional": (0x1E00, 0x1EFF),
    "GreekExtended": (0x1F00, 0x1FFF),
    "GeneralPunctuation": (0x2000, 0x206F),
    "SuperscriptsandSubscripts": (0x2070, 0x209F),
    "CurrencySymbols": (0x20A0, 0x20CF),
    "LetterlikeSymbols": (0x2100, 0x214F),
    "NumberForms": (0x2150, 0x218F),
    "Arrows": (0x2190, 0x21FF),
    "MathematicalOperators": (0x2200, 0x22FF),
    "MiscellaneousTechnical": (0x2300, 0x23FF),
    "EnclosedAlphanumerics": (0x2460, 0x24FF),
    "BoxDrawing": (0x2500, 0x257F),
    "BlockElements": (0x2580, 0x259F),
    "GeometricShapes": (0x25A0, 0x25FF),
    "MiscellaneousSymbols": (0x2600, 0x26FF),
    "Dingbats": (0x2700, 0x27BF),
    "BraillePatterns": (0x2800, 0x28FF),
    "CJKSymbolsandPunctuation": (0x3000, 0x303F),
    "Hiragana": (0x3040, 0x309F),
    "Katakana": (0x30A0, 0x30FF),
    "Bopomofo": (0x3100, 0x312F),
    "CJKUnifiedIdeographs": (0x4E00, 0x9FFF),
    "HangulSyllables": (0xAC00, 0xD7AF),
    "PrivateUse": (0xE000, 0xF8FF),
    "AlphabeticPresentationForms": (0xFB00, 0xFB4F),
    "HalfwidthandFullwidthForms": (0xFF00, 0xFFEF),
}


def read_escape(pattern: str, at: int) -> tuple[str, int] | None:
    """Return what stands for the escape at *at*, as the inside of a class, and where it ends; None where it is none."""
    char = pattern[at + 1 : at + 2]
    if char in ("p", "P"):
        end = pattern.find("}", at)
        if not pattern.startswith("{", at + 2) or end < 0:
            return None
        name = pattern[at + 3 : end]
        if not name.startswith("Is"):
            return pattern[at : end + 1], end + 1
        block = _BLOCKS.get(name[2:])
        spans = None if block is None else (block,)
        if spans is None:
            return None
        return _written(_complement(spans) if char == "P" else spans), end + 1
    if char in _NAMED:
        return _NAMED[char], at + 2
    if char and char.lower() in _NAMED:
        return _written(_complement(_spans_of(_NAMED[char.lower()]))), at + 2
    if not char or char.isdigit() or char in "AzZbBQEG":
        return None
    return pattern[at : at + 2], at + 2


def read_class(pattern: str, at: int) -> tuple[str, int] | None:
    """Return the class that begins at *at*, as RE2 writes it, and where it ends; None where it is none.

    Raises re2.error for a class with a subtraction that names a category which RE2 does not know.
    """
    read = _Reader(pattern)
    if not read.read(at):
        return None
    negated, inside, minus = read.negated, "".join(read.parts), read.minus
    if minus is None:
        return f"[{'^' if negated else ''}{inside}]", read.at
    own = _spans_of(inside)
    return f"[{_written(_without(_complement(own) if negated else own, minus))}]", read.at


class _Reader:
    """Reads one class: *parts* are what stands in it, *minus* what is taken from it, *at* where it ends."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self.parts: list[str] = []
        self.negated = False
        self.minus: Spans | None = None
        self.at = 0

    def read(self, at: int) -> bool:
        """Read the class that begins at *at*; return whether there is one."""
        pattern = self._pattern
        at += 1
        self.negated = pattern.startswith("^", at)
        at += self.negated
        while at < len(pattern):
            char = pattern[at]
            if char == "]":
                self.at = at + 1
                return bool(self.parts)
            if char == "\\":
                found = read_escape(pattern, at)
                if found is None:
                    return False
                part, at = found
                self.parts.append(part)
            elif pattern.startswith("-[", at):
                return bool(self.parts) and self._subtract(at + 1)
            elif char == "[":
                return False
            else:
                self.parts.append(char)
                at += 1
        return False

    def _subtract(self, at: int) -> bool:
        inner = _Reader(self._pattern)
        if not inner.read(at) or not self._pattern.startswith("]", inner.at):
            return False
        spans = _spans_of("".join(inner.parts))
        spans = _complement(spans) if inner.negated else spans
        self.minus = spans if inner.minus is None else _without(spans, inner.minus)
        self.at = inner.at + 1
        return True


@lru_cache(maxsize=256)
def _spans_of(inside: str) -> Spans:
    """Return the code points of a class, given what stands in it."""
    spans: list[tuple[int, int]] = []
    at = 0
    while at < len(inside):
        first, after = _member(inside, at)
        if isinstance(first, tuple):
            spans.extend(first)
        elif inside.startswith("-", after) and after + 1 < len(inside):
            last, after = _member(inside, after + 1)
            if isinstance(last, tuple) or last < first:
                return ()
            spans.append((first, last))
        else:
            spans.append((first, first))
        at = after
    return _merged(spans)


def _member(inside: str, at: int) -> tuple[int | Spans, int]:
    """Return the code point or the code points that stand at *at*, and where they end."""
    if inside[at] != "\\":
        return ord(inside[at]), at + 1
    char = inside[at + 1]
    if char == "x" and inside.startswith("{", at + 2):
        end = inside.index("}", at)
        return int(inside[at + 3 : end], 16), end + 1
    if char in "pP":
        end = inside.index("}", at)
        return _escaped(inside[at : end + 1]), end + 1
    return _CONTROLS.get(char, ord(char)), at + 2


@lru_cache(maxsize=256)
def _escaped(escape: str) -> Spans:
    """Return the code points of an escape, by trying every one; there are only so many escapes."""
    options = re2.Options()
    options.log_errors = False
    pattern = re2.compile(f"{escape}+".encode(), options)
    found = (match.group().decode() for match in pattern.finditer(_every_character()))
    return tuple((ord(text[0]), ord(text[-1])) for text in found)


@lru_cache(maxsize=1)
def _every_character() -> bytes:
    return "".join(chr(point) for point in range(_LAST + 1) if point not in _SURROGATES).encode()


def _merged(spans: Iterable[tuple[int, int]]) -> Spans:
    found: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return tuple(found)


def _complement(spans: Spans) -> Spans:
    found = []
    first = 0
    for low, high in _merged(spans):
        if low > first:
            found.append((first, low - 1))
        first = high + 1
    if first <= _LAST:
        found.append((first, _LAST))
    return tuple(found)


def _without(spans: Spans, minus: Spans) -> Spans:
    kept = _complement(minus)
    found = []
    for first, last in spans:
        for low, high in kept:
            if low <= last and first <= high:
                found.append((max(first, low), min(last, high)))
    return tuple(found)


def _written(spans: Spans) -> str:
    """Return what stands in a class of these code points; of none, what is no character at all."""
    return "".join(f"\\x{{{low:X}}}-\\x{{{high:X}}}" for low, high in spans) or "^\\x{0}-\\x{10FFFF}"
