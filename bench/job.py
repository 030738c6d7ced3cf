"""The job that both engines are given: one rule in N fits a fact, and every fact fits exactly one rule.

Makes rule documents, durable-rules definitions and facts from a number of rules; the same number gives the same ones.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

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

FLOWS = """\
flows:
  - {flow: checks, title: Checks of pieces, direction: mes -> erp, owner: mes, facts: [piece_checked]}
systems:
  erp: {title: Resource planning, sources: [erp]}
  mes: {title: Execution, sources: [mes]}
  person: {title: A person, sources: [person]}
  lineside: {title: Lineside itself, sources: [lineside]}
"""


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


def durable_definition(rules: int) -> dict[str, Any]:
    """Return the job as a durable-rules definition: the same three tests on the same fields."""
    return {
        line.name: {
            "all": [
                {
                    "m": {
                        "$and": [
                            {"kind": line.kind},
                            {"part": line.part},
                            {"$gt": {"defects": line.more_than}},
                        ]
                    }
                }
            ]
        }
        for line in lines(rules)
    }


def facts(rules: int, number: int, first: int) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield *number* facts as (id, the name of the one rule that fits, data); ids count from *first*."""
    job = lines(rules)
    chance = random.Random(first)  # the order of the rules' turns, the same in every engine
    for n in range(first, first + number):
        line = job[chance.randrange(rules)]
        yield (
            f"f{n}",
            line.name,
            {"kind": line.kind, "part": line.part, "defects": line.more_than + 1 + n % 3},
        )
