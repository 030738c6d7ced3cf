"""Generated rule books and histories through every matcher, in one go and in pieces: all must decide the same, ids included.

`python -m tests.engine.matching.differential --count 100000 --seed 1 --processes 2` runs them; `make differential` does. Case
*n* of a seed is always the same book and history, so a disagreement is seen again, and made small, with `--only n`.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import count
from random import Random
from time import perf_counter

from engine.decisions import Outcome
from engine.diagnostics import RulesRejected, Severity
from engine.matching import ExtensionMissing, ensure_installed, unsupported
from engine.rulebook import RuleBook
from engine.session import Session
from tests.engine.books import book
from tests.engine.matching.books import KINDS, Written, write_book
from tests.engine.matching.conditions import CALENDAR
from tests.engine.matching.histories import Step, history
from tests.engine.restoring import restored

HISTORIES = 20
"""Histories of one book: compiling it costs as much as some of them."""

CHUNK = 400
REFUSED = {"table-overlap", "endless-chain", "too-many-faults"}
"""What the checker may say of generated rules: rows that contradict, and rings. Such a book is drawn again."""

SHRUNK = 5
"""So many disagreements of one run are made small; more say the same."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A case in which two ways to the same decisions came to others."""

    number: int
    law: str
    what: str
    text: str = ""
    steps: tuple[str, ...] = ()


@dataclass(slots=True)
class Tally:
    """What was run, and what came of it."""

    histories: int = 0
    steps: int = 0
    laws: Counter[str] = field(default_factory=Counter)
    """Histories by law."""
    books: Counter[str] = field(default_factory=Counter)
    """Books by kind of rule in them; under "" all of them."""
    decisions: Counter[str] = field(default_factory=Counter)
    """Decisions by kind of rule."""
    silent: int = 0
    """Histories in which nothing was decided."""
    refused: int = 0
    """Books that the checker refused, and that were drawn again."""
    seconds: float = 0.0
    disagreements: list[Disagreement] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Take in what another process counted."""
        for name in ("histories", "steps", "silent", "refused", "seconds"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.laws.update(other.laws)
        self.books.update(other.books)
        self.decisions.update(other.decisions)
        self.disagreements.extend(other.disagreements)


def compiled(written: Written) -> RuleBook | None:
    """Return the rule book of *written*, None where the checker refuses it as it may; AssertionError otherwise."""
    try:
        return book(written.text, written.head, CALENDAR)
    except RulesRejected as refused:
        codes = {d.code for d in refused.diagnostics if d.severity is Severity.ERROR}
        if codes <= REFUSED:
            return None
        said = "\n".join(map(str, refused.diagnostics))
        raise AssertionError(f"the generator wrote what is no rule:\n{written.text}\n{said}") from None


@lru_cache(maxsize=4)
def book_of(seed: int, number: int) -> tuple[Written, RuleBook, int]:
    """Return a book of *seed*, compiled, and how many were refused before it."""
    chance = Random(f"{seed}/book/{number}")
    for refused in count():
        written = write_book(chance)
        rulebook = compiled(written)
        if rulebook is not None:
            return written, rulebook, refused
    raise AssertionError  # count() does not end


def play(
    rulebook: RuleBook, steps: Sequence[Step], matcher: str, cuts: Collection[int] = frozenset()
) -> list[Outcome]:
    """Return the outcome of each step; the session is saved and restored before the steps in *cuts*."""
    session = Session(rulebook, matcher)
    outcomes = []
    for number, step in enumerate(steps):
        if number in cuts:
            session = restored(rulebook, session, matcher)
        if step.fact is None:
            outcomes.append(session.advance(step.at))
        else:
            outcomes.append(session.submit(step.fact, received=step.at))
    return outcomes


Way = Callable[[RuleBook, Sequence[Step]], list[Outcome]]


def ways(chance: Random, length: int, *, durable: bool) -> Iterator[tuple[str, Way]]:
    """Yield the ways to play a history of *length* steps that must all come to what the naive matcher comes to."""
    some = frozenset(chance.sample(range(length), min(length, chance.randint(1, 3))))
    yield "native", lambda b, s: play(b, s, "native")
    yield "native, in pieces", lambda b, s: play(b, s, "native", some)
    if chance.random() < 0.5:
        yield "native, fact by fact", lambda b, s: play(b, s, "native", range(len(s)))
    if chance.random() < 0.25:
        yield "native, again", lambda b, s: play(b, s, "native")
    if chance.random() < 0.25:
        yield "naive, in pieces", lambda b, s: play(b, s, "naive", some)
    if durable:
        yield "durable", lambda b, s: play(b, s, "durable")
        if chance.random() < 0.25:
            yield "durable, in pieces", lambda b, s: play(b, s, "durable", some)


@lru_cache(maxsize=1)
def has_durable() -> bool:
    """Return whether durable-rules is installed."""
    try:
        ensure_installed("durable")
    except ExtensionMissing:
        return False
    return True


def difference(expected: Sequence[Outcome], found: Sequence[Outcome]) -> str:
    """Return where two runs part, in a line; "" where they do not."""
    for number, (one, other) in enumerate(zip(expected, found, strict=True)):
        if one != other:
            for name in ("status", "decisions", "derived", "cleared", "missing", "warnings", "fell_due"):
                a, b = getattr(one, name), getattr(other, name)
                if a != b:
                    return f"step {number}: {name}: {_short(a)} by the naive matcher, and {_short(b)}"
    return ""


def _short(value: object) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(_short(one) for one in value) + "]"
    if hasattr(value, "rule") and hasattr(value, "kind"):
        return f"{value.rule} {value.kind} {value.subject_id} at {value.time:%H:%M:%S} {value.id[:8]}"
    return str(value)[:200]


def run(seed: int, first: int, number_of: int) -> Tally:
    """Run cases *first* to *first* + *number_of* - 1 of *seed*."""
    tally = Tally()
    begin = perf_counter()
    for number in range(first, first + number_of):
        written, rulebook, refused = book_of(seed, number // HISTORIES)
        if number % HISTORIES == 0:
            tally.refused += refused
            tally.books.update({kind for kind, _ in written.rules} | {""})
        chance = Random(f"{seed}/{number}")
        steps = history(chance)
        tally.histories += 1
        tally.steps += len(steps)
        expected = play(rulebook, steps, "naive")
        made = [d for outcome in expected for d in outcome.decisions]
        tally.silent += not made
        tally.decisions.update(d.rule.partition("-")[0] for d in made)
        durable = has_durable() and not unsupported(rulebook)
        for law, way in ways(chance, len(steps), durable=durable):
            tally.laws[law] += 1
            what = _parted(rulebook, steps, way, expected)
            if what:
                tally.disagreements.append(Disagreement(number, law, what))
    tally.seconds = perf_counter() - begin
    return tally


def _parted(
    rulebook: RuleBook, steps: Sequence[Step], way: Way, expected: Sequence[Outcome] | None = None
) -> str:
    """Return where *way* parts from the naive matcher, or what it raised; "" where it does not part."""
    try:
        return difference(
            play(rulebook, steps, "naive") if expected is None else expected, way(rulebook, steps)
        )
    except Exception as wrong:  # whatever it is, it is a finding
        return f"{type(wrong).__name__}: {wrong}"[:300]


def shrunk(seed: int, found: Disagreement) -> Disagreement:
    """Return *found* with as few rules and steps as still show it."""
    written, rulebook, _ = book_of(seed, found.number // HISTORIES)
    chance = Random(f"{seed}/{found.number}")
    steps = history(chance)
    way = dict(ways(chance, len(steps), durable=True))[found.law]
    what = found.what

    def still(rules: tuple[tuple[str, str], ...], left: Sequence[Step]) -> bool:
        nonlocal rulebook, written, steps, what
        smaller = Written(rules, written.head)
        made = rulebook if smaller == written else compiled(smaller) if rules else None
        parted = "" if made is None else _parted(made, left, way)
        if not parted:
            return False
        assert made is not None
        rulebook, written, steps, what = made, smaller, list(left), parted
        return True

    at = 0
    while at < len(written.rules):
        at += not still(written.rules[:at] + written.rules[at + 1 :], steps)
    at = 0
    while at < len(steps):
        at += not still(written.rules, [*steps[:at], *steps[at + 1 :]])
    return Disagreement(found.number, found.law, what, written.text, tuple(map(_told, steps)))


def _told(step: Step) -> str:
    fact = step.fact
    if fact is None:
        return f"{step.at:%H:%M:%S} the clock moves"
    return f"{step.at:%H:%M:%S} {fact.op} {fact.type} {fact.data} of {fact.time:%H:%M:%S}"


def run_in(processes: int, seed: int, number_of: int) -> Tally:
    """Run *number_of* cases in several processes; one that dies is a finding, too."""
    total = Tally()
    begin = perf_counter()
    with ProcessPoolExecutor(processes) as pool:
        waiting = {
            pool.submit(run, seed, first, min(CHUNK, number_of - first)): first
            for first in range(0, number_of, CHUNK)
        }
        for done in as_completed(waiting):
            try:
                total.add(done.result())
            except BrokenProcessPool:
                first = waiting[done]
                total.disagreements.append(Disagreement(first, "", f"a process died at {first} or after"))
                break
            if total.histories % (CHUNK * 5) < CHUNK:
                told = f"{total.histories:,} histories, {len(total.disagreements)} disagreements"
                print(f"{told}, {perf_counter() - begin:,.0f} s", file=sys.stderr, flush=True)
    total.seconds = perf_counter() - begin
    return total


def report(total: Tally) -> Iterator[str]:
    """Yield what came of it, line by line."""
    yield (
        f"{total.histories:,} histories of {total.steps:,} steps over {total.books['']:,} rule books "
        f"in {total.seconds:,.0f} s ({total.refused:,} books refused and drawn again)"
    )
    for law, number in sorted(total.laws.items()):
        yield f"  {law:24} {number:10,} histories"
    yield f"{sum(total.decisions.values()):,} decisions; {total.silent:,} histories without any"
    for kind in KINDS:
        yield f"  {kind:24} {total.books[kind]:10,} books {total.decisions[kind]:10,} decisions"
    yield f"{len(total.disagreements)} disagreements"


def shown(found: Disagreement, seed: int) -> Iterator[str]:
    """Yield a disagreement, line by line."""
    yield f"case {found.number} of seed {seed} ({found.law}): {found.what}"
    yield from found.text.splitlines()
    yield from (f"    {step}" for step in found.steps)


def unheard(total: Tally) -> list[str]:
    """Return the kinds of rule that decided nothing: a run proves nothing of them."""
    return [kind for kind in KINDS if not total.decisions[kind]]


def main(argv: Sequence[str] | None = None) -> int:
    """Run what is asked for; 1 where anything disagrees, or a kind of rule decided nothing."""
    parser = argparse.ArgumentParser(
        prog="differential", description="Generated rule books and histories through every matcher."
    )
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--only", type=int, metavar="N", help="run case N alone and show it")
    asked = parser.parse_args(argv)
    if asked.only is not None:
        total = run(asked.seed, asked.only, 1)
        print(book_of(asked.seed, asked.only // HISTORIES)[0].text)
    else:
        total = run_in(asked.processes, asked.seed, asked.count)
    print("\n".join(report(total)))
    for found in sorted(total.disagreements, key=lambda one: one.number)[:SHRUNK]:
        print("\n".join(shown(shrunk(asked.seed, found) if found.law else found, asked.seed)))
    silent = [] if asked.only is not None else unheard(total)
    if silent:
        print(f"nothing was decided by rules of the kinds {', '.join(silent)}: run more")
    return 1 if total.disagreements or silent else 0


if __name__ == "__main__":
    sys.exit(main())
