"""Definitions written as documents: what reads back says the same, and looks as people would write it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.definitions.model import Definitions
from engine.definitions.writing import write_definitions
from engine.definitions.yaml_text import yaml_text
from engine.dmn.reading import read_dmn
from engine.dmn.writing import write_dmn
from engine.parser import parse
from engine.source import load
from tests.engine.dmn.models import WHOLE, decision, definitions, literal, model, without_places

texts = st.text(
    st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from("\n \t\"'=#:|-{}[]&*!%@`,?\\~<>")),
    max_size=30,
)
values = st.recursive(
    texts,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(texts, inner, max_size=4)),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(texts, values, max_size=4))
def test_layout_reads_back(value: dict[str, Any]) -> None:
    """Whatever texts there are, the YAML says them: no colon, hash, quote, blank or line break is lost."""
    document = load(yaml_text(value) if value else "{}\n", "f.yaml")
    assert [str(fault) for fault in document.diagnostics] == []
    assert document.value == value


def read(*documents: str) -> Definitions:
    """Return the first of some documents, which have no faults."""
    parsed = parse({f"{at}.yaml": text for at, text in enumerate(documents)})
    assert [str(d) for d in parsed.diagnostics if d.severity == "error"] == []
    return parsed.documents.definitions[0]


def test_a_whole_model_reads_back() -> None:
    """Written, read, and written again: every kind of box, of type and of element comes out the same."""
    first = write_definitions(model(WHOLE))
    assert write_definitions(read(first)) == first


def test_a_model_keeps_what_it_declares() -> None:
    """Types, inputs, requirements and services are those of the model that was written."""
    before, after = model(WHOLE), read(write_definitions(model(WHOLE)))
    for part in ("name", "namespace", "description", "types", "inputs", "services"):
        assert without_places(getattr(after, part)) == without_places(getattr(before, part))
    for name, one in before.decisions.items():
        assert set(after.decisions[name].requires) == set(one.requires)
        assert set(after.decisions[name].knowledge) == set(one.knowledge)


def test_definitions_to_dmn_to_definitions() -> None:
    """What a document says, a DMN file says and a model read from it: the same model."""
    found = read(write_definitions(model(WHOLE)))
    again = read_dmn(write_dmn(found), "again.dmn").definitions
    assert without_places(again) == without_places(found)


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        pytest.param(literal("1 + 1"), ["value: = 1 + 1"], id="feel"),
        pytest.param(literal('{a: "b"}'), ['value: "= {a: \\"b\\"}"'], id="feel-with-a-colon"),
        pytest.param(literal("1 +\n2"), ["value: |-", "  = 1 +", "  2"], id="feel-of-several-lines"),
        pytest.param(
            "<decisionTable><output/><rule><outputEntry><text>1</text></outputEntry></rule></decisionTable>",
            ["columns: |-", "  | => |", "  | 1  |"],
            id="a-table-drawn",
        ),
        pytest.param(
            "<decisionTable><output/><annotation name='why'/><rule><outputEntry><text>1</text></outputEntry>"
            "<annotationEntry><text>a | b</text></annotationEntry></rule></decisionTable>",
            ["columns: |-", "  | => | # why |", r"  | 1  | a \| b |"],
            id="a-table-with-a-pipe-in-it",
        ),
    ],
)
def test_logic_looks_as_people_write_it(body: str, lines: list[str]) -> None:
    """FEEL stands plain where it can, tables are drawn where every cell is one line."""
    written = write_definitions(model(definitions(decision("d", body)))).splitlines()
    at = written.index("  - define: d") + 1
    assert written[at : at + len(lines)] == [f"    {line}" for line in lines]
    assert without_places(read("\n".join(written) + "\n").decisions["d"].body) is not None


def test_requirements_are_written_where_the_logic_does_not_tell() -> None:
    """A requirement that no text reads stays, and so does the lack of one."""
    found = model(
        definitions(
            '<inputData name="unread" id="i"><variable name="unread"/></inputData>'
            + decision(
                "d",
                literal("1"),
                '<informationRequirement><requiredInput href="#i"/></informationRequirement>',
            )
        )
    )
    text = write_definitions(found)
    assert "    requires: [unread]\n" in text
    assert read(text).decisions["d"].requires == ("unread",)
