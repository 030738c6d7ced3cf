"""`python -m tests.conformance [PATH]`: run the suite in PATH, report each folder, and write docs/conformance.md.

Exit code 1 where a case fails that is not listed as not passing, or a listed one passes; 2 where there is no suite.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.conformance import report
from tests.conformance.cases import DATA, folders
from tests.conformance.running import Outcome, run


def main(argv: Sequence[str] | None = None) -> int:
    """Run what the arguments name and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.conformance", description="Run the conformance suite of DMN."
    )
    parser.add_argument("path", nargs="?", type=Path, default=DATA, help="the folder that holds the suite")
    parser.add_argument("--folder", default="", help="only folders whose name contains this; writes nothing")
    parser.add_argument(
        "--walked", action="store_true", help="walk the trees instead of compiling them; writes nothing"
    )
    args = parser.parse_args(argv)
    chosen = [folder for folder in folders(args.path) if args.folder in folder.name]
    if not chosen:
        sys.stderr.write("there is no test case there\n")
        return 2
    outcomes: list[Outcome] = []
    for folder in chosen:
        outcomes += run(folder, walked=args.walked)
    reasons = report.listed(report.LIST.read_text(encoding="utf-8"))
    seen = {f"{folder.level}/{folder.name}" for folder in chosen}
    reasons = {key: reason for key, reason in reasons.items() if key.split(" ")[0] in seen}
    for folder in chosen:
        found = report.count(
            (one for one in outcomes if one.folder == folder.name and one.level == folder.level), reasons
        )
        sys.stdout.write(
            f"{folder.level}/{folder.name}: {found.passed} pass, {found.failed} fail, {found.unsupported} not supported\n"
        )
    sys.stdout.write("\n")
    for title, found in report.summary(outcomes, reasons):
        sys.stdout.write(
            f"{title}: {found.passed} of {found.total} pass ({report.share(found)}), {found.failed} fail, "
            f"{found.unsupported} not supported\n"
        )
    new, stale = report.differences(outcomes, reasons)
    for told in new:
        sys.stdout.write(f"fails and is not listed: {told}\n")
    for key in stale:
        sys.stdout.write(f"is listed and passes: {key}\n")
    if not args.folder and not args.walked:
        report.PAGE.write_text(report.page(outcomes, reasons), encoding="utf-8")
    return 1 if new or stale else 0


if __name__ == "__main__":
    sys.exit(main())
