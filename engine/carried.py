"""What a session carries from one fact to the next, as its parts share it. It decides nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.admission.schema import compile_schema, schema_faults
from engine.coordination import (
    ANSWER,
    HOLD,
    SAID,
    SHELVING,
    SOURCE,
    Board,
    Desk,
    HoldLedger,
    Keeping,
    is_said_in_vain,
)
from engine.decisions import Fact, Warned
from engine.matching import Match, Matcher, Standing, WorkingMemory
from engine.matching.memory import Change, MatchKey, is_of, match_name
from engine.model import CONFIRMATION
from engine.repeating import Repeats
from engine.retractions import Retractions
from engine.rulebook import RuleBook
from engine.snapshot import Saved
from engine.waits import SavedWaits, Waits
from engine.windows import Windows


@dataclass(slots=True)
class Carried:
    """What a session carries from one fact to the next."""

    book: RuleBook
    memory: WorkingMemory
    matcher: Matcher
    state_types: frozenset[str]
    desk: Desk
    board: Board
    keeping: Keeping
    longest: int
    """Stages of rules: no chain without a ring in it is longer."""
    windows: Windows | None = None
    waits: Waits | None = None
    repeats: Repeats = field(default_factory=Repeats)
    standing: Standing = field(default_factory=Standing)
    ledger: HoldLedger = field(default_factory=HoldLedger)
    retractions: Retractions = field(default_factory=Retractions)
    validators: dict[str, Any] = field(default_factory=dict)
    answered: set[tuple[str, str, int]] = field(default_factory=set)
    """Rows of decision tables that have answered since the session began, each with rule set and rule: not kept."""

    def saved(self, clock: datetime | None, tallies: list[Any]) -> Saved:
        """Return all of it for a snapshot, with what the clock says and what the contracts of the flows keep."""
        memory, rules = self.memory, {rule.ordinal: rule.name for rule in self.book.matched}
        states = [
            fact
            for name, facts in sorted(memory.states.items())
            if name != HOLD and name in self.book.fact_types
            for fact in facts.values()
        ]
        windows = self.windows
        return Saved(
            self.book.digest,
            clock,
            states,
            list(self.ledger.placed()),
            [(rules[ordinal], keys, rows) for ordinal, keys, rows in self.standing],
            self.retractions.saved(),
            self.retractions.forgotten(),
            list(memory.lasting.saved()),
            [] if windows is None else windows.saved(),
            [] if windows is None else windows.counted(),
            None if self.waits is None else self.waits.saved(),
            self.repeats.saved(),
            self.repeats.same(self.book),
            self.desk.saved(),
            tallies,
            self.board.saved(),
            self.keeping.genealogy.saved(),
        )

    def load(self, saved: Saved) -> None:
        """Take in what was *saved*, where nothing has been taken in yet; see Session.restore."""
        book, memory, clock, is_changed = (
            self.book,
            self.memory,
            saved.clock,
            saved.digest != self.book.digest,
        )
        self.ledger = HoldLedger(saved.holds)
        self.desk.load(saved.desk)
        self.board.load(saved.board)
        self.keeping.genealogy.load(saved.made)
        self.retractions.load(saved.gone, saved.forgotten)
        true = self._load_states(saved)
        rules = {rule.name: rule for rule in book.matched if rule.event is None}
        for name, fact_keys, rows in saved.standing:
            rule = rules.get(name)
            if rule is None or not is_of(rule, fact_keys):
                continue
            held = tuple(None if k is None else memory.states[k[0]].get(k[1]) for k in fact_keys)
            is_gone = any(fact is None and key is not None for fact, key in zip(held, fact_keys, strict=True))
            if not is_gone and (not is_changed or (rule.until is not None and rule.table is None)):
                self.standing.put((rule.ordinal, fact_keys, rows), Match(rule, held, rows))
        if is_changed:
            for key, match in true.items():
                self.standing.put(key, match)
        if self.waits is not None and clock is not None:
            self.waits.load(saved.waits or SavedWaits(), clock, list(self.standing))
        self.repeats.load(saved.repeats, book, saved.same)
        if self.desk.shelf and clock is not None:
            stand = {match_name(self.standing.get(key), key) for key in self.standing}
            self.desk.stop_others(stand, clock)
        if is_changed and clock is not None:
            self.desk.take_up(clock)

    def _load_states(self, saved: Saved) -> dict[MatchKey, Match]:
        """Fill the empty memory with the states of *saved* and return the matches of states that hold then."""
        memory, lasting, clock = self.memory, self.memory.lasting, saved.clock
        true: dict[MatchKey, Match] = {}
        last: datetime | None = None

        def apply(change: Change, now: datetime) -> None:
            found, _ = self.matcher.apply(change, Standing(), now)
            true.update((memory.match_key(m), m) for m in found)

        for fact in (*saved.states, *saved.holds):
            if fact.type not in self.state_types:
                continue
            key = self.book.key_of(fact)
            try:
                memory.states[fact.type][key] = fact
            except TypeError:  # what is its key now was a list or a context
                continue
            lasting.change(fact.type, key, fact, fact.time)
            last = fact.time
            apply(Change(fact.type, key, None, fact), fact.time)
        if clock is not None:
            for fact_type, key in lasting.load(saved.lasting, clock):
                held = memory.states[fact_type][key]
                apply(Change(fact_type, key, held, held), clock)
        if self.windows is not None and clock is not None:
            last = clock
            for change in self.windows.load(saved.windows, clock):
                if change.new is not None:
                    memory.states[change.type][change.key] = change.new
                apply(change, clock)
        return {
            key: match for key, match in true.items() if last is not None and self.matcher.holds(match, last)
        }

    def keep(self, fact: Fact) -> Change | None:
        """Let state *fact* be held, or let its retraction end what is held; return what has changed."""
        states, key = self.memory.states[fact.type], self.book.key_of(fact)
        old = states.get(key)
        if fact.op != "retract":
            if self.retractions:
                self.retractions.end(fact.type, key)
            states[key] = fact
            return Change(fact.type, key, old, fact)
        if fact.source != SOURCE:  # what Lineside ends itself does not come back under the same key
            self.retractions.note(fact.type, key, fact.time)
        if old is None:
            return None
        del states[key]
        return Change(fact.type, key, old, None)

    def held(self, fact: Fact) -> Fact | None:
        """Return the version held now of the state that *fact* tells, if there is one."""
        return self.memory.states[fact.type].get(self.book.key_of(fact))

    def is_stale(self, fact: Fact) -> bool:
        """Return whether state *fact* is older than the version held, or than its retraction."""
        held = self.held(fact)
        if held is not None:
            return held.time > fact.time
        return bool(self.retractions) and self.retractions.is_older(fact, self.book.key_of(fact))

    def doubt(self, fact: Fact) -> Warned | None:
        """Return what is to be told of state *fact*, which is not stale: a newer retraction may be forgotten."""
        if not self.retractions.is_full or self.held(fact) is not None:
            return None
        return self.retractions.doubt(fact, self.book.key_of(fact), self.book)

    def faults_of(self, fact_type: str, data: dict[str, Any]) -> list[str]:
        """Return what keeps *data*, which a rule computed, from being a fact of *fact_type*."""
        declared = self.book.fact_types[fact_type]
        validator = self.validators.get(fact_type)
        if validator is None:
            validator = self.validators[fact_type] = compile_schema(declared.schema)
        if validator.is_valid(data):
            return []
        found = [fault for error in validator.iter_errors(data) for fault in schema_faults(error, declared)]
        return [f"{fault.pointer} {fault.message}" for fault in found[:3]]


def heard_types(carried: Carried) -> frozenset[str]:
    """Return the types of facts that are heard before rules are asked: what people say, and what was made from what."""
    heard = {ANSWER, SHELVING}
    if carried.book.dispositions or is_said_in_vain(carried.book):
        heard.add(SAID)
    if carried.keeping.genealogy:
        heard.add(CONFIRMATION)
    return frozenset(heard)


def beside_events(book: RuleBook, states: frozenset[str], waits: Waits | None) -> frozenset[str]:
    """Return those of the types *states* that rules read beside an event only, or not at all: a change of one fires nothing."""
    found = {name for name in states if waits is None or not waits.reads(name)}
    for rule in book.matched:
        read = (p for p in rule.patterns if rule.event is None or p.lasting is not None)
        found.difference_update(pattern.fact_type for pattern in read)
    return frozenset(found)
