"""Single-fact rules: one rule in N fits a fact, and every fact fits exactly one rule.

Makes rule documents and facts from a number of rules; the same number gives the same ones.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from bench.given import Answers, Given
from bench.jobs.systems import SYSTEMS

KINDS = 10
"""Rules share a kind, so that no field alone tells which rule fits."""

FACT_TYPE = f"""\
fact: piece_checked
title: A piece was looked at
kind: event
owner: mes
key: [part]
data:
  type: object
  required: [kind, part, defects]
  properties:
    kind: {{enum: [{", ".join(f"k{n}" for n in range(KINDS))}]}}
    part: {{type: string}}
    defects: {{type: integer}}
"""

FLOWS = (
    """\
flows:
  - {flow: checks, title: Checks of pieces, direction: mes -> erp, owner: mes, facts: [piece_checked]}
"""
    + SYSTEMS
)


@dataclass(frozen=True, slots=True)
class Line:
    """One rule of the job: `kind = "..." and part = "..." and defects > ...`."""

    name: str
    kind: str
    part: str
    more_than: int


def lines(rules: int) -> tuple[Line, ...]:
    """Return the job's rules, *rules* of them."""
    return tuple(Line(f"rule-{i}", f"k{i % KINDS}", f"p{i // KINDS}", i % 7) for i in range(rules))


def rule_files(rules: int) -> dict[str, str]:
    """Return the job as Lineside's rule documents."""
    texts = [
        f"  - rule: {line.name}\n"
        f"    title: Kind {line.kind} of part {line.part} with more than {line.more_than} defects is reworked\n"
        f"    on: piece_checked\n"
        f'    if: kind = "{line.kind}" and part = "{line.part}" and defects > {line.more_than}\n'
        f"    then: {{route: {{item: = part, to: rework}}}}\n"
        for line in lines(rules)
    ]
    # The reader refuses files that are larger than any person writes, so a large job comes in several rule sets.
    files = {"facts/piece_checked.yaml": FACT_TYPE, "flows.yaml": FLOWS}
    for begin in range(0, len(texts), 1000):
        name = f"bench-{begin // 1000}"
        head = f"ruleset: {name}\ntitle: A benchmark\nowner: bench\nrules:\n"
        files[f"{name}.yaml"] = head + "".join(texts[begin : begin + 1000])
    return files


class Stream:
    """Facts that each fit one of *rules* rules, in random turns, one a millisecond."""

    is_anew = False

    def __init__(self, rules: int) -> None:
        self._lines = lines(rules)
        self._chance = random.Random(rules)
        self._given = 0

    def fill(self) -> Iterator[Given]:
        """Yield nothing: an event leaves nothing behind."""
        return iter(())

    def stretch(self, number: int) -> tuple[list[Given], Answers]:
        """Return the next *number* facts and the rule that each fits."""
        given, answers = [], []
        for n in range(self._given, self._given + number):
            line = self._lines[self._chance.randrange(len(self._lines))]
            data = {"kind": line.kind, "part": line.part, "defects": line.more_than + 1 + n % 3}
            given.append(Given(f"f{n}", "mes", "piece_checked", n, data))
            answers.append((f"f{n}", line.name))
        self._given += number
        return given, answers
