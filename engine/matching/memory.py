"""What every matcher shares: the working memory of state facts, matches, and the matches that stand.

Values only; the two matchers differ in how they find matches, never in what a match is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Protocol

import msgspec

from engine.decisions import Fact
from engine.matching.lasting import Lasting
from engine.rulebook import CompiledRule, Key, Rows, RuleBook

FactKey = tuple[str, Key]
"""(fact type, key): what identifies a state fact through its versions."""


class Match(msgspec.Struct, frozen=True, gc=False):
    """A rule's `when` held for these facts: one per pattern in order, None for `none`.

    Of a decision table, *rows* is its answer for these facts: another answer is another match.
    """

    rule: CompiledRule
    facts: tuple[Fact | None, ...]
    rows: Rows = ()

    @property
    def identity(self) -> tuple[int, tuple[tuple[str, str] | None, ...], Rows]:
        """Return the rule's ordinal, the identities of the facts, and the rows: what may fire once."""
        facts = self.facts
        if len(facts) == 1 and (only := facts[0]) is not None:  # most rules read one fact
            return (self.rule.ordinal, ((only.source, only.id),), self.rows)
        return (self.rule.ordinal, tuple(None if f is None else (f.source, f.id) for f in facts), self.rows)


MatchKey = tuple[int, tuple[FactKey | None, ...], Rows]
"""What identifies a match of states through their versions: the rule's ordinal, the facts' keys, the rows of its table."""


class WorkingMemory:
    """The current state facts, by type and key, and since when conditions that must last have held for them."""

    __slots__ = ("book", "lasting", "states")

    def __init__(self, book: RuleBook) -> None:
        self.book = book
        self.lasting = Lasting(book)
        self.states: dict[str, dict[Key, Fact]] = {name: {} for name in book.fact_types}
        for rule in book.rules:
            if rule.window is not None:
                self.states[rule.patterns[rule.window].fact_type] = {}

    def match_key(self, match: Match) -> MatchKey:
        """Return what identifies *match*, of a rule of states only, through versions of its facts."""
        facts = match.facts
        if len(facts) == 1 and (only := facts[0]) is not None:  # as of most rules
            return (match.rule.ordinal, ((only.type, self.book.key_of(only)),), match.rows)
        return (match.rule.ordinal, self.fact_keys(facts), match.rows)

    def fact_keys(self, facts: Iterable[Fact | None]) -> tuple[FactKey | None, ...]:
        """Return what identifies each of the states *facts* through its versions."""
        key_of = self.book.key_of
        return tuple(None if f is None else (f.type, key_of(f)) for f in facts)

    def is_current(self, fact: Fact) -> bool:
        """Return whether state fact *fact* is the version held now."""
        return self.states.get(fact.type, {}).get(self.book.key_of(fact)) is fact


class Standing:
    """Matches of rules of states only, from when they became true until they stopped (or `until` said so)."""

    __slots__ = ("_by_fact", "_matches")

    def __init__(self) -> None:
        self._matches: dict[MatchKey, Match] = {}
        self._by_fact: dict[FactKey, dict[MatchKey, None]] = {}

    def __contains__(self, key: MatchKey) -> bool:
        return key in self._matches

    def __iter__(self) -> Iterator[MatchKey]:
        return iter(self._matches)

    def __len__(self) -> int:
        return len(self._matches)

    def get(self, key: MatchKey) -> Match:
        """Return the standing match called *key*, with the facts it was last true for."""
        return self._matches[key]

    def put(self, key: MatchKey, match: Match) -> None:
        """Let *match* stand, or renew the facts of the one that stands."""
        if key not in self._matches:
            for fact_key in key[1]:
                if fact_key is not None:
                    self._by_fact.setdefault(fact_key, {})[key] = None
        self._matches[key] = match

    def drop(self, key: MatchKey) -> Match:
        """End the match called *key* and return it."""
        for fact_key in key[1]:
            if fact_key is not None:
                keys = self._by_fact.get(fact_key)
                if keys is not None:
                    keys.pop(key, None)
                    if not keys:
                        del self._by_fact[fact_key]
        return self._matches.pop(key)

    def with_fact(self, fact_key: FactKey) -> tuple[MatchKey, ...]:
        """Return the standing matches that rest on the state fact called *fact_key*, oldest first."""
        return tuple(self._by_fact.get(fact_key, ()))

    def of(self, rule: CompiledRule, fact_keys: tuple[FactKey | None, ...]) -> tuple[MatchKey, ...]:
        """Return the standing matches of *rule* that rest on exactly these facts, whichever rows of its table answered."""
        if rule.table is None:
            key = (rule.ordinal, fact_keys, ())
            return (key,) if key in self._matches else ()
        first = next(key for key in fact_keys if key is not None)
        return tuple(k for k in self._by_fact.get(first, ()) if k[0] == rule.ordinal and k[1] == fact_keys)


class Change(msgspec.Struct, frozen=True, gc=False):
    """A change of one state fact: inserted (no *old*), replaced, or retracted (no *new*)."""

    type: str
    key: Key
    old: Fact | None
    new: Fact | None


class Matcher(Protocol):
    """What a session asks of a matcher. The memory is changed before `apply` is called."""

    def on_event(self, fact: Fact, now: datetime, touching: str | None = None) -> list[Match]:
        """Return the matches of event *fact* with the states of the moment; of rules that also read *touching*, if given."""
        ...

    def apply(self, change: Change, standing: Standing, now: datetime) -> tuple[list[Match], list[MatchKey]]:
        """Take in *change*; return matches of rules of states that hold and may be new, and standing ones that no longer hold."""
        ...

    def holds(self, match: Match, now: datetime) -> bool:
        """Return whether *match* still holds: its states are current and nothing fits its `none` patterns."""
        ...


def in_agenda_order(book: RuleBook, matches: Iterable[Match]) -> list[Match]:
    """Return *matches* in firing order: by rule, then by the keys, sources and ids of their facts as text."""

    def order(match: Match) -> list[str]:
        return ["" if f is None else repr(book.key_of(f)) + f.source + "\x1f" + f.id for f in match.facts]

    ordered = sorted(matches, key=lambda match: match.rule.ordinal)
    if len({match.rule.ordinal for match in ordered}) < len(
        ordered
    ):  # the keys are asked only where they tell
        ordered.sort(key=lambda match: (match.rule.ordinal, order(match)))
    return ordered


def is_of(rule: CompiledRule, fact_keys: tuple[FactKey | None, ...]) -> bool:
    """Return whether a match with *fact_keys* can be one of *rule*: a fact of its type for each positive pattern."""
    types = [None if key is None else key[0] for key in fact_keys]
    return types == [None if p.negated else p.fact_type for p in rule.patterns]


def match_name(match: Match, key: MatchKey) -> str:
    """Return what names a match of states through the versions of its facts, and through a change of rules."""
    return f"{match.rule.name}: {keys_text(key)} {list(key[2])}"


def keys_text(key: MatchKey) -> str:
    """Return the facts that a match rests on as text: type and key of each."""
    return ", ".join(f"{k[0]} {'/'.join(str(part) for part in k[1])}" for k in key[1] if k is not None)
