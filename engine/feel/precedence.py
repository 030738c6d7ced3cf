"""How tightly FEEL's infix operators bind, loosest first (DMN 1.5, clause 10.3.1.2)."""

from __future__ import annotations

OR, AND, COMPARE, ADD, MULTIPLY, POWER, SIGN, POSTFIX = range(10, 90, 10)
COMPARATORS = frozenset(("=", "!=", "<", "<=", ">", ">="))
BINDING = {
    "or": OR,
    "and": AND,
    **dict.fromkeys(COMPARATORS, COMPARE),
    "between": COMPARE,
    "in": COMPARE,
    "instance": COMPARE,
    "+": ADD,
    "-": ADD,
    "*": MULTIPLY,
    "/": MULTIPLY,
    "**": POWER,
    ".": POSTFIX,
    "[": POSTFIX,
    "(": POSTFIX,
}
