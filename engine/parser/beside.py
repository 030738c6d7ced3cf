"""What a rule document is read beside: the fact types its names go by, and the other files it may name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.model import FactType


@dataclass(frozen=True, slots=True)
class Beside:
    """The fact types by name, and the texts of all files by theirs; *read* collects the names of those that a table names."""

    fact_types: Mapping[str, FactType]
    files: Mapping[str, str]
    read: set[str] = field(default_factory=set)
