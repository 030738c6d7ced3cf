"""Decision requirements as read (DMN 1.5, clauses 6, 7 and 10): types, inputs, decisions, functions, services, and their logic.

Values only. Readers of DMN files and of `definitions` documents make them; evaluation, checks and writers read them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.diagnostics import Span
from engine.tables.model import Table
from engine.written import Expression


@dataclass(frozen=True, slots=True)
class TypeRef:
    """The use of a type: a FEEL type's name ("number"), one of the model's own, or "" for Any.

    A type of an imported model is "import.name".
    """

    name: str = ""


ANY_TYPE = TypeRef()


@dataclass(frozen=True, slots=True)
class ItemDefinition:
    """A declared type (clause 7.3.2): another one narrowed by allowed values, a structure of components, or a function's.

    *allowed* are unary tests on each value; *allowed_all* (DMN 1.5 `typeConstraint`) on the whole of a collection.
    """

    name: str
    span: Span
    base: TypeRef = ANY_TYPE
    components: tuple[ItemDefinition, ...] = ()
    is_structure: bool = False
    is_collection: bool = False
    allowed: Expression | None = None
    allowed_all: Expression | None = None
    parameters: tuple[tuple[str, TypeRef], ...] | None = None
    """Of a function type: the names and types of what it takes; *base* is then what it gives."""


@dataclass(frozen=True, slots=True)
class LiteralBody:
    """A FEEL expression; None where none is written."""

    expression: Expression | None
    span: Span
    type: TypeRef = ANY_TYPE


@dataclass(frozen=True, slots=True)
class TableBody:
    """A decision table."""

    table: Table
    span: Span
    type: TypeRef = ANY_TYPE


@dataclass(frozen=True, slots=True)
class Entry:
    """A named part: of a context, of an invocation (a binding), of a function's parameters (without a body)."""

    name: str
    span: Span
    body: Body | None = None
    type: TypeRef = ANY_TYPE


@dataclass(frozen=True, slots=True)
class ContextBody:
    """Entries, each in sight of those before it, and the result, if it is not the context itself (clause 10.2.1.4)."""

    entries: tuple[Entry, ...]
    result: Body | None
    span: Span
    type: TypeRef = ANY_TYPE


@dataclass(frozen=True, slots=True)
class InvocationBody:
    """A function called with named arguments (clause 10.2.1.3)."""

    function: Body
    bindings: tuple[Entry, ...]
    span: Span
    type: TypeRef = ANY_TYPE


@dataclass(frozen=True, slots=True)
class FunctionBody:
    """A function of *parameters* (clause 10.2.1.7). *kind* is FEEL; Java and PMML are read and never run."""

    parameters: tuple[Entry, ...]
    body: Body | None
    span: Span
    kind: str = "FEEL"
    type: TypeRef = ANY_TYPE


@dataclass(frozen=True, slots=True)
class ListBody:
    """A boxed list."""

    items: tuple[Body, ...]
    span: Span
    type: TypeRef = ANY_TYPE


@dataclass(frozen=True, slots=True)
class RelationBody:
    """A list of contexts with the same entries, written as a table (clause 10.2.1.6)."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Body, ...], ...]
    span: Span
    type: TypeRef = ANY_TYPE


@dataclass(frozen=True, slots=True)
class ConditionalBody:
    """if, then, else (DMN 1.4)."""

    condition: Body
    then: Body
    otherwise: Body
    span: Span
    type: TypeRef = ANY_TYPE


@dataclass(frozen=True, slots=True)
class FilterBody:
    """The items of *source* for which *match* is true (DMN 1.4)."""

    source: Body
    match: Body
    span: Span
    type: TypeRef = ANY_TYPE


@dataclass(frozen=True, slots=True)
class IterationBody:
    """*quantifier* "for", "some" or "every" over the items of *source*, called *iterator* (DMN 1.4)."""

    quantifier: str
    iterator: str
    source: Body
    body: Body
    span: Span
    type: TypeRef = ANY_TYPE


Body = (
    LiteralBody
    | TableBody
    | ContextBody
    | InvocationBody
    | FunctionBody
    | ListBody
    | RelationBody
    | ConditionalBody
    | FilterBody
    | IterationBody
)


@dataclass(frozen=True, slots=True)
class InputData:
    """What the outside gives."""

    name: str
    span: Span
    type: TypeRef = ANY_TYPE


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision of DMN: a named value, computed by *body* from what it requires.

    *requires* are names of inputs and decisions, *knowledge* of functions and services; a name from an imported model is
    "import.name".
    """

    name: str
    span: Span
    body: Body | None
    type: TypeRef = ANY_TYPE
    requires: tuple[str, ...] = ()
    knowledge: tuple[str, ...] = ()
    question: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Function:
    """A business knowledge model: named logic that decisions call."""

    name: str
    span: Span
    body: FunctionBody | None
    type: TypeRef = ANY_TYPE
    knowledge: tuple[str, ...] = ()
    description: str = ""


@dataclass(frozen=True, slots=True)
class Service:
    """A decision service (clause 6.3.10): decisions called as a function of input data and input decisions, in that order."""

    name: str
    span: Span
    outputs: tuple[str, ...]
    encapsulated: tuple[str, ...] = ()
    input_decisions: tuple[str, ...] = ()
    input_data: tuple[str, ...] = ()
    type: TypeRef = ANY_TYPE


@dataclass(frozen=True, slots=True)
class Definitions:
    """One model: its types, inputs, decisions, functions and services by name, and its imports by the names it gives them."""

    name: str
    namespace: str
    span: Span
    types: Mapping[str, ItemDefinition] = field(default_factory=dict)
    inputs: Mapping[str, InputData] = field(default_factory=dict)
    decisions: Mapping[str, Decision] = field(default_factory=dict)
    functions: Mapping[str, Function] = field(default_factory=dict)
    services: Mapping[str, Service] = field(default_factory=dict)
    imports: Mapping[str, Definitions] = field(default_factory=dict)
    description: str = ""
