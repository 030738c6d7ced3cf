"""Every model of the conformance suite, written as DMN or as a document and read again: the same model, the same results."""

from __future__ import annotations

import pytest

from engine.definitions.model import Definitions
from engine.definitions.writing import write_definitions
from engine.dmn.reading import read_dmn
from engine.dmn.writing import write_dmn
from engine.parser import parse
from tests.conformance.cases import DATA, folders
from tests.conformance.running import Change, run, unchanged
from tests.engine.dmn.models import without_places

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the conformance suite is not on this machine")


def written_and_read(definitions: Definitions) -> Definitions:
    """Return *definitions* after a way through DMN; what they import goes the same way."""
    imported = {}
    waiting = list(definitions.imports.values())
    while waiting:
        model = waiting.pop()
        imported[model.namespace] = (f"{model.name}.dmn", write_dmn(model))
        waiting.extend(model.imports.values())
    again = read_dmn(write_dmn(definitions), "again.dmn", imported.get).definitions
    assert again is not None
    return again


def failing(change: Change) -> list[str]:
    """Return the cases that fail where models go through *change* before they run."""
    outcomes = (outcome for folder in folders(DATA) for outcome in run(folder, change=change))
    return [outcome.key for outcome in outcomes if outcome.failure]


@pytest.fixture(scope="module")
def first() -> list[str]:
    """Return the cases that fail as the models are."""
    return failing(unchanged)


def test_dmn_to_dmn(first: list[str]) -> None:
    """Every model says the same after it was written, so every case comes to the same."""
    changed: list[str] = []
    seen: list[str] = []

    def through_dmn(definitions: Definitions) -> Definitions:
        again = written_and_read(definitions)
        seen.append(definitions.name)
        if without_places(again) != without_places(definitions):
            changed.append(definitions.name)
        return again

    assert failing(through_dmn) == first
    assert len(seen) == 150
    assert changed == []


def test_dmn_to_documents_to_dmn(first: list[str]) -> None:
    """Every model comes to the same as a definitions document that is written as DMN again, case by case."""
    seen: list[str] = []
    changed: list[str] = []
    faults: list[str] = []

    def through_documents(definitions: Definitions) -> Definitions:
        models = {definitions.namespace: definitions}
        waiting = list(definitions.imports.values())
        while waiting:
            model = waiting.pop()
            models[model.namespace] = model
            waiting.extend(model.imports.values())
        texts = {f"{at}.yaml": write_definitions(model) for at, model in enumerate(models.values())}
        parsed = parse(texts)
        faults.extend(f"{definitions.name}: {d}" for d in parsed.diagnostics if d.severity == "error")
        found = next(one for one in parsed.documents.definitions if one.namespace == definitions.namespace)
        again = written_and_read(found)
        seen.append(definitions.name)
        if without_places(again) != without_places(found):
            changed.append(definitions.name)
        return again

    assert failing(through_documents) == first
    assert len(seen) == 150
    assert faults == []
    assert changed == []
