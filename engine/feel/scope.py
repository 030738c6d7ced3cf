"""What names mean where an expression stands: variables with their types and the Python code that yields them.

Scopes chain: a name is looked for in the innermost first. The code in a Variable is written by the compiler's author,
never taken from a rule file. A scope may also declare types, for `instance of` and for parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from engine.feel.types import ANY, ContextType, FeelType
from engine.feel.values import Steps


@dataclass(frozen=True, slots=True)
class Variable:
    """A name's type, and the Python expression that yields its value in a compiled function.

    The value may be plain JSON: it is converted where its type asks for it. A *required* one is never null. What is no
    expression is made: *makes* is called with the time and the steps of the evaluation, and *code* is not looked at.
    *item*, where a list has one, yields the item at a position that stands for `{}` in it, without making the list. *value* is
    what the name always stands for, where that is known before a fact comes.
    """

    type: FeelType
    code: str
    required: bool = True
    makes: Callable[[Any, Steps], Any] | None = None
    item: str = ""
    value: Any = None


@dataclass(frozen=True, slots=True)
class Scope:
    """The variables in sight, and the declared types by name.

    *bound* holds what some built-ins are given first, by the words they ask for it with: no expression can name it.
    *record* is the type whose fields the variables are, where they are a record's own.
    """

    variables: Mapping[str, Variable] = field(default_factory=lambda: MappingProxyType({}))
    parent: Scope | None = None
    record: ContextType | None = None
    record_code: str = ""
    types: Mapping[str, FeelType] = field(default_factory=lambda: MappingProxyType({}))
    bound: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    @classmethod
    def fields(cls, code: str, record: ContextType) -> Scope:
        """Return the scope of a record's own fields, where the Python expression *code* yields the record."""
        variables = {
            name: Variable(f.type, field_code(code, name, required=f.required), f.required)
            for name, f in record.fields.items()
        }
        return cls(variables, None, record, code)

    def child(self, inner: Scope | Mapping[str, Variable]) -> Scope:
        """Return a scope that looks in *inner* first, then here."""
        if not isinstance(inner, Scope):
            return Scope(inner, self)
        parent = self if inner.parent is None else self.child(inner.parent)
        return Scope(inner.variables, parent, inner.record, inner.record_code, inner.types, inner.bound)

    def lookup(self, name: str) -> Variable | None:
        """Return what *name* means, or None; an open record has any name that nothing else declares."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.variables:
                return scope.variables[name]
            scope = scope.parent
        scope = self
        while scope is not None:
            if scope.record is not None and scope.record.open:
                return Variable(ANY, field_code(scope.record_code, name, required=False), required=False)
            scope = scope.parent
        return None

    def type_named(self, name: str) -> FeelType | None:
        """Return the declared type *name*, or None."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.types:
                return scope.types[name]
            scope = scope.parent
        return None

    def all_types(self) -> Mapping[str, FeelType]:
        """Return every declared type by its name."""
        return self.types if self.parent is None else {**self.parent.all_types(), **self.types}

    def bound_to(self, word: str) -> Any:
        """Return what the built-ins that ask for *word* are given here, or None."""
        scope: Scope | None = self
        while scope is not None:
            if word in scope.bound:
                return scope.bound[word]
            scope = scope.parent
        return None

    def names(self) -> frozenset[str]:
        """Return every name in sight."""
        own = frozenset(self.variables)
        return own if self.parent is None else own | self.parent.names()

    def innermost_record(self) -> ContextType | None:
        """Return the type of the record whose fields are in sight, the innermost one."""
        scope: Scope | None = self
        while scope is not None:
            if scope.record is not None:
                return scope.record
            scope = scope.parent
        return None


def field_code(code: str, name: str, *, required: bool) -> str:
    """Return the Python expression for an entry of the dict that *code* yields."""
    return f"{code}[{name!r}]" if required else f"{code}.get({name!r})"
