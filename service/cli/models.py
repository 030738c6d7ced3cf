"""DMN files on disk: a model with what it imports, which stands in files beside it.

A path goes in, what the file says and what is wrong with it come out. Only files of the same folder are looked at.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from service.cli.faults import Failed, UsedWrongly

if TYPE_CHECKING:
    from engine.dmn.reading import Reading

SUFFIXES = (".dmn", ".xml")
MAX_BESIDE = 200
"""Files of a folder that are looked at for the models that one of them imports."""


def read_model(path: Path) -> Reading:
    """Return what the DMN file at *path* says; it must be there."""
    from engine.dmn.reading import read_dmn

    if not path.is_file():
        raise UsedWrongly(f"there is no file {path}")
    beside: dict[str, Path] | None = None

    def resolve(namespace: str) -> tuple[str, bytes] | None:
        nonlocal beside
        beside = _beside(path) if beside is None else beside
        found = beside.get(namespace)
        return None if found is None else (found.as_posix(), _bytes(found))

    return read_dmn(_bytes(path), path.as_posix(), resolve)


def _beside(path: Path) -> dict[str, Path]:
    """Return the models in the folder of *path* by their namespaces; of two with one namespace, the first by name."""
    from engine.dmn.reading import namespace_of

    files = sorted(one for one in path.parent.iterdir() if one.suffix.lower() in SUFFIXES and one.is_file())
    found: dict[str, Path] = {}
    for file in files[:MAX_BESIDE]:
        namespace = namespace_of(_bytes(file))
        if namespace and file != path:
            found.setdefault(namespace, file)
    return found


def _bytes(path: Path) -> bytes:
    from engine.dmn.elements import MAX_BYTES

    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)  # one too many, for the reader to refuse
    except OSError as wrong:
        raise Failed(f"{path} cannot be read: {wrong.strerror or wrong}") from None
