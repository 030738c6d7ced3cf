"""Models from DMN files as they run: what is null says why, at its place in the file."""

from __future__ import annotations

from typing import Any

import pytest

from engine.definitions.evaluation import Evaluated, prepare
from engine.dmn.reading import read_dmn
from tests.engine.books import START
from tests.engine.dmn.models import decision, definitions, literal

INPUT = '<inputData name="n" id="n"><variable name="n"/></inputData>\n'
NEEDS = '<informationRequirement><requiredInput href="#n"/></informationRequirement>'
KINDS = 'plant.dmn:3:149: n + 1: n is a string and 1 is a number, which "+" does not combine'


def decide(body: str, *, walked: bool = False, more: str = "", **inputs: Any) -> Evaluated:
    """Return what the decision d with the logic *body* comes to."""
    found = read_dmn(definitions(INPUT + decision("d", body, NEEDS + more)), "plant.dmn").definitions
    assert found is not None
    return prepare(found, walked=walked).decide("d", inputs, START)


@pytest.mark.parametrize("walked", [False, True])
@pytest.mark.parametrize(
    ("text", "n", "warnings"),
    [
        pytest.param("n + 1", "a", [KINDS], id="kinds"),
        pytest.param("1 / n", 0, ["plant.dmn:3:149: 1 / n: n is 0"], id="division"),
        pytest.param("1 / n", 2, [], id="a-value"),
        pytest.param("n", None, [], id="a-null-that-came-in"),
        pytest.param("n + 1", None, [], id="a-null-of-a-null"),
        pytest.param(
            "(function(x) 1 / x)(n)", 0, ["plant.dmn:3:162: 1 / x: x is 0"], id="within-a-function"
        ),
        pytest.param("1 +", 1, ["plant.dmn:3:1: there is nothing to evaluate"], id="faulty"),
    ],
)  # fmt: skip
def test_a_null_says_why(text: str, n: Any, warnings: list[str], *, walked: bool) -> None:
    """A null that an expression makes comes with a warning; one that came in is not told again."""
    found = decide(literal(text), walked=walked, n=n)
    assert [str(warning) for warning in found.warnings] == warnings
    assert (found.value is None) == (bool(warnings) or n is None)


def test_functions_that_call_themselves_are_asked_once() -> None:
    """Looking for the reason of a null costs no more than the evaluation did, however deep it stands."""
    text = "(function(f, x) if x = 0 then 1 / x else f(f, x - 1))(function(f, x) if x = 0 then 1 / x else f(f, x - 1), 25)"
    found = decide(literal(text), n=1)
    assert found.value is None
    assert found.warnings
