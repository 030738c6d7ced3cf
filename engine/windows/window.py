"""One window of one rule: its groups, which facts they take in, when what is in them changes by time alone.

A sliding window holds at a time t what counts in (t - within, t]. Where its rule set allows for lateness, and `having` may come
true by an event that leaves, it looks back by so much: at t it is what it was at t - lateness, whatever the order in which its
events came. A window that counts by shift or day has a group for each, from its first fact until it is over.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from engine.calendars import NEVER, Lapse, OutOfReach, Periods, ShiftPeriod
from engine.decisions import Fact, Warned, format_time
from engine.matching.lasting import TOO_LATE
from engine.matching.memory import Change
from engine.model import PERIOD
from engine.rulebook import CompiledPattern, CompiledRule, CompiledWindow, Data, Key, plain_key
from engine.windows.fading import Fading
from engine.windows.group import MOST_FACTS, Entry, Group

WINDOW_FULL = "window-full"
OUTSIDE_SHIFTS = "outside-shifts"

_NO_TIME = timedelta()


class Window:
    """What is the same of all windows."""

    __slots__ = (
        "_asked",
        "_plainly",
        "events",
        "fading",
        "groups",
        "has_periods",
        "late",
        "of",
        "pattern",
        "rule",
    )

    def __init__(
        self, rule: CompiledRule, pattern: CompiledPattern, of: CompiledWindow, *, plainly: bool
    ) -> None:
        self.rule = rule
        self.pattern = pattern
        self.of = of
        self.events = of.events
        self.late = rule.lateness or _NO_TIME
        self.groups: dict[Key, Group] = {}
        self._plainly = plainly or of.quick is None
        self._asked: Data = {"count": 0, "running": ()}
        """What *quick* is given where it reads nothing else."""
        self.fading: Fading | None = None
        """Where nothing comes of a fact that leaves a group of which `having` is not true: it may leave unheard."""
        self.has_periods = False
        """Whether it counts by shift or day."""

    def values_of(self, data: Data) -> Key | None:
        """Return the values that tell which group a fact belongs to; None where it lacks one of them."""
        per = self.of.per
        key = tuple([v if (v := data.get(name)).__class__ is str else _key_part(v) for name in per])
        return None if None in key else key

    def admits(self, fact: Fact) -> bool:
        """Return whether *fact*, which carries the constants, goes in."""
        local = self.events.local
        return local is None or local(fact.data, self.rule.parameters, fact.time)

    def refusal(self, entry: Entry) -> Warned | None:
        """Return why a fact that goes in does not count after all, or None where it does."""
        raise NotImplementedError

    def key_of(self, values: Key, time: datetime) -> Key:
        """Return the key of the group of *values* for a fact that counts at *time*, which is not refused."""
        raise NotImplementedError

    def take(self, key: Key, entry: Entry, clock: datetime) -> tuple[Group, Warned | None]:
        """Take a fact in, or let it wait; return its group, and the warning if there were too many."""
        group = self.groups.get(key)
        if group is None:
            group = self.groups[key] = Group(() if self._plainly else self.of.running)
            self.put(group, entry, clock)
            if self.fading is not None:
                self.fading.put(self, key, group)
        else:
            self.forget(group, clock)
            self.put(group, entry, clock)
        if len(group) + len(group.waiting) <= MOST_FACTS:
            return group, None
        group.drop_first()
        return group, full(self, entry[2])

    def put(self, group: Group, entry: Entry, clock: datetime) -> None:
        """Let *group* take a fact in, or keep it until its time."""
        raise NotImplementedError

    def is_over(self, entry: Entry, clock: datetime) -> bool:
        """Return whether a fact that counted has stopped to count by *clock*."""
        raise NotImplementedError

    def dues(self, group: Group) -> tuple[datetime, datetime]:
        """Return when *group* changes by time alone, and when that may change what is decided; NEVER where it does not."""
        raise NotImplementedError

    def forget(self, group: Group, clock: datetime) -> None:
        """Let the facts go that have left *group* unheard by *clock*."""

    def empties(self, group: Group) -> datetime:
        """Return when all facts that are in *group* now will have left it."""
        raise NotImplementedError

    def fall_due(self, key: Key, group: Group, now: datetime) -> Change | None:
        """Let *group* change as it does by *now*; return what has changed."""
        raise NotImplementedError

    def change(self, key: Key, group: Group, now: datetime) -> Change | None:
        """Return what has changed, now that facts came into *group* or left it."""
        old, new = group.state, None
        if len(group):
            new = self.state(key, group, now, anyway=self.of.stays)
        elif not group.waiting:
            del self.groups[key]
        if old is None and new is None:
            return None
        group.state = new
        return Change(self.pattern.fact_type, key, old, new)

    def judge(self, group: Group, now: datetime) -> bool:
        """Return whether `having` is true of *group*, of which nothing is read but what is kept."""
        asked, quick = self._asked, self.of.quick
        assert quick is not None  # noqa: S101 - else nothing is kept
        asked["running"] = group.running
        asked["count"] = len(group)
        return quick(asked, self.rule.parameters, now)

    def state(self, key: Key, group: Group, now: datetime, *, anyway: bool) -> Fact | None:
        """Return the state that tells of *group*: where `having` is true of it, or *anyway*."""
        of = self.of
        is_kept = of.is_kept and not self._plainly
        holds = is_kept and self.judge(group, now)
        if is_kept and not holds and not anyway:
            return None
        facts = group.facts()
        last = facts.last
        data = {"key": key, "per": {name: last.data.get(name) for name in of.per}, "facts": facts}
        if group.shown is not None:
            data[PERIOD] = group.shown
        if is_kept:
            pass
        elif self._plainly or of.quick is None:
            holds = of.having(data, self.rule.parameters, now)
        else:
            holds = of.quick(
                {**data, "count": len(group), "running": group.running}, self.rule.parameters, now
            )
        if not holds and not anyway:
            return None
        data["holds"] = holds
        if of.told and not self._plainly:
            data["told"] = [group.running[at].result for at in of.told]
        return Fact(last.source, last.id, self.pattern.fact_type, last.time, data)


class SlidingWindow(Window):
    """A window in which each fact counts for a while."""

    __slots__ = ("_span", "_waits", "_within")

    def __init__(
        self,
        rule: CompiledRule,
        pattern: CompiledPattern,
        of: CompiledWindow,
        within: Lapse,
        fading: Fading,
        *,
        plainly: bool,
    ) -> None:
        super().__init__(rule, pattern, of, plainly=plainly)
        self._within = within
        self._span = within.duration if within.calendar is None else None
        if of.wanes and of.is_kept and not of.stays and not self._plainly:
            self.fading = fading
        self._waits = bool(self.late) and not of.wanes
        if not self._waits:
            self.late = _NO_TIME

    def refusal(self, entry: Entry) -> Warned | None:
        time, _, fact, clock = entry
        if time == clock:
            return None
        allowed = self.rule.lateness
        if allowed is not None and time < clock - allowed:
            return _refused(
                self, fact, f"it came later than is allowed for, when it was {format_time(clock)}"
            )
        over = self._within.after(time)
        if not self._waits and over <= clock:
            return _refused(self, fact, f"it left the window at {format_time(over)}, before it came")
        return None

    def key_of(self, values: Key, time: datetime) -> Key:  # noqa: ARG002
        return values

    def put(self, group: Group, entry: Entry, clock: datetime) -> None:
        if self._waits and entry[0] + self.late > clock:
            group.wait(entry, entry[0] + self.late)
        else:
            group.put(entry)

    def is_over(self, entry: Entry, clock: datetime) -> bool:
        return self._behind(self._within.after(entry[0])) <= clock

    def dues(self, group: Group) -> tuple[datetime, datetime]:
        if self.fading is not None and group.state is None:
            return NEVER, NEVER
        due = group.leaves(self._within) if len(group) else NEVER
        if self._waits:
            due = self._behind(due)
            if group.waiting:
                due = min(due, group.waiting[0][0])
            return due, due
        return due, due if group.state is not None or not self.of.wanes else NEVER

    def forget(self, group: Group, clock: datetime) -> None:
        if self.fading is None:
            return
        if self._span is None:
            group.drop_until(clock, self._within)
            return
        try:
            horizon = clock - self._span
        except OverflowError:
            return
        group.drop_through(horizon)

    def empties(self, group: Group) -> datetime:
        return self._within.after(group.last_time)

    def fall_due(self, key: Key, group: Group, now: datetime) -> Change | None:
        group.drop_until(now - self.late, self._within)
        group.put_waiting(now)
        return self.change(key, group, now)

    def _behind(self, time: datetime) -> datetime:
        """Return when the clock has to be where this window looks at *time*."""
        return min(time, NEVER - self.late) + self.late if self.late else time


class TumblingWindow(Window):
    """A window with a group for each shift, or each day."""

    __slots__ = ("_each",)

    def __init__(
        self,
        rule: CompiledRule,
        pattern: CompiledPattern,
        of: CompiledWindow,
        each: Periods,
        *,
        plainly: bool,
    ) -> None:
        super().__init__(rule, pattern, of, plainly=plainly)
        self._each = each
        self.has_periods = True

    def refusal(self, entry: Entry) -> Warned | None:
        time, _, fact, clock = entry
        period = self._each.at(time)
        if period is None:
            message = f"{fact.type} of {format_time(fact.time)} is not counted: no shift is on then"
            return warned(self, OUTSIDE_SHIFTS, message)
        if isinstance(period, OutOfReach):
            message = f"{fact.type} of {format_time(fact.time)} is not counted: {period.why}"
            return warned(self, OUTSIDE_SHIFTS, message)
        if self._over(period) <= clock:
            what = f'the shift "{period.name}"' if period.name else f"the day {period.day}"
            return _refused(
                self, fact, f"{what} was closed at {format_time(self._over(period))}, before it came"
            )
        return None

    def key_of(self, values: Key, time: datetime) -> Key:
        period = self._each.at(time)
        assert isinstance(period, ShiftPeriod)  # noqa: S101 - a fact outside is refused
        return (*values, format_time(period.start))

    def put(self, group: Group, entry: Entry, clock: datetime) -> None:  # noqa: ARG002
        if group.period is None:
            period = self._each.at(entry[0])
            assert isinstance(period, ShiftPeriod)  # noqa: S101 - a fact outside is refused
            group.period = period
            group.shown = self._each.value(period)
        group.put(entry)

    def is_over(self, entry: Entry, clock: datetime) -> bool:
        period = self._each.at(entry[0])
        return not isinstance(period, ShiftPeriod) or self._over(period) <= clock

    def change(self, key: Key, group: Group, now: datetime) -> Change | None:
        return None if self.of.at_end else super().change(key, group, now)

    def dues(self, group: Group) -> tuple[datetime, datetime]:
        due = NEVER if group.period is None else self._over(group.period)
        return due, due if self.of.at_end or group.state is not None else NEVER

    def fall_due(self, key: Key, group: Group, now: datetime) -> Change | None:
        """Close the group: what it came to stands for a moment where it is looked at now, and is gone where it was before."""
        del self.groups[key]
        old = group.state
        new = self.state(key, group, now, anyway=False) if self.of.at_end else None
        return None if old is None and new is None else Change(self.pattern.fact_type, key, old, new)

    def _over(self, period: ShiftPeriod) -> datetime:
        return min(period.end, NEVER - self.late) + self.late


def window_of(rule: CompiledRule, fading: Fading, *, plainly: bool) -> Window | None:
    """Return the window of *rule*, empty, if it has one; it may let facts leave unheard by *fading*."""
    pattern = None if rule.window is None else rule.patterns[rule.window]
    of = None if pattern is None else pattern.window
    if pattern is None or of is None:
        return None
    if of.each is not None:
        return TumblingWindow(rule, pattern, of, of.each, plainly=plainly)
    assert of.within is not None  # noqa: S101 - it has one of the two
    return SlidingWindow(rule, pattern, of, of.within, fading, plainly=plainly)


def full(window: Window, fact: Fact) -> Warned:
    """Return the warning of a group with too many facts."""
    message = f"more than {MOST_FACTS:,} facts of {fact.type} in one window; the oldest is left out"
    return warned(window, WINDOW_FULL, message)


def warned(window: Window, code: str, message: str) -> Warned:
    """Return a warning that stands where *window* is written."""
    source = window.rule.source.patterns[window.pattern.position]
    place = source.span if source.window is None else source.window.span
    return Warned(window.rule.name, str(place), source.alias, code, message)


def _refused(window: Window, fact: Fact, why: str) -> Warned:
    return warned(window, TOO_LATE, f"{fact.type} of {format_time(fact.time)} is not counted: {why}")


def _key_part(value: Any) -> Any:
    """Return *value* as it stands in a group's key: equal numbers in one form."""
    plain = plain_key(value)
    return plain.normalize() if type(plain) is Decimal else plain
