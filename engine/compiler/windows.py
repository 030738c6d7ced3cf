"""Windows into what runs: which events go in, and `having` twice: over the list of the facts, and over what is kept of them
as they come and go.
"""

from __future__ import annotations

from engine import feel
from engine.calendars import Periods
from engine.checks.lasting import lapse_of
from engine.compiler.keeping import Keeper
from engine.model import Documents, Rule, RuleSet, Window
from engine.rulebook import CompiledPattern, CompiledWindow, Conjunct
from engine.scopes import PARAMETERS, calendar_of, having_scope, record_type


def compile_window(
    documents: Documents, ruleset: RuleSet, rule: Rule, events: CompiledPattern, pool: feel.FunctionPool
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
    keeper = Keeper(pattern.alias, position, record_type(documents, pattern.fact_type), scope)
    kept = keeper.keep(node, dict(ruleset.parameters), pool)
    quick = None
    if kept.names:
        quick = feel.compile_condition(kept.rest, scope.child(kept.names), parameters, pool)
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
        running=kept.running,
        is_kept=quick is not None and read <= own,
        stays=rule.until is not None,
        wanes=all(keeper.wanes(part) for part in feel.conjuncts(node)),
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
