"""The decision tables of a rule set as decision requirements, for modellers: the rows, and what they read of facts.

Every name that a table reads is input data, typed as the fact types declare it, as far as it is read. What a rule has beside
its table (what sets it off, what its actions share) is told in the decision's description: a table alone decides nothing
about facts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from engine import feel
from engine.definitions.model import (
    ANY_TYPE,
    Decision,
    Definitions,
    InputData,
    ItemDefinition,
    TableBody,
    TypeRef,
)
from engine.definitions.names import names_used
from engine.diagnostics import Span
from engine.dmn.boxes import feel_text, literal_text
from engine.dmn.untyped import making, with_texts_made
from engine.feel import types as t
from engine.model import Documents, Pattern, Rule, RuleSet
from engine.scopes import PARAMETERS, data_type, is_optional, type_of_value
from engine.tables.model import InputColumn, Table
from engine.written import Expression, Literal, Text, Value

_MAX_DEPTH = 10
"""Structures in structures; below that a part is of any type."""

_Paths = frozenset[tuple[str, ...]]
"""What is read of something, as paths into it; the empty one is the whole."""

_WHOLE: _Paths = frozenset([()])

_PLAIN: tuple[tuple[type[t.FeelType], str], ...] = (
    (t.String, "string"),
    (t.Number, "number"),
    (t.Boolean, "boolean"),
    (t.Date, "date"),
    (t.Time, "time"),
    (t.DateTime, "date and time"),
    (t.DaysTimeDuration, "days and time duration"),
    (t.YearsMonthsDuration, "years and months duration"),
)


def tables_of(documents: Documents, ruleset: RuleSet, rules: tuple[Rule, ...]) -> Definitions:
    """Return the tables of *rules*, which are of *ruleset*, as one model: a decision for each, and what they read."""
    reader = _Reader(documents, ruleset, rules)
    decisions = {(decision := reader.decision(rule)).name: decision for rule in rules}
    return Definitions(
        ruleset.name,
        f"urn:lineside:{ruleset.name}",
        ruleset.span,
        types=reader.types,
        inputs=reader.inputs,
        decisions=decisions,
        description=ruleset.title,
    )


class _Reader:
    """Collects the inputs and the types of one model."""

    def __init__(self, documents: Documents, ruleset: RuleSet, rules: tuple[Rule, ...]) -> None:
        self._documents = documents
        self._ruleset = ruleset
        # of all tables, since a type is declared once
        self._paths: dict[str, _Paths] = {}
        for rule in rules:
            for word, paths in _read(rule).items():
                name = self._type_name(rule, word)
                self._paths[name] = self._paths.get(name, frozenset()) | paths
        self.inputs: dict[str, InputData] = {}
        self.types: dict[str, ItemDefinition] = {}

    def decision(self, rule: Rule) -> Decision:
        table = rule.table
        assert table is not None  # noqa: S101 - the caller chooses rules with tables
        name = rule.name.replace("-", " ")
        read = {word: paths for word, paths in _read(rule).items() if self._means(rule, word)}
        kinds = {word: self._type(rule, word) for word in sorted(read)}
        for word, kind in kinds.items():
            known = self.inputs.get(word)
            # two rules can mean fields of two fact types by one name: the columns say which
            found = kind if known is None or known.type == kind else ANY_TYPE
            self.inputs[word] = InputData(word, table.span, found)
        table = with_texts_made(table, self._made(rule, read))
        inputs = tuple(replace(column, type_name=_column_type(column, kinds)) for column in table.inputs)
        outputs = tuple(
            replace(column, type_name=_output_type([row.outputs[at] for row in table.rows]))
            for at, column in enumerate(table.outputs)
        )
        body = TableBody(replace(table, name=name, inputs=inputs, outputs=outputs), table.span)
        description = "\n".join(line for line in (*_description(rule), *self._told(rule, read)) if line)
        return Decision(name, rule.span, body, requires=tuple(kinds), description=description)

    def _made(self, rule: Rule, read: Mapping[str, _Paths]) -> Mapping[tuple[str, ...], str]:
        """Return the dates and times that are read and that no type declares, with what makes them of texts."""
        found: dict[tuple[str, ...], str] = {}
        for word, paths in read.items():
            declared = self.types.get(self._type_name(rule, word))
            for path in paths:
                kind, item = self._kind(rule, word), declared
                for at, step in enumerate(path, 1):
                    if not isinstance(kind, t.ContextType) or step not in kind.fields:
                        break
                    kind = kind.fields[step].type
                    parts = () if item is None else item.components
                    item = next((part for part in parts if part.name == step), None)
                    if item is None and making(kind):
                        found[word, *path[:at]] = making(kind)
        return found

    def _means(self, rule: Rule, word: str) -> bool:
        """Return whether *word* is anything in *rule*; what is not is an entry of the items that a filter goes through."""
        if word == PARAMETERS or any(pattern.alias == word for pattern in rule.patterns):
            return True
        if rule.short:
            record = self._record(rule.patterns[0].fact_type)
            if not isinstance(record, t.ContextType) or record.open or word in record.fields:
                return True
        return any(
            word in group
            for one in self._documents.definitions
            for group in (one.decisions, one.functions, one.services)
        )

    def _kind(self, rule: Rule, word: str) -> t.FeelType:
        """Return what the fact types say of *word* in *rule*."""
        for pattern in rule.patterns:
            record = self._record(pattern.fact_type)
            if rule.short and isinstance(record, t.ContextType) and word in record.fields:
                return record.fields[word].type
            if pattern.alias == word:
                return record
        return t.ANY

    def _told(self, rule: Rule, read: Mapping[str, _Paths]) -> Iterator[str]:
        """Yield what is read of each fact: a modeller sees no more of it, and nothing where a part may be absent."""
        for pattern in rule.patterns:
            paths = read.get(pattern.alias, frozenset())
            record = self._record(pattern.fact_type)
            if not paths or rule.short or not isinstance(record, t.ContextType):
                continue
            parts = ("the whole of it",) if () in paths else (_part(record, path) for path in sorted(paths))
            yield f"reads of {pattern.alias}: {', '.join(parts)}"

    def _type_name(self, rule: Rule, word: str) -> str:
        """Return what the type of *word* in *rule* is called where one has to be declared for it."""
        if rule.short:
            return f"{rule.patterns[0].fact_type} {word}"
        return next((pattern.fact_type for pattern in rule.patterns if pattern.alias == word), word)

    def _type(self, rule: Rule, word: str) -> TypeRef:
        """Return the type of what *word* means in *rule*: a field of its fact, one of its facts, or the parameters."""
        if rule.short:
            fact_type = rule.patterns[0].fact_type
            record = self._record(fact_type)
            if isinstance(record, t.ContextType) and word in record.fields:
                return self._ref(
                    record.fields[word].type, self._type_name(rule, word), self._schema(fact_type, word)
                )
        for pattern in rule.patterns:
            if pattern.alias == word:
                return self._ref(
                    self._record(pattern.fact_type), pattern.fact_type, self._schema(pattern.fact_type)
                )
        if word == PARAMETERS:
            kinds = {
                name: t.Field(type_of_value(value), required=True)
                for name, value in self._ruleset.parameters.items()
            }
            return self._ref(t.ContextType(kinds), PARAMETERS, {})
        return ANY_TYPE

    def _record(self, fact_type: str) -> t.FeelType:
        declared = self._documents.fact_types.get(fact_type)
        return t.ANY if declared is None else data_type(declared)

    def _schema(self, fact_type: str, *path: str) -> Mapping[str, Any]:
        declared = self._documents.fact_types.get(fact_type)
        found: Any = {} if declared is None else declared.schema
        for name in path:
            found = _property(found, name)
        return found if isinstance(found, Mapping) else {}

    def _ref(self, kind: t.FeelType, name: str, schema: Mapping[str, Any]) -> TypeRef:
        """Return a reference to *kind*: by FEEL's own name, or to a type called *name* that is declared for it."""
        paths = self._paths.get(name, _WHOLE)
        item = _item(kind, name, schema, self._ruleset.span, paths)
        plain = not (item.is_structure or item.is_collection or item.allowed)
        if plain:
            return item.base
        self.types.setdefault(name, item)
        return TypeRef(name)


def _read(rule: Rule) -> Mapping[str, _Paths]:
    """Return the names that the table of *rule* reads, and what of each."""
    found: dict[str, _Paths] = {}
    if rule.table is not None:
        for path in names_used(TableBody(rule.table, rule.table.span)):
            found[path[0]] = found.get(path[0], frozenset()) | {path[1:]}
    return found


def _part(record: t.ContextType, path: tuple[str, ...]) -> str:
    """Return how a part of a fact is told; one that may be absent with its type, which no item definition says."""
    name = ".".join(path)
    if not is_optional(record, path):
        return name
    kind: t.FeelType = record
    for step in path:
        found = kind.fields.get(step) if isinstance(kind, t.ContextType) else None
        kind = t.ANY if found is None else found.type
    word = next((f"{word}, " for plain, word in _PLAIN if isinstance(kind, plain)), "")
    return f"{name} ({word}may be absent)"


def _item(
    kind: t.FeelType, name: str, schema: Mapping[str, Any], span: Span, paths: _Paths, *, depth: int = 0
) -> ItemDefinition:
    """Return the declaration of *kind*, with what *paths* read of it.

    A context that lacks a component is not of a structure's type (DMN 1.5, 10.3.2.9.1), and would be null to whoever reads it.
    So what nobody reads is left out, and what is read of may be of any type where a part that is read may be absent.
    """
    if depth > _MAX_DEPTH:
        return ItemDefinition(name, span)
    if isinstance(kind, t.ListType):
        inner = schema.get("items")
        item = _item(
            kind.item, name, inner if isinstance(inner, Mapping) else {}, span, paths, depth=depth + 1
        )
        # a list of lists has no name for what is between
        return (
            ItemDefinition(name, span, is_collection=True)
            if item.is_collection
            else replace(item, is_collection=True)
        )
    if isinstance(kind, t.ContextType) and kind.fields:
        read = {path[0]: frozenset(p[1:] for p in paths if p[:1] == path[:1]) for path in paths if path}
        if () in paths:
            read = dict.fromkeys(kind.fields, _WHOLE)
        if not all(part in kind.fields and kind.fields[part].required for part in read):
            return ItemDefinition(name, span)
        parts = tuple(
            _item(field.type, part, _property(schema, part), span, read[part], depth=depth + 1)
            for part, field in kind.fields.items()
            if part in read
        )
        return ItemDefinition(name, span, components=parts, is_structure=True)
    base = next((word for plain, word in _PLAIN if isinstance(kind, plain)), "")
    allowed = _allowed(kind, schema)
    tests = None if allowed is None else Expression(allowed, feel.parse_unary_tests(allowed), span.file, ())
    return ItemDefinition(name, span, TypeRef(base), allowed=tests)


def _property(schema: Any, name: str) -> Mapping[str, Any]:
    properties = schema.get("properties") if isinstance(schema, Mapping) else None
    found = properties.get(name) if isinstance(properties, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _allowed(kind: t.FeelType, schema: Mapping[str, Any]) -> str | None:
    """Return what values the schema allows, as unary tests: texts in the order of the schema, or a range of numbers."""
    if isinstance(kind, t.String) and kind.enum:
        listed = schema.get("enum")
        order = (
            [text for text in listed if text in kind.enum] if isinstance(listed, list) else sorted(kind.enum)
        )
        return ", ".join(literal_text(text) for text in order)
    if isinstance(kind, t.Number):
        low, high = schema.get("minimum"), schema.get("maximum")
        if low is not None and high is not None:
            return f"[{literal_text(low)}..{literal_text(high)}]"
        if low is not None:
            return f">= {literal_text(low)}"
        if high is not None:
            return f"<= {literal_text(high)}"
    return None


def _column_type(column: InputColumn, kinds: Mapping[str, TypeRef]) -> str:
    """Return the type of a column that asks for an input as it is."""
    node = column.expression.node
    return kinds[node.name].name if isinstance(node, feel.ast.Name) and node.name in kinds else ""


def _output_type(values: Sequence[Value | None]) -> str:
    """Return the type of a column whose values are all texts, or all numbers; "" where they are not, or not literal."""
    texts = numbers = 0
    stated = [value for value in values if value is not None]
    for value in stated:
        found = value.value if isinstance(value, Literal) else None
        node = value.node if isinstance(value, Expression) else None
        texts += isinstance(found, str) or isinstance(node, feel.ast.StringLiteral) or isinstance(value, Text)
        numbers += (isinstance(found, int | Decimal) and not isinstance(found, bool)) or isinstance(
            node, feel.ast.NumberLiteral
        )
    if not stated:
        return ""
    return "string" if texts == len(stated) else "number" if numbers == len(stated) else ""


def _description(rule: Rule) -> list[str]:
    lines = [rule.title, rule.description.strip()]
    lines += [f"{'none' if one.negated else 'when'} {_pattern(one)}" for one in rule.patterns]
    table: Table | None = rule.table
    columns = () if table is None else tuple(column.name for column in table.outputs)
    for action in rule.actions:
        prefix = f"{action.kind}.{action.fact_type}" if action.fact_type else action.kind
        shared = [
            f"{field} = {feel_text(value)}"
            for field, value in action.values.items()
            if f"{prefix}.{field}" not in columns
        ]
        if action.subject is not None:
            shared.insert(0, f"{action.subject.type} = {feel_text(action.subject.value)}")
        if shared:
            lines.append(f"{prefix}: {', '.join(shared)}")
    return lines


def _pattern(pattern: Pattern) -> str:
    named = f" as {pattern.alias}" if pattern.alias not in ("", pattern.fact_type) else ""
    condition = "" if pattern.where is None else f" where {pattern.where.text.strip()}"
    return f"{pattern.fact_type}{named}{condition}"
