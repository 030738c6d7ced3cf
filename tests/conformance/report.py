"""What a run of the suite comes to: counts per folder and level, the list of what does not pass, and the page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.conformance.cases import ROOT
from tests.conformance.running import Outcome

LIST = Path(__file__).with_name("not_passing.txt")
PAGE = ROOT / "docs" / "conformance.md"
NOT_SUPPORTED = "not supported"
LEVELS = {
    "compliance-level-2": "Level 2",
    "compliance-level-3": "Level 3",
    "non-compliant": "Beyond the standard",
}

_TOP = """\
# Conformance

How Lineside does on the official test suite of DMN (the Technology Compatibility Kit): every folder, every case.
`make conformance` runs the suite and writes this page; nobody writes it by hand.

A case *passes* where every decision it asks comes to what the suite expects, compiled and walked alike. Numbers are
compared exactly; where the suite gives eight decimals or more, it gives what binary arithmetic made of a number
without end, and 0.00000001 is allowed, as the runners published beside the suite do. *Not supported* is what is left out
on purpose. The folders beyond the standard are kept by the suite for what the standard does not say; they count for
no level.
"""


@dataclass(frozen=True, slots=True)
class Count:
    """How many cases passed, failed, and are not supported."""

    passed: int
    failed: int
    unsupported: int

    @property
    def total(self) -> int:
        """Return the number of cases."""
        return self.passed + self.failed + self.unsupported


def listed(text: str) -> dict[str, str]:
    """Return the reasons in the list of cases that do not pass, by case."""
    found = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        key, colon, reason = line.partition(": ")
        if not colon or not reason.strip() or key in found:
            raise ValueError(f"{LIST.name}, line {number}: write `level/folder case: reason`, each case once")
        found[key] = reason.strip()
    return found


def differences(outcomes: Iterable[Outcome], reasons: dict[str, str]) -> tuple[list[str], list[str]]:
    """Return the cases that fail and are not listed, with what came out, and the listed ones that pass or are not there."""
    failing = {outcome.key: outcome.failure for outcome in outcomes if outcome.failure}
    new = [f"{key}: {failure}" for key, failure in failing.items() if key not in reasons]
    return new, [key for key in reasons if key not in failing]


def page(outcomes: Sequence[Outcome], reasons: dict[str, str]) -> str:
    """Return docs/conformance.md for *outcomes*, with the *reasons* of those that do not pass."""
    parts = [_TOP, _totals(outcomes, reasons)]
    for level, title in LEVELS.items():
        of_level = [outcome for outcome in outcomes if outcome.level == level]
        if of_level:
            parts.append(f"## {title}\n\n{_table(of_level, reasons)}")
            parts += _reasons(of_level, reasons)
    return "\n".join(parts)


def count(outcomes: Iterable[Outcome], reasons: dict[str, str]) -> Count:
    """Return how many of *outcomes* passed, failed, and are not supported."""
    passed = failed = unsupported = 0
    for outcome in outcomes:
        if not outcome.failure:
            passed += 1
        elif reasons.get(outcome.key, "").startswith(NOT_SUPPORTED):
            unsupported += 1
        else:
            failed += 1
    return Count(passed, failed, unsupported)


def summary(outcomes: Sequence[Outcome], reasons: dict[str, str]) -> list[tuple[str, Count]]:
    """Return the counts of each level, of the two that the standard has, and of all."""
    found = []
    for level, title in LEVELS.items():
        of_level = [outcome for outcome in outcomes if outcome.level == level]
        if of_level:
            found.append((title, count(of_level, reasons)))
    standard = [outcome for outcome in outcomes if outcome.level != "non-compliant"]
    return [*found, ("Levels 2 and 3", count(standard, reasons)), ("All", count(outcomes, reasons))]


def _totals(outcomes: Sequence[Outcome], reasons: dict[str, str]) -> str:
    lines = ["| | cases | pass | fail | not supported | passing |", "|---|---:|---:|---:|---:|---:|"]
    for title, found in summary(outcomes, reasons):
        lines.append(f"| {title} | {_cells(found)} | {share(found)} |")
    errors, told = sum(one.errors for one in outcomes), sum(one.told for one in outcomes)
    lines.append(
        f"\nOf {errors} results that are errors to the standard, null and a warning, {told} come with a warning here that"
    )
    lines.append(
        "says why. The others are null because an operand is: of a null that came in, or is written, nothing is told."
    )
    return "\n".join(lines) + "\n"


def share(found: Count) -> str:
    """Return how much of *found* passed, as a percentage that is never rounded up."""
    thousandths = found.passed * 100_000 // max(found.total, 1)
    return f"{thousandths // 1000}.{thousandths % 1000 // 10:02} %"


def _table(outcomes: Sequence[Outcome], reasons: dict[str, str]) -> str:
    lines = ["| folder | cases | pass | fail | not supported |", "|---|---:|---:|---:|---:|"]
    for folder in dict.fromkeys(outcome.folder for outcome in outcomes):
        found = count((outcome for outcome in outcomes if outcome.folder == folder), reasons)
        lines.append(f"| {folder} | {_cells(found)} |")
    return "\n".join(lines) + "\n"


def _cells(found: Count) -> str:
    return f"{found.total} | {found.passed} | {found.failed} | {found.unsupported}"


def _reasons(outcomes: Sequence[Outcome], reasons: dict[str, str]) -> list[str]:
    """Return a paragraph for each folder that is not whole."""
    parts = []
    for folder in dict.fromkeys(outcome.folder for outcome in outcomes if outcome.failure):
        failing = [outcome for outcome in outcomes if outcome.folder == folder and outcome.failure]
        by_reason: dict[str, list[str]] = {}
        for outcome in failing:
            by_reason.setdefault(reasons.get(outcome.key, "fails"), []).append(f"`{outcome.case}`")
        said = " ".join(f"{', '.join(cases)}: {reason}." for reason, cases in by_reason.items())
        parts.append(f"**{folder}** is not whole. {said}\n")
    return parts
