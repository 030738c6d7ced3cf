"""Patterns into what an index answers, what a fact answers alone, and what needs other facts.

The condition is split at its `and`s; each part goes to the cheapest place that can decide it. Order within a place is
kept; order between places does not matter, because a part reads facts and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from math import prod
from types import MappingProxyType
from typing import Any

from engine import feel
from engine.calendars import Lapse
from engine.calendars.calls import asks_calendars
from engine.checks.clock import CLOCK
from engine.checks.contradictions import allowed_values
from engine.checks.lasting import lapse_of
from engine.compiler.keeping import Keeping
from engine.compiler.ranges import bounds_of
from engine.compiler.windows import WindowAsked, ask_windows, compile_window
from engine.feel import ast
from engine.feel.reading import calls_of
from engine.model import Documents, Expression, OnMissing, Pattern, Rule, RuleSet
from engine.rulebook import Bounds, CompiledPattern, Condition, Conjunct, Data, Join, Place, is_missing
from engine.scopes import is_optional, library_of_documents, pattern_scope, record_type, signature

MOST_KEYS = 64
"""A pattern stands under at most this many combinations of constants; beyond that, lists are tested, not indexed."""

NO_NAMES: Mapping[str, feel.Variable] = MappingProxyType({})

JOINABLE = (feel.types.String, feel.types.Number, feel.types.Boolean)
"""Types whose FEEL equality is Python's equality and hash."""


def compile_patterns(
    documents: Documents, ruleset: RuleSet, rule: Rule, pool: feel.FunctionPool
) -> tuple[CompiledPattern, ...]:
    """Return the patterns of *rule* in order, ready for every matcher."""
    asked = ask_windows(documents, ruleset, rule, pool)
    made = []
    for position in range(len(rule.patterns)):
        pattern = _Splitter(documents, ruleset, rule, position, pool, asked=asked.values()).split()
        if position in asked:
            pattern = compile_window(documents, ruleset, rule, pattern, pool, asked=asked[position])
        made.append(pattern)
    return tuple(made)


class _Splitter:
    def __init__(
        self,
        documents: Documents,
        ruleset: RuleSet,
        rule: Rule,
        position: int,
        pool: feel.FunctionPool,
        *,
        asked: Iterable[WindowAsked],
    ) -> None:
        self.pool = pool
        self.asked = {
            place: keeping for one in asked for (at, place), keeping in one.others.items() if at == position
        }
        self.lapse = partial(lapse_of, documents, ruleset)
        self.rule = rule
        self.ruleset = ruleset
        self.position = position
        self.pattern: Pattern = rule.patterns[position]
        self.scope = pattern_scope(documents, ruleset, rule, position)
        self.own = record_type(documents, self.pattern.fact_type)
        self.timed = (*CLOCK, *library_of_documents(documents).timed)
        self.full = signature(rule)
        is_plain = not self.pattern.negated and self.pattern.window is None
        self.lenient = rule.on_missing is not OnMissing.SKIP and is_plain

    def split(self) -> CompiledPattern:
        where = self.pattern.where
        constants: dict[str, tuple[Any, ...]] = {}
        local: list[tuple[ast.Node, tuple[tuple[str, ...], ...]]] = []
        joins: list[Join] = []
        residual: list[ast.Node] = []
        names: dict[str, feel.Variable] = {}
        conjuncts: list[Conjunct] = []
        reads: set[int] = set()
        for number, node in enumerate(() if where is None else feel.conjuncts(where.node)):
            needs = self._needs(node)
            timed = any(calls_of(node, self.timed))
            missing = self._optional_paths(node) if needs <= {self.position} and not timed else ()
            assert where is not None  # noqa: S101 - only then is there a node
            if timed or not needs <= {self.position}:
                asked = self.asked.get(number) or Keeping(node, NO_NAMES)
                join = None if timed else self._join(node, asked)
                if join is not None:
                    joins.append(join)
                else:
                    residual.append(asked.rest)
                    names |= asked.names
                    reads |= needs - {self.position}
                place = Place.OTHERS if join is None else Place.JOIN
                conjuncts.append(self._conjunct(node, missing, where, place))
                continue
            found = None if self.lenient and missing else self._constant(node)
            if found is not None and self._keeps_few(constants, found):
                constants[found[0]] = found[1]
                conjuncts.append(self._conjunct(node, missing, where, Place.CONSTANT))
            else:
                local.append((node, missing))
                conjuncts.append(self._conjunct(node, missing, where, Place.OWN))
        return CompiledPattern(
            position=self.position,
            alias=self.pattern.alias,
            fact_type=self.pattern.fact_type,
            negated=self.pattern.negated,
            conjuncts=tuple(conjuncts),
            constants=tuple(sorted(constants.items())),
            local=self._local(local),
            local_text=self._local_text(local),
            joins=tuple(joins),
            residual=self._condition(residual, self.full, names) if residual else None,
            reads=frozenset(reads),
            where=where,
            lasting=None if self.pattern.lasting is None else self.lapse(self.pattern.lasting),
            bounds=self._bounds(local),
            within=self._within(),
        )

    def _within(self) -> Lapse | None:
        """Return how long the fact of a step is waited for."""
        step = self.pattern.step
        return None if step is None or step.within is None else self.lapse(step.within)

    def _bounds(self, local: Sequence[tuple[ast.Node, tuple[tuple[str, ...], ...]]]) -> Bounds | None:
        """Return what the parts that the fact answers alone leave of one of its fields."""

        def read(name: ast.Name) -> Any:
            return feel.compile_value(name, self.scope, [f"p{self.position}"], self.pool)

        parts = ((node, self.lenient and bool(missing)) for node, missing in local)
        return bounds_of(parts, self.own, dict(self.ruleset.parameters), read)

    def _needs(self, node: ast.Node) -> frozenset[int]:
        """Return the positions of the patterns whose facts *node* reads."""
        aliases = {p.alias: at for at, p in enumerate(self.rule.patterns[: self.position]) if not p.negated}
        for at, earlier in enumerate(self.rule.patterns[: self.position]):
            if earlier.window is not None:
                aliases |= dict.fromkeys(earlier.window.offers, at)
            aliases |= {one.alias: at for one in earlier.bound if not one.negated}
        found: set[int] = set()
        for path in feel.free_names(node):
            if path[0] in self.own.fields or path[0] == self.pattern.alias:
                found.add(self.position)
            elif path[0] in aliases:
                found.add(aliases[path[0]])
            elif path[0] != "parameters" and self.own.open:
                found.add(self.position)
        return frozenset(found)

    def _optional_paths(self, node: ast.Node) -> tuple[tuple[str, ...], ...]:
        """Return the paths of optional own fields that *node* compares; a test for null itself compares nothing."""
        if isinstance(node, ast.Comparison) and any(
            isinstance(n, ast.NullLiteral) for n in (node.left, node.right)
        ):
            return ()
        found = []
        for path in sorted(feel.free_names(node)):
            steps = path[1:] if path[0] == self.pattern.alias and path[0] not in self.own.fields else path
            if (
                steps is path
                and path[0] not in self.own.fields
                and (path[0] == "parameters" or not self.own.open)
            ):
                continue  # a parameter, or what definitions offer
            if steps and is_optional(self.own, steps):
                found.append(steps)
        return tuple(found)

    def _constant(self, node: ast.Node) -> tuple[str, tuple[Any, ...]] | None:
        """Return (field, values) where *node* says that an own field is one of some constants."""
        found = allowed_values(node) or self._equal_parameter(node)
        if found is None or found[0] not in self.own.fields:
            return None
        name, values = found
        wanted = self.own.fields[name].type
        if isinstance(wanted, feel.types.String):
            fits = all(isinstance(v, str) for v in values)
        elif isinstance(wanted, feel.types.Number):
            fits = all(isinstance(v, int | Decimal) and not isinstance(v, bool) for v in values)
        else:
            fits = False
        return (name, tuple(dict.fromkeys(values))) if fits and values else None

    def _equal_parameter(self, node: ast.Node) -> tuple[str, list[Any]] | None:
        """Return (field, value) where *node* says that a name is equal to a parameter, which is a constant."""
        if not isinstance(node, ast.Comparison) or node.operator != "=" or "parameters" in self.own.fields:
            return None
        for name, other in ((node.left, node.right), (node.right, node.left)):
            match name, other:
                case ast.Name(name=field), ast.Path(source=ast.Name(name="parameters"), name=parameter):
                    value = self.ruleset.parameters.get(parameter)
                    return None if value is None else (field, [value])
        return None

    def _keeps_few(self, constants: Mapping[str, Sequence[Any]], found: tuple[str, tuple[Any, ...]]) -> bool:
        name, values = found
        return name not in constants and prod(len(v) for v in constants.values()) * len(values) <= MOST_KEYS

    def _join(self, node: ast.Node, asked: Keeping) -> Join | None:
        """Return the equality between this fact and one other that *node* is, if an index can answer it.

        *asked* is the same as windows tell what it asks of them.
        """
        if not isinstance(node, ast.Comparison) or node.operator != "=":
            return None
        assert isinstance(asked.rest, ast.Comparison)  # noqa: S101 - only parts of it have names
        scope = self.scope.child(asked.names) if asked.names else self.scope
        told = (asked.rest.right, asked.rest.left)
        for (own, other), key in zip(((node.left, node.right), (node.right, node.left)), told, strict=True):
            others = self._needs(other)
            if self._needs(own) != {self.position} or len(others) != 1 or self.position in others:
                continue
            types = [feel.check(side, self.scope).type for side in (own, other)]
            if type(types[0]) is not type(types[1]) or not isinstance(types[0], JOINABLE):
                return None
            at = next(iter(others))
            return Join(
                own=feel.compile_value(own, self.scope, [f"p{self.position}", "parameters_"], self.pool),
                own_text=f"own {self._text(own)}",
                other=at,
                other_key=feel.compile_value(key, scope, [f"p{at}", "parameters_"], self.pool),
                other_text=f"as {self._text(other)}",
                own_field=_field(own, self.pattern.alias),
                other_field=_field(other, self.rule.patterns[at].alias),
            )
        return None

    def _conjunct(
        self, node: ast.Node, missing: tuple[tuple[str, ...], ...], where: Expression, place: Place
    ) -> Conjunct:
        strict = Deferred(lambda: self._condition([node], self.full))
        return Conjunct(strict, missing, where, node.start, node.end, place)

    def _condition(
        self,
        nodes: Sequence[ast.Node],
        parameters: Sequence[str],
        names: Mapping[str, feel.Variable] = NO_NAMES,
    ) -> Condition:
        whole = nodes[0] if len(nodes) == 1 else ast.Logic(nodes[0].start, nodes[-1].end, "and", tuple(nodes))
        scope = self.scope.child(names) if names else self.scope
        return feel.compile_condition(whole, scope, parameters, self.pool)

    def _local(self, parts: Sequence[tuple[ast.Node, tuple[tuple[str, ...], ...]]]) -> Condition | None:
        if not parts:
            return None
        parameters = [f"p{self.position}", "parameters_"]
        if not self.lenient or not any(missing for _, missing in parts):
            return self._condition([node for node, _ in parts], parameters)
        tests = [(self._condition([node], parameters), missing) for node, missing in parts]

        def holds_or_is_missing(data: Data, parameters_: Data, now: Any) -> bool:
            return all(
                strict(data, parameters_, now) or any(is_missing(data, path) for path in missing)
                for strict, missing in tests
            )

        return holds_or_is_missing

    def _local_text(self, parts: Sequence[tuple[ast.Node, tuple[tuple[str, ...], ...]]]) -> str:
        lenient = " (or missing)" if self.lenient else ""
        return " and ".join(self._text(node) + (lenient if missing else "") for node, missing in parts)

    def _text(self, node: ast.Node) -> str:
        """Return *node* printed; where it reads parameters or calendars, with the rule set they belong to."""
        own = any(p[0] == "parameters" for p in feel.free_names(node)) or asks_calendars(node)
        belongs = f" of {self.ruleset.name}" if own else ""
        return feel.format_node(node) + belongs


def _field(node: ast.Node, alias: str) -> str | None:
    """Return the field that *node* is, by its name or as `alias.name`; None where it is more than that."""
    match node:
        case ast.Name(name=name):
            return name
        case ast.Path(source=ast.Name(name=read), name=name) if read == alias:
            return name
        case _:
            return None


class Deferred:
    """A condition that is compiled when it is first asked: the reference matcher needs every part, the indexed one few."""

    __slots__ = ("_compiled", "_make")

    def __init__(self, make: Callable[[], Condition]) -> None:
        self._make = make
        self._compiled: Condition | None = None

    def __call__(self, *arguments: Any) -> bool:
        if self._compiled is None:
            self._compiled = self._make()
        return self._compiled(*arguments)
