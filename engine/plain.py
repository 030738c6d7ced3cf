"""What needs no agenda: plain rules, which decide nothing that is a fact to another rule, and states that fire nothing.

Matches of one event come in, decisions and what each was made of go out. Here too is the limit of what one fact may set off,
with an agenda or without.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

from engine.carried import Carried
from engine.composition import compose
from engine.decisions import ACCEPTED, STALE, Decision, Fact
from engine.firing import decide
from engine.matching import Match
from engine.matching.keyed import Keeper
from engine.matching.memory import in_agenda_order
from engine.matching.native import Entry, NativeMatcher
from engine.matching.plan import Pair
from engine.model import FactType
from engine.rulebook import Data

Why = tuple[Match | None, tuple[str, ...]]
"""What a decision was made of: the match (none where an answer or the time set it off), and the fields whose absence kept its
rule from deciding."""

_ordinal = itemgetter(0)

MOST_DECISIONS = 100_000
"""What one fact may set off. More is rules that multiply, and would keep every other fact waiting."""


class ChainUnending(Exception):  # noqa: N818 - named for what happened
    """One fact that sets off more than a fact may: a ring the checker should have refused, or rules that multiply."""

    def __init__(self, rule: str, trigger: Fact) -> None:
        super().__init__(
            f"{trigger.source}/{trigger.id} sets off a chain without end, or more than {MOST_DECISIONS:,} decisions; "
            f'"{rule}" was next'
        )


Look = Callable[[Data], Any]
"""The short way of an event: from its data to the rules that it can concern, as the matcher's entries: a list of them, the only
one as it is, or None where there is none."""
Hold = Callable[[Fact, datetime], str | None]
"""The short way of a state: it is held, and its status comes out, or None where that takes a closer look."""


def short_ways(
    carried: Carried, matcher: NativeMatcher, quiet: Collection[str], elsewhere: Collection[str]
) -> tuple[dict[str, Look], dict[str, Hold]]:
    """Return the short ways by fact type: of events that nothing but rules looks at, and of states that nothing is told of.

    They are for facts that are asserted when nothing has fallen due before them. *quiet* are the states that fire nothing,
    *elsewhere* the types that something else in the session looks at.
    """
    windows, waits = carried.windows, carried.waits
    looks: dict[str, Look] = {}
    holds: dict[str, Hold] = {}
    for name, declared in carried.book.fact_types.items():
        if name in elsewhere or (waits is not None and waits.reads(name)):
            continue
        if name in carried.state_types:
            if name in quiet and not matcher.indexes(name):
                holds[name] = _holding(carried, declared, matcher.keepers(name))
        elif windows is None or not windows.reads(name):
            looks[name] = matcher.aim(name)
    return looks, holds


def _holding(carried: Carried, declared: FactType, keepers: tuple[Keeper, ...]) -> Hold:
    states, key_of = carried.memory.states[declared.name], carried.book.key_of
    first = declared.key[0] if len(declared.key) == 1 else None

    def hold(fact: Fact, now: datetime) -> str | None:
        only = fact.data.get(first)  # type: ignore[arg-type] # no field is called None
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
        return ACCEPTED

    return hold


def fire_each(
    holding: Sequence[Entry], fact: Fact, now: datetime
) -> tuple[tuple[Decision, ...] | None, Sequence[Entry]]:
    """Fire the rules of entries that are *holding* for *fact*, each by the function that is written for it.

    Returns the decisions, settled and in firing order, and for each the rule that made it; None where a rule has no function, or
    holds more than once.
    """
    fired: list[tuple[int, Entry, tuple[Decision, ...]]] = []
    for entry in holding:
        made = entry.terms.own and entry.terms.own(entry, fact, now)
        if made is None:
            return None, ()
        if made:
            fired.append((entry.terms.rule.ordinal, entry, made))
    if len(fired) > 1:
        fired.sort(key=_ordinal)
    decisions = [decision for _, _, made in fired for decision in made]
    if len(decisions) > MOST_DECISIONS:
        raise ChainUnending(decisions[MOST_DECISIONS].rule, fact)
    return compose(decisions), [entry for _, entry, made in fired for _ in made]


def whys_of(made_of: Sequence[Why] | Sequence[Entry] | Entry, event: Fact | None) -> Sequence[Why]:
    """Return what decisions were *made_of*: as it is, or what the rules of entries made them of on *event*.

    Those find their states again, so no other fact may have come in between.
    """
    whys: list[Why] = []
    for one in [made_of] if isinstance(made_of, Entry) else made_of:
        if not isinstance(one, Entry):
            whys.append(one)
        elif event is not None and isinstance(one.terms.join, Pair):
            whys += [(match, ()) for match in one.terms.join.match(event, event.time)]
        else:
            whys.append((Match(one.terms.rule, (event,)), ()))
    return whys


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
