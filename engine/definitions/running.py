"""One evaluation as it runs: its time, the steps and the depth it has left, its functions, and what it warns of.

Bodies are closures over an environment (what is in sight, by name) and a run; a run is made for each evaluation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine import feel
from engine.diagnostics import Span
from engine.feel import types as t
from engine.feel.text import to_text
from engine.feel.values import Exhausted, FunctionValue, Steps
from engine.written import Expression

MAX_CALLS = 40
"""Functions and services inside one another; so deep that no stack ends first, for bodies as they are written."""

MAX_WARNINGS = 100
"""Of one evaluation; what comes after them says the same."""

_SHOWN = 60
_ASKED = 64
"""Steps that asking once costs beside what is evaluated."""

Env = dict[str, Any]
"""What is in sight: values by name; what an import gives stands under its name as a dict."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Why something came out as null, and where it is said."""

    message: str
    span: Span

    def __str__(self) -> str:
        return f"{self.span}: {self.message}"


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A FEEL value, and what was remarkable on the way to it."""

    value: Any
    warnings: tuple[Remark, ...] = ()


class Run:
    """What one evaluation carries from body to body."""

    __slots__ = ("_asking", "depth", "functions", "is_asking", "now", "steps", "warnings")

    def __init__(self, now: Any, steps: Steps | None = None) -> None:
        self.now = now
        self.steps = steps or Steps()
        self.depth = 0
        self.warnings: list[Remark] = []
        self.functions: dict[Any, FunctionValue] = {}
        """By what declares them, as values of this run."""
        self._asking = Steps()
        self.is_asking = False
        """Whether an expression is walked again to learn why it is null: what it calls is not asked once more."""

    def ask(self, expression: Expression, env: Env, types: Mapping[str, t.FeelType]) -> None:
        """Note why *expression*, which has just come to null, did so by itself (DMN 1.5, 10.3.1.3), if it did."""
        if self.is_asking or len(self.warnings) >= MAX_WARNINGS or self._asking.left <= 0:
            return
        left, told = self.steps.left, list[feel.Doubt]()
        self.is_asking = True
        feel.evaluate(expression.node, env, self.now, types, self._asking, warnings=told)
        self.is_asking = False
        # asking costs the evaluation nothing, and has an end of its own
        self._asking.left -= left - self.steps.left + _ASKED
        self.steps.left = left
        for doubt in told:
            self.warn(str(doubt), expression.span(doubt.start, doubt.end))

    def warn(self, message: str, span: Span) -> None:
        """Note a remark, as long as there are few."""
        if len(self.warnings) < MAX_WARNINGS:
            self.warnings.append(Remark(message, span))

    def fitted(self, value: Any, kind: t.FeelType, what: str, span: Span) -> Any:
        """Return *value* as one of type *kind* (DMN 1.5, 10.3.2.9.4), or null with a warning."""
        if value is None or isinstance(kind, t.Any_):
            return value
        found = feel.coerce(value, kind)
        if found is None and isinstance(kind, t.FunctionType) and isinstance(value, FunctionValue):
            found = _function_of(value, kind)
        if found is None:
            self.warn(f"{what} is not {_word(kind)}: {_shown(value)}", span)
        return found

    def failed(self, reason: Exception, what: str, span: Span) -> None:
        """Note why *what* has no value."""
        if isinstance(reason, Exhausted):
            self.warn(f"{what} takes too many steps", span)
        elif isinstance(reason, RecursionError):
            self.warn(f"{what} nests too deep", span)
        else:  # the standard's answer to whatever cannot be computed
            self.warn(f"{what} cannot be computed", span)


Closure = Callable[[Env, Run], Any]
"""A body, ready to run."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a function takes: a name and a type."""

    name: str
    type: t.FeelType


@dataclass(frozen=True, slots=True)
class Signature:
    """What is called: how a warning names it, where it stands, and what it takes."""

    what: str
    span: Span
    parameters: tuple[Parameter, ...]


def call(
    run: Run, signature: Signature, arguments: Sequence[Any], body: Callable[[dict[str, Any]], Any]
) -> Any:
    """Return what *body* gives for the arguments by name; it is not run where one is not of its type.

    *arguments* are as many as the parameters.
    """
    what, span = signature.what, signature.span
    given: dict[str, Any] = {}
    for parameter, value in zip(signature.parameters, arguments, strict=True):
        fitted = run.fitted(value, parameter.type, f'"{parameter.name}" of {what}', span)
        if fitted is None and value is not None:
            return None
        given[parameter.name] = fitted
    if run.depth >= MAX_CALLS:
        run.warn(f"{what} calls itself too deep", span)
        return None
    run.depth += 1
    try:
        return body(given)
    except Exception as reason:
        run.failed(reason, what, span)
        return None
    finally:
        run.depth -= 1


def _function_of(value: FunctionValue, kind: t.FunctionType) -> FunctionValue | None:
    """Return *value* as a function of type *kind* where nothing is known of its result: each is then looked at."""
    own = t.ANY_FUNCTION if value.signature is None else value.signature()
    if not isinstance(own.result, t.Any_):
        return None
    if own.parameters is not None and not t.conforms(t.FunctionType(own.parameters, kind.result), kind):
        return None

    def function(*arguments: Any) -> Any:
        return feel.coerce(value.function(*arguments), kind.result)

    return FunctionValue(value.parameters, function, value.name, lambda: kind)


def _word(kind: t.FeelType) -> str:
    if isinstance(kind, t.ContextType) and kind.title:
        return f"a {kind.title}"
    if isinstance(kind, t.ListType) and not isinstance(kind.item, t.Any_):
        item = _word(kind.item)
        return f"a list, each item {item}"
    return kind.word


def _shown(value: Any) -> str:
    text = to_text(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."
