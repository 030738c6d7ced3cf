"""`lineside serve`: run the service until it is told to stop.

Settings come from the environment (LINESIDE_...); the options here go before them.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from service.cli.faults import Failed, UsedWrongly

if TYPE_CHECKING:
    from service.cli.inputs import Commands


def register(commands: Commands) -> None:
    """Add the command's parser to *commands*."""
    parser = commands.add_parser("serve", help="run the service")
    parser.add_argument("--host", help="the address to listen on (LINESIDE_HOST, default: 127.0.0.1)")
    parser.add_argument("--port", type=int, help="the port to listen on (LINESIDE_PORT, default: 8765)")
    parser.add_argument(
        "--database", dest="database_url", metavar="URL", help="the database (LINESIDE_DATABASE_URL)"
    )
    parser.add_argument(
        "--rules", metavar="DIR", help="the folder of rules (LINESIDE_RULES, default: the shipped rules)"
    )
    parser.add_argument(
        "--matcher",
        choices=("native", "naive", "durable"),
        help="which matcher runs the rules (LINESIDE_MATCHER, default: native)",
    )
    parser.add_argument(
        "--targets",
        metavar="FILE",
        help="where decisions are delivered to (LINESIDE_TARGETS, default: nowhere)",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve until stopped and return the exit code."""
    from engine.diagnostics import RulesRejected
    from service.app import serve
    from service.cli.check import print_diagnostics
    from service.settings import StartRefused, read_settings

    names = ("host", "port", "database_url", "rules", "matcher", "targets")
    given = {name: value for name in names if (value := getattr(args, name)) is not None}
    try:
        return serve(read_settings(**given))
    except StartRefused as refused:
        raise UsedWrongly(str(refused)) from None
    except RulesRejected as rejected:
        print_diagnostics(rejected.diagnostics, to_errors=True)
        raise Failed("the rules do not compile") from None
