"""The shape a tree may have: how deep it nests, and how many loops and filters stand inside one another.

What reads trees recurses; a tree within these limits exhausts no stack. Chains such as 1+1+1 nest without brackets, so
the limit is checked on the tree, without recursion.
"""

from __future__ import annotations

from engine.feel import ast
from engine.feel.ast import Node
from engine.feel.cursor import StopError

MAX_DEPTH = 100
"""Levels of the tree, and of open brackets while parsing."""

MAX_SCOPES = 12
"""`for`, `some`, `every`, filters and functions inside one another."""

_WRAPPERS = (ast.Argument, ast.ContextEntry, ast.Iterator)
"""Nodes that are no level of their own: their parents read them."""


def check_shape(root: Node) -> None:
    """Refuse a tree that is too deep for what reads it or runs too many loops in loops."""
    waiting = [(root, 1, 0)]
    while waiting:
        node, depth, scopes = waiting.pop()
        if isinstance(node, ast.For | ast.Quantified | ast.Filter | ast.FunctionLiteral):
            scopes += 1
        if depth > MAX_DEPTH:
            message = f"the expression nests deeper than {MAX_DEPTH} levels"
            raise StopError(node.start, node.end, message, "split it", "too-deep")
        if scopes > MAX_SCOPES:
            message = f"more than {MAX_SCOPES} loops and filters stand inside one another"
            raise StopError(node.start, node.end, message, "split it", "too-deep")
        below = depth if isinstance(node, _WRAPPERS) else depth + 1
        waiting.extend((child, below, scopes) for child in ast.children(node))


def too_deep(start: int) -> StopError:
    """Return the fault of a text that nests too deeply at offset *start*."""
    return StopError(
        start, start, f"the expression nests deeper than {MAX_DEPTH} levels", "split it", "too-deep"
    )
