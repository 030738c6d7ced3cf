"""The test cases of the suite, read from its XML: what goes in, what is asked, and what is expected as FEEL values."""

from __future__ import annotations

import os
import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from engine.feel.temporal import parse_temporal

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("LINESIDE_DATA", ROOT.parent / "shared/data")) / "dmn_tck"

_CASE = "{http://www.omg.org/spec/DMN/20160719/testcase}"
_INSTANCE = "{http://www.w3.org/2001/XMLSchema-instance}"
_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?")


@dataclass(frozen=True, slots=True)
class Input:
    """A value given: its name, and the namespace of the model that declares it ("" for the one under test)."""

    name: str
    namespace: str
    value: Any


@dataclass(frozen=True, slots=True)
class Expected:
    """What a decision must come to; *is_error* says that it is null because of an error."""

    decision: str
    value: Any
    is_error: bool


@dataclass(frozen=True, slots=True)
class Case:
    """One test case; *service* is the decision service it calls, or ""."""

    name: str
    inputs: tuple[Input, ...]
    expected: tuple[Expected, ...]
    service: str


@dataclass(frozen=True, slots=True)
class Folder:
    """The cases of one folder, by the model each test file names."""

    level: str
    name: str
    path: Path
    tests: tuple[tuple[Path, tuple[Case, ...]], ...]


def folders(data: Path) -> tuple[Folder, ...]:
    """Return every folder of *data* that holds test cases, in order."""
    found = []
    for path in sorted(folder for folder in data.glob("*/*") if folder.is_dir()):
        tests = tuple(_tests(file) for file in sorted(path.glob("*.xml")))
        if tests:
            found.append(Folder(path.parent.name, path.name, path, tests))
    return tuple(found)


def _tests(file: Path) -> tuple[Path, tuple[Case, ...]]:
    root = ET.parse(file).getroot()
    model = file.parent / (root.findtext(f"{_CASE}modelName") or "").strip()
    return model, tuple(_case(element) for element in root.findall(f"{_CASE}testCase"))


def _case(element: ET.Element) -> Case:
    inputs = tuple(
        Input(node.attrib["name"], node.get("namespace", ""), _value(node))
        for node in element.findall(f"{_CASE}inputNode")
    )
    expected = []
    for node in element.findall(f"{_CASE}resultNode"):
        holder = node.find(f"{_CASE}expected")
        if holder is None:
            raise ValueError(f"the case {element.get('id')} expects nothing of {node.get('name')}")
        expected.append(Expected(node.attrib["name"], _value(holder), node.get("errorResult") == "true"))
    service = element.get("invocableName", "") if element.get("type") == "decisionService" else ""
    return Case(element.get("id", ""), inputs, tuple(expected), service)


def _value(holder: ET.Element) -> Any:
    """Return the value in *holder*: one of `value`, `list`, or `component`s."""
    single = holder.find(f"{_CASE}value")
    if single is not None:
        return _plain(single)
    items = holder.find(f"{_CASE}list")
    if items is not None:
        return None if _is_nil(items) else [_value(item) for item in items.findall(f"{_CASE}item")]
    components = holder.findall(f"{_CASE}component")
    return {part.attrib["name"]: None if _is_nil(part) else _value(part) for part in components}


def _is_nil(element: ET.Element) -> bool:
    return element.get(f"{_INSTANCE}nil") == "true"


def _plain(element: ET.Element) -> Any:
    if _is_nil(element):
        return None
    text = element.text or ""
    kind = element.get(f"{_INSTANCE}type", "").rpartition(":")[2]
    if not kind and not text:
        return None
    if not kind:  # a few files leave it to the reader
        kind = "decimal" if _NUMBER.fullmatch(text) else "boolean" if text in ("true", "false") else ""
        if not kind and parse_temporal(text) is not None:
            kind = "dateTime"
    if kind in ("decimal", "double"):
        return Decimal(text.strip())
    if kind == "boolean":
        return text.strip() in ("true", "1")
    if kind in ("date", "dateTime", "time", "duration"):
        value = parse_temporal(text.strip())
        if value is None:
            raise ValueError(f"{text!r} is not read as {kind}")
        return value
    return text
