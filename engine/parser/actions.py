"""What a rule's `then` says in; its actions out."""

from __future__ import annotations

from engine.model import SUBJECTS, Action, Literal, Subject
from engine.parser.cases import FIXED, read_case
from engine.parser.holds import FIXED_OF_HOLD, read_hold
from engine.parser.reader import Reader
from engine.parser.values import read_value
from engine.shapes.actions import HOLD_STATUSES, MAX_ACTIONS
from engine.source import Path

KINDS = (
    "hold",
    "release",
    "route",
    "escalate",
    "notify",
    "reprioritise",
    "open_case",
    "resolve_case",
    "suppress",
)
"""Actions with fixed keys: all but `assert`."""


def read_actions(reader: Reader, path: Path) -> tuple[Action, ...]:
    """Return the actions that the mapping at *path*, or the list of mappings there, names."""
    return tuple(
        action
        for place in reader.items(path)[:MAX_ACTIONS]
        for kind in reader.keys(place)
        if (action := _read_action(reader, (*place, kind), kind)) is not None
    )


def subjects_of(kind: str) -> tuple[str, ...]:
    """Return the subjects an action of *kind* can be about."""
    return ("order",) if kind == "reprioritise" else SUBJECTS


def _read_action(reader: Reader, path: Path, kind: str) -> Action | None:
    if kind == "assert":
        return _read_assert(reader, path)
    if kind not in KINDS:
        return None
    subjects = subjects_of(kind)
    subject: Subject | None = None
    hold = read_hold(reader, path) if kind == "hold" else None
    case, values = read_case(reader, path) if kind == "open_case" else (None, {})
    for key in reader.keys(path):
        if (case is not None and key in FIXED) or (kind == "hold" and key in FIXED_OF_HOLD):
            continue
        value = read_value(reader, (*path, key))
        if value is None:
            continue
        if key not in subjects:
            values[key] = value
        elif subject is None:
            subject = Subject(key, value, reader.key_span((*path, key)))
    span = reader.key_span(path)
    if kind == "hold":
        values.setdefault("inventory_status", Literal(HOLD_STATUSES[0], span))
    places = reader.places(path)
    if case is not None:
        places |= reader.places((*path, "tasks"), "tasks.")
    return Action(kind, subject, values, None, span, places, case, hold)


def _read_assert(reader: Reader, path: Path) -> Action | None:
    fact_types = reader.keys(path)
    if not fact_types:
        return None
    fact_type, *others = fact_types
    for other in others:
        message = f'a second fact type "{other[:60]}" stands in the same assert'
        reader.fault("conflicting-keys", reader.key_span((*path, other)), message, "write a second assert")
    place = (*path, fact_type)
    values = {
        key: value for key in reader.keys(place) if (value := read_value(reader, (*place, key))) is not None
    }
    return Action("assert", None, values, fact_type, reader.key_span(place), reader.places(place))
