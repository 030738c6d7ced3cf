"""Which rules could not be decided on a fact, because it does not carry a field they compare.

Nothing is skipped silently, and nothing is reported that had no chance: a rule counts only where the fact carries the
constants that the rule asks of its required fields. Found by index, so the cost does not grow with the number of rules.
"""

from __future__ import annotations

from collections.abc import Set

from engine import feel
from engine.decisions import Fact, Missing
from engine.feel import ast
from engine.matching.index import ConstantIndex
from engine.rulebook import CompiledPattern, RuleBook, is_missing

Path = tuple[str, ...]


class Absences:
    """The optional fields that the rules of a book compare, and the rules that compare them."""

    __slots__ = ("_compared",)

    def __init__(self, book: RuleBook) -> None:
        compared: dict[str, dict[Path, ConstantIndex[tuple[int, str]]]] = {}
        for rule in book.rules:
            for written in rule.patterns:
                pattern = written.admits
                required = book.fact_types[pattern.fact_type].schema.get("required", ())
                constants = [(name, values) for name, values in pattern.constants if name in required]
                paths = {} if pattern.negated else {p: None for c in pattern.conjuncts for p in c.missing}
                if written.window is not None:
                    settled = {*required, *_tested(pattern)}
                    paths |= {(name,): None for name in written.window.per if name not in settled}
                if rule.table is not None:
                    paths |= {path: None for at, path in rule.table.missing if at == pattern.position}
                for path in paths:
                    by_path = compared.setdefault(pattern.fact_type, {})
                    by_path.setdefault(path, ConstantIndex()).add(constants, (rule.ordinal, rule.name))
        self._compared = {
            # a field of the fact itself, as nearly all are, is looked at without more ado
            fact_type: tuple(
                [(path[0] if len(path) == 1 else "", path, index) for path, index in by_path.items()]
            )
            for fact_type, by_path in compared.items()
        }

    @property
    def types(self) -> Set[str]:
        """Return the types of the facts that there may be something to tell of."""
        return self._compared.keys()

    def of(self, fact: Fact) -> tuple[Missing, ...]:
        """Return each field that *fact* lacks, with the rules that compare it, in firing order."""
        compared = self._compared.get(fact.type)
        if compared is None or fact.op != "assert":
            return ()
        data = fact.data
        found: tuple[Missing, ...] = ()
        for field, path, index in compared:
            if (data.get(field) is None) if field else is_missing(data, path):
                rules = tuple(name for _, name in sorted(set(index.find(data))))
                if rules:
                    found = (*found, Missing(fact.type, ".".join(path), rules))
        return found


def _tested(pattern: CompiledPattern) -> set[str]:
    """Return the fields of which the pattern's condition itself says that they must be there: `field != null`."""
    found = set()
    for node in () if pattern.where is None else feel.conjuncts(pattern.where.node):
        match node:
            case ast.Comparison(operator="!=", left=ast.Name(name=name), right=ast.NullLiteral()):
                found.add(name)
            case _:
                pass
    return found
