"""Boxed expressions of an XML file to bodies (DMN 1.5, clause 10.2): each FEEL text is read with the names in sight.

A faulty part is a diagnostic and has no body of its own; whoever asks decides what becomes of the whole.
"""

from __future__ import annotations

from engine.definitions.model import (
    ANY_TYPE,
    Body,
    ConditionalBody,
    ContextBody,
    Entry,
    FilterBody,
    FunctionBody,
    InvocationBody,
    IterationBody,
    ListBody,
    LiteralBody,
    RelationBody,
    TableBody,
    TypeRef,
)
from engine.diagnostics import warning
from engine.dmn.elements import Element
from engine.dmn.grammar import EXPRESSIONS
from engine.dmn.tables import read_table
from engine.dmn.texts import Names, Texts
from engine.dmn.versions import type_name

ITEM = frozenset(("item",))


def type_of(element: Element | None) -> TypeRef:
    """Return the type that *element* refers to, by attribute or by part; Any where it refers to none."""
    if element is None:
        return ANY_TYPE
    written = element.attributes.get("typeRef") or element.text_of("typeRef")
    return TypeRef(type_name(written)) if written else ANY_TYPE


def name_of(element: Element) -> str:
    """Return the name that *element* has, with single spaces between its words."""
    return " ".join(element.attributes.get("name", "").split())


class Bodies:
    """Reads the boxed expressions of one file."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    def within(self, parent: Element, names: Names, called: str) -> Body | None:
        """Return the body that *parent* holds, or None for none; *called* is what a table there is named after."""
        found = [
            part for part in parent.parts if part.name in EXPRESSIONS and part.namespace == parent.namespace
        ]
        for more in found[1:]:
            self._texts.fault(
                "dmn-structure",
                more.span,
                f"a second expression in <{parent.name}>",
                "keep one of the two",
            )
        return self._body(found[0], names, called) if found else None

    def function(self, element: Element, names: Names, called: str) -> FunctionBody:
        """Return the function that *element*, a definition or an encapsulated logic, defines."""
        parameters = tuple(
            Entry(name_of(part), part.span, None, type_of(part)) for part in element.all("formalParameter")
        )
        kind = element.attributes.get("kind", "FEEL")
        inner = names | {parameter.name for parameter in parameters}
        if kind != "FEEL":
            message = f"a {kind[:40]} function is not run: what calls it gets null"
            fix = "write it in FEEL, or let the caller work out its value"
            self._texts.faults.append(warning("dmn-external", element.span, message, fix))
        body = self.within(element, inner, called)
        return FunctionBody(parameters, body, element.span, kind, type_of(element))

    def _body(self, element: Element, names: Names, called: str) -> Body | None:
        match element.name:
            case "literalExpression":
                if element.first("importedValues") is not None:
                    message = "values are imported from another file, which is not read"
                    self._texts.fault("dmn-import", element.span, message, "write the expression out")
                expression = self._texts.expression(element, names)
                return LiteralBody(expression, element.span, type_of(element))
            case "decisionTable":
                table = read_table(element, names, called, self._texts)
                return TableBody(table, element.span, type_of(element))
            case "context":
                return self._context(element, names)
            case "invocation":
                return self._invocation(element, names, called)
            case "functionDefinition":
                return self.function(element, names, called)
            case "list":
                items = tuple(self._parts(element, names, called))
                return ListBody(items, element.span, type_of(element))
            case "relation":
                return self._relation(element, names, called)
            case "conditional":
                first, second, third = (
                    self._typed(element, part, names, called) for part in ("if", "then", "else")
                )
                return ConditionalBody(first, second, third, element.span, type_of(element))
            case "filter":
                source = self._typed(element, "in", names, called)
                match = self._typed(element, "match", names | ITEM, called)
                return FilterBody(source, match, element.span, type_of(element))
            case _:
                return self._iteration(element, names, called)

    def _parts(self, element: Element, names: Names, called: str) -> list[Body]:
        """Return a body for each expression in *element*."""
        found = (part for part in element.parts if part.name in EXPRESSIONS)
        return [body for part in found if (body := self._body(part, names, called)) is not None]

    def _typed(self, parent: Element, part: str, names: Names, called: str) -> Body:
        """Return the body in the *part* of *parent*; one that is not there is a fault."""
        element = parent.first(part)
        body = None if element is None else self.within(element, names, called)
        if body is None:
            message = f"<{parent.name}> has no expression in <{part}>"
            self._texts.fault("dmn-structure", (element or parent).span, message, "write one")
            return LiteralBody(None, (element or parent).span)
        return body

    def _context(self, element: Element, names: Names) -> ContextBody:
        entries: list[Entry] = []
        result: Body | None = None
        for part in element.all("contextEntry"):
            variable = part.first("variable")
            name = "" if variable is None else name_of(variable)
            if result is not None:
                message = "an entry stands after the result of its context"
                self._texts.fault("dmn-structure", part.span, message, "put the entry without a name last")
                continue
            body = self.within(part, names, name)
            if name:
                entries.append(Entry(name, part.span, body, type_of(variable)))
                names = names | {name}
            else:
                result = LiteralBody(None, part.span) if body is None else body
        return ContextBody(tuple(entries), result, element.span, type_of(element))

    def _invocation(self, element: Element, names: Names, called: str) -> InvocationBody:
        function = self.within(element, names, called)
        if function is None:
            self._texts.fault("dmn-structure", element.span, "an invocation of nothing", "name the function")
            function = LiteralBody(None, element.span)
        bindings = []
        for binding in element.all("binding"):
            parameter = binding.first("parameter")
            name = "" if parameter is None else name_of(parameter)
            if not name:
                message = "a binding names no parameter"
                self._texts.fault("dmn-structure", binding.span, message, "name the parameter it is for")
            body = self.within(binding, names, name)
            bindings.append(Entry(name, binding.span, body, type_of(parameter)))
        return InvocationBody(function, tuple(bindings), element.span, type_of(element))

    def _relation(self, element: Element, names: Names, called: str) -> RelationBody:
        columns = tuple(name_of(column) for column in element.all("column"))
        rows = []
        for row in element.all("row"):
            cells = tuple(self._parts(row, names, called))
            if len(cells) != len(columns):
                message = f"the row has {len(cells)} cells, and the relation {len(columns)} columns"
                self._texts.fault("dmn-structure", row.span, message, "give each column a cell")
                continue
            rows.append(cells)
        return RelationBody(columns, tuple(rows), element.span, type_of(element))

    def _iteration(self, element: Element, names: Names, called: str) -> IterationBody:
        iterator = " ".join(element.attributes.get("iteratorVariable", "").split())
        if not iterator:
            message = f"<{element.name}> names no iterator variable"
            self._texts.fault("dmn-structure", element.span, message, "name what each item is called")
        source = self._typed(element, "in", names, called)
        inner = names | {iterator} | ({"partial"} if element.name == "for" else frozenset())
        part = "return" if element.name == "for" else "satisfies"
        body = self._typed(element, part, inner, called)
        return IterationBody(element.name, iterator, source, body, element.span, type_of(element))
