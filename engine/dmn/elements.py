"""XML text to a small tree whose every element and every character has its place (docs/decisions/0009-xml-for-dmn.md).

Expat reads; a document type declaration ends the reading, so there are no entities but XML's own five. Size, depth and
the number of elements are bounded. Faults are diagnostics; nothing is opened, nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from xml.parsers import expat

from engine.diagnostics import Diagnostic, Span, error
from engine.source import Places

MAX_BYTES = 16 << 20
MAX_DEPTH = 100
MAX_ELEMENTS = 500_000

_BETWEEN = "\n"
"""What expat puts between a namespace and a name: no namespace can hold it, for attribute values have no line breaks."""


@dataclass(frozen=True, slots=True)
class Element:
    """An element: its namespace and name, its own attributes, its parts, and its text with the place of each character.

    *attributes* are those without a namespace. The text of an element that has parts is left out: DMN has none.
    """

    namespace: str
    name: str
    attributes: Mapping[str, str]
    span: Span
    parts: tuple[Element, ...] = ()
    text: str = ""
    places: Places = ()

    def all(self, name: str) -> Iterator[Element]:
        """Yield the parts of that *name* in this element's own namespace."""
        return (part for part in self.parts if part.name == name and part.namespace == self.namespace)

    def first(self, name: str) -> Element | None:
        """Return the first part of that *name*, or None."""
        return next(self.all(name), None)

    def text_of(self, name: str) -> str:
        """Return the text of the first part of that *name*, without the white space around it."""
        part = self.first(name)
        return "" if part is None else part.text.strip()

    def walk(self) -> Iterator[Element]:
        """Yield this element and all within it."""
        waiting = [self]
        while waiting:
            element = waiting.pop()
            yield element
            waiting.extend(reversed(element.parts))


class _Stopped(Exception):  # noqa: N818 - named for what happened
    """The text is not read further; carries the diagnostic."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        self.diagnostic = diagnostic
        super().__init__(diagnostic.message)


def read_elements(text: str | bytes, file: str) -> Element | Diagnostic:
    """Return the outermost element of *text*, or the fault that keeps it from being read; bytes may be in any encoding."""
    start = Span(file, 1, 1, 1, 1)
    encoded = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if len(encoded) > MAX_BYTES:
        megabytes = MAX_BYTES >> 20
        return error("too-large", start, f"the file is over {megabytes} MB", "split the model into several")
    try:
        return _Reader(file, "utf-8" if isinstance(text, str) else None).read(encoded)
    except _Stopped as stopped:
        return stopped.diagnostic
    except expat.ExpatError as wrong:
        span = Span(file, wrong.lineno, wrong.offset + 1, wrong.lineno, wrong.offset + 1)
        said = expat.ErrorString(wrong.code) or "it cannot be read"
        return error("xml-syntax", span, f"this is not XML: {said}", "save the model again in its modeller")
    except (ValueError, LookupError):  # an encoding that is declared and not known
        return error(
            "xml-syntax", start, "the encoding that the file declares is not known", "save it as UTF-8"
        )


class _Open:
    """An element that is not closed yet."""

    __slots__ = ("attributes", "length", "name", "parts", "pieces", "places", "span")

    def __init__(self, name: str, attributes: dict[str, str], span: Span) -> None:
        self.name = name
        self.attributes = attributes
        self.span = span
        self.parts: list[Element] = []
        self.pieces: list[str] = []
        self.places: list[tuple[int, int, int]] = []
        self.length = 0

    def closed(self) -> Element:
        namespace, _, name = self.name.rpartition(_BETWEEN)
        if self.parts:
            return Element(namespace, name, self.attributes, self.span, tuple(self.parts))
        text = "".join(self.pieces)
        return Element(namespace, name, self.attributes, self.span, (), text, tuple(self.places))


class _Reader:
    def __init__(self, file: str, encoding: str | None) -> None:
        self._file = file
        self._open: list[_Open] = []
        self._root: Element | None = None
        self._count = 0
        parser = expat.ParserCreate(encoding, _BETWEEN)
        parser.buffer_text = (
            False  # a piece for each line and each reference: that is what gives every character its place
        )
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = self._doctype
        self._parser = parser

    def read(self, encoded: bytes) -> Element:
        self._parser.Parse(encoded, True)
        assert self._root is not None  # noqa: S101 - expat has refused a text without an element
        return self._root

    def _here(self, width: int = 0) -> Span:
        line, column = self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber + 1
        return Span(self._file, line, column, line, column + width)

    def _doctype(self, *_: object) -> None:
        message = "the file has a document type declaration, which can make XML grow without end or read other files"
        raise _Stopped(
            error("xml-doctype", self._here(), message, "take the <!DOCTYPE ...> out: DMN needs none")
        )

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > MAX_ELEMENTS:
            message = f"more than {MAX_ELEMENTS} elements"
            raise _Stopped(error("too-many-values", self._here(), message, "split the model into several"))
        if len(self._open) >= MAX_DEPTH:
            message = f"elements nest more than {MAX_DEPTH} deep"
            raise _Stopped(error("too-deep", self._here(), message, "flatten the expression"))
        own = {key: value for key, value in attributes.items() if _BETWEEN not in key}
        width = 1 + len(name) - 1 - name.rfind(_BETWEEN)
        self._open.append(_Open(name, own, self._here(width)))

    def _end(self, _: str) -> None:
        closed = self._open.pop().closed()
        if self._open:
            self._open[-1].parts.append(closed)
        else:
            self._root = closed

    def _text(self, data: str) -> None:
        element = self._open[-1]
        if element.parts:
            return
        line, column = self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber + 1
        last = element.places[-1] if element.places else None
        if last is None or last[1] != line or last[2] + element.length - last[0] != column:
            element.places.append((element.length, line, column))
        element.pieces.append(data)
        element.length += len(data)
