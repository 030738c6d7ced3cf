"""A plain layout of decision requirements: what is required stands below what requires it, in rows around one axis.

Shapes and lines in, the diagram's XML out (DMN 1.5, clause 13). No line is bent, and the same model is drawn the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.dmn.markup import Ids, Tag, tag

_SIZES = {
    "inputData": (125, 45),
    "decision": (180, 80),
    "businessKnowledgeModel": (135, 46),
    "decisionService": (180, 80),
}
_ACROSS = 40
_DOWN = 70
_MARGIN = 50
_IN_A_ROW = 8
"""Shapes beside one another; more of one layer stand in further rows."""


@dataclass(frozen=True, slots=True)
class Shape:
    """An element to be drawn: its id and its kind."""

    element: str
    kind: str


@dataclass(frozen=True, slots=True)
class Line:
    """A requirement to be drawn: its id, and the ids of what is required and of what requires it."""

    requirement: str
    source: str
    target: str


@dataclass(frozen=True, slots=True)
class _Box:
    x: int
    y: int
    width: int
    height: int

    @property
    def middle(self) -> int:
        return self.x + self.width // 2


def diagram(shapes: Sequence[Shape], lines: Sequence[Line], ids: Ids) -> Tag | None:
    """Return the diagram of *shapes* and the *lines* between them; none for no shapes."""
    if not shapes:
        return None
    boxes = _placed(shapes, lines)
    drawn = []
    for shape in shapes:
        box = boxes[shape.element]
        bounds = tag("dc:Bounds", x=str(box.x), y=str(box.y), width=str(box.width), height=str(box.height))
        # what a service holds stands outside of it: an element can be in several
        collapsed = "true" if shape.kind == "decisionService" else None
        drawn.append(
            tag(
                "dmndi:DMNShape",
                bounds,
                id=ids.new("shape", shape.element),
                dmnElementRef=shape.element,
                isCollapsed=collapsed,
            )
        )
    for line in lines:
        if line.source not in boxes or line.target not in boxes:
            continue
        below, above = boxes[line.source], boxes[line.target]
        points = (
            tag("di:waypoint", x=str(below.middle), y=str(below.y)),
            tag("di:waypoint", x=str(above.middle), y=str(above.y + above.height)),
        )
        drawn.append(
            tag(
                "dmndi:DMNEdge", *points, id=ids.new("line", line.requirement), dmnElementRef=line.requirement
            )
        )
    return tag("dmndi:DMNDI", tag("dmndi:DMNDiagram", *drawn, id=ids.new("diagram")))


def _placed(shapes: Sequence[Shape], lines: Sequence[Line]) -> dict[str, _Box]:
    rows = _rows(shapes, lines)
    kinds = {shape.element: shape.kind for shape in shapes}
    widths = [sum(_SIZES[kinds[one]][0] + _ACROSS for one in row) - _ACROSS for row in rows]
    widest = max(widths)
    boxes: dict[str, _Box] = {}
    y = _MARGIN
    for row, width in zip(reversed(rows), reversed(widths), strict=True):
        height = max(_SIZES[kinds[one]][1] for one in row)
        x = _MARGIN + (widest - width) // 2
        for one in row:
            own_width, own_height = _SIZES[kinds[one]]
            boxes[one] = _Box(x, y + (height - own_height) // 2, own_width, own_height)
            x += own_width + _ACROSS
        y += height + _DOWN
    return boxes


def _rows(shapes: Sequence[Shape], lines: Sequence[Line]) -> list[list[str]]:
    """Return the elements in rows, the lowest first; within a layer, each stands near the middle of what it requires."""
    layers = _layers(shapes, lines)
    required: dict[str, list[str]] = {}
    for line in lines:
        required.setdefault(line.target, []).append(line.source)
    places: dict[str, float] = {}
    rows: list[list[str]] = []
    for layer in range(max(layers.values()) + 1):
        row = [shape.element for shape in shapes if layers[shape.element] == layer]
        if layer == 0:
            row = _by_use(row, lines)
        else:
            row.sort(
                key=lambda one: _mean([places[below] for below in required.get(one, ()) if below in places])
            )
        places |= {one: at - (len(row) - 1) / 2 for at, one in enumerate(row)}
        rows += [row[at : at + _IN_A_ROW] for at in range(0, len(row), _IN_A_ROW)]
    return rows


def _layers(shapes: Sequence[Shape], lines: Sequence[Line]) -> Mapping[str, int]:
    """Return how far up each element stands: decisions above all they require; a circle ends the climb."""
    layers = {shape.element: 0 for shape in shapes}
    decisions = {shape.element for shape in shapes if shape.kind == "decision"}
    for _ in shapes:
        moved = False
        for line in lines:
            if line.source in layers and line.target in layers and layers[line.target] <= layers[line.source]:
                layers[line.target] = layers[line.source] + 1
                moved = True
        if not moved:
            break
    for element in sorted(layers, key=lambda one: -layers[one]):
        # what requires nothing, and what it is that is called, stands right below whatever uses it first
        users = [layers[line.target] for line in lines if line.source == element and line.target in layers]
        if users and element not in decisions:
            layers[element] = max(layers[element], min(users) - 1)
    lowest = sorted(set(layers.values()))
    return {element: lowest.index(layer) for element, layer in layers.items()}


def _by_use(row: Sequence[str], lines: Sequence[Line]) -> list[str]:
    """Return *row* in the order in which its elements are first required; those that are not come last."""
    first: dict[str, int] = {}
    for at, line in enumerate(lines):
        first.setdefault(line.source, at)
    return sorted(row, key=lambda one: first.get(one, len(lines)))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
