"""What a DMN file says: every kind of element is read, every fault has its place, and what is whole stands."""

from __future__ import annotations

import pytest

from engine.definitions.model import (
    ConditionalBody,
    ContextBody,
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
from engine.dmn.reading import read_dmn
from engine.tables.model import Aggregation, HitPolicy
from engine.written import Expression
from tests.engine.dmn.models import MODEL, WHOLE, decision, definitions, faults, literal, model, read


def test_a_whole_model() -> None:
    """Names, types and requirements come out as they are drawn."""
    found = model(WHOLE)
    assert (found.name, found.namespace, found.description) == ("plant", "urn:plant", "Where lots go")
    assert list(found.inputs) == ["a lot", "how bad"]
    assert found.inputs["how bad"].type == TypeRef("severity")
    route = found.decisions["route"]
    assert (route.requires, route.question, route.description) == (
        ("how bad", "total weight"),
        "Where?",
        "Where it goes",
    )
    assert found.decisions["total weight"].knowledge == ("weight of",)
    service = found.services["routing"]
    assert (service.outputs, service.encapsulated) == (("route",), ("total weight",))
    assert service.input_data == ("a lot", "how bad")


def test_types() -> None:
    """Allowed values, structures in structures, collections and functions are types."""
    types = model(WHOLE).types
    severity, lot, weigher = types["severity"], types["lot"], types["weigher"]
    assert severity.allowed is not None
    assert severity.allowed.text == '"minor", "major", "critical"'
    assert [part.name for part in lot.components] == ["lot id", "sizes", "place"]
    sizes = lot.components[1]
    assert sizes.is_collection
    assert sizes.allowed_all is not None
    assert lot.components[2].components[0].name == "bay"
    assert (weigher.parameters, weigher.base) == ((("of", TypeRef("lot")),), TypeRef("number"))


def test_a_table() -> None:
    """A table keeps its columns, cells, labels, defaults and annotations; an empty cell tests and says nothing."""
    body = model(WHOLE).decisions["route"].body
    assert isinstance(body, TableBody)
    table = body.table
    assert (table.name, table.hit, table.annotations) == ("route", HitPolicy.FIRST, ("why",))
    assert (table.inputs[0].label, table.inputs[0].type_name) == ("Severity", "severity")
    assert table.inputs[1].expression.text == "total weight"
    assert table.inputs[1].allowed is not None
    assert [column.name for column in table.outputs] == ["to", "hold"]
    assert isinstance(table.outputs[0].default, Expression)
    first, second = table.rows
    assert [test and test.text for test in first.tests] == ['"minor"', "<= 5"]
    assert (first.annotations, second.annotations) == (("can be polished",), ("",))
    assert second.tests == (None, None)
    assert second.outputs[1] is None
    assert len(first.cells) == 5


def test_boxes() -> None:
    """Each boxed expression is the body of its kind."""
    found = model(WHOLE)
    context = found.decisions["total weight"].body
    assert isinstance(context, ContextBody)
    assert isinstance(context.entries[0].body, InvocationBody)
    assert isinstance(context.result, LiteralBody)
    boxes = found.decisions["boxes"].body
    assert isinstance(boxes, ListBody)
    kinds = [type(item) for item in boxes.items]
    expected = [RelationBody, ConditionalBody, FilterBody, IterationBody, IterationBody, FunctionBody]
    assert kinds == expected


@pytest.mark.parametrize(
    "namespace",
    [
        "http://www.omg.org/spec/DMN/20180521/MODEL/",
        "https://www.omg.org/spec/DMN/20191111/MODEL/",
        "https://www.omg.org/spec/DMN/20211108/MODEL/",
        MODEL,
    ],
)
def test_versions(namespace: str) -> None:
    """DMN 1.2 to 1.5 are read, by their namespaces."""
    text = definitions(decision("d", literal("1")), namespace=namespace)
    assert list(model(text).decisions) == ["d"]


@pytest.mark.parametrize(
    ("aggregation", "expected"),
    [("", None), ('aggregation="SUM"', Aggregation.SUM), ('aggregation="COUNT"', Aggregation.COUNT)],
)
def test_aggregations(aggregation: str, expected: Aggregation | None) -> None:
    """Collect has an aggregation or none."""
    table = f'<decisionTable hitPolicy="COLLECT" {aggregation}><output/></decisionTable>'
    body = model(definitions(decision("d", table))).decisions["d"].body
    assert isinstance(body, TableBody)
    assert (body.table.hit, body.table.aggregation) == (HitPolicy.COLLECT, expected)


def test_descriptions_of_rules_are_annotations() -> None:
    """Modellers that keep remarks as descriptions of rules lose none of them."""
    rule = "<rule><description>seldom</description><outputEntry><text>1</text></outputEntry></rule>"
    body = (
        model(definitions(decision("d", f"<decisionTable><output/>{rule}</decisionTable>")))
        .decisions["d"]
        .body
    )
    assert isinstance(body, TableBody)
    assert (body.table.annotations, body.table.rows[0].annotations) == (("description",), ("seldom",))


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("dateTime", "date and time"),
        ("dayTimeDuration", "days and time duration"),
        ("feel:number", "number"),
        ("Any", ""),
    ],
)
def test_older_names_of_types(written: str, name: str) -> None:
    """What earlier versions called a type is that type."""
    text = definitions(f'<inputData name="i" id="i"><variable name="i" typeRef="{written}"/></inputData>')
    assert model(text).inputs["i"].type == TypeRef(name)


TABLE = """<decisionTable hitPolicy="{hit}"><input label="quantity"><inputExpression><text>1</text></inputExpression></input>
<output/><rule><inputEntry><text>{test}</text></inputEntry><outputEntry><text>{output}</text></outputEntry></rule></decisionTable>"""


def table(hit: str = "UNIQUE", test: str = "-", output: str = "1") -> str:
    """Return a decision with a table of one row."""
    return decision("d", TABLE.format(hit=hit, test=test, output=output))


@pytest.mark.parametrize(
    ("inner", "said"),
    [
        pytest.param(
            decision("d", literal("\n  1 +\n  * 2")),
            "plant.dmn:4:3: error[syntax]: * stands where a value is expected",
            id="feel",
        ),
        pytest.param(
            decision("d", literal("a &lt; = 1")),
            "plant.dmn:2:81: error[syntax]: = stands where a value is expected",
            id="feel-after-a-reference",
        ),
        pytest.param(
            table(test="&gt;"),
            "plant.dmn:3:35: error[syntax]: row 1, column 1 (quantity): the expression ends where a value is expected",
            id="cell",
        ),
        pytest.param(
            table(hit="LAST"), 'plant.dmn:2:49: error[dmn-structure]: there is no hit policy "last"', id="hit-policy"
        ),
        pytest.param(
            decision("d", "<decisionTable><output/><rule/></decisionTable>"),
            "plant.dmn:2:73: error[dmn-structure]: row 1 has 0 output cells, and the table 1 output columns",
            id="cells",
        ),
        pytest.param(
            decision("d", '<literalExpression expressionLanguage="urn:sql"><text>1</text></literalExpression>'),
            'plant.dmn:2:49: error[dmn-language]: the expression is in the language "urn:sql", and only FEEL is read',
            id="language",
        ),
        pytest.param(
            '<inputData name="i" id="i"><variable name="i" typeRef="nubmer"/></inputData>',
            'plant.dmn:2:28: error[unknown-type]: there is no type "nubmer"',
            id="type",
        ),
        pytest.param(
            decision("d", literal("1"), '<informationRequirement><requiredInput href="#x"/></informationRequirement>'),
            'plant.dmn:2:73: error[dmn-reference]: <requiredInput> asks for input data, and "#x" is nothing that is there',
            id="reference",
        ),
        pytest.param(
            decision("net weight", literal("1")) + "\n" + decision("d", literal("1 + net weight")),
            'plant.dmn:3:78: error[dmn-reference]: "net weight" is not among what is required here',
            id="not-required",
        ),
        pytest.param(
            decision("net", literal("1")) + "\n" + decision("d", literal("1 + net")),
            'plant.dmn:3:78: error[dmn-reference]: "net" is not among what is required here',
            id="one-word-not-required",
        ),
        pytest.param(
            decision("d", literal("1 + weigh(2)")),
            'plant.dmn:2:78: error[unknown-function]: there is no function "weigh"',
            id="function",
        ),
        pytest.param(
            decision("d", literal("1 + net")),
            'plant.dmn:2:78: warning[dmn-input]: "net" is read and drawn nowhere; it is taken as input data',
            id="input",
        ),
        pytest.param(
            decision("d", literal("1")) + decision("d", literal("2")),
            'plant.dmn:2:113: error[duplicate-name]: a second element is called "d"',
            id="twice",
        ),
        pytest.param(
            decision("d", literal("1") + literal("2")),
            "plant.dmn:2:102: error[dmn-structure]: a second expression in <decision>",
            id="two-expressions",
        ),
        pytest.param(
            decision("d", "<filter><in/></filter>"),
            "plant.dmn:2:57: error[dmn-structure]: <filter> has no expression in <in>",
            id="a-part-is-missing",
        ),
        pytest.param(
            '<import name="o" namespace="urn:o" importType="urn:xsd"/>',
            'plant.dmn:2:1: error[dmn-import]: an import of the kind "urn:xsd", and only DMN models are read',
            id="import-kind",
        ),
        pytest.param(
            f'<import name="o" namespace="urn:o" importType="{MODEL}"/>',
            'plant.dmn:2:1: error[dmn-import]: the imported model "urn:o" is not there',
            id="import",
        ),
        pytest.param(
            decision("d", '<functionDefinition kind="Java"/>'),
            "plant.dmn:2:49: warning[dmn-external]: a Java function is not run: what calls it gets null",
            id="java",
        ),
        pytest.param(
            "<textAnnotation/><textAnnotation/>",
            "plant.dmn:2:1: warning[dmn-left-out]: 2 text annotations not taken over",
            id="left-out",
        ),
        pytest.param(
            decision("d", literal("1")).replace('variable name="d"', 'variable name="e"'),
            'plant.dmn:2:29: warning[dmn-structure]: the variable of "d" is called "e"',
            id="variable",
        ),
    ],
)  # fmt: skip
def test_faults(inner: str, said: str) -> None:
    """Each fault is said at its place in the XML."""
    assert said in faults(read(inner))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(
            '<definitions xmlns="http://www.omg.org/spec/DMN/20151101/dmn.xsd"/>',
            "p.dmn:1:1: error[dmn-version]: the file is DMN 1.1, and versions 1.2, 1.3, 1.4, 1.5 are read",
            id="older",
        ),
        pytest.param(
            '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"/>',
            "p.dmn:1:1: error[dmn-version]: the file is no DMN model: it begins with <definitions> of "
            '"http://www.omg.org/spec/BPMN/20100524/MODEL"',
            id="another-kind",
        ),
        pytest.param("hello", "p.dmn:1:1: error[xml-syntax]: this is not XML: syntax error", id="no-xml"),
    ],
)
def test_files_that_are_not_read(text: str, said: str) -> None:
    """A file of another kind or version is one fault, and no model."""
    reading = read_dmn(text, "p.dmn")
    assert (reading.definitions, faults(reading)) == (None, [said])


def test_the_others_stand() -> None:
    """A faulty decision has no logic; those beside it are whole."""
    reading = read(decision("bad", literal("1 +")) + decision("good", literal("1 + 1")))
    assert reading.definitions is not None
    bad, good = reading.definitions.decisions["bad"].body, reading.definitions.decisions["good"].body
    assert isinstance(bad, LiteralBody)
    assert bad.expression is None
    assert isinstance(good, LiteralBody)
    assert good.expression is not None


IMPORTED = definitions(
    '<itemDefinition name="size"><typeRef>number</typeRef></itemDefinition>'
    '<inputData name="the lot" id="i"><variable name="the lot" typeRef="size"/></inputData>'
).replace("urn:plant", "urn:other")
IMPORTING = definitions(
    f'<import name="other plant" namespace="urn:other" importType="{MODEL}"/>'
    + decision(
        "d",
        literal("other plant.the lot + 1"),
        '<informationRequirement><requiredInput href="urn:other#i"/></informationRequirement>',
    ).replace('variable name="d"', 'variable name="d" typeRef="other plant.size"')
)


def test_imports() -> None:
    """What is imported is known by the import's name, in requirements, types and FEEL."""
    reading = read_dmn(
        IMPORTING, "p.dmn", lambda namespace: ("o.dmn", IMPORTED) if namespace == "urn:other" else None
    )
    assert faults(reading) == []
    assert reading.definitions is not None
    found = reading.definitions.decisions["d"]
    assert (found.requires, found.type) == (("other plant.the lot",), TypeRef("other plant.size"))
    assert list(reading.definitions.imports["other plant"].inputs) == ["the lot"]


def test_models_that_import_each_other_are_refused() -> None:
    """A circle of imports is a fault at the import that closes it."""
    text = definitions(f'<import name="me" namespace="urn:plant" importType="{MODEL}"/>')
    reading = read_dmn(text, "p.dmn", lambda _: ("p.dmn", text))
    assert "the models import each other in a circle" in faults(reading)[0]


def test_what_is_drawn_nowhere_is_input_data() -> None:
    """Tables of modellers that let them read whatever the caller has work: each name is an input, once, as its column says."""
    columns = (
        '<input><inputExpression typeRef="number"><text>defects</text></inputExpression></input>'
        "<input><inputExpression><text>lot.size</text></inputExpression></input><output/>"
    )
    row = (
        "<rule><inputEntry><text>&gt; limit</text></inputEntry><inputEntry><text>-</text></inputEntry>"
        "<outputEntry><text>defects</text></outputEntry></rule>"
    )
    table = f"<decisionTable>{columns}{row}</decisionTable>"
    reading = read(decision("a", table) + "\n" + decision("b", literal("defects + 1")))
    assert [(d.code, d.message.split('"')[1]) for d in reading.diagnostics] == [
        ("dmn-input", "defects"),
        ("dmn-input", "lot"),
        ("dmn-input", "limit"),
    ]
    assert reading.definitions is not None
    assert {name: data.type.name for name, data in reading.definitions.inputs.items()} == {
        "defects": "number",
        "lot": "",
        "limit": "",
    }
    assert reading.definitions.decisions["a"].requires == ("defects", "lot", "limit")
    assert reading.definitions.decisions["b"].requires == ("defects",)


def test_entries_of_filtered_items_are_no_input_data() -> None:
    """In a filter a name may be an entry of the item."""
    reading = read(decision("d", literal("[{size: 1}][size &gt; 0]")))
    assert faults(reading) == []
