"""What `open_case` says in; what is fixed of the case, and what each function is asked, out."""

from __future__ import annotations

import re

from engine.model import CasePlan, Value
from engine.parser.durations import read_wait, wait_of
from engine.parser.reader import Reader
from engine.parser.values import read_value
from engine.source import Path

FIXED = ("kind", "tasks", "acknowledge", "ladder", "answer_lapses_after")
"""Keys whose values are the same for every match, or are read here."""

_ACKNOWLEDGE = re.compile(r"\s*(?:(any|all)|(\d+)\s+of\s+(\d+))(?:\s+within\s+(\S.*))?", re.ASCII | re.DOTALL)


def read_case(reader: Reader, path: Path) -> tuple[CasePlan, dict[str, Value]]:
    """Return what is fixed of the case at *path*, and what each function is asked as values named `tasks.function`."""
    asks: dict[str, Value] = {}
    for role in reader.keys((*path, "tasks")):
        value = read_value(reader, (*path, "tasks", role))
        if value is not None:
            asks[f"tasks.{role}"] = value
    roles = tuple(reader.keys((*path, "tasks")))
    plan = CasePlan(
        kind=reader.text((*path, "kind")),
        roles=roles,
        ladder=reader.text((*path, "ladder")),
        lapses_after=read_wait(reader, (*path, "answer_lapses_after")),
    )
    return _with_quorum(reader, (*path, "acknowledge"), plan), asks


def _with_quorum(reader: Reader, path: Path, plan: CasePlan) -> CasePlan:
    """Return *plan* with what the text at *path* says of who has to answer by when."""
    written = reader.text(path)
    if not written.strip():
        return plan
    found = _ACKNOWLEDGE.fullmatch(written)
    if found is None:
        message = f'"{written[:60]}" does not say how many have to answer'
        reader.fault(
            "acknowledge", reader.span(path), message, "write any, all, or 2 of 4, and within 15 min"
        )
        return plan
    word, number, of, within = found.groups()
    asked = len(plan.roles)
    quorum = {"any": 1, "all": 0}[word] if word else int(number[:9])
    if not word and asked and not 0 < quorum <= asked:
        message = f'"{written[:60]}": {quorum} cannot answer where {_asked(asked)}'
        reader.fault(
            "acknowledge", reader.span(path), message, f"write a number from 1 to {asked}, any or all"
        )
    elif not word and asked and int(of[:9]) != asked:
        message = f'"{written[:60]}": {_asked(asked)}, not {of[:9]}'
        reader.fault("acknowledge", reader.span(path), message, f"write {quorum} of {asked}")
    wait = wait_of(reader, within, path) if within else None
    return CasePlan(plan.kind, plan.roles, quorum, wait, plan.ladder, plan.lapses_after)


def _asked(number: int) -> str:
    return "1 is asked" if number == 1 else f"{number} are asked"
