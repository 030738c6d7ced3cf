"""Facts that a flow passes on to targets: which, to whom, and as what decision they are stored and delivered.

Values in, values out. A fact is passed on as a decision of kind `pass_on`, made by its flow and by no rule: it is stored,
delivered, retried and listed like every other, and no session knows of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256

from engine.decisions import Decision, Fact, FactRef, Outcome
from engine.diagnostics import did_you_mean
from engine.model import Flow
from engine.rulebook import RuleBook
from service.settings import StartRefused
from service.tables import PASSED_ON
from service.targets import Target

FLOWS = "flows"
"""What stands in the place of a rule set; the flow stands in that of the rule."""


class Passing:
    """What the flows of a rule book pass on. Raises StartRefused for a target that is not there, or does not take it."""

    def __init__(self, book: RuleBook, targets: Mapping[str, Target]) -> None:
        ensure_targets(book.flows, targets)
        self._book = book
        self._flows: dict[str, list[tuple[Flow, tuple[Target, ...]]]] = {}
        for flow in book.flows:
            if flow.targets:
                to = tuple(targets[name] for name in flow.targets)
                for fact_type in flow.facts:
                    self._flows.setdefault(fact_type, []).append((flow, to))

    def of(self, fact: Fact, outcome: Outcome) -> Iterator[tuple[Decision, tuple[Target, ...]]]:
        """Yield what is passed on of *fact* and of the facts that it gave rise to, and to whom; nothing of a stale one."""
        if not self._flows:
            return
        taken = (fact,) if outcome.status == "accepted" else ()
        made = {decision.id: decision for decision in outcome.decisions}
        for one in (*taken, *outcome.derived):
            for flow, to in self._flows.get(one.type, ()):
                yield self._decision(one, flow, made.get(one.id.partition("/")[0])), to

    def _decision(self, fact: Fact, flow: Flow, cause: Decision | None) -> Decision:
        """Return the decision to pass *fact* on; its subject is that of *cause*, the decision that made it, if one did."""
        if cause is not None:
            subject = (cause.subject_type, cause.subject_id)
        else:
            key = self._book.key_of(fact)
            subject = (fact.type, "/".join(str(part) for part in key) if key else fact.id)
        name = f"{PASSED_ON}\n{flow.name}\n{fact.op}\n{len(fact.source)}:{fact.source}{fact.id}"
        return Decision(
            id=sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:32],
            kind=PASSED_ON,
            subject_type=subject[0],
            subject_id=subject[1],
            rule=flow.name,
            ruleset=FLOWS,
            rulebook=self._book.digest,
            time=fact.time,
            values={"type": fact.type, "op": fact.op, "data": fact.data},
            facts=(FactRef("fact", fact.type, fact.source, fact.id),),
            reason=flow.title,
        )


def ensure_targets(flows: Iterable[Flow], targets: Mapping[str, Target]) -> None:
    """Raise StartRefused with a line for each target that a flow names and that is not there, or does not take it."""
    faults = []
    for flow in flows:
        for name in flow.targets:
            place = flow.places.get("targets", flow.span)
            if name not in targets:
                known = (
                    did_you_mean(name, targets)
                    if targets
                    else "there are none: name a file in LINESIDE_TARGETS"
                )
                faults.append(
                    f'{place}: the flow "{flow.name}" goes on to "{name[:60]}", which is no target; {known}'
                )
            elif PASSED_ON not in targets[name].decisions:
                faults.append(
                    f'{place}: the flow "{flow.name}" goes on to "{name}", which does not take it; '
                    f"add {PASSED_ON} to the decisions of that target"
                )
    if faults:
        raise StartRefused("\n".join(faults))
