"""Set-up on a fresh machine: what `make run` does, and what it and `make test` say where they cannot go on."""

from __future__ import annotations

import os
import re
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
RUN = [sys.executable, "tools/run.py"]


def free_port() -> int:
    """Return a port nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def listening(host: str) -> Iterator[int]:
    """Listen on a port of *host* for the length of the block; yield the port."""
    with socket.socket() as taken:
        taken.bind((host, 0))
        taken.listen()
        yield taken.getsockname()[1]


def said(*command: str, env: dict[str, str] | None = None) -> tuple[int, str]:
    """Run a command in the checkout; return its exit code and all it said."""
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_a_taken_port_is_said(host: str) -> None:
    """Where something listens on the port already, `make run` says so and how to name another, before anything else."""
    with listening(host) as port:
        code, text = said(*RUN, "--only-check-port", "--port", str(port))
    assert code == 1
    assert f"port {port} is taken: another program listens there" in text
    assert "make run PORT=" in text


@pytest.mark.parametrize("port", ["0", "65536", "-1"])
def test_a_port_that_does_not_exist_is_said(port: str) -> None:
    """A number that is no port is said to be none."""
    code, text = said(*RUN, "--only-check-port", f"--port={port}")
    assert (code, "does not exist" in text) == (1, True)


def test_a_free_port_is_free() -> None:
    """Nothing is said of a port that can be had."""
    assert said(*RUN, "--only-check-port", "--port", str(free_port())) == (0, "")


@pytest.fixture
def old_python(tmp_path: Path) -> Path:
    """Return a command that behaves like Python 3.9 when it is asked for its version."""
    old = tmp_path / "python3.9"
    old.write_text('#!/bin/sh\ncase "$2" in *print*) echo 3.9.2;; *) exit 1;; esac\n')
    old.chmod(old.stat().st_mode | stat.S_IXUSR)
    return old


def test_a_python_that_is_too_old_is_said(old_python: Path) -> None:
    """Which Python was found, which is needed, and how to name another."""
    code, text = said("tools/python.sh", str(old_python))
    assert code == 1
    assert "needs Python 3.11 or newer" in text
    assert "version 3.9.2: too old" in text
    assert "PYTHON=python3.12" in text


def test_a_python_that_is_not_there_is_said() -> None:
    """A command that does not exist is said not to."""
    code, text = said("tools/python.sh", "python-of-nowhere")
    assert (code, "no such command" in text) == (1, True)


def test_this_python_will_do() -> None:
    """The Python that runs the tests is new enough, by its path."""
    assert said("tools/python.sh", sys.executable) == (0, f"{sys.executable}\n")


@pytest.mark.parametrize("target", ["run", "test"])
def test_make_says_that_python_is_too_old(target: str, old_python: Path, tmp_path: Path) -> None:
    """Both commands of the README stop at a Python that is too old, make nothing, and say what is needed."""
    environment = tmp_path / "environment"
    code, text = said("make", target, f"PYTHON={old_python}", f"VENV={environment}", f"PORT={free_port()}")
    assert code != 0
    assert "needs Python 3.11 or newer" in text
    assert not environment.exists()


def test_make_lists_its_targets() -> None:
    """`make` alone says what there is to make."""
    code, text = said("make")
    assert code == 0
    assert {"run", "test", "check", "bench", "golden", "docs", "clean", "lock"} <= set(
        re.findall(r"make (\S+)", text)
    )


def run_the_story(state: Path) -> str:
    """Run what `make run` runs until the story is told, stop it as a terminal would; return what it printed."""
    command = [*RUN, "--port", str(free_port()), "--state", str(state)]
    env = {**os.environ, "NO_COLOR": "1", "LINESIDE_LOG_LEVEL": "warning"}
    lines = []
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as running:
        assert running.stdout is not None
        for line in running.stdout:
            lines.append(line)
            if "Ctrl-C stops the service" in line:
                running.send_signal(signal.SIGINT)
        assert running.wait(30) == 0, "".join(lines)
    return "".join(lines)


def missing_from_readme(printed: str) -> list[str]:
    """Return the lines of the story in the README that are not in *printed*."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = [line for line in readme.splitlines() if re.match(r"2026-\S+Z  ", line)]
    assert shown
    return sorted(set(shown) - set(printed.splitlines()))


def test_the_story_is_told_and_told_again(tmp_path: Path) -> None:
    """`make run` shows what the README shows, stops cleanly on Ctrl-C, and shows the same when it is run again."""
    decisions = re.compile(r"^\S+Z  (?:hold|route|open_case|ask|escalate|release) .*$", re.MULTILINE)
    first, second = run_the_story(tmp_path), run_the_story(tmp_path)
    assert len(decisions.findall(first)) > 5
    assert decisions.findall(first) == decisions.findall(second)
    assert not missing_from_readme(first)
    assert "facts of an earlier run" not in first
    assert "facts of an earlier run" in second
