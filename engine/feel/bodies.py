"""Constructs with names of their own: contexts, filters, loops, functions. Their bodies become inner functions.

An inner function is written before the statement under construction; the runtime's loops call it for each row.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from engine.feel import ast, runtime
from engine.feel import types as t
from engine.feel.ast import Node
from engine.feel.checker import literal_type
from engine.feel.emitted import ATOM, NONE, Code, call
from engine.feel.reading import has_name, literal_index, literal_value
from engine.feel.rules import loop_type, parameter_type
from engine.feel.scope import Variable
from engine.feel.types import FeelType
from engine.feel.values import FunctionValue
from engine.feel.writer import Block, Local, Writer


class BodyWriter(Writer):
    """Writes the constructs that declare names."""

    def value(self, node: Node) -> Code:
        """Return code for the value of *node*."""
        raise NotImplementedError

    def context(self, entries: tuple[ast.ContextEntry, ...]) -> Code:
        """Return code for a context; each entry is a variable that the later ones read."""
        before = len(self.locals)
        written = []
        for entry in entries:
            code = self.spilled(self.value(entry.value))
            written.append(f"{entry.name!r}: {code.text}")
            self.locals.append(Local(entry.name, self.type_of(entry.value), code))
        del self.locals[before:]
        if len({entry.name for entry in entries}) < len(entries):
            return NONE
        return Code(f"{{{', '.join(written)}}}", ATOM, nullable=False, depth=1)

    def filter(self, source: Node, condition: Node) -> Code:
        """Return code for `source[condition]`."""
        item = self._item_at(source, condition)
        if item is not None:
            return item
        source_code = self.value(source)
        if literal_index(condition):
            return self.invoke(runtime.at_index, source_code, self.value(condition))
        source_type = self.type_of(source)
        item_type = t.bare(source_type.item) if isinstance(source_type, t.ListType) else source_type
        if isinstance(item_type, t.Null):
            item_type = t.ANY
        name = self.fresh("i")
        local = Local("item", item_type, Code(name), item=True)
        body = self._inner([name], [local], condition)
        return call(self.use(runtime.select), self.steps(), source_code, body)

    def _item_at(self, source: Node, condition: Node) -> Code | None:
        """Return code for the item of a variable at a position as written, where the scope can tell it without the list."""
        if not isinstance(source, ast.Name) or self.resolve(source.name, len(self.locals)) is not None:
            return None
        variable, position = self.typing.scope.lookup(source.name), literal_value(condition)
        if variable is None or not variable.item or type(position) is not int or position == 0:
            return None
        kind = t.bare(variable.type)
        item = kind.item if isinstance(kind, t.ListType) else t.ANY
        return self.converted(Variable(item, variable.item.format(position), required=False))

    def each(self, node: ast.For) -> Code:
        """Return code for a `for`; the results so far are only passed to a body that names them."""
        partial = self.fresh("p") if has_name(node.body, "partial") else None
        domains, body = self.loop(node.iterators, node.body, partial)
        with_partial = Code(repr(partial is not None))
        return call(self.use(runtime.for_each), self.steps(), domains, body, with_partial)

    def loop(self, iterators: tuple[ast.Iterator, ...], body: Node, partial: str | None) -> tuple[Code, Code]:
        """Return a tuple of functions, one for each iterator's domain, and the function of the body."""
        before = len(self.locals)
        parameters: list[str] = []
        domains: list[str] = []
        for iterator in iterators:
            domains.append(self._domain(list(parameters), iterator).text)
            name = self.fresh("i")
            parameters.append(name)
            self.locals.append(Local(iterator.name, self._loop_type(iterator), Code(name)))
        declared: list[Local] = []
        if partial is not None:
            declared = [Local("partial", t.ANY_LIST, Code(partial))]
            parameters = [*parameters, partial]
        # an iterator named partial hides the results so far
        hidden = any(iterator.name == "partial" for iterator in iterators)
        body_code = self._inner(parameters, [] if hidden else declared, body)
        del self.locals[before:]
        return Code(f"({', '.join(domains)},)", depth=1), body_code

    def _domain(self, parameters: list[str], iterator: ast.Iterator) -> Code:
        if iterator.until is None:
            return self._inner(parameters, [], iterator.domain)
        until = iterator.until

        def both_ends() -> Code:
            return self.invoke(runtime.spanned, self.value(iterator.domain), self.value(until))

        return self._inner_of(parameters, [], both_ends)

    def _loop_type(self, iterator: ast.Iterator) -> FeelType:
        domain = self.type_of(iterator.domain)
        return loop_type(domain) if iterator.until is None else t.join(domain, self.type_of(iterator.until))

    def function(self, node: ast.FunctionLiteral) -> Code:
        """Return code for a function as a value."""
        names = [self.fresh("i") for _ in node.parameters]
        scope = self.typing.scope
        kinds = [parameter_type(p, scope.type_named) for p in node.parameters]
        declared = [
            Local(p.name, t.bare(kind or t.ANY), Code(name))
            for p, kind, name in zip(node.parameters, kinds, names, strict=True)
        ]
        self.namespace["FunctionValue"] = FunctionValue
        if node.external:
            body = Code(self.use(runtime.not_run))
        else:
            body = self._inner(names, declared, node.body, charges=True)
        if any(kinds) and not node.external:
            body = call(self.use(runtime.typed), self.constant(tuple(kinds)), body, nullable=False)
        parameters = Code(repr(tuple(p.name for p in node.parameters)))
        signature = self.constant(partial(literal_type, node, scope.all_types()))
        return call("FunctionValue", parameters, body, Code("''"), signature, nullable=False)

    def _inner(
        self, parameters: list[str], declared: list[Local], body: Node, *, charges: bool = False
    ) -> Code:
        return self._inner_of(parameters, declared, lambda: self.value(body), charges=charges)

    def _inner_of(
        self,
        parameters: list[str],
        declared: list[Local],
        body: Callable[[], Code],
        *,
        charges: bool = False,
    ) -> Code:
        """Return the name of an inner function, written before the statement under construction."""
        outer, before = self.block, len(self.locals)
        name = self.fresh("f")
        self.block = Block(outer.level + 1, ", ".join(parameters), name)
        self.locals.extend(declared)
        self.loops += 1
        if charges:
            self.block.add(f"{self.steps().text}.charge()")
        self.block.add(f"return {body().text}")
        self.loops -= 1
        del self.locals[before:]
        inner, self.block = self.block, outer
        outer.lines.extend(inner.lines)
        return Code(name, nullable=False)
