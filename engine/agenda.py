"""The agenda of one fact: which matches are to fire, in what order, and what each firing changes for the next.

It changes what the session carries (states, standing matches, holds) and collects decisions; it keeps nothing itself
once the fact is settled.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from engine.carried import Carried
from engine.coordination import (
    ANSWER,
    EXPIRY,
    REVIEW,
    SAID,
    SIGNATURE,
    SOURCE,
    TOLD,
    Consequences,
    order_of,
)
from engine.decisions import Decision, Fact, Warned, format_time
from engine.firing import conclude
from engine.matching import Match
from engine.matching.memory import Change, MatchKey, in_agenda_order, keys_text, match_name
from engine.model import CONFIRMATION
from engine.plain import MOST_DECISIONS, ChainUnending, Why
from engine.rulebook import CompiledAction, Key
from engine.waits import Happened

Made = tuple[CompiledAction | None, Decision]


class Agenda:
    """One fact and all that follows from it: what is to fire, most urgent first, and what was decided so far."""

    __slots__ = (
        "_carried",
        "_count",
        "_depth",
        "_events",
        "_happened",
        "_heap",
        "_known",
        "_opened",
        "_placed",
        "_seen",
        "_trigger",
        "cleared",
        "decisions",
        "derived",
        "now",
        "warnings",
        "whys",
    )

    def __init__(self, carried: Carried, trigger: Fact, now: datetime) -> None:
        self._carried = carried
        self._trigger = trigger
        self.now = now
        self._heap: list[tuple[int, int, int, Match]] = []
        self._depth = 0
        self._count = 0
        self._events: list[Fact] = []
        self._happened: list[Happened] = []
        self._known: dict[Any, int] = {}
        self._seen: set[Any] = set()
        self._placed: dict[tuple[str, str], Decision] = {}
        self._opened: dict[str, Decision] = {}
        self.decisions: list[Decision] = []
        self.whys: list[Why] = []
        self.derived: list[Fact] = []
        self.cleared: list[tuple[str, str]] = []
        self.warnings: list[Warned] = []

    def take(self, fact: Fact) -> None:
        """Let *fact* be known: match an event, or change the state and everything that rests on it."""
        carried = self._carried
        if fact.type not in carried.state_types:
            matches = carried.matcher.on_event(fact, self.now)
            changes, warnings = ((), ()) if carried.windows is None else carried.windows.take(fact, self.now)
            self.warnings += warnings
            self.take_event(fact, matches, changes)
            return
        change = carried.keep(fact)
        if change is None:
            return
        carried.memory.lasting.change(fact.type, change.key, change.new, self.now)
        reached = self._follow(change.new, change.old)  # before the change ends what it is waited for by
        self._settle_states(change)
        self.reach(reached)
        for event in self._events:
            self._schedule(carried.matcher.on_event(event, self.now, touching=fact.type))

    def settle_before(self, fact: Fact, time: datetime) -> None:
        """Fire what *fact*, a newer version of a state that has been so until *time*, shows to have lasted."""
        carried = self._carried
        key = carried.book.key_of(fact)
        if not carried.memory.lasting.settle_before(fact.type, key, time):
            return
        held = carried.memory.states[fact.type][key]
        for match in in_agenda_order(carried.book, self._appeared(Change(fact.type, key, held, held))):
            if self._current(match) is not None:  # what fired before may have made it untrue
                self._fire(match)

    def hear(self, said: Fact) -> None:
        """Let what a person says of holds, of cases and of what is shelved be known, before the rules that read it are asked."""
        carried, desk = self._carried, self._carried.desk
        if said.type == SAID:
            self._take_in(carried.board.sign(said, self.now, carried.ledger))
        elif said.type == CONFIRMATION:
            self._take_in(carried.keeping.confirm(said, self.now, carried.ledger))
        else:
            self._take_in(desk.answer(said, self.now) if said.type == ANSWER else desk.shelve(said, self.now))

    def fall_due(self, keys: Sequence[tuple[str, str]]) -> None:
        """Do what is due by now for holds, dispositions and cases, which *keys* name."""
        carried = self._carried
        unsigned = [name for name, what in keys if what == SIGNATURE]
        if unsigned:
            self._take_in(carried.board.fall_due(unsigned, self.now, self._trigger, carried.ledger))
        if kept := [key for key in keys if key[1] in (REVIEW, EXPIRY)]:
            self._take_in(carried.keeping.fall_due(kept, self.now, self._trigger, carried.ledger))
        others = [key for key in keys if key[1] not in (SIGNATURE, REVIEW, EXPIRY)]
        self._take_in(carried.desk.fall_due(others, self.now, self._trigger))

    def look_again(self, fact_type: str, key: Key) -> None:
        """Let the state called *key* be matched again as it is: a condition on it has lasted."""
        self._carried.memory.lasting.ripen((fact_type, key))
        fact = self._carried.memory.states[fact_type][key]
        self._settle_states(Change(fact_type, key, fact, fact))

    def take_event(self, fact: Fact, matches: list[Match], changes: Iterable[Change] = ()) -> None:
        """Let event *fact* be known, which was matched already, and what it has changed in windows."""
        self._events.append(fact)
        reached = self._follow(fact, None)
        self._schedule(matches)
        self.slide(changes)
        self.reach(reached)

    def reach(self, carriers: Iterable[Fact]) -> None:
        """Let rules have come to their next stage, each with what is bound for it so far."""
        carried = self._carried
        for carrier in carriers:
            assert carried.waits is not None  # noqa: S101 - only waits come to a stage
            alone = carried.waits.alone(carrier)
            if alone is None:
                self._events.append(carrier)
                self._schedule(carried.matcher.on_event(carrier, self.now))
            else:
                self._schedule([alone])

    def _follow(self, new: Fact | None, old: Fact | None) -> list[Fact]:
        """Let waits know what happened; return what has come a step on."""
        waits = self._carried.waits
        if waits is None or not waits.reads((new or old or self._trigger).type):
            return []
        self._happened.append((new, old))
        carriers, warned = waits.take(new, old, self.now)
        self.warnings += warned
        return carriers

    def slide(self, changes: Iterable[Change]) -> None:
        """Let windows have changed."""
        for change in changes:
            states = self._carried.memory.states[change.type]
            if change.new is None:
                states.pop(change.key, None)
            else:
                states[change.key] = change.new
            self._settle_states(change)

    def fire_all(self, matches: list[Match]) -> None:
        """Fire the matches of an event whose rules are all final: nothing they decide can change one of the others."""
        if len(matches) > 1:
            matches = in_agenda_order(self._carried.book, matches)
        for match in matches:
            if match.rule.is_effective(self.now):
                self._fire(match)

    def settle(self) -> None:
        """Fire what is on the agenda, most urgent first, until nothing is left; raises ChainUnending."""
        while self._heap:
            _, _, depth, match = heapq.heappop(self._heap)
            current = self._current(match)
            if current is None:
                continue
            if depth > self._carried.longest:  # longer than any chain without a ring in it
                raise ChainUnending(match.rule.source.name, self._trigger)
            self._depth = depth + 1
            self._fire(current)

    def _current(self, match: Match) -> Match | None:
        """Return *match* with its facts as they are now, or None where it stopped holding since it was scheduled."""
        carried = self._carried
        if match.rule.event is None:
            key = carried.memory.match_key(match)
            if key in carried.standing:
                return carried.standing.get(key)
        elif len(match.facts) == 1 or carried.matcher.holds(match, self.now):
            return match
        self._seen.discard(match.identity)  # it did not fire: it may yet, should it hold again
        return None

    def _begin(self, match: Match) -> None:
        """Let the wait begin that *match*, of a stage, leads to."""
        carried, now = self._carried, self.now
        waits = carried.waits
        assert waits is not None  # noqa: S101 - only a rule with waits has stages
        start = carried.memory.match_key(match) if match.rule.event is None else None
        wait = waits.prepare(match, now, start)
        if wait.start is not None and wait.start not in carried.standing:
            return
        if waits.asks_states(wait) and waits.is_so(wait, carried.matcher.on_event(wait.carrier, now)):
            return
        known = self._known.get(match.identity, len(self._happened))
        reached, warned = waits.open(wait, now, self._happened[:known], self._happened[known:])
        self.warnings += warned
        self.reach(reached)

    def _fire(self, match: Match) -> None:
        carried, now = self._carried, self.now
        if match.rule.is_stage:
            assert carried.waits is not None  # noqa: S101 - as above
            if carried.waits.leads_on(match):
                self._begin(match)
                return
            carrier = match.facts[0]
            assert carrier is not None  # noqa: S101 - as above
            now = max(now, carrier.time)  # what follows may have come before a late start
            match = carried.waits.whole(match)
        made, missing = conclude(carried.book, match, self._trigger, now)
        if match.rows and all(action is not None for action, _ in made):
            by = match.rule
            carried.answered.update((by.ruleset, by.name, row + 1) for row in match.rows if row >= 0)
        again = match.rule.at_most is not None
        if again:
            made = self._once(match, made, now, is_missing=bool(missing))
        begun = len(self.decisions)
        for action, decision in made:
            if decision.status == "decided" and action is not None:
                if decision.kind == "release":
                    placed = self._placed.get((decision.subject_type, decision.subject_id))
                    decision = carried.keeping.give_way(decision, placed, carried.ledger)
                elif action.fact_type is not None:
                    decision = self._fit(action.fact_type, decision)
            if len(self.decisions) >= MOST_DECISIONS:
                raise ChainUnending(match.rule.source.name, self._trigger)
            if decision.kind in ("open_case", "resolve_case"):
                self._open_or_resolve(action, match, decision, missing)
                continue
            done = None
            if carried.desk.shelf and decision.kind in TOLD and decision.status == "decided":
                done = carried.desk.begin(self._trigger, self.now)
                decision = done.hush(decision, (decision.rule,))
            self.decisions.append(decision)
            self.whys.append((match, missing))
            if decision.kind == "suppress" and decision.status == "decided" and action is not None:
                name = match_name(match, carried.memory.match_key(match))
                everywhere = action.subject is None
                done = carried.desk.suppress(decision, self._trigger, name, everywhere=everywhere)
            elif decision.status == "decided" and action is not None:
                self._carry_out(action, decision)
            if done is not None:
                self._take_in(done)
        if again:
            own = zip(self.decisions[begun:], self.whys[begun:], strict=True)
            fired = [decision for decision, (by, _) in own if by is match]
            carried.repeats.note(carried.book, match, fired, now, is_missing=bool(missing))

    def _once(self, match: Match, made: list[Made], now: datetime, *, is_missing: bool) -> list[Made]:
        """Return what a firing *made*, as repeated where its rule fired for the same too recently."""
        carried = self._carried
        decisions = carried.repeats.settle(
            carried.book, match, [decision for _, decision in made], now, is_missing=is_missing
        )
        return [(action, decision) for (action, _), decision in zip(made, decisions, strict=True)]

    def _open_or_resolve(
        self, action: CompiledAction | None, match: Match, decision: Decision, missing: tuple[str, ...]
    ) -> None:
        """Open the case of *decision*, or let it join the one that is open; or resolve those that it means."""
        done = None
        if decision.status == "decided" and action is not None:
            desk, trigger = self._carried.desk, self._trigger
            if action.case is None:
                decision, done = desk.resolve(decision, self._opened, trigger)
                if decision.status == "decided":
                    self._depth = 0  # as after a release
            else:
                owner, order = match.rule.owner, order_of(decision, match.facts)
                decision, done = desk.open(decision, action.case, trigger, owner=owner, order_id=order)
                self._opened[decision.values["case"]] = decision
        self.decisions.append(decision)
        self.whys.append((match, missing))
        if done is not None:
            self._take_in(done)

    def _take_in(self, done: Consequences) -> None:
        """Take in what followed from a step of a case."""
        self.decisions += done.decisions
        self.whys += [(None, ())] * len(done.decisions)
        for fact in done.facts:
            self.derive(fact)

    def _carry_out(self, action: CompiledAction, decision: Decision) -> None:
        """Change the session as *decision* says: what one rule holds, releases or asserts is a fact to the next."""
        carried = self._carried
        if decision.kind == "hold":
            self._placed.setdefault((decision.subject_type, decision.subject_id), decision)
            self._take_in(carried.keeping.place(decision, action.hold, carried.ledger, self._trigger))
        elif decision.kind == "release":
            self._depth = 0  # a fact ends what stood before it, each once, so a chain of ends may be as long as they are many
            ended = decision.values["holds"]
            self._take_in(carried.keeping.release(decision, ended, carried.ledger, self._trigger))
            if not carried.ledger.on(decision.subject_type, decision.subject_id):
                carried.board.forget(decision.subject_type, decision.subject_id)
        elif action.fact_type is not None:
            self.derive(Fact(SOURCE, decision.id, action.fact_type, decision.time, decision.values))

    def _fit(self, fact_type: str, decision: Decision) -> Decision:
        """Return *decision* to assert a fact, or the same as void where its data does not fit or a later state is held."""
        carried = self._carried
        faults = carried.faults_of(fact_type, decision.values)
        if not faults and fact_type in carried.state_types:
            fact = Fact(SOURCE, decision.id, fact_type, decision.time, decision.values)
            held = carried.held(fact)
            if held is not None and held.time > decision.time:
                faults = [f"a later {fact_type} is held, of {format_time(held.time)}"]
        if not faults:
            return decision
        return msgspec.structs.replace(decision, status="void", reason=f"not asserted: {'; '.join(faults)}")

    def derive(self, fact: Fact) -> None:
        """Let *fact*, which Lineside makes itself, be known."""
        self.derived.append(fact)
        carried = self._carried
        if carried.memory.lasting.waits and fact.type in carried.state_types:
            self.settle_before(fact, self.now)
        if fact.type in carried.book.fact_types:
            self.take(fact)

    def _settle_states(self, change: Change) -> None:
        self._schedule(self._appeared(change))

    def _appeared(self, change: Change) -> list[Match]:
        """Take in *change*; return the matches that stand now and did not before."""
        carried = self._carried
        standing = carried.standing
        true, false = carried.matcher.apply(change, standing, self.now)
        appeared: list[Match] = []
        for match in true:
            key = carried.memory.match_key(match)
            if key in standing:
                standing.put(key, match)
            elif match.rule.is_effective(self.now):
                standing.put(key, match)
                appeared.append(match)
        over: list[str] = []
        for key in sorted(false, key=repr) if len(false) > 1 else false:
            match = standing.get(key)
            if match.rule.until is None or self._is_cleared(match, key):
                standing.drop(key)
                if carried.waits is not None:
                    carried.waits.end(key)
                self.cleared.append((match.rule.name, keys_text(key)))
                if carried.desk.shelf:
                    over.append(match_name(match, key))
        for name in over:
            self._take_in(carried.desk.stop(name, self.now, self._trigger))
        return appeared

    def _is_cleared(self, match: Match, key: MatchKey) -> bool:
        states = self._carried.memory.states
        facts = [None if k is None else states.get(k[0], {}).get(k[1]) for k in key[1]]
        if any(fact is None and k is not None for fact, k in zip(facts, key[1], strict=True)):
            return True
        rule, windows = match.rule, self._carried.windows
        until = rule.until if windows is None or windows.plainly else rule.quick_until
        assert until is not None  # noqa: S101 - the caller looked
        return until(*(None if f is None else f.data for f in facts), rule.parameters, self.now)

    def _schedule(self, matches: list[Match]) -> None:
        if len(matches) > 1:
            matches = in_agenda_order(self._carried.book, matches)
        for match in matches:
            identity = match.identity
            if identity in self._seen or not match.rule.is_effective(self.now):
                continue
            self._seen.add(identity)
            if match.rule.is_stage:
                self._known.setdefault(identity, len(self._happened))
            heapq.heappush(self._heap, (match.rule.ordinal, self._count, self._depth, match))
            self._count += 1
