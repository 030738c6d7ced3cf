"""Text of one YAML file in, a Document out: libyaml's event stream, bounded and checked while it is read.

Nothing here raises for what a file says. Characters and size are looked at before libyaml sees them; depth,
nodes, aliases, keys and tags as the events come.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from engine.diagnostics import Diagnostic, Span, error, in_order, warning
from engine.source.characters import character_faults
from engine.source.document import Document, Mapping, Mark, Node, Scalar, Sequence
from engine.source.scalars import Unreadable, resolve
from engine.source.syntax import syntax_fault

MAX_BYTES = 1 << 20
MAX_DEPTH = 64
MAX_NODES = 100_000
"""Nodes of a document with every alias written out."""
_BYTE_ORDER_MARK = "\ufeff"


class _Stopped(Exception):  # noqa: N818 - named for what happened
    """Reading ended at a limit; the diagnostic is recorded already."""


def decode(raw: bytes) -> str:
    """Return the text of *raw*; bytes that are not UTF-8 are kept for `load` to name their places."""
    return raw.decode("utf-8", "surrogateescape")


def load(text: str, file: str) -> Document:
    """Return *text* as a Document with every fault found; its root is None if nothing could be read."""
    faults: list[Diagnostic] = []
    if _is_too_large(text):
        faults.append(
            error(
                "too-large",
                Span(file, 1, 1, 1, 1),
                "the file is larger than 1 MiB",
                "split it into several files",
            )
        )
        return Document(file, text, None, tuple(faults), None, ())
    if text.startswith(_BYTE_ORDER_MARK):
        faults.append(
            warning(
                "byte-order-mark",
                Span(file, 1, 1, 1, 1),
                "the file begins with a byte order mark",
                "save it as UTF-8 without one",
            )
        )
        text = text[1:]
    characters = character_faults(text, file)
    if characters:
        return Document(file, text, None, (*faults, *characters), None, ())
    lines = tuple(re.split("\r\n|\n|\r", text))
    reader = _Reader(file, lines)
    try:
        root = reader.read(text)
    except _Stopped:
        root = None
    except yaml.YAMLError as refused:
        reader.faults.append(syntax_fault(refused, file, lines))
        root = None
    found = in_order([*faults, *reader.faults])
    return Document(file, text, None if root is None else _value(root, {}), found, root, lines)


def _is_too_large(text: str) -> bool:
    if len(text) > MAX_BYTES:
        return True
    return len(text) * 4 > MAX_BYTES and len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES


def _value(node: Node, made: dict[int, Any]) -> Any:
    """Return the plain value of *node*; an aliased node's value is made once and shared."""
    if isinstance(node, Scalar):
        return node.value
    if id(node) not in made:
        if isinstance(node, Sequence):
            made[id(node)] = [_value(item, made) for item in node.items]
        else:
            made[id(node)] = {key: _value(value, made) for key, (_, value) in node.entries.items()}
    return made[id(node)]


@dataclass(slots=True)
class _Reader:
    """The events of one file, the anchors seen, and how many nodes were made."""

    file: str
    lines: tuple[str, ...]
    faults: list[Diagnostic] = field(default_factory=list)
    anchors: dict[str, tuple[Node, int]] = field(default_factory=dict)
    open_anchors: set[str] = field(default_factory=set)
    nodes: int = 0
    events: Iterator[Any] = field(default_factory=lambda: iter(()))

    def read(self, text: str) -> Node | None:
        """Return the root node of the first document, or None where the file is empty."""
        self.events = iter(yaml.parse(text, Loader=yaml.CSafeLoader))
        root: Node | None = None
        documents = 0
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._fault(
                        "several-documents",
                        event,
                        "a second document begins here",
                        "put each document in its own file",
                    )
                    break
            elif not isinstance(event, (yaml.StreamStartEvent, yaml.StreamEndEvent, yaml.DocumentEndEvent)):
                root = self._node(event, 1)
        return root

    def _node(self, event: Any, depth: int) -> Node:
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        self._count(event, 1)
        before = self.nodes - 1
        if event.tag is not None:
            self._fault(
                "tag", event, f'the tag "{event.tag}" is refused', "leave it out; quotes make a value text"
            )
        if event.anchor:
            self.open_anchors.add(event.anchor)
            self.anchors.pop(event.anchor, None)
        node: Node
        if isinstance(event, yaml.ScalarEvent):
            node = self._scalar(event)
        elif depth > MAX_DEPTH:
            self._fault("too-deep", event, f"values nest more than {MAX_DEPTH} deep", "flatten them")
            raise _Stopped
        elif isinstance(event, yaml.SequenceStartEvent):
            node = self._sequence(event, depth)
        else:
            node = self._mapping(event, depth)
        if event.anchor:
            self.open_anchors.discard(event.anchor)
            self.anchors[event.anchor] = (node, self.nodes - before)
        return node

    def _alias(self, event: Any) -> Node:
        name = event.anchor
        if name in self.anchors:
            node, size = self.anchors[name]
            self._count(event, size)
            return node
        if name in self.open_anchors:
            self._fault("alias", event, f'"*{name}" stands inside what it repeats', "write the value out")
        else:
            self._fault(
                "alias", event, f'"*{name}" repeats nothing', f'name the value before it with "&{name}"'
            )
        return Scalar(None, "", "", _mark(event.start_mark), _mark(event.end_mark))

    def _sequence(self, event: Any, depth: int) -> Sequence:
        items: list[Node] = []
        start = _mark(event.start_mark)
        for inner in self.events:
            if isinstance(inner, yaml.SequenceEndEvent):
                return Sequence(tuple(items), start, self._end(inner, start, items[-1] if items else None))
            items.append(self._node(inner, depth + 1))
        raise _Stopped

    def _mapping(self, event: Any, depth: int) -> Mapping:
        entries: dict[str, tuple[Scalar, Node]] = {}
        start = _mark(event.start_mark)
        last: Node | None = None
        for inner in self.events:
            if isinstance(inner, yaml.MappingEndEvent):
                return Mapping(entries, start, self._end(inner, start, last))
            key = self._node(inner, depth + 1)
            last = self._node(next(self.events), depth + 1)
            if not isinstance(key, Scalar):
                self._fault("key-not-text", inner, "a key is not a text", "write keys as plain words")
            elif key.text == "<<" and key.style == "":
                self._fault("merge-key", inner, 'the merge key "<<" is refused', "write the keys out")
            elif key.text in entries:
                first = entries[key.text][0].start[0] + 1
                self._fault(
                    "duplicate-key",
                    inner,
                    f'the key "{_short(key.text)}" is there already, on line {first}',
                    "keep one of them",
                )
            else:
                entries[key.text] = (key, last)
        raise _Stopped

    def _scalar(self, event: Any) -> Scalar:
        value: Any = event.value
        if event.style in (None, "") and event.tag is None:
            value = resolve(event.value)
            if isinstance(value, Unreadable):
                self._fault(value.code, event, value.message, value.fix)
                value = event.value
        return Scalar(value, event.value, event.style or "", _mark(event.start_mark), _mark(event.end_mark))

    def _count(self, event: Any, size: int) -> None:
        self.nodes += size
        if self.nodes > MAX_NODES:
            self._fault(
                "too-many-values",
                event,
                f"more than {MAX_NODES} values, aliases written out",
                "split the file",
            )
            raise _Stopped

    def _end(self, event: Any, start: Mark, last: Node | None) -> Mark:
        """Return the end of a collection; a block one ends with its last value, not with the lines after."""
        end = _mark(event.end_mark)
        closed = event.start_mark.index < event.end_mark.index
        if closed or last is None or last.end < start:
            return end
        return last.end

    def _fault(self, code: str, event: Any, message: str, fix: str) -> None:
        start, end = _mark(event.start_mark), _mark(event.end_mark)
        if end[0] != start[0]:
            end = (start[0], max(start[1], len(self.lines[start[0]]) if start[0] < len(self.lines) else 0))
        span = Span(self.file, start[0] + 1, start[1] + 1, end[0] + 1, end[1] + 1)
        self.faults.append(error(code, span, message, fix))


def _mark(mark: Any) -> Mark:
    return mark.line, mark.column


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:60] + "..."
