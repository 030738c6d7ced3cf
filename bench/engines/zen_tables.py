"""ZEN: a decision table with a row for each rule, asked with a dict, or with JSON that it reads itself."""

from __future__ import annotations

import json as text
from collections.abc import Sequence
from importlib.metadata import version
from time import perf_counter
from typing import Any

import zen

from bench.given import Engine, Given, Measured, envelope
from bench.jobs import pieces

VERSION = version("zen-engine")


def _decision(number: int, prefix: str) -> Any:
    """Return the table; its columns read fields that stand under *prefix*."""
    rows = [
        {
            "_id": line.name,
            "kind": f'"{line.kind}"',
            "part": f'"{line.part}"',
            "defects": f"> {line.more_than}",
            "rule": f'"{line.name}"',
        }
        for line in pieces.lines(number)
    ]
    table = {
        "hitPolicy": "first",
        "inputs": [
            {"id": name, "name": name, "field": prefix + name} for name in ("kind", "part", "defects")
        ],
        "outputs": [{"id": "rule", "name": "rule", "field": "rule"}],
        "rules": rows,
    }
    nodes: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("in", "inputNode", {}),
        ("table", "decisionTableNode", table),
        ("out", "outputNode", {}),
    )
    graph = {
        "nodes": [
            {"id": name, "type": kind, "name": name, "position": {"x": 0, "y": 0}, "content": content}
            for name, kind, content in nodes
        ],
        "edges": [
            {"id": f"{one}-{other}", "type": "edge", "sourceId": one, "targetId": other}
            for one, other in (("in", "table"), ("table", "out"))
        ],
    }
    return zen.ZenEngine().create_decision(text.dumps(graph))


def _taking(decision: Any, given: Sequence[Given], contexts: Sequence[Any]) -> Measured:
    evaluate = decision.evaluate
    begin = perf_counter()
    answers = [evaluate(context)["result"]["rule"] for context in contexts]
    seconds = perf_counter() - begin
    return Measured(seconds, [(one.id, rule) for one, rule in zip(given, answers, strict=True)])


def rules(number: int) -> Engine:
    """Return an engine with single-fact rules."""
    decision = _decision(number, "")
    return lambda given: _taking(decision, given, [one.data for one in given])


def json(number: int) -> Engine:
    """Return an engine with single-fact rules that reads the bytes itself."""
    decision = _decision(number, "data.")
    return lambda given: _taking(decision, given, [envelope(one) for one in given])


JOBS = {"rules": rules, "json": json}
