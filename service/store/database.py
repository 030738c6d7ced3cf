"""A database URL -> an open, migrated database that this process may write.

SQLite is opened for durability (WAL, synchronous=FULL); writers take their lock at BEGIN, so that two of them wait
for each other instead of failing half-way. PostgreSQL is opened as its driver does.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from service.settings import StartRefused

FORMS = "write sqlite:///lineside.db for a file, or postgresql+psycopg://user@host/name"
"""How a database is named, for messages."""

BUSY_MILLISECONDS = 10_000


def open_database(url: str) -> Engine:
    """Return an engine for *url*; raise StartRefused for a URL that cannot be used.

    Nothing is connected yet.
    """
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            if not parsed.database or parsed.database == ":memory:":
                raise StartRefused(
                    "LINESIDE_DATABASE_URL names no file; facts must survive a restart: use sqlite:///lineside.db"
                )
            folder = Path(parsed.database).parent
            if not folder.is_dir():
                raise StartRefused(
                    f"the database {parsed.database} cannot be opened: there is no folder {folder}; make it, "
                    "or name another file with --database or LINESIDE_DATABASE_URL"
                )
            engine = create_engine(url, pool_size=8, max_overflow=40)
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
            return engine
        if parsed.get_backend_name() != "postgresql":
            raise StartRefused(
                f"LINESIDE_DATABASE_URL names {parsed.get_backend_name()[:40]}, "
                f"and facts are kept in SQLite or PostgreSQL: {FORMS}"
            )
        return create_engine(url, pool_pre_ping=True)
    except ModuleNotFoundError as fault:
        raise StartRefused(
            f"LINESIDE_DATABASE_URL needs the driver {fault.name}, which is not installed; install it, or use another database"
        ) from None
    except (ArgumentError, NoSuchModuleError, ValueError):
        # a URL can hold a password, so it is shown only where it is none
        shown = f' "{url[:200]}"' if "://" not in url and "@" not in url else ""
        raise StartRefused(f"LINESIDE_DATABASE_URL{shown} is no database URL; {FORMS}") from None


def for_writing(engine: Engine) -> Engine:
    """Return *engine* with transactions that take the write lock when they begin."""
    return engine.execution_options(lineside_write=True)


def migrate(engine: Engine) -> None:
    """Bring the tables to the newest migration; raise StartRefused where the database cannot be reached."""
    config = Config()
    with resources.as_file(resources.files("service.migrations")) as location:
        config.set_main_option("script_location", str(location).replace("%", "%%"))
        config.set_main_option("path_separator", "os")
        try:
            with for_writing(engine).connect() as connection:
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
                connection.commit()
        except SQLAlchemyError as fault:
            raise cannot_open(engine, fault) from None


def cannot_open(engine: Engine, fault: SQLAlchemyError) -> StartRefused:
    """Return the refusal for a database that cannot be reached or written."""
    reason = str(getattr(fault, "orig", None) or fault).strip()
    return StartRefused(
        f"the database {engine.url.render_as_string(hide_password=True)} cannot be opened: {reason}; "
        "check LINESIDE_DATABASE_URL"
    )


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # transactions are begun by us, not by the driver, so that reads are consistent and writers queue
    connection.isolation_level = None
    cursor = connection.cursor()
    try:
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
    finally:
        cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get("lineside_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
