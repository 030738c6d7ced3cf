"""The reference matcher: tries every rule against every fact, in nested loops.

It reads patterns as written (their conjuncts, in order) and knows no index, so that it can be the second opinion on the
indexed one. Its cost grows with rules and facts; it is not for production.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from engine.decisions import Fact
from engine.matching.memory import Change, Match, MatchKey, Standing, WorkingMemory
from engine.model import OnMissing
from engine.rulebook import CompiledPattern, CompiledRule, Data, RuleBook, arguments_of, is_missing


class NaiveMatcher:
    """Every rule, every fact, every time."""

    def __init__(self, book: RuleBook, memory: WorkingMemory) -> None:
        self._rules = book.matched
        self._memory = memory

    def on_event(self, fact: Fact, now: datetime, touching: str | None = None) -> list[Match]:
        """Return the matches of event *fact*; see Matcher."""
        found: list[Match] = []
        for rule in self._rules:
            if rule.event is None or rule.patterns[rule.event].fact_type != fact.type:
                continue
            if touching is not None and all(p.fact_type != touching for p in rule.patterns):
                continue
            found.extend(self._matches(rule, fact, now))
        return found

    def apply(self, change: Change, standing: Standing, now: datetime) -> tuple[list[Match], list[MatchKey]]:
        """Return every match of states that holds now, and every standing one that does not; see Matcher."""
        del change
        true = [m for rule in self._rules if rule.event is None for m in self._matches(rule, None, now)]
        keys = {self._memory.match_key(m) for m in true}
        return true, [key for key in standing if key not in keys]

    def holds(self, match: Match, now: datetime) -> bool:
        """Return whether *match* still holds; see Matcher."""
        event = None if match.rule.event is None else match.facts[match.rule.event]
        return any(m.identity == match.identity for m in self._matches(match.rule, event, now))

    def _matches(self, rule: CompiledRule, event: Fact | None, now: datetime) -> Iterator[Match]:
        def extend(chosen: list[Fact | None]) -> Iterator[Match]:
            position = len(chosen)
            if position == len(rule.patterns):
                facts = tuple(chosen)
                if rule.table is None:
                    yield Match(rule, facts)
                elif rows := rule.table.answer_slowly(*arguments_of(rule, facts, now)):
                    yield Match(rule, facts, rows)
                return
            pattern = rule.patterns[position]
            candidates: Iterable[Fact]
            if position == rule.event:
                candidates = () if event is None else (event,)
            else:
                states = self._memory.states.get(pattern.fact_type, {})
                candidates = tuple(
                    fact
                    for key, fact in states.items()
                    if pattern.lasting is None or self._memory.lasting.is_ripe(rule, position, key)
                )
            fitting = (f for f in candidates if fits(rule, pattern, [*chosen, f], now))
            if pattern.negated:
                if next(iter(fitting), None) is None:
                    yield from extend([*chosen, None])
                return
            for fact in fitting:
                yield from extend([*chosen, fact])

        yield from extend([])


def fits(rule: CompiledRule, pattern: CompiledPattern, chosen: list[Fact | None], now: datetime) -> bool:
    """Return whether the last of *chosen* fits *pattern* beside the others: every conjunct holds, or may be missing and is."""
    data: list[Data | None] = [None if f is None else f.data for f in chosen]
    own = data[-1]
    data += [None] * (len(rule.patterns) - len(data))
    for conjunct in pattern.conjuncts:
        if conjunct.strict(*data, rule.parameters, now):
            continue
        lenient = rule.on_missing is not OnMissing.SKIP and not pattern.negated
        if lenient and own is not None and any(is_missing(own, path) for path in conjunct.missing):
            continue
        return False
    return True
