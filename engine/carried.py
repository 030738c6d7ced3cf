"""What a session carries from one fact to the next, as its parts share it. It decides nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.admission.schema import compile_schema, schema_faults
from engine.coordination import Board, Desk, HoldLedger, Keeping
from engine.decisions import Fact
from engine.matching import Matcher, Standing, WorkingMemory
from engine.repeating import Repeats
from engine.rulebook import Key, RuleBook
from engine.waits import Waits
from engine.windows import Windows


@dataclass(slots=True)
class Carried:
    """What a session carries from one fact to the next; *gone* is when state facts were retracted, by type and key."""

    book: RuleBook
    memory: WorkingMemory
    matcher: Matcher
    state_types: frozenset[str]
    desk: Desk
    board: Board
    keeping: Keeping
    longest: int
    """Stages of rules: no chain without a ring in it is longer."""
    windows: Windows | None = None
    waits: Waits | None = None
    repeats: Repeats = field(default_factory=Repeats)
    standing: Standing = field(default_factory=Standing)
    ledger: HoldLedger = field(default_factory=HoldLedger)
    gone: dict[str, dict[Key, datetime]] = field(default_factory=dict)
    validators: dict[str, Any] = field(default_factory=dict)

    def held(self, fact: Fact) -> Fact | None:
        """Return the version held now of the state that *fact* tells, if there is one."""
        return self.memory.states[fact.type].get(self.book.key_of(fact))

    def faults_of(self, fact_type: str, data: dict[str, Any]) -> list[str]:
        """Return what keeps *data*, which a rule computed, from being a fact of *fact_type*."""
        declared = self.book.fact_types[fact_type]
        validator = self.validators.get(fact_type)
        if validator is None:
            validator = self.validators[fact_type] = compile_schema(declared.schema)
        if validator.is_valid(data):
            return []
        found = [fault for error in validator.iter_errors(data) for fault in schema_faults(error, declared)]
        return [f"{fault.pointer} {fault.message}" for fault in found[:3]]
