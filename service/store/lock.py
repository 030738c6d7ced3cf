"""One writer for one database: a lock that the operating system, or PostgreSQL, frees when its owner dies."""

from __future__ import annotations

import os
import zlib
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from service.settings import StartRefused
from service.store.database import cannot_open


class Lock(Protocol):
    """A lock that is held until it is released."""

    def release(self) -> None:
        """Give the lock back."""


class FileLock:
    """An advisory lock on a file beside the database."""

    def __init__(self, path: Path, said: str) -> None:
        try:
            self._file = path.open("a+b")
        except OSError as fault:
            raise StartRefused(f"the lock file {path} cannot be opened: {fault.strerror}") from None
        if not _lock(self._file.fileno()):
            self._file.close()
            raise StartRefused(said)

    def release(self) -> None:
        """Give the lock back; the file stays, since removing it would race with the next owner."""
        self._file.close()


class AdvisoryLock:
    """A PostgreSQL session lock, held by a connection that does nothing else.

    NOTE: it is lost with that connection (a restart of the database), and not taken again. A second writer that gets in
    then collides on the numbers of facts, which are unique, and rebuilds its session before it tries again.
    """

    def __init__(self, engine: Engine, name: str, said: str) -> None:
        self._connection: Connection = engine.connect()
        number = zlib.crc32(f"lineside writer {name}".encode())
        try:
            got = self._connection.execute(text("select pg_try_advisory_lock(:n)"), {"n": number}).scalar()
            self._connection.commit()
        except SQLAlchemyError:
            self._connection.close()
            raise
        if not got:
            self._connection.close()
            raise StartRefused(said)

    def release(self) -> None:
        """Give the lock back by closing its session."""
        self._connection.invalidate()
        self._connection.close()


def lock_for_writing(engine: Engine, partition: str) -> Lock:
    """Return the writer's lock of *engine*'s database; raise StartRefused where another process holds it."""
    shown = engine.url.render_as_string(hide_password=True)
    said = f"another lineside service is writing {shown}; stop it, or set LINESIDE_DATABASE_URL to another database"
    if engine.url.get_backend_name() == "sqlite":
        return FileLock(Path(f"{engine.url.database}.lock"), said)
    try:
        return AdvisoryLock(engine, partition, said)
    except SQLAlchemyError as fault:
        raise cannot_open(engine, fault) from None


def _lock(descriptor: int) -> bool:
    """Return whether the file is now ours alone."""
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
