"""The parts of a workbook, which is a zip archive of XML: each read once, bounded, and handed to expat without entities."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO
from xml.parsers import expat

MAX_BYTES = 16 << 20
"""Of the file as it is stored."""
MAX_INFLATED = 48 << 20
"""Of all parts that are read, once they are inflated."""
MAX_PARTS = 5_000

_OLD_FORM = b"\xd0\xcf\x11\xe0"
"""How files of the older, binary form begin; workbooks with a password are wrapped in it."""

Start = Callable[[str, dict[str, str]], None]
End = Callable[[str], None]


class Unreadable(Exception):  # noqa: N818 - named for what happened
    """A file that is not read as a workbook, and why; *fix* says what would be right."""

    def __init__(self, message: str, fix: str) -> None:
        self.message = message
        self.fix = fix
        super().__init__(f"{message}; {fix}")


class Archive:
    """A workbook's parts by name; what is inflated is counted over all of them."""

    def __init__(self, raw: bytes) -> None:
        """Open *raw*; raise Unreadable for what is no workbook."""
        if len(raw) > MAX_BYTES:
            raise Unreadable(f"the file is larger than {MAX_BYTES >> 20} MiB", "split it into several tables")
        if raw.startswith(_OLD_FORM):
            message = "the workbook has a password, or is of the older form (.xls)"
            raise Unreadable(message, "save it as XLSX without a password")
        try:
            self._zip = zipfile.ZipFile(BytesIO(raw))
        except (zipfile.BadZipFile, ValueError, OSError, EOFError):
            raise _no_workbook() from None
        names = self._zip.namelist()
        if len(names) > MAX_PARTS:
            raise Unreadable(f"the workbook has more than {MAX_PARTS:,} parts", "copy the table to a new one")
        self._names = {name.lower().lstrip("/"): name for name in names}
        self._left = MAX_INFLATED

    def has(self, part: str) -> bool:
        """Return whether there is a part of this name, in whatever case."""
        return part.lower() in self._names

    def read(self, part: str) -> bytes:
        """Return the content of *part*; raise Unreadable where it is not there, or where all are more than is read."""
        name = self._names.get(part.lower())
        if name is None:
            raise _no_workbook()
        try:
            with self._zip.open(name) as stream:
                found = stream.read(self._left + 1)
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError):
            raise _no_workbook() from None
        self._left -= len(found)
        if self._left < 0:
            message = f"the workbook inflates to more than {MAX_INFLATED >> 20} MiB"
            raise Unreadable(message, "copy the table to a new workbook")
        return found

    def parse(self, part: str, start: Start, end: End | None = None, text: End | None = None) -> None:
        """Give the elements of *part* to *start* and *end*, by their names without namespaces, and their *text*.

        The name of an attribute that has a namespace comes behind it and a blank.
        """
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse_doctype
        local = _LocalNames()
        parser.StartElementHandler = lambda name, attributes: start(local[name], attributes)
        if end is not None:
            parser.EndElementHandler = lambda name: end(local[name])
        if text is not None:
            parser.CharacterDataHandler = text
        try:
            parser.Parse(self.read(part), True)
        except (expat.ExpatError, ValueError, LookupError):
            raise _no_workbook() from None


class _LocalNames(dict[str, str]):
    """By the name of an element with its namespace: the name alone."""

    def __missing__(self, name: str) -> str:
        return self.setdefault(name, name.rpartition(" ")[2])


def _refuse_doctype(*_: object) -> None:
    """Refuse what no workbook has: without a document type there are no entities that could expand."""
    raise _no_workbook()


def _no_workbook() -> Unreadable:
    return Unreadable("the file is not a sound XLSX workbook", "save it again as XLSX")
