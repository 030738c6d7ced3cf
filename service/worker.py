"""Deliveries in a process of their own: `python -m service.worker`, beside services with LINESIDE_DELIVER=false.

Any number of workers share one outbox: what one has claimed, another leaves alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys

from service.clock import Clock, SystemClock
from service.delivery import Courier, CourierPace
from service.logs import configure_logs, logger_for
from service.metrics import Metrics
from service.settings import Settings, StartRefused, misspelt_variables, read_settings
from service.store import Outbox, migrate, open_database
from service.targets import read_targets

log = logger_for(__name__)


def create_courier(settings: Settings, clock: Clock | None = None) -> Courier:
    """Return a courier for the database and the targets in *settings*; raise StartRefused where it cannot work."""
    targets = read_targets(settings.targets)
    if not targets:
        raise StartRefused("there are no targets to deliver to; set LINESIDE_TARGETS to a targets file")
    engine = open_database(settings.database_url)
    migrate(engine)
    pace = CourierPace(
        settings.delivery_concurrency, settings.delivery_per_target, settings.delivery_poll_seconds
    )
    return Courier(Outbox(engine), targets, clock=clock or SystemClock(), metrics=Metrics(), pace=pace)


async def deliver(courier: Courier) -> None:
    """Deliver until SIGINT or SIGTERM."""
    loop = asyncio.get_running_loop()
    running = asyncio.create_task(courier.run())
    for name in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(name, running.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await running


def main() -> int:
    """Run a worker with the settings in the environment and return the exit code."""
    try:
        settings = read_settings()
        configure_logs(settings.log_format, settings.log_level)
        for text in misspelt_variables(os.environ):
            log.warning("a variable sets nothing", hint=text)
        courier = create_courier(settings)
    except StartRefused as fault:
        sys.stderr.write(f"lineside: {fault}\n")
        return 2
    log.info("delivering")
    asyncio.run(deliver(courier))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
