"""What is silenced: shelved for a while by a person, taken out of service, or suppressed by a rule as long as its match stands.

It is asked for each thing that would be told, and says which silence covers it, if one does. Silences are known by what they
cover: a rule or a kind of case, by name, and one subject or all (ISA-18.2: shelved, suppressed, out of service).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from engine.admission import parse_time
from engine.calendars import Calendar, Wait
from engine.coordination.cases import Case
from engine.decisions import format_time
from engine.feel import DaysDuration, parse_duration
from engine.rulebook import RuleBook

SHELVED, SUPPRESSED, OUT_OF_SERVICE = "shelved", "suppressed", "out of service"

ALL = ("", "")
"""The subject of a silence that covers every subject."""

Subject = tuple[str, str]

MOST = Wait(timedelta(hours=8), "8 h")
"""How long can be shelved at most where the rules do not say."""

TOO_LONG = timedelta(days=1)
"""So much more than can be is not added up: a date has its last year."""


class Silence(msgspec.Struct):
    """One silence: what it covers, since when and until when, why, and how much it has silenced.

    *bound* is the fact, and *case* the case, that a silence for one time has met; *match* names the match by which a rule
    suppresses.
    """

    id: str
    how: str
    what: str
    subject_type: str
    subject_id: str
    since: datetime
    reason: str
    by: str
    until: datetime | None = None
    is_one_shot: bool = False
    match: str = ""
    count: int = 0
    bound: str = ""
    case: str = ""
    version: int = 0
    """How many facts were made of it, so that each has an id of its own."""

    @property
    def subject(self) -> Subject:
        """Return what it is about: a subject type and id, or ALL."""
        return (self.subject_type, self.subject_id)

    @property
    def why(self) -> str:
        """Return why nobody was told, and until when."""
        until = "" if self.until is None else f" until {format_time(self.until)}"
        if self.is_one_shot:
            until = f" this one time{until and ','}{until}"
        return f"{self.how} by {self.by}{until}: {self.reason}"

    def covers(self, fact: str, case: str) -> bool:
        """Return whether it covers what *fact* sets off about *case*, if it is about one; the first it meets is its one time."""
        if not self.is_one_shot:
            return True
        if not self.bound:
            self.bound, self.case = fact, case
            return True
        if case and case == self.case:
            return True
        if fact != self.bound:
            return False
        self.case = self.case or case
        return True

    @property
    def is_spent(self) -> bool:
        """Whether its one time is over as soon as something else comes: it met no case that could still be open."""
        return self.is_one_shot and bool(self.bound) and not self.case


class Shelf:
    """The silences that stand, by id, by what they cover and by the match that suppresses; and the cases that one has muted."""

    __slots__ = ("_covering", "_matches", "_muted", "silences")

    def __init__(self) -> None:
        self.silences: dict[str, Silence] = {}
        """Those that stand, by id; never replaced by another dictionary, so that it can be looked at without asking."""
        self._covering: dict[tuple[str, Subject], dict[str, Silence]] = {}
        self._matches: dict[str, dict[str, Silence]] = {}
        self._muted: dict[tuple[str, Subject], dict[str, Case]] = {}

    def __bool__(self) -> bool:
        return bool(self.silences)

    def __iter__(self) -> Iterator[Silence]:
        return iter(tuple(self.silences.values()))

    def put(self, silence: Silence) -> None:
        """Let *silence* stand."""
        self.silences[silence.id] = silence
        self._covering.setdefault((silence.what, silence.subject), {})[silence.id] = silence
        if silence.match:
            self._matches.setdefault(silence.match, {})[silence.id] = silence

    def take(self, silence: Silence) -> None:
        """Let *silence* stand no more."""
        del self.silences[silence.id]
        _take_out(self._covering, (silence.what, silence.subject), silence.id)
        if silence.match:
            _take_out(self._matches, silence.match, silence.id)

    def get(self, name: str) -> Silence | None:
        """Return the silence of that id, if it stands."""
        return self.silences.get(name)

    def of(self, how: str, what: str, subject: Subject) -> Silence | None:
        """Return the silence of that sort on exactly this, if one stands."""
        found = self._covering.get((what, subject), {}).values()
        return next((silence for silence in found if silence.how == how), None)

    def of_match(self, match: str) -> list[Silence]:
        """Return the silences by which *match* suppresses."""
        return list(self._matches.get(match, {}).values())

    def mute(self, case: Case) -> None:
        """Note that somebody was not told of *case*."""
        case.is_muted = True
        for place in _places(case):
            self._muted.setdefault(place, {})[case.id] = case

    def unmute(self, case: Case) -> None:
        """Note that nobody need be told of *case* any more, or that all are told."""
        if case.is_muted:
            case.is_muted = False
            for place in _places(case):
                _take_out(self._muted, place, case.id)

    def muted(self, silence: Silence) -> list[Case]:
        """Return the cases within *silence* of which somebody was not told."""
        return list(self._muted.get((silence.what, silence.subject), {}).values())

    def over(self, names: Iterable[str], subject: Subject) -> list[Silence]:
        """Return the silences that stand on one of *names* for *subject*; those without an end for one time first."""
        found = {
            silence.id: silence
            for what in names
            for about in (subject, ALL)
            for silence in self._covering.get((what, about), {}).values()
        }
        return sorted(found.values(), key=lambda one: one.is_one_shot)


def _places(case: Case) -> list[tuple[str, Subject]]:
    """Return all that a silence which covers *case* may be about."""
    subject = (case.subject_type, case.subject_id)
    return list(dict.fromkeys((name, about) for name in (case.rule, case.kind) for about in (subject, ALL)))


def _take_out(places: dict[Any, dict[str, Any]], place: Any, name: str) -> None:
    del places[place][name]
    if not places[place]:
        del places[place]


def shelved_data(silence: Silence) -> dict[str, Any]:
    """Return the data of the `shelved` fact that says how *silence* stands."""
    data: dict[str, Any] = {
        "shelved_id": silence.id,
        "how": silence.how.replace(" ", "_"),
        "what": silence.what,
        "since": format_time(silence.since),
        "reason": silence.reason,
        "by": silence.by,
        "one_shot": silence.is_one_shot,
        "silenced": silence.count,
    }
    if silence.subject_type:
        data |= {"subject_type": silence.subject_type, "subject_id": silence.subject_id}
    if silence.until is not None:
        data["until"] = format_time(silence.until)
    return data


def limits_of(book: RuleBook) -> dict[str, Wait]:
    """Return how long each rule, and each kind of case, can be shelved at most; of a kind of several rules, the shortest."""
    sets = {ruleset.name: ruleset.shelve_at_most or MOST for ruleset in book.rulesets}
    found: dict[str, Wait] = {}
    for rule in book.rules:
        kinds = (action.case.kind for action in rule.source.actions if action.case is not None)
        for name in (rule.name, *filter(None, kinds)):
            limit = sets[rule.ruleset]
            found[name] = min(found.get(name, limit), limit, key=lambda wait: wait.duration)
    return found


def end_of(
    data: Mapping[str, Any], now: datetime, limit: Wait, calendars: Mapping[str, Calendar]
) -> datetime | str:
    """Return until when *data* shelves, as long as can be where it does not say; or why it cannot."""
    latest = limit.after(now, calendars)
    too_long = f"it can be shelved for {limit.text} at most, until {format_time(latest)}"
    until: datetime | None = latest
    if data.get("until") and data.get("lasts"):
        return "it says both until when and how long it lasts: give one of the two"
    if data.get("until"):
        until = parse_time(str(data["until"]))
    elif data.get("lasts"):
        length = parse_duration(str(data["lasts"]))
        if not isinstance(length, DaysDuration):
            return f'"{str(data["lasts"])[:60]}" is not how long: give lasts as 2 h, or until as a time'
        span = length.to_timedelta()
        if span is None or span > latest - now + TOO_LONG:
            return too_long
        until = now + span
    if until is None:
        return f'"{str(data["until"])[:60]}" is no time: give until with its date and offset, or lasts as 2 h'
    if until <= now:
        return f"{format_time(until)} is over already"
    if until > latest:
        return too_long
    return until
