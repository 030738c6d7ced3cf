"""Why a rule did not fire for a fact: every clause of every pattern with its value, and the facts that came nearest.

A session and a fact it was given go in, a value for people and machines comes out. It decides nothing and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from engine import feel
from engine.admission import fact_to_json
from engine.decisions import Fact, format_time
from engine.diagnostics import did_you_mean
from engine.explaining import action_environment, environment, pattern_title
from engine.matching import Match
from engine.model import PERIOD
from engine.rulebook import DEFAULT, CompiledPattern, CompiledRule, arguments_of
from engine.session import Session
from engine.waits import Wait


@dataclass(frozen=True, slots=True)
class Clause:
    """One part of a condition that `and` joins: its text, its value, and the values it read."""

    text: str
    value: Any
    reads: tuple[tuple[str, Any], ...]
    warnings: tuple[str, ...] = ()
    """Why it is null, where something in it came to null by itself."""

    @property
    def holds(self) -> bool:
        """Return whether the clause is true; null is not."""
        return self.value is True


@dataclass(frozen=True, slots=True)
class PatternVerdict:
    """One pattern: whether it let the rule pass, in words, and the clauses for the fact that came nearest."""

    pattern: str
    holds: bool
    verdict: str
    clauses: tuple[Clause, ...]
    fact: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class WhyNot:
    """Why a rule did not fire for a fact: *verdict* in a sentence, then pattern by pattern."""

    rule: str
    place: str
    title: str
    verdict: str
    patterns: tuple[PatternVerdict, ...]

    def lines(self) -> Iterator[str]:
        """Yield it as indented lines."""
        yield f"why not {self.rule}: {self.verdict}"
        for pattern in self.patterns:
            yield f"  {pattern.pattern}: {pattern.verdict}"
            for clause in pattern.clauses:
                yield f"    {'holds ' if clause.holds else 'fails '} {clause.text}  ->  {text_of(clause.value)}"
                yield from (f"             {name} = {text_of(value)}" for name, value in clause.reads)
                yield from (f"             {warning}" for warning in clause.warnings)

    def to_json(self) -> dict[str, Any]:
        """Return it as a plain JSON object."""
        return {
            "rule": self.rule,
            "place": self.place,
            "title": self.title,
            "fired": False,
            "verdict": self.verdict,
            "patterns": [
                {
                    "pattern": p.pattern,
                    "holds": p.holds,
                    "verdict": p.verdict,
                    "fact": p.fact,
                    "clauses": [
                        {"text": c.text, "value": c.value, "reads": dict(c.reads)}
                        | ({"warnings": list(c.warnings)} if c.warnings else {})
                        for c in p.clauses
                    ],
                }
                for p in self.patterns
            ],
        }


def why_not(session: Session, rule_name: str, fact: Fact) -> WhyNot:
    """Return why the rule called *rule_name* did not fire for *fact*, by the states *session* holds now.

    Patterns are looked at in order; of several facts that could fit one, that which meets the most clauses is taken.
    """
    book = session.book
    rule = next((r for r in book.rules if r.name == rule_name), None)
    if rule is None:
        return WhyNot(rule_name, "", "", _not_there(session, rule_name), ())
    place, title = str(rule.source.span), rule.source.title
    if not rule.is_effective(fact.time):
        return WhyNot(
            rule.name, place, title, f"its rule set is not in force on {fact.time.date().isoformat()}", ()
        )
    if all(pattern.admits.fact_type != fact.type for pattern in rule.patterns):
        types = ", ".join(dict.fromkeys(pattern.admits.fact_type for pattern in rule.patterns))
        return WhyNot(rule.name, place, title, f"it does not read {fact.type}, only {types}", ())
    begins = any(p.fact_type == fact.type for p in rule.stages[0].rule.patterns) if rule.stages else True
    if not begins or session.ended_by(rule, fact):
        told = _awaited(session, rule, fact)
        own = (
            t
            for t, at in zip(told, rule.source.steps, strict=True)
            if rule.patterns[at].fact_type == fact.type
        )
        return WhyNot(rule.name, place, title, _headline(next(own, told[0])), told)
    verdicts: list[PatternVerdict] = []
    chosen: list[Fact | None] = []
    for pattern in rule.stages[0].rule.patterns if rule.stages else rule.patterns:
        found, best = _verdict(session, rule, pattern, chosen, fact)
        verdicts.append(found)
        chosen.append(best)
        if not found.holds:
            break
    failing = next((v for v in verdicts if not v.holds), None)
    if failing is None and rule.table is not None:
        match = Match(rule, tuple(chosen))
        arguments = arguments_of(rule, match.facts, fact.time)
        rows = rule.table.answer(*arguments)
        if not rows:
            failing = _nearest_row(session, match, fact)
        elif rows[0] >= DEFAULT and not rule.table.actions(rows, *arguments):
            mute = f"row {rows[0] + 1} holds, and" if rows[0] >= 0 else "no row holds, and its default"
            failing = PatternVerdict(f"table: {rule.source.name}", False, f"{mute} says nothing", (), None)
        if failing is not None:
            verdicts.append(failing)
    if failing is None and rule.stages:
        verdicts += _awaited(session, rule, fact)
        verdict = f"it has begun, and goes on with {pattern_title(rule.patterns[len(chosen)])}"
    elif failing is None:
        verdict = _held(rule)
    else:
        verdict = _headline(failing)
    return WhyNot(rule.name, place, title, verdict, tuple(verdicts))


def _headline(failing: PatternVerdict) -> str:
    """Return why the rule stopped at *failing*, with the first clause that does not hold."""
    clause = next((clause for clause in failing.clauses if not clause.holds), None)
    if clause is None:
        return failing.verdict
    return f"{failing.verdict}: {clause.text} is {text_of(clause.value)}"


def _held(rule: CompiledRule) -> str:
    """Return why a rule whose patterns all hold did not fire."""
    if rule.event is not None:
        return "every pattern holds now, and one did not when the event came"
    over = "it has stopped being true" if rule.source.until is None else f"{rule.source.until.text} is true"
    return f"every pattern holds now; a match of states fires once, until {over}"


def _not_there(session: Session, name: str) -> str:
    for ruleset in session.book.rulesets:
        if any(rule.name == name and not rule.enabled for rule in ruleset.rules):
            return "it is not enabled"
    return f'there is no rule "{name}"; {did_you_mean(name, [r.name for r in session.book.rules])}'


def _nearest_row(session: Session, match: Match, fact: Fact) -> PatternVerdict:
    """Return the verdict on a table none of whose rows holds, with the tests of the row that meets the most of them."""
    table = match.rule.source.table
    assert table is not None  # noqa: S101 - the caller looked
    env = action_environment(session.book, match, fact.time)
    values = [feel.evaluate(column.expression.node, env, fact.time) for column in table.inputs]
    name = f"table: {table.name}"
    best: tuple[Clause, ...] = ()
    number, most = 0, -1
    for row in table.rows:
        clauses = tuple(
            Clause(
                f"{column.expression.text.strip()} {test.text.strip()}",
                feel.to_json(feel.evaluate(test.node, {**env, "?": value}, fact.time)),
                ((column.expression.text.strip(), feel.to_json(value)),),
            )
            for column, test, value in zip(table.inputs, row.tests, values, strict=True)
            if test is not None
        )
        met = sum(clause.holds for clause in clauses) - len(clauses)
        if number == 0 or met > most:
            best, number, most = clauses, row.number, met
    verdict = f"none of its {len(table.rows):,} rows holds; row {number} comes nearest"
    return PatternVerdict(name, False, verdict, best, None)


def _verdict(
    session: Session, rule: CompiledRule, pattern: CompiledPattern, chosen: list[Fact | None], fact: Fact
) -> tuple[PatternVerdict, Fact | None]:
    if pattern.window is not None:
        return _window_verdict(session, rule, pattern, chosen, fact)
    name = pattern_title(pattern)
    candidates = (
        [fact]
        if pattern.fact_type == fact.type and not pattern.negated
        else list(session.states(pattern.fact_type))
    )
    tried = [(one, _clauses(session, rule, pattern, chosen, one)) for one in candidates]
    fitting = [(one, clauses) for one, clauses in tried if all(clause.holds for clause in clauses)]
    if pattern.lasting is not None:
        lasted = [
            (one, clauses) for one, clauses in fitting if session.has_lasted(rule, pattern.position, one)
        ]
        if fitting and not lasted and not pattern.negated:
            one, clauses = fitting[0]
            verdict = f"{_named(one)} fits, and has to hold for {pattern.lasting}"
            return PatternVerdict(name, False, verdict, clauses, fact_to_json(one)), None
        fitting = lasted
    if pattern.negated:
        if not fitting:
            return PatternVerdict(name, True, "nothing fits, as it must be", (), None), None
        one, clauses = fitting[0]
        return PatternVerdict(
            name, False, f"{_named(one)} fits, and nothing may", clauses, fact_to_json(one)
        ), None
    if fitting:
        one, clauses = fitting[0]
        return PatternVerdict(name, True, f"{_named(one)} fits", clauses, fact_to_json(one)), one
    if not tried:
        return PatternVerdict(name, False, f"there is no {pattern.fact_type}", (), None), None
    one, clauses = max(tried, key=lambda each: sum(clause.holds for clause in each[1]))
    which = "does not fit" if len(tried) == 1 else f"comes nearest of {len(tried):,} and does not fit"
    return PatternVerdict(name, False, f"{_named(one)} {which}", clauses, fact_to_json(one)), None


def _awaited(session: Session, rule: CompiledRule, fact: Fact) -> tuple[PatternVerdict, ...]:
    """Return, step by step, what is waited for; of the steps that *fact* could be for, with the wait it comes nearest to."""
    waits = session.waits_of(rule)
    told = []
    for at, stage in zip(rule.source.steps, rule.stages, strict=False):
        pattern = rule.patterns[at]
        name = pattern_title(pattern)
        there = [wait for wait in waits if wait.point.step is stage.step]
        if ended := [wait for wait in session.ended_by(rule, fact) if wait.point.step is stage.step]:
            told.append(_came(session, name, pattern, ended[0], fact))
            continue
        if mine := next((wait for wait in there if _binds(wait, fact)), None):
            told.append(PatternVerdict(name, False, f"it is waited for {_span(mine)}", (), None))
            continue
        if pattern.fact_type != fact.type:
            count = f"{len(there):,} wait{'s' if len(there) != 1 else ''}" if there else "nothing waits"
            told.append(PatternVerdict(name, False, f"{count} for it", (), None))
            continue
        if not there:
            verdict = (
                "nothing waits for it: what it is to follow has not happened, or the time for it is over"
            )
            told.append(PatternVerdict(name, False, verdict, (), None))
            continue
        tried = [(wait, _clauses(session, rule, pattern, list(wait.bound), fact)) for wait in there]
        wait, clauses = max(tried, key=lambda each: sum(clause.holds for clause in each[1]))
        if all(clause.holds for clause in clauses):
            verdict = f"{_named(fact)} fits, but is not of the time {_span(wait)}"
        elif len(tried) == 1:
            verdict = f"{_named(fact)} does not fit the wait {_span(wait)}"
        else:
            verdict = f"{_named(fact)} does not fit any of {len(tried):,} waits; it comes nearest to that {_span(wait)}"
        told.append(PatternVerdict(name, False, verdict, clauses, fact_to_json(fact)))
    return tuple(told)


def ended(session: Session, asked: WhyNot, fact: Fact, by: Fact) -> WhyNot:
    """Return why the rule of *asked* did not fire for *fact* now that *by* has come: whether it was what that waited for."""
    rule = next((r for r in session.book.rules if r.name == asked.rule), None)
    if rule is None:
        return asked
    for wait in session.ended_by(rule, by):
        if _binds(wait, fact):
            pattern = rule.patterns[len(wait.bound)]
            told = _came(session, pattern_title(pattern), pattern, wait, by)
            return replace(asked, verdict=told.verdict, patterns=(told,))
    return asked


def _came(session: Session, name: str, pattern: CompiledPattern, wait: Wait, fact: Fact) -> PatternVerdict:
    """Return that *fact* is what *wait* was for."""
    clauses = _clauses(session, wait.point.rule, pattern, list(wait.bound), fact)
    verdict = f"{_named(fact)} came in time, and ended the wait {_span(wait)}"
    return PatternVerdict(name, not pattern.negated, verdict, clauses, fact_to_json(fact))


def _binds(wait: Wait, fact: Fact) -> bool:
    return any(one is not None and one.identity == fact.identity for one in wait.bound)


def _span(wait: Wait) -> str:
    return f"from {format_time(wait.begin)} to {format_time(wait.due)}"


def _window_verdict(
    session: Session, rule: CompiledRule, pattern: CompiledPattern, chosen: list[Fact | None], fact: Fact
) -> tuple[PatternVerdict, Fact | None]:
    """Return the verdict on a window: for an event of its type whether it goes in, then what the window comes to."""
    name = pattern_title(pattern)
    assert pattern.window is not None  # noqa: S101 - the caller looked
    events = pattern.window.events
    if events.fact_type != fact.type:
        state = next(iter(session.states(pattern.fact_type)), None)
        verdict = "no window holds" if state is None else "a window holds"
        return PatternVerdict(name, state is not None, verdict, (), None), state
    clauses = _clauses(session, rule, events, chosen, fact)
    if not all(clause.holds for clause in clauses):
        return PatternVerdict(name, False, f"{_named(fact)} does not fit", clauses, fact_to_json(fact)), None
    refused = session.not_counted(rule, fact)
    if refused:
        return PatternVerdict(name, False, refused, clauses, fact_to_json(fact)), None
    state = session.window_of(rule, fact)
    if state is None:
        waits = (
            rule.lateness is not None
            and session.clock is not None
            and fact.time > session.clock - rule.lateness
        )
        yet = " yet, since others of an earlier time may still come" if waits else ""
        return PatternVerdict(
            name, False, f"{_named(fact)} is in no window{yet}", (), fact_to_json(fact)
        ), None
    clauses = _clauses(session, rule, pattern, chosen, state)
    count = len(state.data["facts"])
    told = f"{_window_named(state, fact)} holds {count:,} fact{'s' if count != 1 else ''}"
    holds = all(clause.holds for clause in clauses)
    if pattern.window.at_end:
        told += f", and is looked at when it is over, at {state.data[PERIOD]['end']}"
        return PatternVerdict(name, False, told, clauses, fact_to_json(fact)), None
    return PatternVerdict(name, holds, told, clauses, fact_to_json(fact)), state if holds else None


def _clauses(
    session: Session, rule: CompiledRule, pattern: CompiledPattern, chosen: list[Fact | None], own: Fact
) -> tuple[Clause, ...]:
    if pattern.where is None:
        return ()
    facts = (*chosen, own, *([None] * (len(rule.patterns) - len(chosen) - 1)))
    now = session.clock or own.time
    env = environment(session.book, Match(rule, facts), pattern, own, now)
    where = pattern.where
    clauses = []
    for node in feel.conjuncts(where.node):
        told: list[feel.Doubt] = []
        value = feel.to_json(feel.evaluate(node, env, now, warnings=told))
        reads = tuple(
            (".".join(path), feel.to_json(_at(env, path)))
            for path in sorted(feel.free_names(node))
            if path[0] not in session.book.library.callees
            # of a window neither all of its facts, nor names within a filter of them
            and not (pattern.window is not None and (path[0] == pattern.alias or path[0] not in env))
        )
        clauses.append(Clause(where.text[node.start : node.end], value, reads, tuple(map(str, told))))
    return tuple(clauses)


def _at(env: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        env = env.get(name) if isinstance(env, dict) else None
    return env


def _window_named(state: Fact, fact: Fact) -> str:
    """Return what the window of *fact* is called: a shift or a day by its own name."""
    period = state.data.get(PERIOD)
    if period is None:
        return f"the window of {_named(fact)}"
    return (
        f"the {period['shift']} shift of {period['day']}" if "shift" in period else f"the day {period['day']}"
    )


def _named(fact: Fact) -> str:
    return f"{fact.type} {fact.id} from {fact.source}"


def text_of(value: Any) -> str:
    """Return a plain value as FEEL would write it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        if len(value) > 1 and all(isinstance(item, dict) for item in value):
            return f"[{len(value):,} items]"  # facts of a window: told by name, and too long for a line
        return f"[{', '.join(map(text_of, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{name}: {text_of(item)}' for name, item in value.items())}}}"
    return f'"{value}"' if isinstance(value, str) else str(value)
