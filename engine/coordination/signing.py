"""Dispositions and who signs them: what people decide about holds goes in, decisions and the facts that follow come out.

It keeps those that wait for a signature. A signature that does not fit changes nothing and says why; time comes with the facts.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from engine.coordination.desk import Desk
from engine.coordination.holds import SOURCE, HoldLedger
from engine.coordination.telling import Consequences, decision_id
from engine.decisions import Decision, Fact, FactRef, format_time
from engine.diagnostics import did_you_mean
from engine.model import Disposition, Kind, Signature
from engine.rulebook import RuleBook

SAID, DONE, SPLIT = "disposition", "dispositioned", "split"
"""The fact type by which people decide, the one by which rules hear of it, and the disposition of several parts."""

SIGNATURE = "signature"
"""What falls due where a disposition waits for the rest of its signatures."""

Part = tuple[str, Any]
"""One part of a split: its disposition and its quantity."""


class Signed(msgspec.Struct, frozen=True):
    """One signature as it was given."""

    by: str
    role: str
    meaning: str
    time: str
    reason: str


class Waiting(msgspec.Struct):
    """A disposition that somebody has signed and that waits for others."""

    id: str
    disposition: str
    subject_type: str
    subject_id: str
    hold_id: str
    quantity: Any
    parts: list[Part]
    signed: list[Signed]
    until: datetime | None = None

    @property
    def about(self) -> tuple[str, str, str, str]:
        """What tells it from every other one that waits."""
        return (self.subject_type, self.subject_id, self.hold_id, self.disposition)


@dataclass(frozen=True, slots=True)
class _Step:
    """One step of a disposition: which, the holds it is about, and what follows."""

    book: RuleBook
    one: Waiting
    holds: list[Fact]
    done: Consequences

    @property
    def rule(self) -> str:
        """Return the name of the rule that placed the first of the holds, or ""."""
        return str(self.holds[0].data.get("rule") or "") if self.holds else ""

    @property
    def owner(self) -> str:
        """Return who answers for that rule; "" where nothing is held."""
        named = next((rule.owner for rule in self.book.rules if rule.name == self.rule), "")
        return named or ("quality" if self.holds else "")

    def tell(
        self, name: str, kind: str, values: dict[str, Any], why: str, *, status: str = "decided"
    ) -> None:
        """Decide something about what is held."""
        trigger, one = self.done.trigger, self.one
        refs = (FactRef(SAID, trigger.type, trigger.source, trigger.id),) if trigger.type == SAID else ()
        self.done.decisions.append(
            Decision(
                name,
                kind,
                one.subject_type,
                one.subject_id,
                rule=self.rule,
                ruleset=next((rule.ruleset for rule in self.book.rules if rule.name == self.rule), ""),
                rulebook=self.book.digest,
                time=self.done.now,
                values=values,
                facts=refs,
                status=status,
                reason=why,
            )
        )

    def refuse(self, data: Mapping[str, Any], why: str) -> None:
        """Say why what a person signed changed nothing."""
        said = {name: data[key] for name, key in (("by", "decided_by"), ("role", "role")) if data.get(key)}
        if data.get("meaning"):
            said["meaning"] = data["meaning"]
        name = decision_id("sign", *self.done.trigger.identity)
        self.tell(name, "sign", {**_shown(self.one), **said}, why, status="void")


def is_said_in_vain(book: RuleBook) -> bool:
    """Return whether a disposition leads to nothing under *book*, which declares none and has no rule that reads it."""
    said = book.fact_types.get(SAID)
    if book.dispositions or said is None or said.kind is not Kind.EVENT:
        return False
    fields = said.schema.get("properties", {})
    if not all(name in fields for name in ("subject_type", "subject_id", "disposition")):
        return False  # it is something else, of the plant's own
    return not any(pattern.fact_type == SAID for rule in book.rules for pattern in rule.source.patterns)


class Board:
    """The dispositions that wait for signatures."""

    __slots__ = ("_book", "_desk", "_waiting")

    def __init__(self, book: RuleBook, desk: Desk) -> None:
        self._book = book
        self._desk = desk
        self._waiting: dict[str, Waiting] = {}

    def waiting(self) -> tuple[Waiting, ...]:
        """Return what waits for signatures, in the order in which it was first signed."""
        return tuple(self._waiting.values())

    def sign(self, fact: Fact, now: datetime, ledger: HoldLedger) -> Consequences:
        """Take in that a person signs a disposition; what does not fit is refused, and a decision says why."""
        given = _given(fact)
        there = next((one for one in self._waiting.values() if one.about == given.about), None)
        step = self._step(there or given, fact, now, ledger)
        plan = self._book.dispositions.get(given.disposition)
        if not self._book.dispositions:
            why = "nobody can sign it: the rules declare no dispositions"
        elif plan is None:
            why = (
                f'there is no disposition "{given.disposition}"; '
                f"{did_you_mean(given.disposition, self._book.dispositions)}"
            )
        elif not step.holds:
            why = f"no hold {given.hold_id} stands on it" if given.hold_id else "no hold stands on it"
        else:
            why = self._quantity_fault(given, step.holds) if there is None else _contradiction(there, given)
            if not why:
                signature, why = _signature_of(step.one, plan, fact.data)
                if signature is not None:
                    self._take(step, plan, signature, ledger)
        if why:
            step.refuse(fact.data, why)
        return step.done

    def fall_due(
        self, names: Iterable[str], now: datetime, trigger: Fact, ledger: HoldLedger
    ) -> Consequences:
        """Let what was not signed whole in time be void, and the owner of the rules be told."""
        done = self._desk.begin(trigger, now)
        for name in names:
            step = _Step(self._book, one := self._waiting.pop(name), _meant(one, ledger), done)
            missing = [signature.meaning for signature in self._unsigned(one)]
            first = one.signed[0]
            why = f"{first.by} signed it at {first.time}, and nobody signed in time: {', '.join(missing)}"
            values = {**_shown(one), "waits_for": missing}
            step.tell(decision_id("lapsed", one.id), "sign", values, why, status="void")
            if owner := step.owner:
                message = f"{one.disposition} of {one.subject_type} {one.subject_id} has lapsed: {why}"
                told = decision_id("lapsed", one.id, owner)
                step.tell(told, "escalate", {"to": owner, "message": message}, why)
        return done

    def forget(self, subject_type: str, subject_id: str) -> None:
        """Let nothing wait any more that is about a subject on which no hold stands."""
        for one in self.waiting():
            if (one.subject_type, one.subject_id) == (subject_type, subject_id):
                self._drop(one)

    def saved(self) -> list[Waiting]:
        """Return what waits, for a snapshot."""
        return list(self._waiting.values())

    def load(self, saved: Iterable[Any]) -> None:
        """Take in what `saved` gave; raises ValueError where it is not that."""
        for plain in saved:
            one = msgspec.convert(plain, Waiting)
            self._waiting[one.id] = one

    def _step(self, one: Waiting, trigger: Fact, now: datetime, ledger: HoldLedger) -> _Step:
        return _Step(self._book, one, _meant(one, ledger), self._desk.begin(trigger, now))

    def _take(self, step: _Step, plan: Disposition, signature: Signature, ledger: HoldLedger) -> None:
        """Add a signature to what waits, or begin it; ask for what is missing, or let rules hear that nothing is."""
        one, done = step.one, step.done
        data = done.trigger.data
        by, role, reason = str(data["decided_by"]), str(data["role"]), str(data.get("reason") or "")
        one.signed.append(Signed(by, role, signature.meaning, format_time(done.now), reason))
        self._waiting[one.id] = one
        missing = self._unsigned(one)
        if missing and one.until is None and plan.within is not None:
            one.until = plan.within.after(done.now, self._book.calendars)
            self._desk.timers.set((one.id, SIGNATURE), one.until)
        values = {**_shown(one), "by": by, "role": role, "meaning": signature.meaning}
        if missing:
            values["waits_for"] = [other.meaning for other in missing]
            if one.until is not None:
                values["until"] = format_time(one.until)
        step.tell(decision_id("sign", *done.trigger.identity), "sign", values, reason)
        if missing:
            self._ask(step, missing)
        else:
            self._complete(step, ledger)

    def _ask(self, step: _Step, missing: list[Signature]) -> None:
        """Ask each role that may give a signature that is missing."""
        one = step.one
        roles: dict[str, str] = {}
        for signature in missing:
            for role in signature.roles:
                roles.setdefault(role, signature.meaning)
        for role, meaning in roles.items():
            message = f"sign {one.disposition} of {one.subject_type} {one.subject_id}: {meaning}"
            values: dict[str, Any] = {"to": role, "message": message}
            if one.until is not None:
                values["answer_by"] = format_time(one.until)
            last = one.signed[-1]
            name = decision_id("signature", one.id, role, *step.done.trigger.identity)
            step.tell(name, "ask", values, f"{last.by} signed: {last.meaning}")

    def _complete(self, step: _Step, ledger: HoldLedger) -> None:
        """Let rules hear that all have signed; of a split, what is not released is what stays on hold."""
        one, done = step.one, step.done
        self._drop(one)
        parts: list[Part] = one.parts or [(one.disposition, one.quantity)]
        releases = [self._book.dispositions[name].releases for name, _ in parts]
        if one.parts and any(releases) and not all(releases):
            stays = sum(
                (quantity for (_, quantity), free in zip(parts, releases, strict=True) if not free), 0
            )
            left = _with_quantity(step.holds[0], stays, done)
            ledger.change(left)
            done.facts.append(left)
        last = one.signed[-1]
        for at, (name, quantity) in enumerate(parts, 1):
            data: dict[str, Any] = {
                "subject_type": one.subject_type,
                "subject_id": one.subject_id,
                "disposition": name,
                "releases": all(releases) and at == len(parts),
                "decided_by": last.by,
                "reason": last.reason,
                "signatures": [msgspec.structs.asdict(signed) for signed in one.signed],
            }
            if one.hold_id:
                data["hold_id"] = one.hold_id
            if quantity is not None:
                data["quantity"] = quantity
            if one.parts:
                data["of_split"] = True
            done.facts.append(Fact(SOURCE, f"{one.id}/{at}", DONE, done.now, data))

    def _quantity_fault(self, given: Waiting, holds: list[Fact]) -> str:
        """Return why the quantities of *given* are not all that is held, or ""."""
        held = [hold.data["quantity"] for hold in holds if hold.data.get("quantity") is not None]
        if given.disposition != SPLIT:
            if given.quantity is not None and len(held) == len(holds) == 1 and given.quantity != held[0]:
                return f"{held[0]} are held, and it is about {given.quantity}; use {SPLIT} to divide them"
            return "only a split has parts" if given.parts else ""
        if len(given.parts) < 2:
            return "a split names two parts or more, each with its disposition and quantity"
        if len(holds) != 1:
            return f"a split divides one hold, and {len(holds)} stand on it" + (
                "; name one by its hold_id" if holds else ""
            )
        unknown = next((name for name, _ in given.parts if name not in self._book.dispositions), None)
        if unknown is not None or any(name == SPLIT for name, _ in given.parts):
            return f'a part of it is "{unknown or SPLIT}", which is no disposition of a part'
        total = held[0] if held else given.quantity
        if total is None:
            return "it is not known how much is held: give its quantity"
        named = sum(quantity for _, quantity in given.parts)
        return "" if named == total else f"its parts come to {named}, and {total} are held"

    def _unsigned(self, one: Waiting) -> list[Signature]:
        plan = self._book.dispositions.get(one.disposition)
        given = {signed.meaning for signed in one.signed}
        return [] if plan is None else [s for s in plan.signatures if s.meaning not in given]

    def _drop(self, one: Waiting) -> None:
        self._waiting.pop(one.id, None)
        self._desk.timers.drop((one.id, SIGNATURE))


def _given(fact: Fact) -> Waiting:
    """Return the disposition that *fact* names, signed by nobody."""
    data = fact.data
    return Waiting(
        id=decision_id("disposition", *fact.identity),
        disposition=str(data.get("disposition") or ""),
        subject_type=str(data.get("subject_type") or ""),
        subject_id=str(data.get("subject_id") or ""),
        hold_id=str(data.get("hold_id") or ""),
        quantity=data.get("quantity"),
        parts=[
            (str(part.get("disposition") or ""), part.get("quantity") or 0)
            for part in data.get("split") or ()
        ],
        signed=[],
    )


def _meant(one: Waiting, ledger: HoldLedger) -> list[Fact]:
    """Return the holds that *one* is about: the one it names, or all on its subject."""
    standing = ledger.on(one.subject_type, one.subject_id)
    return [ledger.get(name) for name in standing if not one.hold_id or name == one.hold_id]


def _signature_of(one: Waiting, plan: Disposition, data: Mapping[str, Any]) -> tuple[Signature | None, str]:
    """Return which signature of *plan* the person gives, or why none."""
    by, role = str(data.get("decided_by") or ""), str(data.get("role") or "")
    if not role:
        return None, "it does not say in which role it is signed"
    if any(_same(signed.by, by) for signed in one.signed):
        return None, f"{by} has signed it already: another person has to"
    fitting = [s for s in plan.signatures if any(_same(role, name) for name in s.roles)]
    if not fitting:
        names = ", ".join(dict.fromkeys(name for s in plan.signatures for name in s.roles))
        return None, f"{role} has no authority for {plan.name}; those who have: {names}"
    meaning = data.get("meaning")
    if meaning and all(s.meaning != meaning for s in fitting):
        may = ", ".join(f'"{s.meaning}"' for s in fitting)
        return None, f'{role} does not sign "{meaning}" of {plan.name}, but {may}'
    given = {signed.meaning for signed in one.signed}
    free = [s for s in fitting if s.meaning not in given and meaning in (None, "", s.meaning)]
    if not free:
        return None, f"what {role} may sign of it is signed: {', '.join(s.meaning for s in fitting)}"
    return free[0], ""


def _contradiction(there: Waiting, given: Waiting) -> str:
    """Return how *given* says something else than what was signed *there* before, or ""."""
    first = there.signed[0]
    if given.parts and sorted(map(str, given.parts)) != sorted(map(str, there.parts)):
        return f"it divides otherwise than {first.by} signed"
    if given.quantity is not None and there.quantity is not None and given.quantity != there.quantity:
        return f"{first.by} signed for {there.quantity}"
    return ""


def _same(one: str, other: str) -> bool:
    """Return whether two names are one, however they are written: nobody becomes another person by a capital letter."""
    return _bare(one) == _bare(other)


def _bare(name: str) -> str:
    """Return *name* without what the eye does not tell apart: case, blanks, forms of a letter, and what is not shown."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return " ".join("".join(c for c in folded if unicodedata.category(c) != "Cf").split())


def _shown(one: Waiting) -> dict[str, Any]:
    shown: dict[str, Any] = {"disposition": one.disposition}
    if one.hold_id:
        shown["hold_id"] = one.hold_id
    if one.quantity is not None:
        shown["quantity"] = one.quantity
    if one.parts:
        shown["split"] = [{"disposition": name, "quantity": quantity} for name, quantity in one.parts]
    return shown


def _with_quantity(hold: Fact, quantity: int | Decimal, done: Consequences) -> Fact:
    """Return *hold* as it stands with only *quantity* of it left on hold."""
    name = f"{hold.data['hold_id']}/{decision_id('left', *done.trigger.identity)}"
    return Fact(SOURCE, name, hold.type, done.now, {**hold.data, "quantity": quantity})
