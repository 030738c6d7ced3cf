"""Random and mutated texts for the FEEL parser: nothing but FeelSyntaxError may come out of it, and soon.

`python -m tests.engine.feel.fuzz --count 1000000 --seed 1 --processes 2` throws them; `make fuzz` does. Case *n* of a
seed is always the same text, so a finding is seen again with `--only n`.
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter, process_time
from types import FrameType

from engine import feel
from engine.feel import types as t
from tests.engine.feel.texts import Case, case

SLOW_SECONDS = 0.050
"""Processor time that one text of at most 10,000 characters may take."""

MEASURED_AGAIN = 3
"""How often a slow one is measured again before it is called slow: its neighbours share the machine."""

HANG_SECONDS = 5
CHUNK = 2_000
COMPILED_SHARE = 8
"""One in so many of the trees is also printed, parsed again, checked and compiled."""


class Hang(BaseException):
    """A text took too long; no `except Exception` on the way may catch it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A text that did what it must not."""

    number: int
    what: str
    kind: str
    text: str
    names: tuple[str, ...]


@dataclass(slots=True)
class Tally:
    """What was thrown, what came of it, and the slowest parse."""

    count: int = 0
    parsed: int = 0
    refused: int = 0
    compiled: int = 0
    characters: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    slowest_of: tuple[int, str, int] = (0, "", 0)
    """Its number, its kind, its length."""
    findings: list[Finding] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Take in what another process counted."""
        for name in ("count", "parsed", "refused", "compiled", "characters", "seconds"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        if other.slowest > self.slowest:
            self.slowest, self.slowest_of = other.slowest, other.slowest_of
        self.findings.extend(other.findings)


@contextmanager
def no_longer_than(seconds: float) -> Iterator[None]:
    """Raise Hang when the block uses more processor time than this."""

    def stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        raise Hang

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def throw(one: Case) -> feel.Node | None:
    """Return the tree of a case, None where it is refused as it should be; anything else is raised."""
    read = feel.parse_unary_tests if one.unary else feel.parse
    try:
        return read(one.text, one.names)
    except feel.FeelSyntaxError as wrong:
        faults = wrong.faults
        if not faults:
            raise AssertionError("refused without a fault") from None
        for fault in faults:
            if not 0 <= fault.start <= fault.end <= len(one.text):
                raise AssertionError(f"a fault outside the text: {fault.start} to {fault.end}") from None
            if not fault.message or len(fault.message) + len(fault.fix) > 2_000:
                raise AssertionError(
                    f"a fault of {len(fault.message)} + {len(fault.fix)} characters"
                ) from None
        return None


def see_through(node: feel.Node, one: Case) -> None:
    """Print a tree, read it again, check and compile it both ways, and run what comes out on nothing at all."""
    read = feel.parse_unary_tests if one.unary else feel.parse
    written = feel.format_node(node)
    if len(written) <= 10_000:
        again = read(written, one.names)
        if again != node:
            raise AssertionError(f"written as {written[:200]!r}, which reads otherwise")
    names = (*(name for name in one.names if not one.unary or name != "?"), *(("?",) if one.unary else ()))
    scope = feel.Scope({name: feel.Variable(t.ANY, f"d.get({name!r})", required=False) for name in names})
    feel.check(node, scope)
    value = feel.compile_value(node, scope, ["d"])
    condition = feel.compile_condition(node, scope, ["d"])
    value({}, None)
    if condition({}, None) not in (True, False):
        raise AssertionError("a condition that is neither true nor false")


def run(seed: int, first: int, count: int, *, timed: bool = True) -> Tally:
    """Throw cases *first* to *first* + *count* - 1 of *seed*."""
    tally = Tally()
    begin = perf_counter()
    for number in range(first, first + count):
        one = case(seed, number)
        tally.count += 1
        tally.characters += len(one.text)
        try:
            with no_longer_than(HANG_SECONDS):
                begun = process_time()
                node = throw(one)
                took = process_time() - begun
            if timed and took > SLOW_SECONDS:
                took = min(took, *(_again(one) for _ in range(MEASURED_AGAIN)))
                if took > SLOW_SECONDS:
                    tally.findings.append(_finding(number, f"slow: {took * 1000:.0f} ms", one))
            if took > tally.slowest:
                tally.slowest, tally.slowest_of = took, (number, one.kind, len(one.text))
            if node is None:
                tally.refused += 1
                continue
            tally.parsed += 1
            if number % COMPILED_SHARE == 0:
                with no_longer_than(HANG_SECONDS):
                    see_through(node, one)
                tally.compiled += 1
        except (Exception, Hang) as wrong:
            tally.findings.append(_finding(number, f"{type(wrong).__name__}: {wrong}"[:300], one))
    tally.seconds = perf_counter() - begin
    return tally


def _again(one: Case) -> float:
    begun = process_time()
    throw(one)
    return process_time() - begun


def _finding(number: int, what: str, one: Case) -> Finding:
    return Finding(number, what, one.kind, one.text, one.names)


def run_in(processes: int, seed: int, count: int, watch: bool) -> Tally:
    """Throw *count* cases from several processes; one that dies is a finding, too."""
    total = Tally()
    begin = perf_counter()
    with ProcessPoolExecutor(processes) as pool:
        waiting = {
            pool.submit(run, seed, first, min(CHUNK, count - first)): first
            for first in range(0, count, CHUNK)
        }
        for done in as_completed(waiting):
            first = waiting[done]
            try:
                total.add(done.result())
            except BrokenProcessPool:
                total.findings.append(
                    Finding(first, f"a process died in {first} to {first + CHUNK}", "", "", ())
                )
                break
            if watch and total.count % (CHUNK * 10) < CHUNK:
                print(f"{total.count:,} thrown, {len(total.findings)} findings", file=sys.stderr, flush=True)
    total.seconds = perf_counter() - begin
    return total


def report(total: Tally) -> Iterator[str]:
    """Yield what came of it, line by line."""
    number, kind, length = total.slowest_of
    yield f"{total.count:,} texts of {total.characters:,} characters in {total.seconds:,.0f} s"
    yield f"{total.parsed:,} parsed, {total.refused:,} refused, {total.compiled:,} also printed, checked and compiled"
    yield f"slowest parse: {total.slowest * 1000:.1f} ms of {length:,} characters ({kind}, case {number})"
    yield f"{len(total.findings)} findings"
    for one in sorted(total.findings, key=lambda f: f.number)[:50]:
        yield f"  case {one.number} ({one.kind}): {one.what}"
        yield f"    names {one.names!r}"[:300]
        yield f"    text {one.text!r}"[:300]


def main(argv: Sequence[str] | None = None) -> int:
    """Throw what is asked for; 1 where anything was found."""
    parser = argparse.ArgumentParser(prog="fuzz", description="Random and mutated texts for the FEEL parser.")
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--only", type=int, metavar="N", help="throw case N alone and show it")
    asked = parser.parse_args(argv)
    if asked.only is not None:
        one = case(asked.seed, asked.only)
        print(f"{one.kind}, unary {one.unary}, names {one.names!r}\n{one.text!r}")
        total = run(asked.seed, asked.only, 1)
    else:
        total = run_in(asked.processes, asked.seed, asked.count, sys.stderr.isatty())
    print("\n".join(report(total)))
    return 1 if total.findings else 0


if __name__ == "__main__":
    sys.exit(main())
