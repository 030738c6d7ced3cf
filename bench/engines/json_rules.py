"""json-rules-engine, in a Node of its own: facts go over as one line before the clock starts, answers come back as one after."""

from __future__ import annotations

import json as text
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.given import Engine, Given, Measured, envelope
from bench.jobs import pieces

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGE = ROOT / ".venv-bench/node/node_modules/json-rules-engine"
NODE = shutil.which("node")
if NODE is None:
    raise ImportError("there is no Node")
if not PACKAGE.exists():
    raise ImportError("json-rules-engine is not installed")

VERSION = text.loads((PACKAGE / "package.json").read_text(encoding="utf-8"))["version"]
_node = subprocess.Popen(
    [NODE, str(Path(__file__).with_name("json_rules.js")), str(PACKAGE)],
    stdin=subprocess.PIPE,
    stdout=subprocess.PIPE,
    text=True,
)


def _ask(question: dict[str, Any]) -> dict[str, Any]:
    assert _node.stdin is not None
    assert _node.stdout is not None
    print(text.dumps(question), file=_node.stdin, flush=True)
    answer: dict[str, Any] = text.loads(_node.stdout.readline())
    return answer


_ask({"rules": []})  # Node has started


def _load(number: int) -> None:
    _ask({"rules": [(line.name, line.kind, line.part, line.more_than) for line in pieces.lines(number)]})


def _taking(given: Sequence[Given], asked: dict[str, Any]) -> Measured:
    found = _ask(asked)
    answers = [(one.id, rule) for one, rules in zip(given, found["answers"], strict=True) for rule in rules]
    return Measured(found["seconds"], answers)


def rules(number: int) -> Engine:
    """Return an engine with single-fact rules."""
    _load(number)
    return lambda given: _taking(given, {"facts": [one.data for one in given]})


def json(number: int) -> Engine:
    """Return an engine with single-fact rules that takes bytes, which Node reads."""
    _load(number)
    return lambda given: _taking(given, {"posted": [envelope(one).decode() for one in given]})


JOBS = {"rules": rules, "json": json}
