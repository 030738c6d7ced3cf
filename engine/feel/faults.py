"""What is wrong with a FEEL text, by character offsets: the parser's and the checker's findings.

The document's parser turns each into a diagnostic of the file; nothing here knows of files.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One fault: its offsets (end exclusive), its stable code, what is wrong, and what would be right."""

    start: int
    end: int
    code: str
    message: str
    fix: str = ""

    def __str__(self) -> str:
        return f"{self.message}; {self.fix}" if self.fix else self.message


class FeelSyntaxError(Exception):
    """Text that is not FEEL; carries every fault found in it, in order."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(set(faults)))
        super().__init__("; ".join(str(fault) for fault in self.faults))
