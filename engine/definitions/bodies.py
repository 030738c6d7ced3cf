"""Boxed expressions to closures (DMN 1.5, clause 10.2): contexts, invocations, functions, lists, relations, conditions, loops.

What FEEL itself can do is done by FEEL's runtime, so that a boxed loop and a written one mean the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from engine import feel
from engine.definitions.leaves import Built, Leaves, variable
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
from engine.definitions.running import Closure, Env, Parameter, Run, Signature, call
from engine.definitions.tables import build_table
from engine.definitions.types import Types, result_of
from engine.diagnostics import Span
from engine.feel import ast, runtime
from engine.feel import types as t
from engine.feel.builtins import REGISTRY
from engine.feel.rules import loop_type
from engine.feel.scope import Scope, Variable
from engine.feel.values import FunctionValue
from engine.written import Expression

MAX_BOXES = 30
"""Boxed expressions inside one another."""


class Builder:
    """Builds the bodies of one model: its types, and the way its FEEL is evaluated."""

    def __init__(self, leaves: Leaves, types: Types) -> None:
        self.leaves = leaves
        self.types = types
        self._depth = 0

    def build(self, body: Body | None, scope: Scope) -> Built:
        """Return *body* ready to run, its names as *scope* says; its value is of the type it declares."""
        if body is None:
            return Built(_nothing, t.NULL)
        if self._depth >= MAX_BOXES:
            return _refused("boxed expressions nest too deep", body.span)
        self._depth += 1
        built = self._build(body, scope)
        self._depth -= 1
        declared = self.types.of(body.type)
        if isinstance(body, FunctionBody) and not isinstance(declared, t.FunctionType):
            return built  # what is declared is what the function gives
        return self.fitting(built, declared, "the value", body.span)

    def fitting(self, built: Built, kind: t.FeelType, what: str, span: Span) -> Built:
        """Return *built* with its value made one of type *kind*, or null."""
        if isinstance(kind, t.Any_):
            return built
        self.leaves.fit(built.type, kind, what, span)
        inner = built.run

        def fit(env: Env, run: Run) -> Any:
            return run.fitted(inner(env, run), kind, what, span)

        return Built(fit, kind)

    def _build(self, body: Body, scope: Scope) -> Built:
        match body:
            case LiteralBody(expression=expression):
                if expression is None:
                    return _refused("there is nothing to evaluate", body.span)
                return self.leaf(body, scope)
            case TableBody(table=table):
                return build_table(table, scope, self.leaves)
            case ContextBody():
                return self._context(body, scope)
            case InvocationBody():
                return self._invocation(body, scope)
            case FunctionBody():
                return self._function(body, scope)
            case ListBody(items=items):
                return self._list([self.build(item, scope) for item in items])
            case RelationBody():
                return self._relation(body, scope)
            case ConditionalBody():
                return self._conditional(body, scope)
            case FilterBody():
                return self._filter(body, scope)
            case IterationBody():
                return self._iteration(body, scope)

    def leaf(self, body: LiteralBody, scope: Scope) -> Built:
        """Return a FEEL expression ready to run; a null that it makes is told."""
        expression = body.expression
        assert expression is not None  # noqa: S101 - the caller looked
        built = self.leaves.build(expression, scope)
        if not feel.may_warn(expression.node, scope):
            return built
        inner, types = built.run, scope.all_types()

        def run_and_ask(env: Env, run: Run) -> Any:
            found = inner(env, run)
            if found is None:
                run.ask(expression, env, types)
            return found

        return Built(run_and_ask, built.type)

    # contexts

    def _context(self, body: ContextBody, scope: Scope) -> Built:
        parts: list[tuple[str, Closure]] = []
        fields: dict[str, t.Field] = {}
        for entry in body.entries:
            built = self._entry(entry, scope)
            parts.append((entry.name, built.run))
            fields[entry.name] = t.Field(built.type)
            scope = scope.child({entry.name: variable(entry.name, built.type)})
        result = None if body.result is None else self.build(body.result, scope)

        def run_entries(env: Env, run: Run) -> Any:
            run.steps.charge(len(parts))
            inner, made = dict(env), {}
            for name, part in parts:
                inner[name] = made[name] = part(inner, run)
            return made if result is None else result.run(inner, run)

        return Built(run_entries, t.ContextType(fields) if result is None else result.type)

    def _entry(self, entry: Entry, scope: Scope) -> Built:
        built = self.build(entry.body, scope)
        kind = self.types.of(entry.type)
        if isinstance(entry.body, FunctionBody) and not isinstance(kind, t.FunctionType):
            return built
        return self.fitting(built, kind, f'"{entry.name}"', entry.span)

    # functions

    def _invocation(self, body: InvocationBody, scope: Scope) -> Built:
        bindings = [self._entry(binding, scope) for binding in body.bindings]
        names = tuple(binding.name for binding in body.bindings)
        builtin = self._builtin(body, scope)
        if builtin is not None:
            return self._builtin_call(builtin, names, bindings, scope)
        function = self.build(body.function, scope)

        def invoke(env: Env, run: Run) -> Any:
            called = function.run(env, run)
            arguments = tuple([binding.run(env, run) for binding in bindings])
            if type(called) is not FunctionValue:
                run.warn("what is invoked is no function", body.span)
                return None
            if called.parameters is None or not set(names) <= set(called.parameters):
                run.warn(
                    f"what is invoked takes ({', '.join(called.parameters or ())}), not these", body.span
                )
                return None
            return runtime.apply_named(run.steps, called, names, arguments)

        kind = function.type
        return Built(invoke, kind.result if isinstance(kind, t.FunctionType) else t.ANY)

    def _builtin(self, body: InvocationBody, scope: Scope) -> Expression | None:
        """Return the built-in that is invoked; one is hidden by a variable of its name."""
        if not isinstance(body.function, LiteralBody) or body.function.expression is None:
            return None
        node = body.function.expression.node
        if not isinstance(node, ast.Name) or node.name not in REGISTRY:
            return None
        return body.function.expression if scope.lookup(node.name) is None else None

    def _builtin_call(
        self, name: Expression, names: tuple[str, ...], bindings: list[Built], scope: Scope
    ) -> Built:
        """Return a call of a built-in whose arguments are bound before it, under names no text can have."""
        places = [f"?{index}" for index in range(len(names))]
        inner = {
            place: variable(place, binding.type) for place, binding in zip(places, bindings, strict=True)
        }
        arguments = tuple(
            ast.Argument(0, 0, word, ast.Name(0, 0, place)) for word, place in zip(names, places, strict=True)
        )
        node = ast.Call(name.node.start, name.node.end, name.node, arguments)
        called = self.leaves.build(replace(name, node=node), scope.child(inner))

        def invoke(env: Env, run: Run) -> Any:
            given = {place: binding.run(env, run) for place, binding in zip(places, bindings, strict=True)}
            return called.run({**env, **given}, run)

        return Built(invoke, called.type)

    def parameters(self, entries: tuple[Entry, ...]) -> tuple[Parameter, ...]:
        """Return a function's parameters with their types."""
        return tuple(Parameter(entry.name, self.types.of(entry.type)) for entry in entries)

    def function(
        self, body: FunctionBody, scope: Scope, declared: t.FeelType = t.ANY
    ) -> tuple[tuple[Parameter, ...], Built]:
        """Return what a function takes, and its logic; *declared* is its type, or that of what it gives."""
        parameters = self.parameters(body.parameters)
        inner = scope.child({p.name: variable(p.name, p.type) for p in parameters})
        if body.kind != "FEEL":
            return parameters, _refused(f"functions in {body.kind} are not run", body.span)
        built = self.build(body.body, inner)
        for kind in (result_of(self.types.of(body.type)), result_of(declared)):
            built = self.fitting(built, kind, "the result", body.span)
        return parameters, built

    def _function(self, body: FunctionBody, scope: Scope) -> Built:
        parameters, built = self.function(body, scope)
        names = tuple(p.name for p in parameters)
        signature = Signature("the function", body.span, parameters)
        kind = t.FunctionType(tuple(p.type for p in parameters), built.type, names)

        def close(env: Env, run: Run) -> Any:
            around = dict(env)  # what comes later is not in its sight

            def function(*arguments: Any) -> Any:
                return call(run, signature, arguments, lambda given: built.run({**around, **given}, run))

            return FunctionValue(names, function, signature=lambda: kind)

        return Built(close, kind)

    # lists

    def _list(self, items: list[Built]) -> Built:
        def run_items(env: Env, run: Run) -> Any:
            run.steps.charge(len(items))
            return [item.run(env, run) for item in items]

        return Built(run_items, t.ListType(t.join_all(tuple(item.type for item in items))))

    def _relation(self, body: RelationBody, scope: Scope) -> Built:
        rows = [[self.build(cell, scope) for cell in row] for row in body.rows]

        def run_rows(env: Env, run: Run) -> Any:
            run.steps.charge(len(rows) * len(body.columns))
            return [
                {name: cell.run(env, run) for name, cell in zip(body.columns, row, strict=False)}
                for row in rows
            ]

        fields = {
            name: t.Field(t.join_all(tuple(row[at].type for row in rows if at < len(row))))
            for at, name in enumerate(body.columns)
        }
        return Built(run_rows, t.ListType(t.ContextType(fields)))

    # conditions and loops

    def _conditional(self, body: ConditionalBody, scope: Scope) -> Built:
        condition = self.build(body.condition, scope)
        then, otherwise = self.build(body.then, scope), self.build(body.otherwise, scope)

        def choose(env: Env, run: Run) -> Any:
            found = condition.run(env, run)
            if found is not None and type(found) is not bool:
                run.warn("the condition is not true or false", body.condition.span)
                return None
            return (then if found is True else otherwise).run(env, run)

        return Built(choose, t.join(then.type, otherwise.type))

    def _filter(self, body: FilterBody, scope: Scope) -> Built:
        source = self.build(body.source, scope)
        kind = t.bare(source.type)
        item = t.bare(kind.item) if isinstance(kind, t.ListType) else kind
        match = self.build(body.match, _beside_item(scope, item))

        def select(env: Env, run: Run) -> Any:
            strange: list[Any] = []

            def fits(one: Any) -> Any:
                inner = {**env, "item": one}
                found = match.run({**inner, **one} if type(one) is dict else inner, run)
                if not isinstance(found, bool | int | Decimal | None):
                    strange.append(found)
                return found

            selected = runtime.select(run.steps, source.run(env, run), fits)
            return self._unless(strange, selected, body.match.span, run)

        result = t.bare(match.type)
        if isinstance(result, t.Boolean):
            return Built(select, t.ListType(item))
        return Built(select, item if isinstance(result, t.Number) else t.ANY)

    def _iteration(self, body: IterationBody, scope: Scope) -> Built:
        source = self.build(body.source, scope)
        names = {body.iterator: variable(body.iterator, loop_type(source.type))}
        has_partial = body.quantifier == "for" and body.iterator != "partial"
        if has_partial:
            names["partial"] = variable("partial", t.ANY_LIST)
        inner = self.build(body.body, scope.child(names))

        def loop(env: Env, run: Run) -> Any:
            def one(item: Any, *partial: Any) -> Any:
                bound = {**env, body.iterator: item}
                if has_partial:
                    bound["partial"] = partial[0]
                return inner.run(bound, run)

            domain = source.run(env, run)
            domains = (lambda: domain,)
            if body.quantifier == "for":
                return runtime.for_each(run.steps, domains, one, has_partial)
            strange: list[Any] = []

            def test(item: Any) -> Any:
                found = one(item)
                if not isinstance(found, bool | None):
                    strange.append(found)
                return found

            decide = runtime.some if body.quantifier == "some" else runtime.every
            return self._unless(strange, decide(run.steps, domains, test), body.body.span, run)

        return Built(loop, t.ListType(inner.type) if body.quantifier == "for" else t.BOOLEAN)

    @staticmethod
    def _unless(strange: list[Any], found: Any, span: Span, run: Run) -> Any:
        """Return *found*, or null where a condition gave something *strange*: boxed ones must be true or false."""
        if not strange:
            return found
        run.warn("the condition is not true or false", span)
        return None


def _beside_item(scope: Scope, item: t.FeelType) -> Scope:
    """Return *scope* with a filter's item in front: `item` itself, and its entries by their names."""
    if isinstance(item, t.ContextType) and not item.open:
        entries: Mapping[str, t.Field] = item.fields
        return scope.child({"item": variable("item", item)}).child(
            {name: variable(name, field.type) for name, field in entries.items()}
        )
    if not isinstance(item, t.ContextType | t.Any_ | t.Null):
        return scope.child({"item": variable("item", item)})
    # what the item has beside what is declared is only known when it is there, and hides what is outside
    hidden = {name: _hidden(scope, name) for name in scope.names()}
    known = item.fields if isinstance(item, t.ContextType) else {}
    inner = {
        **hidden,
        "item": variable("item", t.ANY),
        **{name: variable(name, f.type) for name, f in known.items()},
    }
    return Scope(inner, scope, t.ANY_CONTEXT, "env")


def _hidden(scope: Scope, name: str) -> Variable:
    found = scope.lookup(name)
    # a function keeps its type: by it a call is told from one of a built-in
    return found if found is not None and isinstance(found.type, t.FunctionType) else variable(name, t.ANY)


def _nothing(_env: Env, _run: Run) -> None:
    return None


def _refused(message: str, span: Span) -> Built:
    def refuse(_env: Env, run: Run) -> None:
        run.warn(message, span)

    return Built(refuse, t.NULL)


def type_of(types: Types, *refs: TypeRef) -> t.FeelType:
    """Return the first type among *refs* that says anything."""
    return next((kind for ref in refs if not isinstance(kind := types.of(ref), t.Any_)), t.ANY)
