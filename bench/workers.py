"""Workers as the bench sees them: started, asked, given up on when they take too long or answer wrongly."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import Any

from bench.figures import Figures
from bench.plan import JOBS, OWN

ROOT = Path(__file__).resolve().parent.parent
PEERS = ROOT / ".venv-bench/bin/python"
"""The Python of the peers; where there is none they are looked for beside Lineside."""

STRETCH_SECONDS = 0.25
"""What a stretch takes, about, of an engine too slow for a whole one."""

WARM_SECONDS = 2.0
"""How long an engine is given facts before anything counts, unless it has taken a whole stretch sooner."""


class GaveUp(Exception):  # noqa: N818 - named for what happened
    """A worker that crashed, or did not answer within its time, or answered wrongly, or could not start."""


@dataclass(slots=True)
class Worker:
    """An engine with a job in a process of its own, and what was measured on it so far."""

    figures: Figures
    process: subprocess.Popen[str]
    number: int = 0
    """Facts of a stretch."""

    @property
    def name(self) -> str:
        """Return what the worker is called in messages."""
        return f"{self.figures.engine} with {self.figures.job} at {self.figures.size:,}"

    def start(self, within_seconds: float) -> None:
        """Wait until the engine has taken in its rules and what comes before the measuring. Raises GaveUp."""
        answer = self._ask(None, within_seconds)
        figures = self.figures
        figures.version, figures.made_in_seconds = answer["version"], answer["made_in"]
        figures.filled, figures.json_bytes = answer["facts"], answer["json_bytes"]
        figures.resident += answer["resident"]

    def warm(self, most: int, within_seconds: float) -> None:
        """Find how many facts, at most *most*, make a stretch; nothing of it is counted. Raises GaveUp."""
        self.number = JOBS[self.figures.job].number or 0
        if self.number:
            self._stretch(self.number, within_seconds)
            return
        number, given, spent = 1, 0, 0.0
        while given < most and spent < WARM_SECONDS:
            seconds = self._stretch(number, within_seconds)
            given, spent = given + number, spent + seconds
            self.number = max(1, min(most, int(number * STRETCH_SECONDS / seconds)))
            number = min(self.number, number * 4)

    def measure(self, within_seconds: float) -> None:
        """Give the engine a stretch of new facts and note the rate. Raises GaveUp; wrong answers of Lineside end the bench."""
        self.figures.rates.append(self.number / self._stretch(self.number, within_seconds))

    def _stretch(self, number: int, within_seconds: float) -> float:
        answer = self._ask({"number": number}, within_seconds)
        if answer["wrong"] is not None:
            if self.figures.engine == OWN:
                raise SystemExit(f"{self.name}: {answer['wrong']}")
            self._give_up(f"answered wrongly: {answer['wrong']}")
        self.figures.resident.append(answer["resident"])
        seconds: float = answer["seconds"]
        return seconds

    def _give_up(self, why: str) -> None:
        self.figures.gave_up = why
        self.figures.rates.clear()
        raise GaveUp(f"{self.name}: {why}")

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
            self._give_up(
                f"did not answer within {within_seconds:.0f} s"
                if code == -signal.SIGKILL
                else f"ended with code {code}"
            )
        answer: dict[str, Any] = json.loads(line)
        if "gave_up" in answer:
            self._give_up(answer["gave_up"])
        return answer


@contextmanager
def worker(engine: str, job: str, size: int) -> Iterator[Worker]:
    """Run a worker for the length of the block, with whatever it has started itself."""
    python = sys.executable if engine == OWN or not PEERS.exists() else str(PEERS)
    process = subprocess.Popen(
        [python, "-m", "bench.worker", engine, job, str(size)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONHASHSEED": "0"},
        start_new_session=True,
    )
    try:
        yield Worker(Figures(engine, job, size), process)
    finally:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            process.kill()
        process.communicate()
