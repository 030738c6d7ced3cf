"""What a DMN file may hold and where, as far as it is read; all else is named once, with its number, and left out.

The XML schema of DMN 1.5 is the source. An element that stands where it is not read is never passed over in silence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from engine.diagnostics import Diagnostic, Span, warning
from engine.dmn.elements import Element

EXPRESSIONS = frozenset(
    (
        "literalExpression", "decisionTable", "context", "invocation", "functionDefinition", "list", "relation", "conditional",
        "filter", "for", "some", "every",
    )
)  # fmt: skip

_TESTS = frozenset(("text",))
_TYPE = frozenset(("typeRef", "allowedValues", "typeConstraint", "itemComponent", "functionItem"))

READ: dict[str, frozenset[str]] = {
    "definitions": frozenset(
        ("description", "import", "itemDefinition", "inputData", "decision", "businessKnowledgeModel", "decisionService")
    ),
    "import": frozenset(),
    "itemDefinition": _TYPE,
    "itemComponent": _TYPE,
    "functionItem": frozenset(("parameters",)),
    "allowedValues": _TESTS,
    "typeConstraint": _TESTS,
    "inputData": frozenset(("variable",)),
    "decision": EXPRESSIONS
    | {"description", "question", "variable", "informationRequirement", "knowledgeRequirement"},
    "businessKnowledgeModel": frozenset(("description", "variable", "encapsulatedLogic", "knowledgeRequirement")),
    "encapsulatedLogic": EXPRESSIONS | {"formalParameter"},
    "decisionService": frozenset(
        ("variable", "outputDecision", "encapsulatedDecision", "inputDecision", "inputData")
    ),
    "informationRequirement": frozenset(("requiredDecision", "requiredInput")),
    "knowledgeRequirement": frozenset(("requiredKnowledge",)),
    "literalExpression": _TESTS,
    "context": frozenset(("contextEntry",)),
    "contextEntry": EXPRESSIONS | {"variable"},
    "invocation": EXPRESSIONS | {"binding"},
    "binding": EXPRESSIONS | {"parameter"},
    "functionDefinition": EXPRESSIONS | {"formalParameter"},
    "list": EXPRESSIONS,
    "relation": frozenset(("column", "row")),
    "row": EXPRESSIONS,
    "conditional": frozenset(("if", "then", "else")),
    "filter": frozenset(("in", "match")),
    "for": frozenset(("in", "return")),
    "some": frozenset(("in", "satisfies")),
    "every": frozenset(("in", "satisfies")),
    **dict.fromkeys(("if", "then", "else", "in", "match", "return", "satisfies"), EXPRESSIONS),
    "decisionTable": frozenset(("input", "output", "annotation", "rule")),
    "input": frozenset(("inputExpression", "inputValues")),
    "output": frozenset(("outputValues", "defaultOutputEntry")),
    "rule": frozenset(("description", "inputEntry", "outputEntry", "annotationEntry")),
    **dict.fromkeys(
        ("inputExpression", "inputValues", "outputValues", "defaultOutputEntry", "inputEntry", "outputEntry", "annotationEntry"),
        _TESTS,
    ),
}  # fmt: skip
"""The elements that are read, by the element they stand in."""

_WHAT = {
    "DMNDI": ("a diagram", "diagrams"),
    "extensionElements": ("an extension of a tool", "extensions of tools"),
    "knowledgeSource": ("a knowledge source", "knowledge sources"),
    "authorityRequirement": ("an authority requirement", "authority requirements"),
    "textAnnotation": ("a text annotation", "text annotations"),
    "association": ("an association", "associations"),
    "allowedAnswers": ("a note of allowed answers", "notes of allowed answers"),
    "description": ("a description", "descriptions"),
    "performanceIndicator": ("a performance indicator", "performance indicators"),
    "organizationUnit": ("an organisational unit", "organisational units"),
    "elementCollection": ("a collection of elements", "collections of elements"),
    "group": ("a group", "groups"),
}  # fmt: skip


def left_out(root: Element) -> Iterator[Diagnostic]:
    """Yield a warning for each kind of element that is not read, at the first one, with their number."""
    counts: Counter[tuple[str, str]] = Counter()
    places: dict[tuple[str, str], Span] = {}
    waiting = [root]
    while waiting:
        parent = waiting.pop()
        known = READ.get(parent.name, frozenset())
        for part in parent.parts:
            if part.namespace == root.namespace and part.name in known:
                waiting.append(part)
                continue
            key = (part.name, parent.name if part.name == "description" or part.name not in _WHAT else "")
            counts[key] += 1
            places[key] = min(places.get(key, part.span), part.span)
    for (name, holder), number in sorted(counts.items()):
        one, several = _WHAT.get(name, (f"an element <{name[:60]}>", f"elements <{name[:60]}>"))
        what = one if number == 1 else f"{number} {several}"
        of = f" of <{holder}>" if holder else ""
        yield warning("dmn-left-out", places[name, holder], f"{what}{of} not taken over", _why(name))


def _why(name: str) -> str:
    if name == "DMNDI":
        return "an export draws a new one"
    return "no decision depends on that" if name in _WHAT else "nothing here reads that"
