"""Rules that fire at most once in a while for the same: when each did so last, and the decisions of those that do so again.

A firing within the time after the last one that was carried out is not carried out: its decisions are recorded as repeated,
settled by those of that one. What a rule says of a missing field is counted by itself, so that it hides no real decision.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from engine import feel
from engine.calendars import NEVER
from engine.decisions import Decision, Fact, format_time
from engine.matching import Match
from engine.rulebook import CompiledRule, RuleBook, arguments_of

Same = tuple[str, bool, str]
"""For what: the rule's name, whether a field was missing, and what is the same, as text."""

SavedRepeats = list[tuple[Same, datetime, datetime, list[tuple[int, str]]]]
"""For a snapshot: for what, when the last firing was, until when it counts, and its decisions by the place of their action."""


_encoder = msgspec.json.Encoder(decimal_format="number")


class _Last(msgspec.Struct, frozen=True):
    """The last firing that was carried out."""

    time: datetime
    until: datetime
    decisions: dict[int, str]


class Repeats:
    """When rules with `at_most` last fired, for what."""

    __slots__ = ("_ends", "_last")

    def __init__(self) -> None:
        self._last: dict[Same, _Last] = {}
        self._ends: list[tuple[datetime, Same]] = []

    def settle(
        self, book: RuleBook, match: Match, made: Sequence[Decision], now: datetime, *, is_missing: bool
    ) -> list[Decision]:
        """Return *made* by a firing at *now*: as repeated, where its rule has fired for the same too recently."""
        self._forget(now)
        last = self._last.get(_same(book, match, now, is_missing=is_missing))
        if last is None or now >= last.until:
            return list(made)
        again = f"it fires again after {format_time(last.until)}, and last did at {format_time(last.time)}"
        first = next(iter(last.decisions.values()))
        return [
            msgspec.structs.replace(
                decision,
                status="repeated",
                settled_by=last.decisions.get(decision.action, first),
                reason=f"{again}: {decision.reason}" if decision.reason else again,
            )
            if decision.status == "decided"
            else decision
            for decision in made
        ]

    def note(
        self, book: RuleBook, match: Match, made: Iterable[Decision], now: datetime, *, is_missing: bool
    ) -> None:
        """Take in what a firing at *now* came to: it is the last one, if any of it is carried out."""
        decisions: dict[int, str] = {}
        for decision in made:
            if decision.status == "decided":
                decisions.setdefault(decision.action, decision.id)
        at_most = match.rule.at_most
        if not decisions or at_most is None:
            return
        self._put(_same(book, match, now, is_missing=is_missing), _Last(now, at_most.after(now), decisions))

    def saved(self) -> SavedRepeats:
        """Return what a snapshot needs."""
        return [
            (same, last.time, last.until, list(last.decisions.items())) for same, last in self._last.items()
        ]

    def same(self, book: RuleBook) -> dict[str, str]:
        """Return what the same is to each rule that has fired, as text: under another rule book it may be something else."""
        names = {same[0] for same in self._last}
        return {rule.name: _said(book, rule) for rule in book.rules if rule.name in names}

    def load(self, saved: SavedRepeats, book: RuleBook, same: Mapping[str, str]) -> None:
        """Take in what was *saved* of rules that there still are, fire once in a while, and mean the *same* by that."""
        names = {
            rule.name
            for rule in book.rules
            if rule.at_most is not None and same.get(rule.name, said := _said(book, rule)) == said
        }
        for key, time, until, decisions in saved:
            if key[0] in names:
                self._put(key, _Last(time, until, dict(decisions)))

    def __iter__(self) -> Iterator[Same]:
        return iter(self._last)

    def _put(self, same: Same, last: _Last) -> None:
        self._last[same] = last
        if last.until != NEVER:
            heapq.heappush(self._ends, (last.until, same))

    def _forget(self, now: datetime) -> None:
        while self._ends and self._ends[0][0] <= now:
            until, same = heapq.heappop(self._ends)
            last = self._last.get(same)
            if last is not None and last.until == until:
                del self._last[same]


def _same(book: RuleBook, match: Match, now: datetime, *, is_missing: bool) -> Same:
    rule = match.rule
    if rule.for_each is not None:
        value: Any = rule.for_each(*arguments_of(rule, match.facts, now))
    else:
        value = list(book.key_of(_first(match)))
    return (rule.name, is_missing, _encoder.encode(value).decode())


def _said(book: RuleBook, rule: CompiledRule) -> str:
    if rule.source.for_each is not None:
        return feel.format_node(rule.source.for_each.node)
    first = rule.patterns[rule.positive[0]]
    declared = book.fact_types.get(first.fact_type)
    fields = declared.key if declared is not None else () if first.window is None else first.window.per
    return f"{first.fact_type}: {', '.join(fields)}"


def _first(match: Match) -> Fact:
    fact = match.facts[match.rule.positive[0]]
    assert fact is not None  # noqa: S101 - positive patterns bind a fact
    return fact
