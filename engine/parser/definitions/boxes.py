"""The logic of a definition: a value, FEEL after "=", a table, or a box whose parts are again one of these.

Each part is read with the names in sight of it: what the document declares, and what the boxes around it do.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from engine import feel
from engine.definitions.bodies import MAX_BOXES
from engine.definitions.model import (
    ANY_TYPE,
    Body,
    ConditionalBody,
    ContextBody,
    Entry,
    FilterBody,
    FunctionBody,
    InvocationBody,
    IterationBody,
    ListBody,
    LiteralBody,
    RelationBody,
    TableBody,
    TypeRef,
)
from engine.diagnostics import Span
from engine.feel import FeelSyntaxError, ast
from engine.parser.beside import Beside
from engine.parser.definitions.grids import Names, read_table
from engine.parser.definitions.item_types import type_ref
from engine.parser.reader import Reader
from engine.parser.values import is_feel, record_faults, spot_of
from engine.shapes.definitions import BOX
from engine.source import Path, slice_places
from engine.written import Expression


class Boxes:
    """Reads the boxes of one document."""

    def __init__(self, reader: Reader, beside: Beside) -> None:
        self._reader = reader
        self._beside = beside
        self._depth = 0

    def logic(self, path: Path, names: Names, called: str) -> Body | None:
        """Return the logic of the mapping at *path*, or None where it has none; *called* names a table in messages."""
        keys = self._reader.keys(path)
        span = self._span(path)
        if "value" in keys:
            return self.part((*path, "value"), names, called)
        if "columns" in keys or "file" in keys:
            table = read_table(self._reader, path, names, called, self._beside)
            return None if table is None else TableBody(table, span)
        if "context" in keys:
            return self._context(path, names, span)
        if "invoke" in keys:
            return self._invocation(path, names, span)
        if "relation" in keys:
            return self._relation((*path, "relation"), names, span)
        if "list" in keys:
            items = [self._sure((*path, "list", at), names) for at in range(self._count((*path, "list")))]
            return ListBody(tuple(items), span)
        if "if" in keys:
            parts = [self._wanted(path, key, names) for key in ("if", "then", "else")]
            return ConditionalBody(parts[0], parts[1], parts[2], span)
        if "filter" in keys:
            source = self._wanted(path, "filter", names)
            return FilterBody(source, self._wanted(path, "match", names | {"item"}), span)
        return self._iteration(path, names, span)

    def part(self, path: Path, names: Names, called: str = "") -> Body | None:
        """Return what the value at *path* says: a box, FEEL after "=", or a literal."""
        value = self._reader.value(path)
        if isinstance(value, list):
            fix = 'write "list:" before it, or FEEL: "= [1, 2]"'
            self._reader.fault("wrong-type", self._span(path), "a list stands where a value is wanted", fix)
            return None
        if not isinstance(value, dict):
            return self._literal(path, value, names)
        if self._depth >= MAX_BOXES:
            fix = "define a part of it by itself"
            self._reader.fault("too-deep", self._span(path), "boxes nest too deep", fix)
            return None
        self._depth += 1
        self._reader.check_below(BOX, path)
        body = self.boxed(path, names, called)
        self._depth -= 1
        return body

    def boxed(self, path: Path, names: Names, called: str) -> Body | None:
        """Return the logic of the box at *path* with the type it states; with parameters, a function."""
        kind = type_ref(self._reader.text((*path, "type")))
        if "parameters" in self._reader.keys(path):
            return self.function(path, names, called, kind)
        body = self.logic(path, names, called)
        if kind == ANY_TYPE:
            return body
        if body is None:
            return LiteralBody(None, self._span(path), kind)
        if body.type == ANY_TYPE:
            return _typed(body, kind)
        # a box around a box: both types hold, the inner one first
        return ContextBody((), body, self._span(path), kind)

    def function(self, path: Path, names: Names, called: str, kind: TypeRef = ANY_TYPE) -> FunctionBody:
        """Return the function that the mapping at *path* declares."""
        parameters = self.parameters(path)
        inner = names | {parameter.name for parameter in parameters}
        body = self.logic(path, inner, called)
        language = self._reader.choice((*path, "kind"), ("FEEL", "Java", "PMML"), "FEEL")
        return FunctionBody(parameters, body, self._span(path), language, kind)

    def parameters(self, path: Path) -> tuple[Entry, ...]:
        """Return what the function at *path* takes."""
        return tuple(
            Entry(
                " ".join(name.split()),
                self._reader.key_span((*path, "parameters", name)),
                None,
                type_ref(self._reader.text((*path, "parameters", name))),
            )
            for name in self._reader.keys((*path, "parameters"))
        )

    # boxes

    def _context(self, path: Path, names: Names, span: Span) -> Body:
        entries = []
        for key in self._reader.keys((*path, "context")):
            place = (*path, "context", key)
            name = " ".join(key.split())
            entries.append(self._entry(place, name, names))
            names |= {name}
        result = self._wanted(path, "result", names) if "result" in self._reader.keys(path) else None
        return ContextBody(tuple(entries), result, span)

    def _entry(self, path: Path, name: str, names: Names) -> Entry:
        """Return a named part; the type a box states is the entry's, but for a function, where it is the result's."""
        body = self.part(path, names, name)
        value = self._reader.value(path)
        span = self._reader.key_span(path)
        if not isinstance(value, dict) or body is None or isinstance(body, FunctionBody):
            return Entry(name, span, body)
        kind = body.type
        if (
            isinstance(body, ContextBody)
            and not body.entries
            and body.result is not None
            and kind != ANY_TYPE
        ):
            return Entry(name, span, body.result, kind)
        return Entry(name, span, _typed(body, ANY_TYPE), kind)

    def _invocation(self, path: Path, names: Names, span: Span) -> Body:
        place = (*path, "invoke")
        text = self._reader.text(place)
        function = LiteralBody(self._feel(place, text, 0, names), self._span(place))
        bindings = tuple(
            self._entry((*path, "with", key), " ".join(key.split()), names)
            for key in self._reader.keys((*path, "with"))
        )
        return InvocationBody(function, bindings, span)

    def _relation(self, path: Path, names: Names, span: Span) -> Body:
        columns = tuple(" ".join(text.split()) for text, _ in self._reader.texts((*path, "columns")))
        rows = []
        for at in range(self._count((*path, "rows"))):
            place = (*path, "rows", at)
            count = self._count(place)
            if count != len(columns):
                message = f"row {at + 1} has {count} cells, and there are {len(columns)} columns"
                self._reader.fault("table-row", self._span(place), message, "write one cell a column")
                continue
            rows.append(tuple(self._sure((*place, cell), names) for cell in range(count)))
        return RelationBody(columns, tuple(rows), span)

    def _iteration(self, path: Path, names: Names, span: Span) -> Body | None:
        keys = self._reader.keys(path)
        word = next((word for word in ("for", "some", "every") if word in keys), None)
        if word is None:
            return None
        iterator = " ".join(self._reader.text((*path, word)).split())
        inner = names | {iterator} | ({"partial"} if word == "for" else frozenset())
        source = self._wanted(path, "in", names)
        body = self._wanted(path, "return" if word == "for" else "satisfies", inner)
        return IterationBody(word, iterator, source, body, span)

    def _wanted(self, path: Path, key: str, names: Names) -> Body:
        """Return the part under *key*, which must be there."""
        if key not in self._reader.keys(path):
            message = f'there is no "{key}"'
            self._reader.fault("missing-key", self._span(path), message, f'add "{key}: = ..."')
            return LiteralBody(None, self._span(path))
        return self._sure((*path, key), names)

    def _sure(self, path: Path, names: Names) -> Body:
        return self.part(path, names) or LiteralBody(None, self._span(path))

    # values

    def _literal(self, path: Path, value: Any, names: Names) -> Body | None:
        span = self._reader.span(path)
        if is_feel(value):
            text = value[value.index("=") + 1 :].lstrip()
            return LiteralBody(self._feel(path, text.rstrip(), len(value) - len(text), names), span)
        if isinstance(value, str) and "{" in value:
            fix = 'write FEEL: = "lot " + lot_id'
            self._reader.fault("template", span, "texts with {FEEL} in them are not read here", fix)
            return None
        text = _as_feel(value)
        if text is None:
            self._reader.fault("wrong-type", span, "this is no value of FEEL", 'write FEEL: = @"2026-01-31"')
            return None
        return LiteralBody(
            Expression(text, feel.parse(text), span.file, ((0, span.line, span.column),)), span
        )

    def _feel(self, path: Path, text: str, begin: int, names: Names) -> Expression | None:
        spot = spot_of(self._reader, path)
        places = slice_places(spot.places, begin, begin + max(len(text), 1))
        try:
            node = feel.parse(text, names)
        except FeelSyntaxError as refused:
            record_faults(self._reader, refused, spot, begin)
            return None
        return Expression(text, node, spot.file, places)

    # places

    def _span(self, path: Path) -> Span:
        return self._reader.key_span(path) if isinstance(path[-1], str) else self._reader.span(path)

    def _count(self, path: Path) -> int:
        found = self._reader.value(path)
        return len(found) if isinstance(found, list) else 0


def _as_feel(value: Any) -> str | None:
    """Return a plain value as FEEL text; None where it is no value of FEEL."""
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    if isinstance(value, int | Decimal):
        return format(value, "f") if isinstance(value, Decimal) else str(value)
    if isinstance(value, str):
        return feel.format_node(ast.StringLiteral(0, 0, value))
    return None


def _typed(body: Body, kind: TypeRef) -> Body:
    return replace(body, type=kind)
