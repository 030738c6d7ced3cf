"""One engine with one job in a process of its own, so that a peer that hangs or crashes ends only itself.

Says with one JSON object that it is ready, or why it is left out; then reads one per line ({"number"}) and answers one
({"seconds", "answers", "wrong", "resident"}). Run as `python -m bench.worker ENGINE JOB SIZE`.
"""

from __future__ import annotations

import gc
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import Any, TextIO

from bench.figures import MARK
from bench.given import Answers, Engine, Given, Stream, envelope, received
from bench.plan import JOBS, MODULES

CHUNK = 1_000
BATCH = 500
"""Facts that are handed over at a time: as many as the service takes in one transaction (service.settings, batch_facts)."""


@dataclass(slots=True)
class Filled:
    """What an engine took in before the measuring, and what the process held before, on the way, and after."""

    facts: int
    json_bytes: int
    resident: list[int]


def fill(engine: Engine, facts: Iterable[Given]) -> Filled:
    """Give *engine* *facts*, a few at a time, each with texts of its own."""
    filled = Filled(0, 0, [resident()])
    source = iter(facts)
    while chunk := [received(one) for one in islice(source, CHUNK)]:
        engine(chunk)
        filled.json_bytes += sum(len(envelope(one)) for one in chunk)
        filled.facts += len(chunk)
        if filled.facts % MARK == 0:
            filled.resident.append(resident())
    if filled.facts % MARK:
        filled.resident.append(resident())
    return filled


def wrong(found: Answers, expected: Answers) -> str | None:
    """Return how *found* differs from *expected*, whatever the order; None where it does not."""
    have, want = Counter(found), Counter(expected)
    if have == want:
        return None
    lacking, extra = want - have, have - want
    return (
        f"{lacking.total()} of {want.total()} answers lack, such as {next(iter(lacking), None)}, "
        f"and {extra.total()} are too many, such as {next(iter(extra), None)}"
    )


def resident() -> int:
    """Return the bytes of memory that this process holds now, 0 where the system does not say."""
    gc.collect()
    status = Path("/proc/self/status")
    if not status.exists():
        return 0
    line = next(line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) * 1024


class Subject:
    """An engine that has taken in its rules, and the facts that it is given."""

    def __init__(
        self, make: Callable[[int], Engine], stream: Callable[[int, int], Stream], size: int
    ) -> None:
        self._make = make
        self._stream = stream
        self._size = size
        self._turn = 0
        self._is_used = False
        self._start()

    def _start(self) -> None:
        self._facts = self._stream(self._size, self._turn)
        begin = perf_counter()
        self._engine = self._make(self._size)
        self.made_in = perf_counter() - begin
        self.filled = fill(self._engine, self._facts.fill())
        self._turn += 1

    def measure(self, number: int) -> dict[str, Any]:
        """Return what *number* facts more took, and whether they were answered rightly.

        They are handed over in batches, whose answers are set aside while the clock stands: nobody keeps what was decided of
        twenty thousand facts in memory, and to touch so much that is new costs more than many an engine.
        """
        if self._facts.is_anew and self._is_used:
            self._start()
        self._is_used = True
        facts, expected = self._facts.stretch(number)
        gc.collect()
        seconds, answers = 0.0, []
        for begin in range(0, len(facts), BATCH):
            measured = self._engine([received(one) for one in facts[begin : begin + BATCH]])
            seconds += measured.seconds
            answers += measured.answers
        return {
            "seconds": seconds,
            "answers": len(answers),
            "wrong": wrong(answers, expected),
            "resident": resident(),
        }


def serve(name: str, job: str, size: int, answers: TextIO) -> None:
    """Say that the engine is ready, then answer what standard input asks until it ends."""
    module = import_module(f"bench.engines.{MODULES[name]}")
    subject = Subject(module.JOBS[job], JOBS[job].stream, size)
    filled = subject.filled
    ready = {
        "version": module.VERSION,
        "made_in": subject.made_in,
        "facts": filled.facts,
        "json_bytes": filled.json_bytes,
        "resident": filled.resident,
    }
    print(json.dumps(ready), file=answers, flush=True)
    for line in sys.stdin:
        print(json.dumps(subject.measure(json.loads(line)["number"])), file=answers, flush=True)


def main() -> None:
    """Serve what the command line names; say why where it cannot be."""
    name, job, size = sys.argv[1], sys.argv[2], int(sys.argv[3])
    # what a peer prints is not an answer of ours
    answers, sys.stdout = sys.stdout, sys.stderr
    try:
        serve(name, job, size, answers)
    except ImportError as fault:
        print(json.dumps({"gave_up": str(fault)}), file=answers, flush=True)
    except Exception as fault:
        said = " ".join(str(fault).split())
        print(json.dumps({"gave_up": f"{type(fault).__name__}: {said}"}), file=answers, flush=True)


if __name__ == "__main__":
    main()
