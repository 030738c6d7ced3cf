"""The register of cases that are not closed: by id, by kind and subject, and by what they are about.

Cases go in and are found again; it changes nothing of them but which others they name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from engine.coordination.cases import MOST_RELATED, Case


class Register:
    """The cases that are not closed, in the order they were opened."""

    __slots__ = ("_about", "_cases", "_count", "_numbers", "_subjects")

    def __init__(self) -> None:
        self._cases: dict[str, Case] = {}
        self._subjects: dict[tuple[str, ...], Case] = {}
        self._numbers: dict[str, int] = {}
        self._count = 0
        self._about: dict[tuple[str, str], dict[str, None]] = {}

    def __bool__(self) -> bool:
        return bool(self._cases)

    def __iter__(self) -> Iterator[Case]:
        return iter(tuple(self._cases.values()))

    def get(self, name: str) -> Case | None:
        """Return the case of that id, if it is not closed."""
        return self._cases.get(name)

    def of(self, kind: str, subject_type: str, subject_id: str) -> Case | None:
        """Return the case of that kind and subject, if one is not closed."""
        return self._subjects.get((kind, subject_type, subject_id))

    def on(self, subject_type: str, subject_id: str) -> list[Case]:
        """Return the cases of a subject, in the order they were opened."""
        subject = (subject_type, subject_id)
        near = (self._cases[name] for name in self._about.get(subject, ()))
        return [case for case in near if (case.subject_type, case.subject_id) == subject]

    def number(self, case: Case) -> int:
        """Return the place of *case* among all that were opened."""
        return self._numbers[case.id]

    def meant(self, data: Mapping[str, Any]) -> tuple[Case | None, str]:
        """Return the case that an answer means: by its id, or by its kind and subject; or why there is none."""
        if data.get("case_id"):
            case = self._cases.get(data["case_id"])
            return case, "" if case else "there is no such case: it was closed, or never opened"
        named = tuple(str(data.get(name) or "") for name in ("kind", "subject_type", "subject_id"))
        if not all(named):
            return None, "it names no case: give its case_id, or its kind, subject_type and subject_id"
        case = self._subjects.get(named)
        return case, "" if case else f"no case {named[0]} of {named[1]} {named[2]} is open"

    def keep(self, case: Case) -> None:
        """Let *case* be there."""
        self._cases[case.id] = case
        self._count += 1
        self._numbers[case.id] = self._count
        self._subjects[case.kind, case.subject_type, case.subject_id] = case
        for about in case.about:
            self._about.setdefault(about, {})[case.id] = None

    def relate(self, case: Case) -> list[Case]:
        """Let *case* and the last ones of the same subject or order name each other; return the others."""
        near: dict[str, None] = {}
        for about in case.about:
            near.update(dict.fromkeys(islice(reversed(self._about[about]), MOST_RELATED + 1)))
        near.pop(case.id, None)
        others = [self._cases[name] for name in reversed(list(near)[:MOST_RELATED])]
        for other in others:
            case.relate(other.id)
            other.relate(case.id)
        return others

    def forget(self, case: Case) -> list[Case]:
        """Let *case* be there no more, and those that name it name it no more; return these."""
        del self._cases[case.id], self._numbers[case.id]
        del self._subjects[case.kind, case.subject_type, case.subject_id]
        for about in case.about:
            self._about[about].pop(case.id)
            if not self._about[about]:
                del self._about[about]
        named = [self._cases[name] for name in case.related if name in self._cases]
        naming = [other for other in named if case.id in other.related]
        for other in naming:
            other.related.remove(case.id)
        return naming
