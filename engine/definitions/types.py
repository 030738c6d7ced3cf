"""Declared types to FEEL types: item definitions with their components, collections, functions and allowed values.

A type is resolved once, when it is first asked for; one that leads back to itself is Any where it does, and one of that
name nobody declares is Any as well (`unknown` says so).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from engine import feel
from engine.definitions.model import Definitions, ItemDefinition, TypeRef
from engine.feel import ast
from engine.feel import types as t
from engine.feel.rules import TYPE_NAMES, named_type
from engine.feel.scope import Scope, Variable
from engine.written import Expression

MAX_NESTING = 30
"""Types inside one another; beyond it a type is Any."""

Allows = Callable[[Any], bool]


class Types:
    """The types of one model and of what it imports, by the names it has for them.

    Structures are open: a value may carry more than is declared (DMN 1.5, 10.3.2.9.1). With *closed* they are not, for
    checks: a name that nothing declares is then a fault.
    """

    def __init__(
        self, definitions: Definitions, *, closed: bool = False, known: dict[int, Types] | None = None
    ) -> None:
        self._own = definitions
        self._closed = closed
        known = {} if known is None else known
        known[id(definitions)] = self
        self._imports = {
            # models that import the same one share what is resolved of it
            alias: known.get(id(model)) or Types(model, closed=closed, known=known)
            for alias, model in definitions.imports.items()
        }
        self._found: dict[str, t.FeelType] = {}
        self._open: list[str] = []

    def of(self, ref: TypeRef) -> t.FeelType:
        """Return the type that *ref* names; Any where it names none."""
        return self._named(ref.name) or t.ANY

    def is_known(self, ref: TypeRef) -> bool:
        """Return whether *ref* names a type that there is."""
        return self._named(ref.name) is not None

    def all(self) -> Mapping[str, t.FeelType]:
        """Return every declared type by the name that FEEL text has for it, imported ones included."""
        found = {name: self.of(TypeRef(name)) for name in self._own.types}
        for alias, types in self._imports.items():
            found |= {f"{alias}.{name}" if alias else name: kind for name, kind in types.all().items()}
        return found

    def _named(self, name: str) -> t.FeelType | None:
        if not name:
            return t.ANY
        if name in self._own.types:
            return self._declared(name)
        for alias, types in self._imports.items():
            if not alias or name.startswith(f"{alias}."):
                found = types._named(name[len(alias) + 1 :] if alias else name)
                if found is not None:
                    return found
        # a path through several imports is written with each of their names, so nothing else is left but FEEL's own
        return named_type(ast.TypeName(0, 0, name, (), ()), _nothing) if name in TYPE_NAMES else None

    def _declared(self, name: str) -> t.FeelType:
        if name in self._found:
            return self._found[name]
        if name in self._open or len(self._open) >= MAX_NESTING:
            return t.ANY
        self._open.append(name)
        found = self._item(self._own.types[name], name)
        self._open.pop()
        if not self._open:
            # inside another one, what leads back to that one is Any, and is not the type for everybody
            self._found[name] = found
        return found

    def _item(self, item: ItemDefinition, name: str, depth: int = 0) -> t.FeelType:
        if depth > MAX_NESTING:
            return t.ANY
        if item.parameters is not None:
            found: t.FeelType = t.FunctionType(
                tuple(self.of(ref) for _, ref in item.parameters), self.of(item.base)
            )
        elif item.is_structure or item.components:
            fields = {
                part.name: t.Field(self._item(part, f"{name}.{part.name}", depth + 1))
                for part in item.components
            }
            found = t.ContextType(fields, open=not self._closed, title=name)
        else:
            found = self.of(item.base)
        if item.allowed is not None:
            # of a collection, the allowed values are those of each item
            one = found.item if isinstance(found, t.ListType) and item.is_collection else found
            found = t.Restricted(one, name, allowing(item.allowed))
        if item.is_collection:
            found = t.ListType(found)
        if item.allowed_all is not None:
            found = t.Restricted(found, name, allowing(item.allowed_all))
        return found


def allowing(tests: Expression) -> Allows:
    """Return whether a value passes the unary *tests*, as a function; it reads nothing but the value."""
    scope = Scope({"?": Variable(t.ANY, "value", required=False)})
    compiled = feel.compile_value(tests.node, scope, ("value",))
    return lambda value: compiled(value, None) is True


def result_of(kind: t.FeelType) -> t.FeelType:
    """Return what the logic of something declared as *kind* gives: a function's result, else *kind* itself."""
    return kind.result if isinstance(kind, t.FunctionType) else kind


def _nothing(_name: str) -> None:
    return None
