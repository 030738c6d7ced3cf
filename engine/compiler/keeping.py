"""What a window keeps of its facts as they come and go, in place of making a list of them: found in its `having`, and in what
later patterns ask of it.

A condition in, the numbers to keep and the condition again with a name for each out. Kept is what stands alone and reads nothing
but the facts' own fields and parameters: then what a fact adds does not depend on others, and the numbers come to what the list
would. Within loops and functions the list is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any

from engine import feel
from engine.feel import ast
from engine.feel import types as t
from engine.feel.builtins.lists import key_of
from engine.feel.checker import infer
from engine.feel.scope import Scope, Variable, field_code
from engine.feel.values import Exhausted
from engine.rulebook import Data, Running
from engine.scopes import PARAMETERS

NUMERIC = ("sum", "min", "max", "mean", "median", "stddev", "trend")
"""Functions of a list of numbers that are kept."""

LOOKING_BACK = ("nelson", "nelson signals", "western electric", "western electric signals")
"""Functions of a list of numbers that read its last ones only."""

CAPABILITY = {
    **dict.fromkeys(("cp", "cpk"), ("within", 3)),
    **dict.fromkeys(("cpl", "cpu"), ("within", 2)),
    **dict.fromkeys(("pp", "ppk"), ("overall", 3)),
    **dict.fromkeys(("ppl", "ppu"), ("overall", 2)),
}
"""Functions of a list of numbers that read of it what process is behind it, if they are given so many arguments: no subgroups."""

MATCHED = ("share", "in a row", "longest run")
"""Functions of a list and of what its items are to match."""

SHRINKING = frozenset({"count", "matching", "distinct", "in a row", "longest run"})
"""What does not grow when a fact leaves."""

_CLOSED = (ast.For, ast.Quantified, ast.FunctionLiteral, ast.ContextLiteral)
"""Where a name may mean something else than outside."""

_JUDGING = (ast.Comparison, ast.Logic, ast.Between, ast.In, ast.Call, ast.InstanceOf, ast.Quantified)
"""Conditions whose value is true, false or null whatever the data; a field alone might be a number, and ask for one item."""

_GROWING = {">": True, ">=": True, "<": False, "<=": False}

_NUMBER: t.FeelType = t.NUMBER
_NUMBERS: t.FeelType = t.ListType(t.NUMBER)
_LISTS = ("tail", "within", "overall")
"""What is kept in the place of a list."""
_SURE = frozenset({*SHRINKING, "tail"})
"""What is never null."""
_VALUE = "\x00value"
_COUNT = "\x00count"
_DATA = "data_"


@dataclass(frozen=True, slots=True)
class Keeping:
    """A condition with a name in place of each number that is kept, and what those names mean.

    *rest* is the condition itself where nothing of it is kept.
    """

    rest: ast.Node
    names: Mapping[str, Variable]


@dataclass(slots=True)
class Kept:
    """What is kept of one window: the numbers in the order in which they were asked for, each once.

    *told* are the places of those that the window's state tells, since other patterns read them of it.
    """

    running: list[Running] = field(default_factory=list)
    told: list[int] = field(default_factory=list)
    places: dict[tuple[str, str | None, ast.Node | None], int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """A part of `having` that can be kept: under which name, of which field or by which node it is said of each fact.

    *node* says the same for equal parts, and is what `says` of the number is compiled of, in the scope *scope*.
    """

    name: str
    field: str | None = None
    node: ast.Node | None = None
    scope: Scope | None = None

    @property
    def key(self) -> tuple[str, str | None, ast.Node | None]:
        """Return what is the same for parts that come to the same."""
        return self.name, self.field, self.node


class Keeper:
    """Finds what can be kept of the window with *alias*, whose facts are records of type *record*, in conditions in *scope*.

    That is the scope of `having`, or of a later pattern, which reads of the window's state what it tells (*is_told*).
    """

    def __init__(
        self,
        alias: str,
        position: int,
        record: t.ContextType,
        scope: Scope,
        kept: Kept,
        *,
        is_told: bool = False,
    ) -> None:
        self._alias = alias
        self._position = position
        self._state = f"p{position}"
        self._record = record
        self._scope = scope
        self._kept = kept
        self._is_told = is_told

    def keep(self, node: ast.Node, parameters: Data, pool: feel.FunctionPool) -> Keeping:
        """Return what is kept for *node*; *parameters* are those of the rule set."""
        names: dict[str, Variable] = {}

        def named(found: Found, part: ast.Node) -> ast.Node:
            if found.name == "count":  # known without being kept
                code = f"{self._state}['facts'].count" if self._is_told else f"{self._state}['count']"
                name, kind, sure = f"{_COUNT}{self._position}", _NUMBER, True
            else:
                name, code = self._place(found, parameters, pool)
                kind = _NUMBERS if found.name in _LISTS else _NUMBER
                sure = found.name in _SURE
            names[name] = Variable(kind, code, required=sure)
            return ast.Name(part.start, part.end, name)

        def by(part: ast.Node) -> ast.Node | None:
            found = self.find(part)
            if found is not None:
                return named(found, part)
            if not isinstance(part, ast.Call):
                return None
            if self._is_called(part, LOOKING_BACK):
                kind = "tail"
            elif self._is_called(part, tuple(CAPABILITY)) and CAPABILITY[_called(part)][1] == len(
                part.arguments
            ):
                kind = CAPABILITY[_called(part)][0]
            else:
                return None

            def value_of(argument: ast.Argument) -> ast.Node:
                is_list = argument.name == "values" or (
                    argument.name is None and argument is part.arguments[0]
                )
                kept = self._numbers(kind, argument.value) if is_list else None
                return _replaced(argument.value, by) if kept is None else named(kept, argument.value)

            return replace(part, arguments=tuple(replace(a, value=value_of(a)) for a in part.arguments))

        return Keeping(_replaced(node, by), names)

    def _place(self, found: Found, parameters: Data, pool: feel.FunctionPool) -> tuple[str, str]:
        """Return a name for what is *found*, and the code that yields it; keep it if nothing asked for it before."""
        kept = self._kept
        at = kept.places.setdefault(found.key, len(kept.running))
        if at == len(kept.running):
            kept.running.append(Running(found.name, found.field, self._says(found, parameters, pool)))
        name = f"\x00{self._position}.{at}"
        if not self._is_told:
            return name, f"{self._state}['running'][{at}].result"
        if at not in kept.told:
            kept.told.append(at)
        return name, f"{self._state}['told'][{kept.told.index(at)}]"

    def find(self, node: ast.Node) -> Found | None:
        """Return what *node* asks of the facts, if that can be kept."""
        if not isinstance(node, ast.Call) or any(argument.name is not None for argument in node.arguments):
            return None
        match node.arguments:
            case (ast.Argument(value=only),) if self._is_called(node, ("count",)):
                return self._counted(only)
            case (ast.Argument(value=only),) if self._is_called(node, NUMERIC):
                field = self._field(only)
                is_number = field is not None and self._is_number(field)
                return Found(_called(node), field) if is_number else None
            case (ast.Argument(value=items), ast.Argument(value=match)) if self._is_called(node, MATCHED):
                return self._matched(_called(node), items, match)
            case _:
                return None

    def wanes(self, node: ast.Node) -> bool:
        """Return whether *node*, where it is not true, does not become so by a fact that leaves: it asks for many facts."""
        if not isinstance(node, ast.Comparison) or node.operator not in _GROWING:
            return False
        large, other = (node.left, node.right) if _GROWING[node.operator] else (node.right, node.left)
        found = self.find(large)
        reads = {path[0] for path in feel.free_names(other)}
        return found is not None and found.name in SHRINKING and reads <= {PARAMETERS}

    def _counted(self, node: ast.Node) -> Found | None:
        """Return what `count(node)` asks: for all facts, for those that fit, or for how many values a field has."""
        match node:
            case ast.Name(name=name) if name == self._alias:
                return Found("count")
            case ast.Filter(source=ast.Name(name=name), condition=condition) if name == self._alias:
                scope = self._own()
                own = feel.free_names(condition)
                known = all(path[0] in self._record.fields or path[0] == PARAMETERS for path in own)
                judging = isinstance(condition, _JUDGING) and isinstance(
                    infer(condition, scope).of(condition), t.Boolean
                )
                return Found("matching", None, condition, scope) if known and judging else None
            case ast.Call(arguments=(ast.Argument(name=None, value=values),)) if self._is_called(
                node, ("distinct values",)
            ):
                field = self._field(values)
                if field is None:
                    return None
                return Found("distinct", field, ast.Name(0, 0, _VALUE), self._with_value(field))
            case _:
                return None

    def _matched(self, name: str, items: ast.Node, match: ast.Node) -> Found | None:
        """Return what asks which of *items*, the facts or a field of theirs, *match* what is the same for all."""
        field = self._field(items)
        whole = isinstance(items, ast.Name) and items.name == self._alias
        if (field is None and not whole) or any(path[0] != PARAMETERS for path in feel.free_names(match)):
            return None
        value, scope = ast.Name(0, 0, _VALUE), self._with_value(field)
        # what matches a text is equal to it; so it is with numbers, but that Python takes 1 for true
        if isinstance(infer(match, scope).of(match), t.String):
            return Found(name, field, ast.Comparison(0, 0, "=", value, match), scope)
        listed = ast.ListLiteral(0, 0, (value,))
        arguments = (ast.Argument(0, 0, None, listed), ast.Argument(0, 0, None, match))
        matches = ast.Call(0, 0, ast.Name(0, 0, "in a row"), arguments)
        verdict = ast.Comparison(0, 0, "=", matches, ast.NumberLiteral(0, 0, 1))
        return Found(name, field, verdict, scope)

    def _numbers(self, kind: str, node: ast.Node) -> Found | None:
        """Return what stands for the values of a field, by its *kind*, where *node* asks for all of them."""
        field = self._field(node)
        return Found(kind, field) if field is not None and self._is_number(field) else None

    def _says(
        self, found: Found, parameters: Data, pool: feel.FunctionPool
    ) -> Callable[[Data, datetime], list[Any] | None] | None:
        """Return what says of a fact's data what it adds, in a list of its own; None where it cannot be said."""
        if found.node is None or found.scope is None:
            return None
        # a list, since the function is None for data that is not of its types, and a value may be null
        listed = ast.ListLiteral(0, 0, (found.node,))
        function = feel.compile_value(listed, found.scope, (_DATA, "parameters_"), pool)
        if found.name != "distinct":
            return lambda data, time: function(data, parameters, time)

        def key(data: Data, time: datetime) -> list[Any] | None:
            try:
                return [key_of(value) for value in function(data, parameters, time)]
            except (TypeError, Exhausted, RecursionError):  # no list; too much in it, or too deep
                return None

        return key

    def _own(self) -> Scope:
        """Return what names mean in a filter of the facts: their fields, of which data may lack any."""
        own = {name: self._variable(name) for name in self._record.fields}
        return self._scope.child(own)

    def _with_value(self, field: str | None) -> Scope:
        """Return the scope with a name for the *field* of a fact, or for its data."""
        value = Variable(self._record, _DATA) if field is None else self._variable(field)
        return self._scope.child({_VALUE: value})

    def _variable(self, field: str) -> Variable:
        code = field_code(_DATA, field, required=False)
        return Variable(self._record.fields[field].type, code, required=False)

    def _field(self, node: ast.Node) -> str | None:
        """Return the field that *node* reads of all facts, where it is one that they have."""
        match node:
            case ast.Path(source=ast.Name(name=name), name=field) if name == self._alias:
                return field if field in self._record.fields else None
            case _:
                return None

    def _is_number(self, field: str) -> bool:
        return isinstance(t.bare(self._record.fields[field].type), t.Number)

    def _is_called(self, node: ast.Call, names: tuple[str, ...]) -> bool:
        """Return whether *node* calls one of the built-ins with these *names*, which nothing here hides."""
        return _called(node) in names and self._scope.lookup(_called(node)) is None


def _called(node: ast.Call) -> str:
    """Return the name of the function that is called, or ""."""
    return node.function.name if isinstance(node.function, ast.Name) else ""


def _replaced(node: ast.Node, by: Callable[[ast.Node], ast.Node | None]) -> ast.Node:
    """Return *node* with what *by* gives for parts of it in their place."""
    found = by(node)
    if found is not None:
        return found
    if isinstance(node, ast.Filter):  # what it is of stands outside
        return replace(node, source=_replaced(node.source, by))
    if isinstance(node, ast.For | ast.Quantified):  # what the first name runs over stands outside
        first, *others = node.iterators
        return replace(node, iterators=(replace(first, domain=_replaced(first.domain, by)), *others))
    if isinstance(node, _CLOSED):
        return node
    changed: dict[str, Any] = {}
    for one in fields(node):
        value = getattr(node, one.name)
        if isinstance(value, ast.Node):
            changed[one.name] = _replaced(value, by)
        elif isinstance(value, tuple):
            changed[one.name] = tuple(_replaced(v, by) if isinstance(v, ast.Node) else v for v in value)
    return replace(node, **changed) if changed else node
