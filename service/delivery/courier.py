"""The loop that empties the outbox: claim what is due, send it, write down what came of it.

A delivery is claimed with a lease that outlasts its request, so a courier that dies loses nothing, and what it may have
sent twice carries the same key. What became of an attempt, for the delivery and for its target, is written down at once:
tried again later, left to a fallback, or dead. Nothing here decides what is to be delivered.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from uuid import uuid4

from sqlalchemy.exc import SQLAlchemyError

from service.clock import Clock
from service.delivery.allowance import Allowance
from service.delivery.replies import Parcel, Reply
from service.delivery.schedule import LONGEST_ASKED, next_attempt
from service.delivery.sending import Sender
from service.logs import logger_for
from service.metrics import Metrics
from service.store import Due, Outbox
from service.store.health import Failed
from service.store.outbox import DEAD, DELIVERED, DUE, Settled
from service.store.overdue import Patience
from service.targets import Target

log = logger_for(__name__)

LEASE_MARGIN_SECONDS = 30.0
FINISH_SECONDS = 5.0
GIVEN_UP_AT_ONCE = 500
"""In one transaction, so that the writer need not wait long for the database."""


@dataclass(frozen=True, slots=True)
class CourierPace:
    """How many requests at once, how many of them to one target, and how often to look."""

    at_once: int = 16
    per_target: int = 4
    poll_seconds: float = 0.5


class Courier:
    """Sends what is due to the targets it knows, until it is stopped."""

    def __init__(
        self,
        outbox: Outbox,
        targets: Mapping[str, Target],
        *,
        clock: Clock,
        metrics: Metrics,
        pace: CourierPace = CourierPace(),
        random: Random | None = None,
        checkpoint: Callable[[str], None] = lambda _name: None,
        sender: Sender | None = None,
    ) -> None:
        self._outbox = outbox
        self._targets = targets
        self._clock = clock
        self._metrics = metrics
        self._pace = pace
        self._random = random or Random()  # noqa: S311 - jitter, not a secret
        self._checkpoint = checkpoint
        self._sender = sender or Sender()
        self._under_way: Counter[str] = Counter()
        self._allowances = {name: Allowance(t.rate) for name, t in targets.items() if t.rate is not None}
        self._turn = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        longest = max((target.timeout_seconds for target in targets.values()), default=0.0)
        self._lease = timedelta(seconds=longest + LEASE_MARGIN_SECONDS)

    def wake(self) -> None:
        """Look at the outbox now instead of at the next poll."""
        self._wake.set()

    async def run(self) -> None:
        """Send until cancelled; what is on its way then is finished or left to its lease."""
        async with self._sender:
            try:
                is_first = True
                while True:
                    # cleared before looking, so that what is stored while we look is not slept through
                    self._wake.clear()
                    sent = 0
                    try:
                        if is_first:
                            await self.admit_changed_targets()
                            is_first = False
                        sent = await self.send_due()
                    except SQLAlchemyError as fault:
                        log.warning("the outbox cannot be read", reason=str(fault)[:300])
                    except Exception:
                        # whatever it was, the deliveries after it must still go out
                        log.exception("the courier stumbled")
                    if sent == 0 or len(self._tasks) >= self._pace.at_once:
                        # not wait_for, which in Python 3.11 forgets a cancellation that comes with the wake
                        with suppress(TimeoutError):
                            async with asyncio.timeout(self._pace.poll_seconds):
                                await self._wake.wait()
            finally:
                await self.finish(FINISH_SECONDS)

    async def admit_changed_targets(self) -> None:
        """Enable the disabled targets whose address has changed since: they are not what said 410."""
        for name, (url, _, _) in (await asyncio.to_thread(self._outbox.disabled)).items():
            target = self._targets.get(name)
            if target is not None and target.address != url:
                await asyncio.to_thread(self._outbox.enable, name)
                log.info("target enabled: its URL has changed", target=name)

    async def send_due(self) -> int:
        """Start sending what is due and has room; return how many were started."""
        places = self._pace.at_once - len(self._tasks)
        if places <= 0:
            return 0
        await self._divert_disabled()
        now = self._clock.now()
        health = await asyncio.to_thread(self._outbox.health)
        probes = {
            name
            for name, target in self._targets.items()
            if name in health and health[name].failures >= target.breaker.failures
        }
        claimed = await asyncio.to_thread(
            self._outbox.claim,
            now,
            now + self._lease,
            lease=uuid4().hex,
            limit=places,
            room=self._room(now),
            probes=probes,
        )
        for due in claimed:
            self._under_way[due.target] += 1
            if due.target in self._allowances:
                self._allowances[due.target].use(now)
            task = asyncio.create_task(self._deliver(due))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return len(claimed)

    def _room(self, now: datetime) -> dict[str, int]:
        """Return how many requests each target may have now; another target is first each time, so that all get on."""
        names = list(self._targets)
        self._turn = (self._turn + 1) % max(len(names), 1)
        return {
            name: min(
                self._pace.per_target - self._under_way[name],
                self._allowances[name].left(now) if name in self._allowances else self._pace.per_target,
            )
            for name in (*names[self._turn :], *names[: self._turn])
        }

    async def _divert_disabled(self) -> None:
        """Let fallbacks have what waits for targets that want no more messages."""
        if not any(target.fallback for target in self._targets.values()):
            return
        for name in await asyncio.to_thread(self._outbox.disabled):
            target = self._targets.get(name)
            if target is not None and target.fallback is not None:
                reason = f"{name} is disabled; {target.fallback} is told in its place"
                moved = await asyncio.to_thread(
                    self._outbox.divert, name, target.fallback, reason, self._clock.now()
                )
                if moved:
                    log.warning("deliveries go to the fallback", target=name, to=target.fallback, moved=moved)

    async def finish(self, seconds: float) -> None:
        """Wait for what is on its way, at most *seconds*."""
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=seconds)
        for task in set(self._tasks):
            task.cancel()

    async def _deliver(self, due: Due) -> None:
        target = self._targets[due.target]
        try:
            self._checkpoint("claimed")
            start = self._clock.monotonic()
            reply = await self._sender.send(target, Parcel(due.key, due.kind, due.body), self._clock.now())
            self._checkpoint("sent")
            took = int((self._clock.monotonic() - start) * 1_000)
            settled = self._settle(due, target, reply, took)
            kept = await asyncio.to_thread(self._outbox.settle, due, settled, self._clock.now())
            self._checkpoint("settled")
            if not kept:
                log.warning("a lease ran out before the attempt was written down", delivery=due.id)
            elif settled.gone is not None:
                log.warning("target disabled", target=target.name, reason=settled.error)
            self._metrics.deliveries.labels(target.name, settled.outcome).inc()
            if kept and settled.failure is not None:
                await self._give_up_overdue(target)
        except Exception:
            # the lease runs out and the delivery is tried again, with the same key
            log.exception("an attempt could not be written down", delivery=due.id)
        finally:
            self._under_way[due.target] -= 1
            self._wake.set()

    async def _give_up_overdue(self, target: Target) -> None:
        """Give up what has waited longer for *target*, which has just failed again, than its whole schedule."""
        patience = Patience(target.breaker.failures, target.patience, target.fallback)
        total = 0
        try:
            ids = await asyncio.to_thread(self._outbox.overdue, target.name, patience)
            for start in range(0, len(ids), GIVEN_UP_AT_ONCE):
                some, now = ids[start : start + GIVEN_UP_AT_ONCE], self._clock.now()
                total += await asyncio.to_thread(self._outbox.give_up, target.name, patience, some, now)
                self._checkpoint("given-up")
        except SQLAlchemyError as fault:
            # after the next failure it is looked at again
            log.warning(
                "what waits too long could not be given up", target=target.name, reason=str(fault)[:300]
            )
        if total:
            log.warning("deliveries are given up", target=target.name, to=target.fallback, count=total)

    def _settle(self, due: Due, target: Target, reply: Reply, milliseconds: int) -> Settled:
        """Return what is to become of *due* after *reply*, and what it says of *target*."""
        now = self._clock.now()
        if reply.is_delivered:
            return Settled(DELIVERED, now, "delivered", reply.status, None, milliseconds, is_working=True)
        tried = Settled(DUE, now, "failed", reply.status, reply.error, milliseconds)
        if reply.is_gone:
            # it waits with the target, or goes to the fallback with all that waits: order is kept either way
            return replace(tried, outcome="gone", gone=target.address)
        if reply.is_failure_of_target:
            asked = None if reply.retry_after is None else now + min(reply.retry_after, LONGEST_ASKED)
            limits = target.breaker
            tried = replace(tried, failure=Failed(reply.error or "", limits.failures, limits.pause, asked))
        elif reply.status is not None:
            tried = replace(tried, is_working=True)
        again = next_attempt(due.attempts + 1, now, reply.retry_after, self._random, target.schedule)
        if again is not None and not reply.is_final:
            return replace(tried, next_at=again)
        log.warning("delivery is dead", delivery=due.id, target=due.target, reason=reply.error)
        if target.fallback is not None:
            return replace(tried, outcome="diverted", fallback=target.fallback)
        return replace(tried, status=DEAD, outcome="dead")
