"""The files that decision tables are drawn in, CSV and XLSX, read as text because a rule document beside them names them.

One that no rule names is no part of a rule book. What is not read (a link that leads away, a file that is too large) leaves
a text that says so, from which the parser makes its diagnostic.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

SUFFIXES = (".csv", ".xlsx")
MAX_BYTES = 16 << 20
"""Of one file."""


@dataclass(slots=True)
class _Wanted:
    """A file that tables name: where it lies, the folder it must not lead out of, and the sheets of it that they name."""

    path: Path
    root: Path
    sheets: set[str] = field(default_factory=set)


def is_table_file(name: str) -> bool:
    """Return whether the file *name* holds tables, and no document."""
    return name.lower().endswith(SUFFIXES)


def read_tables(files: Mapping[str, str], places: Mapping[str, tuple[Path, Path]]) -> dict[str, str]:
    """Return name -> text of each file that a table in one of the documents *files* names, and that is there.

    *places* says of each document which file it is, and which folder, or file alone, was given to be read.
    Raises OSError where one cannot be read.
    """
    wanted: dict[str, _Wanted] = {}
    for document, text in files.items():
        if "table" not in text or "file" not in text:  # the common case, without loading the engine's parser
            continue
        from engine.parser import named_tables

        file, given = places[document]
        for name, sheet in named_tables(text, document):
            path = file.parent / name.removeprefix(document.rpartition("/")[0]).lstrip("/")
            root = given if given.is_dir() else given.parent
            wanted.setdefault(name, _Wanted(path, root)).sheets.add(sheet)
    return {name: _read(found) for name, found in wanted.items() if _is_file(found.path)}


def unnamed(folders: Iterable[Path], named: Iterable[Path]) -> tuple[Path, ...]:
    """Return the table files in *folders* that are not among those *named*, in order; those of open editors are left out."""
    known = {path.resolve() for path in named}
    found = {
        path for folder in folders for path in folder.iterdir() if is_table_file(path.name) and _is_file(path)
    }
    return tuple(sorted(p for p in found if not p.name.startswith((".", "~$")) and p.resolve() not in known))


def _is_file(path: Path) -> bool:
    """Return whether there is a file to read: no folder, no pipe, no link in a circle, no name that no file can have."""
    try:
        return path.is_file()
    except OSError as refused:
        if refused.errno == errno.ENAMETOOLONG:
            return False
        raise


def _read(wanted: _Wanted) -> str:
    from service.spreadsheets import refusal_text, workbook_text

    if not wanted.path.resolve().is_relative_to(wanted.root.resolve()):
        return refusal_text("the file is a link that leads out of the rules", "put the file itself there")
    if wanted.path.stat().st_size > MAX_BYTES:
        return refusal_text(f"the file is larger than {MAX_BYTES >> 20} MiB", "split it into several tables")
    raw = wanted.path.read_bytes()
    if wanted.path.name.lower().endswith(".xlsx"):
        return workbook_text(raw, wanted.sheets)
    from engine.source import decode

    return decode(raw).replace("\r\n", "\n").replace("\r", "\n")
