"""`lineside eval --table`: how one decision table answers a context: its inputs, each row that holds, and the answer.

Tables of rule sets are asked with the data of a fact, those of definitions documents and DMN files with the values of
inputs. What cannot be read is printed with its place, and ends the command.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from service.cli.faults import Failed, UsedWrongly
from service.cli.models import SUFFIXES

if TYPE_CHECKING:
    from engine.definitions.model import Decision, Definitions
    from engine.diagnostics import Diagnostic
    from engine.model import Documents, Rule, RuleSet
    from engine.tables.hits import Settled
    from engine.tables.model import Table
    from service.cli.carets import Painter

Values: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class HeldRow:
    """A row that holds: its number, whether the answer rests on it, its outputs by column, its annotations by heading."""

    number: int
    is_taken: bool
    outputs: Values
    annotations: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a table says of a context. Of a decision without a table there is the value alone."""

    name: str
    hit: str
    inputs: tuple[tuple[str, Any], ...]
    rows: tuple[HeldRow, ...]
    value: Any
    warnings: tuple[str, ...]


Source: TypeAlias = "tuple[RuleSet, Rule] | tuple[Definitions, Decision]"


def answer_of(args: argparse.Namespace, context: Values, now: Any) -> Answer:
    """Return how the table that *args* names answers *context*."""
    path, name = _named(args.table)
    documents, found = _tables(path, args.rules)
    if not found:
        raise Failed(f"there is no decision table in {path}")
    if not name and len(found) == 1:
        name = next(iter(found))
    if name not in found:
        from engine.diagnostics import did_you_mean

        said = did_you_mean(name, found) if name else f"name one: {', '.join(found)}"
        raise Failed(
            f'there is no table or decision "{name}" in {path}; {said}'
            if name
            else f"{path} has several tables or decisions; {said}"
        )
    first, second = found[name]
    if documents is not None and hasattr(second, "patterns"):
        return _of_rule(documents, first, second, context, now)
    return _of_decision(first, second, context, now)


def _named(asked: str) -> tuple[Path, str]:
    file, _, name = asked.partition("#")
    path = Path(file)
    if not path.is_file():
        raise UsedWrongly(f"there is no file {path}; --table takes FILE#NAME")
    return path, name


def _tables(path: Path, rules: list[str]) -> tuple[Documents | None, dict[str, Any]]:
    """Return the documents, and what in *path* can be asked, by name."""
    if path.suffix.lower() in SUFFIXES:
        model = _dmn(path)
        return None, {name: (model, decision) for name, decision in model.decisions.items()}
    from engine.parser import parse
    from service.cli.inputs import existing
    from service.shipped import rule_files

    try:
        files = rule_files(existing([str(path), *rules]))
    except OSError as wrong:
        raise Failed(f"{path} cannot be read: {wrong.strerror or wrong}") from None
    parsed = parse(files)
    _end_where_faulty(parsed.diagnostics, path)
    documents = parsed.documents
    found: dict[str, Any] = {
        rule.name: (ruleset, rule)
        for ruleset in documents.rulesets
        for rule in ruleset.rules
        if rule.table is not None and ruleset.span.file == path.name
    }
    for model in documents.definitions:
        if model.span.file == path.name:
            found.update({name: (model, decision) for name, decision in model.decisions.items()})
    return documents, found


def _dmn(path: Path) -> Definitions:
    from service.cli.models import read_model

    reading = read_model(path)
    _end_where_faulty(reading.diagnostics, path)
    if reading.definitions is None:
        raise Failed(f"{path} is no DMN file")
    return reading.definitions


def _end_where_faulty(diagnostics: Sequence[Diagnostic], path: Path) -> None:
    from engine.diagnostics import has_errors
    from service.cli.check import print_diagnostics

    if has_errors(diagnostics):
        print_diagnostics(diagnostics, to_errors=True)
        raise Failed(f"{path} cannot be evaluated")


# tables of rules


def _of_rule(documents: Documents, ruleset: RuleSet, rule: Rule, context: Values, now: Any) -> Answer:
    """Return how the table of *rule* answers: the context is its fact, or, by alias, the facts of its patterns."""
    from engine import feel
    from engine.compiler.actions import compile_output
    from engine.scopes import action_scope, record_type, signature
    from engine.tables.compile import compile_table
    from service.cli.contexts import undeclared, word

    assert rule.table is not None  # noqa: S101 - the caller looked
    data = [context if rule.short else context.get(pattern.alias) for pattern in rule.patterns]
    arguments = (*data, dict(ruleset.parameters), now)
    pool = feel.FunctionPool()
    compiled = compile_table(rule.table, action_scope(documents, ruleset, rule), signature(rule), pool)

    def say(value: Any) -> Any:
        made = None if value is None else compile_output(documents, ruleset, rule, value, pool)
        return made(*arguments) if callable(made) else made

    rows, refusal = compiled.rows(*arguments), compiled.refusal(*arguments)
    answer = _answer(rule.table, compiled.values(*arguments), rows, say, refusal)
    unknown: list[str] = []
    for pattern, given in zip(rule.patterns, data, strict=True):
        if isinstance(given, dict):
            unknown += undeclared(given, record_type(documents, pattern.fact_type))
        elif given is not None:
            found = f'"{pattern.alias}" is {word(given)}'
            unknown.append(f"{found}, and has to be the data of a {pattern.fact_type}")
        elif not pattern.negated:
            unknown.append(f'the context gives no "{pattern.alias}", a {pattern.fact_type}')
    return replace(answer, warnings=(*unknown, *_lacking(documents, rule, data), *answer.warnings))


def _lacking(documents: Documents, rule: Rule, data: Sequence[Any]) -> Iterator[str]:
    """Yield what to say of each field that the inputs of *rule*'s table read and *data*, by pattern, do not have."""
    from engine.feel.reading import free_names
    from engine.scopes import record_type

    inputs = () if rule.table is None else rule.table.inputs
    places = {pattern.alias: at for at, pattern in enumerate(rule.patterns)}
    read = [path for column in inputs for path in sorted(free_names(column.expression.node))]
    for path in dict.fromkeys(read):
        is_bare = rule.short and path[0] in record_type(documents, rule.patterns[0].fact_type).fields
        at, steps = (0, path) if is_bare else (places.get(path[0]), path[1:])
        value = None if at is None else data[at]
        for name in steps:
            if not isinstance(value, dict):
                break
            if name not in value:
                yield f'the context gives no "{".".join(path)}", which the table reads'
                break
            value = value[name]


def _answer(
    table: Table, values: Sequence[Any], rows: Sequence[int], say: Callable[[Any], Any], refusal: str
) -> Answer:
    """Return the answer of *table* where *rows* hold; *say* gives the value of an output."""
    from engine.tables.hits import settle

    outputs = {row: tuple(say(value) for value in table.rows[row].outputs) for row in rows}
    settled = settle(
        table,
        rows,
        outputs.__getitem__,
        defaults=lambda: tuple(say(column.default) for column in table.outputs),
        refusal=refusal,
    )
    return Answer(
        table.name,
        table.hit.value if table.aggregation is None else f"{table.hit.value} {table.aggregation.value}",
        tuple((column.expression.text, value) for column, value in zip(table.inputs, values, strict=True)),
        tuple(_held(table, row, outputs[row], settled) for row in rows),
        settled.value,
        tuple(_warnings(table, rows, settled)),
    )


def _held(table: Table, row: int, outputs: tuple[Any, ...], settled: Settled) -> HeldRow:
    said = table.rows[row]
    return HeldRow(
        said.number,
        row in settled.rows,
        {column.name or "result": value for column, value in zip(table.outputs, outputs, strict=True)},
        {heading: text for heading, text in zip(table.annotations, said.annotations, strict=False) if text},
    )


def _warnings(table: Table, rows: Sequence[int], settled: Settled) -> Iterator[str]:
    if settled.problem:
        yield settled.problem
    elif not rows:
        default = any(column.default is not None for column in table.outputs)
        yield "no row holds" + (", and the answer is the default" if default else "")


# decisions of definitions


def _of_decision(model: Definitions, decision: Decision, context: Values, now: Any) -> Answer:
    """Return how *decision* answers: the context gives the inputs by name, as their declared types have them."""
    from engine import feel
    from engine.definitions.evaluation import prepare
    from engine.definitions.model import TableBody
    from engine.diagnostics import RulesRejected
    from service.cli.check import print_diagnostics

    try:
        logic = prepare(model)
    except RulesRejected as rejected:
        print_diagnostics(rejected.diagnostics, to_errors=True)
        raise Failed("the decisions cannot be evaluated") from None
    callee = logic.callee(decision.name)
    inputs = dict(context)
    missing = []
    for parameter in callee.parameters if callee is not None else ():
        if parameter.name in inputs:
            inputs[parameter.name] = feel.to_feel(inputs[parameter.name], parameter.type)
        else:
            missing.append(f'the context gives no "{parameter.name}"')
    found = logic.decide(decision.name, inputs, now)
    warnings = (*missing, *(str(one) for one in found.warnings))
    # rows are shown where all that the table reads is a value; what calls functions is not looked into
    if not isinstance(decision.body, TableBody) or decision.knowledge:
        return Answer(decision.name, "", (), (), found.value, warnings)
    # what the decision refuses as not of its type is null to the table
    env = {**inputs, **_fitted(model, decision, inputs, now)}
    for name in decision.requires:
        if name in model.decisions and name not in env:
            env[name] = logic.decide(name, inputs, now).value
    shown = _of_values(decision.body.table, env, now)
    return Answer(decision.name, shown.hit, shown.inputs, shown.rows, found.value, warnings or shown.warnings)


def _fitted(model: Definitions, decision: Decision, inputs: Values, now: Any) -> Values:
    """Return the input data that *decision* requires as its own evaluation has them: null where one is not of its type."""
    from engine.definitions.model import InputData
    from engine.definitions.requirements import Requirements
    from engine.definitions.running import Run
    from engine.definitions.types import Types

    graph, run = Requirements(model), Run(now)
    found = {}
    for name in decision.requires:
        reference = graph.find(model, name)
        element = None if reference is None else graph.elements[reference.key]
        if reference is not None and isinstance(element, InputData) and name in inputs:
            kind = Types(graph.models[reference.key[0]]).of(element.type)
            found[name] = run.fitted(inputs[name], kind, name, element.span)
    return found


def _of_values(table: Table, env: Values, now: Any) -> Answer:
    """Return how *table* answers where names have the values in *env*."""
    from engine import feel
    from engine.feel import types as t
    from engine.tables.compile import compile_table
    from engine.written import Expression, Literal

    scope = feel.Scope({name: feel.Variable(t.ANY, f"d[{name!r}]", required=False) for name in env})
    compiled = compile_table(table, scope, ["d"])

    def say(value: Any) -> Any:
        if isinstance(value, Expression):
            return feel.evaluate(value.node, env, now)
        return value.value if isinstance(value, Literal) else None

    rows, refusal = compiled.rows(env, now), compiled.refusal(env, now)
    return _answer(table, compiled.values(env, now), rows, say, refusal)


# what is printed


def answer_lines(answer: Answer, paint: Painter) -> Iterator[str]:
    """Yield the inputs, the rows that hold and the answer as lines for people."""
    from service.cli.carets import printable
    from service.cli.trees import aligned, literal_text, value_note

    hit = f"  {paint('dim', f'({answer.hit})')}" if answer.hit else ""
    yield f"{paint('bold', printable(answer.name))}{hit}"
    rows = [(f"  {text}", literal_text(value), value_note(value)) for text, value in answer.inputs]
    for row in answer.rows:
        notes = [f"{heading}: {text}" for heading, text in row.annotations.items()]
        if not row.is_taken:
            notes.insert(0, "holds, and is not taken")
        rows.append((f"  row {row.number}", literal_text(row.outputs), "; ".join(notes)))
    yield from aligned(rows, paint)
    yield paint("bold", printable(literal_text(answer.value)))


def answer_json(answer: Answer) -> dict[str, Any]:
    """Return *answer* as plain JSON."""
    from engine.feel import to_json
    from service.cli.trees import type_word

    return {
        "table": answer.name,
        "hit": answer.hit,
        "type": type_word(answer.value),
        "value": to_json(answer.value),
        "inputs": [{"text": t, "type": type_word(v), "value": to_json(v)} for t, v in answer.inputs],
        "rows": [
            {
                "number": row.number,
                "taken": row.is_taken,
                "outputs": to_json(dict(row.outputs)),
                "annotations": dict(row.annotations),
            }
            for row in answer.rows
        ],
        "warnings": list(answer.warnings),
    }
