"""How faults of structure name values and keys, and which key was meant by one that is not known."""

from __future__ import annotations

from collections.abc import Iterable, Set
from decimal import Decimal
from typing import Any

from engine.diagnostics import did_you_mean, nearest
from engine.source import Path


def describe(value: Any) -> str:
    """Return how a message names the type of *value*."""
    match value:
        case bool():
            return f'the truth value "{str(value).lower()}"'
        case int() | Decimal():
            return "a number"
        case str():
            return "text"
        case list():
            return "a list"
        case _:
            return "a mapping"


def named(path: Path) -> str:
    """Return how a message names the value at *path*: by its key, a list item by the list's."""
    names = [step for step in path if isinstance(step, str)]
    if not names:
        return "the document"
    return f'an item of "{names[-1]}"' if isinstance(path[-1], int) else f'"{names[-1]}"'


def short(text: str) -> str:
    """Return *text* as a message shows it: cut where it is long."""
    return text if len(text) <= 60 else text[:60] + "..."


def right_case(name: str, known: Iterable[str]) -> str:
    """Return the known key that *name* is but for upper case, or ""."""
    return next((key for key in known if key == name.lower().strip()), "")


def fix_of_key(name: str, known: Set[str], not_yet: Set[str], present: Set[str]) -> str:
    """Return the fix for a key that is not known: the nearest, though it be there already, or those that are not.

    A word of a later version is proposed, but not listed.
    """
    close = nearest(name, known | not_yet)
    if close in present:
        return f'"{close}" is there already; leave one of them out'
    return did_you_mean(name, (known | not_yet if close else known) - present)
