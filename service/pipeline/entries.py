"""Posts of one batch on their way through the writer, and what those are answered that are not new.

Entries and what is stored go in; which of them are to be decided comes out. It evaluates and stores nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from engine.admission import fact_from_json
from engine.decisions import Fact
from service.pipeline.evaluation import answer
from service.pipeline.refusals import conflict
from service.schemas import DECODER, FactAnswer, Problem
from service.store import StoredFact

Identity = tuple[str, str]


@dataclass(slots=True)
class Entry:
    """One post on its way: the fact it became, and its answer once there is one.

    *twin* is the entry of the same batch that has the same identity and came first. Of a post that was refused, *sent*
    is what it says, where it is a fact at all.
    """

    fact: Fact | None = None
    time_given: bool = True
    answer: FactAnswer | None = None
    twin: Entry | None = None
    sent: Fact | None = None

    @property
    def said(self) -> Fact | None:
        """Return the fact that was posted, whether it was admitted or not."""
        return self.sent if self.fact is None else self.fact


def without_known(entries: Sequence[Entry], known: dict[Identity, StoredFact]) -> list[Entry]:
    """Return the entries that are new; answer those that are stored, and tie repeats to their first."""
    first: dict[Identity, Entry] = {}
    new = []
    for entry in entries:
        said = entry.said
        stored = None if said is None else known.get(said.identity)
        if entry.fact is None:
            # what was stored when the rules declared it differently is still what it was answered
            if said is not None and stored is not None:
                entry.answer = _again(said, entry, stored) or entry.answer
        elif stored is not None:
            entry.answer = _again(entry.fact, entry, stored) or _conflict(entry.fact, entry, stored)
        elif entry.fact.identity in first:
            entry.twin = first[entry.fact.identity]
        else:
            first[entry.fact.identity] = entry
            new.append(entry)
    return new


def _again(said: Fact, entry: Entry, stored: StoredFact) -> FactAnswer | None:
    """Return what the stored fact was answered, or None where what is *said* is another."""
    before = fact_from_json(DECODER.decode(stored.body))
    if not _is_same(said, entry.time_given, before, stored.time_given):
        return None
    again = answer(
        "duplicate", before, stored.decisions, stored.missing, stored.warnings, findings=stored.findings
    )
    again.first = stored.status
    return again


def _conflict(fact: Fact, entry: Entry, stored: StoredFact) -> FactAnswer:
    return refused_answer(conflict(fact, fact_from_json(DECODER.decode(stored.body))), entry)


def answer_of_twin(entry: Entry, twin: Entry) -> FactAnswer:
    """Return the answer to a post that has the identity of one that came before it in the same batch."""
    assert entry.fact is not None and twin.fact is not None and twin.answer is not None  # noqa: S101, PT018
    if not _is_same(entry.fact, entry.time_given, twin.fact, twin.time_given):
        return refused_answer(conflict(entry.fact, twin.fact), entry)
    if twin.answer.status == "refused":
        return twin.answer
    return msgspec.structs.replace(twin.answer, status="duplicate", first=twin.answer.status)


def _is_same(fact: Fact, time_given: bool, before: Fact, before_given: bool) -> bool:
    """Return whether two facts of one identity say the same; a time that we put in ourselves does not count."""
    if not (time_given and before_given):
        fact = msgspec.structs.replace(fact, time=before.time)
    return fact == before


def refused_answer(problem: Problem, entry: Entry | None = None) -> FactAnswer:
    """Return the answer that refuses a post, with the fact that it is where it was admitted."""
    found = FactAnswer(status="refused", problem=problem)
    if entry is not None and entry.fact is not None:
        found.fact = answer("refused", entry.fact, ()).fact
    return found
