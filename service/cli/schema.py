"""`lineside schema`: the JSON Schemas of the YAML documents, for editors.

Prints one schema, lists all, or writes all to a folder; `# yaml-language-server: $schema=` lines point there.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from service.cli.faults import Failed, UsedWrongly

if TYPE_CHECKING:
    from service.cli.inputs import Commands


def register(commands: Commands) -> None:
    """Add the command's parser to *commands*."""
    parser = commands.add_parser(
        "schema", help="print or write the JSON Schemas of rule files, mappings and scenarios"
    )
    parser.add_argument("name", nargs="?", metavar="NAME", help="the kind of document (default: list them)")
    parser.add_argument(
        "--output", metavar="DIR", help="write one NAME.json for each kind (or for NAME) into DIR"
    )
    parser.set_defaults(run=run)


def all_schemas() -> dict[str, dict[str, Any]]:
    """Return the schema of every kind of document, by kind."""
    import engine.replay
    import engine.scenario  # noqa: F401 - registers its shape, as engine.replay does
    from engine.shapes import schemas

    return schemas()


def text_of(schema: dict[str, Any]) -> str:
    """Return *schema* as it is written to a file."""
    return json.dumps(schema, indent=2, ensure_ascii=False, default=str) + "\n"


def run(args: argparse.Namespace) -> int:
    """Print or write what *args* asks for."""
    known = all_schemas()
    if args.name is not None and args.name not in known:
        raise UsedWrongly(f'there is no schema "{args.name}"; known: {", ".join(known)}')
    chosen = known if args.name is None else {args.name: known[args.name]}
    if args.output is not None:
        folder = Path(args.output)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for name, schema in chosen.items():
                (folder / f"{name}.json").write_text(text_of(schema), encoding="utf-8")
        except OSError as wrong:
            raise Failed(f"{folder} cannot be written: {wrong.strerror or wrong}") from None
        for name in chosen:
            sys.stdout.write(f"{(folder / name).as_posix()}.json\n")
    elif args.name is not None:
        sys.stdout.write(text_of(known[args.name]))
    else:
        for name, schema in known.items():
            sys.stdout.write(f"{name:10}  {schema.get('title', '')}\n")
    return 0
