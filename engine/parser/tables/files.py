"""The files that tables are drawn in: how a rule names one, and which ones a document names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from engine.sheets import SUFFIXES, is_sheet
from engine.source import load

_DRIVE = re.compile(r"[A-Za-z]:")


def refusal(file: str) -> str:
    """Return why a rule cannot name *file*, or "": it lies beside the rule's own file, or in a folder below."""
    parts = file.split("/")
    if "\\" in file or not file.isprintable():
        return 'is not written with "/" between folders'
    if file.startswith("/") or _DRIVE.match(file):
        return "is an absolute path"
    if ".." in parts:
        return "leads out of the folder of the rule file"
    if any(part.startswith(".") or not part.strip() for part in parts):
        return "has a part that is empty or hidden"
    if not is_sheet(file):
        return f"is no {' or '.join(suffix[1:].upper() for suffix in SUFFIXES)} file"
    return ""


def beside(rule_file: str, file: str) -> str:
    """Return the name under which the texts have *file*, which a rule in *rule_file* names."""
    folder, slash, _ = rule_file.rpartition("/")
    return f"{folder}{slash}{file}"


def named_tables(text: str, rule_file: str) -> Iterator[tuple[str, str]]:
    """Yield each file that the tables of the document *text* name, by its whole name, with the sheet; faults are for `parse`."""
    if "table" not in text or "file" not in text:  # most documents need not be read twice
        return
    value: Any = load(text, rule_file).value
    rules = value.get("rules") if isinstance(value, dict) else None
    for rule in rules if isinstance(rules, list) else ():
        file = rule.get("file") if isinstance(rule, dict) and "table" in rule else None
        if isinstance(file, str) and not refusal(file):
            sheet = rule.get("sheet")
            yield beside(rule_file, file), sheet if isinstance(sheet, str) else ""
