"""The stored facts -> the session as it was: the newest readable snapshot, and the facts after it.

Each fact is evaluated under the rule book that was active when it came. Nothing is stored again; decisions that
differ from the stored ones are logged, since they mean that the engine is not deterministic; so is what a changed rule book
leaves behind, since nothing else tells of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.admission import fact_from_json
from engine.diagnostics import RulesRejected
from engine.losses import Loss
from engine.rulebook import RuleBook
from service.logs import logger_for
from service.metrics import Metrics
from service.pipeline.evaluation import Doors, Session, bodies_of
from service.schemas import DECODER, to_text
from service.settings import StartRefused
from service.store import Ledger, Tail

log = logger_for(__name__)

RENAMED = (
    "what was decided on the stored facts from number {fact} on has other ids in this version of Lineside, and no later snapshot "
    "is stored; start the version that decided it once more on this database and stop it in order (Ctrl-C), which stores one; "
    "then start this version"
)
"""What a session would hold under ids that the tables do not know, nothing could release or answer."""


class Recovery:
    """Rebuilds the session of one partition from its ledger."""

    def __init__(self, ledger: Ledger, doors: Doors, active: RuleBook, metrics: Metrics) -> None:
        self.losses: tuple[Loss, ...] = ()
        """What the session left behind when it came under the active book, if this process brought it there."""
        self._found: list[Loss] = []
        self._metrics = metrics
        self._ledger = ledger
        self._doors = doors
        self._active = active
        self._books: dict[str, RuleBook] = {active.digest: active}

    def rebuild(self) -> tuple[Session, int, int, bool]:
        """Return the session under the active book, the last fact's number, that of the snapshot it grew from, and
        whether the rule book changed on the way (so that a snapshot should be taken now).
        """
        self._found = []
        session, digest, start = self._start()
        last, replayed, changed = start, 0, digest != self._active.digest
        for tail in self._ledger.tail(start):
            if session is None or tail.rulebook != digest:
                session = self._under(session, tail.rulebook)
                changed = changed or digest not in ("", tail.rulebook)
                digest = tail.rulebook
            if tail.rulebook == self._active.digest:
                self._found = []  # told when the book took over, before this fact came
            self._take(session, tail)
            last = tail.seq
            replayed += 1
        if session is None or digest != self._active.digest:
            session = self._under(session, self._active.digest)
            changed = changed or digest != ""
        log.info(
            "session rebuilt", snapshot=start, facts_replayed=replayed, rulebook=self._active.digest[:12]
        )
        self._tell()
        return session, last, start, changed and last > 0

    def _tell(self) -> None:
        """Say what was left behind, once: the session may be rebuilt again before a snapshot is kept."""
        if self.losses:
            return
        self.losses = tuple(self._found)
        for loss in self.losses:
            self._metrics.left_behind.labels(loss.what).inc(loss.count)
            log.warning(
                "left behind by a change of rules",
                what=loss.what,
                rule=loss.rule,
                count=loss.count,
                keys=list(loss.keys),
                why=loss.why,
            )

    def _start(self) -> tuple[Session | None, str, int]:
        """Return the newest snapshot that can be read, with its book's digest and fact number."""
        for seq, digest, snapshot in self._ledger.snapshots():
            book = self._book(digest)
            try:
                return self._restore(book, snapshot), digest, seq
            except ValueError as fault:
                log.warning("snapshot skipped", fact=seq, rulebook=digest[:12], reason=str(fault)[:200])
        return None, "", 0

    def _under(self, session: Session | None, digest: str) -> Session:
        """Return *session* carried over to the rule book *digest*, or a new one."""
        book = self._book(digest)
        if session is None:
            return self._doors.begin(book)
        return self._restore(book, session.snapshot())

    def _restore(self, book: RuleBook, snapshot: bytes) -> Session:
        session = self._doors.restore(book, snapshot)
        if book is self._active:
            self._found += session.losses
        return session

    def _book(self, digest: str) -> RuleBook:
        """Return the rule book *digest*, compiled from its stored sources; the active one where that fails."""
        found = self._books.get(digest)
        if found is not None:
            return found
        book = self._active
        sources = self._ledger.sources_of(digest)
        if sources is None:
            log.error(
                "rule book not stored; its facts are evaluated under the active one", rulebook=digest[:12]
            )
        else:
            try:
                book = self._doors.compile(sources)
                if book.digest != digest:
                    log.error("rule book has another digest now", rulebook=digest[:12], now=book.digest[:12])
            except RulesRejected as fault:
                log.error(
                    "rule book no longer compiles; its facts are evaluated under the active one",
                    rulebook=digest[:12],
                    reason=str(fault)[:500],
                )
        self._books[digest] = book
        return book

    @staticmethod
    def _take(session: Session, tail: Tail) -> None:
        fact = fact_from_json(DECODER.decode(tail.body))
        try:
            outcome = session.submit(fact, tail.clock_limit)
        except Exception:
            # it was evaluated once, so this is another engine or another book; the rest must still come back
            log.exception("a stored fact cannot be evaluated now", fact=tail.seq, type=fact.type)
            return
        bodies = bodies_of(outcome, tail.received)
        made = [
            (decision.id, to_text(body)) for decision, body in zip(outcome.decisions, bodies, strict=True)
        ]
        if made != list(tail.decisions):
            if _say_the_same(made, tail.decisions):
                raise StartRefused(RENAMED.format(fact=tail.seq))
            log.error(
                "a stored fact decides differently now; the stored decisions stand",
                fact=tail.seq,
                source=fact.source,
                id=fact.id,
                stored=[name for name, _ in tail.decisions],
                now=[name for name, _ in made],
            )


def _say_the_same(made: Sequence[tuple[str, str]], stored: Sequence[tuple[str, str]]) -> bool:
    """Return whether decisions, each its id and its body, are the same but for their ids, and have other ones.

    Those of another rule book are not: where the stored one does not compile any more, a rule may rest on other facts.
    """
    if len(made) != len(stored) or all(one[0] == other[0] for one, other in zip(made, stored, strict=True)):
        return False
    return [_said(body) for _, body in made] == [_said(body) for _, body in stored]


def _said(body: str) -> tuple[Any, ...]:
    told = DECODER.decode(body)
    return tuple([told.get(name) for name in ("rule", "rulebook", "kind", "subject", "time")])
