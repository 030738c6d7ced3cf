"""What needs no agenda: plain rules, which decide nothing that is a fact to another rule, and states that fire nothing.

Matches of one event come in, decisions and what each was made of go out. Here too is the limit of what one fact may set off,
with an agenda or without.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from engine.carried import Carried
from engine.decisions import STALE, Decision, Fact
from engine.firing import decide
from engine.matching import Match
from engine.matching.memory import in_agenda_order
from engine.matching.native import Beside, Entry, Keeper, NativeMatcher
from engine.model import FactType

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


Short = Callable[[Fact, datetime], Any]
"""The short way of a fact that is asserted, when nothing has fallen due before it.

Of an event, it gives its matches; in the place of a single one, where it can be fired without one, the Entry or the Beside that
says how. A state is held: it gives (), STALE, or None where that takes a closer look.
"""


def short_ways(carried: Carried, quiet: Collection[str], elsewhere: Collection[str]) -> Mapping[str, Short]:
    """Return the short ways by fact type: of events that nothing but rules looks at, and of states that nothing is told of.

    *quiet* are the states that fire nothing, *elsewhere* the types that something else in the session looks at.
    """
    matcher, windows, waits = carried.matcher, carried.windows, carried.waits
    if not isinstance(matcher, NativeMatcher):
        return {}
    found: dict[str, Short] = {}
    for name, declared in carried.book.fact_types.items():
        if name in elsewhere or (waits is not None and waits.reads(name)):
            continue
        if name in carried.state_types:
            if name in quiet and not matcher.indexes(name):
                found[name] = _holding(carried, declared, matcher.keepers(name))
        elif windows is None or not windows.reads(name):
            found[name] = matcher.aim(name)
    return found


def _holding(carried: Carried, declared: FactType, keepers: tuple[Keeper, ...]) -> Short:
    states, key_of = carried.memory.states[declared.name], carried.book.key_of
    first = declared.key[0] if len(declared.key) == 1 else ""

    def hold(fact: Fact, now: datetime) -> Any:
        only = fact.data.get(first)
        key = (only,) if only.__class__ is str else key_of(fact)
        held = states.get(key)
        if held is None:
            if carried.retractions:
                return None
        elif held.time > now:
            return STALE
        states[key] = fact
        for keep in keepers:
            keep(held, fact, now)
        return ()

    return hold


def whys_of(fired: Entry | Beside, event: Fact | None) -> Sequence[Why]:
    """Return what the decisions were made of that *fired* on *event*."""
    if isinstance(fired, Entry):
        return ((Match(fired.rule, (event,)), ()),)
    rule, state = fired.entry.rule, fired.state
    return ((Match(rule, (event, state) if rule.event == 0 else (state, event)), ()),)


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
