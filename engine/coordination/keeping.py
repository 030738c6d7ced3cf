"""Holds in time, and what they reach: when one is looked at again, when it ends by itself, what was made from its subject.

Decisions, confirmations and the clock go in, what follows comes out. The ledger knows which holds stand. It reads no clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from engine.coordination.desk import Desk
from engine.coordination.genealogy import Genealogy, Thing
from engine.coordination.holds import HoldLedger
from engine.coordination.telling import Consequences, decision_id
from engine.coordination.timers import Key
from engine.decisions import Decision, Fact, FactRef, format_time
from engine.model import HoldPlan
from engine.rulebook import RuleBook

REVIEW, EXPIRY = "review", "expiry"
"""What falls due for a hold: that somebody looks at it again, and that it ends."""


class Keeping:
    """What is due for holds that stand, and what is done then."""

    __slots__ = ("_book", "_desk", "genealogy")

    def __init__(self, book: RuleBook, desk: Desk) -> None:
        self._book = book
        self._desk = desk
        self.genealogy = Genealogy(kept_for(book))

    def place(
        self, decision: Decision, plan: HoldPlan | None, ledger: HoldLedger, trigger: Fact
    ) -> Consequences:
        """Let the hold that *decision* places stand, with what *plan* says of it, on all that it reaches."""
        done = self._desk.begin(trigger, decision.time)
        more: dict[str, Any] = {}
        if plan is not None:
            for wait, what, field in (
                (plan.review, REVIEW, "review_at"),
                (plan.expires, EXPIRY, "expires_at"),
            ):
                if wait is not None:
                    at = wait.after(decision.time, self._book.calendars)
                    self._desk.timers.set((decision.id, what), at)
                    more[field] = format_time(at)
            if plan.descendants is not None:
                more["descendants"] = True
        hold = ledger.place(decision, more)
        done.facts.append(hold)
        if "descendants" in more:
            self._reach(hold, (decision.subject_type, decision.subject_id), ledger, done)
        return done

    def confirm(self, confirmation: Fact, now: datetime, ledger: HoldLedger) -> Consequences:
        """Take in what was made from what; what was made of something on hold is held where that hold reaches it."""
        done = self._desk.begin(confirmation, now)
        for consumed, made in self.genealogy.note(confirmation):
            for hold_id in ledger.on(*consumed):
                data = ledger.get(hold_id).data
                origin = data.get("origin") or (hold_id if data.get("descendants") else None)
                if origin is not None and ledger.stands(origin):
                    self._hold(ledger.get(origin), made, consumed, ledger, done)
                    self._reach(ledger.get(origin), made, ledger, done)
        return done

    def give_way(self, release: Decision, placed: Decision | None, ledger: HoldLedger) -> Decision:
        """Return *release* with the holds it ends; a hold *placed* by the same fact is more restrictive, and wins."""
        if placed is not None:
            status = "conflict" if placed.priority == release.priority else "superseded"
            values = {**release.values, "holds": []}
            return msgspec.structs.replace(release, values=values, status=status, settled_by=placed.id)
        subject, only = (release.subject_type, release.subject_id), release.values.get("hold_id")
        standing = tuple(name for name in ledger.on(*subject) if only is None or name == only)
        left = ledger.status_without(*subject, standing)
        values = {**release.values, "holds": list(standing), "inventory_status": left}
        if not standing:
            why = "no hold stood on it"
            return msgspec.structs.replace(release, values=values, status="void", reason=why)
        return msgspec.structs.replace(release, values=values)

    def release(
        self, decision: Decision, hold_ids: Iterable[str], ledger: HoldLedger, trigger: Fact
    ) -> Consequences:
        """End the holds called *hold_ids*, what is due for them, and the holds that come from them."""
        done = self._desk.begin(trigger, decision.time)
        for hold_id in tuple(hold_ids):
            self._desk.timers.drop((hold_id, REVIEW))
            self._desk.timers.drop((hold_id, EXPIRY))
            done.facts += ledger.release(decision, (hold_id,))
            for other in ledger.of(hold_id):
                hold = ledger.get(other)
                why = (
                    f"the hold on {decision.subject_type} {decision.subject_id} has ended: {decision.reason}"
                )
                ended = self._decision(hold, "release", _ended(hold, ledger), why, done)
                done.decisions.append(ended)
                done.facts += ledger.release(ended, (other,))
        return done

    def _reach(self, origin: Fact, thing: Thing, ledger: HoldLedger, done: Consequences) -> None:
        """Hold what was made from *thing*, directly or not, for the sake of the hold *origin*."""
        for made, consumed in self.genealogy.made_from(thing, done.now):
            self._hold(origin, made, consumed, ledger, done)

    def _hold(
        self, origin: Fact, made: Thing, consumed: Thing, ledger: HoldLedger, done: Consequences
    ) -> None:
        """Place the hold on *made* that comes from *origin*, unless it is held by it already."""
        about, name = origin.data, origin.data["hold_id"]
        if made == (about["subject_type"], about["subject_id"]):
            return
        if any(ledger.get(other).data.get("origin") == name for other in ledger.on(*made)):
            return
        why = f"made from {consumed[0]} {consumed[1]}: {about['reason']}"
        values = {"inventory_status": about["inventory_status"], "origin": name}
        placed = self._decision(origin, "hold", values, why, done, subject=made)
        done.decisions.append(placed)
        done.facts.append(ledger.place(placed, {"origin": name}))

    def fall_due(self, keys: Iterable[Key], now: datetime, trigger: Fact, ledger: HoldLedger) -> Consequences:
        """End the holds that have expired, and ask the owners of the rules to look at those that are to be reviewed."""
        done = self._desk.begin(trigger, now)
        for hold_id, what in sorted(keys, key=lambda key: key[1]):
            if not ledger.stands(hold_id):  # it expired at the time of its review
                continue
            hold = ledger.get(hold_id)
            if what == EXPIRY:
                why = f"the hold has expired: it was placed at {hold.data['placed_at']}"
                ended = self._decision(hold, "release", _ended(hold, ledger), why, done)
                done.decisions.append(ended)
                followed = self.release(ended, (hold_id,), ledger, trigger)
                done.decisions += followed.decisions
                done.facts += followed.facts
            else:
                message = (
                    f"review the hold on {hold.data['subject_type']} {hold.data['subject_id']}, "
                    f"which stands since {hold.data['placed_at']}: {hold.data['reason']}"
                )
                values = {"to": self._owner_of(hold), "message": message, "hold_id": hold_id}
                told = self._decision(hold, "escalate", values, "the hold is to be reviewed", done)
                done.decisions.append(told)
        return done

    def _owner_of(self, hold: Fact) -> str:
        return next((r.owner for r in self._book.rules if r.name == hold.data.get("rule")), "") or "quality"

    def _decision(
        self,
        hold: Fact,
        kind: str,
        values: Mapping[str, Any],
        why: str,
        done: Consequences,
        *,
        subject: Thing | None = None,
    ) -> Decision:
        subject = subject or (hold.data["subject_type"], hold.data["subject_id"])
        rule = str(hold.data.get("rule") or "")
        return Decision(
            decision_id(kind, hold.data["hold_id"], *subject, *done.trigger.identity),
            kind,
            *subject,
            rule=rule,
            ruleset=next((r.ruleset for r in self._book.rules if r.name == rule), ""),
            rulebook=self._book.digest,
            time=done.now,
            values=dict(values),
            facts=(FactRef("hold", hold.type, hold.source, hold.id),),
            reason=why,
        )


def _ended(hold: Fact, ledger: HoldLedger) -> dict[str, Any]:
    """Return the values of a release that ends *hold*: which, and the inventory status that is left."""
    name, about = hold.data["hold_id"], (hold.data["subject_type"], hold.data["subject_id"])
    return {"holds": [name], "inventory_status": ledger.status_without(*about, (name,))}


def kept_for(book: RuleBook) -> timedelta:
    """Return how long the rules of *book* need to know what was made from what; zero where none does."""
    plans = [action.hold for rule in book.rules for action in rule.source.actions]
    asked = [plan.descendants for plan in plans if plan is not None and plan.descendants is not None]
    return max(asked, default=timedelta())
