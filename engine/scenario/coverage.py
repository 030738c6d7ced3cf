"""Which rules scenarios made fire at least once, and which rows of decision tables answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from engine.scenario.model import Result

RuleName = tuple[str, str]
"""A rule set and a rule in it."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """The rules of all rule books that scenarios ran against, and those of them that fired."""

    rules: tuple[RuleName, ...]
    fired: frozenset[RuleName]
    tables: Mapping[RuleName, tuple[int, tuple[int, ...]]] = field(default_factory=dict)
    """By decision table: how many rows it has, and the numbers of those that never decided anything."""

    @property
    def idle(self) -> tuple[RuleName, ...]:
        """Return the rules that never fired."""
        return tuple(rule for rule in self.rules if rule not in self.fired)

    @property
    def percent(self) -> float:
        """Return the share of rules that fired, of 100; 100 where there are no rules."""
        return 100.0 * (len(self.rules) - len(self.idle)) / len(self.rules) if self.rules else 100.0


def coverage_of(results: Iterable[Result]) -> Coverage:
    """Return the coverage of all *results* together."""
    rules: set[RuleName] = set()
    fired: set[RuleName] = set()
    sizes: dict[RuleName, int] = {}
    answered: set[tuple[str, str, int]] = set()
    for result in results:
        rules |= result.rules
        fired |= result.fired
        answered |= result.answered
        for name, size in result.tables.items():
            sizes[name] = max(size, sizes.get(name, 0))
    tables = {
        name: (size, tuple(row for row in range(1, size + 1) if (*name, row) not in answered))
        for name, size in sorted(sizes.items())
    }
    return Coverage(tuple(sorted(rules)), frozenset(fired & rules), tables)
