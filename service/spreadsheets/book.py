"""What a workbook says of itself: its sheets and their parts, its shared texts, and how its cells are formatted."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from service.spreadsheets.archive import Archive, Unreadable
from service.spreadsheets.formats import Format, format_of

_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


@dataclass(slots=True)
class Book:
    """A workbook but for the cells of its sheets."""

    archive: Archive
    sheets: dict[str, str] = field(default_factory=dict)
    """By name, in order: the part that has its cells."""
    hidden: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    formats: list[Format] = field(default_factory=list)
    """By the number of a cell's style."""
    from_1904: bool = False


def open_book(raw: bytes) -> Book:
    """Return the workbook in *raw*; raise Unreadable where it is none."""
    archive = Archive(raw)
    start = _targets(archive, "_rels/.rels", "")
    part = next((target for kind, target in start.values() if kind == "officeDocument"), "")
    book = Book(archive)
    folder, _, name = part.rpartition("/")
    related = _targets(archive, f"{folder}/_rels/{name}.rels".lstrip("/"), folder)
    _read_sheets(book, part, related)
    for kind, target in related.values():
        if kind == "sharedStrings" and archive.has(target):
            _read_texts(book, target)
        elif kind == "styles" and archive.has(target):
            _read_formats(book, target)
    return book


def plain_text(text: str) -> str:
    """Return *text* with the characters that XML cannot hold, which workbooks write as `_x000D_`, in their own form."""
    if "_x" not in text:
        return text
    return (
        _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
        .encode("utf-16", "surrogatepass")
        .decode("utf-16", "replace")
    )


def _targets(archive: Archive, part: str, folder: str) -> dict[str, tuple[str, str]]:
    """Return by id what a relationships *part* points at: the last word of its kind, and the name of the part."""
    found: dict[str, tuple[str, str]] = {}

    def start(name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship" and attributes.get("TargetMode") != "External":
            kind = attributes.get("Type", "").rpartition("/")[2]
            found[attributes.get("Id", "")] = kind, _joined(folder, attributes.get("Target", ""))

    archive.parse(part, start)
    return found


def _joined(folder: str, target: str) -> str:
    parts: list[str] = []
    for step in (target if target.startswith("/") else f"{folder}/{target}").split("/"):
        if step == "..":
            parts = parts[:-1]
        elif step not in ("", "."):
            parts.append(step)
    return "/".join(parts)


def _read_sheets(book: Book, part: str, related: dict[str, tuple[str, str]]) -> None:
    def start(name: str, attributes: dict[str, str]) -> None:
        if name == "workbookPr":
            book.from_1904 = attributes.get("date1904") in ("1", "true")
        elif name == "sheet":
            kind, target = related.get(_id(attributes), ("", ""))
            sheet = attributes.get("name", "")
            if kind == "worksheet" and sheet:
                book.sheets[sheet] = target
                if attributes.get("state", "visible") != "visible":
                    book.hidden.append(sheet)

    book.archive.parse(part, start)
    if not book.sheets:
        raise Unreadable("the workbook has no worksheet", "save it again as XLSX")


def _read_texts(book: Book, part: str) -> None:
    gathered = Gathered()

    def start(name: str, _: dict[str, str]) -> None:
        if name == "si":
            gathered.clear()
        gathered.begin(name)

    def end(name: str) -> None:
        gathered.end(name)
        if name == "si":
            book.texts.append(gathered.text())

    book.archive.parse(part, start, end, gathered.add)


def _read_formats(book: Book, part: str) -> None:
    codes: dict[int, str] = {}
    within: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if name == "numFmt":
            codes[_whole(attributes.get("numFmtId"))] = attributes.get("formatCode", "")
        elif name == "xf" and within and within[-1] == "cellXfs":
            number = _whole(attributes.get("numFmtId"))
            book.formats.append(format_of(number, codes.get(number)))
        within.append(name)

    def end(_: str) -> None:
        within.pop()

    book.archive.parse(part, start, end)


def _id(attributes: dict[str, str]) -> str:
    """Return the relationship that an element names; its attribute is in one of two namespaces."""
    return next((value for name, value in attributes.items() if name.endswith(" id")), "")


def _whole(text: str | None) -> int:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 10 else 0


@dataclass(slots=True)
class Gathered:
    """The text of a cell or a shared string while its runs are read; how East Asian words are spoken is no part of it."""

    parts: list[str] = field(default_factory=list)
    _open: int = 0
    _spoken: int = 0

    def clear(self) -> None:
        """Forget what was gathered."""
        self.parts.clear()
        self._open = self._spoken = 0

    def begin(self, name: str) -> None:
        """Note that the element *name* begins."""
        self._open += name == "t"
        self._spoken += name == "rPh"

    def end(self, name: str) -> None:
        """Note that the element *name* ends."""
        self._open -= name == "t"
        self._spoken -= name == "rPh"

    def add(self, text: str) -> None:
        """Take *text*, where it is some of the cell's."""
        if self._open and not self._spoken:
            self.parts.append(text)

    def text(self) -> str:
        """Return what was gathered."""
        return plain_text("".join(self.parts))
