"""Matchers: which rules hold for which facts.

A matcher keeps no decisions: it is told of every change to the working memory and answers with matches. `native` is
indexed; `naive` tries every rule and is the reference that the indexed one is tested against.
"""

from __future__ import annotations

from engine.matching.memory import Match, Matcher, Standing, WorkingMemory
from engine.matching.naive import NaiveMatcher
from engine.matching.native import NativeMatcher
from engine.rulebook import RuleBook

MATCHERS = ("native", "naive")


def matcher(name: str, book: RuleBook, memory: WorkingMemory) -> Matcher:
    """Return the matcher called *name* over *memory*; ValueError where there is none of that name."""
    if name == "native":
        return NativeMatcher(book, memory)
    if name == "naive":
        return NaiveMatcher(book, memory)
    raise ValueError(f'there is no matcher "{name}"; known: {", ".join(MATCHERS)}')


__all__ = [
    "MATCHERS",
    "Match",
    "Matcher",
    "NaiveMatcher",
    "NativeMatcher",
    "Standing",
    "WorkingMemory",
    "matcher",
]
