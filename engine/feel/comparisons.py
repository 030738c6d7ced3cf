"""The checker's rules for comparisons and tests: kinds that do not compare, and values that cannot occur."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.diagnostics import nearest
from engine.feel import ast
from engine.feel import types as t
from engine.feel.ast import Node
from engine.feel.printer import format_node
from engine.feel.types import FeelType, is_unknown

if TYPE_CHECKING:
    from engine.feel.checker import Checker

_LITERALS = (ast.NumberLiteral, ast.StringLiteral, ast.BooleanLiteral)
_WRITTEN = {
    t.Date: 'write a date as @"2026-01-31"',
    t.Time: 'write a time as @"08:30:00"',
    t.DateTime: 'write a date and time as @"2026-01-31T08:30:00Z"',
    t.DaysTimeDuration: 'write a duration as @"PT15M"',
    t.YearsMonthsDuration: 'write a duration as @"P1Y6M"',
    t.AnyDuration: 'write a duration as @"PT15M"',
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
                )
                return
    if not t.comparable(left_type, right_type):
        checker.fault(
            place,
            "type-mismatch",
            f"{format_node(left)} is {left_type.word} and {format_node(right)} is {right_type.word}, "
            "so this is never true",
            _fix(left, right, left_type, right_type),
        )
    elif operator in ("=", "!="):
        _check_choice(checker, operator, left, right)


def _fix(left: Node, right: Node, left_type: FeelType, right_type: FeelType) -> str:
    """Return how to write the literal of two sides that do not compare."""
    if isinstance(left, _LITERALS) and not isinstance(right, _LITERALS):
        left, right, left_type, right_type = right, left, right_type, left_type
    if isinstance(right, ast.StringLiteral):
        if isinstance(left_type, t.Number | t.Boolean) and _is_bare(right.value, left_type):
            return f"write {right.value} without quotes"
        return _WRITTEN.get(type(left_type), "")
    if isinstance(left_type, t.String) and isinstance(right, ast.NumberLiteral | ast.BooleanLiteral):
        return f'write "{format_node(right)}"'
    if isinstance(left_type, t.Date) and isinstance(right_type, t.DateTime):
        return f"write date({format_node(right)})"
    if isinstance(left_type, t.DateTime) and isinstance(right_type, t.Date):
        return f"write date({format_node(left)})"
    return ""


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
            inner = test_type.item if isinstance(test_type, t.ListType | t.RangeType) else test_type
            if isinstance(inner, t.RangeType):
                inner = inner.item
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
