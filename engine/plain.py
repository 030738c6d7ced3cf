"""Firings of plain rules, which need no agenda: nothing they decide is a fact to another rule.

Matches of one event come in, decisions and what each was made of go out. Here too is the limit of what one fact may set off,
with an agenda or without.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from engine.carried import Carried
from engine.decisions import Decision, Fact
from engine.firing import decide
from engine.matching import Match
from engine.matching.memory import in_agenda_order
from engine.matching.native import Entry, NativeMatcher

Why = tuple[Match | None, tuple[str, ...]]
"""What a decision was made of: the match (none where an answer or the time set it off), and the fields whose absence kept its
rule from deciding."""

MOST_DECISIONS = 100_000
"""What one fact may set off. More is rules that multiply, and would keep every other fact waiting."""


class ChainUnending(Exception):  # noqa: N818 - named for what happened
    """One fact that sets off more than a fact may: a ring the checker should have refused, or rules that multiply."""

    def __init__(self, rule: str, trigger: Fact) -> None:
        super().__init__(
            f"{trigger.source}/{trigger.id} sets off a chain without end, or more than {MOST_DECISIONS:,} decisions; "
            f'"{rule}" was next'
        )


Aim = Callable[[Fact, datetime], Any]
"""From an event to its matches; in the place of a single one that the event decides alone, the entry that says how that fires."""


def aims_of(carried: Carried, elsewhere: Collection[str]) -> Mapping[str, Aim]:
    """Return, by fact type, what finds the rules for events that nothing else in the session looks at.

    *elsewhere* are the types that something does. There is none in a book where something may fall due with every fact.
    """
    matcher, windows, waits = carried.matcher, carried.windows, carried.waits
    if (
        not isinstance(matcher, NativeMatcher)
        or windows is not None
        or waits is not None
        or carried.memory.lasting
    ):
        return {}
    declared = carried.book.fact_types
    return {
        name: matcher.aim for name in declared if name not in elsewhere and name not in carried.state_types
    }


def whys_of(entry: Entry, event: Fact | None) -> Sequence[Why]:
    """Return what the decisions of *entry*'s rule on *event* were made of."""
    return ((Match(entry.rule, (event,)), ()),)


def fire_plain(
    carried: Carried, matches: Sequence[Match], trigger: Fact, now: datetime
) -> tuple[Sequence[Decision], Sequence[Why]] | None:
    """Fire the *matches* of event *trigger* if their rules are all plain: such firings need no agenda.

    Returns the decisions, and what each was made of; None where a rule is not plain.
    """
    book = carried.book
    if len(matches) == 1:  # as of most facts that have any
        (match,) = matches
        if not match.rule.is_plain:
            return None
        made = decide(book, match, trigger, now)
        if len(made) > MOST_DECISIONS:
            raise ChainUnending(match.rule.name, trigger)
        return made, ((match, ()),) * len(made)
    for match in matches:
        if not match.rule.is_plain:
            return None
    decisions: list[Decision] = []
    whys: list[Why] = []
    for match in in_agenda_order(book, matches):
        made = decide(book, match, trigger, now)
        decisions += made
        whys += ((match, ()),) * len(made)
        if len(decisions) > MOST_DECISIONS:
            raise ChainUnending(match.rule.name, trigger)
    return decisions, whys
