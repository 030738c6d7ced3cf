"""Evaluating a tree without compiling it: its value, the doubts about it, and the value of each of its parts.

This is what compiled functions are tested against, and what explains decisions. Nothing here raises for any data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.feel import ast, doubts
from engine.feel.ast import Node
from engine.feel.doubts import Doubt
from engine.feel.evaluate import NO_TYPES, Evaluator, Types
from engine.feel.printer import format_node
from engine.feel.values import MAX_STEPS, Exhausted, Steps

MAX_DOUBTS = 20
"""Doubts that one evaluation tells of; a loop over much data can have one for each item."""


@dataclass(frozen=True, slots=True)
class Explained:
    """A sub-expression, where it stands, what it came to, why that is null if it is, and the same of its parts."""

    text: str
    start: int
    end: int
    value: Any
    children: tuple[Explained, ...]
    warning: Doubt | None = None


def evaluate(
    node: Node,
    env: Mapping[str, Any],
    now: Any,
    types: Types = NO_TYPES,
    steps: Steps | None = None,
    *,
    warnings: list[Doubt] | None = None,
) -> Any:
    """Return the FEEL value of *node*, its names looked up in *env* and its declared types in *types*.

    *steps* are what the evaluation may still do, where it is part of a larger one. *warnings*, where it is given, is
    filled with the reason for each null that did not come in.
    """
    if warnings is None:
        return _guarded(lambda: Evaluator(env, now, types, steps).value(node))
    return _Doubting(env, now, types, steps).told(node, warnings)


def explain(node: Node, env: Mapping[str, Any], now: Any, types: Types = NO_TYPES) -> Explained:
    """Return the value of *node* and of every sub-expression that is not a literal.

    What a loop or a filter evaluates for each item is left out: it has no single value. The parts share the steps of
    one evaluation.
    """
    told: list[Doubt] = []
    value = evaluate(node, env, now, types, warnings=told)
    return _explained(node, value, told, _Doubting(env, now, types))


def _explained(node: Node, value: Any, told: list[Doubt], evaluator: _Doubting) -> Explained:
    parts = []
    below: list[Doubt] = []
    for part in _parts(node):
        of_part: list[Doubt] = []
        found = evaluator.told(part, of_part)
        parts.append(_explained(part, found, of_part, evaluator))
        below.extend(of_part)
    own = next((one for one in told if one not in below), None)
    return Explained(format_node(node), node.start, node.end, value, tuple(parts), own)


def _parts(node: Node) -> list[Node]:
    """Return the sub-expressions of *node* that have a value of their own here and now."""
    match node:
        case ast.Path() | ast.FunctionLiteral() | ast.ContextLiteral():
            return []
        case ast.Filter(source=source):
            found = [source]
        case ast.For(iterators=iterators) | ast.Quantified(iterators=iterators):
            found = [iterators[0].domain]
        case ast.Call(arguments=arguments):
            found = [argument.value for argument in arguments]
        case ast.InstanceOf(value=value):
            found = [value]
        case _:
            found = list(ast.children(node))
    flat: list[Node] = []
    for part in found:
        if isinstance(part, ast.Comparator | ast.Interval | ast.ListLiteral | ast.Negation):
            flat.extend(_parts(part))
        elif not isinstance(part, _LITERALS):
            flat.append(part)
    return flat


_LITERALS = (
    ast.NumberLiteral,
    ast.StringLiteral,
    ast.BooleanLiteral,
    ast.NullLiteral,
    ast.AtLiteral,
    ast.AnyInput,
)


def _asks_for_null(node: ast.Comparison) -> bool:
    return isinstance(node.left, ast.NullLiteral) or isinstance(node.right, ast.NullLiteral)


def _guarded(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except Exception:  # the standard's answer to whatever cannot be computed
        return None


class _Doubting(Evaluator):
    """An evaluation that tells why what is null is null.

    Each value is kept until its node is evaluated again, so that a node which comes to null finds the values of its parts.
    """

    def __init__(self, env: Mapping[str, Any], now: Any, types: Types, steps: Steps | None = None) -> None:
        super().__init__(env, now, types, steps)
        self._last: dict[int, Any] = {}
        self._told: list[Doubt] = []

    def told(self, node: Node, warnings: list[Doubt]) -> Any:
        """Return the value of *node*, and fill *warnings*; never raises."""
        self._told = warnings
        try:
            return self.value(node)
        except Exhausted:
            self._tell(
                doubts.doubt(node, doubts.COST, f"it takes more than {MAX_STEPS:,} steps, or is too large")
            )
        except Exception:  # the standard's answer to whatever cannot be computed
            return None
        return None

    def value(self, node: Node) -> Any:
        """Return the value of *node*."""
        before = len(self._told)
        found = self._last[id(node)] = super().value(node)
        if isinstance(node, ast.Comparison) and _asks_for_null(node):
            # whether there is an entry is what the comparison asks
            self._told[before:] = [one for one in self._told[before:] if one.code != doubts.ENTRY]
        try:
            self._doubt(node, found)
        except Exception:
            # telling why a value is what it is must not change it
            return found
        return found

    def _doubt(self, node: Node, found: Any) -> None:
        if found is None:
            if isinstance(node, ast.UnaryTests):
                subject = self._name("?")
                self._tell(doubts.of_tests(node, "the input", subject, node.tests, self._value_of))
            else:
                self._tell(doubts.of_null(node, self._value_of))
        if isinstance(node, ast.If):
            self._tell(doubts.of_condition(node.condition, "if", self._value_of(node.condition)))
        elif isinstance(node, ast.Quantified):
            self._tell(doubts.of_condition(node.condition, node.quantifier, self._value_of(node.condition)))

    def _closure(self, names: tuple[str | None, ...], body: Node) -> Callable[..., Any]:
        inner = super()._closure(names, body)
        if names != (None,):
            return inner

        def filtering(item: Any) -> Any:
            verdict = inner(item)
            if not doubts.is_position(verdict):
                self._tell(doubts.of_condition(body, "a filter", verdict))
            return verdict

        return filtering

    def _value_of(self, node: Node) -> Any:
        return self._last.get(id(node))

    def _tell(self, found: Doubt | None) -> None:
        if found is not None and len(self._told) < MAX_DOUBTS and found not in self._told:
            self._told.append(found)
