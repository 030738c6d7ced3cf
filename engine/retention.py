"""How long a session keeps the facts of each type, and which rules it keeps them for.

A rule book goes in; rows for people come out. States are kept as they are; events only while they are in some window, or
something is waited for that is to follow them; of what has to last, since when it has been so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.calendars import in_words
from engine.contracts import Contracts
from engine.coordination import SOURCE
from engine.model import CONFIRMATION, Kind
from engine.retractions import MOST_RETRACTIONS
from engine.rulebook import CompiledPattern, CompiledRule, CompiledWindow, RuleBook

NOT_KEPT = "not kept: matched as it comes"
COUNTED = "in sums, until the order is closed"
FLOWS = "the checks of the flows"
"""What stands in the place of a rule, of facts that are kept for what flows look at."""
RETRACTED = f"when it was retracted, of the last {MOST_RETRACTIONS:,} keys"
LATE = "older versions that come late"
"""What stands in the place of a rule, of retractions: they are remembered so that these change nothing."""
STANDING = "until it is replaced or retracted"


@dataclass(frozen=True, slots=True)
class Keeping:
    """How long facts of a type are kept for some rules; none where it is so whatever the rules are."""

    fact_type: str
    kind: str
    how_long: str
    rules: tuple[str, ...]


def keepings_of(book: RuleBook) -> tuple[Keeping, ...]:
    """Return how long the facts of each type are kept under *book*, by type, in the order of its rules."""
    found: dict[str, dict[str, dict[str, None]]] = {name: {} for name in sorted(book.fact_types)}
    for name, declared in sorted(book.fact_types.items()):
        found[name][NOT_KEPT if declared.kind is Kind.EVENT else STANDING] = {}
    for rule in sorted(book.rules, key=lambda one: (one.source.span, one.name)):
        for pattern in rule.patterns:
            of_type = found[pattern.admits.fact_type]
            for how_long in _how_long(book, rule, pattern):
                of_type.setdefault(how_long, {})[rule.name] = None
        for action in rule.source.actions:
            if action.hold is not None and action.hold.descendants is not None and CONFIRMATION in found:
                kept = f"what was made from what, {in_words(action.hold.descendants)}"
                found[CONFIRMATION].setdefault(kept, {})[rule.name] = None
    for name in sorted(Contracts(book, {}).types):
        how_long = COUNTED if book.fact_types[name].kind is Kind.EVENT else STANDING
        found[name].setdefault(how_long, {})[FLOWS] = None
    for name, declared in book.fact_types.items():
        if declared.kind is Kind.STATE and declared.owners != (SOURCE,):
            found[name][RETRACTED] = {LATE: None}
    return tuple(
        Keeping(name, book.fact_types[name].kind, how_long, tuple(rules))
        for name, of_type in found.items()
        for how_long, rules in of_type.items()
        if how_long != NOT_KEPT or len(of_type) == 1
    )


def _how_long(book: RuleBook, rule: CompiledRule, pattern: CompiledPattern) -> Iterator[str]:
    """Yield how long facts are kept for *pattern*."""
    if pattern.window is not None:
        yield _of_window(rule, pattern.window)
    elif book.fact_types[pattern.fact_type].kind is Kind.EVENT:
        yield NOT_KEPT
    else:
        yield STANDING
    if pattern.lasting is not None:
        yield f"since when it has been so, for {pattern.lasting}{_late(rule)}"
    if pattern.within is not None and rule.lateness is not None:
        yield f"{in_words(rule.lateness)}, for waits that begin late"
    steps = [one.within for one in rule.patterns[pattern.position + 1 :] if one.within is not None]
    if steps and not pattern.negated:
        waits = " and ".join(map(str, steps))
        yield f"in waits, {waits}{_late(rule)}, and as long again"


def _of_window(rule: CompiledRule, window: CompiledWindow) -> str:
    if window.within is not None:
        return str(window.within) + ("" if window.wanes else _late(rule))
    assert window.each is not None  # noqa: S101 - it has one of the two
    return f"until its {window.each.each} is over{_late(rule)}"


def _late(rule: CompiledRule) -> str:
    return "" if rule.lateness is None else f", and {in_words(rule.lateness)} more for late facts"
