"""The linter: documents in, every fault that more than one line is needed to see out.

Each check is one small function over all documents; they run in the order below, and none needs another to have passed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from engine.checks.actions import values_fit
from engine.checks.calendars import calendars_are_known
from engine.checks.cases import (
    case_types_fit,
    cases_can_be_answered,
    resolutions_are_meant,
    silences_are_meant,
)
from engine.checks.chains import chains_end
from engine.checks.clock import clock_conditions_are_met_by_facts
from engine.checks.conditions import conditions_hold_together
from engine.checks.contradictions import conditions_can_hold
from engine.checks.definitions import definitions_hold_together
from engine.checks.dispositions import disposition_types_fit, dispositions_can_be_signed, holds_can_end
from engine.checks.documents import (
    effective_days_are_in_order,
    flows_are_owned,
    hold_type_fits,
    keys_are_plain,
)
from engine.checks.flows import finding_type_fits, flow_checks_fit
from engine.checks.ladders import ladders_can_be_climbed
from engine.checks.lasting import conditions_can_last
from engine.checks.missing import missing_fields_are_answered
from engine.checks.names import aliases_are_clear, fact_types_are_known
from engine.checks.opposites import decisions_agree
from engine.checks.parameters import numbers_are_not_quoted
from engine.checks.patterns import patterns_are_joined, patterns_can_fire
from engine.checks.ranges import literals_are_in_range
from engine.checks.reach import comparisons_can_go_either_way
from engine.checks.repeats import conditions_differ
from engine.checks.steps import steps_hold_together
from engine.checks.table_cells import outputs_named
from engine.checks.tables import tables_hold_together
from engine.checks.texts import texts_are_meant
from engine.checks.windows import windows_hold_together
from engine.diagnostics import Diagnostic, has_errors, in_order
from engine.model import Documents
from engine.parser.reader import MAX_FAULTS, too_many_faults

Check = Callable[[Documents], Iterable[Diagnostic]]

CHECKS: tuple[Check, ...] = (
    definitions_hold_together,  # what rules call comes before the rules
    fact_types_are_known,  # names first: what is not known is not looked at further
    aliases_are_clear,
    patterns_can_fire,
    patterns_are_joined,
    conditions_hold_together,
    clock_conditions_are_met_by_facts,
    calendars_are_known,
    ladders_can_be_climbed,
    cases_can_be_answered,
    dispositions_can_be_signed,
    resolutions_are_meant,
    silences_are_meant,
    conditions_can_last,
    windows_hold_together,
    steps_hold_together,
    values_fit,
    decisions_agree,
    literals_are_in_range,
    texts_are_meant,
    numbers_are_not_quoted,
    missing_fields_are_answered,
    conditions_can_hold,
    comparisons_can_go_either_way,
    tables_hold_together,
    effective_days_are_in_order,
    flows_are_owned,
    flow_checks_fit,
    hold_type_fits,
    case_types_fit,
    finding_type_fits,
    disposition_types_fit,
    keys_are_plain,
    conditions_differ,  # across rules, whole ones only
    chains_end,
)


def check(documents: Documents) -> tuple[Diagnostic, ...]:
    """Return every fault and warning of *documents*, by file and place; a flood of them is cut off and said so."""
    found = [diagnostic for run in CHECKS for diagnostic in _some(run(documents))]
    if not has_errors(found):  # what a whole rule book lacks cannot be told of one in pieces
        found += holds_can_end(documents)
    return in_order(outputs_named(documents, found))


def _some(found: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """Yield *found* up to the limit: so many come from one cause, or from somebody who wants the check to hang."""
    for count, diagnostic in enumerate(found):
        if count == MAX_FAULTS:
            yield too_many_faults(diagnostic.span)
            return
        yield diagnostic
