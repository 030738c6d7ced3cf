"""The command line: `lineside COMMAND ...`, one module per command.

Arguments go in, an exit code comes out: 0 fine, 1 faults found, 2 used wrongly, 130 stopped by Ctrl-C. Each command
imports what it needs when it runs, so that `check` starts fast; nothing here decides.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from engine.diagnostics import nearest
from service.cli import (
    cases,
    check,
    deliveries,
    evaluating,
    explain,
    exporting,
    holds,
    importing,
    ladder,
    post,
    reconcile,
    replay,
    schema,
    serve,
    shelved,
    test,
)
from service.cli.faults import Failed, UsedWrongly

FINE = 0
FAULTS_FOUND = 1
USED_WRONGLY = 2
INTERRUPTED = 130

COMMANDS = (
    check,
    serve,
    post,
    replay,
    test,
    explain,
    holds,
    cases,
    shelved,
    deliveries,
    reconcile,
    evaluating,
    ladder,
    importing,
    exporting,
    schema,
)
"""The modules of the commands, in the order in which `lineside --help` lists them."""

EPILOG = """\
exit codes: 0 fine, 1 faults found, 2 used wrongly, 130 stopped by Ctrl-C
environment: NO_COLOR=1 keeps colour away
"""


class Parser(argparse.ArgumentParser):
    """An argument parser that takes no abbreviations and says how to go on after a mistake."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**{"allow_abbrev": False, **given})

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse all there is: what is left over is a mistake of this command, whose own help lists what it takes."""
        found, left = super().parse_known_args(args, namespace)
        if left:
            options = [name for action in self._actions for name in action.option_strings]
            close = nearest(left[0].partition("=")[0], options) if left[0].startswith("--") else None
            fix = f'; did you mean "{close}"?' if close else ""
            self.error(f"unrecognized arguments: {' '.join(left)}{fix}")
        return found, left

    def error(self, message: str) -> NoReturn:
        """Print what is wrong and exit with 2."""
        raise UsedWrongly(f"{message}\ntry: {self.prog} --help")


def parser() -> argparse.ArgumentParser:
    """Return the parser of every command."""
    top = Parser(
        prog="lineside",
        description="The decision layer between ERP and MES: rules decide holds, routing and escalations, and say why.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="store_true", help="print the version and exit")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", parser_class=Parser)
    for command in COMMANDS:
        command.register(commands)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; never raises."""
    try:
        return _run(list(sys.argv[1:] if argv is None else argv))
    except UsedWrongly as wrong:
        _say(f"lineside: {wrong}")
        return USED_WRONGLY
    except Failed as failed:
        _say(f"lineside: {failed}")
        return FAULTS_FOUND
    except KeyboardInterrupt:
        _say("lineside: stopped")
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone (`| head`): that is no fault, and the interpreter must not flush again at exit.
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FINE
    except SystemExit as done:
        return done.code if isinstance(done.code, int) else (FINE if done.code is None else USED_WRONGLY)


def _run(argv: list[str]) -> int:
    args = parser().parse_args(argv)
    if args.version:
        from importlib.metadata import PackageNotFoundError, version

        try:
            found = version("lineside")
        except PackageNotFoundError:
            found = "0 (not installed)"
        sys.stdout.write(f"lineside {found}\n")
        return FINE
    if not hasattr(args, "run"):
        parser().print_help(sys.stderr)
        return USED_WRONGLY
    code: int = args.run(args)
    sys.stdout.flush()
    return code


def _say(text: str) -> None:
    with contextlib.suppress(BrokenPipeError):
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
