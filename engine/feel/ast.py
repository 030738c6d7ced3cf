"""The FEEL syntax tree: one frozen class per construct of DMN 1.5, each with its place in the text.

The parser makes these; the checker, the compiler, the printer and the evaluator read them. Nodes hold no
types and no behaviour, and two nodes are equal when they say the same, wherever they stand.
"""

from __future__ import annotations

from collections.abc import Iterator as Iterating
from dataclasses import dataclass, field, fields
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Node:
    """A piece of FEEL text: character offsets (the end is exclusive), which equality ignores."""

    start: int = field(compare=False)
    end: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class NumberLiteral(Node):
    """A number as written: an int where it has neither point nor exponent, a Decimal otherwise."""

    value: int | Decimal


@dataclass(frozen=True, slots=True)
class StringLiteral(Node):
    """A string, its escapes resolved."""

    value: str


@dataclass(frozen=True, slots=True)
class BooleanLiteral(Node):
    """`true` or `false`."""

    value: bool


@dataclass(frozen=True, slots=True)
class NullLiteral(Node):
    """`null`."""


@dataclass(frozen=True, slots=True)
class AtLiteral(Node):
    """`@"..."`: a date, time, date and time, or duration by its ISO 8601 text."""

    text: str


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A variable or a built-in; the words of a name are separated by one space."""

    name: str


@dataclass(frozen=True, slots=True)
class Path(Node):
    """`source.name`: an entry of a context, a property of a value, or the same of each item of a list."""

    source: Node
    name: str
    name_start: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Negation(Node):
    """`-operand`."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Arithmetic(Node):
    """`left operator right`, with one of + - * / **."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Comparison(Node):
    """`left operator right`, with one of = != < <= > >=."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Logic(Node):
    """Two or more operands joined by `and`, or by `or`."""

    operator: str
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Between(Node):
    """`value between low and high`, both ends included."""

    value: Node
    low: Node
    high: Node


@dataclass(frozen=True, slots=True)
class Comparator(Node):
    """A unary test `operator operand`, such as `> 5`: what stands left of it is given elsewhere."""

    operator: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Interval(Node):
    """A range such as `[1..5)`; a bracket that faces its end includes it."""

    low: Node
    high: Node
    low_included: bool
    high_included: bool


@dataclass(frozen=True, slots=True)
class In(Node):
    """`value in tests`: true where one of the tests (values, lists, ranges, comparators) fits."""

    value: Node
    tests: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class ListLiteral(Node):
    """`[a, b, c]`."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class ContextEntry(Node):
    """`name: value` in a context; *start* is where the name begins."""

    name: str
    value: Node


@dataclass(frozen=True, slots=True)
class ContextLiteral(Node):
    """`{name: value, ...}`; an entry sees the entries before it."""

    entries: tuple[ContextEntry, ...]


@dataclass(frozen=True, slots=True)
class Filter(Node):
    """`source[condition]`: the items that fit, or the item at a position counted from 1."""

    source: Node
    condition: Node


@dataclass(frozen=True, slots=True)
class Argument(Node):
    """One argument of a call, with its parameter's name where it is given."""

    name: str | None
    value: Node


@dataclass(frozen=True, slots=True)
class Call(Node):
    """`function(arguments)`, either all by position or all by name."""

    function: Node
    arguments: tuple[Argument, ...]


@dataclass(frozen=True, slots=True)
class If(Node):
    """`if condition then value else otherwise`."""

    condition: Node
    then: Node
    otherwise: Node


@dataclass(frozen=True, slots=True)
class Iterator(Node):
    """`name in domain`, or `name in domain..until`, of `for`, `some` and `every`."""

    name: str
    domain: Node
    until: Node | None


@dataclass(frozen=True, slots=True)
class For(Node):
    """`for iterators return body`."""

    iterators: tuple[Iterator, ...]
    body: Node


@dataclass(frozen=True, slots=True)
class Quantified(Node):
    """`some iterators satisfies condition`, or the same with `every`."""

    quantifier: str
    iterators: tuple[Iterator, ...]
    condition: Node


@dataclass(frozen=True, slots=True)
class TypeName(Node):
    """A type as written after `instance of` or a parameter: its name, and what stands in its angle brackets.

    *entries* are the names of a `context<...>`; a `function<...> -> type` has its result last.
    """

    name: str
    arguments: tuple[TypeName, ...]
    entries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InstanceOf(Node):
    """`value instance of type`."""

    value: Node
    type: TypeName


@dataclass(frozen=True, slots=True)
class FormalParameter(Node):
    """A parameter of a function definition, with its type where one is written."""

    name: str
    type: TypeName | None


@dataclass(frozen=True, slots=True)
class FunctionLiteral(Node):
    """`function(parameters) body`; the body of an *external* one says where its code is, which is never run."""

    parameters: tuple[FormalParameter, ...]
    body: Node
    external: bool = False


@dataclass(frozen=True, slots=True)
class AnyInput(Node):
    """The unary test `-`: every input fits."""


@dataclass(frozen=True, slots=True)
class UnaryTests(Node):
    """The cell of a decision table: tests of an input that stands outside, or `not(...)` of them."""

    tests: tuple[Node, ...]
    negated: bool


_PLACE = frozenset(f.name for f in fields(Node))


_PARTS: dict[type[Node], tuple[str, ...]] = {}
"""By kind of node, its fields beside its place: of all, those that can hold nodes."""


def children(node: Node) -> Iterating[Node]:
    """Yield the nodes directly below *node*, in the order they are written."""
    kind = type(node)
    parts = _PARTS.get(kind)
    if parts is None:
        parts = _PARTS[kind] = tuple(f.name for f in fields(kind) if f.name not in _PLACE)
    for name in parts:
        value = getattr(node, name)
        if isinstance(value, Node):
            yield value
        elif isinstance(value, tuple):
            yield from (item for item in value if isinstance(item, Node))


def walk(node: Node) -> Iterating[Node]:
    """Yield *node* and every node below it, without recursion."""
    waiting = [node]
    while waiting:
        top = waiting.pop()
        yield top
        waiting.extend(children(top))
