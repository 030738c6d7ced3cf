"""The loop that empties the outbox: claim what is due, send it, write down what came of it.

A delivery is claimed with a lease that outlasts its request, so a courier that dies loses nothing, and what it may have
sent twice carries the same key. Nothing here decides what is to be delivered.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from uuid import uuid4

from sqlalchemy.exc import SQLAlchemyError

from service.clock import Clock
from service.delivery.schedule import next_attempt
from service.delivery.sending import Reply, Sender
from service.logs import logger_for
from service.metrics import Metrics
from service.store import Due, Outbox
from service.store.outbox import DEAD, DELIVERED, DUE, Settled
from service.targets import Target

log = logger_for(__name__)

LEASE_MARGIN_SECONDS = 30.0
FINISH_SECONDS = 5.0


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
                        with suppress(TimeoutError):
                            await asyncio.wait_for(self._wake.wait(), self._pace.poll_seconds)
            finally:
                await self.finish(FINISH_SECONDS)

    async def admit_changed_targets(self) -> None:
        """Enable the disabled targets whose URL has changed since: they are not what said 410."""
        for name, (url, _, _) in (await asyncio.to_thread(self._outbox.disabled)).items():
            target = self._targets.get(name)
            if target is not None and target.url != url:
                await asyncio.to_thread(self._outbox.enable, name)
                log.info("target enabled: its URL has changed", target=name)

    async def send_due(self) -> int:
        """Start sending what is due and has room; return how many were started."""
        room = self._pace.at_once - len(self._tasks)
        if room <= 0:
            return 0
        busy = [name for name, count in self._under_way.items() if count >= self._pace.per_target]
        now = self._clock.now()
        claimed = await asyncio.to_thread(
            self._outbox.claim,
            now,
            now + self._lease,
            lease=uuid4().hex,
            limit=room,
            known=self._targets.keys(),
            busy=busy,
        )
        started = 0
        for due in claimed:
            if self._under_way[due.target] >= self._pace.per_target:
                await asyncio.to_thread(self._outbox.give_back, due)
                continue
            self._under_way[due.target] += 1
            task = asyncio.create_task(self._deliver(due))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            started += 1
        return started

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
            reply = await self._sender.send(target, due.key, due.body.encode(), self._clock.now())
            self._checkpoint("sent")
            took = int((self._clock.monotonic() - start) * 1_000)
            settled = self._settle(due, reply, took)
            if reply.is_gone:
                reason = "the receiver answered 410 Gone"
                await asyncio.to_thread(
                    self._outbox.disable, target.name, target.url, reason, self._clock.now()
                )
                log.warning("target disabled", target=target.name, reason=reason)
            kept = await asyncio.to_thread(self._outbox.settle, due, settled, self._clock.now())
            self._checkpoint("settled")
            if not kept:
                log.warning("a lease ran out before the attempt was written down", delivery=due.id)
            self._metrics.deliveries.labels(target.name, settled.outcome).inc()
        except Exception:
            # the lease runs out and the delivery is tried again, with the same key
            log.exception("an attempt could not be written down", delivery=due.id)
        finally:
            self._under_way[due.target] -= 1
            self._wake.set()

    def _settle(self, due: Due, reply: Reply, milliseconds: int) -> Settled:
        """Return what is to become of *due* after *reply*."""
        now = self._clock.now()
        if reply.is_delivered:
            return Settled(DELIVERED, now, "delivered", reply.status, None, milliseconds)
        if reply.is_gone:
            return Settled(DEAD, now, "gone", reply.status, reply.error, milliseconds)
        again = next_attempt(due.attempts + 1, now, reply.retry_after, self._random)
        if again is None:
            log.warning("delivery is dead", delivery=due.id, target=due.target, reason=reply.error)
            return Settled(DEAD, now, "dead", reply.status, reply.error, milliseconds)
        return Settled(DUE, again, "failed", reply.status, reply.error, milliseconds)
