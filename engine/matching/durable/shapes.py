"""Rules taken apart into what durable-rules is given: single facts, and pairs of facts that agree on one composite key.

A rule of several patterns is a tree of pairs: each pattern is tied by its equalities to one other. A rule that is no such
tree is refused with a diagnostic, before anything runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.diagnostics import Diagnostic, error, in_order
from engine.rulebook import CompiledPattern, CompiledRule, RuleBook, Value

MOST_CELLS = 4_096
"""A rule book makes at most so many cells: each costs the extension about 25 kB before the first fact."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What one rule of durable-rules finds: facts of one pattern (*right* is None), or pairs of two patterns of *rule*.

    A fact stands under the values of its side's keys, and pairs with those that stand under equal values on the other.
    """

    rule: CompiledRule
    left: int
    left_keys: tuple[Value, ...] = ()
    right: int | None = None
    right_keys: tuple[Value, ...] = ()


def cells_of(rule: CompiledRule) -> tuple[Cell, ...]:
    """Return the cells of *rule*, which is supported; those that bind its positive patterns come first, nearest first."""
    if len(rule.patterns) == 1:
        return (Cell(rule, 0),)
    cells, _ = _tree(rule)
    return cells


def unsupported(book: RuleBook) -> tuple[Diagnostic, ...]:
    """Return an error for each pattern of *book* that durable-rules is not given, and one where the book is too large."""
    found: list[Diagnostic] = []
    cells = 0
    for rule in book.matched:
        found += _faults(rule)
        cells += max(1, len(rule.patterns) - 1)
        if cells > MOST_CELLS:
            message = f"the matcher durable runs rule books of up to {MOST_CELLS:,} patterns and joins"
            found.append(error("durable-size", rule.source.span, message, "use the matcher native"))
            break
    return in_order(found)


def _faults(rule: CompiledRule) -> Iterator[Diagnostic]:
    if len(rule.patterns) == 1:
        return
    _, loose = _tree(rule)
    for pattern in loose:
        what = "none" if pattern.negated else pattern.alias
        yield error(
            "durable-join",
            rule.source.patterns[pattern.position].span,
            f'"{rule.name}": the matcher durable joins by equality, and no field of "{what}" has to equal one of '
            "another pattern",
            "add such a condition, or use the matcher native",
        )


def _tree(rule: CompiledRule) -> tuple[tuple[Cell, ...], tuple[CompiledPattern, ...]]:
    """Return the cells that tie the patterns of *rule* to each other, and the patterns that nothing ties."""
    start = rule.event if rule.event is not None else next(iter(rule.positive), 0)
    reached = [start]
    cells: list[Cell] = []
    waiting = [p for p in rule.positive if p != start]
    while waiting:
        ties = [(len(_equalities(rule, at, p)), -p, -at) for p in waiting for at in reached]
        most, position, at = max(ties)
        if most == 0:
            break
        cells.append(_pair(rule, -at, -position))
        reached.append(-position)
        waiting.remove(-position)
    loose = [rule.patterns[p] for p in waiting]
    for pattern in rule.patterns:
        if not pattern.negated:
            continue
        most, at = max((len(_equalities(rule, at, pattern.position)), -at) for at in rule.positive)
        if most == 0:
            loose.append(pattern)
        else:
            cells.append(_pair(rule, -at, pattern.position))
    return tuple(cells), tuple(loose)


def _pair(rule: CompiledRule, left: int, right: int) -> Cell:
    keys = _equalities(rule, left, right)
    return Cell(rule, left, tuple(k for k, _ in keys), right, tuple(k for _, k in keys))


def _equalities(rule: CompiledRule, left: int, right: int) -> list[tuple[Value, Value]]:
    """Return (key of the fact at *left*, key of the fact at *right*) for each equality between the two patterns."""
    found = [(j.other_key, j.own) for j in rule.patterns[right].joins if j.other == left]
    return found + [(j.own, j.other_key) for j in rule.patterns[left].joins if j.other == right]
