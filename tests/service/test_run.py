"""`make run` says what became of a service that ends before it is told to."""

from __future__ import annotations

import importlib.util
import signal
import subprocess
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).resolve().parents[2] / "tools/run.py"


@pytest.mark.parametrize(
    ("program", "words"),
    [
        pytest.param(
            f"import os; os.kill(os.getpid(), {int(signal.SIGKILL)})", "killed by SIGKILL", id="killed"
        ),
        pytest.param("raise SystemExit(3)", "ended by itself, with exit code 3", id="ended"),
    ],
)
def test_how_a_process_ended_is_said(program: str, words: str) -> None:
    """A signal is named, and so is an exit code."""
    spec = importlib.util.spec_from_file_location("run_tool", TOOL)
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    code = subprocess.run([sys.executable, "-c", program], check=False).returncode
    assert words in tool.ended(code)
