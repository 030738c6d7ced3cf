"""`lineside import dmn`: a DMN file as a definitions document, which `check` accepts and rules call.

What could not be taken over stands as comments at the head of the document, with its place in the DMN file, and goes to
standard error; exit code 1 where any of it decides anything.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from service.cli.faults import Failed

if TYPE_CHECKING:
    from engine.definitions.model import Definitions
    from engine.diagnostics import Diagnostic
    from service.cli.inputs import Commands

DESCRIPTION = """\
Turn a DMN file (1.2 to 1.5) into a definitions document:
  lineside import dmn routing.dmn --output rules
  lineside import dmn routing.dmn > rules/routing.yaml
"""
EPILOG = """\
A model that it imports is looked for beside it, by its namespace, and becomes a document of its own. Standard output takes one
document; with imports, name a folder with --output.
"""

_LONGEST = 110
_NOT_IN_FILE = re.compile(r"[^a-z0-9]+")


def register(commands: Commands) -> None:
    """Add the command's parser to *commands*."""
    parser = commands.add_parser("import", help="turn a DMN file into definitions that rules can call")
    formats = parser.add_subparsers(title="formats", metavar="FORMAT", required=True)
    dmn = formats.add_parser(
        "dmn",
        help="a DMN file, version 1.2 to 1.5",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    dmn.add_argument("file", metavar="FILE", help="the DMN file")
    dmn.add_argument("--output", metavar="DIR", help="the folder to write to (default: standard output)")
    dmn.add_argument("--force", action="store_true", help="replace documents that are there already")
    dmn.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Import what *args* names and return the exit code."""
    from engine.diagnostics import has_errors
    from engine.source import MAX_BYTES
    from service.cli.check import print_diagnostics
    from service.cli.models import read_model

    path = Path(args.file)
    reading = read_model(path)
    found = (*reading.diagnostics, *_circles(reading.definitions))
    print_diagnostics(found, to_errors=True)
    if reading.definitions is None:
        raise Failed(f"{path} is not imported")
    models = list(_models(reading.definitions))
    texts = {model.name: _document(model, found) for model in models}
    large = [name for name, text in texts.items() if len(text.encode()) > MAX_BYTES]
    for name in large:
        said = f'the document of "{name}" is larger than {MAX_BYTES >> 20} MiB, so that check refuses it'
        fix = 'keep its large table in a CSV file, and name that with "file:"'
        sys.stderr.write(f"lineside: {said}; {fix}\n")
    if args.output is None:
        if len(texts) > 1:
            raise Failed(
                "it imports others, and standard output takes one document: name a folder with --output"
            )
        sys.stdout.write(texts[models[0].name])
    else:
        for written in _write(Path(args.output), texts, force=args.force):
            sys.stdout.write(f"{written.as_posix()}\n")
    return 1 if large or has_errors(found) else 0


def _circles(definitions: Definitions | None) -> tuple[Diagnostic, ...]:
    """Return where decisions need one another: they are taken over as they are, and refused by `check`."""
    from engine.definitions.requirements import Requirements, cycles

    return () if definitions is None else cycles(Requirements(definitions))


def _models(definitions: Definitions) -> Iterator[Definitions]:
    """Yield the model and those it imports, each once."""
    waiting, seen = [definitions], set()
    while waiting:
        model = waiting.pop(0)
        if model.namespace not in seen:
            seen.add(model.namespace)
            yield model
            waiting += model.imports.values()


def _document(model: Definitions, diagnostics: Iterable[Diagnostic]) -> str:
    from engine.definitions.writing import write_definitions

    file = model.span.file
    lines = [f"Made from {Path(file).name} by lineside import dmn."]
    of_model = [d for d in diagnostics if d.span.file == file]
    if of_model:
        lines.append("What could not be taken over, by line and column there:")
    for one in of_model:
        said = " ".join(f"{one.message}; {one.fix}".split()) if one.fix else " ".join(one.message.split())
        lines += _folded(f"{one.span.line}:{one.span.column}: {said}")
    return "".join(f"# {line}\n" for line in lines) + write_definitions(model)


def _folded(text: str) -> Iterator[str]:
    import textwrap

    lines = textwrap.wrap(text, _LONGEST, break_long_words=False, break_on_hyphens=False)
    return (f"  {line}" if at == 0 else f"    {line}" for at, line in enumerate(lines))


def _write(folder: Path, texts: dict[str, str], *, force: bool) -> list[Path]:
    paths: dict[Path, str] = {}
    for name, text in texts.items():
        stem = _NOT_IN_FILE.sub("-", name.lower()).strip("-") or "definitions"
        path, number = folder / f"{stem}.yaml", 1
        while path in paths:
            number += 1
            path = folder / f"{stem}-{number}.yaml"
        paths[path] = text
    there = [path.as_posix() for path in paths if path.exists()]
    if there and not force:
        raise Failed(f"{', '.join(there)} is there already; --force replaces it")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, text in paths.items():
            path.write_text(text, encoding="utf-8")
    except OSError as wrong:
        raise Failed(f"{folder} cannot be written: {wrong.strerror or wrong}") from None
    return list(paths)
