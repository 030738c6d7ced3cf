"""`make run`: start the service, post the short story to it, show what it decides, and stay up until Ctrl-C.

Takes a port and a folder for the database; prints what happens. Runs the installed `lineside` command as
anyone would, imports nothing of it, and needs the standard library only, so that it can look at the port
before there is an environment.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import itertools
import json
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

HOST = "127.0.0.1"
STORY = Path("fixtures/facts/story.ndjson")
START_WITHIN_SECONDS = 60
STOP_WITHIN_SECONDS = 15
STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> int:
    """Run the tool; return its exit code."""
    parser = argparse.ArgumentParser(
        prog="make run", description=__doc__.splitlines()[0] if __doc__ else None
    )
    parser.add_argument("--port", type=int, default=8765)
    parser.add_argument("--state", type=Path, default=Path(".lineside"))
    parser.add_argument("--only-check-port", action="store_true")
    asked = parser.parse_args()

    fault = port_fault(asked.port)
    if fault is not None:
        print(fault, file=sys.stderr)
        return 1
    if asked.only_check_port:
        return 0
    return demonstrate(asked.port, asked.state)


def port_fault(port: int) -> str | None:
    """Return what keeps the service from listening on *port* and what to do about it, or None."""
    another = "name another: make run PORT=8766"
    if not 0 < port < 65536:
        return f"port {port} does not exist (1 to 65535); {another}"
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as fault:
            if fault.errno == errno.EADDRINUSE:
                who = "Lineside runs there already" if is_ready(port) else "another program listens there"
                return f"port {port} is taken: {who}. Stop it, or {another}"
            if fault.errno == errno.EACCES:
                return f"port {port} is not ours to open (ports below 1024 ask for root); {another}"
            return f"port {port} cannot be opened ({fault.strerror}); {another}"
    return None


def is_ready(port: int) -> bool:
    """Return whether the service answers on *port* that it is ready."""
    with contextlib.suppress(OSError, urllib.error.URLError):
        address = f"http://{HOST}:{port}/health/ready"
        with urllib.request.urlopen(address, timeout=2) as answer:
            return bool(answer.status == 200)
    return False


def demonstrate(port: int, state: Path) -> int:
    """Start the service, post the story, and wait for it to be stopped; return its exit code."""
    state.mkdir(parents=True, exist_ok=True)
    database = state / "lineside.db"
    kept = " (facts of an earlier run are in it)" if database.exists() else ""
    lineside = str(Path(sys.executable).with_name("lineside"))
    url = f"http://{HOST}:{port}"

    print(
        f"starting Lineside on {url}, with the rules in rules/ and the database {database}{kept}", flush=True
    )
    with service([lineside, "serve", "--port", str(port), "--database", f"sqlite:///{database}"]) as running:
        if not becomes_ready(running, port):
            why = "it takes too long" if running.poll() is None else ended(running.returncode)
            print(f"the service did not become ready: {why}; what it said stands above", file=sys.stderr)
            return 1
        print(f"\nposting {STORY}", flush=True)
        if not post(lineside, url, STORY):
            why = "" if running.poll() is None else f"{ended(running.returncode)}; "
            print(f"{why}the story was not taken; what was wrong with it stands above", file=sys.stderr)
            return 1
        print(f"\n{url}/v1/decisions has these decisions. Ctrl-C stops the service.", flush=True)
        code = running.wait()
        print(f"\n{ended(code)}; what it said stands above", file=sys.stderr)
        return code if code > 0 else 1
    return 0


def ended(code: int) -> str:
    """Return in words that the service ended without being told to, by its exit code (negative: by a signal)."""
    if code >= 0:
        return f"the service ended by itself, with exit code {code}"
    with contextlib.suppress(ValueError):
        return f"the service was killed by {signal.Signals(-code).name}"
    return f"the service was killed by signal {-code}"


def post(lineside: str, url: str, story: Path) -> bool:
    """Post *story* as `lineside post` does, show each fact and what was decided at its time; return whether it was taken.

    All of it goes in one request: between two requests the service's clock, which is far ahead of the story, would
    have every ladder climbed before anybody in the story can answer.
    """
    command = [lineside, "post", "--url", url, str(story)]
    posted = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    for line in in_order(story.read_text(encoding="utf-8").splitlines(), posted.stdout.splitlines()):
        print(line, flush=True)
    if posted.returncode != 0:
        print(posted.stderr, file=sys.stderr, end="")
    return posted.returncode == 0


def in_order(facts: list[str], decisions: list[str]) -> Iterator[str]:
    """Yield a line for each of *facts*, a blank one before it, and after it the *decisions* up to the next one's time."""
    told = [json.loads(fact) for fact in facts]
    left = list(decisions)
    for fact, after in itertools.zip_longest(told, told[1:]):
        data = " ".join(f"{name}={value}" for name, value in fact["data"].items() if name != "reason")
        yield f"\n{fact['time']}  {fact['source']}: {fact['type']} {data}"
        while left and (after is None or left[0].split()[0] < after["time"]):
            yield left.pop(0)


@contextlib.contextmanager
def service(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run the service for the length of the block, then stop it as an operator would: SIGTERM, and time."""
    # A session of its own: Ctrl-C reaches this process alone, which then stops the service once.
    running = subprocess.Popen(command, start_new_session=True)  # noqa: S603 - our own command
    previous = {one: signal.signal(one, _interrupt) for one in STOPS}
    try:
        yield running
    except KeyboardInterrupt:
        print("\nstopping", flush=True)
    finally:
        running.terminate()
        try:
            running.wait(STOP_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()
        for one, before in previous.items():
            signal.signal(one, before)


def _interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


def becomes_ready(running: subprocess.Popen[bytes], port: int) -> bool:
    """Wait until the service is ready; return False where it ended or took too long."""
    deadline = time.monotonic() + START_WITHIN_SECONDS
    while time.monotonic() < deadline and running.poll() is None:
        if is_ready(port):
            return True
        time.sleep(0.1)
    return False


if __name__ == "__main__":
    sys.exit(main())
