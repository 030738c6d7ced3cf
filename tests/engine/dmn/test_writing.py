"""What is written as DMN: it reads back as the same model, its ids are its own, and its diagram shows every element."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections import Counter

import pytest

from engine.definitions.model import Decision, Definitions, LiteralBody, TableBody
from engine.diagnostics import Span
from engine.dmn.reading import read_dmn
from engine.dmn.versions import WRITTEN
from engine.dmn.writing import write_dmn
from engine.feel import parse
from engine.tables.model import HitPolicy, OutputColumn, Row, Table
from engine.written import Expression, Literal, Text
from tests.engine.dmn.models import MODEL, WHOLE, decision, definitions, literal, model, without_places
from tests.engine.dmn.test_reading import IMPORTED, IMPORTING

NOWHERE = Span("f", 1, 1, 1, 1)
DI = "{https://www.omg.org/spec/DMN/20230324/DMNDI/}"
BOUNDS = "{http://www.omg.org/spec/DMN/20180521/DC/}Bounds"


def expression(text: str) -> Expression:
    """Return FEEL *text* as it comes from a file."""
    return Expression(text, parse(text), "f", ((0, 1, 1),))


def test_what_was_read_is_written() -> None:
    """A model comes back the same: names, types, requirements, boxes, tables, cells, annotations."""
    found = model(WHOLE)
    assert without_places(model(write_dmn(found))) == without_places(found)


def test_the_same_model_is_the_same_file() -> None:
    """Nothing in a file is of the moment it was written in."""
    assert write_dmn(model(WHOLE)) == write_dmn(model(write_dmn(model(WHOLE))))


def test_imports_are_referred_to() -> None:
    """A requirement of something imported leads to the id it has in the file of its own model."""
    first = read_dmn(IMPORTING, "p.dmn", lambda _: ("o.dmn", IMPORTED)).definitions
    assert first is not None
    other = write_dmn(first.imports["other plant"])
    second = read_dmn(write_dmn(first), "p.dmn", lambda _: ("o.dmn", other))
    assert [d for d in second.diagnostics if d.severity == "error"] == []
    assert without_places(second.definitions) == without_places(first)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('"a &amp; b"', id="ampersand"),
        pytest.param("1 &lt; 2", id="less"),
        pytest.param('"]]&gt;"', id="end-of-cdata"),
        pytest.param("1 +\n    2", id="lines"),
        pytest.param('"\U0001f40e é"', id="characters"),
        pytest.param('"tab&#9;return&#13;"', id="white-space"),
    ],
)
def test_texts_are_written_as_they_were(text: str) -> None:
    """No character of a FEEL text is lost or changed."""
    found = model(definitions(decision("d", literal(text))))
    assert without_places(model(write_dmn(found))) == without_places(found)


def test_names_of_any_kind_have_ids() -> None:
    """Ids are letters, digits and underscores, and every one is there once, whatever names there are."""
    names = ("a b", "a-b", "a_b", "10 %", "ß", "Teacher&apos;s", "decision", "d&quot;&lt;")
    root = ET.fromstring(
        write_dmn(model(definitions("".join(decision(name, literal("1")) for name in names))))
    )
    ids = [found.attrib["id"] for found in root.iter() if "id" in found.attrib]
    assert [one for one in ids if not re.fullmatch(r"[A-Za-z_]\w*", one, re.ASCII)] == []
    assert [one for one, number in Counter(ids).items() if number > 1] == []


def test_every_reference_leads_somewhere() -> None:
    """What requirements, services and the diagram refer to is there."""
    root = ET.fromstring(write_dmn(model(WHOLE)))
    ids = {found.attrib["id"] for found in root.iter() if "id" in found.attrib}
    hrefs = [found.attrib["href"] for found in root.iter() if "href" in found.attrib]
    drawn = [found.attrib["dmnElementRef"] for found in root.iter() if "dmnElementRef" in found.attrib]
    assert hrefs
    assert drawn
    assert [one for one in hrefs if one.removeprefix("#") not in ids] == []
    assert [one for one in drawn if one not in ids] == []


def test_the_diagram_shows_every_element_apart() -> None:
    """Each input, decision, function and service has a shape; none lies on another; what is required stands below."""
    root = ET.fromstring(write_dmn(model(WHOLE)))
    boxes = {}
    for shape in root.iter(f"{DI}DMNShape"):
        bounds = shape.find(BOUNDS)
        assert bounds is not None
        x, y, width, height = (float(bounds.attrib[key]) for key in ("x", "y", "width", "height"))
        boxes[shape.attrib["dmnElementRef"]] = (x, y, x + width, y + height)
    elements = [e.attrib["id"] for kind in ("inputData", "decision", "businessKnowledgeModel", "decisionService")
                for e in root.findall(f"{{{MODEL}}}{kind}")]  # fmt: skip
    assert sorted(boxes) == sorted(elements)
    pairs = [(a, b) for a in boxes.values() for b in boxes.values() if a < b]
    assert [(a, b) for a, b in pairs if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]] == []
    assert boxes["input_how_bad"][1] > boxes["decision_route"][3]
    assert len(list(root.iter(f"{DI}DMNEdge"))) == 4


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param(Literal('a "b"', NOWHERE), r'"a \"b\""', id="text"),
        pytest.param(Literal(5, NOWHERE), "5", id="number"),
        pytest.param(Literal(True, NOWHERE), "true", id="boolean"),
        pytest.param(Literal(None, NOWHERE), "null", id="null"),
        pytest.param(Literal([1, "a"], NOWHERE), '[1, "a"]', id="list"),
        pytest.param(expression("lot.id"), "lot.id", id="feel"),
        pytest.param(
            Text(("lot ", expression("lot.id")), NOWHERE),
            'string join(["lot ", string(lot.id)])',
            id="braces",
        ),
    ],
)
def test_outputs_that_yaml_writes_plainly(value: Literal | Expression | Text, text: str) -> None:
    """Plain values and text with FEEL in braces, as YAML has them, are written as FEEL."""
    row = Row(1, NOWHERE, (), (value,))
    table = Table("t", HitPolicy.FIRST, None, (), (OutputColumn("", NOWHERE),), (), (row,), NOWHERE)
    made = Definitions(
        "m", "urn:m", NOWHERE, decisions={"d": Decision("d", NOWHERE, TableBody(table, NOWHERE))}
    )
    body = model(write_dmn(made)).decisions["d"].body
    assert isinstance(body, TableBody)
    written = body.table.rows[0].outputs[0]
    assert isinstance(written, Expression)
    assert written.text == text


def test_a_circle_of_decisions_is_drawn() -> None:
    """A model that cannot be evaluated can be written, and looked at in a modeller."""
    body = LiteralBody(expression("1"), NOWHERE)
    made = Definitions(
        "m",
        "urn:m",
        NOWHERE,
        decisions={
            "a": Decision("a", NOWHERE, body, requires=("b",)),
            "b": Decision("b", NOWHERE, body, requires=("a",)),
        },
    )
    assert write_dmn(made).count("<dmndi:DMNShape") == 2


@pytest.mark.parametrize(
    ("inner", "version"),
    [
        pytest.param(decision("d", literal("1")), "1.3", id="plain"),
        pytest.param(decision("d", "<list><filter><in/><match/></filter></list>"), "1.5", id="a-newer-box"),
        pytest.param(
            '<itemDefinition name="t"><itemComponent name="c" isCollection="true"><typeRef>number</typeRef>'
            "<typeConstraint><text>count(?) = 1</text></typeConstraint></itemComponent></itemDefinition>",
            "1.5",
            id="a-newer-type",
        ),
    ],
)
def test_the_oldest_version_that_says_everything(inner: str, version: str) -> None:
    """More modellers open DMN 1.3 than 1.5, so nothing is written newer than it has to be."""
    found = read_dmn(
        definitions(
            inner.replace("<in/><match/>", f"<in>{literal('[1]')}</in><match>{literal('true')}</match>")
        ),
        "f",
    )
    assert found.definitions is not None
    text = write_dmn(found.definitions)
    assert ET.fromstring(text).tag == f"{{{WRITTEN[version].model}}}definitions"
    assert without_places(model(text)) == without_places(found.definitions)


def test_a_version_can_be_asked_for() -> None:
    """Who has a modeller for DMN 1.5 gets it."""
    found = model(definitions(decision("d", literal("1"))))
    assert WRITTEN["1.5"].model in write_dmn(found, "1.5")
