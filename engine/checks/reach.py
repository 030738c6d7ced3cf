"""Comparisons that come out the same for every fact: a count below zero, a share above one, a field beyond its limits.

Documents in, warnings out. What a value can be is a set, as it is for the columns of decision tables; parameters are constants.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from engine.checks.table_fields import is_required, path_of
from engine.diagnostics import Diagnostic, warning
from engine.feel import Node, ast
from engine.feel import types as t
from engine.feel.scope import Scope
from engine.model import Documents, Expression, Rule
from engine.scopes import PARAMETERS, action_scope, having_scope, pattern_scope
from engine.tables.cells import cell_of
from engine.tables.domains import domain_of, snapped
from engine.tables.sets import LEFT, NULL, NUMBER, RIGHT, Spans, ValueSet, common

_TURNED = {"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

_REACHES: Mapping[str, Mapping[str, Any]] = {
    "count": {"type": "integer", "minimum": 0},
    "in a row": {"type": "integer", "minimum": 0},
    "longest run": {"type": "integer", "minimum": 0},
    "string length": {"type": "integer", "minimum": 0},
    "share": {"minimum": 0, "maximum": 1},
    "stddev": {"minimum": 0},
    "abs": {"minimum": 0},
    "sqrt": {"minimum": 0},
    "day of year": {"type": "integer", "minimum": 1, "maximum": 366},
    "week of year": {"type": "integer", "minimum": 1, "maximum": 53},
}
"""What built-ins can come to, as the schema of a field would say it."""

_SHARE = _REACHES["share"]
_AT_LEAST_ONE = {"type": "integer", "minimum": 1}


@dataclass(frozen=True, slots=True)
class _Place:
    """A condition and what names mean in it; *window* is the alias of the window whose `having` it is, else ""."""

    expression: Expression
    scope: Scope
    parameters: Mapping[str, Any]
    schemas: Mapping[tuple[str, ...], Any]
    window: str = ""


@dataclass(frozen=True, slots=True)
class _Subject:
    """What is compared: as people read it, the schema of what it can be, and whether it is never null."""

    name: str
    schema: Mapping[str, Any]
    required: bool = True
    is_field: bool = False
    counts: str = ""
    """The list whose items it counts, all of them."""


def comparisons_can_go_either_way(documents: Documents) -> Iterator[Diagnostic]:
    """Yield every comparison with a constant in a condition that is true, or not true, whatever comes."""
    for ruleset in documents.rulesets:
        for rule in ruleset.rules:
            for at, pattern in enumerate(rule.patterns):
                if pattern.where is not None:
                    scope = pattern_scope(documents, ruleset, rule, at)
                    schemas = _schemas(documents, rule, at)
                    yield from _constant_parts(_Place(pattern.where, scope, ruleset.parameters, schemas))
                if pattern.window is not None and pattern.window.having is not None:
                    scope = having_scope(documents, ruleset, rule, at)
                    having = _Place(pattern.window.having, scope, ruleset.parameters, {}, pattern.alias)
                    yield from _constant_parts(having)
            if rule.until is not None:
                scope = action_scope(documents, ruleset, rule.start)
                yield from _constant_parts(_Place(rule.until, scope, ruleset.parameters, {}))


def _schemas(documents: Documents, rule: Rule, at: int) -> dict[tuple[str, ...], Any]:
    """Return the schemas of the fields that the condition of the pattern *at* that place may read, by their paths."""
    found: dict[tuple[str, ...], Any] = {}
    for one in rule.patterns[: at + 1]:
        fact_type = documents.fact_types.get(one.fact_type)
        properties = None if fact_type is None else fact_type.schema.get("properties")
        for name, schema in properties.items() if isinstance(properties, Mapping) else ():
            found[one.alias, name] = schema
            if one is rule.patterns[at]:
                found[name,] = schema
    return found


def _constant_parts(place: _Place) -> Iterator[Diagnostic]:
    own = {id(node) for node in _outermost(place.expression.node)}
    for node in ast.walk(place.expression.node):
        for subject_node, test in _tests(node):
            subject = _reach(place, subject_node) or (
                _field(place, subject_node) if id(node) in own else None
            )
            cell = None if subject is None else cell_of(_settled(test, place.parameters))
            if subject is None or cell is None or not _is_about_numbers(cell.passes):
                continue
            said = _said(place, node, subject, cell.passes)
            if said is not None:
                yield said
            break


def _outermost(node: Node) -> Iterator[Node]:
    """Yield the conditions that "and" and "or" join: further in, a name may mean something else."""
    if isinstance(node, ast.Logic):
        for operand in node.operands:
            yield from _outermost(operand)
    else:
        yield node


def _tests(node: Node) -> Iterator[tuple[Node, Node]]:
    """Yield what may be compared in *node*, and the test of it as a cell of a table would say it."""
    match node:
        case ast.Comparison(operator=operator, left=left, right=right):
            yield left, ast.Comparator(node.start, node.end, operator, right)
            yield right, ast.Comparator(node.start, node.end, _TURNED[operator], left)
        case ast.Between(value=value, low=low, high=high):
            yield value, ast.Interval(node.start, node.end, low, high, low_included=True, high_included=True)
        case ast.In(value=value, tests=tests):
            yield value, ast.UnaryTests(node.start, node.end, tests, negated=False)


def _reach(place: _Place, node: Node) -> _Subject | None:
    """Return what is known of *node* by its form: that it counts, or is a share; None where that is nothing."""
    match node:
        case ast.Call(function=ast.Name(name=name), arguments=arguments) if name in _REACHES:
            if not arguments or place.scope.lookup(name) is not None:
                return None
            listed = arguments[0].value
            counts = listed.name if name == "count" and isinstance(listed, ast.Name) else ""
            return _Subject(name, _REACHES[name], counts=counts)
        case ast.Arithmetic(operator="/", left=left, right=right) if _is_part(left, right):
            return _Subject("a share", _SHARE)
    return None


def _field(place: _Place, node: Node) -> _Subject | None:
    """Return what is known of *node* by its schema, where it is a field that is a number."""
    path = path_of(node)
    schema = None if path is None else place.schemas.get(path)
    if (
        path is None
        or not isinstance(schema, Mapping)
        or not isinstance(_type_of(place.scope, path), t.Number)
    ):
        return None
    return _Subject(path[-1], schema, is_required(node, place.scope), is_field=True)


def _type_of(scope: Scope, path: tuple[str, ...]) -> t.FeelType | None:
    variable = scope.lookup(path[0])
    kind = None if variable is None else variable.type
    for name in path[1:]:
        declared = kind.fields.get(name) if isinstance(kind, t.ContextType) else None
        kind = None if declared is None else declared.type
    return kind


def _is_part(part: Node, whole: Node) -> bool:
    """Return whether the two count what of a list fits, and the list."""
    match part, whole:
        case (
            ast.Call(
                function=ast.Name(name="count"), arguments=(ast.Argument(value=ast.Filter(source=source)),)
            ),
            ast.Call(function=ast.Name(name="count"), arguments=(ast.Argument(value=listed),)),
        ):
            return source == listed
    return False


def _settled(node: Node, parameters: Mapping[str, Any]) -> Node:
    """Return a test with the numbers that its parameters are."""
    match node:
        case ast.Path(source=ast.Name(name=name), name=parameter) if name == PARAMETERS:
            value = parameters.get(parameter)
            if isinstance(value, int | Decimal) and not isinstance(value, bool):
                return ast.NumberLiteral(node.start, node.end, value)
        case ast.Comparator(operand=operand):
            return replace(node, operand=_settled(operand, parameters))
        case ast.Interval(low=low, high=high):
            return replace(node, low=_settled(low, parameters), high=_settled(high, parameters))
        case ast.ListLiteral(items=items):
            return replace(node, items=tuple(_settled(item, parameters) for item in items))
        case ast.UnaryTests(tests=tests):
            return replace(node, tests=tuple(_settled(test, parameters) for test in tests))
    return node


def _is_about_numbers(passes: ValueSet) -> bool:
    return not passes.rest and NUMBER in passes.lines and passes.lines.keys() <= {NUMBER, NULL}


def _said(place: _Place, node: Node, subject: _Subject, passes: ValueSet) -> Diagnostic | None:
    text = " ".join(place.expression.text[node.start : node.end].split())[:80]
    span = place.expression.span(node.start, node.end)
    domain = domain_of(t.NUMBER, required=True, schema=subject.schema)
    reach, tested = domain.values.on(NUMBER), passes.on(NUMBER)
    if not tested:
        message = f"{text} is never true: no number is in that range"
        return warning("never-true", span, message, "let it begin before it ends")
    if domain.whole:
        tested = snapped(tested)
    left = common(reach, tested)
    if reach and not left:
        message = f"{text} is never true: {subject.name} is {_in_words(subject.schema, whole=domain.whole)}"
        return warning("never-true", span, message, _fix(subject))
    if reach and left == reach and subject.required:
        message = f"{text} is always true: {subject.name} is {_in_words(subject.schema, whole=domain.whole)}"
        return warning("always-true", span, message, "leave it out, or narrow it")
    if subject.counts and subject.counts == place.window and not _fits_a_full_window(tested):
        message = f"{text} is never true: a window is there only while something is in it"
        return warning("never-true", span, message, 'ask for what fails to come with "expect"')
    return None


def _fits_a_full_window(tested: Spans) -> bool:
    reach = domain_of(t.NUMBER, required=True, schema=_AT_LEAST_ONE).values.on(NUMBER)
    return bool(common(reach, tested))


def _fix(subject: _Subject) -> str:
    """Return what to write in place of a number that is never reached."""
    if subject.schema is _SHARE:
        return "write 10 percent as 0.1"
    what = "within the limits of its fact type" if subject.is_field else "that it can reach"
    return f"write a number {what}, or leave the comparison out"


def _in_words(schema: Mapping[str, Any], *, whole: bool) -> str:
    """Return what a number of this schema can be, in words."""
    spans = domain_of(t.NUMBER, required=True, schema={**schema, "type": "number"}).values.on(NUMBER)
    low, high = spans[0][0], spans[-1][1]
    if low != LEFT and high != RIGHT:
        least, most = "at least" if low[2] < 0 else "above", "at most" if high[2] > 0 else "below"
        words = f"{least} {low[1]} and {most} {high[1]}"
        if low[2] < 0 < high[2]:
            words = f"from {low[1]} to {high[1]}"
    elif low != LEFT:
        words = f"{low[1]} or more" if low[2] < 0 else f"above {low[1]}"
    elif high != RIGHT:
        words = f"{high[1]} or less" if high[2] > 0 else f"below {high[1]}"
    else:
        return "a whole number"  # of any other number everything can be true, and false
    return f"a whole number, {words}" if whole else words
