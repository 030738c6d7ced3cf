"""Whether anything in the rules could decide what a scenario expects to be absent: if nothing can, it always is.

What the rules say goes in, and the facts that the scenario posts; a diagnostic comes out. Where a name or an id may be computed,
nothing is said: only what is certain is a fault.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.diagnostics import Diagnostic, did_you_mean, error, nearest, with_article
from engine.feel import ast
from engine.filling import targets
from engine.model import SUBJECTS, Action, Literal, OnMissing, Rule, RuleSet, Value
from engine.scenario.fitting import fits_id, shown
from engine.scenario.model import Expected, Scenario
from engine.scopes import PARAMETERS

MADE = ("answer", "sign")
"""Kinds of decision that follow from what people say, whatever the rules are."""

_NAMES = {
    "open_case": "kind",
    "resolve_case": "kind",
    "notify": "to",
    "escalate": "to",
    "route": "to",
    "ask": "to",
}
"""The value of a decision of each kind that is a name, which can be misspelt."""


@dataclass(frozen=True, slots=True)
class _Origin:
    """One way to a decision: the rule, what it can be about, and the names it can have; None where that is not known.

    *ids* are what the ids of its subject are made of; None where they may be computed.
    """

    rule: str
    kind: str
    subjects: frozenset[str] | None = None
    names: frozenset[str] | None = None
    ids: tuple[Value, ...] | None = None


@dataclass(frozen=True, slots=True)
class Origins:
    """Every way to a decision that rule sets have, and whether ids in them may be other than those that facts bring."""

    found: tuple[_Origin, ...]
    computes: bool
    written: frozenset[str]
    """Ids that stand in the rules themselves."""


def origins_of(rulesets: Iterable[RuleSet]) -> Origins:
    """Return every way to a decision; rules that are not enabled have theirs, too."""
    rules = [rule for ruleset in rulesets for rule in ruleset.rules]
    found = tuple(origin for rule in rules for origin in _of_rule(rule))
    values = [value for rule in rules for action in rule.actions for value in _stated(action)]
    written = {str(v.value) for v in values if isinstance(v, Literal)}
    computes = any(not isinstance(v, Literal) and not _is_field(v) for v in values)
    computes = computes or any(rule.table is not None for rule in rules if _asserts(rule))
    return Origins(found, computes, frozenset(written))


def named_in(scenario: Scenario) -> frozenset[str]:
    """Return every value that a fact of *scenario* brings, as text: no id comes from elsewhere."""
    found: set[str] = set()

    def collect(value: Any) -> None:
        if isinstance(value, Mapping):
            for one in value.values():
                collect(one)
        elif isinstance(value, list):
            for one in value:
                collect(one)
        elif value is not None:
            found.add(str(value))

    for step in scenario.steps:
        for post in step.posts:
            collect(post.envelope["data"])
    return frozenset(found)


def never_decided(expected: Expected, origins: Origins, named: frozenset[str]) -> Diagnostic | None:
    """Return why nothing can decide *expected*, which is to be absent; None where something may."""
    if expected.kind in MADE or expected.kind == "assert":
        return _never_asserted(expected, origins)
    by_rule = [one for one in origins.found if expected.rule in (None, one.rule)]
    who = "no rule" if expected.rule is None else f'"{expected.rule}" never'
    of_kind = [one for one in by_rule if one.kind == expected.kind]
    if not of_kind:
        fix = _rather("it decides", (one.kind for one in by_rule)) if expected.rule else "name another kind"
        return _fault(expected, f"{who} decides {expected.kind}", fix)
    subject_type, subject_id = expected.subject or (None, None)
    about = of_kind
    if subject_type is not None:
        about = [one for one in of_kind if one.subjects is None or subject_type in one.subjects]
        if not about:
            kinds = (subject for one in of_kind for subject in one.subjects or ())
            what = f"{expected.kind} of {with_article(subject_type)}"
            return _fault(expected, f"{who} decides {what}", _rather("it is of", kinds))
    name = _NAMES.get(expected.kind, "")
    value = expected.values.get(name)
    if isinstance(value, str) and all(one.names is not None and value not in one.names for one in about):
        names = sorted({known for one in about for known in one.names or ()})
        fix = did_you_mean(value, names) or f"leave {name} out"
        return _fault(expected, f'{who} decides {expected.kind} with {name} "{value}"', fix)
    if subject_id is not None and _is_plain(about, origins):
        known = named | origins.written
        if not any(fits_id(subject_id, one) for one in known):
            message = f"no fact here brings {subject_type} {shown(subject_id)}"
            close = nearest(str(subject_id), sorted(known))
            fix = "post a fact that does, or leave it out" if close is None else f'did you mean "{close}"?'
            return _fault(expected, message, fix)
    return None


def _never_asserted(expected: Expected, origins: Origins) -> Diagnostic | None:
    if expected.kind in MADE or expected.subject is None:
        return None
    by_rule = [one for one in origins.found if expected.rule in (None, one.rule) and one.kind == "assert"]
    fact_type = expected.subject[0]
    if any(one.subjects is not None and fact_type in one.subjects for one in by_rule):
        return None
    who = "no rule" if expected.rule is None else f'"{expected.rule}" never'
    kinds = (subject for one in by_rule for subject in one.subjects or ())
    return _fault(expected, f"{who} asserts {fact_type}", _rather("asserted is", kinds))


def _fault(expected: Expected, why: str, fix: str) -> Diagnostic:
    message = f"{why}, so it is absent whatever comes"
    return error("never-decided", expected.span, message, fix)


def _rather(words: str, names: Iterable[str]) -> str:
    known = sorted(set(names))
    return f"{words} {', '.join(known)}" if known else "leave it out"


def _is_plain(origins: Iterable[_Origin], all_of_them: Origins) -> bool:
    """Return whether the ids of what is decided can only be those that facts bring, or that stand in the rules."""
    return not all_of_them.computes and all(one.ids is not None for one in origins)


def _of_rule(rule: Rule) -> Iterator[_Origin]:
    first = next((p.fact_type for p in rule.patterns if not p.negated), "")
    filled: dict[int, set[str]] = {}
    for target in targets(rule):
        if target is not None:
            filled.setdefault(target.action, set()).add(target.field)
    for at, action in enumerate(rule.actions):
        yield from _of_action(rule, action, frozenset(filled.get(at, ())), first)
    if rule.on_missing is OnMissing.ALERT or rule.table is not None:  # a table without an answer is told, too
        yield _Origin(rule.name, "escalate", frozenset((first,)))


def _of_action(rule: Rule, action: Action, filled: frozenset[str], first: str) -> Iterator[_Origin]:
    if action.fact_type is not None:
        yield _Origin(rule.name, "assert", frozenset((action.fact_type,)))
        return
    subjects = {name for name in filled if name in SUBJECTS}
    if action.subject is not None:
        subjects.add(action.subject.type)
    about = frozenset(subjects or {first})
    ids = None if action.subject is None or subjects & filled else (action.subject.value,)
    names = _names(action, filled, rule.name)
    yield _Origin(rule.name, action.kind, about, names, ids)
    if action.case is not None:
        yield _Origin(rule.name, "ask", about, frozenset(action.case.roles), ids)
        yield _Origin(rule.name, "escalate", about, None, ids)  # by its ladder, or where a task is declined
    if action.hold is not None:
        reached = about if action.hold.descendants is None else None
        if reached is None:
            yield _Origin(rule.name, "hold")
        if action.hold.expires is not None or reached is None:
            yield _Origin(rule.name, "release", reached, None, ids)
        if action.hold.review is not None:
            yield _Origin(rule.name, "escalate", reached, None, ids)


def _names(action: Action, filled: frozenset[str], rule: str) -> frozenset[str] | None:
    """Return the names that the decision can have, where they stand in the rule."""
    if action.case is not None:
        return frozenset((action.case.kind or rule,))
    name = _NAMES.get(action.kind, "")
    value = action.values.get(name)
    if value is None and name and name not in filled:
        return frozenset()
    return frozenset((str(value.value),)) if isinstance(value, Literal) and name not in filled else None


def _stated(action: Action) -> Iterator[Value]:
    """Yield what ids may be made of: subjects, and the fields of facts that are asserted."""
    if action.subject is not None:
        yield action.subject.value
    if action.fact_type is not None:
        yield from action.values.values()


def _asserts(rule: Rule) -> bool:
    return any(action.fact_type is not None for action in rule.actions)


def _is_field(value: Value) -> bool:
    """Return whether *value* is a field of a fact as it stands."""
    node: Any = getattr(value, "node", None)
    while isinstance(node, ast.Path | ast.Filter):
        node = node.source
    return isinstance(node, ast.Name) and node.name != PARAMETERS
