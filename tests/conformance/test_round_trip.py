"""Every model of the conformance suite, written as DMN and read again: the same model, the same results."""

from __future__ import annotations

import pytest

from engine.definitions.model import Definitions
from engine.dmn.reading import read_dmn
from engine.dmn.writing import write_dmn
from tests.conformance.cases import DATA, folders
from tests.conformance.running import run
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


def test_dmn_to_dmn() -> None:
    """Every model says the same after it was written, so every case comes to the same."""
    changed: list[str] = []
    seen: list[str] = []

    def through_dmn(definitions: Definitions) -> Definitions:
        again = written_and_read(definitions)
        seen.append(definitions.name)
        if without_places(again) != without_places(definitions):
            changed.append(definitions.name)
        return again

    found = folders(DATA)
    again = [outcome for folder in found for outcome in run(folder, change=through_dmn)]
    first = [outcome for folder in found for outcome in run(folder)]
    assert len(seen) == 150
    assert changed == []
    assert [one.key for one in again if one.failure] == [one.key for one in first if one.failure]
