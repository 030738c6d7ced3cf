"""Decision requirements as a definitions document: YAML text that reads back to what means the same.

What a document has no words for is left out: labels of columns, and types of columns. Names and places of tables are new.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from engine import feel
from engine.definitions.model import (
    Body,
    ConditionalBody,
    ContextBody,
    Decision,
    Definitions,
    Entry,
    FilterBody,
    Function,
    FunctionBody,
    InvocationBody,
    ItemDefinition,
    IterationBody,
    ListBody,
    LiteralBody,
    RelationBody,
    TableBody,
    TypeRef,
)
from engine.definitions.requirements import Requirements
from engine.definitions.written_tables import write_table
from engine.definitions.yaml_text import Rows, yaml_text
from engine.feel import ast
from engine.written import Expression

_CALLED = "called function"
"""What a function is called that is invoked where it is made."""


def write_definitions(definitions: Definitions) -> str:
    """Return *definitions* as a definitions document; what it imports is named, and is a document of its own."""
    graph = Requirements(definitions)
    made: dict[str, Any] = {"definitions": definitions.name or "unnamed"}
    if definitions.description:
        made["description"] = definitions.description
    if definitions.namespace:
        made["namespace"] = definitions.namespace
    if definitions.imports:
        made["imports"] = {alias: imported.name for alias, imported in definitions.imports.items()}
    if definitions.types:
        made["types"] = {name: _item(item) for name, item in definitions.types.items()}
    if definitions.inputs:
        made["inputs"] = {name: _type(data.type) for name, data in definitions.inputs.items()}
    defined = [_decision(graph, decision) for decision in definitions.decisions.values()]
    defined += [_function(graph, function) for function in definitions.functions.values()]
    if defined:
        made["define"] = defined
    if definitions.services:
        made["services"] = {
            name: {
                "outputs": list(service.outputs),
                **_some("inputs", [*service.input_data, *service.input_decisions]),
                **_some("encapsulated", list(service.encapsulated)),
                **_typed(service.type),
            }
            for name, service in definitions.services.items()
        }
    return yaml_text(made)


def _some(key: str, value: Any) -> dict[str, Any]:
    return {key: value} if value else {}


def _type(ref: TypeRef) -> str:
    return ref.name or "Any"


def _typed(ref: TypeRef) -> dict[str, Any]:
    return {"type": ref.name} if ref.name else {}


# types


def _item(item: ItemDefinition) -> Any:
    if item.parameters is not None:
        return {
            "parameters": {name: _type(ref) for name, ref in item.parameters},
            "result": _type(item.base),
        }
    if item.is_structure or item.components:
        one: dict[str, Any] = {
            "type": "object",
            "properties": {part.name: _item(part) for part in item.components},
        }
    else:
        one = _typed(item.base)
    one |= _allowed(item.allowed)
    if item.is_collection:
        one = (
            {"type": "array", "items": one["type"] if one.keys() == {"type"} else one}
            if one
            else {"type": "array"}
        )
    if item.allowed_all is not None:
        one["allowed_all"] = _text(item.allowed_all)
    if not one:
        return "Any"
    return one["type"] if one.keys() == {"type"} and not item.is_collection else one


def _allowed(tests: Expression | None) -> dict[str, Any]:
    if tests is None:
        return {}
    node = tests.node
    if isinstance(node, ast.UnaryTests) and not node.negated:
        texts = [test.value for test in node.tests if isinstance(test, ast.StringLiteral)]
        if len(texts) == len(node.tests):
            return {"enum": texts}
    return {"allowed": _text(tests)}


# definitions


def _decision(graph: Requirements, decision: Decision) -> dict[str, Any]:
    types = _different(decision.type, *_types(decision.body))
    return {
        "define": decision.name,
        **_some("question", decision.question),
        **_some("description", decision.description),
        **({"type": types[0]} if types else {}),
        **_needs(graph, decision),
        **_logic(decision.body, types[1:]),
    }


def _function(graph: Requirements, function: Function) -> dict[str, Any]:
    body = function.body
    inner = None if body is None else body.body
    types = _different(function.type, *(() if body is None else (body.type,)), *_types(inner))
    return {
        "define": function.name,
        **_some("description", function.description),
        **({"type": types[0]} if types else {}),
        "parameters": {} if body is None else _parameters(body.parameters),
        **({} if body is None or body.kind == "FEEL" else {"kind": body.kind}),
        **_needs(graph, function),
        **_logic(inner, types[1:]),
    }


def _needs(graph: Requirements, element: Decision | Function) -> dict[str, Any]:
    """Return what an element requires, where its logic does not say the same."""
    own = element.name if isinstance(element, Function) else ""
    requires, knowledge = graph.used(graph.root, element.body, own)
    stated = {name for name in element.knowledge if name != own and graph.find(graph.root, name) is not None}
    made: dict[str, Any] = {}
    if isinstance(element, Decision):
        wanted = [name for name in element.requires if graph.find(graph.root, name) is not None]
        if set(wanted) != set(requires):
            made["requires"] = wanted
    if stated != set(knowledge):
        made["knowledge"] = [name for name in element.knowledge if name in stated]
    return made


def _parameters(entries: Iterable[Entry]) -> dict[str, str]:
    return {entry.name: _type(entry.type) for entry in entries}


def _types(body: Body | None) -> tuple[TypeRef, ...]:
    return () if body is None or isinstance(body, FunctionBody) else (body.type,)


def _different(*refs: TypeRef) -> list[str]:
    """Return the types that say something, the outermost first, each once."""
    return list(dict.fromkeys(ref.name for ref in refs if ref.name))


# boxes


def _logic(body: Body | None, types: list[str]) -> dict[str, Any]:
    """Return the keys that say *body*, whose value has to be of each of *types*."""
    if types:
        return {"value": {"type": types[0], **_logic(body, types[1:])}}
    match body:
        case None:
            return {}
        case LiteralBody(expression=expression):
            return {} if expression is None else {"value": _feel(expression)}
        case TableBody(table=table):
            return write_table(table)
        case ContextBody(entries=entries, result=result):
            made: dict[str, Any] = {"context": {entry.name: _entry(entry) for entry in entries}}
            return made if result is None else {**made, "result": _part(result)}
        case InvocationBody(function=function, bindings=bindings):
            arguments = _some("with", {binding.name: _entry(binding) for binding in bindings})
            if isinstance(function, LiteralBody) and function.expression is not None:
                return {"invoke": _text(function.expression), **arguments}
            return {"context": {_CALLED: _part(function)}, "result": {"invoke": _CALLED, **arguments}}
        case FunctionBody():
            return {"value": _box(body)}
        case ListBody(items=items):
            return {"list": [_part(item) for item in items]}
        case RelationBody(columns=columns, rows=rows):
            cells = [[_part(cell) for cell in row] for row in rows]
            is_plain = not any(isinstance(cell, Mapping) for row in cells for cell in row)
            return {"relation": {"columns": list(columns), "rows": Rows(cells) if is_plain else cells}}
        case ConditionalBody(condition=condition, then=then, otherwise=otherwise):
            return {"if": _part(condition), "then": _part(then), "else": _part(otherwise)}
        case FilterBody(source=source, match=condition):
            return {"filter": _part(source), "match": _part(condition)}
        case IterationBody(quantifier=word, iterator=iterator, source=source, body=inner):
            last = "return" if word == "for" else "satisfies"
            return {word: iterator, "in": _part(source), last: _part(inner)}


def _entry(entry: Entry) -> Any:
    body = entry.body
    types = _different(entry.type, *_types(body))
    return _boxed(body, types)


def _part(body: Body) -> Any:
    return _boxed(body, _different(*_types(body)))


def _boxed(body: Body | None, types: list[str]) -> Any:
    """Return a part of a box: FEEL alone where it needs no more, else a box."""
    if isinstance(body, FunctionBody):
        return _box(body)
    if not types and (body is None or isinstance(body, LiteralBody)):
        return "= null" if body is None or body.expression is None else _feel(body.expression)
    return {**({"type": types[0]} if types else {}), **_logic(body, types[1:])}


def _box(body: FunctionBody) -> dict[str, Any]:
    types = _different(body.type, *_types(body.body))
    return {
        **({"type": types[0]} if types else {}),
        "parameters": _parameters(body.parameters),
        **({} if body.kind == "FEEL" else {"kind": body.kind}),
        **_logic(body.body, types[1:]),
    }


def _feel(expression: Expression) -> str:
    return f"= {_text(expression)}"


def _text(expression: Expression) -> str:
    """Return FEEL as its author wrote it; without tabs and line ends of another kind, which YAML takes for its own."""
    text = expression.text.strip()
    if "\t" in text or "\r" in text:
        return feel.format_node(expression.node)
    return "\n".join(line.rstrip() for line in text.split("\n"))
