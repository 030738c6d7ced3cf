"""The session: the fold of facts and time into decisions.

Facts come in one at a time, already admitted and none twice; outcomes go out. It reads no clock (time comes with the facts),
does no I/O, and stores nothing beyond the current states, the standing matches and the standing holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from engine.agenda import Agenda
from engine.carried import Carried, beside_events, heard_types
from engine.composition import compose
from engine.contracts import Contracts
from engine.coordination import (
    Board,
    Case,
    Desk,
    Keeping,
    Waiting,
)
from engine.decisions import ACCEPTED, STALE, Decision, Explanation, Fact, Missing, Outcome, Warned
from engine.doubts import Doubts
from engine.explaining import explain_decision
from engine.falling import Falling
from engine.losses import Loss, losses_of
from engine.matching import Match, WorkingMemory
from engine.matching import matcher as make_matcher
from engine.matching.absences import Absences
from engine.matching.lasting import late_warnings
from engine.matching.memory import Change
from engine.matching.native import Entry, NativeMatcher
from engine.model import Kind
from engine.plain import Hold, Look, Why, fire_each, fire_plain, short_ways, whys_of
from engine.rulebook import CompiledRule, RuleBook
from engine.snapshot import Saved, read_snapshot, write_snapshot
from engine.waits import Wait, waits_of
from engine.windows import windows_of

CLOCK = "clock"
"""The type of the fact that says only what time it is; Lineside's own, and declared nowhere."""


class Session:
    """What the engine carries between facts, for one partition.

    `submit` is deterministic: the same facts in the same order give equal outcomes, ids included, whichever matcher is used
    and however often the session was saved and restored between them.
    """

    def __init__(self, book: RuleBook, matcher: str = "native") -> None:
        self.book = book
        self.clock: datetime | None = None
        self.losses: tuple[Loss, ...] = ()
        """What did not come along where it was restored under another rule book."""
        memory = WorkingMemory(book)
        states = frozenset(name for name, t in book.fact_types.items() if t.kind is Kind.STATE)
        plainly = matcher == "naive"
        desk = Desk(book, memory.states)
        made = make_matcher(matcher, book, memory)
        self._carried = Carried(
            book,
            memory,
            made,
            states,
            desk,
            Board(book, desk),
            Keeping(book, desk),
            longest=sum(max(1, len(rule.stages)) for rule in book.rules),
            windows=windows_of(book, plainly=plainly),
            waits=waits_of(book, plainly=plainly),
        )
        self._falling = Falling(self._carried)
        self._contracts = Contracts(book, memory.states)
        self._quiet = beside_events(book, states, self._carried.waits) - self._contracts.types
        self._absences = Absences(book)
        self._doubts = Doubts(book)
        self._heard = heard_types(self._carried)
        self._watched = frozenset(self._absences.types | self._doubts.types)
        elsewhere = self._heard | self._contracts.types
        self._looks: dict[str, Look] = {}
        self._holds: dict[str, Hold] = {}
        if isinstance(made, NativeMatcher):
            self._looks, self._holds = short_ways(self._carried, made, self._quiet, elsewhere)
        for name in self._watched & self._holds.keys():
            del self._holds[name]
        self._watching = {name: self._looks.pop(name) for name in self._watched & self._looks.keys()}
        """Of events of which something may be told beside what is decided, the same as in *looks*."""
        self._is_timed = bool(self._falling)  # something may fall due with every fact
        self._times = desk.timers.times
        self._silences = desk.shelf.silences
        self._made: tuple[Decision, ...] = ()
        """What was decided last."""
        self._made_of: Sequence[Why] | Sequence[Entry] | Entry = ()

    def submit(self, fact: Fact, received: datetime | None = None) -> Outcome:
        """Take in *fact* and return what was decided.

        The clock moves to the fact's time, but not beyond *received*, when it came: a sender whose clock is ahead does not
        make anything fall due. A fact of type CLOCK moves the clock and does nothing else, so that a tick can be stored as what
        it is. The caller has admitted it (its data fits its type) and gives each (source, id) once. A state fact older than the
        one held, or than its retraction, is stale: it changes nothing. Raises ChainUnending where the fact sets off more than
        a fact may; the session is then half changed, and the caller goes back to a snapshot.
        """
        now = fact.time
        to = now if received is None or now <= received else received
        look = self._looks.get(fact.type)
        hold = self._holds.get(fact.type) if look is None else None
        if self._silences or fact.op != "assert" or (look is None and hold is None):
            is_tick = fact.type == CLOCK
            due = self._move_clock(to, through=is_tick)
            if is_tick:
                return self._outcome(fact, ACCEPTED, due=due)
            return self._take(fact, now, due)
        if self._is_timed or self._times:
            if due := self._move_clock(to):
                return self._take(fact, now, due)
        elif self.clock is None or to > self.clock:
            self.clock = to
        if look is not None:
            found = look(fact.data)
            if found.__class__ is Entry:
                fire = found.fire  # all that is done for most facts that concern a rule
                if fire is not None:
                    if (made := fire(found, fact, now)) is None:
                        return self._decide_matched((found,), fact)
                    self._made, self._made_of = made, found
                    return Outcome(fact, ACCEPTED, made)
            elif found is None:
                self._made = ()
                return Outcome(fact, ACCEPTED)
            return self._decide(found, fact, now)
        if hold is None or (status := hold(fact, now)) is None:
            return self._take(fact, now, ())
        self._made = ()
        return Outcome(fact, status)

    def _decide(
        self,
        found: Any,
        fact: Fact,
        now: datetime,
        missing: tuple[Missing, ...] = (),
        warnings: tuple[Warned, ...] = (),
    ) -> Outcome:
        """Decide on event *fact* by the rules *found* (see Look): each by its own function, if all have one."""
        native = self._carried.matcher
        assert isinstance(native, NativeMatcher)  # noqa: S101 - no other finds rules so
        made: tuple[Decision, ...] | None
        made_of: Sequence[Entry] | Entry
        holding: Sequence[Entry]
        if found.__class__ is Entry and found.fire is not None:
            made, made_of, holding = found.fire(found, fact, now), found, (found,)
        else:
            holding = native.holding((found,) if found.__class__ is Entry else found or (), fact.data, now)
            made, made_of = fire_each(holding, fact, now) if holding else ((), ())
        if made is None:
            return self._decide_matched(holding, fact, missing, warnings)
        self._made, self._made_of = made, made_of
        return Outcome(fact, ACCEPTED, made, (), (), missing, warnings)

    def _decide_matched(
        self,
        holding: Sequence[Entry],
        fact: Fact,
        missing: tuple[Missing, ...] = (),
        warnings: tuple[Warned, ...] = (),
    ) -> Outcome:
        """Decide on event *fact* by its matches with the rules that are *holding*."""
        native = self._carried.matcher
        assert isinstance(native, NativeMatcher)  # noqa: S101 - no other finds rules so
        return self._decide_longer(native.matches(holding, fact, fact.time), fact, missing, warnings)

    def _decide_longer(
        self,
        matches: list[Match],
        fact: Fact,
        missing: tuple[Missing, ...],
        warnings: tuple[Warned, ...],
        due: Sequence[Agenda] = (),
    ) -> Outcome:
        """Decide on event *fact* by its *matches*, its windows and what waits for it, after what fell *due* before it."""
        carried, now = self._carried, fact.time
        changes: Sequence[Change] = ()
        if carried.windows is not None:
            changes, told = carried.windows.take(fact, now)
            if told:
                warnings = (*warnings, *told)
        waits = carried.waits
        is_awaited = waits is not None and waits.reads(fact.type)
        if not matches and not changes and not is_awaited:  # most events concern no rule
            return self._outcome(fact, ACCEPTED, missing, warnings, due)
        is_alone = not (changes or is_awaited or carried.desk.shelf)
        if is_alone and not due and (fired := fire_plain(carried, matches, fact, now)) is not None:
            decisions, whys = fired
            made = compose(decisions)
            self._made, self._made_of = made, whys
            return Outcome(fact, ACCEPTED, made, (), (), missing, warnings)
        agenda = Agenda(carried, fact, now)
        if is_alone and all(match.rule.is_final for match in matches):
            agenda.fire_all(matches)  # most that do change nothing for another
            return self._outcome(fact, ACCEPTED, missing, warnings, due, last=agenda)
        agenda.take_event(fact, matches, changes)
        agenda.settle()
        return self._outcome(fact, ACCEPTED, missing, warnings, due, last=agenda)

    def _take(self, fact: Fact, now: datetime, due: Sequence[Agenda]) -> Outcome:
        """Take in *fact* the longer way, after what fell *due* before it."""
        missing: tuple[Missing, ...] = ()
        warnings: tuple[Warned, ...] = ()
        carried = self._carried
        if fact.type in self._watched:
            missing, warnings = self._absences.of(fact), self._doubts.of(fact, now)
            look = self._watching.get(fact.type)
            if look is not None and not (due or self._silences) and fact.op == "assert":
                return self._decide(look(fact.data), fact, now, missing, warnings)
        if fact.type in carried.state_types:
            if carried.is_stale(fact):
                return self._outcome(fact, STALE, missing, warnings, due)
            if (doubt := carried.doubt(fact)) is not None:
                warnings = (*warnings, doubt)
            if fact.type in self._quiet:  # nothing fires
                change = carried.keep(fact)
                if change is not None:
                    carried.matcher.apply(change, carried.standing, now)
                return self._outcome(fact, ACCEPTED, missing, warnings, due)
            agenda = Agenda(carried, fact, now)
            if carried.memory.lasting.waits and self.clock is not None:
                warnings = (
                    *warnings,
                    *late_warnings(carried.memory.lasting, fact, self.book.key_of(fact), self.clock),
                )
                agenda.settle_before(fact, min(now, self.clock))
            agenda.take(fact)
        elif fact.op != "assert":
            raise ValueError(f"{fact.type} is an event; only a state can be retracted")
        elif fact.type in self._heard:
            agenda = Agenda(carried, fact, now)
            agenda.hear(fact)
            agenda.take(fact)
        elif fact.type in self._contracts.types:
            agenda = Agenda(carried, fact, now)
            agenda.take(fact)
        else:
            matches = carried.matcher.on_event(fact, now)
            return self._decide_longer(matches, fact, missing, warnings, due)
        if fact.type in self._contracts.types:  # what is found is known before any rule fires
            for found in self._contracts.look_at(fact, carried.ledger):
                agenda.derive(found)
        agenda.settle()
        return self._outcome(fact, ACCEPTED, missing, warnings, due, last=agenda)

    def _move_clock(self, to: datetime, *, through: bool = False) -> Sequence[Agenda]:
        """Move the clock to *to* if it is later; return the settled agendas of what fell due on the way, in order of time."""
        clock = self.clock
        if clock is not None and to < clock:
            return ()
        due = self._falling.pass_to(clock, to, through=through) if self._falling else ()
        self.clock = to
        return due

    def _outcome(
        self,
        fact: Fact | None,
        status: str,
        missing: tuple[Missing, ...] = (),
        warnings: tuple[Warned, ...] = (),
        due: Sequence[Agenda] = (),
        *,
        last: Agenda | None = None,
    ) -> Outcome:
        if last is None and not due:  # as for most facts
            self._made = ()
            return Outcome(fact, status, (), (), (), missing, warnings)
        only = last if not due else due[0] if last is None and len(due) == 1 else None
        if only is not None:
            if only.warnings:
                warnings = (*warnings, *only.warnings)
            made = compose(only.decisions)
            self._made, self._made_of = made, only.whys
            fell_due = len(only.decisions) if due else 0
            derived, cleared = tuple(only.derived), tuple(only.cleared)
            return Outcome(fact, status, made, derived, cleared, missing, warnings, fell_due)
        agendas = due if last is None else (*due, last)
        if any(agenda.warnings for agenda in agendas):
            warnings = (*warnings, *(warned for agenda in agendas for warned in agenda.warnings))
        # what fell due at one time is composed apart from what fell due at another
        decisions = tuple(d for agenda in agendas for d in compose(agenda.decisions))
        self._made, self._made_of = decisions, [why for agenda in agendas for why in agenda.whys]
        derived = tuple([one for agenda in agendas for one in agenda.derived])
        cleared = tuple([one for agenda in agendas for one in agenda.cleared])
        fell_due = sum(len(agenda.decisions) for agenda in due)
        return Outcome(fact, status, decisions, derived, cleared, missing, warnings, fell_due)

    def next_due(self) -> datetime | None:
        """Return the next time at which something falls due though no fact comes; None where nothing is awaited."""
        return self._falling.next_due()

    def window_of(self, rule: CompiledRule, fact: Fact) -> Fact | None:
        """Return the state of the window of *rule* that *fact* belongs to, whether `having` is true of it or not."""
        assert self._carried.windows is not None  # noqa: S101 - the rule has a window
        return self._carried.windows.state_of(rule, fact)

    def not_counted(self, rule: CompiledRule, fact: Fact) -> str:
        """Return why *fact*, which came last, does not count in the window of *rule*, or "" where it does."""
        assert self._carried.windows is not None  # noqa: S101 - the rule has a window
        return self._carried.windows.not_counted(rule, fact)

    def has_lasted(self, rule: CompiledRule, position: int, fact: Fact) -> bool:
        """Return whether the condition of the pattern at *position* has held for state *fact* for as long as it must."""
        return self._carried.memory.lasting.is_ripe(rule, position, self.book.key_of(fact))

    def waits_of(self, rule: CompiledRule) -> tuple[Wait, ...]:
        """Return the open waits of *rule*, step by step in the order of their begin."""
        waits = self._carried.waits
        return () if waits is None else tuple(waits.of(rule))

    def ended_by(self, rule: CompiledRule, fact: Fact) -> tuple[Wait, ...]:
        """Return the waits of *rule* that *fact*, which came last, was waited for by, and has ended."""
        waits = self._carried.waits
        return () if waits is None else waits.ended_by(rule, fact)

    def advance(self, to: datetime, *, through: bool = True) -> Outcome:
        """Move the clock to *to* if it is later, and return what fell due on the way: in its order, each at its own time.

        Without *through*, facts of the time *to* are still to come, and what is waited for until then still may.
        """
        return self._outcome(None, ACCEPTED, due=self._move_clock(to, through=through))

    def explain(self, outcome: Outcome) -> tuple[Explanation, ...]:
        """Return why each decision of *outcome* was made; ValueError where it is not the last outcome of this session."""
        if not outcome.decisions:
            return ()
        if outcome.decisions is not self._made:
            raise ValueError("only the last outcome of a session can be explained by it")
        whys = whys_of(self._made_of, outcome.fact)
        return tuple(
            explain_decision(self.book, match, decision, missing)
            for decision, (match, missing) in zip(outcome.decisions, whys, strict=False)
        )

    def holds(self) -> tuple[Fact, ...]:
        """Return the `hold` facts that stand, by hold_id."""
        return self._carried.ledger.standing()

    def cases(self) -> tuple[Case, ...]:
        """Return the cases that are not closed, in the order they were opened."""
        return self._carried.desk.cases()

    def case(self, name: str) -> Case | None:
        """Return the case of that id, if it is not closed."""
        return self._carried.desk.case(name)

    def waiting(self) -> tuple[Waiting, ...]:
        """Return the dispositions that wait for signatures, in the order in which they were first signed."""
        return self._carried.board.waiting()

    def states(self, fact_type: str) -> tuple[Fact, ...]:
        """Return the state facts of *fact_type* held now, in the order their keys first came."""
        return tuple(self._carried.memory.states.get(fact_type, {}).values())

    def answered(self) -> frozenset[tuple[str, str, int]]:
        """Return the rows of decision tables that have answered since the session was made, if only by blank outputs.

        Each has its rule set and its table before it, and counts from 1.
        """
        return frozenset(self._carried.answered)

    def snapshot(self) -> bytes:
        """Return the session as bytes that `restore` takes: JSON, the rule book named but not included."""
        return write_snapshot(self._saved())

    def _saved(self) -> Saved:
        return self._carried.saved(self.clock, self._contracts.saved())

    @classmethod
    def restore(cls, book: RuleBook, snapshot: bytes, matcher: str = "native") -> Session:
        """Return the session that *snapshot* describes, under *book*.

        Under the rule book it was taken with it carries on exactly. Under another one, facts of types that are no
        longer declared are left out, and matches of states that hold already are taken as standing: a new rule
        fires for what changes from now on, not for what was so before it came; `losses` says what did not come along.
        Cases whose ladder says something else pass over steps that are past when the clock first moves, all but the last.
        Raises ValueError where *snapshot* is not one.
        """
        saved = read_snapshot(snapshot)
        session = cls(book, matcher)
        session.clock = saved.clock
        session._contracts.load(saved.tallies, saved.states)
        session._carried.load(saved)
        if saved.digest != book.digest:
            session.losses = losses_of(saved, session._saved(), book)
        return session
