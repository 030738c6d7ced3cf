"""FEEL inside bodies, two ways: compiled to Python, or walked. Tests hold the two equal.

Both read their names from the environment of the body they stand in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from engine import feel
from engine.definitions.running import Closure, Env, Run
from engine.diagnostics import Span
from engine.feel import types as t
from engine.feel.scope import Scope, Variable
from engine.tables.model import Table
from engine.written import Expression

PARAMETERS = ("env", "steps")
"""What a compiled leaf takes, `now` aside."""


@dataclass(frozen=True, slots=True)
class Built:
    """A closure, and the type of what it gives (null aside)."""

    run: Closure
    type: t.FeelType = t.ANY


class Leaves(Protocol):
    """A way to evaluate FEEL."""

    is_walked: bool
    """Whether it walks trees, and so wants nothing compiled beside it."""
    pool: feel.FunctionPool
    """What is compiled so far."""

    def build(self, expression: Expression, scope: Scope, said: str = "") -> Built:
        """Return *expression*, whose names mean what *scope* says, ready to run; messages about it begin with *said*."""

    def fit(self, found: t.FeelType, wanted: t.FeelType, what: str, span: Span) -> None:
        """Take note that a value of one type has to be of another."""

    def table(self, table: Table, scope: Scope) -> None:
        """Take note of a decision table, whose names mean what *scope* says."""


class CompiledLeaves:
    """Leaves as Python functions; those that say the same share one."""

    is_walked = False

    def __init__(self) -> None:
        self.pool = feel.FunctionPool()

    def build(self, expression: Expression, scope: Scope, said: str = "") -> Built:  # noqa: ARG002 - says nothing
        """Return *expression* compiled."""
        node = expression.node
        function = feel.compile_value(node, scope, PARAMETERS, self.pool)
        return Built(_calling(function), feel.check(node, scope).type)

    def fit(self, found: t.FeelType, wanted: t.FeelType, what: str, span: Span) -> None:
        """Leave it to the values."""

    def table(self, table: Table, scope: Scope) -> None:
        """Pass it over: it is run as its leaves are."""


class WalkedLeaves:
    """Leaves as trees that are walked anew each time: the second opinion."""

    is_walked = True

    def __init__(self) -> None:
        self.pool = feel.FunctionPool()

    def build(self, expression: Expression, scope: Scope, said: str = "") -> Built:  # noqa: ARG002 - says nothing
        """Return *expression* as a walk over its tree."""
        node = expression.node
        types = scope.all_types()

        def walk(env: Env, run: Run) -> Any:
            return feel.evaluate(node, env, run.now, types, run.steps)

        return Built(walk, feel.check(node, scope).type)

    def fit(self, found: t.FeelType, wanted: t.FeelType, what: str, span: Span) -> None:
        """Leave it to the values."""

    def table(self, table: Table, scope: Scope) -> None:
        """Pass it over: it is run as its leaves are."""


def _calling(function: Callable[..., Any]) -> Closure:
    return lambda env, run: function(env, run.steps, run.now)


def variable(name: str, kind: t.FeelType) -> Variable:
    """Return what a name in the environment means to a compiled leaf."""
    return Variable(kind, f"env.get({name!r})", required=False)
