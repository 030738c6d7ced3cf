"""Workers as the bench sees them: started, asked, given up on when they take too long."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Timer
from typing import Any

from bench.worker import expected


class GaveUp(Exception):  # noqa: N818 - named for what happened
    """A worker that crashed, or did not answer within its time."""


@dataclass(slots=True)
class Worker:
    """An engine with its rules in a process of its own, and the rates measured on it so far."""

    engine: str
    rules: int
    process: subprocess.Popen[str]
    made_in_seconds: float = 0.0
    rates: list[float] = field(default_factory=list)
    """Facts per second, one for each round."""
    given: int = 0
    gave_up: str | None = None

    @property
    def name(self) -> str:
        """Return what the worker is called in messages."""
        return f"{self.engine} at {self.rules:,} rules"

    def measure(self, number: int, within_seconds: float) -> None:
        """Give the engine *number* new facts and note the rate. Raises GaveUp; wrong answers end the bench."""
        first, self.given = self.given, self.given + number
        answer = self._ask({"number": number, "first": first}, within_seconds)
        if answer["digest"] != expected(self.rules, number, first):
            raise SystemExit(f"{self.name} gave {answer['answers']:,} answers, and not those of the job")
        self.rates.append(number / answer["seconds"])

    def start(self, within_seconds: float) -> None:
        """Wait until the engine has taken its rules in. Raises GaveUp."""
        self.made_in_seconds = self._ask(None, within_seconds)["made_in"]

    def _ask(self, question: dict[str, int] | None, within_seconds: float) -> dict[str, Any]:
        sent, received = self.process.stdin, self.process.stdout
        assert sent is not None
        assert received is not None
        limit = Timer(within_seconds, self.process.kill)
        limit.start()
        try:
            if question is not None:
                print(json.dumps(question), file=sent, flush=True)
            line = received.readline()
        except BrokenPipeError:
            line = ""
        finally:
            limit.cancel()
        if not line:
            code = self.process.wait()
            self.gave_up = (
                f"did not answer within {within_seconds:.0f} s"
                if code == -signal.SIGKILL
                else f"ended with code {code}"
            )
            raise GaveUp(f"{self.name} {self.gave_up}")
        answer: dict[str, Any] = json.loads(line)
        return answer


@contextmanager
def worker(engine: str, rules: int) -> Iterator[Worker]:
    """Run a worker for the length of the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.worker", engine, str(rules)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONHASHSEED": "0"},
    )
    try:
        yield Worker(engine, rules, process)
    finally:
        process.kill()
        process.communicate()
