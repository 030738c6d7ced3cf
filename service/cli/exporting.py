"""`lineside export dmn`: a definitions document, or the decision tables of a rule set, as a DMN file for a modeller.

Reads the files as `check` does; what is faulty is printed and ends the command. The same files give the same DMN.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from service.cli.faults import Failed, UsedWrongly

if TYPE_CHECKING:
    from engine.definitions.model import Definitions
    from engine.model import Documents
    from service.cli.inputs import Commands

DESCRIPTION = """\
Write decision tables and decision requirements as DMN, for a modeller to open:
  lineside export dmn rules/routing.yaml --output routing.dmn
  lineside export dmn rules --name where-a-lot-goes
"""
EPILOG = """\
A definitions document is written whole. Of a rule set it is the tables, one decision each, with what they read of facts as
input data. DMN 1.3 is written where it says everything, which more modellers open; else 1.5.
"""

Model = tuple[str, "Callable[[], Definitions]"]
"""What a model is made of, in a word, and what makes it."""


def register(commands: Commands) -> None:
    """Add the command's parser to *commands*."""
    parser = commands.add_parser(
        "export", help="write decision tables and definitions as DMN, for a modeller"
    )
    formats = parser.add_subparsers(title="formats", metavar="FORMAT", required=True)
    dmn = formats.add_parser(
        "dmn",
        help="a DMN file",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    dmn.add_argument("paths", nargs="+", metavar="FILE", help="files or folders of rules and definitions")
    dmn.add_argument(
        "--name", metavar="NAME", help="the definitions, the rule set or the table, where there are several"
    )
    dmn.add_argument("--output", metavar="FILE", help="the file to write (default: standard output)")
    dmn.add_argument(
        "--dmn",
        choices=("1.3", "1.5"),
        metavar="VERSION",
        help="1.3 or 1.5 (default: 1.3 where that will do)",
    )
    dmn.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write what *args* names."""
    from engine.dmn.writing import oldest_version, write_dmn

    definitions = _chosen(_models(_documents(args)), args.name)
    needed = oldest_version(definitions)
    if args.dmn is not None and args.dmn < needed:
        raise Failed(
            f'"{definitions.name}" has logic that DMN {args.dmn} has no form for; write DMN {needed}'
        )
    text = write_dmn(definitions, args.dmn or needed)
    for alias, imported in definitions.imports.items():
        sys.stderr.write(
            f'"{imported.name}", imported as "{alias}", is a file of its own: export it as well\n'
        )
    if args.output is None:
        sys.stdout.write(text)
        return 0
    path = Path(args.output)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as wrong:
        raise Failed(f"{path} cannot be written: {wrong.strerror or wrong}") from None
    sys.stdout.write(f"{path.as_posix()}\n")
    return 0


def _documents(args: argparse.Namespace) -> Documents:
    from engine.diagnostics import has_errors
    from service.cli.check import diagnose, print_diagnostics
    from service.cli.inputs import existing
    from service.shipped import rule_files

    paths = existing(args.paths)
    try:
        files = rule_files(paths)
        diagnostics, documents = diagnose(files)
        if has_errors(diagnostics) and (beside := _beside(paths)):
            more, whole = diagnose(rule_files((*paths, *beside)))
            if not has_errors(more):
                return _only(whole, files)
    except OSError as wrong:
        raise Failed(f"a file cannot be read: {wrong.strerror or wrong}") from None
    if has_errors(diagnostics):
        print_diagnostics(diagnostics, to_errors=True)
        raise Failed("what is faulty is not exported")
    return documents


def _beside(paths: tuple[Path, ...]) -> tuple[Path, ...]:
    """Return the files beside those of *paths* that declare what rules go by: fact types, definitions, flows and the like."""
    from service.shipped import RULE_KINDS, document_kind, read_text

    given = {path.resolve() for path in paths}
    found = []
    for folder in dict.fromkeys(path.parent for path in given if path.is_file()):
        for file in sorted(folder.iterdir()):
            if file.suffix.lower() in (".yaml", ".yml") and file.is_file() and file not in given:
                kind = document_kind(read_text(file))[0]
                if kind in RULE_KINDS and kind != "ruleset":
                    found.append(file)
    return tuple(found)


def _only(documents: Documents, files: Mapping[str, str]) -> Documents:
    """Return *documents* with the definitions of *files* alone: what lies beside them is read, and not written."""
    own = tuple(one for one in documents.definitions if one.span.file in files)
    return replace(documents, definitions=own)


def _models(documents: Documents) -> Mapping[str, Model]:
    """Return what can be written, by the names it goes by."""
    from engine.dmn.rule_tables import tables_of

    found: dict[str, Model] = {}
    for definitions in documents.definitions:
        found[definitions.name] = ("definitions", partial(_same, definitions))
    for ruleset in documents.rulesets:
        tables = tuple(rule for rule in ruleset.rules if rule.table is not None)
        if not tables:
            continue
        found.setdefault(ruleset.name, ("rule set", partial(tables_of, documents, ruleset, tables)))
        for rule in tables:
            found.setdefault(rule.name, ("table", partial(tables_of, documents, ruleset, (rule,))))
    return found


def _same(definitions: Definitions) -> Definitions:
    return definitions


def _chosen(models: Mapping[str, Model], name: str | None) -> Definitions:
    """Return the model called *name*, or the only one there is."""
    from engine.diagnostics import did_you_mean

    if name is not None:
        if name not in models:
            raise Failed(f'there is nothing called "{name}" to export; {did_you_mean(name, models)}')
        return models[name][1]()
    whole = {one: model for one, model in models.items() if model[0] != "table"}
    if not whole:
        raise Failed("there is no definitions document there, and no rule set with a decision table")
    if len(whole) > 1:
        raise UsedWrongly(f"there are several; say which with --name: {', '.join(whole)}")
    return next(iter(whole.values()))[1]()
