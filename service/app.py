"""Settings -> the running service: bootstrap() makes the parts, create_app() the application, serve() the process.

This is the only place that wires; nothing is connected at import.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import gc
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from litestar import Litestar
from litestar.datastructures import State
from sqlalchemy import Engine

from service.api import EXCEPTION_HANDLERS, ROUTES, Parts
from service.clock import Clock, SystemClock
from service.delivery import Courier, CourierPace
from service.logs import configure_logs, logger_for
from service.metrics import Metrics
from service.pipeline import Doors, Writer, engine_doors
from service.pipeline.evaluation import Recorder
from service.pipeline.passing import Passing
from service.pipeline.writer import WriterSizes, no_checkpoint
from service.rulebooks import read_rules
from service.settings import Settings, StartRefused, misspelt_variables
from service.store import CaseReading, Ledger, Lock, Outbox, Reading, lock_for_writing, migrate, open_database
from service.targets import MessageChannel, Target, read_targets

log = logger_for(__name__)


@dataclass(slots=True)
class Service:
    """The parts of one service process, made but not started."""

    parts: Parts
    engine: Engine
    lock: Lock
    courier: Courier | None

    def close(self) -> None:
        """Close the database and give its lock back."""
        self.engine.dispose()
        self.lock.release()


def bootstrap(
    settings: Settings,
    *,
    clock: Clock | None = None,
    doors: Doors | None = None,
    checkpoint: Callable[[str], None] = no_checkpoint,
) -> Service:
    """Return the parts of the service for *settings*; *clock*, *doors* and *checkpoint* are for tests.

    Compiles the rules, opens, locks and migrates the database. Raises RulesRejected for rules that do not compile and
    StartRefused for whatever else keeps it from starting; then nothing is left open.
    """
    clock = clock or SystemClock()
    doors = doors or engine_doors(settings.matcher)
    targets = read_targets(settings.targets)
    _ensure_linked(targets, settings)
    book = doors.compile(read_rules(settings.rules))
    passing = Passing(book, targets)
    gc.freeze()  # the rule book lives as long as the process: the collector need not walk its rules again and again
    engine = open_database(settings.database_url)
    lock = lock_for_writing(engine, settings.partition)
    try:
        migrate(engine)
        ledger = Ledger(engine)
        ledger.activate(book.digest, book.sources, clock.now())
        metrics = Metrics()
        outbox = Outbox(engine)
        courier = None
        if settings.deliver and targets:
            pace = CourierPace(
                settings.delivery_concurrency, settings.delivery_per_target, settings.delivery_poll_seconds
            )
            courier = Courier(outbox, targets, clock=clock, metrics=metrics, pace=pace, checkpoint=checkpoint)
        writer = Writer(
            ledger,
            doors,
            book,
            Recorder(settings.partition, targets.values(), settings.public_url, passing),
            clock=clock,
            limits=settings.limits,
            most_ahead=timedelta(days=settings.max_ahead_days),
            sizes=WriterSizes(
                settings.queue_facts,
                settings.queue_bytes,
                settings.batch_facts,
                settings.snapshot_every,
                settings.snapshots_kept,
            ),
            metrics=metrics,
            checkpoint=checkpoint,
        )
        parts = Parts(
            settings=settings,
            book=book,
            writer=writer,
            reading=Reading(engine),
            cases=CaseReading(engine),
            outbox=outbox,
            targets=targets,
            metrics=metrics,
            clock=clock,
        )
        return Service(parts, engine, lock, courier)
    except BaseException:
        engine.dispose()
        lock.release()
        raise


def _ensure_linked(targets: Mapping[str, Target], settings: Settings) -> None:
    """Raise StartRefused where people would be sent a message that leads nowhere."""
    lost = [
        target.name
        for target in targets.values()
        if isinstance(target.channel, MessageChannel) and target.channel.link is None
    ]
    if lost and settings.public_url is None:
        raise StartRefused(
            f"{settings.targets}: {', '.join(lost)}: messages need a link to lead to; set LINESIDE_PUBLIC_URL to where "
            "people reach this service, or write a link"
        )


def create_app(settings: Settings | None = None, service: Service | None = None) -> Litestar:
    """Return the application; its lifespan starts the writer and the courier, and stops them with a snapshot.

    Without *service* it is made by bootstrap(settings), whose exceptions pass through.
    """
    made = service or bootstrap(settings or Settings())

    @contextlib.asynccontextmanager
    async def lifespan(_app: Litestar) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()
        courier = made.courier
        running: asyncio.Task[None] | None = None

        def wake() -> None:
            if courier is not None and not loop.is_closed():
                loop.call_soon_threadsafe(courier.wake)

        made.parts.waker.call = wake
        made.parts.writer.on_stored = wake
        try:
            await asyncio.to_thread(made.parts.writer.start)
            if courier is not None:
                running = asyncio.create_task(courier.run())
            yield
        finally:
            if running is not None:
                running.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await running
            await asyncio.to_thread(made.parts.writer.stop, made.parts.settings.shutdown_seconds)
            made.close()

    return Litestar(
        route_handlers=list(ROUTES),
        exception_handlers=EXCEPTION_HANDLERS,
        lifespan=[lifespan],
        openapi_config=None,
        state=State({"parts": made.parts}),
        # bodies are bounded where they are read; no route but those that take facts reads one
        request_max_body_size=1_048_576,
        logging_config=None,
        response_headers={"x-content-type-options": "nosniff"},
        debug=False,
    )


def serve(settings: Settings) -> int:
    """Run the service until it is told to stop and return the exit code: 0, or 2 where it cannot start.

    RulesRejected passes through, so that the caller can show the diagnostics as it shows them elsewhere.
    """
    import uvicorn

    from service.api.wire import BoundedHttp

    configure_logs(settings.log_format, settings.log_level)
    for text in misspelt_variables(os.environ):
        log.warning("a variable sets nothing", hint=text)
    try:
        listening = listen(settings.host, settings.port)
        try:
            service = bootstrap(settings)
        except BaseException:
            listening.close()
            raise
    except StartRefused as fault:
        sys.stderr.write(f"lineside: {fault}\n")
        return 2
    config = uvicorn.Config(
        create_app(service=service),
        http=BoundedHttp.bounded(settings.max_header_bytes, settings.header_seconds, settings.body_seconds),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=settings.shutdown_seconds,
    )
    host, port = listening.getsockname()[:2]
    log.info(
        "lineside serves",
        url=f"http://{host}:{port}",
        rules=len(service.parts.book.rules),
        rulebook=service.parts.book.digest[:12],
        database=service.engine.url.render_as_string(hide_password=True),
        targets=len(service.parts.targets),
    )
    server = uvicorn.Server(config)
    with _stopping_is_no_error():
        server.run(sockets=[listening])
    return 0 if server.started else 3


@contextlib.contextmanager
def _stopping_is_no_error() -> Iterator[None]:
    """Let SIGTERM and SIGINT end the service with exit code 0: uvicorn raises them again once it has stopped."""
    names = (signal.SIGTERM, signal.SIGINT)
    before = [signal.signal(name, lambda *_: None) for name in names]
    try:
        yield
    finally:
        for name, old in zip(names, before, strict=True):
            signal.signal(name, old)


def listen(host: str, port: int) -> socket.socket:
    """Return a socket bound to *host* and *port*; raise StartRefused saying what stands in the way."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind, protocol)
    except OSError as fault:
        raise StartRefused(
            f"the address {host} is not known: {fault.strerror}; try --host 127.0.0.1"
        ) from None
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(128)
    except OSError as fault:
        listening.close()
        if fault.errno == errno.EADDRINUSE:
            raise StartRefused(
                f"port {port} on {host} is taken, most likely by another lineside service; "
                f"stop it, or choose another port with --port or LINESIDE_PORT"
            ) from None
        if fault.errno in (errno.EACCES, errno.EPERM):
            raise StartRefused(
                f"port {port} may not be opened by this user; choose one above 1023 with --port or LINESIDE_PORT"
            ) from None
        raise StartRefused(
            f"{host}:{port} cannot be opened: {fault.strerror}; choose another with --host and --port"
        ) from None
    return listening
