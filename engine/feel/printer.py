"""A syntax tree to FEEL text, such that parsing it gives the same tree; parentheses only where they are needed."""

from __future__ import annotations

import re
from decimal import Decimal

from engine.feel import ast
from engine.feel.ast import Node
from engine.feel.lexer import KEYWORDS
from engine.feel.text import number_text, quoted

# how tightly each construct binds: the operand of a tighter one gets parentheses
_LOOSE, _OR, _AND, _INSTANCE, _COMPARE, _ADD, _MULTIPLY, _POWER, _SIGN, _POSTFIX, _ATOM = range(11)
_TEST = -1
"""A comparator: no expression without parentheses, but for tests and a list's items."""

_ARITHMETIC = {"+": _ADD, "-": _ADD, "*": _MULTIPLY, "/": _MULTIPLY, "**": _POWER}
_BARE_NAME = re.compile(r"[^\W\d]\w*(?: \w+)*")


def format_node(node: Node) -> str:
    """Return *node* as FEEL text on one line."""
    return _text(node, _LOOSE)


def _text(node: Node, least: int) -> str:
    written, binding = _write(node)
    return f"({written})" if binding < least else written


def _write(node: Node) -> tuple[str, int]:
    match node:
        case ast.NumberLiteral(value=value):
            return _number(value)
        case ast.StringLiteral(value=value):
            return quoted(value), _ATOM
        case ast.BooleanLiteral(value=value):
            return ("true" if value else "false"), _ATOM
        case ast.NullLiteral():
            return "null", _ATOM
        case ast.AtLiteral(text=text):
            return f"@{quoted(text)}", _ATOM
        case ast.Name(name=name):
            return name, _ATOM
        case ast.AnyInput():
            return "-", _ATOM
        case ast.Path(source=source, name=name):
            return f"{_text(source, _POSTFIX)}.{name}", _POSTFIX
        case ast.Filter(source=source, condition=condition):
            return f"{_text(source, _POSTFIX)}[{_text(condition, _LOOSE)}]", _POSTFIX
        case ast.Call(function=function, arguments=arguments):
            inner = ", ".join(_argument(argument) for argument in arguments)
            return f"{_text(function, _POSTFIX)}({inner})", _POSTFIX
        case ast.Negation(operand=operand):
            return f"-{_text(operand, _SIGN)}", _SIGN
        case ast.Arithmetic(operator=operator, left=left, right=right):
            binding = _ARITHMETIC[operator]
            return f"{_text(left, binding)} {operator} {_text(right, binding + 1)}", binding
        case ast.Logic(operator=operator, operands=operands):
            binding = _AND if operator == "and" else _OR
            return f" {operator} ".join(_text(operand, binding + 1) for operand in operands), binding
        case _:
            return _write_comparison(node)


def _write_comparison(node: Node) -> tuple[str, int]:
    match node:
        case ast.Comparison(operator=operator, left=left, right=right):
            return f"{_text(left, _COMPARE)} {operator} {_text(right, _ADD)}", _COMPARE
        case ast.Between(value=value, low=low, high=high):
            return f"{_text(value, _COMPARE)} between {_text(low, _ADD)} and {_text(high, _ADD)}", _COMPARE
        case ast.In(value=value, tests=tests):
            if len(tests) == 1:
                return f"{_text(value, _COMPARE)} in {_text(tests[0], _ADD)}", _COMPARE
            return f"{_text(value, _COMPARE)} in ({', '.join(map(_test, tests))})", _COMPARE
        case ast.InstanceOf(value=value, type=type_name):
            return f"{_text(value, _COMPARE)} instance of {_type(type_name)}", _INSTANCE
        case ast.Comparator(operator=operator, operand=operand):
            return f"{operator} {_text(operand, _ADD)}", _TEST
        case ast.Interval(low=first, high=last):
            opening = "[" if node.low_included else "("
            closing = "]" if node.high_included else ")"
            return f"{opening}{_text(first, _LOOSE)}..{_text(last, _LOOSE)}{closing}", _ATOM
        case ast.ListLiteral(items=items):
            return f"[{', '.join(map(_test, items))}]", _ATOM
        case ast.ContextLiteral(entries=entries):
            inner = ", ".join(f"{_key(entry.name)}: {_text(entry.value, _LOOSE)}" for entry in entries)
            return f"{{{inner}}}", _ATOM
        case _:
            return _write_construct(node)


def _write_construct(node: Node) -> tuple[str, int]:
    match node:
        case ast.If(condition=condition, then=then, otherwise=otherwise):
            parts = (_text(part, _LOOSE) for part in (condition, then, otherwise))
            return "if {} then {} else {}".format(*parts), _LOOSE
        case ast.For(iterators=iterators, body=body):
            return f"for {_iterators(iterators)} return {_text(body, _LOOSE)}", _LOOSE
        case ast.Quantified(quantifier=quantifier, iterators=iterators, condition=condition):
            return f"{quantifier} {_iterators(iterators)} satisfies {_text(condition, _LOOSE)}", _LOOSE
        case ast.FunctionLiteral(parameters=parameters, body=body):
            inner = ", ".join(p.name + (f": {_type(p.type)}" if p.type else "") for p in parameters)
            return f"function({inner}){' external' if node.external else ''} {_text(body, _LOOSE)}", _LOOSE
        case ast.UnaryTests(tests=tests, negated=negated):
            texts = [_test(test) for test in tests]
            if not negated and texts[0].startswith("not("):  # at the beginning, that would negate all tests
                texts[0] = f"({texts[0]})"
            inner = ", ".join(texts)
            return (f"not({inner})" if negated else inner), _LOOSE
        case _:
            raise TypeError(f"{type(node).__name__} stands only within others")


def _number(value: int | Decimal) -> tuple[str, int]:
    text = number_text(value)
    if isinstance(value, Decimal) and text.isdigit():
        text += ".0"
    return text, (_SIGN if text.startswith("-") else _ATOM)


def _test(node: Node) -> str:
    """Write one of several tests or items, where a comparator needs no parentheses."""
    return _text(node, _TEST)


def _argument(argument: ast.Argument) -> str:
    value = _text(argument.value, _LOOSE)
    return value if argument.name is None else f"{argument.name}: {value}"


def _iterators(iterators: tuple[ast.Iterator, ...]) -> str:
    return ", ".join(
        f"{i.name} in {_text(i.domain, _LOOSE)}" + (f"..{_text(i.until, _LOOSE)}" if i.until else "")
        for i in iterators
    )


def _key(name: str) -> str:
    words = name.split(" ")
    return name if _BARE_NAME.fullmatch(name) and words[0] not in KEYWORDS else quoted(name)


def _type(node: ast.TypeName) -> str:
    arguments = [_type(argument) for argument in node.arguments]
    if node.name == "function" and arguments:
        return f"function<{', '.join(arguments[:-1])}> -> {arguments[-1]}"
    if node.entries:
        arguments = [f"{name}: {kind}" for name, kind in zip(node.entries, arguments, strict=True)]
    return f"{node.name}<{', '.join(arguments)}>" if arguments else node.name
