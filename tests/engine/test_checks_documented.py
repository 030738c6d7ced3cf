"""Every diagnostic code has its entry in docs/diagnostics.md, and every entry a code that something emits."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "diagnostics.md"
CODE = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
MAKERS = {"error", "warning", "fault", "_fault", "Fault", "Unreadable", "_StopError"}
READERS = (
    "source",
    "sheets",
    "shapes",
    "parser",
    "checks",
    "feel",
    "scenario",
    "replay",
    "matching",
    "dmn",
    "definitions",
)
"""The parts of the engine that say something of files."""


def _constants(node: ast.expr) -> Iterator[str]:
    """Yield the codes that an expression can be: one, or either of an `if`."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _constants(node.body)
        yield from _constants(node.orelse)


def _codes(tree: ast.Module) -> Iterator[str]:
    """Yield every code that the module makes: the first code-like argument of a maker, and what is called `code`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in MAKERS:
                found = [list(_constants(argument)) for argument in node.args]
                yield from next((codes for codes in found if codes), [])
            for keyword in node.keywords:
                if keyword.arg is not None and keyword.arg.endswith("code") and name != "Scope":
                    yield from _constants(keyword.value)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if node.value is not None and any(
                isinstance(t, ast.Name) and t.id.endswith("code") for t in targets
            ):
                yield from _constants(node.value)
        elif isinstance(node, ast.arguments):
            named = [*node.args[len(node.args) - len(node.defaults) :], *node.kwonlyargs]
            for argument, default in zip(named, [*node.defaults, *node.kw_defaults], strict=True):
                if argument.arg.endswith("code") and default is not None:
                    yield from _constants(default)


def emitted() -> dict[str, str]:
    """Return every code the engine makes, and a file that makes it."""
    found: dict[str, str] = {}
    for part in READERS:
        for path in sorted((ROOT / "engine" / part).rglob("*.py")):
            for code in _codes(ast.parse(path.read_text(encoding="utf-8"))):
                found.setdefault(code, path.relative_to(ROOT).as_posix())
    return found


def documented() -> list[str]:
    """Return the codes with an entry, in the order of the page."""
    return re.findall(r"^### ([a-z0-9-]+)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)


def test_the_scan_finds_codes_of_every_part() -> None:
    """A scan that finds nothing would pass for ever."""
    found = emitted()
    for code in (
        "tab",
        "unknown-key",
        "subject-missing",
        "template",
        "never-matches",
        "never-true",
        "syntax",
    ):
        assert code in found


@pytest.mark.parametrize("code", sorted(emitted()))
def test_every_code_has_its_entry(code: str) -> None:
    """A code that is printed can be looked up."""
    assert code in documented(), f"{emitted()[code]} makes {code}"


def test_entries_are_of_codes_and_in_order() -> None:
    """No entry outlives its code, and an eye finds a code by the alphabet."""
    entries = documented()
    assert sorted(set(entries) - emitted().keys()) == []
    assert entries == sorted(set(entries))


def test_every_golden_code_was_scanned() -> None:
    """The second opinion on the scan is what bad files really say."""
    goldens = (ROOT / "fixtures" / "rules" / "bad").glob("*.txt")
    said = {
        code
        for path in goldens
        for code in re.findall(r": (?:error|warning)\[([a-z0-9-]+)\]", path.read_text("utf-8"))
    }
    assert said
    assert sorted(said - emitted().keys()) == []


def test_every_entry_shows_a_remedy() -> None:
    """An entry says what is wrong and what would be right."""
    entries = re.split(r"^### ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    assert [entry.split("\n")[0] for entry in entries if len(entry.split()) < 12] == []
