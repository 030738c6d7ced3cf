"""The compiler: rule files in, one immutable rule book out, or every fault in them.

Stages, in this order: parse (each file for itself), check (documents together: types, names, chains), compile (rules in firing
order). A stage's errors end the run, so that later stages may rely on what earlier ones proved.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256
from types import MappingProxyType

from engine import checks, feel, parser
from engine.checks.lasting import duration_of, lapse_of
from engine.compiler.actions import compile_action, compile_for_each, compile_until
from engine.compiler.patterns import compile_patterns
from engine.compiler.steps import compile_steps, ordinals_of
from engine.compiler.tables import compile_rule_table
from engine.diagnostics import Diagnostic, RulesRejected, has_errors, in_order
from engine.model import Documents, Kind, OnMissing, Rule, RuleSet
from engine.rulebook import CompiledAction, CompiledRule, Data, RuleBook
from engine.scopes import calendars_of, library_of_documents, record_type

CHANGING = ("hold", "release", "assert", "open_case", "resolve_case", "suppress")
"""Kinds of action that change what another rule may see."""


def compile_rules(files: Mapping[str, str]) -> RuleBook:
    """Return the rule book of *files* (name -> YAML text).

    Raises RulesRejected with every diagnostic, warnings included, where there is an error. Warnings alone are kept in the book.
    """
    parsed = parser.parse(files)
    found: list[Diagnostic] = list(parsed.diagnostics)
    found += checks.check(parsed.documents)
    if has_errors(found):
        raise RulesRejected(found)
    return compile_documents(parsed.documents, in_order(found), files)


def compile_documents(
    documents: Documents, warnings: tuple[Diagnostic, ...], files: Mapping[str, str]
) -> RuleBook:
    """Return the rule book of *documents*, which have been checked and are without errors."""
    ordered = _firing_order(documents)
    shared = _Shared(feel.FunctionPool())
    rules: list[CompiledRule] = []
    ordinal = 0
    for ruleset, rule in ordered:
        made = _compile_rule(documents, ruleset, rule, ordinal, shared)
        if rule.steps:
            made = compile_steps(documents, ruleset, made, shared.pool)
        rules.append(made)
        ordinal += ordinals_of(made)
    return RuleBook(
        digest=digest_of(files),
        fact_types=documents.fact_types,
        rulesets=documents.rulesets,
        rules=tuple(rules),
        systems=documents.systems,
        flows=documents.flows,
        warnings=warnings,
        sources=MappingProxyType(dict(sorted(files.items()))),
        records={name: record_type(documents, name) for name in documents.fact_types},
        library=library_of_documents(documents),
        calendars=documents.calendars,
        ladders=documents.ladders,
        dispositions=documents.dispositions,
    )


def digest_of(files: Mapping[str, str]) -> str:
    """Return the SHA-256 (hex) of the texts in the order of their names: the name of what they say, wherever they stand."""
    digest = sha256()
    for _, text in sorted(files.items()):
        raw = text.encode("utf-8", "surrogatepass")
        digest.update(f"{len(raw)}:".encode())
        digest.update(raw)
    return digest.hexdigest()


def _firing_order(documents: Documents) -> list[tuple[RuleSet, Rule]]:
    """Return the enabled rules by priority, highest first, then in the order of the files and of their lines."""
    pairs = [(s, r) for s in documents.rulesets for r in s.rules if r.enabled]
    return sorted(pairs, key=lambda pair: (-pair[1].priority, pair[0].span, pair[1].span))


class _Shared:
    """What rules say alike is there once, so that a large book stays small, and what a fact touches near in memory."""

    def __init__(self, pool: feel.FunctionPool) -> None:
        self.pool = pool
        self._actions: dict[object, CompiledAction] = {}
        self._aliases: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._actions_of: dict[tuple[int, ...], tuple[CompiledAction, ...]] = {}
        self._parameters: dict[str, Data] = {}

    def actions(self, made: Iterable[CompiledAction]) -> tuple[CompiledAction, ...]:
        """Return the actions *made*, or those of the rule before it that say and do the same."""
        found = tuple([self._action(one) for one in made])
        return self._actions_of.setdefault(tuple([id(one) for one in found]), found)

    def _action(self, made: CompiledAction) -> CompiledAction:
        computed = tuple((name, id(compute)) for name, compute in made.computed)
        reason = made.reason if isinstance(made.reason, str | None) else id(made.reason)
        said = (
            made.kind,
            made.index,
            made.subject_type,
            id(made.subject),
            repr(made.constants),
            made.fact_type,
            made.case,
            made.hold,
        )
        return self._actions.setdefault((said, computed, reason), made)

    def aliases(self, rule: Rule) -> tuple[str, ...]:
        """Return the aliases of *rule*'s patterns in order."""
        made = tuple(pattern.alias for pattern in rule.patterns)
        return self._aliases.setdefault(made, made)

    def parameters(self, ruleset: RuleSet) -> Data:
        """Return the parameters of *ruleset*."""
        return self._parameters.setdefault(ruleset.name, dict(ruleset.parameters))


def _compile_rule(
    documents: Documents, ruleset: RuleSet, rule: Rule, ordinal: int, shared: _Shared
) -> CompiledRule:
    patterns = compile_patterns(documents, ruleset, rule, shared.pool)
    events = [
        p.position
        for p in patterns[: len(rule.start.patterns)]
        if not p.negated and p.window is None and documents.fact_types[p.fact_type].kind is Kind.EVENT
    ]
    table = compile_rule_table(documents, ruleset, rule, shared.pool)
    is_final = not any(action.kind in CHANGING for action in rule.actions)
    return CompiledRule(
        ordinal=ordinal,
        name=rule.name,
        ruleset=ruleset.name,
        owner=ruleset.owner,
        priority=rule.priority,
        on_missing=rule.on_missing,
        effective_from=ruleset.effective_from,
        effective_to=ruleset.effective_to,
        parameters=shared.parameters(ruleset),
        aliases=shared.aliases(rule),
        patterns=patterns,
        positive=tuple(p.position for p in patterns if not p.negated),
        event=events[0] if events else None,
        actions=shared.actions(
            compile_action(documents, ruleset, rule, at, shared.pool) for at in range(len(rule.actions))
        ),
        table=table,
        until=None if rule.steps else compile_until(documents, ruleset, rule),
        source=rule,
        is_final=is_final,
        is_plain=is_final
        and table is None
        and rule.at_most is None
        and rule.on_missing is OnMissing.SKIP
        and ruleset.effective_from is None
        and ruleset.effective_to is None,
        window=next((p.position for p in patterns if p.window is not None), None),
        calendars=calendars_of(documents, ruleset),
        at_most=None if rule.at_most is None else lapse_of(documents, ruleset, rule.at_most),
        for_each=compile_for_each(documents, ruleset, rule),
        lateness=None if ruleset.lateness is None else duration_of(ruleset.lateness, ruleset),
    )
