"""What rules can call: every decision, function and service of every definitions document, by its name.

A decision is a function of the inputs it needs. What is called is a pure function of its arguments and the time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from engine.definitions.evaluation import Callee, Logic, prepare
from engine.definitions.model import Definitions
from engine.diagnostics import RulesRejected
from engine.feel.builtins import REGISTRY
from engine.feel.scope import Scope, Variable
from engine.feel.values import FunctionValue, Steps


@dataclass(frozen=True, slots=True, eq=False)
class Library:
    """Functions by name, for compiled FEEL and for walks; a name that several documents have stands for none."""

    callees: Mapping[str, Callee]
    makers: Mapping[str, Callable[[Any, Steps | None], FunctionValue]]
    """By name: what makes the function as a value, given the time and the steps of an evaluation."""
    scope: Scope
    timed: frozenset[str]
    """Those whose value may change as time passes."""

    def values(self, now: Any) -> dict[str, FunctionValue]:
        """Return every function as a value at the time *now*."""
        return {name: make(now, None) for name, make in self.makers.items()}


EMPTY = Library(MappingProxyType({}), MappingProxyType({}), Scope(), frozenset())


def library_of(definitions: Iterable[Definitions]) -> Library:
    """Return what *definitions* offer; a document whose decisions need one another in a circle offers nothing."""
    callees: dict[str, Callee] = {}
    makers: dict[str, Callable[[Any, Steps | None], FunctionValue]] = {}
    timed: set[str] = set()
    several: set[str] = set()
    for model in definitions:
        try:
            logic = prepare(model)
        except RulesRejected:
            continue
        for name, callee in logic.callees().items():
            if name in REGISTRY:
                continue
            several |= {name} & callees.keys()
            callees[name] = callee
            makers[name] = _maker(logic, name)
        timed |= logic.timed()
    for name in several:
        del callees[name], makers[name]
    if not callees:
        return EMPTY
    variables = {name: Variable(callee.type, "", makes=makers[name]) for name, callee in callees.items()}
    return Library(callees, makers, Scope(variables), frozenset(timed & callees.keys()))


def _maker(logic: Logic, name: str) -> Callable[[Any, Steps | None], FunctionValue]:
    return lambda now, steps: logic.function(name, now, steps)
