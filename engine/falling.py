"""What falls due in a session as its clock moves on, in one order under every matcher.

The clock stops wherever something falls due, earliest first. At one time, what leaves windows leaves first; then what has to
last has lasted; then what was waited for has not come. What follows from all that is one agenda, at that time, in which what is
due for cases comes last: they know what rules have decided.

A fact of a time may still be waited for at that time: a wait ends once the clock has passed its time, or says that it is so
late. A window has lost what leaves it, and a condition has lasted, at their time.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from engine.agenda import Agenda
from engine.carried import Carried
from engine.coordination import SOURCE, Desk
from engine.decisions import Fact, format_time
from engine.matching.lasting import Lasting
from engine.waits import Waits
from engine.windows import Windows


class Kind(Protocol):
    """One kind of thing that falls due."""

    def stop(self, to: datetime, *, through: bool) -> datetime | None:
        """Return the next time up to *to* at which the clock has to stop; *through* says that all of that time is over."""
        ...

    def pop(self, at: datetime, clock: datetime, *, through: bool) -> Sequence[Any]:
        """Let happen what does at *at*, while the clock stands at *clock*; return what has changed by it."""
        ...

    def tell(self, agenda: Agenda, changed: Sequence[Any]) -> None:
        """Let *agenda* know what has changed."""
        ...

    def close(self, agenda: Agenda) -> None:
        """Let be over what was there only for what follows from it, now that it has followed."""
        ...

    def arrive(self, to: datetime, *, through: bool) -> None:
        """Take in that the clock stands at *to*."""
        ...


class Falling:
    """What can fall due in a session; false where nothing ever does."""

    __slots__ = ("_carried", "_is_ever", "_kinds", "_lasting", "_moved", "_times")

    def __init__(self, carried: Carried) -> None:
        self._carried = carried
        kinds: list[Kind] = []
        if carried.windows is not None:
            kinds.append(_Leaving(carried.windows))
        self._lasting = carried.memory.lasting
        if self._lasting:
            kinds.append(_Lasted(self._lasting))
        if carried.waits is not None:
            kinds.append(_Waited(carried.waits))
        self._is_ever = bool(kinds)
        self._times, self._moved = carried.desk.timers.times, carried.desk.moved
        self._kinds = (*kinds, _Cases(carried.desk))

    def __bool__(self) -> bool:
        return self._is_ever or bool(self._times)

    def next_due(self) -> datetime | None:
        """Return the next time at which something may be decided though no fact comes."""
        carried = self._carried
        found = [self._lasting.next_due(), carried.desk.timers.next_due()]
        found += [one.next_due() for one in (carried.windows, carried.waits) if one is not None]
        return min((due for due in found if due is not None), default=None)

    def pass_to(self, clock: datetime | None, to: datetime, *, through: bool) -> list[Agenda]:
        """Move from *clock* to *to*; return the settled agendas of what fell due on the way, in order of time.

        *through* says that no fact of the time *to* comes any more, as a tick does.
        """
        if self._moved and clock is not None:
            self._carried.desk.pass_over(clock, to)
        settled: list[Agenda] = []
        while (at := self._next_stop(to, through=through)) is not None:
            clock = at if clock is None else max(at, clock)
            agenda = self._settle(at, clock, through=through or at < to)
            if agenda is not None:
                settled.append(agenda)
        for kind in self._kinds:
            kind.arrive(to, through=through)
        return settled

    def _next_stop(self, to: datetime, *, through: bool) -> datetime | None:
        """Return where the clock stops first on its way to *to*, if it does."""
        first: datetime | None = None
        for kind in self._kinds:
            at = kind.stop(to, through=through)
            if at is not None and (first is None or at < first):
                first = at
        return first

    def _settle(self, at: datetime, clock: datetime, *, through: bool) -> Agenda | None:
        agenda: Agenda | None = None
        for kind in self._kinds:
            changed = kind.pop(at, clock, through=through)
            if changed:
                if agenda is None:
                    trigger = Fact(SOURCE, f"due {format_time(at)}", "due", at, {})
                    agenda = Agenda(self._carried, trigger, at)
                kind.tell(agenda, changed)
        if agenda is not None:
            agenda.settle()
            for kind in self._kinds:
                kind.close(agenda)
        return agenda


class _Leaving:
    """Facts that leave windows, and shifts and days that are over."""

    __slots__ = ("_windows",)

    def __init__(self, windows: Windows) -> None:
        self._windows = windows

    def stop(self, to: datetime, *, through: bool) -> datetime | None:
        del through
        return self._windows.next_change(to)

    def pop(self, at: datetime, clock: datetime, *, through: bool) -> Sequence[Any]:
        del through
        self._windows.clock = clock
        left = self._windows.pop_due(at)
        return () if left is None else left[1]

    def tell(self, agenda: Agenda, changed: Sequence[Any]) -> None:
        agenda.slide(changed)

    def close(self, agenda: Agenda) -> None:
        if over := self._windows.pop_over():
            agenda.slide(over)
            agenda.settle()

    def arrive(self, to: datetime, *, through: bool) -> None:
        del through
        self._windows.arrive(to)


class _Lasted:
    """Conditions that have lasted."""

    __slots__ = ("_lasting",)

    def __init__(self, lasting: Lasting) -> None:
        self._lasting = lasting

    def stop(self, to: datetime, *, through: bool) -> datetime | None:
        del through
        return _up_to(self._lasting.next_due(), to)

    def pop(self, at: datetime, clock: datetime, *, through: bool) -> Sequence[Any]:
        del clock, through
        due = self._lasting.pop_due(at)
        return () if due is None else due[1]

    def tell(self, agenda: Agenda, changed: Sequence[Any]) -> None:
        for fact_type, key in changed:
            agenda.look_again(fact_type, key)

    def close(self, agenda: Agenda) -> None:
        """Do nothing: what has lasted goes on."""

    def arrive(self, to: datetime, *, through: bool) -> None:
        """Do nothing: what lasts knows no clock."""


class _Waited:
    """Waits for facts that did not come."""

    __slots__ = ("_waits",)

    def __init__(self, waits: Waits) -> None:
        self._waits = waits

    def stop(self, to: datetime, *, through: bool) -> datetime | None:
        due = _up_to(self._waits.next_due(), to)
        return None if due == to and not through else due

    def pop(self, at: datetime, clock: datetime, *, through: bool) -> Sequence[Any]:
        self._waits.clock = clock
        self._waits.pass_to(at, through=False)
        return self._waits.pop_due(at, through=through)

    def tell(self, agenda: Agenda, changed: Sequence[Any]) -> None:
        agenda.reach(changed)

    def close(self, agenda: Agenda) -> None:
        """Do nothing: what was waited for is over already."""

    def arrive(self, to: datetime, *, through: bool) -> None:
        self._waits.clock = to
        self._waits.pass_to(to, through=through)


class _Cases:
    """Steps of ladders, answers that lapse, and times by which people have answered."""

    __slots__ = ("_due", "_timers")

    def __init__(self, desk: Desk) -> None:
        self._timers = desk.timers
        self._due: list[tuple[str, str]] = []

    def stop(self, to: datetime, *, through: bool) -> datetime | None:
        del through
        return _up_to(self._timers.next_due(), to) if self._timers.times else None

    def pop(self, at: datetime, clock: datetime, *, through: bool) -> Sequence[Any]:
        del clock, through
        self._due = self._timers.pop_due(at)
        return self._due

    def tell(self, agenda: Agenda, changed: Sequence[Any]) -> None:
        """Do nothing yet: rules come first."""

    def close(self, agenda: Agenda) -> None:
        if self._due:
            agenda.fall_due(self._due)
            agenda.settle()

    def arrive(self, to: datetime, *, through: bool) -> None:
        """Do nothing: cases know no clock."""


def _up_to(due: datetime | None, to: datetime) -> datetime | None:
    return None if due is None or due > to else due
