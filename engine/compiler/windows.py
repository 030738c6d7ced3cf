"""Windows into what runs: which events go in, and `having` twice: over the list of the facts, and over what is kept of them
as they come and go. What later patterns and `until` ask of a window is kept, too, and told by its state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine import feel
from engine.calendars import Periods
from engine.checks.lasting import lapse_of
from engine.compiler.keeping import Keeper, Keeping, Kept
from engine.feel.scope import Scope
from engine.model import Documents, Rule, RuleSet, Window
from engine.rulebook import CompiledPattern, CompiledWindow, Conjunct
from engine.scopes import (
    PARAMETERS,
    action_scope,
    calendar_of,
    having_scope,
    pattern_scope,
    record_type,
    signature,
)


@dataclass(frozen=True, slots=True)
class WindowAsked:
    """What the conditions of a rule ask of one of its windows.

    *others* are the parts of the conditions of later patterns that ask it something, by the pattern's position and their place;
    *until* is the rule's `until`, where that does.
    """

    keeper: Keeper
    kept: Kept
    having: Keeping
    others: Mapping[tuple[int, int], Keeping]
    until: Keeping | None


def ask_windows(
    documents: Documents, ruleset: RuleSet, rule: Rule, pool: feel.FunctionPool
) -> Mapping[int, WindowAsked]:
    """Return what *rule* asks of its windows, by their positions."""
    return {
        at: _ask(documents, ruleset, rule, at, pool)
        for at, pattern in enumerate(rule.patterns)
        if pattern.window is not None
    }


def _ask(
    documents: Documents, ruleset: RuleSet, rule: Rule, position: int, pool: feel.FunctionPool
) -> WindowAsked:
    pattern = rule.patterns[position]
    assert pattern.window is not None  # noqa: S101 - the caller looked
    assert pattern.window.having is not None  # noqa: S101 - the parser has read it
    record, parameters, kept = record_type(documents, pattern.fact_type), dict(ruleset.parameters), Kept()
    scope = having_scope(documents, ruleset, rule, position)
    keeper = Keeper(pattern.alias, position, record, scope, kept)
    having = keeper.keep(pattern.window.having.node, parameters, pool)
    others: dict[tuple[int, int], Keeping] = {}
    if not having.names or rule.steps:
        # where nothing is kept for `having`, the facts are looked at one by one in any case; what is bound by steps is no state
        return WindowAsked(keeper, kept, having, others, None)

    def teller(own: Scope) -> Keeper | None:
        """Return what finds in a condition in the scope *own* what the window tells; None where its own names hide it."""
        if any(own.lookup(name) != scope.lookup(name) for name in (pattern.alias, PARAMETERS)):
            return None
        return Keeper(pattern.alias, position, record, own, kept, is_told=True)

    for at in range(position + 1, len(rule.patterns)):
        where, tells = rule.patterns[at].where, teller(pattern_scope(documents, ruleset, rule, at))
        if where is None or tells is None:
            continue
        for place, part in enumerate(feel.conjuncts(where.node)):
            asked = tells.keep(part, parameters, pool)
            if asked.names:
                others[at, place] = asked
    until, tells = None, teller(action_scope(documents, ruleset, rule))
    if rule.until is not None and tells is not None:
        until = tells.keep(rule.until.node, parameters, pool)
    return WindowAsked(keeper, kept, having, others, until if until and until.names else None)


def compile_window(
    documents: Documents,
    ruleset: RuleSet,
    rule: Rule,
    events: CompiledPattern,
    pool: feel.FunctionPool,
    *,
    asked: WindowAsked,
) -> CompiledPattern:
    """Return the pattern that the window of *rule* is to the matchers: one state for each of its groups."""
    position = events.position
    pattern = rule.patterns[position]
    written = pattern.window
    assert written is not None  # noqa: S101 - the caller looked
    assert written.having is not None  # noqa: S101 - the parser has read it
    scope = having_scope(documents, ruleset, rule, position)
    node = written.having.node
    parameters = [f"p{position}", "parameters_"]
    kept = asked.having
    quick = None
    if kept.names:
        quick = feel.compile_condition(kept.rest, scope.child(kept.names), parameters, pool)
    until = None
    if asked.until is not None:
        told = action_scope(documents, ruleset, rule).child(asked.until.names)
        until = feel.compile_condition(asked.until.rest, told, signature(rule), pool)
    own = {*kept.names, PARAMETERS} - {*written.per}
    read = {path[0] for path in feel.free_names(kept.rest)}
    window = CompiledWindow(
        events=events,
        per=written.per,
        within=None if written.within is None else lapse_of(documents, ruleset, written.within),
        each=periods_of(documents, ruleset, written),
        at_end=written.at_end,
        having=feel.compile_condition(node, scope, parameters, pool),
        quick=quick,
        running=tuple(asked.kept.running),
        told=tuple(asked.kept.told),
        is_kept=quick is not None and read <= own,
        stays=rule.until is not None,
        wanes=all(asked.keeper.wanes(part) for part in feel.conjuncts(node)),
        until=until,
    )
    holds = Conjunct(
        lambda *arguments: arguments[position]["holds"], (), written.having, node.start, node.end
    )
    return CompiledPattern(
        position=position,
        alias=events.alias,
        fact_type=f"window {rule.name}/{position}",
        negated=False,
        conjuncts=(holds,),
        constants=(("holds", (True,)),),
        local=None,
        local_text="",
        joins=(),
        residual=None,
        reads=frozenset(),
        where=written.having,
        window=window,
    )


def periods_of(documents: Documents, ruleset: RuleSet, written: Window) -> Periods | None:
    """Return the shifts or days that *written* counts by, if it does."""
    calendar = calendar_of(documents, ruleset)
    match written.each:
        case "shift":
            return Periods("shift", calendar)
        case "day":
            return Periods("day", calendar)
        case _:
            return None
