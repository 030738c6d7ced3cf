"""Decision tables of an XML file to tables (DMN 1.5, clause 8): every cell is read where it stands."""

from __future__ import annotations

from engine import feel
from engine.dmn.elements import Element
from engine.dmn.texts import Names, Texts
from engine.dmn.versions import type_name
from engine.tables.model import Aggregation, HitPolicy, InputColumn, OutputColumn, Row, Table
from engine.written import Expression

_TESTED = frozenset(("?",))
_REMARKS = "description"
"""What the column of annotations is called that some modellers keep as descriptions of rules."""


def read_table(element: Element, names: Names, called: str, texts: Texts) -> Table:
    """Return the table in *element*, called *called*; its faults go to *texts*."""
    policy = element.attributes.get("hitPolicy", "UNIQUE").lower()
    aggregation = element.attributes.get("aggregation")
    if policy not in set(HitPolicy):
        known = ", ".join(one.upper() for one in HitPolicy)
        texts.fault(
            "dmn-structure", element.span, f'there is no hit policy "{policy[:40]}"', f"known: {known}"
        )
        policy = "unique"
    if aggregation is not None and aggregation.lower() not in set(Aggregation):
        message = f'there is no aggregation "{aggregation[:40]}"'
        texts.fault("dmn-structure", element.span, message, "known: SUM, MIN, MAX, COUNT")
        aggregation = None
    inputs = tuple(_input(part, names, texts) for part in element.all("input"))
    outputs = tuple(_output(part, names, texts) for part in element.all("output"))
    if not outputs:
        texts.fault("dmn-structure", element.span, "the table has no output", "add an output column")
    rules = tuple(element.all("rule"))
    annotations = tuple(part.attributes.get("name", "").strip() for part in element.all("annotation"))
    remarks = any(rule.text_of("description") for rule in rules)
    rows = _Rows((inputs, outputs), len(annotations), names, texts, remarks=remarks)
    return Table(
        called,
        HitPolicy(policy),
        None if aggregation is None else Aggregation(aggregation.lower()),
        inputs,
        outputs,
        (*annotations, _REMARKS) if remarks else annotations,
        tuple(
            row for number, rule in enumerate(rules, start=1) if (row := rows.row(rule, number)) is not None
        ),
        element.span,
    )


def _input(element: Element, names: Names, texts: Texts) -> InputColumn:
    asked = element.first("inputExpression")
    expression = texts.expression(asked, names)
    if expression is None and (asked is None or not asked.text_of("text")):
        texts.fault("dmn-structure", element.span, "an input column asks nothing", "write its expression")
    if expression is None:
        expression = Expression("null", feel.ast.NullLiteral(0, 4), texts.file, ())
    return InputColumn(
        expression,
        element.span,
        element.attributes.get("label", "").strip(),
        texts.tests(element.first("inputValues"), names | _TESTED),
        type_name(asked.attributes.get("typeRef", "")) if asked is not None else "",
    )


def _output(element: Element, names: Names, texts: Texts) -> OutputColumn:
    return OutputColumn(
        " ".join(element.attributes.get("name", "").split()),
        element.span,
        element.attributes.get("label", "").strip(),
        texts.tests(element.first("outputValues"), names | _TESTED),
        texts.expression(element.first("defaultOutputEntry"), names),
        type_name(element.attributes.get("typeRef", "")),
    )


class _Rows:
    """Reads the rows of one table."""

    def __init__(
        self,
        columns: tuple[tuple[InputColumn, ...], tuple[OutputColumn, ...]],
        annotated: int,
        names: Names,
        texts: Texts,
        *,
        remarks: bool,
    ) -> None:
        inputs, outputs = columns
        headings = [column.label or column.expression.text for column in inputs]
        headings += [column.label or column.name for column in outputs]
        self._headings = [f" ({heading[:40]})" if heading else "" for heading in headings]
        self._widths = (len(inputs), len(outputs))
        self._annotated = annotated
        self._remarks = remarks
        self._names = names
        self._tested = names | _TESTED
        self._texts = texts

    def row(self, element: Element, number: int) -> Row | None:
        """Return the row in *element*; None, and a fault, where it does not have a cell for each column."""
        tests = tuple(element.all("inputEntry"))
        outputs = tuple(element.all("outputEntry"))
        for found, wanted, what in zip((tests, outputs), self._widths, ("input", "output"), strict=True):
            if len(found) != wanted:
                message = f"row {number} has {len(found)} {what} cells, and the table {wanted} {what} columns"
                self._texts.fault("dmn-structure", element.span, message, "give each column a cell")
                return None
        remarked = tuple(element.all("annotationEntry"))[: self._annotated]
        annotations = [part.text_of("text") for part in remarked]
        annotations += [""] * (self._annotated - len(annotations))
        if self._remarks:
            annotations.append(element.text_of("description"))
        where = [f"row {number}, column {at}{text}: " for at, text in enumerate(self._headings, start=1)]
        return Row(
            number,
            element.span,
            tuple(self._texts.tests(part, self._tested, at) for part, at in zip(tests, where, strict=False)),
            tuple(
                None if part.text_of("text") == "-" else self._texts.expression(part, self._names, at)
                for part, at in zip(outputs, where[len(tests) :], strict=True)
            ),
            tuple(annotations),
            tuple(part.span for part in (*tests, *outputs, *remarked)),
        )
