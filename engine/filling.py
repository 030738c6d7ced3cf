"""What a row of a rule's decision table does: the rule's actions, with the row's outputs filled in.

A rule and the output cells of one row go in, plain actions come out, which checks and the compiler take as those of any
rule. An action that has columns in the table is taken by the rows that fill at least one of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from engine.model import SUBJECTS, Action, Rule, Subject, Value


@dataclass(frozen=True, slots=True)
class Target:
    """Where the values of an output column go: the place of an action among the rule's, and the name of its field."""

    action: int
    field: str


def split_name(name: str) -> tuple[str, str | None, str]:
    """Return the kind of action, the fact type of an `assert`, and the field that an output column is named after."""
    kind, _, rest = name.partition(".")
    if kind != "assert":
        return kind, None, rest
    fact_type, _, field = rest.partition(".")
    return kind, fact_type, field


def targets(rule: Rule) -> tuple[Target | None, ...]:
    """Return where each output column of *rule*'s table goes; None for one that names no action of the rule."""
    if rule.table is None:
        return ()
    places: dict[tuple[str, str | None], int] = {}
    for at, action in enumerate(rule.actions):
        places.setdefault((action.kind, action.fact_type), at)
    found: list[Target | None] = []
    for column in rule.table.outputs:
        kind, fact_type, field = split_name(column.name)
        place = places.get((kind, fact_type))
        found.append(None if place is None else Target(place, field))
    return tuple(found)


def filled_fields(rule: Rule) -> tuple[frozenset[str], ...]:
    """Return, for each action of *rule*, the fields that its table fills in: what is known of them is in the rows."""
    goes_to = [target for target in targets(rule) if target is not None]
    return tuple(frozenset(t.field for t in goes_to if t.action == at) for at in range(len(rule.actions)))


def stated_actions(rule: Rule) -> Iterator[Action]:
    """Yield what *rule* states of its actions: each as `then` has it, and for each row of its table what the row fills in."""
    yield from rule.actions
    if rule.table is None:
        return
    goes_to = targets(rule)
    bare = [replace(action, subject=None, values={}) for action in rule.actions]
    for row in rule.table.rows:
        yield from _given(bare, goes_to, row.outputs).values()
    yield from _given(bare, goes_to, [column.default for column in rule.table.outputs]).values()


def _given(
    actions: Sequence[Action], goes_to: Sequence[Target | None], values: Sequence[Value | None]
) -> dict[int, Action]:
    """Return those of *actions* that *values* fill a field of, filled, by their place."""
    given: dict[int, dict[str, Value]] = {}
    for target, value in zip(goes_to, values, strict=True):
        if target is not None and value is not None:
            given.setdefault(target.action, {})[target.field] = value
    return {at: _filled(actions[at], found) for at, found in given.items()}


def fill(
    rule: Rule, goes_to: Sequence[Target | None], values: Sequence[Value | None]
) -> Iterator[tuple[int, Action]]:
    """Yield each action that a row with the outputs *values* takes, with its place among the rule's actions."""
    given = _given(rule.actions, goes_to, values)
    has_columns = {target.action for target in goes_to if target is not None}
    for at, action in enumerate(rule.actions):
        if at in given:
            yield at, given[at]
        elif at not in has_columns:
            yield at, action


def _filled(action: Action, given: dict[str, Value]) -> Action:
    subject = action.subject
    values = dict(action.values)
    for name, value in given.items():
        if action.kind != "assert" and name in SUBJECTS:
            subject = Subject(name, value, value.span() if callable(value.span) else value.span)
        else:
            values[name] = value
    return replace(action, subject=subject, values=values)
