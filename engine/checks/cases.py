"""What rules say of cases: ladders that are there, answers that can come in time, and the fact types that carry them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from types import MappingProxyType

from engine import feel
from engine.checks.contradictions import allowed_values
from engine.checks.ladders import no_calendar
from engine.diagnostics import Diagnostic, did_you_mean, error, warning, with_article
from engine.model import (
    SUBJECTS,
    Action,
    CasePlan,
    Documents,
    Expression,
    HoldPlan,
    Kind,
    Ladder,
    Literal,
    Pattern,
    Rule,
    RuleSet,
)

OWN_STATES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"case": ("case_id",), "task": ("case_id", "role"), "shelved": ("shelved_id",)}
)
"""The states by which rules read cases, each with its key."""

_NO_CASES = "write a rule that opens one, or leave this out"


def cases_can_be_answered(documents: Documents) -> Iterator[Diagnostic]:
    """Yield every ladder that is not there, every time that cannot be kept, and every case that nobody is reminded of."""
    for ruleset in documents.rulesets:
        for rule in ruleset.rules:
            for action in rule.actions:
                if action.case is not None:
                    yield from _of_case(documents, ruleset, rule, action, action.case)
                if action.hold is not None:
                    yield from _of_hold(documents, ruleset, rule, action, action.hold)


def silences_are_meant(documents: Documents) -> Iterator[Diagnostic]:
    """Yield every `suppress` of what is not there, or in a rule of an event, and a longest time that no calendar counts."""
    known = {rule.name for ruleset in documents.rulesets for rule in ruleset.rules}
    known |= {
        action.case.kind
        for ruleset in documents.rulesets
        for rule in ruleset.rules
        for action in rule.actions
        if action.case is not None and action.case.kind
    }
    for ruleset in documents.rulesets:
        wait = ruleset.shelve_at_most
        if wait is not None and wait.is_working and not ruleset.calendar and len(documents.calendars) != 1:
            span = ruleset.places.get("shelve_at_most", ruleset.span)
            yield no_calendar(documents, f'the rule set "{ruleset.name}"', wait, span)
        for rule in ruleset.rules:
            is_of_event = bool(rule.steps) or any(_is_event(documents, pattern) for pattern in rule.patterns)
            for action in rule.actions:
                if action.kind == "suppress":
                    yield from _of_suppress(action, known, is_of_event=is_of_event)


def _of_suppress(action: Action, known: Collection[str], *, is_of_event: bool) -> Iterator[Diagnostic]:
    what = action.values.get("what")
    if isinstance(what, Literal) and what.value not in known:
        message = f'there is no rule and no kind of case "{str(what.value)[:60]}"'
        yield error("unknown-rule", what.span, message, did_you_mean(str(what.value), known))
    if is_of_event:
        message = "an event is over at once, so nothing would be suppressed"
        fix = "write the rule of states: it suppresses as long as its match stands"
        yield error("suppress-of-event", action.span, message, fix)


def resolutions_are_meant(documents: Documents) -> Iterator[Diagnostic]:
    """Yield every `resolve_case` of a kind that no rule opens, or opens of other subjects only, and who waits for such a kind."""
    subjects = subjects_by_kind(documents)
    for ruleset in documents.rulesets:
        for rule in ruleset.rules:
            for pattern in rule.patterns:
                if pattern.fact_type in ("case", "task") and pattern.where is not None:
                    yield from _of_kinds(pattern.where, subjects)
            for action in rule.actions:
                if action.kind == "resolve_case":
                    yield from _of_resolution(action, subjects)


def subjects_by_kind(documents: Documents) -> dict[str, set[str]]:
    """Return of what each kind of case is opened: kinds of subject, all of them where a table says which."""
    found: dict[str, set[str]] = {}
    for ruleset in documents.rulesets:
        for rule in ruleset.rules:
            for action in rule.actions:
                if action.case is not None:
                    opened = SUBJECTS if action.subject is None else (action.subject.type,)
                    found.setdefault(action.case.kind or rule.name, set()).update(opened)
    return found


def _of_kinds(where: Expression, known: Collection[str]) -> Iterator[Diagnostic]:
    """Yield a warning for each kind of case that *where* asks for and no rule opens."""
    for node in feel.conjuncts(where.node):
        name, values = allowed_values(node) or ("", [])
        for value in values if name == "kind" else ():
            if isinstance(value, str) and value not in known:
                message = f'kind is never "{value[:60]}": no rule opens such a case'
                fix = did_you_mean(value[:60], known) or _NO_CASES
                yield warning("unknown-case", where.span(node.start, node.end), message, fix)


def _of_resolution(action: Action, subjects: Mapping[str, Collection[str]]) -> Iterator[Diagnostic]:
    kind = action.values.get("kind")
    name = str(kind.value) if isinstance(kind, Literal) else ""
    span = action.span if kind is None or not name else action.places.get("kind", action.span)
    about = "" if action.subject is None else action.subject.type
    if name and name not in subjects:
        fix = did_you_mean(name[:60], subjects) or _NO_CASES
        yield error("unknown-case", span, f'no rule opens a case "{name[:60]}"', fix)
        return
    opened = subjects[name] if name else {subject for known in subjects.values() for subject in known}
    if about and about not in opened:
        what = f'a case "{name}"' if name else "a case"
        fix = f"such cases are of {' and '.join(sorted(opened))}" if opened else _NO_CASES
        yield error(
            "unknown-case", span, f"no rule opens {what} of {with_article(about.replace('_', ' '))}", fix
        )


def _is_event(documents: Documents, pattern: Pattern) -> bool:
    declared = documents.fact_types.get(pattern.fact_type)
    is_single = not pattern.negated and pattern.window is None
    return declared is not None and declared.kind is Kind.EVENT and is_single


def case_types_fit(documents: Documents) -> Iterator[Diagnostic]:
    """Yield what keeps the fact types `case`, `task` and `shelved` from carrying what Lineside states with them."""
    for name, key in OWN_STATES.items():
        declared = documents.fact_types.get(name)
        if declared is None or not declared.schema:
            continue
        if declared.kind is not Kind.STATE:
            span = declared.places.get("kind", declared.span)
            yield error("case-type", span, f"{name} says what is so until it is over", 'write "kind: state"')
        if declared.owners != ("lineside",):
            span = declared.places.get("owner", declared.span)
            message = f"{name} is stated by lineside, and by nobody else"
            yield error("case-type", span, message, 'write "owner: lineside"')
        if declared.key != key:
            span = declared.places.get("key", declared.span)
            fix = f'write "key: [{", ".join(key)}]"'
            yield error("case-type", span, f"{name} is known by its {' and '.join(key)}", fix)


def _of_case(
    documents: Documents, ruleset: RuleSet, rule: Rule, action: Action, case: CasePlan
) -> Iterator[Diagnostic]:
    ladder = documents.ladders.get(case.ladder)
    if case.ladder and ladder is None:
        fix = did_you_mean(case.ladder[:60], documents.ladders) or "write a ladders document"
        span = action.places.get("ladder", action.span)
        yield error("unknown-ladder", span, f'there is no ladder "{case.ladder[:60]}"', fix)
    for key, wait in (("acknowledge", case.within), ("answer_lapses_after", case.lapses_after)):
        if wait is not None and wait.is_working and not ruleset.calendar and len(documents.calendars) != 1:
            yield no_calendar(documents, f'the rule "{rule.name}"', wait, action.places.get(key, action.span))
    if case.within is not None and not case.ladder:
        message = f'nobody is told where too few have answered within "{case.within.text}"'
        yield warning("unanswered", action.places.get("acknowledge", action.span), message, "name a ladder")
    if case.lapses_after is not None and ladder is not None:
        yield from _of_lapse(action, case, ladder)


def _of_hold(
    documents: Documents, ruleset: RuleSet, rule: Rule, action: Action, hold: HoldPlan
) -> Iterator[Diagnostic]:
    for key, wait in (("review", hold.review), ("expires", hold.expires)):
        if wait is not None and wait.is_working and not ruleset.calendar and len(documents.calendars) != 1:
            yield no_calendar(documents, f'the rule "{rule.name}"', wait, action.places.get(key, action.span))
    review, expires = hold.review, hold.expires
    if review is None or expires is None or review.is_working is not expires.is_working:
        return
    if review.duration >= expires.duration:
        message = f'the hold is to be reviewed after "{review.text}", and expires after "{expires.text}"'
        yield error(
            "time-order", action.places.get("review", action.span), message, "let it be reviewed earlier"
        )


def _of_lapse(action: Action, case: CasePlan, ladder: Ladder) -> Iterator[Diagnostic]:
    """Yield the fault of an answer that lapses before anybody would have been told that there was none."""
    lapses = case.lapses_after
    first = next(
        (r.after for r in ladder.rungs if lapses is not None and r.after.is_working is lapses.is_working),
        None,
    )
    if lapses is None or first is None or lapses.duration >= first.duration:
        return
    message = (
        f'an answer lapses after "{lapses.text}", before the ladder has its first step at "{first.text}"'
    )
    span = action.places.get("answer_lapses_after", action.span)
    yield error("time-order", span, message, "let answers count longer than the first step takes")
