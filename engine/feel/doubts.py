"""Why a sub-expression is null although its operands are not: the warning that DMN 1.5 asks for beside each null.

A node and the values of its parts go in, a doubt or nothing comes out. An operand that is null explains the null by
itself: only what began it is told. Codes are few and stable; docs/diagnostics.md lists them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from engine.feel import ast, calls, runtime
from engine.feel.ast import Node
from engine.feel.builtins import REGISTRY, Form
from engine.feel.builtins.registry import type_of_value
from engine.feel.builtins.shifts import FUNCTIONS as ASK_CALENDARS
from engine.feel.printer import format_node
from engine.feel.reading import asks_of_input
from engine.feel.rules import arithmetic_type
from engine.feel.temporal import DateTimeValue, TimeValue
from engine.feel.text import to_text
from engine.feel.values import ComparatorValue, FunctionValue, RangeValue

DIVISION = "division-by-zero"
KINDS = "wrong-kinds"
RANGE = "out-of-range"
ENTRY = "no-entry"
TEXT = "bad-text"
CALL = "wrong-call"
EXTERNAL = "external-function"
COST = "too-costly"
CODES = (DIVISION, KINDS, RANGE, ENTRY, TEXT, CALL, EXTERNAL, COST)

_LONGEST = 80
_READS_TEXT = frozenset(("date", "time", "date and time", "duration", "number", "range"))
_READS_PATTERNS = frozenset(("matches", "replace", "split"))
Values = Callable[[Node], Any]
"""Gives the value that a part of the expression has just had."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """A sub-expression that came to null by itself: where it stands, its text, and why."""

    start: int
    end: int
    code: str
    text: str
    message: str

    def __str__(self) -> str:
        return f"{self.text}: {self.message}"


def doubt(node: Node, code: str, message: str) -> Doubt:
    """Return the doubt about *node*."""
    return Doubt(node.start, node.end, code, shown(node), message)


def shown(node: Node) -> str:
    """Return *node* as text, cut where it is long."""
    text = format_node(node)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def kind_of(value: Any) -> str:
    """Return the word for a value's kind, article included."""
    return type_of_value(value).word


def of_null(node: Node, value: Values) -> Doubt | None:
    """Return why *node* has just been null, or None where one of its parts was, or where null is its answer."""
    match node:
        case ast.Path(source=source, name=name):
            return _of_path(node, name, source, value(source))
        case ast.Negation(operand=operand):
            found = value(operand)
            if found is None:
                return None
            return doubt(node, KINDS, f"{shown(operand)} is {kind_of(found)}, which has no negative")
        case ast.Arithmetic():
            return _of_arithmetic(node, value(node.left), value(node.right))
        case ast.Comparison(left=left, right=right):
            return _of_pair(node, left, right, value(left), value(right))
        case ast.Between(value=subject, low=low, high=high):
            for end in (low, high):
                a, b = value(subject), value(end)
                if a is not None and b is not None and runtime.order(a, b) is None:
                    return _of_pair(node, subject, end, a, b)
            return None
        case ast.In(value=subject, tests=tests):
            return of_tests(node, shown(subject), value(subject), tests, value)
        case ast.Interval(low=low, high=high):
            a, b = value(low), value(high)
            if a is not None and b is not None:
                return _of_pair(node, low, high, a, b)
            end, found = (low, a) if b is None else (high, b)
            return doubt(node, KINDS, f"{shown(end)} is {kind_of(found)}, which ends no range")
        case ast.Logic(operator=operator, operands=operands):
            for operand in operands:
                found = value(operand)
                if not isinstance(found, bool | None):
                    message = f'"{operator}" joins conditions, and {shown(operand)} is {kind_of(found)}'
                    return doubt(node, KINDS, message)
            return None
        case ast.Filter(source=source, condition=condition):
            return _of_filter(node, value(source), value(condition))
        case ast.For(iterators=iterators) | ast.Quantified(iterators=iterators):
            return _of_loop(node, iterators, value)
        case ast.Call():
            return _of_call(node, value)
        case _:
            return None


def of_condition(node: Node, construct: str, found: Any) -> Doubt | None:
    """Return the doubt about a condition that is neither true nor false nor null."""
    if isinstance(found, bool | None):
        return None
    return doubt(node, KINDS, f"{construct} asks for a condition, and {shown(node)} is {kind_of(found)}")


def is_position(found: Any) -> bool:
    """Return whether a filter's verdict asks for one item."""
    return type(found) in (int, Decimal)


def _of_path(node: Node, name: str, source: Node, found: Any) -> Doubt | None:
    if found is None or (isinstance(found, dict) and name in found):
        return None
    if isinstance(found, dict):
        return doubt(node, ENTRY, f'{shown(source)} has no entry "{name}"')
    if name in runtime.PROPERTIES.get(type(found), {}):
        return None
    return doubt(node, ENTRY, f'{shown(source)} is {kind_of(found)}, which has no "{name}"')


def _zero(divisor: ast.Node) -> str:
    return "it divides by 0" if isinstance(divisor, ast.NumberLiteral) else f"{shown(divisor)} is 0"


def _of_arithmetic(node: ast.Arithmetic, a: Any, b: Any) -> Doubt | None:
    if a is None or b is None:
        return None
    if (
        arithmetic_type(node.operator, type_of_value(a), type_of_value(b)) is None
        or type_of_value(a).word == "a value"
    ):
        message = f'{_sides(node.left, node.right, a, b)}, which "{node.operator}" does not combine'
        return doubt(node, KINDS, message)
    if _differ_in_zone(a, b):
        return doubt(node, KINDS, _zones(node.left, node.right))
    if node.operator == "/" and runtime.equal(b, runtime.subtract(b, b)) is True:
        return doubt(node, DIVISION, _zero(node.right))
    return doubt(
        node,
        RANGE,
        f"there is no such value, or it is beyond the largest: {_short(a)} {node.operator} {_short(b)}",
    )


def _of_pair(node: Node, left: Node, right: Node, a: Any, b: Any) -> Doubt | None:
    if a is None or b is None:
        return None
    if _differ_in_zone(a, b):
        return doubt(node, KINDS, _zones(left, right))
    return doubt(node, KINDS, f"{_sides(left, right, a, b)}, which do not compare")


def _differ_in_zone(a: Any, b: Any) -> bool:
    if isinstance(a, TimeValue) and isinstance(b, TimeValue):
        return a.zoned != b.zoned or (a.offset is None) != (b.offset is None)
    return isinstance(a, DateTimeValue) and isinstance(b, DateTimeValue) and a.zoned != b.zoned


def _zones(left: Node, right: Node) -> str:
    return f"only one of {shown(left)} and {shown(right)} says how it stands to UTC"


def _sides(left: Node, right: Node, a: Any, b: Any) -> str:
    return f"{shown(left)} is {kind_of(a)} and {shown(right)} is {kind_of(b)}"


def of_tests(node: Node, subject: str, found: Any, tests: tuple[Node, ...], value: Values) -> Doubt | None:
    """Return why a value neither passes nor fails one of *tests*; *subject* is how the message names it."""
    if found is None:
        return None
    for test in tests:
        if asks_of_input(test):
            continue
        other = value(test)
        for end in _ends(other):
            ordered = isinstance(other, RangeValue) or (
                isinstance(other, ComparatorValue) and other.operator not in ("=", "!=")
            )
            if end is None or (runtime.order if ordered else runtime.fits)(found, end) is not None:
                continue
            if _differ_in_zone(found, end):
                return doubt(
                    node, KINDS, f"only one of {subject} and {shown(test)} says how it stands to UTC"
                )
            message = f"{subject} is {kind_of(found)}, and {shown(test)} asks for {kind_of(end)}"
            return doubt(node, KINDS, message)
    return None


def _ends(test: Any) -> tuple[Any, ...]:
    """Return what a test compares a value with."""
    if isinstance(test, RangeValue):
        return (test.low, test.high)
    return (test.operand if isinstance(test, ComparatorValue) else test,)


def _of_filter(node: ast.Filter, source: Any, index: Any) -> Doubt | None:
    if source is None or not is_position(index):
        return None
    count = len(source) if isinstance(source, list) else 1
    items = "1 item" if count == 1 else f"{count} items"
    return doubt(node, RANGE, f"{shown(node.source)} has {items}, and none at {_short(index)}")


def _of_loop(node: Node, iterators: tuple[ast.Iterator, ...], value: Values) -> Doubt | None:
    for iterator in iterators:
        low = value(iterator.domain)
        high = low if iterator.until is None else value(iterator.until)
        if low is None or high is None:
            return None
        if iterator.until is not None and runtime.span(low, high) is None:
            sides = _sides(iterator.domain, iterator.until, low, high)
            return doubt(node, KINDS, f"{sides}, and a loop runs over whole numbers or dates")
        if isinstance(low, RangeValue) and iterator.until is None:
            message = (
                f"{shown(iterator.domain)} is no range of whole numbers or dates that a loop can run over"
            )
            return doubt(node, KINDS, message)
    return None


# calls


def _of_call(node: ast.Call, value: Values) -> Doubt | None:
    name = node.function.name if isinstance(node.function, ast.Name) else None
    function = value(node.function)
    if function is None and name in REGISTRY:
        return _of_builtin(node, name, value)
    if not isinstance(function, FunctionValue):
        return doubt(node, CALL, f"{shown(node.function)} is {kind_of(function)}, not a function")
    if function.function is runtime.not_run:
        return doubt(node, EXTERNAL, f"the code of {shown(node.function)} is not FEEL, and is not run")
    names = [argument.name for argument in node.arguments if argument.name is not None]
    known = function.parameters
    if known is not None and (not set(names) <= set(known) if names else len(node.arguments) != len(known)):
        given = ", ".join(names) if names else str(len(node.arguments))
        return doubt(node, CALL, f"{shown(node.function)} takes ({', '.join(known)}), and is given {given}")
    kinds = function.signature().parameters if function.signature is not None else None
    for place, kind in enumerate(kinds or ()):
        if names and known is not None and known[place] not in names:
            continue
        at = names.index(known[place]) if names and known is not None else place
        given_value = value(node.arguments[at].value) if at < len(node.arguments) else None
        if given_value is not None and runtime.coerce(given_value, kind) is None:
            text = shown(node.arguments[at].value)
            return doubt(
                node,
                KINDS,
                f"{shown(node.function)} takes {kind.word} here, and {text} is {kind_of(given_value)}",
            )
    return None


def _of_builtin(node: ast.Call, name: str, value: Values) -> Doubt | None:
    builtin = REGISTRY[name]
    chosen = calls.choose(builtin, node)
    if chosen is None:
        forms = " or ".join(str(form) for form in builtin.forms)
        return doubt(node, CALL, f"{name} is called with other arguments than {forms}")
    form, places = chosen
    found = [value(argument.value) for argument in node.arguments]
    if form.spread:
        return _of_items(node, form, found[0] if len(found) == 1 and isinstance(found[0], list) else found)
    for argument, place, one in zip(node.arguments, places, found, strict=True):
        parameter = form.parameter(place)
        fits, _ = parameter.coerce(one)
        if one is None and (parameter.classes or len(found) <= 2):
            return None
        if not fits:
            wanted = " or ".join(kind.word for kind in parameter.types)
            return doubt(
                node, KINDS, f"{name} takes {wanted} here, and {shown(argument.value)} is {kind_of(one)}"
            )
    return _of_domain(node, form, found)


def _of_domain(node: ast.Call, form: Form, found: list[Any]) -> Doubt | None:
    """Return why a built-in is null for arguments that are all of the right kinds."""
    name = form.name
    if name == "not":
        return doubt(
            node,
            KINDS,
            f"not asks for a condition, and {shown(node.arguments[0].value)} is {kind_of(found[0])}",
        )
    if name == "get value":
        return _of_key(node, *found)
    if name == "shift":
        return None  # between two shifts there is none
    if name in ASK_CALENDARS:
        return doubt(node, RANGE, f"{name} has no answer: no such calendar or shift, or too far away")
    if name == "modulo" and found[1] == 0:
        return doubt(node, DIVISION, _zero(node.arguments[1].value))
    if name in _READS_PATTERNS:
        return doubt(node, TEXT, f"{_short(found[1])} is no pattern that is known here")
    if name in _READS_TEXT and isinstance(found[0], str):
        return doubt(node, TEXT, f"{_short(found[0])} is no {name} as FEEL writes it")
    return doubt(node, RANGE, f"{name} has no value for {', '.join(map(_short, found))}")


def _of_key(node: ast.Call, found: Any, key: Any) -> Doubt | None:
    for name in key if isinstance(key, list) else [key]:
        if found is None or name is None:
            return None
        if not isinstance(found, dict) or name not in found:
            return doubt(node, ENTRY, f"{shown(node.arguments[0].value)} has no entry {_short(name)}")
        found = found[name]
    return None


def _of_items(node: ast.Call, form: Form, items: list[Any]) -> Doubt | None:
    """Return why a function of a list is null; for an empty list, and for one that holds null, null is the answer."""
    if not items or any(item is None for item in items):
        return None
    kinds = list(dict.fromkeys(kind_of(item) for item in items))
    if len(kinds) == 1 and kinds[0] in (
        "a number",
        "a duration of days and time",
        "a duration of years and months",
    ):
        return doubt(node, RANGE, f"{form.name} has no value for {_short(items)}")
    return doubt(node, KINDS, f"{form.name} does not combine {' and '.join(kinds)}")


def _short(value: Any) -> str:
    text = to_text([value])[1:-1]
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
