"""Bodies and decision tables to the boxed expressions of an XML file; what was read of a file comes out the same."""

from __future__ import annotations

from engine.definitions.model import (
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
from engine.dmn.markup import Ids, Tag, tag
from engine.feel.text import quoted, string_of
from engine.tables.model import Row, Table
from engine.written import Expression, Literal, Value


class Boxes:
    """Writes the expressions of one file; *ids* are the file's."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids

    def body(self, body: Body | None, owner: str) -> Tag | None:
        """Return the element of *body*, its ids beginning with *owner*."""
        match body:
            case None:
                return None
            case LiteralBody(expression=expression):
                text = "" if expression is None else expression.text
                return self._box("literalExpression", body, owner, tag("text", text=text))
            case TableBody(table=table):
                return self._table(table, body.type, owner)
            case ContextBody(entries=entries, result=result):
                parts = [self._entry(entry, owner) for entry in entries]
                if result is not None:
                    parts.append(
                        tag("contextEntry", self.body(result, owner), id=self._ids.new(owner, "result"))
                    )
                return self._box("context", body, owner, *parts)
            case InvocationBody(function=function, bindings=bindings):
                called = self.body(function, owner)
                return self._box(
                    "invocation", body, owner, called, *(self._binding(b, owner) for b in bindings)
                )
            case FunctionBody():
                return self.function(body, "functionDefinition", owner)
            case ListBody(items=items):
                return self._box("list", body, owner, *(self.body(item, owner) for item in items))
            case RelationBody(columns=columns, rows=rows):
                headings = (tag("column", id=self._ids.new(owner, "column"), name=name) for name in columns)
                lines = (
                    tag("row", *(self.body(cell, owner) for cell in row), id=self._ids.new(owner, "row"))
                    for row in rows
                )
                return self._box("relation", body, owner, *headings, *lines)
            case ConditionalBody():
                parts = [self._inner("if", body.condition, owner), self._inner("then", body.then, owner)]
                return self._box(
                    "conditional", body, owner, *parts, self._inner("else", body.otherwise, owner)
                )
            case FilterBody(source=source, match=match):
                return self._box(
                    "filter",
                    body,
                    owner,
                    self._inner("in", source, owner),
                    self._inner("match", match, owner),
                )
            case _:
                part = "return" if body.quantifier == "for" else "satisfies"
                parts = [self._inner("in", body.source, owner), self._inner(part, body.body, owner)]
                return tag(
                    body.quantifier,
                    *parts,
                    id=self._ids.new(owner, body.quantifier),
                    typeRef=written_type(body.type),
                    iteratorVariable=body.iterator,
                )  # fmt: skip

    def function(self, body: FunctionBody, element: str, owner: str) -> Tag:
        """Return the *element* that defines the function *body*."""
        parameters = (
            tag(
                "formalParameter",
                id=self._ids.new(owner, "parameter"),
                name=entry.name,
                typeRef=written_type(entry.type),
            )
            for entry in body.parameters
        )
        logic = self.body(body.body, owner)
        return tag(
            element, *parameters, logic, id=self._ids.new(owner, "logic"), kind=body.kind, typeRef=written_type(body.type)
        )  # fmt: skip

    def _box(self, name: str, body: Body, owner: str, *parts: Tag | None) -> Tag:
        return tag(name, *parts, id=self._ids.new(owner, name), typeRef=written_type(body.type))

    def _inner(self, name: str, body: Body, owner: str) -> Tag:
        return tag(name, self.body(body, owner), id=self._ids.new(owner, name))

    def _entry(self, entry: Entry, owner: str) -> Tag:
        variable = tag(
            "variable",
            id=self._ids.new(owner, "entry", entry.name),
            name=entry.name,
            typeRef=written_type(entry.type),
        )
        return tag("contextEntry", variable, self.body(entry.body, owner), id=self._ids.new(owner, "entry"))

    def _binding(self, entry: Entry, owner: str) -> Tag:
        parameter = tag(
            "parameter",
            id=self._ids.new(owner, "argument"),
            name=entry.name,
            typeRef=written_type(entry.type),
        )
        return tag("binding", parameter, self.body(entry.body, owner))

    def _table(self, table: Table, kind: TypeRef, owner: str) -> Tag:
        inputs = []
        for number, column in enumerate(table.inputs, start=1):
            own = self._ids.new(owner, "input", str(number))
            asked = tag(
                "inputExpression", tag("text", text=column.expression.text), id=self._ids.new(own, "expression"),
                typeRef=column.type_name or None,
            )  # fmt: skip
            allowed = self._texts("inputValues", column.allowed, own)
            inputs.append(tag("input", asked, allowed, id=own, label=column.label or None))
        outputs = []
        for number, result in enumerate(table.outputs, start=1):
            own = self._ids.new(owner, "output", str(number))
            default = self._texts("defaultOutputEntry", result.default, own)
            allowed = self._texts("outputValues", result.allowed, own)
            outputs.append(
                tag(
                    "output",
                    allowed,
                    default,
                    id=own,
                    label=result.label or None,
                    name=result.name or None,
                    typeRef=result.type_name or None,
                )
            )
        annotations = (tag("annotation", name=heading) for heading in table.annotations)
        rules = (self._rule(row, owner, len(table.annotations)) for row in table.rows)
        return tag(
            "decisionTable", *inputs, *outputs, *annotations, *rules, id=self._ids.new(owner, "table"),
            hitPolicy=table.hit.value.upper(), aggregation=table.aggregation and table.aggregation.value.upper(),
            outputLabel=table.name or None, typeRef=written_type(kind),
        )  # fmt: skip

    def _rule(self, row: Row, owner: str, annotated: int) -> Tag:
        own = self._ids.new(owner, "rule", str(row.number))
        tests = (
            tag("inputEntry", tag("text", text="-" if test is None else test.text), id=f"{own}_test_{number}")
            for number, test in enumerate(row.tests, start=1)
        )
        outputs = (
            tag(
                "outputEntry",
                tag("text", text="" if value is None else feel_text(value)),
                id=f"{own}_output_{number}",
            )
            for number, value in enumerate(row.outputs, start=1)
        )
        remarks = (*row.annotations, *[""] * annotated)[:annotated]
        annotations = (tag("annotationEntry", tag("text", text=remark)) for remark in remarks)
        return tag("rule", *tests, *outputs, *annotations, id=own)

    def _texts(self, name: str, value: Value | None, owner: str) -> Tag | None:
        if value is None:
            return None
        return tag(name, tag("text", text=feel_text(value)), id=self._ids.new(owner, name))


def written_type(ref: TypeRef) -> str | None:
    """Return a reference to a type as an attribute; none for Any."""
    return ref.name or None


def feel_text(value: Value) -> str:
    """Return *value* as FEEL: an expression as it was written, plain values as literals, text with FEEL joined together."""
    if isinstance(value, Expression):
        return value.text.strip()
    if isinstance(value, Literal):
        return literal_text(value.value)
    parts = [quoted(part) if isinstance(part, str) else f"string({part.text})" for part in value.parts]
    # like a text with braces, and unlike `+`, joining leaves out what is null
    return f"string join([{', '.join(parts)}])"


def literal_text(value: object) -> str:
    """Return a plain value as FEEL."""
    return (string_of([value]) or "[null]")[1:-1]


def bodies_within(body: Body | None) -> tuple[Body | None, ...]:
    """Return the bodies right within *body*."""
    match body:
        case ContextBody(entries=entries, result=result):
            return (*(entry.body for entry in entries), result)
        case InvocationBody(function=function, bindings=bindings):
            return (function, *(binding.body for binding in bindings))
        case FunctionBody(body=inner):
            return (inner,)
        case ListBody(items=items):
            return items
        case RelationBody(rows=rows):
            return tuple(cell for row in rows for cell in row)
        case ConditionalBody(condition=condition, then=then, otherwise=otherwise):
            return (condition, then, otherwise)
        case FilterBody(source=source, match=match) | IterationBody(source=source, body=match):
            return (source, match)
        case _:
            return ()
