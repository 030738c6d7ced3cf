"""The checker's rules for comparisons and tests: kinds that do not compare, and values that cannot occur."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from engine.diagnostics import nearest
from engine.feel import ast
from engine.feel import types as t
from engine.feel.ast import Node
from engine.feel.builtins.registry import type_of_value
from engine.feel.printer import format_node
from engine.feel.reading import NOT_LITERAL, literal_value
from engine.feel.runtime import order
from engine.feel.temporal import parse_temporal
from engine.feel.types import FeelType, is_unknown
from engine.feel.units import split_unit, without_unit

if TYPE_CHECKING:
    from engine.feel.checker import Checker

_LITERALS = (ast.NumberLiteral, ast.StringLiteral, ast.BooleanLiteral)
_LONGEST = 160
"""Characters of the user's text that a fix for a list repeats."""
_WRITTEN = {
    t.Date: ("a date", "2026-01-31"),
    t.Time: ("a time", "08:30:00"),
    t.DateTime: ("a date and time", "2026-01-31T08:30:00Z"),
    t.DaysTimeDuration: ("a duration", "PT15M"),
    t.YearsMonthsDuration: ("a duration", "P1Y6M"),
    t.AnyDuration: ("a duration", "PT15M"),
}


def check_comparison(checker: Checker, place: Node, operator: str, left: Node, right: Node) -> None:
    """Note what is wrong with `left operator right`, whose types are known."""
    left_type, right_type = checker.of(left), checker.of(right)
    if operator not in ("=", "!="):
        if isinstance(left, ast.NullLiteral) or isinstance(right, ast.NullLiteral):
            checker.fault(
                place, "never-true", f'"{operator}" with null is never true', "use = null or != null"
            )
            return
        for side, kind in ((left, left_type), (right, right_type)):
            if not is_unknown(kind) and not isinstance(kind, (*t.ORDERED, t.AnyDuration)):
                checker.fault(
                    side,
                    "type-mismatch",
                    f'{format_node(side)} is {kind.word}, which "{operator}" cannot put in order',
                    _chained(operator, left, right) or _called(side, kind),
                )
                return
    if not t.comparable(left_type, right_type):
        checker.fault(
            place,
            "type-mismatch",
            f"{format_node(left)} is {left_type.word} and {format_node(right)} is {right_type.word}, "
            "so this is never true",
            _called(left, left_type)
            or _called(right, right_type)
            or _fix(left, right, left_type, right_type),
        )
    elif operator in ("=", "!="):
        _check_choice(checker, operator, left, right)


def _fix(left: Node, right: Node, left_type: FeelType, right_type: FeelType) -> str:
    """Return how to write the literal of two sides that do not compare."""
    if isinstance(left, _LITERALS) and not isinstance(right, _LITERALS):
        left, right, left_type, right_type = right, left, right_type, left_type
    if isinstance(right, ast.StringLiteral):
        text = right.value.replace(",", ".") if isinstance(left_type, t.Number) else right.value
        if isinstance(left_type, t.Number | t.Boolean) and _is_bare(text, left_type):
            return f"write {text} without quotes"
        unit = split_unit(right.value)
        if unit is not None and isinstance(left_type, (t.Number, *t.DURATIONS)):
            return without_unit(*unit, duration=not isinstance(left_type, t.Number))
        return _written(left_type, right.value)
    if isinstance(left_type, t.DURATIONS) and isinstance(right, ast.NumberLiteral):
        return _written(left_type, "")
    if isinstance(left_type, t.String) and isinstance(right, ast.NumberLiteral | ast.BooleanLiteral):
        return f'write "{format_node(right)}"'
    for record, other, kind in ((right, left, right_type), (left, right, left_type)):
        if isinstance(kind, t.ContextType) and isinstance(other, ast.Name) and other.name in kind.fields:
            return f"write {format_node(record)}.{other.name}"
    if isinstance(left_type, t.Date) and isinstance(right_type, t.DateTime):
        return f"write date({format_node(right)})"
    if isinstance(left_type, t.DateTime) and isinstance(right_type, t.Date):
        return f"write date({format_node(left)})"
    return ""


def _written(kind: FeelType, text: str) -> str:
    """Return how a date or a duration is written: the user's own *text* if it is one, else an example."""
    if type(kind) not in _WRITTEN:
        return ""
    word, example = _WRITTEN[type(kind)]
    fits = bool(text) and t.comparable(kind, type_of_value(parse_temporal(text)))
    return f'write {word} as @"{text if fits and parse_temporal(text) is not None else example}"'


def _called(side: Node, kind: FeelType) -> str:
    """Return how to call a function that is compared without its parentheses, such as `today`."""
    return f"write {side.name}()" if isinstance(side, ast.Name) and isinstance(kind, t.FunctionType) else ""


def _chained(operator: str, left: Node, right: Node) -> str:
    """Return how to write `1 < x < 5`."""
    if not isinstance(left, ast.Comparison) or left.operator[0] != operator[0] or operator[0] not in "<>":
        return ""
    low, high, after_low, after_high = left.left, right, left.operator, operator
    if operator[0] == ">":
        low, high, after_low, after_high = high, low, after_high, after_low
    opening, closing = "[" if after_low[1:] else "(", "]" if after_high[1:] else ")"
    ends = f"{opening}{format_node(low)}..{format_node(high)}{closing}"
    return f"write {format_node(left.right)} in {ends}"


def choice_type(checker: Checker, before: Node, operand: Node) -> FeelType:
    """Return the type of `x` where *operand* is a text that `x = "a"` before it may have: `x = "a" or b`."""
    if isinstance(before, ast.Comparison) and isinstance(operand, ast.Name):
        kind = checker.of(before.left)
        if isinstance(kind, t.String) and operand.name in (kind.enum or ()):
            return kind
    return t.ANY


def check_choices(checker: Checker, node: ast.Logic) -> Iterator[Node]:
    """Note `x = "a" or "b"`, and yield the operands that stand in no such list."""
    chosen: ast.Comparison | None = None
    texts: list[Node] = []
    for operand in (*node.operands, None):
        if chosen is not None and isinstance(operand, ast.StringLiteral | ast.NumberLiteral):
            texts.append(operand)
            continue
        if chosen is not None and texts:
            listed = ", ".join(format_node(text) for text in (chosen.right, *texts))
            form = f"{format_node(chosen.left)} in ({listed})"
            form = form if len(form) <= _LONGEST else "x in (a, b)"
            fix = f"write {form}" if chosen.operator == "=" else f"write not({form})"
            shown = f"{format_node(texts[0])} is {checker.of(texts[0]).word}"
            message = f'"{node.operator}" joins conditions, and {shown}'
            checker.fault(texts[0], "type-mismatch", message, fix)
        texts = []
        equality = isinstance(operand, ast.Comparison) and operand.operator in ("=", "!=")
        chosen = operand if isinstance(operand, ast.Comparison) and equality else None
        if operand is not None:
            yield operand


def _is_bare(text: str, kind: FeelType) -> bool:
    if isinstance(kind, t.Boolean):
        return text in ("true", "false")
    return text.replace(".", "", 1).isascii() and text.replace(".", "", 1).isdigit()


def _check_choice(checker: Checker, operator: str, left: Node, right: Node) -> None:
    """Note a comparison with a text that the other side's enum does not have."""
    if isinstance(left, ast.StringLiteral):
        left, right = right, left
    kind = checker.of(left)
    if not isinstance(right, ast.StringLiteral) or isinstance(left, ast.StringLiteral):
        return
    if not isinstance(kind, t.String) or kind.enum is None or right.value in kind.enum:
        return
    written = format_node(left)
    message = (
        f'{written} is never "{right.value}"' if written != "?" else f'the input is never "{right.value}"'
    )
    code = "never-true" if operator == "=" else "always-true"
    checker.fault(right, code, message, _choices(right.value, kind.enum))


def _choices(text: str, enum: frozenset[str]) -> str:
    close = nearest(text, sorted(enum))
    if close is not None:
        return f'did you mean "{close}"?'
    shown = ", ".join(f'"{choice}"' for choice in sorted(enum)[:12])
    return f"it is one of {shown}"


def check_interval(checker: Checker, node: ast.Interval) -> None:
    """Note a range whose ends do not compare, or which ends before it begins."""
    low, high = node.low, node.high
    if isinstance(low, ast.NullLiteral) or isinstance(high, ast.NullLiteral):
        return  # an end that is null lies beyond every value
    check_comparison(checker, node, "<=", low, high)
    ends = literal_value(low), literal_value(high)
    if NOT_LITERAL not in ends and (order(*ends) or 0) > 0:
        opening, closing = "[" if node.low_included else "(", "]" if node.high_included else ")"
        fix = f"write {opening}{format_node(high)}..{format_node(low)}{closing}"
        checker.fault(node, "never-true", "the range ends before it begins, so nothing is in it", fix)


def check_test(checker: Checker, value: Node, test: Node) -> None:
    """Note what is wrong with *test* as a test of *value*: a comparator, a range, a list of tests, or a value."""
    value_type, test_type = checker.of(value), checker.of(test)
    match test:
        case ast.Comparator(operator=operator, operand=operand):
            check_comparison(checker, test, operator, value, operand)
        case ast.Interval(low=low, high=high):
            if not isinstance(value_type, t.RangeType):
                check_comparison(checker, low, ">=", value, low)
                check_comparison(checker, high, "<=", value, high)
        case ast.ListLiteral(items=items) if not isinstance(value_type, t.ListType):
            for item in items:
                check_test(checker, value, item)
        case ast.AnyInput():
            pass
        case _:
            inner = t.bare(test_type.item) if isinstance(test_type, t.ListType | t.RangeType) else test_type
            if isinstance(inner, t.RangeType):
                inner = t.bare(inner.item)
            if t.comparable(value_type, inner) or t.comparable(value_type, test_type):
                if not isinstance(test_type, t.ListType | t.RangeType):
                    _check_choice(checker, "=", value, test)
                return
            checker.fault(
                test,
                "type-mismatch",
                f"{format_node(value)} is {value_type.word} and {format_node(test)} is "
                f"{test_type.word}{_of_items(test_type)}, so this is never true",
                _fix(value, test, value_type, test_type),
            )


def _of_items(kind: FeelType) -> str:
    if isinstance(kind, t.ListType) and not is_unknown(kind.item):
        return f" ({kind.item.word} in each place)"
    return ""
