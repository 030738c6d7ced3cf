"""Matchers: which rules hold for which facts.

A matcher keeps no decisions: it is told of every change to the working memory and answers with matches. `native` is
indexed; `naive` tries every rule and is the reference that the indexed one is tested against; `durable` runs on
durable-rules, where that is installed, and is a second opinion.
"""

from __future__ import annotations

from engine.diagnostics import RulesRejected
from engine.matching.durable import DurableMatcher, ExtensionMissing, load_extension, unsupported
from engine.matching.memory import Match, Matcher, Standing, WorkingMemory
from engine.matching.naive import NaiveMatcher
from engine.matching.native import NativeMatcher
from engine.rulebook import RuleBook

MATCHERS = ("native", "naive", "durable")


def matcher(name: str, book: RuleBook, memory: WorkingMemory) -> Matcher:
    """Return the matcher called *name* over *memory*; ValueError where there is none of that name.

    Raises what `ensure_installed` and `ensure_runs` do.
    """
    if name == "native":
        return NativeMatcher(book, memory)
    if name == "naive":
        return NaiveMatcher(book, memory)
    if name == "durable":
        return DurableMatcher(book, memory)
    raise ValueError(f'there is no matcher "{name}"; known: {", ".join(MATCHERS)}')


def ensure_installed(name: str) -> None:
    """Raise ExtensionMissing where what the matcher called *name* needs is not installed."""
    if name == "durable":
        load_extension()


def ensure_runs(name: str, book: RuleBook) -> None:
    """Raise RulesRejected where *book* has rules that the matcher called *name* cannot run."""
    if name == "durable" and (faults := unsupported(book)):
        raise RulesRejected(faults)


__all__ = [
    "MATCHERS",
    "DurableMatcher",
    "ExtensionMissing",
    "Match",
    "Matcher",
    "NaiveMatcher",
    "NativeMatcher",
    "Standing",
    "WorkingMemory",
    "ensure_installed",
    "ensure_runs",
    "matcher",
    "unsupported",
]
