"""Why a decision was made, as a value: its facts, and every part of every condition with what it came to.

The parts are evaluated again by the tree-walking evaluator, which is independent of the compiled functions; conditions
are pure and facts do not change, so it sees what the rule saw.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec

from engine import feel
from engine.admission import fact_to_json
from engine.calendars import in_words
from engine.decisions import Condition, Decision, Explanation, Fact, Part, TableAnswer, TableRow, format_time
from engine.feel.builtins.shifts import CALENDARS
from engine.matching import Match
from engine.model import PERIOD, Kind
from engine.rulebook import CompiledPattern, CompiledRule, CompiledWindow, RuleBook

SHOWN = 10
"""Facts of a window that an explanation names from its begin and from its end."""


def explain_decision(
    book: RuleBook, match: Match | None, decision: Decision, missing: tuple[str, ...]
) -> Explanation:
    """Return why *decision* was made of *match*; *missing* names the fields whose absence kept the rule from deciding.

    Without a match it followed from a case or a hold: what a person said, or the time, set it off.
    """
    if match is None:
        return _of_case(book, decision)
    rule = match.rule
    facts = [
        {"alias": pattern.alias, **(fact_to_json(fact) if pattern.window is None else _window_facts(fact))}
        for pattern, fact in zip(rule.patterns, match.facts, strict=True)
        if fact is not None
    ]
    return Explanation(
        decision=decision.id,
        rule=rule.name,
        ruleset=rule.ruleset,
        rulebook=book.digest,
        place=str(rule.source.span),
        title=rule.source.title,
        facts=facts,
        conditions=[c for pattern in rule.patterns for c in _conditions(book, match, pattern, decision)],
        values=decision.values,
        missing=list(missing),
        table=_table(book, match, decision),
    )


def _of_case(book: RuleBook, decision: Decision) -> Explanation:
    rule = next((rule for rule in book.rules if rule.name == decision.rule), None)
    return Explanation(
        decision=decision.id,
        rule=decision.rule,
        ruleset=decision.ruleset,
        rulebook=decision.rulebook,
        place="" if rule is None else str(rule.source.span),
        title=decision.reason if rule is None else rule.source.title,
        facts=[msgspec.structs.asdict(ref) for ref in decision.facts],
        conditions=[],
        values=decision.values,
        missing=[],
    )


def _conditions(
    book: RuleBook, match: Match, pattern: CompiledPattern, decision: Decision
) -> Iterator[Condition]:
    """Yield the condition of *pattern*; of a window, first that on its events as its last one met it."""
    state = match.facts[pattern.position]
    if pattern.window is not None and state is not None and pattern.window.events.where is not None:
        at = pattern.position
        facts = (*match.facts[:at], state.data["facts"].last, *match.facts[at + 1 :])
        yield _condition(book, Match(match.rule, facts), pattern.window.events, decision)
    yield _condition(book, match, pattern, decision)


def _condition(book: RuleBook, match: Match, pattern: CompiledPattern, decision: Decision) -> Condition:
    where = pattern.where
    title = pattern_title(pattern)
    if pattern.lasting is not None:
        title += f" for {pattern.lasting}"
    own = match.facts[pattern.position]
    found = _none_found(book, match.rule, pattern, decision) if own is None else ""
    if where is None:
        place = str(match.rule.source.patterns[pattern.position].span)
        return Condition(title, "", place, True, [], found=found)
    place = str(where.span())
    if own is None:  # nothing fitted: what it was compared with is all there is to show
        return Condition(title, where.text, place, True, _outer_values(book, match, pattern), found=found)
    env = environment(book, match, pattern, own, decision.time)
    explained = feel.explain(where.node, env, decision.time)
    if pattern.window is not None:
        explained = _shortened(explained)
    return Condition(
        title,
        where.text,
        place,
        feel.to_json(explained.value),
        [_part(c) for c in explained.children],
        _warning(explained),
    )


def _none_found(book: RuleBook, rule: CompiledRule, pattern: CompiledPattern, decision: Decision) -> str:
    """Return that nothing was there that fits *pattern* or, of what was expected, that none came until *decision* was due."""
    if pattern.within is None:
        return "there is none"
    declared = book.fact_types.get(pattern.fact_type)
    what = "none was so" if declared is not None and declared.kind is Kind.STATE else "none came"
    late = rule.lateness
    until = decision.time if late is None else decision.time - late  # so much later it is decided
    since = ""
    if pattern.within.calendar is None:
        since = f" from {format_time(until - pattern.within.duration)}"
    waited = "" if late is None else f", and none came late in the {in_words(late)} after that"
    return f"{what}{since} until {format_time(until)}{waited}"


def pattern_title(pattern: CompiledPattern) -> str:
    """Return how a pattern is named to people."""
    if pattern.within is not None:
        word = (
            f"expect: {pattern.fact_type}"
            if pattern.negated
            else f"then {pattern.alias}: {pattern.fact_type}"
        )
        return f"{word} within {pattern.within}"
    title = (
        f"none: {pattern.fact_type}" if pattern.negated else f"{pattern.alias}: {pattern.admits.fact_type}"
    )
    if pattern.window is None:
        return title
    per = f" per {', '.join(pattern.window.per)}" if pattern.window.per else ""
    return f"{title}{per} {window_text(pattern.window)}"


def window_text(window: CompiledWindow) -> str:
    """Return how long or with which others the facts of a window count, as rules say it."""
    if window.within is not None:
        return f"within {window.within}"
    assert window.each is not None  # noqa: S101 - it has one of the two
    of = f" ({window.each.calendar.name})" if window.each.calendar is not None else ""
    return f"each {window.each.each}{of}{', at its end' if window.at_end else ''}"


def _window_facts(state: Fact) -> dict[str, Any]:
    """Return the facts of a window: the last in full, how many there are, and the first and last ones by name."""
    facts = state.data["facts"]
    shown = [{"source": one.source, "id": one.id} for one in facts.ends(SHOWN)]
    window: dict[str, Any] = {"count": len(facts), "facts": shown}
    if PERIOD in state.data:
        window[PERIOD] = feel.to_json(state.data[PERIOD])
    return {**fact_to_json(facts.last), "window": window}


def _shortened(explained: feel.Explained) -> feel.Explained:
    """Return *explained* with long lists, such as all facts of a window, told by how many items they have."""
    value = explained.value
    if isinstance(value, list) and len(value) > 2 * SHOWN:
        value = f"[{len(value):,} items]"
    return replace(explained, value=value, children=tuple(_shortened(c) for c in explained.children))


def _table(book: RuleBook, match: Match, decision: Decision) -> TableAnswer | None:
    table = match.rule.source.table
    if table is None:
        return None
    env = action_environment(book, match, decision.time)
    inputs = [
        Part(
            c.expression.text.strip(), feel.to_json(feel.evaluate(c.expression.node, env, decision.time)), []
        )
        for c in table.inputs
    ]
    rows = []
    for number in decision.rows:
        row = table.rows[number - 1]
        tests = ("-" if test is None else test.text.strip() for test in row.tests)
        rows.append(
            TableRow(
                number,
                str(row.span),
                dict(zip((part.text for part in inputs), tests, strict=True)),
                {
                    heading: text
                    for heading, text in zip(table.annotations, row.annotations, strict=False)
                    if text
                },
            )
        )
    hit = table.hit.value if table.aggregation is None else f"{table.hit.value} {table.aggregation.value}"
    return TableAnswer(table.name, hit, inputs, rows)


def action_environment(book: RuleBook, match: Match, now: datetime) -> dict[str, Any]:
    """Return the names that the actions and the table of *match*'s rule can read at the time *now*, as FEEL values."""
    rule = match.rule
    env: dict[str, Any] = {**book.library.values(now), **_of_ruleset(rule)}
    for pattern, fact in zip(rule.patterns, match.facts, strict=True):
        if fact is not None:
            env |= _named(book, pattern, fact)
    if rule.source.short and (own := match.facts[0]) is not None:
        env |= _as_feel(book, own)
    return env


def environment(
    book: RuleBook, match: Match, pattern: CompiledPattern, own: Fact, now: datetime
) -> dict[str, Any]:
    """Return the names that *pattern*'s condition can read at the time *now*, as FEEL values.

    Those are parameters, earlier facts, own fields, and what definitions offer.
    """
    env: dict[str, Any] = {**book.library.values(now), **_of_ruleset(match.rule)}
    for earlier in match.rule.patterns[: pattern.position]:
        fact = match.facts[earlier.position]
        if fact is not None:
            env |= _named(book, earlier, fact)
    if pattern.window is not None:
        return env | _named(book, pattern, own)
    mine = _as_feel(book, own)
    declared = book.fact_types[own.type].schema.get("properties", {})
    if all(earlier.alias != pattern.alias for earlier in match.rule.patterns[: pattern.position]):
        env[pattern.alias] = mine
    env.update({name: mine.get(name) for name in declared})
    for name, value in mine.items():  # what an open record carries beside its fields hides nothing
        env.setdefault(name, value)
    return env


def _of_ruleset(rule: CompiledRule) -> dict[str, Any]:
    return {"parameters": rule.parameters, CALENDARS: rule.calendars}


def _named(book: RuleBook, pattern: CompiledPattern, fact: Fact) -> dict[str, Any]:
    """Return the names under which later patterns and actions read what is bound to *pattern*, with their values."""
    if pattern.window is None:
        return {pattern.alias: _as_feel(book, fact)}
    record = book.records[pattern.admits.fact_type]
    fields = record.fields if isinstance(record, feel.ContextType) else {}
    named = {
        name: feel.to_feel(value, fields[name].type) if name in fields else value
        for name, value in fact.data["per"].items()
    }
    if PERIOD in fact.data:
        named[PERIOD] = fact.data[PERIOD]
    return {**named, pattern.alias: [feel.to_feel(data, record) for data in fact.data["facts"].values]}


def _as_feel(book: RuleBook, fact: Fact) -> dict[str, Any]:
    value = feel.to_feel(fact.data, book.records[fact.type])
    return value if isinstance(value, dict) else {}


def _outer_values(book: RuleBook, match: Match, pattern: CompiledPattern) -> list[Part]:
    assert pattern.where is not None  # noqa: S101 - the caller looked
    parts = []
    env: dict[str, Any] = {}
    per: tuple[str, ...] = ()
    for p in match.rule.patterns[: pattern.position]:
        fact = match.facts[p.position]
        if fact is not None:
            env |= _named(book, p, fact)
            per += () if p.window is None else (*p.window.per, PERIOD)
    for path in sorted(feel.free_names(pattern.where.node)):
        if path[0] in env and (len(path) > 1 or path[0] in per):
            value: Any = env
            for name in path:
                value = value.get(name) if isinstance(value, dict) else None
            parts.append(Part(".".join(path), feel.to_json(value), []))
    return parts


def _part(explained: feel.Explained) -> Part:
    children = [_part(child) for child in explained.children]
    return Part(explained.text, feel.to_json(explained.value), children, _warning(explained))


def _warning(explained: feel.Explained) -> str:
    """Return why a part is null; with its text, where that is not the part itself but something in it."""
    doubt = explained.warning
    if doubt is None:
        return ""
    return doubt.message if (doubt.start, doubt.end) == (explained.start, explained.end) else str(doubt)
