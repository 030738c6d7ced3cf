"""What commands read: rule files, mappings, scenarios and logs, found by path.

Paths go in, texts by name come out. A path that is not there, or a folder with nothing of use in it, is said and ends
the command.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from os.path import normpath
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from service.cli.faults import Failed, UsedWrongly
from service.sheet_files import is_table_file, read_tables, unnamed
from service.shipped import (
    document_kind,
    read_text,
    rule_files,
    shipped_files,
    shipped_folder,
    with_shipped,
    yaml_files,
)

if TYPE_CHECKING:
    from engine.diagnostics import Diagnostic
    from engine.rulebook import RuleBook
    from engine.scenario import Scenario

    Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


@dataclass(frozen=True, slots=True)
class Found:
    """The documents in some paths, name -> text, by what they are; rule documents with what they inherit."""

    rules: dict[str, str]
    mappings: dict[str, str]
    scenarios: dict[str, str]
    unnamed: tuple[Path, ...] = ()
    """Files of tables beside these rules that none of them names."""


def add_until_option(parser: argparse._ActionsContainer) -> None:
    """Add the time up to which what falls due after the last fact is decided."""
    parser.add_argument(
        "--until",
        metavar="TIME",
        help="after the last fact, run what falls due up to then, as 2026-03-02T07:25:00Z (default: time ends with the facts)",
    )


def moment(option: str, written: str) -> datetime:
    """Return the moment *written* as the value of *option*; it must say its zone, since another hour is another answer."""
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        raise UsedWrongly(f'{option}: "{written}" is no time; write it as 2026-03-02T07:25:00Z') from None
    if found.tzinfo is None:
        raise UsedWrongly(f'{option}: "{written}" names no zone; write it as 2026-03-06T13:00+01:00')
    return found


def existing(paths: Iterable[str]) -> tuple[Path, ...]:
    """Return *paths*, each of which must be a file or a folder."""
    found = tuple(Path(path) for path in paths)
    missing = [str(path) for path in found if not path.exists()]
    if missing:
        raise UsedWrongly(f"there is no file or folder {' and no '.join(missing)}")
    return found


def given_or_default(paths: Sequence[str], default: str) -> tuple[Path, ...]:
    """Return the paths that were given, else *default* under the current folder, else what ships of that name."""
    if paths:
        return existing(paths)
    return (Path(default),) if Path(default).is_dir() else (shipped_folder(Path(default).name),)


def documents(paths: Iterable[Path]) -> Found:
    """Return every document in *paths*; a folder without any fails."""
    found = Found({}, {}, {})
    places: dict[str, tuple[Path, Path]] = {}
    for path in paths:
        files = yaml_files(path) if path.is_dir() else (path,)
        if not files:
            raise Failed(f"there is no YAML file in {path}")
        for file in files:
            if is_table_file(file.name):
                raise UsedWrongly(f"{file} holds tables; give the rule file that names it")
            text = read(file)
            kind = document_kind(text)[0]
            target = {"mapping": found.mappings, "scenario": found.scenarios}.get(kind, found.rules)
            target[file.as_posix()] = text
            places[file.as_posix()] = file, path
    try:
        tables = read_tables(found.rules, places)
    except OSError as wrong:
        raise Failed(f"a file of tables cannot be read: {wrong}") from None
    rules = {**with_shipped(found.rules, shipped_files(("fact", "flows"))), **tables} if found.rules else {}
    folders = {
        file.parent
        for file, given in (places[name] for name, text in found.rules.items() if _is_ruleset(text))
        if given.is_dir()
    }
    return Found(rules, found.mappings, found.scenarios, unnamed(folders, map(Path, tables)))


def _is_ruleset(text: str) -> bool:
    return document_kind(text)[0] == "ruleset"


def rules_of(scenario: Scenario, default: Sequence[Path] = ()) -> tuple[Path, ...]:
    """Return the paths of the rules that *scenario* names, relative to its own folder; *default* where it names none."""
    return tuple(Path(scenario.file).parent / rules for rules in scenario.rules) or tuple(default)


def read(path: Path) -> str:
    """Return the text of *path*; bytes that are not UTF-8 are kept, and whoever reads the text as YAML names their places."""
    try:
        return read_text(path)
    except OSError as wrong:
        raise Failed(f"{path} cannot be read: {wrong.strerror or wrong}") from None


def read_log(path: str) -> str:
    """Return the text of a log, of standard input where *path* is "-"; bytes that are not UTF-8 are kept as surrogates."""
    try:
        raw = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except FileNotFoundError:
        raise UsedWrongly(f"there is no file {path}") from None
    except OSError as wrong:
        raise Failed(f"{path} cannot be read: {wrong.strerror or wrong}") from None
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", errors="replace")
    return raw.decode("utf-8-sig", errors="surrogateescape")


def openable(place: str, rules: Sequence[Path]) -> str:
    """Return *place* as it is reached from the current folder, where it lies in one of *rules*.

    A rule book names its files from the folder of rules on, so that it is the same wherever that stands.
    """
    for path in rules:
        name = path.resolve().name
        if place == name or place.startswith((f"{name}/", f"{name}:")):
            return Path(normpath(path)).as_posix() + place.removeprefix(name)
    return place


def where_they_lie(found: Iterable[Diagnostic], rules: Sequence[Path]) -> list[Diagnostic]:
    """Return *found* with the files as they are reached from the current folder."""
    return [replace(one, span=replace(one.span, file=openable(one.span.file, rules))) for one in found]


def rule_book(paths: Sequence[str], matcher: str = "native") -> RuleBook:
    """Return the compiled rules in *paths*, or all shipped ones; faults are printed and end the command.

    What *matcher* cannot run is a fault as well.
    """
    from engine.compiler import compile_rules
    from engine.diagnostics import RulesRejected
    from engine.matching import ensure_runs
    from service.cli.check import print_diagnostics

    found = existing(paths)
    try:
        files = rule_files(found)
    except OSError as wrong:
        raise Failed(f"rules cannot be read: {wrong}") from None
    if found and not any(document_kind(text)[0] == "ruleset" for text in files.values()):
        raise Failed(f"there is no rule set in {', '.join(paths)}")
    try:
        book = compile_rules(files)
    except RulesRejected as rejected:
        print_diagnostics(where_they_lie(rejected.diagnostics, found), to_errors=True)
        raise Failed("the rules do not compile") from None
    try:
        ensure_runs(matcher, book)
    except RulesRejected as rejected:
        print_diagnostics(where_they_lie(rejected.diagnostics, found), to_errors=True)
        raise Failed(f"the matcher {matcher} does not run these rules") from None
    return book


def add_matcher_option(parser: argparse.ArgumentParser) -> None:
    """Add --matcher to *parser*."""
    parser.add_argument(
        "--matcher",
        choices=("native", "naive", "durable"),
        default="native",
        help="which matcher runs the rules (durable: needs durable-rules)",
    )


def existing_matcher(name: str) -> str:
    """Return *name*; raises UsedWrongly where what that matcher needs is not installed."""
    from engine.matching import ExtensionMissing, ensure_installed

    try:
        ensure_installed(name)
    except ExtensionMissing as missing:
        raise UsedWrongly(str(missing)) from None
    return name


def add_rules_option(parser: argparse.ArgumentParser, which: str = "rules") -> None:
    """Add --rules to *parser*; *which* says in its help what rules they are."""
    parser.add_argument(
        "--rules",
        action="append",
        default=[],
        metavar="PATH",
        help=f"a file or folder of {which}, again for more (default: the shipped rules); fact types and flows that it does "
        "not declare are the shipped ones",
    )
