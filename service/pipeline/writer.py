"""The one writer of a partition: takes posts from the queue, decides, commits, and only then answers.

A batch is one commit. Where the commit or the engine fails, nothing of the batch is answered as done, and the session is
rebuilt from the store before the next fact: what the session knows is always what is stored.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import nan

from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError

from engine.admission import Limits, undeclared_fields
from engine.diagnostics import FactRefused
from engine.rulebook import RuleBook
from service.clock import Clock
from service.logs import logger_for
from service.metrics import Metrics
from service.pipeline.casework import ladder_places
from service.pipeline.entries import Entry, answer_of_twin, refused_answer, without_known
from service.pipeline.evaluation import Doors, Numbers, Recorder, Session
from service.pipeline.posts import Job, NotAdmitted, Posted, PostQueue
from service.pipeline.recovery import Recovery
from service.pipeline.refusals import ahead, problem_of
from service.pipeline.timers import Timers, tick_at
from service.schemas import ENGINE_FAULT, NOT_STORED, FactAnswer
from service.store import Batch, Ledger

log = logger_for(__name__)


def no_checkpoint(_name: str) -> None:
    """Pass a named crash point; tests stop the process at one."""


class _EngineFault(Exception):  # noqa: N818 - named for what happened
    def __init__(self, entry: Entry) -> None:
        super().__init__()
        self.entry = entry


@dataclass(frozen=True, slots=True)
class WriterSizes:
    """How much waits, goes into one commit, and lies between two snapshots."""

    queue_facts: int = 10_000
    queue_bytes: int = 64 * 1_048_576
    batch_facts: int = 500
    snapshot_every: int = 10_000
    snapshots_kept: int = 3


class Writer:
    """The thread that owns the session and the writing connection."""

    def __init__(
        self,
        ledger: Ledger,
        doors: Doors,
        book: RuleBook,
        recorder: Recorder,
        *,
        clock: Clock,
        limits: Limits,
        most_ahead: timedelta = timedelta(days=366),
        sizes: WriterSizes,
        metrics: Metrics,
        checkpoint: Callable[[str], None] = no_checkpoint,
        on_stored: Callable[[], None] = lambda: None,
    ) -> None:
        self.book = book
        self.on_stored = on_stored
        self._ledger = ledger
        self._admission = doors.admission(book, limits)
        self._limits = limits
        self._most_ahead = most_ahead
        self.recovery = Recovery(ledger, doors, book, metrics)
        self._recorder = recorder
        self._clock = clock
        self._sizes = sizes
        self._metrics = metrics
        self._checkpoint = checkpoint
        self._queue = PostQueue(sizes.queue_facts, sizes.queue_bytes)
        metrics.queued.set_function(lambda: len(self._queue))
        self._session: Session | None = None
        self._timers = Timers()
        self._numbers = Numbers(0, 0, 0)
        self._snapshot_at = 0
        self._thread = threading.Thread(target=self._run, name="lineside-writer", daemon=True)

    @property
    def is_alive(self) -> bool:
        """Return whether posts are being taken."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Rebuild the session from what is stored, then take posts."""
        self._rebuild()
        self._thread.start()

    def stop(self, seconds: float) -> None:
        """Take no further post, finish those that wait, keep a snapshot. Waits at most *seconds*."""
        self._queue.close()
        if self._thread.is_alive():
            self._thread.join(seconds)

    async def post(self, posts: Sequence[Posted]) -> list[FactAnswer]:
        """Return the answers to *posts*, in order, once they are stored; raise QueueFull where none was taken."""
        job = Job(posts)
        self._queue.put(job)
        # a caller that goes away does not cancel what is being written
        return await asyncio.shield(asyncio.wrap_future(job.answers))

    # the rest runs in the writer's thread

    def _run(self) -> None:
        while True:
            # first what fell due while the service stood; then after every batch, so that no load keeps timers waiting
            self._tick()
            if self._numbers.fact - self._snapshot_at >= self._sizes.snapshot_every:
                self._keep_snapshot()
            until = self._timers.look_at(self._session, self._clock.now())
            jobs = self._queue.take(self._sizes.batch_facts, self._clock, until)
            if jobs is None:
                self._keep_snapshot()
                return
            if jobs:
                self._answer(jobs)

    def _answer(self, jobs: Sequence[Job]) -> None:
        try:
            answers = self._settle([post for job in jobs for post in job.posts])
        except Exception:
            log.exception("a batch failed")
            self._session = None
            problem = NOT_STORED.problem("the batch could not be stored; post it again")
            answers = [refused_answer(problem) for job in jobs for _ in job.posts]
        self._checkpoint("before-answer")
        start = 0
        for job in jobs:
            mine = answers[start : start + len(job.posts)]
            start += len(job.posts)
            if not job.answers.cancelled():
                job.answers.set_result(mine)

    def _tick(self) -> None:
        """Let the session decide on what is due by now, and store it as a fact of its own; say so where that fails."""
        now = self._clock.now()
        when = self._timers.look_at(self._session, now)
        if when is not None and when <= now:
            due: datetime | None = None
            try:
                session = self._session or self._rebuild()
                due = session.next_due()
                at = self._timers.due_at(session)
                if at is None or now < at:
                    self._timers.mended()
                else:
                    batch, numbers = self._evaluate([Entry(tick_at(now))], now, now)
                    self._commit(batch, numbers)
                    self._timers.ran(now)
                    self._metrics.ticks.labels("stored").inc()
            except Exception as fault:
                self._session = None
                pause = self._timers.failed(due, now)
                self._metrics.ticks.labels("failed").inc()
                reason = getattr(fault, "orig", None) or type(fault).__name__
                log.error("a tick failed", reason=str(reason)[:300], again_in=pause.total_seconds())
        if self._session is not None:  # else it stays what it was: what failed is due still
            due = self._session.next_due()
            self._metrics.next_due.set(nan if due is None else due.timestamp())

    def _settle(self, posts: Sequence[Posted]) -> list[FactAnswer]:
        """Return the answers to *posts*, everything that is new among them being stored."""
        received = self._clock.now()
        entries = [self._admit(post, received) for post in posts]
        identities = {said.identity for entry in entries if (said := entry.said) is not None}
        known = self._ledger.known(list(identities)) if identities else {}
        new = without_known(entries, known)
        if new:
            self._decide_and_store(new, received)
        answers = []
        for entry in entries:
            if entry.twin is not None:
                entry.answer = answer_of_twin(entry, entry.twin)
            assert entry.answer is not None  # noqa: S101 - every entry is refused, known, a twin, or settled
            if entry.fact is not None and entry.answer.problem is None:
                fact_type = self.book.fact_types[entry.fact.type]
                entry.answer.unknown = undeclared_fields(fact_type, entry.fact.data)
            self._metrics.facts.labels(entry.answer.status).inc()
            answers.append(entry.answer)
        return answers

    def _admit(self, post: Posted, received: datetime) -> Entry:
        try:
            fact, time_given = post.admitted(self._admission, received, self._limits)
        except NotAdmitted as refused:
            answer = refused_answer(problem_of(refused))
            return Entry(None, refused.time_given, answer, sent=refused.sent)
        except FactRefused as refused:
            return Entry(answer=refused_answer(problem_of(refused)))
        entry = Entry(fact, time_given)
        problem = ahead(fact, received, self._most_ahead)
        return entry if problem is None else Entry(answer=refused_answer(problem, entry))

    def _decide_and_store(self, new: list[Entry], received: datetime, *, again: bool = True) -> None:
        """Evaluate and commit *new*; an entry that the engine or the database cannot take is answered with why.

        A single entry that conflicts with what is stored is tried *again* after a rebuild: if another writer got in
        despite the lock, the numbers that this one would give are taken, and its session is behind.
        """
        while new:
            try:
                batch, numbers = self._evaluate(new, received, self._timers.limit(received))
            except _EngineFault as fault:
                self._session = None
                if self._hold_timers_back(fault.entry, received):
                    continue
                fault.entry.answer = refused_answer(
                    ENGINE_FAULT.problem("the engine failed on this fact"), fault.entry
                )
                new = [entry for entry in new if entry is not fault.entry]
                continue
            try:
                self._commit(batch, numbers)
            except (IntegrityError, DataError):
                self._session = None
                if len(new) > 1:
                    # something in one of them does not fit the database: let each stand alone
                    for entry in new:
                        self._decide_and_store([entry], received)
                    return
                if again:
                    self._decide_and_store(new, received, again=False)
                    return
                log.exception("a fact does not fit the database")
                new[0].answer = refused_answer(
                    ENGINE_FAULT.problem("the fact could not be stored as it is"), new[0]
                )
                return
            except SQLAlchemyError as fault:
                self._session = None
                log.error("commit failed", reason=str(getattr(fault, "orig", None) or fault)[:300])
                for entry in new:
                    entry.answer = refused_answer(
                        NOT_STORED.problem("the database refused the commit"), entry
                    )
                return
            return

    def _hold_timers_back(self, entry: Entry, received: datetime) -> bool:
        """Return whether *entry* may have failed on what fell due before it, which it is not to be refused for."""
        due = self._rebuild().next_due()
        limit = self._timers.limit(received)
        if due is None or entry.fact is None or due > min(entry.fact.time, limit):
            return False
        self._timers.failed(due, received)
        return True

    def _evaluate(self, new: list[Entry], received: datetime, clock_limit: datetime) -> tuple[Batch, Numbers]:
        """Return the rows of *new*, with an answer in each entry; raise _EngineFault at the first that fails."""
        session = self._session or self._rebuild()
        numbers = replace(self._numbers)
        batch = Batch()
        for entry in new:
            assert entry.fact is not None  # noqa: S101 - refused posts are not new
            try:
                outcome = session.submit(entry.fact, clock_limit)
                explanations = session.explain(outcome) if outcome.decisions else ()
                entry.answer = self._recorder.record(
                    batch,
                    numbers,
                    fact=entry.fact,
                    time_given=entry.time_given,
                    outcome=outcome,
                    explanations=explanations,
                    rulebook=self.book.digest,
                    received=received,
                    clock_limit=clock_limit,
                    case_of=session.case,
                )
            except Exception as fault:
                log.exception("the engine failed on a fact", type=entry.fact.type, id=entry.fact.id)
                raise _EngineFault(entry) from fault
        self._checkpoint("after-submit")
        return batch, numbers

    def _commit(self, batch: Batch, numbers: Numbers) -> None:
        start = self._clock.monotonic()
        self._ledger.store(batch, self._checkpoint)
        self._metrics.commits.observe(self._clock.monotonic() - start)
        self._metrics.batch_facts.observe(len(batch.facts))
        self._numbers = numbers
        for row in batch.decisions:
            self._metrics.decisions.labels(row["kind"]).inc()
        for code in batch.warned:
            self._metrics.warnings.labels(code).inc()
        if batch.deliveries:
            self.on_stored()

    def _rebuild(self) -> Session:
        session, last, snapshot_at, changed = self.recovery.rebuild()
        self._session = session
        self._numbers = Numbers(*self._ledger.last())
        self._numbers.fact = last
        self._snapshot_at = snapshot_at
        if changed:
            self._ledger.move_cases(ladder_places(session.cases()))
            self._keep_snapshot()
        return session

    def _keep_snapshot(self) -> None:
        """Store the session, so that a restart need not replay what is before it; a failure only costs time."""
        if self._session is None or self._numbers.fact == 0:
            return
        try:
            self._ledger.keep_snapshot(
                self._numbers.fact,
                self.book.digest,
                self._session.snapshot(),
                self._clock.now(),
                self._sizes.snapshots_kept,
            )
        except Exception:
            log.exception("snapshot not kept")
        self._snapshot_at = self._numbers.fact
