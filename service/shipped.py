"""The rules that ship with Lineside, and rule files read from folders.

A folder of rules inherits the shipped fact types and flows, so that a plant writes only what is its own: a fact document of
the same name, or a flows document, takes the place of the shipped one. Shipped rule sets are never inherited.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from service.sheet_files import is_table_file, read_tables

SHIPPED_NAME = "<shipped>"
"""Stands for the folder of shipped rules in file names, so that no rule book depends on where it is installed."""

RULE_KINDS = ("fact", "ruleset", "definitions", "flows", "ladders", "calendars", "dispositions")
"""First keys of the documents a rule book is made of; mappings and scenarios may lie beside them."""

_SUFFIXES = (".yaml", ".yml")
_KIND = re.compile(
    rf"^(?P<key>{'|'.join(RULE_KINDS)}|mapping|scenario)[ \t]*:(?:[ \t]+(?P<value>[^#\r\n]*)|[ \t]*$)",
    re.ASCII | re.MULTILINE,
)


def shipped_folder(name: str = "rules") -> Path:
    """Return the folder of shipped rules (or scenarios): inside the package where installed, beside it in a checkout."""
    package = Path(__file__).resolve().parent
    inside = package / name
    if inside.is_dir():
        return inside
    return package.parent / name if name == "rules" else package.parent / "fixtures" / name


def document_kind(text: str) -> tuple[str, str]:
    """Return the key that names what a document is, and its value as written; empty where there is none.

    The first top-level key that names a kind counts, as it does for the parser. The text need not be sound YAML.
    """
    found = _KIND.search(text.removeprefix("\ufeff"))
    return (found["key"], (found["value"] or "").strip().strip("\"'")) if found else ("", "")


def yaml_files(folder: Path) -> tuple[Path, ...]:
    """Return the YAML files under *folder* in the order of their names; hidden ones are left out."""
    found = (p for p in folder.rglob("*") if p.suffix.lower() in _SUFFIXES and p.is_file())
    return tuple(
        sorted(p for p in found if not any(part.startswith(".") for part in p.relative_to(folder).parts))
    )


def read_text(file: Path) -> str:
    """Return the text of *file* with plain line ends; bytes that are not UTF-8 are kept, and reading it as YAML names them."""
    from engine.source import decode

    return decode(file.read_bytes()).replace("\r\n", "\n").replace("\r", "\n")


def read_rule_files(paths: Iterable[Path]) -> dict[str, str]:
    """Return name -> text of the rule documents in *paths* (files, or folders with all below them).

    Names begin with the folder's own name, wherever it stands, so that the same rules make the same rule book; only where two
    folders share a name, they are told apart by their whole paths. Mappings and scenarios in a folder are passed over.
    Bytes that are not UTF-8 are kept for the parser, which names their places. The CSV and XLSX files that their tables name are
    there, too. Raises OSError where a path cannot be read.
    """
    files: dict[str, str] = {}
    places: dict[str, tuple[Path, Path]] = {}
    for path in paths:
        root = path.resolve()
        for file in yaml_files(root) if root.is_dir() else (root,):
            text = read_text(file)
            if root.is_dir() and document_kind(text)[0] in ("mapping", "scenario"):
                continue
            name = file.relative_to(root.parent).as_posix()
            name = file.as_posix() if files.get(name, text) != text else name
            files[name] = text
            places[name] = file, root
    return {**files, **read_tables(files, places)}


def shipped_files(only: Iterable[str] = RULE_KINDS) -> dict[str, str]:
    """Return name -> text of the shipped documents of the kinds in *only*."""
    kinds = set(only)
    return {
        name: text
        for name, text in read_rule_files([shipped_folder()]).items()
        if document_kind(text)[0] in kinds or ("ruleset" in kinds and is_table_file(name))
    }


def with_shipped(files: Mapping[str, str], shipped: Mapping[str, str]) -> dict[str, str]:
    """Return *files* and the fact types and flows of *shipped* that they do not declare themselves, under names of their own."""
    own = {document_kind(text) for name, text in files.items() if not is_table_file(name)}
    has_flows = any(kind == "flows" for kind, _ in own)
    inherited = {
        f"{SHIPPED_NAME}/{name.partition('/')[2]}": text
        for name, text in shipped.items()
        if (document_kind(text)[0] == "fact" and document_kind(text) not in own)
        or (document_kind(text)[0] == "flows" and not has_flows)
    }
    return {**inherited, **files}


def rule_files(paths: Iterable[Path]) -> dict[str, str]:
    """Return the rule documents in *paths* with what they inherit; with no path, every shipped document."""
    chosen = list(paths)
    if not chosen:
        return shipped_files()
    return with_shipped(read_rule_files(chosen), shipped_files(("fact", "flows")))
