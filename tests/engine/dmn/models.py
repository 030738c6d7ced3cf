"""DMN texts for tests: small models of a plant, written as modellers write them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from engine.definitions.model import Definitions
from engine.diagnostics import Span
from engine.dmn.reading import Reading, read_dmn

MODEL = "https://www.omg.org/spec/DMN/20230324/MODEL/"


def definitions(inner: str, *, namespace: str = MODEL, more: str = "") -> str:
    """Return the text of a model that holds *inner*, on the second line and those after it."""
    return f'<definitions xmlns="{namespace}" name="plant" namespace="urn:plant" id="m" {more}>\n{inner}\n</definitions>\n'


def read(inner: str) -> Reading:
    """Return what is read of a model that holds *inner*."""
    return read_dmn(definitions(inner), "plant.dmn")


def model(text: str) -> Definitions:
    """Return the model in *text*, which has no error."""
    reading = read_dmn(text, "plant.dmn")
    assert reading.definitions is not None
    assert [str(d) for d in reading.diagnostics if d.severity == "error"] == []
    return reading.definitions


def faults(reading: Reading) -> list[str]:
    """Return the diagnostics as they are printed, fixes left out."""
    return [f"{d.span}: {d.severity}[{d.code}]: {d.message}" for d in reading.diagnostics]


def decision(name: str, body: str, requires: str = "") -> str:
    """Return a decision called *name* with the logic *body*."""
    return f'<decision name="{name}" id="d-{name}"><variable name="{name}"/>{requires}{body}</decision>'


def literal(text: str) -> str:
    """Return FEEL *text* in a box."""
    return f"<literalExpression><text>{text}</text></literalExpression>"


WHOLE = definitions("""\
  <description>Where lots go</description>
  <itemDefinition name="severity">
    <typeRef>string</typeRef>
    <allowedValues><text>"minor", "major", "critical"</text></allowedValues>
  </itemDefinition>
  <itemDefinition name="lot">
    <itemComponent name="lot id"><typeRef>string</typeRef></itemComponent>
    <itemComponent name="sizes" isCollection="true">
      <typeRef>number</typeRef>
      <allowedValues><text>&gt;= 0</text></allowedValues>
      <typeConstraint><text>count(?) &lt; 10</text></typeConstraint>
    </itemComponent>
    <itemComponent name="place">
      <itemComponent name="bay"><typeRef>string</typeRef></itemComponent>
    </itemComponent>
  </itemDefinition>
  <itemDefinition name="weigher">
    <functionItem outputTypeRef="number"><parameters name="of" typeRef="lot"/></functionItem>
  </itemDefinition>
  <inputData name="a lot" id="i1"><variable name="a lot" typeRef="lot"/></inputData>
  <inputData name="how bad" id="i2"><variable name="how bad" typeRef="severity"/></inputData>
  <decision name="route" id="d1">
    <description>Where it goes</description>
    <question>Where?</question>
    <variable name="route"/>
    <informationRequirement><requiredInput href="#i2"/></informationRequirement>
    <informationRequirement><requiredDecision href="#d2"/></informationRequirement>
    <decisionTable hitPolicy="FIRST" outputLabel="route">
      <input label="Severity"><inputExpression typeRef="severity"><text>how bad</text></inputExpression></input>
      <input><inputExpression><text>total weight</text></inputExpression><inputValues><text>[0..1000]</text></inputValues></input>
      <output name="to" typeRef="string">
        <outputValues><text>"mrb", "rework"</text></outputValues>
        <defaultOutputEntry><text>"mrb"</text></defaultOutputEntry>
      </output>
      <output name="hold" typeRef="boolean"/>
      <annotation name="why"/>
      <rule>
        <inputEntry><text>"minor"</text></inputEntry>
        <inputEntry><text>&lt;= 5</text></inputEntry>
        <outputEntry><text>"rework"</text></outputEntry>
        <outputEntry><text>false</text></outputEntry>
        <annotationEntry><text>can be polished</text></annotationEntry>
      </rule>
      <rule>
        <inputEntry><text>-</text></inputEntry>
        <inputEntry><text></text></inputEntry>
        <outputEntry><text>"mrb"</text></outputEntry>
        <outputEntry><text></text></outputEntry>
      </rule>
    </decisionTable>
  </decision>
  <decision name="total weight" id="d2">
    <variable name="total weight" typeRef="number"/>
    <informationRequirement><requiredInput href="#i1"/></informationRequirement>
    <knowledgeRequirement><requiredKnowledge href="#b1"/></knowledgeRequirement>
    <context>
      <contextEntry>
        <variable name="net weight" typeRef="number"/>
        <invocation>
          <literalExpression><text>weight of</text></literalExpression>
          <binding>
            <parameter name="all sizes"/>
            <literalExpression><text>a lot.sizes</text></literalExpression>
          </binding>
        </invocation>
      </contextEntry>
      <contextEntry><literalExpression><text>net weight + 1.5</text></literalExpression></contextEntry>
    </context>
  </decision>
  <decision name="boxes" id="d3">
    <variable name="boxes"/>
    <list>
      <relation>
        <column name="a"/><column name="b"/>
        <row><literalExpression><text>1</text></literalExpression><literalExpression><text>2</text></literalExpression></row>
      </relation>
      <conditional>
        <if><literalExpression><text>true</text></literalExpression></if>
        <then><literalExpression><text>1</text></literalExpression></then>
        <else><literalExpression><text>2</text></literalExpression></else>
      </conditional>
      <filter>
        <in><literalExpression><text>[1, 2, 3]</text></literalExpression></in>
        <match><literalExpression><text>item &gt; 1</text></literalExpression></match>
      </filter>
      <for iteratorVariable="one size">
        <in><literalExpression><text>[1, 2, 3]</text></literalExpression></in>
        <return><literalExpression><text>one size * count(partial)</text></literalExpression></return>
      </for>
      <every iteratorVariable="n">
        <in><literalExpression><text>[1, 2]</text></literalExpression></in>
        <satisfies><literalExpression><text>n &gt; 0</text></literalExpression></satisfies>
      </every>
      <functionDefinition>
        <formalParameter name="x" typeRef="number"/>
        <literalExpression><text>x ** 2</text></literalExpression>
      </functionDefinition>
    </list>
  </decision>
  <businessKnowledgeModel name="weight of" id="b1">
    <variable name="weight of"/>
    <encapsulatedLogic typeRef="number">
      <formalParameter name="all sizes" typeRef="number"/>
      <literalExpression><text>sum(all sizes)</text></literalExpression>
    </encapsulatedLogic>
  </businessKnowledgeModel>
  <decisionService name="routing" id="s1">
    <variable name="routing"/>
    <outputDecision href="#d1"/>
    <encapsulatedDecision href="#d2"/>
    <inputData href="#i1"/>
    <inputData href="#i2"/>
  </decisionService>""")
"""A model with everything that is read."""


def without_places(value: Any) -> Any:
    """Return a value of models as plain tuples that leave out where things stand: what is equal says the same."""
    if isinstance(value, Span):
        return None
    if dataclasses.is_dataclass(value):
        names = [f.name for f in dataclasses.fields(value) if f.name not in _PLACES]
        return (type(value).__name__, *((name, without_places(getattr(value, name))) for name in names))
    if isinstance(value, Mapping):
        return tuple((key, without_places(part)) for key, part in value.items())
    if isinstance(value, tuple | list):
        return tuple(without_places(part) for part in value)
    return value


_PLACES = frozenset(("span", "places", "file", "cells", "start", "end", "name_start"))
