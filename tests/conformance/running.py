"""Runs the cases of a folder through the engine: the model is read and prepared once, each case is evaluated.

Values are compared as the runners published beside the suite do, and no laxer: numbers by value, contexts by their entries,
lists in order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from engine.definitions.evaluation import Logic, prepare
from engine.definitions.model import Definitions
from engine.diagnostics import RulesRejected
from engine.dmn.reading import Reading, namespace_of, read_dmn
from engine.feel.runtime import equal
from tests.conformance.cases import Case, Expected, Folder

_LONG = 8
"""Decimals from which a number is taken for one that has no end."""

_NEAR = Decimal("0.00000001")

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)

Change = Callable[[Definitions], Definitions]
"""What is done to a model between its reading and its running."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one case: "" where it passes, else what came out of it."""

    level: str
    folder: str
    case: str
    failure: str
    errors: int = 0
    """How many of its results are expected as errors: null, and a warning."""
    told: int = 0
    """How many of those came with a warning."""

    @property
    def key(self) -> str:
        """Return the name of the case in the list of those that do not pass."""
        return f"{self.level}/{self.folder} {self.case}"


def unchanged(definitions: Definitions) -> Definitions:
    """Return the model as it is."""
    return definitions


def run(folder: Folder, *, walked: bool = False, change: Change = unchanged) -> Iterator[Outcome]:
    """Yield what becomes of each case of *folder*."""
    for model, cases in folder.tests:
        logic = _logic(model, walked=walked, change=change)
        for case in cases:
            if isinstance(logic, str):
                yield Outcome(folder.level, folder.name, case.name, logic)
            else:
                yield Outcome(folder.level, folder.name, case.name, *_run(logic, case))


def _models(folder: Path) -> dict[str, Path]:
    """Return the models of a folder by their namespaces, which is how one imports another."""
    found = {}
    for path in sorted(folder.glob("*.dmn")):
        namespace = namespace_of(path.read_bytes())
        if namespace:
            found[namespace] = path
    return found


def _logic(model: Path, *, walked: bool, change: Change) -> Logic | str:
    reading = _reading(model)
    if reading.definitions is None:
        return f"the model is not read: {reading.diagnostics[0].message}"
    try:
        return prepare(change(reading.definitions), walked=walked)
    except RulesRejected as rejected:
        return f"the model is refused: {rejected.diagnostics[0].message}"


@cache
def _reading(model: Path) -> Reading:
    beside: dict[str, Path] | None = None

    def resolve(namespace: str) -> tuple[str, bytes] | None:
        nonlocal beside
        beside = _models(model.parent) if beside is None else beside
        path = beside.get(namespace)
        return None if path is None else (path.name, path.read_bytes())

    return read_dmn(model.read_bytes(), model.name, resolve)


def _run(logic: Logic, case: Case) -> tuple[str, int, int]:
    inputs = {
        f"{given.namespace}#{given.name}" if given.namespace else given.name: given.value
        for given in case.inputs
    }
    if case.service:
        evaluated = logic.call(case.service, inputs, NOW)
    failures = []
    errors = told = 0
    for expected in case.expected:
        if not case.service:
            evaluated = logic.decide(expected.decision, inputs, NOW)
            value = evaluated.value
        else:
            several = len(case.expected) > 1 and isinstance(evaluated.value, dict)
            value = evaluated.value.get(expected.decision) if several else evaluated.value
        if not same(value, expected.value):
            failures.append(_told(expected, value))
        errors += expected.is_error
        told += expected.is_error and bool(evaluated.warnings)
    if not case.expected:
        failures.append("the case expects nothing")
    return "; ".join(failures), errors, told


def _told(expected: Expected, value: Any) -> str:
    return f"{expected.decision} is {value!r}, not {expected.value!r}"


def same(value: Any, expected: Any) -> bool:
    """Return whether *value* is what the suite expects: an expected number of many digits stands for what rounds to it."""
    if isinstance(expected, dict):
        return (
            isinstance(value, dict)
            and value.keys() == expected.keys()
            and all(same(value[name], part) for name, part in expected.items())
        )
    if isinstance(expected, list):
        return (
            isinstance(value, list)
            and len(value) == len(expected)
            and all(same(one, part) for one, part in zip(value, expected, strict=True))
        )
    if isinstance(expected, Decimal):
        return (
            not isinstance(value, bool)
            and isinstance(value, int | Decimal)
            and _same_number(Decimal(value), expected)
        )
    return (
        value is expected
        if expected is None or isinstance(expected, bool)
        else equal(value, expected) is True
    )


def _same_number(value: Decimal, expected: Decimal) -> bool:
    """Return whether the two are the same; of a number that has no end, the suite writes what binary arithmetic gave it.

    The runners published beside it allow 0.00000001 everywhere; here it is allowed where eight decimals or more are given.
    """
    exponent = expected.as_tuple().exponent
    if isinstance(exponent, int) and exponent <= -_LONG:
        return abs(value - expected) < _NEAR
    return value == expected
