"""Pieces of generated Python: an expression with its binding, its nesting and whether it can be None.

The compiler builds these and nothing else writes Python, so that no text of a rule file can become code: names come
from a counter, strings from repr, other constants stand in the function's namespace.
"""

from __future__ import annotations

from dataclasses import dataclass

TERNARY, OR, AND, NOT, COMPARE, ATOM = range(6)
"""How tightly an expression binds, from conditional expressions to calls and names."""


@dataclass(frozen=True, slots=True)
class Code:
    """A Python expression. *depth* counts its brackets, which Python's own parser bounds."""

    text: str
    binding: int = ATOM
    nullable: bool = True
    depth: int = 0

    def within(self, binding: int) -> str:
        """Return the text, in parentheses where it binds less tightly than *binding*."""
        return self.text if self.binding >= binding else f"({self.text})"

    @property
    def is_name(self) -> bool:
        """Whether the expression is a plain name, which costs nothing to repeat."""
        return self.text.isidentifier()


TRUE = Code("True", nullable=False)
FALSE = Code("False", nullable=False)
NONE = Code("None", nullable=True)


def call(function: str, *arguments: Code, nullable: bool = True) -> Code:
    """Return a call of *function*."""
    inner = ", ".join(argument.text for argument in arguments)
    return Code(f"{function}({inner})", ATOM, nullable, 1 + deepest(arguments))


def compare(left: Code, operator: str, right: Code) -> Code:
    """Return `left operator right`, which must not be None on either side where the operator minds."""
    text = f"{left.within(ATOM)} {operator} {right.within(ATOM)}"
    return Code(text, COMPARE, nullable=False, depth=1 + deepest((left, right)))


def conjunction(parts: list[Code]) -> Code:
    """Return the parts joined by `and`; each must be a Python boolean."""
    return _joined(" and ", AND, parts, TRUE, FALSE)


def disjunction(parts: list[Code]) -> Code:
    """Return the parts joined by `or`; each must be a Python boolean."""
    return _joined(" or ", OR, parts, FALSE, TRUE)


def _joined(word: str, binding: int, parts: list[Code], neutral: Code, decisive: Code) -> Code:
    kept = [part for part in parts if part != neutral]
    if decisive in kept:
        kept = kept[: kept.index(decisive) + 1]
    if not kept:
        return neutral
    if len(kept) == 1:
        return kept[0]
    text = word.join(part.within(binding + 1) for part in kept)
    return Code(text, binding, nullable=False, depth=1 + deepest(kept))


def opposite(part: Code) -> Code:
    """Return `not part`, for a Python boolean."""
    if part in (TRUE, FALSE):
        return FALSE if part == TRUE else TRUE
    return Code(f"not {part.within(COMPARE)}", NOT, nullable=False, depth=1 + part.depth)


def conditional(condition: Code, then: Code, otherwise: Code) -> Code:
    """Return `then if condition else otherwise`."""
    text = f"{then.within(OR)} if {condition.within(OR)} else {otherwise.within(OR)}"
    depth = 1 + deepest((condition, then, otherwise))
    return Code(text, TERNARY, then.nullable or otherwise.nullable, depth)


def is_true(code: Code) -> Code:
    """Return whether a FEEL value is true."""
    return Code(f"{code.within(ATOM)} is True", COMPARE, nullable=False, depth=1 + code.depth)


def is_false(code: Code) -> Code:
    """Return whether a FEEL value is false."""
    return Code(f"{code.within(ATOM)} is False", COMPARE, nullable=False, depth=1 + code.depth)


def deepest(codes: list[Code] | tuple[Code, ...]) -> int:
    """Return the deepest nesting among *codes*."""
    return max((code.depth for code in codes), default=0)
