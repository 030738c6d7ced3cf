"""What can be read off a tree without evaluating it: its conjuncts, the names it reads, the constant it is."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, Final

from engine.feel import ast
from engine.feel.ast import Node
from engine.feel.builtins import REGISTRY
from engine.feel.numbers import negate
from engine.feel.temporal import parse_temporal
from engine.feel.types import BOOLEAN


class _NotLiteral:
    """What `literal_value` returns for an expression that is no constant."""

    def __repr__(self) -> str:
        return "NOT_LITERAL"


NOT_LITERAL: Final = _NotLiteral()


def conjuncts(node: Node) -> tuple[Node, ...]:
    """Return the parts of `a and (b and c)` that must all be true; a node that is no `and` is its own only part."""
    if isinstance(node, ast.Logic) and node.operator == "and":
        return tuple(part for operand in node.operands for part in conjuncts(operand))
    return (node,)


def literal_index(node: Node) -> bool:
    """Return whether a filter holds a number as written, and so asks for one item."""
    if isinstance(node, ast.Negation):
        node = node.operand
    return isinstance(node, ast.NumberLiteral)


def has_name(node: Node, name: str) -> bool:
    """Return whether *name* stands anywhere in *node*."""
    return any(isinstance(part, ast.Name) and part.name == name for part in ast.walk(node))


def asks_of_input(test: Node) -> bool:
    """Return whether a test after `in` is a condition on `?`, which then stands for what is left of `in`.

    So says DMN 1.5, table 55: `x in (? > 5)`. In `"a" in ?` the name is that of the cell around it.
    """
    return _is_condition(test) and _asks(test)


def _is_condition(test: Node) -> bool:
    if isinstance(test, ast.Call) and isinstance(test.function, ast.Name) and test.function.name in REGISTRY:
        return all(form.result == BOOLEAN for form in REGISTRY[test.function.name].forms)
    return isinstance(test, _CONDITIONS)


def _asks(node: Node) -> bool:
    """Return whether `?` stands in *node* for something outside it; each node is looked at once."""
    if isinstance(node, ast.In):
        # a condition among its own tests means what is left of it
        return _asks(node.value) or any(_asks(test) for test in node.tests if not _is_condition(test))
    return (isinstance(node, ast.Name) and node.name == "?") or any(map(_asks, ast.children(node)))


_CONDITIONS = (ast.Comparison, ast.Logic, ast.Between, ast.In, ast.Quantified, ast.InstanceOf)


def calls_of(node: Node, names: Collection[str]) -> Iterator[tuple[str, ast.Call]]:
    """Yield each call in *node* of a function named by one of *names*, with the name."""
    for part in ast.walk(node):
        if isinstance(part, ast.Call) and isinstance(part.function, ast.Name) and part.function.name in names:
            yield part.function.name, part


def literal_value(node: Node) -> Any:
    """Return the value of a constant (literals, negative numbers, lists of constants), else NOT_LITERAL."""
    match node:
        case (
            ast.NumberLiteral(value=value) | ast.StringLiteral(value=value) | ast.BooleanLiteral(value=value)
        ):
            return value
        case ast.NullLiteral():
            return None
        case ast.AtLiteral(text=text):
            return parse_temporal(text)
        case ast.Negation(operand=ast.NumberLiteral(value=value)):
            return negate(value)
        case ast.ListLiteral(items=items):
            values = [literal_value(item) for item in items]
            return NOT_LITERAL if NOT_LITERAL in values else values
        case _:
            return NOT_LITERAL


def free_names(node: Node) -> frozenset[tuple[str, ...]]:
    """Return the paths that *node* reads from its scope, such as ("inspection", "order_id") and ("severity",).

    Names that loops, contexts and functions declare are left out. In a filter a name may be an entry of the
    item: it is given all the same.
    """
    found: set[tuple[str, ...]] = set()
    _collect(node, frozenset(), found)
    return frozenset(found)


def _collect(node: Node, bound: frozenset[str], found: set[tuple[str, ...]]) -> None:
    match node:
        case ast.Name() | ast.Path():
            path, root = _path_of(node)
            if isinstance(root, ast.Name):
                if root.name not in bound:
                    found.add(path)
            else:
                _collect(root, bound, found)
        case ast.Call(function=ast.Name(name=name)) if name in REGISTRY:
            for argument in node.arguments:
                _collect(argument.value, bound, found)
        case ast.Filter(source=source, condition=condition):
            _collect(source, bound, found)
            _collect(condition, bound | {"item"}, found)
        case ast.For(iterators=iterators, body=body):
            _collect(body, _iterated(iterators, bound, found) | {"partial"}, found)
        case ast.Quantified(iterators=iterators, condition=condition):
            _collect(condition, _iterated(iterators, bound, found), found)
        case ast.In(value=value, tests=tests):
            _collect(value, bound, found)
            for test in tests:
                _collect(test, bound | {"?"} if asks_of_input(test) else bound, found)
        case ast.ContextLiteral(entries=entries):
            for entry in entries:
                _collect(entry.value, bound, found)
                bound |= {entry.name}
        case ast.FunctionLiteral(parameters=parameters, body=body):
            if not node.external:
                _collect(body, bound | {parameter.name for parameter in parameters}, found)
        case _:
            for child in ast.children(node):
                _collect(child, bound, found)


def _iterated(
    iterators: tuple[ast.Iterator, ...], bound: frozenset[str], found: set[tuple[str, ...]]
) -> frozenset[str]:
    for iterator in iterators:
        _collect(iterator.domain, bound, found)
        if iterator.until is not None:
            _collect(iterator.until, bound, found)
        bound |= {iterator.name}
    return bound


def _path_of(node: Node) -> tuple[tuple[str, ...], Node]:
    """Return the names from the root of a path, and the node the path begins at."""
    names: list[str] = []
    while isinstance(node, ast.Path):
        names.append(node.name)
        node = node.source
    if isinstance(node, ast.Name):
        names.append(node.name)
    return tuple(reversed(names)), node
