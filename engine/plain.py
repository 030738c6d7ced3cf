"""Firings of plain rules, which need no agenda: nothing they decide is a fact to another rule.

Matches of one event come in, decisions and what each was made of go out. Here too is the limit of what one fact may set off,
with an agenda or without.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from engine.carried import Carried
from engine.decisions import Decision, Fact
from engine.firing import decide
from engine.matching import Match
from engine.matching.memory import in_agenda_order

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


def fire_plain(
    carried: Carried, matches: list[Match], trigger: Fact, now: datetime
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
