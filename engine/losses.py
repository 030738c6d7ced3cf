"""What a session that goes on under another rule book could not take along: what was saved in, what is there now, losses out.

It compares the two and knows nothing of how either came to be, so that nothing is lost without a word, whoever forgets it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.coordination.cases import OPEN, RESOLVED
from engine.coordination.ladders import LADDER, Ladders, plans_of
from engine.decisions import Fact, format_time
from engine.matching.memory import FactKey
from engine.model import Kind
from engine.rulebook import RuleBook
from engine.snapshot import Saved
from engine.waits import SavedWaits

MOST_KEYS = 10
"""What was lost that is named one by one; of more, how many there are."""

WAITS, LATE_STARTS, TIMERS, WINDOWS = "waits", "late_starts", "timers", "windows"
REPEATS, MATCHES, STATES, LADDERS, DISPOSITIONS = "repeats", "matches", "states", "ladders", "dispositions"
CASES, CALENDARS = "cases", "calendars"
GENEALOGY, CONFIRMATIONS = "genealogy", "confirmations"

_Lost = tuple[str, str, str, int, str]
"""What, whose, what it was about, how many, and why."""

_Gone = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Loss:
    """What of one kind one rule has lost for one reason, or the session where *rule* is ""; *keys* names the first of them."""

    what: str
    rule: str
    count: int
    keys: tuple[str, ...]
    why: str


def losses_of(saved: Saved, now: Saved, book: RuleBook) -> tuple[Loss, ...]:
    """Return what was *saved* and is not there *now*, under *book*: by kind, then in the order in which it was saved."""
    counts: dict[tuple[str, str, str], int] = {}
    keys: dict[tuple[str, str, str], list[str]] = {}
    for what, rule, key, count, why in _lost(saved, now, book):
        place = (what, rule, why)
        counts[place] = counts.get(place, 0) + count
        if len(named := keys.setdefault(place, [])) < MOST_KEYS:
            named.append(key)
    return tuple(
        Loss(what, rule, count, tuple(filter(None, keys[what, rule, why])), why)
        for (what, rule, why), count in counts.items()
    )


def _lost(saved: Saved, now: Saved, book: RuleBook) -> Iterator[_Lost]:
    gone = _whys(book)
    yield from _waits(saved, now, book, gone)
    yield from _timers(saved, now, book, gone)
    yield from _windows(saved, now, book, gone)
    yield from _repeats(saved, now, book, gone)
    yield from _matches(saved, now, gone)
    held = {(fact.type, fact.identity) for fact in now.states}
    for fact in saved.states:
        if (fact.type, fact.identity) not in held:
            declared = book.fact_types.get(fact.type)
            is_state = declared is not None and declared.kind is Kind.STATE
            why = _why_not_held(book, fact) if is_state else f'no state is called "{fact.type}" now'
            yield STATES, "", _named(book, fact), 1, why
    yield from _people(saved, now, book)
    if len(now.made) < len(saved.made):
        lost = len(saved.made) - len(now.made)
        yield GENEALOGY, "", "", lost, "no hold reaches what was made of something now"
    if len(now.tallies) < len(saved.tallies):
        lost = len(saved.tallies) - len(now.tallies)
        yield CONFIRMATIONS, "", "", lost, "no flow looks at what was confirmed of an order now"


def _people(saved: Saved, now: Saved, book: RuleBook) -> Iterator[_Lost]:
    """Yield what goes on elsewhere or nowhere: cases that climb another ladder or none, dispositions that nobody can sign."""
    kinds = {plan.kind for rule in book.rules for plan in plans_of(rule)}
    climbing = _climbing(now)
    ended = _climbing(saved) - climbing
    ladders = Ladders(book)
    for case in saved.desk.get("cases", ()):
        if case["status"] == RESOLVED:  # nothing is due for it until it is opened again
            continue
        about = f"{case['kind']} of {case['subject_type']} {case['subject_id']}, case {case['id']}"
        ladder = ladders.of(case["ladder"], case["rule"], case["kind"])
        if why := _of_ladder(case, "" if ladder is None else ladder.name, has_ended=case["id"] in ended):
            yield LADDERS, case["rule"], about, 1, why
        if case["kind"] not in kinds:
            why = "no rule opens a case of this kind now, so nothing comes to it"
            yield CASES, case["rule"], about, 1, why
        waits = (case[name] for name in ("within", "lapses_after") if case[name] is not None)
        lacking = {wait["calendar"]: None for wait in waits if wait["is_working"] and _is_lacking(wait, book)}
        for name in lacking:
            said = f'there is no calendar "{name}" now' if name else "it names none of several calendars"
            yield CALENDARS, case["rule"], about, 1, f"its working time passes as any other: {said}"
    for one in saved.board:
        if one["disposition"] not in book.dispositions:
            about = f"{one['disposition']} of {one['subject_type']} {one['subject_id']}"
            yield DISPOSITIONS, "", about, 1, "there is no such disposition now"


def _of_ladder(case: Mapping[str, Any], name: str, *, has_ended: bool) -> str:
    """Return what has become of the ladder of *case*, which climbs the one called *name* now; "" where it is climbed on."""
    was = case.get("climbs", case["ladder"])
    if was and not name:
        return f'nobody is told of it any more: there is no ladder "{was}" now'
    if was and was != name:
        why = f'which its rule names: there is no ladder "{was}" any more'
        return f'it climbs "{name}" now, {"with which it was opened" if name == case["ladder"] else why}'
    if has_ended and case["status"] == OPEN:
        return f'nobody is told of it any more: no step of the ladder "{name}" is left for it now'
    return ""


def _climbing(saved: Saved) -> set[str]:
    """Return the ids of the cases for which a step of a ladder is to come."""
    return {key[0] for key, _ in saved.desk.get("timers", ()) if key[1] == LADDER}


def _is_lacking(wait: Mapping[str, Any], book: RuleBook) -> bool:
    """Return whether no calendar of *book* counts the working time of *wait*."""
    return wait["calendar"] not in book.calendars if wait["calendar"] else len(book.calendars) != 1


def _waits(saved: Saved, now: Saved, book: RuleBook, gone: _Gone) -> Iterator[_Lost]:
    was, are = saved.waits or SavedWaits(), now.waits or SavedWaits()
    there = {(place, _identities(bound), begin) for place, bound, begin, _, _, is_closed in are.waits}
    for place, bound, begin, due, _, is_closed in was.waits:
        if is_closed or (place, _identities(bound), begin) in there:
            continue
        rule = place[0]
        why = gone(rule)
        if not why and rule not in are.said:
            why = "it waits for nothing now"
        elif not why and are.said[rule] != was.said.get(rule):
            why = "its patterns or its times are others now"
        about = ", ".join(_named(book, fact) for fact in bound if fact is not None)
        why = why or "what began them is not so any more, as the rule stands now"
        yield WAITS, rule, f"{about}, until {format_time(due)}", 1, why
    kept = {(place, time, _identities((new, old))) for place, time, new, old in are.kept}
    for place, time, new, old in was.kept:
        if (place, time, _identities((new, old))) not in kept:
            why = gone(place[0]) or "its patterns, its times or its lateness are others now"
            about = ", ".join(_named(book, fact) for fact in (new, old) if fact is not None)
            yield LATE_STARTS, place[0], about, 1, why


def _timers(saved: Saved, now: Saved, book: RuleBook, gone: _Gone) -> Iterator[_Lost]:
    there = {(name, position, state) for name, position, state, _, _ in now.lasting}
    asking = {
        (rule.name, pattern.position)
        for rule in book.matched
        for pattern in rule.patterns
        if pattern.lasting is not None
    }
    for name, position, state, since, _ in saved.lasting:
        if (name, position, state) in there:
            continue
        why = gone(_rule(name))
        if not why and (name, position) not in asking:
            why = 'it has no "for" at that place now'
        why = why or "what has to last is not so, as the rule stands now"
        yield TIMERS, _rule(name), f"{_key(state)}, since {format_time(since)}", 1, why


def _windows(saved: Saved, now: Saved, book: RuleBook, gone: _Gone) -> Iterator[_Lost]:
    there = {name: dict(groups) for name, groups in now.counted}
    windows = {rule.name for rule in book.rules if rule.window is not None}
    for name, groups in saved.counted:
        why = gone(name)
        if not why and name not in windows:
            why = "it has no window now"
        counts = there.get(name, {})
        left = sum(count for _, count in groups) - sum(counts.values())  # what is grouped otherwise is there
        for key, count in groups:
            lost = min(count - counts.get(key, 0), left)
            if lost > 0:
                left -= lost
                about = "/".join(str(part) for part in key)
                yield WINDOWS, name, about, lost, why or "its window takes in fewer facts now"


def _repeats(saved: Saved, now: Saved, book: RuleBook, gone: _Gone) -> Iterator[_Lost]:
    there = {same for same, _, _, _ in now.repeats}
    limited = {rule.name for rule in book.rules if rule.at_most is not None}
    for same, _, until, _ in saved.repeats:
        if same in there:
            continue
        why = gone(same[0])
        if not why and same[0] not in limited:
            why = 'it has no "at_most" now'
        why = why or "it counts by something else now"
        yield REPEATS, same[0], f"{same[2]}, until {format_time(until)}", 1, why


def _matches(saved: Saved, now: Saved, gone: _Gone) -> Iterator[_Lost]:
    there = set(now.standing)
    for one in saved.standing:
        if one not in there:
            name, keys, _ = one
            about = ", ".join(_key(key) for key in keys if key is not None)
            why = gone(_rule(name)) or "it does not hold of them, as it stands now"
            yield MATCHES, _rule(name), about, 1, why


def _why_not_held(book: RuleBook, fact: Fact) -> str:
    try:
        hash(book.key_of(fact))
    except TypeError:
        return "its key is a list or a context"
    return "another state has its key now"


def _whys(book: RuleBook) -> _Gone:
    """Return what says why there is no rule of a name in *book*, or ""."""
    active = {rule.name for rule in book.rules}
    written = {rule.name for ruleset in book.rulesets for rule in ruleset.rules}

    def gone(name: str) -> str:
        if name in active:
            return ""
        return "the rule is not enabled now" if name in written else "there is no rule of this name now"

    return gone


def _rule(name: str) -> str:
    """Return the name that people know a rule, or a stage of one, by."""
    return name.partition("/")[0]


def _key(state: FactKey) -> str:
    kind = "window" if state[0].startswith("window ") else state[0]  # of a rule, which is named beside it
    return f"{kind} {'/'.join(str(part) for part in state[1])}"


def _named(book: RuleBook, fact: Fact) -> str:
    """Return what people know *fact* by: its key or, where its type is not declared any more, its identity."""
    key = book.key_of(fact)
    return _key((fact.type, key or fact.identity))


def _identities(facts: Iterable[Fact | None]) -> tuple[tuple[str, str] | None, ...]:
    return tuple(None if fact is None else fact.identity for fact in facts)
