"""One condition, compiled once and evaluated many times: Lineside beside other expression libraries.

Runs in an environment of its own that holds the peers (`make bench` makes .venv-bench of requirements-bench.txt), with this
checkout importable there: all sides share one process, one Python and one loop. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from engine import feel

ROOT = Path(__file__).resolve().parent.parent
PYTHON = ROOT / ".venv-bench/bin/python"
FACTS = ROOT / "fixtures/facts/each_type.ndjson"

FEEL = 'result = "fail" and quantity_rejected in [1..5]'
CEL = 'result == "fail" && quantity_rejected >= 1 && quantity_rejected <= 5'
PYTHONIC = 'result == "fail" and quantity_rejected >= 1 and quantity_rejected <= 5'

SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "required": ["result"],
    "properties": {
        "result": {"enum": ["pass", "fail"]},
        "quantity_rejected": {"type": "number", "minimum": 0},
    },
}
"""What the shipped fact type says of the two fields; a test holds it to that."""

TURNS = 3
STRETCH_SECONDS = 0.05
Stretch = Callable[[int, Mapping[str, Any]], float]
"""(number of evaluations, context) -> seconds."""


@dataclass(frozen=True, slots=True)
class Side:
    """One library: its package, how its condition is written, the call that is timed, and what the call needs."""

    name: str
    package: str
    condition: str
    call: str
    made: Mapping[str, Any]

    def answer(self, context: Mapping[str, Any]) -> bool:
        """Return what the condition says of *context*."""
        return bool(eval(self.call, {**self.made, "context": context}))

    def stretch(self) -> Stretch:
        """Return a loop around the call, the same for every side."""
        scope = {"perf_counter": perf_counter, **self.made}
        exec(LOOP.format(call=self.call), scope)
        loop: Stretch = scope["stretch"]
        return loop


LOOP = """
def stretch(number, context):
    numbers = range(number)
    begin = perf_counter()
    for _ in numbers:
        {call}
    return perf_counter() - begin
"""


def lineside() -> Side:
    """Return Lineside's compiled condition, as the engine calls it: a fact's data, and now."""
    scope = feel.Scope.fields("fact", feel.type_of_schema(SCHEMA, "inspection_result"))  # type: ignore[arg-type]
    condition = feel.compile_condition(feel.parse(FEEL), scope, ["fact"])
    return Side("Lineside", "", FEEL, "condition(context, None)", {"condition": condition})


def zen() -> Side:
    """Return ZEN's expression, compiled."""
    import zen as package

    condition = 'result == "fail" and quantity_rejected in [1..5]'
    made = package.compile_expression(condition)
    return Side("ZEN", "zen-engine", condition, "evaluate(context)", {"evaluate": made.evaluate})


def common() -> Side:
    """Return a program of common-expression-language, CEL in Rust."""
    import cel

    made = cel.compile(CEL)
    return Side(
        "common-expression-language", "common-expression-language", CEL, "run(context)", {"run": made.execute}
    )


def cel_python() -> Side:
    """Return a program of cel-python; turning a context into what it takes is part of every call."""
    import celpy

    environment = celpy.Environment()
    program = environment.program(environment.compile(CEL))
    made = {"evaluate": program.evaluate, "cel": celpy.json_to_cel}
    return Side("cel-python", "cel-python", CEL, "evaluate(cel(context))", made)


def rule_engine() -> Side:
    """Return a rule of rule-engine."""
    import rule_engine as package

    made = package.Rule(PYTHONIC)
    return Side("rule-engine", "rule-engine", PYTHONIC, "matches(context)", {"matches": made.matches})


def simpleeval() -> Side:
    """Return an expression of simpleeval, parsed once; its names are the context."""
    import simpleeval as package

    made = package.SimpleEval()
    tree = made.parse(PYTHONIC)
    needs = {"run": lambda names: _with_names(made, names).eval(PYTHONIC, previously_parsed=tree)}
    return Side("simpleeval", "simpleeval", PYTHONIC, "run(context)", needs)


def _with_names(made: Any, names: Mapping[str, Any]) -> Any:
    made.names = names
    return made


PEERS: tuple[Callable[[], Side], ...] = (zen, common, cel_python, rule_engine, simpleeval)


def shipped_fact() -> dict[str, Any]:
    """Return the data of the inspection result that ships with the fixtures, all its fields."""
    facts = (json.loads(line) for line in FACTS.read_text(encoding="utf-8").splitlines())
    data: dict[str, Any] = next(fact["data"] for fact in facts if fact["type"] == "inspection_result")
    return data


def contexts() -> dict[str, dict[str, Any]]:
    """Return the contexts that are timed: the shipped fact as it comes, and its two fields that the condition reads."""
    fact = shipped_fact()
    return {
        f"the shipped fact, {len(fact)} fields": fact,
        "two fields": {name: fact[name] for name in ("result", "quantity_rejected")},
    }


def checked() -> list[tuple[dict[str, Any], bool]]:
    """Return contexts on which every side must answer, and the answer."""
    cases: list[tuple[str, float, bool]] = [
        ("fail", 1, True),
        ("fail", 5, True),
        ("fail", 0, False),
        ("fail", 6, False),
        ("pass", 1, False),
    ]
    cases += [("fail", 2.5, True), ("fail", 5.5, False), ("pass", 9, False)]
    return [
        ({**whole, "result": result, "quantity_rejected": number}, answer)
        for whole in contexts().values()
        for result, number, answer in cases
    ]


def check(sides: list[Side]) -> None:
    """End the bench where a side answers wrongly."""
    for side in sides:
        for context, answer in checked():
            if side.answer(context) is not answer:
                raise SystemExit(f"{side.name} does not say {answer} of {context}")


def measure(turns: int) -> dict[str, Any]:
    """Return nanoseconds per evaluation: context -> side -> one figure for each turn."""
    sides = [lineside(), *(make() for make in PEERS)]
    stretches = {side.name: side.stretch() for side in sides}
    found: dict[str, dict[str, list[float]]] = {name: {s.name: [] for s in sides} for name in contexts()}
    for name, context in contexts().items():
        numbers = {side.name: _enough(stretches[side.name], context) for side in sides}
        for n in range(turns):
            check(sides)
            # every other turn goes backwards, so that no side always runs after the same neighbour
            for side in sides if n % 2 == 0 else reversed(sides):
                number = numbers[side.name]
                found[name][side.name].append(stretches[side.name](number, context) / number * 1e9)
    about = {side.name: {"package": side.package, "condition": side.condition} for side in sides}
    for one in about.values():
        one["version"] = version(one["package"]) if one["package"] else ""
    return {"sides": about, "nanoseconds": found, "python": sys.version.split()[0]}


def _enough(stretch: Stretch, context: Mapping[str, Any]) -> int:
    """Return how many evaluations fill a stretch of time; this warms caches as well."""
    number = 10
    while (seconds := stretch(number, context)) < STRETCH_SECONDS / 5:
        number *= 4
    return max(10, int(number * STRETCH_SECONDS / seconds))


def measured_beside_peers(rounds: int) -> dict[str, Any] | None:
    """Return what this module measures in the environment of the peers, None where there is none.

    Each round is a process of its own, with other hashes: where the keys of a dict fall is chance, and decides how fast they
    are found.
    """
    if not PYTHON.exists():
        return None
    found = [_process(seed) for seed in range(rounds)]
    figures = {
        context: {
            side: [median(one["nanoseconds"][context][side]) for one in found] for side in found[0]["sides"]
        }
        for context in found[0]["nanoseconds"]
    }
    return {**found[0], "rounds": rounds, "nanoseconds": figures}


def _process(seed: int) -> dict[str, Any]:
    done = subprocess.run(
        [str(PYTHON), "-m", "bench.expressions", "--turns", str(TURNS)],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": str(seed), "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def main() -> None:
    """Measure, and print what was measured."""
    parser = argparse.ArgumentParser(
        prog="bench.expressions", description="One condition beside other libraries."
    )
    parser.add_argument("--turns", type=int, default=TURNS)
    print(json.dumps(measure(parser.parse_args().turns)))


if __name__ == "__main__":
    main()
